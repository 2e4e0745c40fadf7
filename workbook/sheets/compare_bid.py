"""Parts of Compare: what the bid is made of, what the break-even payoff means, what the price is expected to yield."""

from __future__ import annotations

from typing import Any

from openpyxl.styles import Alignment, Border
from openpyxl.utils import get_column_letter

from lossmit_workbook import charts, styles
from lossmit_workbook.chosen import CHOSEN_ROW
from lossmit_workbook.flow_cells import letter_of
from lossmit_workbook.sheets.compare_table import (
    FIRST,
    LABEL,
    LAST,
    RIGHT,
    TITLE,
    TOTAL,
    UNIT,
    CompareSheet,
    label_of,
    looked_up,
    where_computed,
)  # fmt: skip
from lossmit_workbook.waterfall import Step, Waterfall, write
from lossmit_xl.names import STRATEGIES, STRATEGY_LABELS
from lossmit_xl.ops import HALF

AMOUNT, SHARE = "C", "D"
EXPECTED, ACQUISITION, LIMITS, BID = "Expected NPV", "Cost of buying", "Limits and floor", "Bid"
BRIDGE_ROWS = len(STRATEGIES) + 4
WORKING_PLACE = 14
NO_BREAK_EVEN = "The strategy it would be held against can't be computed for this loan"


def write_bridge(sheet: CompareSheet, row: int) -> None:
    """From each strategy's weighted worth to the bid, in dollars, as a table and as a waterfall; the head in `row`."""
    book, ws = sheet.book, sheet.ws
    for letter, text in ((LABEL, ""), (UNIT, "Unit"), (AMOUNT, "USD"), (SHARE, "Weight")):
        book.put(ws, f"{letter}{row}", text, "lm_head")
    first = row + 1
    for place, (label, text, value, weight) in enumerate(_steps(sheet, first)):
        at = first + place
        total = label in (EXPECTED, BID)
        book.put(ws, f"{LABEL}{at}", label, "lm_label")
        book.put(ws, f"{UNIT}{at}", "USD", "lm_unit")
        sheet.formula(f"{AMOUNT}{at}", text, value, "lm_total" if total else "lm_cell", styles.MONEY)
        if weight is not None:
            source = f"{letter_of(STRATEGIES[place])}{sheet.rows['weight']}"
            sheet.formula(f"{SHARE}{at}", f'IF({source}="","",{source})', weight, "lm_cell", styles.SHARE)
    sheet.rows |= {"bridge": first}
    _waterfall(sheet, first)


def _steps(sheet: CompareSheet, first: int) -> list[tuple[str, str, Any, Any]]:
    """(label, formula, value now, weight) of every line of the bridge."""
    lines: list[tuple[str, str, Any, Any]] = []
    known = bool(sheet.value("valued"))
    for strategy in STRATEGIES:
        cell = f"{letter_of(strategy)}{sheet.rows['contribution']}"
        weight, worth = (sheet.figure(strategy, figure) for figure in ("weight", "outcome_npv"))
        value = weight * worth if weight != "" and worth != "" else 0.0
        text = f'IF({AMOUNT}{sheet.rows["expected_npv"]}="","",N({cell}))'
        lines.append((STRATEGY_LABELS[strategy], text, value if known else "", weight))
    rows = sheet.rows
    expected, by_yield, bid = (f"C{rows['expected_npv']}", f"C{rows['bid_by_yield']}", f"G{rows['bid']}")
    figures = {name: sheet.value(name) for name in ("expected_npv", "bid_by_yield", "bid")}
    outcomes = f"{AMOUNT}{first}:{AMOUNT}{first + len(STRATEGIES) - 1}"

    def less(a: str, b: str) -> Any:
        return figures[a] - figures[b] if known else ""

    lines += [
        (EXPECTED, f'IF({expected}="","",SUM({outcomes}))', figures["expected_npv"], None),
        (ACQUISITION, f'IF({expected}="","",{by_yield}-{expected})', less("bid_by_yield", "expected_npv"), None),
        (LIMITS, f'IF({expected}="","",{bid}-{by_yield})', less("bid", "bid_by_yield"), None),
        (BID, f'IF({expected}="","",SUM({AMOUNT}{first + len(STRATEGIES)}:{AMOUNT}{first + BRIDGE_ROWS - 2}))',
         figures["bid"], None),
    ]  # fmt: skip
    return lines


