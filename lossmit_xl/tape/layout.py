"""Where a sheet's table is: its header row under titles and bands, headings over two or three lines, and the rows
that are no loans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lossmit_xl.tape.cells import Bools, Cells, tidy
from lossmit_xl.tape.files import Row, Sheet
from lossmit_xl.tape.headings import IGNORED, PERSONAL, known
from lossmit_xl.tape.mapping import Mapping, fuzzy, override_name

_LOOK_DOWN = 60
_MAX_LINES = 3
_UNIT = re.compile(
    r"\(?(?:usd|us\$|\$|\$000s?|%|percent|pct|text|date|number|numeric|integer|currency|char(?:acter)?|varchar.*|"
    r"decimal|string|months?|mos|"
    r"years?|yes/no|y/n|mm/dd/yy(?:yy)?|yyyy-mm-dd|mm/yyyy|code|dollars?|n/a|x)\)?",
    re.IGNORECASE,
).fullmatch
TOTAL = re.compile(
    r"(?:grand\s+|sub-?\s?|pool\s+|portfolio\s+|report\s+)?totals?\b.*|sum\b.{0,12}|"
    r"(?:wtd|weighted|simple)?\.?\s*(?:averages?|avg)\b.{0,20}|"
    r"w\.?a\.?\s*(?:c|ltv)?|counts?\b.{0,12}|"
    r"(?:loans?|number of loans|# of loans|loan count)\s*:?\s*\d+|min(?:imum)?|max(?:imum)?|median",
    re.IGNORECASE,
).fullmatch


@dataclass
class Layout:
    """A table found in a sheet. Rows are places in `Sheet.rows` (the file's row less 1).

    `headings` are as shown to the user, `keys` what is looked up, `first` the first row of the body, `units` whether
    the row above it held units, `lines` each column's texts in the lines of the header.
    """

    header_rows: tuple[int, ...]
    headings: list[str]
    keys: list[str]
    score: float
    has_upb: bool
    first: int
    unit_row: int | None = None
    lines: list[frozenset[str]] = field(default_factory=list)


def find_layout(sheet: Sheet, user: Mapping | None = None) -> Layout | None:
    """The likeliest header of the sheet, or None where it has no two filled cells in a row."""
    own = {e.heading.strip().casefold(): e.target for e in user.entries} if user else {}
    width = max((len(row) for row in sheet.rows[: _LOOK_DOWN * 4]), default=0)
    best = _best(sheet, width, own, False)
    # Only where no heading is known outright is likeness worth its time (and its guesses).
    return best if best is not None and best.has_upb else _best(sheet, width, own, True) or best


def _best(sheet: Sheet, width: int, own: dict[str, str], likeness: bool) -> Layout | None:
    best: Layout | None = None
    for top in range(min(_LOOK_DOWN, len(sheet.rows))):
        for lines in range(1, _MAX_LINES + 1):
            rows = range(top, top + lines)
            if rows[-1] >= len(sheet.rows) or not all(_is_heading_line(sheet.rows[r]) for r in rows):
                break
            candidate = _candidate(sheet, rows, width, own, likeness)
            if candidate is not None and (best is None or candidate.score > best.score + 1e-9):
                best = candidate
    return best


def _text(row: Row, place: int) -> str:
    if place >= len(row):
        return ""
    cell = row[place]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else tidy(str(cell))


def _is_heading_line(row: Row) -> bool:
    """Headings are words: a line with many numbers or dates is data."""
    filled = [cell for cell in row if cell is not None and cell != "" and str(cell).strip()]
    if not filled:
        return False
    numbers = sum(
        not isinstance(cell, str) or re.fullmatch(r"[-$(]*[\d.,/:%-]+[)%]?", cell.strip()) is not None
        for cell in filled
    )
    return numbers <= len(filled) // 4


def _bands(sheet: Sheet, row: int, width: int) -> list[str]:
    """A line with merged cells' texts over their whole span. Where merges are not known (csv), a text runs on over
    the blanks at its right.
    """
    texts = [_text(sheet.rows[row], place) for place in range(width)]
    if sheet.merged is not None:
        for top, left, bottom, right in sheet.merged:
            if top <= row <= bottom and left < width:
                spread = _text(sheet.rows[top], left)
                for place in range(left, min(right + 1, width)):
                    texts[place] = texts[place] or (spread if row == top or left != place else "")
        return texts
    for place in range(1, width):
        texts[place] = texts[place] or texts[place - 1]
    return texts


def _candidate(sheet: Sheet, rows: range, width: int, own: dict[str, str], likeness: bool) -> Layout | None:
    last = [_text(sheet.rows[rows[-1]], place) for place in range(width)]
    above = [[_text(sheet.rows[r], place) for place in range(width)] for r in rows[:-1]]
    banded = [_bands(sheet, r, width) for r in rows[:-1]]
    repeated = {text for text in last if text and last.count(text) > 1}
    headings, keys, hits = [], [], {}
    score = 0.0
    for place in range(width):
        plain = _join([line[place] for line in above] + [last[place]])
        spread = _join([line[place] for line in banded] + [last[place]]) if last[place] else plain
        alone_first = sheet.merged is None and last[place] not in repeated and plain == last[place]
        forms = [plain, last[place], spread] if alone_first else [spread, plain, last[place]]
        # Under a band that is known to reach here, or beside its namesake, a heading is shown with its band.
        context = spread if sheet.merged is not None or last[place] in repeated else plain
        shown = context if last[place] in repeated else plain or spread
        heading, key, target = _best_form(forms, shown, context, own, likeness)
        headings.append(heading)
        keys.append(key)
        if target:
            worth = 0.5 if target in (IGNORED, PERSONAL) else 1.0
            hits[target if worth == 1.0 else f"{target}:{key.casefold()}"] = worth
    filled = sum(1 for heading in headings if heading)
    if filled < 2 and not hits:
        return None
    has_upb = "upb" in hits or "total_balance" in hits
    # The weight of a filled heading only breaks ties between rows that no alias knows.
    score = sum(hits.values()) + 2.0 * has_upb + 0.01 * min(filled, 50) - 0.02 * len(rows)
    unit = _unit_row(sheet, rows[-1] + 1)
    return Layout(
        tuple(rows),
        headings,
        keys,
        score,
        has_upb,
        rows[-1] + (2 if unit is not None else 1),
        unit,
        [
            frozenset(filter(None, (last[place], *(line[place] for line in above), headings[place])))
            for place in range(width)
        ],
    )


def _join(parts: list[str]) -> str:
    """Lines of one heading joined; a line repeated by a merge counts once."""
    kept: list[str] = []
    for part in parts:
        if part and (not kept or part.casefold() != kept[-1].casefold()):
            kept.append(part)
    return " ".join(kept)


def _best_form(forms: list[str], shown: str, context: str, own: dict[str, str], likeness: bool) -> tuple[str, str, str]:
    """(heading shown, key looked up, target) by the first form the user's mapping or the alias table knows.

    `context` is the heading with its band: "Rate" below "Original terms" is not the rate.
    """
    for form in dict.fromkeys((shown, *forms)):
        if form and form.casefold() in own:
            return shown, form, own[form.casefold()]
    for form in dict.fromkeys(forms):
        if form and (found := known(form)) is not None:
            banded = re.search(r"\borig(?:inal|ination)?\b", context, re.IGNORECASE)
            if banded and form != context and not re.search(r"\borig", form, re.IGNORECASE):
                return shown, context, ""
            return shown, form, found.target
        if form and override_name(form):
            return shown, form, override_name(form) or ""
    if likeness and shown and (like := fuzzy(shown)) is not None:
        return shown, shown, like[0]
    return shown, shown, ""


def _unit_row(sheet: Sheet, row: int) -> int | None:
    """The row, where it holds nothing but units ("USD", "%", "MM/DD/YYYY")."""
    if row >= len(sheet.rows):
        return None
    texts = [_text(sheet.rows[row], place) for place in range(len(sheet.rows[row]))]
    filled = [text for text in texts if text]
    return row if len(filled) >= 2 and all(_UNIT(text) for text in filled) else None


@dataclass
class RowKinds:
    """Which rows of the body are no loans, by reason; all arrays by body row."""

    blank: Bools
    header: Bools
    total: Bools
    note: Bools

    @property
    def loans(self) -> Bools:
        """The rows that are loans."""
        return ~(self.blank | self.header | self.total | self.note)


@dataclass
class Before:
    """The loans above, where a tape is read in parts: their balances, USD, how many they are, and whether this part is
    the last."""

    balance: float = 0.0
    loans: int = 0
    last: bool = False


def row_kinds(
    columns: list[Cells], lines: list[frozenset[str]], targets: list[str], before: Before | None = None
) -> RowKinds:
    """Sort the body's rows: blank ones, headers printed again, totals, and footnotes. `before` is what stands above
    these rows, and is brought up to them."""
    n = len(columns[0].raw)
    filled = np.zeros(n, dtype=np.int64)
    for column in columns:
        filled += ~column.blank
    blank = filled == 0
    header = _headers_again(columns, lines, filled)
    candidates = ~(blank | header)
    total = _totals(columns, targets, candidates, before or Before(last=True))
    note = candidates & ~total & _footnotes(columns, filled)
    return RowKinds(blank, header, total, note)


def _headers_again(columns: list[Cells], lines: list[frozenset[str]], filled: NDArray[np.int64]) -> Bools:
    same = np.zeros(len(filled), dtype=np.int64)
    for column, words in zip(columns, lines, strict=True):
        # A heading printed again is the same text: whole lists are searched for it, not each text looked at.
        for word in words:
            if word in column.texts:
                same += column.codes == column.texts.index(word)
    return np.asarray((same >= 2) & (same * 2 >= filled), dtype=np.bool_)


def _is_total(text: str) -> bool:
    return len(text) < 60 and TOTAL(text) is not None


def _totals(columns: list[Cells], targets: list[str], candidates: Bools, before: Before) -> Bools:
    """Rows labelled as totals where the loan number should be, or anywhere if there is no loan number; and an
    unlabelled last sum.
    """
    ids = next((c for c, t in zip(columns, targets, strict=True) if t == "loan_id"), None)
    no_id = candidates if ids is None else candidates & (ids.blank | ids.said_nothing)
    labelled = np.zeros(len(candidates), dtype=np.bool_) if ids is None else ids.which(_is_total, candidates)
    for column in columns:
        if column.texts and no_id.any():
            labelled |= column.which(_is_total, no_id)
    if labelled.any():
        # A loan has more than a label and sums: a date says that it is one.
        for column, target in zip(columns, targets, strict=True):
            if target in ("next_due_date", "paid_to_date", "maturity_date"):
                labelled &= ~(column.is_date | column.which(lambda text: any(c.isdigit() for c in text), labelled))
    unlabelled = _unlabelled_sum(columns, targets, no_id & ~labelled, candidates & ~labelled, before)
    return np.asarray(labelled | unlabelled, dtype=np.bool_)


def _unlabelled_sum(
    columns: list[Cells], targets: list[str], possible: Bools, loans: Bools, before: Before
) -> Bools:
    """The last row, without a loan number, whose balance is the sum of all others."""
    from lossmit_xl.tape.numbers import read_numbers

    found = np.zeros(len(possible), dtype=np.bool_)
    balance = next((c for c, t in zip(columns, targets, strict=True) if t in ("upb", "total_balance")), None)
    last = np.flatnonzero(loans)
    wanted = before.last and len(last) > 0 and before.loans + len(last) >= 3 and bool(possible[last[-1]])
    if balance is None or (before.last and not wanted):
        return found
    values = np.nan_to_num(read_numbers(balance).value)
    if not before.last:
        before.balance, before.loans = before.balance + float(values[last].sum()), before.loans + len(last)
        return found
    rest = before.balance + float(values[last[:-1]].sum())
    found[last[-1]] = rest > 0 and abs(values[last[-1]] - rest) <= max(1.0, 1e-6 * rest)
    return found


def _footnotes(columns: list[Cells], filled: NDArray[np.int64]) -> Bools:
    """Rows with a single text and nothing else, in a table of several columns: a source, a remark, a signature."""
    found = np.zeros(len(filled), dtype=np.bool_)
    alone = filled == 1
    if len(columns) >= 4 and alone.any():
        for column in columns:
            found |= column.which(lambda text: " " in text or len(text) > 24, alone)
    return found
