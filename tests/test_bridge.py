"""The bridge between two pools: its parts add up to the cent, whatever the pools; each cause has its own bar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from lossmit_xl import Assumptions, read_tape
from lossmit_xl.bridge import CAUSES, Bridge, Built, Side, explain
from lossmit_xl.evaluate import bids, evaluate
from tests.command_line import CLEAN
from tests.pools import sides
from tests.strategies import AS_OF

DEAL = Assumptions(as_of=AS_OF)


def _bid(side: Side) -> int:
    now = bids(side.loans, side.assumptions) if len(side.loans) else np.zeros(0)
    return round(100 * (float(np.nansum(now)) if side.built is None else side.built.bid))


def assert_sums(bridge: Bridge) -> None:
    """Causes make the difference; loans and rounding make each part; a loan's parts lead from its bid to its bid."""
    assert bridge.start + sum(bridge.amount(cause) for cause in CAUSES) == bridge.end
    assert [part.cause for part in bridge.parts] == sorted((p.cause for p in bridge.parts), key=list(CAUSES).index)
    by_loan = bridge.start_cents + sum((bridge.cents(cause) for cause in CAUSES), np.zeros_like(bridge.start_cents))
    assert (by_loan == bridge.end_cents).all()
    for cause in CAUSES:
        assert bridge.amount(cause) == int(bridge.cents(cause).sum()) + bridge.rounding(cause)
        assert sum(part.amount for part in bridge.parts_of(cause)) == bridge.amount(cause)


@settings(max_examples=20)
@given(pair=sides())
def test_the_parts_add_up_to_the_cent(pair: tuple[Side, Side]) -> None:
    a, b = pair
    bridge = explain(a, b)
    assert_sums(bridge)
    assert abs(bridge.start - _bid(a)) <= 1 and abs(bridge.end - _bid(b)) <= 1
    for side, cents in ((a, bridge.start_cents), (b, bridge.end_cents)):
        if side.built is not None and side.built.bids is not None:
            assert_cents(bridge, cents, side.built.bids)
    back = explain(b, a)
    assert bridge.end - bridge.start == back.start - back.end
    assert_arrives(replace(a, built=None), replace(b, built=None))


def assert_cents(bridge: Bridge, cents: Any, usd_by_loan: pd.Series[Any]) -> None:
    """Each loan's cents are its bid, rounded."""
    wanted = usd_by_loan.reindex(list(bridge.loan_ids)).fillna(0).to_numpy()
    assert np.abs(cents - 100 * wanted).max(initial=0) <= 0.5 + 1e-3


def assert_arrives(a: Side, b: Side) -> None:
    """Without stamps nothing closes the gap at the end: the last step's pool is B valued as it stands."""
    bridge = explain(a, b)
    now = pd.Series(bids(b.loans, b.assumptions) if len(b.loans) else [], index=list(b.loans["loan_id"]), dtype=float)
    assert_cents(bridge, bridge.end_cents, now)
    assert bridge.amount("model") == bridge.amount("edits") == 0 and not any("build" in note for note in bridge.notes)


@settings(max_examples=5)
@given(pair=sides())
def test_a_pool_and_itself(pair: tuple[Side, Side]) -> None:
    same = explain(pair[0], pair[0])
    assert same.start == same.end and same.changes == ()
    assert all(same.amount(cause) == 0 for cause in CAUSES if cause not in ("edits", "model"))


@pytest.fixture(scope="module")
def pool() -> Side:
    loans = read_tape(CLEAN, as_of=AS_OF).loans
    return Side("a.xlsx", loans, loans, DEAL, tape_sha256="1")


def _cell(frame: pd.DataFrame, row: int, **cells: Any) -> pd.DataFrame:
    made = frame.copy()
    for name, value in cells.items():
        made[name] = made[name].astype(object) if name in made else pd.Series([None] * len(made), dtype=object)
        made.loc[row, name] = value
    return made


def _tape(side: Side) -> Side:
    return replace(side, tape=_cell(side.tape, 3, property_value=41_000.0),
                   loans=_cell(side.loans, 3, property_value=41_000.0), tape_sha256="2")  # fmt: skip


ALONE: dict[str, Callable[[Side], Side]] = {
    "went": lambda s: replace(s, tape=s.tape.drop(index=[2, 9]), loans=s.loans.drop(index=[2, 9])),
    "tape": _tape,
    "overrides": lambda s: replace(s, loans=_cell(s.loans, 4, target_yield=0.31, property_value=55_000.0)),
    "states": lambda s: replace(s, assumptions=DEAL.replace(states={"WI": {"fc_months": 60}, "MD": {"fc_months": 30}})),
    "assumptions": lambda s: replace(s, assumptions=DEAL.replace(
        target_yield=0.18, weights={"stay": {"foreclosure": 1}}, mod_step_rates=[[24, 0.03]])),
    "as_of": lambda s: replace(s, assumptions=DEAL.replace(as_of=dt.date(2027, 3, 31))),
    "edits": lambda s: replace(s, built=_built(s, DEAL.replace(target_yield=0.2))),
    "model": lambda s: replace(s, built=_built(s, DEAL, 0.9)),
}  # fmt: skip


