"""The one chart factory: native charts with titles, axes, units and alt text, drawn from live cells.

A chart stores the values it showed last; they are filled in here, so that previews, phones and Protected View draw
it before anything is recalculated.

    add(ws, "H4", Chart("Bid by state", "State", "USD", Labels("Summary!$A$9:$A$12", names),
                        [Series("Bid", "Summary!$F$9:$F$12", bids)], alt="Bars: the bid of each state"))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from openpyxl.chart import BarChart, BubbleChart, LineChart
from openpyxl.chart.data_source import AxDataSource, NumData, NumDataSource, NumRef, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import DataPoint, Marker
from openpyxl.chart.series import Series as ChartSeries
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties, RichTextProperties
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.units import cm_to_EMU
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles

Kind = Literal["column", "bar", "line", "waterfall", "bubble"]
INK, QUIET, GRID = styles.INK[2:], styles.GREY[2:], "E4E7EB"
TITLE_SIZE, AXIS_SIZE = 1200, 900  # hundredths of a point
AXIS_DOLLARS = "$#,##0"
AXIS_THOUSANDS, AXIS_MILLIONS = '$#,##0,"k"', '$#,##0.0,,"M"'
CAPTION_LETTER, DRAWN_WIDTH, TURNED = 0.16, 0.9, -2_700_000  # cm; share of the chart; 60,000ths of a degree
LINE_WIDTH, LINK_WIDTH = 22_000, 9_500  # EMU, about 1.75 and 0.75 points
FAR = 9.0  # outside of any drawing
MOST_RADIUS = 0.05  # of the drawing: the largest bubble's, roughly, at the scale below
BUBBLE_SCALE = 55  # per cent of Excel's own size for the largest bubble


@dataclass(frozen=True)
class Labels:
    """What stands along the category axis: a reference (`Summary!$A$9:$A$12`) and what it shows now."""

    ref: str
    values: Sequence[str | float | int]


@dataclass(frozen=True)
class Series:
    """One row of bars, one line or one set of bubbles: its name in the legend, the cells it draws, their values now.

    `values`: None, "" and NaN are gaps. `color`: six hex digits, else the next of the palette. `hidden` draws nothing
    (what lifts a waterfall's bars). `point_colors` colours single bars by their place, 0 first. `name_ref`: the cell
    that holds the name. `x` and `size`: cells and values of a bubble's place and area; one of no size is not drawn.
    `link`: a thin line over a waterfall's columns.
    """

    name: str
    ref: str
    values: Sequence[Any]
    color: str | None = None
    hidden: bool = False
    point_colors: dict[int, str] | None = None
    labels: bool = False
    name_ref: str | None = None
    x: Labels | None = None
    size: Labels | None = None
    link: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart's contents. `kind` bar is horizontal, the first category on top. Sizes in cm.

    bubble: no categories; `category_title` and `category_format` are those of the x axis; each bubble bears its
    series' name. waterfall: the series come from `waterfall.Waterfall.series`.
    """

    title: str
    category_title: str
    value_title: str
    categories: Labels | None
    series: Sequence[Series]
    alt: str
    kind: Kind = "column"
    stacked: bool = False
    format: str = AXIS_DOLLARS
    category_format: str = "General"
    legend: bool | None = None
    width: float = 16.0
    height: float = 8.5
    gap: int = 60
    label_every: int | None = None


class _Anchor(OneCellAnchor):  # type: ignore[misc]
    """A place on the sheet; hands name and alt text on to the chart's frame, which openpyxl makes on saving."""

    tagname = "oneCellAnchor"
    __elements__ = OneCellAnchor.__elements__

    def __init__(self, chart: Chart, address: str) -> None:
        self._described = None
        row, column = coordinate_to_tuple(address)
        size = XDRPositiveSize2D(cm_to_EMU(chart.width), cm_to_EMU(chart.height))
        super().__init__(_from=AnchorMarker(col=column - 1, row=row - 1), ext=size)
        self._described = chart

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "graphicFrame" and value is not None and self._described is not None:
            properties = value.nvGraphicFramePr.cNvPr
            properties.name = self._described.title
            properties.descr = self._described.alt
        super().__setattr__(name, value)


def dollars_format(values: Sequence[Any]) -> str:
    """The axis format that keeps these USD amounts short: dollars, thousands or millions."""
    largest = max((abs(v) for v in values if _is_number(v)), default=0.0)
    if largest >= 2_000_000:
        return AXIS_MILLIONS
    return AXIS_THOUSANDS if largest >= 20_000 else AXIS_DOLLARS


def add(ws: Worksheet, address: str, chart: Chart) -> None:
    """Put a chart on a sheet, its upper left corner at `address`.

    Raises ValueError where a series has not one value a category (a bubble not one place and size a value).
    """
    made = _MADE[chart.kind](chart)
    made.title = _title(chart.title, TITLE_SIZE, bold=True, ink=styles.NAVY[2:])
    made.width, made.height = chart.width, chart.height
    made.roundedCorners = False
    links = LineChart()
    for place, series in enumerate(chart.series):
        _check(chart, series)
        (links if series.link else made).series.append(_series(chart, series, place))
    if links.series:
        made += links
    _axes(made, chart)
    legend = chart.legend
    if legend is None:
        legend = sum(not s.hidden for s in chart.series) > 1 and chart.kind not in ("waterfall", "bubble")
    if legend and made.legend is not None:
        made.legend.position = "b"
        made.legend.overlay = False
        made.legend.txPr = _text(AXIS_SIZE)
    else:
        made.legend = None
    made.anchor = _Anchor(chart, address)
    ws.add_chart(made)


def _check(chart: Chart, series: Series) -> None:
    """Raises ValueError where a series' cells do not match."""
    values = len(series.values)
    if chart.kind != "bubble":
        wanted = len(chart.categories.values) if chart.categories else 0
        if values != wanted:
            raise ValueError(f"{chart.title}: {series.name} has {values} values for {wanted} categories")
    elif any(part is None or len(part.values) != values for part in (series.x, series.size)):
        raise ValueError(f"{chart.title}: {series.name} has {values} values without as many places and sizes")


def _bars(chart: Chart) -> Any:
    made = BarChart()
    made.type = "bar" if chart.kind == "bar" else "col"
    made.gapWidth = chart.gap
    if chart.stacked or chart.kind == "waterfall":
        made.grouping, made.overlap = "stacked", 100
    else:
        made.grouping = "clustered"
    return made


def _line(chart: Chart) -> Any:
    made = LineChart()
    made.grouping = "standard"
    return made


def _bubbles(chart: Chart) -> Any:
    made = BubbleChart()
    made.bubbleScale = BUBBLE_SCALE
    made.sizeRepresents = "area"
    made.showNegBubbles = False
    made.style = None  # no shading of its own
    return made


_MADE = {"column": _bars, "bar": _bars, "waterfall": _bars, "line": _line, "bubble": _bubbles}


def _series(chart: Chart, series: Series, place: int) -> ChartSeries:
    drawn = _source(series.ref, series.values, chart.format)
    name = SeriesLabel(v=series.name)
    if series.name_ref:
        known = StrData(ptCount=1, pt=[StrVal(idx=0, v=series.name)])
        name = SeriesLabel(strRef=StrRef(f=series.name_ref, strCache=known))
    color = series.color or styles.SERIES[place % len(styles.SERIES)]
    if series.x is not None and series.size is not None:
        across = AxDataSource(numRef=_source(series.x.ref, series.x.values, chart.category_format).numRef)
        sizes = _source(series.size.ref, series.size.values, AXIS_DOLLARS)
        made = ChartSeries(idx=place, order=place, tx=name, xVal=across, yVal=drawn, bubbleSize=sizes)
        made.bubble3D = False
        made.invertIfNegative = False
        made.graphicalProperties = GraphicalProperties(solidFill=color, ln=LineProperties(solidFill="FFFFFF"))
        made.dLbls = DataLabelList(txPr=_text(AXIS_SIZE), dLblPos=_label_sides(chart)[place], showVal=False,
                                   showSerName=True, showCatName=False, showLegendKey=False, showPercent=False,
                                   showBubbleSize=False)  # fmt: skip
        return made
    made = ChartSeries(idx=place, order=place, tx=name, cat=_categories(chart), val=drawn)
    line = chart.kind == "line" or series.link
    made.graphicalProperties = _paint(series, color, line)
    if line:
        made.smooth = False
        made.marker = Marker(symbol="none")
    else:
        made.invertIfNegative = False
        for point, shade in (series.point_colors or {}).items():
            made.dPt.append(DataPoint(idx=point, invertIfNegative=False,
                                      spPr=GraphicalProperties(solidFill=shade)))  # fmt: skip
    if series.labels:
        made.dLbls = DataLabelList(numFmt=chart.format, txPr=_text(AXIS_SIZE), showVal=True, showSerName=False,
                                   showCatName=False, showLegendKey=False, showPercent=False)  # fmt: skip
    return made


def _label_sides(chart: Chart) -> list[str]:
    """The side of each bubble that its name stands on: the first of right, left, above, below that is free.

    In shares of the drawing: a name is as wide as its letters; a bubble's radius goes with the root of its size.
    """
    points = [_bubble_now(series) for series in chart.series]
    drawn = [point for point in points if point]
    spans = [max((p[k] for p in drawn), default=0.0) - min((*(p[k] for p in drawn), 0.0)) or 1.0 for k in (0, 1)]
    largest = max((point[2] for point in drawn), default=0.0) or 1.0
    high, letter = 0.6 / chart.height, 0.19 / chart.width
    round_ = [(p[0] / spans[0], p[1] / spans[1], MOST_RADIUS * (p[2] / largest) ** 0.5) if p else None for p in points]
    left, right = (limit((0.0, *(p[0] for p in round_ if p))) for limit in (min, max))
    taken = [(x - r, y - r, x + r, y + r) for x, y, r in (p for p in round_ if p)]
    taken += [(left - FAR, -FAR, left, FAR), (right + 0.1, -FAR, right + FAR, FAR)]  # beyond the axis
    sides = []
    for series, point in zip(chart.series, round_, strict=True):
        x, y, r = point or (0.0, 0.0, 0.0)
        wide = letter * len(series.name)
        half, up = wide / 2, high / 2
        boxes = {
            "r": (x + r, y - up, x + r + wide, y + up), "l": (x - r - wide, y - up, x - r, y + up),
            "t": (x - half, y + r, x + half, y + r + high), "b": (x - half, y - r - high, x + half, y - r),
        }  # fmt: skip
        hits = {side: sum(_overlap(box, other) for other in taken) for side, box in boxes.items()}
        side = min(hits, key=lambda side: hits[side])
        if point:
            taken.append(boxes[side])
        sides.append(side)
    return sides


def _bubble_now(series: Series) -> tuple[float, float, float] | None:
    """(x, y, size) of a bubble; None where it is not drawn."""
    now = [part.values[0] if part and len(part.values) else "" for part in (series.x, Labels("", series.values),
                                                                            series.size)]  # fmt: skip
    if not all(_is_number(value) for value in now) or float(now[2]) <= 0:
        return None
    return float(now[0]), float(now[1]), float(now[2])


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Area that two boxes (left, bottom, right, top) share."""
    across, up = (min(one[k + 2], other[k + 2]) - max(one[k], other[k]) for k in (0, 1))
    return max(across, 0.0) * max(up, 0.0)


def _paint(series: Series, color: str, line: bool) -> GraphicalProperties:
    if series.hidden:
        return GraphicalProperties(noFill=True, ln=LineProperties(noFill=True))
    if line:
        width = LINK_WIDTH if series.link else LINE_WIDTH
        return GraphicalProperties(ln=LineProperties(solidFill=color, w=width))
    return GraphicalProperties(solidFill=color, ln=LineProperties(noFill=True))


def _categories(chart: Chart) -> AxDataSource:
    labels = chart.categories or Labels("", ())
    if labels.values and all(_is_number(v) for v in labels.values):
        return AxDataSource(numRef=NumRef(f=labels.ref, numCache=_numbers(labels.values, chart.category_format)))
    points = [StrVal(idx=i, v=str(v)) for i, v in enumerate(labels.values) if v != ""]
    return AxDataSource(strRef=StrRef(f=labels.ref, strCache=StrData(ptCount=len(labels.values), pt=points)))


def _source(ref: str, values: Sequence[Any], format: str) -> NumDataSource:
    return NumDataSource(numRef=NumRef(f=ref, numCache=_numbers(values, format)))


def _numbers(values: Sequence[Any], format: str) -> NumData:
    if not any(_is_number(value) for value in values):
        values = [0.0] * len(values)  # what Excel draws for cells with an empty text
    points = [NumVal(idx=place, v=repr(float(value))) for place, value in enumerate(values) if _is_number(value)]
    return NumData(formatCode=format, ptCount=len(values), pt=points)


def _axes(made: Any, chart: Chart) -> None:
    for axis, text in ((made.x_axis, chart.category_title), (made.y_axis, chart.value_title)):
        axis.delete = False
        axis.title = _title(text, AXIS_SIZE, bold=False, ink=QUIET) if text else None
        axis.txPr = _text(AXIS_SIZE)
        axis.majorTickMark = axis.minorTickMark = "none"
        axis.spPr = GraphicalProperties(ln=LineProperties(solidFill="CBD2D9"))
    made.x_axis.number_format = chart.category_format
    made.x_axis.tickLblPos = "low"  # below the bars that go under zero
    if chart.kind == "waterfall":
        made.x_axis.txPr.bodyPr = RichTextProperties(rot=TURNED if _words_too_wide(chart) else 0, vert="horz")
    if chart.kind == "bubble":
        made.y_axis.tickLblPos = "low"
        made.x_axis.majorGridlines = None
    else:
        made.x_axis.noMultiLvlLbl = True
    if chart.label_every:
        made.x_axis.tickLblSkip = made.x_axis.tickMarkSkip = chart.label_every
    made.y_axis.number_format = chart.format  # not linked to the cells' own
    made.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=GRID))
    if chart.kind == "bar":
        made.x_axis.scaling.orientation = "maxMin"
        made.y_axis.crosses = "max"  # keeps the values below, where the first category is on top


def _words_too_wide(chart: Chart) -> bool:
    """Whether a caption's longest word is wider than its column: then captions turn, else they wrap at the blanks."""
    captions = [str(value) for value in (chart.categories.values if chart.categories else ()) if value != ""]
    longest = max((len(word) for caption in captions for word in caption.split()), default=0)
    return longest * CAPTION_LETTER > chart.width * DRAWN_WIDTH / max(len(captions), 1)


def _title(text: str, size: int, *, bold: bool, ink: str) -> Title:
    from openpyxl.chart.text import Text
    from openpyxl.drawing.text import RegularTextRun

    looks = _looks(size, bold, ink)
    run = RegularTextRun(rPr=looks, t=text)
    body = RichText(bodyPr=RichTextProperties(), p=[Paragraph(pPr=ParagraphProperties(defRPr=looks), r=[run])])
    return Title(tx=Text(rich=body), overlay=False)


def _text(size: int) -> RichText:
    looks = _looks(size, False, INK)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=looks), r=(), endParaRPr=looks)
    return RichText(bodyPr=RichTextProperties(), p=[paragraph])


def _looks(size: int, bold: bool, ink: str) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, solidFill=ink, latin=Font(typeface=styles.FACE))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value
