"""Pairs of pools for the tests of the bridge: `sides()` draws two that share loans and differ in everything else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from lossmit_xl import Assumptions
from lossmit_xl.bridge import Built, Side
from lossmit_xl.columns import LOAN_COLUMNS
from lossmit_xl.evaluate import bids
from tests.strategies import AS_OF, Loan, assumptions, loans, money, rate, share

Draw = Callable[[st.SearchStrategy[Any]], Any]

OVERRIDES: dict[str, st.SearchStrategy[Any]] = {
    "property_value": money(1_000, 500_000), "upb": money(1_000, 300_000), "note_rate": rate(0, 0.2),
    "next_due_date": st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 1)), "intent": st.sampled_from(("stay", "sell")),
    "contact": st.sampled_from(("yes", "no")), "senior_balance": st.just(None) | money(0, 100_000),
    "target_yield": rate(0.01, 0.4), "value_haircut": share(0, 0.5), "exit": st.sampled_from(("sell", "hold")),
    "fc_months": st.integers(1, 60), "mod_term": st.integers(60, 480), "property_type": st.just("condo"),
}  # fmt: skip
"""Columns that a user types over, a loan's own assumptions among them, and with what."""


def frame_of(rows: list[Loan]) -> pd.DataFrame:
    """Loans as a frame of canonical columns, whatever their number."""
    names = list(dict.fromkeys([*(column.name for column in LOAN_COLUMNS), *(name for row in rows for name in row)]))
    return pd.DataFrame(rows, columns=names, dtype=object)


@st.composite
def tape(draw: Draw, /, names: list[str]) -> dict[str, Loan]:
    """A loan under each of the names."""
    return {name: draw(loans()) | {"loan_id": name} for name in names}


@st.composite
def overridden(draw: Draw, /, rows: dict[str, Loan]) -> dict[str, Loan]:
    """The loans with up to four cells typed over."""
    made = {name: dict(row) for name, row in rows.items()}
    for _ in range(draw(st.integers(0, 4)) if rows else 0):
        column = draw(st.sampled_from(sorted(OVERRIDES)))
        made[draw(st.sampled_from(sorted(made)))][column] = draw(OVERRIDES[column])
    return made


@st.composite
def deals(draw: Draw) -> Assumptions:
    """Assumptions of any as-of date near `AS_OF`, some states changed."""
    deal: Assumptions = draw(assumptions())
    own = draw(st.dictionaries(st.sampled_from(("FL", "TX", "NY", "OH", "US")), st.fixed_dictionaries(
        {"fc_months": st.integers(1, 60)}, optional={"legal_fee": money(0, 9_000)}), max_size=3))  # fmt: skip
    later = draw(st.sampled_from((0, 0, 31, 200)))
    return deal.replace(states=own, as_of=AS_OF + dt.timedelta(days=later))


@st.composite
def sides(draw: Draw) -> tuple[Side, Side]:
    """Two pools: loans in common, gone and come, tapes, overrides, states and assumptions of their own."""
    common = [f"L{n}" for n in range(draw(st.integers(0, 4)))]
    names_a = [*common, *(f"A{n}" for n in range(draw(st.integers(0, 2))))]
    names_b = [*common, *(f"B{n}" for n in range(draw(st.integers(0, 2))))]
    tape_a: dict[str, Loan] = draw(tape(names_a))
    tape_b: dict[str, Loan] = draw(tape(names_b))
    if draw(st.booleans()):  # mostly the same loans, a few cells newer
        tape_b |= draw(overridden({name: tape_a[name] for name in common}))
    own_a, own_b = draw(overridden(tape_a)), draw(overridden(tape_b))
    if draw(st.booleans()):  # overrides that both have
        own_b |= {name: {**own_b[name], **_typed(tape_a[name], own_a[name])} for name in common}
    deal_a: Assumptions = draw(deals())
    deal_b = deal_a if draw(st.booleans()) else draw(deals())
    hashes = draw(st.sampled_from((("x", "x"), ("x", "y"))))
    made = []
    for name, rows, own, deal, sha in (
        ("a.xlsx", tape_a, own_a, deal_a, hashes[0]), ("b.xlsx", tape_b, own_b, deal_b, hashes[1])
    ):  # fmt: skip
        frame = frame_of(draw(st.permutations(list(own.values()))))
        order = [rows[name] for name in frame["loan_id"]]
        made.append(Side(name, frame_of(order), frame, deal, sha, draw(_builds(frame, deal))))
    return made[0], made[1]


def _typed(rows: Loan, own: Loan) -> Loan:
    return {name: value for name, value in own.items() if value != rows.get(name)}


@st.composite
def _builds(draw: Draw, /, frame: pd.DataFrame, deal: Assumptions) -> Built | None:
    """A build of the pool as it is now, of other inputs (edited since), by another engine, or none."""
    kind = draw(st.sampled_from(("none", "now", "edited", "other engine", "pool only")))
    if kind == "none":
        return None
    loans, then = frame, deal
    if kind in ("edited", "pool only"):
        values = [1.1 * value if value else value for value in frame["property_value"]]
        loans = frame.assign(property_value=values)
        then = deal.replace(acquisition_cost=deal.acquisition_cost + 10)
    found = pd.Series(bids(loans, then) if len(loans) else [], index=list(loans["loan_id"]), dtype=float)
    found = found * 1.0137 + 0.004 if kind == "other engine" else found
    return Built(loans, then, float(found.sum()), None if kind == "pool only" else found)
