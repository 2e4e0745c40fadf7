"""Why the bid changed: the way from one valuation of a pool to another, cause by cause, in cents that add up.

    bridge = explain(Side("may.xlsx", …), Side("june.xlsx", …))
    bridge.amount("tape")        # cents; the amounts of `CAUSES` add up to `bridge.end - bridge.start`

One input after the other is taken from the second pool, in the order of `CAUSES`, and the pool is valued anew each
time; what a step changes is its cause's. Another order would share the change out otherwise (a higher yield costs less
on a smaller pool); this one goes from the pool itself by way of what is known of the loans to what is assumed.

A pool's bid is the sum of unrounded bids, rounded once to the cent. A loan's parts are its own bid's cents, each
rounded; what those lack of the pool's cents stands apart as `Part.rounding`, so that loans and rounding add up to
the part, and the parts to the difference, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lossmit_xl.assumption_fields import FIELDS
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.bridge_cells import COUNTED_TO_AS_OF, Cells, Objects, Pair
from lossmit_xl.evaluate import bids
from lossmit_xl.states import states
from lossmit_xl.version import MODEL_VERSION

Cents = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CAUSES: dict[str, str] = {
    "went": "Loans that went",
    "came": "Loans that came",
    "tape": "Tape values changed",
    "overrides": "Overrides",
    "states": "States",
    "assumptions": "Assumptions",
    "as_of": "As-of date",
    "model": "Model version",
    "edits": "Edited, not rebuilt",
}
"""The causes in their order, with their names."""

OVERRIDE_PARTS = {"removed": "removed", "altered": "changed", "added": "added"}
STATE_COLUMNS = ("process", "fc_months", "legal_fee", "other_costs", "redemption_months")
SAME = 1e-6
"""USD: two bids nearer than this are one bid (the last bits differ with the place of a loan in a block)."""


@dataclass(frozen=True)
class Built:
    """What a build stamped: the loans and assumptions it valued, and the bids it found.

    `bids`: each loan's, USD, by loan number (NaN: not valued); None where only the pool's `bid` is known.
    """

    loans: pd.DataFrame
    assumptions: Assumptions
    bid: float
    bids: pd.Series[Any] | None = None
    model_version: str = MODEL_VERSION


@dataclass(frozen=True)
class Side:
    """One of the two pools.

    `tape`: the loans as the tape says, `loans`: as they are valued (a cell that differs is an override), one row a
    loan, canonical columns. `built`: what its last build stamped; None where there was none.
    """

    name: str
    tape: pd.DataFrame
    loans: pd.DataFrame
    assumptions: Assumptions
    tape_sha256: str = ""
    built: Built | None = None


@dataclass(frozen=True)
class Part:
    """What one step changed: cents by loan, shape (loans,), and those of the pool that are no loan's (`rounding`)."""

    cause: str
    key: str
    label: str
    cents: Cents
    rounding: int

    @property
    def amount(self) -> int:
        """Change of the pool's bid, cents."""
        return int(self.cents.sum()) + self.rounding

    @property
    def loans(self) -> int:
        """How many loans' bids it moved by a cent or more."""
        return int(np.count_nonzero(self.cents))


