"""Writing files so that a failure leaves nothing behind: written aside in the same folder, then renamed.

    with written_aside(Path("out.csv")) as (aside,):
        frame.to_csv(aside)

Whatever goes wrong is an OutputError in one line that says how to mend it; what stood there before stays as it was.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lossmit_xl.errors import OutputError

_CURES: dict[int, str] = {
    errno.ENOSPC: "the disk is full; free some space or write to another disk",
    errno.EDQUOT: "your disk quota is used up; free some space or write to another disk",
    errno.EFBIG: "the file may not grow that large here; raise the limit on file sizes or write to another disk",
    errno.EACCES: "may not be written; choose a folder you may write to",
    errno.EPERM: "may not be written; choose a folder you may write to",
    errno.EROFS: "stands on a disk that is read-only; choose another folder",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
    errno.ENOENT: "the folder does not exist; make it first or choose another",
    errno.EISDIR: "is a folder; name a file in it",
    errno.EBUSY: "is in use; close it where it is open, or choose another name",
    errno.ETXTBSY: "is in use; close it where it is open, or choose another name",
}


def cure(error: OSError) -> str:
    """What is wrong and what to do about it, in a few words."""
    return _CURES.get(error.errno or 0, f"cannot be written ({error.strerror or error}); choose another place")


def check_target(path: Path, *, force: bool = False) -> Path:
    """The file that `path` stands for, links followed, once it is clear that it may be written.

    Raises OutputError where the folder is missing, where something stands there already (a plain file may be
    replaced with `force`), or where the place may not be written.
    """
    try:
        target = path.resolve()
        exists = target.exists()
        if target.is_dir():
            raise OutputError(f"{path}: is a folder; name a file in it")
        if exists and not target.is_file():
            raise OutputError(f"{path}: is no ordinary file; choose another name")
        if exists and not force:
            raise OutputError(f"{path}: exists already; choose another name, or add --force to replace it")
        if target.parent.exists() and not target.parent.is_dir():
            raise OutputError(f"{path}: {path.parent} is a file, not a folder; choose another folder")
        if not target.parent.exists():
            raise OutputError(f"{path}: there is no folder {path.parent}; make it first or choose another")
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle, a zero byte in the name
        raise OutputError(f"{path}: {cure(error) if isinstance(error, OSError) else error}") from None
    if not os.access(target.parent, os.W_OK | os.X_OK) or (exists and not os.access(target, os.W_OK)):
        raise OutputError(f"{path}: may not be written; choose a folder you may write to")
    return target


@contextmanager
def written_aside(*paths: Path, force: bool = False) -> Iterator[tuple[Path, ...]]:
    """Gives a new, empty file beside each of `paths`; renames them all once the body has filled them.

    The files appear together or, where anything fails, not at all. Raises OutputError as `check_target` does,
    and for any OSError of the body (a full disk).
    """
    targets = [check_target(path, force=force) for path in paths]
    asides = [target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part") for target in targets]
    try:
        for aside in asides:
            aside.open("xb").close()
        yield tuple(asides)
        for aside in asides:
            _to_disk(aside)
        for aside, target in zip(asides, targets, strict=True):
            aside.replace(target)
    except OSError as error:
        # The folder is there (looked at above): a place that then says it is not takes no files (/proc, for one).
        what = OSError(errno.EACCES, "") if error.errno == errno.ENOENT else error
        raise OutputError(f"{_named(error, paths, asides)}: {cure(what)}") from None
    finally:
        for aside in asides:
            with suppress(OSError):
                aside.unlink(missing_ok=True)


def _named(error: OSError, paths: tuple[Path, ...], asides: list[Path]) -> Path:
    """The path of the user's that an error speaks of; a full disk names no file, then it is their folder."""
    for path, aside in zip(paths, asides, strict=True):
        if str(error.filename) == str(aside):
            return path
    return paths[0] if len(paths) == 1 else paths[0].parent


def _to_disk(path: Path) -> None:
    """Have the contents on the disk before the name is: some file systems notice only now that there is no room."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def write_text(path: Path, text: str, *, force: bool = False) -> None:
    """Write UTF-8 text with Unix line ends, whole or not at all. Raises OutputError."""
    with written_aside(path, force=force) as (aside,):
        aside.write_text(text, encoding="utf-8", newline="\n")
