"""Assumptions as TOML: reading a file with messages that name it, and writing one a person can edit."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossmit_xl.assumption_checks import plain
from lossmit_xl.assumption_fields import FIELDS, Field
from lossmit_xl.errors import AssumptionError

MAX_BYTES = 1_000_000
ROW_TABLES = ("weights", "states")


def read_toml(source: str | Path) -> tuple[dict[str, Any], str]:
    """The values of a TOML file or text, and the file's name (empty for a text). Raises `AssumptionError`."""
    if isinstance(source, str) and ("=" in source or "\n" in source or not source.strip()):
        text, file = source, ""
    else:
        text, file = _file_text(Path(source)), Path(source).name
    try:
        return tomllib.loads(text), file
    except tomllib.TOMLDecodeError as error:
        where = f"{file}: " if file else ""
        raise AssumptionError(
            f"{where}is not valid TOML: {error}; write lines such as target_yield = 0.15, words in quotes"
        ) from None


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
    for field in flat:
        if comments and field.group != group:
            group = field.group
            lines += ["", f"# ---- {group} ----"]
        lines += _about(field) if comments else []
        lines.append(f"{field.name} = {_text(values[field.name])}")
    for field in tables:
        lines.append("")
        lines += _about(field) if comments else []
        lines += _table(field.name, values[field.name])
    return "\n".join(lines).strip("\n") + "\n"


def _table(name: str, table: Mapping[str, Any]) -> list[str]:
    if name not in ROW_TABLES:
        return [f"[{name}]", *(f"{key} = {_text(value)}" for key, value in table.items())]
    lines: list[str] = []
    for row, cells in table.items():
        # A weight of 0 is what a row means by leaving a strategy out.
        kept = [f"{key} = {_text(value)}" for key, value in cells.items() if name == "states" or value != 0]
        lines += [f"[{name}.{row}]", *kept]
    return lines


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
