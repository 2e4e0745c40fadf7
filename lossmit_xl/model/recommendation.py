"""Recommendation: the feasible strategy most worth pursuing, the runner-up, and what is still to be confirmed."""

from lossmit_xl.graph import Block, Word
from lossmit_xl.names import STRATEGIES
from lossmit_xl.ops import (
    BLANK,
    Col,
    choose,
    count,
    first_of,
    join,
    known,
    most,
    not_,
    number,
    place_of,
    where,
    without_end,
)

RANKED = tuple(strategy for strategy in STRATEGIES if strategy != "note_sale")
SEPARATOR = ", "
CHARGE_OFF = "or charge off"


def candidates(
    reinstatement_feasible: Col, repayment_plan_feasible: Col, forbearance_feasible: Col, modification_feasible: Col,
    discounted_payoff_feasible: Col, short_sale_feasible: Col, deed_in_lieu_feasible: Col, foreclosure_feasible: Col,
) -> Col:
    """Number of feasible strategies, the note sale not counted [count]"""
    return count(
        reinstatement_feasible, repayment_plan_feasible, forbearance_feasible, modification_feasible,
        discounted_payoff_feasible, short_sale_feasible, deed_in_lieu_feasible, foreclosure_feasible,
    )  # fmt: skip


def best_pursuit_npv(
    candidates: Col, reinstatement_candidate: Col, repayment_plan_candidate: Col, forbearance_candidate: Col,
    modification_candidate: Col, discounted_payoff_candidate: Col, short_sale_candidate: Col,
    deed_in_lieu_candidate: Col, foreclosure_candidate: Col,
) -> Col:
    """Worth of pursuing the best of them [USD]"""
    best = most(
        reinstatement_candidate, repayment_plan_candidate, forbearance_candidate, modification_candidate,
        discounted_payoff_candidate, short_sale_candidate, deed_in_lieu_candidate, foreclosure_candidate,
    )  # fmt: skip
    return where(candidates > 0, best, BLANK)


def recommended(
    best_pursuit_npv: Col, reinstatement_candidate: Col, repayment_plan_candidate: Col, forbearance_candidate: Col,
    modification_candidate: Col, discounted_payoff_candidate: Col, short_sale_candidate: Col,
    deed_in_lieu_candidate: Col, foreclosure_candidate: Col,
) -> Col:
    """Strategy most worth pursuing; the earlier one where two are equal [strategy]"""
    place = place_of(
        best_pursuit_npv, reinstatement_candidate, repayment_plan_candidate, forbearance_candidate,
        modification_candidate, discounted_payoff_candidate, short_sale_candidate, deed_in_lieu_candidate,
        foreclosure_candidate,
    )  # fmt: skip
    return where(known(best_pursuit_npv), choose(place, *RANKED), "")


def second_pursuit_npv(
    candidates: Col, reinstatement_other: Col, repayment_plan_other: Col, forbearance_other: Col,
    modification_other: Col, discounted_payoff_other: Col, short_sale_other: Col, deed_in_lieu_other: Col,
    foreclosure_other: Col,
) -> Col:
    """Worth of pursuing the second best [USD]"""
    second = most(
        reinstatement_other, repayment_plan_other, forbearance_other, modification_other, discounted_payoff_other,
        short_sale_other, deed_in_lieu_other, foreclosure_other,
    )  # fmt: skip
    return where(candidates > 1, second, BLANK)


def runner_up(
    second_pursuit_npv: Col, reinstatement_other: Col, repayment_plan_other: Col, forbearance_other: Col,
    modification_other: Col, discounted_payoff_other: Col, short_sale_other: Col, deed_in_lieu_other: Col,
    foreclosure_other: Col,
) -> Col:
    """Second best strategy; blank where there is none [strategy]"""
    place = place_of(
        second_pursuit_npv, reinstatement_other, repayment_plan_other, forbearance_other, modification_other,
        discounted_payoff_other, short_sale_other, deed_in_lieu_other, foreclosure_other,
    )  # fmt: skip
    return where(known(second_pursuit_npv), choose(place, *RANKED), "")


def npv_given_up(second_pursuit_npv: Col, best_pursuit_npv: Col) -> Col:
    """What the second best gives up against the best; blank where there is none [USD]"""
    return where(known(second_pursuit_npv), best_pursuit_npv - second_pursuit_npv, BLANK)


def _ask(unknown: Col, column: str) -> Col:
    return where(unknown, column + SEPARATOR, "")


def _unsaid(answer: Col) -> Col:
    return (answer == "") | (answer == "unknown")


def ask_contact(contact: Col) -> Col:
    """`contact`, where it is unknown [text]"""
    return _ask(_unsaid(contact), "contact")


def ask_occupancy(occupancy: Col) -> Col:
    """`occupancy`, where it is unknown [text]"""
    return _ask(_unsaid(occupancy), "occupancy")


def ask_intent(intent: Col) -> Col:
    """`intent`, where it is unknown [text]"""
    return _ask(_unsaid(intent), "intent")


