"""Tape issues: every defect of the tape and what was done about it; how its headings were read. Tab 11."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Book, Value
from lossmit_xl.tape.headings import IGNORED, PERSONAL

TITLE = "Tape issues"
PERSONAL_CELL = "personal_cell_"
"""How the names of cells begin that show a row set aside in full, where the build kept personal data."""
SEVERITIES = {
    "error": "Not usable: counts as absent",
    "warning": "Worth asking the seller",
    "info": "How the tape was understood",
}
COUNT_ROW, TOTAL_ROW = 5, 8
READ_ROW, LOANS_ROW, ASIDE_ROW, CLOSE_ROW = 5, 6, 7, 8
HEAD_ROW, FIRST_ISSUE = 12, 13
HEADS = {"row": ("File row", 10), "loan_id": ("Loan", 18), "column": ("Column", 22), "severity": ("Severity", 11),
         "value": ("Value on the tape", 34), "message": ("What it is, and what was done", 96)}  # fmt: skip
MAPPING_HEADS = ("Place", "", "Read as", "Score", "Seller's heading", "How it was found")
ASIDE_HEADS = ("File row", "", "Because", "", "What stands there", "")
WITHHELD = "left out: the row may name people (lossmit build --keep-personal shows it)"
CENTRED = Alignment(horizontal="center", vertical="center")
LONGEST = 500  # characters of a tape's cell shown
WIDE = 108  # characters that a line of the last column holds
LINE = 13.5  # points


def text(book: Book, ws: Worksheet, address: str, words: str, style: str = "lm_cell") -> None:
    """Write words of the tape: always as text, whatever they start with, without what a cell can't hold."""
    kept = "".join(mark for mark in str(words) if mark in "\t\n" or (ord(mark) >= 32 and mark not in "\ufffe\uffff"))
    cell = book.put(ws, address, kept[:LONGEST] or None, style, "@")
    if kept:
        cell.data_type = "s"  # also what reads as a formula or an error
        cell.quotePrefix = kept.startswith(("=", "+", "-", "@", "\t", "#"))


def places(book: Book) -> tuple[int, int, int]:
    """First rows of: the mapping, the rows set aside; and the row below all."""
    mapping = FIRST_ISSUE + max(len(book.tape.issues), 1) + 4
    aside = mapping + len(book.tape.mapping.entries) + 4
    return mapping, aside, aside + max(len(book.tape.source.set_aside), 1)


def severity_count(severity: str) -> str:
    """Address of the count of a severity, from another sheet."""
    return f"'{TITLE}'!$B${COUNT_ROW + list(SEVERITIES).index(severity)}"


def rows_close() -> tuple[str, str]:
    """Addresses, from another sheet: rows read from the file, and loans plus rows set aside."""
    return f"'{TITLE}'!$F${READ_ROW}", f"'{TITLE}'!$F${CLOSE_ROW}"


def rows_aside() -> str:
    """Address of the number of rows set aside, from another sheet."""
    return f"'{TITLE}'!$F${ASIDE_ROW}"


def write(book: Book) -> None:
    """Write counts, issues, the mapping and the rows set aside."""
    ws = book.sheet(TITLE, "Tape issues", "Everything on the tape that was not plain, and what was done about it. "
                    "Nothing was dropped in silence: put these to the seller.")  # fmt: skip
    for letter, (_, width) in zip("ABCDEF", HEADS.values(), strict=True):
        ws.column_dimensions[letter].width = width
    _counts(book, ws)
    _rows(book, ws)
    _issues(book, ws)
    mapping, aside, _ = places(book)
    _mapping(book, ws, mapping)
    _set_aside(book, ws, aside)
    for address, row, label in (("C9", mapping, "Column mapping below"), ("D9", aside, "Rows set aside below")):
        cell = book.put(ws, address, label, "lm_jump")
        cell.hyperlink = Hyperlink(ref=address, location=f"'{TITLE}'!A{row - 2}", display=label)
    ws.freeze_panes = f"A{FIRST_ISSUE}"
    ws.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    ws.print_area = f"A1:F{FIRST_ISSUE + max(len(book.tape.issues), 1) - 1}"  # what goes to the seller


