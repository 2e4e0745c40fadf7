"""After the headings have been looked up: one column for each target, personal data told by its contents, doubtful
guesses withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lossmit_xl.columns import BY_NAME
from lossmit_xl.tape.cells import Cells
from lossmit_xl.tape.clean import Desk, count_of
from lossmit_xl.tape.dates import read_dates
from lossmit_xl.tape.headings import IGNORED, PERSONAL
from lossmit_xl.tape.mapping import Mapped
from lossmit_xl.tape.numbers import read_numbers

_SAMPLE = 400
_DATES = frozenset(("paid_to_date", "fc_referral_date", "origination_date"))
_NUMBERS = frozenset(
    (
        "deferred_interest",
        "price_percent",
        "remaining_term",
        "total_balance",
        "monthly_taxes_insurance",
        "payoff",
        "original_balance",
    )
)
_PERSONAL_CONTENT = (
    ("social security numbers", re.compile(r"\d{3}-\d{2}-\d{4}").fullmatch),
    ("e-mail addresses", re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}").fullmatch),
    ("telephone numbers", re.compile(r"(?:\+?1[-. ])?(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}").fullmatch),
    (
        "street addresses",
        re.compile(
            r"\d{1,6}\s+.{2,40}\s(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct|court|blvd|way|pl|place|cir|circle|ter|terrace|"
            r"hwy|highway|pkwy|trl|trail)\.?(?:\s.*)?",
            re.IGNORECASE,
        ).fullmatch,
    ),
)


def personal_by_content(entries: list[Mapped], columns: Sequence[Cells], desk: Desk) -> list[Mapped]:
    """Columns nobody mapped that hold social security numbers, e-mail addresses, telephones or street addresses are
    personal.
    """
    result = []
    for entry, column in zip(entries, columns, strict=True):
        if entry.target == IGNORED and entry.how in ("unknown", "fuzzy", "exact alias") and column.texts:
            sample = [
                text for text, nothing in zip(column.texts[:_SAMPLE], column.nothing, strict=False) if not nothing
            ]
            for what, looks_like in _PERSONAL_CONTENT:
                if len(sample) and sum(looks_like(text) is not None for text in sample) > 0.5 * len(sample):
                    entry = replace(entry, target=PERSONAL, how="contents", note=what)
                    desk.note("", "info", f'"{entry.heading}" holds {what}: kept apart from the loans.')
                    break
        result.append(entry)
    return result


def withdraw_doubtful(entries: list[Mapped], columns: Sequence[Cells], desk: Desk) -> list[Mapped]:
    """A heading taken by likeness alone must hold what its column holds; otherwise it is left out, and said so."""
    result = []
    for entry, column in zip(entries, columns, strict=True):
        if entry.how == "fuzzy" and entry.used and not _plausible(entry.target, column):
            desk.note(
                entry.target,
                "warning",
                f'"{entry.heading}" reads like {entry.target} ({entry.score:.0f}), '
                "but its contents do not; left out. "
                f"If it is, map it to {entry.target}.",
            )
            entry = replace(entry, target=IGNORED, how="doubtful", note=f"contents are not {entry.target}")
        result.append(entry)
    return result


def _plausible(target: str, column: Cells) -> bool:
    filled = ~(column.blank | column.said_nothing)
    places = np.flatnonzero(filled)[:_SAMPLE]
    if not len(places):
        return True
    keep = np.zeros(len(filled), dtype=np.bool_)
    keep[places] = True
    sample = column.take(keep)
    kind = _kind(target)
    if kind in ("money", "rate", "count"):
        return bool(read_numbers(sample).bad.mean() <= 0.4)
    if kind == "date":
        return bool(read_dates(sample).bad.mean() <= 0.4)
    return True


def one_each(entries: list[Mapped], columns: Sequence[Cells], desk: Desk) -> list[Mapped]:
    """Where several headings stand for one column the user's choice wins, then the surer name, then the best filled;
    all reported.
    """
    by_target: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        if entry.used:
            by_target.setdefault(entry.target, []).append(place)
    result = list(entries)
    for target, places in by_target.items():
        if len(places) < 2:
            continue
        most = max(columns[p].filled for p in places)

        def order(place: int, most: int = most) -> tuple[bool, bool, int, float, int, int]:
            entry, filled = entries[place], columns[place].filled
            return entry.how != "user", filled * 2 < most, entry.rank, -entry.score, -filled, place

        winner, *losers = sorted(places, key=order)
        for loser in losers:
            result[loser] = replace(
                entries[loser],
                target=IGNORED,
                how="duplicate dropped",
                note=f"{target} is read from {entries[winner].heading!r}",
            )
            _report(target, entries[winner], columns[winner], entries[loser], columns[loser], desk)
    return result


def _report(target: str, winner: Mapped, won: Cells, loser: Mapped, lost: Cells, desk: Desk) -> None:
    both = ~(won.blank | won.said_nothing | lost.blank | lost.said_nothing)
    differ = int((both & _unlike(target, won, lost)).sum())
    only = int((~(lost.blank | lost.said_nothing) & (won.blank | won.said_nothing)).sum())
    text = (
        f'"{winner.heading}" (filled in {count_of(won.filled)}) and "{loser.heading}" '
        f"({count_of(lost.filled)}) both stand for {target}; "
        f'"{winner.heading}" was used'
    )
    if differ or only:
        text += f"; they differ in {count_of(differ)}, and {count_of(only)} have only the other"
    desk.note(
        target,
        "warning" if differ or only else "info",
        text + ". Choose with a mapping if that is wrong.",
        loser.heading,
    )


def _unlike(target: str, one: Cells, other: Cells) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows in which two columns say different things: numbers to the cent, dates to the day, texts without regard to
    case.
    """
    kind = _kind(target)
    if kind in ("money", "rate", "count"):
        gap = np.abs(read_numbers(one).value - read_numbers(other).value)
        return np.asarray(~(gap < 0.005), dtype=np.bool_)
    if kind == "date":
        return np.asarray(read_dates(one).value != read_dates(other).value, dtype=np.bool_)
    return np.asarray(_folded(one) != _folded(other), dtype=np.bool_)


def _folded(column: Cells) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    texts = np.array([*(text.casefold() for text in column.texts), ""], dtype=object)
    return np.where(column.codes >= 0, texts[column.codes], column.raw)


def _kind(target: str) -> str:
    if target in BY_NAME:
        return BY_NAME[target].kind
    return "date" if target in _DATES else "money" if target in _NUMBERS else "text"
