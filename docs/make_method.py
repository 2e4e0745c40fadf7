"""Writes docs/method.md: every column of the model with its rule, read off the functions that compute it.

    python docs/make_method.py            write the page
    python docs/make_method.py --check    exit 1 where the page is not what this script would write

Prose comes from method_prose.md, all else from the model, the assumptions and the state table.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from lossmit_xl.assumption_cells import CONSTANT_HELP, CONSTANTS
from lossmit_xl.assumption_checks import plain
from lossmit_xl.assumptions import FIELDS, INPUTS, Field
from lossmit_xl.columns import LOAN_COLUMNS, LoanColumn
from lossmit_xl.expr import Expr
from lossmit_xl.graph import Block, BlockInstance, Column, Word
from lossmit_xl.model import SECTIONS, blocks, flow_model, flows, model, yield_model, yields
from lossmit_xl.ops import BLANK, OPERATIONS
from lossmit_xl.states import SOURCE_OF, states

HERE = Path(__file__).parent
PAGE, PROSE = HERE / "method.md", HERE / "method_prose.md"

TITLES = {
    "derived": "The loan", "foreclosure": "Foreclosure", "reinstatement": "Reinstatement",
    "repayment_plan": "Repayment plan", "forbearance": "Forbearance", "modification": "Modification",
    "discounted_payoff": "Discounted payoff", "short_sale": "Short sale", "deed_in_lieu": "Deed-in-lieu",
    "note_sale": "Note sale", "triage": "Triage", "recommendation": "Recommendation", "weights": "Outcome weights",
    "bid": "Bid", "returns": "Returns", "yields": "What an asking price yields",
    "flows": "Flows month by month",
}  # fmt: skip

# How tightly an operation binds: an operand that binds less is put in brackets.
LEVELS = {"or": 1, "and": 2, "=": 3, "<>": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "+": 4, "-": 4, "*": 5, "/": 5}
CALL, NEGATIVE, CHOICE = 9, 6, 0
SHORT = {"minimum": "min", "maximum": "max", "round_whole": "round", "balance_after": "balance", "not_": "not"}


def readable(node: Any) -> str:
    """A rule's tree as infix text a person reads: `if a > 0 then b else c`."""
    return _text(node)[0]


def _text(node: Any) -> tuple[str, int]:
    """The text, and how tightly it binds."""
    if not isinstance(node, Expr):
        return _literal(node), CALL
    op, args = node.op, node.args
    if op == "name":
        return str(args[0]), CALL
    if op == "value":
        return _literal(args[0]), CALL
    if op in LEVELS:
        level = LEVELS[op]
        # On the right of - and / an operand of the same level would be taken apart.
        right = level + 1 if op in ("-", "/") else level
        return f"{_inside(args[0], level)} {op} {_inside(args[1], right)}", level
    if op == "neg":
        return f"-{_inside(args[0], NEGATIVE)}", NEGATIVE
    if op == "power":
        return f"{_inside(args[0], CALL)} ^ {_inside(args[1], CALL)}", NEGATIVE + 1
    if op == "where":
        condition, yes, no = (_inside(arg, CHOICE + 1) for arg in args)
        return f"if {condition} then {yes} else {_text(args[2])[0] if _is_choice(args[2]) else no}", CHOICE
    if op == "first_of":
        pairs = zip(args[:-1:2], args[1:-1:2], strict=True)
        cases = [f"{readable(word)} if {_inside(test, CHOICE + 1)}" for test, word in pairs]
        return "; ".join([*cases, f"else {readable(args[-1])}"]), CHOICE
    if op == "known":
        return f"{_inside(args[0], CALL)} is known", LEVELS["="]
    return f"{SHORT.get(op, op)}({', '.join(readable(arg) for arg in args)})", CALL


def _is_choice(node: Any) -> bool:
    return isinstance(node, Expr) and node.op == "where"


def _inside(node: Any, level: int) -> str:
    text, own = _text(node)
    return f"({text})" if own < level else text


def _literal(value: Any) -> str:
    if value is BLANK or value == "":
        return "blank"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value) if abs(value) >= 1e-4 or value == 0 else f"{value:f}".rstrip("0")


