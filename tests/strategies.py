"""Shared hypothesis generators: `loans()` draws one loan as a dict of canonical columns, `assumptions()` a deal's.

`loans()` reaches every edge case in `EDGES` by name (`loans("matured")` draws only those), and ordinary loans.
Dates are around `AS_OF`, which `assumptions()` uses too. A blank is None. Money is in cents, rates in thousandths
of a percent, so that a comparison of equal amounts is rare but possible.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.columns import HARDSHIPS, INTENTS, LOAN_COLUMNS, OCCUPANCIES, PROPERTY_TYPES
from lossmit_xl.names import RETENTION, SITUATIONS, STRATEGIES
from lossmit_xl.states import states

AS_OF = dt.date(2026, 10, 31)
STATES = tuple(states().index)

Loan = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]


def money(low: float, high: float) -> st.SearchStrategy[float]:
    """USD in whole cents."""
    return st.integers(round(low * 100), round(high * 100)).map(lambda cents: cents / 100)


def share(low: float = 0.0, high: float = 1.0) -> st.SearchStrategy[float]:
    """A decimal of at most four places."""
    return st.integers(round(low * 10_000), round(high * 10_000)).map(lambda parts: parts / 10_000)


def rate(low: float, high: float) -> st.SearchStrategy[float]:
    """An annual rate in thousandths of a percent."""
    return st.integers(round(low * 100_000), round(high * 100_000)).map(lambda parts: parts / 100_000)


def often_blank(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or None half of the time."""
    return st.none() | values


def months_from_as_of(months: int, day: int) -> dt.date:
    """A date so many months before (negative) or after the as-of date's month."""
    year, month = divmod(AS_OF.year * 12 + AS_OF.month - 1 + months, 12)
    return dt.date(year, month + 1, day)


def level_payment(upb: float, annual_rate: float, term: int) -> float:
    """A payment to draw around; not the model's function on purpose."""
    owed, i = upb, annual_rate / 12
    return round(owed / term if i == 0 else owed * i / (1 - (1 + i) ** -term), 2)


def _ordinary(draw: Draw) -> Loan:
    """A loan such as a small investor buys; late by anything from one month to five years."""
    upb = draw(money(15_000, 400_000) | money(500, 400_000))
    annual_rate = draw(rate(0.0, 0.14) | rate(0.0, 0.36))
    missed = draw(st.integers(1, 8) | st.integers(1, 60))
    left = draw(st.integers(20, 400))
    day = draw(st.integers(1, 28))
    due = months_from_as_of(-missed + (1 if day <= AS_OF.day else 0), day)
    payment = level_payment(upb, annual_rate, missed + left)
    loan: Loan = dict.fromkeys(column.name for column in LOAN_COLUMNS)
    value = round(upb * draw(share(0.2, 3.0)), 2)
    loan |= {
        "loan_id": draw(st.text("0123456789ABC-", min_size=1, max_size=8)),
        "state": draw(st.sampled_from(STATES) | st.sampled_from(("", "ZZ"))),
        "property_type": draw(often_blank(st.sampled_from(PROPERTY_TYPES))),
        "occupancy": draw(often_blank(st.sampled_from(OCCUPANCIES))),
        "lien": draw(st.none() | st.integers(1, 3)),
        "upb": upb,
        "note_rate": annual_rate,
        "pi_payment": draw(st.sampled_from((None, payment, round(payment * 1.4 + 1, 2)))),
        "next_due_date": due,
        "maturity_date": months_from_as_of(left, day),
        "property_value": value,
        "value_date": draw(often_blank(st.just(dt.date(2026, 3, 1)))),
        "senior_balance": draw(st.sampled_from((None, None, round(value * draw(share(0.0, 1.0)), 2)))),
        "fc_months_elapsed": draw(often_blank(st.just(0))),
    }
    for name, most in _OPTIONAL_MONEY.items():
        loan[name] = draw(st.none() | money(0, most * (upb if most < 10 else 1)))
    loan |= {
        "fc_contested": draw(st.sampled_from((None, "yes", "no", True, False))),
        "contact": draw(st.sampled_from((None, "yes", True, "no"))),
        "title_clean": draw(st.sampled_from((None, "yes", "no"))),
        "hardship": draw(often_blank(st.sampled_from(HARDSHIPS))),
        "intent": draw(often_blank(st.sampled_from(INTENTS))),
        "dpo_month": draw(st.none() | st.integers(0, 12)),
    }
    return loan


