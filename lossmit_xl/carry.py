"""What was decided on an old pool, carried over to a new tape: frames in, frames and a report out. No file is touched.

An override is a value that differs from what the tape says. It is kept by loan number. Where the new tape says another
thing than the old one did, the override still stands, and both are shown; where the new tape says the same as the
override, there is nothing left to override.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from lossmit_xl.assumptions import Assumptions
from lossmit_xl.columns import BY_NAME, LOAN_COLUMNS
from lossmit_xl.evaluate import evaluate
from lossmit_xl.loan_cells import Cell, alike, as_column, cells_of, said

OVERRIDE_COLUMNS = ("loan_id", "column", "old", "new")
DECISION_COLUMNS = ("loan_id", "decision", "note")
KEPT, CONFLICT, MOOT = "kept", "kept; the tape changed too", "moot: the tape says so itself now"


class Entry(NamedTuple):
    """A line of the ledger: what the tape says, what stands in its place, and what became of it.

    `old_tape` is what the tape said before (equal to `tape` but for a conflict or a moot override).
    """

    loan_id: str
    column: str
    tape: Cell
    value: Cell
    status: str
    old_tape: Cell


class Change(NamedTuple):
    """A cell that the new tape gives otherwise than the old one."""

    loan_id: str
    column: str
    old: Cell
    new: Cell


class Lost(NamedTuple):
    """What could not be carried: of which loan (or ""), what it is, what it said, and why."""

    loan_id: str
    what: str
    value: str
    why: str


@dataclass(frozen=True)
class Past:
    """What is carried from: a pool as its tape had it, what was overridden, decided and noted.

    `overrides`: loan_id, column, old, new. `decisions`: loan_id, decision, note. `name` and `sha256` are the file's.
    `problems`: what could not be read of it, one line each.
    """

    name: str
    sha256: str
    tape_name: str
    tape_loans: pd.DataFrame
    overrides: pd.DataFrame
    decisions: pd.DataFrame
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Carried:
    """The new tape's loans with everything that could be carried, and the report of it.

    `loans` are the tape's with overrides applied, in its order. `ledger` are the overrides in force; `moot` those
    that the tape has caught up with. `columns_gone` / `columns_come`: loan columns that only one tape has filled.
    """

    past: Past
    tape_loans: pd.DataFrame
    loans: pd.DataFrame
    ledger: tuple[Entry, ...]
    moot: tuple[Entry, ...]
    decisions: pd.DataFrame
    came: tuple[str, ...]
    went: tuple[str, ...]
    changed: tuple[Change, ...]
    lost: tuple[Lost, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def conflicts(self) -> tuple[Entry, ...]:
        """Overrides whose cell the new tape has changed too."""
        return tuple(entry for entry in self.ledger if entry.status == CONFLICT)


def carry(tape_loans: pd.DataFrame, past: Past, notes: Iterable[str] = ()) -> Carried:
    """Apply what `past` holds to the loans of a new tape; nothing is dropped without a line in `lost`."""
    places = {number: place for place, number in enumerate(tape_loans["loan_id"])}
    before = {number: place for place, number in enumerate(past.tape_loans["loan_id"])}
    lost = [Lost("", "cell", "", problem) for problem in past.problems]
    entries: list[Entry] = []
    now: dict[str, list[Cell]] = {}
    then: dict[str, list[Cell]] = {}
    for loan, column, _, value in past.overrides[list(OVERRIDE_COLUMNS)].itertuples(index=False, name=None):
        if loan not in places:
            lost.append(Lost(loan, column, said(value), "the loan is not on the new tape"))
            continue
        tape = now.setdefault(column, cells_of(tape_loans, column))[places[loan]]
        old = then.setdefault(column, cells_of(past.tape_loans, column))[before[loan]]
        status = MOOT if alike(value, tape) else KEPT if alike(tape, old) else CONFLICT
        entries.append(Entry(loan, column, tape, value, status, old))
    kept = tuple(entry for entry in _in_order(entries, places) if entry.status != MOOT)
    decided, gone = _decisions(past.decisions, places)
    return Carried(
        past=past,
        tape_loans=tape_loans,
        loans=applied(tape_loans, ((entry.loan_id, entry.column, entry.value) for entry in kept)),
        ledger=kept,
        moot=tuple(entry for entry in _in_order(entries, places) if entry.status == MOOT),
        decisions=decided,
        came=tuple(number for number in places if number not in before),
        went=tuple(number for number in before if number not in places),
        changed=tuple(_changes(past.tape_loans, tape_loans)),
        lost=(*lost, *gone),
        notes=tuple(notes),
    )


def applied(loans: pd.DataFrame, overrides: Iterable[tuple[str, str, Cell]]) -> pd.DataFrame:
    """The loans with (loan number, column, value) put in place; a column that is not there yet is added."""
    places = {number: place for place, number in enumerate(loans["loan_id"])}
    cells: dict[str, list[Cell]] = {}
    for loan, column, value in overrides:
        if column not in cells:
            cells[column] = cells_of(loans, column)
        cells[column][places[loan]] = value
    made = loans.copy(deep=False)
    for column, values in cells.items():
        new = as_column(column, values)
        made[column] = new.set_axis(loans.index)
    return made


def _in_order(entries: list[Entry], places: dict[str, int]) -> list[Entry]:
    """By loan in the tape's order, then by column as the sheet has them."""
    return sorted(entries, key=lambda entry: (places[entry.loan_id], _order(entry.column)))


