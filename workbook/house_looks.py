"""House rules of looks: what a reader needs to find his way on the screen and on paper."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree.ElementTree import fromstring

from openpyxl.styles.colors import Color
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.formula_text import tokens
from lossmit_workbook.house import CANONICAL, Built, Finding, address
from lossmit_workbook.r1c1 import references

LEAST_CONTRAST = 4.5
"""WCAG 2.1, success criterion 1.4.3, text of ordinary size."""
SCREEN = 100.0
"""Characters that fit beside each other on a screen."""
LEAST_LINE, MOST_HEIGHT = 12.75, 409.0
"""Points of a line of ten-point text; the highest row that Excel makes."""
UNSET_WIDTH, UNSET_HEIGHT = 8.43, 15.0
"""What Excel takes where a file says nothing."""
WHITE, BLACK = "FFFFFF", "000000"
HEAD_STYLES = ("lm_head",)
NOTE_ROWS = 3
SNAKE = re.compile(r"\b[a-z0-9]+_[a-z0-9_]+\b")
NOT_OUR_WORDS = re.compile(r"\b(?:NaN|null|None|boolean|dataframe|idx|tmp|foo|debug|TODO)\b", re.IGNORECASE)
TITLE = re.compile(r"[A-Z][a-z]+(?: [a-z]+)*\Z")
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_SHAPE = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TARGETS = "{http://schemas.openxmlformats.org/package/2006/relationships}"


def units(built: Built) -> Iterator[Finding]:
    """A sheet with a row a loan says the unit of every column in the row above its headings."""
    for title, region in built.a_row_a_loan.items():
        ws = built.book[title]
        for column in region.columns:
            if ws.cell(region.head_row - 1, column).value in (None, ""):
                yield Finding("unit", title, address(region.head_row - 1, column), "no unit above the heading",
                              "write the column's unit there")  # fmt: skip


def panes(built: Built) -> Iterator[Finding]:
    """The headings of a table stay in sight."""
    for title, region in built.regions.items():
        pane = built.book[title].freeze_panes
        row = int(re.sub(r"\D", "", pane)) if pane else 0
        if row != region.first_row:
            yield Finding("panes", title, "", f"panes frozen at {pane or 'no row'}, headings in row {region.head_row}",
                          f"freeze at row {region.first_row}")  # fmt: skip


def filters(built: Built) -> Iterator[Finding]:
    """A table's filter reaches from its first to its last row and column."""
    for title, region in built.regions.items():
        ws = built.shown[title]
        below = ws._cells.get((region.last_row + 1, region.first_column))
        if below is not None and below.value not in (None, ""):
            yield Finding("filter", title, address(region.last_row + 1, region.first_column),
                          "a row below the filter's last", "let the filter reach the last row")  # fmt: skip
    for ws in built.sheets:
        if ws.title not in built.regions and built.lists_the_loans(ws.title):
            yield Finding("filter", ws.title, "", "a row a loan without a filter", "set auto_filter over the table")


def print_set_up(built: Built) -> Iterator[Finding]:
    """Every sheet prints readably: width or scale, orientation, page numbers, headings on every page of a table."""
    for ws in built.sheets:
        fits = ws.sheet_properties.pageSetUpPr is not None and ws.sheet_properties.pageSetUpPr.fitToPage
        if not fits and not ws.page_setup.scale:
            yield Finding("print", ws.title, "", "neither fits a page's width nor has a scale", "call print_setup")
        if ws.page_setup.orientation not in ("portrait", "landscape"):
            yield Finding("print", ws.title, "", "has no orientation", "call print_setup")
        if "&P" not in f"{ws.oddFooter.left.text}{ws.oddFooter.center.text}{ws.oddFooter.right.text}":
            yield Finding("print", ws.title, "", "has no page number below", "call print_setup")
        region = built.regions.get(ws.title)
        if region is not None and str(region.head_row) not in re.findall(r"\d+", ws.print_title_rows or ""):
            yield Finding("print", ws.title, "", f"row {region.head_row} of headings is not repeated on every page",
                          "set print_title_rows")  # fmt: skip


# --- colours


def _rgb(color: Color | None, otherwise: str) -> str:
    """Six hex digits of a colour; the usual one where it is a theme's or none."""
    if color is None or color.type != "rgb" or not isinstance(color.rgb, str):
        return otherwise
    return color.rgb[-6:]


def _looks(cell: Any) -> tuple[str, str]:
    """A cell's ink and paper."""
    solid = cell.fill is not None and cell.fill.fill_type == "solid"
    return _rgb(cell.font.color if cell.font else None, BLACK), _rgb(cell.fill.fgColor, WHITE) if solid else WHITE


