"""Bids: a row a loan: the facts that matter, what to do about it, the bid and what it binds on. Tab 3."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Book, SheetColumn
from lossmit_workbook.layout import BAND_ROW, BIDS_COLUMNS, BIDS_INPUTS, FIRST_ROW, ROW, Layout, place_in, places
from lossmit_workbook.sheets import loans as loans_sheet
from lossmit_xl.names import STRATEGY_LABELS

TITLE = "Bids"
SHOWN_ROW = BAND_ROW
"""Totals of the loans that a filter leaves in sight."""

NAMES = BIDS_COLUMNS
SUMMED = ("upb", "upb_valued", "legal_balance", "value", "equity", "expected_npv", "bid")
RATIOS = {"bid_of_upb": ("bid", "upb_valued"), "bid_of_value": ("bid", "value")}
HEADS: dict[str, tuple[str, str, float, str]] = {
    "loan_id": ("Loan", "text", 17, "The seller's loan number, typed: the row is found by it, so rows can be sorted"),
    "place": ("Place", "position", 7, "Its place on Loans; 0: not there"),
    "state": ("State", "code", 8, "Where the house is"),
    "lien": ("Lien", "position", 7, "1 is a first lien"),
    "occupancy": ("Occupancy", "word", 11, "Who lives there"),
    "situation": ("Situation", "word", 13, "No contact, else what the borrower wants"),
    "missed": ("Missed", "payments", 9, "Instalments due and unpaid"),
    "upb": ("UPB", "USD", 14, "Unpaid principal balance"),
    "upb_valued": ("UPB valued", "USD", 14, "UPB where the loan can be valued"),
    "legal_balance": ("Legal balance", "USD", 14, "All that the borrower owes today"),
    "value": ("Value", "USD", 14, "Property value after the haircut"),
    "equity": ("Value for this lien", "USD", 14, "Value less what stands ahead of the lien"),
    "recommended": ("Recommended", "strategy", 18, "The feasible strategy most worth pursuing"),
    "why": ("Why", "text", 45, "What the recommendation rests on"),
    "confirm": ("Confirm first", "text", 32, "Unknown today: ask the borrower, the servicer or the title company"),
    "runner_up": ("Runner-up", "strategy", 18, "The second best feasible strategy"),
    "npv_given_up": ("Given up by the runner-up", "USD", 13, "Worth of pursuing the best less that of the second"),
    "expected_npv": ("Expected NPV", "USD", 14, "Worth today of the outcomes by their weights, at the target yield"),
    "bid": ("Bid", "USD", 14, "The most to pay for the target yield, within the caps"),
    "bid_of_upb": ("Bid, % of UPB", "of UPB", 10, "Bid over UPB"),
    "bid_of_value": ("Bid, % of value", "of value", 10, "Bid over the value after the haircut"),
    "bid_binding": ("What binds", "word", 10, "yield, cap on upb, cap on value, or floor (bid 0)"),
    "ask": ("Seller's ask (or price paid)", "USD", 14, "Type what the seller asks or what was paid; blank: the bid"),
    "price": ("Price", "USD", 14, "The ask, else the bid"),
    "decision": ("Decision", "word", 12, "What you decide"),
    "note": ("Note", "text", 36, "Yours; nothing reads it"),
    "show": ("Show", "word", 7, "Any mark: Compare shows the first loan marked"),
    "dpo_breakeven": ("Break-even payoff", "USD", 14, "Payoff worth as much as the alternative; below it, decline"),
    "not_valued": ("Not valued because", "text", 36, "Blank where the loan has its numbers"),
}  # fmt: skip
FORMATS = {"missed": "0_)_)", "lien": "0_)_)", "loan_id": "@", "note": "@"}  # set off from the words at the right
FROM = {"lien": "lien_position", "occupancy": "occupied_by"}
"""Columns of Model under another name here."""
LINKED = ("state", "lien", "occupancy", "upb")
DECISIONS = ("bid", "pass", "ask seller")
RANGE_NAMES = {"bids_loan": "loan_id", "bids_show": "show"}
"""Names of whole columns: Compare looks for the first mark in `bids_show`."""
NOTE = (
    f"A row a loan, found by its number: filter and sort as you like, the totals in row {SHOWN_ROW} are those of the "
    "loans shown. Type into the blue cells; all else is changed on Loans and Assumptions."
)
CURRENT, SILENT, ALONE = "Current: it goes on as it is", "No contact yet: nothing else is open", "The only feasible one"
NOTHING, NEXT = "No strategy is feasible", "Worth most when pursued; next: "


def letter(name: str) -> str:
    """Column letter of a figure on Bids."""
    return str(get_column_letter(NAMES.index(name) + 1))


def strategy_label(layout: Layout, key: str) -> str:
    """The formula that turns a strategy's key into its name."""
    keys = layout.table_range("strategy_keys")
    return f"INDEX({keys.replace('$A$', '$B$')},MATCH({key},{keys},0))"


