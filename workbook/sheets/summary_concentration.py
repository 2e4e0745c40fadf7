"""Summary's concentration: the largest loans that together make a share of the pool's UPB, ranked live."""

from __future__ import annotations

from typing import Any

import numpy as np
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Book
from lossmit_workbook.sheets import bids, scenarios
from lossmit_workbook.sheets.summary_groups import heading
from lossmit_workbook.sheets.summary_values import Pool
from lossmit_xl.names import STRATEGY_LABELS

SPARE, MOST = 3, 40
"""Lines beyond those that the build needs, and the most lines."""
HEADS = ("Loan", "State", "", "UPB", "Share of UPB", "Up to here", "Value", "Expected NPV", "Bid", "Bid, % of UPB",
         "Recommended", "")  # fmt: skip
PLACE = "N"
"""Column of each line's place on Loans, at the right of what is printed."""


def count(book: Book, pool: Pool) -> int:
    """How many of the largest loans it takes, at the build."""
    _, larger = scenarios.ranks(book)
    with np.errstate(invalid="ignore"):
        return int((larger < float(book.assumptions.concentration_share) * pool.totals["upb_whole"]).sum())


def lines(book: Book, pool: Pool) -> int:
    """Lines of the list."""
    return min(count(book, pool) + SPARE, MOST, max(book.layout.loans, 1))


def write(book: Book, ws: Worksheet, pool: Pool, row: int, upb_whole: str) -> int:
    """Write share, count and list; `upb_whole` is the cell of the pool's UPB. Returns the row of the next table."""
    layout, needed = book.layout, count(book, pool)
    heading(book, ws, row, "Concentration: the largest loans by UPB", HEADS)
    book.put(ws, f"H{row}", "that together make", "lm_note")
    share_now = float(book.assumptions.concentration_share)
    book.formula(ws, f"I{row}", "concentration_share", share_now, "lm_link", "0%")
    share, many = f"$I${row}", f"$K${row}"
    book.put(ws, f"J{row}", "of the UPB, loans:", "lm_note")
    larger = scenarios.ranked_range(layout, scenarios.LARGER)
    book.formula(ws, f"K{row}", f'COUNTIF({larger},"<"&{share}*{upb_whole})', needed, "lm_total", styles.WHOLE)
    first, last = row + 2, row + 1 + lines(book, pool)
    book.put(ws, f"{PLACE}{first - 1}", "Place on Loans", "lm_head")
    now = _values(book, pool, needed)
    for place, line in enumerate(range(first, last + 1)):
        _line(book, ws, line, f"ROWS($A${first}:$A{line})", many, upb_whole, now(place))
    listed = f"ROWS($A${first}:$A${last})"
    left = needed - (last - first + 1)
    book.formula(ws, f"A{last + 2}", f'IF({many}>{listed},"and "&({many}-{listed})&" more: sort Bids by UPB","")',
                 f"and {left} more: sort Bids by UPB" if left > 0 else "", "lm_note")  # fmt: skip
    return last + 4


def _line(book: Book, ws: Worksheet, row: int, rank: str, many: str, upb_whole: str, now: dict[str, Any]) -> None:
    layout, place = book.layout, f"${PLACE}{row}"
    ranks = scenarios.ranked_range(layout, scenarios.RANK)
    book.formula(ws, f"{PLACE}{row}", f"IF({rank}<={many},MATCH({rank},{ranks},0),0)", now["place"], "lm_note", "0")

    def found(cells: str, blank: bool = False) -> str:
        cell = f"INDEX({cells},{place})"
        return f'IF({place}=0,"",IF({cell}="","",{cell}))' if blank else f'IF({place}=0,"",{cell})'

    larger = scenarios.ranked_range(layout, scenarios.LARGER)
    model = layout.model_range
    label = bids.strategy_label(layout, f"INDEX({model('recommended')},{place})")
    formulas = {
        "A": found(layout.loans_range("loan_id")), "B": found(layout.loans_range("state"), blank=True),
        "D": found(layout.loans_range("upb")), "E": f'IF({place}=0,"",D{row}/{upb_whole})',
        "F": f'IF({place}=0,"",(INDEX({larger},{place})+D{row})/{upb_whole})',
        "G": found(model("value")), "H": found(model("expected_npv")), "I": found(model("bid")),
        "J": f'IF({place}=0,"",IF(I{row}="","",I{row}/D{row}))',
        "K": f'IF({place}=0,"",IF(INDEX({model("recommended")},{place})="","",{label}))',
    }  # fmt: skip
    shown = dict.fromkeys("DGHI", styles.DOLLARS) | dict.fromkeys("EFJ", styles.SHARE) | {"A": "@"}
    for letter in "CL":
        book.put(ws, f"{letter}{row}", None)
    for letter, formula in formulas.items():
        cell = book.formula(ws, f"{letter}{row}", formula, now[letter], "lm_link" if letter in "ABDGHIK" else "lm_cell",
                            shown.get(letter))  # fmt: skip
        if letter in "ABK":
            cell.alignment = Alignment(horizontal="left", vertical="center", indent=int(letter == "K"))


def _values(book: Book, pool: Pool, needed: int) -> Any:
    """A function: what the line of a rank (from 0) shows now."""
    rank, larger = scenarios.ranks(book)
    total = pool.totals["upb_whole"]
    place_of = {int(r): place for place, r in enumerate(rank) if r == r}

    def at(line: int) -> dict[str, Any]:
        if line + 1 > needed:
            return {"place": 0, **dict.fromkeys("ABDEFGHIJK", "")}
        place = place_of[line + 1]
        one = {name: column[place] for name, column in pool.columns.items()}
        upb, bid = float(one["upb"]), one["bid"]
        return {
            "place": place + 1, "A": one["loan_id"], "B": one["state"], "D": upb, "E": upb / total,
            "F": (float(larger[place]) + upb) / total, "G": one["value"], "H": one["expected_npv"], "I": bid,
            "J": bid / upb, "K": STRATEGY_LABELS.get(one["recommended"], ""),
        }  # fmt: skip

    return at
