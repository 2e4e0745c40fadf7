"""Explain: any number of the chosen loan, from the rule that makes it back to the tape. Tab 5.

Six panels side by side, one level each: the number, one of its inputs, one of that one's inputs, and so on: far enough
to walk from the bid to the tape. Everything is looked up: on Method, where the lineage of every name stands (see
`lossmit_workbook.lineage`), and on the sheets that hold the values. The formulas are in `explain_cells`.
"""

from __future__ import annotations

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break, ColBreak

from lossmit_workbook import explain_cells as at
from lossmit_workbook import lineage, styles
from lossmit_workbook.book import Book
from lossmit_workbook.chosen import CHOSEN_LOAN, CHOSEN_ROW, Chosen
from lossmit_workbook.explain_cells import (
    ADDRESS,
    BAND_ROW,
    BLANK_ROW,
    EXACT,
    EXACT_ROW,
    EXACT_RULE,
    FIRST_INPUT_ROW,
    FROM,
    GAP,
    HEADS,
    LINE,
    LOAN_ROW,
    MEANING_ROW,
    NAME,
    NAME_ROW,
    NUMBER,
    NUMBERS_ROW,
    PANELS,
    PICK_ROW,
    RAW,
    RAW_UNIT,
    RULE,
    RULE_ROW,
    SOURCE_ROW,
    START,
    STEPS,
    TABLE_ROW,
    TEXT,
    UNIT,
    USERS_ROW,
    VALUE,
    VALUE_ROW,
    WAY_ROW,
    WHERE,
    WHERE_ROW,
    WIDTHS,
    WORKING,
    ExplainSheet,
    Panel,
)  # fmt: skip
from lossmit_workbook.explain_values import SHOWN_DIGITS
from lossmit_workbook.sheets import compare_table, method

TITLE = at.TITLE
HOW = "To go one level down, type an input's number into the blue cell of the next panel at the right."
UNKNOWN_NAME = "No number of that name: pick one from the list"
NO_INPUT, NOTHING_BELOW = "There is no input of that number", "Nothing below: the one at the left is typed"
NO_LOAN = "No loan of that number: pick one on Compare"
TYPED = "Typed, not worked out: beside the value stands where it comes from"
ARROW = "  >  "
PRINT_SCALE, ZOOM = 58, 85
QUIET = Font(name=styles.FACE, size=9, italic=True, color=styles.GREY)
TOP = Alignment(vertical="top")


def write(book: Book) -> None:
    """Write the panels, the list of names and the working cells at their right."""
    sheet = ExplainSheet(book)
    _head(sheet)
    _names(sheet)
    _guards(sheet)
    for panel in sheet.panels:
        _pick(sheet, panel)
        _facts(sheet, panel)
        _inputs(sheet, panel)
        _rules(sheet, panel)
    _way(sheet)
    _looks(sheet)


def _way(sheet: ExplainSheet) -> None:
    """The names from the first panel to the last that shows one, in a line."""
    sheet.book.put(sheet.ws, f"A{WAY_ROW}", "The way", "lm_label")
    parts, shown = [], []
    for panel in sheet.panels:
        line, cell = panel.work(LINE, NAME_ROW), panel.at(VALUE, NAME_ROW)
        arrow = f'"{ARROW}"&' if panel.level else ""
        parts.append(f'IF({line}=0,"",{arrow}{cell})')
        shown.append(panel.name)
    sheet.formula(f"C{WAY_ROW}", "&".join(parts), ARROW.join(shown), "lm_note")


