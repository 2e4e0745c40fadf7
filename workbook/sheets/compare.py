"""Compare: pick a loan; what it is, what to pay for it and why, and the nine strategies side by side. Tab 4."""

from __future__ import annotations

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break

from lossmit_workbook import charts, live, styles
from lossmit_workbook import flow_cells as at
from lossmit_workbook.book import Book
from lossmit_workbook.chosen import CHOSEN_FIGURES, CHOSEN_LOAN, CHOSEN_ROW, PICKED_LOAN
from lossmit_workbook.flow_cells import letter_of
from lossmit_workbook.layout import place_in
from lossmit_workbook.sheets import compare_table
from lossmit_workbook.sheets.compare_bid import (
    BRIDGE_ROWS,
    write_break_even,
    write_bridge,
    write_expected,
    write_yields,
)  # fmt: skip
from lossmit_workbook.sheets.compare_table import (
    BEST,
    COST_KINDS,
    FIRST,
    LABEL,
    LAST,
    NOT_COMPUTABLE,
    NOT_FEASIBLE,
    RECOVERY,
    RIGHT,
    TOTAL,
    UNIT,
    CompareSheet,
    label_of,
    looked_up,
    write_table,
)  # fmt: skip
from lossmit_xl.names import STRATEGIES, STRATEGY_LABELS

PICK_ROW, SHOWN_ROW, PLACE_ROW, FIGURES_ROW, FACTS_ROW = 4, 5, 6, 7, 8
TITLE = compare_table.TITLE
FACT_COLUMNS = (("A", "C"), ("E", "G"), ("I", "K"))
"""(label, value) columns of the facts: three pairs side by side."""

PRINT_SCALE = 66  # per cent: nine strategies and the expected outcome side by side on a landscape page
OUT_INK = styles.GREY
PICKED = "The loan picked here (a mark under Show on Bids beats it)"
MARKED = "The first loan marked under Show on Bids, in row "
CLEAR = ": empty that column there to show the one picked here"
ALL_KNOWN = "nothing: the answers it rests on are known"
CHART_ROWS, BELOW_BRIDGE = 14, 6
MARK, SHOW_RANGE = "N", "bids_show"
COSTS_AT = "F"
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
    (("Bid", "bid"), ("What binds", "bid_binding"), ("Target yield", "target_yield"),
     ("Price of the returns below", "price")),
)  # fmt: skip


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
    write_yields(sheet, sheet.rows["bid"])
    sheet.band("What the bid is made of")
    bridge_row = sheet.row
    sheet.row += BRIDGE_ROWS + BELOW_BRIDGE
    sheet.ws.row_breaks.append(Break(id=sheet.row))
    sheet.band("Nine strategies", "a strategy that the borrower's answers rule out keeps its numbers, in grey")
    write_table(sheet)
    write_expected(sheet)
    sheet.band("The best payoff offer")
    write_break_even(sheet)
    _chart(sheet, sheet.row + 1)
    write_bridge(sheet, bridge_row)
    _looks(sheet)


