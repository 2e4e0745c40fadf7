"""Building a workbook, cached values included, against plain openpyxl writing the same formulas without values.

    python -m benchmarks.build_workbook [--loans 1000]

Both sides run in this process, in turn, several times; the ratio of the medians is printed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
from openpyxl import Workbook

from lossmit_workbook.book import Book
from lossmit_workbook.build import SHEETS, build, make_book
from lossmit_workbook.grid import listed
from lossmit_workbook.layout import FIRST_ROW, ROW
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.tape import Tape

EXAMPLE = Path(__file__).parent.parent / "examples" / "clean_25.csv"
RUNS = 3


def tape_of(count: int) -> Tape:
    """The clean example repeated until it has so many loans, each under a number of its own."""
    tape = read_tape(EXAMPLE)
    repeated = pd.concat([tape.loans] * (count // len(tape.loans) + 1), ignore_index=True).iloc[:count].copy()
    repeated["loan_id"] = [f"{place:07d}" for place in range(count)]
    rows = np.arange(count, dtype=np.int64) + 2
    return replace(tape, loans=repeated, rows=rows, personal=pd.DataFrame(index=range(count)))


def plain_openpyxl(book: Book, path: Path, *, write_only: bool) -> None:
    """The same formulas and typed values, appended row by row."""
    workbook = Workbook(write_only=write_only)
    for title, columns in book.grids.items():
        sheet = workbook.create_sheet(title)
        typed = {c.letter: listed(c.values, book.layout.loans) for c in columns if c.formula is None}
        for place in range(book.layout.loans):
            row = str(FIRST_ROW + place)
            sheet.append([
                typed[c.letter][place] if c.formula is None else "=" + c.formula.replace(ROW, row) for c in columns
            ])  # fmt: skip
    workbook.save(path)


def timed(action: Callable[[], object]) -> float:
    """Seconds of one run."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loans", type=int, default=1000)
    count = parser.parse_args().loans
    tape, assumptions = tape_of(count), Assumptions()
    book = make_book(tape, assumptions)
    for sheet in SHEETS:
        sheet.write(book)
    formulas = sum(column.formula is not None for columns in book.grids.values() for column in columns) * count
    with tempfile.TemporaryDirectory() as folder:
        ours, plain, streamed = [], [], []
        for run in range(RUNS):
            out = Path(folder) / f"ours{run}.xlsx"
            ours.append(timed(lambda out=out: build(tape, assumptions, out)))  # type: ignore[misc]
            path = Path(folder) / f"plain{run}.xlsx"
            plain.append(timed(lambda path=path: plain_openpyxl(book, path, write_only=False)))  # type: ignore[misc]
            streamed.append(timed(lambda path=path: plain_openpyxl(book, path, write_only=True)))  # type: ignore[misc]
        size = out.stat().st_size
    print(f"workbook of {count:,} loans, {formulas:,} formulas in rows of loans, {size / 1e6:.1f} MB")
    print(f"  built with cached values, valuation included   {median(ours):7.2f} s")
    for what, runs in (("plain openpyxl, the formulas alone", plain), ("openpyxl write-only, the same", streamed)):
        print(f"  {what:<45}  {median(runs):7.2f} s   ratio {median(ours) / median(runs):.2f}   (target 0.50)")


if __name__ == "__main__":
    main()
