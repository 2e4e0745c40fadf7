"""The engine: worked loans, a frame's types and gaps, loans that can't be valued, overrides."""

from __future__ import annotations

import math
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lossmit_xl import Assumptions, Evaluation, evaluate, evaluate_in_blocks
from lossmit_xl.columns import LOAN_COLUMNS
from lossmit_xl.evaluate import all_columns
from lossmit_xl.model import model
from lossmit_xl.model.outputs import LOAN_OUTPUTS, SCENARIO_COLUMNS, SCENARIO_NUMBERS, YIELD_OUTPUTS
from lossmit_xl.names import RETENTION, STRATEGIES
from lossmit_xl.text import Text
from tests.decisions import reference
from tests.strategies import AS_OF

CENT, RATE = 0.01, 1e-6
IN_RATES = frozenset(("months", "moic", "irr", "annualised_roi", "weight"))
WORKED = Path(__file__).parent / "reference" / "worked_loans"
SETS = ("default", "hold_full_service_defer", "steps_no_target")
DEAL = Assumptions(as_of=AS_OF)


def tape() -> pd.DataFrame:
    """The 40 worked loans as pandas reads them."""
    return pd.read_csv(WORKED / "tape.csv")


def some(rows: int = 6) -> pd.DataFrame:
    """The first worked loans, without overrides of assumptions."""
    return tape().drop(columns=["target_yield", "fc_months", "legal_fee"]).head(rows)


def missed(name: str, got: Any, wanted: Any) -> bool:
    """Whether a figure misses the wanted one: money by a cent, rates and months by 1e-6, text at all.

    A return of thousands of percent on a price of cents is as exact as floating point lets it be.
    """
    blank = wanted is None or wanted == "" or wanted != wanted
    if isinstance(got, (str, bool, np.bool_)):
        return str(got) != ("" if blank else str(wanted))
    if blank or got != got:
        return blank != (got != got)
    tolerance = RATE if name in IN_RATES else CENT
    return not math.isclose(float(got), float(wanted), rel_tol=1e-9, abs_tol=tolerance)


def differences(evaluation: Evaluation, loans: list[dict[str, Any]], deal: Assumptions) -> list[Any]:
    """Every cell of both result frames that is not the independent reference's."""
    scenarios = evaluation.scenarios.to_dict("records")
    summaries = evaluation.loans.to_dict("records")
    wrong = []
    for row, loan in enumerate(loans):
        by_strategy, summary = reference(loan, deal)
        for place, strategy in enumerate(STRATEGIES):
            got = scenarios[row * len(STRATEGIES) + place]
            assert got["strategy"] == strategy
            wrong += _wrong(row, strategy, SCENARIO_COLUMNS[2:], got, by_strategy[strategy])
        wrong += _wrong(row, "", LOAN_OUTPUTS, summaries[row], summary)
    return wrong


def _wrong(row: int, strategy: str, columns: tuple[str, ...], got: Any, wanted: Any) -> list[Any]:
    return [(row, strategy, name, got[name], wanted[name]) for name in columns if missed(name, got[name], wanted[name])]


# The worked loans ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", ["scenarios", "loans"])
def test_equals_the_worked_loans(name: str, kind: str) -> None:
    evaluation = evaluate(tape(), Assumptions.from_toml(WORKED / name / "assumptions.toml"))
    printed = pd.read_csv(WORKED / name / f"{kind}.csv", dtype=str, keep_default_na=False)
    got = getattr(evaluation, kind)
    not_printed = {"confirm", "investment_to_value", "expected_profit", "implied_yield", "yield_note", "light"}
    assert set(got.columns) - set(printed.columns) == (not_printed if kind == "loans" else set())
    assert len(got) == len(printed) == (40 * len(STRATEGIES) if kind == "scenarios" else 40)
    wrong = []
    for column in printed.columns:
        for row, (ours, theirs) in enumerate(zip(got[column], printed[column], strict=True)):
            if column == "reason":  # its wording is free
                ours, theirs = str(ours != ""), str(theirs != "")
            if missed(column, ours, theirs):
                wrong.append((row, column, ours, theirs))
    assert not wrong, f"{len(wrong)} cells, first: {wrong[:5]}"


