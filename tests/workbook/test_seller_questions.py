"""The sheet of questions: its sums live, its print free of bids, and the seller's own file free of them altogether."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from lossmit_workbook import package
from lossmit_workbook.lint import lint
from lossmit_workbook.seller_file import lay, save_questions
from lossmit_workbook.sheets import seller_questions
from lossmit_workbook.sheets.seller_questions import FIRST, TITLE
from lossmit_xl import Assumptions, Evaluation, evaluate, read_tape
from lossmit_xl.errors import OutputError
from lossmit_xl.questions import each, questions
from lossmit_xl.tape import Tape
from tests.tools import calc
from tests.tools.validate import audit, validate
from tests.workbook.books import AS_OF, MESSY, disagreements

DEAL = Assumptions(as_of=AS_OF)


@pytest.fixture(scope="module")
def tape() -> Tape:
    return read_tape(MESSY, as_of=AS_OF)


@pytest.fixture(scope="module")
def evaluation(tape: Tape) -> Evaluation:
    return evaluate(tape.loans, DEAL)


@pytest.fixture(scope="module")
def asked(tape: Tape, evaluation: Evaluation) -> pd.DataFrame:
    return questions(tape, DEAL, evaluation)


@pytest.fixture(scope="module")
def ours(tape: Tape, evaluation: Evaluation, asked: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("questions") / "ours.xlsx"
    save_questions(tape, DEAL, evaluation, asked, path, internal=True)
    return path


@pytest.fixture(scope="module")
def sellers(tape: Tape, evaluation: Evaluation, asked: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("questions") / "sellers.xlsx"
    save_questions(tape, DEAL, evaluation, asked, path, internal=False)
    return path


def test_both_files_are_valid_and_clean(ours: Path, sellers: Path) -> None:
    for path in (ours, sellers):
        assert validate(path) == []
        assert lint(path) == []
    assert audit(ours) == []


def test_the_sheet_recalculated_is_what_the_engine_says(
    tape: Tape, evaluation: Evaluation, asked: pd.DataFrame, ours: Path, tmp_path: Path
) -> None:
    book = lay(tape, DEAL, evaluation, asked, internal=True)
    bare = calc.strip_cached_values(ours, tmp_path / "bare.xlsx")
    assert disagreements(book, calc.recalculate(bare), [TITLE]) == []


def test_an_answer_and_another_threshold_move_the_sums(asked: pd.DataFrame, ours: Path) -> None:
    found = calc.recalculate(ours, [(TITLE, f"G{FIRST}", "yes"), (TITLE, "L2", 50_000.0)])[TITLE]
    total = float(asked["at_stake"].sum())
    assert found[4, 12] == pytest.approx(total - float(asked["at_stake"].iloc[0]), abs=0.01)
    assert (found[3, 12], found[3, 3], found[4, 3]) == (pytest.approx(total, abs=0.01), len(asked), len(asked) - 1)
    weights = [found[FIRST + place, 13] for place in range(len(asked))]
    assert weights.count("ask") == int((asked["at_stake"] >= 50_000).sum())
    assert weights.count("not estimated") == int(asked["at_stake"].isna().sum())


def test_what_prints_holds_no_bid(ours: Path) -> None:
    ws = openpyxl.load_workbook(ours)[TITLE]
    assert ws.print_area == f"'{TITLE}'!$A$1:$G${ws.max_row}"
    assert ws.page_setup.orientation == "portrait" and ws.page_setup.fitToHeight == 0
    printed = [str(cell.value) for row in ws[f"A1:G{ws.max_row}"] for cell in row if cell.value is not None]
    assert not [words for words in printed if re.search(r"\bbids?\b|stake|haircut|yield", words, re.IGNORECASE)]


def test_the_sellers_file_holds_no_bid_anywhere(sellers: Path, asked: pd.DataFrame) -> None:
    ws = openpyxl.load_workbook(sellers).active
    assert ws.max_column == 7
    with zipfile.ZipFile(sellers) as parts:
        whole = "".join(parts.read(name).decode() for name in parts.namelist())
    numbers = set(re.findall(r"\d+(?:\.\d+)?", whole))
    money = {f"{amount!r}" for one in each(asked) for amount in (one.bid, one.bid_low, one.bid_high, one.at_stake)
             if amount >= 1_000}  # fmt: skip
    assert money and not numbers & money
    assert not re.search(r"\bbids?\b|at stake|target_yield", whole, re.IGNORECASE)


def test_texts_of_the_tape_are_never_formulas(tape: Tape, evaluation: Evaluation, asked: pd.DataFrame,
                                              tmp_path: Path) -> None:  # fmt: skip
    hostile = asked.head(2).assign(loan_id=["=1+1", "@SUM(1)"], tape_says=["+1", "=HYPERLINK(1)"], question="=2")
    book = lay(tape, DEAL, evaluation, hostile, internal=True)
    ws = book.workbook[TITLE]
    assert [ws[address].data_type for address in ("B7", "B8", "C7", "D7", "D8")] == ["s"] * 5
    path = tmp_path / "hostile.xlsx"
    package.save(book, path, False, lambda step, share: None)
    assert calc.recalculate(path)[TITLE][7, 2] == "=1+1"


def test_no_questions_is_a_sheet_that_says_so(tape: Tape, evaluation: Evaluation, asked: pd.DataFrame,
                                              tmp_path: Path) -> None:  # fmt: skip
    path = tmp_path / "none.xlsx"
    save_questions(tape, DEAL, evaluation, asked.head(0), path, internal=True)
    assert lint(path) == [] and validate(path) == []
    found = calc.recalculate(path)[TITLE]
    assert found[7, 3].startswith("No questions") and (found[3, 3], found[3, 12]) == (0, 0)
    with pytest.raises(OutputError, match="exists already"):
        save_questions(tape, DEAL, evaluation, asked, path, internal=True)


def test_the_workbook_has_the_sheet_before_the_loans() -> None:
    from lossmit_workbook.build import SHEETS

    titles = [sheet.TITLE for sheet in SHEETS]
    assert titles.index(seller_questions.TITLE) == titles.index("Loans") - 1