def _counts(book: Book, ws: Worksheet) -> None:
    book.put(ws, "A4", "Severity", "lm_head")
    book.put(ws, "B4", "Issues", "lm_head")
    severities = book.tape.issues["severity"]
    last = FIRST_ISSUE + max(len(severities), 1) - 1
    for row, (severity, meaning) in enumerate(SEVERITIES.items(), start=COUNT_ROW):
        book.put(ws, f"A{row}", severity)
        book.formula(ws, f"B{row}", f"COUNTIF($D${FIRST_ISSUE}:$D${last},A{row})", int((severities == severity).sum()),
                     format=styles.WHOLE)  # fmt: skip
        ws[f"B{row}"].alignment = CENTRED
        book.put(ws, f"C{row}", meaning, "lm_note")
    book.put(ws, f"A{TOTAL_ROW}", "All", "lm_total")
    book.formula(ws, f"B{TOTAL_ROW}", f"SUM(B{COUNT_ROW}:B{TOTAL_ROW - 1})", len(severities), "lm_total", styles.WHOLE)
    ws[f"B{TOTAL_ROW}"].alignment = CENTRED
    _colour(ws, f"A{COUNT_ROW}:A{TOTAL_ROW - 1}", f"$A{COUNT_ROW}")


def _rows(book: Book, ws: Worksheet) -> None:
    """Rows of the file = loans + rows set aside, closed by formula."""
    _, aside, last = places(book)
    read, put_aside = book.tape.source.rows_read, len(book.tape.source.set_aside)
    loans = len(book.loans)
    book.put(ws, "E4", "Rows of the file", "lm_head")
    book.put(ws, "F4", None, "lm_head")
    aligned = Alignment(horizontal="left", vertical="center")
    labels = ("Read below the headings", "Loans", "Set aside, listed below", "Loans and rows set aside")
    for row, label in zip((READ_ROW, LOANS_ROW, ASIDE_ROW, CLOSE_ROW), labels, strict=True):
        book.put(ws, f"E{row}", label, "lm_total" if row == CLOSE_ROW else "lm_cell")
    book.put(ws, f"F{READ_ROW}", read, format=styles.WHOLE)
    book.formula(ws, f"F{LOANS_ROW}", f"ROWS({book.layout.loans_range('loan_id')})", loans, format=styles.WHOLE)
    book.formula(ws, f"F{ASIDE_ROW}", f"COUNT($A${aside}:$A${last})", put_aside, format=styles.WHOLE)
    book.formula(ws, f"F{CLOSE_ROW}", f"F{LOANS_ROW}+F{ASIDE_ROW}", loans + put_aside, "lm_total", styles.WHOLE)
    for row in range(READ_ROW, CLOSE_ROW + 1):
        ws[f"F{row}"].alignment = aligned


def _issues(book: Book, ws: Worksheet) -> None:
    issues = book.tape.issues
    people = _rows_with_people(book)
    book.put(ws, f"A{HEAD_ROW - 1}", "Issues", "lm_subtitle")
    for letter, (head, _) in zip("ABCDEF", HEADS.values(), strict=True):
        book.put(ws, f"{letter}{HEAD_ROW}", head, "lm_head")
    places, words = issues["row"].tolist(), issues[list(HEADS)[1:]].astype(str).to_numpy().tolist()
    for row, (place, (loan, column, severity, value, message)) in enumerate(
        zip(places, words, strict=True), start=FIRST_ISSUE
    ):
        book.put(ws, f"A{row}", place if place else "file", format=styles.WHOLE)
        ws[f"A{row}"].alignment = CENTRED
        for letter, part in zip("BCDEF", (loan, column, severity, value, message), strict=True):
            text(book, ws, f"{letter}{row}", part)
        if place in people and not column:
            _set_aside_text(book, ws, row, value)
        _wrap(ws, row, len(message))
    last = FIRST_ISSUE + max(len(issues), 1) - 1
    if not len(issues):
        book.put(ws, f"F{FIRST_ISSUE}", "No issues: every cell of the tape was plain.")
    ws.auto_filter.ref = f"A{HEAD_ROW}:F{last}"
    _colour(ws, f"D{FIRST_ISSUE}:D{last}", f"$D{FIRST_ISSUE}")


