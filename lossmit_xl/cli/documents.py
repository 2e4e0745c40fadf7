"""An evaluation as files: one JSON document, or three csv files. Columns carry the model's names; blanks are null."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import lossmit_xl
from lossmit_xl.errors import OutputError
from lossmit_xl.output import cure, written_aside

if TYPE_CHECKING:
    from lossmit_xl.assumptions import Assumptions
    from lossmit_xl.evaluate import Evaluation
    from lossmit_xl.tape import Tape

FORMULA_LIKE = r"\s*[=@\t\r]|\s*[+-](?![\d.,$(]*\Z)"
"""How a text begins that a spreadsheet would run; a number with its sign is none."""
CSV_FILES = ("scenarios.csv", "loans.csv", "issues.csv")
ROWS_AT_A_TIME = 20_000


def json_parts(tape: Tape, assumptions: Assumptions, evaluation: Evaluation) -> Iterator[str]:
    """The document piece by piece, so that a large pool never stands in memory twice.

    Keys: `lossmit_xl`, `model` (versions), `tape`, `assumptions`, `portfolio` (`coverage`, `totals`, `strategies`,
    `groups`), then `loans`, `scenarios` and `issues` as lists of objects.
    """
    pool = evaluation.portfolio
    head = {
        "lossmit_xl": lossmit_xl.__version__,
        "model": lossmit_xl.MODEL_VERSION,
        "tape": {
            "file": tape.source.path.name, "sheet": tape.source.sheet, "sha256": tape.source.sha256,
            "loans": len(tape.loans), "headings": tape.mapping.as_dict(),
        },
        "assumptions": assumptions.values(),
        "portfolio": {
            "coverage": pool.coverage,
            "totals": pool.totals,
            "strategies": _records(pool.strategies.reset_index()),
            "groups": {name: _records(frame.reset_index()) for name, frame in pool.groups.items()},
        },
    }  # fmt: skip
    yield json.dumps(_plain(head), allow_nan=False)[:-1]
    for name, frame in (("loans", evaluation.loans), ("scenarios", evaluation.scenarios), ("issues", tape.issues)):
        yield f', "{name}": ['
        for begin in range(0, len(frame), ROWS_AT_A_TIME):
            part = json.dumps(_records(frame.iloc[begin : begin + ROWS_AT_A_TIME]), allow_nan=False)
            yield (", " if begin else "") + part[1:-1]
        yield "]"
    yield "}\n"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as objects; NaN, NaT and infinities are None."""
    columns = [[_plain(value) for value in frame[name].tolist()] for name in frame]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def targets(folder: Path, names: Sequence[str], option: str, *, force: bool) -> tuple[Path, ...]:
    """Where the files go. Raises OutputError where one is there already, or the folder can't be one."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file, not a folder; choose another name for {option}")
    if not folder.exists() and not folder.resolve().parent.is_dir():
        raise OutputError(f"{folder}: there is no folder {folder.parent}; make it first or choose another")
    found = tuple(folder / name for name in names)
    there = [path.name for path in found if path.exists()]
    if there and not force:
        names = ", ".join(there)
        raise OutputError(f"{folder}: holds {names} already; choose another folder, or add --force to replace them")
    return found


def csv_targets(folder: Path, *, force: bool) -> tuple[Path, ...]:
    """Where the csv files go, see `targets`."""
    return targets(folder, CSV_FILES, "--csv", force=force)


@contextmanager
def folder_of(folder: Path, paths: Sequence[Path], *, force: bool) -> Iterator[tuple[Path, ...]]:
    """Gives a file aside for each of `paths` in `folder`, made where only it is missing; all appear, or none. Raises
    OutputError."""
    made = not folder.exists()
    done = False
    try:
        folder.mkdir(exist_ok=True)
        with written_aside(*paths, force=force) as asides:
            yield asides
        done = True
    except OSError as error:
        raise OutputError(f"{folder}: {cure(error)}") from None
    finally:
        if made and not done and folder.is_dir():
            folder.rmdir()


def inert(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before every text that a spreadsheet would take for a formula; numbers stay."""
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    kept = frame.copy(deep=False)
    for name in texts:
        words = frame[name].astype(str)
        risky = words.str.match(FORMULA_LIKE) & frame[name].notna()
        if risky.any():
            kept[name] = frame[name].where(~risky, "'" + words)
    return kept


def write_csv(folder: Path, evaluation: Evaluation, issues: pd.DataFrame, *, force: bool) -> None:
    """Write the three files, all or none; makes the folder where only it is missing. Raises OutputError."""
    with folder_of(folder, csv_targets(folder, force=force), force=force) as asides:
        for frame, aside in zip((evaluation.scenarios, evaluation.loans, issues), asides, strict=True):
            inert(frame).to_csv(aside, index=False, lineterminator="\n", encoding="utf-8")
