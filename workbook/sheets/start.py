"""Start: what this workbook is and is not, where it comes from, whether its checks pass, and where to go. Tab 1."""

from __future__ import annotations

import datetime as dt

from openpyxl.styles import Alignment, PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import live, styles
from lossmit_workbook.book import Book, Value
from lossmit_workbook.layout import FIGURES
from lossmit_workbook.macro_buttons import ROW_POINTS
from lossmit_workbook.sheets import checks, start_lists, summary, tape_issues
from lossmit_workbook.sheets.summary_values import Pool
from lossmit_xl.version import MODEL_VERSION, __version__

TITLE = "Start"
WIDTHS = {"A": 34, "B": 24, "C": 24, "D": 24, "E": 24}
LAST = "E"
PRINT_SCALE = 70  # per cent: two portrait pages
STAMP_ROW, LIGHT_ROW, BUTTON_ROW = 3, 4, 5
PARTNER_STAMP, CHECKS_LIGHT, BUTTONS = "partner_stamp", "checks_light", "button_row"
"""Names of the cells that macros and the partner copy look for."""
SAMPLE = "SAMPLE of invented loans. Press Import tape, then Build, for your own. "
PURPOSES = {
    "Start": "What this is, where it comes from, whether its checks pass",
    "Summary": "The pool: totals, the way from UPB to bid, the largest loans, tables by strategy, state, band; charts",
    "Bids": "A row a loan: the facts, what to do, the bid, the seller's ask and what it yields; filter and sort it",
    "Compare": "One loan: the nine strategies side by side, and why one is open or closed",
    "Explain": "Any number of that loan: its rule, the same with its numbers, and each input back to the tape",
    "Flows": "The same loan month by month: a second way to every figure, and the IRR",
    "Scenarios": "Every loan, every strategy: recovery, worth, months, profit",
    "Seller questions": "What to ask the seller, the dearest first; prints without a bid",
    "Loans": "The clean tape; change blue cells here, override an assumption for one loan at the right",
    "Overrides": "What differs from the tape and what it does to the bid; what was changed since the build",
    "Model": "The calculation: one rule a column, from the loan to the bid",
    "Yields": "The yield that each loan's price implies, by trying rates with Model's own columns",
    "Assumptions": "Every input once, with its source; change blue cells here",
    "States": "Months, fees and redemption of a foreclosure in each state, with sources",
    "Tape issues": "What was not plain on the tape and what was done; how headings were read",
    "Checks": "The sheet against the engine for every loan; totals by a second way",
    "As built": "Every input of every loan as it stood at the build",
    "Method": "Every column of the calculation in words, with its formula and source",
}
WHAT = (
    "Values non-performing mortgage loans nine ways, recommends a strategy for each and says what to bid for a target "
    "yield."
)
EVERY = "Every figure is a live formula over Loans, Assumptions and States, but for a few stamped ones named below."
NOT_COVERED = (
    "Values and balances are the seller's or the broker's: nothing here was appraised, and no title was searched.",
    "Income tax, the cost of borrowed money and fund fees are left out; figures are before tax, for the whole loan.",
    "State figures are typical months and fees. A loan's own, once you know them, belong on Loans.",
    "The borrower's answers decide: \"Confirm first\" on Bids lists what is still unknown.",
    "No legal advice: servicing and foreclosure rules bind the holder whatever the numbers say.",
    "Stamped at the build, and marked so: IRR on Scenarios and Bids, bids on Seller questions, effects on Overrides.",
)  # fmt: skip
RECOMPUTE = (
    "Excel 2016 or later: open the file, click Enable Editing, change a blue cell; everything follows. Where "
    "calculation is set to manual press F9; Ctrl+Alt+F9 computes every cell anew, whether it changed or not.",
    "LibreOffice: open the file, then Data, Calculate, Recalculate Hard (Ctrl+Shift+F9): it shows stored figures until "
    "then. Save as .xlsx to open it in Excel again, or better, keep the file you were sent.",
    "No figure needs a macro, another file or an add-in, and no function is newer than Excel 2016. LibreOffice and "
    "IronCalc, two engines that share no code, were made to compute every cell and agree; others were not tried.",
)
ADDED = (
    "A row added by hand below the last loan is in no total (Checks says so): add loans to the tape and build anew, "
    "with --from to keep edits."
)
LICENCE = (
    "lossmit_xl is free software under the MIT licence, without warranty of any kind. This workbook is an analysis and "
    "no appraisal, no offer, and no investment, legal or tax advice; whoever bids answers for the bid."
)


