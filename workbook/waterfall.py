"""A waterfall in cells: from a first total by steps to the next, each column hung where the one before it ended.

The chart is a stacked column chart over helper cells, right also where a step crosses zero, and live: colours and
places follow the figures. A column that crosses zero is drawn in two parts, one above and one below.

    rows = [Step("UPB", 900.0, total=True), Step("Costs", -200.0), Step("Bid", 700.0, total=True)]
    made = waterfall.write(book, ws, Waterfall("Summary", "A", "D", 40, "N", rows))
    charts.add(ws, "A10", made.chart("From UPB to bid", "USD", alt="…"))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import charts, styles
from lossmit_workbook.book import Canvas
from lossmit_xl.ops import HALF

RISE, FALL, TOTAL, LINK = styles.SERIES[1], styles.SERIES[4], styles.SERIES[0], styles.GREY[2:]
KIND_TOTAL, KIND_STEP = "total", "step"
LINKS = ("link_1", "link_2", "link_0")
HELPERS = ("kind", "start", "end", "base", "rise_above", "rise_below", "fall_above", "fall_below", "total_above",
           "total_below", "caption", *LINKS)  # fmt: skip
"""The helper columns from left to right; a link serves every third row, so that gaps part its lines."""

DRAWN = {
    "base": ("", None), "rise_above": ("Adds", RISE), "rise_below": ("Adds, below zero", RISE),
    "fall_above": ("Takes away", FALL), "fall_below": ("Takes away, below zero", FALL),
    "total_above": ("Total", TOTAL), "total_below": ("Total, below zero", TOTAL),
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A column of the chart: its name, its amount now (USD), and whether it stands on zero."""

    label: str
    value: float
    total: bool = False


@dataclass(frozen=True)
class Waterfall:
    """Where a waterfall stands: labels and amounts in `label_letter` and `value_letter` from `first_row` down.

    The helper cells fill `len(HELPERS)` columns from `helper_letter` on, their heads in the row above `first_row`.
    The amount of a total is a figure of its own; steps between two totals must lead from one to the other.
    """

    sheet: str
    label_letter: str
    value_letter: str
    first_row: int
    helper_letter: str
    steps: Sequence[Step]
    whole_dollars: bool = False
    """Whether amounts are told to the dollar: where the user picks whose they are, none is too small for it."""

    @property
    def last_row(self) -> int:
        """Row of the last column."""
        return self.first_row + len(self.steps) - 1

    @property
    def format(self) -> str:
        """Number format that keeps the largest amount short; dollars where they are told whole."""
        if self.whole_dollars:
            return charts.AXIS_DOLLARS
        return charts.dollars_format([abs(step.value) for step in self.steps])

    def letter(self, helper: str) -> str:
        """Column letter of a helper."""
        return str(get_column_letter(column_index_from_string(self.helper_letter) + HELPERS.index(helper)))

    def ref(self, letter: str) -> str:
        """All rows of a column, as a chart refers to them."""
        return f"'{self.sheet}'!${letter}${self.first_row}:${letter}${self.last_row}"

    def values(self) -> dict[str, list[Any]]:
        """What the helper cells show now, one value a step; a link's gaps are empty."""
        shown: dict[str, list[Any]] = {helper: [] for helper in HELPERS}
        end = 0.0
        for place, step in enumerate(self.steps):
            before, start = end, 0.0 if step.total else end
            end = start + step.value
            parts = _parts(start, end, step.total)
            own = {"kind": KIND_TOTAL if step.total else KIND_STEP, "start": start, "end": end, **parts}
            own["caption"] = f"{step.label} {in_short(step.value, self.format, signed=not step.total)}"
            for line, link in enumerate(LINKS):
                own[link] = end if place % 3 == line else before if place and (place - 1) % 3 == line else None
            if place == len(self.steps) - 1:
                own[LINKS[place % 3]] = None  # nothing follows
            for helper in HELPERS:
                shown[helper].append(own[helper])
        return shown

    def series(self) -> list[charts.Series]:
        """The chart's series: the hidden base, the parts of the columns, the lines that join them."""
        now = self.values()
        bars = [
            charts.Series(name or "Base", self.ref(self.letter(helper)), now[helper], color, hidden=color is None)
            for helper, (name, color) in DRAWN.items()
        ]
        lines = [charts.Series("Joins", self.ref(self.letter(link)), now[link], LINK, link=True) for link in LINKS]
        return bars + [line for line in lines if any(value is not None for value in line.values)]

    def chart(self, title: str, unit: str, alt: str, width: float = 24.0, height: float = 9.0) -> charts.Chart:
        """The chart over the helper cells; each column's caption says its amount, with its sign."""
        labels = charts.Labels(self.ref(self.letter("caption")), self.values()["caption"])
        return charts.Chart(title, "", unit, labels, self.series(), alt, kind="waterfall", format=self.format,
                            width=width, height=height, gap=35)  # fmt: skip


