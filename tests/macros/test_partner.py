"""The partner copy, made by `lossmit partner` and by the macro: the same numbers, nothing that a partner must not get
or cannot run, inputs unlocked and the rest not; also of files that Excel has saved."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from lossmit_workbook import partner_parts
from lossmit_workbook.build import build
from lossmit_workbook.lint import lint
from lossmit_workbook.partner import FROZEN, LIVE, partner_copy
from lossmit_workbook.sheets.tape_issues import WITHHELD
from lossmit_xl import Assumptions, read_tape
from lossmit_xl.errors import LossmitError, OutputError
from tests.command_line import lossmit
from tests.tools import calc, macros
from tests.tools.validate import validate
from tests.workbook.books import AS_OF, CLEAN, MESSY, same

DEFAULT = Assumptions(as_of=AS_OF)
EDITS: list[calc.Edit] = [("Assumptions", "target_yield", 0.19), ("Assumptions", "value_haircut", 0.2)]
CENT = 0.01
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MARKUP = "http://schemas.openxmlformats.org/markup-compatibility/2006"
PATH_NAMESPACE = "http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac"
Edit = Callable[[str], str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("partner")


@pytest.fixture(scope="module")
def tape(folder: Path) -> Path:
    """25 loans with the borrowers' names and addresses, and a total below that names one."""
    path = folder / "named.csv"
    head, *rows = CLEAN.read_text().splitlines()
    named = [f"{row},Mr. Borrower {place:02},{place} Somewhere Lane" for place, row in enumerate(rows)]
    path.write_text("\n".join([f"{head},Borrower Name,Property Address", *named, "Total of Mr. Borrower 99"]) + "\n")
    return path


@pytest.fixture(scope="module")
def pool(folder: Path, tape: Path) -> Path:
    """The workbook of that tape, with macros and with the names."""
    path = folder / "pool.xlsm"
    build(read_tape(tape), DEFAULT, path, keep_personal=True)
    return path


@pytest.fixture(scope="module")
def small(folder: Path) -> Path:
    path = folder / "small.xlsm"
    build(read_tape(CLEAN), DEFAULT, path)
    return path


@pytest.fixture(scope="module")
def by_command(pool: Path, folder: Path) -> Path:
    out = folder / "command.xlsx"
    done = lossmit("partner", pool, "-o", out)
    assert done.code == 0, done.err
    assert "Personal data left out" in done.out and "xlwings.conf" in done.out
    return out


@pytest.fixture(scope="module")
def by_macro(pool: Path, folder: Path) -> Path:
    out = folder / "macro.xlsx"
    with calc.Book(macros.for_libreoffice(pool), macros=True) as book:
        before = book.run("LmState.StateText")
        answer = book.run("LmPartner.PartnerCopyTo", str(out), False, False, False)
        assert answer == f"OK: Partner copy written: {out}"
        assert book.run("LmState.StateText") == before
    return out


def rewritten(
    path: Path, out: Path, edits: Mapping[str, Callable[[str], str]], more: Mapping[str, str] | None = None
) -> Path:
    """A copy with some parts edited and some added."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, edits[name](content.decode()) if name in edits else content)
        for name, text in (more or {}).items():
            new.writestr(name, text)
    return out


def in_row_2(cells: str) -> Edit:
    """Add cells at the end of a sheet's second row."""
    return lambda text: re.sub(r'(<row r="2".*?)</row>', lambda found: f"{found[1]}{cells}</row>", text, count=1)


def related(kind: str, target: str) -> Edit:
    """Add a relationship, rIdX."""
    element = f'<Relationship Id="rIdX" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return lambda text: text.replace("</Relationships>", f"{element}</Relationships>")


def typed(kind: str, part: str) -> Edit:
    """Name a part's content type."""
    content = f"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"
    return lambda text: text.replace("</Types>", f'<Override PartName="{part}" ContentType="{content}"/></Types>')


def all_text(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode("latin-1") for name in archive.namelist())


def differences(
    one: calc.Sheets, other: calc.Sheets, leave_out: frozenset[tuple[str, int, int]] = frozenset()
) -> list[str]:
    lines = []
    for title in one:
        for address in one[title].keys() | other[title].keys():
            got, want = (cells[title].get(address, "") for cells in (one, other))
            if not same(got, want, CENT) and (title, *address) not in leave_out:
                lines.append(f"{title} {address}: {got!r}, {want!r}")
    return lines


