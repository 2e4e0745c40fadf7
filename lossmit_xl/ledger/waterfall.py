"""The terms of a modification: what is capitalised, and the search for a payment that the borrower can carry.

docs/method.md, strategy 4. The search tries one small concession after the other; it is slow on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

from lossmit_xl.ledger.definitions import NotComputable, pmt
from lossmit_xl.ledger.facts import Facts

RATE_STEP = 0.00125
TERM_STEP = 12
NOTHING_LEFT = "nothing left to modify"


@dataclass(frozen=True)
class Terms:
    """The modified loan. `target` is None where no payment is aimed at."""

    balance: float
    annual_rate: float
    term: int
    forborne: float
    payment: float
    target: float | None

    @property
    def reaches_target(self) -> bool:
        """Whether the payment is the target's, to the cent."""
        return self.target is None or self.payment <= self.target + 0.01


def target_payment(facts: Facts) -> float:
    """The payment to aim at: a cut of today's, and no more than income carries [USD/month]."""
    a = facts.assumptions
    target = facts.pi_payment * (1 - a.mod_payment_cut)
    if facts.monthly_income is not None:
        target = min(target, a.housing_ratio * facts.monthly_income - facts.carry_ti)
    return max(0.0, target)


def capitalised(facts: Facts) -> float:
    """Everything rolled into the new loan, late fees waived [USD]."""
    a = facts.assumptions
    interest = facts.accrued_interest
    for _ in range(a.mod_start):
        interest += facts.upb * facts.note_rate / 12
    added = facts.escrow_advances + facts.corporate_advances + facts.deferred_balance
    return max(0.0, facts.upb + interest + added - a.down_payment - a.forgiven)


def first_payment(balance: float, annual_rate: float, term: int) -> float:
    """Level payment over the term [USD/month]."""
    return pmt(balance, annual_rate / 12, term)


def cheapest_rate(balance: float, rate: float, floor: float, term: int, target: float) -> float:
    """The first rate on the way down, an eighth of a percent at a time, whose payment is low enough."""
    k = 0
    while rate - RATE_STEP * k > floor:
        if first_payment(balance, rate - RATE_STEP * k, term) <= target + 1e-6:
            return rate - RATE_STEP * k
        k += 1
    return floor


def shortest_term(balance: float, rate: float, term: int, longest: int, target: float) -> int:
    """The first term on the way up, a year at a time, whose payment is low enough."""
    k = 0
    while term + TERM_STEP * k < longest:
        if first_payment(balance, rate, term + TERM_STEP * k) <= target + 1e-6:
            return term + TERM_STEP * k
        k += 1
    return longest


def least_forborne(c: float, forborne: float, limit: float, rate: float, term: int, target: float) -> float:
    """The fewest whole dollars on top of `forborne` that make the payment low enough, or the limit."""

    def enough(dollars: int) -> bool:
        return first_payment(max(0.0, c - forborne - dollars), rate, term) <= target + 1e-6

    short, plenty = 0, int(limit - forborne) + 1
    while plenty - short > 1:  # the payment falls with every dollar: halve the interval
        middle = (short + plenty) // 2
        if enough(middle):
            plenty = middle
        else:
            short = middle
    return min(forborne + plenty, limit)


def modified_terms(facts: Facts) -> Terms:
    """The loan after the modification.

    Raises NotComputable where nothing is left to modify.
    """
    a = facts.assumptions
    c, forborne = capitalised(facts), float(a.forborne)
    balance = max(0.0, c - forborne)
    if balance == 0:
        raise NotComputable(NOTHING_LEFT)
    rate, term = min(a.mod_rate, facts.note_rate), int(a.mod_term)
    if a.mod_target != "waterfall" or a.mod_step_rates:  # step rates switch the target off
        first_rate = a.mod_step_rates[0][1] if a.mod_step_rates else rate
        return Terms(balance, rate, term, forborne, first_payment(balance, first_rate, term), None)

    target = target_payment(facts)
    if first_payment(balance, rate, term) > target + 1e-6:
        rate = cheapest_rate(balance, rate, min(rate, a.mod_rate_floor), term, target)
    if first_payment(balance, rate, term) > target + 1e-6:
        term = shortest_term(balance, rate, term, max(term, a.mod_term_max), target)
    if first_payment(balance, rate, term) > target + 1e-6:
        limit = max(forborne, a.mod_forbear_max * c)
        forborne = least_forborne(c, forborne, limit, rate, term, target)
        balance = max(0.0, c - forborne)
    if balance == 0:
        raise NotComputable(NOTHING_LEFT)
    return Terms(balance, rate, term, forborne, first_payment(balance, rate, term), target)
