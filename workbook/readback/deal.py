"""The assumptions of a workbook, its weights and states included: as stamped at the build, and as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lossmit_workbook.readback.headings import Findings, columns_of, head_row, sentence, text
from lossmit_workbook.readback.source import Grid, address
from lossmit_workbook.sheets import assumptions as sheet
from lossmit_workbook.sheets import states as states_sheet
from lossmit_xl.assumption_flat import cells_of_field, field_value, unflatten
from lossmit_xl.assumptions import FIELDS, INPUTS, Assumptions
from lossmit_xl.errors import AssumptionError
from lossmit_xl.loan_cells import alike, is_blank, said
from lossmit_xl.names import SITUATIONS, STRATEGIES, STRATEGY_LABELS
from lossmit_xl.states import FALLBACK, STATE_CODES, YOURS, published

STANDS = "not carried, the value at the build stands"
TOGETHER = ("mod_step_rates", "mod_target")  # each may forbid the other: carried together or not at all


@dataclass
class Flat:
    """Flat cells: what they hold now, what they held at the build, and where they stand."""

    now: dict[str, Any]
    built: dict[str, Any]
    where: dict[str, str]


def read_assumptions(grid: Grid, states: Grid, findings: Findings) -> tuple[Assumptions, Assumptions] | None:
    """All assumptions as they are now and as they were at the build; a cell that can't be read keeps its value of the
    build, with a note."""
    flat = _scalars(grid, findings)
    _weights(grid, flat, findings)
    for name in flat.now:
        _plain_value(grid, flat, name, findings)
    cells = _states(states, findings)
    if findings.fatal:
        return None
    try:
        built = Assumptions(**unflatten(flat.built), states=cells["built"])
    except AssumptionError as error:
        for problem in error.problems:
            findings.refuse(f"sheet {sheet.TITLE}", f"as it stood at the build: {problem}; take the file from a backup")
        return None
    return _carried(built, flat, cells, findings), built


def _carried(
    built: Assumptions, flat: Flat, states: dict[str, dict[str, dict[str, Any]]], findings: Findings
) -> Assumptions:
    """The assumptions of the build with every field that is another now put in place, one by one."""
    values = built.values()
    changed: dict[str, Any] = {}
    for field in FIELDS:
        names = cells_of_field(field)
        if any(flat.now[name] != flat.built[name] for name in names):
            changed[field.name] = field_value(field, flat.now)
    groups = [{name: changed[name]} for name in changed if name not in TOGETHER]
    pair = {name: changed[name] for name in TOGETHER if name in changed}
    if pair:
        groups.append({name: changed.get(name, values[name]) for name in TOGETHER})
    for group in groups:
        try:
            built = type(built)(**{**built.values(), **group})
        except AssumptionError as error:
            cells = [
                flat.where[cell]
                for field in FIELDS
                if field.name in group
                for cell in cells_of_field(field)
                if flat.now[cell] != flat.built[cell]
            ]
            for problem in error.problems:
                findings.note(", ".join(cells[:3]), f"{sentence(problem)} It is {STANDS}")
    return type(built)(**{**built.values(), "states": states["now"]})


def _scalars(grid: Grid, findings: Findings) -> Flat:
    """The inputs in rows: name, value and the value at the build, found by their headings."""
    flat = Flat({}, {}, {})
    head = head_row(grid, lambda label: label in sheet.HEADS, "Name")
    if not head:
        findings.refuse(f"sheet {grid.title}", 'has no row of headings with "Name"; type the headings again')
        return flat
    columns = columns_of(grid, head, ("Name", "Value", "At build"), findings)
    if len(columns) < 3:
        return flat
    rows: dict[str, list[int]] = {}
    for row in range(head + 1, len(grid.rows) + 1):
        rows.setdefault(text(grid.at(row, columns["Name"])), []).append(row)
    for field in INPUTS:
        if field.name.startswith("weight_"):
            continue
        at = rows.get(field.name, [])
        if len(at) != 1:
            what = "is missing; type it again" if not at else f"stands in rows {at[0]} and {at[1]}; delete one of them"
            findings.refuse(f"sheet {grid.title}", f'the name "{field.name}" {what}')
            continue
        flat.now[field.name] = grid.at(at[0], columns["Value"])
        flat.built[field.name] = grid.at(at[0], columns["At build"])
        flat.where[field.name] = grid.where(at[0], columns["Value"])
    return flat


def _weights(grid: Grid, flat: Flat, findings: Findings) -> None:
    """The table of weights, found by its headings; its stamps stand beside it, in the same order."""
    labels = {STRATEGY_LABELS[strategy]: strategy for strategy in STRATEGIES}
    head = head_row(grid, lambda label: label in labels, "Situation", len(grid.rows))
    if not head:
        findings.refuse(
            f"sheet {grid.title}",
            'has no outcome weights (a row of headings with "Situation"); take the file from a backup',
        )
        return
    columns = columns_of(grid, head, ("Situation", *labels, sheet.STAMPS_HEAD), findings)
    if len(columns) < 2 + len(labels):
        return
    rows: dict[str, int] = {}
    for row in range(head + 1, len(grid.rows) + 1):
        label = text(grid.at(row, columns["Situation"]))
        if label in SITUATIONS and label not in rows:
            rows[label] = row
    for situation in SITUATIONS:
        if situation not in rows:
            findings.refuse(
                f"sheet {grid.title}", f'the outcome weights of "{situation}" are missing; type the word again'
            )
            continue
        row = rows[situation]
        for place, (label, strategy) in enumerate(labels.items()):
            name = f"weight_{situation}_{strategy}"
            flat.now[name] = grid.at(row, columns[label])
            flat.built[name] = grid.at(row, columns[sheet.STAMPS_HEAD] + place)
            flat.where[name] = grid.where(row, columns[label])


def _plain_value(grid: Grid, flat: Flat, name: str, findings: Findings) -> None:
    """Formulas and errors typed into an input: their result, or the value of the build; dates as serial days."""
    where = flat.where[name].rpartition("!")[2]
    now, built = flat.now[name], flat.built[name]
    if where in grid.errors:
        findings.note(flat.where[name], f"{name} shows an error; type a value. It is {STANDS}")
        now = built
    elif where in grid.formulas:
        if is_blank(now):
            findings.note(
                flat.where[name],
                f"{name} is a formula without a stored result; open the file in Excel and save it. It is {STANDS}",
            )
            now = built
        else:
            findings.note(flat.where[name], f"{name} is a formula; its result {said(now)} is carried as a value")
    elif is_blank(now):
        findings.note(flat.where[name], f"{name} is blank; type a value. It is {STANDS}")
        now = built
    same = isinstance(now, float) and isinstance(built, float) and alike(now, built)
    flat.now[name] = built if same else now


def _states(grid: Grid, findings: Findings) -> dict[str, dict[str, dict[str, Any]]]:
    """Your own cells of the state table, at the build and now: what differs from the published figures."""
    found: dict[str, dict[str, dict[str, Any]]] = {"built": {}, "now": {}}
    heads = {head: name for name, (head, *_) in states_sheet.HEADS.items()}
    head = head_row(grid, lambda label: label in heads, "State")
    if not head:
        findings.refuse(f"sheet {grid.title}", 'has no row of headings with "State"; type it again above the codes')
        return found
    stamps = {states_sheet.STAMP_HEADS[name]: name for name in states_sheet.NUMBERS}
    sources = {states_sheet.SOURCES[name]: name for name in states_sheet.NUMBERS}
    wanted = ("State", *(states_sheet.HEADS[name][0] for name in ("process", *states_sheet.NUMBERS)), *stamps, *sources)
    columns = columns_of(grid, head, wanted, findings)
    if len(columns) < len(wanted):
        return found
    rows: dict[str, list[int]] = {}
    for row in range(head + 1, len(grid.rows) + 1):
        rows.setdefault(text(grid.at(row, columns["State"])), []).append(row)
    for code in (*STATE_CODES, FALLBACK):
        at = rows.get(code, [])
        if len(at) != 1:
            what = "is missing; put its row back" if not at else f"stands in rows {at[0]} and {at[1]}; delete one"
            findings.refuse(f"sheet {grid.title}", f'the state "{code}" {what}')
            continue
        process = text(grid.at(at[0], columns[states_sheet.HEADS["process"][0]]))
        if process != published(code)["process"]:
            for when in found.values():
                when.setdefault(code, {})["process"] = process
        for name in states_sheet.NUMBERS:
            _state_cell(grid, at[0], code, name, columns, found, findings)
    return found


def _state_cell(
    grid: Grid,
    row: int,
    code: str,
    name: str,
    columns: dict[str, int],
    found: dict[str, dict[str, dict[str, Any]]],
    findings: Findings,
) -> None:
    """One figure of a state. A published one that nobody touched is no override, whatever is published now."""
    column = columns[states_sheet.HEADS[name][0]]
    now, built = grid.at(row, column), grid.at(row, columns[states_sheet.STAMP_HEADS[name]])
    label, where = f"{name} of {code}", address(row, column)
    yours = text(grid.at(row, columns[states_sheet.SOURCES[name]])) == YOURS
    if yours:
        found["built"].setdefault(code, {})[name] = built
    if where in grid.errors or is_blank(now):
        cause = (
            "shows an error"
            if where in grid.errors
            else "is a formula without a stored result"
            if where in grid.formulas
            else "is blank"
        )
        findings.note(grid.where(row, column), f"{label} {cause}; type a value. It is {STANDS}")
        now = built
    elif where in grid.formulas:
        findings.note(grid.where(row, column), f"{label} is a formula; its result {said(now)} is carried as a value")
    if now != built:
        try:
            Assumptions(states={code: {name: now}})
        except AssumptionError as error:
            for problem in error.problems:
                findings.note(grid.where(row, column), f"{sentence(problem)} It is {STANDS}")
            now = built
    if yours or now != built:
        same_as_published = isinstance(now, float) and now == float(published(code)[name])
        if not same_as_published:
            found["now"].setdefault(code, {})[name] = now