def _waterfall(sheet: CompareSheet, first: int) -> None:
    """From outcomes to bid, drawn from amounts that are 0 where the loan has none."""
    cached, totals = sheet.book.cached[TITLE], (EXPECTED, BID)
    names = [*(STRATEGY_LABELS[s] for s in STRATEGIES), EXPECTED, ACQUISITION, LIMITS, BID]
    steps = []
    amount, helpers = get_column_letter(WORKING_PLACE), get_column_letter(WORKING_PLACE + 1)
    for row, name in enumerate(names, start=first):
        value = float(cached[f"{AMOUNT}{row}"] or 0.0)
        sheet.formula(f"{amount}{row}", f"N({AMOUNT}{row})", value, "lm_note", styles.MONEY)
        steps.append(Step(name, value, name in totals))
    sheet.book.put(sheet.ws, f"{amount}{first - 2}", "Working cells of the waterfall", "lm_note")
    sheet.book.put(sheet.ws, f"{amount}{first - 1}", "Amount", "lm_head")
    made = write(sheet.book, sheet.ws, Waterfall(TITLE, LABEL, amount, first, helpers, steps, True))
    charts.add(sheet.ws, f"E{first - 1}", made.chart(
        "From the weighted outcomes to the bid", "USD, at the target yield",
        "Waterfall: the weighted worth of each outcome, their sum, the cost of buying, what the limits take, and the "
        "bid of the chosen loan", width=20.6, height=10.2))  # fmt: skip


def write_break_even(sheet: CompareSheet) -> None:
    """The break-even payoff and what it means, in sentences: what to ask, what to refuse, how far it is from what."""
    book, ws, row = sheet.book, sheet.ws, sheet.row
    book.put(ws, f"{LABEL}{row}", "Break-even payoff", "lm_label")
    book.put(ws, f"{UNIT}{row}", "USD", "lm_unit")
    looked_up(sheet, f"C{row}", "dpo_breakeven", "lm_total")
    book.put(ws, f"{LABEL}{row + 1}", "held against", "lm_note")
    sheet.formula(f"C{row + 1}", *label_of(sheet, "dpo_alternative"), "lm_link")
    sheet.ws[f"C{row + 1}"].alignment = RIGHT
    book.put(ws, f"{LABEL}{row + 2}", "paid in month", "lm_note")
    month = where_computed(sheet, "discounted_payoff", sheet.chosen.formula("dpo_month"))
    known = bool(sheet.value("valued"))
    sheet.formula(f"C{row + 2}", month, sheet.value("dpo_month") if known else "", "lm_link", "0")
    book.put(ws, f"{LABEL}{row + 3}", "of the legal balance", "lm_note")
    debt, even = sheet.value("legal_balance"), sheet.value("dpo_breakeven")
    share = even / debt if known and even != "" and debt else ""
    owed = f"G{sheet.rows['legal_balance']}"
    sheet.formula(f"C{row + 3}", f'IF(C{row}="","",IF({owed}>0,C{row}/{owed},""))', share, shown=styles.SHARE)
    for place, (text, value) in enumerate(_sentences(sheet, row)):
        sheet.formula(f"E{row + place}", text, value)
        ws[f"E{row + place}"].border = Border()
        ws[f"E{row + place}"].alignment = Alignment(vertical="center")
    sheet.rows["breakeven"] = row
    sheet.row = row + 4