def values(book: Book) -> dict[str, npt.NDArray[Any]]:
    """What every column of the sheet shows now, shape (loans,): NaN or "" where blank."""
    loans, layout = book.loans, book.layout
    place = places(loans["loan_id"])
    shown = {name: book.column(FROM.get(name, name)) for name in NAMES if FROM.get(name, name) in layout.model_letter}
    shown["place"] = place.astype(float)
    shown["state"] = np.asarray(loans_sheet.cells(loans, "state"), dtype=object)
    shown["upb"] = np.array([np.nan if cell == "" else cell for cell in loans_sheet.cells(loans, "upb")], dtype=float)
    shown["upb_valued"] = np.where(book.column("valued").astype(bool), shown["upb"], np.nan)
    for name, (top, bottom) in RATIOS.items():
        base = shown[bottom].astype(float)
        with np.errstate(all="ignore"):
            shown[name] = np.where(base > 0, shown[top].astype(float) / base, np.nan)
    shown["why"] = np.array([_why(*row) for row in zip(
        shown["recommended"], shown["not_valued"], book.column("missed"), shown["situation"], shown["runner_up"],
        strict=True)], dtype=object)  # fmt: skip
    shown = {name: column if name == "place" else column[place - 1] for name, column in shown.items()}
    shown["loan_id"] = np.array(list(loans["loan_id"]), dtype=object)
    shown["ask"] = np.array(loans_sheet.cells(loans, "purchase_price"), dtype=object)
    shown |= {name: np.array(book.decided(name), dtype=object) for name in ("decision", "note")}
    return shown | {"show": np.full(layout.loans, "", dtype=object)}


def _why(recommended: str, not_valued: str, missed: float, situation: str, runner_up: str) -> str:
    if recommended == "":
        return NOTHING if not_valued == "" else ""
    if missed == 0:
        return CURRENT
    if situation == "unresponsive":
        return SILENT
    return ALONE if runner_up == "" else f"{NEXT}{STRATEGY_LABELS[runner_up]}"


def formulas(layout: Layout) -> dict[str, str]:
    """The formula of every column that is not typed, the row standing as `ROW`: figures of the loan in column A."""
    here = {name: f"${letter(name)}{ROW}" for name in NAMES}

    def found(cells: str) -> str:
        return f"INDEX({cells},{here['place']})"

    def taken_over(cells: str) -> str:
        return f'IF({here["place"]}=0,"",{found(cells)})'

    def typed(name: str) -> str:
        cell = found(layout.loans_range(name))
        return f'IF({here["place"]}=0,"",IF({cell}="","",{cell}))'

    made = {name: taken_over(layout.model_range(FROM.get(name, name)))
            for name in NAMES if FROM.get(name, name) in layout.model_letter}  # fmt: skip
    valued = found(layout.model_range("valued"))
    made |= {
        "place": place_in(here["loan_id"], layout.loans_range("loan_id")),
        "state": typed("state"),
        "upb": typed("upb"),
        "upb_valued": f'IF({here["place"]}=0,"",IF({valued},{here["upb"]},""))',
        "why": f'IF({here["recommended"]}="",IF(OR({here["place"]}=0,{here["not_valued"]}<>""),"","{NOTHING}"),'
               f'IF({here["missed"]}=0,"{CURRENT}",IF({here["situation"]}="unresponsive","{SILENT}",'
               f'IF({here["runner_up"]}="","{ALONE}","{NEXT}"&{strategy_label(layout, here["runner_up"])}))))',
    }  # fmt: skip
    for name, (top, bottom) in RATIOS.items():
        made[name] = f'IF(N({here[bottom]})>0,{here[top]}/{here[bottom]},"")'
    return made


