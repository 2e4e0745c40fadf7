"""What the command refuses: one line a problem that names the fix, exit code 2, no traceback, nothing left behind."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from lossmit_xl import output
from lossmit_xl.errors import OutputError
from lossmit_xl.output import check_target, written_aside
from tests.command_line import AS_OF, CLEAN, MESSY, Result, lossmit, process

Make = Callable[[Path], Path]
SMALL = CLEAN.read_text(encoding="utf-8")
HEADINGS = SMALL.splitlines()[0] + "\n"


def tree(folder: Path) -> dict[str, str]:
    """Everything below a folder, and what is in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def assert_refused(result: Result, *words: str, lines: int = 1) -> None:
    """Exit code 2, so many lines on stderr and no more, each of `words` among them, nothing on stdout."""
    assert result.code == 2, result
    assert result.out == ""
    said = result.err.splitlines()
    assert len(said) == lines, said
    assert all(line.startswith("lossmit: ") and len(line) < 1_000 for line in said)
    assert "Traceback" not in result.err
    for word in words:
        assert word in result.err, (word, result.err)


# --- tapes


def _write(name: str, content: bytes) -> Make:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def _folder(folder: Path) -> Path:
    (folder / "tapes").mkdir()
    return folder / "tapes"


def _missing(folder: Path) -> Path:
    return folder / "nowhere.xlsx"


def _empty_workbook(folder: Path) -> Path:
    path = folder / "empty.xlsx"
    openpyxl.Workbook().save(path)
    return path


def _truncated(folder: Path) -> Path:
    path = folder / "cut.xlsx"
    path.write_bytes(MESSY.read_bytes()[:20_000])
    return path


def _password(folder: Path) -> Path:
    """An encrypted workbook as Office writes it: a compound file of the streams EncryptionInfo, EncryptedPackage."""
    end, free, fat = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    table = struct.pack("<128I", fat, end, *[free] * 126)

    def entry(name: str, kind: int, left: int, right: int, child: int) -> bytes:
        raw = (name + "\0").encode("utf-16-le")
        return (raw.ljust(64, b"\0") + struct.pack("<HBB3I", len(raw), kind, 1, left, right, child) + bytes(36)
                + struct.pack("<IQ", end, 0))  # fmt: skip

    directory = entry("Root Entry", 5, free, free, 1) + entry("EncryptionInfo", 2, free, 2, free)
    directory += entry("EncryptedPackage", 2, free, free, free) + bytes(128)
    path = folder / "locked.xlsx"
    path.write_bytes(header + table + directory)
    return path


def _bomb(folder: Path) -> Path:
    """60 MB of blanks in a sheet, 60 kB on the disk."""
    path = folder / "bomb.xlsx"
    with zipfile.ZipFile(MESSY) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content + b" " * 60_000_000 if name.startswith("xl/worksheets/") else content)
    return path


def _without_upb(folder: Path) -> Path:
    path = folder / "noupb.csv"
    path.write_text(SMALL.replace("upb", "zork", 1), encoding="utf-8")
    return path


TAPES: dict[str, tuple[Make, tuple[str, ...]]] = {
    "missing file": (_missing, ("nowhere.xlsx", "no such file", "check the name")),
    "directory": (_folder, ("tapes", "is a folder", "name one file")),
    "empty file": (_write("empty.csv", b""), ("empty.csv", "empty", "send it again")),
    "empty xlsx": (_empty_workbook, ("empty.xlsx", "no data", "send it again")),
    "password": (_password, ("locked.xlsx", "password", "save it again")),
    "truncated zip": (_truncated, ("cut.xlsx", "cut short or damaged", "send it again")),
    "zip bomb": (_bomb, ("bomb.xlsx", "zip bomb", "copy the loans to a new workbook")),
    "not a zip": (_write("text.xlsx", b"\x50\x4b\x03\x04" + b"rubbish" * 40), ("text.xlsx", "damaged")),
    "zip of something else": (_write("tape.xls", b"%PDF-1.7\n"), ("tape.xls", "PDF", "ask the seller")),
    "unknown encoding": (_write("odd.csv", bytes(range(1, 255)) * 40), ("odd.csv", "encoding", "CSV UTF-8")),
    "no UPB column": (_without_upb, ("noupb.csv", "upb", "zork", "mapping")),
    "no rows": (_write("norows.csv", HEADINGS.encode()), ("norows.csv", "no loans", "send it again")),
    "no headings": (_write("prose.txt", b"Dear Sir,\nplease find our tape.\n"), ("prose.txt", "headings")),
    "other kind of file": (_write("tape.docx", b"hello"), ("tape.docx", "xlsx")),
    "name with a line break": (lambda folder: folder / "a\nb\x1b[31m.csv", ("a b [31m.csv", "no such file")),
}


