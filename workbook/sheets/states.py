"""States: months, fees and redemption of a foreclosure in each state, each with its source. Tab 10."""

from __future__ import annotations

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.pagebreak import Break

from lossmit_workbook import styles
from lossmit_workbook.book import Book, print_wide
from lossmit_workbook.layout import FIRST_ROW, HEAD_ROW, STATE_SHEET_COLUMNS, UNIT_ROW, Layout
from lossmit_workbook.sheets import assumptions
from lossmit_xl.assumption_cells import STATE_CELLS
from lossmit_xl.states import SOURCE_OF, states

TITLE = "States"
CHANGED = "changed"
HEADS = {
    "code": ("State", "code", 8), "name": ("Name", "", 26), "process": ("Usual process", "word", 15),
    "fc_months": ("Months to sale", "months", 10), "legal_fee": ("Attorney fee", "USD", 12),
    "other_costs": ("Other costs", "USD", 12), "redemption_months": ("Redemption", "months", 12),
}  # fmt: skip
NUMBERS = ("fc_months", "legal_fee", "other_costs", "redemption_months")
SOURCES = {f: f"Source: {HEADS[f][0].lower()}" for f in NUMBERS}
SOURCE_WIDTH, PRINT_SCALE = 95, 65
STAMPS, FLAG = ("L", "M", "N", "O"), "P"
"""Columns of the figures at the build, in the order of `NUMBERS`, and of whether one of them is another now."""
STAMP_HEADS = {name: f"At build: {HEADS[name][0].lower()}" for name in NUMBERS}


def cells(layout: Layout, stamps: bool = False) -> str:
    """The figures of all states, from another sheet: as they are now, or those of the build."""
    first, last = (STAMPS[0], STAMPS[-1]) if stamps else ("D", "G")
    return f"{TITLE}!${first}${FIRST_ROW}:${last}${FIRST_ROW + layout.states - 1}"


def write(book: Book) -> None:
    """Write the sheet: the national fallback row stands last and serves every state that is not in the table."""
    ws = book.sheet(TITLE, "States", "Months run from referral to the foreclosure sale. The last row is the national "
                    "fallback for a state that is not in the table.")  # fmt: skip
    table = states(book.assumptions)
    for place, column in enumerate(STATE_SHEET_COLUMNS, start=1):
        head, unit, width = HEADS[column]
        letter = get_column_letter(place)
        book.put(ws, f"{letter}{UNIT_ROW}", unit, "lm_unit")
        book.put(ws, f"{letter}{HEAD_ROW}", head, "lm_head")
        ws.column_dimensions[letter].width = width
    for place, head in enumerate(SOURCES.values(), start=len(HEADS) + 1):
        letter = get_column_letter(place)
        book.put(ws, f"{letter}{HEAD_ROW}", head, "lm_head")
        ws.column_dimensions[letter].width = SOURCE_WIDTH
    for letter, name in zip(STAMPS, NUMBERS, strict=True):
        book.put(ws, f"{letter}{HEAD_ROW}", STAMP_HEADS[name], "lm_head")
        ws.column_dimensions[letter].width = 13
    book.put(ws, f"{FLAG}{HEAD_ROW}", "Changed?", "lm_head")
    for row, line in enumerate(table.reset_index(names="code").to_dict("records"), start=FIRST_ROW):
        for place, column in enumerate(STATE_SHEET_COLUMNS, start=1):
            value = line[column]
            number = column in NUMBERS
            book.put(ws, f"{get_column_letter(place)}{row}", float(value) if number else str(value),
                     "lm_input" if number else "lm_cell", styles.number_format(HEADS[column][1]))  # fmt: skip
        for place, figure in enumerate(SOURCES, start=len(HEADS) + 1):
            book.put(ws, f"{get_column_letter(place)}{row}", str(line[SOURCE_OF[figure]]), "lm_text")
        for letter, name in zip(STAMPS, NUMBERS, strict=True):
            shown = styles.number_format(HEADS[name][1])
            book.put(ws, f"{letter}{row}", float(line[name]), "lm_note", shown)
        most = max(styles.lines(str(line[SOURCE_OF[figure]]), SOURCE_WIDTH) for figure in SOURCES)
        ws.row_dimensions[row].height = styles.height(most)
        now, then = f"D{row}:G{row}", f"{STAMPS[0]}{row}:{STAMPS[-1]}{row}"
        differ = f'SUMPRODUCT(1*(({now}<>{then})+(({now}="")<>({then}=""))>0))'
        book.formula(ws, f"{FLAG}{row}", f'IF({differ}=0,"","{CHANGED}")', "")
    last = FIRST_ROW + len(table) - 1
    for place, name in enumerate(NUMBERS, start=STATE_SHEET_COLUMNS.index(NUMBERS[0]) + 1):
        rule = assumptions.validation(STATE_CELLS[name])
        assert rule is not None
        ws.add_data_validation(rule)
        rule.add(f"{get_column_letter(place)}{FIRST_ROW}:{get_column_letter(place)}{last}")
    ws.freeze_panes = f"C{FIRST_ROW}"
    ws.auto_filter.ref = f"A{HEAD_ROW}:{FLAG}{last}"
    ws.column_dimensions[FLAG].width = 11
    ws.row_dimensions[HEAD_ROW].height = styles.height(3)
    print_wide(ws, PRINT_SCALE)
    for last_on_page in ("H", "J"):
        ws.col_breaks.append(Break(id=column_index_from_string(last_on_page)))
    ws.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
