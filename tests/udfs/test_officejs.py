"""The Office.js face through xlwings PRO, over HTTP on loopback. `make test-pro` alone runs this.

The same module as on Windows, `lossmit_udfs.xl`, and the single file for xlwings Lite, each in a server process of its
own: this process never imports xlwings.pro.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossmit_udfs import FUNCTIONS, lite
from lossmit_udfs.call import call
from lossmit_udfs.catalog import BY_NAME
from lossmit_udfs.definitions import Argument, Function
from lossmit_udfs.vba import XLWINGS_VERSION
from lossmit_udfs.xl import cells_out
from tests.udfs.calls import calls, columns

pytestmark = [
    pytest.mark.noncommercial,
    pytest.mark.skipif(os.environ.get("LOSSMIT_TEST_PRO") != "1", reason="`make test-pro` sets LOSSMIT_TEST_PRO=1"),
]

APP = Path(__file__).parents[1] / "tools" / "officejs_app.py"
MODULE = "lossmit_udfs.xl"
LITE = str(Path(lite.__file__).with_name(lite.MAIN))
RULES = [function for function in FUNCTIONS if function.body is not None]
ERROR_TYPES = {
    "#NULL!": "Null", "#DIV/0!": "Div0", "#VALUE!": "Value", "#REF!": "Ref", "#NAME?": "Name", "#NUM!": "Num",
    "#N/A": "NotAvailable",
}  # fmt: skip
"""How Excel's JavaScript calls each error."""
ENVIRONMENT = {**os.environ, "XLWINGS_LICENSE_KEY": "noncommercial", "XLWINGS_ON_SERVER": "true"}