def ask_hardship(hardship: Col) -> Col:
    """`hardship`, where it is unknown [text]"""
    return _ask(_unsaid(hardship), "hardship")


def ask_monthly_income(monthly_income: Col) -> Col:
    """`monthly_income`, where it is unknown [text]"""
    return _ask(not_(known(monthly_income)), "monthly_income")


def ask_cash_available(cash_available: Col) -> Col:
    """`cash_available`, where it is unknown [text]"""
    return _ask(not_(known(cash_available)), "cash_available")


def ask_title_clean(title_clean: Col) -> Col:
    """`title_clean`, where it is unknown [text]"""
    return _ask(_unsaid(title_clean), "title_clean")


def reinstatement_confirm(
    current: Col, ask_contact: Col, ask_intent: Col, hardship: Col, ask_cash_available: Col, ask_hardship: Col
) -> Col:
    """Unknowns behind reinstatement [text]"""
    means = where(hardship == "resolved", "", join(ask_cash_available, ask_hardship))
    return where(current, "", join(ask_contact, ask_intent, means))


def repayment_plan_confirm(
    ask_contact: Col, ask_intent: Col, ask_hardship: Col, ask_monthly_income: Col
) -> Col:
    """Unknowns behind a repayment plan [text]"""
    return join(ask_contact, ask_intent, ask_hardship, ask_monthly_income)


def forbearance_confirm(
    ask_contact: Col, ask_occupancy: Col, ask_intent: Col, ask_hardship: Col, forbearance_by_lump: Col,
    ask_cash_available: Col,
) -> Col:
    """Unknowns behind forbearance [text]"""
    cash = where(forbearance_by_lump, ask_cash_available, "")
    return join(ask_contact, ask_occupancy, ask_intent, ask_hardship, cash)


def modification_confirm(
    ask_contact: Col, ask_occupancy: Col, ask_intent: Col, ask_monthly_income: Col, down_payment: Col,
    ask_cash_available: Col,
) -> Col:
    """Unknowns behind a modification [text]"""
    cash = where(down_payment > 0, ask_cash_available, "")
    return join(ask_contact, ask_occupancy, ask_intent, ask_monthly_income, cash)


def discounted_payoff_confirm(ask_contact: Col, ask_cash_available: Col) -> Col:
    """Unknowns behind a discounted payoff [text]"""
    return join(ask_contact, ask_cash_available)


def short_sale_confirm(ask_contact: Col, ask_intent: Col) -> Col:
    """Unknowns behind a short sale [text]"""
    return join(ask_contact, ask_intent)


def deed_in_lieu_confirm(ask_contact: Col, ask_intent: Col, ask_title_clean: Col) -> Col:
    """Unknowns behind a deed-in-lieu [text]"""
    return join(ask_contact, ask_intent, ask_title_clean)


def charge_off(best_pursuit_npv: Col) -> Col:
    """`or charge off`, where even the best strategy is worth nothing [text]"""
    return where(known(best_pursuit_npv) & (number(best_pursuit_npv) <= 0), CHARGE_OFF, "")


def unknowns(
    recommended: Col, reinstatement_confirm: Col, repayment_plan_confirm: Col, forbearance_confirm: Col,
    modification_confirm: Col, discounted_payoff_confirm: Col, short_sale_confirm: Col, deed_in_lieu_confirm: Col,
) -> Col:
    """Unknowns behind the recommended strategy [text]"""
    return first_of(
        recommended == "reinstatement", reinstatement_confirm,
        recommended == "repayment_plan", repayment_plan_confirm,
        recommended == "forbearance", forbearance_confirm,
        recommended == "modification", modification_confirm,
        recommended == "discounted_payoff", discounted_payoff_confirm,
        recommended == "short_sale", short_sale_confirm,
        recommended == "deed_in_lieu", deed_in_lieu_confirm,
        "",
    )  # fmt: skip


def confirm(recommended: Col, charge_off: Col, unknowns: Col) -> Col:
    """What to find out before acting on the recommendation [text]"""
    text = where(charge_off == "", without_end(unknowns, SEPARATOR), join(unknowns, charge_off))
    return where(recommended == "", "", text)


def _candidate(feasible: Col, pursuit_npv: Col) -> Col:
    """Worth of pursuing it where it is feasible; blank where it is not [USD]"""
    return where(feasible, pursuit_npv, BLANK)


def _other(recommended: Col, strategy: Col, candidate: Col) -> Col:
    """The same, the recommended strategy left out [USD]"""
    return where(recommended == strategy, BLANK, candidate)


CANDIDATE = Block(__name__, {"candidate": _candidate})
OTHER = Block(__name__, {"other": _other})

BLOCKS = (
    *(CANDIDATE.of(s, feasible=f"{s}_feasible", pursuit_npv=f"{s}_pursuit_npv") for s in RANKED),
    *(OTHER.of(s, strategy=Word(s), candidate=f"{s}_candidate") for s in RANKED),
)
