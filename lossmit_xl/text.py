"""A column of words as integer codes into a short list of words: fast to compare, select and join."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]


def _factorized(words: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.intp], Any]:
    """(place of each word among the different ones, the different ones); a blank has place -1."""
    import pandas as pd

    return pd.factorize(words, use_na_sentinel=True)


class Text:
    """`codes` (any shape, also a scalar) index `words`; the empty word is blank. Words may repeat."""

    __slots__ = ("codes", "words")
    __array_ufunc__ = None  # numpy must not spread a comparison over us element by element
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, codes: Any, words: Iterable[str]) -> None:
        self.codes = np.asarray(codes)
        self.words = tuple(words)

    @classmethod
    def of(cls, value: Any) -> Text:
        """A `Text` from a word, a `Text`, or an array of words (None and NaN are blank)."""
        if isinstance(value, Text):
            return value
        if isinstance(value, str):
            return cls(np.intp(0), (value,))
        if isinstance(value, float) and np.isnan(value):
            return cls(np.intp(0), ("",))
        codes, words = _factorized(np.asarray(value, dtype=object))
        return cls(np.where(codes < 0, len(words), codes), (*map(str, words), ""))

    def test(self, wanted: Any) -> Any:
        """Where `wanted(word)` is true."""
        return np.array([bool(wanted(word)) for word in self.words])[self.codes]

    def __eq__(self, other: object) -> Any:
        if isinstance(other, Text):
            return self.objects() == other.objects()
        return self.test(lambda word: word == other)

    def __ne__(self, other: object) -> Any:
        return np.logical_not(self == other)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> Text:
        return Text(self.codes[rows], self.words)

    def joined(self, other: Text) -> Text:
        """This text followed by `other`."""
        words = [a + b for a in self.words for b in other.words]
        return Text(self.codes * len(other.words) + other.codes, words)

    def mapped(self, function: Any) -> Text:
        """Each word through `function`."""
        return Text(self.codes, [function(word) for word in self.words])

    def objects(self) -> npt.NDArray[np.object_]:
        """The words themselves, as an object array (or a scalar)."""
        return np.asarray(np.array(self.words, dtype=object)[self.codes])

    def strings(self) -> Any:
        """The words themselves, as a flat pandas array of its own string type."""
        import pandas as pd

        return pd.Series(list(self.words), dtype="str").array.take(self.codes.ravel())


class Words:
    """A column of words for a whole pool, filled in part by part; each word stands in the list once."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.codes = np.zeros(shape, dtype=np.int32)
        self.places: dict[str, int] = {}
        self.lock = Lock()

    def put(self, rows: Any, text: Text) -> None:
        """Write a part; several threads may."""
        with self.lock:
            places = [self.places.setdefault(word, len(self.places)) for word in text.words]
        self.codes[rows] = np.array(places, dtype=np.int32)[text.codes]

    def text(self) -> Text:
        """The whole column."""
        return Text(self.codes, self.places)


def select(condition: Any, yes: Any, no: Any) -> Text:
    """`yes` where the condition holds, else `no`."""
    a, b = Text.of(yes), Text.of(no)
    if a.words is b.words:
        return Text(np.where(condition, a.codes, b.codes), a.words)
    return Text(np.where(condition, a.codes, b.codes + len(a.words)), a.words + b.words)
