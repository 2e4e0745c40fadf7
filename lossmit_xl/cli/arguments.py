"""The options of the commands, each once, in the words of the help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ABOUT = """Values every loan of a non-performing mortgage tape nine ways and says what to bid.

For each loan: reinstatement, repayment plan, forbearance, modification, discounted payoff, short sale, deed-in-lieu, \
foreclosure, and selling the note as it stands; what each recovers, when, and what it is worth at your yield.

[bold]Start with[/bold]  lossmit build tape.xlsx -o pool.xlsx"""

CODES = """Exit codes: 0 done; 1 done, but some loans could not be valued (they are listed, never dropped); \
2 refused, with one line a problem."""

DEAL, FILES = "Deal", "Files"

TapePath = Annotated[
    Path,
    typer.Argument(
        metavar="TAPE",
        show_default=False,
        help="The seller's tape: xlsx, xlsm, xls, csv or other delimited text, parquet. Headings are recognised; "
        "title rows, totals and odd formats are no obstacle.",
    ),
]
AssumptionsPath = Annotated[
    Path | None,
    typer.Option(
        "--assumptions",
        metavar="FILE.toml",
        show_default=False,
        rich_help_panel=DEAL,
        help="Your yield, timelines and costs; what the file leaves out keeps its default. "
        "[italic]lossmit assumptions -o deal.toml[/italic] writes one to edit.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        show_default=False,
        rich_help_panel=DEAL,
        help="Funding date that missed payments are counted to. Without it: the file of assumptions', else today.",
    ),
]
MappingPath = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="FILE.toml",
        show_default=False,
        rich_help_panel=FILES,
        help="Which heading of the seller's is which column, as [italic]lossmit map -o[/italic] writes it.",
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", rich_help_panel=FILES, help="Replace what stands there already."),
]
WorkbookPath = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="OUT.xlsx",
        show_default=False,
        rich_help_panel=FILES,
        help="The workbook to write, .xlsx or .xlsm for one with macros. It appears whole or not at all.",
    ),
]
FromWorkbook = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="OLD.xlsx",
        show_default=False,
        rich_help_panel=DEAL,
        help="An older workbook of this pool: its assumptions, states, overrides, asks, decisions and notes are "
        "carried over by loan number. It is read, never written.",
    ),
]
CarryReport = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.txt",
        show_default=False,
        rich_help_panel=FILES,
        help="With --from: write what came, went, changed, was carried and was not, to this file too.",
    ),
]
KeepPersonal = Annotated[
    bool,
    typer.Option(
        "--keep-personal",
        rich_help_panel=FILES,
        help="Keep borrowers' names, addresses and account numbers, which are otherwise left out of the workbook.",
    ),
]
Live = Annotated[
    str,
    typer.Option(
        "--live",
        metavar="all|N|auto",
        rich_help_panel=FILES,
        help="How many loans have formulas, those with the largest balances first; the others hold the figures of the "
        "build, marked so. auto: 2,000, so that Excel and LibreOffice open the file.",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", rich_help_panel=FILES, help="Print everything as one JSON document; messages go to stderr."),
]
CsvFolder = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="DIR",
        show_default=False,
        rich_help_panel=FILES,
        help="Write scenarios.csv (a row a loan and strategy), loans.csv (a row a loan) and issues.csv to this folder.",
    ),
]
ParquetFolder = Annotated[
    Path | None,
    typer.Option(
        "--parquet",
        metavar="DIR",
        show_default=False,
        rich_help_panel=FILES,
        help="Write scenarios.parquet, loans.parquet and issues.parquet to this folder. From a parquet tape, loans are "
        "read, valued and written some thousands at a time, so that a million need no more memory than a few.",
    ),
]
MappingOut = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="FILE.toml", show_default=False, help="Save the mapping there, to edit and reuse."
    ),
]
TomlOut = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="FILE.toml", show_default=False, help="Write to this file; without it, to the screen."
    ),
]
Codes = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CODE]...",
        show_default=False,
        help="States to show with every source in full, such as FL or NY; without any, the whole table.",
    ),
]
