"""A workbook that was worked on, and the next tape: what was typed comes along, and what cannot is said."""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
import zipfile
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lossmit_workbook.build import build
from lossmit_workbook.readback import ReadBack, read_workbook
from lossmit_xl import Assumptions, evaluate, read_tape
from lossmit_xl.carry import (
    CONFLICT,
    MOOT,
    Carried,
    Change,
    Past,
    carry,
    effects,
    empty_decisions,
    empty_overrides,
)
from lossmit_xl.columns import LOAN_COLUMNS
from lossmit_xl.loan_cells import Cell, alike, cells_of, loan_cell, said
from lossmit_xl.model import STATE_OVERRIDES
from tests.command_line import Result, lossmit
from tests.tools import calc
from tests.workbook.books import AS_OF, CLEAN, ROOT, disagreements, tape_of, written
from tests.workbook.typing_in import Typist

EVERY_KIND = (
    *(column.name for column in LOAN_COLUMNS if column.name != "loan_id"), *STATE_OVERRIDES,
    "target_yield", "value_haircut", "mod_rate", "mod_term", "exit",
)  # fmt: skip
VALUES: dict[str, object] = {
    "note_rate": 0.0815, "lien": 2, "fc_months_elapsed": 9, "dpo_month": 5, "target_yield": 0.21,
    "value_haircut": 0.2, "mod_rate": 0.04, "mod_term": 240, "fc_months": 17, "legal_fee": 4321.5,
    "redemption_months": 4, "state": "OH", "bk_chapter": "13", "exit": "hold",
}  # fmt: skip
WEIGHTS = {"short_sale": 0.5, "foreclosure": 0.3, "deed_in_lieu": 0.2}
OLD, NEW = 250, 20
GONE = (*range(3, 8), *range(100, 125))  # five of them with an override
CHANGED = (8, 9, 10, 11, 60, 61, 62, 63, 64, 65)  # the first four with an override: three conflicts, one moot


def value_of(name: str, now: object) -> object:
    """Something else that the column may hold."""
    kind = loan_cell(name)
    if kind.kind == "date":
        return dt.date(2026, 3, 5)
    if kind.kind == "word" and name not in VALUES:
        return next(word for word in kind.words if word != now)
    return VALUES.get(name, 12_345.67)


@dataclass
class Scenario:
    """The files of the story, what was typed, and what the command said."""

    folder: Path
    old_tape: Path
    new_tape: Path
    old: Path
    new: Path
    typed: dict[tuple[str, str], Cell] = field(default_factory=dict)
    decisions: dict[str, tuple[str, str]] = field(default_factory=dict)
    said: Result = field(default_factory=lambda: Result(0, "", ""))
    report: str = ""

    @property
    def gone(self) -> set[str]:
        """Loans that are not on the new tape."""
        return set(pd.read_csv(self.old_tape, dtype=str)["loan_id"]) - set(self.ids)

    @property
    def ids(self) -> list[str]:
        """Loans of the new tape."""
        return list(pd.read_csv(self.new_tape, dtype=str)["loan_id"])

    def deal(self) -> Assumptions:
        """The assumptions that were typed."""
        return Assumptions(as_of=AS_OF, target_yield=0.18, weights={"sell": WEIGHTS}, forbearance_steps=[[4, 0.25]],
                           states={"FL": {"fc_months": 31}, "US": {"legal_fee": 5_555.5}})  # fmt: skip

    def carried(self) -> Carried:
        """The same by the function below the command."""
        return carry(read_tape(self.new_tape, as_of=AS_OF).loans, read_workbook(self.old).past())


def tapes(folder: Path) -> tuple[Path, Path]:
    """A tape of 250 loans, and the seller's next: 30 gone, 20 new, 10 changed."""
    sys.path.insert(0, str(ROOT / "examples"))
    try:
        from make_tapes import clean_tape
    finally:
        sys.path.pop(0)
    frame = pd.DataFrame(clean_tape(OLD + NEW)).astype(object)
    old, new = folder / "october.csv", folder / "november.csv"
    frame[:OLD].to_csv(old, index=False)
    later = frame.copy()
    names = [EVERY_KIND[place] for place in CHANGED[:4]]
    for place, name in zip(CHANGED[:3], names[:3], strict=True):
        later.loc[place, name] = 777.0 if loan_cell(name).kind == "number" else later.loc[place, name]
    return old, _changed_tape(later, new)