@pytest.mark.parametrize("name", SETS)
def test_every_word_of_the_worked_loans_is_the_references(name: str) -> None:
    """`reason` and `confirm` in their exact wording, which the worked loans leave free."""
    deal = Assumptions.from_toml(WORKED / name / "assumptions.toml")
    loans = pd.read_csv(WORKED / "tape.csv", dtype=str)
    records = [{str(key): cell for key, cell in loan.items()} for loan in loans.to_dict("records")]
    assert not differences(evaluate(loans, deal), records, deal)


# What comes out ------------------------------------------------------------------------------------------------


def test_frames_have_the_published_columns_in_order() -> None:
    evaluation = evaluate(some(3), DEAL)
    assert tuple(evaluation.scenarios.columns) == SCENARIO_COLUMNS
    assert tuple(evaluation.loans.columns) == ("loan_id", *LOAN_OUTPUTS, *YIELD_OUTPUTS)
    assert list(evaluation.scenarios["strategy"]) == list(STRATEGIES) * 3
    assert list(evaluation.scenarios["loan_id"]) == [i for i in ("W001", "W002", "W003") for _ in STRATEGIES]
    assert evaluation.scenarios["feasible"].dtype == bool
    assert all(evaluation.scenarios[name].dtype == float for name in SCENARIO_NUMBERS)


def test_texts_behave_like_plain_strings() -> None:
    scenarios = evaluate(some(4), DEAL).scenarios
    assert ((scenarios["reason"] == "") == scenarios["feasible"]).all()
    assert not scenarios["reason"].isna().any()
    assert (scenarios["strategy"] + "!").iloc[8] == "note_sale!"
    assert scenarios["reason"].fillna("x").astype(str).str.len().sum() == sum(map(len, scenarios["reason"]))
    assert scenarios.to_csv(index=False).splitlines()[1].startswith("W001,reinstatement,")
    assert sorted(scenarios.groupby("strategy").size().index) == sorted(STRATEGIES)


def test_figures_and_columns_are_the_frames() -> None:
    evaluation = evaluate(tape(), DEAL)
    for strategy in STRATEGIES:
        rows = evaluation.scenarios[evaluation.scenarios["strategy"] == strategy]
        for figure in SCENARIO_NUMBERS:
            np.testing.assert_array_equal(evaluation.figure(strategy, figure), rows[figure].to_numpy())
    for name in LOAN_OUTPUTS:
        np.testing.assert_array_equal(evaluation.column(name), evaluation.loans[name].to_numpy())


def test_every_retention_strategy_has_a_payment_and_no_other() -> None:
    pool = evaluate(tape(), DEAL)
    for strategy in STRATEGIES:
        paid = ~np.isnan(pool.figure(strategy, "payment"))
        assert (paid == ~np.isnan(pool.figure(strategy, "npv"))).all() if strategy in RETENTION else not paid.any()


def test_all_columns_gives_every_column_of_the_model() -> None:
    loans = tape()
    values = all_columns(loans, DEAL)
    assert set(model().columns) <= set(values)
    assert {f"{strategy}_irr" for strategy in STRATEGIES} <= set(values)
    np.testing.assert_array_equal(values["bid"], evaluate(loans, DEAL).column("bid"))


