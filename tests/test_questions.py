"""What is asked of a seller: which question each kind of issue becomes, and what hangs on its answer."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lossmit_xl import Assumptions, evaluate, read_tape
from lossmit_xl.questions import POOL, SMALL, Question, each, questions
from lossmit_xl.questions.asked import unanswered
from lossmit_xl.questions.readings import READINGS, of_absent
from lossmit_xl.questions.rules import ABSENT_COLUMNS, BLANK_RULES, LOAN_RULES, POOL_RULES, SILENT, UNKNOWN_HEADINGS
from lossmit_xl.questions.words import LABELS
from lossmit_xl.states import FALLBACK, states
from lossmit_xl.tape import Tape
from tests.command_line import AS_OF, MESSY, ROOT, lossmit

DAY = dt.date(2026, 10, 31)
DEAL = Assumptions(as_of=DAY)
POOL_OF_TEN = 10
ASKED = 3  # the loan that each case makes doubtful
BASE: dict[str, object] = {
    "state": "OH", "property_type": "sfr", "occupancy": "owner", "lien": 1, "upb": 100_000, "note_rate": 0.08,
    "pi_payment": 771.82, "next_due_date": "2025-10-01", "maturity_date": "2051-09-01", "property_value": 150_000,
    "value_date": "2026-09-01", "senior_balance": "", "delinquent_taxes": 0, "escrow_advances": 0,
    "corporate_advances": 0, "fc_months_elapsed": 0, "fc_contested": "no", "bk_chapter": "", "title_clean": "yes",
}  # fmt: skip
BALANCES = [60_000 + 10_000 * k for k in range(POOL_OF_TEN)]
"""Values are 1.5 times these, so that the quartiles of value to UPB are 1.5 and an absent value is known."""


def tape_with(folder: Path, changes: Mapping[str, object], drop: tuple[str, ...] = (), add: str = "") -> Tape:
    """Ten plain loans, one of them changed."""
    rows = [
        {"loan_id": f"L{k}", **BASE, "upb": upb, "property_value": 1.5 * upb, "note_rate": 0.06 + k / 200,
         "pi_payment": round(_level(upb, 0.06 + k / 200), 2)}
        for k, upb in enumerate(BALANCES)
    ]  # fmt: skip
    rows[ASKED] |= changes
    frame = pd.DataFrame(rows).drop(columns=list(drop))
    if add:
        frame[add] = "x"
    path = folder / "tape.csv"
    frame.to_csv(path, index=False)
    return read_tape(path, as_of=DAY)


def _level(upb: float, rate: float) -> float:
    """Level payment over the instalments from the next due date to maturity of `BASE`."""
    i, months = rate / 12, 12 * (2051 - 2025)
    return upb * i / (1 - (1 + i) ** -months)


def bid_of(tape: Tape, changes: Mapping[str, object], place: int = ASKED) -> float:
    """The loan's bid with these cells, by the engine alone [USD]."""
    loans = tape.loans.iloc[[place]].copy()
    for name, value in changes.items():
        loans[name] = pd.Timestamp(str(value)) if name.endswith("_date") else value
    return float(np.nan_to_num(evaluate(loans, DEAL).loans["bid"].iloc[0]))


def _ends_of_states() -> tuple[dict[str, object], dict[str, object]]:
    table = states().drop(index=FALLBACK)
    months = table["fc_months"] + table["redemption_months"]
    return {"state": months.idxmax()}, {"state": months.idxmin()}


