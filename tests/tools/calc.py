"""LibreOffice as a calculator and a printer: recalculate a workbook from scratch, read every cell, render sheets.

One soffice a test process, started on first use, in a process group of its own and ended with it. LibreOffice does not
recompute cells that carry a cached number when it loads a file, so every read here calls `calculateAll()` first.
A machine without LibreOffice fails the test that asks, with the line that installs it: nothing is skipped.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from openpyxl.utils.cell import coordinate_to_tuple

Value = float | str | bool
Cells = dict[tuple[int, int], Value]
Sheets = dict[str, Cells]
Edit = tuple[str, str, object]

INSTALL = (
    "apt-get install -y --no-install-recommends libreoffice-calc python3-uno poppler-utils fonts-crosextra-carlito"
)
SYSTEM_PYTHON = "/usr/bin/python3"
ANSWER_SECONDS = 300.0

# Calc's error numbers as Excel shows them, after LibreOffice's own export table; "not converged" is #NUM! in Excel.
_EXCEL_ERRORS = {
    502: "#VALUE!", 503: "#NUM!", 519: "#VALUE!", 521: "#NULL!", 523: "#NUM!", 524: "#REF!", 525: "#NAME?",
    526: "#NAME?", 532: "#DIV/0!", 32767: "#N/A",
}  # fmt: skip


class CalcError(RuntimeError):
    """LibreOffice is missing, did not answer, or refused what was asked."""


def program(name: str) -> str:
    """Absolute path of an installed program. Raises CalcError with the line that installs it."""
    found = shutil.which(name)
    if found is None:
        raise CalcError(f"{name} is not installed: {INSTALL}")
    return found


def scratch_folder(purpose: str) -> Path:
    """A fresh folder outside the tree that is removed when this process ends."""
    folder = tempfile.mkdtemp(prefix=f"lossmit-{purpose}-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


_GONE = ("DisposedException", "illegal object given")
"""What the worker says once soffice has crashed."""
CRASHED = "LibreOffice has crashed"


class _Server:
    """The worker under the system's Python that talks to soffice."""

    def __init__(self) -> None:
        soffice = program("soffice")
        check = subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True, text=True, check=False)
        if check.returncode:
            raise CalcError(f"{SYSTEM_PYTHON} cannot import uno: {INSTALL}")
        self.folder = scratch_folder("calc")
        self.process = subprocess.Popen(
            [SYSTEM_PYTHON, str(Path(__file__).with_name("calc_server.py")), soffice, str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "TEMP": str(self.folder)},  # where macros put what is for a moment
        )
        self._waiting = b""
        self._answer()

    def ask(self, **request: object) -> Any:
        if self.process.stdin is None or self.process.poll() is not None:
            raise CalcError("the LibreOffice worker has ended")
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        answer = json.loads(self._line())
        if "error" in answer:
            if any(sign in str(answer["error"]) for sign in _GONE):
                self.kill()  # the next test gets another
                raise CalcError(f"{CRASHED}: {answer['error']}")
            raise CalcError(str(answer["error"]))
        return answer["ok"]

    def _line(self) -> bytes:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._waiting:
                if not ready.select(ANSWER_SECONDS):
                    self.kill()
                    raise CalcError(f"LibreOffice gave no answer in {ANSWER_SECONDS:.0f} s and was ended")
                block = os.read(self.process.stdout.fileno(), 1 << 20)
                if not block:
                    raise CalcError(f"{CRASHED}: its worker ended without an answer")
                self._waiting += block
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line

    def stop(self) -> None:
        """End of input lets the worker close its documents and end soffice; the group is ended if it does not."""
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End worker and soffice at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


_server: _Server | None = None


def _running() -> _Server:
    global _server
    if _server is None or _server.process.poll() is not None:
        shutdown()
        _server = _Server()
        atexit.register(_server.stop)
    return _server


def temporary_folder() -> Path:
    """Where macros that run in this process's LibreOffice put their temporary files."""
    return _running().folder


def shutdown() -> None:
    """End this process's LibreOffice, if any. The next call starts another."""
    global _server
    if _server is not None:
        atexit.unregister(_server.stop)
        _server.stop()
        _server = None