def _sentences(sheet: CompareSheet, row: int) -> list[tuple[str, str]]:
    """(formula, value now): the worth, what to ask, what to refuse, the distance to debt and foreclosure."""
    rows = sheet.rows
    even, against, month, debt = f"C{row}", f"C{row + 1}", f"C{row + 2}", f"G{rows['legal_balance']}"
    asked, net = f"{letter_of('discounted_payoff')}{rows['lump']}", f"{letter_of('foreclosure')}{rows['net_recovery']}"
    ends = f"{letter_of('foreclosure')}{rows['months']}"

    def usd(text: str) -> str:
        return f'TEXT({text},"{styles.DOLLARS}")'

    def open_(text: str, otherwise: str = '""') -> str:
        return f'IF({month}="","",IF({even}="",{otherwise},{text}))'

    worth = open_(f'"A payoff of "&{usd(even)}&" in month "&{month}&" is worth as much today as "&{against}',
                  f'"{NO_BREAK_EVEN}"')  # fmt: skip
    short, over_ = usd(f"{even}-{asked}"), usd(f"{asked}-{even}")
    ask = open_(f'IF({even}>{debt},"Ask for the whole debt of "&{usd(debt)}&": even that is worth less than "&'
                f'{against},IF({asked}<{even},"Ask for more than the "&{usd(asked)}&'
                f'" that the assumptions name: it is "&{short}&" short of the break-even",'
                f'"Ask for "&{usd(asked)}&", as the assumptions say: "&{over_}&" above the break-even"))')  # fmt: skip
    refuse = open_(f'IF({even}>{debt},"Refuse every discount",IF({even}>0,"Refuse anything below "&{usd(even)}&'
                   f'": "&{against}&" then brings more","Refuse nothing: any payoff beats "&{against}))')  # fmt: skip
    gap = f"{even}-{net}"
    side = f'IF({gap}<0," less than"," more than")'
    over = f'IF({even}>{debt},"more than","less than")'
    away = open_(f'"That is "&{usd(f"ABS({even}-{debt})")}&" "&{over}&" the debt of "&{usd(debt)}&", and "&'
                 f'{usd(f"ABS({gap})")}&{side}&" the net recovery of a foreclosure, "&{usd(net)}&" by month "&'
                 f'TEXT({ends},"0")')  # fmt: skip
    return list(zip((worth, ask, refuse, away), _sentences_now(sheet), strict=True))


def _sentences_now(sheet: CompareSheet) -> list[str]:
    """What the four sentences say when the workbook is built."""
    if not sheet.value("valued"):
        return ["", "", "", ""]
    even, debt = sheet.value("dpo_breakeven"), sheet.value("legal_balance")
    if even == "":
        return [NO_BREAK_EVEN, "", "", ""]
    asked, against = sheet.figure("discounted_payoff", "lump"), STRATEGY_LABELS[sheet.value("dpo_alternative")]
    net, ends = sheet.figure("foreclosure", "net_recovery"), sheet.figure("foreclosure", "months")
    worth = f"A payoff of {dollars(even)} in month {sheet.value('dpo_month'):.0f} is worth as much today as {against}"
    if even > debt:
        ask = f"Ask for the whole debt of {dollars(debt)}: even that is worth less than {against}"
        refuse = "Refuse every discount"
    else:
        named = f"{dollars(asked)} that the assumptions name: it is {dollars(even - asked)} short of the break-even"
        above = f"{dollars(asked)}, as the assumptions say: {dollars(asked - even)} above the break-even"
        ask = f"Ask for more than the {named}" if asked < even else f"Ask for {above}"
        refuse = (f"Refuse anything below {dollars(even)}: {against} then brings more" if even > 0
                  else f"Refuse nothing: any payoff beats {against}")  # fmt: skip
    away = (f"That is {dollars(abs(even - debt))} {'more than' if even > debt else 'less than'} the debt of "
            f"{dollars(debt)}, and {dollars(abs(even - net))} {'less than' if even - net < 0 else 'more than'} the net "
            f"recovery of a foreclosure, {dollars(net)} by month {int(ends + HALF)}")  # fmt: skip
    return [worth, ask, refuse, away]


def dollars(amount: float) -> str:
    """As TEXT shows it, half a dollar rounded up."""
    whole = int(abs(amount) + HALF)
    return f"-${whole:,}" if amount < 0 else f"${whole:,}"


