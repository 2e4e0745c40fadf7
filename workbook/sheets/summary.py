"""Summary: the pool: how much of it is valued, the bid, where recovery comes from; tables and charts. Tab 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from openpyxl.styles import Alignment
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import charts, styles
from lossmit_workbook.book import Book
from lossmit_workbook.layout import FIRST_ROW
from lossmit_workbook.sheets import scenarios
from lossmit_workbook.sheets.summary_values import Pool
from lossmit_xl.names import SITUATIONS, STRATEGIES, STRATEGY_LABELS

TITLE = "Summary"
WIDTHS = (30, 11, 11, 16, 16, 16, 16, 16, 14, 14, 14)
LAST_LETTER = "K"
DASHED, DASHED_MONEY, DASHED_SHARE = '#,##0;-#,##0;"\u2013"', '$#,##0;-$#,##0;"\u2013"', '0.0%;-0.0%;"\u2013"'
CARD_ROW, POOL_HEAD_ROW = 4, 8
POOL_LABELS = {
    "loans": "Loans", "upb": "UPB", "legal_balance": "Legal balance", "value": "Value after the haircut",
    "equity": "Value for these liens", "expected_recovery": "Expected recovery, not discounted",
    "expected_npv": "Expected NPV at the target yield", "bid": "Bid",
}  # fmt: skip
POOL_ROWS = {name: POOL_HEAD_ROW + place for place, name in enumerate(POOL_LABELS, start=1)}
LIMITS = {
    "yield": "The target yield", "upb": "Cap on UPB", "value": "Cap on value", "floor": "Floor: a bid of 0",
}  # fmt: skip
LIMIT_ROWS = {limit: POOL_HEAD_ROW + place for place, limit in enumerate(LIMITS, start=1)}
CHARTS_ROW, CHART_ROWS = 18, 15
CHART_WIDTHS, CHART_HEIGHT = {"A": 15.8, "F": 17.2}, 7.6
STRATEGY_ROW = CHARTS_ROW + 2 * CHART_ROWS + 2
"""Row of the heading of the table by strategy; its header stands below, then a row a strategy and the total."""

PRINT_SCALE, PAGE_ROWS = 55, 78
MOST_STATES_DRAWN = 12
GROUP_HEADS = ("", "Loans", "Valued", "UPB", "UPB valued", "Value", "Expected NPV", "Bid", "Bid, % of UPB",
               "Bid, % of value", "Share of bid")  # fmt: skip
STRATEGY_HEADS = ("", "Can be computed", "Feasible", "Recom-\nmended", "Expected outcomes, loans", "Average months",
                  "Net recovery if pursued for all", "NPV if pursued for all", "Expected recovery",
                  "Expected NPV", "Share of NPV")  # fmt: skip


@dataclass(frozen=True)
class Group:
    """A table: heading, the cells that hold each loan's group, (label, criterion, members) a row, the rest's label."""

    name: str
    heading: str
    keys: str
    rows: Sequence[tuple[str, str, npt.NDArray[np.bool_]]]
    other: str = "Other, or not given"


def cell(name: str, letter: str = "B") -> str:
    """Address of a pool figure on this sheet, from another one: `cell("bid")` is `Summary!$B$16`."""
    return f"{TITLE}!${letter}${POOL_ROWS[name]}"


def strategy_total(letter: str) -> str:
    """Address of a total of the table by strategy, from another sheet."""
    return f"{TITLE}!${letter}${STRATEGY_ROW + 2 + len(STRATEGIES)}"


def last_row(book: Book) -> int:
    """Row of the last table's total."""
    pool = Pool.of(book)
    return STRATEGY_ROW + len(STRATEGIES) + 5 + sum(len(group.rows) + 6 for group in groups(book, pool)) - 3


def write(book: Book) -> None:
    """Write the sheet."""
    ws = book.sheet(TITLE, "Summary", "What the pool is worth. Loans without a value stay in the counts and in UPB; "
                    "every other figure is that of the loans valued.")  # fmt: skip
    for letter, width in zip("ABCDEFGHIJK", WIDTHS, strict=True):
        ws.column_dimensions[letter].width = width
    pool = Pool.of(book)
    _cards(book, ws, pool)
    _pool(book, ws, pool)
    _limits(book, ws, pool)
    _strategies(book, ws, pool)
    row = STRATEGY_ROW + len(STRATEGIES) + 5
    placed = {}
    for group in groups(book, pool):
        placed[group.name] = row
        row = _group(book, ws, pool, group, row)
    _charts(book, ws, pool, placed)
    ws.freeze_panes = "B4"
    _pages(ws, placed, last_row(book))
    ws.print_area = f"A1:{LAST_LETTER}{last_row(book)}"


