"""Note sale: the loan is sold as it stands. The yardstick, not a resolution. Method: strategy 9."""

from lossmit_xl.model.blocks.totals import totals
from lossmit_xl.ops import Col, annuity, discount, minimum


def note_sale_gross(note_sale_rate: Col, legal_balance: Col, equity: Col) -> Col:
    """Price of the loan as it stands [USD]"""
    return note_sale_rate * minimum(legal_balance, equity)


def note_sale_servicing(servicing_fee: Col, note_sale_months: Col) -> Col:
    """Servicing up to the sale [USD]"""
    return servicing_fee * note_sale_months


def note_sale_npv(note_sale_gross: Col, monthly_yield: Col, note_sale_months: Col, servicing_fee: Col) -> Col:
    """Worth today at the target yield [USD]"""
    held = servicing_fee * annuity(monthly_yield, note_sale_months)
    return note_sale_gross * discount(monthly_yield, note_sale_months) - held


BLOCKS = totals("note_sale", without=("legal", "carry", "disposition", "fee"), consent=False, chance="")
