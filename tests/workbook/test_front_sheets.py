"""Start, Summary, Bids, Tape issues and Checks: figures, the light, filters, tape text, charts."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple

from lossmit_workbook import charts
from lossmit_workbook.book import Book
from lossmit_workbook.build import build
from lossmit_workbook.layout import FIRST_ROW, ON_BIDS
from lossmit_workbook.lint import lint
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import bids, checks, summary, tape_issues
from lossmit_workbook.sheets.check_pool import PoolCheck
from lossmit_workbook.sheets.summary_values import Pool
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.names import STRATEGIES
from lossmit_xl.tape import Tape
from tests.tools import calc, engines, validate
from tests.workbook.books import AS_OF, CLEAN, MESSY, built, disagreements, written

FRONT = ("Start", "Summary", "Bids", "Tape issues", "Checks")
DEFAULT = Assumptions(as_of=AS_OF)
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


class Made:
    """A workbook on disk with what it was built from."""

    def __init__(self, tape: Tape, path: Path) -> None:
        self.tape, self.path = tape, path
        self.book: Book = built(tape, DEFAULT, path)

    def loan(self, name: str, place: int) -> str:
        """Address of a loan's cell on Loans."""
        return f"{self.book.layout.loan_letter[name]}{FIRST_ROW + place}"

    def typed(self, name: str, place: int) -> tuple[str, str]:
        """Sheet and cell that a loan's value is typed into."""
        if name in ON_BIDS:
            return "Bids", f"{bids.letter(ON_BIDS[name])}{FIRST_ROW + place}"
        return "Loans", self.loan(name, place)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(read_tape(CLEAN), tmp_path_factory.mktemp("front") / "clean.xlsx")


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(read_tape(MESSY), tmp_path_factory.mktemp("front") / "messy.xlsx")


@pytest.fixture(scope="module")
def opened(clean: Made) -> Iterator[calc.Book]:
    with calc.Book(clean.path) as book:
        yield book


def assumption(name: str) -> str:
    """Address of an assumption's cell."""
    return next(f"B{row}" for row, text, field in assumptions_sheet.rows() if field is not None and text == name)


def tape_from(folder: Path, text: str, name: str = "tape.csv") -> Tape:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_tape(path)


# Figures


def test_recalculated_from_scratch_every_check_passes(messy: Made, tmp_path: Path) -> None:
    """Nothing is read back from the file: the light is green because each check is."""
    found = calc.recalculate(calc.strip_cached_values(messy.path, tmp_path / "bare.xlsx"))
    assert disagreements(messy.book, found, FRONT) == []
    assert calc.cell(found, "Start", "A4") == checks.PASS
    assert set(_results(found, messy)) == {checks.OK}


def test_a_second_engine_agrees(clean: Made) -> None:
    assert disagreements(clean.book, engines.ironcalc_values(clean.path), FRONT) == []


def test_totals_are_the_engines(messy: Made) -> None:
    totals = messy.book.evaluation.portfolio.totals
    cached = messy.book.cached["Summary"]
    rows = summary.POOL_ROWS
    assert cached[f"B{rows['loans']}"] == totals["valued"] == 242
    assert cached[f"D{rows['loans']}"] == totals["loans"] == 250
    for name, key in (("upb", "upb_valued"), ("value", "value"), ("expected_npv", "expected_npv"), ("bid", "bid")):
        assert cached[f"B{rows[name]}"] == pytest.approx(totals[key], abs=1e-6)
    assert cached[f"D{rows['upb']}"] == pytest.approx(totals["upb"], abs=1e-6)


def test_the_tables_are_the_portfolios_groups(messy: Made) -> None:
    """Every group of the engine's portfolio stands in its table with the same figures."""
    pool, groups = Pool.of(messy.book), messy.book.evaluation.portfolio.groups
    keys: dict[str, Sequence[str]] = {"recommended": STRATEGIES, "lien": ("first", "junior")}
    for group in summary.groups(messy.book, pool):
        if group.edges:
            continue  # bands: tests/workbook/test_summary.py
        engine = groups[group.name]
        for place, row in enumerate(group.rows):
            key = keys[group.name][place] if group.name in keys else row.label
            now = pool.group(row.members)
            if key not in engine.index:
                assert now["loans"] == 0
                continue
            for ours, theirs in (("loans", "loans"), ("valued", "valued"), ("bid", "bid"), ("upb", "upb_valued")):
                assert now[ours] == pytest.approx(engine.loc[key, theirs], abs=1e-6), (group.name, key, ours)


