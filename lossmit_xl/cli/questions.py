"""`lossmit questions`: what to ask the seller, on the screen, as text for an e-mail, as csv, or as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossmit_xl.cli import arguments as option
from lossmit_xl.cli import commands, screen
from lossmit_xl.errors import OutputError
from lossmit_xl.output import check_target, write_text, written_aside

if TYPE_CHECKING:
    import pandas as pd

    from lossmit_xl.questions import Question

ENDINGS = (".txt", ".csv", ".xlsx")
HEADS = {"rank": "no", "loan_id": "loan", "row": "file row", "question": "question", "tape_says": "what the tape says"}
INTERNAL_HEADS = {
    "bid_low": "bid, low end", "bid": "bid as it stands", "bid_high": "bid, high end", "at_stake": "at stake",
    "why": "why it is doubtful", "readings": "the ends", "source": "what the ends rest on",
}  # fmt: skip
WIDE = 78  # characters of a line in an e-mail

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="FILE.txt|.csv|.xlsx", show_default=False, rich_help_panel=option.FILES,
        help="Write text for an e-mail, a csv table, or a workbook with an answer column; without it, to the screen.",
    ),
]  # fmt: skip
Top = Annotated[
    int | None,
    typer.Option("--top", metavar="N", min=1, show_default=False, help="Only the N questions that matter most."),
]
Internal = Annotated[
    bool,
    typer.Option(
        "--internal",
        help="Show the bids at both ends and the dollars at stake. Not for the seller: without it nothing of a bid "
        "is shown or written.",
    ),
]


@commands.app.command(rich_help_panel=commands.PANEL_PREPARE, epilog=option.CODES)
def questions(
    tape: option.TapePath,
    out: Out = None,
    top: Top = None,
    internal: Internal = False,
    assumptions: option.AssumptionsPath = None,
    as_of: option.AsOf = None,
    mapping: option.MappingPath = None,
    force: option.Force = False,
) -> None:
    """Ask the seller: every doubtful or missing cell as a plain question, the dearest first."""
    if out is not None:
        if out.suffix.lower() not in ENDINGS:
            raise OutputError(f"{out}: give it a name that ends in .txt, .csv or .xlsx")
        commands._not_an_input(out, tape, assumptions, mapping)
        check_target(out, force=force)
    with screen.progress() as report:
        deal = commands._assumptions(assumptions, as_of)
        read = commands._read(tape, mapping, deal, report)
        report("Valuing the plausible ends", 0.0)
        from lossmit_xl.evaluate import evaluate
        from lossmit_xl.questions import questions as ask

        evaluation = evaluate(read.loans, deal)
        every = ask(read, deal, evaluation)
        asked = every.head(top) if top is not None else every
        if out is not None and out.suffix.lower() == ".xlsx":
            from lossmit_workbook.seller_file import save_questions

            save_questions(read, deal, evaluation, asked, out, internal=internal, force=force)
        elif out is not None and out.suffix.lower() == ".csv":
            with written_aside(out, force=force) as (aside,):
                _table(asked, internal).to_csv(aside, index=False, lineterminator="\n", encoding="utf-8")
        elif out is not None:
            write_text(out, email(read.source.path.name, asked, internal=internal), force=force)
    console = screen.console()
    if out is None:
        _show(console, asked, internal)
    if len(asked) < len(every):
        console.print(f"{len(asked):,} of {len(every):,} questions; without --top all of them.")
    if out is not None:
        whose = "With bids: not for the seller." if internal else "Nothing of a bid is in it."
        console.print(f"Written: {screen.one_line(out)}, {_count(len(asked))}. {whose}")
    raise typer.Exit(commands._code(evaluation))


def _count(number: int) -> str:
    return "1 question" if number == 1 else f"{number:,} questions"


def email(name: str, asked: pd.DataFrame, *, internal: bool) -> str:
    """The questions as plain text; a text of the tape stays on its line."""
    import textwrap

    from lossmit_xl.questions import SMALL, each

    lines = [f"Questions about the tape {screen.one_line(name)}", ""]
    split = False
    for one in each(asked):
        if not (one.at_stake >= SMALL) and not split:
            lines += ["Further questions" if one.rank > 1 else "Questions", ""]
            split = True
        head = f"{one.rank}. "
        lines += textwrap.wrap(screen.one_line(one.question), WIDE, initial_indent=head,
                               subsequent_indent=" " * len(head), break_on_hyphens=False)  # fmt: skip
        place = f"row {one.row}, " if one.row else ""
        lines.append(f"{' ' * len(head)}({place}{screen.one_line(one.tape_says)})")
        if internal:
            lines.append(" " * len(head) + _stake(one))
        lines += [f"{' ' * len(head)}Answer:", ""]
    if not len(asked):
        lines += ["No questions: the tape answers them all.", ""]
    return "\n".join(lines)


def _stake(one: Question) -> str:
    if not one.estimated:
        return f"At stake: {one.readings}"
    return (
        f"At stake: {screen.usd(one.at_stake)} (bid {one.bid:,.0f} as it stands, {one.bid_low:,.0f} to "
        f"{one.bid_high:,.0f}: {one.readings})"
    )


def _table(asked: pd.DataFrame, internal: bool) -> pd.DataFrame:
    """The questions under the headings of the field, texts that a spreadsheet would run made inert."""
    from lossmit_xl.cli.documents import inert

    heads = HEADS | (INTERNAL_HEADS if internal else {})
    table = inert(asked[list(heads)].round(2).rename(columns=heads))
    table.insert(len(HEADS), "answer", "")
    return table


def _show(console: Any, asked: pd.DataFrame, internal: bool) -> None:
    from rich import box
    from rich.table import Table

    from lossmit_xl.questions import each

    if not len(asked):
        console.print("No questions: the tape answers them all.")
        return
    table = Table(title="Questions to the seller", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
                  pad_edge=False)  # fmt: skip
    table.add_column("No.", justify="right", no_wrap=True)
    table.add_column("Question", overflow="fold")
    table.add_column("The tape says", overflow="fold")
    table.add_column("Row", justify="right", no_wrap=True)
    heads = ("Bid, low end", "Bid", "Bid, high end", "At stake") if internal else ()
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for one in each(asked):
        figures = (one.bid_low, one.bid, one.bid_high, one.at_stake) if internal else ()
        table.add_row(str(one.rank), screen.one_line(one.question), screen.one_line(one.tape_says),
                      str(one.row or ""), *("" if f != f else f"{f:,.0f}" for f in figures))  # fmt: skip
    console.print(table)