# Most of each optional amount: below 10 as a multiple of the UPB, else in USD.
_OPTIONAL_MONEY = {
    "deferred_balance": 0.3, "accrued_interest": 0.3, "escrow_advances": 0.1, "corporate_advances": 0.05,
    "late_fees": 0.02, "delinquent_taxes": 0.1, "annual_taxes_insurance": 0.05, "monthly_income": 12_000,
    "monthly_debts": 3_000, "cash_available": 1.3, "dpo_offer": 1.3, "purchase_price": 1.0,
}  # fmt: skip


def _matured(draw: Draw, loan: Loan) -> None:
    loan["maturity_date"] = months_from_as_of(-draw(st.integers(0, 90)), 1)
    loan["next_due_date"] = months_from_as_of(-draw(st.integers(1, 90)), 1)
    loan["pi_payment"] = draw(money(50, 3_000))


def _few_left(draw: Draw, loan: Loan) -> None:
    loan["maturity_date"] = months_from_as_of(draw(st.integers(0, 19)), 1)


def _zero_rate(draw: Draw, loan: Loan) -> None:
    loan["note_rate"] = 0.0
    loan["pi_payment"] = draw(st.none() | money(20, 5_000))


def _payment_below_interest(draw: Draw, loan: Loan) -> None:
    loan["note_rate"] = draw(rate(0.02, 0.12))
    loan["pi_payment"] = round(loan["upb"] * loan["note_rate"] / 12 * draw(share(0.4, 1.0)), 2) or 0.01
    loan["maturity_date"] = draw(st.none() | st.just(loan["maturity_date"]))


def _paid_ahead(draw: Draw, loan: Loan) -> None:
    loan["next_due_date"] = months_from_as_of(draw(st.integers(2, 14)), draw(st.integers(1, 28)))
    loan["maturity_date"] = months_from_as_of(draw(st.integers(15, 300)), 1)


def _current(draw: Draw, loan: Loan) -> None:
    loan["next_due_date"] = months_from_as_of(1, draw(st.integers(1, 28)))
    loan["maturity_date"] = months_from_as_of(draw(st.integers(0, 300)), 28)


def _junior_under_water(draw: Draw, loan: Loan) -> None:
    loan["lien"] = 2
    loan["senior_balance"] = round((loan["property_value"] or 100_000.0) * draw(share(1.0, 1.6)), 2)


def _short_balance(draw: Draw, loan: Loan) -> None:
    """The payment retires the loan well before its term, perhaps before a plan is through."""
    loan["note_rate"] = draw(rate(0.0, 0.12))
    loan["pi_payment"] = round(loan["upb"] / draw(st.integers(2, 40)), 2)
    loan["next_due_date"] = months_from_as_of(-draw(st.integers(0, 12)), 1)


def _already_in_foreclosure(draw: Draw, loan: Loan) -> None:
    loan["fc_months_elapsed"] = draw(st.integers(1, 80) | st.sampled_from((2.5, 0.5, 0.4)))


def _within_reach(draw: Draw, loan: Loan) -> None:
    """A payment from which a lower rate, a longer term or some forbearance leads to the usual target."""
    loan["note_rate"] = draw(rate(0.04, 0.14))
    loan["pi_payment"] = round(loan["upb"] * draw(share(0.0035, 0.0085)), 2)
    loan["monthly_income"] = None


def _blank(*names: str) -> Callable[[Draw, Loan], None]:
    def blank(draw: Draw, loan: Loan) -> None:
        loan.update(dict.fromkeys(names))

    return blank


def _set(**values: Any) -> Callable[[Draw, Loan], None]:
    def put(draw: Draw, loan: Loan) -> None:
        loan.update(values)

    return put


def _zero_for_unknown(draw: Draw, loan: Loan) -> None:
    loan.update(dict.fromkeys(("pi_payment", "purchase_price", "dpo_offer"), 0))


