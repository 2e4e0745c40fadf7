"""Summary: the pool: how much of it is valued, the bid, where recovery comes from; tables and charts. Tab 2."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from openpyxl.styles import Alignment
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import charts, live, styles
from lossmit_workbook.book import Book
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.sheets import bids, scenarios, summary_bridge, summary_concentration
from lossmit_workbook.sheets.summary_groups import (
    DASHED,
    DASHED_MONEY,
    MEASURES,
    groups,
    heading,
    measured,
    strategy_key,
    write_decisions,
    write_group,
)
from lossmit_workbook.sheets.summary_values import Pool
from lossmit_workbook.waterfall import Waterfall
from lossmit_xl.model.outputs import flag_of
from lossmit_xl.names import STRATEGIES, STRATEGY_LABELS

TITLE = "Summary"
WIDTHS = (34, 11, 11, 15, 15, 15, 15, 15, 15, 14, 16, 14)
LAST_LETTER = "L"
CARD_ROW, POOL_HEAD_ROW = 4, 8
POOL_LABELS = {
    "loans": "Loans", "upb": "UPB", "legal_balance": "Legal balance", "value": "Value after the haircut",
    "equity": "Value for these liens", "outcomes_net": "Expected recovery, not discounted",
    "expected_npv": "Expected NPV at the target yield", "bid": "Bid",
}  # fmt: skip
POOL_ROWS = {name: POOL_HEAD_ROW + place for place, name in enumerate(POOL_LABELS, start=1)}
LIMITS = {
    "yield": "The target yield", "upb": "Cap on UPB", "value": "Cap on value", "floor": "Floor: a bid of 0",
}  # fmt: skip
LIMIT_ROWS = {limit: POOL_HEAD_ROW + place for place, limit in enumerate(LIMITS, start=1)}
CHARTS_ROW, WIDE_ROWS, CHART_ROWS = 18, 17, 15
"""First row of the charts; rows that the wide one and each pair below it take."""
WIDE, CHART_WIDTHS, CHART_HEIGHT, WIDE_HEIGHT = 37.0, {"A": 17.3, "G": 17.3}, 7.6, 8.6
STRATEGY_ROW = CHARTS_ROW + WIDE_ROWS + 2 * CHART_ROWS + 1
"""Row of the heading of the table by strategy; its header stands below, then a row a strategy and the total."""
BRIDGE_ROW = STRATEGY_ROW + len(STRATEGIES) + 5
CONCENTRATION_ROW = BRIDGE_ROW + summary_bridge.rows() + 2

PRINT_SCALE, PAGE_ROWS = 52, 84
MOST_STATES_DRAWN = 12
STRATEGY_HEADS = ("", "Can be computed", "Feasible", "Recom-\nmended", "Expected outcomes, loans", "Average months",
                  "Net recovery if pursued for all", "of UPB", "NPV if pursued for all", "Expected recovery",
                  "Expected NPV", "Share of NPV")  # fmt: skip


def cell(name: str, letter: str = "B") -> str:
    """Address of a pool figure on this sheet, from another one: `cell("bid")` is `Summary!$B$16`."""
    return f"{TITLE}!${letter}${POOL_ROWS[name]}"


def strategy_total(letter: str) -> str:
    """Address of a total of the table by strategy, from another sheet."""
    return f"{TITLE}!${letter}${STRATEGY_ROW + 2 + len(STRATEGIES)}"


def last_row(book: Book) -> int:
    """Row of the last table's total."""
    pool = Pool.of(book)
    return _groups_row(book, pool) + _decisions_rows() + sum(len(g.rows) + 6 for g in groups(book, pool)) - 3


def _groups_row(book: Book, pool: Pool) -> int:
    return CONCENTRATION_ROW + summary_concentration.lines(book, pool) + 5


def _decisions_rows() -> int:
    return len(bids.DECISIONS) + 7


