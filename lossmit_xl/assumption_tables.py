"""Reads the tables of assumptions: merges the cells a user names into those that stand, and checks every cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

from lossmit_xl.assumption_cells import CELLS, INPUT_BY_NAME, STATE_CELLS
from lossmit_xl.assumption_checks import Collector, Problems, clean_number, clean_scalar, nearest, plain, shown
from lossmit_xl.assumption_fields import (
    BY_NAME,
    FORBEARANCE_SLOTS,
    MAX_FORBEARANCE_MONTHS,
    MAX_MOD_STEP_MONTHS,
    MOD_STEP_SLOTS,
    Field,
)
from lossmit_xl.columns import BANKRUPTCY_CHAPTERS
from lossmit_xl.names import PURSUED, RETENTION, SITUATIONS, STRATEGIES
from lossmit_xl.states import FALLBACK, STATE_CODES, STATE_NAMES, state_code

K = TypeVar("K")
V = TypeVar("V")

WEIGHTS_TOLERANCE = 1e-6
Steps = tuple[tuple[int, float], ...]


class Table(dict[K, V]):
    """A dict that cannot be changed, so that frozen assumptions are frozen all the way down, and hashable."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("assumptions cannot be changed in place: use replace(), which checks the new values")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[Table[K, V]], tuple[dict[K, V]]]:
        # The usual pickling of a dict fills it item by item, which is refused here.
        return type(self), (dict(self),)


def clean_table(name: str, base: Any, change: object) -> Any:
    """The table with a change merged in: cells named replace cells, rows of weights whole rows, steps all steps.

    `base` is a clean table, or the default. Raises `Problems` with every complaint.
    """
    if name in ("forbearance_steps", "mod_step_rates"):
        return _steps(name, change)
    if not isinstance(change, Mapping):
        raise Problems([f"{name} = {shown(change)}: must be a table: write [{name}] and below it one line a cell"])
    return _READERS[name](base, change)


def full_table(name: str, given: Any) -> Any:
    """A default as it stands in `FIELDS`, in the shape that the model keeps (rows of weights with all strategies)."""
    if name == "weights":
        return Table({row: _row(given[row]) for row in SITUATIONS})
    return Table(given) if isinstance(given, Mapping) else given


def _row(given: Mapping[str, float]) -> Table[str, float]:
    return Table({strategy: given.get(strategy, 0.0) for strategy in STRATEGIES})


def _is_list(raw: object) -> bool:
    return isinstance(raw, Sequence) and not isinstance(raw, str)


def _steps(name: str, raw: Any) -> Steps:
    slots, most, example = (
        (FORBEARANCE_SLOTS, MAX_FORBEARANCE_MONTHS, "[[3, 0.0], [3, 0.5]]")
        if name == "forbearance_steps"
        else (MOD_STEP_SLOTS, MAX_MOD_STEP_MONTHS, "[[24, 0.03], [24, 0.04]]")
    )
    if not _is_list(raw) or not all(_is_list(step) and len(step) == 2 for step in raw):
        raise Problems([f"{name} = {shown(raw)}: must be a list of pairs, such as {example}"])
    if name == "forbearance_steps" and not raw:
        raise Problems([f"{name} = []: needs at least one step, such as {example}"])
    if len(raw) > slots:
        raise Problems([f"{name}: has {len(raw)} steps, at most {slots} are possible; join steps that are alike"])
    collector = Collector()
    clean: list[tuple[int, float]] = []
    for place, (months_raw, value_raw) in enumerate(raw):
        months_cell, value_cell = CELLS[name][2 * place], CELLS[name][2 * place + 1]
        months = collector.attempt(clean_number, replace(months_cell, low=1), months_raw, months_cell.label)
        value = collector.attempt(clean_number, value_cell, value_raw, value_cell.label)
        if months is not None and value is not None:
            clean.append((int(months), float(value)))
    if (total := sum(months for months, _ in clean)) > most:
        collector.lines.append(f"{name}: {total} months in all, at most {most} are possible; shorten a step")
    collector.finish()
    return tuple(clean)


def _misplaced(table: str, key: object, choices: Iterable[str]) -> str:
    """Why a key is not known in a table: a scalar below a [table] line is the usual slip in TOML."""
    if str(key) in BY_NAME:
        return f"{table}.{key}: {key} is an assumption of its own; move its line above the first [table] line"
    choices = tuple(choices)
    hint = nearest(str(key), choices)
    return f"{table}.{key}: is not known there{hint or '; it has ' + ', '.join(choices)}"


