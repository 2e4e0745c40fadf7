"""`lossmit lite`: the Excel functions as one Python file for the add-in xlwings Lite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lossmit_xl.cli import arguments as option
from lossmit_xl.cli import commands, screen
from lossmit_xl.errors import OutputError

Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="FILE.py", rich_help_panel=option.FILES,
                 help="The file to write, to be pasted into the add-in's main.py."),
]  # fmt: skip


@commands.app.command(rich_help_panel=commands.PANEL_PREPARE)
def lite(out: Out = Path("lossmit_lite.py"), force: option.Force = False) -> None:
    """Write the Excel functions as one Python file for xlwings Lite: Windows, Mac and web, no Python to install."""
    from lossmit_udfs.lite import SHIPPED, main_py, requirements_txt
    from lossmit_xl.output import write_text

    if out.suffix.lower() != ".py":
        raise OutputError(f"{out}: is a Python file; give it a name that ends in .py")
    write_text(out, main_py(), force=force)
    wanted = " and ".join(line for line in requirements_txt().splitlines() if not line.startswith("#"))
    console = screen.console()
    console.print(f"Written: {screen.one_line(out)}, {len(SHIPPED)} functions")
    console.print(f"Paste it into main.py of xlwings Lite; requirements.txt must have {wanted}.")
