"""Waterfall and bubble from the chart factory: the helper cells recalculated, the stored points, the drawn page."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import Workbook
from openpyxl.utils.cell import coordinate_to_tuple

from lossmit_workbook import charts, package, waterfall
from lossmit_workbook.build import make_book
from lossmit_workbook.lint import lint
from lossmit_workbook.waterfall import HELPERS, Step, Waterfall
from lossmit_xl import Assumptions
from lossmit_xl.tape import read_tape
from tests.tools import calc, validate
from tests.workbook.books import AS_OF, CLEAN, computed_cells, same

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
KINDS = ("barChart", "lineChart", "bubbleChart")
FIRST = 6
STEPS = [Step("Start", 2_500_000.0, total=True), Step("Up", 700_000.0), Step("Deep", -4_000_000.0),
         Step("Deeper", -300_000.0), Step("Back", 1_500_000.0), Step("End", 400_000.0, total=True),
         Step("Down", -600_000.0), Step("Last", -200_000.0, total=True)]  # fmt: skip
"""A step that falls through zero, one wholly below it, one that rises through it, and a total below zero."""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, Path]:
    """A workbook of one sheet with both kinds of chart."""
    book = make_book(read_tape(CLEAN), Assumptions(as_of=AS_OF))
    ws = book.sheet("Charts", "Charts", "Two kinds")
    for row, step in enumerate(STEPS, start=FIRST):
        book.put(ws, f"A{row}", step.label)
        book.put(ws, f"B{row}", step.value)
    made = waterfall.write(book, ws, Waterfall("Charts", "A", "B", FIRST, "D", STEPS))
    charts.add(ws, "A16", made.chart("From start to end", "USD", "Columns from start to end"))
    points = [("One", 6.0, 0.5, 2e6), ("Two", 18.0, -0.1, 5e5), ("None", "", "", 0.0)]
    bubbles = []
    for row, (name, *numbers) in enumerate(points, start=40):
        book.put(ws, f"A{row}", name)
        for letter, number in zip("BCD", numbers, strict=True):
            book.put(ws, f"{letter}{row}", number)
        x, y, size = (f"Charts!${letter}${row}" for letter in "BCD")
        bubbles.append(charts.Series(name, y, [numbers[1]], x=charts.Labels(x, [numbers[0]]),
                                     size=charts.Labels(size, [numbers[2]]), name_ref=f"Charts!$A${row}"))  # fmt: skip
    charts.add(ws, "I16", charts.Chart("Bubbles", "Months", "% of UPB", None, bubbles, "Bubbles", kind="bubble",
                                       format="0%", category_format="0"))  # fmt: skip
    path = tmp_path_factory.mktemp("charts") / "charts.xlsx"
    package.save(book, path, True, lambda step, share: None)
    return book, path


def test_helper_cells_recalculate_and_follow_an_edit(drawn: tuple[object, Path]) -> None:
    book, path = drawn
    found = calc.recalculate(calc.strip_cached_values(path))
    expected = computed_cells(book, "Charts")  # type: ignore[arg-type]
    assert [a for a, value in expected.items() if not same(found["Charts"][a], value, 0.01)] == []
    changed = [replace(step, value=900_000.0) if step.label == "Deep" else step for step in STEPS]
    now = Waterfall("Charts", "A", "B", FIRST, "D", changed).values()
    found = calc.recalculate(path, [("Charts", f"B{FIRST + 2}", 900_000.0)])
    for place, helper in enumerate(HELPERS, start=4):
        for row, value in enumerate(now[helper], start=FIRST):
            got = found["Charts"].get((row, place), "")
            assert same(got, "" if value is None else value, 0.01), (helper, row)


@pytest.mark.parametrize(("labels", "width", "turned"), [
    (["Bid $15M", "Costs -$3M"], 8.0, False),
    (["Reinstatement +$18k"] * 13, 20.6, True),
    (["Reinstatement +$18k"] * 13, 60.0, False),
])  # fmt: skip
def test_captions_turn_where_a_word_is_wider_than_its_column(labels: list[str], width: float, turned: bool) -> None:
    """A waterfall's captions wrap at blanks as long as no word has to be broken."""
    ws = Workbook().active
    values = charts.Series("x", "Sheet!$B$1:$B$2", [1.0] * len(labels))
    charts.add(ws, "D1", charts.Chart("x", "", "USD", charts.Labels("Sheet!$A$1:$A$2", labels), [values], "x",
                                      kind="waterfall", width=width))  # fmt: skip
    assert ws._charts[0].x_axis.txPr.bodyPr.rot == (charts.TURNED if turned else 0)


def test_columns_hang_where_they_should() -> None:
    """Every column reaches from where the last one ended to its own end, in parts on either side of zero."""
    now = Waterfall("S", "A", "B", FIRST, "D", STEPS).values()
    for place, step in enumerate(STEPS):
        start, end = now["start"][place], now["end"][place]
        assert end - start == step.value and start == (0.0 if step.total else now["end"][place - 1])
        parts = {h: now[h][place] for h in HELPERS if h.endswith(("_above", "_below"))}
        assert sum(abs(part) for part in parts.values()) == pytest.approx(abs(step.value))
        base = now["base"][place]
        above, below = (sum(v for h, v in parts.items() if h.endswith(side)) for side in ("_above", "_below"))
        assert max(base, 0.0) + above == pytest.approx(max(start, end, 0.0))
        assert min(base, 0.0) + below == pytest.approx(min(start, end, 0.0))
    assert now["caption"][:3] == ["Start $2.5M", "Up +$0.7M", "Deep -$4.0M"]


def test_the_file_is_valid_and_its_points_are_the_cells(drawn: tuple[object, Path]) -> None:
    _, path = drawn
    assert lint(path) == [] and validate.validate(path) == []
    found = calc.recalculate(path)["Charts"]
    with zipfile.ZipFile(path) as archive:
        trees = [ElementTree.fromstring(archive.read(n)) for n in sorted(archive.namelist())
                 if re.fullmatch(r"xl/charts/chart\d+\.xml", n)]  # fmt: skip
    kinds = []
    for tree in trees:
        kinds += [kind for kind in KINDS if tree.find(f".//{CHART}{kind}") is not None]
        axes = [axis for kind in ("catAx", "valAx") for axis in tree.iter(CHART + kind)]
        assert len(axes) == 2 and all(axis.find(f"{CHART}delete").get("val") == "0" for axis in axes)  # type: ignore[union-attr]
        for reference in tree.iter(f"{CHART}numRef"):
            area = (reference.findtext(f"{CHART}f") or "").rpartition("!")[2].replace("$", "")
            (top, left), (bottom, _) = (coordinate_to_tuple(a) for a in (area.split(":") * 2)[:2])
            cells = {row - top: found.get((row, left), "") for row in range(top, bottom + 1)}
            stored = {int(p.get("idx", "")): float(p.findtext(f"{CHART}v") or "") for p in reference.iter(f"{CHART}pt")}
            numbers = {place: value for place, value in cells.items() if isinstance(value, float)}
            assert stored == pytest.approx(numbers) or (not numbers and set(stored.values()) == {0.0}), area
    assert sorted(kinds) == ["barChart", "bubbleChart", "lineChart"]


def test_a_bubble_wants_a_place_and_a_size() -> None:
    from openpyxl import Workbook

    ws = Workbook().create_sheet("S")
    chart = charts.Chart("T", "x", "y", None, [charts.Series("s", "S!$A$1", [1.0])], "a", kind="bubble")
    with pytest.raises(ValueError, match="1 values without as many places and sizes"):
        charts.add(ws, "A1", chart)