def formulas_and_locks(path: Path) -> dict[str, dict[str, tuple[bool, bool]]]:
    """Of every cell with something in it: whether it is a formula, whether it is locked. Read off the parts, since
    openpyxl takes half a minute for a pool."""
    typed = ("TRUE()", "FALSE()")  # LibreOffice writes a typed TRUE so
    with zipfile.ZipFile(path) as archive:
        formats = re.findall(
            r"<xf\b[^>]*?(?:/>|>.*?</xf>)", archive.read("xl/styles.xml").decode().partition("<cellXfs")[2], re.DOTALL
        )
        locked = [re.search(r'\blocked="(?:0|false)"', one) is None for one in formats]
        titles = openpyxl.load_workbook(path, read_only=True).sheetnames
        made: dict[str, dict[str, tuple[bool, bool]]] = {}
        for number, title in enumerate(titles, start=1):
            cells = made[title] = {}
            for found in partner_parts.Cell.finditer(archive.read(f"xl/worksheets/sheet{number}.xml")):
                inside = (found[4] or b"").decode()
                formula = re.search(r"<f\b[^>]*?(?:/>|>(.*?)</f>)", inside)
                if formula is None and not re.search(r"<v>[^<]|<is>", inside):
                    continue
                style = re.search(rb'\bs="([0-9]+)"', found[3])
                address = (found[1] + found[2]).decode()
                live = formula is not None and formula[1] not in typed
                cells[address] = (live, locked[int(style[1]) if style else 0])
    return made


def test_command_and_macro_make_the_same_copy(by_command: Path, by_macro: Path) -> None:
    """Cell by cell, recalculated from scratch: values, which are formulas, which are unlocked."""
    assert formulas_and_locks(by_command) == formulas_and_locks(by_macro)
    found = [calc.recalculate(calc.strip_cached_values(path)) for path in (by_command, by_macro)]
    assert list(found[0]) == list(found[1])
    assert differences(*found) == []


def test_the_copy_gives_the_original_s_numbers_also_after_the_same_change(pool: Path, by_command: Path) -> None:
    for edits in ([], EDITS):
        original = calc.recalculate(calc.strip_cached_values(pool), edits)
        copy = calc.recalculate(calc.strip_cached_values(by_command), edits)
        del original["xlwings.conf"], original["_IntelliSense_"]
        personal = {("Start", 3, 1)} | {
            (title, *address) for title, cells in original.items() for address, value in cells.items()
            if copy[title].get(address) == WITHHELD or (title == "Loans" and address not in copy[title])
        }  # fmt: skip
        assert differences(copy, original, frozenset(personal)) == []
        assert copy["Start"][3, 1] == LIVE + str(original["Start"][3, 1])


