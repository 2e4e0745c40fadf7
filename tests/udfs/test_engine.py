"""Results equal the engine's columns for whole loans, and the ledger's flows month by month, to the cent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

import lossmit_udfs as udfs
from lossmit_xl import Assumptions, ledger
from lossmit_xl.evaluate import all_columns

CENT = 0.01
AS_OF = dt.date(2026, 10, 31)
DEAL = Assumptions(as_of=AS_OF)
ROWS = 60


def loans() -> pd.DataFrame:
    """Invented loans, more than 120 days late and outside bankruptcy: what FC_NET and FC_COST suppose."""
    random = np.random.default_rng(11)
    states = np.array(["FL", "TX", "NY", "AL", "CA", "NJ", "KS"], dtype=object)
    due = [dt.date(2026 - int(n) // 12, 12 - int(n) % 12, 1) for n in random.integers(8, 40, ROWS)]
    return pd.DataFrame({
        "loan_id": [f"L{n}" for n in range(ROWS)],
        "state": states[random.integers(0, len(states), ROWS)],
        "occupancy": np.array(["owner", "vacant"], dtype=object)[random.integers(0, 2, ROWS)],
        "upb": random.uniform(40_000, 300_000, ROWS).round(2),
        "note_rate": random.uniform(0, 0.1, ROWS).round(4),
        "pi_payment": random.uniform(900, 3_500, ROWS).round(2),
        "next_due_date": due,
        "maturity_date": [dt.date(2026 + int(n), 6, 1) for n in random.integers(4, 28, ROWS)],
        "escrow_advances": random.uniform(0, 6_000, ROWS).round(2),
        "late_fees": random.uniform(0, 900, ROWS).round(2),
        "property_value": random.uniform(30_000, 500_000, ROWS).round(-2),
        "senior_balance": np.where(random.random(ROWS) < 0.2, random.uniform(0, 90_000, ROWS).round(2), 0.0),
        "fc_months_elapsed": random.integers(0, 9, ROWS) * (random.random(ROWS) < 0.5),
        "fc_contested": np.array(["yes", "no"], dtype=object)[random.integers(0, 2, ROWS)],
    })  # fmt: skip


class Pool:
    def __init__(self, assumptions: Assumptions) -> None:
        self.loans, self.assumptions = loans(), assumptions
        self.columns = all_columns(self.loans, assumptions)

    def __getitem__(self, name: str) -> Any:
        if name in self.columns and not hasattr(self.columns[name], "codes"):
            return np.broadcast_to(np.asarray(self.columns[name], dtype=float), ROWS)
        return self.loans[name].to_numpy()

    @property
    def house(self) -> dict[str, Any]:
        return {"property_value": self["property_value"], "debt": self["legal_balance"],
                "prior_claims": self["prior_claims"]}  # fmt: skip

    @property
    def contested(self) -> Any:
        return self["fc_contested"] == "yes"

    @property
    def vacant(self) -> Any:
        return self["occupancy"] == "vacant"


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool(DEAL)


def equal(got: Any, expected: Any, within: float = CENT) -> None:
    """Where the engine has a figure at all: it has none for a plan that the loan outlasts."""
    assert got.dtype != object, [cell for cell in got if isinstance(cell, str)]
    known = ~np.isnan(expected)
    assert known.sum() > len(expected) / 2
    assert np.abs(got - expected)[known].max() <= within


DISCOUNTED = pytest.mark.parametrize("figure", ["npv", "net_recovery"])


def at(figure: str) -> float:
    """The yield that makes a function's result this figure of a strategy."""
    return DEAL.target_yield if figure == "npv" else 0.0


