"""Compare: pick a loan; what it is, what to pay for it and why, and the nine strategies side by side. Tab 4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import charts, styles
from lossmit_workbook import flow_cells as at
from lossmit_workbook.book import Book
from lossmit_workbook.chosen import CHOSEN_LOAN, CHOSEN_ROW, Chosen, plain
from lossmit_workbook.flow_cells import FlowSheet, letter_of, priced_letter
from lossmit_xl.model.outputs import flag_of, scenario_source
from lossmit_xl.names import STRATEGIES, STRATEGY_LABELS
from lossmit_xl.ops import HALF

TITLE = "Compare"
LABEL, UNIT, TOTAL = "A", "B", "L"
FIRST, LAST = letter_of(STRATEGIES[0]), letter_of(STRATEGIES[-1])
PICK_ROW, PLACE_ROW, FACTS_ROW = 4, 5, 7
FACT_COLUMNS = (("A", "C"), ("E", "G"), ("I", "K"))
"""(label, value) columns of the facts: three pairs side by side."""

CHART_ROWS = 21
PRINT_SCALE = 68  # per cent: nine strategies side by side on a landscape page
RIGHT = Alignment(horizontal="right", vertical="center")
OUT_INK = "FF9AA5B1"
BEST, FEASIBLE, NOT_FEASIBLE, NOT_COMPUTABLE, REFERENCE = (
    "BEST", "feasible", "not feasible", "can't be computed", "for reference"
)  # fmt: skip
WILDCARDS = ("~", "*", "?")
ALL_KNOWN = "nothing: the answers it rests on are known"
UNKNOWN_LOAN = "There is no loan of that number on Loans: pick one from the list"

FACTS = (
    (("State", "state"), ("Property", "property_type"), ("Occupancy", "occupancy"), ("Lien", "lien"),
     ("Unpaid principal", "upb"), ("Note rate", "note_rate"), ("Monthly payment", "contract_payment"),
     ("Oldest unpaid instalment", "next_due_date")),
    (("Instalments missed", "missed"), ("Instalments still due", "remaining"), ("Arrears", "arrears"),
     ("Legal balance", "legal_balance"), ("Property value, after haircut", "value"), ("Claims ahead", "prior_claims"),
     ("Equity", "equity"), ("Months to a foreclosure sale", "foreclosure_sale_month")),
    (("Borrower's situation", "situation"), ("Answers", "contact"), ("Hardship", "hardship"), ("Wants to", "intent"),
     ("Monthly income", "monthly_income"), ("Cash available", "cash_available"), ("Bankruptcy chapter", "bk_chapter"),
     ("Clean title", "title_clean")),
)  # fmt: skip
BID = (
    (("Weighted worth of the outcomes", "expected_npv"), ("Limit by the target yield", "bid_by_yield"),
     ("Limit by unpaid principal", "bid_by_upb"), ("Limit by equity", "bid_by_value")),
    (("Bid", "bid"), ("What binds", "bid_binding"), ("Target yield", "target_yield"), ("Price of the returns below", "price")),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of the table: what it shows of each strategy. `figure` is one of the published scenario columns."""

    figure: str
    label: str
    unit: str
    style: str = "lm_cell"


BORROWER = (
    Line("payment", "Payment asked of the borrower", "USD/month"),
    Line("lump", "Lump sum asked of the borrower", "USD"),
    Line("months", "Months to the last flow", "months"),
)
RECOVERY = (
    Line("gross", "Gross proceeds", "USD"),
    Line("legal", "Legal", "USD"),
    Line("servicing", "Servicing", "USD"),
    Line("carry", "Taxes, insurance, upkeep", "USD"),
    Line("disposition", "Repairs, keys, incentives", "USD"),
    Line("fee", "Contingency fee", "USD"),
    Line("costs", "Costs in all", "USD"),
    Line("net_recovery", "Net recovery", "USD", "lm_total"),
    Line("sale_costs", "Memo: sale commission already out of gross", "USD"),
)
WORTH = (
    Line("npv", "Worth at the target yield (npv)", "USD", "lm_total"),
    Line("pursuit_npv", "Worth of pursuing it (decides the best)", "USD"),
    Line("outcome_npv", "Worth when it comes up (outcome npv)", "USD"),
    Line("weight", "Weight among the outcomes", "share"),
)
RETURNS = (
    Line("profit", "Profit at the price", "USD", "lm_total"),
    Line("moic", "Multiple of the price", "multiple"),
    Line("irr", "IRR, nominal a year", "per year"),
)
COST_KINDS = ("legal", "servicing", "carry", "disposition", "fee")
EFFECTIVE, ROI = "IRR, effective a year", Line("annualised_roi", "Annualised return on the price", "per year")


