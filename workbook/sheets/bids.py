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
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import live, styles
from lossmit_workbook.book import Book, SheetColumn, print_wide
from lossmit_workbook.chosen import jumps_to_compare
from lossmit_workbook.layout import (
    BAND_ROW,
    BIDS_COLUMNS,
    BIDS_INPUTS,
    FIRST_ROW,
    MEANING_ROW,
    ROW,
    STAMPED_IRR,
    Layout,
    place_in,
    places,
)
from lossmit_workbook.sheets import loans as loans_sheet
from lossmit_workbook.sheets import yields
from lossmit_xl.model.yields import AMBER, GREEN, NOT_SETTLED, RED
from lossmit_xl.names import STRATEGY_LABELS

TITLE = "Bids"
SHOWN_ROW = BAND_ROW
"""Totals of the loans that a filter leaves in sight."""

NAMES = BIDS_COLUMNS
SUMMED = ("upb", "upb_valued", "legal_balance", "value", "equity", "expected_npv", "bid", "ask", "bid_asked",
          "ask_gap", "expected_profit", "recommended_profit", "price", "all_in_cost")  # fmt: skip
RATIOS = {"bid_of_upb": ("bid", "upb_valued"), "bid_of_value": ("bid", "value")}
HEADS: dict[str, tuple[str, str, float, str]] = {
    "loan_id": ("Loan", "text", 17, "The seller's loan number, typed: the row is found by it, so rows can be sorted"),
    "place": ("Place", "position", 7, "Its place on Loans; 0: not there"),
    "state": ("State", "code", 7, "Where the house is"),
    "lien": ("Lien", "position", 6, "1 is a first lien"),
    "occupancy": ("Occupancy", "word", 11, "Who lives there"),
    "situation": ("Situation", "word", 13, "No contact, else what the borrower wants"),
    "missed": ("Missed", "payments", 8, "Instalments due and unpaid"),
    "upb": ("UPB", "USD", 13, "Unpaid principal balance"),
    "upb_valued": ("UPB valued", "USD", 13, "UPB where the loan can be valued"),
    "legal_balance": ("Legal balance", "USD", 14, "All that the borrower owes today"),
    "value": ("Value", "USD", 13, "Property value after the haircut"),
    "equity": ("Value for this lien", "USD", 14, "Value less what stands ahead of the lien"),
    "recommended": ("Recommended", "strategy", 18, "The feasible strategy most worth pursuing"),
    "expected_npv": ("Expected NPV", "USD", 14, "Worth today of the outcomes by their weights, at the target yield"),
    "bid": ("Bid", "USD", 14, "The most to pay for the target yield, within the caps"),
    "bid_of_upb": ("Bid, % of UPB", "of UPB", 9, "Bid over UPB"),
    "bid_of_value": ("Bid, % of value", "of value", 9, "Bid over the value after the haircut"),
    "binds": ("What limits the bid", "word", 18, "The target yield, a cap on UPB, a cap on value, or nothing left"),
    "ask": ("Seller's ask (or price paid)", "USD", 14, "Type what the seller asks or what was paid; blank: none"),
    "bid_asked": ("Bid on loans asked for", "USD", 13, "The bid where there is an ask: what the asks are held against"),
    "ask_gap": ("Ask less bid", "USD", 13, "Above 0 the seller asks more than the bid; blank without an ask"),
    "ask_over_bid": ("Ask over (under) the bid", "of the bid", 10, "Ask less bid, over the bid"),
    "light": ("Light", "word", 13, "Green, amber, red: the ask against your limits on Assumptions (screening)"),
    "implied_yield": ("Implied yield, nominal", "per year", 16, "At the price (the ask, else the bid): the yield that "
                      "the expected outcome earns on the all-in cost; a word where there is none"),
    "implied_yield_effective": ("Implied yield, effective", "per year", 13, "The same, compounded over a year"),
    "expected_profit": ("Profit of the expected outcome", "USD", 14, "Net recovery by the weights less all-in cost"),
    "recommended_profit": ("Profit of the recommended exit", "USD", 14, "Its net recovery less the all-in cost"),
    "recommended_irr": ("IRR of the recommended exit (stamped)", "per year", 15, "Of the build, on the price alone; "
                        "blank once price or exit changed: Compare shows it live"),
    "price": ("Price", "USD", 14, "The ask, else the bid"),
    "all_in_cost": ("All-in cost", "USD", 14, "Price and acquisition costs"),
    "investment_to_value": ("Investment to value", "of value", 13, "All-in cost and what is paid before this lien, "
                            "over the as-is value (BPO) before the haircut"),
    "decision": ("Decision", "word", 12, "Bid, pass, or ask the seller"),
    "note": ("Note", "text", 36, "Yours; nothing reads it"),
    "show": ("Show", "word", 7, "Any mark: Compare shows the first loan marked"),
    "runner_up": ("Runner-up", "strategy", 18, "The second best feasible strategy"),
    "npv_given_up": ("Given up by the runner-up", "USD", 13, "Worth of pursuing the best less that of the second"),
    "not_valued": ("Not valued because", "text", 36, "Blank where the loan has its numbers"),
    "why": ("Why", "text", 45, "What the recommendation rests on"),
    "confirm": ("Confirm first", "text", 32, "Unknown today: ask the borrower, the servicer or the title company"),
    "dpo_breakeven": ("Break-even payoff", "USD", 14, "Payoff worth as much as the alternative; below it, decline"),
}  # fmt: skip
SIGNED = "+#,##0.00;-#,##0.00;0.00"
FORMATS = {"missed": "0_)_)", "lien": "0_)_)", "loan_id": "@", "note": "@", "ask_gap": SIGNED,
           "ask_over_bid": "+0.0%;-0.0%;0.0%"}  # set off from the words at the right