class TestEngine:
    @DISCOUNTED
    def test_short_sale(self, pool: Pool, figure: str) -> None:
        equal(udfs.SHORTSALE_NET(**pool.house, annual_yield=at(figure)), pool[f"short_sale_{figure}"])

    @DISCOUNTED
    def test_deed_in_lieu(self, pool: Pool, figure: str) -> None:
        got = udfs.DIL_NET(**pool.house, annual_yield=at(figure), vacant=pool.vacant)
        equal(got, pool[f"deed_in_lieu_{figure}"])

    @DISCOUNTED
    def test_foreclosure(self, pool: Pool, figure: str) -> None:
        got = udfs.FC_NET(
            pool["state"], **pool.house, annual_yield=at(figure), contested=pool.contested, vacant=pool.vacant,
            note_rate=pool["note_rate"], interest_balance=pool["upb"], months_elapsed=pool["fc_months_elapsed"],
        )  # fmt: skip
        equal(got, pool[f"foreclosure_{figure}"])

    def test_foreclosure_under_full_service(self) -> None:
        pool = Pool(DEAL.replace(servicing_model="full_service", value_haircut=0.2, tax_insurance_rate=0.03))
        got = udfs.FC_NET(
            pool["state"], **pool.house, contested=pool.contested, vacant=pool.vacant, note_rate=pool["note_rate"],
            interest_balance=pool["upb"], months_elapsed=pool["fc_months_elapsed"], annual_yield=0.15,
            value_haircut=0.2, annual_tax_insurance_rate=0.03, servicing_monthly=90, contingency_rate=0.03,
        )  # fmt: skip
        equal(got, pool["foreclosure_npv"])

    def test_foreclosure_cost_is_that_of_an_auction(self) -> None:
        """Where a third party always buys, the foreclosure's costs are those up to the sale."""
        pool = Pool(DEAL.replace(third_party_share=1.0))
        fresh = pool["fc_months_elapsed"] == 0
        got = udfs.FC_COST(pool["state"], pool["property_value"], contested=pool.contested)
        equal(got[fresh], pool["foreclosure_costs"][fresh])

    def test_foreclosure_months(self, pool: Pool) -> None:
        equal(udfs.FC_MONTHS(pool["state"]), pool["state_sale_months"], 0)

    def test_payments(self, pool: Pool) -> None:
        payment, arrears = pool["contract_payment"], pool["arrears"]
        equal(udfs.PLANPAYMENT(payment, arrears, 12), pool["repayment_plan_payment"])
        equal(udfs.FORBEARANCE_UNPAID(payment, arrears, [[3, 0], [3, 0.5]]), pool["forbearance_unpaid"])
        due = udfs.REINSTATEMENT(payment, pool["missed_on_schedule"], pool["escrow_advances"], pool["late_fees"])
        equal(np.minimum(due, pool["legal_balance"]), arrears)
        assert (due < pool["legal_balance"]).sum() > ROWS / 2

    @pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
    def test_waterfall(self, cut: float) -> None:
        """At three depths: the rate alone, with the term, with forbearance to the limit and beyond."""
        pool = Pool(DEAL.replace(mod_payment_cut=cut))
        got = udfs.MODWATERFALL(
            pool["modification_capitalised"], pool["modification_first_rate"], 360.0, pool["modification_target"]
        )
        names = ("modification_waterfall_rate", "modification_term", "modification_forborne", "modification_payment")
        for place, name in enumerate(names):
            equal(got[:, place].astype(float), pool[name], 1e-9 if place < 2 else CENT)
        assert (got[:, 4].astype(bool) == (pool["modification_missed_target"] == 0)).all()
        paid = udfs.MODPAYMENT(
            pool["modification_capitalised"], got[:, 0].astype(float), got[:, 1].astype(float),
            forborne=got[:, 2].astype(float),
        )  # fmt: skip
        equal(paid, got[:, 3].astype(float))

    def test_discounted_payoff(self, pool: Pool) -> None:
        monthly = pool["carry_ti"] + DEAL.servicing_npl
        got = udfs.DPO_BREAKEVEN(pool["foreclosure_npv"], 0.15, None, DEAL.dpo_legal_cost, monthly)
        equal(got, pool["dpo_breakeven"])

    def test_bid(self, pool: Pool) -> None:
        equal(udfs.NPL_BID(pool["expected_npv"], pool["upb"], pool["equity"]), pool["bid"])

    def test_net_recovery_of_a_short_sale(self, pool: Pool) -> None:
        """The general function, told what a short sale is, gives the short sale."""
        got = udfs.NETRECOVERY(
            pool["short_sale_price"], 7, None, pool["carry_ti"] + DEAL.servicing_npl, 0.08, pool["prior_claims"],
            pool["legal_balance"], 0.15,
        )  # fmt: skip
        incentive = pool["short_sale_disposition"] / (1 + 0.15 / 12) ** 7
        equal(got - incentive, pool["short_sale_npv"])

    def test_break_even_is_where_both_are_worth_the_same(self) -> None:
        """A payoff of the break-even, received and paid for, is worth the alternative again."""
        payoff = udfs.DPO_BREAKEVEN([90_000.0, 5_000.0], 0.15, 6, 500, 120, 0.03)
        worth = udfs.NETRECOVERY(payoff, 6, None, 120, 0.03, None, None, 0.15) - 500 / (1 + 0.15 / 12) ** 6
        equal(worth, np.array([90_000.0, 5_000.0]), 1e-6)

    def test_loans_of_a_sheet(self, pool: Pool) -> None:
        from lossmit_xl import evaluate

        frame = pool.loans
        table = udfs.LM_SCENARIOS(list(frame.columns), frame.to_numpy(dtype=object), [["as_of", AS_OF]])
        result = evaluate(frame, DEAL)
        assert (table[1:, 0] == frame["loan_id"]).all() and len(table) == ROWS + 1
        equal(table[1:, 3].astype(float), result.loans["bid"].to_numpy())
        titles = list(table[0])
        npv = np.where(table[1:, titles.index("Foreclosure: npv")] == "", np.nan,
                       table[1:, titles.index("Foreclosure: npv")]).astype(float)  # fmt: skip
        equal(npv, result.figure("foreclosure", "npv"))

    def test_a_loan_that_is_not_valued_never_vanishes_from_a_sum(self, pool: Pool) -> None:
        """Its figures are errors, its note says why; a row that is no loan stays blank."""
        frame = pool.loans.head(4).astype(object)
        frame.loc[frame.index[1], "upb"] = "x"
        rows = [*frame.to_numpy().tolist(), [None] * len(frame.columns)]
        table = udfs.LM_SCENARIOS(list(frame.columns), rows, [["as_of", AS_OF], [None, None]])
        assert list(table[2, 2:4]) == ["#N/A", "#N/A"] and set(table[2, 5:]) == {"#N/A"}
        assert "no unpaid balance" in table[2, 4]
        assert "no unpaid balance" in udfs.LM_BEST(list(frame.columns), rows)[1, 1]
        assert all(isinstance(table[row, 3], float) for row in (1, 3, 4)) and set(table[5]) == {"", table[5, 4]}

    def test_assumptions_of_a_sheet(self, pool: Pool) -> None:
        """Blank ones are the defaults; a wrong one is an error, and no exception."""
        frame = pool.loans.head(2)
        for blank in (None, "", [], [[]], [[None, None]], [["target_yield", None]]):
            assert isinstance(udfs.LM_SCENARIOS(list(frame.columns), frame.to_numpy(dtype=object), blank), np.ndarray)
        for wrong, error in (([["as_of", 1e9]], "#NUM!"), ([["as_of", -1e9]], "#NUM!"), ([[{}, 1]], "#VALUE!"),
                             (range(3), "#VALUE!"), ([["#REF!", 1]], "#REF!")):  # fmt: skip
            assert udfs.LM_SCENARIOS(list(frame.columns), frame.to_numpy(dtype=object), wrong) == error


