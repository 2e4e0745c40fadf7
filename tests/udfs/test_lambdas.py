"""The functions as LAMBDA names, evaluated as names by engines that know LAMBDA, against the Python functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossmit_udfs.call import call
from lossmit_udfs.catalog import BY_NAME
from lossmit_udfs.definitions import Function
from lossmit_udfs.lambdas import LambdaName, lambda_names
from lossmit_udfs.lambdas.check import problems
from lossmit_udfs.lambdas.conformance import ENGINES, SHOWN, Case, agrees, cases
from lossmit_xl.expr import Expr, name
from tests.tools import calc
from tests.udfs import lambda_engines as engines
from tests.udfs.calls import calls

GAPS: dict[str, dict[str, str]] = {
    "ironcalc": {
        "columns": "0.9.1 gives one value for ISNUMBER and ISERROR of an array: a call with whole columns is an error",
    },
    "libreoffice": {
        "names": "7.4 knows neither LAMBDA nor LET: the rule is computed step by step in cells instead",
        "columns": "the loans of a column stand in rows of their own, as the rule is in cells",
    },
    "pyopenvba": {
        "typed sums": "6.5 gives #VALUE! for SUM(NAME(range)) while it is typed; stored in a file it computes",
        "chains": "6.5 leaves 0 in some cells of a chain that it recalculates by itself; typed anew they are right",
        "errors side by side": "6.5 gives one cell for HSTACK of single errors: the four beside the first stay empty",
    },
    "excel": {"all": "no machine with Excel took part"},
    "hyperformula": {"all": "3.5 knows neither LAMBDA nor LET"},
}
"""What could not be proved where, and why. What is not here is compared."""

MEASURE: dict[str, Callable[[Sequence[Case], Path], list[Any]]] = {
    "libreoffice": engines.in_libreoffice, "ironcalc": engines.in_ironcalc, "pyopenvba": engines.in_pyopenvba,
}  # fmt: skip
NAMES = [function.name for function in engines.RULES]


def gap(engine: str, case: Case) -> bool:
    return engine == "ironcalc" and case.columns


class TestText:
    def test_every_rule_has_its_name(self) -> None:
        assert [made.name for made in lambda_names()] == NAMES and len(NAMES) == 16

    def test_three_forms_are_one(self) -> None:
        for made in lambda_names():
            typed = re.sub(r"_xlop\.(\w+)", r"[\1]", made.stored).replace("_xlfn.", "").replace("_xlpm.", "")
            assert made.typed == f"={typed}"
            comment, module = made.module.split("*/\n")
            assert comment == f"/** {made.comment} "
            bare = re.sub(r"\s+", "", module).removesuffix(";").removeprefix(f"{made.name}=")
            assert bare == re.sub(r"\s+", "", typed)

    def test_optional_arguments_are_marked(self) -> None:
        for made in lambda_names():
            head = made.stored.removeprefix("_xlfn.LAMBDA(").split(",_xlfn.LET(")[0]
            assert head.split(",") == [
                f"{'_xlop' if argument.optional else '_xlpm'}.{argument.name}" for argument in made.function.arguments
            ]

    def test_nothing_that_excel_refuses(self) -> None:
        assert [problem for made in lambda_names() for problem in problems(made)] == []


BASE = next(made for made in lambda_names() if made.name == "PLANPAYMENT")


def with_step(word: str, tree: Any) -> LambdaName:
    return replace(BASE, variables=((word, tree), *BASE.variables))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (with_step("OPT2", name("months") + 1), "OPT2 is not a name"),
        (with_step("r1c1", name("months") + 1), "r1c1 is not a name"),
        (with_step("c", name("months") + 1), "c is not a name"),
        (with_step("a.b", name("months") + 1), "a.b is not a name"),
        (with_step("Months", name("arrears") + 1), "months is named twice"),
        (with_step("isnumber", name("months") + 1), "Excel would call the variable"),
        (with_step("x_", name("nowhere") + 1), "_xlpm.nowhere is no variable"),
        (with_step("x_", Expr("number", ("a" * 256,))), "a text of 256 characters"),
        (with_step("x_", Expr("most", (name("months"), 1))), "MAX makes one value of a range"),
        (with_step("x_", Expr("join", ("a" * 250,) * 40)), "characters as stored"),
        (with_step("x_", Expr("join", ("a" * 250,) * 40)), "bytes in Excel's memory"),
        (replace(BASE, variables=BASE.variables + tuple((f"x_{i}_", name("months") + i) for i in range(130))),
         "variables; Excel takes 126"),
        (replace(BASE, function=replace(BASE.function, name="BID1")), "not a name that Excel takes for a function"),
        (replace(BASE, function=replace(BASE.function, name="RATE")), "not a name that Excel takes for a function"),
        (replace(BASE, function=replace(BASE.function, help="h" * 256)), "256 characters of comment"),
    ],
)  # fmt: skip
def test_what_excel_refuses_is_found(made: LambdaName, said: str) -> None:
    assert any(said in problem for problem in problems(made)), problems(made)


def test_too_deep_is_found() -> None:
    tree: Any = name("months")
    for _ in range(65):
        tree = Expr("floor", (tree,))
    assert any("functions deep" in problem for problem in problems(with_step("x_", tree)))


class TestRecord:
    def test_holds_every_call(self) -> None:
        """The shipped table is what is drawn today; `python -m tests.udfs.lambda_engines` writes it."""
        assert [replace(case, others=()) for case in cases()] == [
            replace(case, arguments=tuple(case.arguments)) for case in engines.table()
        ]

    @pytest.mark.parametrize("function", engines.RULES, ids=NAMES)
    def test_tries_all_that_is_asked(self, function: Function) -> None:
        own = [case for case in cases() if case.function is function]
        texts = [case.call for case in own]
        assert sum(isinstance(case.expected, float) for case in own) >= 6
        assert {"#VALUE!", "#N/A"} & {case.expected for case in own if isinstance(case.expected, str)}
        assert any("#DIV/0!" in case.call and case.expected == "#DIV/0!" for case in own)
        optional = sum(argument.optional for argument in function.arguments)
        assert optional < 2 or any(",," in text for text in texts), "an empty argument in the middle"
        shorter = [case for case in own if not case.columns and case.arguments[-1] is None]
        assert not optional or shorter, "the last argument left out"
        assert function.name == "FORBEARANCE_UNPAID" or any(case.columns for case in own)

    @pytest.mark.parametrize("engine", ENGINES)
    def test_engine_gives_what_python_gives(self, engine: str, tmp_path: Path) -> None:
        """Every case anew, and what was recorded is what the engine gives today; a gap must still be one."""
        table = cases()
        assert engine in SHOWN and engine in GAPS
        wrong, other, closed = [], [], []
        for case, value in zip(table, MEASURE[engine](table, tmp_path), strict=True):
            recorded = case.others[ENGINES.index(engine)]
            line = f"={case.formula}: {engine} {value!r}, recorded {recorded!r}, Python {case.expected!r}"
            if not agrees(case, value, recorded):
                other.append(line)
            if not gap(engine, case):
                wrong += [] if agrees(case, value) else [line]
            elif agrees(case, value) and isinstance(case.expected, float):
                closed.append(line)
        assert not wrong, "\n".join(wrong[:10])
        assert not other, "\n".join(other[:10])
        assert not closed, "the gap is closed:\n" + "\n".join(closed[:10])

    def test_libreoffice_still_knows_no_lambda(self, tmp_path: Path) -> None:
        path = engines.names_book(tmp_path / "names.xlsx", ["PLANPAYMENT(1000,600,12)"])
        value = calc.recalculate(path)["Calls"][1, 1]
        assert not isinstance(value, float), GAPS["libreoffice"]["names"]


def in_cells(function: Function) -> tuple[list[tuple[Any, ...]], list[str], list[tuple[str, Any]]]:
    """Calls whose arguments are cells, blank ones among them: the calls, their formulas, the cells."""
    rows = calls(function, usual_calls=3)
    formulas, cells = [], []
    for place, given in enumerate(rows):
        top = 1 + 8 * place
        references = []
        for column, value in enumerate(given):
            letter = "BCDEFGHIJKLMNOPQ"[column]
            if not isinstance(value, list):
                cells.append((f"{letter}{top}", value))
                references.append(f"{letter}{top}")
                continue
            for down, pair in enumerate(value):
                cells += [(f"{'ST'[right]}{top + down}", cell) for right, cell in enumerate(pair)]
            references.append(f"S{top}:{'ST'[len(value[0]) - 1]}{top + len(value) - 1}")
        formulas.append(f"{function.name}({','.join(references)})")
    return rows, formulas, cells


@pytest.mark.parametrize("function", engines.RULES, ids=NAMES)
def test_blank_cells_and_errors_in_cells(function: Function, tmp_path: Path) -> None:
    """Arguments that are cells: a blank one is the default, or wrong where it must be given; both engines."""
    rows, formulas, cells = in_cells(function)
    count = len(function.results)
    spread = [f"INDEX({text},1,{place})" if count > 1 else text for text in formulas for place in range(1, count + 1)]
    path = engines.names_book(tmp_path / "cells.xlsx", spread, [(at, v) for at, v in cells if v is not None])
    ironcalc, openvba = engines.ironcalc_cells(path), engines.PyOpenVba(path)
    wrong = []
    for place, (row, formula) in enumerate(zip(rows, formulas, strict=True)):
        spilled = openvba.block(formula, 1, count)[0]
        for right, value in enumerate(spilled, 1):
            case = Case(function, row, 1, right)
            other = ironcalc.get((place * count + right, 1))
            for engine, got in (("ironcalc", other), ("pyopenvba", value)):
                one_cell = engine == "pyopenvba" and right > 1 and got is None and isinstance(case.expected, str)
                if not one_cell and not agrees(case, got):
                    wrong.append(f"{function.name}{row}: {engine} {got!r}, Python {case.expected!r}")
    assert not wrong, "\n".join(wrong[:10])


def test_a_bad_cell_never_vanishes_from_a_sum(tmp_path: Path) -> None:
    """It spoils its own result only; a total over it is an error and no smaller number."""
    cells = [("B1", 1000), ("B2", 2000), ("B3", 1), ("C1", 600), ("C2", 600), ("C3", 0)]
    formulas = ["SUM(PLANPAYMENT(B1:B3,C1:C3,12))", "PLANPAYMENT(B1:B3,C1:C3,12)"]
    book = engines.PyOpenVba(engines.names_book(tmp_path / "sum.xlsx", formulas, cells))
    book.sheet.set_value("B1", 1500)
    assert [book.cell(at) for at in ("A1", "A2", "A3", "A4")] == [3601, 1550, 2050, 1]
    book.sheet.set_value("B2", "x")
    assert [book.cell(at) for at in ("A1", "A2", "A3", "A4")] == ["#VALUE!", 1550, "#VALUE!", 1]


@pytest.fixture(scope="module")
def openvba(tmp_path_factory: pytest.TempPathFactory) -> engines.PyOpenVba:
    cells = [("B1", 1000), ("C1", 2000), ("B2", 3000), ("C2", 4000), ("D1", 0), ("D2", 600), ("D3", 1200)]
    return engines.PyOpenVba(engines.names_book(tmp_path_factory.mktemp("names") / "names.xlsx", cells=cells))


GRID: dict[str, list[list[Any]]] = {
    "B1:C1": [[1000, 2000]], "B1:B2": [[1000], [3000]], "B1:C2": [[1000, 2000], [3000, 4000]],
    "D1:D3": [[0], [600], [1200]], "D1:D2": [[0], [600]],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("PLANPAYMENT", ("B1:C1", "D1:D3", 12)),
        ("PLANPAYMENT", ("B1:B2", "D1:D3", 12)),
        ("PLANPAYMENT", ("B1:C2", "D1:D2", 12)),
        ("PLANPAYMENT", ("B1:C2", "D1:D3", 12)),
        ("MODWATERFALL", ("B1:B2", 0.05, 360, 10)),
        ("MODWATERFALL", ("B1:C1", 0.05, 360, 10)),
        ("MODWATERFALL", ("B1:C2", 0.05, 360, 10)),
    ],
)
def test_spills_as_python_does(openvba: engines.PyOpenVba, name: str, arguments: tuple[Any, ...]) -> None:
    """A row against a column is a table, what does not fit #N/A, several results stand beside their loans."""
    given = [GRID.get(one, one) if isinstance(one, str) else one for one in arguments]
    expected = call(BY_NAME[name], *given)
    block = np.atleast_2d(np.asarray(expected, dtype=object))
    found = openvba.block(f"{name}({','.join(map(str, arguments))})", *block.shape)
    for cells, wanted in zip(found, block, strict=True):
        for cell, value in zip(cells, wanted, strict=True):
            assert cell == (value if isinstance(value, (str, bool)) else pytest.approx(float(value), abs=1e-6))
