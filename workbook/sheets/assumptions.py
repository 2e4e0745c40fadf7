"""Assumptions: every input once, named, with unit, default and source; what follows from them; the weights. Tab 9."""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Book
from lossmit_workbook.layout import FIRST_ROW, HEAD_ROW, Layout
from lossmit_xl.assumptions import CONSTANT_HELP, CONSTANTS, INPUT_BY_NAME, INPUTS, Field
from lossmit_xl.names import SITUATIONS, STRATEGIES, STRATEGY_LABELS

TITLE = "Assumptions"
HEADS = ("Name", "Value", "Unit", "Default", "Lowest", "Highest", "Source", "Meaning", "At build", "Changed?")
FIRST_DATE, LAST_DATE = "32874", "73051"  # 1990-01-01 and 2100-01-01 as serials
WIDTHS = (36, 16, 24, 14, 14, 14, 46, 62, 14, 11)
NOTE = (
    "Blue cells are yours to change; everything recalculates. A loan's own value on Loans beats the value here. "
    "* marks an analyst's convention without a published source."
)
CHANGED = "changed"
CHANGED_COLUMN = "J"


def _scalar_fields() -> list[Field]:
    return [field for field in INPUTS if not field.name.startswith("weight_")]


def rows() -> Iterator[tuple[int, str, Field | None]]:
    """(row, text, field) of the inputs: a row without a field is a group's heading."""
    row, group = FIRST_ROW, ""
    for field in _scalar_fields():
        if field.group != group:
            group = field.group
            yield row, group, None
            row += 1
        yield row, field.name, field
        row += 1


def places(scalars: int) -> tuple[int, int, int, int]:
    """First rows of: constants, figures worked out, the weights' rows, the strategies' rows."""
    constants = max(row for row, *_ in rows()) + 3
    worked_out = constants + len(CONSTANTS) + 2
    weights = worked_out + scalars + 4
    return constants, worked_out, weights, weights + len(SITUATIONS) + 3


def last_row(layout: Layout) -> int:
    """Row of the last strategy, the last one of the sheet."""
    return layout.strategies_row + len(STRATEGIES) - 1


def write(book: Book) -> None:
    """Write the sheet and name its input cells."""
    ws = book.sheet(TITLE, "Assumptions", NOTE)
    for place, (head, width) in enumerate(zip(HEADS, WIDTHS, strict=True), start=1):
        letter = get_column_letter(place)
        book.put(ws, f"{letter}{HEAD_ROW}", head, "lm_head")
        ws.column_dimensions[letter].width = width
    inputs = book.assumptions.inputs()
    for row, text, field in rows():
        if field is None:
            _band(book, ws, row, text.capitalize())
        else:
            _input(book, ws, row, field, inputs[field.name])
    constants, worked_out, _, _ = places(len(book.layout.scalars))
    _constants(book, ws, constants)
    _worked_out(book, ws, worked_out)
    _weights(book, ws)
    _strategies(book, ws)
    warn = FormulaRule(
        formula=[f'${CHANGED_COLUMN}{FIRST_ROW}="{CHANGED}"'],
        font=Font(color=styles.WARN_INK, bold=True),
        fill=PatternFill(bgColor=styles.WARN_FILL),
    )
    ws.conditional_formatting.add(f"{CHANGED_COLUMN}{FIRST_ROW}:{CHANGED_COLUMN}{last_row(book.layout)}", warn)
    ws.freeze_panes = f"B{FIRST_ROW}"
    ws.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    ws.print_area = f"A1:K{last_row(book.layout)}"  # without the stamps of the weights


def _band(book: Book, ws: Worksheet, row: int, text: str) -> None:
    for place in range(1, len(HEADS) + 1):
        book.put(ws, f"{get_column_letter(place)}{row}", text if place == 1 else None, "lm_band")


def _cell_format(field: Field) -> str:
    if field.kind == "date":
        return styles.DATE
    if field.kind in ("rate", "share"):
        return styles.RATE
    return {"money": styles.MONEY, "count": styles.WHOLE}.get(field.kind, styles.GENERAL)


def _input(book: Book, ws: Worksheet, row: int, field: Field, value: float | str) -> None:
    shown = _cell_format(field)
    default = value if field.kind == "date" else field.default
    book.put(ws, f"A{row}", field.name, "lm_label")
    book.put(ws, f"B{row}", value, "lm_input", shown)
    book.put(ws, f"C{row}", field.unit)
    book.put(ws, f"D{row}", None if field.kind == "date" else default, format=shown)
    book.put(ws, f"E{row}", field.low if field.kind != "choice" else ", ".join(field.choices), format=shown)
    book.put(ws, f"F{row}", field.high, format=shown)
    book.put(ws, f"G{row}", ("* " if field.convention else "") + field.source, "lm_text")
    book.put(ws, f"H{row}", field.help, "lm_text")
    book.put(ws, f"I{row}", value, format=shown)
    _fit(ws, row)
    _changed(book, ws, row, "B", "I")
    _name(book, field.name, row)
    _validate(ws, f"B{row}", field)


def _fit(ws: Worksheet, row: int) -> None:
    """As high as the longest of the row's texts needs."""
    lines = [styles.lines(str(ws[f"{letter}{row}"].value or ""), WIDTHS[HEADS.index(head)])
             for letter, head in (("G", "Source"), ("H", "Meaning"))]  # fmt: skip
    if max(lines) > 1:
        ws.row_dimensions[row].height = styles.height(max(lines))


