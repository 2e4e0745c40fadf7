"""Every input changed since the build, as a live list: the lower half of Overrides.

Without array formulas: every input has a running count of changes. Assumptions, weights and states have it in a
register (a row each, at the right of the sheet); loans have it on As built. A line of the list looks its own number up
in these counts, and a loan's changed column in a running count over the loan's columns, which stands beside the line.
"""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from lossmit_workbook import styles
from lossmit_workbook.book import Book, Value
from lossmit_workbook.layout import FIRST_ROW, HEAD_ROW, STATE_SHEET_COLUMNS, Layout
from lossmit_workbook.sheets import as_built, assumptions
from lossmit_workbook.sheets import states as states_sheet
from lossmit_xl.assumptions import INPUT_BY_NAME, Assumptions
from lossmit_xl.loan_cells import loan_cell
from lossmit_xl.names import SITUATIONS, STRATEGIES, STRATEGY_LABELS
from lossmit_xl.states import FALLBACK, STATE_CODES

SHEET = "Overrides"
LINES = 40
KINDS = {
    "assumptions": "Assumptions", "weights": "Outcome weights", "states": "State figures",
    "loans": "Inputs of loans", "rows": "Loans: rows not there at the build", "decisions": "Decisions and notes",
}  # fmt: skip
HEADS = ("No.", "Sheet", "Loan or name", "Column", "As built", "Now", "Unit")
UNITS = ("count", "", "", "", "as its column", "as its column", "")
HELPERS = ("line", "in_register", "loan", "nth_of_loan", "place_on_loans", "place_on_bids", "column")
HELP_HEADS = ("Line", "Place in the register", "Place on As built", "Which change of the loan", "Place on Loans",
              "Place on Bids", "Which column")  # fmt: skip
HELPER_FIRST = 12
REGISTER = ("kind", "sheet", "name", "column", "unit", "as_built", "now", "differs", "running", "default", "own",
            "own_running")  # fmt: skip
REGISTER_HEADS = ("Kind", "Sheet", "Name", "Column", "Unit", "As built", "Now", "Differs", "Running count",
                  "Default", "Not the default", "Running count of those")  # fmt: skip
REGISTER_TOP = FIRST_ROW
GONE = "gone"
CENTRED = Alignment(horizontal="center", vertical="center")
RIGHT = Alignment(horizontal="right", vertical="center")
INDENTED = Alignment(horizontal="left", indent=1, vertical="center")
HEAD_LINES = ("sheet", "column", "unit", "block", "place_in_block")
"""Rows above the running counts over a loan's columns: what each column is."""


