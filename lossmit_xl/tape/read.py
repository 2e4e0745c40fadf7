"""`read_tape`: a seller's file in, clean loans, every defect and the mapping out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lossmit_xl.columns import BY_NAME, LOAN_COLUMNS
from lossmit_xl.errors import TapeError
from lossmit_xl.tape import clean, derive
from lossmit_xl.tape.cells import Cells, Objects, split
from lossmit_xl.tape.checks import check_loans, dated_warnings
from lossmit_xl.tape.clean import Desk
from lossmit_xl.tape.files import Opened, Row, Sheet, open_tape
from lossmit_xl.tape.headings import HELPERS, PERSONAL
from lossmit_xl.tape.ids import loan_ids
from lossmit_xl.tape.issues import IssueLog
from lossmit_xl.tape.layout import Layout, RowKinds, find_layout, row_kinds
from lossmit_xl.tape.mapping import Mapped, Mapping, overrides, propose, unique_headings
from lossmit_xl.tape.override_columns import override_column
from lossmit_xl.tape.report import header_notes, mapping_notes, no_upb, rows_set_aside
from lossmit_xl.tape.resolve import one_each, personal_by_content, withdraw_doubtful


@dataclass(frozen=True)
class Source:
    """Where the loans come from: `header_rows` are file rows (1-based), `set_aside` (file row, reason, contents)."""

    path: Path
    format: str
    sheet: str
    header_rows: tuple[int, ...]
    encoding: str
    delimiter: str
    sha256: str
    rows_read: int
    set_aside: tuple[tuple[int, str, str], ...]
    other_sheets: tuple[str, ...]


@dataclass(frozen=True)
class Tape:
    """A tape, read and cleaned.

    - `loans`: one row a loan, index 0..n-1: every canonical column in order (float64 with NaN, datetime64 with NaT,
      str with ""), then the assumptions that the tape overrides.
    - `issues`: one row a defect: row (file row, 1-based; 0 the file), loan_id, column, severity (error, warning,
      info), value, message.
    - `mapping`: what became of every heading; `mapping.save(path)` keeps it for the seller's next tape.
    - `rows`: file row of each loan. `source`: the file, and the rows that are no loans.
    - `personal`: names, addresses, account numbers as the tape has them, by seller heading; never part of `loans`.
    """

    loans: pd.DataFrame
    issues: pd.DataFrame
    mapping: Mapping
    rows: NDArray[np.int64]
    source: Source
    personal: pd.DataFrame = field(repr=False)

    @property
    def overrides(self) -> list[str]:
        """The assumptions that the tape overrides, in the tape's order."""
        return [name for name in self.loans.columns if name not in BY_NAME]


def read_tape(
    path: str | PathLike[str],
    mapping: str | PathLike[str] | AbstractMapping[str, str] | Mapping | None = None,
    *,
    sheet: str | None = None,
    as_of: dt.date | None = None,
) -> Tape:
    """Read a loan tape (xlsx, xlsm, xls, csv or any delimited text, parquet) and clean it to the canonical columns.

    `mapping`: a saved mapping file, a dictionary of seller heading to column, or a Mapping; headings it does not name
    are mapped as usual. `sheet`: the sheet to read, where the likeliest is not meant. `as_of` (today): what
    foreclosure referral dates and remaining terms are counted to, and how old a value is. Raises TapeError, in one
    line that names the fix, where there is no tape to read; a defect of a loan never raises, it is a row of `issues`.
    """
    file = Path(path)
    return _read(file, open_tape(file), _user_mapping(mapping), sheet, as_of)


def read_cells(headings: list[object], rows: list[Row], name: str = "Sheet", as_of: dt.date | None = None) -> Tape:
    """Read loans that are at hand as cells: one row of headings, a list a loan (numbers, texts, dates, "" for blank).

    The same mapping and cleaning as `read_tape`; row 1 of the issues is the headings'. Raises TapeError likewise.
    """
    opened = Opened("cells", [Sheet(name, [headings, *rows])])
    return _read(Path(name), opened, None, None, as_of)


