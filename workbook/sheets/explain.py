"""Explain: any number of the chosen loan, from the rule that makes it back to the tape. Tab 5.

Three panels side by side, one level each: the number, one of its inputs, one of that one's inputs. Everything is looked
up on Method, where the lineage of every name stands (`lossmit_workbook.lineage`), and on the sheets that hold the values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break, ColBreak

from lossmit_workbook import explain_values as words
from lossmit_workbook import lineage, styles
from lossmit_workbook.book import Book
from lossmit_workbook.chosen import CHOSEN_LOAN, CHOSEN_ROW, Chosen
from lossmit_workbook.explain_values import ExplainedLoan
from lossmit_workbook.layout import FIRST_ROW as LOANS_FIRST_ROW
from lossmit_workbook.lineage import LineageTable
from lossmit_workbook.sheets import assumptions, compare_table, method
from lossmit_xl.model.outputs import LOAN_OUTPUTS

TITLE = "Explain"
PURPOSE = (
    "Where a number of the loan on Compare comes from: its rule in words, the same with this loan's numbers, and every "
    "input. Type the number of an input into the blue cell of the next panel to go one level down."
)
PANELS = ("The number", "One of its inputs", "One of that one's inputs")
WIDTHS = (5, 36, 19, 11, 20, 30)
NUMBER, NAME, VALUE, UNIT, WHERE, FROM = range(6)
GAP = 2.5
LOAN_ROW, BAND_ROW, PICK_ROW, NAME_ROW, VALUE_ROW, MEANING_ROW, WHERE_ROW, BLANK_ROW, SOURCE_ROW, USERS_ROW = (
    3, 5, 6, 7, 8, 9, 10, 11, 12, 13
)  # fmt: skip
RULE_ROW, NUMBERS_ROW, TABLE_ROW = 15, 17, 18
FIRST_INPUT_ROW = TABLE_ROW + 1
START, FIRST_STEP = "bid", 1
HEADS = ("No.", "Input", "Value", "Unit", "Where", "Comes from")
WORKING = ("Line", "Sheet", "Value", "Unit", "In the rule", "Exact", "Rule so far", "Exact rule so far", "Address")
LINE, SHEET, RAW, RAW_UNIT, TEXT, EXACT, RULE, EXACT_RULE, ADDRESS = range(9)
UNKNOWN_NAME = "No number of that name: pick one from the list"
NO_INPUT = "There is no input of that number"
NO_LOAN = "No loan of that number: pick one on Compare"
TYPED = "Typed, not worked out: beside the value stands where it comes from"
PRINT_SCALE = 62
QUIET = Font(name=styles.FACE, size=9, italic=True, color=styles.GREY)
WRAPPED = Alignment(wrap_text=True, vertical="top")
TOP_LINE = Border(top=Side(style="thin", color=styles.RULE))


@dataclass
class Panel:
    """One level: its visible columns begin at `left`, its working cells at `working`; `name` is what it shows now."""

    level: int
    left: int
    working: int
    name: str = ""
    inputs: tuple[str, ...] = field(default=())

    def at(self, column: int, row: int) -> str:
        """Address in a visible column."""
        return f"{get_column_letter(self.left + column)}{row}"

    def work(self, column: int, row: int, fixed: bool = False) -> str:
        """Address in a working column."""
        letter = get_column_letter(self.working + column)
        return f"${letter}${row}" if fixed else f"{letter}{row}"


class ExplainSheet:
    """The sheet while it is written: where the lineage stands, and the loan that is shown."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.table = LineageTable(book.layout)
        self.loan = ExplainedLoan.chosen(book, self.table)
        self.ws = book.sheet(TITLE, "Explain", PURPOSE)
        self.rows = method.rows(book.layout, self.table)
        self.first, self.last = method.FIRST_ROW, max(self.rows.values())
        self.letters = method.lineage_letters(self.table)
        self.letters |= {"Name": "B", "Meaning": "D", "Unit": "E", "Rule": "F", "Guard": "G"}
        self.most = self.table.most_inputs
        self.last_input_row = FIRST_INPUT_ROW + 2 * self.most - 1
        self.exact_row = self.last_input_row + 3
        wide = len(WIDTHS) + 1
        working = len(PANELS) * wide + 1
        self.panels = [
            Panel(level, level * wide + 1, working + level * (len(WORKING) + 1)) for level in range(len(PANELS))
        ]
        self.list_place = working + len(PANELS) * (len(WORKING) + 1)
        self.guards_place = self.list_place + 2

    def formula(self, address: str, text: str, value: object, style: str = "lm_cell") -> None:
        self.book.formula(self.ws, address, text, value, style)

    def column(self, head: str) -> str:
        """A column of Method, all lines."""
        letter = self.letters[head]
        return f"{method.TITLE}!${letter}${self.first}:${letter}${self.last}"

    def look(self, head: str, line: str) -> str:
        """What Method says in a column on a line."""
        return f"INDEX({self.column(head)},{line})"

    @property
    def input_range(self) -> str:
        first, last = self.letters["1"], self.letters[str(self.most)]
        return f"{method.TITLE}!${first}${self.first}:${last}${self.last}"

    def names(self) -> list[str]:
        """What can be picked: the figures of Bids first, then every column by name."""
        first = ["bid", *(name for name in LOAN_OUTPUTS if name in self.table.columns and name != "bid")]
        return [*first, *sorted(name for name in self.table.columns if name not in first)]


