"""Two workbooks of ours side by side: what the bridge between them is made from, and the workbook that shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import Workbook

from lossmit_workbook import diff_sheets, package
from lossmit_workbook.book import Canvas, Value
from lossmit_workbook.diff_sheets import Fact
from lossmit_workbook.grid import GridColumn
from lossmit_workbook.readback import ReadBack
from lossmit_xl.bridge import Bridge, Built, Side


@dataclass
class DiffBook(Canvas):
    """The workbook of a bridge."""

    bridge: Bridge
    facts: tuple[Fact, ...]
    workbook: Workbook = field(default_factory=Workbook)
    cached: dict[str, dict[str, Value]] = field(default_factory=dict)
    grids: dict[str, list[GridColumn]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.begin()

    @property
    def rows(self) -> int:
        """The loans of either workbook."""
        return len(self.bridge.loan_ids)

    @property
    def as_of(self) -> dt.date:
        """The second workbook's day."""
        return self.bridge.b.assumptions.as_of


def side(read: ReadBack) -> Side:
    """One end of a bridge from a workbook read back."""
    built = Built(read.built_loans, read.built_assumptions, read.built["bid"], read.built_bids, read.built_with.model)
    return Side(read.path.name, read.tape_loans, read.loans, read.assumptions, read.tape.sha256, built)


def facts(a: ReadBack, b: ReadBack) -> tuple[Fact, ...]:
    """What the two workbooks are, for their readers."""

    def fact(label: str, *values: Value, unit: str = "") -> Fact:
        return Fact(label, values[0], values[1], unit)

    return (
        fact("Workbook", a.path.name, b.path.name),
        fact("Its SHA-256", a.sha256, b.sha256),
        fact("Tape", a.tape.name, b.tape.name),
        fact("Its SHA-256", a.tape.sha256, b.tape.sha256),
        fact("As of", *(float(each.assumptions.inputs()["as_of"]) for each in (a, b)), unit="date"),
        fact("Target yield", a.assumptions.target_yield, b.assumptions.target_yield, unit="per year"),
        fact("Loans", a.built["loans"], b.built["loans"], unit="count"),
        fact("Loans valued at the build", a.built["valued"], b.built["valued"], unit="count"),
        fact("Values unlike the tape's", float(len(a.overrides)), float(len(b.overrides)), unit="count"),
        fact("Built with lossmit_xl", a.built_with.tool, b.built_with.tool),
        fact("Valued by", *(f"model {each.built_with.model}" for each in (a, b))),
    )  # fmt: skip


def make(bridge: Bridge, facts: tuple[Fact, ...]) -> DiffBook:
    """The workbook with all its sheets, not saved."""
    book = DiffBook(bridge, facts)
    diff_sheets.write(book, bridge, facts)
    return book


def build(bridge: Bridge, facts: tuple[Fact, ...], out: Path, *, force: bool = False) -> None:
    """Write the workbook of a bridge to `out`. Raises OutputError where it can't be written."""
    package.check_workbook_target(out, force)
    package.save(make(bridge, facts), out, force, lambda step, share: None)
