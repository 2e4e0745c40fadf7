"""Flows: the chosen loan's expected flows month by month, a second way to every net recovery and npv. Tab 5.

The loan is picked on Compare. Everything here is live: the inputs at the right are that loan's cells on Model and the
named assumptions, the columns over the months are the functions of `lossmit_xl.model.flows`.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import flow_cells as at
from lossmit_workbook import styles
from lossmit_workbook.book import Book, Value
from lossmit_workbook.chosen import CHOSEN_LOAN, CHOSEN_ROW, Chosen, plain
from lossmit_workbook.flow_cells import FINAL_ROW, FIRST_ROW, LAST_MONTH, FlowSheet, letter_of, months_of, priced_letter
from lossmit_workbook.layout import Layout
from lossmit_workbook.sheets.check_pool import PoolCheck
from lossmit_workbook.sheets.checks import POOL_CHECKS
from lossmit_xl.graph import Column
from lossmit_xl.model import flow_model
from lossmit_xl.model.outputs import flag_of
from lossmit_xl.names import STRATEGIES, STRATEGY_LABELS

TITLE = at.TITLE
PURPOSE = (
    "What the loan picked on Compare is expected to bring, month by month: added up and discounted here, and held "
    "against Model's closed formulas."
)
STAMPED_AT = "E1"
SAME_FIGURES = "Month by month on Flows, and Model's closed formulas"
ALL_ENDED = "Each strategy's flows lead to Model's figures and end within the months shown"


def write(book: Book) -> None:
    """Write the inputs, the flows of the nine strategies, their parts and the figures above them."""
    ws = book.sheet(TITLE, "Flows", PURPOSE)
    sheet = FlowSheet(book)
    _inputs(book, ws, sheet)
    _months(book, ws, sheet)
    for column in at.monthly():
        _flow_column(book, ws, sheet, column)
    for strategy in STRATEGIES:
        _priced_column(book, ws, sheet, strategy)
        _figures(book, ws, sheet, strategy)
        _approaches(book, ws, sheet, strategy)
    _labels(book, ws)
    _status(book, ws, sheet)
    _looks(ws)


def flow_checks(book: Book) -> list[PoolCheck]:
    """For Checks: the chosen loan's figures from the flows against Model's, all nine added up and one by one."""
    if TITLE not in book.workbook.sheetnames:
        return []
    sheet = FlowSheet(book)
    computable = [strategy for strategy in STRATEGIES if sheet.computable[strategy]]
    checks = []
    for figure, own, model_row in (
        ("net_recovery", at.NET_ROW, at.MODEL_NET_ROW),
        ("npv", at.NPV_ROW, at.MODEL_NPV_ROW),
    ):
        total = sum(sheet.chosen.value(f"{strategy}_{figure}") for strategy in computable)
        label = "Loan on Compare: net recoveries" if figure == "net_recovery" else "Loan on Compare: npvs"
        checks.append(PoolCheck(label, f"SUM({at.figures(own)})", total, f"SUM({at.figures(model_row)})", total,
                                SAME_FIGURES, format=styles.MONEY))  # fmt: skip
    wrong = sum(sheet.verdict(strategy) == at.BEYOND for strategy in computable)
    checks.append(PoolCheck("Loan on Compare: strategies that differ", at.differing(), wrong, None, 0, ALL_ENDED))
    return checks


POOL_CHECKS.append(flow_checks)


def _inputs(book: Book, ws: Worksheet, sheet: FlowSheet) -> None:
    heads = ("Input", "Value", "Unit", "From", "Meaning")
    for letter, head in zip(
        (at.INPUT_NAME, at.INPUT_VALUE, at.INPUT_UNIT, at.INPUT_FROM, at.INPUT_HELP), heads, strict=True
    ):
        book.put(ws, f"{letter}{at.HEAD_ROW}", head, "lm_head")
        book.put(ws, f"{letter}{at.BAND_ROW}", "What the flows are made of" if head == "Input" else None, "lm_band")
    for name, row in sheet.input_row.items():
        unit, help_ = at.described(name)
        if name in flow_model().columns:
            column = flow_model().columns[name]
            text, value = sheet.formula(column, at.strategy_of(name)), sheet.values[name]
            value = value if sheet.computable[at.strategy_of(name)] else ""
            source = "from the inputs above"
        else:
            text, value = _input_formula(sheet.chosen, name), sheet.chosen.value(name)
            source = _source(book.layout, name)
        book.put(ws, f"{at.INPUT_NAME}{row}", name, "lm_label")
        book.formula(ws, f"{at.INPUT_VALUE}{row}", text, plain(value), "lm_link", styles.number_format(unit))
        book.put(ws, f"{at.INPUT_UNIT}{row}", unit).alignment = Alignment(indent=1, vertical="center")
        book.put(ws, f"{at.INPUT_FROM}{row}", source)
        book.put(ws, f"{at.INPUT_HELP}{row}", help_)


def _input_formula(chosen: Chosen, name: str) -> str:
    text = chosen.formula(name)
    if not chosen.is_looked_up(name):
        return text
    return f"IF({CHOSEN_ROW}=0,{'FALSE' if name == 'valued' else chr(34) * 2},{text})"


def _source(layout: Layout, name: str) -> str:
    if name in layout.model_letter:
        return f"Model, column {layout.model_letter[name]}"
    return "Loans" if name in layout.loan_letter and name not in layout.scalars else "Assumptions"


def _months(book: Book, ws: Worksheet, sheet: FlowSheet) -> None:
    """The months, each one more than the last, and what a dollar of that month is worth today."""
    book.put(ws, f"{at.MONTH}{FIRST_ROW}", 0, "lm_cell", "0")
    valued = bool(sheet.chosen.value("valued"))
    rate = sheet.chosen.value("monthly_yield")
    factors = (1 + rate) ** -np.arange(LAST_MONTH + 1.0) if valued else [""] * (LAST_MONTH + 1)
    _fill(book, ws, at.MONTH, f"{at.MONTH}{{before}}+1", range(LAST_MONTH + 1), "0", begin=FIRST_ROW + 1)
    text = f'IF({sheet.cell("valued")},1/(1+{sheet.cell("monthly_yield")})^${at.MONTH}{{row}},"")'
    _fill(book, ws, at.DISCOUNT, text, factors, "0.000000")


def _flow_column(book: Book, ws: Worksheet, sheet: FlowSheet, column: Column) -> None:
    strategy = at.strategy_of(column.name)
    letter = sheet.flows.get(column.name) or sheet.parts[column.name]
    values = np.broadcast_to(np.asarray(sheet.values[column.name]), LAST_MONTH + 1)
    condition = values.dtype == bool
    if not sheet.computable[strategy]:
        values = np.full(LAST_MONTH + 1, False) if condition else np.full(LAST_MONTH + 1, "", dtype=object)
    shown = styles.GENERAL if condition else at.FLOW_FORMAT
    _fill(book, ws, letter, sheet.formula(column, strategy), values, shown)
    if column.name in sheet.parts:
        book.put(ws, f"{letter}{at.HEAD_ROW}", column.name, "lm_head")
        first = letter == get_column_letter(at.PARTS_PLACE)
        book.put(ws, f"{letter}{at.BAND_ROW}", "Parts of the flows" if first else None, "lm_band")
        book.put(ws, f"{letter}{at.MONTHS_HEAD_ROW}", column.unit, "lm_unit")
        ws.column_dimensions[letter].outlineLevel = at.PARTS_LEVEL
        ws.column_dimensions[letter].width = 24


def _priced_column(book: Book, ws: Worksheet, sheet: FlowSheet, strategy: str) -> None:
    """The flows with the price paid at month 0; the same formula in every month."""
    own, priced = letter_of(strategy), priced_letter(strategy)
    text = f'IF(${own}${at.FLAG_ROW},{own}{{row}}-{sheet.cell("price")}*(${at.MONTH}{{row}}=0),"")'
    _fill(
        book,
        ws,
        priced,
        text,
        sheet.priced(strategy) if sheet.computable[strategy] else [""] * (LAST_MONTH + 1),
        at.FLOW_FORMAT,
    )


def _fill(book: Book, ws: Worksheet, letter: str, text: str, values: Any, shown: str, begin: int = FIRST_ROW) -> None:
    """A formula down all months (`{row}` and `{before}` in it) with its values, in the look of one pattern cell."""
    pattern = ws[f"{letter}{begin}"]
    pattern.style, pattern.number_format = "lm_cell", shown
    column, cached = pattern.column, book.cached.setdefault(TITLE, {})
    listed: list[Value] = (values + 0.0).tolist() if _is_numbers(values) else list(values)
    pieces = f"={text}".replace("{before}", "{0}").replace("{row}", "{1}")
    for row in range(begin, FINAL_ROW + 1):
        cell = ws.cell(row, column)
        cell.value = pieces.format(row - 1, row)
        cell._style = copy(pattern._style)
        value = listed[row - FIRST_ROW]
        cached[f"{letter}{row}"] = value.item() if isinstance(value, np.generic) else value


def _is_numbers(values: Any) -> bool:
    """Whether + 0.0, which turns -0 into 0, makes sense."""
    return isinstance(values, np.ndarray) and values.dtype.kind in "fi"


def _figures(book: Book, ws: Worksheet, sheet: FlowSheet, strategy: str) -> None:
    """Above a strategy's flows: added up, discounted, Model's own figures, and whether both agree."""
    letter, chosen = letter_of(strategy), sheet.chosen
    computable = sheet.computable[strategy]
    flag = f"${letter}${at.FLAG_ROW}"
    source = chosen.formula(flag_of(strategy))
    book.formula(ws, f"{letter}{at.FLAG_ROW}", f"IF({CHOSEN_ROW}=0,FALSE,{source})", computable, "lm_link")

    def put(row: int, text: str, value: Any, style: str = "lm_cell", shown: str = styles.MONEY) -> None:
        book.formula(ws, f"{letter}{row}", f'IF({flag},{text},"")', value if computable else "", style, shown)

    net, npv = (chosen.value(f"{strategy}_{figure}") for figure in ("net_recovery", "npv"))
    put(at.NET_ROW, f"SUM({months_of(letter)})", net, "lm_total")
    put(at.MODEL_NET_ROW, chosen.formula(f"{strategy}_net_recovery"), net, "lm_link")
    put(at.NET_GAP_ROW, f"{letter}{at.NET_ROW}-{letter}{at.MODEL_NET_ROW}", 0.0)
    put(at.NPV_ROW, f"SUMPRODUCT({months_of('$' + at.DISCOUNT)},{months_of(letter)})", npv, "lm_total")
    put(at.MODEL_NPV_ROW, chosen.formula(f"{strategy}_npv"), npv, "lm_link")
    put(at.NPV_GAP_ROW, f"{letter}{at.NPV_ROW}-{letter}{at.MODEL_NPV_ROW}", 0.0)
    put(at.LAST_ROW, *sheet.last_month(strategy), shown="0")
    gaps = f"AND(ABS({letter}{at.NET_GAP_ROW})<=cent,ABS({letter}{at.NPV_GAP_ROW})<=cent)"
    word = f'IF({letter}{at.LAST_ROW}>$A${FINAL_ROW},"{at.BEYOND}",IF({gaps},"{at.AGREES}","{at.DIFFERS}"))'
    put(at.VERDICT_ROW, word, sheet.verdict(strategy))
    ws[f"{letter}{at.VERDICT_ROW}"].alignment = Alignment(horizontal="right", vertical="center")


def _approaches(book: Book, ws: Worksheet, sheet: FlowSheet, strategy: str) -> None:
    """Above the flows with the price: where IRR starts from, three steps of Newton on
    log(receipts / payments)."""
    letter, own = priced_letter(strategy), letter_of(strategy)
    both_ways = ",".join(f'COUNTIF({months_of(letter)},"{sign}0")>0' for sign in "><")
    test = f"AND({sheet.cell('price')}>0,{own}{at.LAST_ROW}<=$A${FINAL_ROW},{both_ways})"
    sought = sheet.sought(strategy)
    book.formula(ws, f"{letter}{at.SEEK_ROW}", f"IF(${own}${at.FLAG_ROW},{test},FALSE)", sought)
    rate = 0.0
    for first in at.APPROACH_ROWS:
        before = f"{letter}{first - 1}" if first != at.APPROACH_ROWS[0] else None
        worth = _worth(sheet.priced(strategy), rate) if sought else [""] * 4
        rate = _next_rate(worth, rate, sheet.chosen.value("monthly_yield")) if sought else 0.0
        texts = _worth_texts(letter, before, first)
        texts.append(_next_rate_text(letter, before, first, sheet.cell("monthly_yield")))
        shown = (styles.MONEY, styles.MONTHS, styles.MONEY, styles.MONTHS, styles.MONTHLY_RATE)
        for row, (text, value) in enumerate(zip(texts, [*worth, rate], strict=True), start=first):
            book.formula(ws, f"{letter}{row}", f'IF({letter}${at.SEEK_ROW},{text},"")', value if sought else "",
                         format=shown[row - first])  # fmt: skip


def _worth(net: Any, rate: float) -> list[float]:
    """[receipts, their mean month, payments, their mean month], all discounted at a monthly rate."""
    months = np.arange(LAST_MONTH + 1.0)
    found = []
    for part in (np.maximum(net, 0), np.maximum(-net, 0)):
        worth = part / (1 + rate) ** months
        found += [float(worth.sum()), float(worth @ months / worth.sum())]
    return found


def _worth_texts(letter: str, rate: str | None, first: int) -> list[str]:
    flows, months = months_of(letter), months_of("$" + at.MONTH)
    worth = f"{flows}/(1+{rate})^{months}" if rate else flows
    return [
        f"SUMPRODUCT(({flows}>0)*{worth})",
        f"SUMPRODUCT(({flows}>0)*{months}*{worth})/{letter}{first}",
        f"-SUMPRODUCT(({flows}<0)*{worth})",
        f"-SUMPRODUCT(({flows}<0)*{months}*{worth})/{letter}{first + 2}",
    ]


def _next_rate(worth: list[Any], rate: float, otherwise: float) -> float:
    """The rate at which receipts and payments would be worth the same, were each all due in its mean month."""
    receipts, received, payments, paid = worth
    if received == paid:
        return otherwise
    log_rate = np.log1p(rate) + np.log(receipts / payments) / (received - paid)
    return float(np.exp(max(-1.0, min(1.0, log_rate))) - 1)


def _next_rate_text(letter: str, rate: str | None, first: int, otherwise: str) -> str:
    receipts, received, payments, paid = (f"{letter}{first + i}" for i in range(4))
    log_rate = f"LN({receipts}/{payments})/({received}-{paid})"
    log_rate = f"LN(1+{rate})+{log_rate}" if rate else log_rate
    return f"IF({received}<>{paid},EXP(MAX(-1,MIN(1,{log_rate})))-1,{otherwise})"


LABELS = {
    at.FLAG_ROW: "Can be computed", at.NET_ROW: "Sum of the flows", at.MODEL_NET_ROW: "Net recovery on Model",
    at.NET_GAP_ROW: "Difference", at.NPV_ROW: "Worth at the target yield, month by month",
    at.MODEL_NPV_ROW: "npv on Model", at.NPV_GAP_ROW: "Difference", at.LAST_ROW: "Month of the last flow",
    at.VERDICT_ROW: "The two ways",
}  # fmt: skip
UNITS = {at.FLAG_ROW: "yes/no", at.LAST_ROW: "month", at.VERDICT_ROW: ""}
APPROACH_LABELS = ("Receipts", "Mean month", "Payments", "Mean month", "Monthly rate")


def _labels(book: Book, ws: Worksheet) -> None:
    """Headings and what stands in each row above the months."""
    book.put(ws, f"{at.MONTH}{at.HEAD_ROW}", "", "lm_head")
    book.put(ws, f"{at.DISCOUNT}{at.HEAD_ROW}", "Unit", "lm_head")
    for row, label in LABELS.items():
        book.put(ws, f"{at.MONTH}{row}", label, "lm_label")
        book.put(ws, f"{at.DISCOUNT}{row}", UNITS.get(row, "USD"), "lm_unit")
    book.put(ws, f"{at.MONTH}{at.MONTHS_HEAD_ROW}", "Month", "lm_unit")
    book.put(ws, f"{at.DISCOUNT}{at.MONTHS_HEAD_ROW}", "Discount factor", "lm_unit")
    label = get_column_letter(at.PRICED_PLACE - 1)
    book.put(ws, f"{label}{at.SEEK_ROW}", "Rate to be sought", "lm_label")
    for first, text in zip(at.APPROACH_ROWS, ("at rate 0", "at that rate", "at that rate"), strict=True):
        for row, part in enumerate(APPROACH_LABELS, start=first):
            book.put(ws, f"{label}{row}", f"{part} {text}" if row < first + 4 else "gives the rate", "lm_label")
    book.put(ws, f"{label}{at.START_ROW}", "IRR starts from", "lm_label")
    bands = (
        (at.FLOW_PLACE, "Expected flows of each strategy"),
        (at.PRICED_PLACE, "With the price paid at month 0: the IRR's source"),
    )
    for place, band in bands:
        for offset, strategy in enumerate(STRATEGIES):
            letter = get_column_letter(place + offset)
            book.put(ws, f"{letter}{at.BAND_ROW}", band if offset == 0 else None, "lm_band")
            book.put(ws, f"{letter}{at.HEAD_ROW}", STRATEGY_LABELS[strategy], "lm_head")
            book.put(ws, f"{letter}{at.MONTHS_HEAD_ROW}", "USD", "lm_unit")


def _status(book: Book, ws: Worksheet, sheet: FlowSheet) -> None:
    """Which loan this is, and in words whether both ways lead to the same figures."""
    book.put(ws, f"{at.MONTH}{at.STATUS_ROW}", "Loan (pick it on Compare)", "lm_label")
    book.formula(ws, f"C{at.STATUS_ROW}", CHOSEN_LOAN, sheet.chosen.value("loan_id"), "lm_link", "@")
    both = f'IF({at.differing(here=True)}=0,"{at.ALL_AGREE}","{at.NOT_ALL}")'
    text = f'IF({CHOSEN_ROW}=0,"{at.NO_LOAN}",IF({sheet.cell("valued")},{both},"{at.NOT_VALUED}"))'
    book.formula(ws, f"E{at.STATUS_ROW}", text, sheet.status(), "lm_label")
    stamped, now = sheet.chosen.stamped()
    if stamped:
        cell = book.formula(ws, STAMPED_AT, stamped, now, "lm_label")
        cell.font = Font(name=styles.FACE, size=11, bold=True, color=styles.BAD_INK)


def _looks(ws: Worksheet) -> None:
    """Widths, frozen headings, warning colours, and what is printed: the nine strategies."""
    widths = {at.MONTH: 38, at.DISCOUNT: 14, get_column_letter(at.PRICED_PLACE - 1): 26, at.INPUT_NAME: 40,
              at.INPUT_VALUE: 15, at.INPUT_UNIT: 22, at.INPUT_FROM: 20, at.INPUT_HELP: 80,
              get_column_letter(at.PARTS_PLACE - 1): 3}  # fmt: skip
    for place in (at.FLOW_PLACE, at.PRICED_PLACE):
        widths |= {get_column_letter(place + offset): 15 for offset in range(len(STRATEGIES))}
    for letter, width in widths.items():
        ws.column_dimensions[letter].width = width
    ws.row_dimensions[at.HEAD_ROW].height = 30
    first, last = letter_of(STRATEGIES[0]), letter_of(STRATEGIES[-1])
    bad = {"font": Font(color=styles.BAD_INK, bold=True), "fill": PatternFill(bgColor=styles.BAD_FILL)}
    for word in (at.DIFFERS, at.BEYOND):
        rule = CellIsRule(operator="equal", formula=[f'"{word}"'], **bad)
        ws.conditional_formatting.add(f"{first}{at.VERDICT_ROW}:{last}{at.VERDICT_ROW}", rule)
    ws.freeze_panes = f"{first}{at.HEAD_ROW + 1}"
    ws.print_title_rows = f"{at.BAND_ROW}:{at.HEAD_ROW}"
    ws.print_area = f"{at.MONTH}1:{last}{FINAL_ROW}"
    ws.sheet_properties.outlinePr.summaryRight = False
