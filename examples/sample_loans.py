"""Invented loans for the sample tapes: a seeded source of chance, and what small investors are offered.

Firsts and seconds of $15,000 to $300,000 in many states, 0 to 48 payments behind, some matured, some bankrupt, some
whose borrower has never answered. As of 2026-10-31. No loan, name or address in it exists.
"""

from __future__ import annotations

import datetime as dt
import random

AS_OF = dt.date(2026, 10, 31)
SEED = 20261031
Loan = dict[str, object]

STATES = [
    "FL",
    "TX",
    "OH",
    "PA",
    "NY",
    "GA",
    "IL",
    "MI",
    "NJ",
    "CA",
    "NC",
    "TN",
    "AL",
    "IN",
    "MO",
    "SC",
    "VA",
    "MD",
    "LA",
    "OK",
    "KY",
    "AZ",
    "WA",
    "CO",
    "MN",
    "WI",
    "CT",
    "MS",
    "AR",
    "KS",
    "NV",
    "NM",
    "OR",
    "MA",
    "IA",
    "WV",
    "DE",
]
CITIES = (
    "Fairview",
    "Riverton",
    "Oak Grove",
    "Centerville",
    "Lakewood",
    "Milton",
    "Clayton",
    "Greenfield",
    "Marion",
    "Salem",
    "Ashland",
    "Newport",
)
STREETS = (
    "Maple Ave",
    "Cedar Ln",
    "Third St",
    "Hillcrest Dr",
    "Pine Rd",
    "Walnut St",
    "Lake Blvd",
    "Quarry Rd",
    "Mill Ct",
    "Orchard Way",
)
FIRST = (
    "Dana",
    "Luis",
    "Marcy",
    "Owen",
    "Priya",
    "Terrell",
    "Gwen",
    "Hector",
    "Ines",
    "Karl",
    "Noor",
    "Sylvia",
    "Wade",
    "Yolanda",
    "Bram",
    "Celeste",
)
LAST = (
    "Abernethy",
    "Brandvold",
    "Castellan",
    "Dunmore",
    "Eastwick",
    "Farrow",
    "Gillhaven",
    "Hartsook",
    "Ibarra-Lund",
    "Jessop",
    "Kowalke",
    "Lindqvist",
    "Marbury",
    "Novakoff",
    "Ostrander",
    "Pellgrin",
    "Quillfeather",
    "Rademaker",
    "Stavros-Bell",
    "Thackeray",
)
FULL_NAMES = {
    "FL": "Florida",
    "TX": "texas",
    "OH": "Ohio",
    "PA": "Penn.",
    "NY": "N.Y.",
    "GA": "ga",
    "IL": "Illinois",
    "NJ": "New  Jersey",
    "CA": "Calif.",
}