def _changed(book: Book, ws: Worksheet, row: int, value: str, stamp: str) -> None:
    book.formula(ws, f"{CHANGED_COLUMN}{row}", f'IF({value}{row}={stamp}{row},"","{CHANGED}")', "")


def _name(book: Book, name: str, row: int) -> None:
    book.workbook.defined_names[name] = DefinedName(name, attr_text=f"{TITLE}!$B${row}")


def _validate(ws: Worksheet, address: str, field: Field) -> None:
    rule = validation(field)
    if rule is not None:
        ws.add_data_validation(rule)
        rule.add(address)


def validation(field: Field) -> DataValidation | None:
    """What a cell with this input may hold; refused otherwise, with the allowed range in words."""
    if field.kind == "date":
        rule = DataValidation("date", operator="between", formula1=FIRST_DATE, formula2=LAST_DATE)
        allowed = "a date"
    elif field.kind == "choice":
        rule = DataValidation("list", formula1=f'"{",".join(field.choices)}"')
        allowed = " or ".join(field.choices)
    elif field.low is None or field.high is None:
        return None
    else:
        rule = DataValidation("whole" if field.kind == "count" else "decimal", operator="between",
                              formula1=repr(field.low), formula2=repr(field.high))  # fmt: skip
        allowed = f"from {field.low:g} to {field.high:g} {field.unit}"
    rule.allow_blank = False
    rule.showErrorMessage = True
    rule.errorTitle = "Not allowed"
    rule.error = f"{field.name} must be {allowed}"[:255]
    return rule


def _constants(book: Book, ws: Worksheet, row: int) -> None:
    _band(book, ws, row - 1, "Constants of the method (not assumptions; named so that no formula hides a number)")
    for place, (name, value) in enumerate(CONSTANTS.items(), start=row):
        book.put(ws, f"A{place}", name, "lm_label")
        book.put(ws, f"B{place}", value)
        book.put(ws, f"H{place}", CONSTANT_HELP[name], "lm_text")
        _fit(ws, place)
        _name(book, name, place)


def _worked_out(book: Book, ws: Worksheet, row: int) -> None:
    _band(book, ws, row - 1, "Worked out from the above (the same for every loan)")
    for place, (name, column) in enumerate(book.layout.scalars.items(), start=row):
        book.put(ws, f"A{place}", name, "lm_label")
        book.formula(ws, f"B{place}", book.layout.scalar_formula(name), book.scalars[name],
                     format=styles.number_format(column.unit))  # fmt: skip
        book.put(ws, f"C{place}", column.unit)
        book.put(ws, f"H{place}", column.help, "lm_text")
        _fit(ws, place)
        _name(book, name, place)


def _weights(book: Book, ws: Worksheet) -> None:
    """Outcome weights, a row a situation; beside each row its sum, and whether it is 1."""
    first = book.layout.weights_row
    _band(book, ws, first - 2, "Outcome weights by situation (each row sums to 1)")
    inputs = book.assumptions.inputs()
    for place, head in enumerate(("Situation", *(STRATEGY_LABELS[s] for s in STRATEGIES)), start=1):
        book.put(ws, f"{get_column_letter(place)}{first - 1}", head, "lm_head")
    letters = [get_column_letter(place) for place in range(2, 2 + len(STRATEGIES))]
    for row, situation in enumerate(SITUATIONS, start=first):
        book.put(ws, f"A{row}", situation, "lm_label")
        for letter, strategy in zip(letters, STRATEGIES, strict=True):
            field = INPUT_BY_NAME[f"weight_{situation}_{strategy}"]
            book.put(ws, f"{letter}{row}", inputs[field.name], "lm_input", styles.SHARE)
            _validate(ws, f"{letter}{row}", field)
        total = get_column_letter(2 + len(STRATEGIES))
        stamps = [float(inputs[f"weight_{situation}_{s}"]) for s in STRATEGIES]
        total_of = f"SUM(B{row}:{letters[-1]}{row})"
        book.formula(ws, f"{total}{row}", total_of, sum(stamps), "lm_total", styles.SHARE)
        for place, stamp in enumerate(stamps, start=STAMP_PLACE):
            book.put(ws, f"{get_column_letter(place)}{row}", stamp, "lm_note", styles.SHARE)
    book.put(ws, f"K{first - 1}", "Sum", "lm_head")
    book.put(ws, f"{get_column_letter(STAMP_PLACE)}{first - 1}", STAMPS_HEAD, "lm_note")


STAMP_PLACE = 13
STAMPS_HEAD = "At build, in the same order"


def weight_cells(layout: Layout, stamps: bool = False) -> str:
    """The outcome weights, from another sheet: as they are now, or as stamped at the build."""
    first, last = layout.weights_row, layout.weights_row + len(SITUATIONS) - 1
    place = STAMP_PLACE if stamps else 2
    left, right = get_column_letter(place), get_column_letter(place + len(STRATEGIES) - 1)
    return f"{TITLE}!${left}${first}:${right}${last}"


def _strategies(book: Book, ws: Worksheet) -> None:
    first = book.layout.strategies_row
    _band(book, ws, first - 1, "Strategies")
    for row, strategy in enumerate(STRATEGIES, start=first):
        book.put(ws, f"A{row}", strategy, "lm_label")
        book.put(ws, f"B{row}", STRATEGY_LABELS[strategy])
