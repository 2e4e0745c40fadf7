"""Workbooks of large pools: size, time to build, and what LibreOffice needs to load and to recalculate them.

    python -m benchmarks.large_workbook [--loans 1000 3000 10000] [--live all 1000]

`--live` is that of `lossmit build`: all loans with formulas, or so many of them and the rest stamped. Each workbook is
built, loaded and recalculated once, from scratch, by a LibreOffice of its own; everything is also given as a ratio to
the first line. Needs LibreOffice, as the tests do.

Measured on two shared cores (build s, size MB, load s, recalculation s, LibreOffice MB), all loans live: 1,000 loans 9,
25, 8, 2, 920; 3,000 loans 19, 72, 17, 7, 2,280; 10,000 loans 70, 240, 77, 51, 7,050. With 2,000 of the 10,000 live,
while the machine was busy: 66, 126, 41, 27, 2,410.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks.engine import pool
from lossmit_workbook.build import build
from lossmit_xl import Assumptions, read_tape
from tests.tools import calc

WAIT_SECONDS = 3_600.0


@dataclass(frozen=True)
class Measured:
    """One workbook: loans, loans with formulas, seconds, MB."""

    loans: int
    live: str
    build: float
    build_peak: float
    size: float
    load: float
    recalculation: float
    office_peak: float


def _built(loans: int, live: str, path: str) -> tuple[float, float]:
    """Seconds to build, and this process's peak of memory in MB."""
    source = Path(path).with_suffix(".parquet")
    pool(loans).to_parquet(source, index=False)
    assumptions = Assumptions(as_of="2026-10-31")
    tape = read_tape(source, as_of=assumptions.as_of)
    source.unlink()
    begin = time.perf_counter()
    build(tape, assumptions, Path(path), live=live)
    return time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _office_peak(group: int) -> float:
    """The most memory that a process of the group has used, MB."""
    most = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if int((status.parent / "stat").read_text().rpartition(")")[2].split()[2]) != group:
                continue
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except (OSError, ValueError):
            continue
        most = max(most, float(lines.get("VmHWM", "0 kB").split()[0]) / 1024)
    return most


def measured(loans: int, live: str, folder: Path) -> Measured:
    """Build, load and recalculate one workbook."""
    path = folder / f"{loans}_{live}.xlsx"
    with get_context("spawn").Pool(1) as fresh:  # a process of its own, so that the peak is its own
        seconds, peak = fresh.apply(_built, (loans, live, str(path)))
    calc.ANSWER_SECONDS = WAIT_SECONDS
    office = calc._running()
    begin = time.perf_counter()
    with calc.Book(path) as book:
        load = time.perf_counter() - begin
        begin = time.perf_counter()
        found = book.values(["Start"])
        recalculation = time.perf_counter() - begin
        if calc.errors(found):
            raise SystemExit(f"{path.name}: {calc.errors(found)[:3]}")
        office_peak = _office_peak(office.process.pid)
    calc.shutdown()
    size = path.stat().st_size / 1e6
    path.unlink()
    return Measured(loans, live, seconds, peak, size, load, recalculation, office_peak)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loans", type=int, nargs="+", default=[1_000, 3_000, 10_000])
    parser.add_argument("--live", nargs="+", default=["auto"])
    options = parser.parse_args()
    heads = ("build s", "peak MB", "size MB", "load s", "recalc. s", "office MB")
    print(f"{'loans':>8}{'live':>8}" + "".join(f"{head:>11}" for head in heads) + "   ratios to the first line")
    first: Measured | None = None
    with tempfile.TemporaryDirectory() as folder:
        for loans in options.loans:
            for live in options.live:
                made = measured(loans, live, Path(folder))
                first = first or made
                values = [made.build, made.build_peak, made.size, made.load, made.recalculation, made.office_peak]
                base = [first.build, first.build_peak, first.size, first.load, first.recalculation, first.office_peak]
                ratios = " ".join(f"{value / under:.1f}" for value, under in zip(values, base, strict=True))
                print(f"{loans:>8,}{live:>8}" + "".join(f"{value:>11,.1f}" for value in values) + f"   {ratios}",
                      flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
