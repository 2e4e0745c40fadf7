"""The lists on Start: rows of the file accounted for, inputs not at their default, inputs changed since the build.

Each list is live and as long as the build needs it, with room for more; what does not fit is counted in words.
"""

from __future__ import annotations

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Side
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Book, Value
from lossmit_workbook.sheets import changes, overrides, tape_issues

LEFT = Alignment(horizontal="left", vertical="center")
INDENTED = Alignment(horizontal="left", vertical="center", indent=1)
RULED = Border(bottom=Side(style="thin", color=styles.RULE))
RIGHT = Alignment(horizontal="right", vertical="center")
SPARE, MOST_OWN = 4, 60
"""Lines beyond those that the build fills, and the most lines of inputs that are not their default."""
CHANGE_LINES = 6
ADDS_UP, DOES_NOT = "OK: every row is accounted for", "CHECK: rows are missing"
UNCHANGED = "None: every input is as it was built"
ALL_DEFAULTS = "None: every assumption, weight and state figure is the default"
OWN_HEADS = ("Assumption", "Value", "Default", "Unit", "Sheet")
CHANGE_HEADS = ("What", "As built", "Now", "Unit", "Sheet")
TWICE = '"* (row *)"'  # what the reader puts behind a loan number that stood there before


def head(book: Book, ws: Worksheet, row: int, title: str, heads: tuple[str, ...], jump: str = "") -> None:
    """A list's heading, and a link to the sheet where the whole of it stands."""
    if title:
        _title(book, ws, row, title, jump)
    for letter, text in zip("ABCDE", heads, strict=True):
        book.put(ws, f"{letter}{row + 1}", text, "lm_head")


def _title(book: Book, ws: Worksheet, row: int, title: str, jump: str) -> None:
    book.put(ws, f"A{row}", title, "lm_subtitle")
    if jump:
        cell = book.put(ws, f"E{row}", f"All of it: {jump.split('!')[0]}", "lm_jump")
        cell.hyperlink = Hyperlink(ref=f"E{row}", location=jump, display=str(cell.value))


def _ruled_where_filled(ws: Worksheet, first: int, last: int) -> None:
    """A list's spare lines stay white; a line gets its rule when it is filled."""
    for row in ws[f"A{first}:E{last}"]:
        for cell in row:
            cell.border = Border()
    rule = FormulaRule(formula=[f'$A{first}<>""'], border=RULED)
    ws.conditional_formatting.add(f"A{first}:E{last}", rule)


def rule_across(book: Book, ws: Worksheet, first: int, last: int) -> None:
    """The rule of each line runs over the sheet's width."""
    for row in range(first, last + 1):
        for letter in "CDE":
            cell = ws[f"{letter}{row}"]
            if cell.value is None:
                book.put(ws, cell.coordinate, None)
            cell.border = RULED


def rows_accounted(book: Book, ws: Worksheet, row: int) -> int:
    """Rows of the file = loans valued + not valued + rows set aside, by formula; returns the row below."""
    layout, valued = book.layout, book.column("valued").astype(bool)
    read, _ = tape_issues.rows_close()
    twice = int(book.loans["loan_id"].astype(str).str.contains(r".* \(row .*\)$", regex=True).sum())
    aside = len(book.tape.source.set_aside)
    flags = layout.model_range("valued")
    lines = (
        ("Rows read below the headings", read, book.tape.source.rows_read),
        ("  loans valued", f"COUNTIF({flags},TRUE)", int(valued.sum())),
        ("  loans not valued (Bids says why)", f"ROWS({flags})-B{row + 1}", int((~valued).sum())),
        ("  rows set aside: no loans", tape_issues.rows_aside(), aside),
    )
    for line, (label, formula, number) in enumerate(lines, start=row):
        book.put(ws, f"A{line}", label)
        book.formula(ws, f"B{line}", formula, number, "lm_link", styles.WHOLE).alignment = LEFT
    total = row + len(lines)
    book.put(ws, f"A{total}", "  together", "lm_total")
    whole = layout.loans + aside
    cell = book.formula(ws, f"B{total}", f"SUM(B{row + 1}:B{total - 1})", whole, "lm_total", styles.WHOLE)
    cell.alignment = LEFT
    closes = whole == book.tape.source.rows_read
    book.formula(ws, f"C{total}", f'IF(B{total}=B{row},"{ADDS_UP}","{DOES_NOT}")', ADDS_UP if closes else DOES_NOT,
                 "lm_note")  # fmt: skip
    book.put(ws, f"A{total + 1}", "Loan numbers that repeat another")
    cell = book.formula(ws, f"B{total + 1}", f"COUNTIF({layout.loans_range('loan_id')},{TWICE})", twice, "lm_link",
                        styles.WHOLE)  # fmt: skip
    cell.alignment = LEFT
    book.put(ws, f"C{total + 1}", "kept and valued as loans of their own, the row behind the number", "lm_note")
    rule_across(book, ws, row, total + 1)
    return total + 2


