"""What a workbook was built from, as stamped: by defined name, or, where a program dropped the names, by label."""

from __future__ import annotations

import re
from typing import Any

from openpyxl.utils.cell import coordinate_to_tuple

from lossmit_workbook.readback.headings import Findings, text
from lossmit_workbook.readback.source import Grid, Source
from lossmit_workbook.sheets import overrides
from lossmit_xl.loan_cells import is_blank, read_cell
from lossmit_xl.version import MODEL_VERSION

TARGET = re.compile(r"^'?([^'!]+)'?!\$?([A-Z]+)\$?([0-9]+)$")


def read_identity(source: Source, grid: Grid, findings: Findings) -> dict[str, Any]:
    """Every stamp by its defined name; numbers as they are, `built_as_of` as a date."""
    found = {}
    for name, label in overrides.IDENTITY.items():
        value = _named(source, grid, name)
        if is_blank(value):
            value = _labelled(grid, label)
        found[name] = value
    for name in ("built_tool_version", "built_model_version", "built_tape_name"):
        found[name] = str(found[name] or "").removeprefix(overrides.VERSION)
    number = found["built_bid"]
    if not isinstance(number, float) or not found["built_model_version"]:
        findings.refuse(
            f"sheet {grid.title}",
            "does not say what the workbook was built from; take the file from a backup, "
            "or name a workbook that lossmit built",
        )
        return found
    if found["built_model_version"] != MODEL_VERSION:
        findings.notes.append(
            f"{source.name}: was built with model {found['built_model_version']}, this is model "
            f"{MODEL_VERSION}; what it held is valued anew"
        )
    try:
        found["built_as_of"] = read_cell("value_date", found["built_as_of"])
    except ValueError:
        findings.refuse(
            f"sheet {grid.title}",
            f'"{found["built_as_of"]}" is no date to have been built as of; take the file from a backup',
        )
    return found


def _named(source: Source, grid: Grid, name: str) -> Any:
    target = TARGET.match(source.names.get(name, ""))
    if target is None or target[1].casefold() != grid.title.casefold():
        return ""
    return grid.at(*coordinate_to_tuple(f"{target[2]}{target[3]}"))


def _labelled(grid: Grid, label: str) -> Any:
    """The value beside a label; of two like labels (the hashes), the one in the order of the sheet."""
    labels = list(overrides.IDENTITY.values())
    like = [other for other in labels if other.strip() == label.strip()]
    rows = [row for row in range(1, len(grid.rows) + 1) if text(grid.at(row, 1)) == label.strip()]
    place = like.index(label)
    return grid.at(rows[place], 2) if place < len(rows) else ""
