"""Run every benchmark in turn: `python -m benchmarks`, or `make bench`."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = ("engine", "read_tape", "build_workbook", "import_time", "udfs", "large_pool", "large_workbook")


def main() -> int:
    """Each in an interpreter of its own, so that none inherits another's memory; the worst exit code."""
    worst = 0
    for name in BENCHMARKS:
        print(f"\n== {name}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
