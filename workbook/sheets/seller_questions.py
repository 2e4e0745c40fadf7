"""Seller questions: what to ask about the tape, the dearest first; prints without a bid. Tab 8."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Book, Value
from lossmit_workbook.sheets import tape_issues
from lossmit_xl.questions import POOL, SMALL, each, questions

TITLE = "Seller questions"
COUNT_ROW, OPEN_ROW, UNIT_ROW, HEAD_ROW, FIRST = 3, 4, 5, 6, 7
LINE = 13.5  # points
WIDE = 54  # characters that a line of a question holds
YES = "yes"


@dataclass(frozen=True)
class _Column:
    letter: str
    head: str
    unit: str
    width: float


SELLERS = (
    _Column("A", "No.", "count", 6), _Column("B", "Loan", "text", 20), _Column("C", "Question", "text", 48),
    _Column("D", "What the tape says", "text", 26), _Column("E", "File row", "row", 9),
    _Column("F", "Seller's answer", "text", 30), _Column("G", "Answered?", "yes/no", 11),
)  # fmt: skip
OURS = (
    _Column("I", "Bid, low end", "USD", 15), _Column("J", "Bid as it stands", "USD", 15),
    _Column("K", "Bid, high end", "USD", 15), _Column("L", "At stake", "USD", 15), _Column("M", "Weight", "word", 14),
    _Column("N", "Why it is doubtful", "text", 40), _Column("O", "The ends", "text", 48),
    _Column("P", "What the ends rest on", "text", 44),
)  # fmt: skip
ASK, SMALLER, UNKNOWN = "ask", "small", "not estimated"
NOTE = "Made when the file was built. Please answer in column F."
OUR_NOTE = "For us alone: columns I to P do not print. Bids are stamped at the build; sums are live."


def write(book: Book) -> None:
    """Write the questions of the workbook's tape."""
    fill(book, questions(book.tape, book.assumptions, book.evaluation), internal=True)


def fill(book: Book, asked: pd.DataFrame, *, internal: bool) -> None:
    """Write the sheet; without `internal` nothing of a bid is in it, not even hidden."""
    ws = book.sheet(TITLE, "Questions about the tape", NOTE)
    tape_issues.text(book, ws, "D1", book.tape.source.path.name, "lm_note")
    last = FIRST + max(len(asked), 1) - 1
    columns = (*SELLERS, *OURS) if internal else SELLERS
    for column in columns:
        ws.column_dimensions[column.letter].width = column.width
        book.put(ws, f"{column.letter}{UNIT_ROW}", column.unit, "lm_unit")
        book.put(ws, f"{column.letter}{HEAD_ROW}", column.head, "lm_head")
    _counts(book, ws, len(asked), last)
    if not len(asked):
        book.put(ws, f"C{FIRST}", "No questions: the tape answers them all.", "lm_text")
    _sellers(book, ws, asked)
    if internal:
        _ours(book, ws, asked)
        _totals(book, ws, asked, last)
    answered = DataValidation(type="list", formula1=f'"{YES},no"', allow_blank=True, showErrorMessage=True)
    answered.error = "Write yes or no."
    answered.add(f"G{FIRST}:G{last}")
    ws.add_data_validation(answered)
    ws.freeze_panes = f"C{FIRST}"
    ws.auto_filter.ref = f"A{HEAD_ROW}:{columns[-1].letter}{last}"
    ws.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    ws.print_area = f"A1:G{last}"
    ws.page_setup.orientation = "portrait"
    ws.row_dimensions[HEAD_ROW].height = 18


def _counts(book: Book, ws: Worksheet, count: int, last: int) -> None:
    book.put(ws, f"A{COUNT_ROW}", "Questions", "lm_label")
    book.formula(ws, f"C{COUNT_ROW}", f"COUNT(A{FIRST}:A{last})", count, "lm_label", styles.WHOLE)
    book.put(ws, f"A{OPEN_ROW}", "Still open", "lm_label")
    book.formula(ws, f"C{OPEN_ROW}", f'C{COUNT_ROW}-COUNTIF(G{FIRST}:G{last},"{YES}")', count, "lm_label",
                 styles.WHOLE)  # fmt: skip
    for row in (COUNT_ROW, OPEN_ROW):
        ws[f"C{row}"].alignment = Alignment(horizontal="left", vertical="center")


