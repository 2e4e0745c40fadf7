"""The sheets of a bridge: the bars and their checks, the loans behind each bar, the parts of a cause, what differs.

All amounts of Bridge are formulas over Loans and Parts; what is typed is what the engine found for a loan or a part.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import charts, styles, waterfall
from lossmit_workbook.book import Canvas, SheetColumn, Value
from lossmit_workbook.grid import printable
from lossmit_workbook.layout import BAND_ROW, FIRST_ROW, ROW
from lossmit_xl.bridge import CAUSES, OVERRIDE_PARTS, Bridge, usd
from lossmit_xl.ops import EXCEL_EPOCH

BRIDGE, LOANS, PARTS, CHANGES = "Bridge", "Loans", "Parts", "What differs"
OK, BAD = "OK", "CHECK"
MEANINGS = {
    "went": "The bid for loans that only the first workbook holds",
    "came": "The bid for loans that only the second holds, under the first one's assumptions",
    "tape": "What the tape says of the loans that both hold; an override still stands",
    "overrides": "Values typed over the tape's: those taken back, those changed, those added",
    "states": "Months, fees and redemption of the states",
    "assumptions": "Every assumption but the as-of date; one by one on Parts",
    "as_of": "Time passing: more missed payments, months nearer to a sale",
    "model": "The same inputs valued by this engine and by the one that built the workbook",
    "edits": "Inputs changed in a workbook since its build: its stamped bid does not know of them",
}
HEADS = ("Cause", "What it is", "Inputs that differ", "Loans moved", "By loan", "Rounding", "Change", "Bid after")
UNITS = ("", "", "count", "count", "USD", "USD", "USD", "USD")
WIDTHS = {"A": 30, "B": 62, "C": 17, "D": 13, "E": 17, "F": 13, "G": 17, "H": 17}
TABLE_ROW, CHART_ROWS, HELPER_LETTER = 6, 24, "K"
MOST_CHANGES = 50_000
SIGNED = '+#,##0.00;-#,##0.00;"-"??'


@dataclass(frozen=True)
class Fact:
    """A line of what the two workbooks are."""

    label: str
    a: Value
    b: Value
    unit: str = ""


def write(book: Canvas, bridge: Bridge, facts: Sequence[Fact]) -> None:
    """Write the four sheets in tab order."""
    front = book.sheet(BRIDGE, "Why the bid changed", f"From {bridge.a.name} to {bridge.b.name}", styles.TEAL)
    book.put(front, "A2", f"From {bridge.a.name} to {bridge.b.name}", "lm_note")
    order = np.argsort(-np.abs(bridge.change()), kind="stable")
    _loans(book, bridge, order)
    last_part = _parts(book, bridge)
    _changes(book, bridge)
    _bridge(book, front, bridge, facts, last_part)


def cause_letter(cause: str) -> str:
    """Column letter of a cause on Loans."""
    return str(get_column_letter(4 + list(CAUSES).index(cause)))


END_LETTER = get_column_letter(4 + len(CAUSES))
STAMPED_LETTER = get_column_letter(5 + len(CAUSES))
CHANGE_LETTER = get_column_letter(6 + len(CAUSES))


def _loans(book: Canvas, bridge: Bridge, order: Any) -> None:
    """A row a loan: its bid in the first workbook, what each cause changed, its bid in the second."""
    ws = book.sheet(LOANS, "Loan by loan", "What each cause did to each loan's bid, the largest change first. Amounts "
                    "are the engine's, to the cent; sums are formulas.")  # fmt: skip
    first, last = cause_letter(next(iter(CAUSES))), cause_letter(list(CAUSES)[-1])
    here = [("both" if a and b else "first only" if a else "second only") for a, b in
            zip(bridge.in_a[order], bridge.in_b[order], strict=True)]  # fmt: skip
    start, end = bridge.start_cents[order] / 100, bridge.end_cents[order] / 100
    columns = [
        SheetColumn("Loan", "text", "The seller's loan number", [bridge.loan_ids[place] for place in order], width=18,
                    format="@"),
        SheetColumn("Held by", "word", "Which of the two workbooks holds the loan", here, width=13),
        SheetColumn("Bid in the first", "USD", "As its build stamped it", start, width=15),
        *(SheetColumn(name, "USD", MEANINGS[cause], bridge.cents(cause)[order] / 100, width=15, format=SIGNED)
          for cause, name in CAUSES.items()),
        SheetColumn("Bid in the second", "USD", "The first bid and all that changed it", end,
                    f"C{ROW}+SUM({first}{ROW}:{last}{ROW})", width=15),
        SheetColumn("Stamped there", "USD", "As the build of the second stamped it", end, width=15),
        SheetColumn("Change", "USD", "Second less first", end - start, f"{END_LETTER}{ROW}-C{ROW}", width=15,
                    format=SIGNED),
    ]  # fmt: skip
    book.grid(ws, columns)
    last_row = FIRST_ROW + book.rows - 1
    for place in range(1, len(columns) + 1):
        book.put(ws, f"{get_column_letter(place)}{BAND_ROW}", None, "lm_total")
    book.formula(ws, f"A{BAND_ROW}", f"SUBTOTAL(103,A{FIRST_ROW}:A{last_row})", book.rows, "lm_total",
                 '#,##0" loans shown"')  # fmt: skip
    for place, column in enumerate(columns[2:], start=3):
        letter = get_column_letter(place)
        book.formula(ws, f"{letter}{BAND_ROW}", f"SUBTOTAL(109,{letter}{FIRST_ROW}:{letter}{last_row})",
                     float(np.sum(np.rint(100 * column.values)) / 100), "lm_total",
                     column.format or styles.MONEY)  # fmt: skip
    ws.freeze_panes = f"C{FIRST_ROW}"
    ws.print_title_cols = "A:A"


def _range(letter: str, rows: int) -> str:
    return f"{LOANS}!${letter}${FIRST_ROW}:${letter}${FIRST_ROW + rows - 1}"


def _table(book: Canvas, ws: Worksheet, row: int, heads: Sequence[str], units: Sequence[str]) -> None:
    for letter, head, unit in zip("ABCDEFGH", heads, units, strict=False):
        book.put(ws, f"{letter}{row}", unit or None, "lm_unit")
        book.put(ws, f"{letter}{row + 1}", head, "lm_head")


def _parts(book: Canvas, bridge: Bridge) -> int:
    """The steps of each cause; returns the row of the last."""
    ws = book.sheet(PARTS, "The parts of each cause", "In the order in which one input after the other was taken from "
                    "the second workbook, the pool valued anew each time.")  # fmt: skip
    for letter, width in {"A": 24, "B": 34, "C": 30, "D": 30, "E": 13, "F": 17}.items():
        ws.column_dimensions[letter].width = width
    _table(book, ws, 4, ("Cause", "Part", "First", "Second", "Loans moved", "Change"), ("", "", "", "", "count", "USD"))
    ws.freeze_panes = "A6"
    row = 5
    for part in bridge.parts:
        row += 1
        cells = [c for c in bridge.changes if (c.cause, c.key) == (part.cause, part.key)]
        book.put(ws, f"A{row}", CAUSES[part.cause])
        book.put(ws, f"B{row}", printable(part.label) or "all")
        one = cells[0] if len(cells) == 1 and part.cause in ("states", "assumptions", "as_of") else None
        for letter, value in (("C", one.old if one else None), ("D", one.new if one else None)):
            _cell(book, ws, f"{letter}{row}", value)
        if one is None and cells:
            book.put(ws, f"C{row}", f"{len(cells):,} differ: see {CHANGES}")
        book.put(ws, f"E{row}", part.loans, format=styles.WHOLE)
        book.put(ws, f"F{row}", usd(part.amount), format=SIGNED)
    ws.auto_filter.ref = f"A5:F{row}"
    ws.print_title_rows = "5:5"
    return row


def _cell(book: Canvas, ws: Worksheet, address: str, value: Any) -> None:
    """An old or new value as a cell: dates as dates, lists as text, blank as nothing."""
    shown: Value = value if isinstance(value, (int, float)) else "" if value is None else str(value)
    if isinstance(value, dt.date):
        book.put(ws, address, float((value - dt.date(1970, 1, 1)).days + EXCEL_EPOCH), format=styles.DATE)
    else:
        book.put(ws, address, None if shown == "" else shown, format=None if isinstance(shown, str) else "General")
    ws[address].alignment = Alignment(horizontal="right", vertical="center")


def _changes(book: Canvas, bridge: Bridge) -> None:
    """Every input that differs, its old and its new value."""
    ws = book.sheet(CHANGES, "What differs", "Every input of the two workbooks that is not the same.")
    for letter, width in {"A": 24, "B": 28, "C": 20, "D": 28, "E": 30, "F": 30}.items():
        ws.column_dimensions[letter].width = width
    heads = ("Cause", "Part", "Loan or state", "Column or assumption", "First", "Second")
    _table(book, ws, 4, heads, ("", "", "", "", "as its column", "as its column"))
    ws.freeze_panes = "A6"
    ws.print_title_rows = "5:5"
    order = list(CAUSES)
    shown = sorted(bridge.changes, key=lambda change: order.index(change.cause))[:MOST_CHANGES]
    if len(shown) < len(bridge.changes):
        book.put(ws, "A3", f"The first {len(shown):,} of {len(bridge.changes):,}; --json has them all.", "lm_note")
    for row, change in enumerate(shown, start=6):
        book.put(ws, f"A{row}", CAUSES[change.cause])
        book.put(ws, f"B{row}", OVERRIDE_PARTS.get(change.key, change.key) or None)
        book.put(ws, f"C{row}", change.where or None, format="@")
        book.put(ws, f"D{row}", change.column or None)
        _cell(book, ws, f"E{row}", change.old)
        _cell(book, ws, f"F{row}", change.new)
    if not shown:
        book.put(ws, "A6", "Nothing: both hold the same inputs.")
    ws.auto_filter.ref = f"A5:F{max(5 + len(shown), 6)}"


def _bridge(book: Canvas, ws: Worksheet, bridge: Bridge, facts: Sequence[Fact], last_part: int) -> None:
    """The table, its chart, its checks, and what the two workbooks are."""
    for letter, width in WIDTHS.items():
        ws.column_dimensions[letter].width = width
    chart_row = TABLE_ROW + 2 + len(CAUSES) + 4
    checks_row = chart_row + CHART_ROWS
    _light(book, ws, checks_row + 2)
    _bars(book, ws, bridge)
    _chart(book, ws, bridge, chart_row)
    row = _checks(book, ws, bridge, checks_row, last_part)
    row = _notes(book, ws, bridge, row + 1)
    row = _facts(book, ws, facts, row + 1)
    ws.print_area = f"A1:H{row}"
    ws.page_setup.fitToHeight = 1


def _light(book: Canvas, ws: Worksheet, first: int) -> None:
    cells = f"A{first}:A{first + len(CHECKS) - 1}"
    book.formula(ws, "A4", f'IF(COUNTIF({cells},"{OK}")=ROWS({cells}),"ALL SUMS HOLD","{BAD}: see below")',
                 "ALL SUMS HOLD", "lm_big")  # fmt: skip
    for word, fill, ink in (("A", styles.GOOD_FILL, styles.GOOD_INK), ("C", styles.BAD_FILL, styles.BAD_INK)):
        rule = FormulaRule(formula=[f'LEFT($A$4,1)="{word}"'], fill=PatternFill(bgColor=fill), font=Font(color=ink))
        ws.conditional_formatting.add("A4", rule)


def _bars(book: Canvas, ws: Worksheet, bridge: Bridge) -> None:
    """The first bid, the causes, the second bid."""
    _table(book, ws, TABLE_ROW, HEADS, UNITS)
    first, rows = TABLE_ROW + 2, book.rows
    book.put(ws, f"A{first}", "Bid of the first", "lm_total")
    book.put(ws, f"B{first}", bridge.a.name, "lm_total")
    for letter in "CDEF":
        book.put(ws, f"{letter}{first}", None, "lm_total")
    book.put(ws, f"G{first}", usd(bridge.start), "lm_total", styles.MONEY)
    book.formula(ws, f"H{first}", f"G{first}", usd(bridge.start), "lm_total", styles.MONEY)
    running = bridge.start
    for row, (cause, name) in enumerate(CAUSES.items(), start=first + 1):
        cells, cents = _range(cause_letter(cause), rows), bridge.cents(cause)
        running += bridge.amount(cause)
        book.put(ws, f"A{row}", name)
        book.put(ws, f"B{row}", MEANINGS[cause], "lm_note")
        book.put(ws, f"C{row}", bridge.inputs(cause), format=styles.WHOLE)
        book.formula(ws, f"D{row}", f'COUNTIF({cells},"<>0")', int(np.count_nonzero(cents)), format=styles.WHOLE)
        book.formula(ws, f"E{row}", f"SUM({cells})", usd(int(cents.sum())), format=SIGNED)
        book.put(ws, f"F{row}", usd(bridge.rounding(cause)), format=SIGNED)
        book.formula(ws, f"G{row}", f"E{row}+F{row}", usd(bridge.amount(cause)), format=SIGNED)
        book.formula(ws, f"H{row}", f"H{row - 1}+G{row}", usd(running), format=styles.MONEY)
    last = first + 1 + len(CAUSES)
    book.put(ws, f"A{last}", "Bid of the second", "lm_total")
    book.put(ws, f"B{last}", bridge.b.name, "lm_total")
    for letter in "CDEFH":
        book.put(ws, f"{letter}{last}", None, "lm_total")
    book.formula(ws, f"G{last}", f"H{last - 1}", usd(bridge.end), "lm_total", styles.MONEY)
    book.put(ws, f"A{last + 1}", "Difference", "lm_label")
    book.formula(ws, f"G{last + 1}", f"G{last}-G{first}", usd(bridge.end - bridge.start), "lm_label", SIGNED)


def _chart(book: Canvas, ws: Worksheet, bridge: Bridge, row: int) -> None:
    first = TABLE_ROW + 2
    steps = [waterfall.Step("Bid of the first", usd(bridge.start), total=True),
             *(waterfall.Step(name, usd(bridge.amount(cause))) for cause, name in CAUSES.items()),
             waterfall.Step("Bid of the second", usd(bridge.end), total=True)]  # fmt: skip
    book.workbook.defined_names["line_feed"] = DefinedName("line_feed", attr_text="10")
    made = waterfall.write(book, ws, waterfall.Waterfall(BRIDGE, "A", "G", first, HELPER_LETTER, steps))
    floor = axis_floor(made.values()["end"])
    title = "From the first bid to the second, by cause" + (f"; the axis begins at ${floor:,.0f}" if floor else "")
    alt = f"Columns from the bid of {bridge.a.name} by nine causes to the bid of {bridge.b.name}, USD"
    charts.add(ws, f"A{row}", made.chart(title, "USD", alt, width=34.0, height=11.0))
    if floor:
        ws._charts[-1].y_axis.scaling.min = floor


def axis_floor(levels: Sequence[float]) -> float:
    """Where the axis of the amounts begins: at 0, or, where all columns end high above it, at a round amount below."""
    low, span = min(levels), max(levels) - min(levels)
    if low <= 0 or span > low / 2:
        return 0.0
    span = max(span, low / 100)
    step = 10 ** math.floor(math.log10(span))
    return float(step * math.floor((low - span) / step))


CHECKS = ("The causes make the difference", "The loans and the rounding make the first bid",
          "The loans and the rounding make the second bid", "Each loan's parts lead to its stamped bid",
          "The parts of each cause make the cause")  # fmt: skip


def _checks(book: Canvas, ws: Worksheet, bridge: Bridge, row: int, last_part: int) -> int:
    """Sums by a second way, live; returns the row below."""
    first, last, rows = TABLE_ROW + 2, TABLE_ROW + 3 + len(CAUSES), book.rows
    _table(book, ws, row, ("Result", "Check", "Found", "Expected", "Gap"), ("", "", "USD", "USD", "USD"))
    causes = f"G{first + 1}:G{last - 1}"
    start, end, rest = usd(bridge.start), usd(bridge.end), usd(bridge.start - int(bridge.start_cents.sum()))
    leads, stamped = _range(END_LETTER, rows), _range(STAMPED_LETTER, rows)
    names, amounts = f"{PARTS}!$A$6:$A${last_part}", f"{PARTS}!$F$6:$F${last_part}"
    within = f"$C${row + 2 + len(CHECKS)}"
    lines: list[tuple[str, float, str | float, float]] = [
        (f"SUM({causes})", end - start, f"C{row + 4}-C{row + 3}", end - start),
        (f"SUM({_range('C', rows)})+F{first}", start, f"G{first}", start),
        (f"SUM({leads})+F{first}+SUM(F{first + 1}:F{last - 1})", end, f"G{last}", end),
        (f"SUMPRODUCT(ABS({leads}-{stamped}))", 0.0, 0.0, 0.0),
        ("+".join(f"ABS(SUMIFS({amounts},{names},A{at})-G{at})" for at in range(first + 1, last)), 0.0, 0.0, 0.0),
    ]
    book.put(ws, f"F{first}", rest, "lm_total", SIGNED)
    for at, (label, (found, value, wanted, expected)) in enumerate(zip(CHECKS, lines, strict=True), start=row + 2):
        book.put(ws, f"B{at}", label)
        book.formula(ws, f"C{at}", found, value, format=styles.MONEY)
        if isinstance(wanted, str):
            book.formula(ws, f"D{at}", wanted, expected, format=styles.MONEY)
        else:
            book.put(ws, f"D{at}", wanted, format=styles.MONEY)
        book.formula(ws, f"E{at}", f"ABS(C{at}-D{at})", 0.0, format=styles.MONEY)
        book.formula(ws, f"A{at}", f'IF(ISERROR(E{at}),"{BAD}",IF(E{at}<={within},"{OK}","{BAD}"))', OK)
    at = row + 2 + len(CHECKS)
    book.put(ws, f"B{at}", "Sums agree within, USD", "lm_note")
    book.put(ws, f"C{at}", 0.005, "lm_input", "0.000")
    return at + 1


def _notes(book: Canvas, ws: Worksheet, bridge: Bridge, row: int) -> int:
    lines = (*bridge.notes, "Rounding: a pool's bid is the sum of unrounded bids, rounded once; a loan's is rounded by "
             "itself. What the loans lack of the pool's cents stands in a column of its own.",
             "Another order of the causes would share the difference out otherwise; this one goes from the pool by way "
             "of what is known of its loans to what is assumed.")  # fmt: skip
    book.put(ws, f"A{row}", "To be known", "lm_subtitle")
    for line in lines:
        row += 1
        book.put(ws, f"A{row}", line, "lm_text")
        ws.merge_cells(f"A{row}:H{row}")
    return row + 1


def _facts(book: Canvas, ws: Worksheet, facts: Sequence[Fact], row: int) -> int:
    book.put(ws, f"A{row}", "The two workbooks", "lm_subtitle")
    for letter, head in zip("ABC", ("", "First", "Second"), strict=True):
        book.put(ws, f"{letter}{row + 1}", head or None, "lm_head")
    ws.merge_cells(f"C{row + 1}:H{row + 1}")
    for at, fact in enumerate(facts, start=row + 2):
        book.put(ws, f"A{at}", fact.label)
        for letter, value in (("B", fact.a), ("C", fact.b)):
            cell = book.put(ws, f"{letter}{at}", value, format=styles.number_format(fact.unit) if fact.unit else "@")
            cell.alignment = Alignment(horizontal="left", vertical="center")
        ws.merge_cells(f"C{at}:H{at}")
    return row + 1 + len(facts)