def _changed_tape(later: pd.DataFrame, path: Path) -> Path:
    for place in CHANGED[:3]:
        name = EVERY_KIND[place]
        later.loc[place, name] = _tape_value(name)
    moot = EVERY_KIND[CHANGED[3]]
    later.loc[CHANGED[3], moot] = VALUES.get(moot, 12_345.67)
    for place in CHANGED[4:]:
        later.loc[place, "property_value"] = float(later.loc[place, "property_value"]) + 1_000
    later.drop(index=list(GONE)).to_csv(path, index=False)
    return path


def _tape_value(name: str) -> object:
    """What the new tape says where the old one was overridden."""
    return dt.date(2026, 5, 1) if loan_cell(name).kind == "date" else 888.0


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """October's workbook is built, typed into, saved by LibreOffice; November's is built from it."""
    folder = tmp_path_factory.mktemp("story")
    old_tape, new_tape = tapes(folder)
    built = folder / "built.xlsx"
    assert lossmit("build", old_tape, "-o", built, "--as-of", AS_OF.isoformat()).code in (0, 1)
    made = Scenario(folder, old_tape, new_tape, folder / "saved" / "october.xlsx", folder / "november.xlsx")
    loans, typist = read_tape(old_tape, as_of=AS_OF).loans, Typist(built)
    for place, name in enumerate(EVERY_KIND):
        loan = str(loans["loan_id"][place])
        now = cells_of(loans, name)[place]
        value = value_of(name, now)
        typist.loan(loan, name, value)
        made.typed[loan, name] = pd.Timestamp(value) if isinstance(value, dt.date) else (
            float(value) if isinstance(value, (int, float)) else str(value))  # fmt: skip
    _blank_one(made, typist, loans)
    for place in (0, 1, 2, 50, 51, 100, 101, 200):
        loan = str(loans["loan_id"][place])
        made.decisions[loan] = ("pass" if place % 2 else "bid", f"=call {place}" if place < 2 else f"note {place}, äöü")
        for name, text in zip(("decision", "note"), made.decisions[loan], strict=True):
            typist.loan(loan, name, text)
            typist.cell(loan, name).data_type = "s"
    typist.assumption("target_yield", 0.18)
    for slot in range(1, 7):
        typist.assumption(f"forbearance_step{slot}_months", 4 if slot == 1 else 0)
        typist.assumption(f"forbearance_step{slot}_share", 0.25 if slot == 1 else 0)
    typist.weights("sell", WEIGHTS)
    typist.state("FL", "fc_months", 31)
    typist.state("US", "legal_fee", 5_555.5)
    calc.resave(typist.save(folder / "october.xlsx"), made.old.parent)
    before = hashlib.sha256(made.old.read_bytes()).hexdigest()
    report = folder / "report.txt"
    made.said = lossmit("build", new_tape, "--from", made.old, "-o", made.new, "--as-of", AS_OF.isoformat(),
                        "--report", report)  # fmt: skip
    assert made.said.code in (0, 1), made.said.err
    assert hashlib.sha256(made.old.read_bytes()).hexdigest() == before
    made.report = report.read_text(encoding="utf-8")
    return made


def _blank_one(made: Scenario, typist: Typist, loans: pd.DataFrame) -> None:
    """One cell that the tape had filled is emptied: an override too."""
    loan = str(loans["loan_id"][70])
    typist.loan(loan, "property_type", None)
    made.typed[loan, "property_type"] = None


def _as_dict(read: ReadBack) -> dict[tuple[str, str], Cell]:
    return {(loan, column): new for loan, column, _, new in read.overrides.itertuples(index=False, name=None)}


def _same(found: dict[tuple[str, str], Cell], wanted: dict[tuple[str, str], Cell]) -> bool:
    return found.keys() == wanted.keys() and all(alike(found[key], wanted[key]) for key in wanted)


def _surviving(story: Scenario) -> dict[tuple[str, str], Cell]:
    """What was typed, less the loans that are gone and the one that the tape has caught up with."""
    moot = EVERY_KIND[CHANGED[3]]
    return {key: value for key, value in story.typed.items() if key[0] not in story.gone and key[1] != moot}


def test_every_override_is_read_back(story: Scenario) -> None:
    """40 kinds and an emptied cell, through LibreOffice: exactly what was typed, and no more."""
    read = read_workbook(story.old)
    assert read.problems == []
    assert len(story.typed) == 41 and _same(_as_dict(read), story.typed)
    assert read.assumptions == story.deal()
    found = {loan: (decision, note) for loan, decision, note in read.decisions.itertuples(index=False, name=None)}
    assert found == story.decisions
    tape = read_tape(story.old_tape, as_of=AS_OF).loans
    for name in tape:
        assert all(map(alike, cells_of(read.tape_loans, name), cells_of(tape, name))), name


