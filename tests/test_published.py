"""Published figures: textbooks, Excel's and numpy-financial's documentation, FDIC and Freddie Mac examples.

`tests/data/worked_examples.csv` holds the figures with their sources. Every row is tested here, or stands in
`OUT_OF_SCOPE` with the reason; a test counts them.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lossmit_xl import ops
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.evaluate import all_columns
from lossmit_xl.irr import scan

CENT = 0.01
TABLE = Path(__file__).parent / "data" / "worked_examples.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
OUT_OF_SCOPE = {
    "SEV-01": "a loss in percent of debt and costs is none of our figures",
    "XL-15": "XNPV discounts by days; the model's time is whole months",
    "XL-16": "XIRR counts days and is an effective rate; ours is nominal, by months",
    "XL-17": "XIRR counts days and is an effective rate; ours is nominal, by months",
    "NPF-11": "MIRR has two rates of its own; the model has none",
}
NOT_OURS = {  # figures of tested rows that the model does not have
    "balloon_at_term": "accrues by actual days over 360",
    "first_due": "a date of the new note; the model's time is months",
    "maturity": "a date of the new note; the model's time is months",
    "rate": "given to the test: the programme's own waterfall, not ours",
    "term": "given to the test: the programme's own waterfall, not ours",
    "forborne": "given to the test: the programme's own waterfall, not ours",
    "months": "given to the test: the length of the plan",
    "ib_ltv_pct": "a ratio that is cut off, not rounded; none of our figures",
    "total_cash_recovery": "what is received, given to the test",
    "old_piti": "old_pi, tested, with taxes and insurance",
}
Row = dict[str, Any]


def tolerance(row: Row) -> float:
    """The number the row's tolerance begins with; exact figures are exact to floating point."""
    try:
        return float(row["tolerance"].split()[0])
    except ValueError:
        return 0.005


def close(got: float, printed: float | str, within: float) -> None:
    assert float(got) == pytest.approx(float(printed), abs=within * (1 + 1e-9))


def rate_of(price: float, later: list[float]) -> float:
    """Rate a period of flows bought at a price."""
    return float(scan(np.array([[0.0, *later]]), np.array([price]))[0])


def one_loan(deal: Row, **loan: Any) -> dict[str, float]:
    """Every column of the model for a loan as of 2026-10-31, three instalments missed unless said."""
    row = {"next_due_date": dt.date(2026, 8, 15), "property_value": 100_000.0, **loan}
    columns = all_columns(pd.DataFrame([row]), Assumptions(as_of=dt.date(2026, 10, 31), **deal))
    return {
        name: float(np.broadcast_to(value, 1)[0])
        for name, value in columns.items()
        if isinstance(value, (int, float, np.ndarray)) and np.asarray(value).dtype.kind in "fbi"
    }


# Programmes and agreements -------------------------------------------------------------------------------------


def flexmod(given: Row, printed: Row, row: Row) -> None:
    """Capitalised balance, forbearance as published, and the payment at its rate and term."""
    months = 6  # from the last paid instalment to the effective date; the last of them is the model's `mod_start`
    interest = given["ib_upb"] * given["note_rate"] / 12
    got = one_loan(
        {"mod_target": "none", "mod_start": 1, "mod_rate": printed["rate"], "mod_term": printed["term"],
         "forborne": printed["forborne"]},
        upb=given["ib_upb"], note_rate=given["note_rate"], pi_payment=given["current_pi"],
        accrued_interest=interest * (months - 1),
    )  # fmt: skip
    close(interest * months, printed["arrears_interest"], CENT)
    close(got["modification_capitalised"], printed["gross_upb"], CENT)
    close(got["modification_balance"], printed["ib_upb"], CENT)
    close(got["modification_payment"], printed["pi"], CENT)
    close(got["modification_payment"] + given["ti_monthly"], printed["total_housing"], CENT)
    cut = 100 * (1 - got["modification_payment"] / given["current_pi"])
    close(cut, printed["pi_reduction_pct"], 0.005)


def repayment_plan(given: Row, printed: Row, row: Row) -> None:
    monthly = given["total_outstanding"] / 4
    got = one_loan(
        {"plan_months": printed["months"]}, upb=80_000.0, note_rate=0.05, pi_payment=monthly,
        next_due_date=dt.date(2026, 7, 15), maturity_date=dt.date(2040, 1, 1),
    )  # fmt: skip
    close(got["arrears"], given["total_outstanding"], 1e-9)
    close(got["repayment_plan_payment"] - monthly, printed["monthly_amount"], 1e-9)


def foreclosure_loss(given: Row, printed: Row, row: Row) -> None:
    """Three months' interest and the advances make the debt; what it brings leaves the loss."""
    advanced = sum(given[name] for name in ("attorney", "foreclosure_costs", "property_protection", "bpo_fee",
                                            "inspections", "other"))  # fmt: skip
    got = one_loan({}, upb=given["upb"], note_rate=given["note_rate"], pi_payment=2_500.0,
                   escrow_advances=given["tax_ins_advances"], corporate_advances=advanced)  # fmt: skip
    close(got["accrued"], printed["accrued_interest"], 1e-6)
    close(got["legal_balance"], printed["gross_balance_recoverable"], 1e-6)
    close(got["legal_balance"] - given["net_liquidation_proceeds"], printed["loss"], 1e-6)