def write(book: Book) -> None:
    """Write the sheet."""
    ws = book.sheet(TITLE, "Summary", "What the pool is worth. Loans without a value stay in the counts and in UPB; "
                    "every other figure is that of the loans valued.")  # fmt: skip
    for letter, width in zip("ABCDEFGHIJKL", WIDTHS, strict=True):
        ws.column_dimensions[letter].width = width
    pool = Pool.of(book)
    live.banner(book, ws, "A3", LAST_LETTER)
    _cards(book, ws, pool)
    _pool(book, ws, pool)
    _limits(book, ws, pool)
    _strategies(book, ws, pool)
    bridge = summary_bridge.write(book, ws, pool, BRIDGE_ROW, _pool_cells(book))
    row = summary_concentration.write(book, ws, pool, CONCENTRATION_ROW, f"$D${POOL_ROWS['upb']}")
    placed = {}
    whole = {"B": f"$D${POOL_ROWS['loans']}", "C": f"$B${POOL_ROWS['loans']}", "D": f"$D${POOL_ROWS['upb']}",
             "E": f"$B${POOL_ROWS['upb']}",
             **{letter: f"$B${POOL_ROWS[name]}" for letter, name in MEASURES.items()}}  # fmt: skip
    for group in groups(book, pool):
        placed[group.name] = row
        row = write_group(book, ws, pool, group, row, whole)
        if group.name == "recommended":
            placed["decisions"] = row
            row = write_decisions(book, ws, row, bids.DECISIONS, {"B": whole["B"], "C": whole["D"], "D": whole["I"]})
    _charts(book, ws, pool, placed, bridge)
    ws.freeze_panes = "B4"
    _pages(ws, placed, last_row(book))
    ws.print_area = f"A1:{LAST_LETTER}{last_row(book)}"


def _pool_cells(book: Book) -> dict[str, str]:
    """The pool's figures by name: cells of this sheet, or sums of what stands on no row of it."""
    sums = {name: f"SUM({measured(book, name)})" for name in ("outcomes_gross", "bid_by_yield")}
    return {name: f"$B${row}" for name, row in POOL_ROWS.items()} | sums


def _pages(ws: Worksheet, placed: dict[str, int], last: int) -> None:
    """Totals and charts on the first page, then the tables; a table is not cut where it fits on a page."""
    ws.page_setup.orientation = "portrait"
    ws.sheet_properties.pageSetUpPr.fitToPage = False  # Excel takes no page breaks of ours otherwise
    ws.page_setup.scale = PRINT_SCALE
    starts = [STRATEGY_ROW, CONCENTRATION_ROW, *placed.values(), last + 3]
    page = STRATEGY_ROW
    ws.row_breaks.append(Break(id=page - 1))
    for start, end in itertools.pairwise(starts):
        if end - page > PAGE_ROWS and start > page:
            page = start
            ws.row_breaks.append(Break(id=page - 1))


def _cards(book: Book, ws: Worksheet, pool: Pool) -> None:
    """The figures that are asked for first, in large type."""
    upb, value = f"$B${POOL_ROWS['upb']}", f"$B${POOL_ROWS['value']}"
    bid = f"$B${POOL_ROWS['bid']}"
    effective = (1 + pool.target_yield / 12) ** 12 - 1
    cards = (
        ("A", "A", "Bid for the pool", bid, pool.totals["bid"], styles.DOLLARS),
        ("B", "C", "Bid, % of UPB valued", f'IF({upb}>0,{bid}/{upb},"")', pool.ratio("bid", "upb"), styles.SHARE),
        ("D", "E", "Bid, % of value", f'IF({value}>0,{bid}/{value},"")', pool.ratio("bid", "value"), styles.SHARE),
        ("F", "G", "Expected NPV", f"$B${POOL_ROWS['expected_npv']}", pool.totals["expected_npv"], styles.DOLLARS),
        ("H", "I", "Target yield, nominal", "target_yield", pool.target_yield, styles.RATE),
        ("J", "L", "Target yield, effective", "(1+target_yield/12)^12-1", effective, styles.RATE),
    )  # fmt: skip
    for first, last, label, formula, value_now, shown in cards:
        book.put(ws, f"{first}{CARD_ROW}", label, "lm_unit")
        made = book.formula(ws, f"{first}{CARD_ROW + 1}", formula, value_now, "lm_big", shown)
        made.alignment = Alignment(horizontal="center", vertical="center")
        if first != last:
            for row in (CARD_ROW, CARD_ROW + 1):
                ws.merge_cells(f"{first}{row}:{last}{row}")
    ws.row_dimensions[CARD_ROW + 1].height = 26