def write(book: Book) -> None:
    """Write the three panels, the list of names and the working cells at their right."""
    sheet = ExplainSheet(book)
    _head(sheet)
    _names(sheet)
    _guards(sheet)
    for panel in sheet.panels:
        _pick(sheet, panel)
        _facts(sheet, panel)
        _inputs(sheet, panel)
        _rules(sheet, panel)
    _looks(sheet)


def _head(sheet: ExplainSheet) -> None:
    """Which loan is shown, with the way to Compare, where another is picked."""
    book, ws, chosen = sheet.book, sheet.ws, Chosen(sheet.book)
    book.put(ws, f"A{LOAN_ROW}", "Loan", "lm_label")
    jump = f'HYPERLINK("#{compare_table.TITLE}!"&"C4",{CHOSEN_LOAN}&"")'
    sheet.formula(f"C{LOAN_ROW}", jump, str(chosen.value("loan_id")), "lm_jump")
    reason = chosen.formula("not_valued")
    text = f'IF({CHOSEN_ROW}=0,"{NO_LOAN}",IF({reason}="","","This loan is "&{reason}))'
    why = chosen.value("not_valued")
    sheet.formula(f"D{LOAN_ROW}", text, f"This loan is {why}" if why else "", "lm_label")
    ws[f"D{LOAN_ROW}"].font = Font(name=styles.FACE, size=11, bold=True, color=styles.BAD_INK)


def _names(sheet: ExplainSheet) -> None:
    """The list behind the blue cell of the first panel."""
    book, ws, letter = sheet.book, sheet.ws, get_column_letter(sheet.list_place)
    book.put(ws, f"{letter}{BAND_ROW}", "Names to pick", "lm_head")
    names = sheet.names()
    for row, name in enumerate(names, start=PICK_ROW):
        book.put(ws, f"{letter}{row}", name, "lm_note")
    rule = DataValidation("list", formula1=f"${letter}${PICK_ROW}:${letter}${PICK_ROW + len(names) - 1}",
                          allow_blank=False, showErrorMessage=True, errorTitle="Unknown name",
                          error="Type or pick the name of a column of Model", promptTitle="Number",
                          prompt="Pick a name, or type one: the names are those of the columns on Model")  # fmt: skip
    ws.add_data_validation(rule)
    rule.add(sheet.panels[0].at(VALUE, PICK_ROW))


