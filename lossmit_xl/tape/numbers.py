"""Money, rates and counts as sellers write them: "$1,234.50", "(1,234)", "1,234-", "9.5%", "1.234,50".

Parsers take the distinct texts of a column and never raise: what cannot be read is NaN and becomes a tape issue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from lossmit_xl.tape.cells import Bools, Cells, Floats

# Any repetition of 9s from three up is what systems print for "unknown".
NINES = frozenset(float("9" * k) for k in range(3, 13))
UNKNOWN_WORDS = frozenset(("u", "unknown", "x", "xx", "xxx"))

_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)").fullmatch
_DOLLARS = re.compile(r"\$?\d{1,3}(?:,\d{3})+(?:\.\d+)?|\$\d+(?:\.\d+)?").fullmatch
_SCIENTIFIC = re.compile(r"[-+]?\d+(?:\.\d+)?[eE][-+]?\d{1,3}").fullmatch
_US = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+").fullmatch
_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d*)?|\d+,\d*|,\d+").fullmatch
_ONLY_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+,\d*|\d{1,3}(?:\.\d{3}){2,}|\d+,\d{1,2}|\d{4,},\d*|0,\d+").fullmatch
_CURRENCY = re.compile(
    r"^(?:us\s?\$|\$|usd|us dollars?|\u20ac|\u00a3)|(?:\$|usd|\u20ac|\u00a3|dollars?)$", re.IGNORECASE
)
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2010": "-", "\u2011": "-"})
_SUFFIX = {"k": 1e3, "m": 1e6, "mm": 1e6}


@dataclass
class Numbers:
    """A column read as numbers: `value` by row (NaN: none), `percent` where the cell wrote a % sign."""

    value: Floats
    percent: Bools
    bad: Bools
    decimal_comma: bool
    scaled: bool


def bare(text: str) -> tuple[str, bool, float]:
    """`text` without sign, currency, percent sign and blanks; whether it had a % sign; the factor (sign and k/m)."""
    text = text.translate(_MINUS).strip().lstrip("'").strip()
    factor = 1.0
    if text.startswith("(") and text.endswith(")"):
        text, factor = text[1:-1].strip(), -factor
    percent = text.endswith("%") or text.lower().endswith((" percent", " pct"))
    if percent:
        text = re.sub(r"(?:%|percent|pct)$", "", text, flags=re.IGNORECASE).strip()
    if text.startswith(("-", "+")):
        text, factor = text[1:].strip(), factor * (-1 if text[0] == "-" else 1)
    text = _CURRENCY.sub("", _CURRENCY.sub("", text).strip()).strip()
    if text.endswith("-") or text.startswith("-"):
        text, factor = (text[:-1] if text.endswith("-") else text[1:]).strip(), -factor
    if text.startswith("(") and text.endswith(")"):
        text, factor = text[1:-1].strip(), -factor
    tail = re.fullmatch(r"(.*\d)\s?(k|mm?)", text, re.IGNORECASE)
    if tail:
        text, factor = tail[1], factor * _SUFFIX[tail[2].lower()]
    if re.fullmatch(r"\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?", text):
        text = text.replace(" ", "").replace("'", "")
    return text, percent, factor


def number(text: str, decimal_comma: bool = False) -> tuple[float, bool]:
    """The number in `text` (NaN: none) and whether it wrote a % sign."""
    if _PLAIN(text) and not (decimal_comma and "." in text):
        return float(text), False
    if not decimal_comma and _DOLLARS(text):
        return float(text.replace("$", "").replace(",", "")), False
    core, percent, factor = bare(text)
    if decimal_comma and _EUROPEAN(core):
        core = core.replace(".", "").replace(",", ".")
    elif _US(core):
        core = core.replace(",", "")
    elif _ONLY_EUROPEAN(core):
        core = core.replace(".", "").replace(",", ".")
    elif not _SCIENTIFIC(core):
        return np.nan, percent
    return (float(core) * factor, percent) if any(c.isdigit() for c in core) else (np.nan, percent)


def uses_decimal_comma(texts: list[str]) -> bool:
    """Whether the column writes 1.234,50: some value can only be read so, and none only as 1,234.50."""
    suspects = [t for t in texts if "," in t]
    if all(map(_DOLLARS, suspects)):
        return False
    cores = [bare(t)[0] for t in suspects]
    european = any(_ONLY_EUROPEAN(core) for core in cores)
    return european and not any(_US(core) for core in cores if "." in core or core.count(",") > 1)


def read_numbers(cells: Cells) -> Numbers:
    """The column as numbers; words for nothing and for unknown are blank, not bad."""
    comma = cells.habit("decimal comma", uses_decimal_comma(cells.texts))
    values = np.full(len(cells.texts), np.nan)
    percent = np.zeros(len(cells.texts), dtype=np.bool_)
    unknown = cells.nothing | np.fromiter(
        (t.casefold() in UNKNOWN_WORDS for t in cells.texts), np.bool_, len(cells.texts)
    )
    for i, text in enumerate(cells.texts):
        if not unknown[i]:
            values[i], percent[i] = number(text, comma)
    values[~np.isfinite(values)] = np.nan
    bad = np.isnan(values) & ~unknown
    value = np.where(cells.is_text, cells.spread(values, np.nan), cells.number)
    rows_bad = cells.spread(bad, False) | cells.is_date | (cells.boolean >= 0)
    scaled = any(t[-1:] in ("k", "K", "m", "M") and np.isfinite(v) for t, v in zip(cells.texts, values, strict=True))
    return Numbers(value, cells.spread(percent, False), rows_bad, comma, scaled)