@pytest.mark.parametrize("rows", [1, 7, 39])
def test_blocks_do_not_show(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks see other words and other gaps than the whole; the last is short."""
    loans = tape()
    wanted, whole = evaluate(loans, DEAL), all_columns(loans, DEAL)
    monkeypatch.setattr(import_module("lossmit_xl.evaluate"), "BLOCK", rows)
    got, parts = evaluate(loans, DEAL), all_columns(loans, DEAL)
    pd.testing.assert_frame_equal(got.scenarios, wanted.scenarios, rtol=1e-12)
    pd.testing.assert_frame_equal(got.loans, wanted.loans, rtol=1e-12)
    for name in model().columns:
        if isinstance(whole[name], Text):
            assert list(parts[name].objects()) == list(whole[name].objects()), name
        else:
            np.testing.assert_allclose(parts[name], whole[name], rtol=1e-10, err_msg=name)


def test_a_stream_of_frames_equals_the_pool() -> None:
    loans = tape()
    parts = (loans.iloc[begin : begin + 7] for begin in range(0, len(loans), 7))
    frames = [evaluation.scenarios for evaluation in evaluate_in_blocks(parts, DEAL)]
    pd.testing.assert_frame_equal(pd.concat(frames, ignore_index=True), evaluate(loans, DEAL).scenarios)


# What goes in --------------------------------------------------------------------------------------------------


def test_an_empty_pool_has_empty_frames_and_totals_of_nothing() -> None:
    for loans in (tape().head(0), pd.DataFrame(columns=[column.name for column in LOAN_COLUMNS])):
        evaluation = evaluate(loans, DEAL)
        assert (len(evaluation), len(evaluation.scenarios), len(evaluation.loans)) == (0, 0, 0)
        assert tuple(evaluation.scenarios.columns) == SCENARIO_COLUMNS
        assert evaluation.scenarios["npv"].dtype == float
        assert evaluation.portfolio.totals["bid"] == 0
        assert evaluation.portfolio.coverage == "0 of 0 loans, USD 0 of USD 0 UPB valued"


def test_needs_only_what_a_value_needs() -> None:
    loans = tape()[["loan_id", "upb", "note_rate", "pi_payment", "next_due_date", "property_value"]].head(8)
    records = [{str(k): v for k, v in loan.items()} for loan in loans.to_dict("records")]
    assert not differences(evaluate(loans, DEAL), records, DEAL)


def test_index_and_unknown_columns_do_not_matter() -> None:
    loans = some(6)
    wanted = evaluate(loans, DEAL).scenarios
    odd = loans.set_axis([7, 7, 1, 1, 7, 0]).assign(colour="red")
    pd.testing.assert_frame_equal(evaluate(odd, DEAL).scenarios, wanted)


@pytest.mark.parametrize("how", ["text", "pyarrow", "object", "nullable", "dates"])
def test_the_frame_may_hold_its_values_in_any_type(how: str) -> None:
    wanted = evaluate(some(24), DEAL).scenarios
    loans = pd.read_csv(WORKED / "tape.csv", dtype=str)[some(1).columns].head(24)
    if how == "pyarrow":
        loans = some(24).convert_dtypes(dtype_backend="pyarrow")
    elif how == "nullable":
        loans = some(24).convert_dtypes()
    elif how == "object":
        loans = some(24).astype(object).where(some(24).notna(), None)
    elif how == "dates":
        loans = some(24)
        for name in ("next_due_date", "maturity_date", "value_date"):
            loans[name] = pd.to_datetime(loans[name])
    pd.testing.assert_frame_equal(evaluate(loans, DEAL).scenarios, wanted)


def test_dates_may_be_excel_serials_or_python_dates() -> None:
    loans = some(24)
    wanted = evaluate(loans, DEAL).scenarios
    dates = pd.to_datetime(loans["next_due_date"])
    serials = (dates - pd.Timestamp("1899-12-30")).dt.days
    pd.testing.assert_frame_equal(evaluate(loans.assign(next_due_date=serials), DEAL).scenarios, wanted)
    pd.testing.assert_frame_equal(evaluate(loans.assign(next_due_date=dates.dt.date), DEAL).scenarios, wanted)


YES_NO = [
    ("yes", [True, "yes", "Y", "TRUE", "1", 1, 1.0, np.True_]),
    ("no", [False, "no", "N", " False ", "0", 0, 0.0, np.False_]),
    (None, ["", None, np.nan, "maybe", pd.NA]),
]


@pytest.mark.parametrize(("word", "cells"), YES_NO)
@pytest.mark.parametrize("column", ["contact", "fc_contested", "title_clean"])
def test_yes_and_no_in_all_their_spellings(column: str, word: str | None, cells: list[Any]) -> None:
    loans = pd.concat([some(1)] * len(cells), ignore_index=True)
    wanted = evaluate(loans.assign(**{column: word}), DEAL)
    got = evaluate(loans.assign(**{column: pd.Series(cells, dtype=object)}), DEAL)
    pd.testing.assert_frame_equal(got.scenarios, wanted.scenarios)
    pd.testing.assert_frame_equal(got.loans, wanted.loans)


def test_a_bool_column_answers_yes_and_no() -> None:
    loans = some(2)
    got = evaluate(loans.assign(contact=np.array([True, False])), DEAL)
    pd.testing.assert_frame_equal(got.scenarios, evaluate(loans.assign(contact=["yes", "no"]), DEAL).scenarios)


ABSENT = [  # column, values that count as absent: out of range or list, zero where tapes write it for unknown
    ("upb", [0, -5, np.inf, "x"]), ("note_rate", [-0.01, 0.37]), ("pi_payment", [0, -1]), ("property_value", [0, -1]),
    ("dpo_offer", [0, -1]), ("purchase_price", [0, -1]), ("dpo_month", [-1, 121]), ("lien", [0, 10]),
    ("fc_months_elapsed", [-1, 601]), ("accrued_interest", [-1]), ("late_fees", [-1]), ("senior_balance", [-1]),
    ("annual_taxes_insurance", [-1]), ("monthly_income", [-1]), ("cash_available", [-1]), ("hardship", ["sad"]),
    ("intent", ["flee"]), ("occupancy", ["empty"]), ("property_type", ["boat"]), ("bk_chapter", ["9"]),
    ("next_due_date", ["soon"]), ("maturity_date", ["later"]),
]  # fmt: skip


@pytest.mark.parametrize(("column", "values"), ABSENT, ids=[column for column, _ in ABSENT])
def test_a_value_outside_its_range_or_list_is_absent(column: str, values: list[Any]) -> None:
    loans = some(12)
    wanted = evaluate(loans.assign(**{column: None}), DEAL)
    for value in values:
        got = evaluate(loans.assign(**{column: value}), DEAL)
        pd.testing.assert_frame_equal(got.loans, wanted.loans)
        pd.testing.assert_frame_equal(got.scenarios, wanted.scenarios)


def test_edges_of_a_range_are_inside() -> None:
    loans = pd.concat([some(1)] * 4, ignore_index=True).assign(note_rate=[0.0, 0.36, 0.360001, None])
    assert list(evaluate(loans, DEAL).column("not_valued") == "") == [True, True, False, False]


def test_chapters_and_choices_are_read_whatever_their_case_and_type() -> None:
    loans = pd.concat([some(1)] * 4, ignore_index=True)
    got = evaluate(loans.assign(bk_chapter=[13, 13.0, "13", " 13.0"], intent=["SELL", "Sell ", "sell", "sElL"]), DEAL)
    assert got.loans.drop_duplicates().shape[0] == 1
    assert got.figure("foreclosure", "months")[0] > evaluate(some(1), DEAL).figure("foreclosure", "months")[0]


def test_an_unknown_state_takes_the_national_row() -> None:
    loans = pd.concat([some(1)] * 5, ignore_index=True).assign(state=["US", "ZZ", "", None, "us"])
    assert evaluate(loans, DEAL).loans.drop_duplicates().shape[0] == 1
    here = evaluate(loans.assign(state=["NY", "ny", "TX", "tx", "FL"]), DEAL).figure("foreclosure", "months")
    assert here[0] == here[1] != here[2] == here[3]


# Loans that can't be valued ------------------------------------------------------------------------------------

NOT_VALUED = [
    ("upb", {}, "not valued: no unpaid balance"),
    ("note_rate", {}, "not valued: no note rate"),
    ("next_due_date", {}, "not valued: no next due date"),
    ("property_value", {}, "not valued: no property value"),
    ("pi_payment", {"maturity_date": None}, "not valued: no payment and no maturity date"),
    ("pi_payment", {"maturity_date": "2026-01-31", "next_due_date": "2026-08-01"},
     "not valued: no payment and no instalments left"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "besides", "reason"), NOT_VALUED, ids=[case[2] for case in NOT_VALUED])
def test_a_loan_that_cannot_be_valued_keeps_its_row_and_says_why(
    column: str, besides: dict[str, Any], reason: str
) -> None:
    loans = some(3).astype(object)
    for name, value in ({column: None} | besides).items():
        loans.loc[1, name] = value
    evaluation = evaluate(loans, DEAL)
    one = evaluation.loans.iloc[1]
    assert (one["loan_id"], one["not_valued"]) == ("W002", reason)
    assert one.drop(["loan_id", "not_valued"]).map(lambda x: x == "" or x != x).all()
    rows = evaluation.scenarios[evaluation.scenarios["loan_id"] == "W002"]
    assert len(rows) == len(STRATEGIES)
    assert (rows["reason"] == reason).all()
    assert not rows["feasible"].any()
    assert rows[list(SCENARIO_NUMBERS)].isna().all(axis=None)
    others = evaluate(loans.drop(index=1), DEAL).scenarios
    pd.testing.assert_frame_equal(
        evaluation.scenarios[evaluation.scenarios["loan_id"] != "W002"].reset_index(drop=True), others
    )


def test_a_pool_without_any_value_has_no_numbers() -> None:
    evaluation = evaluate(some(3).drop(columns="property_value"), DEAL)
    assert evaluation.scenarios[list(SCENARIO_NUMBERS)].isna().all(axis=None)
    assert evaluation.portfolio.totals["valued"] == 0


# A loan's own assumptions --------------------------------------------------------------------------------------

OVERRIDES = [  # column, the loan's own value, the same for the whole deal
    ("target_yield", "12 %", {"target_yield": 0.12}),
    ("value_haircut", 0.25, {"value_haircut": 0.25}),
    ("exit", "Hold", {"exit": "hold"}),
    ("servicing_model", "full service", {"servicing_model": "full_service"}),
    ("forbearance_exit", "lump", {"forbearance_exit": "lump"}),
    ("mod_rate", 0.02, {"mod_rate": 0.02}),
    ("mod_term", "240 months", {"mod_term": 240}),
    ("mod_target", "none", {"mod_target": "none"}),
    ("dpo_alternative", "note_sale", {"dpo_alternative": "note_sale"}),
    ("short_sale_months", 11.0, {"short_sale_months": 11}),
    ("borrower_incentive", "$1,500", {"borrower_incentive": 1_500}),
]  # fmt: skip


@pytest.mark.parametrize(("column", "own", "deal"), OVERRIDES, ids=[case[0] for case in OVERRIDES])
def test_a_loans_own_assumption_beats_the_deals(column: str, own: Any, deal: dict[str, Any]) -> None:
    loans = some(12)
    given = pd.Series([own, None, own, "", own, "nonsense"] * 2, dtype=object)
    got = evaluate(loans.assign(**{column: given}), DEAL)
    plain, changed = evaluate(loans, DEAL), evaluate(loans, DEAL.replace(**deal))
    mine = np.array([place % 2 == 0 for place in range(12)])
    pd.testing.assert_frame_equal(got.loans[mine], changed.loans[mine])
    pd.testing.assert_frame_equal(got.loans[~mine], plain.loans[~mine])
    mine = np.repeat(mine, len(STRATEGIES))
    pd.testing.assert_frame_equal(got.scenarios[mine], changed.scenarios[mine])
    pd.testing.assert_frame_equal(got.scenarios[~mine], plain.scenarios[~mine])
    assert not (plain.scenarios.equals(changed.scenarios) and plain.loans.equals(changed.loans))


@pytest.mark.parametrize(
    ("column", "own"), [("fc_months", 40), ("legal_fee", "9,000"), ("redemption_months", 9)]
)
def test_a_loans_own_state_figure_beats_the_states(column: str, own: Any) -> None:
    loans = some(2).assign(state="TX", **{column: pd.Series([own, None], dtype=object)})
    value = float(str(own).replace(",", ""))
    changed = evaluate(loans.drop(columns=column), DEAL.replace(states={"TX": {column: value}})).scenarios
    plain = evaluate(loans.drop(columns=column), DEAL).scenarios
    got = evaluate(loans, DEAL).scenarios
    pd.testing.assert_frame_equal(got.iloc[:9], changed.iloc[:9])
    pd.testing.assert_frame_equal(got.iloc[9:], plain.iloc[9:])
    assert not plain.equals(changed)


def test_a_loans_own_month_of_the_payoff_is_a_loan_column() -> None:
    loans = some(3).assign(dpo_month=[0, None, 9])
    assert list(evaluate(loans, DEAL).figure("discounted_payoff", "months")) == [0, 4, 9]