class CompareSheet:
    """The sheet while it is written: the chosen loan and the row each line of the table stands in."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.chosen = Chosen(book)
        self.flows = FlowSheet(book)
        self.ws = book.sheet(TITLE, "Compare", "One loan, nine ways. Pick a loan in the blue cell: everything on this sheet "
                             "and on Flows follows.")  # fmt: skip
        self.rows: dict[str, int] = {}
        self.row = FACTS_ROW

    def figure(self, strategy: str, figure: str) -> Any:
        """The engine's figure for the chosen loan, "" where blank."""
        return plain(self.book.evaluation.figure(strategy, figure)[self.chosen.place])

    def value(self, name: str) -> Any:
        """The engine's value of a column for the chosen loan, "" where blank."""
        return self.chosen.value(name)

    def formula(self, address: str, text: str, value: Any, style: str = "lm_cell", shown: str | None = None) -> None:
        self.book.formula(self.ws, address, text, value, style, shown)

    def band(self, text: str, note: str = "") -> None:
        """A heading across the sheet, one row free above."""
        self.row += 1
        for place in range(1, 13):
            self.book.put(self.ws, f"{get_column_letter(place)}{self.row}", text if place == 1 else None, "lm_band")
        if note:
            self.ws[f"C{self.row}"].value = note
            self.ws[f"C{self.row}"].font = Font(name=styles.FACE, size=9, italic=True, color=styles.GREY)
        self.row += 1

    def label(self, text: str, unit: str, key: str = "") -> int:
        """Open the next row of the table and return it."""
        row = self.row
        self.book.put(self.ws, f"{LABEL}{row}", text, "lm_label")
        self.book.put(self.ws, f"{UNIT}{row}", unit, "lm_unit")
        self.rows[key or text] = row
        self.row += 1
        return row


def write(book: Book) -> None:
    """Write the picker, the loan's facts, the bid, the nine strategies, the break-even payoff and the chart."""
    sheet = CompareSheet(book)
    _picker(sheet)
    sheet.row = FACTS_ROW - 1
    sheet.band("The loan")
    _pairs(sheet, FACTS)
    sheet.band("What to do, and what to pay")
    _advice(sheet)
    _pairs(sheet, BID)
    _shares_of_bid(sheet)
    chart_row = sheet.row + 1
    sheet.row += CHART_ROWS
    sheet.ws.row_breaks.append(Break(id=sheet.row))
    sheet.band("Nine strategies", "a strategy that the borrower's answers rule out keeps its numbers, in grey")
    _table(sheet)
    _break_even(sheet)
    _chart(sheet, chart_row)
    _looks(sheet)


def _picker(sheet: CompareSheet) -> None:
    """The loan's number, its place on Loans (found once, used everywhere), and a word where there is none."""
    book, ws = sheet.book, sheet.ws
    book.put(ws, f"A{PICK_ROW}", "Loan", "lm_label")
    book.put(ws, f"C{PICK_ROW}", str(sheet.value("loan_id")), "lm_input", "@")
    ids = book.layout.loans_range("loan_id")
    rule = DataValidation("list", formula1=ids, allow_blank=False, showErrorMessage=True, errorTitle="Unknown loan",
                          error="Pick a loan number from the list", promptTitle="Loan",
                          prompt="Pick a loan number from the list")  # fmt: skip
    ws.add_data_validation(rule)
    rule.add(f"C{PICK_ROW}")
    book.put(ws, f"A{PLACE_ROW}", "Place on Loans (0: not there)", "lm_label")
    sought = f'C{PICK_ROW}&""'
    for mark in WILDCARDS:  # a star in a loan number is a star
        sought = f'SUBSTITUTE({sought},"{mark}","~{mark}")'
    match = f"MATCH({sought},{ids},0)"
    sheet.formula(f"C{PLACE_ROW}", f"IF(ISNUMBER({match}),{match},0)", sheet.chosen.place + 1, shown="0")
    for name, row in ((CHOSEN_LOAN, PICK_ROW), (CHOSEN_ROW, PLACE_ROW)):
        book.workbook.defined_names[name] = DefinedName(name, attr_text=f"{TITLE}!$C${row}")
    reason = sheet.chosen.formula("not_valued")
    text = (f'IF({CHOSEN_ROW}=0,"{UNKNOWN_LOAN}",IF({reason}="","","This loan is "&{reason}))')
    why = sheet.value("not_valued")
    sheet.formula(f"E{PICK_ROW}", text, f"This loan is {why}" if why else "", "lm_label")
    ws[f"E{PICK_ROW}"].font = Font(name=styles.FACE, size=11, bold=True, color=styles.BAD_INK)
    sheet.formula(f"E{PLACE_ROW}", f"{at.TITLE}!E{at.STATUS_ROW}", sheet.flows.status(), "lm_note")


