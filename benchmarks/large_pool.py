"""Pools of any size through `lossmit evaluate IN.parquet --parquet OUT`: time, growth, and the most memory it takes.

    python -m benchmarks.large_pool [--loans 100000 1000000]

Each size is a process of its own, start, reading, cleaning, issues and writing included; beside it stands the time that
pyarrow takes merely to read the tape and to write the same results, which no valuation can beat.

Measured on two cores: 100,000 loans 6.6 s and 691 MB, 1,000,000 loans 84 s and 1,088 MB, 3.6 times the mere moving.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engine import FRAME, pool

LOSSMIT = Path(sys.executable).with_name("lossmit")


def write_tape(path: Path, loans: int) -> None:
    """The benchmark's pool as a parquet file, written frame by frame; some numbers stand twice, far apart."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: Any = None
    for begin in range(0, loans, FRAME):
        frame = pool(min(FRAME, loans - begin), seed=begin)
        numbers = np.arange(begin, begin + len(frame))
        numbers[(numbers % 10_007 == 0) & (numbers > 0)] = 5
        table = pa.Table.from_pandas(frame.assign(loan_id=[f"{n:08d}" for n in numbers]), preserve_index=False)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table.cast(writer.schema))
    writer.close()


def measured(tape: Path, out: Path) -> tuple[float, float]:
    """Seconds, and the peak of memory in MB, of the command."""
    command = [LOSSMIT, "evaluate", tape, "--parquet", out, "--as-of", "2026-10-31"]
    begin = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"exit {process.returncode}")
    return time.perf_counter() - begin, used.ru_maxrss / 1024


def moved(tape: Path, out: Path, scratch: Path) -> float:
    """Seconds to read the tape and to read and write the results again, batch by batch."""
    import pyarrow.parquet as pq

    begin = time.perf_counter()
    for _ in pq.ParquetFile(tape).iter_batches():
        pass
    for path in out.iterdir():
        source = pq.ParquetFile(path)
        with pq.ParquetWriter(scratch / path.name, source.schema_arrow, compression="zstd") as writer:
            for batch in source.iter_batches():
                writer.write_batch(batch)
    return time.perf_counter() - begin


def main() -> None:
    """Measure each size and print."""
    import pyarrow.parquet as pq

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loans", type=int, nargs="+", default=[100_000, 1_000_000])
    print(f"{'loans':>10}{'seconds':>10}{'us a loan':>11}{'peak MB':>9}{'of first':>10}{'result rows':>13}{'MB out':>8}"
          f"{'moving s':>10}{'ratio':>7}")  # fmt: skip
    first = 0.0
    for loans in parser.parse_args().loans:
        with tempfile.TemporaryDirectory() as folder:
            tape, out, scratch = (Path(folder) / name for name in ("tape.parquet", "out", "scratch"))
            scratch.mkdir()
            write_tape(tape, loans)
            seconds, peak = measured(tape, out)
            first = first or peak
            rows = {path.stem: pq.ParquetFile(path).metadata.num_rows for path in out.iterdir()}
            if rows["loans"] != loans or rows["scenarios"] != 9 * loans:
                raise SystemExit(f"{rows} rows for {loans} loans")
            size = sum(path.stat().st_size for path in out.iterdir()) / 1e6
            bare = moved(tape, out, scratch)
        print(f"{loans:>10,}{seconds:>10.1f}{seconds / loans * 1e6:>11.1f}{peak:>9,.0f}{peak / first:>10.2f}"
              f"{sum(rows.values()):>13,}{size:>8,.0f}{bare:>10.1f}{seconds / bare:>7.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
