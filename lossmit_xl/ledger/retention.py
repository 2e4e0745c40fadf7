"""The four ways to keep the borrower: reinstatement, repayment plan, forbearance, modification.

docs/method.md, strategies 1 to 4. Each function returns the plan as agreed; `with_redefault` adds what may go wrong.
"""

from __future__ import annotations

from lossmit_xl.ledger.definitions import NotComputable
from lossmit_xl.ledger.facts import Facts
from lossmit_xl.ledger.flows import Flow, Owed, Plan, monthly, npl_servicing_fee
from lossmit_xl.ledger.performing import Instalment, current, level_path, stepped_path, tail
from lossmit_xl.ledger.waterfall import modified_terms

HALF_A_CENT = 0.005


def arranging(facts: Facts, months: int) -> list[Flow]:
    """Non-performing servicing until the loan is cured."""
    return monthly("servicing", -npl_servicing_fee(facts), 1, months)


def contract_path(facts: Facts, cured: int) -> list[Instalment]:
    """The loan's own instalments after month `cured`, every earlier one paid.

    Raises NotComputable where none are left, or no balance.
    """
    if facts.remaining <= cured:
        raise NotComputable("the loan matures first")
    balance = facts.current_balance(cured)
    if balance < HALF_A_CENT:
        raise NotComputable("the loan is paid off before")
    return level_path(balance, facts.note_rate, facts.pi_payment, facts.remaining - cured)


def reinstatement(facts: Facts) -> Plan:
    """All arrears in one sum, then the loan goes on."""
    month = facts.assumptions.reinstatement_month if facts.missed > 0 else 1
    path = contract_path(facts, month)
    lump = facts.arrears
    for _ in range(month):
        lump += facts.pi_payment
    after = tail(facts, month, path, facts.deferred_balance)
    return Plan(
        flows=[*arranging(facts, month), Flow(month, "proceeds", lump), *after.flows],
        last=after.last,
        payment=facts.pi_payment,
        lump=lump,
        first_payment=month + 1,
        owed_at=lambda d: current(facts, d, facts.deferred_balance),
    )


def repayment_plan(facts: Facts) -> Plan:
    """The arrears in equal parts on top of the payment."""
    n = facts.assumptions.plan_months
    path = contract_path(facts, n)
    payment = facts.pi_payment + facts.arrears / n
    after = tail(facts, n, path, facts.deferred_balance)

    def owed_at(d: int) -> Owed:
        unpaid = facts.arrears
        for _ in range(min(d, n)):
            unpaid -= facts.arrears / n
        return current(facts, d, facts.deferred_balance + unpaid)

    return Plan(
        flows=[*arranging(facts, n), *monthly("proceeds", payment, 1, n), *after.flows],
        last=after.last,
        payment=payment,
        first_payment=1,
        owed_at=owed_at,
    )


def step_shares(facts: Facts) -> list[float]:
    """The share of the payment asked for in each month of a forbearance."""
    return [float(share) for months, share in facts.assumptions.forbearance_steps for _ in range(int(months))]


def forbearance(facts: Facts) -> Plan:
    """Reduced payments for a while, then the shortfall: in one sum, over a plan, or deferred to the end."""
    a, pi = facts.assumptions, facts.pi_payment
    shares = step_shares(facts)
    steps, n = len(shares), (a.plan_months if a.forbearance_exit == "plan" else 0)
    path = contract_path(facts, steps + n)

    unpaid_after = [facts.arrears]  # by month, month 0 first
    flows = arranging(facts, steps + n)
    for month, share in enumerate(shares, start=1):
        flows.append(Flow(month, "proceeds", share * pi))
        unpaid_after.append(unpaid_after[-1] + (1 - share) * pi)
    unpaid = unpaid_after[-1]

    deferred = facts.deferred_balance
    if a.forbearance_exit == "lump":
        flows.append(Flow(steps, "proceeds", unpaid))
        unpaid_after[-1] = 0.0
    elif a.forbearance_exit == "plan":
        for month in range(steps + 1, steps + n + 1):
            flows.append(Flow(month, "proceeds", pi + unpaid / n))
            unpaid_after.append(unpaid_after[-1] - unpaid / n)
    else:
        deferred += unpaid
    after = tail(facts, steps + n, path, deferred)

    def owed_at(d: int) -> Owed:
        still = unpaid_after[min(d, len(unpaid_after) - 1)]
        return current(facts, d, facts.deferred_balance + still)

    paying = [month for month, share in enumerate(shares, start=1) if share > 0]
    if paying:
        first, payment = paying[0], shares[paying[0] - 1] * pi
    elif a.forbearance_exit == "lump":
        first, payment = steps, pi
    else:
        first, payment = steps + 1, pi + unpaid / n if n else pi
    return Plan(
        flows=[*flows, *after.flows],
        last=after.last,
        payment=payment,
        lump=unpaid if a.forbearance_exit == "lump" else None,
        first_payment=first,
        owed_at=owed_at,
    )


def modification(facts: Facts) -> Plan:
    """A new loan out of the old one: capitalised, at a lower rate, over a longer term, in part forborne."""
    a, start = facts.assumptions, facts.assumptions.mod_start
    terms = modified_terms(facts)
    if a.mod_step_rates:
        path = stepped_path(terms.balance, a.mod_step_rates, a.mod_rate, terms.term)
    else:
        path = level_path(terms.balance, terms.annual_rate, terms.payment, terms.term)
    after = tail(facts, start, path, terms.forborne)

    def owed_at(d: int) -> Owed:
        made = path[d - start - 1]
        return Owed(made.balance, made.annual_rate, made.balance + terms.forborne)

    flows = arranging(facts, start)
    if a.down_payment > 0:
        flows.append(Flow(start, "proceeds", a.down_payment))
    return Plan(
        flows=[*flows, *after.flows],
        last=after.last,
        payment=terms.payment,
        lump=float(a.down_payment) if a.down_payment > 0 else None,
        first_payment=start + 1,
        owed_at=owed_at,
    )