@dataclass(frozen=True)
class Places:
    """Rows and columns of the section, from the row of its heading."""

    layout: Layout
    top: int

    @property
    def first(self) -> int:
        """Row of the first line of the list."""
        return self.top + len(KINDS) + 8

    @property
    def last(self) -> int:
        """Row of the last line; the words about the rest stand two rows below."""
        return self.first + LINES - 1

    def count(self, kind: str = "") -> str:
        """Cell of a kind's number of changes, or of all."""
        return f"$B${self.top + 2 + (list(KINDS).index(kind) if kind else len(KINDS))}"

    def helper(self, name: str) -> str:
        """Column letter of a helper of the lines."""
        return str(get_column_letter(HELPER_FIRST + HELPERS.index(name)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Letters of the running counts over a loan's stamped inputs."""
        start = HELPER_FIRST + len(HELPERS)
        return tuple(get_column_letter(start + at) for at in range(len(as_built.stamped(self.layout))))

    def head(self, name: str) -> str:
        """The row above the running counts that says what each column is, as a range."""
        row = self.first - 1 - len(HEAD_LINES) + HEAD_LINES.index(name)
        return f"${self.columns[0]}${row}:${self.columns[-1]}${row}"

    def register(self, name: str) -> str:
        """Column letter of the register."""
        start = HELPER_FIRST + len(HELPERS) + len(self.columns) + 1
        return str(get_column_letter(start + REGISTER.index(name)))

    @property
    def register_rows(self) -> tuple[int, int]:
        """First and last row of the register."""
        return REGISTER_TOP, REGISTER_TOP + len(register(self.layout)) - 1

    def registered(self, name: str) -> str:
        """A whole column of the register."""
        first, last = self.register_rows
        at = self.register(name)
        return f"${at}${first}:${at}${last}"


@dataclass(frozen=True)
class Registered:
    """An input that is no loan's: what it is, and formulas for its stamp and what it holds now."""

    kind: str
    sheet: str
    name: str
    column: str
    unit: str
    as_built: str
    now: str


def register(layout: Layout) -> list[Registered]:
    """Every assumption, weight and state figure, in the order of the sheets."""
    return [*_assumptions(), *_weights(layout), *_states(layout)]


def _assumptions() -> list[Registered]:
    return [
        Registered("assumptions", assumptions.TITLE, field.name, "value", field.unit,
                   f"{assumptions.TITLE}!$I${row}", f"{assumptions.TITLE}!$B${row}")
        for row, _, field in assumptions.rows() if field is not None
    ]  # fmt: skip


def _weights(layout: Layout) -> list[Registered]:
    first, last = layout.weights_row, layout.weights_row + len(SITUATIONS) - 1
    now, stamps = assumptions.weight_cells(layout), assumptions.weight_cells(layout, stamps=True)
    heads = f"{assumptions.TITLE}!$B${first - 1}:${get_column_letter(1 + len(STRATEGIES))}${first - 1}"
    at = f"MATCH({{name}},{assumptions.TITLE}!$A${first}:$A${last},0),MATCH({{column}},{heads},0)"
    return [
        Registered("weights", assumptions.TITLE, situation, STRATEGY_LABELS[strategy],
                   INPUT_BY_NAME[f"weight_{situation}_{strategy}"].unit, f"INDEX({stamps},{at})", f"INDEX({now},{at})")
        for situation in SITUATIONS for strategy in STRATEGIES
    ]  # fmt: skip


def _states(layout: Layout) -> list[Registered]:
    last = FIRST_ROW + layout.states - 1
    codes = f"{states_sheet.TITLE}!$A${FIRST_ROW}:$A${last}"
    places = [get_column_letter(STATE_SHEET_COLUMNS.index(name) + 1) for name in states_sheet.NUMBERS]
    heads = f"{states_sheet.TITLE}!${places[0]}${HEAD_ROW}:${places[-1]}${HEAD_ROW}"
    at = f"MATCH({{name}},{codes},0),MATCH({{column}},{heads},0)"
    now, stamps = states_sheet.cells(layout), states_sheet.cells(layout, stamps=True)
    return [
        Registered("states", states_sheet.TITLE, code, states_sheet.HEADS[name][0], states_sheet.HEADS[name][1],
                   f"INDEX({stamps},{at})", f"INDEX({now},{at})")
        for code in (*STATE_CODES, FALLBACK) for name in states_sheet.NUMBERS
    ]  # fmt: skip


def write(book: Book, ws: Worksheet, top: int) -> int:
    """Write counts, list, helpers and register; returns the row below the list."""
    at = Places(book.layout, top)
    book.put(ws, f"A{top}", "Changed since the build", "lm_subtitle")
    book.put(ws, f"B{top}", "Live, found by formula: every input against its stamp, cell by cell.", "lm_note")
    _counts(book, ws, at)
    _register(book, ws, at)
    _helpers(book, ws, at)
    _list(book, ws, at)
    formats_by_unit(ws, f"E{at.first}:F{at.last}", f"$G{at.first}")
    return at.last + 4


def _counts(book: Book, ws: Worksheet, at: Places) -> None:
    layout = book.layout
    book.put(ws, f"A{at.top + 1}", "Kind", "lm_head")
    book.put(ws, f"B{at.top + 1}", "Cells changed", "lm_head")
    changed, remarked = as_built.CHANGED, as_built.REMARKED
    on_loans = {"loans": f"SUM({as_built.column_range(layout, changed)})", "rows": _new_rows(layout),
                "decisions": f"SUM({as_built.column_range(layout, remarked)})"}  # fmt: skip
    for row, (kind, label) in enumerate(KINDS.items(), start=at.top + 2):
        summed = f'SUMIF({at.registered("kind")},"{kind}",{at.registered("differs")})'
        book.put(ws, f"A{row}", label)
        book.formula(ws, f"B{row}", on_loans.get(kind, summed), 0, format=styles.WHOLE)
    row = at.top + 2 + len(KINDS)
    book.put(ws, f"A{row}", "All", "lm_total")
    book.formula(ws, f"B{row}", f"SUM(B{at.top + 2}:B{row - 1})", 0, "lm_total", styles.WHOLE)


def _new_rows(layout: Layout) -> str:
    """Rows of Loans with a number that was not there at the build: inserted, renumbered or doubled."""
    place = as_built.column_range(layout, as_built.blocks(layout)[0].place)
    return f'MAX(0,COUNTA({layout.loans_range("loan_id")})-COUNTIF({place},">0"))'


def _register(book: Book, ws: Worksheet, at: Places) -> None:
    """A row an input; each says what it was, what it is, and how many so far have changed."""
    first, _ = at.register_rows
    letters = {name: at.register(name) for name in REGISTER}
    for name, head in zip(REGISTER, REGISTER_HEADS, strict=True):
        book.put(ws, f"{letters[name]}{first - 1}", head, "lm_head")
        ws.column_dimensions[letters[name]].width = 16
    book.put(ws, f"{letters['kind']}{first - 3}", "Register of the inputs that are no loan's", "lm_subtitle")
    inputs, defaults, own = _values(book.layout, book.assumptions), _defaults(book.layout), 0
    for row, entry in enumerate(register(book.layout), start=first):
        for name in ("kind", "sheet", "name", "column", "unit"):
            book.put(ws, f"{letters[name]}{row}", getattr(entry, name), "lm_note")
        value = inputs[entry.kind, entry.name, entry.column]
        keys = {"name": f"${letters['name']}{row}", "column": f"${letters['column']}{row}"}
        for name in ("as_built", "now"):
            found = getattr(entry, name).format(**keys)
            formula = f'IFERROR(IF({found}="","",{found}),"{GONE}")'
            book.formula(ws, f"{letters[name]}{row}", formula, value, "lm_link")
        book.formula(ws, f"{letters['differs']}{row}",
                     f"IF({letters['now']}{row}={letters['as_built']}{row},0,1)", 0)  # fmt: skip
        book.formula(ws, f"{letters['running']}{row}",
                     f"N({letters['running']}{row - 1})+{letters['differs']}{row}", 0)  # fmt: skip
        key = (entry.kind, entry.name, entry.column)
        its_own = int(key in defaults and value != defaults[key])
        own += its_own
        if key in defaults:  # else no cell at all: IronCalc takes an empty one that has a style for 0
            book.put(ws, f"{letters['default']}{row}", defaults[key], "lm_note")
        now, default = (f"{letters[name]}{row}" for name in ("now", "default"))
        book.formula(ws, f"{letters['own']}{row}", f'IF({default}="",0,IF({now}={default},0,1))', its_own)
        book.formula(ws, f"{letters['own_running']}{row}",
                     f"N({letters['own_running']}{row - 1})+{letters['own']}{row}", own)  # fmt: skip


def own_inputs(book: Book) -> list[tuple[str, str, str]]:
    """(kind, name, column) of the registered inputs that do not hold their default at the build."""
    return [key for key, (held, default) in values_now(book).items() if held != default]


def values_now(book: Book) -> dict[tuple[str, str, str], tuple[Value, Value]]:
    """Each registered input's value at the build and its default, by (kind, name, column)."""
    held = _values(book.layout, book.assumptions)
    return {key: (held[key], default) for key, default in _defaults(book.layout).items()}


def _defaults(layout: Layout) -> dict[tuple[str, str, str], Value]:
    """The default of every registered input but the as-of date, which has none."""
    values = _values(layout, Assumptions())
    return {key: value for key, value in values.items() if (key[0], key[1]) != ("assumptions", "as_of")}


def _values(layout: Layout, deal: Assumptions) -> dict[tuple[str, str, str], Value]:
    """What every registered input holds under some assumptions."""
    from lossmit_xl.states import states

    flat, table = deal.inputs(), states(deal)
    found: dict[tuple[str, str, str], Value] = {}
    for entry in register(layout):
        if entry.kind == "assumptions":
            value: Value = flat[entry.name]
        elif entry.kind == "weights":
            key = next(strategy for strategy, label in STRATEGY_LABELS.items() if label == entry.column)
            value = flat[f"weight_{entry.name}_{key}"]
        else:
            name = next(name for name in states_sheet.NUMBERS if states_sheet.HEADS[name][0] == entry.column)
            value = float(str(table.loc[entry.name, name]))
        found[entry.kind, entry.name, entry.column] = value
    return found


def _helpers(book: Book, ws: Worksheet, at: Places) -> None:
    """Beside each line: whose change it is, and a running count over the columns of that loan."""
    layout = book.layout
    for name, head in zip(HELPERS, HELP_HEADS, strict=True):
        book.put(ws, f"{at.helper(name)}{at.first - 1}", head, "lm_head")
        ws.column_dimensions[at.helper(name)].width = 12
    names = as_built.stamped(layout)
    blocks = as_built.blocks(layout)
    for letter, name in zip(at.columns, names, strict=True):
        block = as_built.block_of(layout, name)
        told: tuple[Value, ...] = (block.sheet, name, loan_cell(name).unit, blocks.index(block) + 1,
                                   block.names.index(name) + 1)  # fmt: skip
        for row, value in enumerate(told, start=at.first - 1 - len(HEAD_LINES)):
            book.put(ws, f"{letter}{row}", value, "lm_note")
        book.put(ws, f"{letter}{at.first - 1}", name.replace("_", " "), "lm_head")
        ws.column_dimensions[letter].width = 11
    running = as_built.column_range(layout, as_built.RUNNING)
    own = [as_built.column_range(layout, name) for name in (as_built.CHANGED, as_built.REMARKED)]
    for row in range(at.first, at.last + 1):
        h = {name: f"${at.helper(name)}{row}" for name in HELPERS}
        others = f"MAX({at.registered('running')})"
        number = f"({h['line']}-{others})"
        before = f"INDEX({running},{h['loan']})-INDEX({own[0]},{h['loan']})-INDEX({own[1]},{h['loan']})"
        formulas = {
            "in_register": f"IF({h['line']}<={others},MATCH({h['line']},{at.registered('running')},0),0)",
            "loan": f"IF(AND({h['in_register']}=0,{number}<=MAX({running})),"
                    f'COUNTIF({running},"<"&{number})+1,0)',
            "nth_of_loan": f"IF({h['loan']}=0,0,{number}-({before}))",
            **{block.place: f"IF({h['loan']}=0,0,INDEX({as_built.column_range(layout, block.place)},{h['loan']}))"
               for block in blocks},
            "column": f"IF({h['loan']}=0,0,MATCH({h['nth_of_loan']},${at.columns[0]}{row}:${at.columns[-1]}{row},0))",
        }  # fmt: skip
        book.put(ws, f"{at.helper('line')}{row}", row - at.first + 1, "lm_note")
        for name, formula in formulas.items():
            book.formula(ws, f"{at.helper(name)}{row}", formula, 0)
        for place, (letter, name) in enumerate(zip(at.columns, names, strict=True)):
            before = f"N({at.columns[place - 1]}{row})+" if place else ""
            book.formula(ws, f"{letter}{row}", before + _differs(at, letter, name, h), 0)


def _differs(at: Places, letter: str, name: str, h: dict[str, str]) -> str:
    """1 where the line's loan holds something else in this column than at the build."""
    block = as_built.block_of(at.layout, name)
    stamps = as_built.block_range(at.layout, as_built.stamped(at.layout))
    first = at.first - 1 - len(HEAD_LINES)
    # What the column is stands above it: its place in its block, and (the whole row of names) among the stamps.
    place, column = (f"{letter}${first + HEAD_LINES.index(line)}" for line in ("place_in_block", "column"))
    now = f"INDEX({block.cells},{h[block.place]},{place})"
    then = f"INDEX({stamps},{h['loan']},MATCH({column},{at.head('column')},0))"
    gone = block.missed if name == block.names[0] else 0
    return f'IF({h["loan"]}=0,0,IF({h[block.place]}=0,{gone},IF(OR({now}<>{then},({now}="")<>({then}="")),1,0)))'


def _list(book: Book, ws: Worksheet, at: Places) -> None:
    layout = book.layout
    for letter, head, unit in zip("ABCDEFG", HEADS, UNITS, strict=True):
        book.put(ws, f"{letter}{at.first - 2}", unit or None, "lm_unit")
        book.put(ws, f"{letter}{at.first - 1}", head, "lm_head")
    stamps = as_built.block_range(layout, as_built.stamped(layout))
    numbers = as_built.column_range(layout, as_built.NUMBER)
    blocks = as_built.blocks(layout)
    for row in range(at.first, at.last + 1):
        h = {name: f"${at.helper(name)}{row}" for name in HELPERS}
        place = f"INDEX({at.head('place_in_block')},{h['column']})"
        cells = ",".join(f"INDEX({block.cells},{h[block.place]},{place})" for block in blocks)
        now = f"CHOOSE(INDEX({at.head('block')},{h['column']}),{cells})"
        here = f"CHOOSE(INDEX({at.head('block')},{h['column']}),{','.join(h[block.place] for block in blocks)})"
        then = f"INDEX({stamps},{h['loan']},{h['column']})"
        of_loan = {
            "B": f"INDEX({at.head('sheet')},{h['column']})", "C": f"INDEX({numbers},{h['loan']})",
            "D": f'IF({here}=0,"{as_built.NUMBER}",INDEX({at.head("column")},{h["column"]}))',
            "E": f'IF({here}=0,INDEX({numbers},{h["loan"]}),IF({then}="","",{then}))',
            "F": f'IF({here}=0,"{GONE}",IF({now}="","",{now}))',
            "G": f'IF({here}=0,"text",INDEX({at.head("unit")},{h["column"]}))',
        }  # fmt: skip
        registered = dict(zip("BCDEFG", ("sheet", "name", "column", "as_built", "now", "unit"), strict=True))
        book.formula(ws, f"A{row}", f'IF(B{row}="","",{h["line"]})', "").alignment = CENTRED
        for letter in "BCDEFG":
            other = f"INDEX({at.registered(registered[letter])},{h['in_register']})"
            formula = f'IF({h["in_register"]}>0,{other},IF({h["loan"]}>0,{of_loan[letter]},""))'
            cell = book.formula(ws, f"{letter}{row}", formula, "")
            cell.alignment = RIGHT if letter in "EF" else INDENTED
    total = f"({at.count()}-{at.count('rows')})"
    lines = f"ROWS($A${at.first}:$A${at.last})"
    book.formula(ws, f"A{at.last + 2}", f'IF({total}>{lines},"and "&({total}-{lines})&" more",'
                 f'IF({at.count()}=0,"None: every input holds what it held at the build",""))',
                 "None: every input holds what it held at the build", "lm_note")  # fmt: skip


def formats_by_unit(ws: Worksheet, cells: str, unit: str) -> None:
    """Values in the format of their unit, which only the line's own unit cell (`$G12`, of the first line) tells."""
    shown = (
        (f'{unit}="date"', 164, styles.DATE),
        (f'OR({unit}="per year",LEFT({unit},3)="of ",{unit}="share")', 165, "0.00%"),
        (f'LEFT({unit},3)="USD"', 166, styles.MONEY),
    )
    for formula, number, code in shown:
        look = DifferentialStyle(numFmt=NumberFormat(numFmtId=number, formatCode=code))
        ws.conditional_formatting.add(cells, Rule(type="expression", dxf=look, formula=[formula]))