RATES = tuple(np.percentile([0.06 + k / 200 for k in range(POOL_OF_TEN) if k != ASKED], (25, 75)))
UPB = BALANCES[ASKED]
# what is on the tape, the column in doubt, words of the question, one end, the other end (None: the reading is "none")
CASES = [
    ("no value", {"property_value": ""}, "property_value", "no property value",
     {"property_value": 1.5 * UPB}, {"property_value": 1.5 * UPB}),
    ("negative value", {"property_value": -90_000}, "property_value", "as property value, below zero",
     {"property_value": 0.0}, {"property_value": 90_000}),
    ("old value", {"value_date": "2026-01-01"}, "property_value", "USD 135,000 is dated 2026-01-01",
     {"property_value": 135_000 * 0.85}, {"property_value": 135_000 * 1.15}),
    ("no date of the value", {"value_date": ""}, "property_value", "has no date",
     {"property_value": 135_000 * 0.85}, {"property_value": 135_000 * 1.15}),
    ("value in thousands", {"property_value": 135}, "property_value", "Is it in thousands",
     {"property_value": 135.0}, {"property_value": 135_000.0}),
    ("no rate", {"note_rate": ""}, "note_rate", "no note rate", {"note_rate": RATES[0]}, {"note_rate": RATES[1]}),
    ("unreadable rate", {"note_rate": "8..5"}, "note_rate", '"8..5" as note rate',
     {"note_rate": RATES[0]}, {"note_rate": RATES[1]}),
    ("low rate", {"note_rate": 0.0025}, "note_rate", "Is that in percent", {"note_rate": 0.0025}, {"note_rate": 0.25}),
    ("high rate", {"note_rate": 0.25}, "note_rate", "0.25. Is that right", {"note_rate": 0.25}, {"note_rate": 0.0025}),
    ("no balance", {"upb": ""}, "upb", "no unpaid principal balance", {"upb": 90_000.0}, {"upb": 90_000.0}),
    ("no due date", {"next_due_date": ""}, "next_due_date", "no next due date",
     {"next_due_date": "2026-11-30"}, {"next_due_date": "2023-11-30"}),
    ("paid ahead", {"next_due_date": "2027-01-01"}, "next_due_date", "Is it paid ahead",
     {}, {"next_due_date": "2026-10-31"}),
    ("payment in cents", {"pi_payment": 69_464}, "pi_payment", "in cents", {}, {"pi_payment": 694.64}),
    ("payment off", {"pi_payment": 2_000}, "pi_payment", "does not fit balance, rate and term", {}, None),
    ("no state", {"state": "Cascadia"}, "state", '"Cascadia" as state', *_ends_of_states()),
    ("junior without senior", {"lien": 2}, "senior_balance", "junior lien",
     {"senior_balance": 0.0}, {"senior_balance": 135_000.0}),
    ("first with senior", {"senior_balance": 40_000}, "senior_balance", "USD 40,000 ahead of it",
     {}, {"senior_balance": 0.0}),
    ("unreadable lien", {"lien": "?!"}, "lien", "first or a junior",
     {"lien": 1.0}, {"lien": 2.0, "senior_balance": 135_000.0}),
    ("no occupancy", {"occupancy": ""}, "occupancy", "gives no occupancy",
     {"occupancy": "owner"}, {"occupancy": "vacant"}),
    ("no title", {"title_clean": ""}, "title_clean", "junior liens or judgments",
     {"title_clean": "yes"}, {"title_clean": "no"}),
    ("no chapter", {"bk_chapter": "Ch 9"}, "bk_chapter", "under which chapter", {}, {"bk_chapter": "13"}),
    ("negative taxes", {"delinquent_taxes": -5_000}, "delinquent_taxes", "below zero",
     {"delinquent_taxes": 0.0}, {"delinquent_taxes": 5_000.0}),
    ("number twice", {"loan_id": "L0"}, "loan_id", "stands on the tape more than once", {}, {"upb": np.nan}),
    ("number cut", {"loan_id": "4.1E+09"}, "loan_id", "lost in a spreadsheet", {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "column", "words", "one", "other"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_an_issue_becomes_a_question_and_its_stake_is_what_the_engine_says(
    changes: dict[str, object], column: str, words: str, one: dict[str, object], other: dict[str, object] | None,
    tmp_path: Path,
) -> None:  # fmt: skip
    tape = tape_with(tmp_path, changes)
    asked = {found.column: found for found in each(questions(tape, DEAL))}
    beside = {"pi_payment"} if changes.get("note_rate") in (0.0025, 0.25) else set()  # a payment fits no such rate
    assert set(asked) == {column} | beside, [one.question for one in asked.values()]
    found = asked[column]
    assert found.row == int(tape.rows[ASKED])
    assert words in found.question
    loan = str(tape.loans["loan_id"].iloc[ASKED])
    assert found.loan_id == loan and loan in found.question
    if other is None:  # the level payment, by the formula
        other = {"pi_payment": _level(UPB, float(tape.loans["note_rate"].iloc[ASKED]))}
    now = bid_of(tape, {})
    bids = sorted([bid_of(tape, one), bid_of(tape, other)])
    assert found.bid == pytest.approx(now, abs=0.01)
    assert (found.bid_low, found.bid_high) == pytest.approx(bids, abs=0.01)
    assert found.at_stake == pytest.approx(max(*bids, now) - min(*bids, now), abs=0.01)


def test_the_words_of_the_ends_say_what_was_valued(tmp_path: Path) -> None:
    """Where a hundred times a rate is no rate, and where a balance is far more than a tenth above the original one."""
    tape = tape_with(tmp_path, {"note_rate": 0.0045, "pi_payment": 400})
    (one,) = [q for q in each(questions(tape, DEAL)) if q.column == "note_rate"]
    other = bid_of(tape, {"note_rate": float(np.percentile(tape.loans["note_rate"], 75))})
    assert sorted((one.bid_low, one.bid_high)) == pytest.approx(sorted((one.bid, other)), abs=0.01)
    assert "(if that is no rate: the pool's third quartile)" in one.readings
    tape = tape_with(tmp_path, {"upb": 200_000, "pi_payment": 1_600, "original_balance": 100_000})
    (one,) = [q for q in each(questions(tape, DEAL)) if q.column == "upb"]
    other = bid_of(tape, {"upb": 200_000 / 1.1})
    assert sorted((one.bid_low, one.bid_high)) == pytest.approx(sorted((one.bid, other)), abs=0.01)
    assert one.readings == "as it stands, or before a tenth was added to it" and "convention" in one.source


def test_a_plain_tape_raises_no_question(tmp_path: Path) -> None:
    assert questions(tape_with(tmp_path, {}), DEAL).empty


@pytest.mark.parametrize("change", [{"upb": 0}, {"occupancy": "??"}, {"title_clean": "N/A"}], ids=str)
def test_what_is_read_as_blank_is_not_called_blank(change: dict[str, object], tmp_path: Path) -> None:
    """The seller wrote a 0 or a word for nothing: he is not told that his cell is empty."""
    asked = questions(tape_with(tmp_path, change), DEAL)
    said = [one.tape_says for one in each(asked) if one.loan_id == f"L{ASKED}"]
    assert said and all("blank" not in words and words.endswith("(no value)") for words in said), said


def test_several_issues_of_a_cell_are_one_question(tmp_path: Path) -> None:
    asked = list(each(questions(tape_with(tmp_path, {"property_value": "", "value_date": "2020-01-01"}), DEAL)))
    assert [(found.column, found.why) for found in asked] == [
        ("property_value", "Without it the loan cannot be valued; the value is old")
    ]


def test_a_loan_that_lacks_two_needed_cells_shows_what_each_answer_is_worth(tmp_path: Path) -> None:
    tape = tape_with(tmp_path, {"property_value": "", "note_rate": ""})
    asked = {found.column: found for found in each(questions(tape, DEAL))}
    middle = sum(RATES) / 2
    assert asked["property_value"].bid == asked["note_rate"].bid == 0
    assert asked["property_value"].bid_high == pytest.approx(
        bid_of(tape, {"property_value": 1.5 * UPB, "note_rate": middle}), abs=0.01
    )
    assert asked["note_rate"].bid_high == pytest.approx(
        max(bid_of(tape, {"property_value": 1.5 * UPB, "note_rate": rate}) for rate in RATES), abs=0.01
    )


@pytest.mark.parametrize("column", ["occupancy", "title_clean", "bk_chapter", "delinquent_taxes", "value_date",
                                    "fc_months_elapsed", "escrow_advances", "corporate_advances"])  # fmt: skip
def test_a_column_that_is_absent_is_one_question_with_the_summed_stake(column: str, tmp_path: Path) -> None:
    tape = tape_with(tmp_path, {}, drop=(column,))
    asked = list(each(questions(tape, DEAL)))
    assert [(found.loan_id, found.loans) for found in asked] == [(POOL, POOL_OF_TEN)]
    found, value, state = asked[0], np.array(BALANCES) * 1.5, states().loc["OH"]
    ends: dict[str, tuple[dict[str, object], dict[str, object]]] = {
        "occupancy": ({"occupancy": "owner"}, {"occupancy": "vacant"}),
        "title_clean": ({"title_clean": "yes"}, {"title_clean": "no"}),
        "bk_chapter": ({"bk_chapter": ""}, {"bk_chapter": "13"}),
        "delinquent_taxes": ({}, {"delinquent_taxes": value * 0.02 * 2}),
        "value_date": ({"property_value": value * 0.85}, {"property_value": value * 1.15}),
        "fc_months_elapsed": ({}, {"fc_months_elapsed": float(state["fc_months"] - 1)}),
        "escrow_advances": ({}, {"escrow_advances": value * 0.02 / 12 * 13}),
        "corporate_advances": ({}, {"corporate_advances": float(state["legal_fee"] + state["other_costs"])}),
    }
    first, second = (evaluate(tape.loans.assign(**end), DEAL).loans["bid"].to_numpy() for end in ends[column])
    now = evaluate(tape.loans, DEAL).loans["bid"].sum()
    assert found.bid == pytest.approx(now, abs=0.01)
    assert found.bid_low == pytest.approx(np.minimum(first, second).sum(), abs=0.01)
    assert found.bid_high == pytest.approx(np.maximum(first, second).sum(), abs=0.01)
    assert found.at_stake == pytest.approx(found.bid_high - found.bid_low, abs=0.01)


def test_a_heading_nobody_knows_is_asked_for_without_a_stake(tmp_path: Path) -> None:
    asked = list(each(questions(tape_with(tmp_path, {}, add="Zorblax"), DEAL)))
    assert len(asked) == 1 and '"Zorblax"' in asked[0].question and not asked[0].estimated


# --- the sample, and the rules themselves


@pytest.fixture(scope="module")
def messy() -> Tape:
    return read_tape(MESSY, as_of=DAY)


@pytest.fixture(scope="module")
def asked(messy: Tape) -> list[Question]:
    return list(each(questions(messy, DEAL)))


def test_every_error_and_warning_of_the_sample_is_asked_or_listed_as_no_question(messy: Tape) -> None:
    assert unanswered(messy.issues, messy.rows) == []
    odd = messy.issues.assign(message="of a kind nobody thought of", severity="error")
    assert len(unanswered(odd, messy.rows)) == len(odd)


def test_questions_stand_by_what_hangs_on_them_and_once_a_cell(asked: list[Question]) -> None:
    stakes = [found.at_stake for found in asked if found.estimated]
    assert stakes == sorted(stakes, reverse=True) and min(stakes) >= 0
    assert [found.rank for found in asked] == list(range(1, len(asked) + 1))
    assert not any(found.estimated for found in asked[len(stakes) :])
    cells = [(found.loan_id, found.column) for found in asked if found.loan_id != POOL]
    assert len(cells) == len(set(cells))
    for found in asked:
        three = (found.bid_low, found.bid, found.bid_high)
        assert not found.estimated or found.at_stake == pytest.approx(max(three) - min(three), abs=0.01)


def test_nothing_is_asked_that_only_the_borrower_knows(asked: list[Question]) -> None:
    assert {found.column for found in asked} <= {*LABELS, ""}
    assert not {"contact", "hardship", "intent", "monthly_income", "cash_available"} & set(LABELS)


def test_no_question_names_a_borrower(messy: Tape, asked: list[Question]) -> None:
    said = "\n".join(f"{found.question} {found.tape_says}" for found in asked)
    people = {word for column in messy.personal for word in messy.personal[column] if len(word) > 5}
    assert people and not [word for word in people if word in said]


def test_every_rule_meets_a_message_that_the_reader_writes() -> None:
    pieces = []
    for path in (ROOT / "lossmit_xl" / "tape").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                pieces.append("".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                pieces.append(node.value)
    parts = [rule.says for rule in (*LOAN_RULES, *POOL_RULES, UNKNOWN_HEADINGS)] + list(SILENT)
    filled = {piece.replace("{}", slot) for piece in pieces for slot in ("180", "0 or more")}
    assert [part for part in parts if not any(part in piece for piece in filled)] == []


def test_every_rule_has_its_ends_and_every_column_its_words() -> None:
    for rule in (*LOAN_RULES, *POOL_RULES, *BLANK_RULES.values(), *ABSENT_COLUMNS.values()):
        assert not rule.reading or rule.reading in READINGS, rule
        assert not rule.topic or rule.topic in LABELS, rule
    assert {of_absent(topic) for topic in LABELS} <= set(READINGS)


JUNK = ("", "-5", "?!", "999", "abc", "0", "1e9", "0.4", "2/30/2024", "0.001", "(500)", "{said}", "=1+1", "75%", "L0",
        "ZZ", "5k")  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_junk_of_any_kind_is_asked_about_and_breaks_nothing(seed: int, tmp_path: Path) -> None:
    random = np.random.default_rng(seed)
    rows = [{"loan_id": f"L{k}", **BASE, "upb": upb, "property_value": 1.5 * upb, "payoff": 1.1 * upb, "late_fees": 3,
             "accrued_interest": 5, "origination_date": "2010-01-01", "target_yield": 0.1, "paid_to_date": "2025-09-01"}
            for k, upb in enumerate(BALANCES)]  # fmt: skip
    frame = pd.DataFrame(rows).astype(object)
    for _ in range(30):
        frame.iat[int(random.integers(len(frame))), int(random.integers(frame.shape[1]))] = str(random.choice(JUNK))
    frame.to_csv(tmp_path / "tape.csv", index=False)
    tape = read_tape(tmp_path / "tape.csv", as_of=DAY)
    found = list(each(questions(tape, DEAL)))
    assert found and all(one.at_stake >= 0 for one in found if one.estimated)
    assert unanswered(tape.issues, tape.rows) == []
    assert not [one.question for one in found if "{ask}" in one.question or "{label}" in one.question]


# --- the command


def _names_money(text: str, asked: list[Question]) -> list[str]:
    """The bids and stakes of the sample that a text gives away."""
    amounts = {shape.format(amount) for one in asked for amount in (one.bid_low, one.bid_high, one.at_stake)
               for shape in ("{:,.0f}", "{:.0f}", "{:.2f}") if one.estimated and amount >= 10_000}  # fmt: skip
    return sorted(amounts & set(re.findall(r"\d[\d,]*(?:\.\d+)?", text)))


@pytest.mark.parametrize("ending", ["txt", "csv", "screen"])
def test_what_the_seller_gets_gives_no_bid_away(ending: str, asked: list[Question], tmp_path: Path) -> None:
    out = tmp_path / f"ask.{ending}"
    to = () if ending == "screen" else ("-o", out)
    result = lossmit("questions", MESSY, *AS_OF, *to)
    assert result.code == 1  # some loans are not valued
    text = result.out if ending == "screen" else out.read_text()
    assert "at stake" not in text.lower() and not _names_money(text, asked)
    inside = lossmit("questions", MESSY, *AS_OF, "--internal", *to, *(() if ending == "screen" else ("--force",)))
    text = inside.out if ending == "screen" else out.read_text()
    assert "at stake" in text.lower() and _names_money(text, asked)


def test_the_text_holds_every_question_in_order(asked: list[Question], tmp_path: Path) -> None:
    out = tmp_path / "ask.txt"
    lossmit("questions", MESSY, *AS_OF, "-o", out)
    text = " ".join(out.read_text().split())
    places = [text.index(f"{found.rank}. {' '.join(found.question.split())}") for found in asked]
    assert places == sorted(places)
    first_small = next(found.rank for found in asked if not found.at_stake >= SMALL)
    assert f"Further questions {first_small}. " in text


def test_the_table_holds_every_question_and_top_cuts_it(asked: list[Question], tmp_path: Path) -> None:
    out = tmp_path / "ask.csv"
    lossmit("questions", MESSY, *AS_OF, "-o", out, "--top", "7")
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [row["question"] for row in rows] == [found.question for found in asked[:7]]
    assert list(rows[0]) == ["no", "loan", "file row", "question", "what the tape says", "answer"]
    assert rows[0]["loan"] == asked[0].loan_id  # leading zeros as they are


def test_a_formula_on_the_tape_stays_a_text(tmp_path: Path) -> None:
    tape_with(tmp_path, {"loan_id": "=1+1", "note_rate": "=HYPERLINK(1)"})
    out = tmp_path / "ask.csv"
    lossmit("questions", tmp_path / "tape.csv", *AS_OF, "-o", out)
    row = next(csv.DictReader(io.StringIO(out.read_text())))
    assert row["loan"] == "'=1+1"
    assert not row["question"].startswith("=")


@pytest.mark.parametrize("name", ["ask.pdf", "ask"])
def test_another_ending_is_refused(name: str, tmp_path: Path) -> None:
    result = lossmit("questions", MESSY, *AS_OF, "-o", tmp_path / name)
    assert result.code == 2 and "ends in .txt, .csv or .xlsx" in result.err
    assert not list(tmp_path.iterdir())
