"""Explain's cells: the panels' places, and the formulas that look a name's lineage and value up and write it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from openpyxl.utils import get_column_letter

from lossmit_workbook import explain_values as words
from lossmit_workbook import lineage
from lossmit_workbook.book import Book
from lossmit_workbook.chosen import CHOSEN_ROW, Chosen
from lossmit_workbook.explain_values import ExplainedLoan
from lossmit_workbook.layout import FIRST_ROW as LOANS_FIRST_ROW
from lossmit_workbook.lineage import LineageTable
from lossmit_workbook.sheets import assumptions, method
from lossmit_xl.model.outputs import LOAN_OUTPUTS

TITLE = "Explain"
PURPOSE = "Where a number of the loan on Compare comes from: its rule, the same with this loan's numbers, every input."
PANELS = ("The number", *("One of the inputs at the left",) * 5)
WIDTHS = (5, 34, 16, 19, 17, 34)
NUMBER, NAME, VALUE, UNIT, WHERE, FROM = range(6)
GAP = 2.5
LOAN_ROW, WAY_ROW, BAND_ROW, PICK_ROW, NAME_ROW, VALUE_ROW, MEANING_ROW, WHERE_ROW, BLANK_ROW, SOURCE_ROW, USERS_ROW = (
    3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14
)  # fmt: skip
RULE_ROW, NUMBERS_ROW, EXACT_ROW, TABLE_ROW = 16, 18, 20, 22
FIRST_INPUT_ROW = TABLE_ROW + 1
START = "bid"
STEPS = ("bid_limit", "bid_by_value", "equity", "value", "property_value")
"""The way shown when the workbook is built: from the bid to the tape."""
HEADS = ("No.", "Input", "Value", "Unit", "Where", "Comes from")
DECIMALS_ROW, BIDS_ROW_ROW = PICK_ROW + 7, PICK_ROW + 8
WORKING = ("Line", "Sheet", "Value", "Unit", "In the rule", "Exact", "Rule so far", "Exact rule so far", "Address")
LINE, SHEET, RAW, RAW_UNIT, TEXT, EXACT, RULE, EXACT_RULE, ADDRESS = range(9)


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

    @cached_property
    def guards(self) -> list[str]:
        """The flags that a column may need."""
        return list(dict.fromkeys(line.guard for line in self.table.columns.values() if line.guard))

    @property
    def guard_letters(self) -> list[str]:
        """Columns of the guards: the flag, what it says, whether the loan matures first, what it says otherwise."""
        return [get_column_letter(self.guards_place + place) for place in range(4)]

    @property
    def bids_row(self) -> str:
        """The cell with the loan's place on Bids, as that sheet is sorted; 0 where it is not there."""
        return f"${self.guard_letters[1]}${BIDS_ROW_ROW}"

    @property
    def decimals(self) -> str:
        """The cell that says how many decimals a plain number is shown with."""
        return f"${self.guard_letters[1]}${DECIMALS_ROW}"

    def names(self) -> list[str]:
        """What can be picked: the figures of Bids first, then every column by name."""
        first = ["bid", *(name for name in LOAN_OUTPUTS if name in self.table.columns and name != "bid")]
        return [*first, *sorted(name for name in self.table.columns if name not in first)]


def working(sheet: ExplainSheet, panel: Panel, row: int, name: str) -> None:
    """Of a name whose line is known: the sheet, the value, and how it is written; in the working cells of `row`."""
    layout, loan = sheet.book.layout, sheet.loan
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
    bids = f"Bids!$A${LOANS_FIRST_ROW}:${list(layout.bids_letter.values())[-1]}${last}"
    own, typed = f"INDEX({loans},{CHOSEN_ROW},{place})", f"INDEX({bids},{sheet.bids_row},{place})"
    text = (f'IF({where}="Model",IF({CHOSEN_ROW}=0,"",INDEX({model},{CHOSEN_ROW},{place})),'
            f'IF({where}="Loans",IF({CHOSEN_ROW}=0,"",IF({own}="","",{own})),'
            f'IF({where}="Bids",IF({sheet.bids_row}=0,"",IF({typed}="","",{typed})),'
            f'IF({where}="Assumptions",IF({at}=0,"",INDEX({fixed},{at})),""))))')  # fmt: skip
    put(RAW, text, known and loan.value(name))
    put(RAW_UNIT, f'IF({line}=0,"",{sheet.look("Unit", line)}&"")', known and known.unit)
    format_, digits = sheet.look("Number format", line), sheet.look("Decimals kept", line)
    shown = f'IF({format_}="",ROUND({raw},{sheet.decimals})&"",TEXT({raw},{format_}))'
    put(TEXT, text_of(raw, unit, line, panel_name(panel, row), shown), known and loan.in_rule(name))
    exact = text_of(raw, unit, line, panel.work(ADDRESS, row), f'ROUND({raw},{digits})&""')
    put(EXACT, exact, known and loan.exact(name))
    own_row = f'ROW(Model!$A${LOANS_FIRST_ROW})+IF({where}="Bids",{sheet.bids_row},{CHOSEN_ROW})-1'
    address = (f'IF({line}=0,"",IF(OR({at}>0,{place}=0),{sheet.look("Address", line)},'
               f'IF({CHOSEN_ROW}=0,"",{sheet.look("Address", line)}&({own_row}))))')  # fmt: skip
    put(ADDRESS, address, known and loan.address(name))


