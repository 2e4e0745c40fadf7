"""Triage: which strategies a borrower's situation allows, and in plain words why not. Method: triage.

`…_blocked` is any test but contact; `…_reason` is the first test that fails, blank where the strategy is feasible.
"""

from lossmit_xl.graph import Block
from lossmit_xl.names import STRATEGIES
from lossmit_xl.ops import TICK, Col, first_of, known, not_, number

CURRENT = "the loan is current"
NO_CONTACT = "no contact with the borrower yet"
MATURES = "the loan matures first"
PAID_OFF = "the loan is paid off before"
VACANT = "the house is vacant"
SELLS = "the borrower wants to sell"
LEAVES = "the borrower wants to leave"
STAYS = "the borrower wants to stay"
INCOME = "the income does not carry the payment"


def _above(asked: Col, there: Col) -> Col:
    """Whether more is asked than is there, a millionth forgiven: the last binary digit of a sum decides nothing."""
    return asked > there + TICK


def current(missed: Col) -> Col:
    """Whether no instalment is missed [yes/no]"""
    return missed <= 0


def no_contact(contact: Col) -> Col:
    """Whether the borrower does not answer [yes/no]"""
    return contact == "no"


def wants_out(intent: Col) -> Col:
    """Whether the borrower wants to sell or to leave [yes/no]"""
    return (intent == "sell") | (intent == "leave")


def house_empty(occupancy: Col) -> Col:
    """Whether the house is said to be vacant [yes/no]"""
    return occupancy == "vacant"


def income_left(monthly_income: Col, monthly_debts: Col, carry_ti: Col) -> Col:
    """Income left for a payment after debts, living costs, taxes and insurance [USD/month]"""
    return number(monthly_income) - monthly_debts - carry_ti


def reinstatement_cash_short(
    current: Col, cash_available: Col, reinstatement_lump: Col, hardship: Col, reinstatement_computable: Col
) -> Col:
    """Whether the borrower lacks the cash and is still in trouble [yes/no]"""
    short = known(cash_available) & _above(number(reinstatement_lump), number(cash_available))
    return short & reinstatement_computable & not_(current) & (hardship != "resolved")


def reinstatement_blocked(current: Col, wants_out: Col, reinstatement_cash_short: Col) -> Col:
    """Whether a test but contact fails [yes/no]"""
    return (not_(current) & wants_out) | reinstatement_cash_short


def reinstatement_reason(
    not_valued: Col, no_contact: Col, current: Col, reinstatement_matures: Col, reinstatement_computable: Col,
    intent: Col, reinstatement_cash_short: Col,
) -> Col:
    """Why reinstatement is not feasible [text]"""
    return first_of(
        not_valued != "", not_valued,
        no_contact & not_(current), NO_CONTACT,
        reinstatement_matures, MATURES,
        not_(reinstatement_computable), PAID_OFF,
        (intent == "sell") & not_(current), SELLS,
        (intent == "leave") & not_(current), LEAVES,
        reinstatement_cash_short, "the cash is below the arrears",
        "",
    )  # fmt: skip


def repayment_plan_unaffordable(
    monthly_income: Col, repayment_plan_payment: Col, income_left: Col, repayment_plan_computable: Col
) -> Col:
    """Whether the income does not carry the plan's payment [yes/no]"""
    return known(monthly_income) & _above(number(repayment_plan_payment), income_left) & repayment_plan_computable


def repayment_plan_blocked(current: Col, wants_out: Col, hardship: Col, repayment_plan_unaffordable: Col) -> Col:
    """Whether a test but contact fails [yes/no]"""
    return current | wants_out | (hardship == "permanent") | repayment_plan_unaffordable


def repayment_plan_reason(
    not_valued: Col, current: Col, no_contact: Col, repayment_plan_matures: Col, repayment_plan_computable: Col,
    intent: Col, hardship: Col, repayment_plan_unaffordable: Col,
) -> Col:
    """Why a repayment plan is not feasible [text]"""
    return first_of(
        not_valued != "", not_valued,
        current, CURRENT,
        no_contact, NO_CONTACT,
        repayment_plan_matures, MATURES,
        not_(repayment_plan_computable), PAID_OFF,
        intent == "sell", SELLS,
        intent == "leave", LEAVES,
        hardship == "permanent", "the hardship is permanent",
        repayment_plan_unaffordable, INCOME,
        "",
    )  # fmt: skip


def hardship_lasts(hardship: Col) -> Col:
    """Whether the hardship is known not to be temporary [yes/no]"""
    return (hardship == "permanent") | (hardship == "resolved")


def forbearance_cash_short(
    forbearance_by_lump: Col, cash_available: Col, forbearance_lump: Col, forbearance_computable: Col
) -> Col:
    """Whether the borrower lacks the cash for an exit lump [yes/no]"""
    short = known(cash_available) & _above(number(forbearance_lump), number(cash_available))
    return forbearance_by_lump & short & forbearance_computable


def forbearance_blocked(
    current: Col, house_empty: Col, wants_out: Col, hardship_lasts: Col, forbearance_cash_short: Col
) -> Col:
    """Whether a test but contact fails [yes/no]"""
    return current | house_empty | wants_out | hardship_lasts | forbearance_cash_short


