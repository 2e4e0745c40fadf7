"""Importing lossmit_xl against importing numpy and pandas, each in a fresh interpreter.

    python -m benchmarks.import_time
"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

RUNS = 9
TARGET = 1.5


def seconds(statement: str) -> float:
    """Wall time of a fresh interpreter that runs the statement."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Measure in turn and print the ratio."""
    ours, theirs = [], []
    for _ in range(RUNS):
        theirs.append(seconds("import numpy, pandas"))
        ours.append(seconds("import lossmit_xl"))
    ratio = median(ours) / median(theirs)
    print("import, median of fresh interpreters")
    print(f"  numpy and pandas   {median(theirs):6.3f} s")
    print(f"  lossmit_xl         {median(ours):6.3f} s   ratio {ratio:.2f}   (target {TARGET})")


if __name__ == "__main__":
    main()