def _out_of_range(draw: Draw, loan: Loan) -> None:
    loan.update({"late_fees": -5.0, "lien": 0, "hardship": "sad", "bk_chapter": "9", "fc_contested": "maybe",
                 "cash_available": float("nan"), "deferred_balance": -1})  # fmt: skip


def _overrides(draw: Draw, loan: Loan) -> None:
    """The loan's own assumptions; some of them no assumption would take."""
    names = draw(st.lists(st.sampled_from(sorted(_OVERRIDES)), min_size=1, max_size=5, unique=True))
    loan.update({name: draw(_OVERRIDES[name]) for name in names})


EDGES: dict[str, Callable[[Draw, Loan], None]] = {
    "matured": _matured,
    "few_left": _few_left,
    "zero_rate": _zero_rate,
    "payment_below_interest": _payment_below_interest,
    "paid_ahead": _paid_ahead,
    "current": _current,
    "junior_under_water": _junior_under_water,
    "short_balance": _short_balance,
    "within_reach": _within_reach,
    "no_value": _blank("property_value"),
    "not_valued": _blank("pi_payment", "maturity_date"),
    "no_maturity": _blank("maturity_date"),
    "land": _set(property_type="land"),
    "vacant": _set(occupancy="vacant"),
    "already_in_foreclosure": _already_in_foreclosure,
    "contested": _set(fc_contested="yes"),
    "chapter_7": _set(bk_chapter="7"),
    "chapter_11": _set(bk_chapter="11"),
    "chapter_12": _set(bk_chapter="12"),
    "chapter_13": _set(bk_chapter="13"),
    "zero_for_unknown": _zero_for_unknown,
    "out_of_range": _out_of_range,
    "overrides": _overrides,
}
"""Edge cases by name; each changes an ordinary loan in place."""


@st.composite
def loans(draw: Draw, /, *edges: str) -> Loan:
    """One loan with every canonical column, None where absent.

    `edges`: the edge cases it must show; without them up to two are drawn.
    """
    loan = _ordinary(draw)
    if not edges:
        edges = tuple(draw(st.lists(st.sampled_from(sorted(EDGES)), max_size=2, unique=True)))
    for edge in edges:
        EDGES[edge](draw, loan)
    return loan


_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "target_yield": rate(0.0, 0.4),
    "value_haircut": share(0, 0.6),
    "tax_insurance_rate": share(0, 0.05),
    "servicing_model": st.sampled_from(("client_managed", "full_service")),
    "servicing_npl": money(0, 150),
    "servicing_performing": money(0, 60),
    "servicing_full_service": money(0, 200),
    "contingency_rate": share(0, 0.2),
    "exit": st.sampled_from(("sell", "hold")),
    "exit_months": st.integers(1, 60) | st.integers(1, 480),
    "exit_yield": rate(0.0, 0.3),
    "exit_cap_value": share(0, 2),
    "redefault_factor": share(0, 4),
    "reinstatement_month": st.integers(1, 12),
    "plan_months": st.integers(1, 24),
    "forbearance_exit": st.sampled_from(("lump", "plan", "defer")),
    "mod_start": st.integers(1, 12),
    "mod_rate": rate(0.0, 0.15),
    "mod_term": st.integers(1, 480),
    "mod_payment_cut": share(0, 1),
    "housing_ratio": share(0, 0.6),
    "mod_rate_floor": rate(0.0, 0.08),
    "mod_term_max": st.integers(1, 600),
    "mod_forbear_max": share(0, 1),
    "down_payment": money(0, 20_000),
    "forgiven": money(0, 60_000),
    "forborne": money(0, 60_000),
    "dpo_rate": share(0, 1.2),
    "dpo_rate_debt": share(0, 1),
    "dpo_floor_upb": share(0, 0.5),
    "dpo_legal_cost": money(0, 3_000),
    "dpo_alternative": st.sampled_from(tuple(s for s in STRATEGIES if s != "discounted_payoff")),
    "short_sale_months": st.integers(1, 18),
    "short_sale_discount": share(0, 0.5),
    "sale_cost_rate": share(0, 0.2),
    "borrower_incentive": money(0, 10_000),
    "junior_release": money(0, 10_000),
    "dil_months": st.integers(1, 12),
    "dil_legal_cost": money(0, 5_000),
    "cash_for_keys_dil": money(0, 8_000),
    "dil_repair_rate": share(0, 0.4),
    "referral_wait": st.integers(0, 12),
    "fc_months_add": st.integers(-30, 60),
    "fc_months_factor": share(0.1, 3),
    "third_party_share": share(0, 1),
    "auction_bid_rate": share(0, 1.5),
    "preservation_monthly": money(0, 400),
    "contest_delay": st.integers(0, 24),
    "contested_legal_cost": money(0, 20_000),
    "repair_rate": share(0, 0.5),
    "cash_for_keys_reo": money(0, 8_000),
    "reo_monthly": money(0, 900),
    "eviction_months": st.integers(0, 12),
    "marketing_months": st.integers(1, 18),
    "reo_discount": share(0, 0.5),
    "reo_sale_cost_rate": share(0, 0.2),
    "note_sale_rate": share(0, 1.2),
    "note_sale_months": st.integers(1, 12),
    "acquisition_cost": money(0, 5_000),
    "acquisition_rate": share(0, 0.1),
    "bid_cap_upb": share(0, 1.5),
    "bid_cap_value": share(0, 1.5),
    "attempt_months": st.integers(1, 12),
}

