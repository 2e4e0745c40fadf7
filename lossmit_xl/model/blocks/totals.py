"""A strategy's totals, and what it is worth to whoever pursues it.

Blocks. Inputs: the expected proceeds and costs by tag (0 where a strategy has none), `npv`.
"""

from lossmit_xl.graph import Block, BlockInstance
from lossmit_xl.ops import Col, maximum, where

TAGS = ("legal", "servicing", "carry", "disposition", "fee")


def costs(legal: Col, servicing: Col, carry: Col, disposition: Col, fee: Col) -> Col:
    """Expected costs, positive, undiscounted [USD]"""
    return legal + servicing + carry + disposition + fee


def net_recovery(gross: Col, costs: Col) -> Col:
    """Expected proceeds less costs, undiscounted and before any purchase price [USD]"""
    return gross - costs


def outcome_npv(npv: Col, consent_missed: Col, foreclosure_npv: Col) -> Col:
    """What the holder gets when it comes up: he may walk away, and he may foreclose where his consent is asked [USD]"""
    alone = maximum(0, npv)
    return where(consent_missed > 0, maximum(alone, foreclosure_npv), alone)


def pursuit_npv(chance: Col, npv: Col, attempt_fallback: Col) -> Col:
    """Worth of pursuing it: won with its chance of success, else the foreclosure after a vain attempt [USD]"""
    return chance * npv + (1 - chance) * attempt_fallback


TOTALS = Block(__name__, [costs, net_recovery, outcome_npv])
PURSUIT = Block(__name__, [pursuit_npv])


def totals(
    strategy: str, *, without: tuple[str, ...] = (), consent: bool = True, chance: str | None = None
) -> tuple[BlockInstance, ...]:
    """The totals of a strategy that has no costs of the tags in `without`.

    `consent`: whether the holder must agree to it. `chance` names its chance of success; "" where it is not
    pursued (foreclosure, note sale).
    """
    tags: dict[str, str | float] = {tag: 0 if tag in without else f"{strategy}_{tag}" for tag in TAGS}
    made = TOTALS.of(
        strategy,
        gross=f"{strategy}_gross",
        npv=f"{strategy}_npv",
        consent_missed="missed" if consent else 0,
        **tags,
    )
    if chance == "":
        return (made,)
    return (made, PURSUIT.of(strategy, chance=chance or f"{strategy}_success", npv=f"{strategy}_npv"))