def _guards(sheet: ExplainSheet) -> None:
    """Why a column is blank: for every guard what it says, and the flag of a loan that matures first."""
    book, ws = sheet.book, sheet.ws
    guards = list(dict.fromkeys(line.guard for line in sheet.table.columns.values() if line.guard))
    letters = [get_column_letter(sheet.guards_place + place) for place in range(4)]
    for letter, head in zip(letters, ("Guard", "Says", "Matures first", "Otherwise"), strict=True):
        book.put(ws, f"{letter}{BAND_ROW}", head, "lm_head")
    for row, guard in enumerate(guards, start=PICK_ROW):
        said, matures, otherwise = lineage.reason_of(guard)
        book.put(ws, f"{letters[0]}{row}", guard, "lm_note")
        book.put(ws, f"{letters[1]}{row}", said, "lm_note")
        if matures:
            value = sheet.loan.value(matures)
            text = f'IF({CHOSEN_ROW}=0,"",{Chosen(book).formula(matures)})'
            sheet.formula(f"{letters[2]}{row}", text, value, "lm_note")
        else:
            book.put(ws, f"{letters[2]}{row}", False, "lm_note")
        book.put(ws, f"{letters[3]}{row}", otherwise, "lm_note")
    sheet.guards = [f"${letter}${PICK_ROW}:${letter}${PICK_ROW + len(guards) - 1}" for letter in letters]
    row = PICK_ROW + len(guards) + 1
    book.put(ws, f"{letters[0]}{row}", "Decimals shown", "lm_note")
    book.put(ws, f"{letters[1]}{row}", float(words.SHOWN_DIGITS), "lm_note")
    sheet.decimals = f"${letters[1]}${row}"


def _pick(sheet: ExplainSheet, panel: Panel) -> None:
    """The blue cell of a panel and the name it leads to."""
    book, ws = sheet.book, sheet.ws
    for column in range(len(WIDTHS)):
        book.put(ws, panel.at(column, BAND_ROW), None, "lm_band")
    book.put(ws, panel.at(NUMBER, BAND_ROW), f"{panel.level + 1}  {PANELS[panel.level]}", "lm_band")
    blue, cell = panel.at(VALUE, PICK_ROW), panel.at(VALUE, NAME_ROW)
    line = panel.work(LINE, NAME_ROW, fixed=True)
    if not panel.level:
        panel.name = START
        book.put(ws, panel.at(NUMBER, PICK_ROW), "Explain (pick or type a name)", "lm_label")
        book.put(ws, blue, START, "lm_input", "@")
        ws.merge_cells(f"{blue}:{panel.at(WHERE, PICK_ROW)}")
        match = f"MATCH({blue},{sheet.column('Name')},0)"
        known = f"COUNTIF({_list(sheet)},{blue})"
        text = f'IF({known}=0,"{UNKNOWN_NAME}",INDEX({sheet.column("Name")},{match}))'
    else:
        above = sheet.panels[panel.level - 1]
        panel.name = above.inputs[FIRST_STEP - 1]
        book.put(ws, panel.at(NUMBER, PICK_ROW), "Go into input no.", "lm_label")
        book.put(ws, blue, FIRST_STEP, "lm_input", "0")
        rule = DataValidation("whole", operator="between", formula1="1", formula2=str(sheet.most), allow_blank=True,
                              showErrorMessage=True, errorTitle="Not an input",
                              error="Type the number that stands before an input in the panel at the left")  # fmt: skip
        ws.add_data_validation(rule)
        rule.add(blue)
        line_above = above.work(LINE, NAME_ROW)
        found = f"INDEX({sheet.input_range},{line_above},INT({blue}))"
        inside = f"AND(N({blue})>=1,N({blue})<=COLUMNS({sheet.input_range}))"
        text = (f'IF(OR({line_above}=0,NOT(ISNUMBER({blue}))),"",IF({inside},IF({found}="","{NO_INPUT}",{found}),'
                f'"{NO_INPUT}"))')  # fmt: skip
    panel.inputs = sheet.table[panel.name].inputs
    sheet.formula(cell, text, panel.name, "lm_big")
    match = f"MATCH({cell},{sheet.column('Name')},0)"
    where = f'IF({cell}="",0,IF(COUNTIF({sheet.column("Name")},{cell})=0,0,{match}))'
    sheet.formula(line.replace("$", ""), where, _line_of(sheet, panel.name), "lm_note")
    _working(sheet, panel, NAME_ROW, panel.name)


def _list(sheet: ExplainSheet) -> str:
    letter = get_column_letter(sheet.list_place)
    return f"${letter}${PICK_ROW}:${letter}${PICK_ROW + len(sheet.names()) - 1}"


def _line_of(sheet: ExplainSheet, name: str) -> int:
    return sheet.rows[name] - sheet.first + 1 if name else 0


