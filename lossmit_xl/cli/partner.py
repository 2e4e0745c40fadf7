"""`lossmit partner`: a copy of a workbook for somebody who has neither Python nor trust in macros."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from lossmit_xl.cli import arguments as option
from lossmit_xl.cli import commands, screen

SHOWN = 8  # replaced cells on the screen

Workbook = Annotated[
    Path,
    typer.Argument(
        metavar="WORKBOOK", show_default=False, help="The workbook to copy, .xlsx or .xlsm. It stays as it is."
    ),
]
Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="OUT.xlsx", show_default=False, rich_help_panel=option.FILES,
                 help="The copy to write. It appears whole or not at all."),
]  # fmt: skip
Values = Annotated[
    bool,
    typer.Option("--values", help="Freeze it: values instead of formulas, everything locked, a banner on Start."),
]
Keep = Annotated[
    bool,
    typer.Option("--keep-personal", rich_help_panel=option.FILES,
                 help="Leave borrowers' names, addresses and account numbers in, where the workbook has them."),
]  # fmt: skip


@commands.app.command(rich_help_panel=commands.PANEL_VALUE)
def partner(
    workbook: Workbook, out: Out, values: Values = False, keep_personal: Keep = False, force: option.Force = False
) -> None:
    """Copy a workbook for a partner: no macros, no Python, no personal data; formulas live, inputs unlocked.

    The rest is protected without a password, so that nothing is changed by mistake. What called Python, an add-in or
    another file becomes its value, and is listed.
    """
    from lossmit_workbook.partner import partner_copy

    with screen.progress() as report:
        report(f"Copying {workbook.name}", 0.0)
        done = partner_copy(workbook, out, values=values, keep_personal=keep_personal, force=force)
    console = screen.console()
    what = "frozen copy, values only" if values else "partner copy, formulas live"
    console.print(f"Written: {screen.one_line(out)} ({out.stat().st_size / 1e6:,.1f} MB), {what}")
    console.print(f"SHA-256 {hashlib.sha256(out.read_bytes()).hexdigest()}")
    for label, gone in (("Sheets left out", done.sheets), ("Parts left out", done.parts)):
        if gone:
            console.print(f"{label}: {screen.one_line(', '.join(gone))}")
    if done.personal:
        console.print("Personal data left out; --keep-personal keeps it.")
    if done.replaced:
        more = f" and {len(done.replaced) - SHOWN:,} more" if len(done.replaced) > SHOWN else ""
        cells = screen.one_line(", ".join(done.replaced[:SHOWN]))
        console.print(f"Formulas replaced by their values, since a partner can't compute them: {cells}{more}")
