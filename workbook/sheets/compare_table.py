"""The table of Compare: nine strategies side by side, a figure a line; and the sheet while it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from lossmit_workbook import flow_cells as at
from lossmit_workbook import styles
from lossmit_workbook.book import Book
from lossmit_workbook.chosen import CHOSEN_ROW, Chosen, plain
from lossmit_workbook.flow_cells import FlowSheet, letter_of, priced_letter
from lossmit_xl.assumptions import CONSTANTS
from lossmit_xl.model.outputs import flag_of, scenario_source
from lossmit_xl.names import STRATEGIES, STRATEGY_LABELS

TITLE = "Compare"
PURPOSE = "One loan, nine ways. Pick a loan in the blue cell: everything on this sheet and on Flows follows."
LABEL, UNIT, TOTAL = "A", "B", "L"
FIRST, LAST = letter_of(STRATEGIES[0]), letter_of(STRATEGIES[-1])
RIGHT = Alignment(horizontal="right", vertical="center")
BEST, FEASIBLE, NOT_FEASIBLE, NOT_COMPUTABLE, REFERENCE = (
    "BEST", "feasible", "not feasible", "can't be computed", "for reference"
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
HAPPENS = "How often it is what happens"
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
        self.ws = book.sheet(TITLE, "Compare", PURPOSE)
        self.rows: dict[str, int] = {}
        self.row = 1

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


def write_table(sheet: CompareSheet) -> None:
    """Headings, verdicts and reasons, then the figures a line each."""
    book, ws = sheet.book, sheet.ws
    head, keys = sheet.row, sheet.row + 1
    sheet.rows |= {"head": head, "key": keys}
    for letter, text in ((LABEL, ""), (UNIT, "Unit"), (TOTAL, "Expected outcome")):
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
    _happens(sheet)
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
        _put(sheet, strategy, verdict, *_verdict(sheet, strategy, f"{letter}{flag}"), "lm_total")
        sheet.ws[f"{letter}{verdict}"].alignment = Alignment(horizontal="right", vertical="center", wrap_text=True)
        source = chosen.formula(f"{strategy}_reason")
        _put(sheet, strategy, reason, f'IF({CHOSEN_ROW}=0,"",{source})', sheet.figure(strategy, "reason"), "lm_note")
        cell = sheet.ws[f"{letter}{reason}"]
        cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="center")
        cell.font = Font(name=styles.FACE, size=8, color=styles.INK)
    sheet.ws[f"{LABEL}{reason}"].alignment = Alignment(vertical="top")
    sheet.ws.row_dimensions[verdict].height = 27
    sheet.ws.row_dimensions[reason].height = 40


def _verdict(sheet: CompareSheet, strategy: str, flag: str) -> tuple[str, str]:
    """(formula, value now) of the word that says how a strategy stands."""
    chosen, key = sheet.chosen, f"{letter_of(strategy)}${sheet.rows['key']}"
    word = REFERENCE if strategy == "note_sale" else FEASIBLE
    feasible, best = chosen.formula(f"{strategy}_feasible"), chosen.formula("recommended")
    open_ = f'IF({best}={key},"{BEST}",IF({feasible},"{word}","{NOT_FEASIBLE}"))'
    text = f'IF({CHOSEN_ROW}=0,"",IF({flag}="no","{NOT_COMPUTABLE}",{open_}))'
    if not sheet.value(flag_of(strategy)):
        return text, NOT_COMPUTABLE
    if sheet.value("recommended") == strategy:
        return text, BEST
    return text, word if sheet.figure(strategy, "feasible") else NOT_FEASIBLE


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
        # A strategy that can't be computed has no figures, but a weight: 0.
        guarded = f'IF({CHOSEN_ROW}=0,"",{text})' if line.figure == "weight" else where_computed(sheet, strategy, text)
        _put(sheet, strategy, row, guarded, value, line.style, shown)


def looked_up(sheet: CompareSheet, address: str, name: str, style: str = "lm_link") -> None:
    """A cell that shows a column of the chosen loan; blank where the loan has none."""
    unit, _ = at.described(name)
    text, value = sheet.chosen.formula(name), sheet.value(name)
    shown = fact_format(name, unit)
    if sheet.chosen.is_looked_up(name):
        text = f'IF({CHOSEN_ROW}=0,"",IF({text}="","",{text}))'
    sheet.formula(address, text, value, style, shown)
    sheet.ws[address].alignment = RIGHT


def label_of(sheet: CompareSheet, name: str) -> tuple[str, str]:
    """(formula, value) of a strategy's name in words, where a column holds its key; blank where that is blank."""
    keys = sheet.book.layout.table_range("strategy_keys")
    labels = keys.replace("$A$", "$B$")
    key = sheet.chosen.formula(name)
    text = f'IF({key}="","",INDEX({labels},MATCH({key},{keys},0)))'
    if sheet.chosen.is_looked_up(name):
        text = f'IF({CHOSEN_ROW}=0,"",{text})'
    return text, STRATEGY_LABELS.get(sheet.value(name), "")


