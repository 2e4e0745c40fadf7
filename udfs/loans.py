"""Whole loans in a cell: the nine strategies side by side, and the one to pursue, for rows of the user's own sheet.

Headings are mapped and cells cleaned as on any tape (`lossmit_xl.tape`), then `evaluate` values the loans. What
these functions give is a table of texts, numbers and errors, a row for each row given: none is dropped.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from lossmit_udfs.convert import grid, is_blank
from lossmit_udfs.errors import CODES, NA, NUM, VALUE, ExcelError, error_of
from lossmit_xl.errors import AssumptionError, LossmitError, TapeError
from lossmit_xl.names import STRATEGIES, STRATEGY_LABELS
from lossmit_xl.ops import EXCEL_EPOCH

FIGURES = ("net_recovery", "npv", "months", "feasible")
FIGURE_LABELS = {"net_recovery": "net recovery", "npv": "npv", "months": "months", "feasible": "feasible"}
LEADING = ("Loan", "Recommended", "Expected npv", "Bid", "Note")
NO_LOAN = "not read as a loan: a blank row, a total or a repeated heading"


class TableFault(Exception):
    """A table that can't be valued: `error` is what the cell shows, the message why."""

    def __init__(self, error: str, message: str) -> None:
        self.error = ExcelError(error)
        super().__init__(message)


def rows_of(given: Any) -> list[list[Any]]:
    """A range as rows of cells, "" for blank; a scalar is one cell, a plain list one row."""
    cells = grid(given)
    if not isinstance(cells, np.ndarray):
        cells = np.array([[cells]], dtype=object)
    cells = cells.reshape(1, -1) if cells.ndim == 1 else cells
    return [["" if is_blank(cell) else cell for cell in row] for row in cells.tolist()]


def assumptions_of(given: Any) -> Any:
    """The default assumptions with those of a range of two columns, name and value, in their place.

    Raises TableFault: #VALUE! for an unknown name or a wrong type, #NUM! for a value out of its range, an error
    in the range as it is.
    """
    from lossmit_xl.assumptions import Assumptions

    changes: dict[str, Any] = {}
    for row in rows_of("" if given is None else given):
        for cell in row:
            if isinstance(cell, str) and cell in CODES:
                raise TableFault(cell, f"the assumptions hold {cell} already; mend that cell first")
        if not row or (isinstance(row[0], str) and row[0] == ""):
            continue
        if len(row) < 2:
            raise TableFault(VALUE, "the assumptions must be two columns: name, value")
        if not is_blank(row[1]):
            name = str(row[0]).strip()
            changes[name] = _date(row[1]) if name == "as_of" else row[1]
    whole = {key: int(v) if isinstance(v, float) and v.is_integer() else v for key, v in changes.items()}
    try:
        return Assumptions().replace(**whole) if whole else Assumptions()
    except AssumptionError as error:
        ranged = "must lie between" in str(error)
        raise TableFault(NUM if ranged else VALUE, " ".join(error.problems)) from None


