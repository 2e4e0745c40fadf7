"""Checks: the sheet against the engine for every loan, totals by a second route; one light. Tab 12.

Other sheets add checks of the whole pool by appending a function to `POOL_CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Book
from lossmit_workbook.grid import listed
from lossmit_workbook.layout import FIRST_ROW, ROW
from lossmit_workbook.sheets import overrides
from lossmit_workbook.sheets.check_loans import MONEY_TOLERANCE, SHARE_TOLERANCE, LoanCheck, loan_checks
from lossmit_workbook.sheets.check_pool import PoolCheck, pool_checks

TITLE = "Checks"
PASS, CHANGED, FAILED = "ALL CHECKS PASS", "INPUTS CHANGED SINCE THE BUILD: ", "CHECK FAILED: see Checks"
OK, BAD, SKIPPED = "OK", "CHECK", "not compared"
LIGHT_ROW, FAILED_ROW, MONEY_ROW, SHARE_ROW = 4, 5, 6, 7
CHANGES = {"assumptions": 4, "weights": 5, "states": 6, "loans": 7}
"""Rows of the counts of inputs changed since the build; the total stands below."""
CHANGED_ROW = 8
POOL_HEAD, POOL_FIRST = 11, 12
NOTE = (
    "The sheet against the engine that built it, and every total by a second way. An edit of an input is no error: "
    "it is counted, and the loans it touches are not compared."
)
POOL_HEADS = ("Check", "Result", "Found", "Expected", "Difference", "What it means")
WIDTHS = {"A": 52, "B": 16, "C": 18, "D": 24, "E": 16}
OWN_ROW = "\x02"  # in a loan's checks: the row on this sheet, where ROW is the loan's row on Loans and Model
INDENTED = Alignment(horizontal="left", indent=1, vertical="center")

POOL_CHECKS: list[Callable[[Book], Sequence[PoolCheck]]] = [pool_checks]
"""Each gives checks of the whole pool: two formulas that must agree, with their values now and what it means."""


def light() -> str:
    """Address of the light's words, from another sheet."""
    return f"{TITLE}!$B${LIGHT_ROW}"


def changes(kind: str = "") -> str:
    """Address of the number of inputs changed since the build, of a kind or of all, from another sheet."""
    return f"{TITLE}!$E${CHANGES[kind] if kind else CHANGED_ROW}"


def changed_for_all() -> str:
    """The number of inputs of every loan changed since the build, from another sheet."""
    return f"SUM({TITLE}!$E${CHANGES['assumptions']}:$E${CHANGES['states']})"


def light_now(book: Book) -> str:
    """What the light says when the book is built."""
    differ = any(result == BAD for result in listed(_check(loan_checks(book), "result").values, book.layout.loans))
    return FAILED if differ or any(_verdict(check) == BAD for make in POOL_CHECKS for check in make(book)) else PASS


def _verdict(check: PoolCheck) -> str:
    gap = abs(check.value - check.expected)
    return OK if gap <= (SHARE_TOLERANCE if check.share else MONEY_TOLERANCE) else BAD


def _check(checks: Sequence[LoanCheck], name: str) -> LoanCheck:
    return next(check for check in checks if check.name == name)


def paint_light(ws: Worksheet, address: str) -> None:
    """Green, amber or red behind the light's words."""
    looks = (("A", styles.GOOD_FILL, styles.GOOD_INK), ("I", styles.WARN_FILL, styles.WARN_INK),
             ("C", styles.BAD_FILL, styles.BAD_INK))  # fmt: skip
    cell = address.split(":")[0]
    for initial, fill, ink in looks:
        ws.conditional_formatting.add(address, FormulaRule(
            formula=[f'LEFT(${cell[0]}${cell[1:]},1)="{initial}"'], fill=PatternFill(bgColor=fill),
            font=Font(color=ink, bold=True)))  # fmt: skip


