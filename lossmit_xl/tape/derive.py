"""Canonical columns made from what sellers give instead: paid-to dates, referral dates, a legal status, remaining
terms, cents.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as AbstractMapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossmit_xl.tape import words
from lossmit_xl.tape.cells import NAT, Bools, Cells, Dates, Floats, Objects
from lossmit_xl.tape.clean import Desk, count_of, date_column
from lossmit_xl.tape.dates import add_months, months_between
from lossmit_xl.tape.headings import unit_factor
from lossmit_xl.tape.numbers import read_numbers

Frame = dict[str, NDArray[Any]]


def helper_number(name: str, cells: Cells, desk: Desk) -> Floats:
    """A helper column as plain numbers; what cannot be read, or is negative, is absent and reported."""
    read = read_numbers(cells)
    desk.each(read.bad, name, "warning", cells, f'"{{value}}" under "{cells.heading}" is no number; left out.')
    value = np.where(read.bad, np.nan, read.value) * unit_factor(cells.heading)
    if name == "price_percent":
        with np.errstate(invalid="ignore"):
            # 0.62 and 62 are the same price; a note rarely trades above 1.5 times its balance.
            return np.where(read.percent | (value > 1.5), value / 100.0, value)
    return value


def derive(frame: Frame, helpers: AbstractMapping[str, Cells], desk: Desk, as_of: dt.date) -> dict[str, NDArray[Any]]:
    """Fill `frame` (canonical column to values) in place from the helper columns; returns the helpers kept for the
    checks.
    """
    today = np.datetime64(as_of, "D")
    kept: dict[str, NDArray[Any]] = {}
    for name in ("paid_to_date", "fc_referral_date", "origination_date"):
        if name in helpers:
            kept[name] = date_column(name, helpers[name], desk)
    for name in (
        "deferred_interest",
        "price_percent",
        "remaining_term",
        "total_balance",
        "monthly_taxes_insurance",
        "payoff",
        "original_balance",
    ):
        if name in helpers:
            kept[name] = helper_number(name, helpers[name], desk)
    _next_due(frame, kept, helpers, desk)
    _balances(frame, kept, helpers, desk)
    _maturity(frame, kept, desk, today)
    _referral(frame, kept, helpers, desk, today)
    _legal(frame, helpers, desk)
    return kept


def _fill(frame: Frame, name: str, values: Floats, desk: Desk, source: str) -> None:
    """Put `values` where `name` is absent, and say so once."""
    current = np.asarray(frame[name], dtype=np.float64)
    at = np.isnan(current) & ~np.isnan(values)
    if at.any():
        frame[name] = np.where(at, values, current)
        desk.note(name, "info", f"{count_of(int(at.sum()))} made from {source}.")


def _next_due(frame: Frame, kept: Frame, helpers: AbstractMapping[str, Cells], desk: Desk) -> None:
    if "paid_to_date" not in kept:
        return
    cells = helpers["paid_to_date"]
    following = add_months(kept["paid_to_date"], 1)
    given: Dates = frame["next_due_date"]
    at = np.isnat(given) & ~np.isnat(following)
    if at.any():
        frame["next_due_date"] = np.where(at, following, given)
        desk.note(
            "next_due_date",
            "info",
            f'{count_of(int(at.sum()))} made from "{cells.heading}": a loan is due '
            "one month after the date it is paid to.",
        )
    gap = np.abs(months_between(given, following))
    with np.errstate(invalid="ignore"):
        clash = (gap >= 1) & ~np.isnat(given)
    desk.each(
        clash,
        "next_due_date",
        "warning",
        cells,
        f'paid to {{value}} under "{cells.heading}", but the next '
        "due date is not one month later; the next due date was "
        "used.",
    )


def _balances(frame: Frame, kept: Frame, helpers: AbstractMapping[str, Cells], desk: Desk) -> None:
    if "deferred_interest" in kept:
        extra = np.nan_to_num(kept["deferred_interest"])
        minus = helpers["deferred_interest"].habit("owed with a minus", bool((extra <= 0).all()))
        extra = -extra if minus else np.where(extra < 0, 0.0, extra)
        if (extra > 0).any():
            current = np.asarray(frame["deferred_balance"], dtype=np.float64)
            frame["deferred_balance"] = np.where(extra > 0, np.nan_to_num(current) + extra, current)
            desk.note(
                "deferred_balance",
                "info",
                f'"{helpers["deferred_interest"].heading}" was added in '
                f"{count_of(int((extra > 0).sum()))}: owed, and bears no "
                "interest.",
            )
    if "total_balance" in kept:
        total = np.asarray(kept["total_balance"], dtype=np.float64)
        bearing = total - np.nan_to_num(np.asarray(frame["deferred_balance"], dtype=np.float64))
        bearing = np.where(bearing > 0, bearing, np.nan)
        _fill(frame, "upb", bearing, desk, f'"{helpers["total_balance"].heading}" less the deferred balance')
    upb = np.asarray(frame["upb"], dtype=np.float64)
    if "price_percent" in kept:
        price = np.asarray(kept["price_percent"], dtype=np.float64) * upb
        _fill(
            frame,
            "purchase_price",
            np.where(price > 0, price, np.nan),
            desk,
            f'"{helpers["price_percent"].heading}" times the balance',
        )
    if "monthly_taxes_insurance" in kept:
        yearly = np.asarray(kept["monthly_taxes_insurance"], dtype=np.float64) * 12
        _fill(
            frame,
            "annual_taxes_insurance",
            np.where(yearly >= 0, yearly, np.nan),
            desk,
            f'"{helpers["monthly_taxes_insurance"].heading}" times 12',
        )


def _maturity(frame: Frame, kept: Frame, desk: Desk, today: np.datetime64) -> None:
    if "remaining_term" not in kept:
        return
    term = np.asarray(kept["remaining_term"], dtype=np.float64)
    given: Dates = frame["maturity_date"]
    due: Dates = frame["next_due_date"]
    with np.errstate(invalid="ignore"):
        at = np.isnat(given) & ~np.isnat(due) & (term >= 0) & (term <= 600)
    if not at.any():
        return
    # The due day of the month, counted from the as-of month.
    day = (due - due.astype("datetime64[M]")).astype(np.int64)
    base = np.full(len(due), today.astype("datetime64[M]").astype("datetime64[D]"))
    months = np.where(at, np.nan_to_num(term), 0).astype(np.int64)
    target = add_months(base, months)
    last = add_months(base, months + 1) - np.timedelta64(1, "D")
    made = np.minimum(target + np.where(at, day, 0), last)
    frame["maturity_date"] = np.where(at, made, given)
    desk.note("maturity_date", "info", f"{count_of(int(at.sum()))} made from the remaining term, counted from {today}.")


def _referral(
    frame: Frame, kept: Frame, helpers: AbstractMapping[str, Cells], desk: Desk, today: np.datetime64
) -> None:
    if "fc_referral_date" not in kept:
        return
    cells = helpers["fc_referral_date"]
    referred: Dates = kept["fc_referral_date"]
    ahead = referred > today
    desk.each(
        ahead,
        "fc_months_elapsed",
        "warning",
        cells,
        f'"{{value}}" under "{cells.heading}" lies after {today}; taken as not referred.',
    )
    # Referred this month counts as one: 0 would mean not referred.
    months = np.maximum(months_between(referred, np.full(len(referred), today)), 1.0)
    months = np.where(np.isnat(referred) | ahead, np.nan, months)
    current = np.asarray(frame["fc_months_elapsed"], dtype=np.float64)
    at = ~np.isnan(months) & (np.isnan(current) | (current == 0))
    if at.any():
        frame["fc_months_elapsed"] = np.where(at, months, current)
        desk.note(
            "fc_months_elapsed",
            "info",
            f'{count_of(int(at.sum()))} counted from "{cells.heading}" to {today} (at least 1).',
        )


def _legal(frame: Frame, helpers: AbstractMapping[str, Cells], desk: Desk) -> None:
    for name in ("legal_status", "fc_flag"):
        if name not in helpers:
            continue
        cells = helpers[name]
        texts = [t.casefold() for t in cells.texts]
        flag = name == "fc_flag"
        in_fc = np.array([_foreclosing(t, flag) for t in texts], dtype=np.bool_)
        foreclosing = cells.spread(in_fc, False) | ((cells.boolean == 1) & flag) | ((cells.number == 1) & flag)
        elapsed = np.asarray(frame["fc_months_elapsed"], dtype=np.float64)
        at = foreclosing & (np.isnan(elapsed) | (elapsed == 0))
        desk.each(
            at,
            "fc_months_elapsed",
            "warning",
            cells,
            f'"{{value}}" under "{cells.heading}": in foreclosure '
            "since a month unknown; read as 1 month "
            "since referral, the least there is. Give the months "
            "or the referral date.",
        )
        frame["fc_months_elapsed"] = np.where(at, 1.0, elapsed)
        if not flag:
            _bankrupt(frame, cells, texts, desk)


def _foreclosing(text: str, flag: bool) -> bool:
    if words.key(text) in words.NO_BANKRUPTCY or any(
        w in text for w in ("not ", "closed", "no ", "none", "complet", "removed", "pre-")
    ):
        return False
    return (
        "foreclos" in text
        or words.key(text) in ("fc", "fcl", "fcls", "f-c")
        or (flag and words.yes_no(text) == "yes")
        or (flag and any(w in text for w in ("referred", "first legal", "judgment", "sale", "service")))
    )


def _bankrupt(frame: Frame, cells: Cells, texts: list[str], desk: Desk) -> None:
    chapter: Objects = np.array([words.chapter(t) or "" if "b" in t or "ch" in t else "" for t in texts], dtype=object)
    says = np.array(["bankrupt" in t or words.key(t).startswith("bk") for t in texts], dtype=np.bool_)
    current: Objects = frame["bk_chapter"]
    found = cells.spread(chapter, "") if len(texts) else np.full(len(current), "", dtype=object)
    at: Bools = np.equal(current, "") & np.not_equal(found, "")
    frame["bk_chapter"] = np.where(at, found, current)
    unknown = cells.spread(says, False) & np.equal(frame["bk_chapter"], "")
    desk.each(
        np.asarray(unknown, dtype=np.bool_),
        "bk_chapter",
        "warning",
        cells,
        f'"{{value}}" under "{cells.heading}": in bankruptcy, chapter unknown; valued as not in bankruptcy. '
        "Write 7, 11, 12 or 13 under bk_chapter.",
    )


def level_payment(upb: Floats, rate: Floats, months: Floats) -> Floats:
    """Level payment of `upb` at `rate` a year over `months` [USD a month]; NaN where one is absent or there are no
    months.
    """
    i = rate / 12
    with np.errstate(all="ignore"):
        level = np.where(i > 0, upb * i / (1 - (1 + i) ** -months), upb / months)
    return np.where((months > 0) & ~np.isnan(rate) & np.isfinite(level), level, np.nan)


def in_cents(frame: Frame, cells: Cells | None, desk: Desk) -> None:
    """Divide a payment column by 100 where nearly all of it is a hundred times what the loans' balances and rates ask
    for.
    """
    if cells is None or unit_factor(cells.heading) != 1.0:
        return
    payment = np.asarray(frame["pi_payment"], dtype=np.float64)
    due: Dates = frame["next_due_date"]
    term = months_between(due, frame["maturity_date"]) + 1
    level = level_payment(frame["upb"], frame["note_rate"], np.where(np.isnan(term) | (term < 12), 240.0, term))
    with np.errstate(all="ignore"):
        ratio = payment / level
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    usual = float(np.median(ratio)) if len(ratio) else 0.0
    many = len(ratio) >= 2 and bool((ratio > 20).mean() >= 0.8) and 30 <= usual <= 400
    if cells.habit("in cents", many):
        frame["pi_payment"] = payment / 100.0
        desk.note(
            "pi_payment",
            "warning",
            f'"{cells.heading}" is in cents: in {count_of(int((ratio > 20).sum()))} '
            f"it is about {usual:.0f} times the level payment of "
            "balance, "
            "rate and term; the whole column was divided by 100.",
        )


def empty(kind: str, n: int) -> NDArray[Any]:
    """An absent column: NaN for numbers, NaT for dates, "" for words."""
    if kind in ("money", "rate", "count"):
        return np.full(n, np.nan)
    return np.full(n, NAT) if kind == "date" else np.full(n, "", dtype=object)


def as_series(values: NDArray[Any]) -> pd.Series:
    """A clean column for the loans table: float64, datetime64[s] or str."""
    if values.dtype == object:
        return pd.Series(values, dtype="str")
    return (
        pd.Series(values.astype("datetime64[s]")) if values.dtype.kind == "M" else pd.Series(values, dtype=np.float64)
    )