def _pairs(sheet: CompareSheet, groups: tuple[tuple[tuple[str, str], ...], ...]) -> None:
    """Label and value side by side, each group in columns of its own."""
    first = sheet.row
    for (label, value), group in zip(FACT_COLUMNS, groups, strict=False):
        for row, (text, name) in enumerate(group, start=first):
            sheet.book.put(sheet.ws, f"{label}{row}", text, "lm_label")
            _looked_up(sheet, f"{value}{row}", name)
            sheet.rows[name] = row
    sheet.row = first + max(len(group) for group in groups)


def _looked_up(sheet: CompareSheet, address: str, name: str, style: str = "lm_link") -> None:
    """A cell that shows a column of the chosen loan; blank where the loan has none."""
    unit, _ = at.described(name)
    text, value = sheet.chosen.formula(name), sheet.value(name)
    shown = _fact_format(name, unit)
    if sheet.chosen.is_looked_up(name):
        text = f'IF({CHOSEN_ROW}=0,"",IF({text}="","",{text}))'
    sheet.formula(address, text, value, style, shown)
    sheet.ws[address].alignment = RIGHT


def _advice(sheet: CompareSheet) -> None:
    """The recommendation in words, the runner-up and what to confirm first."""
    book, ws = sheet.book, sheet.ws
    row = sheet.row
    for line, (text, name) in enumerate((("Recommended", "recommended"), ("Runner-up", "runner_up"))):
        book.put(ws, f"A{row + line}", text, "lm_label")
        sheet.formula(f"C{row + line}", *_label_of(sheet, name), "lm_big" if not line else "lm_cell")
    book.put(ws, f"E{row + 1}", "Given up by the runner-up", "lm_label")
    _looked_up(sheet, f"G{row + 1}", "npv_given_up")
    book.put(ws, f"A{row + 2}", "Confirm before acting", "lm_label")
    _confirm(sheet, f"C{row + 2}")
    ws.row_dimensions[row].height = 20
    sheet.rows |= {"recommended": row, "runner_up": row + 1, "confirm": row + 2}
    sheet.row = row + 3


def _confirm(sheet: CompareSheet, address: str) -> None:
    """What is still unknown; said so where nothing is."""
    confirm, best = sheet.chosen.formula("confirm"), sheet.chosen.formula("recommended")
    text = f'IF({CHOSEN_ROW}=0,"",IF({confirm}="",IF({best}="","","{ALL_KNOWN}"),{confirm}))'
    value = sheet.value("confirm") or (ALL_KNOWN if sheet.value("recommended") else "")
    sheet.formula(address, text, value, "lm_link")


def _label_of(sheet: CompareSheet, name: str) -> tuple[str, str]:
    """(formula, value) of a strategy's name in words, where a column holds its key; blank where that is blank."""
    keys = sheet.book.layout.table_range("strategy_keys")
    labels = keys.replace("$A$", "$B$")
    key = sheet.chosen.formula(name)
    text = f'IF({key}="","",INDEX({labels},MATCH({key},{keys},0)))'
    if sheet.chosen.is_looked_up(name):
        text = f'IF({CHOSEN_ROW}=0,"",{text})'
    return text, STRATEGY_LABELS.get(sheet.value(name), "")


def _fact_format(name: str, unit: str) -> str:
    if name == "note_rate":
        return "0.000%"
    return styles.WHOLE if unit in ("months", "count") else styles.number_format(unit)