class Dice:
    """A seeded source of chance that only uses `random()`, the one call whose sequence Python guarantees."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def share(self) -> float:
        """Uniform in [0, 1)."""
        return self._random.random()

    def between(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self.share()

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.share() * (high - low + 1))

    def one(self, options: tuple[str, ...] | list[str]) -> str:
        """One of `options`."""
        return options[int(self.share() * len(options))]

    def chance(self, probability: float) -> bool:
        """Whether a thing of that probability happens."""
        return self.share() < probability


def months_later(day: dt.date, months: int) -> dt.date:
    """`day` (day of month at most 28) moved by whole months."""
    total = day.year * 12 + day.month - 1 + months
    return dt.date(total // 12, total % 12 + 1, day.day)


def make_loan(dice: Dice, number: int) -> Loan:
    """One loan with canonical columns, and what only the messy tape shows (underscore names)."""
    junior = dice.chance(0.28)
    term = int(dice.one(["120", "180", "240"] if junior else ["180", "240", "360", "360", "360"]))
    age = dice.whole(30, min(term + 14, 230))
    missed = min(dice.whole(0, 48) if dice.chance(0.85) else 0, age - 2)
    rate = round(dice.between(0.0725, 0.1199) if junior else dice.between(0.035, 0.0975), 5)
    rate = round(rate * 800) / 800
    original = round(dice.between(18_000, 110_000) if junior else dice.between(30_000, 330_000), -2)
    first_due = months_later(
        dt.date(2026, 11 if missed == 0 else 10, dice.whole(1, 15) if dice.chance(0.15) else 1), -age
    )
    next_due = months_later(first_due, age - missed + (1 if missed else 0))
    paid = (next_due.year - first_due.year) * 12 + next_due.month - first_due.month
    i = rate / 12
    payment = original * i / (1 - (1 + i) ** -term)
    upb = original * (1 + i) ** paid - payment * ((1 + i) ** paid - 1) / i
    upb = round(min(max(upb, 15_000 + 211.37 * (number % 40)), 300_000), 2)
    senior = round(dice.between(0.5, 2.6) * upb + 25_000, 2) if junior else None
    value = round((upb + (senior or 0)) / dice.between(0.55, 1.25), -2)
    return {
        "loan_id": f"{4_100_000 + number * 37:010d}", "state": dice.one(STATES),
        "property_type": dice.one(["sfr"] * 12 + ["condo", "condo", "2-4", "2-4", "manufactured", "land",
        "commercial"]),
        "occupancy": dice.one(["owner"] * 8 + ["tenant", "tenant", "vacant", "vacant", "unknown"]),
        "lien": 2 if junior else 1, "upb": upb,
        "deferred_balance": round(upb * dice.between(0.03, 0.2), 2) if dice.chance(0.12) else None, "note_rate": rate,
        "pi_payment": round(payment, 2),
        "next_due_date": next_due, "maturity_date": months_later(first_due, term - 1),
        "accrued_interest": round(upb * i * missed, 2) if dice.chance(0.3) else None,
        "_original": original, "_first_due": first_due, "_missed": missed, "_senior": senior, "_value": value,
        **_advances(dice, missed, junior), **_collateral(dice, value, senior, junior), **_legal(dice, missed),
        **_borrower(dice, missed),
    }  # fmt: skip


def _advances(dice: Dice, missed: int, junior: bool) -> Loan:
    taxes = not junior and missed > 6
    return {
        "escrow_advances": round(dice.between(80, 210) * missed, 2) if taxes and dice.chance(0.7) else None,
        "corporate_advances": round(dice.between(150, 4_800), 2) if missed > 4 and dice.chance(0.6) else None,
        "late_fees": round(dice.between(12, 38) * missed, 2) if missed and dice.chance(0.6) else None,
    }


def _collateral(dice: Dice, value: float, senior: float | None, junior: bool) -> Loan:
    return {
        "property_value": value, "value_date": AS_OF - dt.timedelta(days=dice.whole(8, 320)), "senior_balance": senior,
        "delinquent_taxes": round(dice.between(300, 9_500), 2) if dice.chance(0.2) else None,
        "annual_taxes_insurance": None if junior or dice.chance(0.5) else round(value * dice.between(0.011, 0.029), 2),
    }  # fmt: skip


def _legal(dice: Dice, missed: int) -> Loan:
    referred = missed >= 6 and dice.chance(0.4)
    return {
        "fc_months_elapsed": dice.whole(1, max(1, min(missed - 4, 26))) if referred else None,
        "fc_contested": "yes" if referred and dice.chance(0.18) else None,
        "bk_chapter": dice.one(["7", "13", "13", "13", "11"]) if missed > 2 and dice.chance(0.11) else None,
    }


def _borrower(dice: Dice, missed: int) -> Loan:
    contact = "yes" if missed < 2 or dice.chance(0.55) else dice.one(["no", "no", ""])
    told = contact == "yes" and dice.chance(0.7)
    income = round(dice.between(2_100, 8_600), 2) if told and dice.chance(0.7) else None
    return {
        "contact": contact or None, "hardship": dice.one(["temporary", "permanent", "resolved",
        "unknown"]) if told else None,
        "intent": dice.one(["stay", "stay", "stay", "sell", "leave", "unknown"]) if told else None,
        "monthly_income": income,
        "monthly_debts": round(income * dice.between(0.2, 0.6), 2) if income else None,
        "cash_available": round(dice.between(0, 24_000), -2) if told and dice.chance(0.5) else None,
        "title_clean": dice.one(["yes", "yes", "no"]) if dice.chance(0.5) else None, "dpo_offer": None,
        "dpo_month": None, "purchase_price": None,
    }  # fmt: skip
