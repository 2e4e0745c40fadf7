"""What follows from a loan's own facts: instalments, balances, value, and whether it can be valued at all."""

from lossmit_xl.ops import (
    TICK,
    Col,
    ceil,
    day,
    first_of,
    index,
    known,
    maximum,
    minimum,
    month,
    not_,
    nper,
    number,
    pmt,
    row_of,
    where,
    year,
)


def _months_between(start: Col, end: Col) -> Col:
    """Whole months from one date to another; a part of a month does not count."""
    return 12 * (year(end) - year(start)) + (month(end) - month(start)) - (day(end) < day(start))


MONTHS_A_YEAR = 12


def monthly_rate(note_rate: Col) -> Col:
    """Note rate a month [per month]"""
    return number(note_rate) / MONTHS_A_YEAR


def instalments_by_payment(
    monthly_rate: Col, pi_payment: Col, upb: Col, max_scheduled: Col, payment_rounding_months: Col
) -> Col:
    """Instalments left by balance, rate and payment; the most allowed where that never retires the loan [months]"""
    instalments = minimum(max_scheduled, ceil(nper(monthly_rate, pi_payment, upb) - payment_rounding_months))
    by_payment = where(pi_payment <= upb * monthly_rate + TICK, max_scheduled, instalments)
    return where((upb > 0) & (pi_payment > 0), by_payment, 0)


def scheduled(
    maturity_date: Col, next_due_date: Col, pi_payment: Col, instalments_by_payment: Col
) -> Col:
    """Instalments from the oldest unpaid one to the last [months]"""
    by_date = maximum(_months_between(next_due_date, maturity_date) + 1, 0)
    by_payment = where(pi_payment > 0, instalments_by_payment, 0)
    return where(known(maturity_date) & known(next_due_date), by_date, by_payment)


def not_valued(upb: Col, note_rate: Col, next_due_date: Col, property_value: Col, pi_payment: Col,
               maturity_date: Col, scheduled: Col) -> Col:
    """Why the loan can't be valued, in words; blank where it can [text]"""
    no_payment = not_(pi_payment > 0)
    return first_of(
        not_(upb > 0), "not valued: no unpaid balance",
        not_(known(note_rate)), "not valued: no note rate",
        not_(known(next_due_date)), "not valued: no next due date",
        not_(property_value > 0), "not valued: no property value",
        no_payment & not_(known(maturity_date)), "not valued: no payment and no maturity date",
        no_payment & (scheduled <= 0), "not valued: no payment and no instalments left",
        "",
    )  # fmt: skip


def valued(not_valued: Col) -> Col:
    """Whether the loan can be valued [yes/no]"""
    return not_valued == ""


def contract_payment(pi_payment: Col, monthly_rate: Col, scheduled: Col, upb: Col) -> Col:
    """Monthly principal and interest: the tape's, else level over the scheduled instalments [USD/month]"""
    return where(pi_payment > 0, pi_payment, pmt(monthly_rate, scheduled, upb))


def missed(as_of: Col, next_due_date: Col) -> Col:
    """Instalments due and unpaid at the as-of date [months]"""
    return where(as_of < next_due_date, 0, _months_between(next_due_date, as_of) + 1)


def missed_on_schedule(missed: Col, scheduled: Col) -> Col:
    """Missed instalments that the schedule still had: after maturity no more fall due [months]"""
    return minimum(missed, scheduled)


def remaining(scheduled: Col, missed: Col) -> Col:
    """Instalments due after the as-of date; 0 is a matured loan [months]"""
    return maximum(scheduled - missed, 0)


def accrued(accrued_interest: Col, upb: Col, monthly_rate: Col, missed: Col) -> Col:
    """Interest owed to date: the tape's, else a month's interest for each missed instalment [USD]"""
    return where(known(accrued_interest), accrued_interest, upb * monthly_rate * missed)


def advances_and_fees(escrow_advances: Col, corporate_advances: Col, late_fees: Col) -> Col:
    """Advances by the holder and unpaid late fees [USD]"""
    return escrow_advances + corporate_advances + late_fees


