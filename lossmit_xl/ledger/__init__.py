"""The month-by-month ledger: the definition of every cash flow of the model.

It is written with plain loops over months and shares no code with the engine in `lossmit_xl.model`; tests hold
the engine's closed forms to it. Slow and obvious on purpose: a loan and a strategy at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.ledger import liquidation, retention
from lossmit_xl.ledger.definitions import NotComputable
from lossmit_xl.ledger.facts import Facts, facts_of
from lossmit_xl.ledger.flows import TAGS, Plan
from lossmit_xl.ledger.performing import Outcome, with_redefault

__all__ = ["NotComputable", "ledger"]

_RETENTION: dict[str, Callable[[Facts], Plan]] = {
    "reinstatement": retention.reinstatement,
    "repayment_plan": retention.repayment_plan,
    "forbearance": retention.forbearance,
    "modification": retention.modification,
}
_OTHERS: dict[str, Callable[[Facts], Plan]] = {
    "discounted_payoff": liquidation.discounted_payoff,
    "short_sale": liquidation.short_sale,
    "deed_in_lieu": liquidation.deed_in_lieu,
    "foreclosure": liquidation.own_foreclosure,
    "note_sale": liquidation.note_sale,
}


def outcome_of(facts: Facts, strategy: str) -> Outcome:
    """The strategy with its re-default in it, memo figures included.

    Raises NotComputable where it has no numbers, KeyError for a name that is no strategy.
    """
    if strategy in _RETENTION:
        return with_redefault(facts, strategy, _RETENTION[strategy](facts))
    return Outcome(_OTHERS[strategy](facts))


def ledger(loan: Mapping[str, Any] | pd.Series[Any], strategy: str, assumptions: Assumptions) -> pd.DataFrame:
    """The expected cash flows of one loan under one strategy.

    Parameters
    ----------
    loan: a row with the canonical columns (`lossmit_xl.columns`); None, NaN and "" are absent. A column named
        like a scalar assumption, or fc_months, legal_fee, redemption_months, overrides it for this loan.
    strategy: a key of docs/method.md, "Strategies".
    assumptions: the deal's.

    Returns
    -------
    One row per entry, by month: `month` (int, 0 is the as-of date), `tag` (proceeds, legal, servicing, carry,
    disposition, fee), `amount` (USD, inflows positive), `probability` (0 to 1). The contract is the sum of
    amount x probability by month and tag; entries of 0 USD or no probability are left out.

    Raises
    ------
    NotComputable: the loan is not valued, or the strategy cannot be computed; the message is the reason.
    ValueError: no such strategy.

    Source: docs/method.md, "Building blocks" and "Strategies".
    """
    if strategy not in _RETENTION and strategy not in _OTHERS:
        raise ValueError(f"strategy = {strategy!r}: must be one of {', '.join([*_RETENTION, *_OTHERS])}.")
    row: Mapping[Any, Any] = loan.to_dict() if isinstance(loan, pd.Series) else loan
    flows = outcome_of(facts_of(row, assumptions), strategy).plan.flows
    kept = [f for f in flows if f.amount * f.probability != 0]
    kept.sort(key=lambda f: (f.month, TAGS.index(f.tag)))
    return pd.DataFrame(
        {
            "month": pd.Series([f.month for f in kept], dtype="int64"),
            "tag": pd.Series([f.tag for f in kept], dtype="object"),
            "amount": pd.Series([float(f.amount) for f in kept], dtype="float64"),
            "probability": pd.Series([float(f.probability) for f in kept], dtype="float64"),
        }
    )