def _shares_of_bid(sheet: CompareSheet) -> None:
    """The bid against the principal and the house, and each limit's own cap beside it."""
    book, rows = sheet.book, sheet.rows
    bid = f"G{rows['bid']}"
    lines = (("Bid, of unpaid principal", f"C{rows['upb']}", "upb"), ("Bid, of property value", f"G{rows['value']}", "value"))
    for row, (text, base, name) in enumerate(lines, start=rows["bid"]):
        amount, of = sheet.value("bid"), sheet.value(name)
        book.put(sheet.ws, f"I{row}", text, "lm_label")
        share = amount / of if amount != "" and of else ""
        sheet.formula(f"K{row}", f'IF({bid}="","",IF({base}>0,{bid}/{base},""))', share, shown=styles.SHARE)
        sheet.ws[f"K{row}"].alignment = RIGHT


def _table(sheet: CompareSheet) -> None:
    """Headings, verdicts and reasons, then the figures a line each."""
    book, ws = sheet.book, sheet.ws
    head, keys = sheet.row, sheet.row + 1
    sheet.rows |= {"head": head, "key": keys}
    for letter, text in ((LABEL, ""), (UNIT, "Unit"), (TOTAL, "All")):
        book.put(ws, f"{letter}{head}", text, "lm_head")
    for strategy in STRATEGIES:
        book.put(ws, f"{letter_of(strategy)}{head}", STRATEGY_LABELS[strategy], "lm_head")
        book.put(ws, f"{letter_of(strategy)}{keys}", strategy, "lm_unit")
    book.put(ws, f"{LABEL}{keys}", "Key on the other sheets", "lm_note")
    sheet.row += 2
    _verdicts(sheet)
    for line in (*BORROWER, *RECOVERY, *WORTH):
        _line(sheet, line)
    _contributions(sheet)
    for line in RETURNS:
        _line(sheet, line)
    _effective(sheet)
    _line(sheet, ROI)
    row = sheet.label("Month by month, Flows", "", "two_ways")
    for strategy in STRATEGIES:
        cell = f"{at.TITLE}!{letter_of(strategy)}{at.VERDICT_ROW}"
        _put(sheet, strategy, row, cell, sheet.flows.verdict(strategy))


def _put(sheet: CompareSheet, strategy: str, row: int, text: str, value: Any, style: str = "lm_cell",
         shown: str | None = None) -> None:  # fmt: skip
    address = f"{letter_of(strategy)}{row}"
    sheet.formula(address, text, value, style, shown)
    sheet.ws[address].alignment = RIGHT


def _verdicts(sheet: CompareSheet) -> None:
    """Whether each strategy can be computed, is feasible or is the best, and the reason where it is not."""
    flag = sheet.label("Can be computed", "yes/no", "flag")
    verdict = sheet.label("Verdict", "", "verdict")
    reason = sheet.label("Why not", "", "reason")
    for strategy in STRATEGIES:
        letter, chosen = letter_of(strategy), sheet.chosen
        computable = bool(sheet.value(flag_of(strategy)))
        _put(sheet, strategy, flag, f'IF({CHOSEN_ROW}=0,"no",IF({chosen.formula(flag_of(strategy))},"yes","no"))',
             "yes" if computable else "no")  # fmt: skip
        feasible, key = chosen.formula(f"{strategy}_feasible"), f"{letter}${sheet.rows['key']}"
        word = REFERENCE if strategy == "note_sale" else FEASIBLE
        text = (f'IF({CHOSEN_ROW}=0,"",IF({letter}{flag}="no","{NOT_COMPUTABLE}",'
                f'IF({chosen.formula("recommended")}={key},"{BEST}",IF({feasible},"{word}","{NOT_FEASIBLE}"))))')  # fmt: skip
        now = BEST if sheet.value("recommended") == strategy else word if sheet.figure(strategy, "feasible") else NOT_FEASIBLE
        _put(sheet, strategy, verdict, text, now if computable else NOT_COMPUTABLE, "lm_total")
        sheet.ws[f"{letter}{verdict}"].alignment = Alignment(horizontal="right", vertical="center", wrap_text=True)
        source = chosen.formula(f"{strategy}_reason")
        _put(sheet, strategy, reason, f'IF({CHOSEN_ROW}=0,"",{source})', sheet.figure(strategy, "reason"), "lm_note")
        cell = sheet.ws[f"{letter}{reason}"]
        cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
        cell.font = Font(name=styles.FACE, size=9, color=styles.GREY)
    sheet.ws[f"{LABEL}{reason}"].alignment = Alignment(vertical="top")
    sheet.ws.row_dimensions[verdict].height = 27
    sheet.ws.row_dimensions[reason].height = 40


