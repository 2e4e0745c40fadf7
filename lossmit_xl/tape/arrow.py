"""Parquet columns as cells: as plain Python values, one by one, or as whole arrays."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np

from lossmit_xl.tape.cells import NAT, Cells, split, tidy


def plain(column: Any) -> list[object]:
    """A parquet column as plain Python values; categories, decimals and times as what they stand for."""
    values: list[object] = column.to_pylist()
    kinds = set(map(type, values)) - {str, float, int, bool, type(None), dt.date, dt.datetime}
    if not kinds and type(None) not in set(map(type, values)):
        return values
    return [
        ""
        if v is None
        else float(v)
        if isinstance(v, decimal.Decimal)
        else v
        if isinstance(v, str | float | int | dt.date)
        else str(v)
        for v in values
    ]


def compact(heading: str, column: Any) -> Cells:
    """A column taken apart as `cells.split` does it, without an object for every cell: `raw` holds nothing."""
    import pyarrow as pa
    from pyarrow import types

    kind, n = column.type, len(column)
    if types.is_dictionary(kind) and types.is_string(kind.value_type):
        column, kind = column.cast(pa.string()), pa.string()
    known = types.is_floating(kind) or types.is_integer(kind) or types.is_decimal(kind) or types.is_boolean(kind)
    naive = types.is_timestamp(kind) and kind.tz is None
    if not (known or types.is_date(kind) or naive or types.is_string(kind) or types.is_large_string(kind)):
        raw = np.empty(n, dtype=object)
        raw[:] = plain(column)
        return split(heading, raw)
    number, date = np.broadcast_to(np.nan, n), np.broadcast_to(NAT, n)
    codes, boolean = np.broadcast_to(np.intp(-1), n), np.broadcast_to(np.int8(-1), n)
    texts: list[str] = []
    if types.is_boolean(kind):
        boolean = column.cast(pa.int8()).fill_null(-1).to_numpy()
    elif known:
        number = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
        number[~np.isfinite(number)] = np.nan
    elif types.is_date(kind) or naive:
        date = column.to_numpy(zero_copy_only=False).astype("datetime64[D]")
    else:
        codes, texts = _texts(column)
    return Cells(heading, np.broadcast_to(np.array(None, dtype=object), n), number, codes, texts, date, boolean)


def _texts(column: Any) -> tuple[Any, list[str]]:
    """(place of each text in the distinct ones, -1 where there is none; the distinct texts, tidied)."""
    import pyarrow as pa

    encoded = (column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column).dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string()).dictionary_encode()
    texts = [tidy(text) for text in encoded.dictionary.to_pylist()]
    codes = encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    if "" in texts:
        empty = np.array([not text for text in texts] + [False])
        codes = np.where(empty[codes], -1, codes)
    return codes, texts