def _read(file: Path, opened: Opened, user: Mapping | None, sheet: str | None, as_of: dt.date | None) -> Tape:
    log = IssueLog()
    chosen, layout, others = _choose(file, opened, sheet, user)
    columns = _columns(chosen, layout)
    entries = propose([column.heading for column in columns], layout.keys, user)
    kinds = row_kinds(columns, layout.lines, [entry.target for entry in entries])
    keep = kinds.loans
    file_rows = np.arange(layout.first, layout.first + len(keep), dtype=np.int64) + 1
    desk = Desk(log, file_rows[keep], layout.header_rows[-1] + 1)
    set_aside = rows_set_aside(chosen, layout, kinds, log)
    columns = [column.take(keep) for column in columns]
    final = _settle(entries, columns, desk)
    _refuse_unusable(file, chosen, final, desk)
    header_notes(opened, chosen, layout, others, log)
    mapping_notes(final, user, desk)
    as_of = as_of or dt.date.today()
    loans = _loans(final, columns, desk, as_of)
    issues = log.frame(desk.rows, loans["loan_id"].tolist())
    source = _source(file, opened, chosen, layout, len(keep), set_aside)
    tape = Tape(loans, issues, final, desk.rows, source, _personal(final, columns, len(loans)))
    dated = dated_warnings(tape, as_of)
    return replace(tape, issues=in_order(pd.concat([issues, dated], ignore_index=True))) if len(dated) else tape


def in_order(issues: pd.DataFrame) -> pd.DataFrame:
    """Issues by the row of the file that they speak of."""
    return issues.sort_values("row", kind="stable", ignore_index=True)


def _settle(entries: list[Mapped], columns: Sequence[Cells], desk: Desk) -> Mapping:
    """The mapping once the contents have been looked at: personal columns, doubtful guesses, duplicates."""
    entries = personal_by_content(entries, columns, desk)
    entries = withdraw_doubtful(entries, columns, desk)
    return Mapping(one_each(entries, columns, desk))


def _refuse_unusable(file: Path, sheet: Sheet, mapping: Mapping, desk: Desk) -> None:
    if mapping.place("upb") is None and mapping.place("total_balance") is None:
        raise no_upb(file, sheet, mapping)
    if not len(desk.rows):
        raise TapeError(
            f'{file.name}, sheet "{sheet.name}": has headings in row {desk.header_row} but no loans below '
            "them; ask the seller to send it again."
        )


def _personal(mapping: Mapping, columns: list[Cells], n: int) -> pd.DataFrame:
    """The personal columns as texts, by seller heading."""
    kept = {e.heading: c for e, c in zip(mapping.entries, columns, strict=True) if e.target == PERSONAL}
    return pd.DataFrame({heading: clean.id_texts(c) for heading, c in kept.items()}, index=range(n))


def _source(
    file: Path, opened: Opened, sheet: Sheet, layout: Layout, rows_read: int, set_aside: list[tuple[int, str, str]]
) -> Source:
    return Source(
        path=file,
        format=opened.format,
        sheet=sheet.name,
        header_rows=tuple(row + 1 for row in layout.header_rows),
        encoding=opened.encoding,
        delimiter=opened.delimiter,
        sha256=opened.sha256,
        # A row of units between headings and loans is read and set aside too.
        rows_read=rows_read + (layout.unit_row is not None),
        set_aside=tuple(set_aside),
        other_sheets=tuple(other.name for other in opened.sheets if other is not sheet),
    )


def _user_mapping(mapping: str | PathLike[str] | AbstractMapping[str, str] | Mapping | None) -> Mapping | None:
    if mapping is None or isinstance(mapping, Mapping):
        return mapping
    if isinstance(mapping, AbstractMapping):
        return Mapping.of(mapping)
    return Mapping.load(Path(mapping))