def panel_name(panel: Panel, row: int) -> str:
    """The cell that holds the name whose working cells stand in `row`."""
    return panel.at(VALUE if row == NAME_ROW else NAME, row)


def text_of(raw: str, unit: str, line: str, table: str, number: str) -> str:
    """A formula: the value as a formula holds it; a whole table by `table`, a plain number by `number`."""
    date = f'"DATE("&YEAR({raw})&", "&MONTH({raw})&", "&DAY({raw})&")"'
    word = f'""""&SUBSTITUTE({raw},"""","""""")&""""'
    other = f'IF({unit}="{lineage.YES_NO}",IF({raw},"TRUE","FALSE"),{number})'
    return (f'IF({line}=0,"",IF({unit}="{lineage.LIST}",{table},IF({raw}="","""""",IF(ISTEXT({raw}),{word},'
            f'IF({unit}="{lineage.DATE}",{date},{other})))))')  # fmt: skip


def shown(raw: str, unit: str, line: str, text: str) -> str:
    """A formula: the value by itself."""
    date = f'YEAR({raw})&"-"&TEXT(MONTH({raw}),"00")&"-"&TEXT(DAY({raw}),"00")'
    return (f'IF({line}=0,"",IF({unit}="{lineage.LIST}","{lineage.LIST}",IF({raw}="","{words.BLANK}",'
            f'IF(ISTEXT({raw}),{raw},IF({unit}="{lineage.DATE}",{date},{text})))))')  # fmt: skip


def origin(sheet: ExplainSheet, panel: Panel, row: int) -> str:
    """A formula: where the value in the working cells of `row` comes from."""
    line, where, raw = (panel.work(column, row) for column in (LINE, SHEET, RAW))
    says, at, shown = (sheet.look(head, line) for head in ("Comes from", "Row there", "Number format"))
    default = f"INDEX(Assumptions!$D$1:$D${assumptions.last_row(sheet.book.layout)},{at})"
    text = f'IF({shown}="",{default}&"",TEXT({default},{shown}))'
    against = (f'IF({default}="","{words.NO_DEFAULT}",IF({raw}={default},"{words.IS_DEFAULT}",'
               f'"{words.CHANGED}"&{text}))')  # fmt: skip
    blank = f'AND(OR({where}="Loans",{where}="Bids"),{raw}="")'
    return (f'IF({line}=0,"",IF({says}="{lineage.OF_ASSUMPTION}",{against},IF({blank},"{words.BLANK_ON}"&{where},'
            f"{says})))")  # fmt: skip


def why_blank(sheet: ExplainSheet, panel: Panel) -> str:
    """A formula: why the guard leaves the panel's value blank."""
    line = panel.work(LINE, NAME_ROW)
    last = PICK_ROW + len(sheet.guards) - 1
    guards, said, matures, otherwise = (f"${letter}${PICK_ROW}:${letter}${last}" for letter in sheet.guard_letters)
    guard = sheet.look("Guard", line)
    place, match = f"MATCH({guard},{guards},0)", f"MATCH({guard},{sheet.column('Name')},0)"
    not_valued = Chosen(sheet.book).formula("not_valued")
    model = sheet.book.layout.model_letter
    grid = f"Model!$A${LOANS_FIRST_ROW}:${list(model.values())[-1]}${sheet.book.layout.last_row}"
    flag = f"INDEX({grid},{CHOSEN_ROW},{sheet.look('Column there', match)})"
    why = f'INDEX({said},{place})&": "&IF(INDEX({matures},{place}),"{words.MATURES}",INDEX({otherwise},{place}))'
    reason = f'"{words.WHY}"&IF({not_valued}="",{why},"{words.NOT_VALUED}"&{not_valued})'
    return f'IF(OR({line}=0,{CHOSEN_ROW}=0),"",IF(T({guard})="","",IF({flag},"",{reason})))'


def exact_flag(sheet: ExplainSheet, guard: str) -> str:
    """A formula: the guard's value as a formula holds it."""
    layout = sheet.book.layout
    model = f"Model!$A${LOANS_FIRST_ROW}:${list(layout.model_letter.values())[-1]}${layout.last_row}"
    place = sheet.look("Column there", f"MATCH({guard},{sheet.column('Name')},0)")
    return f'IF({CHOSEN_ROW}=0,"FALSE",IF(INDEX({model},{CHOSEN_ROW},{place}),"TRUE","FALSE"))'


def put_in(panel: Panel, row: int, before: str, text: str) -> str:
    """A formula: the rule so far with the value in `row` in its place; an empty cell of Loans is 0 where it counts."""
    number, where, raw = panel.at(NUMBER, row), panel.work(SHEET, row), panel.work(RAW, row)
    as_it_is, as_number = (f'"{opened}"&{number}&"{shut}"' for opened, shut in (
        (lineage.OPEN, lineage.SHUT), (lineage.OPEN_NUMBER, lineage.SHUT_NUMBER)))  # fmt: skip
    counted = f'IF(AND({where}="Loans",{raw}=""),"{words.EMPTY_NUMBER}",{text})'
    return f"SUBSTITUTE(SUBSTITUTE({before},{as_it_is},{text}),{as_number},{counted})"
