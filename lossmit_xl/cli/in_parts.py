"""`lossmit evaluate TAPE --parquet DIR`: pools of any size, valued and written some thousands of loans at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lossmit_xl.cli import documents, screen
from lossmit_xl.cli.doubts import Tally
from lossmit_xl.evaluate import evaluate
from lossmit_xl.portfolio import Portfolio

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from lossmit_xl.assumptions import Assumptions

FILES = ("scenarios.parquet", "loans.parquet", "issues.parquet")
TOGETHER = 16  # totals of so many parts are added up at a time
COMPRESSION = "zstd"


@dataclass
class Summary:
    """What was valued: totals, reasons why loans were not, issues by kind."""

    pools: list[Portfolio] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    issues: int = 0

    @property
    def pool(self) -> Portfolio:
        """The totals of the whole."""
        return Portfolio.together(self.pools)

    def add_pool(self, pool: Portfolio) -> None:
        """Take a part's totals in."""
        self.pools.append(pool)
        if len(self.pools) >= TOGETHER:
            self.pools = [Portfolio.together(self.pools)]


class _Writer:
    """Appends frames to a parquet file; the first says what its columns are."""

    def __init__(self, path: Path) -> None:
        self.path, self.writer, self.schema = path, None, None  # type: tuple[Path, Any, Any]

    def write(self, frame: pd.DataFrame) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self.writer is None:
            self.schema = pa.schema([(name, _type(frame[name])) for name in frame])
            self.writer = pq.ParquetWriter(self.path, self.schema, compression=COMPRESSION)
        self.writer.write_table(pa.Table.from_pandas(frame, schema=self.schema, preserve_index=False))

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


def _type(column: pd.Series[Any]) -> Any:
    import pyarrow as pa

    if pd.api.types.is_bool_dtype(column):
        return pa.bool_()
    if pd.api.types.is_integer_dtype(column):
        return pa.int64()
    return pa.float64() if pd.api.types.is_numeric_dtype(column) else pa.string()


@dataclass(frozen=True)
class _Some:
    """Loans, their rows in the file, what is to be said of them, and the share of the tape that is then read."""

    loans: pd.DataFrame
    rows: npt.NDArray[np.int64]
    issues: pd.DataFrame
    share: float


def run(tape: Path, folder: Path, deal: Assumptions, mapping: Path | None, *, force: bool) -> int:
    """Value the tape into the folder's three files, all or none, and show the totals; returns the exit code.

    Raises TapeError and OutputError.
    """
    paths = documents.targets(folder, FILES, "--parquet", force=force)
    summary = Summary()
    with screen.progress() as report:
        report(f"Looking through {tape.name}", 0.0)
        parts = _parts(tape, mapping, deal)
        first = next(parts)  # a tape that can't be read is refused before anything is made
        with documents.folder_of(folder, paths, force=force) as asides:
            writers = [_Writer(aside) for aside in asides]
            try:
                _value(first, writers, summary, deal)
                for part in parts:
                    report("Valuing and writing", part.share)
                    _value(part, writers, summary, deal)
            finally:
                for writer in writers:
                    writer.close()
    console = screen.console()
    pool = summary.pool
    screen.show_pool(console, tape.name, deal, pool, summary.reasons, summary.tally.costliest(), summary.issues)
    console.print(f"Written: {', '.join(FILES)} in {screen.one_line(folder)}")
    return 1 if pool.totals["not_valued"] else 0


def _value(part: _Some, writers: list[_Writer], summary: Summary, deal: Assumptions) -> None:
    evaluation = evaluate(part.loans, deal)
    for writer, frame in zip(writers, (evaluation.scenarios, evaluation.loans, part.issues), strict=True):
        writer.write(frame)
    if len(part.loans):
        summary.add_pool(evaluation.portfolio)
    summary.reasons.update(reason for reason in evaluation.column("not_valued") if reason)
    summary.tally.add(part.issues, part.rows, part.loans["upb"].to_numpy(dtype=float))
    summary.issues += len(part.issues)


def _parts(tape: Path, mapping: Path | None, deal: Assumptions) -> Iterator[_Some]:
    """The tape's loans, some at a time: parquet as it is read, any other file read whole."""
    from lossmit_xl.tape.parts import PART, open_parts

    with tape.open("rb") if tape.is_file() else _nothing() as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        opened = open_parts(tape, mapping, as_of=deal.as_of)
        read = 0
        for part in opened.parts():
            issues = part.issues if read else pd.concat([opened.notes, part.issues], ignore_index=True)
            read += len(part.loans) + part.set_aside
            yield _Some(part.loans, part.rows, issues, read / max(opened.rows, 1))
        return
    from lossmit_xl.tape import read_tape

    whole = read_tape(tape, mapping, as_of=deal.as_of)
    for begin in range(0, len(whole.loans), PART):
        some = slice(begin, begin + PART)
        yield _Some(whole.loans.iloc[some], whole.rows[some], whole.issues if not begin else whole.issues.iloc[:0],
                    min(begin + PART, len(whole.loans)) / len(whole.loans))  # fmt: skip


def _nothing() -> Any:
    import io

    return io.BytesIO()
