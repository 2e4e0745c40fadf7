"""The ledger's entries, and the flows that every strategy shares: servicing, the contingency fee, REO, foreclosure.

docs/method.md, "Building blocks". Amounts in USD, inflows positive; month 0 is the as-of date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lossmit_xl.ledger.definitions import discount, round_half_away
from lossmit_xl.ledger.facts import Facts

TAGS = ("proceeds", "legal", "servicing", "carry", "disposition", "fee")


@dataclass(frozen=True)
class Flow:
    """One entry: what moves in a month, why, and how likely."""

    month: int
    tag: str
    amount: float
    probability: float = 1.0


@dataclass(frozen=True)
class Owed:
    """What a borrower still owes when a plan fails."""

    upb: float
    annual_rate: float
    legal_balance: float


@dataclass(frozen=True)
class Plan:
    """One way of resolving a loan.

    `last`: month of the last flow (a foreclosure's expected one). `sale_costs`: commission inside the sale
    proceeds, expected. `performing_from`: first month with performing servicing, for a retention plan.
    `rate_at`, `owed_at`: the rate and the debt in a month of the plan, for a re-default.
    """

    flows: list[Flow]
    last: float
    sale_costs: float = 0.0
    payment: float | None = None
    lump: float | None = None
    first_payment: int = 0
    owed_at: Callable[[int], Owed] | None = field(default=None, repr=False)


def scaled(flows: list[Flow], share: float) -> list[Flow]:
    """The same flows, that much less likely."""
    return [replace(flow, probability=flow.probability * share) for flow in flows]


def worth(flows: list[Flow], annual_yield: float, at: int = 0) -> float:
    """Expected flows discounted to a month [USD]."""
    return sum(f.amount * f.probability * discount(annual_yield, f.month - at) for f in flows)


def monthly(tag: str, amount: float, first: int, last: int) -> list[Flow]:
    """The same amount in each month from first to last; none where last is before first."""
    return [Flow(month, tag, amount) for month in range(first, last + 1)]


def npl_servicing_fee(facts: Facts) -> float:
    """Fee for a month in which the loan does not perform [USD]."""
    a = facts.assumptions
    return float(a.servicing_full_service if a.servicing_model == "full_service" else a.servicing_npl)


def liquidation_proceeds(facts: Facts, month: int, amount: float) -> list[Flow]:
    """Proceeds of a liquidation, and the contingency fee that a full-service servicer takes of them."""
    a = facts.assumptions
    flows = [Flow(month, "proceeds", amount)]
    if a.servicing_model == "full_service":
        flows.append(Flow(month, "fee", -a.contingency_rate * amount))
    return flows


def reo_sale_commission(facts: Facts) -> float:
    """Commission on the sale of the owned house [USD]."""
    a = facts.assumptions
    return facts.value * (1 - a.reo_discount) * a.reo_sale_cost_rate


def reo(
    facts: Facts,
    owned_from: int,
    before_market: int,
    marketing: int,
    keys: float,
    repair_rate: float,
    at_most: float | None = None,
) -> list[Flow]:
    """The house is the holder's: repairs and keys at once, upkeep to the sale, then the net price."""
    a = facts.assumptions
    sold = owned_from + before_market + marketing
    net = facts.value * (1 - a.reo_discount) - reo_sale_commission(facts) - facts.prior_claims
    received = max(0.0, net)
    if at_most is not None:
        received = min(received, at_most)
    return [
        Flow(owned_from, "disposition", -(repair_rate * facts.value + keys)),
        *monthly("carry", -(facts.carry_ti + a.reo_monthly), owned_from + 1, sold),
        *liquidation_proceeds(facts, sold, received),
    ]


@dataclass(frozen=True)
class Case:
    """Where a foreclosure starts from."""

    owed: Owed
    missed: int
    months_elapsed: int
    contested: bool
    bk_chapter: str | None


def foreclosure(facts: Facts, start: int, case: Case) -> Plan:
    """Foreclose from month `start`: legal cost in two halves, carry to the sale, then a third party or REO."""
    a, state = facts.assumptions, facts.state
    referred = case.months_elapsed > 0
    wait = 0 if referred else max(0, a.referral_wait - case.missed)
    state_months = round_half_away((state.fc_months + a.fc_months_add) * a.fc_months_factor)
    months = wait + max(1, state_months - case.months_elapsed)
    months += a.bk_delay[case.bk_chapter] if case.bk_chapter else 0
    months += a.contest_delay if case.contested else 0
    legal = state.legal_fee + state.other_costs + (a.contested_legal_cost if case.contested else 0.0)
    if referred:  # the first half is already spent
        legal /= 2
    sale = start + months

    flows = [Flow(start + wait, "legal", -legal / 2), Flow(sale, "legal", -legal / 2)]
    flows += monthly("carry", -(facts.carry_ti + a.preservation_monthly), start + 1, sale)
    flows += monthly("servicing", -npl_servicing_fee(facts), start + 1, sale)

    debt = case.owed.legal_balance + legal
    for _ in range(months):
        debt += case.owed.upb * case.owed.annual_rate / 12 + facts.carry_ti
    bid = max(0.0, a.auction_bid_rate * facts.value - facts.prior_claims)
    # A third party outbids the holder where the auction brings the whole debt.
    third_party = 1.0 if bid >= debt else float(a.third_party_share)
    flows += scaled(liquidation_proceeds(facts, sale, min(bid, debt)), third_party)

    eviction = 0 if facts.vacant else a.eviction_months
    keys = 0.0 if facts.vacant else a.cash_for_keys_reo
    before_market = state.redemption_months + eviction
    owned = reo(facts, sale, before_market, a.marketing_months, keys, a.repair_rate)
    flows += scaled(owned, 1 - third_party)
    return Plan(
        flows=flows,
        last=sale + (1 - third_party) * (before_market + a.marketing_months),
        sale_costs=(1 - third_party) * reo_sale_commission(facts),
    )
