"""Reads one assumption, or one cell of it, and says in one line what is wrong and what was likely meant.

Nothing here knows of files or of pydantic: values in, clean values out, `Problems` raised with every complaint.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import numbers
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

from lossmit_xl.assumption_cells import STATE_CELLS
from lossmit_xl.assumption_fields import BY_NAME, FIRST_DATE, LAST_DATE, OVERRIDABLE, STATE_OVERRIDES, Field

DAYS_A_MONTH = 30


class Problems(ValueError):
    """What is wrong with a value, one line each."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


T = TypeVar("T")


class Collector:
    """Runs checks one after the other and keeps their complaints, so that all are told at once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def attempt(self, check: Callable[..., T], *arguments: Any) -> T | None:
        """The check's result, or None where it complained."""
        try:
            return check(*arguments)
        except Problems as problems:
            self.lines.extend(problems.lines)
            return None

    def finish(self) -> None:
        """Raises `Problems` where anything was complained about."""
        if self.lines:
            raise Problems(self.lines)


def nearest(word: str, choices: Iterable[str]) -> str:
    """`; did you mean X?` for the choice most like the word and those it is a part of; empty where none is."""
    known = {choice.lower(): choice for choice in choices}
    asked = word.strip().lower().replace(" ", "_").replace("-", "_")
    close = difflib.get_close_matches(asked, known, n=1, cutoff=0.6)
    if asked not in known:
        close += [name for name in known if name not in close and asked in name.split("_")]
    return f"; did you mean {' or '.join(known[name] for name in close[:2])}?" if close else ""


def shown(value: object) -> str:
    """A value as a user would write it, cut where it is long."""
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."


def plain(number: float) -> str:
    """A number without a trailing `.0` and without an exponent for ordinary sizes."""
    return f"{number:,.0f}".replace(",", "") if float(number).is_integer() else repr(float(f"{number:.12g}"))


def _suggested(field: Field, number: float) -> str:
    """How a likely number reads in its unit: `0.85 (85 % of the equity)`."""
    if field.kind in ("rate", "share"):
        return f"{plain(number)} ({plain(round(number * 100, 8))} % {field.unit})"
    return plain(number)


def _allowed(field: Field) -> str:
    return f"between {plain(field.low or 0.0)} and {plain(math.inf if field.high is None else field.high)}"


def _inside(field: Field, number: float) -> bool:
    return (field.low is None or number >= field.low) and (field.high is None or number <= field.high)


def _likely(field: Field, number: float) -> str:
    """What a number was most likely meant to be: itself, a percentage, days for months, or a slipped sign."""
    percent, days = round(number / 100, 12), float(round(number / DAYS_A_MONTH))
    guesses: list[tuple[float, str]] = []
    if field.kind in ("rate", "share") and abs(number) >= 1:
        # 85 is meant for 85 %; a slipped sign alone would read -1 as 100 %.
        guesses = [(percent, ""), (-percent, "")]
    elif field.kind == "number" and abs(number) > 1:
        guesses += [(percent, f" ({plain(number)} %)")]
    elif field.kind == "count" and number >= DAYS_A_MONTH:
        guesses += [(days, f" ({plain(number)} days)")]
    if field.kind not in ("rate", "share") or abs(number) < 1:
        guesses += [(-number, "")]
    for guess, note in guesses:
        if _inside(field, guess):
            return f"; did you mean {_suggested(field, guess)}{note}?"
    return ""


def _fail(label: str, raw: object, rule: str) -> Problems:
    return Problems([f"{label} = {shown(raw)}: {rule}"])


_NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?(e[-+]?\d{1,3})?")