def _pages(ws: Worksheet, placed: dict[str, int], last: int) -> None:
    """Totals and charts on the first page, the tables on the second; the states on a third where they are many."""
    ws.page_setup.orientation = "portrait"
    ws.sheet_properties.pageSetUpPr.fitToPage = False  # Excel takes no page breaks of ours otherwise
    ws.page_setup.scale = PRINT_SCALE
    first = placed["recommended"]
    ws.row_breaks.append(Break(id=first - 1))
    if last - first > PAGE_ROWS:
        ws.row_breaks.append(Break(id=placed["state"] - 1))


def _heading(book: Book, ws: Worksheet, row: int, text: str, heads: Sequence[str], first: str = "A") -> None:
    book.put(ws, f"{first}{row}", text, "lm_subtitle")
    for place, head in enumerate(heads):
        book.put(ws, f"{chr(ord(first) + place)}{row + 1}", head or None, "lm_head")
    ws.row_dimensions[row + 1].height = 28


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
        ("J", "K", "Target yield, effective", "(1+target_yield/12)^12-1", effective, styles.RATE),
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
    _heading(book, ws, POOL_HEAD_ROW - 1, "The pool",
             ("", "Loans valued", "", "Of the whole pool", "Share valued", "% of UPB valued"))  # fmt: skip
    ws.merge_cells(f"B{POOL_HEAD_ROW}:C{POOL_HEAD_ROW}")
    rows = POOL_ROWS
    sums = {name: f"SUM({layout.model_range(name)})" for name in ("legal_balance", "value", "equity", "expected_npv",
                                                                 "bid")}  # fmt: skip
    sums["loans"] = f"COUNTIF({layout.model_range('valued')},TRUE)"
    sums["upb"] = f"SUMIFS({layout.loans_range('upb')},{layout.model_range('valued')},TRUE)"
    sums["expected_recovery"] = f"$I${STRATEGY_ROW + 2 + len(STRATEGIES)}"
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
    _heading(book, ws, POOL_HEAD_ROW - 1, "What sets the bid", ("", "Loans", "Bid"), first="H")
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
    _heading(book, ws, STRATEGY_ROW, "By strategy: what each would bring, and what is expected of it", STRATEGY_HEADS)
    first, total_row = STRATEGY_ROW + 2, STRATEGY_ROW + 2 + len(STRATEGIES)
    for row, strategy in enumerate(STRATEGIES, start=first):
        net, months, weight = (scenarios_range(book, strategy, f) for f in ("net_recovery", "months", "weight"))
        worth = book.layout.model_range(f"{strategy}_outcome_npv")
        chosen = book.layout.model_range("recommended")
        now = pool.strategies[strategy]
        figures = (
            ("B", f"COUNT({net})", now["computed"], DASHED),
            ("C", f"COUNTIF({scenarios_range(book, strategy, 'feasible')},TRUE)", now["feasible"], DASHED),
            ("D", f"COUNTIF({chosen},{_key(book, strategy)})", now["recommended"], DASHED),
            ("E", f"SUM({weight})", now["expected_outcomes"], "#,##0.0"),
            ("F", f'IF(B{row}>0,AVERAGE({months}),"")', now["average_months"], "0.0"),
            ("G", f"SUM({net})", now["net_recovery"], DASHED_MONEY),
            ("H", f"SUM({scenarios_range(book, strategy, 'npv')})", now["npv"], DASHED_MONEY),
            ("I", f"SUMPRODUCT({weight},{net})", now["expected_recovery"], DASHED_MONEY),
            ("J", f"SUMPRODUCT({weight},{worth})", now["expected_npv"], DASHED_MONEY),
            ("K", f'IF($J${total_row}>0,J{row}/$J${total_row},"")', now["share"], styles.SHARE),
        )  # fmt: skip
        book.put(ws, f"A{row}", STRATEGY_LABELS[strategy])
        for letter, formula, value, shown in figures:
            book.formula(ws, f"{letter}{row}", formula, value, format=shown)
    book.put(ws, f"A{total_row}", "All outcomes", "lm_total")
    for letter in "BCDEFGHIJK":
        book.put(ws, f"{letter}{total_row}", None, "lm_total")
    for letter, name, shown in (("D", "recommended", DASHED), ("E", "expected_outcomes", "#,##0.0"),
                                ("I", "expected_recovery", DASHED_MONEY), ("J", "expected_npv", DASHED_MONEY),
                                ("K", "share", styles.SHARE)):  # fmt: skip
        book.formula(ws, f"{letter}{total_row}", f"SUM({letter}{first}:{letter}{total_row - 1})",
                     pool.strategy_total(name), "lm_total", shown)  # fmt: skip