def _working(sheet: ExplainSheet, panel: Panel, row: int, name: str) -> None:
    """Of a name whose line is known: the sheet, the value, and how it is written; in the working cells of `row`."""
    book, layout, loan = sheet.book, sheet.book.layout, sheet.loan
    line, where, raw, unit = (panel.work(column, row) for column in (LINE, SHEET, RAW, RAW_UNIT))
    known = sheet.table[name] if name else None

    def put(column: int, text: str, value: object) -> None:
        sheet.formula(panel.work(column, row), text, value if known else "", "lm_note")

    put(SHEET, f'IF({line}=0,"",{sheet.look("Sheet", line)})', known and known.sheet)
    last = layout.last_row
    model = f"Model!$A${LOANS_FIRST_ROW}:${list(layout.model_letter.values())[-1]}${last}"
    loans = f"Loans!$A${LOANS_FIRST_ROW}:${list(layout.loan_letter.values())[-1]}${last}"
    fixed = f"Assumptions!$B$1:$B${assumptions.last_row(layout)}"
    place, at = sheet.look("Column there", line), sheet.look("Row there", line)
    own = f"INDEX({loans},{CHOSEN_ROW},{place})"
    text = (f'IF({where}="Model",IF({CHOSEN_ROW}=0,"",INDEX({model},{CHOSEN_ROW},{place})),'
            f'IF({where}="Loans",IF({CHOSEN_ROW}=0,"",IF({own}="","",{own})),'
            f'IF({where}="Assumptions",IF({at}=0,"",INDEX({fixed},{at})),"")))')  # fmt: skip
    put(RAW, text, known and loan.value(name))
    put(RAW_UNIT, f'IF({line}=0,"",{sheet.look("Unit", line)}&"")', known and known.unit)
    format_, digits = sheet.look("Number format", line), sheet.look("Decimals kept", line)
    shown = f'IF({format_}="",ROUND({raw},{sheet.decimals})&"",TEXT({raw},{format_}))'
    put(TEXT, _text(raw, unit, line, f"{panel_name(panel, row)}", shown), known and loan.in_rule(name))
    exact = _text(raw, unit, line, panel.work(ADDRESS, row), f'ROUND({raw},{digits})&""')
    put(EXACT, exact, known and loan.exact(name))
    own_row = f"ROW(Model!$A${LOANS_FIRST_ROW})+{CHOSEN_ROW}-1"
    address = (f'IF({line}=0,"",IF(OR({at}>0,{place}=0),{sheet.look("Address", line)},'
               f'IF({CHOSEN_ROW}=0,"",{sheet.look("Address", line)}&({own_row}))))')  # fmt: skip
    put(ADDRESS, address, known and loan.address(name))


def panel_name(panel: Panel, row: int) -> str:
    """The cell that holds the name whose working cells stand in `row`."""
    return panel.at(VALUE if row == NAME_ROW else NAME, row)


def _text(raw: str, unit: str, line: str, table: str, number: str) -> str:
    """A formula: the value as a formula holds it; a whole table by `table`, a plain number by `number`."""
    date = f'"DATE("&YEAR({raw})&", "&MONTH({raw})&", "&DAY({raw})&")"'
    word = f'""""&SUBSTITUTE({raw},"""","""""")&""""'
    return (f'IF({line}=0,"",IF({unit}="{lineage.LIST}",{table},IF({raw}="","""""",IF(ISTEXT({raw}),{word},'
            f'IF({unit}="{lineage.DATE}",{date},IF({unit}="{lineage.YES_NO}",IF({raw},"TRUE","FALSE"),{number}))))))')  # fmt: skip


def _shown(raw: str, unit: str, line: str, text: str) -> str:
    """A formula: the value by itself."""
    date = f'YEAR({raw})&"-"&TEXT(MONTH({raw}),"00")&"-"&TEXT(DAY({raw}),"00")'
    return (f'IF({line}=0,"",IF({unit}="{lineage.LIST}","{lineage.LIST}",IF({raw}="","{words.BLANK}",'
            f'IF(ISTEXT({raw}),{raw},IF({unit}="{lineage.DATE}",{date},{text})))))')  # fmt: skip