def _choose(
    file: Path, opened: Opened, wanted: str | None, user: Mapping | None
) -> tuple[Sheet, Layout, list[tuple[Sheet, Layout]]]:
    """The sheet that holds the loans, its layout, and the other sheets that look like tapes too."""
    sheets = opened.sheets
    if wanted is not None:
        sheets = [s for s in sheets if s.name.casefold() == wanted.casefold()]
        if not sheets:
            raise TapeError(
                f"{file.name}: has no sheet {wanted!r}; it has {', '.join(repr(s.name) for s in opened.sheets)}."
            )
    found = [(s, layout) for s in sheets if s.rows and (layout := find_layout(s, user)) is not None]
    if not found:
        raise TapeError(
            f"{file.name}: no row of headings was found; a tape has one row of headings, and loans below it."
        )
    found.sort(
        key=lambda item: (item[1].has_upb and len(item[0].rows) > item[1].first, item[1].score, len(item[0].rows)),
        reverse=True,
    )
    best, layout = found[0]
    return best, layout, [(s, other) for s, other in found[1:] if other.has_upb and len(s.rows) > other.first]


def _columns(sheet: Sheet, layout: Layout) -> list[Cells]:
    """The body of the table, a column at a time; columns without heading and contents are left away (from `layout`
    too).
    """
    body = sheet.rows[layout.first :]
    width = max(len(layout.headings), max(map(len, body), default=0))
    layout.headings += [""] * (width - len(layout.headings))
    layout.keys += [""] * (width - len(layout.keys))
    layout.lines += [frozenset()] * (width - len(layout.lines))
    grid = _grid(body, width)
    named = unique_headings(layout.headings)
    cells = [split(heading, grid[:, place]) for place, heading in enumerate(named)]
    kept = [place for place, column in enumerate(cells) if layout.headings[place] or not bool(column.blank.all())]
    layout.headings = [layout.headings[place] for place in kept]
    layout.keys = [layout.keys[place] for place in kept]
    layout.lines = [layout.lines[place] for place in kept]
    return [cells[place] for place in kept]


def _grid(body: list[Row], width: int) -> Objects:
    """Rows as a rectangle of objects; rows that are short (csv) end in blanks."""
    if any(len(row) != width for row in body):
        body = [row if len(row) == width else row + [""] * (width - len(row)) for row in body]
    grid: Objects = np.empty((len(body), width), dtype=object)
    if body:
        grid[:] = body
    return grid


def _loans(mapping: Mapping, columns: list[Cells], desk: Desk, as_of: dt.date) -> pd.DataFrame:
    by_target = {entry.target: column for entry, column in zip(mapping.entries, columns, strict=True) if entry.used}
    n = len(desk.rows)
    frame: dict[str, NDArray[Any]] = {}
    for spec in LOAN_COLUMNS:
        cells = by_target.get(spec.name)
        if spec.name == "loan_id":
            frame[spec.name] = loan_ids(cells, desk)
        elif cells is None:
            frame[spec.name] = derive.empty(spec.kind, n)
        else:
            frame[spec.name] = _clean(spec.name, spec.kind, cells, desk)
    extra = derive.derive(frame, {name: cells for name, cells in by_target.items() if name in HELPERS}, desk, as_of)
    derive.in_cents(frame, by_target.get("pi_payment"), desk)
    for name, cells in by_target.items():
        if name in overrides():
            frame[name] = override_column(name, cells, desk)
    loans = pd.DataFrame({name: derive.as_series(values) for name, values in frame.items()})
    check_loans(loans, desk.rows, extra, desk.log)
    return loans


def _clean(name: str, kind: str, cells: Cells, desk: Desk) -> NDArray[Any]:
    if kind == "rate":
        return clean.rate_column(name, cells, desk)
    if kind == "date":
        return clean.date_column(name, cells, desk)
    if kind in ("money", "count"):
        return clean.lien_column(cells, desk) if name == "lien" else clean.number_column(name, cells, desk)
    return clean.word_column(name, cells, desk)


__all__ = ["RowKinds", "Source", "Tape", "read_cells", "read_tape"]