class TestLedger:
    """The month-by-month flows of single loans, which share no code with the engine."""

    def worth(self, loan: pd.Series, strategy: str, annual_yield: float) -> float:
        flows = ledger(loan, strategy, DEAL)
        amounts = flows["amount"] * flows["probability"]
        return float((amounts / (1 + annual_yield / 12) ** flows["month"]).sum())

    @pytest.mark.parametrize("annual_yield", [0.0, 0.15])
    @pytest.mark.parametrize("place", [0, 7, 21, 42])
    def test_nets(self, pool: Pool, place: int, annual_yield: float) -> None:
        loan = pool.loans.iloc[place]
        house = {name: float(values[place]) for name, values in pool.house.items()}
        vacant = loan["occupancy"] == "vacant"
        got = udfs.SHORTSALE_NET(**house, annual_yield=annual_yield)
        assert got == pytest.approx(self.worth(loan, "short_sale", annual_yield), abs=CENT)
        got = udfs.DIL_NET(**house, annual_yield=annual_yield, vacant=vacant)
        assert got == pytest.approx(self.worth(loan, "deed_in_lieu", annual_yield), abs=CENT)
        got = udfs.FC_NET(
            loan["state"], **house, annual_yield=annual_yield, contested=loan["fc_contested"], vacant=vacant,
            note_rate=loan["note_rate"], interest_balance=loan["upb"], months_elapsed=loan["fc_months_elapsed"],
        )  # fmt: skip
        assert got == pytest.approx(self.worth(loan, "foreclosure", annual_yield), abs=CENT)
