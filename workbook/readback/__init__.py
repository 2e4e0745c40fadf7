"""Reading a workbook of ours back: what its users typed, what it was built from, and what could not be read.

    read = read_workbook("pool.xlsx")
    read.overrides        # loan_id, column, old (the tape's), new

The file is read, never written. `source` opens it, `headings` finds things on sheets that somebody has rearranged,
`loans`, `deal` and `identity` read the loans, the assumptions and the stamps of the build.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from lossmit_workbook import mapping_sheet
from lossmit_workbook.layout import ON_BIDS
from lossmit_workbook.readback.deal import read_assumptions
from lossmit_workbook.readback.headings import Findings, needed_sheet
from lossmit_workbook.readback.identity import read_identity
from lossmit_workbook.readback.loans import (
    Stamps,
    Table,
    built_bids,
    find_table,
    foreign_columns,
    read_ledger,
    read_loans,
    read_stamps,
)
from lossmit_workbook.readback.source import Grid, Source, open_workbook
from lossmit_workbook.sheets import as_built, bids, loans, overrides, settings, tooltips
from lossmit_workbook.sheets import assumptions as assumptions_sheet
from lossmit_workbook.sheets import states as states_sheet
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.carry import Past
from lossmit_xl.errors import LossmitError
from lossmit_xl.loan_cells import DECIDED

__all__ = ["BuiltWith", "ReadBack", "TapeStamp", "read_workbook"]

NEEDED = (loans.TITLE, bids.TITLE, assumptions_sheet.TITLE, states_sheet.TITLE, overrides.TITLE, as_built.TITLE)


class BuiltWith(NamedTuple):
    """Versions of the tool and of the valuation model."""

    tool: str
    model: str


class TapeStamp(NamedTuple):
    """The tape of the build: the file's name, its SHA-256, and the as-of date of the build."""

    name: str
    sha256: str
    as_of: dt.date


@dataclass(frozen=True)
class ReadBack:
    """A workbook read back.

    - `loans`: a row a loan of the build: canonical columns, then state overrides and assumptions' overrides, as they
      are now. `tape_loans`: the same as the tape had them. `overrides`: loan_id, column, old (the tape's), new; blank
      is None.
    - `decisions`: loan_id, decision, note, of the loans that have one. `assumptions`: as they are now, states and
      weights included.
    - `built`: what the build stamped: `loans`, `valued`, `expected_npv`, `bid`.
    - `built_loans`, `built_assumptions`, `built_bids`: the same inputs as they stood at the build, and each loan's bid
      then (by loan number, NaN where not valued; None where As built no longer tells).
    - `personal`: headings of personal columns on Loans. `problems`: what could not be read, one line each.
    """

    path: Path
    sha256: str
    built_with: BuiltWith
    tape: TapeStamp
    loans: pd.DataFrame = field(repr=False)
    tape_loans: pd.DataFrame = field(repr=False)
    overrides: pd.DataFrame = field(repr=False)
    decisions: pd.DataFrame = field(repr=False)
    assumptions: Assumptions = field(repr=False)
    built: dict[str, float]
    personal: tuple[str, ...]
    problems: list[str]
    built_loans: pd.DataFrame = field(repr=False)
    built_assumptions: Assumptions = field(repr=False)
    built_bids: pd.Series[Any] | None = field(repr=False)

    def past(self) -> Past:
        """What a build on another tape carries over."""
        return Past(
            self.path.name,
            self.sha256,
            self.tape.name,
            self.tape_loans,
            self.overrides,
            self.decisions,
            tuple(self.problems),
        )