def forbearance_reason(
    not_valued: Col, current: Col, no_contact: Col, forbearance_matures: Col, forbearance_computable: Col,
    house_empty: Col, intent: Col, hardship_lasts: Col, forbearance_cash_short: Col,
) -> Col:
    """Why forbearance is not feasible [text]"""
    return first_of(
        not_valued != "", not_valued,
        current, CURRENT,
        no_contact, NO_CONTACT,
        forbearance_matures, MATURES,
        not_(forbearance_computable), PAID_OFF,
        house_empty, VACANT,
        intent == "sell", SELLS,
        intent == "leave", LEAVES,
        hardship_lasts, "the hardship is not temporary",
        forbearance_cash_short, "the cash is below the lump",
        "",
    )  # fmt: skip


def modification_unaffordable(
    monthly_income: Col, modification_payment: Col, income_left: Col, modification_computable: Col
) -> Col:
    """Whether the income does not carry the modified payment [yes/no]"""
    return known(monthly_income) & _above(number(modification_payment), income_left) & modification_computable


def modification_cash_short(cash_available: Col, down_payment: Col) -> Col:
    """Whether the borrower lacks the cash for the down payment [yes/no]"""
    return known(cash_available) & _above(down_payment, number(cash_available))


def modification_blocked(
    current: Col, house_empty: Col, wants_out: Col, modification_missed_target: Col, modification_unaffordable: Col,
    modification_cash_short: Col,
) -> Col:
    """Whether a test but contact fails [yes/no]"""
    terms = modification_missed_target | modification_unaffordable | modification_cash_short
    return current | house_empty | wants_out | terms


def modification_reason(
    not_valued: Col, current: Col, no_contact: Col, modification_computable: Col, house_empty: Col, intent: Col,
    modification_missed_target: Col, modification_unaffordable: Col, modification_cash_short: Col,
) -> Col:
    """Why a modification is not feasible [text]"""
    return first_of(
        not_valued != "", not_valued,
        current, CURRENT,
        no_contact, NO_CONTACT,
        not_(modification_computable), "nothing left to modify",
        house_empty, VACANT,
        intent == "sell", SELLS,
        intent == "leave", LEAVES,
        modification_missed_target, "target payment not reached",
        modification_unaffordable, INCOME,
        modification_cash_short, "the cash is below the down payment",
        "",
    )  # fmt: skip


def discounted_payoff_cash_short(cash_available: Col, discounted_payoff_lump: Col) -> Col:
    """Whether the borrower lacks the cash for the payoff [yes/no]"""
    return known(cash_available) & _above(discounted_payoff_lump, number(cash_available))


def discounted_payoff_nothing(discounted_payoff_lump: Col) -> Col:
    """Whether there is nothing to settle with [yes/no]"""
    return discounted_payoff_lump <= 0


def discounted_payoff_blocked(
    current: Col, discounted_payoff_nothing: Col, discounted_payoff_cash_short: Col
) -> Col:
    """Whether a test but contact fails [yes/no]"""
    return current | discounted_payoff_nothing | discounted_payoff_cash_short


def discounted_payoff_reason(
    not_valued: Col, current: Col, no_contact: Col, discounted_payoff_nothing: Col, discounted_payoff_cash_short: Col
) -> Col:
    """Why a discounted payoff is not feasible [text]"""
    return first_of(
        not_valued != "", not_valued,
        current, CURRENT,
        no_contact, NO_CONTACT,
        discounted_payoff_nothing, "nothing to settle with",
        discounted_payoff_cash_short, "the cash is below the payoff",
        "",
    )  # fmt: skip


def short_sale_blocked(current: Col, intent: Col) -> Col:
    """Whether a test but contact fails [yes/no]"""
    return current | (intent == "stay")


def short_sale_reason(not_valued: Col, current: Col, no_contact: Col, intent: Col) -> Col:
    """Why a short sale is not feasible [text]"""
    return first_of(
        not_valued != "", not_valued, current, CURRENT, no_contact, NO_CONTACT, intent == "stay", STAYS, ""
    )


def borrower_has_equity(equity: Col, legal_balance: Col) -> Col:
    """Whether the house is worth more than the debt: a sale pays the borrower more than a deed [yes/no]"""
    return equity > legal_balance


def deed_in_lieu_blocked(current: Col, intent: Col, title_clean: Col, borrower_has_equity: Col) -> Col:
    """Whether a test but contact fails [yes/no]"""
    wants_other = (intent == "stay") | (intent == "sell")
    return current | wants_other | (title_clean == "no") | borrower_has_equity


def deed_in_lieu_reason(
    not_valued: Col, current: Col, no_contact: Col, intent: Col, title_clean: Col, borrower_has_equity: Col
) -> Col:
    """Why a deed-in-lieu is not feasible [text]"""
    return first_of(
        not_valued != "", not_valued,
        current, CURRENT,
        no_contact, NO_CONTACT,
        intent == "stay", STAYS,
        intent == "sell", SELLS,
        title_clean == "no", "the title is not clean",
        borrower_has_equity, "the borrower has equity: a sale pays more",
        "",
    )  # fmt: skip


def foreclosure_reason(not_valued: Col, current: Col) -> Col:
    """Why a foreclosure is not feasible [text]"""
    return first_of(not_valued != "", not_valued, current, CURRENT, "")


def note_sale_reason(not_valued: Col) -> Col:
    """Why a note sale is not feasible [text]"""
    return not_valued


def _feasible(reason: Col) -> Col:
    """Whether the strategy is feasible: no test fails [yes/no]"""
    return reason == ""


FEASIBLE = Block(__name__, {"feasible": _feasible})
BLOCKS = tuple(FEASIBLE.of(strategy, reason=f"{strategy}_reason") for strategy in STRATEGIES)