@dataclass(frozen=True)
class Change:
    """One input that differs: `where` is a loan, a state or empty, `column` the column or assumption."""

    cause: str
    key: str
    where: str
    column: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Bridge:
    """The way from `a` to `b`. Arrays are by loan, in the order of `loan_ids`; all amounts are whole cents."""

    a: Side
    b: Side
    loan_ids: tuple[str, ...]
    in_a: npt.NDArray[np.bool_]
    in_b: npt.NDArray[np.bool_]
    start_cents: Cents
    end_cents: Cents
    start: int
    end: int
    parts: tuple[Part, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    def parts_of(self, cause: str) -> list[Part]:
        """The steps of one cause, in their order."""
        return [part for part in self.parts if part.cause == cause]

    def amount(self, cause: str) -> int:
        """A cause's change of the pool's bid, cents."""
        return sum(part.amount for part in self.parts_of(cause))

    def cents(self, cause: str) -> Cents:
        """A cause's change of each loan's bid, cents."""
        total = np.zeros(len(self.loan_ids), dtype=np.int64)
        for part in self.parts_of(cause):
            total = total + part.cents
        return total

    def rounding(self, cause: str) -> int:
        """What a cause's loans lack of its amount, cents."""
        return sum(part.rounding for part in self.parts_of(cause))

    def inputs(self, cause: str) -> int:
        """How many inputs differ under a cause: cells, assumptions, or loans that went or came."""
        if cause in ("went", "came"):
            here, there = (self.in_a, self.in_b) if cause == "went" else (self.in_b, self.in_a)
            return int(np.count_nonzero(here & ~there))
        return sum(change.cause == cause for change in self.changes)

    def change(self) -> Cents:
        """Each loan's change, cents."""
        return self.end_cents - self.start_cents

    def movers(self, cause: str, most: int) -> list[tuple[str, int]]:
        """The loans that a cause moved most, and by how many cents."""
        cents = self.cents(cause)
        order = np.argsort(-np.abs(cents), kind="stable")[:most]
        return [(self.loan_ids[place], int(cents[place])) for place in order if cents[place]]


def usd(cents: int) -> float:
    """Cents as dollars; `round(100 * usd(cents))` gives them back."""
    return int(cents) / 100


def explain(a: Side, b: Side) -> Bridge:
    """The bridge from A's bid to B's. The pool is valued once for each input that differs, and twice besides.

    Raises ValueError where a loan number stands twice in a pool.
    """
    return _Walk(a, b).bridge()


class _Walk:
    """Goes from A to B step by step, keeping each loan's bid and the pool's cents."""

    def __init__(self, a: Side, b: Side) -> None:
        self.a, self.b = a, b
        self.pair = Pair(a.tape, a.loans, b.tape, b.loans)
        self.bids: Floats = np.zeros(len(self.pair.ids))
        self.cents = self.start_cents = _rounded(self.bids)
        self.pool = self.start = 0
        later = a.assumptions.as_of != b.assumptions.as_of
        self.counted_on = later and bool(a.tape_sha256) and a.tape_sha256 == b.tape_sha256
        self.parts: list[Part] = []
        self.changes: list[Change] = []
        self.notes: list[str] = []

    def bridge(self) -> Bridge:
        pair, a, b = self.pair, self.a, self.b
        self._begin()
        self._loans_step()
        self._tape_step()
        self._override_steps()
        self._state_steps()
        self._assumption_steps()
        self._as_of_step()
        self._end()
        self._remark_on_dates()
        order = list(CAUSES)
        self.parts.sort(key=lambda part: order.index(part.cause))
        return Bridge(a, b, pair.ids, pair.in_a, pair.in_b, self.start_cents, self.cents, self.start, self.pool,
                      tuple(self.parts), tuple(self.changes), tuple(self.notes))  # fmt: skip

    def _step(self, cause: str, key: str, label: str, after: Floats, pool: int | None = None) -> None:
        """Put the change from the present bids to `after` (and the pool's cents, if they are known) down to a cause."""
        after = np.where(np.abs(after - self.bids) > SAME, after, self.bids)
        cents, pool = _rounded(after), _pool(after) if pool is None else pool
        moved = cents - self.cents
        self.parts.append(Part(cause, key, label, moved, pool - self.pool - int(moved.sum())))
        self.bids, self.cents, self.pool = after, cents, pool

    def _whole(self, loans: pd.DataFrame, assumptions: Assumptions) -> Floats:
        """Bids in the pair's order; 0 for a loan that is not there or can't be valued."""
        return self._placed(pd.Series(self._values(loans, assumptions), index=_ids(loans), dtype=float))

    def _placed(self, by_loan: pd.Series[Any]) -> Floats:
        return np.asarray(np.nan_to_num(by_loan.reindex(pd.Index(self.pair.ids)).to_numpy(dtype=float)))

    def _begin(self) -> None:
        """A's bids as stamped, as this engine finds them for the inputs of the build, as the inputs are now."""
        a, built = self.a, self.a.built
        now = self._whole(a.loans, a.assumptions)
        then = now if built is None else self._whole(built.loans, built.assumptions)
        self.bids = then if built is None or built.bids is None else self._placed(built.bids)
        self.start_cents = self.cents = _rounded(self.bids)
        self.start = self.pool = _pool(self.bids) if built is None else round(100 * built.bid)
        self._step("model", "A", f"A: {a.name}", then)
        self._step("edits", "A", f"A: {a.name}", now)
        self._remark(a, self.parts[-2], self.parts[-1])

    def _end(self) -> None:
        """The same way back for B: from its inputs now to those of its build, and to the bids stamped."""
        b, built = self.b, self.b.built
        then = self.bids if built is None else self._whole(built.loans, built.assumptions)
        stamped = then if built is None or built.bids is None else self._placed(built.bids)
        self._step("edits", "B", f"B: {b.name}", then)
        self._step("model", "B", f"B: {b.name}", stamped, None if built is None else round(100 * built.bid))
        self._remark(b, self.parts[-1], self.parts[-2])

    def _remark(self, side: Side, model: Part, edits: Part) -> None:
        """Say where a workbook's stamped bid is not the one of its inputs, and why."""
        if edits.amount or edits.loans:
            change = edits.amount if edits.key == "A" else -edits.amount
            self.notes.append(f"{side.name}: inputs were changed since its build; built anew, its bid would be "
                              f"{usd(abs(change)):,.2f} USD {'higher' if change > 0 else 'lower'}")  # fmt: skip
        if side.built is not None and abs(model.amount) > len(self.pair.ids):
            what = (f"was built with model {side.built.model_version}, this is model {MODEL_VERSION}"
                    if side.built.model_version != MODEL_VERSION else "was built by another version of the engine")
            self.notes.append(f"{side.name}: {what}; for the same inputs that is a difference of "
                              f"{usd(abs(model.amount)):,.2f} USD")  # fmt: skip

    def _loans_step(self) -> None:
        gone, _ = self.pair.only_a()
        after = self.bids.copy()
        after[gone] = 0
        self._step("went", "", "", after)
        come, frame = self.pair.only_b()
        after = self.bids.copy()
        after[come] = self._values(frame, self.a.assumptions)
        self._step("came", "", "", after)
        for places, cause in ((gone, "went"), (come, "came")):
            self.changes += [Change(cause, "", self.pair.ids[place], "", None, None) for place in places]

    @staticmethod
    def _values(frame: pd.DataFrame, assumptions: Assumptions) -> Floats:
        return np.nan_to_num(bids(frame, assumptions)) if len(frame) else np.zeros(0)

    def _revalued(self, common: pd.DataFrame, assumptions: Assumptions) -> Floats:
        """The bids of the common loans as given and of those that came, under these assumptions."""
        after = self.bids.copy()
        after[self.pair.common] = self._values(common, assumptions)
        come, frame = self.pair.only_b()
        after[come] = self._values(frame, assumptions)
        return after

    def _base(self, name: str, cells: Cells) -> Objects:
        """What the tape of B says, but for what was only counted on to another as-of date."""
        return cells.tape_a if self.counted_on and name in COUNTED_TO_AS_OF else cells.tape_b

    def _dated(self, wanted: bool) -> list[str]:
        """The columns whose changes are the as-of date's (`wanted`), or all others."""
        return [name for name in self.pair.names if (self.counted_on and name in COUNTED_TO_AS_OF) is wanted]

    def _tape_step(self) -> None:
        frame = self.pair.frame(lambda name, c: np.where(c.own_a, c.valued_a, self._base(name, c)))
        found = self.pair.changed(lambda c: c.retaped, "tape_a", "tape_b", names=self._dated(False))
        self.changes += [Change("tape", "", *cell) for cell in found]
        self._step("tape", "", "", self._revalued(frame, self.a.assumptions) if found else self.bids)

    def _override_steps(self) -> None:
        """Those of A that B has not, those with another value, those that B has besides."""

        def frame(key: str) -> pd.DataFrame:
            def pick(name: str, c: Cells) -> Objects:
                if key == "added":
                    return np.where(c.own_b, c.valued_b, self._base(name, c))
                kept = c.valued_a if key == "removed" else c.valued_b
                return np.where(c.own_a & c.own_b, kept, self._base(name, c))

            return self.pair.frame(pick)

        sides = {"removed": ("valued_a", "tape_b"), "altered": ("valued_a", "valued_b"),
                 "added": ("tape_b", "valued_b")}  # fmt: skip
        for key, label in OVERRIDE_PARTS.items():
            found = self.pair.changed(attrgetter(key), *sides[key])
            self.changes += [Change("overrides", key, *cell) for cell in found]
            after = self._revalued(frame(key), self.a.assumptions) if found else self.bids
            self._step("overrides", key, label, after)

    def _before_as_of(self) -> pd.DataFrame:
        """The loans as B values them, but for what was counted on to another as-of date."""
        return self.pair.frame(lambda name, c: np.where(c.own_b, c.valued_b, self._base(name, c)))

    def _state_steps(self) -> None:
        self.frame, self.deal = self._before_as_of(), self.a.assumptions
        for code, cells, deal in _state_parts(self.a.assumptions, self.b.assumptions):
            self.changes += [Change("states", code, code, *cell) for cell in cells]
            self._step("states", code, code, self._revalued(self.frame, deal))
            self.deal = deal

    def _assumption_steps(self) -> None:
        for key, cells, deal in _assumption_parts(self.deal, self.b.assumptions):
            self.changes += [Change("assumptions", key, "", *cell) for cell in cells]
            self._step("assumptions", key, key, self._revalued(self.frame, deal))

    def _as_of_step(self) -> None:
        a, b = self.a.assumptions, self.b.assumptions
        found = self.pair.changed(lambda c: c.retaped, "tape_a", "tape_b", names=self._dated(True))
        if a.as_of != b.as_of:
            self.changes.append(Change("as_of", "", "", "as_of", a.as_of, b.as_of))
        self.changes += [Change("as_of", "", *cell) for cell in found]
        same = a.as_of == b.as_of and not found
        frame = self.frame if same else self.pair.frame(lambda _, c: c.valued_b)
        self._step("as_of", "", "", self.bids if same else self._revalued(frame, b))

    def _remark_on_dates(self) -> None:
        if self.counted_on and any(change.cause == "as_of" and change.where for change in self.changes):
            self.notes.append("both come from one tape: months since referral and maturities that were counted to the "
                              "as-of date belong to the as-of date")  # fmt: skip


def _ids(loans: pd.DataFrame) -> pd.Index[Any]:
    return pd.Index([str(key) for key in loans["loan_id"]])


def _rounded(usd_by_loan: Floats) -> Cents:
    return np.rint(100 * usd_by_loan).astype(np.int64)


def _pool(usd_by_loan: Floats) -> int:
    """The pool's cents: the exact sum, so that the order of the loans does not matter, rounded once."""
    return round(100 * math.fsum(usd_by_loan))


Cell = tuple[str, Any, Any]


def _state_parts(a: Assumptions, b: Assumptions) -> Iterator[tuple[str, list[Cell], Assumptions]]:
    """State by state from A's table to B's: code, the cells that differ, the assumptions with that row as B's."""
    before, after = states(a).to_dict("index"), states(b).to_dict("index")
    values, table = a.values(), dict(a.states)
    for code in map(str, before):
        cells = [(name, before[code][name], after[code][name]) for name in STATE_COLUMNS
                 if before[code][name] != after[code][name]]  # fmt: skip
        if cells:
            table.pop(code, None)
            table |= {code: b.states[code]} if code in b.states else {}
            yield code, cells, Assumptions(**{**values, "states": table})


def _assumption_parts(a: Assumptions, b: Assumptions) -> Iterator[tuple[str, list[Cell], Assumptions]]:
    """Assumption by assumption, tables row by row: name, what differs, the assumptions with it as B's."""
    values, other = {**a.values(), "states": a.states}, b.values()
    together = ("mod_step_rates", "mod_target") if all(
        values[name] != other[name] for name in ("mod_step_rates", "mod_target")) else ()  # fmt: skip
    for field in FIELDS:
        name = field.name
        if name in ("as_of", "states") or values[name] == other[name]:
            continue
        if name in together:  # step rates and a payment target exclude each other: no step lies between
            cells = [(each, values[each], other[each]) for each in together]
            values |= {each: other[each] for each in together}
            yield " and ".join(together), cells, Assumptions(**values)
        elif isinstance(values[name], dict):
            for row in (row for row in values[name] if values[name][row] != other[name][row]):
                cell = (f"{name}.{row}", values[name][row], other[name][row])
                values[name] = {**values[name], row: other[name][row]}
                yield cell[0], [cell], Assumptions(**values)
        else:
            cell = (name, values[name], other[name])
            values[name] = other[name]
            yield name, [cell], Assumptions(**values)