class Book:
    """A workbook open in LibreOffice (a copy: the file itself is never written).

    with Book(path) as book:
        before = book.values()
        book.edit([("Assumptions", "C5", 0.12)])
        after = book.values(["Bids"])
    """

    def __init__(self, path: str | Path, macros: bool = False) -> None:
        self._office = _running()
        self._number: int = self._office.ask(do="open", path=str(Path(path).resolve(strict=True)), macros=macros)
        self._read = False

    def run(self, macro: str, *arguments: str | int | bool) -> Any:
        """Run a macro, `MODULE.SUB`, of a book opened with `macros`; what a function returns.

        An error that the macro does not handle itself ends it in silence: None comes back. Whole numbers travel as
        floating ones: Basic makes 0 of UNO's long integers.
        """
        sent = [float(value) if type(value) is int else value for value in arguments]
        return self._office.ask(do="run", book=self._number, macro=macro, arguments=sent)

    def __enter__(self) -> Book:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def edit(self, edits: Iterable[Edit]) -> None:
        """Write cells: `(sheet, address or defined name, value)`; None empties the cell, text stays text, `=…` is one
        only as a `Formula`."""
        self._office.ask(do="edit", book=self._number, edits=[_wire(edit) for edit in edits])

    def sort(self, sheet: str, area: str, column: int, *, ascending: bool = True) -> None:
        """Sort whole rows, formulas and all, as the menu does: `area` with its header, by its `column`, from 0."""
        self._office.ask(do="sort", book=self._number, sheet=sheet, area=area, column=column, ascending=ascending)

    def filter(self, sheet: str, area: str, column: int, value: str) -> None:
        """Leave only the rows in sight whose text in `column` (from 0) is `value`: `area` with its header."""
        self._office.ask(do="filter", book=self._number, sheet=sheet, area=area, column=column, value=value)

    def values(self, sheets: Sequence[str] | None = None, *, everything: bool = True) -> Sheets:
        """Recalculate everything, then every non-empty cell of the sheets: `values["Bids"][(row, column)]`, from 1.

        Without `everything` only what edits since the last read have touched is recalculated, as when a user types; the
        first read recalculates all the same, since LibreOffice takes a file's own results for good.

        Numbers are float (dates: Excel's serials), errors their Excel text (`#N/A`); a formula that gives an empty
        text is "", an empty cell is absent.
        """
        anew, self._read = everything or not self._read, True
        answer = self._office.ask(do="read", book=self._number, sheets=list(sheets or ()), everything=anew)
        return {name: _cells(*rest) for name, *rest in answer}

    def close(self) -> None:
        if self._office.process.poll() is None:
            self._office.ask(do="close", book=self._number)


class Formula(str):
    """A text for `edit` that is meant as a formula (`=A1*2`, English names, semicolons between arguments)."""


def _wire(edit: Edit) -> tuple[str, str, str, object]:
    sheet, address, value = edit
    if value is None:
        return sheet, address, "blank", None
    if isinstance(value, bool):
        return sheet, address, "formula", "TRUE" if value else "FALSE"
    if isinstance(value, Formula):
        return sheet, address, "formula", str(value)
    if isinstance(value, str):
        return sheet, address, "text", value
    return sheet, address, "number", excel_serial(value)


def excel_serial(value: object) -> float:
    """A number as it is, a date as Excel's serial day. Raises TypeError for anything else."""
    if isinstance(value, dt.date):
        return float(value.toordinal() - dt.date(1899, 12, 30).toordinal())
    if isinstance(value, int | float):
        return float(value)
    raise TypeError(f"a cell takes a number, text, date or None, not {value!r}")


def _cells(top: int, left: int, rows: list[list[Any]], empty: list[tuple[int, int, int, int]]) -> Cells:
    cells: Cells = {}
    for r, row in enumerate(rows, top + 1):
        for c, value in enumerate(row, left + 1):
            cells[r, c] = _EXCEL_ERRORS.get(value["error"], f"Err:{value['error']}") if type(value) is dict else value
    for first_row, first_column, last_row, last_column in empty:
        for r in range(first_row + 1, last_row + 2):
            for c in range(first_column + 1, last_column + 2):
                cells.pop((r, c), None)
    return cells


