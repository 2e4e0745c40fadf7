"""One canonical column at a time: from cells to clean values, every defect reported with what was done and how to
mend it.

All functions take whole columns and return whole columns; docs/method.md says what counts as absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossmit_xl.columns import BY_NAME, LoanColumn
from lossmit_xl.states import state_code
from lossmit_xl.tape import words
from lossmit_xl.tape.cells import Bools, Cells, Dates, Floats, Objects, tidy
from lossmit_xl.tape.dates import read_dates
from lossmit_xl.tape.headings import unit_factor
from lossmit_xl.tape.issues import IssueLog, Severity
from lossmit_xl.tape.numbers import NINES, read_numbers

if TYPE_CHECKING:
    from lossmit_xl.tape.ids import Seen

_SIGN_DIFFERS = ("escrow_advances", "corporate_advances", "deferred_balance", "late_fees", "accrued_interest")
_CLEAR_NINES = frozenset((999.0, 9999.0))


@dataclass
class Desk:
    """Where a column is cleaned: the log, the file row of each loan, the (1-based) row of the headings.

    `seen`: the loan numbers of the parts of the tape that were read before, where it is read in parts.
    """

    log: IssueLog
    rows: NDArray[np.int64]
    header_row: int
    seen: Seen | None = None

    def each(self, at: Bools, column: str, severity: Severity, cells: Cells, message: str) -> None:
        """An issue for every row of `at`; {value} in `message` is the cell."""
        if not at.any():
            return
        codes, distinct = pd.factorize(np.array([_show(v) for v in cells.raw[at]], dtype=object))
        if "{value}" in message:
            texts = np.array([message.replace("{value}", str(v)[:80]) for v in distinct], dtype=object)[codes]
            self.log.extend(self.rows[at], column, severity, distinct[codes], texts.tolist())
        else:
            self.log.extend(self.rows[at], column, severity, distinct[codes], message)

    def note(self, column: str, severity: Severity, message: str, value: object = "") -> None:
        """An issue of the whole column, at the row of the headings."""
        self.log.add(self.header_row, column, severity, value, message)


def _show(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def count_of(n: int) -> str:
    """ "1 row" or "n rows"."""
    return "1 row" if n == 1 else f"{n:,} rows"


def _said_nothing(cells: Cells, name: str, desk: Desk) -> None:
    """One line for all the words for nothing in a column."""
    if not cells.nothing.any():
        return
    codes = cells.codes[cells.codes >= 0]
    tally = np.bincount(codes, minlength=len(cells.texts))
    said = [
        f'"{t}" in {count_of(int(k))}'
        for t, k, nothing in zip(cells.texts, tally, cells.nothing, strict=True)
        if nothing and k
    ]
    if said:
        desk.note(name, "info", f"{', '.join(said[:6])}: read as absent.")


def number_column(name: str, cells: Cells, desk: Desk) -> Floats:
    """Money or a count, negative, out-of-range and unreadable values absent."""
    spec = BY_NAME[name]
    read = read_numbers(cells)
    value = read.value
    factor = unit_factor(cells.heading) if spec.kind == "money" else 1.0
    if factor != 1.0:
        value = value * factor
        desk.note(
            name,
            "info",
            f'"{cells.heading}" is in {"cents: divided by 100" if factor < 1 else "thousands: multiplied by 1,000"}.',
        )
    wrong = read.bad | read.percent
    example = "1234.50" if spec.kind == "money" else "3"
    desk.each(
        wrong,
        name,
        "error",
        cells,
        f'"{{value}}" under "{cells.heading}" is no number; read as absent. Write a number such as {example}.',
    )
    value = np.where(wrong, np.nan, value)
    if read.decimal_comma:
        desk.note(name, "info", f'"{cells.heading}" writes a decimal comma (1.234,50); read so throughout.')
    if read.scaled:
        desk.note(name, "warning", f'"{cells.heading}" has amounts ending in K or M; read as thousands and millions.')
    _said_nothing(cells, name, desk)
    if spec.kind == "money":
        value = _turned(name, value, cells, desk)
        value = _no_nines(spec, value, cells, desk)
    return _in_range(spec, value, cells, desk)


def _turned(name: str, value: Floats, cells: Cells, desk: Desk) -> Floats:
    """Servicers differ in the sign of advances: where nearly all are negative the column is turned round."""
    if name not in _SIGN_DIFFERS:
        return value
    negative, positive = int((value < 0).sum()), int((value > 0).sum())
    if cells.habit("turned", negative >= 2 and negative >= 9 * positive):
        desk.note(
            name,
            "warning",
            f"{count_of(negative)} negative and {positive} positive: this seller writes "
            "what is owed with a minus; "
            "the sign of the whole column was turned.",
        )
        return -value
    return value


def _no_nines(spec: LoanColumn, value: Floats, cells: Cells, desk: Desk) -> Floats:
    """999, 9999, ... are codes for unknown where they cannot be meant, or come again and again."""
    nines = np.isin(value, list(NINES))
    if not nines.any():
        return value
    distinct, tally = np.unique(value[nines], return_counts=True)
    sure = [
        v
        for v, k in zip(distinct, tally, strict=True)
        if k >= 3 or (v in _CLEAR_NINES and spec.name in ("upb", "property_value")) or v >= 9_999_999
    ]
    code = nines & np.isin(value, cells.habit("nines", sure))
    desk.each(
        code,
        spec.name,
        "warning",
        cells,
        "{value} is a code for unknown on many tapes; read as absent. If it is meant, write it as 999.01.",
    )
    return np.where(code, np.nan, value)


def _in_range(spec: LoanColumn, value: Floats, cells: Cells, desk: Desk) -> Floats:
    low = -np.inf if spec.low is None else spec.low
    high = np.inf if spec.high is None else spec.high
    with np.errstate(invalid="ignore"):
        out = (value < low) | (value > high)
        if spec.name in ("lien", "dpo_month"):
            broken = (value != np.floor(value)) & ~np.isnan(value) & ~out
            desk.each(broken, spec.name, "error", cells, "{value} is not a whole number; read as absent.")
            value = np.where(broken, np.nan, value)
        limits = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} or more"
        desk.each(out, spec.name, "error", cells, f"{{value}} is outside {limits}; read as absent.")
        value = np.where(out, np.nan, value)
        if spec.name == "fc_months_elapsed":
            value = _rounded(value, cells, desk)
        if spec.zero_is_absent:
            value = np.where(value == 0, np.nan, value)
    return value


def _rounded(value: Floats, cells: Cells, desk: Desk) -> Floats:
    rounded = np.floor(value + 0.5 + 1e-6)
    changed = ~np.isnan(value) & (np.abs(rounded - value) > 1e-9)
    desk.each(changed, "fc_months_elapsed", "info", cells, "{value} months: rounded to whole months.")
    return rounded


def lien_column(cells: Cells, desk: Desk) -> Floats:
    """Lien positions, in digits or words ("1st Mortgage/Deed of Trust")."""
    position = np.array(
        [np.nan if (found := words.lien_position(t)) is None else float(found) for t in cells.texts], dtype=np.float64
    )
    worded = ~np.isnan(position)
    if worded.any():
        read = cells.spread(worded, False)
        number = np.where(read, cells.spread(position, np.nan), cells.number)
        rest = Cells(
            cells.heading, cells.raw, number, np.where(read, -1, cells.codes), cells.texts, cells.date, cells.boolean,
            cells.habits,
        )
        return number_column("lien", rest, desk)
    return number_column("lien", cells, desk)


def rate_column(name: str, cells: Cells, desk: Desk) -> Floats:
    """Annual rates as decimals. Each value decides for itself: above 0.36 it is a percentage (9.5), with a % sign
    always.
    """
    spec = BY_NAME[name]
    high = 0.36 if spec.high is None else spec.high
    read = read_numbers(cells)
    value = read.value
    desk.each(
        read.bad,
        name,
        "error",
        cells,
        f'"{{value}}" under "{cells.heading}" is not a rate; read as absent. Write 9.5% or 0.095.',
    )
    _said_nothing(cells, name, desk)
    with np.errstate(invalid="ignore"):
        between = ~read.percent & (value > high) & (value < 1)
        as_percent = read.percent | (value >= 1)
        as_decimal = ~read.percent & (value > 0) & (value <= high)
        percents, decimals = int(as_percent.sum()), int(as_decimal.sum())
        # 0.5 is half a percent in a column of percentages, and no rate at all in a column of decimals.
        low_percent = between & cells.habit("percent", percents > decimals)
        desk.each(
            low_percent,
            name,
            "warning",
            cells,
            f'{{value}} is read as {{value}} percent, like most of "{cells.heading}"; check it.',
        )
        as_percent = as_percent | low_percent
        value = np.where(as_percent, value / 100.0, value)
    _report_mix(name, cells, desk, as_percent, as_decimal, high)
    return _rate_range(spec, value, cells, desk)


def _report_mix(name: str, cells: Cells, desk: Desk, as_percent: Bools, as_decimal: Bools, high: float) -> None:
    percents, decimals = int(as_percent.sum()), int(as_decimal.sum())
    mixed = cells.habit("mixed", percents > 0 and decimals > 0)
    fewer_percents = cells.habit("fewer percents", percents <= decimals)
    if not mixed and percents:
        desk.note(name, "info", f'"{cells.heading}" is in percent ({count_of(percents)}): divided by 100.')
    elif mixed:
        desk.note(
            name,
            "warning",
            f'"{cells.heading}" mixes percentages ({count_of(percents)}) and decimals '
            f"({count_of(decimals)}); each value was read by itself: "
            f"up to {high:g} as a decimal, above as a percentage.",
        )
        rare, word = (as_percent, "a percentage") if fewer_percents else (as_decimal, "a decimal")
        desk.each(rare, name, "info", cells, f"{{value}} is read as {word}, unlike most of the column.")


def _rate_range(spec: LoanColumn, value: Floats, cells: Cells, desk: Desk) -> Floats:
    with np.errstate(invalid="ignore"):
        out = (value < 0) | (value > 0.36)
        desk.each(
            out,
            spec.name,
            "error",
            cells,
            "{value} is no annual rate between 0 and 36 %; read as absent. Write 9.5% or 0.095.",
        )
        value = np.where(out, np.nan, value)
        desk.each(
            value == 0,
            spec.name,
            "warning",
            cells,
            "a rate of 0 is taken as a loan without interest; leave it blank if the rate is unknown.",
        )
        desk.each(
            (value > 0) & (value < 0.005),
            spec.name,
            "warning",
            cells,
            "{value} is read as less than half a percent a year; check it.",
        )
        desk.each(value > 0.20, spec.name, "warning", cells, "{value} is read as more than 20 % a year; check it.")
    return value


def date_column(name: str, cells: Cells, desk: Desk) -> Dates:
    """Dates to the day; unreadable and impossible ones absent."""
    read = read_dates(cells)
    desk.each(
        read.bad,
        name,
        "error",
        cells,
        f'"{{value}}" under "{cells.heading}" is no date; read as absent. Write 2026-01-31 or 1/31/2026.',
    )
    if read.never.any():
        desk.each(read.never, name, "info", cells, "{value} is a code for no date; read as absent.")
    _said_nothing(cells, name, desk)
    for severity, text in read.notes:
        desk.note(name, "warning" if severity == "warning" else "info", f'"{cells.heading}": {text}.')
    return read.value


def _worded(cells: Cells) -> tuple[NDArray[np.intp], list[str]]:
    """Every filled cell as a word: (code by row, -1 blank; distinct words). Whole numbers lose their ".0"; booleans
    are yes and no.
    """
    out: Objects = np.full(len(cells.raw), "", dtype=object)
    if cells.texts:
        texts = np.array(cells.texts, dtype=object)
        texts[cells.nothing] = ""
        out = np.where(cells.codes >= 0, texts[cells.codes], out)
    at = cells.is_number
    if at.any():
        codes, distinct = pd.factorize(cells.number[at])
        out[at] = np.array([f"{v:.15g}" for v in distinct], dtype=object)[codes]
    out[cells.boolean == 1], out[cells.boolean == 0] = "yes", "no"
    at = cells.is_date
    if at.any():
        # Excel turns "2-4" (family) into the fourth of February.
        out[at] = [
            f"{d.month}-{d.day}" if (d.month, d.day) == (2, 4) else str(d) for d in cells.date[at].astype(object)
        ]
    places, words_found = pd.factorize(out)
    return places, list(words_found)


def word_column(name: str, cells: Cells, desk: Desk) -> Objects:
    """A column of choice or yes/no, or the state: canonical words, "" absent."""
    spec = BY_NAME[name]
    codes, distinct = _worded(cells)
    found = [_word(spec, word) for word in distinct]
    bad = np.array([word is None for word in found], dtype=np.bool_)[codes]
    if name == "state":
        message = '"{value}" is no state; the national fallback row is used. Write a two-letter code.'
        absent = np.array([word == "" for word in found], dtype=np.bool_)[codes]
        desk.each(
            absent, name, "warning", cells, "no state: the national fallback row is used. Fill in the two-letter code."
        )
    elif name == "bk_chapter":
        without = np.array(
            [
                word is None and words.key(text) in words.BANKRUPT_WITHOUT_CHAPTER
                for word, text in zip(found, distinct, strict=True)
            ],
            dtype=np.bool_,
        )[codes]
        desk.each(
            without,
            name,
            "warning",
            cells,
            '"{value}": in bankruptcy, chapter unknown; valued as not in bankruptcy. Write 7, 11, 12 or 13.',
        )
        bad = bad & ~without
        message = f'"{{value}}" is no chapter; read as none. Write {words.allowed(name)}, or leave it blank.'
    else:
        message = f'"{{value}}" is not in the list; read as absent. Write {words.allowed(name)}.'
    desk.each(bad, name, "error", cells, message)
    return np.array(["" if word is None else word for word in found], dtype=object)[codes]


def _word(spec: LoanColumn, text: str) -> str | None:
    if not text:
        return ""
    if spec.kind == "state":
        return "" if words.key(text) in ("unknown", "u", "unk", "xx", "zz", "0", "99", "other") else state_code(text)
    return words.yes_no(text) if spec.kind == "yesno" else words.choice(spec.name, text)


def id_texts(cells: Cells) -> Objects:
    """Loan numbers as text: leading zeros as they are, whole numbers without ".0", "" absent."""
    codes, distinct = _worded(cells)
    return np.array([tidy(text) for text in distinct], dtype=object)[codes]
