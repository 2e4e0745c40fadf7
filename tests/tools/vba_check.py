"""A static check of our VBA: habits that a reader of the macros may rely on, one finding a line.

It reads text and knows procedures, not types. What it holds: `Option Explicit`; nothing selected or taken from whatever
workbook is active; no error swallowed; no conditional compilation (LibreOffice compiles both branches); a procedure
that saves the application's state puts it back on both ways out; every call of ours is to something that exists; names
declared once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lossmit_workbook.macro_sources import Source

_PROCEDURE = re.compile(r"^(Public |Private )?(Sub|Function) (\w+)\(", re.MULTILINE)
_END = re.compile(r"^End (Sub|Function)", re.MULTILINE)
FORBIDDEN = {
    r"\bActiveWorkbook\b": "takes whatever workbook is active",
    r"\.Select\b|\bSelection\b": "selects",
    r"\bOn Error Resume Next\b": "swallows errors",
    r"^\s*#(?:If|Else|End|Const)": "conditional compilation",
    r"\bGoSub\b|\bStop\b|\bEnd$": "leaves without a way back",
    r"\bCall\s": "an old form of calling",
    r"\bDeclare\b|\bSendKeys\b|\bExecuteExcel4Macro\b|\bEvaluate\b": "reaches out of VBA",
}
LONGEST_LINE, LONGEST_PROCEDURE = 132, 60
# VBA's own, and Excel's that our macros call without an object before them.
BUILT_IN = frozenset(
    """
    Array Asc AscW Chr Chr$ ChrW$ CInt CLng CStr CVErr CreateObject Dir Environ EOF FileLen Format FreeFile Hex Hex$ IIf
    InStr IsArray IsEmpty LBound LCase LCase$ Left Left$ Len LOF Mid Mid$ MsgBox Replace Right Right$ Split Timer Trim
    Trim$ TypeName UBound UCase UCase$ Val VarType
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Procedure:
    """A Sub or Function: its module, name, scope, kind, first line (from 1) and body."""

    module: str
    name: str
    public: bool
    kind: str
    line: int
    body: str


def code_only(text: str) -> str:
    """The text with strings emptied and remarks cut, line by line."""
    lines = []
    for line in text.split("\n"):
        bare = re.sub(r'"(?:[^"]|"")*"', '""', line)
        lines.append(bare.partition("'")[0].rstrip())
    return "\n".join(lines)


def procedures(source: Source) -> list[Procedure]:
    """Every procedure of a module."""
    text = code_only(source.text)
    made = []
    for found in _PROCEDURE.finditer(text):
        end = _END.search(text, found.end())
        body = text[found.start() : end.end() if end else len(text)]
        line = text[: found.start()].count("\n") + 1
        made.append(Procedure(source.name, found[3], found[1] != "Private ", found[2], line, body))
    return made


def check(sources: Iterable[Source]) -> list[str]:
    """Every finding over these modules."""
    modules = list(sources)
    every = [procedure for module in modules for procedure in procedures(module)]
    return [*(line for module in modules for line in _module(module)), *_names(every), *_calls(modules, every)]


def _module(source: Source) -> Iterator[str]:
    text = code_only(source.text)
    lines = text.split("\n")
    if "Option Explicit" not in lines:
        yield f"{source.name}: no Option Explicit"
    for number, line in enumerate(lines, start=1):
        for pattern, why in FORBIDDEN.items():
            if re.search(pattern, line) and not line.startswith("End "):
                yield f"{source.name}:{number}: {why}: {line.strip()}"
    for number, line in enumerate(source.text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            yield f"{source.name}:{number}: {len(line)} characters"
    for procedure in procedures(source):
        yield from _procedure(procedure)


def _procedure(procedure: Procedure) -> Iterator[str]:
    where, body = f"{procedure.module}.{procedure.name}", procedure.body
    if body.count("\n") > LONGEST_PROCEDURE:
        yield f"{where}: {body.count(chr(10))} lines"
    for label in re.findall(r"On Error GoTo (\w+)", body):
        if label != "0" and not re.search(rf"^{label}:", body, re.MULTILINE):
            yield f"{where}: there is no label {label}"
    if "StateSave " in body:
        handler = re.search(r"^Failed:(.*)", body, re.MULTILINE | re.DOTALL)
        if "On Error GoTo Failed" not in body or handler is None:
            yield f"{where}: saves the state without a handler Failed"
        elif "StateRestore" not in handler[1]:
            yield f"{where}: its handler does not restore the state"
        elif body.index("On Error GoTo Failed") > body.index("StateSave "):
            yield f"{where}: an error in StateSave would not be handled"
        if handler is not None:
            good = body[: handler.start()]
            if good.count("StateRestore") < len(re.findall(r"^    (?:    )*Exit ", good, re.MULTILINE)):
                yield f"{where}: a way out does not restore the state"


def _names(every: list[Procedure]) -> Iterator[str]:
    public = Counter(procedure.name.lower() for procedure in every if procedure.public)
    for name, count in public.items():
        if count > 1:
            yield f"{name}: public in {count} modules"
    for (module, name), count in Counter((p.module, p.name.lower()) for p in every).items():
        if count > 1:
            yield f"{module}.{name}: written {count} times"


def _calls(modules: list[Source], every: list[Procedure]) -> Iterator[str]:
    """Calls with parentheses and statements that begin with a name: each is ours, VBA's, or a variable's."""
    public = {procedure.name.lower() for procedure in every if procedure.public}
    for module in modules:
        own = {procedure.name.lower() for procedure in every if procedure.module == module.name}
        known = public | own | {name.lower() for name in BUILT_IN} | {"runpython"}
        for procedure in procedures(module):
            arrays = {name.lower() for name in re.findall(r"(\w+)(?:\(\))? As ", procedure.body)}
            for name in re.findall(r"(?<![.\w#])(\w+\$?)\(", procedure.body):
                if name.lower() not in known | arrays and not re.fullmatch(
                    r"(?i)if|and|or|not|to|is|dim|redim|xor", name
                ):
                    yield f"{procedure.module}.{procedure.name}: calls {name}, which nobody defines"
