"""`lossmit diff A B`: why the bid of one workbook is not that of another, as tables, JSON or a workbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import lossmit_xl
from lossmit_xl.cli import arguments as option
from lossmit_xl.cli import commands, screen
from lossmit_xl.errors import OutputError
from lossmit_xl.output import check_target

if TYPE_CHECKING:
    from rich.console import Console

    from lossmit_xl.bridge import Bridge, Change, Part

MOST_MOVERS, MOST_PARTS = 8, 12

First = Annotated[
    Path, typer.Argument(metavar="A", show_default=False, help="A workbook that [italic]lossmit build[/italic] wrote.")
]
Second = Annotated[Path, typer.Argument(metavar="B", show_default=False, help="A later one, or another one.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="OUT.xlsx", show_default=False, rich_help_panel=option.FILES,
        help="Write the bridge as a workbook: a waterfall chart, the loans behind every bar, what differs.",
    ),
]  # fmt: skip


@commands.app.command(rich_help_panel=commands.PANEL_VALUE, epilog=option.CODES)
def diff(a: First, b: Second, as_json: option.AsJson = False, out: Out = None, force: option.Force = False) -> None:
    """Say why the bid changed from workbook A to workbook B: a bridge by cause that adds up to the cent.

    Loans that went and came, tape values, overrides, states, assumptions one by one, time passing, the model's version,
    and edits that were never built. Both files are read, never written.
    """
    if out is not None:
        if out.suffix.lower() != ".xlsx":
            raise OutputError(f"{out}: is a workbook; give it a name that ends in .xlsx")
        commands._not_an_input(out, a, b)
        check_target(out, force=force)
    with screen.progress() as report:
        from lossmit_workbook import diff as workbook
        from lossmit_workbook.readback import read_workbook

        report(f"Reading {a.name}", 0.0)
        first = read_workbook(a)
        report(f"Reading {b.name}", 0.0)
        second = read_workbook(b)
        from lossmit_xl.bridge import explain

        report("Valuing the pool step by step", 0.0)
        bridge = explain(workbook.side(first), workbook.side(second))
        if out is not None:
            report("Writing", 0.0)
            workbook.build(bridge, workbook.facts(first, second), out, force=force)
        if as_json:
            commands._to_stdout(_json_parts(bridge))
    console = screen.console(error=as_json)
    problems = dict.fromkeys((*first.problems, *second.problems))
    _show(console, bridge, list(problems))
    if out is not None:
        console.print(f"Written: {screen.one_line(out)}")
    raise typer.Exit(commands.DONE)


def _json_parts(bridge: Bridge) -> Iterator[str]:
    """One document. Every amount is USD in whole cents: a cause's loans and its `not_by_loan` add up to it."""
    from lossmit_xl.bridge import CAUSES, usd

    def ends(name: str, cents: int, loans: int) -> dict[str, object]:
        return {"file": name, "bid": usd(cents), "loans": loans}

    document = {
        "lossmit_xl": lossmit_xl.__version__,
        "model": lossmit_xl.MODEL_VERSION,
        "from": ends(bridge.a.name, bridge.start, int(bridge.in_a.sum())),
        "to": ends(bridge.b.name, bridge.end, int(bridge.in_b.sum())),
        "difference": usd(bridge.end - bridge.start),
        "notes": list(bridge.notes),
        "causes": [
            {
                "cause": cause, "name": name, "amount": usd(bridge.amount(cause)), "inputs": bridge.inputs(cause),
                "loans_moved": int((bridge.cents(cause) != 0).sum()), "not_by_loan": usd(bridge.rounding(cause)),
                "parts": [{"part": part.key, "name": part.label, "amount": usd(part.amount), "loans_moved": part.loans,
                           "not_by_loan": usd(part.rounding)} for part in bridge.parts_of(cause)],
            }
            for cause, name in CAUSES.items()
        ],
        "changes": [
            {"cause": c.cause, "part": c.key, "where": c.where, "column": c.column, "from": c.old, "to": c.new}
            for c in bridge.changes
        ],
    }  # fmt: skip
    yield json.dumps(document, allow_nan=False, default=str)[:-1] + ', "loans": ['
    by_cause = {cause: bridge.cents(cause).tolist() for cause in CAUSES}
    for place, loan in enumerate(bridge.loan_ids):
        row = {"loan_id": loan, "from": usd(bridge.start_cents[place]), "to": usd(bridge.end_cents[place]),
               **{cause: usd(cents[place]) for cause, cents in by_cause.items()}}  # fmt: skip
        yield (", " if place else "") + json.dumps(row, allow_nan=False)
    yield "]}\n"