def _picker(sheet: CompareSheet) -> None:
    """The loan picked here, the one shown (Bids' first mark beats it), its place on Loans; a word where it has none."""
    book, ws = sheet.book, sheet.ws
    book.put(ws, f"A{PICK_ROW}", "Pick a loan", "lm_label")
    book.put(ws, f"C{PICK_ROW}", str(sheet.value("loan_id")), "lm_input", "@")
    ids = book.layout.loans_range("loan_id")
    rule = DataValidation("list", formula1=ids, allow_blank=False, showErrorMessage=True, errorTitle="Unknown loan",
                          error="Pick a loan number from the list", promptTitle="Loan",
                          prompt="Pick a loan number from the list")  # fmt: skip
    ws.add_data_validation(rule)
    rule.add(f"C{PICK_ROW}")
    book.put(ws, f"A{SHOWN_ROW}", "Loan shown", "lm_label")
    bids, last = book.layout.bids_range("loan_id"), book.layout.last_row
    shown, mark = f"C{SHOWN_ROW}", f"{MARK}{SHOWN_ROW}"
    # How far the first mark is from the end: a cell with nothing but spaces is no mark.
    from_end = f"(LEN(TRIM({SHOW_RANGE}))>0)*(ROW(Bids!$A${last})+1-ROW({SHOW_RANGE}))"
    first = f"IF(SUMPRODUCT({from_end})=0,0,ROWS({SHOW_RANGE})+1-SUMPRODUCT(MAX({from_end})))"
    book.put(ws, f"{MARK}{PICK_ROW}", "First mark on Bids", "lm_unit")
    sheet.formula(mark, first, 0, "lm_note", "0")
    sheet.formula(shown, f'IF({mark}=0,C{PICK_ROW},INDEX({bids},{mark}))&""', str(sheet.value("loan_id")), "lm_big")
    text = f'IF({mark}=0,"{PICKED}","{MARKED}"&({mark}+ROW({bids.partition(":")[0]})-1)&"{CLEAR}")'
    sheet.formula(f"E{SHOWN_ROW}", text, PICKED, "lm_note")
    book.put(ws, f"A{PLACE_ROW}", "Place on Loans (0: not there)", "lm_label")
    sheet.formula(f"C{PLACE_ROW}", place_in(shown, ids), sheet.chosen.place + 1, shown="0")
    for name, row in ((PICKED_LOAN, PICK_ROW), (CHOSEN_LOAN, SHOWN_ROW), (CHOSEN_ROW, PLACE_ROW)):
        book.workbook.defined_names[name] = DefinedName(name, attr_text=f"{TITLE}!$C${row}")
    _figures(sheet)
    sheet.formula(f"E{PICK_ROW}", *sheet.chosen.remark(UNKNOWN_LOAN), "lm_label")
    ws[f"E{PICK_ROW}"].font = Font(name=styles.FACE, size=11, bold=True, color=styles.BAD_INK)
    sheet.formula(f"E{PLACE_ROW}", f"{at.TITLE}!E{at.STATUS_ROW}", sheet.flows.status(), "lm_note")


def _figures(sheet: CompareSheet) -> None:
    """Where some loans are stamped: whether the loan shown is."""
    from lossmit_workbook.sheets import as_built, checks  # those modules import this one

    book = sheet.book
    if book.live is None:
        return
    changed = as_built.column_range(book.layout, as_built.CHANGED)
    text = live.formula_on_bids(book.layout, CHOSEN_ROW, changed, checks.changed_for_all())
    book.put(sheet.ws, f"{MARK}{PLACE_ROW}", live.HEAD, "lm_unit")
    sheet.formula(f"{MARK}{FIGURES_ROW}", text, str(live.words(book.live)[sheet.chosen.place]), "lm_note")
    at_cell = f"{TITLE}!${MARK}${FIGURES_ROW}"
    book.workbook.defined_names[CHOSEN_FIGURES] = DefinedName(CHOSEN_FIGURES, attr_text=at_cell)


def _pairs(sheet: CompareSheet, groups: tuple[tuple[tuple[str, str], ...], ...]) -> None:
    """Label and value side by side, each group in columns of its own."""
    first = sheet.row
    for (label, value), group in zip(FACT_COLUMNS, groups, strict=False):
        for row, (text, name) in enumerate(group, start=first):
            sheet.book.put(sheet.ws, f"{label}{row}", text, "lm_label")
            looked_up(sheet, f"{value}{row}", name)
            sheet.rows[name] = row
    sheet.row = first + max(len(group) for group in groups)


def _advice(sheet: CompareSheet) -> None:
    """The recommendation in words, the runner-up and what to confirm first."""
    book, ws = sheet.book, sheet.ws
    row = sheet.row
    for line, (text, name) in enumerate((("Recommended", "recommended"), ("Runner-up", "runner_up"))):
        book.put(ws, f"A{row + line}", text, "lm_label")
        sheet.formula(f"C{row + line}", *label_of(sheet, name), "lm_big" if not line else "lm_cell")
    book.put(ws, f"E{row + 1}", "Given up by the runner-up", "lm_label")
    looked_up(sheet, f"G{row + 1}", "npv_given_up")
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


