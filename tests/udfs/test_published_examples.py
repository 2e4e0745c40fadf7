"""The published worked examples that one of the functions answers; the others say why none does."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import lossmit_udfs as udfs

CENT = 0.01
TABLE = Path(__file__).parents[1] / "data" / "worked_examples.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
Row = dict[str, Any]
Answers = Iterator[tuple[float, float, float]]  # ours, printed, within

NO_FUNCTION = {
    "loss_severity": "a loss in percent",
    "excel_fv": "a future value", "npf_fv": "a future value", "npf_pv": "payments of the opposite sign",
    "excel_ipmt": "the interest part of one payment", "excel_ppmt": "the principal part of one payment",
    "excel_cumprinc": "principal of a stretch", "excel_cumipmt": "interest of a stretch",
    "excel_nper": "a number of payments", "npf_nper": "a number of payments",
    "excel_xnpv": "dated flows", "excel_xirr": "dated flows", "npf_irr": "uneven flows", "npf_npv": "uneven flows",
    "npf_mirr": "two rates",
}  # fmt: skip
"""Topics whose figures none of the functions gives."""

NO_ANSWER = {
    "XL-01": "paid at the start of the month",
    "XL-02": "a savings plan towards a future value",
    "MM-arcones_soa_fm_4_1_ex4_20k_8pct_12yr_annual": "yearly payments at 8 % a period: above the range of a note rate",
    "MM-skinner_1913_42_ex1_1k_6pct_15yr_annual": "yearly payments at 6 % a period: above the range of a note rate",
    "MM-cfpb_io_adjustable_sample_211k_4pct": "prints the payment while interest alone is paid; ours is the one after",
    "MM-fhlbb_1935_plan_a_3k_6pct_30_per_mo": "the payment is given, not computed",
}


def flexmod(given: Row, printed: Row) -> Answers:
    paid = udfs.MODPAYMENT(
        given["ib_upb"], printed["rate"], printed["term"], printed["arrears_interest"], None, printed["forborne"]
    )
    yield paid, printed["pi"], CENT


def plan(given: Row, printed: Row) -> Answers:
    yield udfs.PLANPAYMENT(0, given["total_outstanding"], printed["months"]), printed["monthly_amount"], 1e-9


def loss(given: Row, printed: Row) -> Answers:
    """Principal and interest owed less the net recovery: what the exhibit calls the loss."""
    costs = sum(given.get(name, 0) for name in (
        "attorney", "foreclosure_costs", "property_protection", "tax_ins_advances", "bpo_fee", "inspections", "other",
        "third_party_fees", "borrower_incentive"))  # fmt: skip
    received = next(given[name] for name in ("net_liquidation_proceeds", "short_sale_amount", "net_proceeds")
                    if name in given)  # fmt: skip
    owed = given.get("upb", given.get("book_value")) + printed["accrued_interest"]
    yield owed - udfs.NETRECOVERY(received, 0, costs), printed["loss"], 1e-6


def payment_before(given: Row, printed: Row) -> Answers:
    yield udfs.MODPAYMENT(given["balance"], given["rate"], given["term"]), printed["pi"], 1


def hamp(given: Row, printed: Row) -> Answers:
    term = given.get("mod_term", given.get("old_term"))
    yield udfs.MODPAYMENT(given["balance"], given["mod_rate"], term), printed["new_pi"], CENT
    yield udfs.MODRATE(given["balance"], printed["new_pi"], term), given["mod_rate"], 1e-6


def note(given: Row, printed: Row) -> Answers:
    whole = udfs.NOTE_YIELD(given["price"], given["pmt"], 240)
    early = udfs.NOTE_YIELD(given["price"], given["pmt"], 60, printed["balance_after_60"])
    yield 100 * whole, printed["yield_pct"], CENT
    yield 100 * early, printed["yield_if_paid_off_60_pct"], CENT
    yield udfs.NOTE_PRICE(whole, given["pmt"], 240), given["price"], CENT


def original_payment(given: Row, printed: Row) -> Answers:
    yield udfs.MODPAYMENT(given["orig"], given["rate"], given["orig_term"]), printed["pmt"], CENT


def excel_pmt(given: Row, printed: Row) -> Answers:
    i, months, balance = given["args"]
    yield udfs.MODPAYMENT(balance, 12 * i, months), -printed["value"], CENT


def excel_pv(given: Row, printed: Row) -> Answers:
    i, months, paid, *_ = given["args"]
    yield udfs.NOTE_PRICE(12 * i, paid, months), -printed["value"], CENT


def excel_rate(given: Row, printed: Row) -> Answers:
    months, paid, balance = given["args"]
    yield udfs.MODRATE(balance, -paid, months) / 12, printed["value"], 1e-9
    yield udfs.NOTE_YIELD(balance, -paid, months) / 12, printed["value"], 1e-9


def interest_in_all(given: Row, printed: Row) -> Answers:
    paid = udfs.MODPAYMENT(given["pv"], 12 * given["rate"], given["n"])
    yield given["pv"] - given["n"] * paid, printed["total_interest"], 0.005


def amortisation(given: Row, printed: Row) -> Answers:
    annual = float(given["annual_rate"]) / 100
    if given.get("compounding") == "annual":
        annual = 12 * ((1 + annual) ** (1 / 12) - 1)
    months = float(given.get("amortization_period_months", given["term_months"]))
    paid = udfs.MODPAYMENT(float(given["principal"]), annual, months)
    up = given["payment_rounding"] == "ROUND_UP"
    rounded = math.ceil(paid * 100 - 1e-7) / 100 if up else math.floor(paid * 100 + 0.5) / 100
    yield rounded, float(printed.get("monthly_payment", printed.get("periodic_payment"))), 1e-6


TOPICS: dict[str, Callable[[Row, Row], Answers]] = {
    "flexmod_target_forbearance": flexmod, "repayment_plan_level": plan, "foreclosure_loss_net_recovery": loss,
    "short_sale_loss": loss, "short_sale_loss_itemised": loss, "premod_payment": payment_before,
    "waterfall_rate_only": hamp, "waterfall_rate_floor_and_term": hamp, "discounted_note_yield": note,
    "remaining_term_from_upb": original_payment, "excel_pmt": excel_pmt, "npf_pmt": excel_pmt, "excel_pv": excel_pv,
    "excel_rate": excel_rate, "npf_ipmt_sum": interest_in_all, "amortisation_published": amortisation,
}  # fmt: skip
ANSWERED = [row for row in ROWS if row["topic"] not in NO_FUNCTION and row["id"] not in NO_ANSWER]


@pytest.mark.parametrize("row", ANSWERED, ids=[row["id"] for row in ANSWERED])
def test_published(row: Row) -> None:
    answers = list(TOPICS[row["topic"]](json.loads(row["inputs_json"]), json.loads(row["expected_json"])))
    assert answers
    for ours, printed, within in answers:
        assert isinstance(ours, float), ours
        assert ours == pytest.approx(printed, abs=within * (1 + 1e-9))


def test_no_row_vanishes() -> None:
    assert {row["topic"] for row in ROWS} == TOPICS.keys() | NO_FUNCTION.keys()
    assert NO_ANSWER.keys() <= {row["id"] for row in ROWS} and len(ANSWERED) >= 40 - 5