def _pool(book: Book, ws: Worksheet, pool: Pool) -> None:
    layout = book.layout
    heading(book, ws, POOL_HEAD_ROW - 1, "The pool",
             ("", "Loans valued", "", "Of the whole pool", "Share valued", "% of UPB valued"))  # fmt: skip
    ws.merge_cells(f"B{POOL_HEAD_ROW}:C{POOL_HEAD_ROW}")
    rows = POOL_ROWS
    sums = {name: f"SUM({layout.model_range(name)})" for name in ("legal_balance", "value", "equity", "expected_npv",
                                                                 "bid")}  # fmt: skip
    sums["loans"] = f"COUNTIF({layout.model_range('valued')},TRUE)"
    sums["upb"] = f"SUMIFS({layout.loans_range('upb')},{layout.model_range('valued')},TRUE)"
    sums["outcomes_net"] = f"SUM({measured(book, 'outcomes_net')})"
    for name, row in rows.items():
        shown = DASHED if name == "loans" else DASHED_MONEY
        book.put(ws, f"A{row}", POOL_LABELS[name], "lm_total" if name == "bid" else "lm_cell")
        book.formula(ws, f"B{row}", sums[name], pool.totals[name], "lm_total" if name == "bid" else "lm_cell", shown)
        for letter in "CDEF":
            book.put(ws, f"{letter}{row}", None, "lm_total" if name == "bid" else "lm_cell")
        ws.merge_cells(f"B{row}:C{row}")
        if name != "loans":
            book.formula(ws, f"F{row}", f'IF($B${rows["upb"]}>0,B{row}/$B${rows["upb"]},"")', pool.ratio(name, "upb"),
                         "lm_total" if name == "bid" else "lm_cell", styles.SHARE)  # fmt: skip
    whole = {"loans": f"ROWS({layout.model_range('valued')})", "upb": f"SUM({layout.loans_range('upb')})"}
    for name, formula in whole.items():
        row, total = rows[name], pool.totals[f"{name}_whole"]
        book.formula(ws, f"D{row}", formula, total, format=DASHED if name == "loans" else DASHED_MONEY)
        book.formula(ws, f"E{row}", f'IF(D{row}>0,B{row}/D{row},"")',
                     pool.totals[name] / total if total > 0 else "", format=styles.SHARE)  # fmt: skip


def _limits(book: Book, ws: Worksheet, pool: Pool) -> None:
    """What sets the bid, at the right of the pool's totals."""
    layout = book.layout
    heading(book, ws, POOL_HEAD_ROW - 1, "What sets the bid", ("", "Loans", "Bid"), first="H")
    binding, bid = layout.model_range("bid_binding"), layout.model_range("bid")
    for limit, row in LIMIT_ROWS.items():
        here = pool.columns["bid_binding"] == limit
        book.put(ws, f"H{row}", LIMITS[limit])
        book.put(ws, f"K{row}", None)
        book.formula(ws, f"I{row}", f'COUNTIF({binding},"{limit}")', int(here.sum()), format=DASHED)
        book.formula(ws, f"J{row}", f'SUMIFS({bid},{binding},"{limit}")', pool.total("bid", here), format=DASHED_MONEY)
        ws.merge_cells(f"J{row}:K{row}")
    ws.merge_cells(f"J{POOL_HEAD_ROW}:K{POOL_HEAD_ROW}")
    first, last = min(LIMIT_ROWS.values()), max(LIMIT_ROWS.values())
    book.put(ws, f"H{last + 1}", "All loans valued", "lm_total")
    book.formula(ws, f"I{last + 1}", f"SUM(I{first}:I{last})", pool.totals["loans"], "lm_total", DASHED)
    book.formula(ws, f"J{last + 1}", f"SUM(J{first}:J{last})", pool.totals["bid"], "lm_total", DASHED_MONEY)
    book.put(ws, f"K{last + 1}", None, "lm_total")
    ws.merge_cells(f"J{last + 1}:K{last + 1}")