def test_after_edits_everything_follows(clean: Made, opened: calc.Book) -> None:
    """Yield and values changed in the sheet: the front sheets equal an engine run with the same changes."""
    loans = clean.tape.loans.copy()
    edits: list[calc.Edit] = [("Assumptions", assumption("target_yield"), 0.21)]
    for place in (1, 4, 9):
        loans.loc[place, "property_value"] = 90_000.0 + place
        edits.append(("Loans", clean.loan("property_value", place), 90_000.0 + place))
    loans.loc[6, "property_value"] = np.nan
    edits.append(("Loans", clean.loan("property_value", 6), None))
    found = calc.recalculate(clean.path, edits)
    expected = written(replace(clean.tape, loans=loans), DEFAULT.replace(target_yield=0.21))
    assert calc.errors(found) == []
    assert disagreements(expected, found, ["Summary", "Bids"], edited=True) == []
    assert calc.cell(found, "Summary", f"B{summary.POOL_ROWS['loans']}") == 24
    assert calc.cell(found, "Start", "A4") == f"{checks.CHANGED}5"


def test_a_group_that_appears_after_an_edit_is_not_lost(clean: Made) -> None:
    """A loan moved to a state without a row counts under `other`; every table still closes with the pool."""
    pool = Pool.of(clean.book)
    assert "GU" not in pool.states
    found = calc.recalculate(clean.path, [("Loans", clean.loan("state", 0), "GU")])
    row = summary.last_row(clean.book)
    assert calc.cell(found, "Summary", f"B{row - 1}") == 1
    assert calc.cell(found, "Summary", f"D{row - 1}") == pytest.approx(float(clean.tape.loans["upb"][0]))
    for letter, name in (("B", "loans"), ("D", "upb")):
        total = calc.cell(found, "Summary", f"{letter}{row}")
        assert total == pytest.approx(calc.cell(found, "Summary", f"D{summary.POOL_ROWS[name]}"))


# Bids


def test_totals_above_the_columns_follow_a_filter(messy: Made, tmp_path: Path) -> None:
    """Rows hidden by a filter leave the SUBTOTALs of row 3; the rest of the sheet does not move."""
    hidden = set(range(0, 250, 3))
    path = _with_rows_hidden(messy.path, tmp_path / "filtered.xlsx", "Bids", {FIRST_ROW + place for place in hidden})
    found = calc.recalculate(path, sheets=["Bids"])
    shown = np.array([place not in hidden for place in range(250)])
    values = bids.values(messy.book)
    row = bids.SHOWN_ROW
    assert calc.cell(found, "Bids", f"A{row}") == shown.sum()
    valued = messy.book.column("valued").astype(bool)
    assert calc.cell(found, "Bids", f"{bids.letter('situation')}{row}") == (valued & shown).sum()
    for name in bids.SUMMED:
        expected = np.nansum(values[name].astype(float)[shown])
        assert calc.cell(found, "Bids", f"{bids.letter(name)}{row}") == pytest.approx(expected, abs=1e-4), name
    ratio = np.nansum(values["bid"].astype(float)[shown]) / np.nansum(values["upb_valued"].astype(float)[shown])
    assert calc.cell(found, "Bids", f"{bids.letter('bid_of_upb')}{row}") == pytest.approx(ratio)


def _with_rows_hidden(source: Path, target: Path, title: str, rows: set[int]) -> Path:
    place = load_workbook(source, read_only=True).sheetnames.index(title) + 1
    part = f"xl/worksheets/sheet{place}.xml"

    def hide(match: re.Match[str]) -> str:
        return match[0] + ' hidden="1"' if int(match[1]) in rows else match[0]

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == part:
                data = re.sub(r'<row r="(\d+)"', hide, data.decode()).encode()
            new.writestr(item.filename, data)
    return target


