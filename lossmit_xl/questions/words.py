"""How a column is spoken of to a seller: its name, and the plain question for it."""

from __future__ import annotations

LABELS: dict[str, tuple[str, str]] = {
    "loan_id": ("loan number", "What is the loan number?"),
    "state": ("state", "In which state is the property?"),
    "property_type": ("property type", "What kind of property is it?"),
    "occupancy": ("occupancy", "Does the owner live there, a tenant, or nobody?"),
    "lien": ("lien position", "Is it a first or a junior lien?"),
    "upb": ("unpaid principal balance", "What is the unpaid principal balance?"),
    "deferred_balance": ("deferred balance", "How much principal is deferred?"),
    "note_rate": ("note rate", "What is the note rate?"),
    "pi_payment": ("monthly payment", "What is the monthly payment of principal and interest?"),
    "next_due_date": ("next due date", "When was the oldest unpaid instalment due?"),
    "maturity_date": ("maturity date", "When does the loan mature?"),
    "accrued_interest": ("accrued interest", "How much interest is owed to date?"),
    "escrow_advances": ("escrow advances", "How much was advanced for taxes and insurance?"),
    "corporate_advances": ("corporate advances", "How much was advanced for legal costs, inspections and upkeep?"),
    "late_fees": ("late fees", "How much is owed in late fees?"),
    "property_value": ("property value", "What is the as-is value of the property, and its date?"),
    "senior_balance": ("balance of senior liens", "How much is owed to the liens ahead of this one?"),
    "delinquent_taxes": ("delinquent taxes", "How much is owed in delinquent taxes and association dues?"),
    "annual_taxes_insurance": ("yearly taxes and insurance", "What do taxes and insurance cost a year?"),
    "fc_months_elapsed": ("foreclosure stage", "Is the loan in foreclosure, and when was it referred?"),
    "fc_contested": ("contested foreclosure", "Is the foreclosure contested?"),
    "bk_chapter": ("bankruptcy chapter", "Is the borrower in bankruptcy, and under which chapter?"),
    "title_clean": ("title", "Are there junior liens or judgments on it?"),
    "purchase_price": ("asking price", "What price do you ask?"),
}
"""The columns that a seller or his servicer can answer for. The borrower's answers (contact, hardship, intent, income,
debts, cash, his offer) are not asked of a seller."""

HEADED_BY: dict[str, tuple[str, ...]] = {
    "next_due_date": ("paid_to_date",),
    "maturity_date": ("remaining_term",),
    "fc_months_elapsed": ("fc_referral_date", "fc_flag", "legal_status"),
    "bk_chapter": ("legal_status",),
    "upb": ("total_balance",),
    "annual_taxes_insurance": ("monthly_taxes_insurance",),
}
"""Columns of a tape that a canonical one may be made from."""

SAYS_NOTHING = "(no value)"
"""Blank, or what is read as blank: a 0 for a balance, `N/A`, `??`."""


def label(topic: str) -> str:
    """What the column is called in the field."""
    return LABELS[topic][0]


def question(topic: str) -> str:
    """The question for it in full."""
    return LABELS[topic][1]