def _head(sheet: ExplainSheet) -> None:
    """Which loan is shown, with the way to Compare, where another is picked."""
    book, ws, chosen = sheet.book, sheet.ws, Chosen(sheet.book)
    book.put(ws, f"A{LOAN_ROW}", "Loan", "lm_label")
    book.put(ws, sheet.panels[1].at(NUMBER, 1), HOW, "lm_note")
    jump = f'HYPERLINK("#{compare_table.TITLE}!"&"C4",{CHOSEN_LOAN}&"")'
    sheet.formula(f"C{LOAN_ROW}", jump, str(chosen.value("loan_id")), "lm_jump")
    sheet.formula(f"D{LOAN_ROW}", *chosen.remark(NO_LOAN), "lm_label")
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
    letters = sheet.guard_letters
    for letter, head in zip(letters, ("Guard", "Says", "Matures first", "Otherwise"), strict=True):
        book.put(ws, f"{letter}{BAND_ROW}", head, "lm_head")
    for row, guard in enumerate(sheet.guards, start=PICK_ROW):
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
    book.put(ws, f"{letters[0]}{at.BIDS_ROW_ROW}", "Place on Bids", "lm_note")
    place = f"IF({CHOSEN_ROW}=0,0,{Chosen(book).formula('bids_row')})"
    sheet.formula(f"{letters[1]}{at.BIDS_ROW_ROW}", place, sheet.loan.value("bids_row"), "lm_note")
    book.put(ws, f"{letters[0]}{at.DECIMALS_ROW}", "Decimals shown", "lm_note")
    book.put(ws, f"{letters[1]}{at.DECIMALS_ROW}", SHOWN_DIGITS, "lm_note")


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
        known = f"SUMPRODUCT(1*({_list(sheet)}={blue}))"  # a star is no wildcard here
        text = f'IF({known}=0,"{UNKNOWN_NAME}",INDEX({sheet.column("Name")},{match}))'
    else:
        above = sheet.panels[panel.level - 1]
        panel.name = STEPS[panel.level - 1]
        step = above.inputs.index(panel.name) + 1
        book.put(ws, panel.at(NUMBER, PICK_ROW), "Go into input no.", "lm_label")
        book.put(ws, blue, step, "lm_input", "0")
        rule = DataValidation("whole", operator="between", formula1="1", formula2=str(sheet.most), allow_blank=True,
                              showErrorMessage=True, errorTitle="Not an input",
                              error="Type the number that stands before an input in the panel at the left")  # fmt: skip
        ws.add_data_validation(rule)
        rule.add(blue)
        line_above = above.work(LINE, NAME_ROW)
        found = f"INDEX({sheet.input_range},{line_above},INT({blue}))"
        inside = f"AND(N({blue})>=1,N({blue})<=COLUMNS({sheet.input_range}))"
        typed = f'INDEX({sheet.column("1")},{line_above})=""'
        text = (f'IF(OR({line_above}=0,NOT(ISNUMBER({blue}))),"",IF({typed},"{NOTHING_BELOW}",'
                f'IF({inside},IF({found}="","{NO_INPUT}",{found}),"{NO_INPUT}")))')  # fmt: skip
    panel.inputs = sheet.table[panel.name].inputs
    sheet.formula(cell, text, panel.name, "lm_big")
    match = f"MATCH({cell},{sheet.column('Name')},0)"
    where = f'IF({cell}="",0,IF(COUNTIF({sheet.column("Name")},{cell})=0,0,{match}))'
    sheet.formula(line.replace("$", ""), where, _line_of(sheet, panel.name), "lm_note")
    at.working(sheet, panel, NAME_ROW, panel.name)


def _list(sheet: ExplainSheet) -> str:
    letter = get_column_letter(sheet.list_place)
    return f"${letter}${PICK_ROW}:${letter}${PICK_ROW + len(sheet.names()) - 1}"


def _line_of(sheet: ExplainSheet, name: str) -> int:
    return sheet.rows[name] - sheet.first + 1 if name else 0


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
    sheet.formula(panel.at(VALUE, VALUE_ROW), at.shown(raw, unit, line, text), loan.shown(name), "lm_big")
    ws[panel.at(VALUE, VALUE_ROW)].alignment = Alignment(horizontal="left", vertical="center")
    sheet.formula(panel.at(WHERE, VALUE_ROW), f'IF({line}=0,"",{unit})', known.unit, "lm_note")
    sheet.formula(panel.at(FROM, VALUE_ROW), at.origin(sheet, panel, NAME_ROW), loan.origin(name), "lm_note")
    jump = f'IF({line}=0,"",HYPERLINK("#"&{address},{address}))'
    sheet.formula(panel.at(VALUE, WHERE_ROW), jump, loan.address(name), "lm_jump")
    for row, head, said in ((MEANING_ROW, "Meaning", known.meaning), (SOURCE_ROW, "Source", known.source),
                            (USERS_ROW, "Used by", known.used_by)):  # fmt: skip
        sheet.formula(panel.at(VALUE, row), f'IF({line}=0,"",{sheet.look(head, line)})', said, "lm_text")
        ws.merge_cells(f"{panel.at(VALUE, row)}:{panel.at(FROM, row)}")
    sheet.formula(panel.at(VALUE, BLANK_ROW), at.why_blank(sheet, panel), loan.why_blank(name), "lm_text")
    ws[panel.at(VALUE, BLANK_ROW)].font = Font(name=styles.FACE, size=10, bold=True, color=styles.BAD_INK)
    ws.merge_cells(f"{panel.at(VALUE, BLANK_ROW)}:{panel.at(FROM, BLANK_ROW)}")


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
        book.put(ws, panel.at(NUMBER, row), number, "lm_note", "0").alignment = TOP
        found = f"INDEX({sheet.input_range},{own_line},{panel.at(NUMBER, row)})"
        sheet.formula(panel.at(NAME, row), f'IF({own_line}=0,"",{found}&"")', name, "lm_label")
        cell = panel.at(NAME, row)
        place = f'IF({cell}="",0,MATCH({cell},{sheet.column("Name")},0))'
        sheet.formula(line, place, _line_of(sheet, name), "lm_note")
        at.working(sheet, panel, row, name)
        raw, unit, text, address = (panel.work(c, row) for c in (RAW, RAW_UNIT, TEXT, ADDRESS))
        known = sheet.table[name] if name else None
        cells = {
            VALUE: (at.shown(raw, unit, line, text), known and loan.shown(name), "lm_text"),
            UNIT: (f'IF({line}=0,"",{unit})', known and known.unit, "lm_note"),
            WHERE: (f'IF({line}=0,"",HYPERLINK("#"&{address},{address}))', known and loan.address(name), "lm_jump"),
            FROM: (at.origin(sheet, panel, row), known and loan.origin(name), "lm_text"),
        }
        for column, (formula, value, style) in cells.items():
            sheet.formula(panel.at(column, row), formula, value or "", style)
        ws[panel.at(UNIT, row)].alignment = Alignment(horizontal="left", vertical="top", indent=1)
        ws[panel.at(WHERE, row)].alignment = TOP
        ws[panel.at(NAME, row)].alignment = Alignment(vertical="top", shrink_to_fit=True)
        ws[panel.at(VALUE, row)].alignment = Alignment(horizontal="right", vertical="top")
        below = ((NAME, "Meaning", known and known.meaning), (WHERE, "Source", known and known.source))
        for column, head, said in below:
            sheet.formula(panel.at(column, row + 1), f'IF({line}=0,"",{sheet.look(head, line)})', said or "", "lm_text")
            ws[panel.at(column, row + 1)].font = QUIET
        ws.merge_cells(f"{panel.at(NAME, row + 1)}:{panel.at(UNIT, row + 1)}")
        ws.merge_cells(f"{panel.at(WHERE, row + 1)}:{panel.at(FROM, row + 1)}")
        for column, source in ((RULE, TEXT), (EXACT_RULE, EXACT)):
            put_in = at.put_in(panel, row, before[column], panel.work(source, row))
            if known:
                so_far[column] = loan.put_in(so_far[column], number, name, column == EXACT_RULE)
            sheet.formula(panel.work(column, row), put_in, so_far[column], "lm_note")
            before[column] = panel.work(column, row)


