"""Reinstatement: the borrower pays all arrears at once and the loan goes on. Method: strategy 1."""

from lossmit_xl.model.blocks.cured import CURED
from lossmit_xl.model.blocks.retention import retention_blocks
from lossmit_xl.model.blocks.totals import totals
from lossmit_xl.ops import Col, discount, where


def reinstatement_start(missed: Col, reinstatement_month: Col) -> Col:
    """Month in which the arrears are paid; the next one where nothing is missed [months]"""
    return where(missed <= 0, 1, reinstatement_month)


def reinstatement_payment(contract_payment: Col) -> Col:
    """What the borrower pays in the first paying month [USD/month]"""
    return contract_payment


def reinstatement_lump(arrears: Col, contract_payment: Col, reinstatement_start: Col) -> Col:
    """Asked of the borrower at once: the arrears and the instalments that fall due meanwhile [USD]"""
    return arrears + contract_payment * reinstatement_start


def reinstatement_extra(deferred_balance: Col) -> Col:
    """Due without interest with the last payment [USD]"""
    return deferred_balance


def reinstatement_first_payment(reinstatement_start: Col) -> Col:
    """Month of the first monthly payment [months]"""
    return reinstatement_start + 1


def reinstatement_receipts_before(reinstatement_lump: Col) -> Col:
    """Received before the loan performs [USD]"""
    return reinstatement_lump


def reinstatement_pv_before(reinstatement_lump: Col, monthly_yield: Col, reinstatement_start: Col) -> Col:
    """Worth of that today [USD]"""
    return reinstatement_lump * discount(monthly_yield, reinstatement_start)


def reinstatement_before_by_redefault(reinstatement_lump: Col) -> Col:
    """Of that, received before a re-default: all of it [USD]"""
    return reinstatement_lump


def reinstatement_pv_before_by_redefault(reinstatement_pv_before: Col) -> Col:
    """Worth of that today [USD]"""
    return reinstatement_pv_before


def reinstatement_redefault_other_debt(deferred_balance: Col) -> Col:
    """Other debt at the re-default: deferred principal [USD]"""
    return deferred_balance


def reinstatement_chance(missed: Col, reinstatement_success: Col) -> Col:
    """Chance that it comes about; a current loan just goes on [share]"""
    return where(missed <= 0, 1, reinstatement_success)


BLOCKS = (
    CURED.of("reinstatement", start="reinstatement_start", redefault_month="reinstatement_redefault_month"),
    *retention_blocks("reinstatement"),
    *totals("reinstatement", consent=False, chance="reinstatement_chance"),
)
