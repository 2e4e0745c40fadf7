"""The workbook that carries the LAMBDA names: what they are, what each takes, that they are right, and an example."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_udfs.definitions import Argument
from lossmit_udfs.errors import NUMBERS
from lossmit_udfs.lambdas import lambda_names, try_it
from lossmit_udfs.lambdas.conformance import ENGINES, SHOWN, agrees, cases
from lossmit_workbook import styles
from lossmit_workbook.dynamic import DynamicBook
from lossmit_xl.version import MODEL_VERSION, __version__

NEEDS = "Excel 2024, Excel for Microsoft 365 or Excel on the web; in older ones these names give #NAME?"
HEAD_ROW, FIRST_ROW = 4, 5
LIGHT = "C2"
ERROR_TYPES = tuple(NUMBERS)[:7]
"""Errors in the order of ERROR.TYPE, 1 to 7."""


START = (
    ("Needs", NEEDS + "."),
    ("What it is",
     "Functions such as NETRECOVERY, FC_COST and NPL_BID that are names of this workbook. Type =NETRECOVERY( in any "
     "cell here. Sheet Functions says what each takes."),
    ("Your own model",
     "Build it in a copy of this workbook: the names are there already. Sheet Try it shows how."),
    ("Another workbook",
     "Paste the text file that came with this workbook into the Advanced Formula Environment (free add-in Excel Labs), "
     "or one name at a time from sheet Paste into Formulas, Name Manager, New."),
    ("Blank arguments",
     "An optional argument that is left out, empty or refers to an empty cell takes its default."),
    ("Errors",
     "#NUM! out of range or no solution, #VALUE! wrong type, #N/A unknown state. An error that goes in comes out. One "
     "bad cell of a column spoils its own result only."),
    ("Columns", "A call with whole columns spills: =FC_COST(A2:A500,B2:B500) fills 499 cells."),
    ("State figures",
     "Months and fees of the states stand inside FC_MONTHS, FC_COST and FC_NET as they were at this version. A new "
     "version of the file brings new figures."),
    ("Not here", "LM_SCENARIOS, LM_BEST, LM_WHY and LM_VERSION need Python."),
    ("Together with macros",
     "Do not put these names into the workbook with macros (LossMit.xlsm): it has functions of the same names, and "
     "Excel would have to choose."),
    ("Not tried",
     "No machine with Excel took part. pyOpenVBA and IronCalc computed the names, LibreOffice the same rules in cells; "
     "sheet Conformance shows what each gave."),
    ("Where from",
     f"lossmit_xl {__version__}, model {MODEL_VERSION}. MIT licence. Rendered from the rules that value the tapes."),
)  # fmt: skip


def build() -> DynamicBook:
    """The workbook, every formula with its value. Raises ValueError where Excel would refuse a name."""
    book = DynamicBook()
    for name in lambda_names():
        book.define(name.name, name.stored, name.comment)
    note = f"{len(lambda_names())} functions as LAMBDA names: no macros, no Python, no add-in."
    start = book.sheet("Start", "Loss mitigation functions for Excel", note, landscape=False)
    _functions(book)
    try_it.write(book)
    conformance = _conformance(book)
    _paste(book)
    _start(book, start, conformance)
    return book


def module_text() -> str:
    """All names as one module of the Advanced Formula Environment."""
    head = (
        f"// Loss mitigation functions, lossmit_xl {__version__}, model {MODEL_VERSION}.\n"
        f"// Needs {NEEDS}.\n"
        "// Paste into a module of the Advanced Formula Environment (add-in Excel Labs) and save it.\n"
    )
    return "\n".join([head, *(name.module for name in lambda_names())])


def write(out: Path, *, force: bool = False) -> None:
    """Write the workbook; the same version gives the same bytes. Raises OutputError."""
    build().save(out, force=force)


def widths(ws: Worksheet, **columns: float) -> None:
    """Column widths in characters."""
    for letter, width in columns.items():
        ws.column_dimensions[letter].width = width


def _start(book: DynamicBook, ws: Worksheet, last: int) -> None:
    widths(ws, A=26, B=74)
    book.put(ws, "A4", "Computes here as it should", "lm_label")
    cell = book.formula(ws, "B4", f"Conformance!{LIGHT}", True, "lm_big")
    cell.alignment = Alignment(horizontal="left")
    _light(ws, "B4")
    compared = f"{last - FIRST_ROW + 1:,} results on sheet Conformance, compared anew whenever Excel recalculates"
    book.put(ws, "B5", compared, "lm_note")
    for row, (label, words) in enumerate(START, 7):
        book.put(ws, f"A{row}", label, "lm_label").alignment = Alignment(vertical="top")
        book.put(ws, f"B{row}", words, "lm_text")
        ws.row_dimensions[row].height = 6 + 13.5 * (1 + len(words) // 90)


def _light(ws: Worksheet, area: str) -> None:
    """Green where TRUE, red where FALSE; the word itself says it too."""
    for said, fill, ink in (("TRUE", styles.GOOD_FILL, styles.GOOD_INK), ("FALSE", styles.BAD_FILL, styles.BAD_INK)):
        paint = PatternFill("solid", bgColor=fill)
        ws.conditional_formatting.add(area, CellIsRule("equal", [said], font=Font(color=ink), fill=paint))


def _head(book: DynamicBook, ws: Worksheet, heads: Sequence[str], row: int = HEAD_ROW) -> None:
    for place, head in enumerate(heads):
        book.put(ws, f"{chr(ord('A') + place)}{row}", head, "lm_head")
    ws.row_dimensions[row].height = 30
    ws.freeze_panes = f"A{row + 1}"
    ws.print_title_rows = f"{row}:{row}"


def range_of(argument: Argument) -> str:
    """What an argument may be, in words."""
    if argument.kind == "state":
        return "two letters"
    if argument.kind == "yesno":
        return "TRUE or FALSE, yes or no, 1 or 0"
    if argument.kind == "steps":
        return "months whole, 0 to 60; shares 0 to 1"
    whole = ", whole" if argument.kind == "count" else ""
    return (argument.limits or ("any number" if argument.low is None else f"at least {argument.low:g}")) + whole


def _functions(book: DynamicBook) -> None:
    ws = book.sheet("Functions", "Functions", "What each takes and gives. Rates and shares are decimals: 0.05 is 5 %.")
    widths(ws, A=26, B=84, C=22, D=22, E=36)
    _head(book, ws, ("Function or argument", "Meaning", "Unit", "Blank stands for", "Range"))
    row = FIRST_ROW
    for name in lambda_names():
        function = name.function
        for letter, words in zip("ABCDE", (function.name, function.signature, "", "", ""), strict=True):
            cell = book.put(ws, f"{letter}{row}", words, "lm_band")
            cell.alignment = Alignment(wrap_text=True, vertical="center")
        ws.row_dimensions[row].height = 15 * (1 + len(function.signature) // 90)
        units = ", ".join(dict.fromkeys(result.unit for result in function.results))
        _text(book, ws, row + 1, ("gives", function.help, units, "", ""))
        row += 2
        for argument in function.arguments:
            meaning, blank = argument.help.rstrip(".") + ".", argument.blank or "must be given"
            _text(book, ws, row, (argument.name, meaning, argument.unit, blank, range_of(argument)))
            row += 1


def _text(book: DynamicBook, ws: Worksheet, row: int, words: Sequence[str]) -> None:
    for letter, text in zip("ABCDE", words, strict=True):
        book.put(ws, f"{letter}{row}", text, "lm_text")
    lines = [1 + len(text) // fits for text, fits in zip(words[1:4], (104, 25, 25), strict=True)]
    ws.row_dimensions[row].height = 13.5 * max(lines)


def shown_error(formula: str) -> str:
    """A formula that shows an error as text, so that the cell can be compared and holds no error."""
    texts = ",".join(f'"{error}"' for error in ERROR_TYPES)
    return f"IFERROR({formula},CHOOSE(ERROR.TYPE({formula}),{texts}))"


def _conformance(book: DynamicBook) -> int:
    """The table of calls; returns its last row."""
    ws = book.sheet("Conformance", "Conformance", "")
    widths(ws, A=22, B=70, C=12, D=16, E=16, F=12, G=10, H=8, I=16, J=16, K=16)
    heads = ("Function", "Call", "Result", "Expected (Python)", "This Excel", "Difference", "At most", "OK")
    _head(book, ws, (*heads, *(SHOWN[engine] for engine in ENGINES)))
    table = cases()
    last = FIRST_ROW + len(table) - 1
    good = True
    for row, case in enumerate(table, FIRST_ROW):
        expected, unit = case.expected, case.result.unit
        good = good and all(agrees(case, value, expected) for value in case.others[:1])
        format = styles.number_format(unit) if unit.startswith("USD") else "General"
        book.put(ws, f"A{row}", case.function.name)
        book.put(ws, f"B{row}", f"={case.formula}").alignment = Alignment(wrap_text=True, vertical="center")
        ws.row_dimensions[row].height = 13.5 * (1 + len(case.formula) // 76)
        book.put(ws, f"C{row}", case.result.help)
        book.put(ws, f"D{row}", expected, format=format)
        book.formula(ws, f"E{row}", shown_error(case.formula), expected, format=format, dynamic=True)
        compared = f'IF(AND(ISNUMBER(D{row}),ISNUMBER(E{row})),E{row}-D{row},IF(E{row}=D{row},0,"differs"))'
        book.formula(ws, f"F{row}", compared, 0, format="0.00E+00")
        book.put(ws, f"G{row}", case.within, format="General")
        book.formula(ws, f"H{row}", f"IF(ISNUMBER(F{row}),ABS(F{row})<=G{row},FALSE)", True)
        for letter, value in zip("IJK", case.others, strict=True):
            book.put(ws, f"{letter}{row}", value, format=format)
        for letter in "DEIJK":
            ws[f"{letter}{row}"].alignment = Alignment(horizontal="right", vertical="center")
    ws.auto_filter.ref = f"A{HEAD_ROW}:K{last}"
    book.put(ws, "A2", "All as expected", "lm_label")
    _count(book, ws, last)
    other, wanted = f"I{FIRST_ROW}", f"$D{FIRST_ROW}"
    apart = f"IF(ISNUMBER({wanted}),ABS({other}-{wanted})>$G{FIRST_ROW},TRUE)"
    different = FormulaRule([f"IF(ISNUMBER({other}),{apart},{other}<>{wanted})"], font=Font(color=styles.WARN_INK),
                            fill=PatternFill("solid", bgColor=styles.WARN_FILL))  # fmt: skip
    ws.conditional_formatting.add(f"I{FIRST_ROW}:K{last}", different)
    if not good:
        raise ValueError("the recorded table is of another version: run python -m tests.udfs.lambda_engines")
    return last


def _count(book: DynamicBook, ws: Worksheet, last: int) -> None:
    area, rows = f"H{FIRST_ROW}:H{last}", last - FIRST_ROW + 1
    said = f'COUNTIF({area},TRUE)&" of "&ROWS({area})&" results as expected in this Excel"'
    book.formula(ws, "B2", said, f"{rows} of {rows} results as expected in this Excel", "lm_note")  # fmt: skip
    book.formula(ws, LIGHT, f"COUNTIF({area},TRUE)=ROWS({area})", True, "lm_big")
    book.put(ws, "I2", "As recorded. Marked: IronCalc does not test arrays cell by cell; whole columns fail there.",
             "lm_note")  # fmt: skip
    _light(ws, LIGHT)
    _light(ws, area)


def _paste(book: DynamicBook) -> None:
    ws = book.sheet("Paste", "Names to paste", "Formulas, Name Manager, New: name, comment, text for Refers to.")
    widths(ws, A=24, B=60, C=14, D=110)
    _head(book, ws, ("Name", "Comment", "Characters", "Refers to"))
    for row, name in enumerate(lambda_names(), FIRST_ROW):
        book.put(ws, f"A{row}", name.name, "lm_text")
        book.put(ws, f"B{row}", name.comment, "lm_text")
        book.put(ws, f"C{row}", len(name.typed), "lm_text", styles.WHOLE)
        book.put(ws, f"D{row}", name.typed).alignment = Alignment(vertical="top")
        ws.row_dimensions[row].height = 58
