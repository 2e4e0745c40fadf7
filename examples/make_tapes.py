"""Makes the sample tapes beside this script: `clean_25.csv`, the same pool a month later, `november_24.csv`, and
`messy_250.xlsx`. Same bytes every time.

    python examples/make_tapes.py [FOLDER]

All loans, names and addresses are invented. The mix is what small investors are offered: firsts and seconds of
$15,000 to $300,000 in many states, 0 to 48 payments behind, some matured, some bankrupt, some whose borrower has
never answered. As of 2026-10-31.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import sys
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from sample_loans import (
    AS_OF,
    CITIES,
    FIRST,
    FULL_NAMES,
    LAST,
    SEED,
    STATES,
    STREETS,
    Dice,
    Loan,
    make_loan,
    months_later,
)


def clean_tape(count: int = 25) -> list[Loan]:
    """Loans with nothing to mend: canonical headings, ISO dates, decimals."""
    dice = Dice(SEED)
    loans = []
    for number in range(1, count + 1):
        loan = make_loan(dice, number)
        # A recent value and no 0: this tape has not one warning of its own but what its loans really are.
        loan["value_date"] = AS_OF - dt.timedelta(days=dice.whole(10, 150))
        loans.append({name: cell for name, cell in loan.items() if not name.startswith("_")})
    loans[4]["dpo_offer"], loans[4]["dpo_month"] = round(float(str(loans[4]["upb"])) * 0.62, 2), 3
    return loans


def november_tape() -> list[Loan]:
    """The clean tape a month later: two loans sold, one come, a new opinion of value, advances, an answer."""
    loans = clean_tape(26)
    loans[3]["property_value"], loans[3]["value_date"] = 61_000.0, dt.date(2026, 11, 12)
    loans[8]["escrow_advances"] = 4_310.55
    loans[12]["contact"], loans[12]["intent"] = "yes", "sell"
    return [loan for place, loan in enumerate(loans) if place not in (6, 18)]


def write_clean(path: Path, loans: list[Loan]) -> None:
    """A clean tape as UTF-8 csv."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(loans[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(loans)


BANDS = (
    ("LOAN", 2),
    ("BORROWER / PROPERTY", 7),
    ("TERMS", 8),
    ("AMOUNTS DUE", 5),
    ("VALUATION", 4),
    ("LEGAL", 4),
    ("BORROWER SITUATION", 5),
    ("", 3),
)
HEADINGS = (
    ("Loan", "Number"), ("Lien", "Position"), ("Borrower", "Name"), ("Home", "Phone"), ("Property", "Address"),
    ("", "City"), ("", "ST"), ("Zip", "Code"),
    ("Prop.", "Type"), ("Orig.", "Bal"), ("Orig", "Date"), ("Curr.", "UPB ($)"), ("Forebearance", "Bal"),
    ("Int", "Rate"), ("P&I", "Pmt"), ("Paid", "To"), ("Mat", "Date"),
    ("Accrued", "Int"), ("Esc Adv", "Bal"), ("Rec Corp", "Adv"), ("Late", "Chgs"), ("Delq", "Taxes"), ("BPO", "As-Is"),
    ("BPO", "Date"), ("1st Lien", "Balance"),
    ("Occ.", "Status"), ("FC Referral", "Date"), ("Legal", "Status"), ("BK", "Chapter"), ("FC", "Contested"),
    ("Borrower", "Contact"), ("", "Hardship"),
    ("Borrower", "Intent"), ("Monthly", "Income"), ("Cash on", "Hand"), ("Servicer", "Comments"), ("Curr.", "UPB ($)"),
    ("Seller Internl", "Flagg"),
)  # fmt: skip
NUMBER_FORMATS = {9: "#,##0", 11: "$#,##0.00", 14: "#,##0.00", 22: "$#,##0"}


def _usd(amount: object, dice: Dice) -> object:
    """An amount as one seller or another types it."""
    if amount is None:
        return None
    value = float(str(amount))
    style = dice.whole(0, 9)
    return (
        f"${value:,.2f}"
        if style == 0
        else f"{value:,.2f} "
        if style == 1
        else f"\u00a0{value:,.2f}"
        if style == 2
        else value
    )


def _rate(rate: float, dice: Dice) -> object:
    style = dice.whole(0, 3)
    return f"{rate * 100:.3f}%" if style == 0 else round(rate * 100, 4) if style < 3 else rate


def _date(day: dt.date | None, dice: Dice) -> object:
    """A date as text in three fashions, or as a real one."""
    if day is None:
        return None
    style = dice.whole(0, 5)
    if style < 3:
        return dt.datetime(day.year, day.month, day.day)
    return (
        f"{day.month}/{day.day}/{day.year}"
        if style == 3
        else f"{day.month:02d}/{day.day:02d}/{day.year % 100:02d}"
        if style == 4
        else day.isoformat()
    )


