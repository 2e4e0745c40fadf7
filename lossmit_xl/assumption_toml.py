"""Assumptions as TOML: reading a file with messages that name it, and writing one a person can edit."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossmit_xl.assumption_checks import plain, shown
from lossmit_xl.assumption_fields import FIELDS, Field
from lossmit_xl.errors import AssumptionError
from lossmit_xl.states import published

MAX_BYTES = 1_000_000


def read_toml(source: str | Path) -> tuple[dict[str, Any], str]:
    """The values of a TOML file or text, and the file's name (empty for a text). Raises `AssumptionError`."""
    if isinstance(source, str) and ("=" in source or "\n" in source or not source.strip()):
        text, file = source, ""
    else:
        text, file = _file_text(Path(source)), Path(source).name
    try:
        return tomllib.loads(text), file
    except tomllib.TOMLDecodeError as error:
        raise AssumptionError(_syntax(text, file, str(error))) from None


def _syntax(text: str, file: str, error: str) -> str:
    """One line: file, line, what stands there, and how TOML wants it."""
    place = re.search(r"line (\d+)", error)
    lines = text.rstrip().splitlines()  # an error "at end of document" is shown by the last line
    line = lines[min(int(place[1]) if place else len(lines), len(lines)) - 1].strip()
    where = ", ".join(part for part in (file, f"line {place[1]}" if place else "") if part)
    cause = error.split(" (at ")[0]
    value = line.partition("=")[2].partition("#")[0].strip()
    if re.fullmatch(r"[-+]?\.\d+", value):
        cure = f"write a 0 before the point: {value.replace('.', '0.')}"
    elif re.fullmatch(r"[-+]?\d*\.?\d+ ?%", value):
        cure = f"write a decimal: {plain(float(value.rstrip(' %')) / 100)}"
    elif re.fullmatch(r"\d+,\d+", value):
        cure = f"decimals take a point: {value.replace(',', '.')}"
    elif re.fullmatch(r"[A-Za-z_]+", value):
        cure = f'put words in quotes: "{value}"'
    else:
        cure = "write lines such as target_yield = 0.15, words in quotes"
    return f"{where or 'text'}, {shown(line)}: is not valid TOML ({cause}); {cure}"


def _file_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES and path.is_file():
            raise AssumptionError(f"{path}: has more than {MAX_BYTES:,} bytes; is it an assumptions file?")
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise AssumptionError(f"{path}: is not UTF-8 text; save it as UTF-8") from None
    except FileNotFoundError:
        raise AssumptionError(f"{path}: there is no such file; `lossmit assumptions` writes one") from None
    except OSError as error:
        raise AssumptionError(f"{path}: cannot be read: {error.strerror}") from None


def write_toml(values: Mapping[str, Any], *, comments: bool) -> str:
    """TOML text of clean values; flat fields first, because in TOML a table's line takes all that follow."""
    flat = [field for field in FIELDS if not isinstance(values[field.name], Mapping)]
    tables = [field for field in FIELDS if isinstance(values[field.name], Mapping)]
    lines: list[str] = _heading() if comments else []
    group = ""
    for field in flat + tables:
        value = values[field.name]
        if comments:
            lines += ["", f"# ---- {field.group} ----"] if field.group != group else []
            group = field.group
            lines += _about(field)
        if isinstance(value, Mapping):
            lines += _table(field, value, comments)
        else:
            lines.append(f"{field.name} = {_text(value)}")
    return "\n".join(lines) + "\n"


def _table(field: Field, table: Mapping[str, Any], comments: bool) -> list[str]:
    if field.name == "states":
        example = ["# [states.FL]", "# fc_months = 30"] if comments and not table else []
        return example + [
            line
            for code, cells in table.items()
            for line in (f"[states.{code}]", *_cells(cells, published(code), comments, "the table has ", ""))
        ]
    mark = "*" if field.convention else ""
    if field.name != "weights":
        return [f"[{field.name}]", *_cells(table, field.default, comments, "default ", mark)]
    lines: list[str] = []
    for row, cells in table.items():
        # A weight of 0 is what a row means by leaving a strategy out.
        named = {strategy: share for strategy, share in cells.items() if share}
        defaults = dict.fromkeys(cells, 0.0) | dict(field.default[row])
        lines += [f"[weights.{row}]", *_cells(named, defaults, comments, "default ", mark)]
    return lines


def _cells(cells: Mapping[str, Any], defaults: Mapping[str, Any], comments: bool, before: str, mark: str) -> list[str]:
    return [
        f"{key} = {_text(value)}" + (f"  # {before}{_text(defaults[key])}{mark}" if comments else "")
        for key, value in cells.items()
    ]


def _text(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def _heading() -> list[str]:
    return [
        "# Assumptions. Rates and shares are decimals (0.095 = 9.5 %), money USD, counts whole months.",
        "# Delete a line to use its default. A * marks an analyst's convention without a published source.",
    ]


def _about(field: Field) -> list[str]:
    """Meaning, then unit, default, range and source, as comments."""
    facts = [field.unit]
    if field.choices:
        facts = ["one of " + ", ".join(field.choices)]
    elif field.low is not None and field.high is not None:
        facts.append(f"{plain(field.low)} to {plain(field.high)}")
    if not isinstance(field.default, Mapping):
        facts.append(f"default {_default(field)}{'*' if field.convention else ''}")
    return ["", f"# {field.help}.", f"# {'; '.join(facts)}. Source: {field.source}."]


def _default(field: Field) -> str:
    return str(field.default) if field.kind in ("date", "choice") else _text(field.default)