def write(book: Book) -> None:
    """Write the sheet."""
    ws = book.sheet(TITLE, "Loan bids", f"From the tape {book.tape.source.path.name}", styles.TEAL)
    for letter, width in WIDTHS.items():
        ws.column_dimensions[letter].width = width
    tape_issues.text(book, ws, "A2", f"{SAMPLE if book.sample else ''}From the tape {book.tape.source.path.name}",
                     "lm_note")  # fmt: skip
    _stamp(book, ws)
    _light(book, ws)
    _button_row(book, ws)
    every = EVERY if book.live is None else live.EVERY
    row = _paragraph(book, ws, LIGHT_ROW + 2, f"{WHAT} {every}", 30)
    if book.live is not None:
        live.banner(book, ws, f"A{row}", LAST)
        row += 1
    row = _pool(book, ws, row + 1)
    row = _source(book, ws, row + 1)
    row = start_lists.own_inputs(book, ws, row + 1)
    row = start_lists.changed(book, ws, row + 1)
    ws.row_breaks.append(Break(id=row))
    row = _words(book, ws, row + 1, "What it does not cover", NOT_COVERED)
    row = _words(book, ws, row + 1, "How to recompute without us", RECOMPUTE, 30)
    row = _limit(book, ws, row + 1)
    row = _sheets(book, ws, row + 1)
    row = _colours(book, ws, row + 1)
    row = _paragraph(book, ws, row + 1, LICENCE, 30) - 1
    ws.page_setup.orientation = "portrait"
    ws.sheet_properties.pageSetUpPr.fitToPage = False  # a sheet fitted to pages ignores its page break
    ws.page_setup.scale = PRINT_SCALE
    ws.print_area = f"A1:{LAST}{row}"


def _stamp(book: Book, ws: Worksheet) -> None:
    """What built this file from what; a partner copy says here what it is."""
    source = book.tape.source
    words = (f"Built by lossmit_xl {__version__}, model {MODEL_VERSION}, as of {book.assumptions.as_of.isoformat()}, "
             f"from {source.path.name}, SHA-256 {source.sha256}.")  # fmt: skip
    tape_issues.text(book, ws, f"A{STAMP_ROW}", words, "lm_stamp")
    ws.merge_cells(f"A{STAMP_ROW}:{LAST}{STAMP_ROW}")
    ws.row_dimensions[STAMP_ROW].height = 26
    book.name(PARTNER_STAMP, ws, f"$A${STAMP_ROW}")


def _button_row(book: Book, ws: Worksheet) -> None:
    """Room for the buttons of a workbook with macros; they are shapes, drawn by `macro_book`."""
    if book.macros:
        ws.row_dimensions[BUTTON_ROW].height = ROW_POINTS
        book.name(BUTTONS, ws, f"$A${BUTTON_ROW}:${LAST}${BUTTON_ROW}")


def _light(book: Book, ws: Worksheet) -> None:
    cell = book.formula(ws, f"A{LIGHT_ROW}", checks.light(), checks.light_now(book), "lm_big")
    ws.merge_cells(f"A{LIGHT_ROW}:{LAST}{LIGHT_ROW}")
    cell.alignment = Alignment(horizontal="center", vertical="center")
    ws.row_dimensions[LIGHT_ROW].height = 30
    checks.paint_light(ws, f"A{LIGHT_ROW}:{LAST}{LIGHT_ROW}")
    jump = f"{checks.TITLE}!A1"
    cell.hyperlink = Hyperlink(ref=f"A{LIGHT_ROW}", location=jump, tooltip="What is checked, one line a check")
    book.name(CHECKS_LIGHT, ws, f"$A${LIGHT_ROW}")


def _paragraph(book: Book, ws: Worksheet, row: int, words: str, height: float = 15) -> int:
    book.put(ws, f"A{row}", words, "lm_text")
    ws.merge_cells(f"A{row}:{LAST}{row}")
    ws.row_dimensions[row].height = height
    return row + 1


def _words(book: Book, ws: Worksheet, row: int, title: str, lines: tuple[str, ...], height: float = 15) -> int:
    book.put(ws, f"A{row}", title, "lm_subtitle")
    for line in lines:
        row = _paragraph(book, ws, row + 1, line, height) - 1
    return row + 1


def _limit(book: Book, ws: Worksheet, row: int) -> int:
    """How many loans are live, counted, and what happens to a row added by hand."""
    row = _words(book, ws, row, "The limit of this workbook", (live.LIMIT, ADDED), 30)
    layout = book.layout
    book.put(ws, f"A{row}", "Loans that recalculate")
    formula, number = f"ROWS({layout.model_range('valued')})", layout.loans
    if book.live is not None:
        formula, number = f'COUNTIF({layout.model_range(FIGURES)},"{live.LIVE}")', int(book.live.sum())
    cell = book.formula(ws, f"B{row}", formula, number, "lm_link", styles.WHOLE)
    cell.alignment = start_lists.LEFT
    return row + 1


def _heads(book: Book, ws: Worksheet, row: int, title: str, heads: tuple[str, ...]) -> None:
    book.put(ws, f"A{row}", title, "lm_subtitle")
    for letter, head in zip("ABCDE", heads, strict=False):
        book.put(ws, f"{letter}{row + 1}", head or None, "lm_head")


