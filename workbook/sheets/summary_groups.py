"""Summary's tables by group: a row a group, what is left over, and the pool; by words, or by bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook.book import Book
from lossmit_workbook.sheets import loans
from lossmit_workbook.sheets.summary_values import Pool
from lossmit_xl.assumptions import INPUTS
from lossmit_xl.names import SITUATIONS, STRATEGIES, STRATEGY_LABELS
from lossmit_xl.ops import TICK

DASHED, DASHED_MONEY, DASHED_SHARE = '#,##0;-#,##0;"\u2013"', '$#,##0;-$#,##0;"\u2013"', '0.0%;-0.0%;"\u2013"'
HEADS = ("", "Loans", "Valued", "UPB", "UPB valued", "Value", "Expected recovery", "Expected NPV", "Bid",
         "Bid, % of UPB", "Bid, % of value", "Share of bid")  # fmt: skip
MEASURES = {"F": "value", "G": "outcomes_net", "H": "expected_npv", "I": "bid"}
NAMES = {"B": "loans", "C": "valued", "D": "upb_whole", "E": "upb", **MEASURES}
FROM, BELOW = "N", "O"
"""Columns of a band's edges, at the right of what is printed: from this, to below that."""
EDGES_NOTE = "Where the bands start stands on Assumptions, under summary."
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """A row of a table: its label, the test of SUMIFS behind the keys (blank: equal to the label), its loans now."""

    label: str
    test: str
    members: Bools


@dataclass(frozen=True)
class Group:
    """A table: heading, the cells that hold each loan's key, rows, the label of what is left over.

    `edges`: where the bands start, as names of assumptions (the first: 0); the rows' labels are then formulas.
    `shown` is the edges' number format; a `whole` band of counts ends one before the next starts.
    """

    name: str
    heading: str
    keys: str
    rows: Sequence[Row]
    other: str = "Other, or not given"
    edges: tuple[str, ...] = ()
    shown: str = ""
    whole: bool = False


def groups(book: Book, pool: Pool) -> list[Group]:
    """The tables in their order."""
    layout, columns = book.layout, pool.columns

    def own(key: str, names: Sequence[str]) -> list[Row]:
        return [Row(name, "", columns[key] == name) for name in names]

    strategies = [Row(STRATEGY_LABELS[s], strategy_key(book, s), columns["recommended"] == s) for s in STRATEGIES[:-1]]
    liens = [Row("First", "1", columns["lien"] == 1), Row("Junior", '">1"', columns["lien"] > 1)]
    made = layout.model_range
    return [
        Group("recommended", "By recommended strategy", made("recommended"), strategies,
              "None feasible, or not valued"),
        Group("situation", "By situation of the borrower", made("situation"), own("situation", SITUATIONS),
              "Not valued"),
        _bands("combined_ltv", "By combined loan-to-value: claims ahead and principal over the as-is value", book,
               "ltv_band", "0%"),
        _bands("missed", "By delinquency: instalments missed", book, "missed_band", "0", whole=True),
        Group("lien", "By lien", made("lien_position"), liens),
        Group("occupancy", "By occupancy", made("occupied_by"),
              own("occupancy", ("owner", "tenant", "vacant", "unknown"))),
        Group("state", "By state", layout.loans_range("state"), own("state", pool.states)),
    ]  # fmt: skip


def _bands(name: str, heading: str, book: Book, band: str, shown: str, whole: bool = False) -> Group:
    """A table by bands of a figure of Model, a millionth forgiven; not valued is what has no such figure."""
    inputs = book.assumptions.inputs()
    names = ("0", *(field.name for field in INPUTS if field.name.startswith(band)))
    edges = (0.0, *(float(inputs[edge]) for edge in names[1:]))
    figure = np.where(book.column("valued").astype(bool), book.column(name).astype(float), np.nan)
    ends = (*edges[1:], np.inf)
    with np.errstate(invalid="ignore"):
        rows = [Row(_band_label(start, end, shown, whole), "", (figure >= start - TICK) & (figure < end - TICK))
                for start, end in zip(edges, ends, strict=True)]  # fmt: skip
    return Group(name, heading, book.layout.model_range(name), rows, "Not valued, or outside the bands", names, shown,
                 whole)  # fmt: skip


def _band_label(start: float, end: float, shown: str, whole: bool) -> str:
    def text(value: float) -> str:
        return f"{value:.0%}" if "%" in shown else f"{value:.0f}"

    if end == np.inf:
        return f"{text(start)} and more"
    if whole:
        return text(start) if end - start == 1 else f"{text(start)} to {text(end - 1)}"
    return f"{text(start)} to below {text(end)}"