def test_surviving_overrides_stand_in_the_new_workbook(story: Scenario) -> None:
    read = read_workbook(story.new)
    assert read.problems == []
    assert len(_surviving(story)) == 35 and _same(_as_dict(read), _surviving(story))
    assert read.assumptions == story.deal()
    kept = {loan: pair for loan, pair in story.decisions.items() if loan not in story.gone}
    found = {loan: (decision, note) for loan, decision, note in read.decisions.itertuples(index=False, name=None)}
    assert found == kept and len(kept) == 6
    tape = read_tape(story.new_tape, as_of=AS_OF)
    for name in tape.loans:
        assert all(map(alike, cells_of(read.tape_loans, name), cells_of(tape.loans, name))), name
    assert read.tape.sha256 == tape.source.sha256 and read.tape.as_of == AS_OF


def test_the_report_says_everything(story: Scenario) -> None:
    """Every loan that came or went, every changed cell, every override and every decision of a loan that went."""
    lines = story.report.splitlines()
    assert len(story.gone) == 30 and {f"went: {loan}" for loan in story.gone} <= set(lines)
    assert sum(line.startswith("came: ") for line in lines) == NEW
    changed = [line for line in lines if line.startswith("tape changed: ")]
    assert len({line.split()[2] for line in changed}) == len(CHANGED)
    for (loan, name), value in story.typed.items():
        about = [line for line in lines if f" {loan} {name}" in line and not line.startswith("tape changed")]
        assert len(about) == 1 and (said(value) in about[0]), (loan, name, about)
        expected = "not carried" if loan in story.gone else "override"
        assert about[0].startswith(expected), about
    assert sum(CONFLICT in line for line in lines) == 3 and sum(MOOT in line for line in lines) == 1
    for loan in story.gone & set(story.decisions):
        for text in story.decisions[loan]:
            assert any(line.startswith(f"not carried: {loan}") and text in line for line in lines), text
    out = " ".join(story.said.out.split())
    assert "20 came, 30 went, 10 changed on the tape" in out and "35 kept, at 3 of them the tape changed too" in out
    assert "1 moot" in out and "2026-10-31" in out


def test_the_new_workbook_recalculated_is_the_engine(story: Scenario) -> None:
    """From scratch in LibreOffice: every formula, the ledger's and the list of changes' too."""
    tape, carried = read_tape(story.new_tape, as_of=AS_OF), story.carried()
    found = calc.recalculate(calc.strip_cached_values(story.new))
    assert calc.errors(found) == []
    titles = ["Model", "Scenarios", "Bids", "Summary", "Overrides", "As built", "Checks", "Start"]
    assert disagreements(written(tape, story.deal(), carried), found, titles) == []
    loans = tape.loans.copy()
    for (loan, name), value in _surviving(story).items():
        cells = cells_of(loans, name)
        cells[list(loans["loan_id"]).index(loan)] = value
        loans[name] = pd.Series(["" if cell is None else cell for cell in cells], dtype=object)
    bids = evaluate(loans, story.deal()).column("bid").astype(float)
    assert abs(np.nansum(bids) - read_workbook(story.new).built["bid"]) < 0.01


def test_effects_are_the_bid_with_and_without(story: Scenario) -> None:
    """One batch gives what undoing each override by itself gives."""
    carried = story.carried()
    alone, together = effects(carried.tape_loans, carried.ledger, story.deal())
    full = np.nansum(evaluate(carried.loans, story.deal()).column("bid").astype(float))
    plain = np.nansum(evaluate(carried.tape_loans, story.deal()).column("bid").astype(float))
    assert together == pytest.approx(full - plain, abs=0.005)
    assert np.count_nonzero(np.abs(alone) > 1) > 10
    for entry, effect in list(zip(carried.ledger, alone, strict=True))[::5]:
        undone = carried.loans.copy()
        cells = cells_of(undone, entry.column)
        cells[list(undone["loan_id"]).index(entry.loan_id)] = entry.tape
        undone[entry.column] = pd.Series(["" if cell is None else cell for cell in cells], dtype=object)
        bid = np.nansum(evaluate(undone, story.deal()).column("bid").astype(float))
        assert effect == pytest.approx(full - bid, abs=0.005), entry