def _shares_of_bid(sheet: CompareSheet) -> None:
    """The bid against the principal and the house, and each limit's own cap beside it."""
    book, rows = sheet.book, sheet.rows
    bid = f"G{rows['bid']}"
    lines = (
        ("Bid, of unpaid principal", f"C{rows['upb']}", "upb"),
        ("Bid, of property value", f"G{rows['value']}", "value"),
    )
    for row, (text, base, name) in enumerate(lines, start=rows["recommended"]):
        amount, of = sheet.value("bid"), sheet.value(name)
        book.put(sheet.ws, f"I{row}", text, "lm_label")
        share = amount / of if amount != "" and of else ""
        sheet.formula(f"K{row}", f'IF({bid}="","",IF({base}>0,{bid}/{base},""))', share, shown=styles.SHARE)
        sheet.ws[f"K{row}"].alignment = RIGHT


def _chart(sheet: CompareSheet, row: int) -> None:
    """Net recovery and what eats the gross, stacked for every strategy; in dollars, whatever loan is picked."""
    rows = sheet.rows

    def series(name: str, figure: str, color: str) -> charts.Series:
        line = rows[figure]
        letters = (*(letter_of(strategy) for strategy in STRATEGIES), TOTAL)
        values = [sheet.book.cached[TITLE].get(f"{letter}{line}", "") for letter in letters]
        return charts.Series(name, f"{TITLE}!${FIRST}${line}:${TOTAL}${line}", values, color)

    kinds = [line for line in RECOVERY if line.figure in COST_KINDS]
    drawn = [series("Net recovery", "net_recovery", styles.SERIES[1])]
    colors = [color for place, color in enumerate(styles.SERIES) if place != 1]
    drawn += [series(line.label, line.figure, color) for line, color in zip(kinds, colors, strict=False)]
    heads = f"{TITLE}!${FIRST}${rows['head']}:${TOTAL}${rows['head']}"
    labels = charts.Labels(heads, [*(STRATEGY_LABELS[s] for s in STRATEGIES), "Expected outcome"])
    of_whom = "of the nine strategies and of the expected outcome for the chosen loan"
    charts.add(sheet.ws, f"A{row}", charts.Chart(
        "Where the gross proceeds go", "", "USD, not discounted", labels, drawn, kind="column", stacked=True,
        gap=40, label_every=1,
        alt=f"Stacked columns: net recovery and each kind of cost {of_whom}",
        width=17.2, height=7.4))
    charts.add(sheet.ws, f"{COSTS_AT}{row}", charts.Chart(
        "The costs alone, by kind", "", "USD, not discounted", labels, drawn[1:], kind="column", stacked=True,
        gap=40, label_every=1,
        alt=f"Stacked columns: each kind of cost {of_whom}",
        width=17.2, height=7.4))  # fmt: skip


def _looks(sheet: CompareSheet) -> None:
    """Widths, the best strategy shaded, those that are ruled out in grey, frozen picker, two pages."""
    ws, rows = sheet.ws, sheet.rows
    widths = {LABEL: 38, UNIT: 10, TOTAL: 14} | {letter_of(strategy): 13.5 for strategy in STRATEGIES}
    for letter, width in widths.items():
        ws.column_dimensions[letter].width = width
    ws.row_dimensions[rows["head"]].height = 30
    verdict = f"{FIRST}${rows['verdict']}"
    best = FormulaRule(formula=[f'{verdict}="{BEST}"'], fill=PatternFill(bgColor=styles.GOOD_FILL),
                       font=Font(bold=True, color=styles.GOOD_INK))  # fmt: skip
    grey = FormulaRule(formula=[f'OR({verdict}="{NOT_FEASIBLE}",{verdict}="{NOT_COMPUTABLE}")'],
                       font=Font(color=OUT_INK))  # fmt: skip
    for rule in (best, grey):
        # The reasons between the two stay black.
        for first, last in ((rows["flag"], rows["verdict"]), (rows["reason"] + 1, rows["two_ways"])):
            ws.conditional_formatting.add(f"{FIRST}{first}:{LAST}{last}", rule)
    ws.freeze_panes = f"A{PLACE_ROW + 1}"
    ws.sheet_properties.pageSetUpPr.fitToPage = False  # a sheet fitted to pages ignores its page break
    ws.page_setup.scale = PRINT_SCALE
    ws.page_margins.top = ws.page_margins.bottom = 0.5
    ws.print_area = f"A1:{TOTAL}{sheet.row + CHART_ROWS}"
