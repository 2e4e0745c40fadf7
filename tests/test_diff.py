"""`lossmit diff A B` as its users run it: tables, JSON, the workbook, refusals."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import openpyxl
import pytest

from lossmit_workbook.layout import FIRST_ROW, HEAD_ROW
from lossmit_xl.bridge import CAUSES
from tests.command_line import AS_OF, CLEAN, ROOT, lossmit

NOVEMBER = ROOT / "examples" / "november_24.csv"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("pair")
    a, b = folder / "a.xlsx", folder / "b.xlsx"
    assert lossmit("build", CLEAN, "-o", a, *AS_OF).code == 0
    deal = ("--assumptions", ROOT / "examples" / "november.toml", "--as-of", "2026-11-30")
    assert lossmit("build", NOVEMBER, "-o", b, *deal).code == 0
    return a, b


def _cents(amount: float) -> int:
    return round(100 * amount)


def test_the_document_adds_up(pair: tuple[Path, Path]) -> None:
    a, b = pair
    result = lossmit("diff", a, b, "--json")
    assert result.code == 0
    found = json.loads(result.out)
    causes = {cause["cause"]: cause for cause in found["causes"]}
    assert list(causes) == list(CAUSES)
    amounts = {name: _cents(cause["amount"]) for name, cause in causes.items()}
    difference = _cents(found["to"]["bid"]) - _cents(found["from"]["bid"])
    assert sum(amounts.values()) == difference == _cents(found["difference"])
    for name, cause in causes.items():
        assert sum(_cents(loan[name]) for loan in found["loans"]) + _cents(cause["not_by_loan"]) == amounts[name]
        assert sum(_cents(part["amount"]) for part in cause["parts"]) == amounts[name]
    for loan in found["loans"]:
        assert _cents(loan["from"]) + sum(_cents(loan[name]) for name in CAUSES) == _cents(loan["to"])
    assert {name for name, amount in amounts.items() if amount} == {
        "went", "came", "tape", "states", "assumptions", "as_of"}  # fmt: skip
    assert amounts["model"] == 0 and found["notes"] == []
    assert {(c["column"], c["from"], c["to"]) for c in found["changes"] if c["cause"] == "assumptions"} == {
        ("target_yield", 0.15, 0.16)}  # fmt: skip


def test_the_bids_are_those_of_the_two_commands(pair: tuple[Path, Path]) -> None:
    found = json.loads(lossmit("diff", *pair, "--json").out)
    for side, tape, more in (("from", CLEAN, AS_OF), ("to", NOVEMBER, (
            "--as-of", "2026-11-30", "--assumptions", ROOT / "examples" / "november.toml"))):  # fmt: skip
        pool = json.loads(lossmit("evaluate", tape, "--json", *more).out)["portfolio"]["totals"]
        assert _cents(found[side]["bid"]) == _cents(pool["bid"]) and found[side]["loans"] == pool["loans"]


def test_the_table_and_the_workbook(pair: tuple[Path, Path], tmp_path: Path) -> None:
    a, b = pair
    before = [hashlib.sha256(path.read_bytes()).hexdigest() for path in pair]
    out = tmp_path / "diff.xlsx"
    result = lossmit("diff", a, b, "-o", out)
    assert result.code == 0 and result.err == ""
    for text in (*CAUSES.values(), "target_yield: 0.15 -> 0.16", "WI: fc_months 13 -> 16", "Loans that moved most"):
        assert text in result.out
    assert f"Written: {out}" in result.out.replace("\n", "")
    assert openpyxl.load_workbook(out, data_only=True)["Bridge"]["A4"].value == "ALL SUMS HOLD"
    assert before == [hashlib.sha256(path.read_bytes()).hexdigest() for path in pair]


def test_a_workbook_and_itself(pair: tuple[Path, Path]) -> None:
    found = json.loads(lossmit("diff", pair[0], pair[0], "--json").out)
    assert found["difference"] == 0 and all(cause["amount"] == 0 for cause in found["causes"])
    assert found["changes"] == [] and found["from"] == found["to"]


def test_an_edit_that_was_never_built_is_named(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Typed into the second workbook: its stamped bid does not know of it, and the bridge goes there and back."""
    a, _ = pair
    book = openpyxl.load_workbook(a)
    ws = book["Loans"]
    column = next(cell.column for cell in ws[HEAD_ROW] if cell.value == "property_value")
    ws.cell(FIRST_ROW + 3, column).value = 50_000.0
    deal = book["Assumptions"]
    deal.cell(next(row for row in range(1, 60) if deal.cell(row, 1).value == "target_yield"), 2).value = 0.2
    edited = tmp_path / "edited.xlsx"
    book.save(edited)
    found = json.loads(lossmit("diff", a, edited, "--json").out)
    amounts = {cause["cause"]: cause["amount"] for cause in found["causes"]}
    assert found["difference"] == 0 and amounts["overrides"] < 0 and amounts["assumptions"] < 0
    assert _cents(amounts["edits"]) == -_cents(amounts["overrides"]) - _cents(amounts["assumptions"])
    assert len(found["notes"]) == 1 and found["notes"][0].startswith("edited.xlsx: inputs were changed since its build")
    assert "lower" in found["notes"][0]


def test_refusals(pair: tuple[Path, Path], tmp_path: Path) -> None:
    a, b = pair
    plain = tmp_path / "plain.xlsx"
    openpyxl.Workbook().save(plain)
    for arguments, words in (
        ((a, CLEAN), "is no xlsx workbook"),
        ((plain, b), "is no workbook that lossmit built"),
        ((a, tmp_path / "nowhere.xlsx"), "there is no such file"),
        ((a, b, "-o", tmp_path / "x.txt"), "ends in .xlsx"),
        ((a, b, "-o", a, "--force"), "is a file this command reads"),
        ((a, b, "-o", plain), "exists already"),
    ):
        result = lossmit("diff", *arguments)
        assert result.code == 2 and result.out == "" and words in result.err, result
        assert all(line.startswith("lossmit: ") for line in result.err.splitlines())