def write(book: Book) -> None:
    """Write the light, the pool's checks and a row of checks a loan."""
    ws = book.sheet(TITLE, "Checks", NOTE)
    for letter, width in WIDTHS.items():
        ws.column_dimensions[letter].width = width
    pool = [check for make in POOL_CHECKS for check in make(book)]
    loans = loan_checks(book)
    loan_head = POOL_FIRST + len(pool) + 6
    results = f"$B${loan_head + 1}:$B${loan_head + book.layout.loans}"
    differ = listed(_check(loans, "result").values, book.layout.loans).count(BAD)
    pool.append(PoolCheck("Loans that differ from the engine", f'COUNTIF({results},"{BAD}")', differ, None, 0,
                          "See the rows of the loans below"))  # fmt: skip
    _light(book, ws, loans, loan_head, pool)
    _pool(book, ws, pool)
    _loans(book, ws, loans, loan_head)
    first, last = loan_head + 1, loan_head + book.layout.loans
    _paint(ws, f"B{POOL_FIRST}:B{POOL_FIRST + len(pool) - 1}", POOL_FIRST)
    _paint(ws, f"B{first}:B{last}", first)
    ws.auto_filter.ref = f"A{loan_head}:{get_column_letter(len(loans))}{last}"
    ws.freeze_panes = "B4"
    ws.print_title_rows = f"{loan_head}:{loan_head}"  # on the pages below it
    ws.print_title_cols = "A:A"
    ws.page_setup.fitToWidth = 2


def letter_of(checks: Sequence[LoanCheck], name: str) -> str:
    """Column letter of a check in a loan's row."""
    return str(get_column_letter([check.name for check in checks].index(name) + 1))


def _light(book: Book, ws: Worksheet, loans: Sequence[LoanCheck], loan_head: int, pool: Sequence[PoolCheck]) -> None:
    results = f"$B${POOL_FIRST}:$B${POOL_FIRST + len(pool) - 1}"
    counts = {kind: (label, overrides.count(book, kind)) for kind, label in {
        "assumptions": "Assumptions changed", "weights": "Outcome weights changed", "states": "States changed",
        "loans": "Inputs of loans changed"}.items()}  # fmt: skip
    counts["loans"] = (counts["loans"][0], f"{counts['loans'][1]}+{overrides.count(book, 'rows')}")
    book.put(ws, f"A{LIGHT_ROW}", "The light", "lm_label")
    words = f'IF($E${CHANGED_ROW}>0,"{CHANGED}"&$E${CHANGED_ROW},"{PASS}")'
    book.formula(ws, f"B{LIGHT_ROW}", f'IF($B${FAILED_ROW}>0,"{FAILED}",{words})', light_now(book), "lm_label")
    paint_light(ws, f"B{LIGHT_ROW}:C{LIGHT_ROW}")
    book.put(ws, f"A{FAILED_ROW}", "Checks failed")
    book.formula(ws, f"B{FAILED_ROW}", f'COUNTIF({results},"{BAD}")', [_verdict(check) for check in pool].count(BAD),
                 format=styles.WHOLE)  # fmt: skip
    for row, label, value, shown in (
        (MONEY_ROW, "Money agrees within, USD", MONEY_TOLERANCE, "0.00"),
        (SHARE_ROW, "Shares and inputs agree within", SHARE_TOLERANCE, "0.000000"),
    ):
        book.put(ws, f"A{row}", label)
        book.put(ws, f"B{row}", value, "lm_input", shown)
    for kind, (label, formula) in counts.items():
        book.put(ws, f"D{CHANGES[kind]}", label)
        book.formula(ws, f"E{CHANGES[kind]}", formula, 0, format=styles.WHOLE)
    book.put(ws, f"D{CHANGED_ROW}", "All since build", "lm_total")
    every = f"SUM(E{min(CHANGES.values())}:E{CHANGED_ROW - 1})"
    book.formula(ws, f"E{CHANGED_ROW}", every, 0, "lm_total", styles.WHOLE)