def _origin(sheet: ExplainSheet, panel: Panel, row: int) -> str:
    """A formula: where the value in the working cells of `row` comes from."""
    line, where, raw = (panel.work(column, row) for column in (LINE, SHEET, RAW))
    says, at, shown = (sheet.look(head, line) for head in ("Comes from", "Row there", "Number format"))
    default = f"INDEX(Assumptions!$D$1:$D${assumptions.last_row(sheet.book.layout)},{at})"
    text = f'IF({shown}="",{default}&"",TEXT({default},{shown}))'
    against = (f'IF({default}="","{words.NO_DEFAULT}",IF({raw}={default},"{words.IS_DEFAULT}",'
               f'"{words.CHANGED}"&{text}))')  # fmt: skip
    blank = f'AND({where}="Loans",{raw}="")'
    return (f'IF({line}=0,"",IF({says}="{lineage.OF_ASSUMPTION}",{against},IF({blank},"{words.BLANK_ON_LOANS}",'
            f"{says})))")  # fmt: skip


def _facts(sheet: ExplainSheet, panel: Panel) -> None:
    """Value, meaning, place, why it is blank, source and users of the panel's name."""
    book, ws, loan, name = sheet.book, sheet.ws, sheet.loan, panel.name
    line, raw, unit, text, address = (panel.work(c, NAME_ROW) for c in (LINE, RAW, RAW_UNIT, TEXT, ADDRESS))
    known = sheet.table[name]
    labels = {NAME_ROW: "Name", VALUE_ROW: "Value for this loan", MEANING_ROW: "What it is", WHERE_ROW: "Stands at",
              SOURCE_ROW: "Source of the rule", USERS_ROW: "Used by"}  # fmt: skip
    for row, label in labels.items():
        book.put(ws, panel.at(NUMBER, row), label, "lm_label")
        ws[panel.at(NUMBER, row)].alignment = Alignment(vertical="top")
    sheet.formula(panel.at(VALUE, VALUE_ROW), _shown(raw, unit, line, text), loan.shown(name), "lm_big")
    ws[panel.at(VALUE, VALUE_ROW)].alignment = Alignment(horizontal="left", vertical="center")
    sheet.formula(panel.at(WHERE, VALUE_ROW), f'IF({line}=0,"",{unit})', known.unit, "lm_note")
    sheet.formula(panel.at(FROM, VALUE_ROW), _origin(sheet, panel, NAME_ROW), loan.origin(name), "lm_note")
    jump = f'IF({line}=0,"",HYPERLINK("#"&{address},{address}))'
    sheet.formula(panel.at(VALUE, WHERE_ROW), jump, loan.address(name), "lm_jump")
    for row, head, said in ((MEANING_ROW, "Meaning", known.meaning), (SOURCE_ROW, "Source", known.source),
                            (USERS_ROW, "Used by", known.used_by)):  # fmt: skip
        sheet.formula(panel.at(VALUE, row), f'IF({line}=0,"",{sheet.look(head, line)})', said, "lm_text")
        ws.merge_cells(f"{panel.at(VALUE, row)}:{panel.at(FROM, row)}")
    sheet.formula(panel.at(VALUE, BLANK_ROW), _why(sheet, panel), loan.why_blank(name), "lm_text")
    ws[panel.at(VALUE, BLANK_ROW)].font = Font(name=styles.FACE, size=10, bold=True, color=styles.BAD_INK)
    ws.merge_cells(f"{panel.at(VALUE, BLANK_ROW)}:{panel.at(FROM, BLANK_ROW)}")


def _why(sheet: ExplainSheet, panel: Panel) -> str:
    """A formula: why the guard leaves the panel's value blank."""
    line = panel.work(LINE, NAME_ROW)
    guards, said, matures, otherwise = sheet.guards
    guard = sheet.look("Guard", line)
    place, match = f"MATCH({guard},{guards},0)", f"MATCH({guard},{sheet.column('Name')},0)"
    not_valued = Chosen(sheet.book).formula("not_valued")
    model = sheet.book.layout.model_letter
    last = f"Model!$A${LOANS_FIRST_ROW}:${list(model.values())[-1]}${sheet.book.layout.last_row}"
    flag = f"INDEX({last},{CHOSEN_ROW},{sheet.look('Column there', match)})"
    why = f'INDEX({said},{place})&": "&IF(INDEX({matures},{place}),"{words.MATURES}",INDEX({otherwise},{place}))'
    reason = f'"{words.WHY}"&IF({not_valued}="",{why},"{words.NOT_VALUED}"&{not_valued})'
    return f'IF(OR({line}=0,{CHOSEN_ROW}=0),"",IF({guard}="","",IF({flag},"",{reason})))'


