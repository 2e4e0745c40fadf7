"""The LibreOffice side of `tests.tools.calc`; runs under the system's Python, which has `uno`.

Reads one JSON request a line from stdin and answers one JSON line on stdout: `{"ok": …}` or `{"error": text}`.
It owns the soffice process: end of input ends both, so that a killed test run leaves nothing behind.

Requests: `{"do": "open", "path", "macros"}` -> handle; `{"do": "run", "book", "macro", "arguments"}` -> what the macro
returns; `{"do": "edit", "book", "edits": [[sheet, address, kind, value], …]}`;
`{"do": "sort", "book", "sheet", "area", "column", "ascending"}` and
`{"do": "filter", "book", "sheet", "area", "column", "value"}` as a user would through the menus (`area` with its
header row; `column` from 0 within it);
`{"do": "read", "book", "sheets"}` -> list of sheets as `[name, row, column, rows, empty ranges, errors]`;
`{"do": "close", "book"}`; `{"do": "basic", "modules": {name: text}, "function": "Module.Name"}` -> its result.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue

FORMULA_RESULT_ERROR = 4  # com.sun.star.sheet.FormulaResult.ERROR
LOGICAL = 1024  # com.sun.star.util.NumberFormat.LOGICAL
START_SECONDS = 90


def _property(name, value):
    prop = PropertyValue()
    prop.Name, prop.Value = name, value
    return prop


class Office:
    """One headless soffice with a profile and a pipe of its own."""

    def __init__(self, program, folder):
        self.folder = Path(folder)
        self.books = {}
        self.opened = 0
        pipe = f"lossmit{os.getpid()}"
        self.process = subprocess.Popen(
            [
                program,
                "--headless",
                "--norestore",
                "--nologo",
                "--nodefault",
                f"-env:UserInstallation={(self.folder / 'profile').as_uri()}",
                f"--accept=pipe,name={pipe};urp;",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.desktop = self._connect(pipe)

    def _connect(self, pipe):
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except Exception as problem:  # pyuno raises NoConnectException until the pipe is there
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"soffice did not start: {problem}") from problem
                time.sleep(0.1)
        return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)

    def open(self, path, macros=False):
        self.opened += 1
        # Its own folder per document: a lock file of an earlier load of the same name would make the next one fail.
        copy = self.folder / f"book{self.opened}" / Path(path).name
        copy.parent.mkdir()
        shutil.copyfile(path, copy)
        # Macros that look at the active cell or paste need a view, which a hidden document has not.
        how = (_property("MacroExecutionMode", 4),) if macros else (_property("Hidden", True),)
        document = self.desktop.loadComponentFromURL(copy.as_uri(), "_blank", 0, how)
        if document is None or not hasattr(document, "Sheets"):
            raise RuntimeError(f"LibreOffice could not open {path} as a spreadsheet")
        if macros:
            # Application.ScreenUpdating = True measures every row. A cell that is first computed just then gets a new
            # pattern while LibreOffice 7.4 goes on with the old one, and crashes (SfxItemSet::Get): compute before.
            document.calculateAll()
        self.books[self.opened] = document
        return self.opened

    def edit(self, book, edits):
        sheets, found = self.books[book].Sheets, {}
        for sheet, address, kind, value in edits:
            if sheet not in found:  # every question to the program takes its time
                if not sheets.hasByName(sheet):
                    raise KeyError(f"no sheet {sheet!r}")
                found[sheet] = sheets.getByName(sheet)
            cell = found[sheet].getCellRangeByName(address)
            if kind in ("number", "text", "formula"):
                cell = cell.getCellByPosition(0, 0)
            if kind == "number":
                cell.setValue(value)
            elif kind == "text":
                cell.setString(value)
            elif kind == "formula":
                cell.setFormula(value)
            else:  # blank
                cell.clearContents(1 | 2 | 4 | 16)  # values, dates, texts, formulas; formats and notes stay

    def run(self, book, macro, arguments):
        address = f"vnd.sun.star.script:VBAProject.{macro}?language=Basic&location=document"
        return self.books[book].getScriptProvider().getScript(address).invoke(tuple(arguments), (), ())[0]

    def sort(self, book, sheet, area, column, ascending):
        field = uno.createUnoStruct("com.sun.star.table.TableSortField")
        field.Field, field.IsAscending = column, ascending
        fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
        cells = self.books[book].Sheets.getByName(sheet).getCellRangeByName(area)
        uno.invoke(cells, "sort", ((_property("SortFields", fields), _property("ContainsHeader", True)),))

    def filter(self, book, sheet, area, column, value):
        cells = self.books[book].Sheets.getByName(sheet).getCellRangeByName(area)
        descriptor = cells.createFilterDescriptor(True)
        field = uno.createUnoStruct("com.sun.star.sheet.TableFilterField")
        field.Field, field.Operator = column, uno.Enum("com.sun.star.sheet.FilterOperator", "EQUAL")
        field.IsNumeric, field.StringValue = False, value
        descriptor.ContainsHeader = True
        descriptor.setFilterFields((field,))
        cells.filter(descriptor)

    def read(self, book, sheets, everything):
        document = self.books[book]
        if everything:
            document.calculateAll()
        else:
            document.calculate()
        formats = document.getNumberFormats()
        names = sheets or document.Sheets.getElementNames()
        return [_read_sheet(document.Sheets.getByName(name), formats) for name in names]

    def close(self, book):
        self.books.pop(book).close(True)
        shutil.rmtree(self.folder / f"book{book}", ignore_errors=True)

    def basic(self, modules, function):
        """Run a Basic function without arguments in a document of its own that holds the modules."""
        document = self.desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (
            _property("Hidden", True), _property("MacroExecutionMode", 4)))
        try:
            library = document.BasicLibraries
            if not library.hasByName("Standard"):
                library.createLibrary("Standard")
            for name, text in modules.items():
                library.getByName("Standard").insertByName(name, text)
            url = f"vnd.sun.star.script:Standard.{function}?language=Basic&location=document"
            return document.getScriptProvider().getScript(url).invoke((), (), ())[0]
        finally:
            document.close(True)

    def stop(self):
        for book in list(self.books):
            try:
                self.close(book)
            except Exception:  # the bridge may be gone already; the process is ended below in any case
                break
        try:
            self.desktop.terminate()
            self.process.wait(10)
        except Exception:  # terminate() cuts its own connection, or soffice hangs: the caller ends the group
            self.process.kill()


def _read_sheet(sheet, formats):
    cursor = sheet.createCursor()
    cursor.gotoStartOfUsedArea(False)
    cursor.gotoEndOfUsedArea(True)
    area = cursor.getRangeAddress()
    rows = [list(row) for row in cursor.getDataArray()]
    for block in _blocks(cursor.queryFormulaCells(FORMULA_RESULT_ERROR)):
        for row in range(block[0], block[2] + 1):
            for column in range(block[1], block[3] + 1):
                code = sheet.getCellByPosition(column, row).getError()
                rows[row - area.StartRow][column - area.StartColumn] = {"error": code}
    _mark_booleans(sheet, formats, area, rows)
    return [sheet.Name, area.StartRow, area.StartColumn, rows, _blocks(cursor.queryEmptyCells())]


def _mark_booleans(sheet, formats, area, rows):
    """Calc keeps TRUE as a 1 shown through a logical number format; getDataArray gives the 1."""
    ranges = sheet.getCellRangeByPosition(area.StartColumn, area.StartRow, area.EndColumn, area.EndRow)
    groups = ranges.getUniqueCellFormatRanges()
    for index in range(groups.getCount()):
        group = groups.getByIndex(index)
        if not formats.getByKey(group.getByIndex(0).NumberFormat).Type & LOGICAL:
            continue
        for block in _blocks(group):
            for row in range(block[0], block[2] + 1):
                line = rows[row - area.StartRow]
                for column in range(block[1] - area.StartColumn, block[3] - area.StartColumn + 1):
                    if isinstance(line[column], float):
                        line[column] = bool(line[column])


def _blocks(ranges):
    return [(a.StartRow, a.StartColumn, a.EndRow, a.EndColumn) for a in ranges.getRangeAddresses()]


def _answer(office, request):
    do = request.pop("do")
    if do not in ("open", "edit", "sort", "filter", "read", "run", "close", "basic"):
        raise ValueError(f"unknown request {do!r}")
    return getattr(office, do)(**request)


def main(program, folder):
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints must not land between the answers
    office = None
    try:
        office = Office(program, folder)
        answers.write(json.dumps({"ok": "ready"}) + "\n")
        answers.flush()
        for line in sys.stdin:
            try:
                answer = {"ok": _answer(office, json.loads(line))}
            except Exception as problem:  # every failure goes back to the test that asked
                answer = {"error": f"{type(problem).__name__}: {problem}"}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    except RuntimeError as problem:
        answers.write(json.dumps({"error": str(problem)}) + "\n")
        answers.flush()
    finally:
        if office is not None:
            office.stop()
        shutil.rmtree(folder, ignore_errors=True)
        # soffice is a wrapper around oosplash and soffice.bin: only the group holds them all.
        os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