def _date(cell: Any) -> Any:
    """A date of a cell: what Excel hands over as a date, or the serial number of one."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        try:
            return dt.date(1970, 1, 1) + dt.timedelta(days=int(cell) - EXCEL_EPOCH)
        except OverflowError:
            raise TableFault(NUM, f"as_of is {cell:,g}, which is no date") from None
    return cell


def evaluated(headers: Any, rows: Any, assumptions: Any = None) -> tuple[Any, list[int], list[list[Any]]]:
    """(evaluation, per row given the loan's place in it or -1, the rows given). Raises TableFault."""
    from lossmit_xl.evaluate import evaluate
    from lossmit_xl.tape import read_cells

    chosen = assumptions_of(assumptions)
    heading_rows, body = rows_of(headers), rows_of(rows)
    if len(heading_rows) != 1:
        raise TableFault(VALUE, f"the headings must be one row; {len(heading_rows)} were given")
    headings = [str(cell) for cell in heading_rows[0]]
    wrong = next((heading for heading in headings if heading in CODES), None)
    if wrong is not None:
        raise TableFault(wrong, f"a heading is {wrong}; mend that cell first")
    if any(len(row) != len(headings) for row in body):
        raise TableFault(VALUE, f"{len(headings)} headings, but the rows are {len(body[0])} columns wide")
    try:
        tape = read_cells(list(headings), body, as_of=chosen.as_of)
    except TapeError as error:
        raise TableFault(VALUE, str(error)) from None
    place = {int(row) - 2: loan for loan, row in enumerate(tape.rows)}
    return evaluate(tape.loans, chosen), [place.get(row, -1) for row in range(len(body))], body


def _row_error(row: list[Any]) -> ExcelError | None:
    return next((error_of(CODES[cell]) for cell in row if isinstance(cell, str) and cell in CODES), None)


def _laid_out(columns: list[Any], places: list[int], body: list[list[Any]], note: int, first: int) -> Any:
    """Columns of a value a loan as a table of a row a row given. A row that is no loan says so in column `note`.

    A row with an error among its cells shows it from column `first` on.
    """
    place = np.array(places, dtype=np.intp)
    loans = place >= 0
    table = np.full((len(body), len(columns)), "", dtype=object)
    table[~loans, note] = NO_LOAN
    for number, column in enumerate(columns):
        table[loans, number] = _cells(column)[place[loans]]
    for row, cells in enumerate(body):
        error = _row_error(cells) if loans[row] else None
        if error is not None:
            table[row, first:] = error
    return table


def _cells(column: Any) -> Any:
    """A column's values as cells; blank is an empty text."""
    array = np.asarray(column)
    cells = array.astype(object)
    if array.dtype.kind == "f":
        cells[np.isnan(array)] = ""
    return cells


def _labels(strategies: Any) -> Any:
    return np.array([STRATEGY_LABELS.get(key, "") for key in strategies], dtype=object)


def scenarios(headers: Any, rows: Any, assumptions: Any = None) -> Any:
    """LM_SCENARIOS: a row of headings, then a row a loan: bid, and each strategy's figures.

    A loan that is not valued has #N/A for its figures and says why under Note; a table that can't be read is an error.
    """
    try:
        evaluation, places, body = evaluated(headers, rows, assumptions)
    except TableFault as fault:
        return fault.error
    wanted = [(strategy, figure) for strategy in STRATEGIES for figure in FIGURES]
    titles = [f"{STRATEGY_LABELS[strategy]}: {FIGURE_LABELS[figure]}" for strategy, figure in wanted]
    column = evaluation.column
    note = column("not_valued")
    totals = [_cells(column(name)) for name in ("expected_npv", "bid")]
    figures = [_cells(evaluation.figure(strategy, figure)) for strategy, figure in wanted]
    for cells in (*totals, *figures):
        cells[note != ""] = ExcelError(NA)  # a blank would leave the loan out of a sum, FALSE say it was looked at
    leading = [evaluation.loan_id, _labels(column("recommended")), *totals, note]
    table = _laid_out([*leading, *figures], places, body, LEADING.index("Note"), 1)
    return np.vstack([np.array([[*LEADING, *titles]], dtype=object), table])


def best(headers: Any, rows: Any) -> Any:
    """LM_BEST: per row the strategy to pursue and the reason, two cells."""
    try:
        evaluation, places, body = evaluated(headers, rows)
    except TableFault as fault:
        return fault.error
    names = ("recommended", "runner_up", "npv_given_up", "confirm", "not_valued", "missed")
    facts = [evaluation.column(name) for name in names]
    reasons = [reason(dict(zip(names, row, strict=True))) for row in zip(*facts, strict=True)]
    columns = [_labels(facts[0]), np.array(reasons, dtype=object)]
    return _laid_out(columns, places, body, 1, 0)


def reason(facts: dict[str, Any]) -> str:
    """Why a strategy is recommended, in a sentence; why there is none."""
    if facts["not_valued"]:
        return str(facts["not_valued"])
    if not facts["recommended"]:
        return "no strategy is feasible with what is known of the loan"
    if facts["missed"] == 0:
        said = "the loan is current: it goes on"
    elif facts["runner_up"]:
        given_up = facts["npv_given_up"]
        said = f"worth {given_up:,.0f} USD more than the next best, {STRATEGY_LABELS[facts['runner_up']].lower()}"
    else:
        said = "the only feasible strategy"
    return said + (f"; confirm {facts['confirm']}" if facts["confirm"] else "")


def why_not(function_name: str, given: tuple[Any, ...]) -> str:
    """Why a call of LM_SCENARIOS or LM_BEST fails; "" where it does not."""
    padded = (*given, None, None, None)[:3]
    try:
        evaluation, places, body = evaluated(*padded)
    except (TableFault, LossmitError) as fault:
        return str(fault)
    for row, cells in enumerate(body, start=1):
        error = _row_error(cells)
        if error is not None:
            column = next(place for place, cell in enumerate(cells, start=1) if cell == error)
            return f"row {row}, column {column} holds {error} already; mend that cell first"
    why = evaluation.column("not_valued")
    missing = next((row for row, place in enumerate(places, start=1) if place >= 0 and why[place]), None)
    if missing is not None:
        return f"row {missing} is {why[places[missing - 1]]}"
    if -1 in places:
        return f"row {places.index(-1) + 1} is {NO_LOAN}"
    return ""


