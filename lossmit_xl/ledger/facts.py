"""What is known and derived about one loan: docs/method.md, "Loan". Balances are rolled forward month by month."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.ledger.definitions import NotComputable, ceil_model, months_between, nper, pmt, roll, round_half_away
from lossmit_xl.ledger.reading import Row, cell, own_assumptions, own_value
from lossmit_xl.states import states

LONGEST_TERM = 480


@dataclass(frozen=True)
class State:
    """The row of the state table that applies to a loan, the loan's own figures in place of the state's."""

    process: str
    fc_months: float
    legal_fee: float
    other_costs: float
    redemption_months: int


@dataclass(frozen=True)
class Facts:
    """A valued loan: money in USD, rates annual, time in months from the as-of date.

    The answers to the three questions are None where unknown.
    """

    assumptions: Assumptions
    state: State
    upb: float
    deferred_balance: float
    note_rate: float
    pi_payment: float
    accrued_interest: float
    escrow_advances: float
    corporate_advances: float
    late_fees: float
    value: float
    prior_claims: float
    carry_ti: float
    missed: int
    scheduled: int
    fc_months_elapsed: int
    contested: bool
    bk_chapter: str | None
    occupancy: str
    vacant: bool
    contact: bool | None
    hardship: str | None
    intent: str | None
    monthly_income: float | None
    monthly_debts: float
    cash_available: float | None
    title_clean: bool | None
    dpo_offer: float | None
    dpo_month: int
    purchase_price: float | None

    @property
    def remaining(self) -> int:
        """Instalments due after the as-of date; 0 is a matured loan."""
        return max(self.scheduled - self.missed, 0)

    @property
    def legal_balance(self) -> float:
        """All the borrower owes today."""
        advances = self.escrow_advances + self.corporate_advances + self.late_fees
        return self.upb + self.deferred_balance + self.accrued_interest + advances

    @property
    def arrears(self) -> float:
        """What brings the loan current today."""
        late = self.pi_payment * min(self.missed, self.scheduled)
        return min(self.legal_balance, late + self.escrow_advances + self.corporate_advances + self.late_fees)

    @property
    def equity(self) -> float:
        """Value of the house behind the claims ahead of this lien."""
        return max(0.0, self.value - self.prior_claims)

    def current_balance(self, k: int) -> float:
        """Principal once every instalment up to month k is paid; `upb` is before the oldest unpaid one."""
        paid = min(self.missed, self.scheduled) + k
        return max(0.0, roll(self.upb, self.note_rate / 12, self.pi_payment, paid))


def state_of(row: Row, assumptions: Assumptions) -> State:
    """The state's row, or the national fallback; the tape's own months, fee and redemption beat it."""
    table = states(assumptions)
    code = cell(row, "state")
    code = str(code).upper() if code is not None else "US"
    found: dict[Any, Any] = table.loc[code if code in table.index else "US"].to_dict()

    def figure(name: str) -> float:
        own = own_value(row, name)
        return float(found[name] if own is None else own)

    return State(
        process=str(found["process"]),
        fc_months=figure("fc_months"),
        legal_fee=figure("legal_fee"),
        other_costs=float(found["other_costs"]),
        redemption_months=int(figure("redemption_months")),
    )


def _require(row: Row, name: str, words: str) -> Any:
    value = cell(row, name)
    if value is None:
        raise NotComputable(f"not valued: no {words}")
    return value


def _payment_and_schedule(row: Row, upb: float, i: float, due: dt.date) -> tuple[float, int]:
    """Monthly payment and the instalments from the oldest unpaid one to the last; each can stand for the other."""
    payment, maturity = cell(row, "pi_payment"), cell(row, "maturity_date")
    if maturity is not None:
        scheduled = max(months_between(due, maturity) + 1, 0)
        if payment is None and scheduled == 0:
            raise NotComputable("not valued: no payment and no instalments left")
        return (pmt(upb, i, scheduled) if payment is None else payment), scheduled
    if payment is None:
        raise NotComputable("not valued: no payment and no maturity date")
    needed = nper(upb, i, payment)
    return payment, LONGEST_TERM if math.isinf(needed) else min(LONGEST_TERM, ceil_model(needed - 0.05))


def facts_of(row: Row, deal: Assumptions) -> Facts:
    """Everything the strategies need of one loan.

    Raises NotComputable, with the first missing figure named, where the loan is not valued.
    """
    a = own_assumptions(row, deal)
    upb = _require(row, "upb", "unpaid balance")
    note_rate = _require(row, "note_rate", "note rate")
    due: dt.date = _require(row, "next_due_date", "next due date")
    property_value = _require(row, "property_value", "property value")
    payment, scheduled = _payment_and_schedule(row, upb, note_rate / 12, due)
    missed = 0 if a.as_of < due else months_between(due, a.as_of) + 1
    lien = cell(row, "lien") or 1

    def money(name: str) -> float:
        return float(cell(row, name) or 0.0)

    def known(name: str) -> str | None:
        word = cell(row, name)
        return None if word in (None, "unknown") else str(word)

    accrued, taxes = cell(row, "accrued_interest"), cell(row, "annual_taxes_insurance")
    if taxes is None:  # the senior's escrow pays where this lien is a junior
        taxes = a.tax_insurance_rate * property_value if lien <= 1 else 0.0
    occupancy = known("occupancy") or "unknown"
    own_month = cell(row, "dpo_month")
    return Facts(
        assumptions=a,
        state=state_of(row, a),
        upb=upb,
        deferred_balance=money("deferred_balance"),
        note_rate=note_rate,
        pi_payment=payment,
        accrued_interest=upb * note_rate / 12 * missed if accrued is None else accrued,
        escrow_advances=money("escrow_advances"),
        corporate_advances=money("corporate_advances"),
        late_fees=money("late_fees"),
        value=property_value * (1 - a.value_haircut),
        prior_claims=money("senior_balance") + money("delinquent_taxes"),
        carry_ti=taxes / 12,
        missed=missed,
        scheduled=scheduled,
        fc_months_elapsed=round_half_away(money("fc_months_elapsed")),
        contested=bool(cell(row, "fc_contested")),
        bk_chapter=cell(row, "bk_chapter"),
        occupancy=occupancy,
        vacant=occupancy == "vacant" or cell(row, "property_type") == "land",
        contact=cell(row, "contact"),
        hardship=known("hardship"),
        intent=known("intent"),
        monthly_income=cell(row, "monthly_income"),
        monthly_debts=money("monthly_debts"),
        cash_available=cell(row, "cash_available"),
        title_clean=cell(row, "title_clean"),
        dpo_offer=cell(row, "dpo_offer"),
        dpo_month=int(a.dpo_month if own_month is None else own_month),
        purchase_price=cell(row, "purchase_price"),
    )