def _label_formula(group: Group, row: int) -> str:
    start, end = (f'TEXT({cell},"{group.shown}")' for cell in (f"{FROM}{row}", f"{BELOW}{row}"))
    closed = f'{start}&" to below "&{end}'
    if group.whole:
        upto = f'TEXT({BELOW}{row}-1,"{group.shown}")'
        closed = f'IF({BELOW}{row}-{FROM}{row}=1,{start},{start}&" to "&{upto})'
    return f'IF({FROM}{row + 1}="",{start}&" and more",{closed})'


def strategy_key(book: Book, strategy: str) -> str:
    """The cell on Assumptions that holds a strategy's key."""
    return f"Assumptions!$A${book.layout.strategies_row + STRATEGIES.index(strategy)}"


def heading(book: Book, ws: Worksheet, row: int, text: str, heads: Sequence[str], first: str = "A") -> None:
    """A table's title in `row` and its column heads below."""
    book.put(ws, f"{first}{row}", text, "lm_subtitle")
    for place, head in enumerate(heads):
        book.put(ws, f"{chr(ord(first) + place)}{row + 1}", head or None, "lm_head")
    ws.row_dimensions[row + 1].height = 28


def write_group(book: Book, ws: Worksheet, pool: Pool, group: Group, row: int, whole: dict[str, str]) -> int:
    """Write one table; returns the row of the next. `whole`: the pool's cell of each column; what is left over is the
    pool less the rows listed, so that nothing gets lost."""
    heading(book, ws, row, group.heading, HEADS)
    layout, first = book.layout, row + 2
    valued, upb = layout.model_range("valued"), layout.loans_range("upb")
    other, total = first + len(group.rows), first + len(group.rows) + 1
    listed = np.zeros(layout.loans, dtype=bool)
    for place, line in enumerate(group.rows, start=first):
        test = _label(book, ws, group, line, place, first)
        found = {
            "B": f"COUNTIFS({test})", "C": f"COUNTIFS({test},{valued},TRUE)", "D": f"SUMIFS({upb},{test})",
            "E": f"SUMIFS({upb},{test},{valued},TRUE)",
            **{letter: f"SUMIFS({measured(book, name)},{test})" for letter, name in MEASURES.items()},
        }  # fmt: skip
        _figures(book, ws, place, found, pool.group(line.members), pool, total)
        listed |= line.members
    book.put(ws, f"A{other}", group.other)
    rest, sums = {}, {}
    for letter, pooled in whole.items():
        left = f"{pooled}-SUM({letter}{first}:{letter}{other - 1})" if group.rows else pooled
        rest[letter] = left if letter in "BC" else f"IF($B{other}=0,0,{left})"
        sums[letter] = f"SUM({letter}{first}:{letter}{other - 1})+{letter}{other}" if group.rows else f"{letter}{other}"
    _figures(book, ws, other, rest, pool.group(~listed), pool, total)
    book.put(ws, f"A{total}", "The pool", "lm_total")
    _figures(book, ws, total, sums, pool.group(np.ones(layout.loans, dtype=bool)), pool, total, "lm_total")
    return total + 3


def _label(book: Book, ws: Worksheet, group: Group, line: Row, row: int, first: int) -> str:
    """Write a row's label, and for a band its edges; returns the criteria of the row."""
    if not group.edges:
        book.put(ws, f"A{row}", line.label)
        return f"{group.keys},{line.test or f'$A{row}'}"
    if row == first:
        for letter, head in ((FROM, "From"), (BELOW, "To below")):
            book.put(ws, f"{letter}{first - 1}", head, "lm_head")
        book.put(ws, f"{FROM}{first - 2}", EDGES_NOTE, "lm_note")
    place, inputs = row - first, book.assumptions.inputs()
    starts = [float(inputs[edge]) if edge in inputs else 0.0 for edge in group.edges]
    # The last band, below which no start stands, reaches beyond the largest figure: one formula for all bands.
    key = np.where(book.column("valued").astype(bool), book.column(group.name).astype(float), np.nan)
    ends = [*starts[1:], 1 + float(np.nanmax(key, initial=0.0))]
    book.formula(ws, f"{FROM}{row}", group.edges[place], starts[place], "lm_link", group.shown)
    below = f'IF({FROM}{row + 1}="",MAX({group.keys})+1,{FROM}{row + 1})'
    book.formula(ws, f"{BELOW}{row}", below, ends[place], format=group.shown)
    book.formula(ws, f"A{row}", _label_formula(group, row), line.label)
    # A tick below the edge: programs differ in whether 0.8 less its last binary digit is 0.8.
    return f'{group.keys},">="&(${FROM}{row}-tick),{group.keys},"<"&(${BELOW}{row}-tick)'