def _order(column: str) -> tuple[int, str]:
    names = list(BY_NAME)
    return (names.index(column), "") if column in BY_NAME else (len(names), column)


def _changes(old: pd.DataFrame, new: pd.DataFrame) -> Iterable[Change]:
    """Cells of the loans on both tapes that differ, in the new tape's order."""
    canonical = [column.name for column in LOAN_COLUMNS if column.name != "loan_id"]
    extra = [name for name in (*new.columns, *old.columns) if name not in BY_NAME]
    before = {number: place for place, number in enumerate(old["loan_id"])}
    pairs = [(number, place, before[number]) for place, number in enumerate(new["loan_id"]) if number in before]
    found: list[tuple[int, int, Change]] = []
    for order, name in enumerate(dict.fromkeys([*canonical, *extra])):
        now, then = cells_of(new, name), cells_of(old, name)
        for number, place, was in pairs:
            if not alike(now[place], then[was]):
                found.append((place, order, Change(number, name, then[was], now[place])))
    return (change for _, _, change in sorted(found, key=lambda item: item[:2]))


def _decisions(decisions: pd.DataFrame, places: dict[str, int]) -> tuple[pd.DataFrame, list[Lost]]:
    """Decisions and notes of the loans that are still there, and those of loans that went, in full."""
    here = decisions["loan_id"].isin(list(places))
    lost = [
        Lost(loan, what, text, "the loan is not on the new tape")
        for loan, decision, note in decisions.loc[~here, list(DECISION_COLUMNS)].itertuples(index=False, name=None)
        for what, text in (("decision", decision), ("note", note))
        if text
    ]
    return decisions[here].reset_index(drop=True), lost


def effects(
    tape_loans: pd.DataFrame, entries: Sequence[Entry], assumptions: Assumptions
) -> tuple[npt.NDArray[np.float64], float]:
    """USD that overrides are worth in the bid: each alone, shape (entries,), and all of them together.

    An override's own effect is the bid with every override less the bid with that one undone; effects of several
    overrides of a loan need not add up. A loan that can't be valued bids 0. All variants run in one evaluation.
    """
    if not entries:
        return np.zeros(0), 0.0
    loans = applied(tape_loans, ((entry.loan_id, entry.column, entry.value) for entry in entries))
    places = {number: place for place, number in enumerate(loans["loan_id"])}
    touched = list(dict.fromkeys(places[entry.loan_id] for entry in entries))
    single = loans.iloc[[places[entry.loan_id] for entry in entries]].reset_index(drop=True)
    for name in dict.fromkeys(entry.column for entry in entries):
        cells = cells_of(single, name)
        for row, entry in enumerate(entries):
            if entry.column == name:
                cells[row] = entry.tape
        single[name] = as_column(name, cells)
    plain = tape_loans.iloc[touched]
    whole = loans.iloc[touched]
    frames = [single, plain.reindex(columns=loans.columns), whole]
    bids = np.nan_to_num(evaluate(pd.concat(frames, ignore_index=True), assumptions).column("bid").astype(float))
    alone, undone, kept = np.split(bids, [len(entries), len(entries) + len(touched)])
    of_loan = dict(zip(touched, kept, strict=True))
    with_all = np.array([of_loan[places[entry.loan_id]] for entry in entries])
    return with_all - alone, float(kept.sum() - undone.sum())


def summary(carried: Carried) -> list[str]:
    """What was carried, in a few lines."""
    past, changed = carried.past, len({change.loan_id for change in carried.changed})
    return [
        f"From {past.name} (tape {past.tape_name}); nothing was written to it.",
        f"Loans: {len(carried.loans):,} on this tape; {len(carried.came):,} came, {len(carried.went):,} went, "
        f"{changed:,} changed on the tape.",
        f"Overrides: {len(carried.ledger):,} kept, at {len(carried.conflicts):,} of them the tape changed too; "
        f"{len(carried.moot):,} moot, because the tape says the same now.",
        f"Decisions and notes: kept for {len(carried.decisions):,} loans. Not carried: {len(carried.lost):,}.",
        *carried.notes,
    ]


def report(carried: Carried) -> list[str]:
    """The summary, then a line for all that came, went or changed, each override, and what was not carried."""
    lines = summary(carried)
    lines += [f"came: {number}" for number in carried.came]
    lines += [f"went: {number}" for number in carried.went]
    lines += [f"tape changed: {c.loan_id} {c.column}: {said(c.old)} -> {said(c.new)}" for c in carried.changed]
    lines += [f"override {_of(entry)}" for entry in (*carried.ledger, *carried.moot)]
    lines += [f"not carried: {_lost(item)}" for item in carried.lost]
    return lines


def _of(entry: Entry) -> str:
    before = f", old tape {said(entry.old_tape)}" if not alike(entry.old_tape, entry.tape) else ""
    return (f"{entry.status}: {entry.loan_id} {entry.column}: tape {said(entry.tape)}{before}, "
            f"override {said(entry.value)}")  # fmt: skip


def _lost(item: Lost) -> str:
    subject = " ".join(part for part in (item.loan_id, item.what) if part)
    return f"{subject} {item.value}: {item.why}" if item.loan_id else item.why


def empty_overrides() -> pd.DataFrame:
    """No overrides."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in OVERRIDE_COLUMNS})


def empty_decisions() -> pd.DataFrame:
    """No decisions."""
    return pd.DataFrame({name: pd.Series(dtype="str") for name in DECISION_COLUMNS})