def contrast_of(ink: str, paper: str) -> float:
    """Contrast of two colours (six hex digits): 1 to 21."""
    light = sorted((_luminance(ink), _luminance(paper)))
    return (light[1] + 0.05) / (light[0] + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(built: Built) -> Iterator[Finding]:
    """Ink stands out from paper: named styles, cells, and conditional formats over the cells they change."""
    for style in built.book._named_styles:
        ink, paper = _looks(style)
        if contrast_of(ink, paper) < LEAST_CONTRAST:
            yield _faint("", f"style {style.name}", ink, paper)
    for ws in built.sheets:
        seen: set[tuple[int, int]] = set()
        for (row, column), cell in ws._cells.items():
            if cell.value is None:
                continue
            style = (cell._style.fontId, cell._style.fillId)
            if style not in seen:
                seen.add(style)
                pair = _looks(cell)
                if contrast_of(*pair) < LEAST_CONTRAST:
                    yield _faint(ws.title, address(row, column), *pair)
        for cells, rule in _conditional(ws):
            yield from _faint_rule(ws, cells, rule)


def _faint_rule(ws: Worksheet, cells: str, rule: Any) -> Iterator[Finding]:
    if rule.dxf is None:
        return
    pairs = set()
    for ink, paper in {_looks(cell) for cell in _first_row(ws, cells)}:
        over = rule.dxf.font.color if rule.dxf.font is not None else None
        fill = rule.dxf.fill.bgColor if rule.dxf.fill is not None else None
        pairs.add((_rgb(over, ink), _rgb(fill, paper)))
    for pair in sorted(pairs):
        if contrast_of(*pair) < LEAST_CONTRAST:
            yield _faint(ws.title, cells.split(":")[0], *pair)


def _faint(sheet: str, cell: str, ink: str, paper: str) -> Finding:
    return Finding("contrast", sheet, cell, f"#{ink} on #{paper} has a contrast of {contrast_of(ink, paper):.1f}",
                   f"take a darker ink or a lighter paper: {LEAST_CONTRAST} is the least")  # fmt: skip


def _conditional(ws: Worksheet) -> Iterator[tuple[str, Any]]:
    for formatting in ws.conditional_formatting:
        for cells in str(formatting.sqref).split():
            for rule in formatting.rules:
                yield cells, rule


def _first_row(ws: Worksheet, cells: str) -> Iterable[Any]:
    area = ws[cells.split(":")[0] + ":" + cells.split(":")[-1]]
    return area[0] if isinstance(area, tuple) else (area,)


def colour_alone(built: Built) -> Iterator[Finding]:
    """What a colour says, a word or the number in the cell says too."""
    for ws in built.sheets:
        for cells, rule in _conditional(ws):
            if rule.type in ("colorScale", "dataBar", "iconSet", "cellIs", "containsText", "beginsWith", "endsWith"):
                continue  # these go by what the cell itself shows
            formula = rule.formula[0] if rule.formula else ""
            if not _says_it(built, ws, cells, formula):
                message = f"coloured by {formula[:80]}, which no word shows"
                yield Finding("colour-alone", ws.title, cells.split(":")[0], message,
                              "let the format depend on a cell that says it in a word")  # fmt: skip


def _says_it(built: Built, ws: Worksheet, cells: str, formula: str) -> bool:
    """Whether a format's formula goes by a word, or by a figure that the coloured cell shows itself."""
    if any(kind == "text" and text not in ('""',) for kind, text in tokens(formula)):
        return True
    first, _, last = cells.partition(":")
    own = references(f"{first}:{last or first}")[0]
    for found in references(formula):
        inside = own.first_column <= found.first_column <= own.last_column
        if found.sheet in ("", ws.title) and inside and found.first_row == own.first_row:
            return True
        shown = built.shown[found.sheet or ws.title]
        rows = range(found.first_row, found.first_row + 1 + own.last_row - own.first_row)
        if any(isinstance(shown.cell(row, found.first_column).value, str) for row in rows if row <= shown.max_row):
            return True
    return False


# --- words, sizes, charts


def widths(built: Built) -> Iterator[Finding]:
    """No column is wider than a screen."""
    for ws in built.sheets:
        for letter, dimension in ws.column_dimensions.items():
            if dimension.width and dimension.width > SCREEN:
                yield Finding("width", ws.title, letter, f"{dimension.width:.0f} characters wide",
                              f"wrap its text; {SCREEN:.0f} is the most")  # fmt: skip


def fit(built: Built) -> Iterator[Finding]:
    """No heading of a table and no running text is cut: its row is high enough for the lines it takes."""
    for ws in built.sheets:
        region = built.regions.get(ws.title)
        merged = {(cells.min_row, cells.min_col) for cells in ws.merged_cells.ranges}
        for (row, column), cell in built.shown[ws.title]._cells.items():
            is_head = region is not None and row == region.head_row and column in region.columns
            running = cell.style == "lm_text" and cell.alignment.wrap_text
            if not (is_head or running) or (row, column) in merged or not isinstance(cell.value, str):
                continue
            letter = get_column_letter(column)
            width = ws.column_dimensions[letter].width if letter in ws.column_dimensions else UNSET_WIDTH
            lines = styles.lines(cell.value, width)
            has = ws.row_dimensions[row].height or UNSET_HEIGHT
            if lines > 1 and min(lines * LEAST_LINE, MOST_HEIGHT) > has:
                yield Finding("fit", ws.title, address(row, column), f"{lines} lines in a row {has:g} points high",
                              "set the row's height by styles.lines, or widen the column")  # fmt: skip


def words(built: Built) -> Iterator[Finding]:
    """Sheets and headings bear the field's words, not names out of a program."""
    for ws in built.sheets:
        if not TITLE.match(ws.title):
            yield Finding("words", ws.title, "", "a sheet's name is plain words, the first with a capital", "rename it")
        region = built.regions.get(ws.title)
        for (row, column), cell in ws._cells.items():
            is_head = cell.style in HEAD_STYLES or (region is not None and row == region.head_row)
            if not is_head or not isinstance(cell.value, str):
                continue
            snake = SNAKE.search(cell.value) if ws.title not in CANONICAL else None
            found = snake or NOT_OUR_WORDS.search(cell.value)
            if found:
                yield Finding("words", ws.title, address(row, column), f"the heading says {found[0]!r}",
                              "say it in the field's words")  # fmt: skip


def hidden(built: Built) -> Iterator[Finding]:
    """Nothing is hidden without a word: a sheet's on the first sheet, a row's or column's in its sheet's note."""
    first = built.sheets[0]
    for ws in built.sheets:
        if ws.sheet_state != "visible" and not any(_tells(c.value, ws.title) for c in first._cells.values()):
            yield Finding("hidden", ws.title, "", f"the sheet is {ws.sheet_state}",
                          f"show it, or say so on {first.title}")  # fmt: skip
        if any(_tells(cell.value, "") for (row, _), cell in ws._cells.items() if row <= NOTE_ROWS):
            continue
        for what, dimensions in (("row", ws.row_dimensions), ("column", ws.column_dimensions)):
            out_of_sight = [str(key) for key, dimension in dimensions.items() if dimension.hidden]
            if out_of_sight:
                yield Finding("hidden", ws.title, "", f"{what} {', '.join(out_of_sight[:5])} out of sight",
                              "show it, or say in the sheet's note that it is folded away or hidden")  # fmt: skip


def _tells(value: object, title: str) -> bool:
    said = value.lower() if isinstance(value, str) else ""
    return ("hidden" in said or "folded away" in said) and title.lower() in said


def charts(built: Built) -> Iterator[Finding]:
    """Every chart has words for those who don't see it, and every axis says what it measures."""
    for title, drawing in _drawings(built):
        root = fromstring(built.part(drawing))
        targets = _relations(built, drawing)
        for frame in root.iter(f"{_SHAPE}graphicFrame"):
            properties = frame.find(f"{_SHAPE}nvGraphicFramePr/{_SHAPE}cNvPr")
            name = "" if properties is None else properties.get("name", "")
            if properties is None or not properties.get("descr"):
                yield Finding("chart", title, "", f"chart {name!r} has no alt text", "give charts.Chart its alt")
            for link in frame.iter(f"{_CHART}chart"):
                yield from _axes(built, title, name, targets[link.get(f"{_RELATION}id", "")])


def _axes(built: Built, title: str, name: str, part: str) -> Iterator[Finding]:
    root = fromstring(built.part(part))
    for kind in ("catAx", "valAx", "dateAx", "serAx"):
        for axis in root.iter(f"{_CHART}{kind}"):
            gone = axis.find(f"{_CHART}delete")
            if (gone is None or gone.get("val") in ("0", "false")) and axis.find(f"{_CHART}title") is None:
                yield Finding("chart", title, "", f"chart {name!r} has an axis without a title",
                              "give charts.Chart its axis titles")  # fmt: skip


def _drawings(built: Built) -> Iterator[tuple[str, str]]:
    """Sheet and drawing part of every sheet with charts; openpyxl numbers the parts in tab order."""
    for place, ws in enumerate(built.sheets, start=1):
        part = f"xl/worksheets/sheet{place}.xml"
        for target in _relations(built, part).values():
            if "drawings/drawing" in target and target.endswith(".xml"):
                yield ws.title, target


def _relations(built: Built, part: str) -> dict[str, str]:
    """What a part refers to, by its id."""
    folder, name = posixpath.split(part)
    rels = f"{folder}/_rels/{name}.rels"
    if rels not in built.part_names():
        return {}
    made = {}
    for relation in fromstring(built.part(rels)).iter(f"{_TARGETS}Relationship"):
        target = relation.get("Target", "")
        whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        made[relation.get("Id", "")] = whole
    return made