def test_a_second_round_on_the_same_tape_changes_nothing(story: Scenario, tmp_path: Path) -> None:
    """Built again from itself, twice: the same inputs to the byte, the same numbers, nothing to report."""
    paths = [story.new, tmp_path / "second.xlsx", tmp_path / "third.xlsx"]
    for source, target in pairwise(paths):
        result = lossmit("build", story.new_tape, "--from", source, "-o", target, "--as-of", AS_OF.isoformat())
        assert "0 came, 0 went, 0 changed" in " ".join(result.out.split())
        assert "Not carried: 0" in " ".join(result.out.split())
    for title in ("Loans", "Bids", "Assumptions", "States", "Model", "As built"):
        parts = {_part(path, title) for path in paths}
        assert len(parts) == 1, title
    reads = [read_workbook(path) for path in paths]
    assert all(read.overrides.equals(reads[0].overrides) for read in reads)


def _part(path: Path, title: str) -> bytes:
    import openpyxl

    place = openpyxl.load_workbook(path, read_only=True).sheetnames.index(title) + 1
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"xl/worksheets/sheet{place}.xml")


def test_a_file_of_assumptions_beats_the_old_workbook(story: Scenario, tmp_path: Path) -> None:
    deal = tmp_path / "deal.toml"
    deal.write_text("target_yield = 0.11\n", encoding="utf-8")
    out = tmp_path / "out.xlsx"
    result = lossmit("build", story.new_tape, "--from", story.new, "-o", out, "--assumptions", deal,
                     "--as-of", "2026-11-30")  # fmt: skip
    assert result.code in (0, 1), result.err
    words = " ".join(result.out.split())
    assert "those of deal.toml; november.xlsx is not asked, it differs in target_yield" in words
    assert "As of 2026-11-30; november.xlsx was as of 2026-10-31." in words
    assert read_workbook(out).assumptions == Assumptions.from_toml(deal).replace(as_of="2026-11-30")


def test_the_old_date_is_never_carried(story: Scenario, tmp_path: Path) -> None:
    result = lossmit("build", story.new_tape, "--from", story.new, "-o", tmp_path / "out.xlsx")
    assert f"As of {dt.date.today()}; november.xlsx was as of 2026-10-31." in " ".join(result.out.split())


def test_the_old_workbook_is_never_the_target(story: Scenario) -> None:
    before = story.new.read_bytes()
    for extra in ((), ("--force",)):
        result = lossmit("build", story.new_tape, "--from", story.new, "-o", story.new, *extra)
        assert result.code == 2 and "is a file this command reads" in result.err
    assert story.new.read_bytes() == before


def test_the_ledger_finds_loan_numbers_with_wildcards(tmp_path: Path) -> None:
    """`*`, `?` and `~` in a loan number are letters: what the cell holds now is found, and is that loan's."""
    loans = read_tape(CLEAN, as_of=AS_OF).loans.copy()
    loans.loc[:3, "loan_id"] = ["AB", "A*", "~?x", "A?"]
    tape, deal = tape_of(loans, tmp_path), Assumptions(as_of=AS_OF)
    values = {"A*": 111_000.0, "~?x": 222_000.0, "A?": 333_000.0}
    typed = pd.DataFrame([(loan, "property_value", 1.0, value) for loan, value in values.items()],
                         columns=empty_overrides().columns)  # fmt: skip
    carried = carry(tape.loans, Past("old.xlsx", "", "old.csv", tape.loans, typed.astype(object), empty_decisions()))
    tape, out = replace(tape, loans=carried.loans), tmp_path / "out.xlsx"
    build(tape, deal, out, carried=carried)
    found = calc.recalculate(calc.strip_cached_values(out), sheets=["Overrides"])["Overrides"]
    now = {found[row, 1]: found[row, 6] for (row, column), value in found.items()
           if column == 3 and value == "property_value"}  # fmt: skip
    assert now == values


def test_changes_are_by_column() -> None:
    """Old and new of every differing cell, blanks included, in the new tape's order."""
    old = pd.DataFrame({"loan_id": ["a", "b"], "upb": [1.0, np.nan], "state": ["FL", ""]})
    new = pd.DataFrame({"loan_id": ["b", "a"], "upb": [2.0, 1.0], "state": ["", "OH"]})
    read = read_carry(old, new)
    assert read.changed == (Change("b", "upb", None, 2.0), Change("a", "state", "FL", "OH"))


def read_carry(old: pd.DataFrame, new: pd.DataFrame) -> Carried:
    """Carry nothing but the loans."""
    return carry(new, Past("old.xlsx", "", "old.csv", old, empty_overrides(), empty_decisions()))