def _show(console: Console, bridge: Bridge, problems: list[str]) -> None:
    console.print(screen.one_line(f"From {bridge.a.name} to {bridge.b.name}"), style="bold")
    console.print(_causes(bridge))
    movers = _movers(bridge)
    if movers is not None:
        console.print(movers)
    for line in (*bridge.notes, *problems):
        console.print(screen.one_line(line), style="yellow")


def _causes(bridge: Bridge) -> Any:
    from lossmit_xl.bridge import CAUSES

    table = screen._table("Why the bid changed")
    table.add_column("Cause")
    for head in ("Inputs", "Loans moved", "Change, USD", "Bid after, USD"):
        table.add_column(head, justify="right", no_wrap=True)
    running = bridge.start
    table.add_row("Bid of the first", "", "", "", _money(running), style="bold")
    for cause, name in CAUSES.items():
        amount = bridge.amount(cause)
        running += amount
        moved = int((bridge.cents(cause) != 0).sum())
        style = None if amount or moved else "dim"
        table.add_row(name, _count(bridge.inputs(cause)), _count(moved), _signed(amount), _money(running), style=style)
        for part in _worth_showing(bridge.parts_of(cause)):
            named = f"  {screen.one_line(_named(bridge, part))}"
            table.add_row(named, "", _count(part.loans), _signed(part.amount), "", style="dim")
    table.add_row("Bid of the second", "", "", "", _money(bridge.end), style="bold")
    table.add_row("Difference", "", "", _signed(bridge.end - bridge.start), "", style="bold")
    return table


def _worth_showing(parts: list[Part]) -> list[Part]:
    """The parts that have a name and moved something, the largest where there are many."""
    named = [part for part in parts if part.label and (part.amount or part.loans)]
    return named if len(named) <= MOST_PARTS else sorted(named, key=lambda part: -abs(part.amount))[:MOST_PARTS]


def _named(bridge: Bridge, part: Part) -> str:
    """A part with the one value it stands for, where it is one."""
    cells = [c for c in bridge.changes if (c.cause, c.key) == (part.cause, part.key)]
    return f"{part.label}: {_values(cells[0])}" if len(cells) == 1 else part.label


def _values(change: Change) -> str:
    column = f"{change.column} " if change.where else ""
    return f"{column}{_value(change.old)} -> {_value(change.new)}"


def _value(value: Any) -> str:
    return "none" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def _movers(bridge: Bridge) -> Any:
    """The loans that moved most, and the cause that moved each most; None where none moved."""
    import numpy as np

    from lossmit_xl.bridge import CAUSES

    by_cause = {cause: bridge.cents(cause) for cause in CAUSES}
    change = bridge.change()
    order = [place for place in np.argsort(-np.abs(change), kind="stable")[:MOST_MOVERS] if change[place]]
    if not order:
        return None
    table = screen._table("Loans that moved most")
    table.add_column("Loan", overflow="fold")
    for head in ("Bid in the first", "Bid in the second", "Change, USD"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("Most of it")
    for place in order:
        cause = max(CAUSES, key=lambda cause: abs(int(by_cause[cause][place])))
        table.add_row(screen.one_line(bridge.loan_ids[place]), _money(bridge.start_cents[place]),
                      _money(bridge.end_cents[place]), _signed(change[place]), CAUSES[cause])  # fmt: skip
    return table


def _money(cents: Any) -> str:
    return f"{int(cents) / 100:,.2f}"


def _signed(cents: Any) -> str:
    return f"{int(cents) / 100:+,.2f}" if cents else "0.00"


def _count(number: int) -> str:
    return f"{number:,}" if number else ""