def short_sale_loss(given: Row, printed: Row, row: Row) -> None:
    price = given.get("short_sale_amount", given.get("net_proceeds"))
    fees = given.get("third_party_fees", 0) + sum(given.get(name, 0) for name in ("attorney", "bpo_fee", "inspections"))
    got = one_loan(
        {"value_haircut": 0, "short_sale_discount": 0, "sale_cost_rate": 0,
         "borrower_incentive": given["borrower_incentive"]},
        upb=given.get("upb", given.get("book_value")), note_rate=given["note_rate"], pi_payment=3_000.0,
        property_value=price, corporate_advances=fees,
    )  # fmt: skip
    within = tolerance(row)
    close(got["accrued"], printed["accrued_interest"], within)
    close(got["short_sale_gross"], price, 1e-9)
    paid = got["legal_balance"] + got["short_sale_disposition"]
    close(paid, printed["gross_balance_recoverable"], within)
    close(paid - got["short_sale_gross"], printed["loss"], within)


def payment_before(given: Row, printed: Row, row: Row) -> None:
    close(ops.pmt(given["rate"] / 12, given["term"], given["balance"]), printed["pi"], tolerance(row))


def hamp(given: Row, printed: Row, row: Row) -> None:
    """Payments at the programme's rate, term and balance; its waterfall is another than ours."""
    payment = ops.pmt(given["mod_rate"] / 12, given.get("mod_term", given.get("old_term")), given["balance"])
    close(payment, printed["new_pi"], CENT)
    close(payment + given["ti"], printed["new_piti"], CENT)
    close(given["gmi"] * given["dti"], printed["target_piti"], CENT)
    if "old_rate" in given:
        close(ops.pmt(given["old_rate"] / 12, given["old_term"], given["balance"]), printed["old_pi"], CENT)


# Notes ---------------------------------------------------------------------------------------------------------


def discounted_note(given: Row, printed: Row, row: Row) -> None:
    i, payment, price = given["rate"] / 12, given["pmt"], given["price"]
    months = ops.nper(i, payment, given["upb"])
    close(months, printed["n"], CENT)
    close(1_200 * rate_of(price, [payment] * 240), printed["yield_pct"], CENT)
    left = float(ops.balance_after(i, 60, payment, given["upb"]))
    close(left, printed["balance_after_60"], CENT)
    close(1_200 * rate_of(price, [*[payment] * 59, payment + left]), printed["yield_if_paid_off_60_pct"], CENT)


def remaining_term(given: Row, printed: Row, row: Row) -> None:
    i = given["rate"] / 12
    close(ops.pmt(i, given["orig_term"], given["orig"]), printed["pmt"], CENT)
    close(ops.nper(i, printed["pmt"], given["upb"]), printed["remaining_n"], CENT)


# Functions of Excel and numpy-financial ------------------------------------------------------------------------
# Theirs are negative for a loan received, ours positive; a payment at the start of a month is ours, discounted.


def excel(given: Row, printed: Row, row: Row) -> None:
    got = EXCEL[given["fn"]](*given["args"])
    if "rel" in row["tolerance"]:
        assert got == pytest.approx(printed["value"], rel=1e-9)
    else:
        close(got, printed["value"], tolerance(row))


def _pmt(i: float, n: float, balance: float, future: float = 0.0, at_start: int = 0) -> float:
    worth = balance + future * ops.discount(i, float(n))
    return -float(ops.pmt(i, float(n), worth) * ops.discount(i, float(at_start)))


def _fv(i: float, n: float, payment: float, present: float, at_start: int = 0) -> float:
    return float(ops.balance_after(i, float(n), payment * (1 + i) ** at_start, -present))


def _principal(i: float, n: int, balance: float, first: int, last: int, at_start: int) -> float:
    """Principal in the payments `first` to `last`."""
    payment = -_pmt(i, n, balance, 0.0, at_start)

    def left(paid: int) -> float:
        start = balance - payment * at_start
        return float(ops.balance_after(i, float(paid - at_start), payment, start)) if paid else balance

    return left(last) - left(first - 1)


def _interest(i: float, n: int, balance: float, first: int, last: int, at_start: int) -> float:
    paid = (last - first + 1) * _pmt(i, n, balance, 0.0, at_start)
    return paid - _principal(i, n, balance, first, last, at_start)


EXCEL: dict[str, Callable[..., float]] = {
    "PMT": _pmt,
    "PV": lambda i, n, payment, future, at_start: -payment * float(ops.annuity(i, float(n))),
    "FV": _fv,
    "NPER": lambda i, payment, balance: float(ops.nper(i, -payment, balance)),
    "RATE": lambda n, payment, balance: rate_of(balance, [-payment] * n),
    "IPMT": lambda i, k, n, balance: _interest(i, n, balance, k, k, 0),
    "PPMT": lambda i, k, n, balance: _principal(i, n, balance, k, k, 0),
    "CUMPRINC": _principal,
    "CUMIPMT": _interest,
}