def _strategies(book: Book, ws: Worksheet, pool: Pool) -> None:
    """A row a strategy: for how many loans it is open, what it would bring, and what is expected of it."""
    heading(book, ws, STRATEGY_ROW, "By strategy: what each would bring, and what is expected of it", STRATEGY_HEADS)
    first, total_row = STRATEGY_ROW + 2, STRATEGY_ROW + 2 + len(STRATEGIES)
    for row, strategy in enumerate(STRATEGIES, start=first):
        net, months, weight = (scenarios_range(book, strategy, f) for f in ("net_recovery", "months", "weight"))
        own = measured(book, f"{strategy}_own_weight")
        npv = scenarios_range(book, strategy, "npv")
        outcomes, worth = f"SUMPRODUCT({own},{net})", f"SUMPRODUCT({own},{npv})"
        if strategy == "foreclosure":
            foreclosed = measured(book, "foreclosed_weight")
            outcomes, worth = (f"{text}+SUMPRODUCT({foreclosed},{cells})" for text, cells in
                               ((outcomes, net), (worth, npv)))  # fmt: skip
        upb = f"SUMIFS({book.layout.loans_range('upb')},{book.layout.model_range(flag_of(strategy))},TRUE)"
        chosen = book.layout.model_range("recommended")
        now = pool.strategies[strategy]
        figures = (
            ("B", f"COUNT({net})", now["computed"], DASHED),
            ("C", f"COUNTIF({scenarios_range(book, strategy, 'feasible')},TRUE)", now["feasible"], DASHED),
            ("D", f"COUNTIF({chosen},{strategy_key(book, strategy)})", now["recommended"], DASHED),
            ("E", f"SUM({weight})", now["expected_outcomes"], "#,##0.0"),
            ("F", f'IF(B{row}>0,AVERAGE({months}),"")', now["average_months"], "0.0"),
            ("G", f"SUM({net})", now["net_recovery"], DASHED_MONEY),
            ("H", f'IF({upb}>0,G{row}/{upb},"")', now["of_upb"], styles.SHARE),
            ("I", f"SUM({npv})", now["npv"], DASHED_MONEY),
            ("J", outcomes, now["expected_recovery"], DASHED_MONEY),
            ("K", worth, now["expected_npv"], DASHED_MONEY),
            ("L", f'IF($K${total_row}>0,K{row}/$K${total_row},"")', now["share"], styles.SHARE),
        )  # fmt: skip
        book.put(ws, f"A{row}", STRATEGY_LABELS[strategy])
        for letter, formula, value, shown in figures:
            book.formula(ws, f"{letter}{row}", formula, value, format=shown)
    book.put(ws, f"A{total_row}", "All outcomes", "lm_total")
    for letter in "BCDEFGHIJKL":
        book.put(ws, f"{letter}{total_row}", None, "lm_total")
    for letter, name, shown in (("D", "recommended", DASHED), ("E", "expected_outcomes", "#,##0.0"),
                                ("J", "expected_recovery", DASHED_MONEY), ("K", "expected_npv", DASHED_MONEY),
                                ("L", "share", styles.SHARE)):  # fmt: skip
        book.formula(ws, f"{letter}{total_row}", f"SUM({letter}{first}:{letter}{total_row - 1})",
                     pool.strategy_total(name), "lm_total", shown)  # fmt: skip


def scenarios_range(book: Book, strategy: str, figure: str) -> str:
    """All loans' cells of a strategy's figure on Scenarios."""
    from openpyxl.utils import get_column_letter

    figures = list(scenarios.FIGURES)
    place = scenarios.LEADING + 1 + STRATEGIES.index(strategy) * len(figures) + figures.index(figure)
    letter = get_column_letter(place)
    return f"{scenarios.TITLE}!${letter}${FIRST_ROW}:${letter}${book.layout.last_row}"


