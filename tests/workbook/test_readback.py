"""Workbooks that somebody has been at: each gets a line that names cell, value and mend, and is left as it was."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from lossmit_workbook.build import build
from lossmit_workbook.layout import FIRST_ROW, HEAD_ROW
from lossmit_workbook.readback import read_workbook
from lossmit_xl import Assumptions, evaluate, read_tape
from lossmit_xl.assumption_flat import unflatten
from lossmit_xl.assumptions import OVERRIDABLE
from lossmit_xl.columns import LOAN_COLUMNS
from lossmit_xl.errors import LossmitError
from lossmit_xl.loan_cells import alike, cells_of, loan_cell, loan_number, read_cell
from tests import strategies
from tests.tools import calc
from tests.workbook.books import AS_OF, CLEAN
from tests.workbook.typing_in import Typist

DEFAULT = Assumptions(as_of=AS_OF, states={"FL": {"fc_months": 33}})
A, B, C = "0004100037", "0004100074", "0004100111"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six loans, one number of which begins with zeros and one that is a number to a spreadsheet."""
    folder = tmp_path_factory.mktemp("readback")
    pd.read_csv(CLEAN, dtype=str)[:6].to_csv(folder / "tape.csv", index=False)
    path = folder / "pool.xlsx"
    build(read_tape(folder / "tape.csv", as_of=AS_OF), DEFAULT, path)
    return path


