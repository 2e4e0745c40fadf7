"""What the user sees: consoles that take any text as it stands, progress, and the tables."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from lossmit_xl.names import STRATEGY_LABELS

if TYPE_CHECKING:
    import pandas as pd

    from lossmit_xl.assumptions import Assumptions
    from lossmit_xl.cli.doubts import Doubt
    from lossmit_xl.evaluate import Evaluation
    from lossmit_xl.portfolio import Portfolio
    from lossmit_xl.tape import Mapping, Tape

Report = Callable[[str, float], None]

WIDTH_IN_FILES = 110  # where the output goes to a file or a pipe there is no width to fit to
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")
_STYLES = {"error": "red", "warning": "yellow"}


def one_line(text: object) -> str:
    """A text from a tape or a file name without line breaks, terminal codes and marks that turn its direction."""
    return _UNSEEN.sub(" ", str(text)).strip()


def console(*, error: bool = False) -> Console:
    """A console on stdout or stderr that never reads markup, emoji or links into texts of a tape."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else WIDTH_IN_FILES
    return Console(stderr=error, markup=False, emoji=False, highlight=False, width=width)


@contextmanager
def progress() -> Iterator[Report]:
    """`report(stage, share)` moves a bar on stderr, gone when done; silent where nobody watches (files, pipes, CI)."""
    screen = console(error=True)
    watched = screen.is_terminal and not screen.is_dumb_terminal and not os.environ.get("CI")
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True, disable=not watched) as bar:
        task = bar.add_task("", total=None)

        def report(stage: str, share: float) -> None:
            bar.update(task, description=one_line(stage), total=None if share <= 0 else 1.0, completed=share)

        yield report


def usd(amount: float) -> str:
    """Whole dollars: `USD 1,234,567`."""
    return f"USD {amount:,.0f}"


def show_result(
    screen: Console, tape: Tape, assumptions: Assumptions, evaluation: Evaluation, doubts: list[Doubt], issues: int
) -> None:
    """The pool's totals and bid, what is recommended, and the costliest issues of the tape."""
    source = tape.source
    sheet = f', sheet "{source.sheet}"' if source.format in ("xlsx", "xls") else ""
    reasons = Counter(reason for reason in evaluation.column("not_valued") if reason)
    show_pool(screen, f"{source.path.name}{sheet}", assumptions, evaluation.portfolio, reasons, doubts, issues)


def show_pool(
    screen: Console, name: str, assumptions: Assumptions, pool: Portfolio, reasons: Counter[str], doubts: list[Doubt],
    issues: int,
) -> None:  # fmt: skip
    """The same for totals alone; `reasons`: for how many loans each is why they are not valued."""
    screen.print(one_line(f"{name}, valued as of {assumptions.as_of}"), style="bold")
    screen.print(_totals(assumptions, pool, reasons))
    screen.print(_recommended(pool))
    if doubts:
        screen.print(_doubts(doubts, issues))
    elif issues:
        screen.print(f"{issues:,} notes on the tape, none of them an error or a warning.")
    else:
        screen.print("No issues were found in the tape.")


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)


def _totals(assumptions: Assumptions, pool: Portfolio, reasons: Counter[str]) -> Table:
    totals = pool.totals
    upb, value = totals["upb_valued"], totals["value"]
    shares = [f"{totals['bid'] / base:.1%} of the {name}" for name, base in (("UPB", upb), ("value", value)) if base]
    against = f", {' and '.join(shares)}" if shares else ""
    haircut = assumptions.value_haircut
    rows = [
        ("Valued", pool.coverage),
        *([("Not valued", _not_valued(reasons))] if totals["not_valued"] else []),
        ("Legal balance", usd(totals["legal_balance"])),
        ("Property value", f"{usd(value)}, after a haircut of {haircut:.0%}" if haircut else usd(value)),
        ("Expected worth", f"{usd(totals['expected_npv'])}, at a yield of {100 * assumptions.target_yield:.4g}%"),
        ("Bid", usd(totals["bid"]) + against),
    ]
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for label, text in rows:
        table.add_row(label, one_line(text), style="bold" if label == "Bid" else None)
    return table