def _charts(book: Book, ws: Worksheet, pool: Pool, placed: dict[str, int], bridge: Waterfall) -> None:
    """The way to the bid over the whole width; below it strategies in time and money, and three tables drawn."""
    charts.add(ws, f"A{CHARTS_ROW}", bridge.chart("From UPB to bid, the loans valued", "USD", alt="Waterfall from the "
               "UPB of the loans valued over what is owed, not paid, spent and waited for, to the bid",
               width=WIDE, height=WIDE_HEIGHT))  # fmt: skip
    pair, second = CHARTS_ROW + WIDE_ROWS, CHARTS_ROW + WIDE_ROWS + CHART_ROWS
    _bubble(ws, f"A{pair}", pool)
    table = {g.name: g for g in groups(book, pool)}
    for name, anchor, text, axis, most in (
        ("recommended", f"G{pair}", "Expected NPV and bid by recommended strategy", "Strategy", len(STRATEGIES)),
        ("state", f"G{second}", "Expected NPV and bid by state, the largest by UPB", "State", MOST_STATES_DRAWN),
    ):
        rows = table[name].rows[:most]
        if not rows:
            continue
        first = placed[name] + 2
        sums = [pool.group(row.members) for row in rows]
        _draw(ws, anchor, text, axis, (first, first + len(rows) - 1), [row.label for row in rows],
              [("Expected NPV", "H", [s["expected_npv"] for s in sums]), ("Bid", "I", [s["bid"] for s in sums])],
              f"Two bars a row: {text.lower()}, USD")  # fmt: skip
    first = STRATEGY_ROW + 2
    _draw(ws, f"A{second}", "Where the expected NPV comes from", "Outcome", (first, first + len(STRATEGIES) - 1),
          [STRATEGY_LABELS[s] for s in STRATEGIES],
          [("Expected NPV", "K", [pool.strategies[s]["expected_npv"] for s in STRATEGIES])],
          "Bars: the share of the pool's expected NPV that each strategy's outcomes bring")  # fmt: skip


def _bubble(ws: Worksheet, anchor: str, pool: Pool) -> None:
    """Each strategy by its months and what it recovers; the area is what its outcomes are expected to be worth."""
    drawn = []
    for row, strategy in enumerate(STRATEGIES, start=STRATEGY_ROW + 2):
        now = pool.strategies[strategy]

        def cells(letter: str, name: str, row: int = row, now: dict[str, float] = now) -> charts.Labels:
            return charts.Labels(f"{TITLE}!${letter}${row}", [now[name] if now[name] == now[name] else ""])

        share = cells("H", "of_upb")
        drawn.append(charts.Series(STRATEGY_LABELS[strategy], share.ref, share.values, name_ref=f"{TITLE}!$A${row}",
                                   x=cells("F", "average_months"), size=cells("K", "expected_npv")))  # fmt: skip
    charts.add(ws, anchor, charts.Chart(
        "Recovery and time by strategy (area: expected NPV)", "Average months", "Net recovery, % of UPB", None, drawn,
        "Bubbles: each strategy by average months and net recovery, its area the expected NPV of its outcomes",
        kind="bubble", format="0%", category_format="0", width=CHART_WIDTHS["A"], height=CHART_HEIGHT))  # fmt: skip


def _draw(ws: Worksheet, anchor: str, title: str, axis: str, rows: tuple[int, int], labels: Sequence[str],
          series: Sequence[tuple[str, str, list[float]]], alt: str) -> None:  # fmt: skip
    def ref(letter: str) -> str:
        return f"{TITLE}!${letter}${rows[0]}:${letter}${rows[1]}"

    everything: list[Any] = [value for *_, values in series for value in values]
    charts.add(ws, anchor, charts.Chart(
        title, axis, "USD", charts.Labels(ref("A"), labels),
        [charts.Series(name, ref(letter), values) for name, letter, values in series], alt, kind="bar",
        format=charts.dollars_format(everything), width=CHART_WIDTHS[anchor[0]], height=CHART_HEIGHT))  # fmt: skip