def write_expected(sheet: CompareSheet) -> None:
    """The column of the expected outcome: every figure by how often it is what happens; then what the price yields."""
    rows = sheet.rows
    happens = f"{FIRST}{rows['happens']}:{LAST}{rows['happens']}"
    shares = [happening(sheet, strategy) for strategy in STRATEGIES]
    known = bool(sheet.value("valued"))
    kept: dict[str, Any] = {}
    for figure in ("months", "gross", "legal", "servicing", "carry", "disposition", "fee", "costs", "net_recovery",
                   "sale_costs", "npv"):  # fmt: skip
        row = rows[figure]
        figures = [sheet.figure(strategy, figure) or 0.0 for strategy in STRATEGIES]
        value = sum(share * amount for share, amount in zip(shares, figures, strict=True))
        text = f"SUMPRODUCT({happens},{FIRST}{row}:{LAST}{row})"
        kept[figure] = value if known else ""
        style = "lm_total" if figure in ("net_recovery", "npv") else "lm_cell"
        shown = "0.0" if figure == "months" else styles.MONEY
        sheet.formula(f"{TOTAL}{row}", _if_valued(sheet, text), kept[figure], style, shown)
    row = rows["happens"]
    sheet.formula(f"{TOTAL}{row}", _if_valued(sheet, f"SUM({happens})"), sum(shares) if known else "", "lm_total",
                  styles.SHARE)  # fmt: skip
    price, net = f"G{rows['price']}", f"{TOTAL}{rows['net_recovery']}"
    paid = sheet.value("price")
    sheet.formula(f"{TOTAL}{rows['profit']}", _if_valued(sheet, f"{net}-{price}"),
                  kept["net_recovery"] - paid if known else "", "lm_total", styles.MONEY)  # fmt: skip
    multiple = kept["net_recovery"] / paid if known and paid > 0 else ""
    sheet.formula(f"{TOTAL}{rows['moic']}", _if_valued(sheet, f'IF({price}>0,{net}/{price},"")'), multiple,
                  "lm_cell", styles.MULTIPLE)  # fmt: skip
    for letter_row in ("npv", "profit", "moic", "net_recovery"):
        sheet.ws[f"{TOTAL}{rows[letter_row]}"].alignment = RIGHT


def happening(sheet: CompareSheet, strategy: str) -> float:
    """How often a strategy's flows are what happens; a foreclosure also where the holder refuses a plan worth less."""
    share = float(sheet.value(f"{strategy}_own_weight") or 0.0)
    return share + float(sheet.value("foreclosed_weight") or 0.0) if strategy == "foreclosure" else share


def _if_valued(sheet: CompareSheet, text: str) -> str:
    return f'IF({letter_of("foreclosure")}${sheet.rows["flag"]}="yes",{text},"")'


YIELDS = (("Price and cost of buying", "all_in_cost", "USD"), ("Expected profit after both", "expected_profit", "USD"),
          ("Implied yield, nominal a year", "implied_yield", "per year"),
          ("Implied yield, effective", "implied_yield_effective", "per year"))  # fmt: skip


def write_yields(sheet: CompareSheet, row: int) -> None:
    """What the expected outcome yields at the price, as Yields finds it; beside the advice, from `row` down."""
    for place, (label, name, unit) in enumerate(YIELDS):
        at = row + place
        sheet.book.put(sheet.ws, f"I{at}", label, "lm_label")
        shown = styles.number_format(unit)
        cell, note = sheet.chosen.formula(name), sheet.chosen.formula("yield_note")
        text, value = f'IF({CHOSEN_ROW}=0,"",IF({cell}="","",{cell}))', sheet.value(name)
        if name == "implied_yield":
            text = f'IF({CHOSEN_ROW}=0,"",IF({cell}="",{note},{cell}))'
            value = value if value != "" else sheet.value("yield_note")
        sheet.formula(f"K{at}", text, value, "lm_link", shown)
        sheet.ws[f"K{at}"].alignment = RIGHT
