"""Summary's way from UPB to bid, over the loans valued: what value, time and cost take away, in steps that add up."""

from __future__ import annotations

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles, waterfall
from lossmit_workbook.book import Book
from lossmit_workbook.sheets.summary_groups import DASHED_MONEY, heading
from lossmit_workbook.sheets.summary_values import Pool
from lossmit_workbook.waterfall import Step, Waterfall

HEADS = ("", "Loans valued", "", "% of UPB", "What it is")
HELPERS = "N"
"""First column of the chart's helper cells, at the right of what is printed."""
STEPS: tuple[tuple[str, str, bool, str], ...] = (
    ("UPB", "upb", True, "Unpaid principal of the loans valued"),
    ("Owed besides", "legal_balance-upb", False, "Interest, advances, late fees, deferred principal"),
    ("Legal balance", "legal_balance", True, "All that the borrowers owe"),
    ("Not paid", "outcomes_gross-legal_balance", False, "What neither borrower nor house will bring (+: more)"),
    ("Costs", "outcomes_net-outcomes_gross", False, "Legal, servicing, carry, disposition and fees of the outcomes"),
    ("Expected recovery", "outcomes_net", True, "Net, not discounted, outcomes by their weights"),
    ("Time", "expected_npv-outcomes_net", False, "What waiting costs at the target yield"),
    ("Expected NPV", "expected_npv", True, "Worth today of the expected outcomes"),
    ("Buying", "bid_by_yield-expected_npv", False, "Acquisition costs"),
    ("Caps, floor", "bid-bid_by_yield", False, "Limits on UPB and value; no bid below 0"),
    ("Bid", "bid", True, "The most to pay"),
)  # fmt: skip


def rows() -> int:
    """Rows from the heading to the last step."""
    return len(STEPS) + 2


def write(book: Book, ws: Worksheet, pool: Pool, row: int, cells: dict[str, str]) -> Waterfall:
    """Write the table and the chart's helper cells; `cells`: the pool's figures by name, as cells of this sheet or as
    sums. Returns the waterfall to be drawn."""
    heading(book, ws, row, "From UPB to bid: what value, cost and time take away", HEADS)
    first = row + 2
    steps = [Step(label, _amount(pool, amount), total) for label, amount, total, _ in STEPS]
    for line, (step, (label, amount, total, meaning)) in enumerate(zip(steps, STEPS, strict=True), start=first):
        style = "lm_total" if total else "lm_cell"
        plus, _, minus = amount.partition("-")
        formula = cells[plus] + (f"-{cells[minus]}" if minus else "")
        book.put(ws, f"A{line}", label, style)
        book.formula(ws, f"B{line}", formula, step.value, style, DASHED_MONEY)
        book.put(ws, f"C{line}", None, style)
        ws.merge_cells(f"B{line}:C{line}")
        upb = pool.totals["upb"]
        book.formula(ws, f"D{line}", f'IF($B${first}>0,B{line}/$B${first},"")', step.value / upb if upb > 0 else "",
                     style, styles.SHARE)  # fmt: skip
        book.put(ws, f"E{line}", meaning, "lm_note").alignment = Alignment(indent=1, vertical="center")
    ws.merge_cells(f"B{row + 1}:C{row + 1}")
    return waterfall.write(book, ws, Waterfall(ws.title, "A", "B", first, HELPERS, steps))


def _amount(pool: Pool, amount: str) -> float:
    plus, _, minus = amount.partition("-")
    return pool.totals[plus] - (pool.totals[minus] if minus else 0.0)
