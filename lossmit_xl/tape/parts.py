"""A parquet tape of any size, read in parts: the same loans and issues as `read_tape` gives, a few thousand at a time.

    tape = open_parts("pool.parquet", as_of=day)
    for part in tape.parts():
        part.loans, part.issues

What a column decides as a whole (which heading it is, a decimal comma, the order of its dates, cents for dollars) is
decided from the whole column before the first part is read, one column at a time. Loan numbers are known again across
parts by their hashes. Memory: one part, one column as numbers, and some 30 bytes a loan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossmit_xl.columns import BY_NAME, LOAN_COLUMNS
from lossmit_xl.errors import TapeError
from lossmit_xl.tape import derive
from lossmit_xl.tape.arrow import compact, plain
from lossmit_xl.tape.cells import Bools, Cells, split
from lossmit_xl.tape.checks import dated
from lossmit_xl.tape.clean import Desk
from lossmit_xl.tape.files import Opened, Row, Sheet
from lossmit_xl.tape.headings import HELPERS
from lossmit_xl.tape.ids import Seen, loan_ids
from lossmit_xl.tape.issues import IssueLog
from lossmit_xl.tape.layout import Before, Layout, RowKinds, row_kinds
from lossmit_xl.tape.mapping import Mapped, Mapping, overrides, propose, unique_headings
from lossmit_xl.tape.override_columns import override_column
from lossmit_xl.tape.package import one_line
from lossmit_xl.tape.read import _choose, _clean, _loans, _refuse_unusable, _settle, _user_mapping, in_order
from lossmit_xl.tape.report import header_notes, mapping_notes, rows_set_aside

PART = 32_768
"""Rows read at a time."""
TOP = 400
"""Rows looked through for the headings."""
DERIVED = ("upb", "deferred_balance", "note_rate", "pi_payment", "next_due_date", "maturity_date", "purchase_price",
           "annual_taxes_insurance", "fc_months_elapsed", "bk_chapter")  # fmt: skip
"""Columns that are made from others, or decide with others."""


@dataclass(frozen=True)
class Part:
    """Some loans of the tape in its order, the file row of each, and what is to be said of them."""

    loans: pd.DataFrame
    rows: NDArray[np.int64]
    issues: pd.DataFrame
    set_aside: int


class _Notes(IssueLog):
    """Keeps what is said of whole columns; what is said of single rows comes with their part."""

    def extend(self, *_: object, **__: object) -> None:
        """Nothing."""


class _Rows(IssueLog):
    """Keeps what is said of rows; whole columns have been spoken of."""

    def add(self, *_: object, **__: object) -> None:
        """Nothing."""


@dataclass
class TapeInParts:
    """A parquet tape that was looked at whole and is read in parts.

    `rows`: of the body, loans or not. `notes`: what is to be said of the file and of whole columns, issues like any
    other.
    """

    path: Path
    rows: int
    mapping: Mapping
    notes: pd.DataFrame
    as_of: dt.date
    part_rows: int
    _layout: Layout
    _kept: list[int]
    _entries: list[Mapped]
    _habits: list[dict[str, Any]] = field(repr=False)

    def parts(self) -> Iterator[Part]:
        """The loans, part by part, in the order of the file."""
        before, seen = Before(), Seen()
        for first, columns, last in _row_groups(self.path, self._layout, self._kept, self.part_rows, exact=True):
            before.last = last
            yield self._part(first, columns, before, seen)

    def _part(self, first: int, columns: list[Cells], before: Before, seen: Seen) -> Part:
        kinds = row_kinds(columns, self._layout.lines, [entry.target for entry in self._entries], before)
        keep = kinds.loans
        file_rows = first + np.arange(len(keep), dtype=np.int64)
        aside = IssueLog()
        # The rows of this part alone, as a sheet that begins where they do.
        sheet = Sheet("", [[column.raw[place] for column in columns] for place in range(len(keep))]
                      if not keep.all() else [])  # fmt: skip
        here = Layout((), [], [], 0.0, True, 0)
        gone = rows_set_aside(sheet, here, kinds, aside)
        notes = aside.frame()
        notes["row"] += first - 1
        desk = Desk(_Rows(), file_rows[keep], self._layout.header_rows[-1] + 1, seen)
        kept = [column.take(keep) for column in columns]
        for column, habits in zip(kept, self._habits, strict=True):
            column.habits = habits
        loans = _loans(self.mapping, kept, desk, self.as_of)
        issues = desk.log.frame(desk.rows, loans["loan_id"].tolist())
        late = dated(loans, desk.rows, self.as_of)
        return Part(loans, desk.rows, in_order(pd.concat([notes, issues, late], ignore_index=True)), len(gone))


def open_parts(
    path: str | PathLike[str],
    mapping: str | PathLike[str] | AbstractMapping[str, str] | Mapping | None = None,
    *,
    as_of: dt.date | None = None,
    part_rows: int = PART,
) -> TapeInParts:
    """Look through a parquet tape, a column at a time. Raises TapeError as `read_tape` does."""
    import pyarrow as pa

    file, user = Path(path), _user_mapping(mapping)
    as_of = as_of or dt.date.today()
    try:
        return _looked_through(file, user, as_of, part_rows)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TapeError(
            f"{file.name}: is damaged or no parquet file ({one_line(error)}); ask the seller to send it again."
        ) from None


def _looked_through(file: Path, user: Mapping | None, as_of: dt.date, part_rows: int) -> TapeInParts:
    import pyarrow.parquet as pq

    source = pq.ParquetFile(file)
    names, total = list(source.schema_arrow.names), source.metadata.num_rows
    top = next(source.iter_batches(batch_size=TOP), None)
    head: list[Row] = [list(names)]
    head += [list(row) for row in zip(*(plain(column) for column in top.columns), strict=True)] if top else []
    opened = Opened("parquet", [Sheet(file.stem, head)])
    chosen, layout, others = _choose(file, opened, None, user)
    everything = list(range(len(names)))
    layout.headings += [""] * (len(names) - len(layout.headings))
    layout.keys += [""] * (len(names) - len(layout.keys))
    layout.lines += [frozenset()] * (len(names) - len(layout.lines))
    named = unique_headings(layout.headings)
    entries = propose(named, layout.keys, user)
    keep, filled = _kinds(file, layout, everything, entries, part_rows)
    kept = [place for place in everything if layout.headings[place] or filled[place]]
    layout.headings = [layout.headings[place] for place in kept]
    layout.keys = [layout.keys[place] for place in kept]
    layout.lines = [layout.lines[place] for place in kept]
    entries = propose([named[place] for place in kept], layout.keys, user)
    file_rows = np.arange(layout.first, layout.first + len(keep), dtype=np.int64) + 1
    desk = Desk(_Notes(), file_rows[keep], layout.header_rows[-1] + 1)
    columns = _Columns(file, layout, kept, [named[place] for place in kept], keep)
    final = _settle(entries, columns, desk)
    _refuse_unusable(file, chosen, final, desk)
    none = np.zeros(0, dtype=np.bool_)
    rows_set_aside(chosen, layout, RowKinds(none, none, none, none), desk.log)  # a row of units, if there is one
    header_notes(opened, chosen, layout, others, desk.log)
    mapping_notes(final, user, desk)
    _decide(final, columns, desk, as_of)
    return TapeInParts(file, total - (layout.first - 1), final, desk.log.frame(), as_of, part_rows, layout, kept,
                       entries, columns.habits)  # fmt: skip


class _Columns(Sequence[Cells]):
    """The columns of the file, whole, without the rows that are no loans; each is read when it is asked for."""

    def __init__(self, file: Path, layout: Layout, places: list[int], named: list[str], keep: Bools) -> None:
        self.file, self.skip, self.places, self.named, self.keep = file, layout.first - 1, places, named, keep
        self.habits: list[dict[str, Any]] = [{} for _ in places]
        self._last: tuple[int, Cells] | None = None

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, place: int) -> Cells: ...
    @overload
    def __getitem__(self, place: slice) -> list[Cells]: ...
    def __getitem__(self, place: int | slice) -> Cells | list[Cells]:
        if isinstance(place, slice):
            return [self[each] for each in range(len(self))[place]]
        if not 0 <= place < len(self):
            raise IndexError(place)
        if self._last is None or self._last[0] != place:
            self._last = None
            self._last = (place, self._read(place, compact))
        return self._last[1]

    def exact(self, place: int) -> Cells:
        """The column with the cells as the file has them."""
        return self._read(place, lambda heading, column: split(heading, _objects(plain(column))))

    def _read(self, place: int, make: Any) -> Cells:
        import pyarrow.parquet as pq

        table = pq.read_table(self.file, columns=None if self._twice() else [self._name(place)])
        column = table.column(self.places[place] if self._twice() else 0).slice(self.skip)
        cells: Cells = make(self.named[place], column)
        return cells if bool(self.keep.all()) else cells.take(self.keep)

    def _name(self, place: int) -> str:
        import pyarrow.parquet as pq

        return str(pq.read_schema(self.file).names[self.places[place]])

    def _twice(self) -> bool:
        """Two columns of one name, or names with points, can't be asked for by name."""
        import pyarrow.parquet as pq

        names = pq.read_schema(self.file).names
        return len(set(names)) < len(names) or any("." in name for name in names)