_OVERRIDES = _SCALARS | {
    "fc_months": st.integers(1, 60),
    "legal_fee": money(0, 15_000),
    "redemption_months": st.integers(0, 24),
    "exit_cap_value": share(0, 2) | st.just(85),  # refused: the assumption stands
    "exit": st.sampled_from(("sell", "hold", "keep")),
}


def _shares_of_one(parts: list[int]) -> dict[str, float]:
    """Weights of the strategies that sum to 1."""
    total = sum(parts) or 1
    return {s: part / total for s, part in zip(STRATEGIES, parts, strict=True)} if sum(parts) else {"foreclosure": 1.0}


_TABLES: dict[str, st.SearchStrategy[Any]] = {
    "redefault": st.dictionaries(
        st.sampled_from(RETENTION), st.tuples(share(), st.integers(1, 12) | st.integers(1, 120)), min_size=1
    ),
    "success": st.dictionaries(st.sampled_from(STRATEGIES[:7]), share(), min_size=1),
    "weights": st.dictionaries(
        st.sampled_from(SITUATIONS), st.lists(st.integers(0, 9), min_size=9, max_size=9).map(_shares_of_one), min_size=1
    ),
    "bk_delay": st.dictionaries(st.sampled_from(("7", "11", "12", "13")), st.integers(0, 24), min_size=1),
    "forbearance_steps": st.lists(
        st.tuples(st.integers(1, 8), st.sampled_from((0.0, 0.0, 0.5, 1.0)) | share()), min_size=1, max_size=6
    ),
    "mod_step_rates": st.lists(st.tuples(st.integers(1, 48), rate(0.0, 0.12)), min_size=1, max_size=5),
    "mod_target": st.just("none"),
    "states": st.dictionaries(
        st.sampled_from(STATES),
        st.fixed_dictionaries(
            {"fc_months": st.integers(1, 90)},
            optional={"redemption_months": st.integers(0, 24), "other_costs": money(0, 5_000)},
        ),
        min_size=1, max_size=3,
    ),
}  # fmt: skip


@st.composite
def assumptions(draw: Draw, /, **fixed: Any) -> Assumptions:
    """A deal's assumptions as of `AS_OF`: the defaults with up to eight of them changed, and the `fixed` ones."""
    choices = _SCALARS | _TABLES
    # What the list of edge cases turns on is drawn more often than the rest.
    often = ("exit", "servicing_model", "forbearance_exit", "forbearance_steps", "mod_step_rates", "redefault")
    names = draw(st.lists(st.sampled_from([*sorted(choices), *often * 3]), max_size=8, unique=True))
    changes = {name: draw(choices[name]) for name in names if name not in fixed} | fixed
    if changes.get("mod_step_rates"):
        changes["mod_target"] = "none"
    return Assumptions(as_of=AS_OF, **changes)