def legal_balance(upb: Col, deferred_balance: Col, accrued: Col, advances_and_fees: Col) -> Col:
    """Everything the borrower owes at the as-of date [USD]"""
    return upb + deferred_balance + accrued + advances_and_fees


def arrears(legal_balance: Col, contract_payment: Col, missed_on_schedule: Col, advances_and_fees: Col) -> Col:
    """What brings the loan current: missed instalments, advances and late fees [USD]"""
    return minimum(legal_balance, contract_payment * missed_on_schedule + advances_and_fees)


def value(property_value: Col, value_haircut: Col) -> Col:
    """Property value after the haircut [USD]"""
    return property_value * (1 - value_haircut)


def carry_ti(annual_taxes_insurance: Col, lien: Col, tax_insurance_rate: Col, property_value: Col) -> Col:
    """Taxes and insurance a month that the holder carries; a junior lien leaves them to the senior [USD/month]"""
    usual = where(lien > 1, 0, tax_insurance_rate * property_value)
    return where(known(annual_taxes_insurance), annual_taxes_insurance, usual) / MONTHS_A_YEAR


def prior_claims(senior_balance: Col, delinquent_taxes: Col) -> Col:
    """Senior liens and taxes that are paid before this lien [USD]"""
    return senior_balance + delinquent_taxes


def equity(value: Col, prior_claims: Col) -> Col:
    """Value left for this lien [USD]"""
    return maximum(0, value - prior_claims)


def combined_ltv(prior_claims: Col, upb: Col, deferred_balance: Col, property_value: Col) -> Col:
    """Combined loan-to-value: claims ahead and principal over the as-is value [of value]"""
    return (prior_claims + upb + deferred_balance) / property_value


def lien_position(lien: Col) -> Col:
    """Place of the lien, 1 where the tape has none [position]"""
    return where(known(lien), lien, 1)


def occupied_by(occupancy: Col) -> Col:
    """Who lives there, unknown where the tape says nothing [word]"""
    return where(occupancy == "", "unknown", occupancy)


def vacant(occupancy: Col, property_type: Col) -> Col:
    """Nobody to evict: vacant, or bare land [yes/no]"""
    return (occupancy == "vacant") | (property_type == "land")


def monthly_yield(target_yield: Col) -> Col:
    """Target yield a month [per month]"""
    return target_yield / MONTHS_A_YEAR


def exit_yield_monthly(exit_yield: Col) -> Col:
    """Yield a month at which a re-performing note is sold [per month]"""
    return exit_yield / MONTHS_A_YEAR


def full_service(servicing_model: Col) -> Col:
    """Whether the servicer works the loan out itself, for a contingency fee [yes/no]"""
    return servicing_model == "full_service"


def servicing_fee(full_service: Col, servicing_full_service: Col, servicing_npl: Col) -> Col:
    """Servicing of a non-performing loan [USD/month]"""
    return where(full_service, servicing_full_service, servicing_npl)


def contingency(full_service: Col, contingency_rate: Col) -> Col:
    """Share of liquidation proceeds that a full-service servicer keeps [share]"""
    return where(full_service, contingency_rate, 0)


def state_row(state: Col, states_code: Col) -> Col:
    """Row of the state table; the national fallback where the state is unknown [row]"""
    return row_of(state, states_code)


def state_fc_months(fc_months: Col, states_fc_months: Col, state_row: Col) -> Col:
    """Months from referral to sale: the loan's own, else its state's [months]"""
    return where(known(fc_months), fc_months, index(states_fc_months, state_row))


def state_legal_fee(legal_fee: Col, states_legal_fee: Col, state_row: Col) -> Col:
    """Attorney fee of an uncontested foreclosure: the loan's own, else its state's [USD]"""
    return where(known(legal_fee), legal_fee, index(states_legal_fee, state_row))


def state_other_costs(states_other_costs: Col, state_row: Col) -> Col:
    """Filing, title, service and sale costs of a foreclosure in the state [USD]"""
    return index(states_other_costs, state_row)


def state_redemption_months(redemption_months: Col, states_redemption_months: Col, state_row: Col) -> Col:
    """Months the borrower may redeem after the sale: the loan's own, else its state's [months]"""
    return where(known(redemption_months), redemption_months, index(states_redemption_months, state_row))
