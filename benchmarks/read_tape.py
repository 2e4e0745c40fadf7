"""Reading and cleaning a tape against merely reading it: `read_tape` and pandas + openpyxl on the same file, in one
run.

    python benchmarks/read_tape.py [--rows 100000]

Prints both times and their ratio (target: at least 4). The tape is made in a temporary folder: 30 columns as a seller
writes them, numbers, real dates, codes and texts, a share of them defective.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

from lossmit_xl.tape import read_tape

HEADINGS = (
    "Loan Number", "Borrower Name", "Property Address", "City", "State", "Zip", "Property Type", "Occupancy Status",
    "Lien Position", "Current UPB",
    "Deferred Balance", "Note Rate", "P&I Payment", "Next Due Date", "Maturity Date", "Accrued Interest",
    "Escrow Advances", "Corporate Advances",
    "Late Charges", "BPO", "BPO Date", "Senior Lien Balance", "Delinquent Taxes", "Annual Taxes and Insurance",
    "FC Referral Date", "BK Chapter",
    "Contact", "Original Balance", "Origination Date", "FICO",
)  # fmt: skip
STATES = ("FL", "TX", "OH", "Pennsylvania", "N.Y.", "ga", "IL", "MI", "NJ", "CA")


def rows(count: int, seed: int = 7) -> list[list[object]]:
    """`count` loans as a seller's cells, in the order of HEADINGS."""
    rng = np.random.default_rng(seed)
    upb = np.round(rng.uniform(15_000, 300_000, count), 2)
    rate = np.round(rng.uniform(3, 12, count), 3)
    percent = rng.random(count) < 0.5
    value = np.round(upb * rng.uniform(0.6, 2.5, count), -2)
    day = dt.datetime(2026, 10, 1)
    due = [day - dt.timedelta(days=int(30.4 * k)) for k in rng.integers(0, 48, count)]
    matures = [d + dt.timedelta(days=int(365.25 * k)) for d, k in zip(due, rng.integers(1, 28, count), strict=True)]
    pick = rng.integers(0, 10_000, (count, 6))
    cents = np.round(rng.uniform(0, 4_000, (count, 6)), 2)
    return [
        [f"{10_000_000 + i:010d}", f"Borrower {i}", f"{pick[i, 0]} Elm Street", "Springfield", STATES[pick[i, 1] % 10],
        f"{pick[i, 2]:05d}",
         ("SFR", "Condo", "2-4 Family", "PUD")[pick[i, 3] % 4],
         ("Owner Occupied", "Tenant", "Vacant", "U")[pick[i, 4] % 4],
         ("1st", "2nd")[int(pick[i, 5] % 5 == 0)], float(upb[i]), 0, float(rate[i] if percent[i] else rate[i] / 100),
         float(np.round(upb[i] * 0.008, 2)),
         due[i], matures[i] if pick[i, 0] % 2 else matures[i].strftime("%m/%d/%Y"), float(cents[i, 0]),
         float(cents[i, 1]) if pick[i, 1] % 3 else f"${cents[i, 1]:,.2f}", float(cents[i, 2]), float(cents[i, 3]),
             float(value[i]) if pick[i, 2] % 50 else "N/A",
         due[i], float(value[i] // 2) if pick[i, 5] % 5 == 0 else None, float(cents[i, 5]), 3_200.5,
         due[i] if pick[i, 3] % 4 == 0 else None, ("", "7", "13")[pick[i, 4] % 3],
         ("Y", "N", "")[pick[i, 5] % 3], float(upb[i]) + 5_000, day - dt.timedelta(days=6_000), 640]
        for i in range(count)
    ]  # fmt: skip


def write_tape(path: Path, count: int) -> None:
    """Write the benchmark's tape with openpyxl's streaming writer."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Tape")
    sheet.append(list(HEADINGS))
    for row in rows(count):
        sheet.append(row)
    book.save(path)


def main() -> None:
    """Time both, print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tape.xlsx"
        write_tape(path, count)
        start = time.perf_counter()
        tape = read_tape(path, as_of=dt.date(2026, 10, 31))
        ours = time.perf_counter() - start
        start = time.perf_counter()
        reference = pd.read_excel(path, engine="openpyxl")
        theirs = time.perf_counter() - start
    if not len(tape.loans) == len(reference) == count:
        raise SystemExit(f"{len(tape.loans)} loans read, {len(reference)} by the reference, {count} written")
    print(f"{count:,} rows x {len(HEADINGS)} columns, {len(tape.issues):,} issues found")
    print(f"read_tape (read and clean)     {ours:8.2f} s")
    print(f"pandas + openpyxl (read only)  {theirs:8.2f} s")
    print(f"ratio                          {theirs / ours:8.2f}")


if __name__ == "__main__":
    main()
