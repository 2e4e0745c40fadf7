"""Delimited text: which encoding, which delimiter. Both by evidence; where there is none, the file is refused with
the fix.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field

from lossmit_xl.errors import TapeError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_USUAL = ",\t;|~^\x01\x1f\xa6"
_NEVER = frozenset(" .\"'-_/$%()#&@+:?!=*<>[]{}\\\n\r\x00")
_CONTROL = re.compile(r"[\x00-\x00\x02-\x08\x0e-\x1b]")
csv.field_size_limit(10_000_000)


@dataclass
class Delimited:
    """The rows of a delimited text (all cells text; a blank line is an empty row) and how it was written."""

    rows: list[list[object]]
    encoding: str
    delimiter: str
    notes: list[str] = field(default_factory=list)


def read_delimited(name: str, content: bytes) -> Delimited:
    """Decode and split `content`; `name` is for the messages. Raises TapeError."""
    text, encoding = decode(name, content)
    notes = []
    if encoding == "cp1252":
        notes.append("not UTF-8: read as Windows-1252; check accented letters, or save the tape as CSV UTF-8")
    declared = re.match(r"\s*\"?sep=(.)\"?\s*\r?\n", text, re.IGNORECASE)
    delimiter = declared[1] if declared else find_delimiter(text)
    rows = _split(text, delimiter)
    if _swallowed(rows):
        rows = _split(text, delimiter, quoted=False)
        notes.append(
            "a quotation mark without its partner would have swallowed rows; quotation marks were read as "
            "plain characters"
        )
    if declared:
        rows[0] = []
    return Delimited(rows, encoding, delimiter, notes)


def _split(text: str, delimiter: str, quoted: bool = True) -> list[list[object]]:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    )
    try:
        return list(reader)  # type: ignore[arg-type]
    except csv.Error:
        # A field beyond any size, or a return within a line: read line by line, quotation marks as plain characters.
        return [line.split(delimiter) for line in text.splitlines()]  # type: ignore[misc]


def _swallowed(rows: list[list[object]]) -> bool:
    """Whether some field runs over many lines: a lone quotation mark."""
    return any(isinstance(cell, str) and cell.count("\n") > 20 for row in rows for cell in row if len(str(cell)) > 400)


def decode(name: str, content: bytes) -> tuple[str, str]:
    """The text and its encoding: by byte-order mark, by the pattern of zero bytes, UTF-8 if it is, else Windows-1252
    if it can be.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _strictly(name, content, encoding), encoding
    sample = content[:8192]
    zeros = sample.count(0)
    if zeros > len(sample) // 5:
        low = sample[1::2].count(0) >= sample[0::2].count(0)
        encoding = "utf-16-le" if low else "utf-16-be"
        return _strictly(name, content[: len(content) // 2 * 2], encoding), encoding
    try:
        text = content.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        high = sum(1 for byte in sample if byte >= 0x80)
        if high > len(sample) // 4:
            raise _unknown(name) from None
        text, encoding = _strictly(name, content, "cp1252"), "cp1252"
    if len(_CONTROL.findall(text[:20000])) > len(text[:20000]) // 500:
        raise _unknown(name)
    return text, encoding


def _unknown(name: str) -> TapeError:
    return TapeError(
        f"{name}: is no text in an encoding that is known (UTF-8, UTF-16 or Windows-1252); "
        'open it where it displays well and save it as "CSV UTF-8" or xlsx.'
    )


def _strictly(name: str, content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise _unknown(name) from None
    if len(_CONTROL.findall(text[:20000])) > len(text[:20000]) // 500:
        raise _unknown(name)
    return text


def find_delimiter(text: str) -> str:
    """The character that splits most of the first lines into the same number of cells, at least two."""
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:60]
    if not lines:
        return ","
    odd = {c for c in max(lines, key=len)[:2000] if not c.isalnum() and c not in _NEVER and c not in _USUAL}
    best, best_score = ",", 0.0
    for candidate in (*_USUAL, *sorted(odd)):
        counts = Counter(len(row) for row in _split("\n".join(lines), candidate))
        counts.pop(1, None)
        if not counts:
            continue
        width, times = max(counts.items(), key=lambda item: (item[1] * min(item[0], 6), item[0]))
        # Agreement counts most; between two that agree, the wider split; a usual delimiter before an odd one.
        score = times / len(lines) * min(width, 12) ** 0.5 * (1.0 if candidate in _USUAL[:4] else 0.8)
        if score > best_score + 1e-9:
            best, best_score = candidate, score
    return best