def write(book: Book) -> None:
    """Write the sheet, the totals of what a filter shows above its columns."""
    ws = book.sheet(TITLE, "Bids", NOTE)
    shown, made = values(book), formulas(book.layout)
    columns = []
    for name in NAMES:
        head, unit, width, meaning = HEADS[name]
        style = "lm_input" if name in BIDS_INPUTS else "lm_link" if name in LINKED else "lm_cell"
        columns.append(SheetColumn(head, unit, meaning, shown[name], made.get(name), style=style, width=width,
                                   format=FORMATS.get(name)))  # fmt: skip
    book.grid(ws, columns)
    _inputs(book, ws)
    _totals_shown(book, ws, shown)
    _colour(ws, book.layout)
    ws.freeze_panes = f"C{FIRST_ROW}"
    ws.print_title_cols = "A:A"
    ws.page_setup.fitToWidth = 2


def _inputs(book: Book, ws: Worksheet) -> None:
    """What may be typed into the ask and the decision; names for the columns that other sheets look up."""
    last = book.layout.last_row
    ask = DataValidation("decimal", operator="between", formula1="0", formula2=f"{loans_sheet.MOST_MONEY:.0f}",
                         allow_blank=True, showErrorMessage=True, errorTitle="Not allowed",
                         error=f"The ask must be from 0 to {loans_sheet.MOST_MONEY:,.0f} USD; empty: the bid")
    decision = DataValidation("list", formula1=f'"{",".join(DECISIONS)}"', allow_blank=True, showErrorMessage=True,
                              errorTitle="Not allowed", error=f"Decision must be {', '.join(DECISIONS)}, or empty")
    for name, rule in (("ask", ask), ("decision", decision)):
        ws.add_data_validation(rule)
        rule.add(f"{letter(name)}{FIRST_ROW}:{letter(name)}{last}")
    for name, column in RANGE_NAMES.items():
        book.workbook.defined_names[name] = DefinedName(name, attr_text=book.layout.bids_range(column))


def _totals_shown(book: Book, ws: Worksheet, shown: dict[str, npt.NDArray[Any]]) -> None:
    """SUBTOTAL row: counts and sums of the loans a filter leaves in sight."""
    row, layout = SHOWN_ROW, book.layout

    def cells(name: str) -> str:
        return f"{letter(name)}{FIRST_ROW}:{letter(name)}{layout.last_row}"

    for name in NAMES:
        book.put(ws, f"{letter(name)}{row}", None, "lm_total")
    book.formula(ws, f"{letter('loan_id')}{row}", f"SUBTOTAL(103,{cells('loan_id')})", layout.loans, "lm_total",
                 '#,##0" loans shown"')  # fmt: skip
    valued = book.column("valued").astype(bool)
    book.formula(ws, f"{letter('situation')}{row}", f"SUBTOTAL(102,{cells('expected_npv')})", int(valued.sum()),
                 "lm_total", '#,##0" valued"')  # fmt: skip
    sums = {name: float(np.nansum(shown[name].astype(float))) for name in SUMMED}
    for name, total in sums.items():
        book.formula(ws, f"{letter(name)}{row}", f"SUBTOTAL(109,{cells(name)})", total, "lm_total", styles.MONEY)
    for name, (top, bottom) in RATIOS.items():
        over = f"{letter(bottom)}{row}"
        book.formula(ws, f"{letter(name)}{row}", f'IF({over}>0,{letter(top)}{row}/{over},"")',
                     sums[top] / sums[bottom] if sums[bottom] > 0 else "", "lm_total", styles.SHARE)  # fmt: skip


def _colour(ws: Worksheet, layout: Layout) -> None:
    """Shade what the words already say: a loan without numbers, a bid that a limit holds down."""
    last = layout.last_row
    binds = letter("bid_binding")
    shades = (
        (f"A{FIRST_ROW}:{letter(NAMES[-1])}{last}", f'${letter("not_valued")}{FIRST_ROW}<>""',
         styles.WARN_FILL, styles.WARN_INK),
        (f"{binds}{FIRST_ROW}:{binds}{last}", f'${binds}{FIRST_ROW}="floor"', styles.BAD_FILL, styles.BAD_INK),
        (f"{binds}{FIRST_ROW}:{binds}{last}", f'OR(${binds}{FIRST_ROW}="upb",${binds}{FIRST_ROW}="value")',
         styles.WARN_FILL, styles.WARN_INK),
    )  # fmt: skip
    for cells, formula, fill, ink in shades:
        ws.conditional_formatting.add(cells, FormulaRule(formula=[formula], fill=PatternFill(bgColor=fill),
                                                         font=Font(color=ink)))  # fmt: skip