def _spoken(raw: str) -> float | None:
    """The number a text holds: `12`, `9.5 %`, `$1,500`, `12 months`; None where it holds none."""
    text = " ".join(raw.lower().replace("\u2212", "-").replace("$", "").split())
    for ending in ("months", "month", "mos", "mo"):
        text = text.removesuffix(ending).strip()
    percent = text.endswith("%")
    text = text.removesuffix("%").strip()
    # A comma is taken for thousands only where it stands so: 0,15 is no number here, and surely not 15.
    if not _NUMBER.fullmatch(text) or not any(digit.isdigit() for digit in text):
        return None
    number = float(text.replace(",", ""))
    # Rounded, because 9.5 / 100 is not the double nearest to 0.095 for every percentage.
    return round(number / 100, 12) if percent else number


def _as_float(raw: object) -> float | None:
    """A finite number, or None; True and False are no numbers here."""
    if isinstance(raw, bool) or not isinstance(raw, (numbers.Real, Decimal)):
        return None
    try:
        number = float(raw)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _meant(field: Field, raw: str) -> str:
    """What a text in a number's place was most likely meant to be."""
    said = _spoken(raw)
    if said is None and raw.count(",") == 1:
        said = _spoken(raw.replace(",", "."))
    if said is None:
        return ""
    return f"; did you mean {_suggested(field, said)}?" if _inside(field, said) else _likely(field, said)


def clean_number(field: Field, raw: object, label: str, *, spoken: bool = False) -> float | int:
    """A finite number within the field's range; an int for counts. Raises `Problems`.

    With `spoken`, texts that hold a number (`12 %`, `$1,500`) will do.
    """
    number = _spoken(raw) if spoken and isinstance(raw, str) else _as_float(raw)
    if number is None:
        hint = _meant(field, raw) if isinstance(raw, str) else ""
        raise _fail(label, raw, f"must be a number {_allowed(field)}{hint}")
    if not _inside(field, number):
        raise _fail(label, raw, f"must lie {_allowed(field)}{_likely(field, number)}")
    if field.kind != "count":
        return number
    if not number.is_integer():
        raise _fail(label, raw, f"must be a whole number of months; did you mean {math.floor(number + 0.5)}?")
    return int(number)


def clean_choice(field: Field, raw: object, label: str) -> str:
    """One of the field's words. Raises `Problems` that list them and the nearest."""
    if isinstance(raw, str) and raw in field.choices:
        return raw
    quoted = ", ".join(f'"{choice}"' for choice in field.choices)
    hint = nearest(raw, field.choices) if isinstance(raw, str) else ""
    raise _fail(label, raw, f"must be one of {quoted}{hint}")


def clean_date(raw: object, label: str) -> dt.date:
    """A date; ISO text and time stamps are taken too. Raises `Problems`."""
    value = raw
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value.strip()[:10])
        except ValueError:
            raise _fail(label, raw, "must be a date, written 2026-10-31 (year-month-day)") from None
    if isinstance(value, dt.datetime):
        value = value.date()
    if not isinstance(value, dt.date):
        raise _fail(label, raw, "must be a date, written 2026-10-31 (year-month-day)")
    if not FIRST_DATE <= value <= LAST_DATE:
        raise _fail(label, raw, f"must lie between {FIRST_DATE} and {LAST_DATE}")
    return value


def clean_scalar(field: Field, raw: object, label: str = "") -> float | int | str | dt.date:
    """A scalar assumption, clean. Raises `Problems`."""
    label = label or field.shown
    if field.kind == "choice":
        return clean_choice(field, raw, label)
    if field.kind == "date":
        return clean_date(raw, label)
    return clean_number(field, raw, label)


def clean_override(name: str, raw: object) -> float | str:
    """One loan's own value, from a tape's cell: texts such as `12 %`, `$1,500` or `Hold` are understood too."""
    if name not in OVERRIDABLE and name not in STATE_OVERRIDES:
        raise ValueError(f"{name}: is not an assumption that a loan can override{nearest(name, OVERRIDABLE)}")
    field = BY_NAME[name] if name in OVERRIDABLE else STATE_CELLS[name]
    if field.kind == "choice":
        word = raw.strip().lower().replace(" ", "_").replace("-", "_") if isinstance(raw, str) else raw
        return clean_choice(field, word if word in field.choices else raw, name)
    return float(clean_number(field, raw, name, spoken=True))
