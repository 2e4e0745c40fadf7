"""Loan modification: arrears capitalised, rate, term and principal eased until the payment is bearable.

Method: strategy 4. The waterfall takes each step only while the payment is above the target, and only as far
as needed; step rates replace it.
"""

from lossmit_xl.model.blocks.modification_step import modification_steps
from lossmit_xl.model.blocks.rate_search import rate_search
from lossmit_xl.model.blocks.retention import retention_blocks
from lossmit_xl.model.blocks.totals import totals
from lossmit_xl.ops import (
    BLANK,
    TICK,
    Col,
    annuity,
    discount,
    floor,
    known,
    maximum,
    minimum,
    nper,
    number,
    pmt,
    where,
)

MONTHS_A_YEAR = 12


def modification_capitalised(
    upb: Col, accrued: Col, monthly_rate: Col, mod_start: Col, escrow_advances: Col, corporate_advances: Col,
    deferred_balance: Col, down_payment: Col, forgiven: Col,
) -> Col:
    """Balance of the modified loan, forborne principal included; late fees are waived [USD]"""
    owed = upb + accrued + upb * monthly_rate * mod_start + escrow_advances + corporate_advances + deferred_balance
    return maximum(0, owed - down_payment - forgiven)


def modification_stepped(mod_step1_months: Col) -> Col:
    """Whether the rate follows agreed steps, so that no payment is targeted [yes/no]"""
    return mod_step1_months > 0


def modification_targets(mod_target: Col, modification_stepped: Col) -> Col:
    """Whether the terms are eased until a target payment is met [yes/no]"""
    return where(modification_stepped, False, mod_target == "waterfall")


def modification_target(
    contract_payment: Col, mod_payment_cut: Col, monthly_income: Col, housing_ratio: Col, carry_ti: Col
) -> Col:
    """Target payment: the contract's less the cut, and what the income bears after taxes and insurance [USD/month]"""
    cut = contract_payment * (1 - mod_payment_cut)
    bearable = where(known(monthly_income), housing_ratio * number(monthly_income) - carry_ti, cut)
    return maximum(0, minimum(cut, bearable))


def modification_goal(modification_target: Col) -> Col:
    """The target payment with a millionth forgiven [USD/month]"""
    return modification_target + TICK


def modification_first_rate(mod_rate: Col, note_rate: Col) -> Col:
    """Rate before the waterfall: never above the note's [per year]"""
    return minimum(mod_rate, note_rate)


def modification_rate_limit(modification_first_rate: Col, mod_rate_floor: Col) -> Col:
    """Lowest rate of the waterfall [per year]"""
    return minimum(modification_first_rate, mod_rate_floor)


def modification_first_balance(modification_capitalised: Col, forborne: Col) -> Col:
    """Interest-bearing balance before the waterfall [USD]"""
    return maximum(0, modification_capitalised - forborne)


def modification_first_payment_level(
    modification_first_rate: Col, mod_term: Col, modification_first_balance: Col
) -> Col:
    """Payment before the waterfall [USD/month]"""
    return pmt(modification_first_rate / MONTHS_A_YEAR, mod_term, modification_first_balance)


def modification_waterfall_rate(
    modification_targets: Col, modification_first_payment_level: Col, modification_goal: Col,
    modification_rate_limit: Col, modification_first_rate: Col, modification_cut9_total: Col, mod_rate_step: Col,
) -> Col:
    """Step 1: the rate cut by as many steps as needed, down to its floor [per year]"""
    cut = maximum(modification_rate_limit, modification_first_rate - modification_cut9_total - mod_rate_step)
    return where(
        modification_targets & (modification_first_payment_level > modification_goal), cut, modification_first_rate
    )


def modification_final_rate(modification_stepped: Col, mod_rate: Col, modification_waterfall_rate: Col) -> Col:
    """Rate to the end: the waterfall's, or the one that follows the agreed steps [per year]"""
    return where(modification_stepped, mod_rate, modification_waterfall_rate)


def modification_payment_after_rate(
    modification_waterfall_rate: Col, mod_term: Col, modification_first_balance: Col
) -> Col:
    """Payment after step 1 [USD/month]"""
    return pmt(modification_waterfall_rate / MONTHS_A_YEAR, mod_term, modification_first_balance)


def modification_term_limit(mod_term: Col, mod_term_max: Col) -> Col:
    """Longest term of the waterfall [months]"""
    return maximum(mod_term, mod_term_max)


def modification_term_needed(
    modification_goal: Col, modification_first_balance: Col, modification_waterfall_rate: Col,
    modification_term_limit: Col,
) -> Col:
    """Term at which the payment meets the target, at most the longest [months]"""
    rate = modification_waterfall_rate / MONTHS_A_YEAR
    needed = minimum(modification_term_limit, nper(rate, modification_goal, modification_first_balance))
    return where(modification_goal <= modification_first_balance * rate + TICK, modification_term_limit, needed)