def npf_call(name: str) -> Callable[[Row, Row, Row], None]:
    functions: dict[str, Callable[..., float]] = {
        "fv": _fv,
        "pmt": _pmt,
        "nper": lambda i, payment, balance: float(ops.nper(i, -payment, balance)),
        "pv": lambda i, n, payment, future: -float(
            payment * ops.annuity(i, float(n)) + future * ops.discount(i, float(n))
        ),
    }

    def test(given: Row, printed: Row, row: Row) -> None:
        assert functions[name](*given["args"]) == pytest.approx(printed["value"], rel=1e-7)

    return test


def npf_irr(given: Row, printed: Row, row: Row) -> None:
    close(rate_of(-given["values"][0], given["values"][1:]), printed["value"], tolerance(row))


def npf_npv(given: Row, printed: Row, row: Row) -> None:
    values = np.array(given["values"], dtype=float)
    close((values * ops.discount(given["rate"], np.arange(len(values)))).sum(), printed["value"], tolerance(row))


def total_interest(given: Row, printed: Row, row: Row) -> None:
    close(given["pv"] - given["n"] * ops.pmt(given["rate"], given["n"], given["pv"]), printed["total_interest"], 0.005)


# Amortisation tables -------------------------------------------------------------------------------------------


def amortisation(given: Row, printed: Row, row: Row) -> None:
    """The payment, rounded as published, and each printed row of the table rolled on from the one before."""
    balance, annual, months = (float(given[key]) for key in ("principal", "annual_rate", "term_months"))
    yearly = given.get("payment_frequency") == "annual"
    i = annual / 100 if yearly else annual / 1_200
    if given.get("compounding") == "annual" and not yearly:
        i = (1 + annual / 100) ** (1 / 12) - 1
    periods = float(given.get("amortization_period_months", months)) / (12 if yearly else 1)
    payment = float(ops.pmt(i, periods, balance)) if "interest_only_months" not in given else balance * i
    payment = float(given.get("payment_override", payment))
    up = given["payment_rounding"] == "ROUND_UP"
    rounded = math.ceil(payment * 100 - 1e-7) / 100 if up else math.floor(payment * 100 + 0.5) / 100
    close(rounded, printed.get("monthly_payment", printed.get("periodic_payment")), 1e-6)
    rows = [[float(cell) for cell in line] for line in printed.get("rows", [])]
    for before, (_, paid, principal, interest, left) in zip([[balance], *rows], rows, strict=False):
        close(before[-1] * i, interest, CENT)
        close(before[-1] - left, principal, CENT)
        close(ops.balance_after(i, 1.0, paid, before[-1]), left, CENT)
    if given.get("balance_tracking") == "carry_precision":
        for number, *_, left in rows:
            close(ops.balance_after(i, number, rounded, balance), left, CENT)


TOPICS: dict[str, Callable[[Row, Row, Row], None]] = {
    "flexmod_target_forbearance": flexmod,
    "repayment_plan_level": repayment_plan,
    "foreclosure_loss_net_recovery": foreclosure_loss,
    "short_sale_loss": short_sale_loss,
    "short_sale_loss_itemised": short_sale_loss,
    "premod_payment": payment_before,
    "waterfall_rate_only": hamp,
    "waterfall_rate_floor_and_term": hamp,
    "discounted_note_yield": discounted_note,
    "remaining_term_from_upb": remaining_term,
    **{f"excel_{fn.lower()}": excel for fn in EXCEL},
    **{f"npf_{name}": npf_call(name) for name in ("fv", "pmt", "nper", "pv")},
    "npf_irr": npf_irr,
    "npf_npv": npf_npv,
    "npf_ipmt_sum": total_interest,
    "amortisation_published": amortisation,
}
TESTED = [row for row in ROWS if row["id"] not in OUT_OF_SCOPE]


@pytest.mark.parametrize("row", TESTED, ids=[row["id"] for row in TESTED])
def test_published(row: Row) -> None:
    TOPICS[row["topic"]](json.loads(row["inputs_json"]), json.loads(row["expected_json"]), row)


def test_no_row_vanishes() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS) == 61 + 5
    assert set(OUT_OF_SCOPE) <= {row["id"] for row in ROWS}
    assert all(row["source"] and row["tolerance"] for row in ROWS)


def test_no_printed_figure_vanishes() -> None:
    """Every figure that a row prints is asked for by its test, or named in `NOT_OURS`."""
    for row in TESTED:
        printed = Asked(json.loads(row["expected_json"]))
        TOPICS[row["topic"]](json.loads(row["inputs_json"]), printed, row)
        assert set(printed) - printed.asked <= set(NOT_OURS), row["id"]


class Asked(dict[str, Any]):
    """A dict that knows which of its keys were asked for."""

    def __init__(self, figures: Row) -> None:
        super().__init__(figures)
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)