def _key(book: Book, strategy: str) -> str:
    """The cell on Assumptions that holds a strategy's key."""
    return f"Assumptions!$A${book.layout.strategies_row + STRATEGIES.index(strategy)}"


def scenarios_range(book: Book, strategy: str, figure: str) -> str:
    """All loans' cells of a strategy's figure on Scenarios."""
    from openpyxl.utils import get_column_letter

    figures = list(scenarios.FIGURES)
    place = scenarios.LEADING + 1 + STRATEGIES.index(strategy) * len(figures) + figures.index(figure)
    letter = get_column_letter(place)
    return f"{scenarios.TITLE}!${letter}${FIRST_ROW}:${letter}${book.layout.last_row}"


def groups(book: Book, pool: Pool) -> list[Group]:
    """The tables in their order; a row's criterion is a cell that holds the group's key, or a comparison."""
    layout, columns = book.layout, pool.columns

    def own(key: str, names: Sequence[str]) -> list[tuple[str, str, npt.NDArray[np.bool_]]]:
        return [(name, "", columns[key] == name) for name in names]

    strategies = [(STRATEGY_LABELS[s], _key(book, s), columns["recommended"] == s) for s in STRATEGIES[:-1]]
    liens = [("First", "1", columns["lien"] == 1), ("Junior", '">1"', columns["lien"] > 1)]
    return [
        Group("recommended", "By recommended strategy", layout.model_range("recommended"), strategies,
              "None feasible, or not valued"),
        Group("situation", "By situation of the borrower", layout.model_range("situation"),
              own("situation", SITUATIONS), "Not valued"),
        Group("lien", "By lien", layout.model_range("lien_position"), liens),
        Group("occupancy", "By occupancy", layout.model_range("occupied_by"),
              own("occupancy", ("owner", "tenant", "vacant", "unknown"))),
        Group("state", "By state", layout.loans_range("state"), own("state", pool.states)),
    ]  # fmt: skip


def _group(book: Book, ws: Worksheet, pool: Pool, group: Group, row: int) -> int:
    """Write one table; returns the row of the next. `other` is the pool less the rows listed: nothing gets lost."""
    _heading(book, ws, row, group.heading, GROUP_HEADS)
    layout, first = book.layout, row + 2
    valued, upb = layout.model_range("valued"), layout.loans_range("upb")
    other, total = first + len(group.rows), first + len(group.rows) + 1
    listed = np.zeros(layout.loans, dtype=bool)
    for place, (label, criterion, members) in enumerate(group.rows, start=first):
        test = f"{group.keys},{criterion or f'$A{place}'}"
        book.put(ws, f"A{place}", label)
        found = {
            "B": f"COUNTIFS({test})", "C": f"COUNTIFS({test},{valued},TRUE)", "D": f"SUMIFS({upb},{test})",
            "E": f"SUMIFS({upb},{test},{valued},TRUE)",
            **{letter: f"SUMIFS({layout.model_range(name)},{test})" for letter, name in MEASURES.items()},
        }  # fmt: skip
        _figures(book, ws, place, found, pool.group(members), pool, total)
        listed |= members
    book.put(ws, f"A{other}", group.other)
    whole = {"B": f"$D${POOL_ROWS['loans']}", "C": f"$B${POOL_ROWS['loans']}", "D": f"$D${POOL_ROWS['upb']}",
             "E": f"$B${POOL_ROWS['upb']}",
             **{letter: f"$B${POOL_ROWS[name]}" for letter, name in MEASURES.items()}}  # fmt: skip
    rest, sums = {}, {}
    for letter, pooled in whole.items():
        left = f"{pooled}-SUM({letter}{first}:{letter}{other - 1})" if group.rows else pooled
        rest[letter] = left if letter in "BC" else f"IF($B{other}=0,0,{left})"
        sums[letter] = f"SUM({letter}{first}:{letter}{other - 1})+{letter}{other}" if group.rows else f"{letter}{other}"
    _figures(book, ws, other, rest, pool.group(~listed), pool, total)
    book.put(ws, f"A{total}", "The pool", "lm_total")
    _figures(book, ws, total, sums, pool.group(np.ones(layout.loans, dtype=bool)), pool, total, "lm_total")
    return total + 3


