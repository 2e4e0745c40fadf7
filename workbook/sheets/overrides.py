"""Overrides: what differs from the tape and what it does to the bid; what was changed since; what was carried. Tab 10.

From top to bottom: what the workbook was built from (named cells, which `readback` looks for); the ledger; state
figures that are not the published ones; the inputs changed since the build, live (`changes`); what became of an older
workbook's contents (`carried_over`).
"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.styles import Alignment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Book, Value
from lossmit_workbook.layout import FIRST_ROW, HEAD_ROW, match
from lossmit_workbook.sheets import as_built, carried_over, changes, tape_issues
from lossmit_workbook.sheets import states as states_sheet
from lossmit_xl.carry import Entry, effects
from lossmit_xl.loan_cells import DAY_0, Cell, loan_cell
from lossmit_xl.states import published
from lossmit_xl.version import MODEL_VERSION, __version__

TITLE = "Overrides"
NOTE = (
    "An override is a value of a loan that is not the tape's. Type it on Loans; the next build keeps it: "
    "lossmit build NEWTAPE --from THIS.xlsx -o NEW.xlsx."
)
WIDTHS = {"A": 32, "B": 16, "C": 22, "D": 20, "E": 20, "F": 20, "G": 16, "H": 26, "I": 30}
IDENTITY = {
    "built_tool_version": "Built with lossmit_xl", "built_model_version": "Valuation model",
    "built_tape_name": "Tape", "built_tape_sha256": "Its SHA-256", "built_as_of": "As of",
    "built_loans": "Loans", "built_valued": "Loans valued", "built_expected_npv": "Expected NPV",
    "built_bid": "Bid", "built_from": "Carried over from", "built_from_sha256": "Its SHA-256 ",
}  # fmt: skip
"""Defined names of what the workbook was built from, and their labels; a program that drops names keeps the labels."""
VERSION = "version "  # a bare 1 would be a number stored as text
IDENTITY_ROW = 5
LEDGER_ROW = IDENTITY_ROW + len(IDENTITY) + 1
LEDGER_HEADS = (
    "Loan",
    "Sheet",
    "Column",
    "Tape's value",
    "At the build",
    "Now",
    "Bid effect",
    "Carried from",
    "Status",
)
UNITS = ("text", "", "", "as its column", "as its column", "as its column", "USD", "", "")
NONE = "Empty: at the build every value of every loan was the tape's."
STATE_HEADS = ("State", "Sheet", "Figure", "Published", "At the build", "Now")
STATE_UNITS = ("code", "", "", "as its column", "as its column", "as its column")
NO_STATES = "None: at the build every figure on States was the published one."
EFFECT_NOTE = (
    "Bid effect: the loan's bid with all overrides less its bid with this one undone, at the build. Effects of single "
    "overrides need not add up to the effect of all. An empty cell stands for a blank."
)


def write(book: Book) -> None:
    """Write the sheet from top to bottom."""
    ws = book.sheet(TITLE, "Overrides", NOTE, styles.TEAL)
    for letter, width in WIDTHS.items():
        ws.column_dimensions[letter].width = width
    _identity(book, ws)
    _ledger(book, ws, LEDGER_ROW)
    _states(book, ws, _below_ledger(book))
    last = carried_over.write(book, ws, changes.write(book, ws, _below_states(book)))
    ws.print_area = f"A1:I{last}"
    ws.freeze_panes = "A4"


def changed(book: Book) -> changes.Places:
    """Where the list of changes stands: `count(kind)`, `first` to `last`."""
    return changes.Places(book.layout, _below_states(book))


def count(book: Book, kind: str = "") -> str:
    """Address of the number of inputs changed since the build, of a kind of `changes.KINDS` or of all, from another
    sheet."""
    return f"{TITLE}!{changed(book).count(kind)}"


def change(book: Book, line: int) -> dict[str, str]:
    """Addresses of a line of the list of changes (from 0), from another sheet, by what stands there."""
    row = changed(book).first + line
    names = ("number", "sheet", "name", "column", "as_built", "now", "unit")
    return {name: f"{TITLE}!${letter}${row}" for letter, name in zip("ABCDEFG", names, strict=True)}


def _below_ledger(book: Book) -> int:
    """The row below the ledger."""
    lines = len(ledger(book))
    return LEDGER_ROW + (3 if not lines else lines + 6)


def identity(book: Book) -> dict[str, Value]:
    """What the workbook is built from, by defined name."""
    totals, source = book.evaluation.portfolio.totals, book.tape.source
    past = book.carried.past if book.carried is not None else None
    return {
        "built_tool_version": __version__, "built_model_version": f"{VERSION}{MODEL_VERSION}",
        "built_tape_name": source.path.name, "built_tape_sha256": source.sha256,
        "built_as_of": float(book.assumptions.inputs()["as_of"]),
        "built_loans": book.layout.loans, "built_valued": totals["valued"],
        "built_expected_npv": totals["expected_npv"], "built_bid": totals["bid"],
        "built_from": past.name if past else "", "built_from_sha256": past.sha256 if past else "",
    }  # fmt: skip


def _identity(book: Book, ws: Worksheet) -> None:
    shown = {"built_as_of": styles.DATE, "built_loans": styles.WHOLE, "built_valued": styles.WHOLE,
             "built_expected_npv": styles.MONEY, "built_bid": styles.MONEY}  # fmt: skip
    book.put(ws, f"A{IDENTITY_ROW - 1}", "Built from", "lm_subtitle")
    for row, (name, value) in enumerate(identity(book).items(), start=IDENTITY_ROW):
        book.put(ws, f"A{row}", IDENTITY[name].strip())
        if isinstance(value, str):
            tape_issues.text(book, ws, f"B{row}", value or "nothing: a fresh build")
        else:
            book.put(ws, f"B{row}", value, format=shown[name])
        ws[f"B{row}"].alignment = Alignment(horizontal="left", vertical="center")
        book.workbook.defined_names[name] = DefinedName(name, attr_text=f"{TITLE}!$B${row}")


def ledger(book: Book) -> tuple[Entry, ...]:
    """The overrides in force at the build."""
    return book.carried.ledger if book.carried is not None else ()


def _ledger(book: Book, ws: Worksheet, row: int) -> None:
    """The ledger, each line with what stands on the sheet now."""
    entries = ledger(book)
    book.put(ws, f"A{row}", "Ledger: what differs from the tape", "lm_subtitle")
    if not entries:
        book.put(ws, f"A{row + 1}", NONE)
        return
    assert book.carried is not None
    alone, together = effects(book.carried.tape_loans, entries, book.assumptions)
    book.put(ws, f"A{row + 1}", EFFECT_NOTE, "lm_note")
    heads(book, ws, row + 2, LEDGER_HEADS, UNITS)
    first = row + 4
    for line, (entry, effect) in enumerate(zip(entries, alone, strict=True), start=first):
        tape_issues.text(book, ws, f"A{line}", entry.loan_id)
        book.put(ws, f"B{line}", as_built.block_of(book.layout, entry.column).sheet)
        book.put(ws, f"C{line}", entry.column)
        cell_of_loan(book, ws, f"D{line}", entry.column, entry.tape)
        cell_of_loan(book, ws, f"E{line}", entry.column, entry.value)
        _now(book, ws, line, entry)
        book.put(ws, f"G{line}", float(effect), format=styles.MONEY)
        tape_issues.text(book, ws, f"H{line}", book.carried.past.name)
        tape_issues.text(book, ws, f"I{line}", entry.status)
        for letter in "BCHI":
            ws[f"{letter}{line}"].alignment = changes.INDENTED
    last = first + len(entries) - 1
    book.put(ws, f"A{last + 1}", "All undone together", "lm_total")
    for letter in "BCDEFHI":
        book.put(ws, f"{letter}{last + 1}", None, "lm_total")
    book.put(ws, f"G{last + 1}", together, "lm_total", styles.MONEY)


def state_figures(book: Book) -> list[tuple[str, str, float, float]]:
    """(state, figure, published, at the build) of the state figures that are your own."""
    return [
        (code, name, float(published(code)[name]), float(value))
        for code, cells in book.assumptions.states.items()
        for name, value in cells.items()
        if name in states_sheet.NUMBERS and float(value) != float(published(code)[name])
    ]


def _below_states(book: Book) -> int:
    """The row below the state figures."""
    lines = len(state_figures(book))
    return _below_ledger(book) + (3 if not lines else lines + 4)


def _states(book: Book, ws: Worksheet, row: int) -> None:
    """State figures that are not the published ones, each with what stands on States now."""
    found = state_figures(book)
    book.put(ws, f"A{row}", "State figures that are not the published ones", "lm_subtitle")
    if not found:
        book.put(ws, f"A{row + 1}", NO_STATES)
        return
    heads(book, ws, row + 1, STATE_HEADS, STATE_UNITS)
    cells = states_sheet.cells(book.layout)
    codes = f"{states_sheet.TITLE}!$A${FIRST_ROW}:$A${FIRST_ROW + book.layout.states - 1}"
    names = f"{states_sheet.TITLE}!$D${HEAD_ROW}:$G${HEAD_ROW}"
    for line, (code, name, public, value) in enumerate(found, start=row + 3):
        head, unit, _ = states_sheet.HEADS[name]
        shown = styles.number_format(unit)
        book.put(ws, f"A{line}", code)
        book.put(ws, f"B{line}", states_sheet.TITLE)
        book.put(ws, f"C{line}", head)
        book.put(ws, f"D{line}", public, format=shown)
        book.put(ws, f"E{line}", value, format=shown)
        now = f"INDEX({cells},MATCH($A{line},{codes},0),MATCH($C{line},{names},0))"
        book.formula(ws, f"F{line}", f'IFERROR(IF({now}="","",{now}),"gone")', value, "lm_link", shown)


def _now(book: Book, ws: Worksheet, line: int, entry: Entry) -> None:
    """What the loan's cell holds now, found by loan number and heading."""
    layout = book.layout
    block = as_built.block_of(layout, entry.column)
    place = match(f"$A{line}", block.numbers)
    column = f"MATCH($C{line},{as_built.heads_range(layout, block.names)},0)"
    found = f"INDEX({block.cells},{place},{column})"
    value = as_cell(entry.column, entry.value)
    cell = book.formula(ws, f"F{line}", f'IFERROR(IF({found}="","",{found}),"gone")', value, "lm_link",
                        as_built.number_format(entry.column))  # fmt: skip
    cell.alignment = Alignment(horizontal="right", vertical="center")


def heads(book: Book, ws: Worksheet, row: int, names: Sequence[str], units: Sequence[str]) -> None:
    """A row of units and one of headings."""
    for letter, head, unit in zip("ABCDEFGHIJ", names, units, strict=False):
        book.put(ws, f"{letter}{row}", unit or None, "lm_unit")
        book.put(ws, f"{letter}{row + 1}", head, "lm_head")


def as_cell(column: str, cell: Cell) -> Value:
    """A clean value as a cell holds it: dates as serials, blank as an empty text."""
    if cell is None:
        return ""
    if loan_cell(column).kind == "date":
        return float((cell - DAY_0).days)  # type: ignore[operator]
    return cell if isinstance(cell, (float, str)) else str(cell)


def cell_of_loan(book: Book, ws: Worksheet, address: str, column: str, cell: Cell) -> None:
    """Type a loan's value in its own format; blank stays an empty cell."""
    value = as_cell(column, cell)
    if isinstance(value, str):
        tape_issues.text(book, ws, address, value)
    else:
        book.put(ws, address, value, format=as_built.number_format(column))
    ws[address].alignment = Alignment(horizontal="right", vertical="center")