def _pool(book: Book, ws: Worksheet, row: int) -> int:
    """The few figures a reader wants first, each beside what it stands for."""
    pool = Pool.of(book)
    total, effective = pool.totals, (1 + pool.target_yield / 12) ** 12 - 1
    _heads(book, ws, row, "The pool", ("", "Loans valued", "The whole pool", "Share valued", "% of UPB valued"))
    lines = (
        ("Loans", "loans", styles.WHOLE), ("UPB", "upb", styles.DOLLARS), ("Bid", "bid", styles.DOLLARS),
    )  # fmt: skip
    for place, (label, name, shown) in enumerate(lines, start=row + 2):
        book.put(ws, f"A{place}", label)
        for letter in "CDE":
            book.put(ws, f"{letter}{place}", None)
        book.formula(ws, f"B{place}", summary.cell(name), total[name], "lm_link", shown)
        if name != "bid":
            whole = total[f"{name}_whole"]
            book.formula(ws, f"C{place}", summary.cell(name, "D"), whole, "lm_link", shown)
            book.formula(ws, f"D{place}", summary.cell(name, "E"), total[name] / whole if whole > 0 else "", "lm_link",
                         styles.SHARE)  # fmt: skip
        else:
            book.formula(ws, f"E{place}", summary.cell(name, "F"), pool.ratio("bid", "upb"), "lm_link", styles.SHARE)
    dates = (
        ("As of", "as_of", float(book.assumptions.inputs()["as_of"]), styles.DATE, ""),
        ("Target yield, nominal (12 payments a year)", "target_yield", pool.target_yield, styles.RATE, ""),
        ("Target yield, effective", "(1+target_yield/12)^12-1", effective, styles.RATE, ""),
    )
    for place, (label, formula, value, shown, _) in enumerate(dates, start=row + 5):
        book.put(ws, f"A{place}", label)
        book.formula(ws, f"B{place}", formula, value, "lm_link", shown)
    return row + 8


def _source(book: Book, ws: Worksheet, row: int) -> int:
    """Which file, which sheet of it, and that all its rows are accounted for."""
    source = book.tape.source
    book.put(ws, f"A{row}", "Where it comes from", "lm_subtitle")
    facts: tuple[tuple[str, Value], ...] = (
        ("Tape", source.path.name), ("Its SHA-256", source.sha256), ("File last changed", _file_date(book)),
        ("Sheet of the file", source.sheet), ("lossmit_xl", __version__), ("Valuation model", MODEL_VERSION),
    )  # fmt: skip
    for place, (label, value) in enumerate(facts, start=row + 1):
        book.put(ws, f"A{place}", label)
        tape_issues.text(book, ws, f"B{place}", str(value))
    place = start_lists.rows_accounted(book, ws, row + 1 + len(facts))
    for line, severity in enumerate(("error", "warning"), start=place):
        book.put(ws, f"A{line}", f"Tape {severity}s")
        cell = book.formula(ws, f"B{line}", tape_issues.severity_count(severity), _severity(book, severity), "lm_link",
                            styles.WHOLE)  # fmt: skip
        cell.alignment = start_lists.LEFT
    start_lists.rule_across(book, ws, row + 1, place + 1)
    return place + 2


def _severity(book: Book, severity: str) -> int:
    return int((book.tape.issues["severity"] == severity).sum())


def _file_date(book: Book) -> str:
    """Day the tape's file was last changed; blank where it is gone, and for the sample, which is as old as its copy."""
    path = book.tape.source.path
    if book.sample or not path.exists():
        return ""
    return dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC).date().isoformat()


def _sheets(book: Book, ws: Worksheet, row: int) -> int:
    from lossmit_workbook.build import SHEETS  # that module imports this one

    book.put(ws, f"A{row}", "The sheets", "lm_subtitle")
    for sheet in SHEETS:
        row += 1
        title = sheet.TITLE
        cell = book.put(ws, f"A{row}", title, "lm_jump")
        cell.hyperlink = Hyperlink(ref=f"A{row}", location=f"'{title}'!A1", display=title)
        book.put(ws, f"B{row}", PURPOSES.get(title, ""), "lm_text")
        ws.merge_cells(f"B{row}:{LAST}{row}")
    return row + 1


def _colours(book: Book, ws: Worksheet, row: int) -> int:
    """What the colours say; a word always says it too."""
    book.put(ws, f"A{row}", "The colours", "lm_subtitle")
    samples = (
        ("Blue on light yellow", "lm_input", None, "An input: yours to change"),
        ("Black", "lm_cell", None, "A formula"),
        ("Green", "lm_link", None, "A figure brought from another sheet"),
        ("OK", "lm_cell", styles.GOOD_FILL, "A check that passes"),
        ("warning, changed, cap", "lm_cell", styles.WARN_FILL, "Look at it: a doubt, a change, a limit that binds"),
        ("error, CHECK, floor", "lm_cell", styles.BAD_FILL, "Something is wrong, or the bid is 0"),
    )
    for word, style, fill, meaning in samples:
        row += 1
        cell = book.put(ws, f"A{row}", word, style)
        if fill:
            cell.fill = PatternFill("solid", fgColor=fill)
        book.put(ws, f"B{row}", meaning, "lm_text")
        ws.merge_cells(f"B{row}:{LAST}{row}")
    return row + 1