def read_workbook(path: str | PathLike[str]) -> ReadBack:
    """Read a workbook that `lossmit build` wrote, whatever has become of it since.

    Raises LossmitError with every problem, a line each, where the file can't be trusted: it is no workbook of ours, is
    locked or damaged, or lacks a sheet or heading. A cell that can't be read is no reason: it keeps the value of the
    build, and `problems` says so.
    """
    source = open_workbook(Path(path))
    findings = Findings(source.name, [], [])
    sheets = _sheets(source, findings)
    _stop(findings)
    stamps = read_stamps(sheets[as_built.TITLE], findings)
    identity = read_identity(source, sheets[overrides.TITLE], findings)
    ledger = read_ledger(sheets[overrides.TITLE], findings)
    deals = read_assumptions(sheets[assumptions_sheet.TITLE], sheets[states_sheet.TITLE], findings)
    tables = _tables(sheets, stamps, findings) if stamps is not None else []
    _stop(findings)
    assert stamps is not None and deals is not None
    deal, built_deal = deals
    read = read_loans(stamps, tables, ledger, findings)
    _stop(findings)
    personal, own = foreign_columns(tables[0])
    _foreign(source, own, findings)
    built = {name: float(identity[f"built_{name}"]) for name in ("loans", "valued", "expected_npv", "bid")}
    return ReadBack(
        path=source.path,
        sha256=source.sha256,
        built_with=BuiltWith(identity["built_tool_version"], identity["built_model_version"]),
        tape=TapeStamp(identity["built_tape_name"], str(identity["built_tape_sha256"]), identity["built_as_of"].date()),
        loans=read.loans,
        tape_loans=read.tape_loans,
        overrides=read.overrides,
        decisions=read.decisions,
        assumptions=deal,
        built=built,
        personal=tuple(personal),
        problems=findings.notes,
        built_loans=read.built,
        built_assumptions=built_deal,
        built_bids=built_bids(stamps),
    )


def _sheets(source: Source, findings: Findings) -> dict[str, Grid]:
    """The sheets that are needed, each by its title; a workbook that has none of them is not ours."""
    if sum(source.title(title) is not None for title in NEEDED) <= 1:
        have = ", ".join(f'"{title}"' for title in source.titles[:12])
        raise LossmitError(f"{source.name}: is no workbook that lossmit built (its sheets: {have}); name one that is")
    found = {}
    for title in NEEDED:
        grid = needed_sheet(source, title, _our_titles(), findings)
        if grid is not None:
            found[title] = grid
    return found


def _tables(sheets: dict[str, Grid], stamps: Stamps, findings: Findings) -> list[Table]:
    """Loans and Bids: each with the inputs that stand there."""
    on_bids = {
        **{name: bids.HEADS[head][0] for name, head in ON_BIDS.items()},
        **{name: bids.HEADS[name][0] for name in DECIDED},
    }
    on_loans = [name for name in stamps.columns if name not in on_bids and name != "loan_id"]
    found = (
        find_table(sheets[loans.TITLE], stamps, on_loans, {}, findings),
        find_table(sheets[bids.TITLE], stamps, on_bids, {**on_bids, "loan_id": bids.HEADS["loan_id"][0]}, findings),
    )
    return [table for table in found if table is not None]


def _stop(findings: Findings) -> None:
    """Refuse the file with everything that is wrong, the small things after those without which it can't be read."""
    if findings.fatal:
        raise LossmitError([*findings.fatal, *findings.notes])


def _our_titles() -> frozenset[str]:
    """The titles of the sheets that a build writes, case folded."""
    from lossmit_workbook.build import SHEETS  # imported late: it brings every sheet's module along

    return frozenset(sheet.TITLE.casefold() for sheet in SHEETS)


def _foreign(source: Source, columns: dict[str, int], findings: Findings) -> None:
    """What somebody added that is none of ours: it is left where it is, and named."""
    ours = _our_titles() | {sheet.TITLE.casefold() for sheet in (settings, tooltips, mapping_sheet)}
    for head, cells in columns.items():
        if cells:
            findings.note(
                f"sheet {loans.TITLE}",
                f'the column "{head}" is not one of lossmit\'s ({cells:,} cells filled); it is not carried',
            )
    for title in source.titles:
        if title.casefold() not in ours:
            findings.note(f'sheet "{title}"', "is not one of lossmit's; it is not carried")
