"""Returns at the price: profit, multiple and annualised return of each strategy. Method: returns.

The internal rate of return has no closed form for these flows; `lossmit_xl.irr` solves for it.
"""

from lossmit_xl.graph import Block
from lossmit_xl.names import STRATEGIES
from lossmit_xl.ops import BLANK, Col, maximum, power, where

MONTHS_A_YEAR = 12


def _profit(net_recovery: Col, price: Col) -> Col:
    """Net recovery less the price [USD]"""
    return net_recovery - price


def _moic(price: Col, net_recovery: Col) -> Col:
    """Net recovery per dollar paid; blank where the price is 0 [multiple]"""
    return where(price > 0, net_recovery / price, BLANK)


def _annualised_roi(price: Col, months: Col, moic: Col) -> Col:
    """Yearly growth of the money over the months of the plan; blank without price or months [per year]"""
    return where((price > 0) & (months > 0), power(maximum(moic, 0), MONTHS_A_YEAR / months) - 1, BLANK)


RETURNS = Block(__name__, {"profit": _profit, "moic": _moic, "annualised_roi": _annualised_roi})
MONTHS = {"short_sale": "short_sale_months", "note_sale": "note_sale_months", "discounted_payoff": "dpo_month"}
BLOCKS = tuple(
    RETURNS.of(
        strategy,
        net_recovery=f"{strategy}_net_recovery",
        price="price",
        months=MONTHS.get(strategy, f"{strategy}_months"),
    )
    for strategy in STRATEGIES
)