@pytest.fixture(scope="module")
def core(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without the sheets that are never read: quick to open and save."""
    typist = Typist(built)
    for title in ("Model", "Scenarios", "Flows", "Compare", "Method", "Summary"):
        del typist.book[title]
    return typist.save(tmp_path_factory.mktemp("core") / "pool.xlsx")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path) -> tuple[list[str], bool]:
    """Every line that reading gives, and whether the file was refused; the file stays as it was."""
    before, stamp = _digest(path), path.stat().st_mtime_ns
    try:
        lines, refused = read_workbook(path).problems, False
    except LossmitError as error:
        lines, refused = list(error.problems), True
    assert _digest(path) == before and path.stat().st_mtime_ns == stamp
    assert sorted(other.name for other in path.parent.iterdir()) == [path.name]
    return lines, refused


def _set(sheet: str, address: str, value: object) -> Callable[[Typist], None]:
    return lambda typist: setattr(typist.book[sheet][address], "value", value)


def _of(loan: str, name: str, value: object) -> Callable[[Typist], None]:
    return lambda typist: typist.loan(loan, name, value)


def _rename(old: str, new: str) -> Callable[[Typist], None]:
    return lambda typist: setattr(typist.book[old], "title", new)


def _remove(title: str) -> Callable[[Typist], None]:
    return lambda typist: typist.book.remove(typist.book[title])


def _error(typist: Typist) -> None:
    cell = typist.cell(A, "upb")
    cell.value, cell.data_type = "#N/A", "e"


def _doubled_heading(typist: Typist) -> None:
    ws = typist.book["Loans"]
    ws.cell(HEAD_ROW, ws.max_column + 1).value = "upb"


def _swapped_weights(typist: Typist) -> None:
    typist.weights("sell", {"short_sale": 0.9})


def _many(typist: Typist) -> None:
    typist.loan(A, "upb", "lots")
    typist.loan(B, "occupancy", "squatter")
    typist.assumption("target_yield", 15)


NOTES: dict[str, tuple[Callable[[Typist], None], tuple[str, ...]]] = {
    "text in a number cell": (
        _of(A, "property_value", "about 90k"),
        (
            'Loans!P7: property_value of loan 0004100037: "about 90k" is text, where a number '
            "belongs (USD); type it as a number. It is not carried",
        ),
    ),
    "number out of range": (
        _of(B, "note_rate", 7),
        ('Loans!H8: note_rate of loan 0004100074: "7" must lie between 0 and 0.36 (per year)',),
    ),
    "negative money": (_of(B, "upb", -5), ('Loans!F8: upb of loan 0004100074: "-5" must be 0 or more (USD)',)),
    "word that is none": (
        _of(A, "occupancy", "ownr"),
        (
            'Loans!D7: occupancy of loan 0004100037: "ownr" must be one of '
            "owner, tenant, vacant, unknown; did you mean owner?",
        ),
    ),
    "truth value": (_of(A, "contact", True), ('contact of loan 0004100037: "TRUE" must be one of yes, no',)),
    "text for a date": (
        _of(A, "value_date", "last May"),
        ('"last May" is text, where a date belongs; type it as a date, such as 2026-10-31',),
    ),
    "override out of range": (
        _of(A, "target_yield", 15),
        ('target_yield of loan 0004100037: "15" must lie between', "did you mean 0.15"),
    ),
    "fraction of a month": (_of(A, "mod_term", 240.5), ("must be a whole number of months",)),
    "ask as text": (_of(A, "purchase_price", "80k"), ("Bids!", 'purchase_price of loan 0004100037: "80k" is text')),
    "error cell": (_error, ("Loans!F7: upb of loan 0004100037 shows an error; type a value or empty the cell",)),
    "formula without a result": (
        _of(A, "upb", "=100000*0.9"),
        ("Loans!F7: upb of loan 0004100037 is a formula without a stored result; open the file in Excel and save it",),
    ),
    "loan number changed": (
        _set("Loans", "A9", "zzz"),
        (f'Loans!A9: reads "zzz", but was "{C}" at the build; type "{C}" again',),
    ),
    "loan number twice": (
        _set("Loans", "A9", A),
        (
            f'Loans!A7: the loan number "{A}" stands in A7 and A9; delete the row that is not the loan',
            f'the row of loan "{C}" is gone',
        ),
    ),
    "row deleted": (
        lambda t: t.book["Loans"].delete_rows(9),
        (f'sheet Loans: the row of loan "{C}" is gone; put it back',),
    ),
    "row added": (_set("Loans", "A13", "extra"), ('Loans!A13: "extra": there was no such loan at the build',)),
    "row without number": (_set("Loans", "F13", 5), ("Loans!A13: the row has values but no loan number",)),
    "number changed on Bids": (_set("Bids", "A7", "q"), (f'Bids!A7: reads "q", but was "{A}" at the build',)),
    "assumption as text": (
        lambda t: t.assumption("target_yield", "15 %"),
        ('Assumptions!B9: target_yield = "15 %": must be a number',),
    ),
    "assumption out of range": (
        lambda t: t.assumption("value_haircut", 10),
        ("value_haircut = 10", "did you mean 0.1 (10 % of the property value)? It is not carried"),
    ),
    "assumption blank": (lambda t: t.assumption("exit", None), ("exit is blank; type a value",)),
    "weights that miss 1": (_swapped_weights, ("weights.sell: the shares add up to 0.9, not 1",)),
    "state figure as text": (
        lambda t: t.state("OH", "fc_months", "long"),
        ('states.OH.fc_months = "long": must be a number between 1 and 360',),
    ),
    "state figure blank": (lambda t: t.state("OH", "legal_fee", None), ("legal_fee of OH is blank; type a value",)),
    "a column of the user's": (_set("Loans", f"AZ{HEAD_ROW}", "My view"), ()),
    "a sheet of the user's": (
        lambda t: t.book.create_sheet("Scratch"),
        ('sheet "Scratch": is not one of lossmit\'s; it is not carried',),
    ),
    "several at once": (_many, ('"lots" is text', '"squatter" must be one of', "target_yield = 15")),
}
REFUSED: dict[str, tuple[Callable[[Typist], None], tuple[str, ...]]] = {
    "sheet renamed": (
        _rename("Loans", "Loans (mine)"),
        ('sheet "Loans": is missing; rename the sheet "Loans (mine)" back to "Loans"',),
    ),
    "sheet removed": (_remove("States"), ('sheet "States": is missing; bring it back from a copy; it has "Start"',)),
    "two sheets": (
        lambda t: (_rename("Bids", "B1ds")(t), _remove("As built")(t), None)[-1],
        ('rename the sheet "B1ds" back to "Bids"', 'sheet "As built": is missing'),
    ),
    "heading lost": (
        _set("Loans", f"F{HEAD_ROW}", "balance"),
        (f'Loans row {HEAD_ROW}: the heading "upb" is missing; type it again above its column',),
    ),
    "heading twice": (_doubled_heading, ('the heading "upb" stands in columns F and', "rename or delete the other")),
    "no headings": (
        lambda t: t.book["Loans"].delete_rows(1, HEAD_ROW),
        ('sheet Loans: has no row of headings with "loan_id"',),
    ),
    "assumption's name lost": (
        _set("Assumptions", "A9", "yield"),
        ('the name "target_yield" is missing; type it again',),
    ),
    "state's row lost": (_set("States", "A9", "??"), ('sheet States: the state "AR" is missing; put its row back',)),
    "stamp typed over": (
        lambda t: setattr(t.book["As built"].cell(FIRST_ROW, t.heads("As built")["upb"]), "value", "x"),
        ("'As built'!", '"x" is text', "nobody is to type on that sheet"),
    ),
    "stamps lost": (
        lambda t: t.book["Overrides"].delete_rows(4, 20),
        ("does not say what the workbook was built from",),
    ),
}


@pytest.mark.parametrize("case", NOTES)
def test_a_bad_cell_is_named_and_the_rest_is_read(case: str, core: Path, tmp_path: Path) -> None:
    edit, wanted = NOTES[case]
    typist = Typist(core)
    edit(typist)
    typist.loan("0004100185", "property_value", 54_321.0)
    path = typist.save(tmp_path / "mine.xlsx")
    lines, refused = _read(path)
    assert not refused and all(line.startswith("mine.xlsx, ") and "\n" not in line for line in lines)
    for words in wanted:
        assert any(words in line for line in lines), (words, lines)
    assert len(lines) == (0 if not wanted else len(wanted) if case in ("several at once", "loan number twice") else 1)
    read = read_workbook(path)
    assert ("0004100185", "property_value", 54_321.0) in list(
        read.overrides[["loan_id", "column", "new"]].itertuples(index=False, name=None)
    )
    assert len(read.overrides) == 1 and read.assumptions == DEFAULT


@pytest.mark.parametrize("case", REFUSED)
def test_a_workbook_that_cannot_be_trusted_is_refused(case: str, core: Path, tmp_path: Path) -> None:
    edit, wanted = REFUSED[case]
    typist = Typist(core)
    edit(typist)
    lines, refused = _read(typist.save(tmp_path / "mine.xlsx"))
    assert refused and all(line.startswith("mine.xlsx, ") and "\n" not in line for line in lines)
    for words in wanted:
        assert any(words in line for line in lines), (words, lines)


def _moved(typist: Typist) -> None:
    """Columns of Loans in another order, rows above the headings, and its loans sorted backwards."""
    ws = typist.book["Loans"]
    rows = [[cell.value for cell in row] for row in ws.iter_rows(min_row=HEAD_ROW)]
    order = list(range(len(rows[0])))
    random.Random(5).shuffle(order)
    body = [rows[0], *reversed([row for row in rows[1:] if row[0]])]
    ws.delete_rows(1, ws.max_row)
    ws["C2"].value = "rearranged"
    for place, row in enumerate(body, start=9):
        for column, source in enumerate(order, start=2):
            ws.cell(place, column).value = row[source]


def test_moved_columns_and_sorted_rows_are_found(core: Path, tmp_path: Path) -> None:
    typist = Typist(core)
    typist.loan(B, "property_value", 1_234.5)
    typist.loan(C, "exit", "hold")
    _moved(typist)
    read = read_workbook(typist.save(tmp_path / "mine.xlsx"))
    assert read.problems == []
    assert read.overrides.values.tolist() == [
        [B, "property_value", read.overrides["old"][0], 1_234.5],
        [C, "exit", None, "hold"],
    ]


def test_what_libreoffice_saves_is_read_the_same(core: Path, tmp_path: Path) -> None:
    """Values, dates, truth values, texts with zeros in front, formulas with their results."""
    typist = Typist(core)
    typist.loan(A, "property_value", "=100000*0.9")
    typist.loan(B, "note_rate", 0.07123456789012345)
    typist.loan(C, "note", "007")
    typist.loan(C, "decision", "ask seller")
    path = typist.save(tmp_path / "mine.xlsx")
    saved = calc.resave(path, tmp_path / "saved")
    mine, other = read_workbook(path), read_workbook(saved)
    assert other.problems == [
        f"mine.xlsx, Loans!P7: property_value of loan {A} is a formula; its result 90000 is carried as a value"
    ]
    assert other.overrides.values.tolist()[0] == [A, "property_value", 167_600.0, 90_000.0]
    assert other.decisions.values.tolist() == mine.decisions.values.tolist() == [[C, "ask seller", "007"]]
    assert other.assumptions == mine.assumptions == DEFAULT
    for name in mine.tape_loans:
        assert all(map(alike, cells_of(mine.tape_loans, name), cells_of(other.tape_loans, name))), name
        if name != "property_value":
            assert all(map(alike, cells_of(mine.loans, name), cells_of(other.loans, name))), name


def test_a_fresh_workbook_reads_back_as_its_tape(built: Path) -> None:
    read, tape = read_workbook(built), read_tape(built.parent / "tape.csv", as_of=AS_OF)
    assert read.problems == [] and read.overrides.empty and read.decisions.empty and read.assumptions == DEFAULT
    for name in tape.loans:
        assert read.loans[name].equals(tape.loans[name]), name
    assert read.tape.sha256 == tape.source.sha256 and read.sha256 == _digest(built)
    totals = evaluate(read.loans, read.assumptions).portfolio.totals
    assert all(totals[name] == pytest.approx(read.built[name]) for name in read.built)


def _ole(path: Path, built: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"))


def _foreign(path: Path, built: Path) -> None:
    Workbook().save(path)


def _no_part(path: Path, built: Path) -> None:
    with zipfile.ZipFile(built) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            if item.filename != "xl/workbook.xml":
                new.writestr(item.filename, old.read(item))


FILES: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "password": (_ole, "is locked by a password; open it in Excel, remove the password"),
    "old kind": (lambda p, b: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), "old kind (xls)"),
    "truncated": (lambda p, b: p.write_bytes(b.read_bytes()[:50_000]), "is cut short or damaged"),
    "empty": (lambda p, b: p.write_bytes(b""), "the file is empty"),
    "text": (
        lambda p, b: p.write_text("loan_id,upb\n1,2\n"),
        "is no xlsx workbook; name the workbook that lossmit built",
    ),
    "someone else's": (_foreign, 'is no workbook that lossmit built (its sheets: "Sheet"); name one that is'),
    "a zip": (_no_part, "is a zip archive, but no workbook"),
}


@pytest.mark.parametrize("case", FILES)
def test_files_that_are_none_of_ours(case: str, built: Path, tmp_path: Path) -> None:
    make, words = FILES[case]
    path = tmp_path / "mine.xlsx"
    make(path, built)
    lines, refused = _read(path)
    assert refused and len(lines) == 1 and lines[0].startswith("mine.xlsx: ") and words in lines[0], lines


def test_missing_locked_and_folder(built: Path, tmp_path: Path) -> None:
    with pytest.raises(LossmitError, match="there is no such file"):
        read_workbook(tmp_path / "none.xlsx")
    with pytest.raises(LossmitError, match="is a folder; name the workbook"):
        read_workbook(tmp_path)
    path = Path(shutil.copy(built, tmp_path / "locked.xlsx"))
    path.chmod(0)
    if os.geteuid() == 0:  # root may read everything: the refusal is made where the system makes it
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "read_bytes", lambda self: (_ for _ in ()).throw(PermissionError(13, "no")))
            with pytest.raises(LossmitError, match="may not be read; close it where it is open, or ask for permission"):
                read_workbook(path)
    else:
        with pytest.raises(LossmitError, match="may not be read; close it where it is open, or ask for permission"):
            read_workbook(path)


def test_protected_sheets_are_read(core: Path, tmp_path: Path) -> None:
    """Protection keeps people from typing, not us from reading."""
    typist = Typist(core)
    typist.loan(A, "upb", 77_000)
    for ws in typist.book.worksheets:
        ws.protection.sheet = True
        ws.protection.set_password("secret")
    read = read_workbook(typist.save(tmp_path / "mine.xlsx"))
    assert read.problems == [] and len(read.overrides) == 1


def test_stamps_are_found_by_label_where_names_are_lost(built: Path, tmp_path: Path) -> None:
    typist = Typist(built)
    for name in list(typist.book.defined_names):
        del typist.book.defined_names[name]
    read = read_workbook(typist.save(tmp_path / "mine.xlsx"))
    assert (read.tape, read.built, read.built_with) == (
        read_workbook(built).tape,
        read_workbook(built).built,
        read_workbook(built).built_with,
    )


def test_a_large_workbook_is_read_in_seconds(tmp_path: Path) -> None:
    """The sheets that are needed alone, 2,000 loans: their share of ten thousand is below five seconds."""
    frame = pd.concat([pd.read_csv(CLEAN, dtype=str)] * 80, ignore_index=True)
    frame["loan_id"] = [f"L{place:06d}" for place in range(len(frame))]
    frame.to_csv(tmp_path / "many.csv", index=False)
    build(read_tape(tmp_path / "many.csv", as_of=AS_OF), DEFAULT, tmp_path / "many.xlsx")
    begun = time.process_time()
    read = read_workbook(tmp_path / "many.xlsx")
    assert len(read.loans) == 2_000 and read.problems == [] and time.process_time() - begun < 5.0


@given(data=st.data())
def test_assumptions_survive_being_laid_flat(data: st.DataObject) -> None:
    deal = data.draw(strategies.assumptions())
    assert Assumptions(**unflatten(deal.inputs()), states=deal.states) == deal


NAMES = sorted({column.name for column in LOAN_COLUMNS} | set(OVERRIDABLE))


@given(
    name=st.sampled_from(NAMES), raw=st.one_of(st.floats(), st.text(max_size=8), st.booleans(), st.none(), st.dates())
)
@settings(max_examples=300)
def test_a_cell_is_read_or_refused_in_words(name: str, raw: object) -> None:
    """Whatever stands in a cell: a clean value that reads back as itself, or one line."""
    try:
        value = read_cell(name, raw)
    except ValueError as problem:
        assert str(problem).strip() and "\n" not in str(problem)
        return
    if value is not None:
        assert alike(read_cell(name, value), value)
        if loan_cell(name).kind == "number":
            assert isinstance(value, float) and np.isfinite(value)


def test_loan_numbers_keep_what_they_are() -> None:
    assert [loan_number(raw) for raw in ("001", 1001.0, " 7 ", "1e5", 12.5)] == ["001", "1001", "7", "1e5", "12.5"]