def recalculate(path: str | Path, edits: Iterable[Edit] = (), sheets: Sequence[str] | None = None) -> Sheets:
    """Load a copy, apply `edits`, recalculate from scratch and return every cell; see `Book.values`."""
    with Book(path) as book:
        changes = list(edits)
        if changes:
            book.edit(changes)
        return book.values(sheets)


def run_basic(modules: Mapping[str, str], function: str) -> Any:
    """Run `Module.Name`, a Basic function without arguments, over modules of VBA text; a run-time error gives None."""
    return _running().ask(do="basic", modules=dict(modules), function=function)


def cell(values: Mapping[str, Cells], sheet: str, address: str) -> Value | None:
    """One value by its address, `cell(values, "Bids", "C7")`; None for an empty cell."""
    return values[sheet].get(coordinate_to_tuple(address))


def errors(values: Mapping[str, Cells]) -> list[tuple[str, int, int, str]]:
    """Every error cell as (sheet, row, column, text)."""
    return [
        (sheet, row, column, value)
        for sheet, cells in values.items()
        for (row, column), value in cells.items()
        if isinstance(value, str) and (value in _EXCEL_ERRORS.values() or re.fullmatch(r"Err:\d+", value))
    ]


_CACHED = re.compile(rb"<c\b([^>]*)>(\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>))\s*<v\b(?:[^>]*/>|[^>]*>[^<]*</v>)")
_CELL_TYPE = re.compile(rb'\s+t="\w+"')


def _without_value(found: re.Match[bytes]) -> bytes:
    return b"<c" + _CELL_TYPE.sub(b"", found[1]) + b">" + found[2]


def strip_cached_values(path: str | Path, target: str | Path | None = None) -> Path:
    """A copy of the workbook whose formula cells hold no results, so that nothing can pass by being read back."""
    source = Path(path)
    out = Path(target) if target else scratch_folder("bare") / source.name
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for item in old.infolist():
            data = old.read(item)
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", item.filename):
                data = _CACHED.sub(_without_value, data)
            new.writestr(item.filename, data)
    return out


def resave(path: str | Path, folder: str | Path) -> Path:
    """The workbook opened in LibreOffice and saved as xlsx again, under its own name in another folder."""
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lossmit-resave-") as scratch:
        _run([program("soffice"), "--headless", f"-env:UserInstallation={(Path(scratch) / 'profile').as_uri()}",
              "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(path)])  # fmt: skip
    saved = out / f"{Path(path).stem}.xlsx"
    if not saved.exists():
        raise CalcError(f"LibreOffice saved nothing for {path}")
    return saved


def render(path: str | Path, folder: str | Path, dpi: int = 70) -> list[Path]:
    """Print every sheet as LibreOffice lays it out: PNG files, a page each, in page order.

    Shows cached values (`--convert-to` does not recalculate); what-if data tables print as 0.
    """
    soffice, pdftoppm = program("soffice"), program("pdftoppm")
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    source = Path(path)
    with tempfile.TemporaryDirectory(prefix="lossmit-render-") as scratch:
        command = [soffice, "--headless", f"-env:UserInstallation={(Path(scratch) / 'profile').as_uri()}",
                   "--convert-to", "pdf", "--outdir", scratch, str(source)]  # fmt: skip
        _run(command)
        pdf = Path(scratch) / f"{source.stem}.pdf"
        if not pdf.exists():
            raise CalcError(f"LibreOffice printed nothing for {source}")
        _run([pdftoppm, "-r", str(dpi), "-png", str(pdf), str(out / source.stem)])
    return sorted(out.glob(f"{source.stem}-*.png"))


def _run(command: list[str]) -> None:
    """Run to the end, ending the whole process group on time-out: the soffice wrapper alone would leave its child."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            said, _ = process.communicate(timeout=ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise CalcError(f"{Path(command[0]).name} did not end in {ANSWER_SECONDS:.0f} s") from None
    if process.returncode:
        raise CalcError(f"{Path(command[0]).name}: {said.decode(errors='replace').strip()}")