def _pool(book: Book, ws: Worksheet, checks: Sequence[PoolCheck]) -> None:
    book.put(ws, f"A{POOL_HEAD - 1}", "The pool", "lm_subtitle")
    for letter, head in zip("ABCDEF", POOL_HEADS, strict=True):
        book.put(ws, f"{letter}{POOL_HEAD}", head, "lm_head")
    ws.merge_cells(f"F{POOL_HEAD}:I{POOL_HEAD}")
    for row, check in enumerate(checks, start=POOL_FIRST):
        tolerance = f"$B${SHARE_ROW if check.share else MONEY_ROW}"
        book.put(ws, f"A{row}", check.label)
        book.formula(ws, f"C{row}", check.formula, check.value, format=check.format)
        if check.expected_formula is None:
            book.put(ws, f"D{row}", check.expected, format=check.format)
        else:
            book.formula(ws, f"D{row}", check.expected_formula, check.expected, format=check.format)
        gap = abs(check.value - check.expected)
        book.formula(ws, f"E{row}", f"ABS(C{row}-D{row})", gap, format="0.00;0.00;0")
        test = f'IF(ISERROR(E{row}),"{BAD}",IF(E{row}<={tolerance},"{OK}","{BAD}"))'
        if check.stamped:
            test = f'IF($E${CHANGED_ROW}>0,"{SKIPPED}",{test})'
        book.formula(ws, f"B{row}", test, _verdict(check))
        book.put(ws, f"F{row}", check.meaning, "lm_note").alignment = INDENTED


def _loans(book: Book, ws: Worksheet, checks: Sequence[LoanCheck], head: int) -> None:
    """Rows of the loans; they stand below the pool's checks, so they are written cell by cell."""
    book.put(ws, f"A{head - 3}", "Loan by loan", "lm_subtitle")
    marks = {"MONEY": f"$B${MONEY_ROW}", "SHARE": f"$B${SHARE_ROW}",
             "GLOBAL": f"SUM($E${CHANGES['assumptions']}:$E${CHANGES['states']})"}  # fmt: skip
    names = {check.name: get_column_letter(place) + OWN_ROW for place, check in enumerate(checks, start=1)} | marks
    names["loan_id_head"] = f"$A${head}"
    for place, check in enumerate(checks, start=1):
        letter = get_column_letter(place)
        book.put(ws, f"{letter}{head - 1}", check.unit, "lm_unit")
        book.put(ws, f"{letter}{head}", check.head, "lm_head")
        if letter not in WIDTHS:
            ws.column_dimensions[letter].width = check.width
        _column(book, ws, letter, check, head + 1, names)
    lines = (styles.lines(check.head, ws.column_dimensions[get_column_letter(place)].width)
             for place, check in enumerate(checks, start=1))  # fmt: skip
    ws.row_dimensions[head].height = styles.height(max(lines))


def _column(book: Book, ws: Worksheet, letter: str, check: LoanCheck, first: int, names: dict[str, str]) -> None:
    """One column of checks; the first cell's looks are those of all."""
    cached = book.cached.setdefault(ws.title, {})
    style = "lm_note" if check.formula is None else "lm_cell"
    pattern = book.put(ws, f"{letter}{first}", None, style, check.format)
    if check.format is None:
        pattern.alignment = INDENTED
    looks = pattern._style
    formula = None if check.formula is None else "=" + check.formula.format_map(names)
    for place, value in enumerate(listed(check.values, book.layout.loans)):
        row = first + place
        blank = value is None or value != value or value == ""
        if blank and formula is None:
            ws._cells.pop((row, pattern.column), None)  # not even a style: some engines read that as 0
            continue
        cell: Any = ws[f"{letter}{row}"]
        cell._style = copy(looks)
        if formula is not None:
            cell.value = formula.replace(OWN_ROW, str(row)).replace(ROW, str(FIRST_ROW + place))
            cached[f"{letter}{row}"] = "" if blank else value
        else:
            cell.value = value
            cell.data_type = "s" if isinstance(value, str) else "n"


def _paint(ws: Worksheet, cells: str, first: int) -> None:
    for word, fill, ink in ((OK, styles.GOOD_FILL, styles.GOOD_INK), (BAD, styles.BAD_FILL, styles.BAD_INK),
                            (SKIPPED, styles.WARN_FILL, styles.WARN_INK)):  # fmt: skip
        rule = FormulaRule(
            formula=[f'$B{first}="{word}"'], fill=PatternFill(bgColor=fill), font=Font(color=ink, bold=True)
        )
        ws.conditional_formatting.add(cells, rule)