def messy_row(loan: Loan, dice: Dice) -> list[object]:
    """A loan as the seller's sheet has it, in the order of HEADINGS."""
    code = str(loan["state"])
    due = loan["next_due_date"]
    assert isinstance(due, dt.date)
    elapsed = loan["fc_months_elapsed"]
    referral = months_later(dt.date(2026, 10, dice.whole(2, 27)), -int(str(elapsed))) if elapsed else None
    words = {"sfr": ("SFR", "Single Family", "SF", "PUD"), "condo": ("Condo", "CO"), "2-4": ("2-4 Family", "Duplex"),
        "manufactured": ("Mobile Home", "MH"),
             "land": ("Vacant Land",), "commercial": ("Mixed Use",)}  # fmt: skip
    occupied = {
        "owner": ("Owner Occupied", "OO", "owner"),
        "tenant": ("Tenant", "Non-Owner Occ"),
        "vacant": ("Vacant", "V"),
        "unknown": ("U", "Unknown"),
    }
    chapter = loan["bk_chapter"]
    status = "Bankruptcy" if chapter else "Foreclosure" if referral else "None"
    answers = {"yes": ("Y", "Yes"), "no": ("N", "No")}
    contact = answers.get(str(loan["contact"]), ("",))
    maturity, value_date = loan["maturity_date"], loan["value_date"]
    first_due = loan["_first_due"]
    assert isinstance(maturity, dt.date) and isinstance(value_date, dt.date) and isinstance(first_due, dt.date)
    return [
        loan["loan_id"], dice.one(("1st", "1", "First", "1st Mortgage/Deed of Trust") if loan["lien"] == 1 else ("2nd",
        "Second", "2")),
        f"{dice.one(LAST)}, {dice.one(FIRST)}", f"({dice.whole(201, 989)}) 555-{dice.whole(100, 9999):04d}",
        f"{dice.whole(11, 9989)} {dice.one(STREETS)}", dice.one(CITIES),
        dice.one((code, code, code.lower(), FULL_NAMES.get(code, code))), f"{dice.whole(1001, 99899):05d}",
        dice.one(words[str(loan["property_type"])]), loan["_original"],
        _date(months_later(first_due, -1), dice), _usd(loan["upb"], dice), _usd(loan["deferred_balance"], dice),
            _rate(float(str(loan["note_rate"])), dice), _usd(loan["pi_payment"], dice),
        _date(months_later(due, -1), dice), _date(maturity, dice), _usd(loan["accrued_interest"], dice),
            _usd(loan["escrow_advances"], dice),
        _negative(loan["corporate_advances"], dice), _usd(loan["late_fees"], dice),
            _usd(loan["delinquent_taxes"], dice), _usd(loan["property_value"], dice), _date(value_date, dice),
        _usd(loan["senior_balance"], dice), dice.one(occupied[str(loan["occupancy"])]), _date(referral, dice), status,
            f"Ch {chapter}" if chapter else dice.one(("", "N/A", "")),
        "Y" if loan["fc_contested"] == "yes" else "", dice.one(contact), loan["hardship"] or "",
        loan["intent"] or dice.one(("", "U")), _usd(loan["monthly_income"], dice),
        _usd(loan["cash_available"], dice), dice.one(("", "", "", "Left voicemail", "Wants to keep house",
            "HAF applied")), loan["upb"] if dice.chance(0.45) else None, dice.one(("A", "B", "")),
    ]  # fmt: skip


def _negative(amount: object, dice: Dice) -> object:
    """This seller books recoverable advances as credits: (1,234.50), 1,234.50- or -1234.5."""
    if amount is None:
        return None
    value = float(str(amount))
    style = dice.whole(0, 2)
    return f"({value:,.2f})" if style == 0 else f"{value:,.2f}-" if style == 1 else -value


PLANTED: dict[int, dict[int, object]] = {  # place among the 250 rows -> column of HEADINGS -> what stands there
    7: {6: "ZZ"}, 19: {6: ""}, 33: {6: "Cascadia"}, 41: {22: "N/A"}, 58: {22: 0}, 77: {22: "#N/A"}, 90: {11: 0},
    104: {13: 999}, 118: {13: "9,5%%"},
    126: {15: "00/00/0000", 16: "00/00/0000"}, 139: {15: "unknown"}, 151: {17: -312.5}, 160: {0: ""},
    172: {16: "02/30/2031"}, 181: {14: "see note"}, 190: {13: 0},
    199: {28: "Ch 9"}, 205: {8: "Yurt"}, 214: {20: "9999"}, 222: {24: None, 1: "2nd"},
    230: {35: "=HYPERLINK(\"http://example.invalid\",\"click\")"},
    236: {35: "+1 call back"}, 241: {35: "@broker knows more"}, 66: {35: "-- do not call --"}, 12: {0: "4.1E+09"},
    244: {23: "13/25/2026"}, 98: {31: "flood"},
}  # fmt: skip