FROM = {"lien": "lien_position", "occupancy": "occupied_by"}
"""Columns of Model under another name here."""
LINKED = ("state", "lien", "occupancy", "upb")
BINDS = {"yield": "target yield", "upb": "cap on UPB", "value": "cap on value", "floor": "nothing left to pay"}
ON_YIELDS = ("light", "implied_yield", "implied_yield_effective", "expected_profit", "recommended_profit",
             "recommended_irr", "all_in_cost", "investment_to_value")  # fmt: skip
PRINT_SCALE, LAST_ON_PAGE = 55, ("binds", "show")
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
    shown |= {name: book.column(name) for name in ON_YIELDS if name != STAMPED_IRR}
    shown[STAMPED_IRR] = yields.stamps(book)[STAMPED_IRR]
    shown["binds"] = np.array([BINDS.get(word, "") for word in book.column("bid_binding")], dtype=object)
    shown["implied_yield"] = np.array(
        [note or float(rate) for note, rate in zip(book.column("yield_note"), shown["implied_yield"], strict=True)],
        dtype=object)
    shown["why"] = np.array([_why(*row) for row in zip(
        shown["recommended"], shown["not_valued"], book.column("missed"), shown["situation"], shown["runner_up"],
        strict=True)], dtype=object)  # fmt: skip
    shown = {name: column if name == "place" else column[place - 1] for name, column in shown.items()}
    shown["loan_id"] = np.array(list(loans["loan_id"]), dtype=object)
    shown["ask"] = np.array([np.nan if cell == "" else cell for cell in loans_sheet.cells(loans, "purchase_price")],
                            dtype=float)  # fmt: skip
    asked = (shown["ask"] > 0) & ~np.isnan(shown["bid"].astype(float))
    shown["bid_asked"] = np.where(asked, shown["bid"].astype(float), np.nan)
    shown["ask_gap"] = shown["ask"] - shown["bid_asked"]
    with np.errstate(all="ignore"):
        shown["ask_over_bid"] = np.where(shown["bid"].astype(float) > 0, shown["ask_gap"] / shown["bid"], np.nan)
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
    made |= {name: taken_over(layout.yields_range(name)) for name in ON_YIELDS}
    rate, note = (found(layout.yields_range(name)) for name in ("implied_yield", "yield_note"))
    made["implied_yield"] = f'IF({here["place"]}=0,"",IF({note}="",{rate},{note}))'
    word, limit = '""', found(layout.model_range("bid_binding"))
    for key, text in reversed(BINDS.items()):
        word = f'IF({limit}="{key}","{text}",{word})'
    made["binds"] = f'IF({here["place"]}=0,"",{word})'
    made["bid_asked"] = f'IF(AND(N({here["ask"]})>0,ISNUMBER({here["bid"]})),{here["bid"]},"")'
    made["ask_gap"] = f'IF(ISNUMBER({here["bid_asked"]}),{here["ask"]}-{here["bid_asked"]},"")'
    made["ask_over_bid"] = f'IF(AND(ISNUMBER({here["ask_gap"]}),N({here["bid"]})>0),{here["ask_gap"]}/{here["bid"]},"")'
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
    if book.live is not None:
        columns.append(_figures(book))
    book.grid(ws, columns)
    ws.row_dimensions[MEANING_ROW].height = 70
    _inputs(book, ws)
    _totals_shown(book, ws, shown)
    _colour(ws, book.layout)
    jumps_to_compare(ws, book.layout.last_row)
    ws.freeze_panes = f"C{FIRST_ROW}"
    print_wide(ws, PRINT_SCALE)
    for name in LAST_ON_PAGE:
        ws.col_breaks.append(Break(id=NAMES.index(name) + 1))


