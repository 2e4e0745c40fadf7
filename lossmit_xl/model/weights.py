"""Outcome weights: how likely each strategy is to come about, by the borrower's situation. Method: triage."""

from lossmit_xl.graph import Block, BlockInstance
from lossmit_xl.names import SITUATIONS, STRATEGIES
from lossmit_xl.ops import Col, first_of, index, not_, row_of, where


def situation(no_contact: Col, intent: Col) -> Col:
    """Where the borrower stands: unresponsive, else what he wants, else unknown [situation]"""
    unresponsive, *wishes, unknown = SITUATIONS
    by_wish = [part for wish in wishes for part in (intent == wish, wish)]
    return first_of(no_contact, unresponsive, *by_wish, unknown)


def situation_row(situation: Col, weights_situation: Col) -> Col:
    """Row of the table of weights [row]"""
    return row_of(situation, weights_situation)


def deed_weight_moved(borrower_has_equity: Col, deed_in_lieu_table_weight: Col) -> Col:
    """The deed's weight, where the borrower has equity and sells instead [share]"""
    return where(borrower_has_equity, deed_in_lieu_table_weight, 0)


def weight_total(
    reinstatement_raw_weight: Col, repayment_plan_raw_weight: Col, forbearance_raw_weight: Col,
    modification_raw_weight: Col, discounted_payoff_raw_weight: Col, short_sale_raw_weight: Col,
    deed_in_lieu_raw_weight: Col, foreclosure_raw_weight: Col, note_sale_raw_weight: Col,
) -> Col:
    """Weights that are left, to be rescaled to 1 [share]"""
    return (
        reinstatement_raw_weight + repayment_plan_raw_weight + forbearance_raw_weight + modification_raw_weight
        + discounted_payoff_raw_weight + short_sale_raw_weight + deed_in_lieu_raw_weight + foreclosure_raw_weight
        + note_sale_raw_weight
    )  # fmt: skip


def goes_on(current: Col, reinstatement_computable: Col) -> Col:
    """Weight of reinstatement where the loan is current: it goes on [share]"""
    return where(current & reinstatement_computable, 1, 0)


def sold_current(goes_on: Col) -> Col:
    """Weight of the note sale where the loan is current and can't go on [share]"""
    return 1 - goes_on


def _table_weight(table: Col, situation_row: Col) -> Col:
    """Weight by the borrower's situation [share]"""
    return index(table, situation_row)


def _raw_weight(computable: Col, blocked: Col, table_weight: Col, moved: Col) -> Col:
    """That weight, 0 where a test but contact fails or the strategy can't be computed [share]"""
    return where(computable & not_(blocked), table_weight + moved, 0)


def _weight(current: Col, when_current: Col, weight_total: Col, raw_weight: Col, when_none: Col) -> Col:
    """Weight of the strategy among the outcomes [share]"""
    rescaled = where(weight_total > 0, raw_weight / weight_total, when_none)
    return where(current, when_current, rescaled)


WEIGHT = Block(__name__, {"table_weight": _table_weight, "raw_weight": _raw_weight, "weight": _weight})
COMPUTABLE = ("reinstatement", "repayment_plan", "forbearance", "modification")
BLOCKED: dict[str, str | bool] = {"foreclosure": "current", "note_sale": False}
WHEN_CURRENT = {"reinstatement": "goes_on", "note_sale": "sold_current"}


def _block(strategy: str) -> BlockInstance:
    return WEIGHT.of(
        strategy,
        table=f"weights_{strategy}",
        computable=f"{strategy}_computable" if strategy in COMPUTABLE else True,
        blocked=BLOCKED.get(strategy, f"{strategy}_blocked"),
        moved="deed_weight_moved" if strategy == "short_sale" else 0,
        when_current=WHEN_CURRENT.get(strategy, 0),
        when_none=1 if strategy == "foreclosure" else 0,
    )


BLOCKS = tuple(_block(strategy) for strategy in STRATEGIES)
