"""Summary's tables by group: a row a group, what is left over, and the pool; by words, or by bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


DECISION_HEADS = ("", "Loans", "UPB", "Bid", "Ask, loans with a bid", "Bid, loans with an ask", "Ask less bid")
NOT_DECIDED, OTHER_WORD = "not decided", "another word"


def write_decisions(book: Book, ws: Worksheet, row: int, decisions: Sequence[str], whole: dict[str, str]) -> int:
    """What was decided on Bids, with the asks typed there; returns the row of the next table.

    An ask counts where there is a bid to hold it against. `whole`: the pool's cells for loans, UPB and bid; a word
    that is none of the decisions stands in a row of its own, so that no loan gets lost.
    """
    heading(book, ws, row, "By your decision on Bids", DECISION_HEADS)
    cells = book.layout.bids_range
    now = _decided_now(book)
    word = np.array([text.lower() for text in book.decided("decision")], dtype=object)
    first, other = row + 2, row + 3 + len(decisions)
    total = other + 1
    for line, (key, label) in enumerate([*((key, key) for key in decisions), ("", NOT_DECIDED)], start=first):
        book.put(ws, f"A{line}", label)
        book.put(ws, f"{FROM}{line}", key or None, "lm_note")  # the key; an empty cell equals no decision
        test = f"1*({cells('decision')}=${FROM}{line})"
        counted = {"B": f"SUMPRODUCT({test})", "C": f"SUMPRODUCT({test},{cells('upb')})",
                   "D": f"SUMPRODUCT({test},{cells('bid')})",
                   "E": f"SUMPRODUCT({test}*({cells('bid_asked')}<>\"\"),{cells('ask')})",
                   "F": f"SUMPRODUCT({test},{cells('bid_asked')})"}  # fmt: skip
        _decision(book, ws, line, counted, now, word == key)
    asked = {"E": f"SUMPRODUCT(1*({cells('bid_asked')}<>\"\"),{cells('ask')})", "F": f"SUM({cells('bid_asked')})"}
    rest = {letter: f"{pooled}-SUM({letter}{first}:{letter}{other - 1})" for letter, pooled in (whole | asked).items()}
    book.put(ws, f"A{other}", OTHER_WORD)
    _decision(book, ws, other, rest, now, ~np.isin(word, [*decisions, ""]))
    book.put(ws, f"A{total}", "The pool", "lm_total")
    sums = {letter: f"SUM({letter}{first}:{letter}{other})" for letter in "BCDEF"}
    _decision(book, ws, total, sums, now, np.ones(len(word), dtype=bool), "lm_total")
    return total + 3


def _decided_now(book: Book) -> dict[str, npt.NDArray[np.float64]]:
    """What the columns of the table add up, by loan; 0 where blank."""
    upb = np.array([np.nan if cell == "" else cell for cell in loans.cells(book.loans, "upb")], dtype=float)
    bid, ask = (book.column(name).astype(float) for name in ("bid", "purchase_price"))
    held = (ask > 0) & ~np.isnan(bid)
    figures = {"B": np.ones(len(upb)), "C": upb, "D": bid, "E": np.where(held, ask, 0), "F": np.where(held, bid, 0)}
    return {letter: np.nan_to_num(figure) for letter, figure in figures.items()}


def _decision(book: Book, ws: Worksheet, row: int, formulas: dict[str, str],
              now: dict[str, npt.NDArray[np.float64]], members: Bools, style: str = "lm_cell") -> None:  # fmt: skip
    """A row of the table, with the gap between ask and bid at its end."""
    sums = {letter: float(now[letter][members].sum()) for letter in now}
    for letter, formula in formulas.items():
        shown = DASHED if letter == "B" else DASHED_MONEY
        book.formula(ws, f"{letter}{row}", formula, sums[letter], style, shown)
    book.formula(ws, f"G{row}", f"E{row}-F{row}", sums["E"] - sums["F"], style, DASHED_MONEY)
