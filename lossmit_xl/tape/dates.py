"""Dates as sellers write them: ISO, US, day first, two-digit years, month names, serials, MMYYYY, YYYYMM, YYYYMMDD.

Where a column is ambiguous (3/4/2026), the column decides: day first only where some value can only be read so and
none only the other way. Parsers work on distinct texts and never raise.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lossmit_xl.tape.cells import NAT, Bools, Cells, Dates, Objects

EARLIEST = np.datetime64("1940-01-01", "D")
LATEST = np.datetime64("2120-12-31", "D")
PIVOT = 70  # two-digit years from 70 on are 19yy: notes older than that do not trade, maturities run to 2069
_SERIAL = (18264, 80000)  # 1950-01-01 to 2119-01-10 as Excel serials
_EPOCH = np.datetime64("1899-12-30", "D")
_MONTHS = {
    name: i + 1
    for i, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
}

_TIME = re.compile(
    r"[ tT]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:z|utc|gmt|[+-]\d{2}:?\d{2})?$", re.IGNORECASE
)
_YMD = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})").fullmatch
_XXY = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})").fullmatch
_MY = re.compile(r"(\d{1,2})[-/. ](\d{4})").fullmatch
_YM = re.compile(r"(\d{4})[-/. ](\d{1,2})").fullmatch
_DMON = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]*([a-z]{3,9})\.?[-/., ]*(\d{4}|\d{2})").fullmatch
_MOND = re.compile(r"([a-z]{3,9})\.?[-/. ]*(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4}|\d{2})").fullmatch
_MONY = re.compile(r"([a-z]{3,9})\.?[-/., ']*(\d{4}|\d{2})").fullmatch
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+")
_NEVER = frozenset(
    (
        "0",
        "00/00/0000",
        "0/0/0000",
        "00/00/00",
        "0000-00-00",
        "00-00-0000",
        "00000000",
        "000000",
        "99/99/9999",
        "99999999",
        "999999",
        "99/99/99",
        "999",
        "9999",
        "99999",
        "u",
        "unknown",
    )
)
_NEVER_NUMBERS = (0.0, 999.0, 9999.0, 99999.0, 999999.0, 99999999.0)
_NEVER_DAYS = np.array(
    [
        "1899-12-30",
        "1899-12-31",
        "1900-01-01",
        "1901-01-01",
        "1753-01-01",
        "0001-01-01",
        "1800-01-01",
        "9999-12-31",
        "9999-01-01",
        "2999-12-31",
        "2099-12-31",
        "2100-12-31",
    ],
    dtype="datetime64[D]",
)


@dataclass
class ReadDates:
    """A column read as dates: `value` by row, rows that could not be read, rows with a code for "never", notes for
    the report.
    """

    value: Dates
    bad: Bools
    never: Bools
    notes: list[tuple[str, str]] = field(default_factory=list)


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= PIVOT else 2000)


def _month(name: str) -> int:
    return _MONTHS.get(name[:3], 0) if name == name[:3] or name[:4] == "sept" or len(name) > 3 else 0


def _digits(text: str) -> tuple[dt.date | None, str]:
    """Six to eight digits: YYYYMMDD, MMDDYYYY, YYYYMM, MMYYYY (its zero may be lost); five: a serial."""
    if len(text) in (7, 8):
        if (
            text[:2] in ("19", "20")
            and len(text) == 8
            and (found := _day(int(text[:4]), int(text[4:6]), int(text[6:])))
        ):
            return found, "yyyymmdd"
        text = text.zfill(8)
        return _day(int(text[4:]), int(text[:2]), int(text[2:4])), "mmddyyyy"
    if len(text) == 6:
        if text[:2] in ("19", "20"):
            return _day(int(text[:4]), int(text[4:]), 1), "yyyymm"
        if text[2:4] in ("19", "20"):
            return _day(int(text[2:]), int(text[:2]), 1), "mmyyyy"
        return None, ""
    if len(text) == 5 and _SERIAL[0] <= int(text) <= _SERIAL[1]:
        return (_EPOCH + int(text)).astype(dt.date), "serial"
    return None, ""


def _worded(text: str) -> dt.date | None:
    for match, order in ((_DMON(text), (2, 1, 3)), (_MOND(text), (1, 2, 3))):
        if match and (month := _month(match[order[0]])):
            return _day(_year(match[3]), month, int(match[order[1]]))
    match = _MONY(text)
    if match and (month := _month(match[1])):
        return _day(_year(match[2]), month, 1)
    return None


def parse(text: str, day_first: bool = False) -> tuple[dt.date | None, str]:
    """The date in `text` (None: none) and the way it was written."""
    text = _TIME.sub("", text.strip().strip("'\"")).strip().lower()
    if text.isdecimal() and text.isascii():
        return _digits(text)
    if re.fullmatch(r"\d{5,8}\.0+", text):
        return _digits(text.split(".")[0])
    if m := _YMD(text):
        return _day(int(m[1]), int(m[2]), int(m[3])), "iso"
    if m := _XXY(text):
        first, second, year = int(m[1]), int(m[2]), _year(m[3])
        style = "yy" if len(m[3]) == 2 else "xxy"
        usual = (second, first) if day_first else (first, second)
        return _day(year, *usual) or _day(year, usual[1], usual[0]), style
    if m := _MY(text):
        return _day(int(m[2]), int(m[1]), 1), "month"
    if m := _YM(text):
        return _day(int(m[1]), int(m[2]), 1), "month"
    return _worded(_WEEKDAY.sub("", text)), "words"


def evidence(texts: list[str]) -> tuple[int, int]:
    """How many distinct texts can only be day first, and how many only month first."""
    pairs = [(int(m[1]), int(m[2])) for t in texts if (m := _XXY(_TIME.sub("", t.strip())))]
    return sum(a > 12 >= b for a, b in pairs), sum(b > 12 >= a for a, b in pairs)


def _from_numbers(cells: Cells) -> tuple[Dates, Bools, Counter[str]]:
    """Number cells: serials, or dates written as digits. 5 digits are MYYYY only where the column's 6-digit ones are
    MMYYYY.
    """
    found = np.full(len(cells.raw), NAT)
    bad = np.zeros(len(cells.raw), dtype=np.bool_)
    styles: Counter[str] = Counter()
    distinct = pd.unique(cells.number[cells.is_number])
    whole = [int(v) for v in distinct if 0 < v < 1e9]
    months = sum(len(str(v)) == 6 and str(v)[2:4] in ("19", "20") and str(v)[:2] not in ("19", "20") for v in whole)
    lost_zero = cells.habit(
        "lost zero", months > 0 and all(str(v)[1:3] in ("19", "20") for v in whole if len(str(v)) == 5)
    )
    table: dict[float, np.datetime64] = {}
    for v in distinct:
        text = str(int(v)) if 0 < v < 1e9 else ""
        day, style = _digits(text.zfill(6) if lost_zero and len(text) == 5 else text)
        styles[style] += day is not None
        table[float(v)] = np.datetime64(day, "D") if day else NAT
    if table:
        at = np.flatnonzero(cells.is_number)
        keys = pd.Index(np.fromiter(table, dtype=np.float64, count=len(table)))
        days = np.array(list(table.values()), dtype="datetime64[D]")
        found[at] = days[keys.get_indexer(pd.Index(cells.number[at]))]
        bad[at] = np.isnat(found[at]) & ~np.isin(cells.number[at], _NEVER_NUMBERS)
    return found, bad, styles


def _notes(
    styles: Counter[str], day_first: bool, clash: bool, ambiguous: int, tally: tuple[int, int]
) -> list[tuple[str, str]]:
    notes = []
    if day_first:
        notes.append(
            (
                "warning",
                f"dates are written day first: {tally[0]} distinct values can only be read so; all were read day first",
            )
        )
    if clash:
        notes.append(
            (
                "warning",
                f"some dates can only be month first ({tally[1]}), some only day first "
                f"({tally[0]}); the {ambiguous} that "
                "could be either were read month first: check them",
            )
        )
    if styles["yy"]:
        notes.append(("info", f"two-digit years: 00-{PIVOT - 1} read as 20yy, {PIVOT}-99 as 19yy"))
    month_only = styles["yyyymm"] + styles["mmyyyy"] + styles["month"]
    if month_only:
        notes.append(("info", "months without a day were read as the first of the month"))
    if styles["serial"]:
        notes.append(("info", "numbers were read as Excel's date serials"))
    return notes


def read_dates(cells: Cells) -> ReadDates:
    """The column as dates, from date cells, numbers and texts."""
    tally = evidence(cells.texts) if len(cells.texts) else (0, 0)
    day_first = cells.habit("day first", tally[0] > 0 and tally[1] == 0)
    found, bad, styles = (
        _from_numbers(cells)
        if bool(cells.is_number.any())
        else (np.full(len(cells.raw), NAT), np.zeros(len(cells.raw), dtype=np.bool_), Counter[str]())
    )
    found = np.where(cells.is_date, cells.date, found)
    text_days: Objects = np.empty(len(cells.texts), dtype=object)
    text_bad = np.zeros(len(cells.texts), dtype=np.bool_)
    ambiguous = 0
    for i, text in enumerate(cells.texts):
        if cells.nothing[i] or text.lower() in _NEVER:
            continue
        text_days[i], style = parse(text, day_first)
        styles[style] += 1
        ambiguous += style in ("xxy", "yy") and text_days[i] is not None and text_days[i].day <= 12
        text_bad[i] = text_days[i] is None
    spread = cells.spread(text_days.astype("datetime64[D]"), NAT)
    found = np.where(cells.is_text, spread, found)
    coded: Bools = cells.spread(np.array([t.lower() in _NEVER for t in cells.texts], dtype=np.bool_), False)
    never: Bools = np.isin(found, _NEVER_DAYS) | np.isin(cells.number, _NEVER_NUMBERS) | coded
    found = np.where(never, NAT, found)
    bad = (bad | cells.spread(text_bad, False) | (cells.boolean >= 0) | (found < EARLIEST) | (found > LATEST)) & ~never
    found = np.where(bad, NAT, found)
    return ReadDates(found, bad, never, _notes(styles, day_first, min(tally) > 0, ambiguous, tally))


def add_months(dates: Dates, months: int | np.ndarray[tuple[int], np.dtype[np.int64]]) -> Dates:
    """`dates` moved by whole months; the day is kept, or is the month's last where the month is shorter."""
    month = dates.astype("datetime64[M]")
    day = (dates - month.astype("datetime64[D]")).astype(np.int64)
    target = month + np.asarray(months).astype("timedelta64[M]")
    last = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64) - 1
    moved = target.astype("datetime64[D]") + np.minimum(np.where(np.isnat(dates), 0, day), last)
    return np.where(np.isnat(dates), NAT, moved)


def months_between(start: Dates, end: Dates) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Whole months from `start` to `end` (a part of a month does not count); NaN where either is absent."""
    gap = (end.astype("datetime64[M]") - start.astype("datetime64[M]")).astype(np.float64)
    start_day = (start - start.astype("datetime64[M]")).astype(np.int64)
    end_day = (end - end.astype("datetime64[M]")).astype(np.int64)
    absent = np.isnat(start) | np.isnat(end)
    return np.where(absent, np.nan, gap - (end_day < start_day))
