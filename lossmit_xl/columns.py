"""The canonical loan columns: name, kind, unit, allowed range, and what an absent value means.

This table is the single description of a loan. The tape reader cleans to it, `evaluate` takes it in,
the Loans sheet is laid out and validated by it, and the docs list it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "state", "choice", "yesno", "money", "rate", "count", "date"]

PROPERTY_TYPES = ("sfr", "condo", "2-4", "manufactured", "land", "commercial", "unknown")
OCCUPANCIES = ("owner", "tenant", "vacant", "unknown")
HARDSHIPS = ("temporary", "permanent", "resolved", "unknown")
INTENTS = ("stay", "sell", "leave", "unknown")
BANKRUPTCY_CHAPTERS = ("7", "11", "12", "13")


@dataclass(frozen=True)
class LoanColumn:
    """One canonical column of a loan.

    `low` and `high` are inclusive; a value outside is a tape error and counts as absent. Where
    `zero_is_absent`, tapes write 0 for unknown. `absent` says in words what a blank means.
    """

    name: str
    kind: Kind
    unit: str
    help: str
    absent: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    zero_is_absent: bool = False

    @property
    def is_number(self) -> bool:
        """Whether values are plain numbers (money, rates, counts)."""
        return self.kind in ("money", "rate", "count")


def _money(name: str, help: str, absent: str = "0", *, zero_is_absent: bool = False, unit: str = "USD") -> LoanColumn:
    return LoanColumn(name, "money", unit, help, absent, low=0.0, zero_is_absent=zero_is_absent)


LOAN_COLUMNS: tuple[LoanColumn, ...] = (
    LoanColumn("loan_id", "text", "text", "The seller's loan number, unique in the pool", "defect; kept as row N"),
    LoanColumn("state", "state", "code", "Two-letter state or territory", "defect; the national fallback row is used"),
    LoanColumn("property_type", "choice", "word", "Kind of property", "unknown", choices=PROPERTY_TYPES),
    LoanColumn("occupancy", "choice", "word", "Who lives there", "unknown", choices=OCCUPANCIES),
    LoanColumn("lien", "count", "position", "1 is a first lien", "1", low=1, high=9),
    _money("upb", "Interest-bearing unpaid principal before the oldest unpaid instalment", "not valued",
           zero_is_absent=True),
    _money("deferred_balance", "Non-interest-bearing principal"),
    LoanColumn("note_rate", "rate", "per year", "Note rate, nominal", "not valued", low=0.0, high=0.36),
    _money("pi_payment", "Monthly principal and interest", "level payment over the scheduled instalments",
           zero_is_absent=True, unit="USD/month"),
    LoanColumn("next_due_date", "date", "date", "Due date of the oldest unpaid instalment", "not valued"),
    LoanColumn("maturity_date", "date", "date", "Due date of the last instalment", "from balance, rate and payment"),
    _money("accrued_interest", "Interest owed to date", "upb x note_rate/12 x missed instalments"),
    _money("escrow_advances", "Taxes and insurance advanced by the holder"),
    _money("corporate_advances", "Legal, inspection and preservation advances"),
    _money("late_fees", "Unpaid late fees"),
    _money("property_value", "As-is value of the property (BPO)", "not valued", zero_is_absent=True),
    LoanColumn("value_date", "date", "date", "Date of that value", "unknown"),
    _money("senior_balance", "Owed to liens ahead of this one"),
    _money("delinquent_taxes", "Unpaid taxes and dues that prime this lien"),
    _money("annual_taxes_insurance", "Taxes and insurance a year",
           "tax_insurance_rate x value; 0 for a junior lien", unit="USD/year"),
    LoanColumn("fc_months_elapsed", "count", "months", "Months since referral to foreclosure; 0 = not referred", "0",
               low=0, high=600),
    LoanColumn("fc_contested", "yesno", "yes/no", "The foreclosure is contested", "no"),
    LoanColumn("bk_chapter", "choice", "chapter", "Open bankruptcy", "none", choices=BANKRUPTCY_CHAPTERS),
    LoanColumn("contact", "yesno", "yes/no", "The borrower answers", "unknown"),
    LoanColumn("hardship", "choice", "word", "What happened to the borrower", "unknown", choices=HARDSHIPS),
    LoanColumn("intent", "choice", "word", "What the borrower wants", "unknown", choices=INTENTS),
    _money("monthly_income", "Household income", "unknown: affordability is not tested", unit="USD/month"),
    _money("monthly_debts", "Other debts and living costs", "0 where income is known", unit="USD/month"),
    _money("cash_available", "Lump sum the borrower can raise", "unknown: not tested"),
    LoanColumn("title_clean", "yesno", "yes/no", "No junior liens or judgments", "unknown"),
    _money("dpo_offer", "Payoff the borrower offers", "from the assumptions", zero_is_absent=True),
    LoanColumn("dpo_month", "count", "month", "Month of the discounted payoff", "from the assumptions",
               low=0, high=120),
    _money("purchase_price", "Seller's ask, or the price paid", "none: profit is shown at the bid",
           zero_is_absent=True),
)

BY_NAME: dict[str, LoanColumn] = {column.name: column for column in LOAN_COLUMNS}
