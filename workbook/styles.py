"""Looks: colours, fonts, number formats by unit. Blue on light yellow is typed, black is computed, green is a link."""

from __future__ import annotations

from textwrap import wrap

from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.workbook import Workbook

# The validator wants a font's parts in the schema's order; openpyxl writes them in another.
Font.__elements__ = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family",
    "charset", "scheme",
)  # fmt: skip

FACE = "Calibri"
INK, NAVY, TEAL, GREY, PALE, RULE = "FF1F2933", "FF12355B", "FF0B7A75", "FF52606D", "FFF3F6F9", "FFCBD2D9"
INPUT_INK, INPUT_FILL, LINK_INK = "FF0033CC", "FFFFFBE6", "FF006B3C"
GOOD_FILL, BAD_FILL, WARN_FILL = "FFDDF3E4", "FFFBDAD7", "FFFDEFC7"
GOOD_INK, BAD_INK, WARN_INK = "FF0B5B2E", "FF9B1C1C", "FF7A4B00"
SERIES = ("12355B", "0B7A75", "C8811A", "7A5195", "B4432F", "5B8DB8", "6B8E23", "8C6D46", "616E7C")
"""Chart colours, dark enough on white to be told apart also in grey."""

MONEY, DOLLARS, RATE, SHARE, MONTHLY_RATE = "#,##0.00", "$#,##0", "0.00%", "0.0%", "0.0000%"
MONTHS, WHOLE, DATE, MULTIPLE, GENERAL = "0.0", "#,##0", "yyyy-mm-dd", '0.00"x"', "General"
FORMAT_OF_UNIT = {
    "USD": MONEY, "USD/month": MONEY, "USD/year": MONEY, "per year": RATE, "per month": MONTHLY_RATE, "share": SHARE,
    "months": MONTHS, "month": WHOLE, "count": WHOLE, "row": WHOLE, "date": DATE, "multiple": MULTIPLE,
    "payments": "0.0000", "position": "0",
}  # fmt: skip


WORDS = ("text", "word", "strategy", "situation", "code", "yes/no", "chapter")
"""Units of columns that hold words: set off from the numbers at their left."""


def number_format(unit: str) -> str:
    """The cell format for a unit; shares of something (`of value`) are percentages."""
    if unit in FORMAT_OF_UNIT:
        return FORMAT_OF_UNIT[unit]
    return SHARE if unit.startswith("of ") else GENERAL


LINE_POINTS, LETTERS = 13.5, 1.1
"""Height of a line of text; letters of our face that a unit of a column's width holds, on the safe side."""
WIDEST_NUMBER, WIDEST_HEADING = 40.0, 20.0
"""The most that a column widens for a long loan number, and for a long word of its heading."""


def width_of_word(text: str) -> float:
    """Width of a column in which no word of a heading is broken; 0 for the longest names of rules, which may be."""
    needed = max((len(word) for word in text.split()), default=0) / LETTERS + 1
    return needed if needed <= WIDEST_HEADING else 0.0


def lines(text: str, width: float) -> int:
    """Lines that a text takes in a column of this width, wrapped at its blanks."""
    return max(len(wrap(text, max(int(width * LETTERS), 1))), 1)


def height(lines: int) -> float:
    """Height of a row that shows so many lines, in points."""
    return LINE_POINTS * lines + 3


def _side() -> Border:
    return Border(bottom=Side(style="thin", color=RULE))


def _style(name: str, *, bold: bool = False, italic: bool = False, size: int = 10, ink: str = INK,
           fill: str | None = None, wrap: bool = False, locked: bool = True, align: str | None = None,
           rule: bool = False, underline: str | None = None) -> NamedStyle:  # fmt: skip
    style = NamedStyle(name=name)
    style.font = Font(name=FACE, size=size, bold=bold, italic=italic, color=ink, underline=underline)
    style.alignment = Alignment(horizontal=align, vertical="top" if wrap else "center", wrap_text=wrap)
    style.protection = Protection(locked=locked)
    if fill:
        style.fill = PatternFill("solid", fgColor=fill)
    if rule:
        style.border = _side()
    return style


def register(workbook: Workbook) -> None:
    """Add the named styles to a workbook: lm_title, lm_note, lm_head, lm_unit, lm_meaning, lm_band, lm_input, …"""
    for style in (
        _style("lm_title", bold=True, size=18, ink=NAVY),
        _style("lm_subtitle", bold=True, size=12, ink=NAVY),
        _style("lm_note", ink=GREY),
        _style("lm_stamp", size=8, ink=GREY, wrap=True),
        _style("lm_text", wrap=True),
        _style("lm_head", bold=True, ink="FFFFFFFF", fill=NAVY, wrap=True, align="center"),
        _style("lm_band", bold=True, ink=NAVY, fill="FFD9E2EC"),
        _style("lm_unit", italic=True, size=9, ink=GREY, fill=PALE, align="center"),
        _style("lm_meaning", size=8, ink=GREY, fill=PALE, wrap=True),
        _style("lm_input", ink=INPUT_INK, fill=INPUT_FILL, locked=False, rule=True),
        _style("lm_cell", rule=True),
        _style("lm_link", ink=LINK_INK, rule=True),
        _style("lm_jump", ink=LINK_INK, underline="single"),
        _style("lm_total", bold=True, fill="FFE4EAF1", rule=True),
        _style("lm_big", bold=True, size=14, ink=NAVY),
        _style("lm_label", bold=True),
    ):
        workbook.add_named_style(style)
