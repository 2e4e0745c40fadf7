"""Reading a worksheet formula as text: its functions, sheets, names, ranges and depth, and which functions Excel knows.

Formulas are taken as a file stores them: US English names, commas, no leading `=`, newer functions behind `_xlfn.`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from openpyxl.utils import FORMULAE

# openpyxl lists the functions of ECMA-376 (Excel 2007), which a file holds without a prefix. Two are other readers'.
PLAIN_FUNCTIONS = frozenset(FORMULAE) - {"ECMA.CEILING", "ISO.CEILING"}

# Functions new in Excel 2010, 2013 and 2016: stored behind `_xlfn.`, #NAME? without it.
# Source: Microsoft, "Issue: An _xlfn. prefix is displayed in front of a formula".
PREFIXED_FUNCTIONS = frozenset(
    """
    AGGREGATE BETA.DIST BETA.INV BINOM.DIST BINOM.INV CHISQ.DIST CHISQ.DIST.RT CHISQ.INV CHISQ.INV.RT CHISQ.TEST
    CONFIDENCE.NORM CONFIDENCE.T COVARIANCE.P COVARIANCE.S ERF.PRECISE ERFC.PRECISE EXPON.DIST F.DIST F.DIST.RT F.INV
    F.INV.RT F.TEST GAMMA.DIST GAMMA.INV GAMMALN.PRECISE HYPGEOM.DIST LOGNORM.DIST LOGNORM.INV MODE.MULT MODE.SNGL
    NEGBINOM.DIST NORM.DIST NORM.INV NORM.S.DIST NORM.S.INV PERCENTILE.EXC PERCENTILE.INC PERCENTRANK.EXC
    PERCENTRANK.INC POISSON.DIST QUARTILE.EXC QUARTILE.INC RANK.AVG RANK.EQ STDEV.P STDEV.S T.DIST T.DIST.2T T.DIST.RT
    T.INV T.INV.2T T.TEST VAR.P VAR.S WEIBULL.DIST Z.TEST
    ACOT ACOTH ARABIC BASE BINOM.DIST.RANGE BITAND BITLSHIFT BITOR BITRSHIFT BITXOR CEILING.MATH COMBINA COT COTH CSC
    CSCH DAYS DECIMAL ENCODEURL FILTERXML FLOOR.MATH FORMULATEXT GAMMA GAUSS IFNA IMCOSH IMCOT IMCSC IMCSCH IMSEC
    IMSECH IMSINH IMTAN ISFORMULA ISOWEEKNUM MUNIT NUMBERVALUE PDURATION PERMUTATIONA PHI RRI SEC SECH SHEET SHEETS
    SKEW.P UNICHAR UNICODE WEBSERVICE XOR
    FORECAST.ETS FORECAST.ETS.CONFINT FORECAST.ETS.SEASONALITY FORECAST.ETS.STAT FORECAST.LINEAR
    """.split()  # noqa: SIM905 (a list of quoted words reads worse)
)

# Functions of Excel 2024 and 365 that LAMBDA names are made of; no other workbook of ours uses them.
LAMBDA_FUNCTIONS = frozenset({"HSTACK", "ISOMITTED", "LAMBDA", "LET", "VSTACK"})
LAMBDA_VARIABLES = ("_xlpm.", "_xlop.")

VOLATILE_FUNCTIONS = frozenset({"CELL", "INDIRECT", "INFO", "NOW", "OFFSET", "RAND", "RANDBETWEEN", "TODAY"})

LAST_COLUMN, LAST_ROW = 16_384, 1_048_576

_TOKEN = re.compile(
    r"""
      (?P<text>"(?:[^"]|"")*")
    | (?P<error>\#(?:REF!|N/A|DIV/0!|VALUE!|NUM!|NAME\?|NULL!|SPILL!|CALC!))
    | (?P<sheet>(?:'(?:[^']|'')+'|(?:\[\d+\])?[A-Za-z_\u0080-\uffff][\w.]*(?::[A-Za-z_][\w.]*)?|\[\d+\])!)
    | (?P<range>\$?[A-Z]{1,3}\$?\d+:\$?[A-Z]{1,3}\$?\d+(?![\w(])|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}(?![\w(])|\$?\d+:\$?\d+)
    | (?P<cell>\$?[A-Z]{1,3}\$?\d+(?![\w.(\[]))
    | (?P<function>[A-Za-z_][\w.]*\()
    | (?P<table>[A-Za-z_\\][\w.]*\[)
    | (?P<name>[A-Za-z_\\\u0080-\uffff][\w.\\?]*)
    | (?P<number>\d+\.?\d*(?:[Ee][+-]?\d+)?|\.\d+(?:[Ee][+-]?\d+)?)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<other>[-+*/^&=<>,%{};:@ \n\r\t!]|\[)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class FormulaParts:
    """What a formula mentions. `ranges` are (sheet or "", reference); `problem` is "" or why it can't be read."""

    functions: frozenset[str]
    sheets: frozenset[str]
    names: frozenset[str]
    tables: frozenset[str]
    ranges: frozenset[tuple[str, str]]
    errors: frozenset[str]
    depth: int
    external: bool
    problem: str


@dataclass
class _Reading:
    functions: set[str] = field(default_factory=set)
    sheets: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    ranges: set[tuple[str, str]] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)
    open: list[bool] = field(default_factory=list)  # True where a function opened the parenthesis
    depth: int = 0
    sheet: str = ""
    external: bool = False

    def take(self, kind: str, text: str) -> None:
        sheet, self.sheet = self.sheet, ""
        match kind:
            case "sheet":
                self._take_sheet(text[:-1])
            case "range":
                self.ranges.add((sheet, text))
            case "function":
                self.functions.add(text[:-1])
                self.open.append(True)
                self.depth = max(self.depth, sum(self.open))
            case "open":
                self.open.append(False)
            case "table":
                self.tables.add(text[:-1])
            case "name":
                if text.upper() not in ("TRUE", "FALSE"):
                    self.names.add(text)
            case "error":
                self.errors.add(text)

    def _take_sheet(self, text: str) -> None:
        plain = text[1:-1].replace("''", "'") if text.startswith("'") else text
        if "[" in plain:
            self.external = True
            return
        self.sheet = plain
        self.sheets.update(plain.split(":") if ":" in plain else [plain])


def read_formula(formula: str) -> FormulaParts:
    """Take a formula (without `=`) apart. Never raises: what can't be read is in `problem`."""
    found, position, problem = _Reading(), 0, ""
    while position < len(formula) and not problem:
        token = _TOKEN.match(formula, position)
        if token is None or token.lastgroup is None:
            problem = f"unreadable at {formula[position : position + 20]!r}"
        elif token.lastgroup == "close":
            position = token.end()
            if found.open:
                found.open.pop()
            else:
                problem = "a ) without its ("
        else:
            found.take(token.lastgroup, token.group())
            position = token.end()
            if token.lastgroup == "table" or token.group() == "[":
                position = _after_brackets(formula, position)
                problem = "a [ without its ]" if position < 0 else ""
    if not problem and found.open:
        problem = "a ( without its )"
    return FormulaParts(
        frozenset(found.functions), frozenset(found.sheets), frozenset(found.names), frozenset(found.tables),
        frozenset(found.ranges), frozenset(found.errors), found.depth, found.external, problem,
    )  # fmt: skip


def _after_brackets(formula: str, position: int) -> int:
    """Index behind the bracket that closes the one just opened, -1 where there is none; `'` escapes in column names."""
    depth = 1
    while position < len(formula):
        character = formula[position]
        if character == "'":
            position += 1
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if not depth:
                return position + 1
        position += 1
    return -1


def tokens(formula: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of every part of a formula (without `=`), nothing left out; kind "rest" where it can't be read."""
    position = 0
    while position < len(formula):
        token = _TOKEN.match(formula, position)
        if token is None or token.lastgroup is None:
            yield "rest", formula[position:]
            return
        yield token.lastgroup, token.group()
        position = token.end()


def function_problem(function: str) -> tuple[str, str] | None:
    """(rule, sentence) where Excel 2016 would not compute this function, or would do so at every change; else None."""
    name = function.upper()
    if name in VOLATILE_FUNCTIONS:
        return "volatile-function", f"{name} recalculates at every change"
    if name in PLAIN_FUNCTIONS:
        return None
    if name.startswith("_XLFN."):
        base = name.removeprefix("_XLFN.").removeprefix("_XLWS.")
        if base in PREFIXED_FUNCTIONS:
            return None
        return "newer-function", f"{base} is not in Excel 2016"
    if name in PREFIXED_FUNCTIONS:
        return "unprefixed-function", f"{name} must be stored as _xlfn.{name}, or Excel shows #NAME?"
    return "unknown-function", f"{name} is not a function of Excel 2016"


_A1 = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d+)\Z")
_R1C1 = re.compile(r"[Rr](\d*|\[-?\d+\])([Cc](\d*|\[-?\d+\]))?\Z|[Cc](\d*|\[-?\d+\])\Z")


def column_number(letters: str) -> int:
    """A is 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def reads_as_cell(name: str) -> bool:
    """Whether Excel takes this word for a cell address (`FC12`, `R1C1`, `C`) and so refuses it as a name."""
    if _R1C1.match(name):
        return True
    found = _A1.match(name)
    return found is not None and column_number(found[1]) <= LAST_COLUMN and 1 <= int(found[2]) <= LAST_ROW