def _line(sheet: CompareSheet, line: Line) -> None:
    """One figure of every strategy; empty where the strategy never has it."""
    row = sheet.label(line.label, line.unit, line.figure)
    shown = styles.number_format(line.unit)
    for strategy in STRATEGIES:
        if line.figure == "irr":
            _irr(sheet, strategy, row, shown)
            continue
        source = scenario_source(strategy, line.figure)
        if source is None:
            sheet.book.put(sheet.ws, f"{letter_of(strategy)}{row}", None, line.style)
            continue
        text = sheet.chosen.formula(source) if isinstance(source, str) else "0"
        value = sheet.figure(strategy, line.figure)
        _put(sheet, strategy, row, _where_computed(sheet, strategy, text), value, line.style, shown)


def _where_computed(sheet: CompareSheet, strategy: str, text: str) -> str:
    return f'IF({letter_of(strategy)}${sheet.rows["flag"]}="yes",{text},"")'


def _irr(sheet: CompareSheet, strategy: str, row: int, shown: str) -> None:
    """The rate at which the flows on Flows are worth the price: live, from a starting point found there."""
    letter = priced_letter(strategy)
    flows = f"{at.TITLE}!{letter}${at.FIRST_ROW}:{letter}${at.FINAL_ROW}"
    irr = f'IFERROR(12*IRR({flows},{at.TITLE}!{letter}${at.START_ROW}),"")'
    text = f'IF({at.TITLE}!{letter}${at.SEEK_ROW},{irr},"")'
    value = sheet.figure(strategy, "irr") if sheet.flows.sought(strategy) else ""
    _put(sheet, strategy, row, text, value, shown=shown)


def _effective(sheet: CompareSheet) -> None:
    """The same rate with interest on interest."""
    row = sheet.label(EFFECTIVE, "per year", "irr_effective")
    for strategy in STRATEGIES:
        cell = f"{letter_of(strategy)}{sheet.rows['irr']}"
        rate = sheet.book.cached[TITLE][cell]
        value = (1 + float(rate) / 12) ** 12 - 1 if rate not in ("", None) else ""
        _put(sheet, strategy, row, f'IF({cell}="","",(1+{cell}/12)^12-1)', value, shown=styles.RATE)


def _contributions(sheet: CompareSheet) -> None:
    """Weight times outcome npv: what each strategy adds to the weighted worth that the bid starts from."""
    rows = sheet.rows
    row = sheet.label("Weight x outcome npv", "USD", "contribution")
    total = 0.0
    for strategy in STRATEGIES:
        letter = letter_of(strategy)
        weight, worth = (sheet.figure(strategy, figure) for figure in ("weight", "outcome_npv"))
        value = weight * worth if weight != "" and worth != "" else ""
        total += value or 0.0
        product = f"{letter}{rows['weight']}*{letter}{rows['outcome_npv']}"
        _put(sheet, strategy, row, _where_computed(sheet, strategy, product), value, shown=styles.MONEY)
    weights = [sheet.figure(strategy, "weight") for strategy in STRATEGIES]
    sums = ((rows["weight"], sum(w for w in weights if w != ""), styles.SHARE), (row, total, styles.MONEY))
    for at_row, value, shown in sums:
        sheet.formula(f"{TOTAL}{at_row}", f"SUM({FIRST}{at_row}:{LAST}{at_row})", value, "lm_total", shown)


def _break_even(sheet: CompareSheet) -> None:
    """What the break-even payoff means for this loan, in a sentence."""
    row = sheet.row + 1
    book, ws = sheet.book, sheet.ws
    book.put(ws, f"A{row}", "Break-even payoff", "lm_label")
    book.put(ws, f"{UNIT}{row}", "USD", "lm_unit")
    _looked_up(sheet, f"C{row}", "dpo_breakeven", "lm_total")
    even, asked = f"C{row}", f"{letter_of('discounted_payoff')}{sheet.rows['lump']}"
    label, label_now = _label_of(sheet, "dpo_alternative")
    month, month_now = _where_computed(sheet, "discounted_payoff", sheet.chosen.formula("dpo_month")), sheet.value("dpo_month")
    book.put(ws, f"A{row + 1}", "held against", "lm_note")
    sheet.formula(f"C{row + 1}", label, label_now, "lm_link")
    book.put(ws, f"A{row + 2}", "paid in month", "lm_note")
    sheet.formula(f"C{row + 2}", month, month_now if sheet.value("dpo_breakeven") != "" else "", "lm_link", "0")
    unknown = "The strategy it would be held against can't be computed for this loan"
    text = (f'IF({even}="","{unknown}","A payoff of "&TEXT({even},"$#,##0")&" in month "&C{row + 2}&" is worth as much as '
            f'"&C{row + 1}&"; the "&TEXT({asked},"$#,##0")&" asked is "&IF({asked}<{even},"less","no less"))')  # fmt: skip
    sheet.formula(f"E{row}", text, _sentence(sheet, label_now) or unknown)
    ws[f"E{row}"].border = ws[f"A{row}"].border.copy()
    sheet.rows["breakeven"] = row
    sheet.row = row + 3


