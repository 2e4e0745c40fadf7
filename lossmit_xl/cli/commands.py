"""The commands of `lossmit`. What is heavy (pandas, the workbook package) is imported by the command that needs it."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossmit_xl import __version__
from lossmit_xl.cli import arguments as option
from lossmit_xl.cli import screen
from lossmit_xl.errors import AssumptionError, LossmitError, OutputError
from lossmit_xl.output import check_target, cure, write_text, written_aside

if TYPE_CHECKING:

    from lossmit_xl.assumptions import Assumptions
    from lossmit_xl.evaluate import Evaluation
    from lossmit_xl.tape import Tape

DONE, NOT_ALL_VALUED, REFUSED, DEFECT = 0, 1, 2, 3
PANEL_VALUE, PANEL_PREPARE = "Value a tape", "Prepare"

app = typer.Typer(
    name="lossmit",
    help=option.ABOUT,
    epilog=option.CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lossmit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    pass


@app.command(rich_help_panel=PANEL_VALUE, epilog=option.CODES)
def build(
    tape: option.TapePath,
    out: option.WorkbookPath,
    assumptions: option.AssumptionsPath = None,
    as_of: option.AsOf = None,
    mapping: option.MappingPath = None,
    old: option.FromWorkbook = None,
    report_to: option.CarryReport = None,
    force: option.Force = False,
    keep_personal: option.KeepPersonal = False,
    live: option.Live = "auto",
) -> None:
    """Write the workbook: every loan valued, every number a live formula.

    Change the yield, a state's months or a loan's value in it and everything recalculates, in Excel and in
    LibreOffice, without Python. When the next tape comes, `--from` the old workbook keeps what was typed into it.
    """
    from lossmit_xl.cli import carrying

    if out.suffix.lower() not in (".xlsx", ".xlsm"):
        raise OutputError(f"{out}: is a workbook; give it a name that ends in .xlsx, or .xlsm for one with macros")
    _not_an_input(out, tape, assumptions, mapping, old)
    check_target(out, force=force)
    if report_to is not None:
        _check_report(report_to, out, force, tape, assumptions, mapping, old)
    with screen.progress() as report:
        deal, past = _assumptions(assumptions, as_of), None
        notes: list[str] = []
        if old is not None:
            report(f"Reading {old.name}", 0.0)
            past = carrying.read_old(old)
            deal, notes = carrying.deal_of(past, deal, assumptions)
        read = _read(tape, mapping, deal, report)
        carried = carrying.onto(read, past, notes, keep_personal) if past is not None else None
        from lossmit_workbook.build import build as build_workbook

        try:
            evaluation = build_workbook(read, deal, out, force=force, keep_personal=keep_personal, carried=carried,
                                        live=live, progress=report)  # fmt: skip
        except OSError as error:  # a full disk may strike in a folder for temporary files, too
            raise OutputError(f"{out}: {cure(error)}") from None
        if carried is not None and report_to is not None:
            from lossmit_xl.carry import report as in_words

            write_text(report_to, "\n".join(map(screen.one_line, in_words(carried))) + "\n", force=force)
    console = screen.console()
    _show(console, read, deal, evaluation)
    if carried is not None:
        carrying.show(console, carried)
    console.print(f"Written: {screen.one_line(out)} ({out.stat().st_size / 1e6:,.1f} MB)")
    raise typer.Exit(_code(evaluation))


@app.command(rich_help_panel=PANEL_VALUE, epilog=option.CODES)
def evaluate(
    tape: option.TapePath,
    as_json: option.AsJson = False,
    csv: option.CsvFolder = None,
    parquet: option.ParquetFolder = None,
    assumptions: option.AssumptionsPath = None,
    as_of: option.AsOf = None,
    mapping: option.MappingPath = None,
    force: option.Force = False,
) -> None:
    """Value the tape without a workbook: on the screen, as JSON, as csv or parquet files."""
    from lossmit_xl.cli import documents

    if as_json + (csv is not None) + (parquet is not None) > 1:
        raise OutputError("--json, --csv and --parquet exclude each other; run the command once for each")
    if parquet is not None:
        from lossmit_xl.cli import in_parts

        raise typer.Exit(in_parts.run(tape, parquet, _assumptions(assumptions, as_of), mapping, force=force))
    if csv is not None:
        documents.csv_targets(csv, force=force)
    with screen.progress() as report:
        deal = _assumptions(assumptions, as_of)
        read = _read(tape, mapping, deal, report)
        from lossmit_xl.evaluate import evaluate as value

        report(f"Valuing {len(read.loans):,} loans nine ways", 0.0)
        evaluation = value(read.loans, deal)
        if csv is not None:
            report("Writing", 0.0)
            documents.write_csv(csv, evaluation, read.issues, force=force)
        if as_json:
            _to_stdout(documents.json_parts(read, deal, evaluation))
    console = screen.console(error=as_json)
    _show(console, read, deal, evaluation)
    if csv is not None:
        console.print(f"Written: {', '.join(documents.CSV_FILES)} in {screen.one_line(csv)}")
    raise typer.Exit(_code(evaluation))


@app.command("map", rich_help_panel=PANEL_PREPARE)
def map_headings(
    tape: option.TapePath,
    out: option.MappingOut = None,
    mapping: option.MappingPath = None,
    force: option.Force = False,
) -> None:
    """Show which heading of the tape was taken for which column, and save it to correct and reuse."""
    if out is not None:
        _not_an_input(out, tape)
        check_target(out, force=force)
    with screen.progress() as report:
        report(f"Reading {tape.name}", 0.0)
        from lossmit_xl.tape import read_tape

        read = read_tape(tape, mapping)
    if out is not None:
        with written_aside(out, force=force) as (aside,):
            read.mapping.save(aside)
    console = screen.console()
    screen.show_mapping(console, read.mapping)
    if out is not None:
        name, pool = screen.one_line(out), screen.one_line(tape)
        console.print(f"Written: {name}. Edit it, then: lossmit build {pool} --mapping {name} -o OUT.xlsx")


@app.command(rich_help_panel=PANEL_PREPARE)
def states(codes: option.Codes = None) -> None:
    """Show how long and how dear a foreclosure is in each state, with the source of every figure."""
    from lossmit_xl.states import states as table_of_states

    table = table_of_states()
    if codes:
        screen.show_some_states(screen.console(), table.loc[_state_codes(codes)])
    else:
        screen.show_states(screen.console(), table)


@app.command("assumptions", rich_help_panel=PANEL_PREPARE)
def show_assumptions(out: option.TomlOut = None, force: option.Force = False) -> None:
    """Write every assumption with its default, meaning, range and source, as a file to edit."""
    from lossmit_xl.assumptions import Assumptions

    defaults = Assumptions()
    # A date written down today would still be there when the file is used next month.
    text = defaults.to_toml(comments=True).replace("\nas_of = ", "\n# as_of = ", 1)
    if out is None:
        _to_stdout([text])
        return
    write_text(out, text, force=force)
    name = screen.one_line(out)
    screen.console().print(f"Written: {name}. Edit it, then: lossmit build TAPE --assumptions {name} -o OUT.xlsx")


def _assumptions(path: Path | None, as_of: str | None) -> Assumptions:
    from lossmit_xl.assumptions import Assumptions

    deal = Assumptions.from_toml(path) if path is not None else Assumptions()
    if as_of is None:
        return deal
    try:
        return deal.replace(as_of=as_of)
    except AssumptionError as error:
        raise AssumptionError(problem.replace("as_of = ", "--as-of ", 1) for problem in error.problems) from None


def _read(path: Path, mapping: Path | None, deal: Assumptions, report: screen.Report) -> Tape:
    report(f"Reading {path.name}", 0.0)
    from lossmit_xl.tape import read_tape

    return read_tape(path, mapping, as_of=deal.as_of)


def _show(console: Any, tape: Tape, deal: Assumptions, evaluation: Evaluation) -> None:
    from lossmit_xl.cli.doubts import costliest

    screen.show_result(console, tape, deal, evaluation, costliest(tape), len(tape.issues))


def _code(evaluation: Evaluation) -> int:
    return NOT_ALL_VALUED if evaluation.portfolio.totals["not_valued"] else DONE


def _state_codes(asked: list[str]) -> list[str]:
    from lossmit_xl.states import FALLBACK, STATE_CODES, state_code

    found = {text: FALLBACK if text.upper() == FALLBACK else state_code(text) for text in asked}
    wrong = [text for text, code in found.items() if code is None]
    if wrong:
        known = ", ".join((*STATE_CODES, FALLBACK))
        raise LossmitError(f'"{text}": is no state; write one of {known}' for text in wrong)
    return list(dict.fromkeys(code for code in found.values() if code))


def _not_an_input(out: Path, *inputs: Path | None) -> None:
    """Refuse to write over a file that is being read, --force or not."""
    for path in inputs:
        if path is not None and out.exists() and path.exists() and out.samefile(path):
            raise OutputError(f"{out}: is a file this command reads; choose another name for the output")


def _check_report(report: Path, out: Path, force: bool, *inputs: Path | None) -> None:
    """Refuse a report that can't be written, is an input or the workbook itself, or has nothing to say."""
    if inputs[-1] is None:
        raise OutputError("--report: says what --from carried over; give both, or leave it away")
    if report.resolve() == out.resolve():
        raise OutputError(f"{report}: is the workbook; give the report another name")
    _not_an_input(report, *inputs)
    check_target(report, force=force)