def test_a_loan_without_numbers_says_why_and_counts_nowhere(messy: Made) -> None:
    values = bids.values(messy.book)
    without = np.flatnonzero(~messy.book.column("valued").astype(bool))
    assert len(without) == 8
    for place in without:
        assert values["not_valued"][place] and values["why"][place] == "" and np.isnan(values["bid_of_upb"][place])


# The light

EDITS: dict[str, tuple[str, str, object, str]] = {
    "an assumption": ("Assumptions", assumption("mod_rate"), 0.06, "assumptions"),
    "a word": ("Assumptions", assumption("exit"), "hold", "assumptions"),
    "a state's months": ("States", "D9", 99, "states"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_for_all_turns_the_light_amber_and_stops_the_comparison(edit: str, clean: Made) -> None:
    sheet, address, value, kind = EDITS[edit]
    found = calc.recalculate(clean.path, [(sheet, address, value)])
    assert calc.cell(found, "Start", "A4") == f"{checks.CHANGED}1"
    assert calc.cell(found, "Checks", f"E{checks.CHANGES[kind]}") == 1
    assert set(_results(found, clean)) == {checks.SKIPPED}


OF_ONE_LOAN: dict[str, object] = {
    "upb": 41_000.0, "note_rate": 0.0801, "state": "GU", "contact": "unknown", "monthly_debts": 0.0,
    "purchase_price": 9_999.0, "property_value": None, "exit": "hold", "target_yield": 0.2,
}  # fmt: skip


def test_edited_loans_are_counted_and_the_others_still_compared(clean: Made) -> None:
    """Numbers, words, a blank filled with 0, a cell emptied, an override: one edit in each of nine loans."""
    edits = [(*clean.typed(name, place), value) for place, (name, value) in enumerate(OF_ONE_LOAN.items(), 3)]
    found = calc.recalculate(clean.path, edits)
    assert calc.cell(found, "Start", "A4") == f"{checks.CHANGED}{len(OF_ONE_LOAN)}"
    results = _results(found, clean)
    assert results[3 : 3 + len(edits)] == [checks.SKIPPED] * len(edits)
    assert set(results[:3] + results[3 + len(edits) :]) == {checks.OK}


def test_edits_that_cancel_out_in_a_sum_are_seen(clean: Made) -> None:
    """A dollar moved from one column to another changes the loan."""
    upb, value = (float(clean.tape.loans[name][2]) for name in ("upb", "property_value"))
    moved = [("Loans", clean.loan("upb", 2), upb - 1), ("Loans", clean.loan("property_value", 2), value + 1)]
    found = calc.recalculate(clean.path, moved)
    assert calc.cell(found, "Checks", f"E{checks.CHANGES['loans']}") == 2


def test_weights_changed_are_counted_and_must_sum_to_one(clean: Made) -> None:
    row = clean.book.layout.weights_row
    ws = clean.book.workbook["Assumptions"]
    first, second = ws[f"B{row}"].value, ws[f"C{row}"].value
    balanced = [("Assumptions", f"B{row}", first + 0.01), ("Assumptions", f"C{row}", second - 0.01)]
    found = calc.recalculate(clean.path, balanced)
    # A weight below 0 is refused by the cell's validation; what counts here is that two cells are seen.
    assert calc.cell(found, "Start", "A4") == f"{checks.CHANGED}2"
    found = calc.recalculate(clean.path, balanced[:1])
    assert calc.cell(found, "Start", "A4") == checks.FAILED


def test_a_formula_overwritten_turns_the_light_red(clean: Made) -> None:
    """A number typed over a formula of Model, of a loan that nobody changed."""
    bid = clean.book.layout.model_letter["bid"]
    found = calc.recalculate(clean.path, [("Model", f"{bid}{FIRST_ROW + 5}", 1_000_000.0)])
    assert calc.cell(found, "Start", "A4") == checks.FAILED
    assert _results(found, clean)[5] == checks.BAD and _results(found, clean).count(checks.BAD) == 1


def test_a_typed_over_summary_figure_turns_the_light_red(clean: Made) -> None:
    found = calc.recalculate(clean.path, [("Summary", f"B{summary.POOL_ROWS['bid']}", 1.0)])
    assert calc.cell(found, "Start", "A4") == checks.FAILED


def test_an_error_cell_turns_the_light_red(clean: Made) -> None:
    flag = clean.book.layout.model_letter["confirm"]
    found = calc.recalculate(clean.path, [("Model", f"{flag}{FIRST_ROW}", calc.Formula("=1/0"))])
    assert calc.cell(found, "Start", "A4") == checks.FAILED


def test_an_edit_does_not_hide_a_failure(clean: Made) -> None:
    bid = clean.book.layout.model_letter["bid"]
    edits = [("Loans", clean.loan("upb", 1), 50_000.0), ("Model", f"{bid}{FIRST_ROW + 5}", 1_000_000.0)]
    assert calc.cell(calc.recalculate(clean.path, edits), "Start", "A4") == checks.FAILED


def test_a_check_of_another_sheet_counts(clean: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check appended to POOL_CHECKS stands on Checks; one that fails at the build makes the light red at once."""
    wrong = PoolCheck("Two is three", "1+1", 2.0, None, 3.0, "It is not")
    monkeypatch.setattr(checks, "POOL_CHECKS", [*checks.POOL_CHECKS, lambda book: [wrong]])
    book = written(clean.tape, DEFAULT)
    assert book.cached["Checks"][f"B{checks.LIGHT_ROW}"] == book.cached["Start"]["A4"] == checks.FAILED
    assert book.cached["Checks"][f"B{checks.FAILED_ROW}"] == 1


def _results(found: calc.Sheets, made: Made) -> list[calc.Value]:
    last = max(row for row, _ in found["Checks"])
    first = last - made.book.layout.loans + 1
    return [found["Checks"][row, 2] for row in range(first, last + 1)]


# Tape issues


def test_rows_of_the_file_are_loans_or_set_aside(messy: Made) -> None:
    cached = messy.book.cached["Tape issues"]
    assert messy.tape.source.rows_read == cached[f"F{tape_issues.CLOSE_ROW}"] == 257
    for row, severity in enumerate(tape_issues.SEVERITIES, start=tape_issues.COUNT_ROW):
        assert cached[f"B{row}"] == (messy.tape.issues["severity"] == severity).sum() > 0


def test_every_issue_heading_and_row_set_aside_is_there(messy: Made) -> None:
    ws = messy.book.workbook["Tape issues"]
    first = tape_issues.FIRST_ISSUE
    messages = [ws[f"F{row}"].value for row in range(first, first + len(messy.tape.issues))]
    assert messages == [message[: tape_issues.LONGEST] for message in messy.tape.issues["message"]]
    mapping, aside, _ = tape_issues.places(messy.book)
    entries = messy.tape.mapping.entries
    assert [ws[f"E{mapping + place}"].value for place in range(len(entries))] == [entry.heading for entry in entries]
    rows = [ws[f"A{aside + place}"].value for place in range(len(messy.tape.source.set_aside))]
    assert rows == [row for row, *_ in messy.tape.source.set_aside]


HOSTILE = ("=1+1", "+1", "-1+1", "@SUM(A1)", "#N/A", "=HYPERLINK(0)", "<b>&amp;")


def test_tape_text_stays_text(tmp_path: Path) -> None:
    """Whatever a cell of the tape starts with: never a formula, never an error, and the file stays valid."""
    lines = ["loan_id,state,upb,note_rate,pi_payment,next_due_date,maturity_date,property_value"]
    lines += [
        f'"{text}","{text}",1000{n},0.08,"{text}",2025-01-01,2040-01-01,"{text}"' for n, text in enumerate(HOSTILE)
    ]
    tape = tape_from(tmp_path, "\n".join(lines), "=evil.csv")
    issues = tape.issues.copy()
    issues.loc[0, "value"] = "\x07bell \x0b\ufffe" + "x" * 40_000
    tape = replace(tape, issues=issues)
    out = tmp_path / "out.xlsx"
    build(tape, DEFAULT, out)
    ws = load_workbook(out)["Tape issues"]
    assert str(ws[f"E{tape_issues.FIRST_ISSUE}"].value).startswith("bell x")
    shown = {cell.value: cell.data_type for row in ws.iter_rows() for cell in row if cell.value is not None}
    for text in ("=1+1", "@SUM(A1)", "=HYPERLINK(0)"):
        assert shown[text] == "s", text
    formulas = [cell.coordinate for row in ws.iter_rows() for cell in row if cell.data_type in ("f", "e")]
    assert set(formulas) == set(written(tape, DEFAULT).cached["Tape issues"])
    assert lint(out) == [] and validate.validate(out) == []
    found = calc.recalculate(out)
    assert [error for error in calc.errors(found) if error[0] != "Tape issues"] == []  # "#N/A" is the tape's text there


@pytest.mark.parametrize("state", ["", "FL"])
def test_a_pool_that_cannot_be_valued(state: str, tmp_path: Path) -> None:
    """No value, no state, a blank lien: counts and UPB stand, everything else is empty or 0, no error, no red light.
    Its own servicing fee gives a note sale a cost that no value is needed for: that counts nowhere either."""
    head = "loan_id,state,upb,note_rate,pi_payment,next_due_date,maturity_date,property_value,servicing_npl\n"
    tape = tape_from(tmp_path, f"{head}A1,{state},100000,0.08,900,2026-01-01,2045-01-01,,40\n")
    out = tmp_path / "out.xlsx"
    book = built(tape, DEFAULT, out)
    found = calc.recalculate(calc.strip_cached_values(out))
    assert calc.errors(found) == [] and disagreements(book, found, FRONT) == []
    assert calc.cell(found, "Summary", f"B{summary.POOL_ROWS['loans']}") == 0
    assert calc.cell(found, "Summary", f"D{summary.POOL_ROWS['upb']}") == 100_000
    assert calc.cell(found, "Start", "A4") == checks.PASS
    assert lint(out) == [] and validate.validate(out) == []


def test_a_tape_without_issues(tmp_path: Path) -> None:
    tape = tape_from(tmp_path, "loan_id,state,upb,note_rate,pi_payment,next_due_date,maturity_date,property_value\n"
                     "A1,FL,100000,0.08,900,2026-01-01,2045-01-01,150000\n")  # fmt: skip
    tape = replace(tape, issues=tape.issues.iloc[:0])
    out = tmp_path / "out.xlsx"
    book = built(tape, DEFAULT, out)
    found = calc.recalculate(out)
    assert disagreements(book, found, FRONT) == []
    assert calc.cell(found, "Tape issues", f"B{tape_issues.TOTAL_ROW}") == 0
    assert lint(out) == [] and validate.validate(out) == []


def test_a_row_set_aside_names_nobody_unless_asked(messy: Made, tmp_path: Path) -> None:
    """A total or a remark may hold a borrower's name: shown only where personal columns are kept."""
    aside = tuple((row, reason, "Jane Doe | 12 Elm St" if reason == "remark" else contents)
                  for row, reason, contents in messy.tape.source.set_aside)  # fmt: skip
    remark = next(row for row, reason, _ in aside if reason == "remark")
    issues = messy.tape.issues.copy()
    issues.loc[(issues["row"] == remark) & (issues["column"] == ""), "value"] = "Jane Doe | 12 Elm St"
    tape = replace(messy.tape, source=replace(messy.tape.source, set_aside=aside), issues=issues)
    for keep in (False, True):
        out = tmp_path / f"{keep}.xlsx"
        build(tape, DEFAULT, out, keep_personal=keep)
        ws = load_workbook(out, read_only=True)["Tape issues"]
        text = " ".join(str(value) for row in ws.iter_rows(values_only=True) for value in row)
        assert ("Jane Doe" in text) is keep


# The file


def test_every_formula_is_of_2016_or_before_and_hides_no_number(messy: Made) -> None:
    """Only 0, 1 and 12 stand in formulas, besides SUBTOTAL's function numbers."""
    from openpyxl.formula import Tokenizer

    for title in FRONT:
        ws = messy.book.workbook[title]
        for row in ws.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                tokens = Tokenizer(cell.value).items
                numbers = {t.value for t in tokens if t.type == "OPERAND" and t.subtype == "NUMBER"}
                allowed = {"0", "1", "12"} | ({"102", "103", "109"} if "SUBTOTAL" in cell.value else set())
                assert numbers <= allowed, (title, cell.coordinate, cell.value)


def test_links_lead_to_sheets_that_are_there(clean: Made) -> None:
    workbook = load_workbook(clean.path)
    cells = [cell for title in ("Start", "Tape issues") for row in workbook[title].iter_rows() for cell in row]
    targets = [cell.hyperlink.location for cell in cells if cell.hyperlink is not None]
    assert len(targets) == len(workbook.sheetnames) + 5  # two on Tape issues, three on Start: lists, light
    for target in targets:
        sheet, _, address = target.rpartition("!")
        assert sheet.strip("'") in workbook.sheetnames and coordinate_to_tuple(address)


# Charts


def test_charts_hold_what_their_cells_show(clean: Made, opened: calc.Book) -> None:
    """Four charts on Summary: titles, units, alt text, and cached points equal to the recalculated cells."""
    found = opened.values(["Summary"])
    drawn = 0
    with zipfile.ZipFile(clean.path) as archive:
        for name in sorted(n for n in archive.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", n)):
            tree = ElementTree.fromstring(archive.read(name))
            references = [r for r in tree.iter() if r.tag in (f"{CHART}numRef", f"{CHART}strRef")]
            if not references or not (references[0].findtext(f"{CHART}f") or "").startswith("Summary!"):
                continue
            drawn += 1
            axes = [axis for kind in ("catAx", "valAx") for axis in tree.iter(CHART + kind)]
            assert [axis.find(f"{CHART}delete").get("val") for axis in axes] == ["0", "0"]  # type: ignore[union-attr]
            for reference in references:
                assert _points(reference) == pytest.approx(_cells(reference, found)), reference.findtext(f"{CHART}f")
        drawings = "".join(archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/drawings/drawing"))
    assert drawn == 4
    assert drawings.count('descr="') == drawings.count("<cNvPr ") >= 4


def _points(reference: ElementTree.Element) -> list[float | str]:
    texts = [point.findtext(f"{CHART}v") or "" for point in reference.iter(f"{CHART}pt")]
    return [float(text) for text in texts] if reference.tag.endswith("numRef") else texts  # type: ignore[return-value]


def _cells(reference: ElementTree.Element, found: calc.Sheets) -> list[calc.Value]:
    sheet, _, area = (reference.findtext(f"{CHART}f") or "").partition("!")
    first, _, last = area.replace("$", "").partition(":")
    (top, left), (bottom, _) = coordinate_to_tuple(first), coordinate_to_tuple(last or first)
    return [found[sheet][row, left] for row in range(top, bottom + 1)]


def test_a_chart_wants_a_value_for_each_category() -> None:
    from openpyxl import Workbook

    ws = Workbook().create_sheet("S")
    labels, series = charts.Labels("S!$A$1:$A$3", ["a", "b", "c"]), [charts.Series("s", "S!$B$1:$B$2", [1.0, 2.0])]
    with pytest.raises(ValueError, match="2 values for 3 categories"):
        charts.add(ws, "D2", charts.Chart("T", "", "USD", labels, series, "alt"))


def test_axes_keep_large_amounts_short() -> None:
    assert charts.dollars_format([12.0, None, float("nan")]) == charts.AXIS_DOLLARS
    assert charts.dollars_format([-35_000.0]) == charts.AXIS_THOUSANDS
    assert charts.dollars_format([3.0, 25e6]) == charts.AXIS_MILLIONS