def _sentence(sheet: CompareSheet, alternative: str) -> str:
    even, asked = sheet.value("dpo_breakeven"), sheet.figure("discounted_payoff", "lump")
    if even == "":
        return ""
    than = "less" if asked < even else "no less"
    return (f"A payoff of {_dollars(even)} in month {sheet.value('dpo_month'):.0f} is worth as much as {alternative}; "
            f"the {_dollars(asked)} asked is {than}")  # fmt: skip


def _dollars(amount: float) -> str:
    """As TEXT shows it, half a dollar rounded up."""
    return f"${int(amount + HALF):,}"


def _chart(sheet: CompareSheet, row: int) -> None:
    """Net recovery and what eats the gross, stacked for every strategy."""
    rows = sheet.rows

    def series(name: str, figure: str, color: str) -> charts.Series:
        values = [sheet.figure(strategy, figure) for strategy in STRATEGIES]
        line = rows[figure]
        return charts.Series(name, f"{TITLE}!${FIRST}${line}:${LAST}${line}", values, color)

    kinds = [line for line in RECOVERY if line.figure in COST_KINDS]
    drawn = [series("Net recovery", "net_recovery", styles.SERIES[1])]
    colors = [color for place, color in enumerate(styles.SERIES) if place != 1]
    drawn += [series(line.label, line.figure, color) for line, color in zip(kinds, colors, strict=False)]
    labels = charts.Labels(f"{TITLE}!${FIRST}${rows['head']}:${LAST}${rows['head']}", [STRATEGY_LABELS[s] for s in STRATEGIES])
    amounts = [sheet.figure(s, "gross") for s in STRATEGIES]
    charts.add(sheet.ws, f"A{row}", charts.Chart(
        "Where the gross proceeds go", "", "USD, not discounted", labels, drawn, kind="column", stacked=True,
        alt="Stacked columns: net recovery and each kind of cost of the nine strategies for the chosen loan",
        format=charts.dollars_format([a for a in amounts if a != ""]), width=34, height=9.5))  # fmt: skip


def _looks(sheet: CompareSheet) -> None:
    """Widths, the best strategy shaded, those that are ruled out in grey, frozen picker, two pages."""
    ws, rows = sheet.ws, sheet.rows
    widths = {LABEL: 38, UNIT: 10, TOTAL: 13} | {letter_of(strategy): 13.5 for strategy in STRATEGIES}
    for letter, width in widths.items():
        ws.column_dimensions[letter].width = width
    ws.row_dimensions[rows["head"]].height = 30
    verdict = f"{FIRST}${rows['verdict']}"
    best = FormulaRule(formula=[f'{verdict}="{BEST}"'], fill=PatternFill(bgColor=styles.GOOD_FILL),
                       font=Font(bold=True, color=styles.GOOD_INK))  # fmt: skip
    grey = FormulaRule(formula=[f'OR({verdict}="{NOT_FEASIBLE}",{verdict}="{NOT_COMPUTABLE}")'],
                       font=Font(color=OUT_INK))  # fmt: skip
    for rule in (best, grey):
        ws.conditional_formatting.add(f"{FIRST}{rows['flag']}:{LAST}{rows['two_ways']}", rule)
    ws.freeze_panes = f"A{PLACE_ROW + 1}"
    ws.sheet_properties.pageSetUpPr.fitToPage = False  # a sheet fitted to pages ignores its page break
    ws.page_setup.scale = PRINT_SCALE
    ws.print_area = f"A1:{TOTAL}{sheet.row}"