def fact_format(name: str, unit: str) -> str:
    if name == "note_rate":
        return "0.000%"
    return styles.WHOLE if unit in ("months", "count") else styles.number_format(unit)


def where_computed(sheet: CompareSheet, strategy: str, text: str) -> str:
    return f'IF({letter_of(strategy)}${sheet.rows["flag"]}="yes",{text},"")'


def _irr(sheet: CompareSheet, strategy: str, row: int, shown: str) -> None:
    """The rate at which the flows on Flows are worth the price, within the range that counts: live, from a starting
    point found there."""
    letter = priced_letter(strategy)
    flows = f"{at.TITLE}!{letter}${at.FIRST_ROW}:{letter}${at.FINAL_ROW}"
    irr = f"IRR({flows},{at.TITLE}!{letter}${at.START_ROW})"
    counts = f'IFERROR(IF(OR({irr}<irr_lowest,{irr}>irr_highest),"",12*{irr}),"")'
    text = f'IF({at.TITLE}!{letter}${at.SEEK_ROW},{counts},"")'
    value: Any = sheet.figure(strategy, "irr") if sheet.flows.sought(strategy) else ""
    reached = value != "" and CONSTANTS["irr_lowest"] <= value / 12 <= CONSTANTS["irr_highest"]
    _put(sheet, strategy, row, text, value if reached else "", shown=shown)


def _effective(sheet: CompareSheet) -> None:
    """The same rate with interest on interest."""
    row = sheet.label(EFFECTIVE, "per year", "irr_effective")
    for strategy in STRATEGIES:
        cell = f"{letter_of(strategy)}{sheet.rows['irr']}"
        rate = sheet.book.cached[TITLE][cell]
        value = (1 + float(rate) / 12) ** 12 - 1 if rate not in ("", None) else ""
        _put(sheet, strategy, row, f'IF({cell}="","",(1+{cell}/12)^12-1)', value, shown=styles.RATE)


def _happens(sheet: CompareSheet) -> None:
    """How often each strategy's flows are the ones that come: the holder forecloses where a plan is worth less."""
    row = sheet.label(HAPPENS, "share", "happens")
    for strategy in STRATEGIES:
        text, value = sheet.chosen.formula(f"{strategy}_own_weight"), sheet.value(f"{strategy}_own_weight")
        if strategy == "foreclosure":
            text += f"+{sheet.chosen.formula('foreclosed_weight')}"
            value = value + sheet.value("foreclosed_weight") if value != "" else ""
        computable = bool(sheet.value(flag_of(strategy)))
        _put(sheet, strategy, row, where_computed(sheet, strategy, text), value if computable else "",
             shown=styles.SHARE)  # fmt: skip


def _contributions(sheet: CompareSheet) -> None:
    """Weight times outcome npv: what each strategy adds to the weighted worth that the bid starts from."""
    rows = sheet.rows
    row = sheet.label("Weight x outcome npv", "USD", "contribution")
    total = 0.0
    for strategy in STRATEGIES:
        letter = letter_of(strategy)
        weight, worth = (sheet.figure(strategy, figure) for figure in ("weight", "outcome_npv"))
        value = weight * worth if weight != "" and worth != "" else ""
        total += float(value or 0.0)
        product = f"{letter}{rows['weight']}*{letter}{rows['outcome_npv']}"
        _put(sheet, strategy, row, where_computed(sheet, strategy, product), value, shown=styles.MONEY)
    weights = [sheet.figure(strategy, "weight") for strategy in STRATEGIES]
    sums = ((rows["weight"], sum(w for w in weights if w != ""), styles.SHARE), (row, total, styles.MONEY))
    for at_row, value, shown in sums:
        sheet.formula(f"{TOTAL}{at_row}", f"SUM({FIRST}{at_row}:{LAST}{at_row})", value, "lm_total", shown)