def _objects(values: list[object]) -> NDArray[np.object_]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _row_groups(
    file: Path, layout: Layout, places: list[int], part_rows: int, *, exact: bool
) -> Iterator[tuple[int, list[Cells], bool]]:
    """The body in parts: file row of the first, the columns, whether it is the last. A short end joins the part
    before."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = pq.ParquetFile(file)
    begin, end = layout.first - 1, source.metadata.num_rows
    named = unique_headings(layout.headings)
    waiting: list[Any] = []
    passed, first = 0, begin

    def cells(table: Any) -> list[Cells]:
        columns = [table.column(place) for place in places]
        if exact:
            return [split(heading, _objects(plain(column))) for heading, column in zip(named, columns, strict=True)]
        return [compact(heading, column) for heading, column in zip(named, columns, strict=True)]

    for batch in source.iter_batches(batch_size=part_rows):
        skip = min(max(begin - passed, 0), batch.num_rows)
        passed += batch.num_rows
        if skip < batch.num_rows:
            waiting.append(batch.slice(skip))
        rows = sum(part.num_rows for part in waiting)
        if rows >= part_rows and end - passed >= part_rows:
            yield first + 2, cells(pa.Table.from_batches(waiting)), False
            first, waiting = first + rows, []
    if waiting:
        yield first + 2, cells(pa.Table.from_batches(waiting)), True


def _kinds(file: Path, layout: Layout, places: list[int], entries: list[Mapped], part_rows: int
           ) -> tuple[Bools, list[bool]]:  # fmt: skip
    """Which rows of the body are loans, and which columns hold anything."""
    before, keep, filled = Before(), [], [False] * len(places)
    targets = [entry.target for entry in entries]
    for _, columns, last in _row_groups(file, layout, places, part_rows, exact=False):
        before.last = last
        keep.append(row_kinds(columns, layout.lines, targets, before).loans)
        filled = [was or not bool(column.blank.all()) for was, column in zip(filled, columns, strict=True)]
    return (np.concatenate(keep) if keep else np.zeros(0, dtype=np.bool_)), filled


def _decide(mapping: Mapping, columns: _Columns, desk: Desk, as_of: dt.date) -> None:
    """Clean every column whole for what it decides and for the notes; only what others need is kept."""
    rows = len(desk.rows)
    frame: dict[str, NDArray[Any]] = {name: derive.empty(BY_NAME[name].kind, rows) for name in DERIVED}
    helpers: dict[str, Cells] = {}
    place_of = {entry.target: place for place, entry in enumerate(mapping.entries) if entry.used}

    def cells_of(target: str) -> Cells | None:
        place = place_of.get(target)
        if place is None:
            return None
        cells = columns[place]
        cells.habits = columns.habits[place]
        return cells

    for spec in LOAN_COLUMNS:
        cells = cells_of(spec.name)
        if spec.name == "loan_id":
            loan_ids(cells, desk)
        elif cells is not None:
            cleaned = _clean(spec.name, spec.kind, cells, desk)
            if spec.name in DERIVED:
                frame[spec.name] = cleaned
    for name in HELPERS:
        found = cells_of(name)
        if found is not None:
            helpers[name] = found
    derive.derive(frame, helpers, desk, as_of)
    derive.in_cents(frame, cells_of("pi_payment"), desk)
    for name in overrides():
        if name in place_of:
            override_column(name, columns.exact(place_of[name]), desk)
