"""The table of plausible ends: between which two readings a doubtful cell is taken to lie, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass

from lossmit_xl.questions import ends
from lossmit_xl.questions.ends import Ends

CONVENTION = "analyst's convention, no published source"
TAPE = "the tape itself"
POOL = "the pool's other loans (state and lien, lien, pool); analyst's convention where they are fewer than 8"
STATES = "the state table"
DEAL = "the deal's assumptions"
NO_RATE = " (if that is no rate: the pool's third quartile)"


@dataclass(frozen=True)
class Reading:
    """Two readings of a cell: the function that makes them, the same in words, and their source."""

    ends: Ends
    words: str
    source: str


READINGS: dict[str, Reading] = {
    "none": Reading(ends.none, "the bid does not depend on it", TAPE),
    "dropped": Reading(ends.dropped, "counted twice, or once", TAPE),
    "upb": Reading(ends.balance_absent, "the value over the quartiles of value to UPB", POOL),
    "note_rate": Reading(ends.rate_absent, "the pool's first and third quartile of rates", POOL),
    "pi_payment": Reading(ends.payment_absent, "interest only, or the level payment", CONVENTION),
    "next_due_date": Reading(ends.due_absent, "current, or unpaid for 36 months", CONVENTION),
    "maturity_date": Reading(ends.maturity_absent, "the pool's quartiles of months to maturity", POOL),
    "property_value": Reading(ends.value_absent, "UPB times the quartiles of value to UPB", POOL),
    "state": Reading(ends.state_absent, "the slowest and the fastest state", STATES),
    "lien": Reading(ends.first_or_second, "a first lien, or a second behind what is ahead (else the whole value)",
                    CONVENTION),
    "senior_balance": Reading(ends.senior_absent, "nothing ahead, or the whole value", CONVENTION),
    "occupancy": Reading(ends.words("owner", "vacant"), "the owner lives there, or nobody", CONVENTION),
    "property_type": Reading(ends.words("land", "sfr"), "a house, or land", CONVENTION),
    "fc_contested": Reading(ends.words("yes", "no"), "contested, or not", CONVENTION),
    "title_clean": Reading(ends.words("no", "yes"), "clean, or not", CONVENTION),
    "bk_chapter": Reading(ends.bankruptcy, "none, or the chapter that delays most", DEAL),
    "fc_months_elapsed": Reading(ends.foreclosure_stage, "not referred, or a month before the sale", STATES),
    "referred": Reading(ends.referred_or_just, "referred last month, or a month before the sale", STATES),
    "money": Reading(ends.money_absent, "nothing, or the pool's third quartile", POOL),
    "annual_taxes_insurance": Reading(ends.taxes_absent, "half as much as assumed, or half as much again", CONVENTION),
    "delinquent_taxes": Reading(ends.unpaid_taxes, "nothing, or two years of taxes and insurance", CONVENTION),
    "escrow_advances": Reading(ends.escrow, "nothing, or taxes and insurance for the months missed", CONVENTION),
    "corporate_advances": Reading(ends.legal_costs, "nothing, or the legal costs of the state", STATES),
    "negative": Reading(ends.negative, "nothing, or the amount without its sign", TAPE),
    "spread": Reading(ends.value_spread, "15 % less, or 15 % more", CONVENTION),
    "thousands": Reading(ends.scaled(1_000.0), "as it stands, or in thousands", TAPE),
    "cents": Reading(ends.scaled(0.01), "as it stands, or in cents", TAPE),
    "dollars": Reading(ends.scaled(100.0), "in cents, as it was read, or in dollars", TAPE),
    "original": Reading(ends.scaled(1 / 1.1), "as it stands, or before a tenth was added to it", CONVENTION),
    "percent_up": Reading(ends.rate_scaled(100.0), f"as it stands, or a hundred times that{NO_RATE}", TAPE),
    "percent_down": Reading(ends.rate_scaled(0.01), f"as it stands, or a hundredth of that{NO_RATE}", TAPE),
    "zero_rate": Reading(ends.zero_rate, "no interest, or the middle of the pool's rates", POOL),
    "other_reading": Reading(ends.other_reading, "as it was read, or the other way round if that is a rate", TAPE),
    "level": Reading(ends.payment_or_level, "the tape's payment, or the level payment of balance, rate and term", TAPE),
    "due_or_paid": Reading(ends.due_or_said, "the next due date, or a month after the paid-to date", TAPE),
    "due_or_36": Reading(ends.due_or_three_years, "the tape's date, or unpaid for 36 months", CONVENTION),
    "due_or_current": Reading(ends.due_or_current, "the tape's date, or current", CONVENTION),
    "due_or_late": Reading(ends.due_or_late, "paid ahead, or one instalment due", CONVENTION),
    "matured": Reading(ends.matured_or_not, "matured, or the pool's third quartile of months to maturity", POOL),
    "nothing_ahead": Reading(ends.nothing_ahead, "the balance ahead as it stands, or none", TAPE),
    "payoff_owed": Reading(ends.payoff_is_owed, "what is owed as it stands, or the payoff", TAPE),
    "payoff_balance": Reading(ends.payoff_is_balance, "the balance, or the lower payoff", TAPE),
    "blanked": Reading(ends.blanked, "as it was read, or absent", TAPE),
    "unknown": Reading(ends.none, "not estimated: what the column holds is not known", TAPE),
}  # fmt: skip

ABSENT = {
    **dict.fromkeys(("deferred_balance", "accrued_interest", "late_fees"), "money"),
    **dict.fromkeys(("loan_id", "purchase_price"), "none"),
}
"""The reading of a column that says nothing, where it does not bear the column's own name."""


def of_absent(topic: str) -> str:
    """The reading of a column that says nothing, or nothing that can be read."""
    return ABSENT.get(topic, topic)