class AddIn:
    """What Excel sends and understands: every argument a table of cells, nothing where it was left out."""

    def __init__(self, port: int, meta: str, call: str) -> None:
        self.base, self.meta_path, self.call_path = f"http://127.0.0.1:{port}", meta, call

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.base + path, timeout=20) as answer:
            return str(answer.read().decode())

    def meta(self) -> dict[str, Any]:
        return dict(json.loads(self.get(self.meta_path)))

    def call(self, name: str, *given: Any) -> list[list[Any]]:
        data = {
            "func_name": name, "args": list(given), "version": XLWINGS_VERSION, "client": "Office.js", "runtime": "1.4",
            "caller_address": "Sheet1!A1", "culture_info_name": "en-US", "date_format": "m/d/yyyy",
        }  # fmt: skip
        request = urllib.request.Request(
            self.base + self.call_path, json.dumps(data).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return list(json.loads(answer.read())["result"])


@pytest.fixture(scope="module", params=[MODULE, LITE], ids=["package", "single file"])
def excel(request: pytest.FixtureRequest) -> Iterator[AddIn]:
    server = subprocess.Popen([sys.executable, APP, request.param], stdout=subprocess.PIPE, env=ENVIRONMENT, text=True)
    assert server.stdout is not None
    try:
        yield AddIn(int(server.stdout.readline()), "/meta", "/call")
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def cell(value: Any) -> Any:
    """A cell as Excel sends it."""
    if value is None:
        return ""
    if isinstance(value, str) and value in ERROR_TYPES:
        return {"type": "Error", "basicValue": value}
    return value


def table(value: Any) -> list[list[Any]]:
    rows = value if isinstance(value, list) else [[value]]
    return [[cell(one) for one in row] for row in rows]


def expected(function: Function, *given: Any) -> list[list[Any]]:
    """The package's own result as Excel gets it: errors as errors."""
    result = cells_out(call(function, *given))
    rows = result if isinstance(result, list) else [[result]]
    return [[_answered(one) for one in row] for row in rows]


def _answered(value: Any) -> Any:
    if isinstance(value, str) and value in ERROR_TYPES:
        return {"type": "Error", "errorType": ERROR_TYPES[value]}
    return value


def kept(excel: AddIn) -> list[Function]:
    there = {entry["id"] for entry in excel.meta()["functions"]}
    return [function for function in FUNCTIONS if function.name in there]


def test_metadata(excel: AddIn) -> None:
    found = {entry["name"]: entry for entry in excel.meta()["functions"]}
    assert set(found) in ({f.name for f in FUNCTIONS}, {f.name for f in lite.SHIPPED})
    for function in kept(excel):
        entry = found[function.name]
        assert entry["description"] == function.help and entry["result"]["dimensionality"] == "matrix"
        for argument, parameter in zip(function.arguments, entry.get("parameters", []), strict=True):
            assert (parameter["name"], parameter["description"]) == (argument.name, argument.wizard)
            assert parameter["type"] == "any" and parameter.get("optional", False) == _optional(argument)
            assert parameter["dimensionality"] == "matrix" and parameter.get("repeating", False) == argument.rest


def _optional(argument: Argument) -> bool:
    return argument.optional and not argument.rest


@pytest.mark.parametrize("function", RULES, ids=lambda function: function.name)
def test_single_cells(excel: AddIn, function: Function) -> None:
    """Blanks, limits, wrong types and errors, a call each; trailing blanks left out."""
    for given in calls(function, usual_calls=5):
        left_out = len(given) - next((i for i, v in enumerate(reversed(given)) if v is not None), len(given))
        handed = [table(value) for value in given[: max(left_out, len(function.required))]]
        handed += [None] * (len(given) - len(handed))
        assert excel.call(function.name, *handed) == expected(function, *given), given


@pytest.mark.parametrize("function", [f for f in RULES if f.name != "FORBEARANCE_UNPAID"], ids=lambda f: f.name)
def test_a_column_a_call(excel: AddIn, function: Function) -> None:
    """One bad cell spoils its own result only; each result is a number, a flag or a real error."""
    rows = calls(function, usual_calls=8)
    ranges = columns(function, rows)
    got = excel.call(function.name, *map(table, ranges))
    assert got == expected(function, *(np.array(cells, dtype=object) for cells in ranges)) and len(got) == len(rows)
    assert not any(one is None or one == "" or isinstance(one, str) for row in got for one in row)


def test_shapes(excel: AddIn) -> None:
    row, column = [[1000.0, 2000.0]], [[0.0], [600.0], [1200.0]]
    assert excel.call("PLANPAYMENT", row, column, [[12]]) == [[1000, 2000], [1050, 2050], [1100, 2100]]
    short = excel.call("PLANPAYMENT", [[1000.0], [2000.0]], column, [[12]])
    assert short == [[1000], [2050], [{"type": "Error", "errorType": "NotAvailable"}]]
    waterfall = excel.call("MODWATERFALL", [[200_000]], [[0.05]], [[360]], [[1000]], None, None, None)
    assert len(waterfall) == 1 and len(waterfall[0]) == 5 and waterfall[0][4] is True


def test_open_list_of_arguments(excel: AddIn) -> None:
    said = excel.call("LM_WHY", [["FC_COST"]], [[["ZZ"]], [[1]]])
    assert said[0][0].startswith("FC_COST: state is 'ZZ'")
    assert excel.call("LM_WHY", [["PLANPAYMENT"]], [[[1000]], [[600]], [[12]]]) == [["PLANPAYMENT: no error."]]
    assert excel.call("LM_WHY", [["FC_COST"]], [])[0][0].startswith("FC_COST: state, property_value is missing")
    assert excel.call("LM_VERSION") == [[cells_out(call(BY_NAME["LM_VERSION"]))]]


def test_loans_of_the_users_sheet(excel: AddIn) -> None:
    if not any(function.name == "LM_BEST" for function in kept(excel)):
        pytest.skip("left out of the single file")
    headers = [["Loan #", "UPB", "Rate", "P&I", "Next Due", "Maturity", "State", "BPO"]]
    loan = ["A1", 200_000.0, 0.07, 1_500.0, 45_658.0, 52_597.0, "FL", 180_000.0]
    rows = [loan, [""] * 8, ["A2", cell("#REF!"), *loan[2:]]]
    got = excel.call("LM_SCENARIOS", headers, rows, [["as_of", 46_000.0], ["target_yield", 0.12]])
    assert len(got) == 4 and {len(row) for row in got} == {5 + 9 * 4} and isinstance(got[1][3], float)
    assert got[3][1:] == [{"type": "Error", "errorType": "Ref"}] * 40
    best = excel.call("LM_BEST", headers, rows)
    assert [len(row) for row in best] == [2, 2, 2] and isinstance(best[0][0], str)


def test_through_xlwings_server(tmp_path: Path) -> None:
    """The whole server as its users run it: a project of its own, our module as its functions."""
    if importlib.util.find_spec("xlwings_server") is None:
        pytest.skip("xlwings-server is not installed")
    command = [str(Path(sys.executable).with_name("xlwings-server")), "init", "."]
    made = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    (tmp_path / "custom_functions" / "functions.py").write_text("from lossmit_udfs.xl import *  # noqa: F403\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    environment = {**ENVIRONMENT, "XLWINGS_ENVIRONMENT": "dev", "XLWINGS_SECRET_KEY": "s" * 44}
    serve = [sys.executable, "-m", "uvicorn", "xlwings_server.main:main_app", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(serve, cwd=tmp_path, env=environment, **quiet)
    try:
        excel = AddIn(port, "/xlwings/custom-functions-meta", "/xlwings/custom-functions-call")
        _until_there(excel)
        assert {f.name for f in FUNCTIONS} <= {entry["name"].rpartition(".")[2] for entry in excel.meta()["functions"]}
        assert "FC_COST" in excel.get("/xlwings/custom-functions-code")
        got = excel.call("FC_COST", [["FL"], ["ZZ"]], [[200_000]], *[None] * 6)
        assert got == expected(BY_NAME["FC_COST"], np.array([["FL"], ["ZZ"]], dtype=object), 200_000)
    finally:
        server.terminate()
        server.wait()


def _until_there(excel: AddIn) -> None:
    for _ in range(100):
        try:
            excel.get(excel.meta_path)
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    raise AssertionError("the server did not start")