def _built(side: Side, deal: Assumptions, share: float = 1.0) -> Built:
    found = pd.Series(share * bids(side.loans, deal), index=list(side.loans["loan_id"]))
    return Built(side.loans, deal, float(found.sum()), found)


@pytest.mark.parametrize("cause", ALONE)
def test_each_cause_alone_is_the_whole_difference(cause: str, pool: Side) -> None:
    other = ALONE[cause](pool)
    for a, b, wanted in ((pool, other, cause), (other, pool, "came" if cause == "went" else cause)):
        bridge = explain(a, b)
        assert_sums(bridge)
        assert bridge.amount(wanted) == bridge.end - bridge.start != 0
        assert all(bridge.amount(each) == 0 for each in CAUSES if each != wanted)
        assert not any(bridge.cents(each).any() for each in CAUSES if each != wanted)


def test_parts_are_named_and_their_inputs_listed(pool: Side) -> None:
    b = ALONE["overrides"](replace(ALONE["states"](pool), assumptions=ALONE["assumptions"](pool).assumptions.replace(
        states={"WI": {"fc_months": 60}})))  # fmt: skip
    bridge = explain(pool, b)
    assert [part.key for part in bridge.parts_of("assumptions")] == [
        "target_yield", "mod_step_rates and mod_target", "weights.stay"]  # fmt: skip
    assert [part.key for part in bridge.parts_of("states")] == ["WI"]
    loan = pool.loans["loan_id"][4]
    was = pool.loans["property_value"][4]
    changed = [(c.key, c.where, c.column, c.old, c.new) for c in bridge.changes if c.cause == "overrides"]
    assert sorted(changed) == [
        ("added", loan, "property_value", was, 55_000.0), ("added", loan, "target_yield", None, 0.31)]  # fmt: skip
    assert bridge.inputs("overrides") == 2 and bridge.inputs("assumptions") == 4 and bridge.inputs("tape") == 0
    assert bridge.movers("overrides", 3) == [(loan, bridge.amount("overrides") - bridge.rounding("overrides"))]


def test_a_step_is_what_the_pool_is_worth_with_that_input_alone_changed(pool: Side) -> None:
    """The first assumption's bar against two plain evaluations of the pool."""
    deal = DEAL.replace(target_yield=0.2, value_haircut=0.3)
    bridge = explain(pool, replace(pool, assumptions=deal))
    one, both = DEAL.replace(target_yield=0.2), deal
    totals = [evaluate(pool.loans, each).portfolio.totals["bid"] for each in (DEAL, one, both)]
    found = [part.amount for part in bridge.parts_of("assumptions")]
    assert found == pytest.approx([100 * (totals[1] - totals[0]), 100 * (totals[2] - totals[1])], abs=1.0)


def test_an_override_kept_over_a_new_tape_moves_nothing(pool: Side) -> None:
    own = replace(pool, loans=_cell(pool.loans, 3, property_value=90_000.0))
    newer = _tape(pool)
    bridge = explain(own, replace(newer, loans=_cell(newer.loans, 3, property_value=90_000.0)))
    assert bridge.start == bridge.end and bridge.inputs("tape") == 1 and bridge.inputs("overrides") == 0
    confirmed = explain(own, replace(newer, tape=own.loans, loans=own.loans))  # the seller now says what was typed
    assert confirmed.start == confirmed.end and [c.key for c in confirmed.changes] == ["", "removed"]


def test_months_counted_on_belong_to_the_as_of_date(pool: Side) -> None:
    """One tape read at two dates: the months since referral are time passing, not the seller's news."""
    later = replace(ALONE["as_of"](pool), tape=_cell(pool.tape, 4, fc_months_elapsed=9.0),
                    loans=_cell(pool.loans, 4, fc_months_elapsed=9.0))  # fmt: skip
    bridge = explain(pool, later)
    assert bridge.amount("tape") == 0 and bridge.amount("as_of") == bridge.end - bridge.start != 0
    assert len(bridge.notes) == 1
    other_tape = explain(pool, replace(later, tape_sha256="2"))
    assert other_tape.amount("tape") != 0 and other_tape.end == bridge.end


def test_a_loan_twice_is_refused(pool: Side) -> None:
    twice = replace(pool, loans=pool.loans.assign(loan_id="x"), tape=pool.tape.assign(loan_id="x"))
    with pytest.raises(ValueError, match="loan x stands there twice"):
        explain(twice, pool)


def test_rounding_is_never_more_than_half_a_cent_a_loan(pool: Side) -> None:
    rows = pd.concat([pool.loans] * 4).assign(loan_id=[f"L{n}" for n in range(100)],
                                              property_value=[30_000.0 + 997.31 * n for n in range(100)])  # fmt: skip
    bridge = explain(replace(pool, loans=pool.loans.iloc[:0], tape=pool.tape.iloc[:0]),
                     replace(pool, loans=rows, tape=rows))  # fmt: skip
    assert_sums(bridge)
    assert 0 < abs(bridge.rounding("came")) <= 50
