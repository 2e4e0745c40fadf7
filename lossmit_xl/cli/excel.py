"""`lossmit excel template | install | doctor | uninstall`: the workbook with macros, and what Excel needs to find
Python.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lossmit_xl.cli import arguments as option
from lossmit_xl.cli import commands, screen
from lossmit_xl.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossmit_workbook.excel_setup import Finding

excel = typer.Typer(
    name="excel",
    help="Work from Excel: the workbook with macros, and what Excel needs to find Python.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
commands.app.add_typer(excel, rich_help_panel=commands.PANEL_PREPARE)

Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="LossMit.xlsm", show_default=False, rich_help_panel=option.FILES,
                 help="The workbook to write. It appears whole or not at all."),
]  # fmt: skip
Workbook = Annotated[
    Path | None,
    typer.Argument(metavar="[WORKBOOK]", show_default=False, help="A workbook with macros to check as well."),
]


@excel.command()
def template(out: Out, force: option.Force = False) -> None:
    """Write LossMit.xlsm: 25 invented loans, buttons to import a tape, build, compare, refresh and hand over."""
    if out.suffix.lower() != ".xlsm":
        raise OutputError(f"{out}: is a workbook with macros; give it a name that ends in .xlsm")
    from lossmit_workbook.template import write_template

    write_template(out, force=force)
    screen.console().print(f"Written: {screen.one_line(out)} ({out.stat().st_size / 1e6:,.1f} MB)")


@excel.command()
def install() -> None:
    """Tell xlwings to start this Python from Excel (in your own xlwings.conf; other settings stay)."""
    from lossmit_workbook import excel_setup

    _show(excel_setup.install(excel_setup.System.here()))


@excel.command()
def doctor(workbook: Workbook = None) -> None:
    """Check what the buttons Import tape and Build need; exit code 1 where something must be mended."""
    from lossmit_workbook import excel_setup

    findings = excel_setup.doctor(excel_setup.System.here(), workbook)
    _show(findings)
    raise typer.Exit(int(any(finding.level == excel_setup.FIX for finding in findings)))


@excel.command()
def uninstall() -> None:
    """Take back what install wrote."""
    from lossmit_workbook import excel_setup

    _show(excel_setup.uninstall(excel_setup.System.here()))


def _show(findings: Sequence[Finding]) -> None:
    console = screen.console()
    for finding in findings:
        cure = f": {finding.cure}" if finding.cure else ""
        console.print(screen.one_line(f"{finding.level:<5} {finding.found}{cure}"), soft_wrap=True)
