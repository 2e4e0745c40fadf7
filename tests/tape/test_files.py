"""Every format, every encoding, and every file that is no tape: one line that names the file and the fix."""

from __future__ import annotations

import datetime as dt
import io
import random
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from lossmit_xl.errors import TapeError
from lossmit_xl.tape import read_cells, read_tape
from tests.tape.making import AS_OF, loans, said, write_csv, write_xlsx

DATA = Path(__file__).parent / "data"
ROWS = [
    ["Loan Number", "State", "UPB", "Rate", "Next Due", "BPO", "Borrower Name"],
    ["0012", "FL", "50,000.50", "9.5%", "1/1/2026", "90000", "Peña"],
    ["0013", "OH", "60,000.00", "8%", "2/1/2026", "91000", "Müller"],
]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "~", "^", "¦", "\x1f"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_any_delimiter_in_any_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    tape = read_tape(write_csv(tmp_path / "t.csv", ROWS, delimiter, encoding), as_of=AS_OF)
    assert tape.loans["upb"].tolist() == [50_000.5, 60_000.0]
    assert tape.loans["loan_id"].tolist() == ["0012", "0013"]
    assert tape.personal["Borrower Name"].tolist() == ["Peña", "Müller"]
    assert tape.source.delimiter == delimiter
    assert len(said(tape, "", "Windows-1252")) == (encoding == "cp1252")


def test_the_same_tape_in_every_format_gives_the_same_loans(tmp_path: Path) -> None:
    rows = loans(3, value_date=[dt.datetime(2026, 9, 1)] * 3, contact=["yes", "no", ""])
    plain = read_tape(write_csv(tmp_path / "a.csv", rows), as_of=AS_OF).loans
    table = pd.DataFrame(rows[1:], columns=[str(c) for c in rows[0]])
    table.to_parquet(tmp_path / "a.parquet")
    write_xlsx(tmp_path / "a.xlsx", {"T": rows})
    (tmp_path / "a.xlsm").write_bytes((tmp_path / "a.xlsx").read_bytes())
    for name in ("a.parquet", "a.xlsx", "a.xlsm"):
        pd.testing.assert_frame_equal(read_tape(tmp_path / name, as_of=AS_OF).loans, plain)


def test_old_xls_is_read() -> None:
    tape = read_tape(DATA / "small.xls", as_of=AS_OF)
    assert tape.source.format == "xls"
    assert tape.loans["loan_id"].tolist() == ["0012", "0013"]
    assert tape.loans["upb"].tolist() == [50_000.5, 60_000.0]
    assert tape.loans["next_due_date"].dt.strftime("%Y-%m-%d").tolist() == ["2026-01-01", "2026-02-01"]


@pytest.mark.parametrize(
    ("name", "kind"), [("tape.csv", "xlsx"), ("tape.xls", "xlsx"), ("tape.dat", "xlsx"), ("tape.xlsx", "csv")]
)
def test_the_content_says_what_a_file_is_not_its_name(tmp_path: Path, name: str, kind: str) -> None:
    made = write_xlsx(tmp_path / "m.xlsx", {"T": ROWS}) if kind == "xlsx" else write_csv(tmp_path / "m.csv", ROWS)
    (tmp_path / name).write_bytes(made.read_bytes())
    tape = read_tape(tmp_path / name, as_of=AS_OF)
    assert tape.source.format == kind and len(tape.loans) == 2
    assert len(said(tape, "", f"content is {kind}")) == 1


def test_excel_separator_line_quotes_returns_and_ragged_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        'sep=;\r\nLoan Number;UPB;Comments;Rate\r\nA;"1;000";"two\r\nlines ""x""";9\r\nB;5000\r\nC;6000;;8;extra\r\n',
        newline="",
    )
    tape = read_tape(path, as_of=AS_OF)
    assert tape.loans["loan_id"].tolist() == ["A", "B", "C"]
    assert tape.loans["upb"].tolist()[1:] == [5000, 6000]