@pytest.mark.parametrize("made", ["by_command", "by_macro"])
def test_nothing_that_a_partner_must_not_get(made: str, pool: Path, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(made)
    text, original = all_text(path), all_text(pool)
    for secret in ("Mr. Borrower 07", "7 Somewhere Lane", "Mr. Borrower 99"):
        assert secret in original and secret not in text, secret
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        core, relations = archive.read("docProps/core.xml").decode(), archive.read("_rels/.rels").decode()
    assert [name for name in names if re.search(r"vba|customUI|externalLink|custom\.xml|persons|printer", name)] == []
    assert "creator" not in core and "lastModifiedBy" not in core and "extensibility" not in relations
    assert "xlwings" not in text and "lm_button" not in text and "macroEnabled" not in text


@pytest.mark.parametrize("made", ["by_command", "by_macro"])
def test_inputs_are_unlocked_and_all_else_is_protected(made: str, request: pytest.FixtureRequest) -> None:
    book = openpyxl.load_workbook(request.getfixturevalue(made))
    assert book.security.lockStructure or made == "by_macro"  # LibreOffice's Protect of a workbook takes no arguments
    for sheet in book.worksheets:
        assert sheet.protection.sheet and not sheet.protection.password, sheet.title
    for title, address, locked in (("Loans", "C9", False), ("Model", "D9", True), ("Start", "A4", True)):
        assert book[title][address].protection.locked is locked, (title, address)
    names = book.defined_names
    assert not book[names["target_yield"].attr_text.split("!")[0]][
        names["target_yield"].attr_text.split("!")[1]
    ].protection.locked


def test_filters_and_widths_stay_usable(by_command: Path) -> None:
    for sheet in openpyxl.load_workbook(by_command).worksheets:
        assert not sheet.protection.autoFilter and not sheet.protection.formatColumns, sheet.title


@pytest.mark.parametrize("made", ["by_command", "by_macro"])
def test_open_xml_validator_finds_nothing(made: str, request: pytest.FixtureRequest) -> None:
    assert validate(request.getfixturevalue(made)) == []


def test_our_lint_finds_no_more_than_before(pool: Path, by_command: Path) -> None:
    assert {str(finding) for finding in lint(by_command)} <= {str(finding) for finding in lint(pool)}


def test_the_same_bytes_twice(pool: Path, by_command: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xlsx"
    partner_copy(pool, again)
    assert again.read_bytes() == by_command.read_bytes()


def test_personal_data_stays_if_asked(pool: Path, tmp_path: Path) -> None:
    out = tmp_path / "kept.xlsx"
    report = partner_copy(pool, out, keep_personal=True)
    assert not report.personal
    assert "Mr. Borrower 07" in all_text(out)


@pytest.mark.full
def test_the_macros_on_250_loans(tmp_path: Path) -> None:
    """Compare, Refresh and the partner copy; the copy is the command's, cell by cell."""
    pool, by_command, by_macro = (tmp_path / name for name in ("pool.xlsm", "command.xlsx", "macro.xlsx"))
    tape = read_tape(MESSY)
    build(tape, DEFAULT, pool, keep_personal=True)
    partner_copy(pool, by_command)
    loan = str(tape.loans.loan_id.iloc[100])
    with calc.Book(macros.for_libreoffice(pool), macros=True) as book:
        before = book.run("LmState.StateText")
        answer = str(book.run("LmPartner.PartnerCopyTo", str(by_macro), False, False, False))
        assert answer == f"OK: Partner copy written: {by_macro}"
        bids = book.values(["Bids"])["Bids"]
        row = next(row for (row, column), value in bids.items() if (column, value) == (1, loan))
        assert book.run("LmCompare.CompareRow", "Bids", row, False) == f"OK: Compare shows loan {loan}."
        assert str(book.run("LmRefresh.RefreshAll")).startswith("OK: Recalculated 20")
        assert book.run("LmState.StateText") == before
    flags = formulas_and_locks(by_macro)
    assert formulas_and_locks(by_command) == flags and flags["Loans"]["C9"] == (False, False)
    assert sum(formula for cells in flags.values() for formula, _ in cells.values()) > 100_000
    found = [calc.recalculate(calc.strip_cached_values(path)) for path in (by_command, by_macro)]
    assert differences(*found) == []
    text, original = all_text(by_macro), all_text(pool)
    borrowers = [str(value) for value in tape.personal.iloc[:20, 0] if value]
    assert len(borrowers) > 10
    for secret in borrowers:
        assert secret in original and secret not in text, secret
    assert "vbaProject" not in text and "macroEnabled" not in text


def test_frozen_copies_hold_values_and_nothing_to_change(small: Path, tmp_path: Path) -> None:
    by_command, by_macro = tmp_path / "command.xlsx", tmp_path / "macro.xlsx"
    assert lossmit("partner", small, "-o", by_command, "--values").code == 0
    with calc.Book(macros.for_libreoffice(small), macros=True) as book:
        assert str(book.run("LmPartner.PartnerCopyTo", str(by_macro), True, False, False)).startswith("OK: ")
    original = calc.recalculate(calc.strip_cached_values(small))
    for path in (by_command, by_macro):
        flags = [flag for cells in formulas_and_locks(path).values() for flag in cells.values()]
        assert set(flags) == {(False, True)}
        copy = calc.recalculate(path)
        # LibreOffice pastes an empty text as no cell at all, so that a link to it shows 0; Excel keeps the text.
        empty = {
            (title, *address) for title, cells in original.items() for address, value in cells.items() if value == ""
        }
        leave_out = {("Start", 3, 1)} | (empty if path == by_macro else set())
        assert differences(copy, {title: original[title] for title in copy}, frozenset(leave_out)) == []
        assert str(copy["Start"][3, 1]).startswith(FROZEN)
        assert validate(path) == []


def test_calls_that_need_more_than_excel_become_values(small: Path, tmp_path: Path) -> None:
    """A Python function, another workbook; a text that looks like a number stays a text; a bracket in a text is none.
    """
    cells = (
        '<c r="H2"><f>MODPAYMENT(1,2,3)</f><v>1234.5</v></c><c r="I2" t="str"><f>1&amp;LM_TEXT(2)</f><v>001</v></c>'
        '<c r="J2"><f>[1]Sheet1!A1*2</f><v>7</v></c><c r="K2" t="str"><f>"[1] MODPAYMENT("&amp;A1</f><v>x</v></c>'
    )
    link = f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="rId1"/></externalLink>'
    references = (
        f'<externalReferences><externalReference xmlns:r="{OFFICE}" r:id="rIdX"/></externalReferences>'
    )
    foreign = rewritten(small, tmp_path / "foreign.xlsm", {
        "xl/worksheets/sheet1.xml": in_row_2(cells),
        "xl/_rels/workbook.xml.rels": related("externalLink", "externalLinks/externalLink1.xml"),
        "xl/workbook.xml": lambda text: text.replace(
            "<definedNames>", f"{references}<definedNames><definedName name=\"elsewhere\">[1]Sheet1!$A$1</definedName>"
        ),
        "[Content_Types].xml": typed("externalLink", "/xl/externalLinks/externalLink1.xml"),
    }, {"xl/externalLinks/externalLink1.xml": link})  # fmt: skip
    out = tmp_path / "out.xlsx"
    done = lossmit("partner", foreign, "-o", out)
    assert done.code == 0 and "Start!H2, Start!I2, Start!J2" in done.out, done
    sheet = openpyxl.load_workbook(out)["Start"]
    assert [sheet[address].value for address in ("H2", "I2", "J2")] == [1234.5, "001", 7]
    assert str(sheet["K2"].value).startswith('="[1] MODPAYMENT(')
    assert "Replaced by values: Start!H2, Start!I2, Start!J2." in str(sheet["A3"].value)
    text = all_text(out)
    assert "externalLink" not in text and "externalReference" not in text and "elsewhere" not in text
    assert validate(out) == []


def test_the_macro_replaces_such_calls_too(small: Path, tmp_path: Path) -> None:
    """SUBTOTAL stands for a Python function: LibreOffice has values of it. A longer name that ends alike is not one."""
    out = tmp_path / "out.xlsx"
    array = '<c r="H2"><f t="array" ref="H2:I2">SUBTOTAL(9,$B$40:$B$41)+{1,2}</f><v>1</v></c><c r="I2"><v>2</v></c>'
    named = '<definedName name="elsewhere">SUBTOTAL(9,Loans!$C$7:$C$9)</definedName>'
    small = rewritten(small, tmp_path / "odd.xlsm", {
        "xl/worksheets/sheet1.xml": in_row_2(array),
        "xl/workbook.xml": lambda text: text.replace("<definedNames>", f"<definedNames>{named}", 1),
    })  # fmt: skip
    with calc.Book(macros.for_libreoffice(small, functions="SUBTOTAL TOTAL"), macros=True) as book:
        answer = str(book.run("LmPartner.PartnerCopyTo", str(out), False, False, False))
        assert book.run("LmPartner.Calls", '=1+TOTAL("a")', "TOTAL(") and not book.run(
            "LmPartner.Calls", "=SUBTOTAL(1)", "TOTAL("
        )
        assert not book.run("LmPartner.Calls", '="TOTAL("', "TOTAL(")
        for formula, outside in (
            ("=[Old.xlsx]Sheet1!A1", True), ("=1+'C:\\x\\[Old.xlsx]A sheet'!A1", True),
            ("=SUM(A1,[Old.xlsx]S!A1)", True),
            ("=SUM(Table1[upb])", False), ("=Table1[[#This Row],[upb]]", False), ('="[1]"', False),
        ):  # fmt: skip
            assert bool(book.run("LmPartner.Calls", formula, "[")) is outside, formula
    before, after = openpyxl.load_workbook(small), openpyxl.load_workbook(out)
    assert "elsewhere" in before.defined_names and "elsewhere" not in after.defined_names
    assert [after["Start"][address].value for address in ("H2", "I2")] == [1, 2]  # an array goes as a whole
    replaced = [
        f"{sheet.title}!{cell.coordinate}" for sheet in before.worksheets for row in sheet.iter_rows() for cell in row
        if cell.data_type == "f" and re.search(r"\bSUBTOTAL\(", str(getattr(cell.value, "text", cell.value)))
    ]  # fmt: skip
    assert len(replaced) > 5
    for name in replaced:
        title, _, address = name.partition("!")
        assert after[title][address].data_type != "f", name
        assert name in answer
    assert [line for line in differences(calc.recalculate(out), calc.recalculate(out)) if line] == []


EXCEL_WORKBOOK = (
    f'<mc:AlternateContent xmlns:mc="{MARKUP}"><mc:Choice Requires="x15"><x15ac:absPath '
    f'url="C:\\Users\\jane.doe\\Deals\\" xmlns:x15ac="{PATH_NAMESPACE}"/></mc:Choice></mc:AlternateContent>'
)


def test_what_excel_itself_leaves_in_a_file_goes(small: Path, tmp_path: Path) -> None:
    """The folder of the user, who saved it, and texts that no cell shows any more."""
    strings = f'<sst xmlns="{MAIN}"><si><t>kept</t></si><si><t>Jane Doe, 1 Elm St</t></si></sst>'
    saved = rewritten(small, tmp_path / "saved.xlsm", {
        "xl/workbook.xml": lambda text: text.replace("<workbookProtection", f"{EXCEL_WORKBOOK}<workbookProtection", 1),
        "docProps/core.xml": lambda text: text.replace("openpyxl", "jane.doe"),
        "xl/worksheets/sheet1.xml": in_row_2('<c r="H2" t="s"><v>0</v></c>'),
        "xl/_rels/workbook.xml.rels": related("sharedStrings", "sharedStrings.xml"),
        "[Content_Types].xml": typed("sharedStrings", "/xl/sharedStrings.xml"),
    }, {"xl/sharedStrings.xml": strings})  # fmt: skip
    out = tmp_path / "out.xlsx"
    partner_copy(saved, out)
    text = all_text(out)
    assert "jane.doe" not in text and "Jane Doe" not in text and "kept" in text
    assert openpyxl.load_workbook(out)["Start"]["H2"].value == "kept"
    assert validate(out) == []


@pytest.mark.parametrize(("formula", "foreign"), [
    ("[1]Sheet1!A1*2", True), ("1+'[12]A sheet, old'!$B$2", True), ("SUM(A1,[3]!rates)", True),
    ("'C:\\x\\tools.xlam'!FEE(2)", True), ("MODPAYMENT(1,2,3)", True), ("SUM(Table1[2024])", False),
    ("SUM(Table1[[#Data],[2024]])+Sheet2!A1", False), ('"[1]Sheet1!A1"&A1', False),
])  # fmt: skip
def test_what_points_out_of_the_file(formula: str, foreign: bool) -> None:
    assert partner_parts.is_foreign(formula) is foreign


def test_shared_formulas_go_together() -> None:
    data = (
        b'<sheetData><row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="3">LM_X(B1)</f><v>1</v></c></row>'
        b'<row r="2"><c r="A2"><f t="shared" si="3"/><v>2</v></c><c r="B2"><f>SUM(A1:A2)</f><v>3</v></c></row>'
        b"</sheetData>"
    )
    work = partner_parts.SheetWork()
    made = partner_parts.edit_sheet(data, work)
    assert work.replaced == ["A1", "A2"]
    assert b'<c r="A2"><v>2</v></c>' in re.sub(rb"\s+>", b">", made) and b"<f>SUM(A1:A2)</f>" in made


def test_refusals_write_nothing(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(other)
    text = tmp_path / "text.xlsx"
    text.write_text("no workbook")
    out = tmp_path / "out.xlsx"
    before = sorted(tmp_path.iterdir())
    for source, target, error in (
        (other, out, LossmitError), (text, out, LossmitError), (tmp_path / "gone.xlsx", out, LossmitError),
        (small, tmp_path / "out.xlsm", OutputError), (small, other, OutputError),
        (small, tmp_path / "no" / "out.xlsx", OutputError),
    ):  # fmt: skip
        with pytest.raises(error) as raised:
            partner_copy(source, target)
        assert "\n" not in str(raised.value)
    with pytest.raises(OutputError, match="itself"):
        partner_copy(other, other, force=True)
    assert sorted(tmp_path.iterdir()) == before


def test_formulas_without_values_cannot_be_frozen(small: Path, tmp_path: Path) -> None:
    bare = calc.strip_cached_values(small, tmp_path / "bare.xlsm")
    with pytest.raises(LossmitError, match="hold no value"):
        partner_copy(bare, tmp_path / "out.xlsx", values=True)
    assert not (tmp_path / "out.xlsx").exists()