def _figures(book: Book) -> SheetColumn:
    """The last column, where some loans are stamped: which are."""
    from lossmit_workbook.sheets import as_built, checks  # those modules import this one

    assert book.live is not None
    changed = as_built.column_range(book.layout, as_built.CHANGED)
    formula = live.formula_on_bids(book.layout, f"${letter('place')}{ROW}", changed, checks.changed_for_all())
    return SheetColumn(live.HEAD, "word", live.HELP, live.words(book.live), formula, width=11)


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
    gap, against = (f"{letter(name)}{row}" for name in ("ask_gap", "bid_asked"))
    book.formula(ws, f"{letter('ask_over_bid')}{row}", f'IF({against}>0,{gap}/{against},"")',
                 sums["ask_gap"] / sums["bid_asked"] if sums["bid_asked"] > 0 else "", "lm_total",
                 FORMATS["ask_over_bid"])  # fmt: skip
    asks = int(np.count_nonzero(~np.isnan(shown["ask"].astype(float))))
    book.formula(ws, f"{letter('binds')}{row}", f"SUBTOTAL(102,{cells('ask')})", asks, "lm_total",
                 '#,##0" with an ask"')  # fmt: skip


def _colour(ws: Worksheet, layout: Layout) -> None:
    """Shade what the words already say: a loan without numbers, a bid held down, the light, an ask above the bid."""
    def cells(name: str) -> str:
        return f"{letter(name)}{FIRST_ROW}:{letter(name)}{layout.last_row}"

    def first(name: str) -> str:
        return f"${letter(name)}{FIRST_ROW}"

    good, warn, bad = ((styles.GOOD_FILL, styles.GOOD_INK), (styles.WARN_FILL, styles.WARN_INK),
                       (styles.BAD_FILL, styles.BAD_INK))  # fmt: skip
    shades = [
        (f"A{FIRST_ROW}:B{layout.last_row}", f'{first("place")}=0', bad),
        (f"A{FIRST_ROW}:{letter(NAMES[-1])}{layout.last_row}", f'{first("not_valued")}<>""', warn),
        (cells("binds"), f'{first("binds")}="{BINDS["floor"]}"', bad),
        (cells("binds"), f'LEFT({first("binds")},LEN("cap"))="cap"', warn),
        (cells("light"), f'{first("light")}="{GREEN}"', good),
        (cells("light"), f'OR({first("light")}="{AMBER}",{first("light")}="{NOT_SETTLED}")', warn),
        (cells("light"), f'{first("light")}="{RED}"', bad),
    ]
    for area, formula, (fill, ink) in shades:
        ws.conditional_formatting.add(area, FormulaRule(formula=[formula], fill=PatternFill(bgColor=fill),
                                                        font=Font(color=ink)))  # fmt: skip