def _inputs(sheet: ExplainSheet, panel: Panel) -> None:
    """The table of inputs, two rows each: name, value, unit, place, origin; below what it is, and its source."""
    book, ws, loan = sheet.book, sheet.ws, sheet.loan
    for column, head in enumerate(HEADS):
        book.put(ws, panel.at(column, TABLE_ROW), head, "lm_head")
    for column, head in enumerate(WORKING):
        book.put(ws, panel.work(column, TABLE_ROW), head, "lm_head")
    own_line = panel.work(LINE, NAME_ROW, fixed=True)
    rule = f'IF({own_line}=0,"",{sheet.look("Rule with marks for the inputs", own_line)}&"")'
    before = {RULE: rule, EXACT_RULE: rule}
    so_far = {RULE: sheet.table[panel.name].template, EXACT_RULE: sheet.table[panel.name].template}
    for column in before:
        sheet.formula(panel.work(column, NAME_ROW), before[column], so_far[column], "lm_note")
        before[column] = panel.work(column, NAME_ROW)
    for number in range(1, sheet.most + 1):
        row = FIRST_INPUT_ROW + 2 * (number - 1)
        name = panel.inputs[number - 1] if number <= len(panel.inputs) else ""
        line = panel.work(LINE, row)
        book.put(ws, panel.at(NUMBER, row), number, "lm_note", "0")
        found = f"INDEX({sheet.input_range},{own_line},{panel.at(NUMBER, row)})"
        sheet.formula(panel.at(NAME, row), f'IF({own_line}=0,"",{found}&"")', name, "lm_label")
        cell = panel.at(NAME, row)
        sheet.formula(line, f'IF({cell}="",0,MATCH({cell},{sheet.column("Name")},0))', _line_of(sheet, name), "lm_note")
        _working(sheet, panel, row, name)
        raw, unit, text, address = (panel.work(c, row) for c in (RAW, RAW_UNIT, TEXT, ADDRESS))
        known = sheet.table[name] if name else None
        cells = {
            VALUE: (_shown(raw, unit, line, text), known and loan.shown(name), "lm_text"),
            UNIT: (f'IF({line}=0,"",{unit})', known and known.unit, "lm_note"),
            WHERE: (f'IF({line}=0,"",HYPERLINK("#"&{address},{address}))', known and loan.address(name), "lm_jump"),
            FROM: (_origin(sheet, panel, row), known and loan.origin(name), "lm_text"),
        }
        for column, (formula, value, style) in cells.items():
            sheet.formula(panel.at(column, row), formula, value or "", style)
        ws[panel.at(VALUE, row)].alignment = Alignment(horizontal="right", vertical="top")
        for column, head, said in ((NAME, "Meaning", known and known.meaning), (WHERE, "Source", known and known.source)):
            sheet.formula(panel.at(column, row + 1), f'IF({line}=0,"",{sheet.look(head, line)})', said or "", "lm_text")
            ws[panel.at(column, row + 1)].font = QUIET
        ws.merge_cells(f"{panel.at(NAME, row + 1)}:{panel.at(UNIT, row + 1)}")
        ws.merge_cells(f"{panel.at(WHERE, row + 1)}:{panel.at(FROM, row + 1)}")
        for column, source in ((RULE, TEXT), (EXACT_RULE, EXACT)):
            mark = f'"{lineage.OPEN}"&{panel.at(NUMBER, row)}&"{lineage.SHUT}"'
            put_in = f"SUBSTITUTE({before[column]},{mark},{panel.work(source, row)})"
            written = "" if known is None else (loan.in_rule(name) if column == RULE else loan.exact(name))
            so_far[column] = so_far[column].replace(f"{lineage.OPEN}{number}{lineage.SHUT}", written)
            sheet.formula(panel.work(column, row), put_in, so_far[column], "lm_note")
            before[column] = panel.work(column, row)