def _rules(sheet: ExplainSheet, panel: Panel) -> None:
    """The rule by name, with this loan's numbers, and as a formula to enter in a cell."""
    book, ws, loan, name = sheet.book, sheet.ws, sheet.loan, panel.name
    line = panel.work(LINE, NAME_ROW)
    last = FIRST_INPUT_ROW + 2 * (sheet.most - 1)
    rule, exact = panel.work(RULE, last), panel.work(EXACT_RULE, last)
    by_words = f'T({sheet.look("Rule", line)})'  # IronCalc takes an empty cell that has a style for 0
    by_name = f'IF({line}=0,"",IF({by_words}="","{TYPED}",{by_words}))'
    guard = sheet.look("Guard", line)
    text_of_guard = at.exact_flag(sheet, guard)
    whole = (f'IF(OR({line}=0,{exact}=""),"",IF(T({guard})="","="&{exact},"=IF("&{text_of_guard}&", "&{exact}&", "&'
             f'{sheet.look("Else", line)}&")"))')  # fmt: skip
    rows = (
        (RULE_ROW, "Its rule: names of columns and inputs in the place of addresses", by_name, _by_name(sheet, name)),
        (NUMBERS_ROW, "The same with this loan's numbers", f"{rule}&\"\"", loan.rule(name)),
        (EXACT_ROW, "To try it: copy, paste as a value into an empty cell, press F2 and Enter (more digits kept)",
         whole, loan.rule(name, exact=True)),
    )  # fmt: skip
    for row, caption, text, value in rows:
        book.put(ws, panel.at(NUMBER, row - 1), caption, "lm_label")
        sheet.formula(panel.at(NUMBER, row), text, value, "lm_text")
        ws[panel.at(NUMBER, row)].font = Font(name=styles.FACE, size=9, color=styles.INK)
        ws.merge_cells(f"{panel.at(NUMBER, row)}:{panel.at(FROM, row)}")


def _by_name(sheet: ExplainSheet, name: str) -> str:
    """What the cell with the rule by name shows when the workbook is built."""
    rules = {entry.name: entry.rule for entry in method.entries(sheet.book.layout)}
    return rules.get(name) or TYPED


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
               RULE_ROW: 62, NUMBERS_ROW: 50, EXACT_ROW: 26}  # fmt: skip
    for row in range(FIRST_INPUT_ROW, sheet.last_input_row, 2):
        heights[row + 1] = 24
    for panel in sheet.panels:  # the number of a row that is not used
        area = f"{panel.at(NUMBER, FIRST_INPUT_ROW)}:{panel.at(NUMBER, sheet.last_input_row)}"
        unused = f'{panel.at(NAME, FIRST_INPUT_ROW)}=""'
        ws.conditional_formatting.add(area, FormulaRule(formula=[unused], font=Font(color="FFFFFFFF")))
    ws.page_margins.top = ws.page_margins.bottom = 0.5
    for row, height in heights.items():
        ws.row_dimensions[row].height = height
    ws.freeze_panes = f"A{BAND_ROW}"
    ws.sheet_view.zoomScale = ZOOM
    ws.sheet_properties.pageSetUpPr.fitToPage = False
    ws.page_setup.orientation = "portrait"
    ws.page_setup.scale = PRINT_SCALE
    ws.page_setup.pageOrder = "overThenDown"
    last = sheet.panels[-1]
    ws.print_area = f"A1:{last.at(FROM, sheet.last_input_row + 1)}"
    breaks = ColBreak()
    for panel in sheet.panels[:-1]:
        breaks.append(Break(id=panel.left + len(WIDTHS)))
    ws.col_breaks = breaks
