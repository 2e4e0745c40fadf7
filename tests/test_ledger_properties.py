"""Identities of the ledger over generated loans, the waterfall held to its rules, and what the generators reach."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.ledger import NotComputable, ledger, outcome_of, retention
from lossmit_xl.ledger.definitions import pmt
from lossmit_xl.ledger.facts import Facts, facts_of
from lossmit_xl.ledger.flows import npl_servicing_fee
from lossmit_xl.ledger.waterfall import Terms, capitalised, modified_terms
from lossmit_xl.names import RETENTION, STRATEGIES
from tests.decisions import COST_TAGS, reference
from tests.strategies import EDGES, assumptions, loans
from tests.test_ledger import CENT, DEAL, LOAN, RATE

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


# Identities ----------------------------------------------------------------------------------------------------


@FEW
@given(loan=loans(), deal=assumptions())
def test_entries_are_well_formed_and_add_up(loan: dict[str, Any], deal: Assumptions) -> None:
    by_strategy, _ = reference(loan, deal)
    for strategy, row in by_strategy.items():
        if row["npv"] is None:
            with pytest.raises(NotComputable):
                ledger(loan, strategy, deal)
            continue
        frame = ledger(loan, strategy, deal)
        assert list(frame.columns) == ["month", "tag", "amount", "probability"]
        assert frame["probability"].between(0, 1).all()
        assert (frame["month"] >= 0).all()
        assert ((frame["amount"] > 0) == (frame["tag"] == "proceeds")).all()
        expected = frame["amount"] * frame["probability"]
        for tag in COST_TAGS:
            assert -expected[frame.tag == tag].sum() == pytest.approx(row[tag], abs=CENT)
        assert row["gross"] - row["costs"] == pytest.approx(row["net_recovery"], abs=CENT)
        assert expected.sum() == pytest.approx(row["net_recovery"], abs=CENT)
        v = 1 / (1 + facts_of(loan, deal).assumptions.target_yield / 12)
        assert (expected * v ** frame["month"]).sum() == pytest.approx(row["npv"], abs=CENT)


@FEW
@given(loan=loans(), deal=assumptions())
def test_decisions_keep_their_bounds(loan: dict[str, Any], deal: Assumptions) -> None:
    by_strategy, summary = reference(loan, deal)
    assert all(row["feasible"] == (row["reason"] is None) for row in by_strategy.values())
    if summary["not_valued"]:
        assert summary["bid"] is None
        return
    facts = facts_of(loan, deal)
    assert sum(row["weight"] for row in by_strategy.values()) == pytest.approx(1)
    assert all(row["weight"] == 0 for row in by_strategy.values() if row["npv"] is None)
    assert 0 <= summary["bid"] <= max(0, summary["expected_npv"])
    assert summary["bid"] <= facts.assumptions.bid_cap_value * facts.equity
    if summary["recommended"] is not None:
        assert by_strategy[summary["recommended"]]["feasible"]
        assert summary["npv_given_up"] is None or summary["npv_given_up"] >= 0


@FEW
@given(loan=loans(), deal=assumptions())
def test_every_irr_put_back_is_worth_the_price(loan: dict[str, Any], deal: Assumptions) -> None:
    by_strategy, summary = reference(loan, deal)
    for strategy, row in by_strategy.items():
        if row["irr"] is None:
            continue
        flows = ledger(loan, strategy, deal)
        worths = flows["amount"] * flows["probability"] * (1 + row["irr"] / 12) ** -flows["month"].astype(float)
        assert worths.sum() - summary["price"] == pytest.approx(0, abs=1e-6 * max(worths.abs().sum(), 1))


@FEW
@given(loan=loans(), deal=assumptions(exit="hold", redefault_factor=0, mod_step_rates=[], forborne=0))
@pytest.mark.parametrize("strategy", ["reinstatement", "repayment_plan", "modification"])
def test_a_held_loan_is_worth_its_balance_at_its_own_rate(
    strategy: str, loan: dict[str, Any], deal: Assumptions
) -> None:
    loan = {key: value for key, value in loan.items() if key not in ("exit", "redefault_factor", "forborne")}
    try:
        facts = facts_of(loan | {"deferred_balance": 0}, deal)
        plan = outcome_of(facts, strategy).plan
    except NotComputable:
        return
    a, annual, forborne = facts.assumptions, facts.note_rate, 0.0
    cured = {"reinstatement": a.reinstatement_month if facts.missed else 1, "repayment_plan": a.plan_months}.get(
        strategy, a.mod_start
    )
    if strategy == "modification":
        terms = modified_terms(facts)
        annual, balance, forborne = terms.annual_rate, terms.balance, terms.forborne
    else:
        balance = facts.current_balance(cured)
    v = 1 / (1 + annual / 12)
    received = sum(f.amount * v ** (f.month - cured) for f in plan.flows if f.tag == "proceeds" and f.month > cured)
    received -= forborne * v ** (plan.last - cured)  # it comes with the last payment and earns nothing
    assert received == pytest.approx(balance, abs=CENT)


@FEW
@given(loan=loans(), deal=assumptions(redefault_factor=10, redefault=dict.fromkeys(RETENTION, (1.0, 2))))
def test_a_certain_redefault_leaves_nothing_of_the_plan_behind_it(loan: dict[str, Any], deal: Assumptions) -> None:
    loan.pop("redefault_factor", None)
    for strategy in RETENTION:
        try:
            outcome = outcome_of(facts_of(loan, deal), strategy)
        except NotComputable:
            continue
        if outcome.redefault_month is None:
            assert outcome.redefault == 0
            continue
        assert outcome.redefault == 1
        assert outcome.redefault_month < outcome.plan.last
        frame = ledger(loan, strategy, deal)
        after = frame[frame["month"] > outcome.redefault_month]
        if outcome.walked_away:
            assert after.empty
        fees = after.loc[after["tag"] == "servicing", "amount"] * after.loc[after["tag"] == "servicing", "probability"]
        months = after.loc[after["tag"] == "servicing", "month"]
        kept = fees.groupby(months).sum()  # a foreclosure's fee in each month, and no performing one besides
        assert kept.to_numpy() == pytest.approx(-npl_servicing_fee(facts_of(loan, deal)), abs=RATE)


# The waterfall -------------------------------------------------------------------------------------------------


def by_hand_terms(**changes: Any) -> Terms:
    loan = LOAN | {
        "upb": 100_000,
        "note_rate": 0.06,
        "pi_payment": 1_000,
        "accrued_interest": 0,
        "maturity_date": "2040-01-01",
    }
    deal = {"mod_target": "waterfall", "mod_term": 360, "mod_rate": 0.05, "mod_start": 1}
    return modified_terms(facts_of(loan, DEAL.replace(**(deal | changes))))


WATERFALL = [  # C = 100,500; changes, then rate, term, forborne, payment, reaches the target
    ("539.51 is below 540", {"mod_payment_cut": 0.46}, 0.05, 360, 0, 539.51, True),
    ("one eighth less: 531.85", {"mod_payment_cut": 0.465}, 0.04875, 360, 0, 531.85, True),
    ("an eighth would do, the floor is nearer: 4.8 %", {"mod_payment_cut": 0.47, "mod_rate_floor": 0.048}, 0.048, 360,
     0, 527.29, True),
    ("a year more at the floor", {"mod_payment_cut": 0.48, "mod_rate_floor": 0.048}, 0.048, 372, 0, 519.71, True),
    ("the floor is above the rate", {"mod_payment_cut": 0.46, "mod_rate_floor": 0.055}, 0.05, 360, 0, 539.51, True),
    ("terms end at the longest", {"mod_payment_cut": 0.5, "mod_rate_floor": 0.05, "mod_term_max": 365,
     "mod_forbear_max": 0}, 0.05, 365, 0, 536.32, False),
    ("whole dollars: 93,141 left would cost 500.001", {"mod_payment_cut": 0.5, "mod_rate_floor": 0.05,
     "mod_term_max": 360}, 0.05, 360, 7_360, 500.00, True),
    ("at most 1 % of C, 1,005", {"mod_payment_cut": 0.5, "mod_rate_floor": 0.05, "mod_term_max": 360,
     "mod_forbear_max": 0.01}, 0.05, 360, 1_005, 534.11, False),
    ("forborne already is the most", {"mod_payment_cut": 0.5, "mod_rate_floor": 0.05, "mod_term_max": 360,
     "mod_forbear_max": 0.01, "forborne": 2_000}, 0.05, 360, 2_000, 528.77, False),
    ("the term is longer already", {"mod_payment_cut": 0.5, "mod_rate_floor": 0.05, "mod_term_max": 240,
     "mod_forbear_max": 0}, 0.05, 360, 0, 539.51, False),
]  # fmt: skip


@pytest.mark.parametrize("case", WATERFALL, ids=[case[0] for case in WATERFALL])
def test_waterfall_by_hand(case: tuple[str, dict[str, Any], float, int, float, float, bool]) -> None:
    _, changes, annual, term, forborne, payment, reached = case
    terms = by_hand_terms(**changes)
    assert (terms.annual_rate, terms.term, terms.forborne, terms.reaches_target) == (annual, term, forborne, reached)
    assert terms.payment == pytest.approx(payment, abs=0.005)


@FEW
@given(loan=loans(), deal=assumptions(mod_target="waterfall", mod_step_rates=[]))
def test_the_waterfall_takes_no_step_too_many(loan: dict[str, Any], deal: Assumptions) -> None:
    try:
        facts = facts_of(loan, deal)
        terms = modified_terms(facts)
    except NotComputable:
        return
    a, c = facts.assumptions, capitalised(facts)
    if terms.target is None:  # the loan's own word
        return
    target, rate, floor = terms.target, min(a.mod_rate, facts.note_rate), a.mod_rate_floor
    longest, most = max(a.mod_term, a.mod_term_max), max(a.forborne, a.mod_forbear_max * c)
    if terms.forborne > a.forborne:  # rate and term are used up, and a dollar less would not have done
        assert (terms.annual_rate, terms.term) == (min(rate, floor), longest)
        whole = math.ceil(terms.forborne - a.forborne - 1e-9) - 1
        assert pmt(c - a.forborne - whole, terms.annual_rate / 12, longest) > target + 1e-6
    elif terms.term > a.mod_term:
        assert terms.annual_rate == min(rate, floor)
        years = math.ceil((terms.term - a.mod_term) / 12) - 1
        assert pmt(terms.balance, terms.annual_rate / 12, a.mod_term + 12 * years) > target + 1e-6
    elif terms.annual_rate < rate:
        steps = math.ceil((rate - terms.annual_rate) / 0.00125 - 1e-9) - 1
        assert pmt(terms.balance, (rate - 0.00125 * steps) / 12, terms.term) > target + 1e-6
    if terms.payment > target + 1e-6:  # nothing is left to concede
        assert (terms.annual_rate, terms.term) == (min(rate, floor), longest)
        assert terms.forborne == pytest.approx(most)


# What the generators reach, and what the ledger must not know ---------------------------------------------------


def outcome_in_words(loan: dict[str, Any], deal: Assumptions) -> str:
    """Which step of the waterfall the modification ends with."""
    try:
        facts = facts_of(loan, deal)
        terms = modified_terms(facts)
    except NotComputable:
        return "nothing"
    if terms.target is None:
        return "steps" if deal.mod_step_rates else "no target"
    if not terms.reaches_target:
        return "not reached"
    if terms.forborne > facts.assumptions.forborne:
        return "forborne"
    if terms.term > facts.assumptions.mod_term:
        return "term"
    return "rate" if terms.annual_rate < min(facts.assumptions.mod_rate, facts.note_rate) else "as offered"


@pytest.mark.parametrize(
    "words", ["nothing", "steps", "no target", "not reached", "forborne", "term", "rate", "as offered"]
)
def test_generators_reach_every_outcome_of_the_waterfall(words: str) -> None:
    find(
        loans().flatmap(lambda loan: assumptions().map(lambda deal: (loan, deal))),
        lambda pair: outcome_in_words(*pair) == words,
        settings=settings(
            max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
        ),
    )


SHOWS: dict[str, Callable[[Facts], bool]] = {
    "matured": lambda f: f.remaining == 0,
    "few_left": lambda f: f.remaining <= 20,
    "zero_rate": lambda f: f.note_rate == 0,
    "payment_below_interest": lambda f: f.pi_payment <= f.upb * f.note_rate / 12 + 0.01,
    "paid_ahead": lambda f: f.missed == 0,
    "current": lambda f: f.missed == 0,
    "junior_under_water": lambda f: f.prior_claims * 2 > f.value,
    "short_balance": lambda f: f.current_balance(60) == 0 or f.pi_payment <= f.upb * f.note_rate / 12,
    "no_maturity": lambda f: f.scheduled <= 480,
    "land": lambda f: f.vacant,
    "vacant": lambda f: f.vacant,
    "contested": lambda f: f.contested,
    "chapter_7": lambda f: f.bk_chapter == "7",
    "chapter_11": lambda f: f.bk_chapter == "11",
    "chapter_12": lambda f: f.bk_chapter == "12",
    "chapter_13": lambda f: f.bk_chapter == "13",
    "zero_for_unknown": lambda f: f.dpo_offer is None and f.purchase_price is None and f.pi_payment > 0,
    "out_of_range": lambda f: f.late_fees == 0 and f.bk_chapter is None and f.hardship is None and not f.contested,
}


@pytest.mark.parametrize("edge", sorted(EDGES))
@settings(FEW, max_examples=20)
@given(data=st.data())
def test_every_edge_case_is_what_it_says_and_can_be_valued(edge: str, data: st.DataObject) -> None:
    loan, deal = data.draw(loans(edge)), data.draw(assumptions())
    by_strategy, summary = reference(loan, deal)
    assert set(by_strategy) == set(STRATEGIES)
    if edge in ("no_value", "not_valued"):
        assert summary["not_valued"]
    elif not summary["not_valued"]:
        shows = SHOWS.get(edge)
        assert shows is None or shows(facts_of(loan, deal))


def test_shares_no_code_with_the_engine() -> None:
    allowed = {"assumption_checks", "assumption_fields", "assumptions", "columns", "errors", "ledger", "states"}
    for file in Path(retention.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("lossmit_xl"):
                    assert name.split(".")[1] in allowed, f"{file.name} imports {name}"