def _rules(sheet: ExplainSheet, panel: Panel) -> None:
    """The rule by name, with this loan's numbers, and as a formula to enter in a cell."""
    book, ws, loan, name = sheet.book, sheet.ws, sheet.loan, panel.name
    line = panel.work(LINE, NAME_ROW)
    known = sheet.table[name]
    last = FIRST_INPUT_ROW + 2 * (sheet.most - 1)
    rule, exact = panel.work(RULE, last), panel.work(EXACT_RULE, last)
    by_name = f'IF({line}=0,"",IF({rule}="","{TYPED}",{sheet.look("Rule", line)}))'
    guard = sheet.look("Guard", line)
    text_of_guard = _exact_flag(sheet, guard)
    whole = (f'IF(OR({line}=0,{exact}=""),"",IF({guard}="","="&{exact},"=IF("&{text_of_guard}&", "&{exact}&", "&'
             f'{sheet.look("Else", line)}&")"))')  # fmt: skip
    rows = (
        (RULE_ROW, "Its rule: names of columns and inputs in the place of addresses", by_name, _by_name(sheet, name)),
        (NUMBERS_ROW, "The same with this loan's numbers", f"{rule}&\"\"", loan.rule(name)),
        (sheet.exact_row, "To try it: copy this text, enter it in an empty cell of this workbook (more digits kept)",
         whole, loan.rule(name, exact=True)),
    )  # fmt: skip
    for row, caption, text, value in rows:
        book.put(ws, panel.at(NUMBER, row - 1), caption, "lm_label")
        sheet.formula(panel.at(NUMBER, row), text, value, "lm_text")
        ws.merge_cells(f"{panel.at(NUMBER, row)}:{panel.at(FROM, row)}")
    assert known


def _exact_flag(sheet: ExplainSheet, guard: str) -> str:
    """A formula: the guard's value as a formula holds it."""
    layout = sheet.book.layout
    model = f"Model!$A${LOANS_FIRST_ROW}:${list(layout.model_letter.values())[-1]}${layout.last_row}"
    place = sheet.look("Column there", f"MATCH({guard},{sheet.column('Name')},0)")
    return f'IF({CHOSEN_ROW}=0,"FALSE",IF(INDEX({model},{CHOSEN_ROW},{place}),"TRUE","FALSE"))'


def _by_name(sheet: ExplainSheet, name: str) -> str:
    row = sheet.rows[name]
    rule = sheet.book.workbook[method.TITLE][f"F{row}"].value if method.TITLE in sheet.book.workbook.sheetnames else None
    if rule is None:
        rule = next(entry.rule for entry in method.entries(sheet.book.layout) if entry.name == name)
    return str(rule)


def _looks(sheet: ExplainSheet) -> None:
    """Widths, heights, panes; a page a panel."""
    ws = sheet.ws
    for panel in sheet.panels:
        for column, width in enumerate(WIDTHS):
            ws.column_dimensions[get_column_letter(panel.left + column)].width = width
        ws.column_dimensions[get_column_letter(panel.left + len(WIDTHS))].width = GAP
        for column in range(len(WORKING)):
            ws.column_dimensions[get_column_letter(panel.working + column)].width = 14
        sheet.book.put(ws, panel.work(LINE, BAND_ROW), f"Working cells of panel {panel.level + 1}", "lm_note")
    ws.column_dimensions[get_column_letter(sheet.list_place)].width = 40
    heights = {BAND_ROW: 18, NAME_ROW: 20, VALUE_ROW: 22, MEANING_ROW: 27, BLANK_ROW: 15, SOURCE_ROW: 27, USERS_ROW: 40,
               RULE_ROW: 66, NUMBERS_ROW: 66, sheet.exact_row: 66}  # fmt: skip
    for row in range(FIRST_INPUT_ROW, sheet.last_input_row, 2):
        heights[row + 1] = 25
    for row, height in heights.items():
        ws.row_dimensions[row].height = height
    ws.freeze_panes = f"A{BAND_ROW}"
    ws.sheet_view.zoomScale = 85
    ws.sheet_properties.pageSetUpPr.fitToPage = False
    ws.page_setup.orientation = "portrait"
    ws.page_setup.scale = PRINT_SCALE
    ws.page_setup.pageOrder = "overThenDown"
    last = sheet.panels[-1]
    ws.print_area = f"A1:{last.at(FROM, sheet.exact_row)}"
    breaks = ColBreak()
    for panel in sheet.panels[:-1]:
        breaks.append(Break(id=panel.left + len(WIDTHS)))
    ws.col_breaks = breaks
