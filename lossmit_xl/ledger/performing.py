"""A loan that performs again: the tail of payments, its exit by sale, and the re-default that may cut it short.

docs/method.md, "Tail" and "Re-default".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lossmit_xl.ledger.definitions import discount, instalments, pmt
from lossmit_xl.ledger.facts import Facts
from lossmit_xl.ledger.flows import Case, Flow, Owed, Plan, foreclosure, monthly, scaled, worth


@dataclass(frozen=True)
class Instalment:
    """One payment of a performing loan: what is paid, the rate it is paid at, and the balance after it."""

    annual_rate: float
    paid: float
    balance: float


def level_path(balance: float, annual_rate: float, payment: float, term: int) -> list[Instalment]:
    """Instalments at one payment, to the month that retires the balance or the end of the term."""
    i = annual_rate / 12
    path: list[Instalment] = []
    last = instalments(balance, i, payment, term)
    for month in range(1, last + 1):
        owed = balance * (1 + i)
        paid = min(payment, owed) if month == last else payment
        balance = owed - paid
        path.append(Instalment(annual_rate, paid, balance))
    return path


def stepped_path(balance: float, steps: Sequence[tuple[int, float]], final_rate: float, term: int) -> list[Instalment]:
    """Instalments over the whole term, re-levelled over the months left whenever the rate steps."""
    path: list[Instalment] = []
    for months, annual_rate in [*steps, (term, final_rate)]:
        left = term - len(path)
        if left <= 0:
            break
        payment = pmt(balance, annual_rate / 12, left)
        for _ in range(min(months, left)):
            owed = balance * (1 + annual_rate / 12)
            paid = min(payment, owed) if len(path) == term - 1 else payment
            balance = owed - paid
            path.append(Instalment(annual_rate, paid, balance))
    return path


@dataclass(frozen=True)
class Tail:
    """A performing loan from a month on: its flows, servicing included, and the month of the last."""

    flows: list[Flow]
    last: int


def tail(facts: Facts, cured: int, path: list[Instalment], extra: float) -> Tail:
    """The payments after month `cured`, then the exit: held to the end, or sold as a re-performing note.

    `extra`: principal without interest that falls due with the last payment.
    """
    a = facts.assumptions
    cap = a.exit_cap_value * facts.equity
    left_over = max(0.0, path[-1].balance)
    kept = len(path)
    final = left_over + extra
    if a.exit == "sell":
        kept = min(a.exit_months, len(path))
        if kept == len(path):
            final = min(final, cap)
        else:
            w = sum(m.paid * discount(a.exit_yield, k) for k, m in enumerate(path[kept:], start=1))
            w += final * discount(a.exit_yield, len(path) - kept)
            final = min(w, path[kept - 1].balance + extra, cap)
    flows = [Flow(cured + k, "proceeds", m.paid) for k, m in enumerate(path[:kept], start=1)]
    flows.append(Flow(cured + kept, "proceeds", final))
    flows += monthly("servicing", -a.servicing_performing, cured + 1, cured + kept)
    return Tail(flows, cured + kept)


@dataclass(frozen=True)
class Outcome:
    """A strategy in the end: the plan's figures with the re-default in them.

    `redefault`: its probability; `redefault_month`; `walked_away`: whether the holder gives the loan up then.
    """

    plan: Plan
    redefault: float = 0.0
    redefault_month: int | None = None
    walked_away: bool = False


def with_redefault(facts: Facts, strategy: str, plan: Plan) -> Outcome:
    """The plan as agreed, or up to the re-default and then a foreclosure, each with its probability."""
    a = facts.assumptions
    base, payments_made = a.redefault[strategy]
    chance = min(1.0, base * a.redefault_factor)
    month = plan.first_payment + payments_made - 1
    if month >= plan.last or chance == 0:
        return Outcome(plan)
    assert plan.owed_at is not None
    case = Case(plan.owed_at(month), missed=0, months_elapsed=0, contested=False, bk_chapter=None)
    after = foreclosure(facts, month, case)
    walks = worth(after.flows, a.target_yield, month) < 0
    flows = [f for f in plan.flows if f.month <= month]
    flows += scaled([f for f in plan.flows if f.month > month], 1 - chance)
    if not walks:
        flows += scaled(after.flows, chance)
    sale_costs = 0.0 if walks else chance * after.sale_costs
    return Outcome(replace(plan, flows=flows, sale_costs=sale_costs), chance, month, walks)


def current(facts: Facts, month: int, without_interest: float) -> Owed:
    """The debt of a borrower who has paid every instalment to that month, and what he owes besides."""
    balance = facts.current_balance(month)
    return Owed(balance, facts.note_rate, balance + without_interest)
