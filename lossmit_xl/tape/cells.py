"""A column of cells, taken apart by kind once, in whole arrays, so that no parser looks at a cell twice.

Spreadsheet cells are numbers, texts, dates or yes/no; csv cells are all text. Texts are reduced to their distinct
values: parsers work on those and are spread back over the rows by code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
Objects = NDArray[np.object_]

S = TypeVar("S", bound=np.generic)
T = TypeVar("T")

_FIRST_DAY = dt.date(1970, 1, 1).toordinal()
NAT = np.datetime64("NaT", "D")
# Blanks that look like nothing: no-break, narrow and zero-width spaces, a byte-order mark, soft hyphen.
_SPACES = str.maketrans(
    {
        "\xa0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u3000": " ",
        "\t": " ",
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\ufeff": None,
        "\xad": None,
    }
)
# Words for "nothing here" in any kind of column; compared casefolded, without a final full stop.
NOTHING = frozenset(
    (
        "",
        "-",
        "--",
        "---",
        "\u2013",
        "\u2014",
        ".",
        "..",
        "...",
        "?",
        "??",
        "n/a",
        "na",
        "n.a",
        "#n/a",
        "#n/a n/a",
        "n\\a",
        "none",
        "null",
        "(null)",
        "<null>",
        "nan",
        "nil",
        "tbd",
        "tba",
        "unk",
        "not available",
        "not provided",
        "not applicable",
        "missing",
        "blank",
        "(blank)",
        "no data",
        "$-",
        "$ -",
        "$ - ",
        "- $",
        "#ref!",
        "#value!",
        "#div/0!",
        "#name?",
        "#num!",
        "#null!",
        "#div/0",
        "nat",
        "\\n",
    )
)


def tidy(text: str) -> str:
    """`text` without the blanks round it, odd spaces and line breaks as plain spaces."""
    return (
        " ".join(text.translate(_SPACES).split())
        if not text.isascii() or "\n" in text or "\r" in text
        else text.strip()
    )


@dataclass
class Cells:
    """One column: which rows hold a number, a text, a date, a yes/no or nothing.

    `codes[i]` is the place of row i's text in `texts` (distinct, tidied), -1 where the cell is not a text.
    """

    heading: str
    raw: Objects
    number: Floats
    codes: NDArray[np.intp]
    texts: list[str]
    date: Dates
    boolean: NDArray[np.int8]
    habits: dict[str, Any] | None = None

    def habit(self, what: str, found: T) -> T:
        """What a column decides as a whole (its decimal comma, the order of its dates): `found`. Where these are some
        rows of a column that was looked at whole before, what the whole decided."""
        if self.habits is None:
            return found
        decided: T = self.habits.setdefault(what, found)
        return decided

    @cached_property
    def is_text(self) -> Bools:
        """Rows with a text that says something (a word for nothing included)."""
        return np.asarray(self.codes >= 0, dtype=np.bool_)

    @cached_property
    def nothing(self) -> Bools:
        """Per distinct text: whether it is a word for nothing."""
        return np.fromiter(
            (len(t) < 16 and t.casefold().rstrip(".") in NOTHING for t in self.texts), np.bool_, len(self.texts)
        )

    @cached_property
    def blank(self) -> Bools:
        """Rows that hold nothing at all (not even a word for it)."""
        return ~(self.is_text | self.is_number | self.is_date | (self.boolean >= 0))

    @cached_property
    def is_number(self) -> Bools:
        """Rows with a number cell."""
        return ~np.isnan(self.number)

    @cached_property
    def is_date(self) -> Bools:
        """Rows with a date cell."""
        return ~np.isnat(self.date)

    @cached_property
    def said_nothing(self) -> Bools:
        """Rows whose text is a word for nothing ("N/A")."""
        return self.spread(self.nothing, False)

    @property
    def filled(self) -> int:
        """How many rows hold something."""
        return int(len(self.raw) - np.count_nonzero(self.blank | self.said_nothing))

    def spread(self, by_text: NDArray[S], absent: object) -> NDArray[S]:
        """Values of the distinct texts spread over the rows; `absent` where the cell is not a text."""
        if not len(self.texts):
            return np.full(len(self.raw), absent, dtype=by_text.dtype)
        return np.where(self.codes >= 0, by_text[self.codes], np.asarray(absent, dtype=by_text.dtype))

    def take(self, keep: Bools) -> Cells:
        """The same column, only the rows of `keep`; texts and codes stay as they are."""
        return Cells(
            self.heading,
            self.raw[keep],
            self.number[keep],
            self.codes[keep],
            self.texts,
            self.date[keep],
            self.boolean[keep],
        )

    def which(self, test: Callable[[str], bool], rows: Bools) -> Bools:
        """Rows of `rows` whose text passes `test`; only the texts that stand there are looked at."""
        codes = np.unique(self.codes[rows])
        passed = [code for code in codes.tolist() if code >= 0 and test(self.texts[code])]
        return (
            np.asarray(np.isin(self.codes, passed) & rows, dtype=np.bool_)
            if passed
            else np.zeros(len(self.raw), dtype=np.bool_)
        )


def _as_dates(values: Iterable[dt.date]) -> Dates:
    days = np.fromiter(map(dt.date.toordinal, values), dtype=np.int64)
    return (days - _FIRST_DAY).astype("datetime64[D]")


def _texts(values: list[str]) -> tuple[NDArray[np.intp], list[str]]:
    codes, distinct = pd.factorize(np.array(values, dtype=object))
    tidied = [tidy(text) for text in distinct]
    if "" in tidied:
        empty = np.fromiter((not text for text in tidied), dtype=np.bool_, count=len(tidied))
        codes = np.where(empty[codes], -1, codes)
    return codes, tidied


def split(heading: str, raw: Objects) -> Cells:
    """Take a column apart. `raw` holds what the reader gave: str, float, int, bool, date, datetime, None."""
    n = len(raw)
    values = raw.tolist()
    kinds = set(map(type, values))
    number = np.full(n, np.nan)
    codes = np.full(n, -1, dtype=np.intp)
    date = np.full(n, NAT)
    boolean = np.full(n, -1, dtype=np.int8)
    texts: list[str] = []
    if kinds <= {float, int}:
        number = np.array(values, dtype=np.float64) if n else number
    elif kinds == {str}:
        codes, texts = _texts(values)
    else:
        number, codes, texts = _mixed(values, kinds, number, codes, date, boolean)
    number[~np.isfinite(number)] = np.nan
    return Cells(heading, raw, number, codes, texts, date, boolean)


def _mixed(
    values: list[object],
    kinds: set[type],
    number: Floats,
    codes: NDArray[np.intp],
    date: Dates,
    boolean: NDArray[np.int8],
) -> tuple[Floats, NDArray[np.intp], list[str]]:
    """The general case, one kind at a time; fills `date` and `boolean` in place."""
    of = np.fromiter(map(id, map(type, values)), dtype=np.int64, count=len(values))
    texts: list[str] = []
    for kind in kinds - {type(None), str}:
        at = np.flatnonzero(of == id(kind))
        picked = [values[i] for i in at]
        if kind is bool:
            boolean[at] = np.array(picked, dtype=np.int8)
        elif issubclass(kind, (int, float)):
            number[at] = np.array(picked, dtype=np.float64)
        elif issubclass(kind, (dt.date, dt.datetime)):
            date[at] = _as_dates(picked)  # type: ignore[arg-type]
        else:  # a time of day or a duration: no column wants one, so it is shown as the text it is
            of[at] = id(str)
            for i in at:
                values[i] = str(values[i])
    at = np.flatnonzero(of == id(str))
    if len(at):
        codes[at], texts = _texts([str(values[i]) for i in at])
    return number, codes, texts