def _parts(start: float, end: float, total: bool) -> dict[str, float]:
    low, high = min(start, end), max(start, end)
    above, below = max(0.0, high) - max(0.0, low), min(0.0, low) - min(0.0, high)
    kind = "total" if total else "rise" if end >= start else "fall"
    parts = {f"{name}_{side}": 0.0 for name in ("rise", "fall", "total") for side in ("above", "below")}
    return {"base": max(0.0, low) + min(0.0, high), **parts, f"{kind}_above": above, f"{kind}_below": below}


def write(book: Canvas, ws: Worksheet, waterfall: Waterfall) -> Waterfall:
    """Write the helper cells (labels and amounts stand already) and give the waterfall back."""
    now = waterfall.values()
    heads = [helper.replace("_", " ").capitalize() for helper in HELPERS]
    for helper, head in zip(HELPERS, heads, strict=True):
        book.put(ws, f"{waterfall.letter(helper)}{waterfall.first_row - 1}", head, "lm_head")
    for place, step in enumerate(waterfall.steps):
        row = waterfall.first_row + place
        book.put(ws, f"{waterfall.letter('kind')}{row}", KIND_TOTAL if step.total else KIND_STEP)
        for helper, formula in _formulas(waterfall, row, step).items():
            shown = styles.GENERAL if helper == "caption" else styles.DOLLARS
            book.formula(ws, f"{waterfall.letter(helper)}{row}", formula, now[helper][place], format=shown)
        for line, link in enumerate(LINKS):
            begins, ends = place % 3 == line and step is not waterfall.steps[-1], place and (place - 1) % 3 == line
            if begins or ends:
                end = f"{waterfall.letter('end')}{row if begins else row - 1}"
                book.formula(ws, f"{waterfall.letter(link)}{row}", end, now[link][place], format=styles.DOLLARS)
    return waterfall


def _formulas(waterfall: Waterfall, row: int, step: Step) -> dict[str, str]:
    kind, start, end = (f"{waterfall.letter(helper)}{row}" for helper in ("kind", "start", "end"))
    amount, label = f"{waterfall.value_letter}{row}", f"{waterfall.label_letter}{row}"
    low, high = f"MIN({start},{end})", f"MAX({start},{end})"
    above, below = f"MAX(0,{high})-MAX(0,{low})", f"MIN(0,{low})-MIN(0,{high})"
    total, rise = f'{kind}="{KIND_TOTAL}"', f'AND({kind}="{KIND_STEP}",{end}>={start})'
    fall = f'AND({kind}="{KIND_STEP}",{end}<{start})'
    shown = waterfall.format.replace('"', '""')
    return {
        "start": f"IF({total},0,N({waterfall.letter('end')}{row - 1}))",  # N: a heading stands above the first
        "end": f"{start}+{amount}",
        "base": f"MAX(0,{low})+MIN(0,{high})",
        "rise_above": f"IF({rise},{above},0)", "rise_below": f"IF({rise},{below},0)",
        "fall_above": f"IF({fall},{above},0)", "fall_below": f"IF({fall},{below},0)",
        "total_above": f"IF({total},{above},0)", "total_below": f"IF({total},{below},0)",
        "caption": f'{label}&" "&IF({total},"",IF({amount}>0,"+",""))&TEXT(ROUND({amount},0),"{shown}")',
    }  # fmt: skip


def in_short(value: float, format: str, *, signed: bool = False) -> str:
    """An amount as TEXT shows it in one of the axis formats: `-$1.2M`, `$310k`, `$950`; halves away from zero.

    Of whole dollars: programs differ in what they show of a half that lacks its last binary digit.
    """
    unit, digits, suffix = {charts.AXIS_MILLIONS: (1e6, 1, "M"), charts.AXIS_THOUSANDS: (1e3, 0, "k")}.get(
        format, (1.0, 0, ""))  # fmt: skip
    scaled = int(int(abs(value) + HALF) / unit * 10**digits + HALF) / 10**digits
    sign = "-" if value < 0 and scaled else "+" if signed and value > 0 else ""
    return f"{sign}${scaled:,.{digits}f}{suffix}"