def modification_term(
    modification_targets: Col, modification_payment_after_rate: Col, modification_goal: Col,
    modification_term_limit: Col, modification_term_needed: Col, mod_term: Col,
) -> Col:
    """Step 2: whole years added to the term, up to the longest [months]"""
    added = MONTHS_A_YEAR * -floor((mod_term - modification_term_needed) / MONTHS_A_YEAR)
    longer = minimum(modification_term_limit, mod_term + added)
    return where(modification_targets & (modification_payment_after_rate > modification_goal), longer, mod_term)


def modification_payment_after_term(
    modification_waterfall_rate: Col, modification_term: Col, modification_first_balance: Col
) -> Col:
    """Payment after step 2 [USD/month]"""
    return pmt(modification_waterfall_rate / MONTHS_A_YEAR, modification_term, modification_first_balance)


def modification_forbear_room(mod_forbear_max: Col, modification_capitalised: Col, forborne: Col) -> Col:
    """Most that the waterfall may forbear on top of what is forborne anyway [USD]"""
    return maximum(0, mod_forbear_max * modification_capitalised - forborne)


def modification_bearable_balance(
    modification_goal: Col, modification_waterfall_rate: Col, modification_term: Col
) -> Col:
    """Balance that the target payment retires [USD]"""
    return modification_goal * annuity(modification_waterfall_rate / MONTHS_A_YEAR, modification_term)


def modification_forborne(
    modification_targets: Col, modification_payment_after_term: Col, modification_goal: Col, forborne: Col,
    modification_forbear_room: Col, modification_bearable_balance: Col, modification_first_balance: Col,
) -> Col:
    """Step 3: principal forborne in whole dollars, due without interest at the end [USD]"""
    needed = -floor(modification_bearable_balance - modification_first_balance)
    more = forborne + minimum(modification_forbear_room, needed)
    return where(modification_targets & (modification_payment_after_term > modification_goal), more, forborne)


def modification_balance(modification_capitalised: Col, modification_forborne: Col) -> Col:
    """Interest-bearing balance of the modified loan [USD]"""
    return maximum(0, modification_capitalised - modification_forborne)


def modification_computable(modification_balance: Col) -> Col:
    """Whether there is anything left to modify [yes/no]"""
    return modification_balance > 0


def modification_payment(
    mod_step1_months: Col, modification_step1_payment: Col, modification_step6_payment: Col
) -> Col:
    """What the borrower pays in the first paying month [USD/month]"""
    return where(mod_step1_months > 0, modification_step1_payment, modification_step6_payment)


def modification_missed_target(
    modification_targets: Col, modification_step6_payment: Col, modification_target: Col, cent: Col
) -> Col:
    """Whether the payment stays above the target after all three steps [yes/no]"""
    return modification_targets & (modification_step6_payment > modification_target + cent)


def modification_lump(down_payment: Col) -> Col:
    """Down payment; blank without one [USD]"""
    return where(down_payment > 0, down_payment, BLANK)


def modification_extra(modification_forborne: Col) -> Col:
    """Due without interest with the last payment: forborne principal [USD]"""
    return modification_forborne


def modification_first_month(mod_start: Col) -> Col:
    """Month of the first payment [months]"""
    return mod_start + 1


def modification_path_worth(
    modification_step6_worth: Col, exit_yield_monthly: Col, modification_tail_sold_after: Col
) -> Col:
    """Worth at the exit of the payments after it, at the exit yield [USD]"""
    return modification_step6_worth / discount(exit_yield_monthly, modification_tail_sold_after)


def modification_pv_before(down_payment: Col, monthly_yield: Col, mod_start: Col) -> Col:
    """Worth today of the down payment [USD]"""
    return down_payment * discount(monthly_yield, mod_start)


BLOCKS = (
    *rate_search(),
    *modification_steps(),
    *retention_blocks(
        "modification",
        level_path=False,
        debt_rate="modification_step6_redefault_rate",
        start="mod_start",
        first_payment="modification_first_month",
        receipts_before="down_payment",
        before_by_redefault="down_payment",
        pv_before_by_redefault="modification_pv_before",
        redefault_principal="modification_step6_redefault_principal",
        redefault_other_debt="modification_forborne",
        path_months="modification_term",
        path_left="modification_step6_closing",
        path_receipts="modification_step6_receipts",
        path_pv="modification_step6_pv",
        path_balance="modification_step6_balance_at_exit",
        path_receipts_by_redefault="modification_step6_receipts_by_redefault",
        path_pv_by_redefault="modification_step6_pv_by_redefault",
    ),
    *totals("modification"),
)