@pytest.mark.parametrize("case", TAPES)
@pytest.mark.parametrize("command", ["evaluate", "evaluate --json", "evaluate --csv", "map", "build"])
def test_tapes_that_are_refused(case: str, command: str, tmp_path: Path) -> None:
    make, words = TAPES[case]
    tape = make(tmp_path)
    before = tree(tmp_path)
    args: dict[str, list[str | Path]] = {
        "evaluate": ["evaluate", tape],
        "evaluate --json": ["evaluate", tape, "--json"],
        "evaluate --csv": ["evaluate", tape, "--csv", tmp_path / "out"],
        "map": ["map", tape, "-o", tmp_path / "mapping.toml"],
        "build": ["build", tape, "-o", tmp_path / "out.xlsx"],
    }
    assert_refused(lossmit(*args[command]), *words)
    assert tree(tmp_path) == before


def test_a_refusal_of_a_process_is_the_same(tmp_path: Path) -> None:
    """What the tests above see in their own process is what a shell sees."""
    assert_refused(process("build", _truncated(tmp_path), "-o", tmp_path / "out.xlsx"), "cut.xlsx", "damaged")
    assert list(tree(tmp_path)) == ["cut.xlsx"]


def test_a_bomb_is_refused_in_little_memory(tmp_path: Path) -> None:
    tape = _bomb(tmp_path)

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (1_200_000_000, 1_200_000_000))

    assert_refused(process("evaluate", tape, before=little), "zip bomb")


# --- assumptions, mapping, date

WRONG_FILES: dict[str, tuple[str, str, int, tuple[str, ...]]] = {
    # id: (option, contents of the file, lines, words)
    "TOML cut short": ("--assumptions", "target_yield = \n", 1, ("file.toml", "line 1", "not valid TOML")),
    "share above its range": ("--assumptions", "exit_cap_value = 85\n", 1, ("cap_value = 85", "did you mean 0.85")),
    "three wrong, all named": (
        "--assumptions", 'target_yeild = 0.2\nexit = "rent"\nplan_months = 0\n', 3,
        ("target_yield?", '"sell", "hold"', "plan_months = 0"),
    ),
    "weights off 1": ("--assumptions", "[weights.sell]\nshort_sale = 0.4\n", 1, ("weights.sell", "1")),
    "assumptions are no text": ("--assumptions", "\xff\xfe", 1, ("file.toml", "UTF-8")),
    "mapping is no TOML": ("--mapping", "Heading to column\n", 1, ("file.toml", '"Heading" = "column"')),
    "mapping to no column": ("--mapping", '[columns]\n"upb" = "ubp"\n', 1, ("'ubp'", "did you mean")),
    "mapping of numbers": ("--mapping", "[columns]\nupb = 3\n", 1, ("file.toml", '"Heading" = "column"')),
    "mapping without the balance": ("--mapping", '[columns]\n"upb" = "ignored"\n', 1, ("upb", "mapping")),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_FILES)
def test_wrong_assumptions_and_mappings(case: str, tmp_path: Path) -> None:
    option, contents, lines, words = WRONG_FILES[case]
    path = tmp_path / "file.toml"
    path.write_text(contents, encoding="latin-1")
    for command in (["evaluate", CLEAN], ["build", CLEAN, "-o", tmp_path / "out.xlsx"]):
        assert_refused(lossmit(*command, option, path), *words, lines=lines)
    assert list(tree(tmp_path)) == ["file.toml"]


