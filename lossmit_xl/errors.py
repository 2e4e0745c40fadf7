"""Every error this package raises on purpose.

    LossmitError
    ├── AssumptionError (also a ValueError)   assumptions that cannot be used; lists all of them at once
    ├── TapeError                             a tape that cannot be read at all
    └── OutputError                           a file that cannot be written

Each message is one line that says where, what was read and how to mend it. Defects of single loans are
no exceptions: they are rows of the tape's issues.
"""

from __future__ import annotations

from collections.abc import Iterable


class LossmitError(Exception):
    """Base of all errors raised on purpose: one line a problem, `problems` holds the lines."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))

    def __reduce__(self) -> tuple[type[LossmitError], tuple[tuple[str, ...]]]:
        # Exception's own pickling would join the lines into one problem.
        return type(self), (self.problems,)


class AssumptionError(LossmitError, ValueError):
    """Assumptions that cannot be used; one line for each field that is wrong."""


class TapeError(LossmitError):
    """A tape that cannot be read at all."""


class OutputError(LossmitError):
    """A file that cannot be written."""
