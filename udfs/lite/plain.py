"""Stand-ins in the single file that need nothing else of ours: operations that only compute, words without pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def operation(function: F) -> F:
    """An operation of the model; here it only computes."""
    return function


def factorized(words: Any) -> tuple[Any, list[Any]]:
    """(place of each word among the different ones, the different ones); a blank has place -1."""
    places: dict[Any, int] = {}
    codes = [-1 if word is None or word != word else places.setdefault(word, len(places)) for word in words.ravel()]
    return np.array(codes, dtype=np.intp).reshape(words.shape), list(places)