@pytest.mark.parametrize("option", ["--assumptions", "--mapping"])
@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_files_that_cannot_be_read(option: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "nowhere.toml"
    assert_refused(lossmit("evaluate", CLEAN, option, path), path.name)


@pytest.mark.parametrize("date", ["31/10/2026", "2026-13-01", "soon", "1926-01-01", ""])
def test_dates_that_are_none(date: str) -> None:
    assert_refused(lossmit("evaluate", CLEAN, "--as-of", date), "--as-of", "2026" if date[:2] != "19" else "between")


def test_usage_errors_leave_with_2(tmp_path: Path) -> None:
    for args in (["build", CLEAN], ["evaluate"], ["evaluate", CLEAN, "--jason"], ["bild"], ["build", CLEAN, "-o"]):
        result = lossmit(*args)
        assert result.code == 2 and "Traceback" not in result.err and result.out == ""
    assert_refused(lossmit("evaluate", CLEAN, "--json", "--csv", tmp_path / "out"), "--json, --csv and --parquet")
    assert not tree(tmp_path)


# --- outputs

TAKEN = "mine, and not to be lost"


def _outputs(path: Path) -> dict[str, list[str | Path]]:
    """Every command that writes one file, writing it to `path`."""
    return {
        "build": ["build", CLEAN, "-o", path],
        "map": ["map", CLEAN, "-o", path],
        "assumptions": ["assumptions", "-o", path],
    }


@pytest.mark.parametrize("command", _outputs(Path()))
def test_outputs_that_are_refused(command: str, tmp_path: Path) -> None:
    taken, folder, plain = tmp_path / "taken.xlsx", tmp_path / "folder.xlsx", tmp_path / "plain"
    taken.write_text(TAKEN)
    plain.write_text(TAKEN)
    folder.mkdir()
    before = tree(tmp_path)
    assert_refused(lossmit(*_outputs(taken)[command]), "taken.xlsx", "exists already", "--force")
    assert_refused(lossmit(*_outputs(folder)[command], "--force"), "folder.xlsx", "is a folder")
    assert_refused(lossmit(*_outputs(tmp_path / "no" / "out.xlsx")[command]), "out.xlsx", "folder", "make it first")
    assert_refused(lossmit(*_outputs(plain / "out.xlsx")[command]), "out.xlsx", "is a file, not a folder")
    assert_refused(lossmit(*_outputs(Path("/proc/out.xlsx"))[command]), "/proc/out.xlsx", "may not be written")
    assert_refused(lossmit(*_outputs(tmp_path / ("n" * 300 + ".xlsx"))[command]), "too long")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("command", _outputs(Path()))
def test_force_replaces_a_file_but_not_with_a_torn_one(command: str, tmp_path: Path) -> None:
    taken = tmp_path / "taken.xlsx"
    taken.write_text(TAKEN)

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    assert_refused(process(*_outputs(taken)[command], "--force", before=small_disk), "may not grow that large")
    assert taken.read_text() == TAKEN and list(tree(tmp_path)) == ["taken.xlsx"]
    assert lossmit(*_outputs(taken)[command], "--force").code == 0
    assert taken.read_bytes() != TAKEN.encode() and list(tree(tmp_path)) == ["taken.xlsx"]


@pytest.mark.parametrize("share", [0.1, 0.6, 0.999])
def test_a_disk_that_is_full_midway_leaves_no_workbook(share: float, tmp_path: Path) -> None:
    """Full early (while sheets are laid out in temporary files), later, and at the last bytes of the finished file."""
    out = tmp_path / "out.xlsx"
    assert lossmit("build", CLEAN, *AS_OF, "-o", out).code == 0
    limit = int(share * out.stat().st_size)
    out.unlink()

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    result = process("build", CLEAN, *AS_OF, "-o", out, before=small_disk)
    assert_refused(result, "out.xlsx", "another")
    assert not tree(tmp_path)


def test_a_disk_that_is_full_midway_leaves_no_csv(tmp_path: Path) -> None:
    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # loans.csv fits, scenarios.csv does not

    args = ("evaluate", CLEAN, "--csv")
    assert_refused(process(*args, tmp_path / "made", before=small_disk), "made", "may not grow that large")
    assert not tree(tmp_path)
    (tmp_path / "loans.csv").write_text(TAKEN)
    assert_refused(process(*args, tmp_path, "--force", before=small_disk), "may not grow that large")
    assert list(tree(tmp_path)) == ["loans.csv"] and (tmp_path / "loans.csv").read_text() == TAKEN


def test_a_full_stdout_is_told(tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        for args in (["assumptions"], ["evaluate", CLEAN, "--json"], ["evaluate", CLEAN]):
            assert_refused(process(*args, stdout=full), "the disk is full", "free some space")
    finally:
        os.close(full)


def test_csv_folders_that_are_refused(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text(TAKEN)
    before = tree(tmp_path)
    assert_refused(lossmit("evaluate", CLEAN, "--csv", plain), "plain", "is a file, not a folder")
    assert_refused(lossmit("evaluate", CLEAN, "--csv", plain / "out"), "choose another")
    assert_refused(lossmit("evaluate", CLEAN, "--csv", tmp_path / "no" / "out"), "there is no folder", "make it first")
    assert_refused(lossmit("evaluate", CLEAN, "--csv", "/proc/out"), "/proc/out", "choose")
    assert tree(tmp_path) == before


def test_what_is_read_is_never_written_over(tmp_path: Path) -> None:
    tape = tmp_path / "tape.xlsx"
    tape.write_bytes(MESSY.read_bytes())
    link = tmp_path / "link.xlsx"
    link.symlink_to(tape)
    for out in (tape, link):
        for command in ("build", "map"):
            assert_refused(lossmit(command, tape, "-o", out, "--force"), "choose another name")
    assert tape.read_bytes() == MESSY.read_bytes()


@pytest.mark.parametrize("name", ["out", "out.csv", "out.xls", "out.xlsm"])
def test_a_workbook_is_called_one(name: str, tmp_path: Path) -> None:
    assert_refused(lossmit("build", CLEAN, "-o", tmp_path / name), name, ".xlsx")
    assert not tree(tmp_path)


# --- written aside, then renamed


@pytest.mark.parametrize("code", sorted(output._CURES))
def test_every_failing_write_names_a_cure_and_leaves_nothing(code: int, tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught, written_aside(tmp_path / "a.txt", tmp_path / "b.txt") as asides:
        asides[0].write_text("half")
        raise OSError(code, os.strerror(code))
    assert len(caught.value.problems) == 1 and ";" in str(caught.value)
    assert not tree(tmp_path)


def test_files_appear_together_and_whole(tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    with written_aside(one, two) as asides:
        for aside in asides:
            aside.write_text("whole")
            assert not one.exists() and not two.exists()
    assert (one.read_text(), two.read_text()) == ("whole", "whole")
    assert list(tree(tmp_path)) == ["one.txt", "two.txt"]


def test_the_disk_full_while_flushing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for args in (["assumptions", "-o", tmp_path / "a.toml"], ["evaluate", CLEAN, "--csv", tmp_path / "out"]):
        assert_refused(lossmit(*args), "the disk is full", "free some space")
    assert not tree(tmp_path)


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), written_aside(tmp_path / "a.txt") as (aside,):
        aside.write_text("half")
        raise KeyboardInterrupt
    assert not tree(tmp_path)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    link.symlink_to(real)
    output.write_text(link, "new", force=True)
    assert link.is_symlink() and real.read_text() == "new"


def test_special_files_are_not_replaced() -> None:
    with pytest.raises(OutputError, match="no ordinary file"):
        check_target(Path("/dev/null"), force=True)
    assert Path("/dev/null").is_char_device()


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OutputError):
        check_target(tmp_path / "a" / "out.txt")