def _merged(table: str, base: Mapping[str, V], change: Mapping[Any, object], keys: Sequence[str],
            read: Callable[[str, object], V]) -> Table[str, V]:  # fmt: skip
    """`base` with each named cell read and put in place, in the order of `keys`."""
    collector, cells = Collector(), dict(base)
    for raw_key, raw in change.items():
        key = str(raw_key)
        if key not in keys:
            collector.lines.append(_misplaced(table, key, keys))
            continue
        value = collector.attempt(read, key, raw)
        if value is not None:
            cells[key] = value
    collector.finish()
    return Table({key: cells[key] for key in keys if key in cells})


def _redefault(base: Mapping[str, tuple[float, int]], change: Mapping[Any, object]) -> Any:
    def read(strategy: str, raw: Any) -> tuple[float, int]:
        if not _is_list(raw) or len(raw) != 2:
            raise Problems(
                [f"redefault.{strategy} = {shown(raw)}: must be a pair, share and months, such as [0.30, 6]"]
            )
        rate, months = INPUT_BY_NAME[f"{strategy}_redefault_rate"], INPUT_BY_NAME[f"{strategy}_redefault_months"]
        collector = Collector()
        share = collector.attempt(clean_number, rate, raw[0], rate.label)
        count = collector.attempt(clean_number, months, raw[1], months.label)
        collector.finish()
        assert share is not None and count is not None  # else finish() has raised
        return float(share), int(count)

    return _merged("redefault", base, change, RETENTION, read)


def _single(cell: Field) -> Callable[[object], Any]:
    return lambda raw: clean_number(cell, raw, cell.label)


def _success(base: Mapping[str, float], change: Mapping[Any, object]) -> Any:
    return _merged(
        "success", base, change, PURSUED, lambda key, raw: float(_single(INPUT_BY_NAME[f"{key}_success"])(raw))
    )


def _bk_delay(base: Mapping[str, int], change: Mapping[Any, object]) -> Any:
    return _merged(
        "bk_delay", base, change, BANKRUPTCY_CHAPTERS,
        lambda key, raw: int(_single(INPUT_BY_NAME[f"bk_delay_{key}"])(raw)),
    )  # fmt: skip


def _weights(base: Mapping[str, Mapping[str, float]], change: Mapping[Any, object]) -> Any:
    def read(situation: str, raw: object) -> Table[str, float]:
        name = f"weights.{situation}"
        if not isinstance(raw, Mapping):
            raise Problems([f"{name} = {shown(raw)}: must be a row: write [{name}] and below it one line a strategy"])
        row = _merged(
            name, {}, raw, STRATEGIES,
            lambda key, share: float(_single(INPUT_BY_NAME[f"weight_{situation}_{key}"])(share)),
        )  # fmt: skip
        total = sum(row.values())
        if abs(total - 1.0) > WEIGHTS_TOLERANCE:
            raise Problems([f"{name}: the shares add up to {plain(round(total, 7))}, not 1; they replace the whole "
                            f"row, a strategy that is not named has 0"])  # fmt: skip
        return _row(row)

    return _merged("weights", base, change, SITUATIONS, read)


def _states(base: Mapping[str, Mapping[str, Any]], change: Mapping[Any, object]) -> Any:
    collector = Collector()
    table = {code: dict(cells) for code, cells in base.items()}
    for raw_code, cells in change.items():
        code = FALLBACK if str(raw_code).strip().upper() == FALLBACK else state_code(raw_code)
        if code is None:
            hint = nearest(str(raw_code), STATE_NAMES) or f'; "{FALLBACK}" is the row for unknown states'
            collector.lines.append(f"states.{raw_code}: is not a state or territory of the table{hint}")
        elif not isinstance(cells, Mapping):
            collector.lines.append(
                f"states.{code} = {shown(cells)}: must be a row: write [states.{code}] and below it one line a cell"
            )
        else:
            read = _state_reader(code)
            row = collector.attempt(_merged, f"states.{code}", table.get(code, {}), cells, tuple(STATE_CELLS), read)
            if row:
                table[code] = row
    collector.finish()
    return Table({code: Table(table[code]) for code in (*STATE_CODES, FALLBACK) if code in table})


def _state_reader(code: str) -> Callable[[str, object], Any]:
    return lambda cell, raw: clean_scalar(STATE_CELLS[cell], raw, f"states.{code}.{cell}")


_READERS: dict[str, Callable[[Any, Mapping[Any, object]], Any]] = {
    "redefault": _redefault,
    "success": _success,
    "bk_delay": _bk_delay,
    "weights": _weights,
    "states": _states,
}
