"""What a clean tape still says that cannot be right: loans without what a value needs, columns that contradict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossmit_xl.tape.cells import Bools, Floats
from lossmit_xl.tape.dates import months_between
from lossmit_xl.tape.derive import level_payment
from lossmit_xl.tape.issues import IssueLog, Severity

if TYPE_CHECKING:
    from lossmit_xl.tape.read import Tape

OLD_VALUE_DAYS = 180
_NEEDED = (
    ("upb", "no unpaid principal balance"),
    ("note_rate", "no note rate"),
    ("next_due_date", "no next due date"),
    ("property_value", "no property value"),
)


class _Check:
    """Rows and log at hand, so that a rule is one line."""

    def __init__(self, loans: pd.DataFrame, rows: NDArray[np.int64], log: IssueLog) -> None:
        self.loans, self.rows, self.log = loans, rows, log

    def number(self, name: str) -> Floats:
        return self.loans[name].to_numpy(dtype=np.float64)

    def date(self, name: str) -> NDArray[np.datetime64]:
        return self.loans[name].to_numpy().astype("datetime64[D]")

    def say(self, at: Bools, column: str, severity: Severity, message: str, shown: NDArray[Any] | None = None) -> None:
        if at.any():
            values = (
                shown
                if shown is not None
                else self.loans[column].to_numpy()
                if column in self.loans
                else np.full(len(at), "", dtype=object)
            )
            picked = values[at]
            if picked.dtype.kind == "M":
                texts = ["" if np.isnat(v) else str(v.astype("datetime64[D]")) for v in picked]
            elif picked.dtype.kind == "f":
                texts = ["" if np.isnan(v) else f"{v:.10g}" for v in picked.tolist()]
            else:
                texts = [str(v) for v in picked]
            self.log.extend(self.rows[at], column, severity, texts, message)


def check_loans(
    loans: pd.DataFrame, rows: NDArray[np.int64], extra: AbstractMapping[str, NDArray[Any]], log: IssueLog
) -> None:
    """All checks that need no date. `extra`: the helper columns of the tape (payoff, origination_date, ...)."""
    check = _Check(loans, rows, log)
    _not_valued(check)
    _liens(check)
    _dates(check, extra)
    _payments(check)
    _balances(check, extra)


def _not_valued(check: _Check) -> None:
    for name, reason in _NEEDED:
        check.say(
            check.loans[name].isna().to_numpy(),
            name,
            "error",
            f"{reason}: the loan is kept, not valued. Fill in {name}.",
        )
    scheduled = months_between(check.date("next_due_date"), check.date("maturity_date")) + 1
    no_payment = np.isnan(check.number("pi_payment"))
    unknown = no_payment & np.isnat(check.date("maturity_date"))
    check.say(
        unknown,
        "pi_payment",
        "error",
        "no payment and no maturity date: the loan is kept, not valued. Fill in pi_payment or maturity_date.",
    )
    with np.errstate(invalid="ignore"):
        check.say(
            no_payment & (scheduled <= 0),
            "pi_payment",
            "error",
            "no payment, and the loan matured before "
            "its oldest unpaid instalment: kept, not "
            "valued. Fill in pi_payment.",
        )
        derived = no_payment & (scheduled > 0)
    check.say(
        derived,
        "pi_payment",
        "info",
        "no payment: the level payment of balance, rate and remaining instalments is used.",
    )


def _liens(check: _Check) -> None:
    with np.errstate(invalid="ignore"):
        junior = check.number("lien") > 1
    senior = check.number("senior_balance")
    check.say(
        junior & np.isnan(senior),
        "senior_balance",
        "warning",
        "a junior lien without a senior balance: valued as if nothing stood ahead of it. Fill in senior_balance.",
    )
    with np.errstate(invalid="ignore"):
        check.say(
            (senior > 0) & ~junior,
            "lien",
            "warning",
            "a first lien with a balance ahead of it: the balance is deducted. Check lien and senior_balance.",
        )


def _dates(check: _Check, extra: AbstractMapping[str, NDArray[Any]]) -> None:
    due, maturity = check.date("next_due_date"), check.date("maturity_date")
    check.say(
        maturity < due,
        "maturity_date",
        "warning",
        "matures before its oldest unpaid instalment is due: taken as matured. Check both dates.",
    )
    if "origination_date" in extra:
        made = np.asarray(extra["origination_date"])
        check.say(
            maturity <= made,
            "maturity_date",
            "warning",
            "matures before it was made (origination date). Check both dates.",
        )
        check.say(
            due < made, "next_due_date", "warning", "was due before it was made (origination date). Check both dates."
        )


def _payments(check: _Check) -> None:
    upb, rate, payment = check.number("upb"), check.number("note_rate"), check.number("pi_payment")
    months = months_between(check.date("next_due_date"), check.date("maturity_date")) + 1
    level = level_payment(upb, rate, months)
    with np.errstate(invalid="ignore"):
        below = payment <= upb * rate / 12 + 1e-6
        off = ~below & ((payment > 1.25 * level) | (payment < 0.75 * level)) & (months > 12)
        absurd = payment > 0.5 * upb
    check.say(
        below & (rate > 0),
        "pi_payment",
        "warning",
        "does not cover the interest: the balance never falls. Check payment, rate and balance.",
    )
    check.say(
        off & ~absurd,
        "pi_payment",
        "warning",
        "is inconsistent with balance, rate and term (more than 25 % "
        "off the level payment). Check them; a balloon is a reason.",
    )
    check.say(
        absurd & (months > 3),
        "pi_payment",
        "warning",
        "is more than half the balance. Is it in cents, or the balance wrong?",
    )


def _balances(check: _Check, extra: AbstractMapping[str, NDArray[Any]]) -> None:
    upb, value = check.number("upb"), check.number("property_value")
    with np.errstate(invalid="ignore"):
        if "original_balance" in extra:
            first = np.asarray(extra["original_balance"], dtype=np.float64)
            check.say(
                (upb > 1.1 * first) & (first > 0),
                "upb",
                "warning",
                "is more than 10 % above the original balance. Check both; a capitalising modification is a reason.",
            )
        if "payoff" in extra:
            payoff = np.asarray(extra["payoff"], dtype=np.float64)
            parts = sum(
                (
                    np.nan_to_num(check.number(c))
                    for c in ("upb", "deferred_balance", "escrow_advances", "corporate_advances", "late_fees")
                ),
                np.zeros(len(upb)),
            )
            interest = check.number("accrued_interest")
            owed = parts + np.where(np.isnan(interest), upb * check.number("note_rate") * 2, interest)
            check.say(
                (payoff > 1.2 * owed) & (owed > 0),
                "upb",
                "warning",
                "the payoff is far above balance, "
                "interest, advances and fees; the "
                "payoff is not used. Ask what it is "
                "made of.",
                payoff,
            )
            check.say(
                payoff < 0.9 * upb,
                "upb",
                "warning",
                "the payoff is below the balance; the balance was used. Check both.",
                payoff,
            )
        check.say((value < 1000) & (value > 0), "property_value", "warning", "is below $1,000. Is it in thousands?")
        check.say((upb < 100) & (upb > 0), "upb", "warning", "is below $100. Is it in thousands?")


def dated_warnings(tape: Tape, as_of: dt.date) -> pd.DataFrame:
    """What the as-of date adds to `tape.issues` (same columns): values older than 180 days, loans paid ahead, dates
    to come.
    """
    return dated(tape.loans, tape.rows, as_of)


def dated(loans: pd.DataFrame, rows: NDArray[np.int64], as_of: dt.date) -> pd.DataFrame:
    """The same for loans that stand in these file rows."""
    log = IssueLog()
    check = _Check(loans, rows, log)
    today = np.datetime64(as_of, "D")
    valued, due = check.date("value_date"), check.date("next_due_date")
    age = (today - valued).astype("timedelta64[D]")
    check.say(
        age > np.timedelta64(OLD_VALUE_DAYS, "D"),
        "value_date",
        "warning",
        f"the value is older than {OLD_VALUE_DAYS} days on {as_of}. Order a new one.",
    )
    check.say(valued > today, "value_date", "warning", f"the value's date lies after {as_of}. Check it.")
    ahead = months_between(np.full(len(due), today), due)
    with np.errstate(invalid="ignore"):
        check.say(ahead >= 1, "next_due_date", "warning", f"paid ahead on {as_of}: the loan counts as current.")
    late = months_between(due, np.full(len(due), today))
    with np.errstate(invalid="ignore"):
        check.say(
            late > 240,
            "next_due_date",
            "warning",
            f"unpaid for more than twenty years on {as_of}. Check the date; the statute of limitations may have run.",
        )
    return log.frame(rows, loans["loan_id"].tolist())