def measured(book: Book, name: str) -> str:
    """All loans' cells of a measure."""
    layout = book.layout
    return layout.yields_range(name) if name in layout.yield_letter else layout.model_range(name)


def _figures(book: Book, ws: Worksheet, row: int, formulas: dict[str, str], now: dict[str, float], pool: Pool,
             total: int, style: str = "lm_cell") -> None:  # fmt: skip
    for letter, formula in formulas.items():
        book.formula(ws, f"{letter}{row}", formula, now[NAMES[letter]], style,
                     DASHED if letter in "BC" else DASHED_MONEY)  # fmt: skip
    for letter, bottom, name in (("J", f"E{row}", "upb"), ("K", f"F{row}", "value"), ("L", f"I${total}", "")):
        base = now[name] if name else pool.totals["bid"]
        book.formula(ws, f"{letter}{row}", f'IF({bottom}>0,I{row}/{bottom},"")', now["bid"] / base if base > 0 else "",
                     style, DASHED_SHARE)  # fmt: skip


DECISION_HEADS = ("", "Loans", "UPB", "Bid", "Ask, where there is one", "Bid for those with an ask", "Ask less bid")


def write_decisions(book: Book, ws: Worksheet, row: int, decisions: Sequence[str]) -> int:
    """What was decided on Bids, with the asks typed there; returns the row of the next table."""
    heading(book, ws, row, "By your decision on Bids", DECISION_HEADS)
    cells = book.layout.bids_range
    words = [str(word).lower() for word in book.decided("decision")]  # as = compares in a cell
    decided = np.array([word if word in decisions else "" for word in words], dtype=object)
    bid = np.nan_to_num(book.column("bid").astype(float))
    cells_now = [np.nan if cell == "" else cell for cell in loans.cells(book.loans, "upb")]
    upb = np.nan_to_num(np.array(cells_now, dtype=float))
    ask = np.nan_to_num(book.column("purchase_price").astype(float))
    first = row + 2
    # A word that is none of these decides nothing, but its loan is one of the pool.
    tests = {word: f"({cells('decision')}=${FROM}{line})" for line, word in enumerate(decisions, start=first)}
    tests[""] = f"(1-{'-'.join(tests.values())})"
    for line, word in enumerate(tests, start=first):
        here = decided == word
        book.put(ws, f"A{line}", word or "not decided")
        book.put(ws, f"{FROM}{line}", word or None, "lm_note")  # the key
        test = tests[word]
        asked = f"{test}*({cells('ask')}>0)"
        formulas: tuple[tuple[str, str, float, str], ...] = (
            ("B", f"SUMPRODUCT(1*{test})", float(here.sum()), DASHED),
            ("C", f"SUMPRODUCT(1*{test},{cells('upb')})", float(upb[here].sum()), DASHED_MONEY),
            ("D", f"SUMPRODUCT(1*{test},{cells('bid')})", float(bid[here].sum()), DASHED_MONEY),
            ("E", f"SUMPRODUCT(1*{test},{cells('ask')})", float(ask[here].sum()), DASHED_MONEY),
            ("F", f"SUMPRODUCT({asked},{cells('bid')})", float(bid[here & (ask > 0)].sum()), DASHED_MONEY),
            ("G", f"E{line}-F{line}", float(ask[here].sum() - bid[here & (ask > 0)].sum()), DASHED_MONEY),
        )
        for letter, formula, value, shown in formulas:
            book.formula(ws, f"{letter}{line}", formula, value, format=shown)
    last = first + len(decisions)
    book.put(ws, f"A{last + 1}", "The pool", "lm_total")
    whole: dict[str, Any] = {"B": float(len(decided)), "C": upb.sum(), "D": bid.sum(), "E": ask.sum(),
                             "F": bid[ask > 0].sum(), "G": ask.sum() - bid[ask > 0].sum()}  # fmt: skip
    for letter, value in whole.items():
        book.formula(ws, f"{letter}{last + 1}", f"SUM({letter}{first}:{letter}{last})", float(value), "lm_total",
                     DASHED if letter == "B" else DASHED_MONEY)  # fmt: skip
    return last + 4

