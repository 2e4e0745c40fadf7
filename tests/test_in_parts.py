"""`lossmit evaluate TAPE --parquet DIR`: what is written is what `evaluate` computes from the whole tape."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

from benchmarks.engine import pool
from lossmit_xl import Assumptions, evaluate, read_tape
from lossmit_xl.cli import in_parts
from lossmit_xl.portfolio import Portfolio
from lossmit_xl.tape import parts
from tests.command_line import AS_OF, CLEAN, MESSY, Result, lossmit
from tests.tape import test_parts as tapes

DEAL = Assumptions(as_of="2026-10-31")


def _small(*arguments: str | Path) -> Result:
    """The command, with parts so small that the tape has several."""
    defaults = (None, tapes.PART)
    with mock.patch.object(parts, "PART", tapes.PART), mock.patch.dict(
            parts.open_parts.__kwdefaults__, {"part_rows": tapes.PART}):  # fmt: skip
        assert parts.open_parts.__kwdefaults__["part_rows"] == defaults[1]
        return lossmit(*arguments)


def _read(path: Path) -> pd.DataFrame:
    return pq.read_table(path).to_pandas()


@pytest.mark.parametrize("name", tapes.TAPES)
def test_what_is_written_is_the_whole_tapes(name: str, tmp_path: Path) -> None:
    tape, out = tmp_path / "tape.parquet", tmp_path / "out"
    made = tapes.TAPES[name]()
    pq.write_table(made if isinstance(made, pa.Table) else pa.Table.from_pandas(made, preserve_index=False), tape)
    result = _small("evaluate", tape, "--parquet", out, *AS_OF)
    assert result.code == 1, result.err
    whole = read_tape(tape, as_of=DEAL.as_of)
    evaluation = evaluate(whole.loans, DEAL)
    assert_frame_equal(_read(out / "loans.parquet"), evaluation.loans, check_dtype=False, rtol=1e-12, atol=1e-9)
    assert_frame_equal(_read(out / "scenarios.parquet"), evaluation.scenarios, check_dtype=False, rtol=1e-9, atol=1e-7)
    found = _read(out / "issues.parquet")
    assert tapes.lines(found[list(whole.issues.columns)]) == tapes.lines(whole.issues)
    assert len(list(out.iterdir())) == 3


def test_the_screen_says_the_same(tmp_path: Path) -> None:
    """Totals, reasons and doubts added up over the parts are those of the whole."""
    tape = tmp_path / "tape.parquet"
    tapes.typed(3_000 + 2_000).to_parquet(tape, index=False)
    whole, found = lossmit("evaluate", tape, *AS_OF), _small("evaluate", tape, "--parquet", tmp_path / "out", *AS_OF)
    assert whole.code == found.code == 1
    assert found.out.splitlines()[: len(whole.out.splitlines())] == whole.out.splitlines()


@pytest.mark.parametrize("tape", [CLEAN, MESSY], ids=["csv", "xlsx"])
def test_any_tape_can_be_written_as_parquet(tape: Path, tmp_path: Path) -> None:
    result = lossmit("evaluate", tape, "--parquet", tmp_path / "out", *AS_OF)
    assert result.code == (0 if tape == CLEAN else 1)
    whole = read_tape(tape, as_of=DEAL.as_of)
    assert_frame_equal(_read(tmp_path / "out" / "loans.parquet"), evaluate(whole.loans, DEAL).loans, check_dtype=False)
    assert len(_read(tmp_path / "out" / "issues.parquet")) == len(whole.issues)


def test_all_files_or_none(tmp_path: Path) -> None:
    """A fault half way leaves nothing; a folder that holds such files is not written to; a bad tape makes no folder."""
    tape, out = tmp_path / "tape.parquet", tmp_path / "out"
    pool(3_000).to_parquet(tape, index=False)
    calls = []

    def fails(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    with mock.patch.object(in_parts, "_value", fails):
        result = _small("evaluate", tape, "--parquet", out, *AS_OF)
    assert result.code == 2 and "disk is full" in result.err and not out.exists()
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1" + b"x" * 50)
    result = lossmit("evaluate", broken, "--parquet", out, *AS_OF)
    assert result.code == 2 and "no parquet file" in result.err and not out.exists()
    assert lossmit("evaluate", tape, "--parquet", out, *AS_OF).code == 1
    again = lossmit("evaluate", tape, "--parquet", out, *AS_OF)
    assert again.code == 2 and "holds scenarios.parquet, loans.parquet, issues.parquet already" in again.err
    assert lossmit("evaluate", tape, "--parquet", out, *AS_OF, "--force").code == 1
    both = lossmit("evaluate", tape, "--parquet", out, "--json", *AS_OF)
    assert both.code == 2 and "exclude each other" in both.err
    nowhere = lossmit("evaluate", tmp_path / "nowhere.parquet", "--parquet", tmp_path / "o", *AS_OF)
    assert nowhere.code == 2 and "there is no such file" in nowhere.err


def test_pools_together() -> None:
    loans = read_tape(MESSY, as_of=DEAL.as_of).loans
    whole = evaluate(loans, DEAL).portfolio
    found = Portfolio.together([evaluate(loans.iloc[some], DEAL).portfolio
                                for some in (slice(0, 90), slice(90, 91), slice(91, None))])  # fmt: skip
    assert found.totals == pytest.approx(whole.totals)
    assert_frame_equal(found.strategies, whole.strategies, check_dtype=False)
    for name, frame in whole.groups.items():
        assert_frame_equal(found.groups[name], frame, check_dtype=False, check_names=False)