MEASURES = {"F": "value", "G": "expected_npv", "H": "bid"}


def _figures(book: Book, ws: Worksheet, row: int, formulas: dict[str, str], now: dict[str, float], pool: Pool,
             total: int, style: str = "lm_cell") -> None:  # fmt: skip
    names = {"B": "loans", "C": "valued", "D": "upb_whole", "E": "upb", **MEASURES}
    for letter, formula in formulas.items():
        book.formula(ws, f"{letter}{row}", formula, now[names[letter]], style,
                     DASHED if letter in "BC" else DASHED_MONEY)  # fmt: skip
    for letter, bottom, name in (("I", f"E{row}", "upb"), ("J", f"F{row}", "value"), ("K", f"H${total}", "")):
        base = now[name] if name else pool.totals["bid"]
        book.formula(ws, f"{letter}{row}", f'IF({bottom}>0,H{row}/{bottom},"")', now["bid"] / base if base > 0 else "",
                     style, DASHED_SHARE)  # fmt: skip


def _charts(book: Book, ws: Worksheet, pool: Pool, placed: dict[str, int]) -> None:
    """Four charts over the tables below."""
    steps = [name for name in POOL_ROWS if name not in ("loans",)]
    lowest, highest = POOL_ROWS[steps[0]], POOL_ROWS[steps[-1]]
    second = CHARTS_ROW + CHART_ROWS
    _draw(ws, f"A{CHARTS_ROW}", "From UPB to bid, the loans valued", (lowest, highest), [POOL_LABELS[s] for s in steps],
          [("Loans valued", "B", [pool.totals[s] for s in steps])],
          "Bars from the UPB of the loans valued over what is owed, value, recovery and NPV to the bid")  # fmt: skip
    table = {g.name: g for g in groups(book, pool)}
    for name, anchor, text, most in (
        ("recommended", f"F{CHARTS_ROW}", "Expected NPV and bid by recommended strategy", len(STRATEGIES)),
        ("state", f"F{second}", "Expected NPV and bid by state, the largest by UPB", MOST_STATES_DRAWN),
    ):
        rows = table[name].rows[:most]
        if not rows:
            continue
        first = placed[name] + 2
        sums = [pool.group(members) for _, _, members in rows]
        _draw(ws, anchor, text, (first, first + len(rows) - 1), [label for label, *_ in rows],
              [("Expected NPV", "G", [s["expected_npv"] for s in sums]), ("Bid", "H", [s["bid"] for s in sums])],
              f"Two bars a row: {text.lower()}, USD")  # fmt: skip
    first = STRATEGY_ROW + 2
    _draw(ws, f"A{second}", "Where the expected NPV comes from", (first, first + len(STRATEGIES) - 1),
          [STRATEGY_LABELS[s] for s in STRATEGIES],
          [("Expected NPV", "J", [pool.strategies[s]["expected_npv"] for s in STRATEGIES])],
          "Bars: the share of the pool's expected NPV that each strategy's outcomes bring")  # fmt: skip


def _draw(ws: Worksheet, anchor: str, title: str, rows: tuple[int, int], labels: Sequence[str],
          series: Sequence[tuple[str, str, list[float]]], alt: str) -> None:  # fmt: skip
    def ref(letter: str) -> str:
        return f"{TITLE}!${letter}${rows[0]}:${letter}${rows[1]}"

    everything: list[Any] = [value for *_, values in series for value in values]
    charts.add(ws, anchor, charts.Chart(
        title, "", "USD", charts.Labels(ref("A"), labels),
        [charts.Series(name, ref(letter), values) for name, letter, values in series], alt, kind="bar",
        format=charts.dollars_format(everything), width=CHART_WIDTHS[anchor[0]], height=CHART_HEIGHT))  # fmt: skip