def _to_stdout(parts: Iterable[str]) -> None:
    """Write to stdout, whole; a reader that has had enough (`| head`) is no error."""
    try:
        for part in parts:
            sys.stdout.write(part)
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
    except OSError as error:
        _abandon_stdout()
        raise OutputError(f"stdout: {cure(error)}") from None


def _abandon_stdout() -> None:
    """What is still to be written goes nowhere, so that leaving does not fail on it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn every error into lines on stderr and an exit code; nobody meets a traceback but for a defect of ours."""
    try:
        yield
    except LossmitError as error:
        _leave(error.problems)
    except MemoryError:
        _leave(["the memory is used up; close other programs, or split the tape"])
    except BrokenPipeError:
        _abandon_stdout()
        sys.exit(REFUSED)
    except OSError as error:
        _leave([f"{error.filename or 'the output'}: {cure(error)}"])
    except Exception:
        traceback.print_exc()
        _leave(["this is a defect of lossmit, not of your files; please report it with the lines above"], DEFECT)


def _leave(problems: Iterable[str], code: int = REFUSED) -> None:
    # Files that libraries had half written complain once more when they are cleared away.
    sys.unraisablehook = lambda _: None
    for problem in problems:
        print(f"lossmit: {screen.one_line(problem)}", file=sys.stderr)
    sys.exit(code)


def main() -> None:
    """Entry point of the `lossmit` command."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what libraries have to say to programmers
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows a question mark
    with _refusals():
        app(prog_name="lossmit")