def messy_rows() -> list[list[object]]:
    """The 250 rows with loans of the messy tape; two loans stand there twice."""
    dice = Dice(SEED + 1)
    rows = [messy_row(make_loan(dice, number), dice) for number in range(101, 349)]
    rows.insert(83, list(rows[40]))
    again = list(rows[150])
    again[11] = "$61,200.00"
    rows.insert(202, again)
    for place, cells in PLANTED.items():
        for column, cell in cells.items():
            rows[place][column] = cell
    return rows


def write_messy(path: Path) -> None:
    """The messy tape as xlsx: a notes sheet first, titles, a merged band, two-line headings, blank rows, a page
    break, a total, a remark.
    """
    book = openpyxl.Workbook()
    notes = book.active
    assert notes is not None
    notes.title = "Disclaimer"
    notes["A1"] = "Invented data for illustration. No loan, person or property in this file exists."
    notes["A3"], notes["B3"] = "Seller", "Summit Ridge Example Holdings"
    sheet = book.create_sheet("Loan Tape")
    _headings(sheet)
    total = 0.0
    for place, row in enumerate(messy_rows()):
        if place == 125:
            sheet.append([])
            sheet.append([first for first, _ in HEADINGS])
            sheet.append([_joined(heading) for heading in HEADINGS])
        if place == 60:
            sheet.append([])
        sheet.append([None if cell == "" else cell for cell in row])
        _text_only(sheet, sheet.max_row)
        total += _amount(row[11])
    sheet.append(["TOTAL", None, "250 loans"] + [None] * 8 + [round(total, 2)])
    sheet.append([])
    sheet.append(["Balances as of the cut-off date; values are the servicer's and are not warranted."])
    _summary(book)
    sheet.row_dimensions[30].hidden = True
    sheet.column_dimensions["J"].hidden = True
    book.active = 1
    book.properties.created = dt.datetime(2026, 10, 31)
    book.properties.creator = "Example seller"
    book.save(path)
    _same_bytes(path)


def _joined(heading: tuple[str, str]) -> str:
    return " ".join(part for part in heading if part)


def _amount(cell: object) -> float:
    return float(re.sub(r"[^\d.]", "", str(cell)) or 0)


def _headings(sheet: object) -> None:
    ws = sheet
    assert isinstance(ws, openpyxl.worksheet.worksheet.Worksheet)
    ws["A1"], ws["A2"] = (
        "SUMMIT RIDGE EXAMPLE HOLDINGS - WHOLE LOAN SALE 2026-4",
        ("Cut-off date 10/31/2026    Bids due 11/18/2026    Confidential"),
    )
    ws.merge_cells(start_row=1, start_column=1, end_row=1, end_column=12)
    ws["A1"].font = Font(bold=True, size=14)
    column = 1
    for name, span in BANDS:
        ws.cell(4, column, name or None)
        ws.merge_cells(start_row=4, start_column=column, end_row=4, end_column=column + span - 1)
        ws.cell(4, column).alignment = Alignment(horizontal="center")
        column += span
    for place, (upper, lower) in enumerate(HEADINGS, 1):
        ws.cell(5, place, upper or None)
        ws.cell(6, place, lower).fill = PatternFill("solid", fgColor="FFD9E1F2")
        ws.cell(6, place).font = Font(bold=True)


def _text_only(sheet: object, row: int) -> None:
    """Comments that begin with = stay text, and amounts get the seller's formats."""
    assert isinstance(sheet, openpyxl.worksheet.worksheet.Worksheet)
    comment = sheet.cell(row, 36)
    if isinstance(comment.value, str) and comment.value.startswith("="):
        comment.data_type = "s"
    for place, code in NUMBER_FORMATS.items():
        sheet.cell(row, place + 1).number_format = code


def _summary(book: openpyxl.Workbook) -> None:
    """A second table that is no tape: counts by state."""
    sheet = book.create_sheet("By State")
    sheet.append(["State", "Count"])
    for place, code in enumerate(STATES):
        sheet.append([code, 3 + place % 9])


def _same_bytes(path: Path) -> None:
    """Rewrite the archive with fixed times: openpyxl stamps the moment it saves."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    core = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-10-31T00:00:00Z", parts["docProps/core.xml"])
    parts["docProps/core.xml"] = core
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name in sorted(parts, key=lambda part: (part != "[Content_Types].xml", part)):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            package.writestr(info, parts[name])


def main() -> None:
    """Write the tapes into the folder named, or beside this script."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    write_clean(folder / "clean_25.csv", clean_tape())
    write_clean(folder / "november_24.csv", november_tape())
    write_messy(folder / "messy_250.xlsx")
    print(f"wrote {folder / 'clean_25.csv'}, {folder / 'november_24.csv'} and {folder / 'messy_250.xlsx'}")


if __name__ == "__main__":
    main()