def _wrap(ws: Worksheet, row: int, length: int) -> None:
    """Long messages stand on several lines."""
    for letter in "EF":
        ws[f"{letter}{row}"].alignment = Alignment(wrap_text=True, vertical="center")
    value = ws[f"E{row}"].value
    lines = max(-(-length // WIDE), -(-len(str(value or "")) // (HEADS["value"][1] - 2)))
    if lines > 1:
        ws.row_dimensions[row].height = LINE * lines + 2


def _colour(ws: Worksheet, cells: str, first: str) -> None:
    """The severity's word stands in the cell; the colour only repeats it."""
    for severity, fill, ink in (("error", styles.BAD_FILL, styles.BAD_INK),
                                ("warning", styles.WARN_FILL, styles.WARN_INK)):  # fmt: skip
        rule = FormulaRule(
            formula=[f'{first}="{severity}"'], fill=PatternFill(bgColor=fill), font=Font(color=ink, bold=True)
        )
        ws.conditional_formatting.add(cells, rule)


def _rows_with_people(book: Book) -> frozenset[int]:
    """Rows set aside whose contents may name a borrower."""
    if not len(book.tape.personal.columns):
        return frozenset()
    return frozenset(row for row, reason, _ in book.tape.source.set_aside if reason in ("total", "remark"))


def _set_aside_text(book: Book, ws: Worksheet, row: int, contents: str) -> None:
    """What may name a borrower: left out, or where personal data is kept named so that a partner copy finds it."""
    text(book, ws, f"E{row}", contents if book.keep_personal else WITHHELD)
    if book.keep_personal:
        book.name(f"{PERSONAL_CELL}{row}", ws, f"$E${row}")


def _table(book: Book, ws: Worksheet, row: int, title: str, heads: Sequence[str]) -> None:
    book.put(ws, f"A{row - 2}", title, "lm_subtitle")
    for letter, head in zip("ABCDEF", heads, strict=True):
        book.put(ws, f"{letter}{row - 1}", head or None, "lm_head")


def _mapping(book: Book, ws: Worksheet, first: int) -> None:
    """Which heading was read as which column; change it with `lossmit map` and build again."""
    _table(book, ws, first, "Column mapping: how the seller's headings were read", MAPPING_HEADS)
    kept = {IGNORED: "left out", PERSONAL: "personal: " + ("kept on Loans" if book.keep_personal else "left out")}
    for row, entry in enumerate(book.tape.mapping.entries, start=first):
        cells: tuple[tuple[str, Value], ...] = (("A", row - first + 1), ("B", None), ("D", float(entry.score)))
        for letter, value in cells:
            book.put(ws, f"{letter}{row}", value, format=styles.WHOLE).alignment = CENTRED
        text(book, ws, f"C{row}", kept.get(entry.target, entry.target))
        text(book, ws, f"E{row}", entry.heading)
        text(book, ws, f"F{row}", entry.how + (f": {entry.note}" if entry.note else ""))
    rule = FormulaRule(formula=[f'$C{first}="{kept[IGNORED]}"'], fill=PatternFill(bgColor=styles.WARN_FILL),
                       font=Font(color=styles.WARN_INK))  # fmt: skip
    ws.conditional_formatting.add(f"C{first}:C{first + len(book.tape.mapping.entries) - 1}", rule)


def _set_aside(book: Book, ws: Worksheet, first: int) -> None:
    _table(book, ws, first, "Rows set aside: they are no loans", ASIDE_HEADS)
    people = _rows_with_people(book)
    for row, (place, reason, contents) in enumerate(book.tape.source.set_aside, start=first):
        book.put(ws, f"A{row}", place, format=styles.WHOLE).alignment = CENTRED
        for letter in "BDF":
            book.put(ws, f"{letter}{row}", None)
        text(book, ws, f"C{row}", reason)
        text(book, ws, f"E{row}", contents)
        if place in people:
            _set_aside_text(book, ws, row, contents)
    if not book.tape.source.set_aside:
        book.put(ws, f"C{first}", "None: every row below the headings is a loan.")