def _not_valued(reasons: Counter[str]) -> str:
    """How many loans for which reason."""
    return "; ".join(f"{n:,} with {reason.removeprefix('not valued: ')}" for reason, n in reasons.most_common())


def _recommended(pool: Portfolio) -> Table:
    table = _table("Recommended")
    for heading in ("Strategy", "Loans", "UPB", "Expected worth", "Bid"):
        table.add_column(heading, justify="left" if heading == "Strategy" else "right", no_wrap=True)
    for key, row in pool.groups["recommended"].iterrows():
        label = STRATEGY_LABELS.get(str(key), "None, or not valued")
        table.add_row(label, f"{row['loans']:,.0f}", *(f"{row[name]:,.0f}" for name in ("upb", "expected_npv", "bid")))
    return table


def _doubts(doubts: list[Doubt], issues: int) -> Table:
    table = _table(f"Costliest issues of the tape (of {issues:,})")
    table.add_column("Severity", no_wrap=True)
    table.add_column("Issue", overflow="fold")
    table.add_column("Loans", justify="right", no_wrap=True)
    table.add_column("UPB in doubt", justify="right", no_wrap=True)
    for doubt in doubts:
        parts = [f"{doubt.column}:" if doubt.column else "", doubt.message, f"({doubt.where})" if doubt.where else ""]
        text = one_line(" ".join(part for part in parts if part))
        table.add_row(doubt.severity, text, f"{doubt.loans:,}", f"{doubt.upb:,.0f}", style=_STYLES.get(doubt.severity))
    return table


def show_mapping(screen: Console, mapping: Mapping) -> None:
    """Every heading of the tape, what it was taken for, how surely and why."""
    table = _table("What became of the tape's headings")
    for heading in ("Heading", "Column", "Score", "How", "Note"):
        table.add_column(heading, justify="right" if heading == "Score" else "left", overflow="fold")
    for entry in mapping.entries:
        style = "dim" if not entry.used else "yellow" if entry.how == "fuzzy" else None
        cells = (entry.heading, entry.target, f"{entry.score:.0f}", entry.how, entry.note)
        table.add_row(*map(one_line, cells), style=style)
    screen.print(table)


FIGURES = {
    "process": ("Process", "process_source"),
    "fc_months": ("Months to sale", "fc_months_source"),
    "legal_fee": ("Legal fee", "legal_fee_source"),
    "other_costs": ("Other costs", "other_costs_source"),
    "redemption_months": ("Redemption", "redemption_source"),
}


def _figure(name: str, value: object) -> str:
    return str(value).replace("_", "-") if name == "process" else f"{value:,.0f}"


def show_states(screen: Console, table: pd.DataFrame) -> None:
    """The state table, each figure with the number of its source; the sources below."""
    shown = _table("Foreclosure by state: months from referral to sale, USD, months of redemption after the sale")
    shown.add_column("", no_wrap=True)
    shown.add_column("State", no_wrap=True)
    for label, _ in FIGURES.values():
        shown.add_column(label, justify="right", no_wrap=True)
    notes: dict[str, int] = {}
    for code, row in table.iterrows():
        cells = []
        for name, (_, source) in FIGURES.items():
            # What is the state's own (its days) stands before the citation; the note is the citation.
            citation = str(row[source]).split(" over 30: ")[-1].removeprefix("the usual process, ")
            cells.append(f"{_figure(name, row[name])} [{notes.setdefault(citation, len(notes) + 1)}]")
        shown.add_row(str(code), row["name"], *cells)
    screen.print(shown)
    for citation, number in notes.items():
        screen.print(f"[{number}] {citation}")


def show_some_states(screen: Console, table: pd.DataFrame) -> None:
    """Some states, each figure with its source in full."""
    for code, row in table.iterrows():
        shown = _table(f"{row['name']} ({code})")
        shown.add_column("", no_wrap=True)
        shown.add_column("Figure", justify="right", no_wrap=True)
        shown.add_column("Source")
        for name, (label, source) in FIGURES.items():
            unit = {"fc_months": " months", "redemption_months": " months", "process": ""}.get(name, " USD")
            shown.add_row(label, _figure(name, row[name]) + unit, str(row[source]))
        screen.print(shown)
