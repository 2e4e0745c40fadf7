"""The implied yield: what it is by its definition, what month-by-month flows say of it, and where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lossmit_xl import Assumptions, evaluate, ledger, read_tape
from lossmit_xl.model import yields as at
from lossmit_xl.names import STRATEGIES
from tests.workbook.books import AS_OF, CLEAN, MESSY, WORKED

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5)
"""Asks, as shares of the bid."""
SETS = ("default", "hold_full_service_defer", "steps_no_target")
CONSENT = set(STRATEGIES) - {"reinstatement", "foreclosure", "note_sale"}
MOST = {0.25: 0.05, 0.5: 0.02, 0.75: 0.02, 0.9: 0.02, 1.0: 0.02, 1.1: 0.02, 1.25: 0.02, 1.5: 0.05}
"""Most loans without a yield, by the ask: measured, and rounded up."""


def asked(loans: pd.DataFrame, deal: Assumptions, share: float) -> pd.DataFrame:
    """The loans with an ask of that share of the bid, where there is a bid."""
    bid = evaluate(loans, deal).loans["bid"].to_numpy(dtype=float)
    return loans.assign(purchase_price=np.where(bid > 0, share * bid, np.nan))


def outcome_flows(loan: Any, deal: Assumptions, rows: pd.DataFrame) -> dict[float, float]:
    """Expected flows by month of a loan's outcomes, from the ledger: decided as the scenarios' figures say."""
    total: dict[float, float] = {}
    foreclosure = float(rows.loc["foreclosure", "npv"])
    for strategy in STRATEGIES:
        row = rows.loc[strategy]
        if not row["weight"] > 0 or not row["outcome_npv"] > 0:
            continue  # it does not come about, or the holder walks away
        taken = strategy
        if strategy in CONSENT and foreclosure > float(row["npv"]):
            taken = "foreclosure"
        for flow in ledger(loan, taken, deal).itertuples():
            month = float(flow.month)  # type: ignore[arg-type]
            amount = float(flow.amount) * float(flow.probability)  # type: ignore[arg-type]
            total[month] = total.get(month, 0.0) + float(row["weight"]) * amount
    return total


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("share", [0.25, 0.75, 1.0, 1.25])
def test_month_by_month_flows_at_the_implied_yield_are_worth_the_cost(name: str, share: float) -> None:
    """The ledger shares no code with the engine: its flows at the yield are worth price and costs to the cent."""
    deal = Assumptions.from_toml(WORKED / name / "assumptions.toml")
    loans = asked(read_tape(WORKED / "tape.csv").loans, deal, share)
    result = evaluate(loans, deal)
    scenarios = result.scenarios.set_index(["loan_id", "strategy"])
    checked = 0
    for place, summary in enumerate(result.loans.itertuples()):
        if not np.isfinite(summary.implied_yield):  # type: ignore[arg-type]
            continue
        flows = outcome_flows(loans.iloc[place], deal, scenarios.loc[summary.loan_id])
        v = 1 / (1 + float(summary.implied_yield) / 12)  # type: ignore[arg-type]
        own = {n: loans.iloc[place].get(n) for n in ("acquisition_cost", "acquisition_rate")}
        cost, rate = (getattr(deal, n) if pd.isna(value) else value for n, value in own.items())
        wanted = float(summary.price) + cost + rate * float(loans.iloc[place]["upb"])  # type: ignore[arg-type]
        assert sum(a * v**m for m, a in flows.items()) == pytest.approx(wanted, abs=0.01), summary.loan_id
        assert sum(flows.values()) - wanted == pytest.approx(summary.expected_profit, abs=0.01), summary.loan_id
        checked += 1
    assert checked >= 30


@pytest.mark.parametrize("path", [CLEAN, MESSY], ids=["25 loans", "250 loans"])
def test_at_a_bid_that_the_yield_binds_it_is_the_target_yield(path: Any) -> None:
    for target in (0.08, 0.15, 0.3):
        deal = Assumptions(as_of=AS_OF, target_yield=target, acquisition_rate=0.01)
        rows = evaluate(read_tape(path).loans, deal).loans
        bound = rows[rows["bid_binding"] == "yield"]
        assert len(bound) > 10
        np.testing.assert_allclose(bound["implied_yield"].to_numpy(dtype=float), target, atol=1e-9)


@pytest.mark.parametrize("share", SHARES)
def test_a_yield_that_is_shown_is_right_to_a_millionth(share: float) -> None:
    """A millionth a year below it the outcomes are worth the cost or more, a millionth above it or less."""
    deal = Assumptions(as_of=AS_OF)
    loans = asked(read_tape(MESSY).loans, deal, share)
    rows = evaluate(loans, deal).loans
    priced = loans["purchase_price"].notna().to_numpy()
    settled = rows["implied_yield"].notna().to_numpy()
    notes = rows["yield_note"].to_numpy(dtype=object)
    assert set(notes[priced & ~settled]) <= {at.ABOVE, at.BELOW, at.NOT_SETTLED}
    assert (priced & ~settled).sum() <= MOST.get(share, 0.2) * priced.sum()
    worth = _worth(loans, deal)
    cost = rows["price"].to_numpy(dtype=float) + deal.acquisition_cost
    found = np.where(settled, rows["implied_yield"].to_numpy(dtype=float), deal.target_yield)
    above, below = worth(found - 1e-6), worth(found + 1e-6)
    held = priced & settled
    assert ((above >= cost) & (below <= cost))[held].all()


def _worth(loans: pd.DataFrame, deal: Assumptions) -> Any:
    """The worth of the outcomes, decided at the target yield, at a yearly yield for each loan."""
    from lossmit_xl.evaluate import Evaluator
    from lossmit_xl.intake import loan_inputs
    from lossmit_xl.model import model, yield_model

    every = frozenset({*model().columns, *yield_model().columns})
    values = {**loan_inputs(loans, deal), **Evaluator(loans, deal, every).evaluation().values}
    steps = model().moved_by("monthly_yield", [f"{s}_npv" for s in STRATEGIES], [
        f"{s}_walks_away" for s in STRATEGIES[:4]])  # fmt: skip
    plan = model().plan([f"{s}_npv" for s in STRATEGIES], set(model().columns) - {c.name for c in steps}, masked=False)

    def worth(rate: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        at_rate = plan.run({**values, "monthly_yield": rate / 12})
        total = np.zeros(len(loans))
        for strategy in STRATEGIES:
            own = np.nan_to_num(np.broadcast_to(values[f"{strategy}_own_weight"], len(loans)))
            own = own + (np.nan_to_num(values["foreclosed_weight"]) if strategy == "foreclosure" else 0)
            total += np.where(own > 0, own * np.nan_to_num(at_rate[f"{strategy}_npv"]), 0)
        return total

    return worth


def test_a_loan_that_brings_nothing_has_no_yield() -> None:
    """Nothing comes back, no cost at all, or a rate past the range: a word, never a number."""
    loans = read_tape(CLEAN).loans.iloc[:4].copy()
    worthless = evaluate(loans.assign(senior_balance=1e7, lien=2, contact="no", purchase_price=5_000.0),
                         Assumptions(as_of=AS_OF, weights={"unresponsive": {"foreclosure": 1.0}})).loans  # fmt: skip
    assert set(worthless["yield_note"]) == {at.NO_YIELD} and worthless["implied_yield"].isna().all()
    assert set(worthless["light"]) == {at.RED}
    free = Assumptions(as_of=AS_OF, acquisition_cost=0.0, bid_cap_upb=0.0)
    assert set(evaluate(loans, free).loans["yield_note"]) == {at.NO_YIELD}
    cheap = evaluate(loans.assign(purchase_price=1.0), Assumptions(as_of=AS_OF, acquisition_cost=0.0)).loans
    assert set(cheap["yield_note"]) <= {at.ABOVE, at.NOT_SETTLED}
    dear = evaluate(loans.assign(purchase_price=1e8), Assumptions(as_of=AS_OF)).loans
    assert set(dear["yield_note"]) <= {at.BELOW, at.NOT_SETTLED} and set(dear["light"]) <= {at.RED, at.NOT_SETTLED}


def test_the_light_by_hand() -> None:
    """Green, amber, red by yield and by investment to value, exactly on a limit too; no ask, no light."""
    table = pd.DataFrame(
        [
            (1.0, 0.15, "", 0.60, "green"), (1.0, 0.15 - 1e-7, "", 0.65, "green"), (1.0, 0.149, "", 0.60, "amber"),
            (1.0, 0.20, "", 0.70, "amber"), (1.0, 0.119, "", 0.10, "red"), (1.0, 0.30, "", 0.81, "red"),
            (np.nan, 0.30, "", 0.10, "no ask"), (0.0, 0.30, "", 0.10, "no ask"),
            (1.0, np.nan, at.ABOVE, 0.10, "green"), (1.0, np.nan, at.BELOW, 0.10, "red"),
            (1.0, np.nan, at.NO_YIELD, 0.10, "red"), (1.0, np.nan, at.NOT_SETTLED, 0.10, at.NOT_SETTLED),
        ],
        columns=["price", "rate", "note", "itv", "wanted"],
    )  # fmt: skip
    from lossmit_xl.text import Text

    got = at.light(table["price"].to_numpy(), table["rate"].to_numpy(), Text.of(table["note"].to_numpy(dtype=object)),
                   table["itv"].to_numpy(), 0.15, 0.65, 0.12, 0.80)  # fmt: skip
    assert got.objects().tolist() == table["wanted"].tolist()
