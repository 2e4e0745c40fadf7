"""The ledger and the reference on top of it: worked loans, tables computed by hand, reading a row."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.ledger import NotComputable, ledger
from lossmit_xl.ledger.definitions import ceil_model, months_between, nper, pmt, roll, round_half_away
from lossmit_xl.ledger.facts import facts_of
from lossmit_xl.names import STRATEGIES
from tests.decisions import reference
from tests.strategies import AS_OF

CENT, RATE = 0.01, 1e-6
WORKED = Path(__file__).parent / "reference" / "worked_loans"
SETS = ("default", "hold_full_service_defer", "steps_no_target")
IN_RATES = frozenset(("months", "moic", "irr", "annualised_roi", "weight"))


# The worked loans ----------------------------------------------------------------------------------------------


def differs(column: str, got: Any, printed: Any) -> bool:
    """Whether a figure misses the printed one: money by a cent, rates and months by 1e-6, text at all."""
    blank = not isinstance(printed, str)
    if column == "reason" or blank or got is None:
        return (got is None) != blank  # the wording of a reason is free
    if isinstance(got, (str, bool)):
        return str(got) != str(printed)
    return bool(not abs(float(got) - float(printed)) <= (RATE if column in IN_RATES else CENT))


def worked_cells(name: str) -> Iterator[tuple[str, str, str, Any, Any]]:
    """Loan, strategy ("" for the loan's row), column, our figure, the printed one."""
    deal = Assumptions.from_toml(WORKED / name / "assumptions.toml")
    scenarios = pd.read_csv(WORKED / name / "scenarios.csv", dtype=str).set_index(["loan_id", "strategy"])
    summaries = pd.read_csv(WORKED / name / "loans.csv", dtype=str).set_index("loan_id")
    for loan in pd.read_csv(WORKED / "tape.csv", dtype=str).to_dict("records"):
        key = loan["loan_id"]
        by_strategy, summary = reference({str(name): cell for name, cell in loan.items()}, deal)
        for column in summaries.columns:
            yield key, "", column, summary[column], summaries.at[key, column]
        for strategy in STRATEGIES:
            for column in scenarios.columns:
                printed = scenarios.at[(key, strategy), column]
                yield key, strategy, column, by_strategy[strategy][column], printed


@pytest.mark.parametrize("name", SETS)
def test_equals_the_worked_loans(name: str) -> None:
    cells = list(worked_cells(name))
    wrong = [cell for cell in cells if differs(*cell[2:])]
    assert len(cells) == 40 * (9 * 22 + 13)
    assert not wrong, f"{len(wrong)} of {len(cells)}, first: {wrong[:5]}"


# Definitions ---------------------------------------------------------------------------------------------------

PMT = [  # annual rate, months, balance, payment, source
    (0.075, 180, 200_000, 1854.02472, "numpy-financial's docstring"),
    (0.07, 360, 78_500, 522.26, "a note investor's blog: 78,500 at 7 % over 30 years"),
    (0.0, 10, 1_000, 100.0, "by hand"),
]


@pytest.mark.parametrize(("annual", "n", "balance", "payment", "source"), PMT)
def test_pmt(annual: float, n: int, balance: float, payment: float, source: str) -> None:
    assert pmt(balance, annual / 12, n) == pytest.approx(payment, abs=0.005)
    assert roll(balance, annual / 12, pmt(balance, annual / 12, n), n) == pytest.approx(0, abs=1e-6)


def test_nper() -> None:
    assert nper(74_947.52, 0.07 / 12, 522.26) == pytest.approx(312, abs=0.01)  # a note investor's blog
    assert nper(1_000, 0.0, 300) == pytest.approx(10 / 3)
    assert math.isinf(nper(1_000, 0.01, 10))


def test_rounding_is_away_from_zero_and_forgives_floating_point() -> None:
    assert [round_half_away(x) for x in (2.5, -2.5, 2.4999999, 2.49, -0.4)] == [3, -3, 3, 2, 0]
    assert [ceil_model(x) for x in (3.0000005, 3.00001, 2.9, -0.5)] == [3, 4, 3, 0]


@pytest.mark.parametrize(
    ("a", "b", "months"),
    [("2026-08-01", "2026-10-31", 2), ("2026-10-31", "2026-11-30", 0), ("2026-11-15", "2026-10-31", -1)],
)
def test_months_between(a: str, b: str, months: int) -> None:
    assert months_between(dt.date.fromisoformat(a), dt.date.fromisoformat(b)) == months


# Flows by hand -------------------------------------------------------------------------------------------------
# 60,000 at 0 % and 500 a month; 3 of 12 instalments missed; house 90,000 after the haircut; 100 a month of taxes;
# no state: 14 months, fee 2,650 and 1,200 besides. Nothing re-defaults unless said, and 1 % a month is asked.

LOAN: dict[str, Any] = {
    "upb": 60_000, "note_rate": 0, "pi_payment": 500, "next_due_date": "2026-08-01", "maturity_date": "2027-07-01",
    "property_value": 100_000, "annual_taxes_insurance": 1_200,
}  # fmt: skip
DEAL = Assumptions(
    as_of=AS_OF, target_yield=0.12, exit="hold", redefault_factor=0, plan_months=3, mod_target="none", mod_rate=0,
    mod_term=10, forbearance_steps=[(2, 0.0), (1, 0.5)],
)  # fmt: skip
Expected = dict[tuple[str, int, int], float]  # (tag, first month, last month): USD in each

FEES_5: Expected = {("servicing", 1, 5): -35.0, ("servicing", 6, 9): -20.0}
HELD: Expected = {("carry", 1, 3): -100, ("servicing", 1, 3): -35}
REDEFAULT = {"redefault_factor": 1, "redefault": {"reinstatement": (0.2, 3)}}
SENIOR = {"senior_balance": 30_000}
FULL = {"servicing_model": "full_service"}
TO_AUCTION: Expected = {("legal", 1, 1): -1_925, ("legal", 15, 15): -1_925, ("carry", 1, 15): -175,
                        ("servicing", 1, 15): -35}  # fmt: skip

BY_HAND: list[tuple[str, str, dict[str, Any], dict[str, Any], Expected]] = [
    ("2,500 cures; 7 payments, 54,000 left", "reinstatement", {}, {},
     {("servicing", 1, 2): -35, ("proceeds", 2, 2): 2_500, ("proceeds", 3, 8): 500, ("proceeds", 9, 9): 54_500,
      ("servicing", 3, 9): -20}),
    ("fails at 5: a third party pays the whole debt of 61,650 at 23", "reinstatement", {}, REDEFAULT,
     {("servicing", 1, 2): -35, ("proceeds", 2, 2): 2_500, ("proceeds", 3, 5): 500, ("servicing", 3, 5): -20,
      ("proceeds", 6, 8): 400, ("proceeds", 9, 9): 43_600, ("servicing", 6, 9): -16 - 7, ("servicing", 10, 23): -7,
      ("legal", 9, 9): -385, ("legal", 23, 23): -385, ("carry", 6, 23): -35, ("proceeds", 23, 23): 12_330}),
    ("fails, and the house is worth nothing: he walks away", "reinstatement", {"senior_balance": 90_000}, REDEFAULT,
     {("servicing", 1, 2): -35, ("proceeds", 2, 2): 2_500, ("proceeds", 3, 5): 500, ("servicing", 3, 5): -20,
      ("proceeds", 6, 8): 400, ("proceeds", 9, 9): 43_600, ("servicing", 6, 9): -16}),
    ("7 payments made is past the last flow: no re-default", "reinstatement", {},
     {"redefault_factor": 1, "redefault": {"reinstatement": (1, 7)}},
     {("servicing", 1, 2): -35, ("proceeds", 2, 2): 2_500, ("proceeds", 3, 8): 500, ("proceeds", 9, 9): 54_500,
      ("servicing", 3, 9): -20}),
    ("sold after 2 payments at par, its yield the note's", "reinstatement", {},
     {"exit": "sell", "exit_months": 2, "exit_yield": 0},
     {("servicing", 1, 2): -35, ("proceeds", 2, 2): 2_500, ("proceeds", 3, 3): 500, ("proceeds", 4, 4): 57_000,
      ("servicing", 3, 4): -20}),
    ("sold to yield 1 % a month: 500 x 4.853431 + 54,000 x 0.951466", "reinstatement", {},
     {"exit": "sell", "exit_months": 2, "exit_yield": 0.12},
     {("servicing", 1, 2): -35, ("proceeds", 2, 2): 2_500, ("proceeds", 3, 3): 500, ("proceeds", 4, 4): 54_305.8629,
      ("servicing", 3, 4): -20}),
    ("sold at 85 % of an equity of 50,000", "reinstatement", {"senior_balance": 40_000},
     {"exit": "sell", "exit_months": 2, "exit_yield": 0},
     {("servicing", 1, 2): -35, ("proceeds", 2, 2): 2_500, ("proceeds", 3, 3): 500, ("proceeds", 4, 4): 43_000,
      ("servicing", 3, 4): -20}),
    ("kept to its end, its balloon at most 85 % of an equity of 50,000", "reinstatement", {"senior_balance": 40_000},
     {"exit": "sell"},
     {("servicing", 1, 2): -35, ("proceeds", 2, 2): 2_500, ("proceeds", 3, 8): 500, ("proceeds", 9, 9): 43_000,
      ("servicing", 3, 9): -20}),
    ("three times 500 more, then 6 payments and 54,000", "repayment_plan", {}, {},
     {("servicing", 1, 3): -35, ("proceeds", 1, 3): 1_000, ("proceeds", 4, 8): 500, ("proceeds", 9, 9): 54_500,
      ("servicing", 4, 9): -20}),
    ("2,750 unpaid, in one sum at 3", "forbearance", {}, {"forbearance_exit": "lump"},
     {("servicing", 1, 3): -35, ("proceeds", 3, 3): 3_000, ("proceeds", 4, 8): 500, ("proceeds", 9, 9): 54_500,
      ("servicing", 4, 9): -20}),
    ("2,750 unpaid, deferred to the end", "forbearance", {}, {"forbearance_exit": "defer"},
     {("servicing", 1, 3): -35, ("proceeds", 3, 3): 250, ("proceeds", 4, 8): 500, ("proceeds", 9, 9): 57_250,
      ("servicing", 4, 9): -20}),
    ("2,750 unpaid, in two months of 1,375", "forbearance", {}, {"plan_months": 2},
     {**FEES_5, ("proceeds", 3, 3): 250, ("proceeds", 4, 5): 1_875, ("proceeds", 6, 8): 500,
      ("proceeds", 9, 9): 54_500}),
    ("60,000 over 10 months at 0 %", "modification", {}, {},
     {("servicing", 1, 3): -35, ("proceeds", 4, 13): 6_000, ("servicing", 4, 13): -20}),
    ("2,000 down, 3,000 forgiven, 5,000 forborne", "modification", {},
     {"down_payment": 2_000, "forgiven": 3_000, "forborne": 5_000},
     {("servicing", 1, 3): -35, ("proceeds", 3, 3): 2_000, ("proceeds", 4, 12): 5_000, ("proceeds", 13, 13): 10_000,
      ("servicing", 4, 13): -20}),
    ("12 % for 2 months is re-levelled to 0 %", "modification", {}, {"mod_step_rates": [(2, 0.12)], "mod_term": 3},
     # pmt(60,000, 1 %, 3) = 20,401.33; balance 60,600 - p, then x 1.01 - p = 20,199.34
     {("servicing", 1, 3): -35, ("proceeds", 4, 5): 20_401.3269, ("proceeds", 6, 6): 20_199.3329,
      ("servicing", 4, 6): -20}),
    ("90 % of the debt", "discounted_payoff", {}, {},
     {**HELD, ("carry", 4, 4): -100, ("servicing", 4, 4): -35, ("legal", 4, 4): -500, ("proceeds", 4, 4): 54_000}),
    ("no equity: a tenth of the UPB; 3 % of it is the servicer's", "discounted_payoff", {"senior_balance": 90_000},
     FULL,
     {("carry", 1, 4): -100, ("servicing", 1, 4): -90, ("legal", 4, 4): -500, ("proceeds", 4, 4): 6_000,
      ("fee", 4, 4): -180}),
    ("his offer, at once", "discounted_payoff", {"dpo_offer": 45_000, "dpo_month": 0}, {},
     {("legal", 0, 0): -500, ("proceeds", 0, 0): 45_000}),
    ("74,520 net pays the debt: no incentive", "short_sale", {}, {},
     {("carry", 1, 7): -100, ("servicing", 1, 7): -35, ("proceeds", 7, 7): 60_000}),
    ("81,000 less 8 % less the senior lien", "short_sale", SENIOR, {},
     {("carry", 1, 7): -100, ("servicing", 1, 7): -35, ("proceeds", 7, 7): 44_520, ("disposition", 7, 7): -3_000}),
    ("90,000 x 0.95 x 0.92 less the senior lien", "deed_in_lieu", SENIOR, {},
     {**HELD, ("legal", 3, 3): -1_500, ("disposition", 3, 3): -7_500, ("carry", 4, 8): -350,
      ("proceeds", 8, 8): 48_660}),
    ("vacant: no keys; at most the debt", "deed_in_lieu", {"occupancy": "vacant"}, {},
     {**HELD, ("legal", 3, 3): -1_500, ("disposition", 3, 3): -4_500, ("carry", 4, 8): -350,
      ("proceeds", 8, 8): 60_000}),
    ("the auction brings the whole debt: 60,000 + 3,850 + 1,500", "foreclosure", {}, {},
     {**TO_AUCTION, ("proceeds", 15, 15): 65_350}),
    ("third party 30 % at 37,500, else REO", "foreclosure", SENIOR, {},
     {**TO_AUCTION, ("proceeds", 15, 15): 11_250, ("disposition", 15, 15): -7_700, ("carry", 16, 22): -245,
      ("proceeds", 22, 22): 34_062}),
    ("land has no one to evict: REO ends two months earlier", "foreclosure", {**SENIOR, "property_type": "land"}, {},
     {**TO_AUCTION, ("proceeds", 15, 15): 11_250, ("disposition", 15, 15): -6_300, ("carry", 16, 20): -245,
      ("proceeds", 20, 20): 34_062}),
    ("referred 20 months ago: half the cost is spent, a month is left", "foreclosure", {"fc_months_elapsed": 20}, {},
     {("legal", 0, 0): -962.5, ("legal", 1, 1): -962.5, ("carry", 1, 1): -175, ("servicing", 1, 1): -35,
      ("proceeds", 1, 1): 62_025}),
    ("contested, in chapter 13: 3 + 4 months and 7,500 more; the auction's 67,500", "foreclosure",
     {"fc_contested": "yes", "bk_chapter": "13"}, {"third_party_share": 1},
     {("legal", 1, 1): -5_675, ("legal", 22, 22): -5_675, ("carry", 1, 22): -175, ("servicing", 1, 22): -35,
      ("proceeds", 22, 22): 67_500}),
    ("55 % of the debt", "note_sale", {}, {}, {("servicing", 1, 2): -35, ("proceeds", 2, 2): 33_000}),
    ("55 % of the equity", "note_sale", SENIOR, FULL, {("servicing", 1, 2): -90, ("proceeds", 2, 2): 33_000}),
]  # fmt: skip


def expected_flows(frame: pd.DataFrame) -> dict[tuple[str, int], float]:
    """The contract: amount x probability by tag and month."""
    sums: dict[tuple[str, int], float] = {}
    for month, tag, amount, probability in frame.itertuples(index=False):
        sums[str(tag), int(month)] = sums.get((str(tag), int(month)), 0.0) + amount * probability
    return sums


@pytest.mark.parametrize(
    ("strategy", "loan", "changes", "table"), [c[1:] for c in BY_HAND], ids=[c[0] for c in BY_HAND]
)
def test_flows_by_hand(strategy: str, loan: dict[str, Any], changes: dict[str, Any], table: Expected) -> None:
    wanted: dict[tuple[str, int], float] = {}
    for (tag, first, last), amount in table.items():
        for month in range(first, last + 1):
            wanted[tag, month] = wanted.get((tag, month), 0.0) + amount
    got = expected_flows(ledger(LOAN | loan, strategy, DEAL.replace(**changes)))
    assert got == pytest.approx(wanted, abs=0.005)


# Reading a row -------------------------------------------------------------------------------------------------


def test_a_row_may_be_text_series_or_dates() -> None:
    plain = {**LOAN, "fc_contested": True, "bk_chapter": 7.0, "contact": "no"}
    text = {key: str(value) for key, value in plain.items()}
    blanks = {"lien": np.nan, "title_clean": None, "hardship": "", "dpo_month": pd.NA, "value_date": pd.NaT}
    dates = {"next_due_date": pd.Timestamp("2026-08-01 10:30"), "maturity_date": dt.date(2027, 7, 1)}
    for row in (text, {**plain, **blanks}, pd.Series({**plain, **dates, **blanks})):
        pd.testing.assert_frame_equal(ledger(row, "foreclosure", DEAL), ledger(plain, "foreclosure", DEAL))
    assert reference(text, DEAL)[0]["short_sale"]["reason"] == "no contact with the borrower yet"


def test_a_loans_own_assumption_beats_the_deals_and_a_bad_one_does_not() -> None:
    assert facts_of({**LOAN, "exit": "sell", "mod_rate": "4 %"}, DEAL).assumptions == DEAL.replace(
        exit="sell", mod_rate=0.04
    )
    assert facts_of({**LOAN, "exit": "keep", "exit_cap_value": 85, "as_of": "2020-01-01"}, DEAL).assumptions == DEAL
    own = facts_of({**LOAN, "state": "TX", "fc_months": 20, "legal_fee": "", "redemption_months": -1}, DEAL).state
    assert (own.fc_months, own.legal_fee, own.redemption_months) == (20, 2_300, 0)


NOT_VALUED = [
    ({"upb": 0}, "not valued: no unpaid balance"),
    ({"note_rate": 0.9}, "not valued: no note rate"),
    ({"next_due_date": ""}, "not valued: no next due date"),
    ({"property_value": np.nan}, "not valued: no property value"),
    ({"pi_payment": 0, "maturity_date": None}, "not valued: no payment and no maturity date"),
    ({"pi_payment": None, "maturity_date": "2026-06-01"}, "not valued: no payment and no instalments left"),
]
NO_NUMBERS = [
    ("reinstatement", {"next_due_date": "2026-11-01", "maturity_date": "2026-11-01"}, {}, "the loan matures first"),
    ("repayment_plan", {"maturity_date": "2027-01-01"}, {}, "the loan matures first"),
    ("forbearance", {"pi_payment": 7_500}, {}, "the loan is paid off before"),
    ("modification", {}, {"forgiven": 60_000}, "nothing left to modify"),
    ("modification", {}, {"forborne": 60_000}, "nothing left to modify"),
]


@pytest.mark.parametrize(("changes", "reason"), NOT_VALUED)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_not_valued(strategy: str, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotComputable, match=f"^{reason}$"):
        ledger({**LOAN, **changes}, strategy, DEAL)


@pytest.mark.parametrize(("strategy", "loan", "changes", "reason"), NO_NUMBERS)
def test_no_numbers(strategy: str, loan: dict[str, Any], changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotComputable, match=f"^{reason}$"):
        ledger(LOAN | loan, strategy, DEAL.replace(**changes))


def test_no_such_strategy() -> None:
    with pytest.raises(ValueError, match="strategy = 'repo': must be one of reinstatement"):
        ledger(LOAN, "repo", DEAL)
