"""What the macros ask of Python: import a tape's headings, build the workbook. Talks to the book by xlwings' API alone.

VBA calls `called(task, answer, first, second)`: texts travel as hexadecimal, the answer in a file, "OK: …" or
"LM15xx: …", one line either way. The open workbook is changed in one place only, the sheet of headings, and that sheet
is as it was if anything fails; a build writes a new file, whole or not at all.

Codes: 1501 refused (the tape, the mapping, a file), 1502 the disk, 1503 memory, 1504 stopped, 1599 a defect of ours.
"""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lossmit_workbook import mapping_sheet
from lossmit_workbook.sheets import settings
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.carry import Carried, carry, summary
from lossmit_xl.errors import LossmitError
from lossmit_xl.output import check_target, cure, write_text
from lossmit_xl.tape import Mapping, Tape, read_tape
from lossmit_xl.version import __version__

Xlwings = Any
"""An xlwings.Book, or what the tests put in its place."""
SURE = 90.0  # a heading understood with less likeness is worth a look
OFTEN = 0.2  # of a step, between two words on its progress
LOG = "LossMit.log"


def ping(book: Xlwings, first: str, second: str) -> str:
    """What answers: versions and the workbook that was asked from."""
    import sys

    python = ".".join(map(str, sys.version_info[:3]))
    return f"lossmit_xl {__version__}, Python {python}, asked from {book.name}."


def import_tape(book: Xlwings, path: str, second: str = "") -> str:
    """Read a tape and show on the sheet "Tape mapping" what became of its headings, for the user to confirm."""
    say(book, f"reading {Path(path).name}")
    tape = read_tape(Path(path))
    mapping_sheet.write(book, tape)
    doubtful = sum(entry.used and entry.score < SURE for entry in tape.mapping.entries)
    look = f"{doubtful} headings were not plain: look at the column {mapping_sheet.HEADS[1]} and correct it"
    sure = f"every heading was plain; correct the column {mapping_sheet.HEADS[1]} where it is wrong"
    return (
        f"{len(tape.loans):,} loans read from {tape.source.path.name}; {look if doubtful else sure}, then press Build. "
        "Excel's undo is empty now, as after every macro."
    )


def build(book: Xlwings, target: str, safe: str) -> str:
    """Write the workbook of the imported tape to `target`; `safe` is a saved copy of the open one, which is read back.
    """
    out = Path(target)
    check_target(out)
    choice = mapping_sheet.read(book)
    options = _settings(book)
    keep_personal = options.get(settings.KEEP_PERSONAL) == settings.YES
    say(book, f"reading {choice.path.name}")
    deal = Assumptions()
    tape = _tape(choice, deal)
    carried = None
    if options.get(settings.SAMPLE) != settings.YES:
        say(book, "reading what you typed in this workbook")
        deal, carried = _kept(Path(safe), deal, tape)
    mapping_file = out.with_name(f"{out.stem} mapping.toml")
    write_text(mapping_file, _toml(choice.mapping))
    try:
        _write(book, tape, deal, out, keep_personal, carried)
    except BaseException:
        mapping_file.unlink(missing_ok=True)
        raise
    kept = " ".join(summary(carried)[2:4]) if carried is not None else ""
    return f"{len(tape.loans):,} loans written to {out.name}, the headings to {mapping_file.name}. {kept}".strip()


def _write(
    book: Xlwings, tape: Tape, deal: Assumptions, out: Path, keep_personal: bool, carried: Carried | None
) -> None:
    from lossmit_workbook.build import build as write_workbook

    shown = ("", 0.0)

    def progress(step: str, share: float) -> None:
        nonlocal shown
        if step != shown[0] or share >= shown[1] + OFTEN:  # Excel answers slowly
            shown = (step, share)
            say(book, f"{step} {share:.0%}")

    write_workbook(tape, deal, out, keep_personal=keep_personal, carried=carried, progress=progress)


def _tape(choice: mapping_sheet.Choice, deal: Assumptions) -> Tape:
    tape = read_tape(choice.path, choice.mapping, as_of=deal.as_of)
    if tape.source.sha256 != choice.sha256:
        raise LossmitError(f"{choice.path.name} has changed since it was imported: press Import tape again.")
    return tape


def _kept(safe: Path, deal: Assumptions, tape: Tape) -> tuple[Assumptions, Carried]:
    """The assumptions of the open workbook as of today, and its overrides, decisions and notes on the tape's loans."""
    from lossmit_workbook.readback import read_workbook

    old = read_workbook(safe)
    return old.assumptions.replace(as_of=deal.as_of), carry(tape.loans, old.past())


def _toml(mapping: Mapping) -> str:
    with tempfile.TemporaryDirectory(prefix="lossmit-") as folder:
        path = Path(folder) / "mapping.toml"
        mapping.save(path)
        return path.read_text(encoding="utf-8")


def _settings(book: Xlwings) -> dict[str, str]:
    """Keys and values of the sheet xlwings.conf."""
    if settings.TITLE not in [sheet.name for sheet in book.sheets]:
        return {}
    rows = book.sheets[settings.TITLE].used_range.value or []
    return {str(row[0]): str(row[1]).capitalize() for row in rows if row and row[0]}


def say(book: Xlwings, words: str) -> None:
    """Progress on Excel's status bar and in the console window; neither is worth failing for."""
    print(words, flush=True)
    try:
        book.app.status_bar = f"LossMit: {words} (closing the black window stops)"
    except Exception:  # a host without a status bar, or one that is busy
        return


TASKS: dict[str, Callable[[Xlwings, str, str], str]] = {"ping": ping, "import_tape": import_tape, "build": build}


def called(task: str, answer: str, first: str, second: str) -> None:
    """VBA's way in: run a task on the workbook that called, and leave the answer in a file."""
    import xlwings

    words = answered(task, xlwings.Book.caller, unhexed(first), unhexed(second))
    Path(unhexed(answer)).write_text(hexed(words), encoding="ascii")


def answered(task: str, caller: Callable[[], Xlwings], first: str, second: str) -> str:
    """A task's answer in one line; no error leaves this function."""
    try:
        return "OK: " + TASKS[task](caller(), first, second)
    except LossmitError as error:
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        return _refusal(1501, error.problems[0] + more)
    except OSError as error:
        return _refusal(1502, f"{error.filename or 'the disk'}: {cure(error)}.")
    except MemoryError:
        return _refusal(1503, "the memory is used up; close other programs, or split the tape.")
    except KeyboardInterrupt:
        return _refusal(1504, "stopped; nothing was changed.")
    except Exception as error:
        log = _log(traceback.format_exc())
        return _refusal(1599, f"a defect of lossmit ({type(error).__name__}), nothing was changed; please report {log}")


def _refusal(code: int, words: str) -> str:
    return f"LM{code}: {' '.join(words.split())}"


def _log(text: str) -> Path:
    path = Path(tempfile.gettempdir()) / LOG
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError:
        pass  # what could not be logged is said in the answer all the same
    return path


def hexed(text: str) -> str:
    """Four hexadecimal digits for each unit of UTF-16: VBA's letters."""
    return text.encode("utf-16-be", "surrogatepass").hex().upper()


def unhexed(digits: str) -> str:
    """The text of such digits."""
    return bytes.fromhex(digits).decode("utf-16-be", "surrogatepass")