def _sellers(book: Book, ws: Worksheet, asked: pd.DataFrame) -> None:
    """What the seller gets, a row a question."""
    top = Alignment(vertical="top", wrap_text=True)
    centred = Alignment(horizontal="center", vertical="top")
    for row, one in enumerate(each(asked), start=FIRST):
        book.put(ws, f"A{row}", one.rank, format=styles.WHOLE).alignment = centred
        loan = "all loans" if one.loan_id == POOL else one.loan_id
        for letter, words in zip("BCD", (loan, one.question, one.tape_says), strict=True):
            tape_issues.text(book, ws, f"{letter}{row}", words)
            ws[f"{letter}{row}"].alignment = Alignment(vertical="top", wrap_text=True, indent=int(letter == "D"))
        book.put(ws, f"E{row}", one.row or None, format=styles.WHOLE).alignment = centred
        for letter in "FG":
            book.put(ws, f"{letter}{row}", None, "lm_input", "@").alignment = top
        lines = max(-(-len(one.question) // WIDE), -(-len(one.tape_says) // 27), 1)
        ws.row_dimensions[row].height = LINE * lines + 3


def _ours(book: Book, ws: Worksheet, asked: pd.DataFrame) -> None:
    """What hangs on each: stamped bids, and the stake and its weight by formula."""
    for row, one in enumerate(each(asked), start=FIRST):
        for letter, bid in zip("IJK", (one.bid_low, one.bid, one.bid_high), strict=True):
            book.put(ws, f"{letter}{row}", bid if one.estimated else None, format=styles.MONEY)
        book.formula(ws, f"L{row}", f'IF(COUNT(I{row}:K{row})=0,"",MAX(I{row}:K{row})-MIN(I{row}:K{row}))',
                     one.at_stake, format=styles.MONEY)  # fmt: skip
        weight = UNKNOWN if not one.estimated else SMALLER if one.at_stake < SMALL else ASK
        book.formula(ws, f"M{row}", f'IF(L{row}="","{UNKNOWN}",IF(L{row}<$L$2,"{SMALLER}","{ASK}"))', weight)
        for letter, words in zip("NOP", (one.why, one.readings, one.source), strict=True):
            book.put(ws, f"{letter}{row}", words)
        for letter in "IJKLMNOP":
            wraps = letter in "NOP"
            ws[f"{letter}{row}"].alignment = Alignment(vertical="top", wrap_text=wraps, indent=int(letter in "MNOP"))
        if weight != ASK:
            ws.row_dimensions[row].outlineLevel = 1  # folds away; never hidden when written


def _totals(book: Book, ws: Worksheet, asked: pd.DataFrame, last: int) -> None:
    """The stakes added up: all of them, and those still open."""
    total = float(asked["at_stake"].sum())
    book.put(ws, "I1", OUR_NOTE, "lm_note")
    book.put(ws, "I2", "Small is below", "lm_label")
    book.put(ws, "L2", SMALL, "lm_input", styles.MONEY)
    lines: tuple[tuple[int, str, str], ...] = (
        (COUNT_ROW, "At stake", f"SUM(L{FIRST}:L{last})"),
        (OPEN_ROW, "At stake, still open", f'SUMIF(G{FIRST}:G{last},"<>{YES}",L{FIRST}:L{last})'),
    )
    for row, words, formula in lines:
        book.put(ws, f"I{row}", words, "lm_label")
        book.formula(ws, f"L{row}", formula, total, "lm_label", styles.MONEY)
    note: Value = "Added up question by question: those of one loan overlap. A loan not valued stands at a bid of 0."
    book.put(ws, f"N{COUNT_ROW}", note, "lm_note")
    cells = f"M{FIRST}:M{last}"
    for word, ink in ((SMALLER, styles.GREY), (UNKNOWN, styles.WARN_INK)):
        ws.conditional_formatting.add(cells, FormulaRule(formula=[f'$M{FIRST}="{word}"'], font=Font(color=ink)))
    ws.conditional_formatting.add(
        f"A{FIRST}:G{last}",
        FormulaRule(formula=[f'$G{FIRST}="{YES}"'], fill=PatternFill(bgColor=styles.GOOD_FILL),
                    font=Font(color=styles.GOOD_INK)),
    )  # fmt: skip
