"""`lossmit lambdas`: the Excel functions as LAMBDA names, for Excel without Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lossmit_xl.cli import arguments as option
from lossmit_xl.cli import commands, screen
from lossmit_xl.errors import OutputError

Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="OUT.xlsx", rich_help_panel=option.FILES,
                 help="The workbook to write. It appears whole or not at all."),
]  # fmt: skip
Text = Annotated[
    Path | None,
    typer.Option("--text", metavar="FILE.txt", show_default=False, rich_help_panel=option.FILES,
                 help="Also write the names as text, to paste into the add-in Excel Labs."),
]  # fmt: skip


@commands.app.command(rich_help_panel=commands.PANEL_PREPARE)
def lambdas(out: Out = Path("lossmit_lambdas.xlsx"), text: Text = None, force: option.Force = False) -> None:
    """Write the Excel functions as LAMBDA names: no Python, no macros. Needs Excel 2024, Microsoft 365 or the web."""
    from lossmit_udfs.lambdas import lambda_names, sheets
    from lossmit_xl.output import check_target, write_text

    if out.suffix.lower() != ".xlsx":
        raise OutputError(f"{out}: is a workbook; give it a name that ends in .xlsx")
    for target in (out, text):
        if target is not None:
            check_target(target, force=force)
    if text is not None and text.resolve() == out.resolve():
        raise OutputError(f"{text}: is the workbook; give the text another name")
    sheets.write(out, force=force)
    if text is not None:
        write_text(text, sheets.module_text(), force=force)
    console = screen.console()
    size = f"{out.stat().st_size / 1e6:,.1f} MB"
    console.print(f"Written: {screen.one_line(out)} ({size}), {len(lambda_names())} functions")
    if text is not None:
        console.print(f"Written: {screen.one_line(text)}, for the Advanced Formula Environment of Excel Labs")
    console.print("Needs Excel 2024, Excel for Microsoft 365 or Excel on the web.")