def own_inputs(book: Book, ws: Worksheet, row: int) -> int:
    """Every assumption, weight and state figure that is not its default; returns the row below."""
    at, own = overrides.changed(book), changes.own_inputs(book)
    head(book, ws, row, "Not the default", OWN_HEADS, "Assumptions!A1")
    lines = min(len(own) + SPARE, MOST_OWN)
    first, last = row + 2, row + 1 + lines
    running = _elsewhere(at, "own_running")
    now = changes.values_now(book)
    for place in range(lines):
        line, shown = first + place, own[place] if place < len(own) else None
        found = f"MATCH(ROWS($A${first}:$A{line}),{running},0)"
        parts = {name: f"INDEX({_elsewhere(at, name)},{found})" for name in
                 ("kind", "name", "column", "now", "default", "unit", "sheet")}  # fmt: skip
        label = f'IF({parts["kind"]}="assumptions",{parts["name"]},{parts["name"]}&": "&{parts["column"]})'
        formulas = (label, parts["now"], parts["default"], parts["unit"], parts["sheet"])
        values = _own_line(at, shown, now)
        for letter, formula, value in zip("ABCDE", formulas, values, strict=True):
            cell = book.formula(ws, f"{letter}{line}", f'IFERROR({formula},"")', value, "lm_link")
            cell.alignment = LEFT if letter == "A" else RIGHT if letter in "BC" else INDENTED
    _ruled_where_filled(ws, first, last)
    changes.formats_by_unit(ws, f"B{first}:C{last}", f"$D{first}")
    many = f"MAX({running})"
    rest = f'IF({many}>ROWS(A{first}:A{last}),"and "&({many}-ROWS(A{first}:A{last}))&" more",' \
           f'IF({many}=0,"{ALL_DEFAULTS}",""))'  # fmt: skip
    left_out = f"and {len(own) - lines} more" if len(own) > lines else ""
    book.formula(ws, f"B{row}", rest, left_out if own else ALL_DEFAULTS, "lm_note")
    return last + 1


def _own_line(
    at: changes.Places, key: tuple[str, str, str] | None, now: dict[tuple[str, str, str], tuple[Value, Value]]
) -> tuple[Value, ...]:
    """What a line shows at the build."""
    if key is None:
        return ("",) * len(OWN_HEADS)
    kind, name, column = key
    entry = next(e for e in changes.register(at.layout) if (e.kind, e.name, e.column) == key)
    return (name if kind == "assumptions" else f"{name}: {column}", *now[key], entry.unit, entry.sheet)


def _elsewhere(at: changes.Places, name: str) -> str:
    return f"{overrides.TITLE}!{at.registered(name)}"


def changed(book: Book, ws: Worksheet, row: int) -> int:
    """Counts of inputs changed since the build by kind, and the first few of them; returns the row below."""
    jump = f"{overrides.TITLE}!A{overrides.changed(book).top}"
    first = row + len(changes.KINDS) + 4
    last, total = first + CHANGE_LINES - 1, first - 3
    for place, (kind, label) in enumerate({**changes.KINDS, "": "All cells changed"}.items(), start=row + 1):
        book.put(ws, f"A{place}", label, "lm_cell" if kind else "lm_total")
        cell = book.formula(ws, f"B{place}", overrides.count(book, kind), 0, "lm_link" if kind else "lm_total",
                            styles.WHOLE)  # fmt: skip
        cell.alignment = LEFT
    head(book, ws, first - 2, "", CHANGE_HEADS)
    _title(book, ws, row, "Changed since the build", jump)
    listed = f"ROWS(A{first}:A{last})"
    rest = f'IF(B{total}>{listed},"the first "&{listed}&" of "&B{total}&" are listed",IF(B{total}=0,"{UNCHANGED}",""))'
    book.formula(ws, f"B{row}", rest, UNCHANGED, "lm_note")
    for line in range(CHANGE_LINES):
        at = overrides.change(book, line)
        what = f'{at["name"]}&IF({at["column"]}="value","",": "&{at["column"]})'
        formulas = (f'IF({at["number"]}="","",{what})', *(f'IF({at[name]}="","",{at[name]})' for name in
                    ("as_built", "now", "unit", "sheet")))  # fmt: skip
        for letter, formula in zip("ABCDE", formulas, strict=True):
            cell = book.formula(ws, f"{letter}{first + line}", formula, "", "lm_link")
            cell.alignment = LEFT if letter == "A" else RIGHT if letter in "BC" else INDENTED
    _ruled_where_filled(ws, first, last)
    changes.formats_by_unit(ws, f"B{first}:C{last}", f"$D{first}")
    return last + 1