def test_a_lone_quotation_mark_swallows_no_loans(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    body = "".join(f"{i},{1000 + i},ok\n" for i in range(200))
    path.write_text('Loan Number,UPB,Comments\nX,5000,"broken\n' + body)
    tape = read_tape(path, as_of=AS_OF)
    assert len(tape.loans) == 201 and len(said(tape, "", "quotation mark")) == 1


def zip_of(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


BAD: list[tuple[str, str, bytes, str]] = [
    ("nothing in it", "t.csv", b"", "is empty"),
    ("only blanks", "t.csv", b"\n\n  \n", "is empty"),
    ("a pdf", "t.pdf", b"%PDF-1.7 ...", "is a PDF"),
    ("html called xls", "t.xls", b"<html><table><tr><td>UPB</td></tr></table>", "web page"),
    ("unknown extension", "t.json", b'[{"upb": 1}]', r"\.json is not a kind of tape"),
    ("a zip with a csv", "t.zip", zip_of(tape_csv=b"a,b"), "zip archive without a workbook"),
    ("xlsb", "t.xlsb", zip_of(**{"xl__workbook.bin": b"x"}), "xlsb"),
    ("ods", "t.ods", zip_of(mimetype=b"application/vnd.oasis", **{"content.xml": b"<x/>"}), "OpenDocument"),
    ("gzip", "t.csv.gz", b"\x1f\x8b\x08\x00abc", "is packed"),
    ("binary", "t.csv", random.Random(1).randbytes(4000), "encoding that is known"),
    ("shift-jis", "t.csv", "ローン番号,残高\n1,2\n".encode("shift_jis") * 50, "encoding that is known"),
    ("ebcdic", "t.csv", "LOANID,UPB\r1,50000\r".encode("cp037") * 50, "encoding that is known"),
    ("parquet cut short", "t.parquet", b"PAR1" + b"\0" * 100, "no parquet file"),
    ("a damaged xls", "t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
    ("no upb", "t.csv", b"Loan Number,State,Rate,Balnce Due Then\nA,FL,9,5\n", "no heading stands for the unpaid "
        "principal balance"),
    ("headings only", "t.csv", b"Loan Number,State,UPB\n", "no loans below"),
    ("headings and a total only", "t.csv", b"Loan Number,State,UPB,Rate\nTOTAL,,0,\n", "no loans below"),
    ("one cell", "t.csv", b"hello\n", "no row of headings"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_is_no_tape_is_refused_in_one_line_that_names_it(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TapeError, match=message) as caught:
        read_tape(path)
    text = str(caught.value)
    assert name in text and "\n" not in text and len(text) < 700


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match=r"no\.xlsx: there is no such file; check the name"):
        read_tape(tmp_path / "no.xlsx")
    with pytest.raises(TapeError, match="is a folder, not a tape"):
        read_tape(tmp_path)
    with pytest.raises(TapeError, match="cannot be read"):
        read_tape("nul\0byte.csv")


@pytest.mark.parametrize("name", ["locked.xlsx", "locked.xls"])
def test_password_protected(name: str) -> None:
    with pytest.raises(TapeError, match=f"{name}: is protected by a password; open it in Excel, remove the password"):
        read_tape(DATA / name)


def test_an_empty_workbook(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="holds no data on any sheet"):
        read_tape(write_xlsx(tmp_path / "t.xlsx", {"A": [], "B": []}))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95, 0.999])
def test_a_truncated_workbook(tmp_path: Path, share: float) -> None:
    whole = write_xlsx(tmp_path / "w.xlsx", {"A": loans(50)}).read_bytes()
    (tmp_path / "t.xlsx").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(TapeError, match=r"t\.xlsx: .*(cut short|damaged)"):
        read_tape(tmp_path / "t.xlsx")


def test_a_workbook_with_a_flipped_byte_is_refused_or_read_whole(tmp_path: Path) -> None:
    whole = bytearray(write_xlsx(tmp_path / "w.xlsx", {"A": loans(50)}).read_bytes())
    for place in range(40, len(whole), 211):
        broken = bytearray(whole)
        broken[place] ^= 0xFF
        (tmp_path / "t.xlsx").write_bytes(broken)
        try:
            assert len(read_tape(tmp_path / "t.xlsx", as_of=AS_OF).loans) == 50
        except TapeError as error:
            assert "\n" not in str(error)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(write_xlsx(path, {"A": loans(3)})) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet><sheetData>" + b" " * 60_000_000
    path.write_bytes(zip_of(**{name.replace("/", "__"): content for name, content in parts.items()}))
    assert path.stat().st_size < 200_000
    with pytest.raises(TapeError, match="zip bomb"):
        read_tape(path)


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "ZZZ9"])
def test_a_cell_far_away_cannot_fill_the_memory(tmp_path: Path, cell: str) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", {"A": loans(3)})
    book = openpyxl.load_workbook(path)
    book["A"][cell] = "x"
    book.save(path)
    if cell == "ZZZ9":
        assert len(read_tape(path, as_of=AS_OF).loans) >= 3
        return
    with pytest.raises(TapeError, match="far away from the data"):
        read_tape(path)


def test_a_format_far_away_does_no_harm(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", {"A": loans(3)})
    book = openpyxl.load_workbook(path)
    book["A"].row_dimensions[1_048_576].height = 20
    book["A"]["A1048576"].number_format = "0.00"
    book.save(path)
    assert len(read_tape(path, as_of=AS_OF).loans) == 3


def test_a_tape_without_a_balance_lists_its_headings_and_the_nearest(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [["Loan Number", "State", "Outstanding Sum", "Rate"], ["A", "FL", 5, 9]])
    with pytest.raises(
        TapeError, match=r'among: Loan Number, State, Outstanding Sum, Rate\. The nearest is "Outstanding Sum"'
    ):
        read_tape(path)
    assert read_tape(path, {"Outstanding Sum": "upb"}).loans["upb"].tolist() == [5.0]


def test_cells_at_hand_are_read_as_the_file_that_holds_them(tmp_path: Path) -> None:
    """The same loans, mapping and issues, whether the cells come in a workbook or as lists."""
    headings: list[object] = ["Loan #", "UPB", "Rate", "P&I", "Next Due", "State", "BPO"]
    rows: list[list[object]] = [
        ["A1", 100_000.0, 0.06, 716.43, dt.datetime(2026, 3, 1), "FL", 150_000.0],
        ["", "", "", "", "", "", ""],
        ["A2", "n/a", "6 %", 700.0, dt.datetime(2026, 3, 1), "Texas", -5.0],
    ]
    one = read_cells(headings, rows, "Sheet", AS_OF)
    two = read_tape(write_xlsx(tmp_path / "Sheet.xlsx", {"Sheet": [headings, *rows]}), as_of=AS_OF)
    pd.testing.assert_frame_equal(one.loans, two.loans)
    pd.testing.assert_frame_equal(one.issues, two.issues)
    assert list(one.rows) == list(two.rows) == [2, 4] and one.mapping.as_dict() == two.mapping.as_dict()