class Prose(dict[str, str]):
    """The hand-written paragraphs by heading; each is to be used once."""

    def __missing__(self, key: str) -> str:
        raise SystemExit(f"{PROSE.name}: write a paragraph under the heading '## {key}'")

    def take(self, key: str) -> str:
        """The paragraph, used up."""
        text = self[key]
        del self[key]
        return text


def _prose() -> Prose:
    parts = re.split(r"^## (.+)\n", PROSE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return Prose({key: text.strip() for key, text in zip(parts[::2], parts[1::2], strict=True)})


def _table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    headings = list(headings)
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return [*lines, *("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows), ""]


def _code(text: object) -> str:
    return f"`{text}`" if text != "" else ""


def _rules(columns: Iterable[Column]) -> list[str]:
    rows = ((_code(c.name), c.help, c.unit, _code(readable(c.expression()))) for c in columns)
    return _table(("Column", "Meaning", "Unit", "Rule"), rows)


# --- blocks


def _block_names() -> dict[int, str]:
    """What each block is called: the name it is bound to in its module."""
    inner = (module for module in vars(blocks).values() if isinstance(module, ModuleType))
    modules: list[ModuleType] = [*SECTIONS, yields, flows, *inner]
    bound = [pair for module in modules for pair in vars(module).items()]
    return {id(value): key.lower() for key, value in bound if isinstance(value, Block)}


def _block_columns(block: Block) -> Iterator[Column]:
    """A block's columns over its own inputs, as if it stood without a prefix."""
    for key, function in block.functions.items():
        text = " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())
        unit = re.search(r"\[([^\]]*)\]", text)
        parameters = tuple(inspect.signature(function).parameters)
        yield Column(key, function, parameters, "", unit[1] if unit else "", re.sub(r"\s*\[[^\]]*\]", "", text))


def _source(source: object) -> str:
    return f'"{source}"' if isinstance(source, Word) else _literal(source) if not isinstance(source, str) else source


def _instances(parts: Iterable[BlockInstance], names: dict[int, str]) -> list[str]:
    rows = []
    for part in parts:
        block = names[id(part.block)]
        bound = ", ".join(f"{key} = {_source(value)}" for key, value in part.bind.items())
        rows.append((_code(f"{part.prefix}_…"), f"[{block}](#block-{block})", _code(bound)))
    return _table(("Columns", "Block", "Its inputs here"), rows)


def _blocks(names: dict[int, str], prose: Prose) -> list[str]:
    lines = [
        "## Blocks",
        "",
        "Rules that stand several times in the model, each time under another prefix and with other inputs. A name "
        "below that is one of the block's own columns means the one of the same prefix.",
        "",
    ]
    seen: dict[int, Block] = {}
    for section in (*SECTIONS, yields, flows):
        for part in getattr(section, "BLOCKS", ()):
            seen.setdefault(id(part.block), part.block)
    for key, block in seen.items():
        lines += [f"### Block {names[key]}", "", prose.take(f"block {names[key]}"), "", *_rules(_block_columns(block))]
    return lines


# --- sections


def _section(section: ModuleType, columns: Iterable[Column], names: dict[int, str], prose: Prose) -> list[str]:
    key = section.__name__.rpartition(".")[2]
    parts = getattr(section, "BLOCKS", ())
    from_blocks = {f"{part.prefix}_{own}" for part in parts for own in part.block.functions}
    own = [column for column in columns if column.section == key and column.name not in from_blocks]
    lines = [f"## {TITLES[key]}", "", prose.take(key), ""]
    lines += _rules(own) if own else []
    return lines + (_instances(parts, names) if parts else [])


def _vocabulary() -> list[str]:
    rows = []
    for key, function in OPERATIONS.items():
        if key in ("where", "first_of", "known"):
            continue
        given = inspect.signature(function).parameters.values()
        parameters = ", ".join(f"{p.name}, …" if p.kind is p.VAR_POSITIONAL else p.name for p in given)
        meaning = re.sub(r" \(docs/method.*", ".", " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split()))
        rows.append((_code(f"{SHORT.get(key, key)}({parameters})"), meaning))
    return [
        "## How to read the rules",
        "",
        "`if a then b else c` chooses; a list of `x if a; y if b; else z` gives the first that holds; `a is known` "
        "means that `a` is not blank. A comparison in a sum or product is 1 where it holds, else 0. Names are "
        "columns, assumptions or columns of the tape. All columns of a loan that is not `valued` are blank, and so are "
        "those of a retention strategy that is not `…_computable`.",
        "",
        *_table(("Written", "Meaning"), rows),
    ]


# --- inputs


def _range(field: Field | LoanColumn) -> str:
    if field.choices:
        return ", ".join(field.choices)
    low, high = field.low, field.high
    if low is None or (high is None and low == 0):
        return "" if low is None else "0 or more"
    return f"{plain(low)} to {plain(high)}" if high is not None else f"{plain(low)} or more"


def _loan_columns() -> list[str]:
    rows = ((_code(c.name), c.help, c.unit, _range(c), c.absent + ("; 0 counts as blank" if c.zero_is_absent else ""))
            for c in LOAN_COLUMNS)  # fmt: skip
    return ["## Columns of a tape", "", *_table(("Column", "Meaning", "Unit", "Allowed", "A blank means"), rows)]


def _default(field: Field) -> str:
    text = "today" if field.kind == "date" else str(field.default) if field.kind == "choice" else plain(field.default)
    return text + ("*" if field.convention else "")


def _assumptions() -> list[str]:
    lines = [
        "## Assumptions",
        "",
        "Defaults with a * are analyst's conventions without a published source: bring your own. A table of a file of "
        "assumptions is shown with its cells, under the names the rules use.",
        "",
    ]
    groups: dict[str, list[Field]] = {}
    for field in INPUTS:
        groups.setdefault(field.group, []).append(field)
    assert {field.group for field in FIELDS} == set(groups)
    for group, fields in groups.items():
        rows = ((_code(f.name), f.help, f.unit, _default(f), _range(f), f.source) for f in fields)
        lines += [f"### {group[0].upper()}{group[1:]}", ""]
        lines += _table(("Name", "Meaning", "Unit", "Default", "Allowed", "Source"), rows)
    rows = ((_code(key), CONSTANT_HELP[key], _literal(value)) for key, value in CONSTANTS.items())
    why = "Named, so that no rule holds a bare number; not open to change."
    return [*lines, "### Constants of the method", "", why, "", *_table(("Name", "Meaning", "Value"), rows)]


def _states() -> list[str]:
    """The state table, each figure with the number of its source below it."""
    table = states()
    notes: dict[str, int] = {}
    rows = []
    for code, row in table.iterrows():
        cells = [_code(code), row["name"]]
        for figure, source in SOURCE_OF.items():
            citation = str(row[source]).split(" over 30: ")[-1].removeprefix("the usual process, ")
            value = row[figure].replace("_", "-") if figure == "process" else f"{row[figure]:,.0f}"
            cells.append(f"{value} [{notes.setdefault(citation, len(notes) + 1)}]")
        rows.append(cells)
    headings = ("", "State", "Process", "Months to sale", "Legal fee, USD", "Other costs, USD", "Redemption, months")
    lines = [
        "## States",
        "",
        "Months run from the referral to the sale: the published days from the last paid instalment, less the 120 "
        "before a first filing, in months of 30 days. A fee nobody publishes is the median of the published ones of "
        "the same process. An unknown state takes the row `US`, the medians of the others. Put your own figure in the "
        "place of any cell.",
        "",
        *_table(headings, rows),
    ]
    return [*lines, *(f"{number}. {citation}" for citation, number in notes.items()), ""]


def page() -> str:
    """The whole page."""
    names, prose = _block_names(), _prose()
    lines = [
        "# Method",
        "",
        "<!-- Written by docs/make_method.py from the model and docs/method_prose.md: change those, not this page. -->",
        "",
        "What every number means and how it is computed. One column of the workbook's Model sheet is one rule below, "
        "and the same rule computes the engine's numbers.",
        "",
        "## Conventions",
        "",
        prose.take("conventions"),
        "",
        *_vocabulary(),
        *_loan_columns(),
    ]
    for section in SECTIONS:
        lines += _section(section, model().columns.values(), names, prose)
    lines += _section(yields, yield_model().columns.values(), names, prose)
    lines += _section(flows, flow_model().columns.values(), names, prose)
    lines += [*_blocks(names, prose), *_assumptions(), *_states()]
    if prose:
        raise SystemExit(f"{PROSE.name}: nothing in the model is called {', '.join(prose)}")
    return "\n".join(lines)


def main() -> int:
    """Write or check the page; 1 where the check fails."""
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.name} is not what make_method.py writes now: run python docs/make_method.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
