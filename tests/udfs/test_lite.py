"""The single file for xlwings Lite: what is shipped, what it needs, and that it computes what the package computes."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossmit_udfs import FUNCTIONS, lite
from lossmit_udfs.call import call
from lossmit_udfs.catalog import BY_NAME
from lossmit_udfs.definitions import Function
from lossmit_udfs.lite.bundle import Bundle, BundleError
from lossmit_udfs.xl import cells_out
from lossmit_xl.version import __version__
from tests.command_line import lossmit
from tests.tools import pyodide_numpy
from tests.udfs.calls import calls, columns

HERE = Path(lite.__file__).parent
MAIN = HERE / lite.MAIN
TOOLS = Path(__file__).parents[1] / "tools"
RULES = [function for function in lite.SHIPPED if function.body is not None]

Request = tuple[str, list[Any]]


def requests() -> list[Request]:
    """Calls of every function: cell by cell, whole columns, shapes that differ, and the sentences on each failure."""
    made: list[Request] = [("LM_VERSION", [])]
    for function in RULES:
        rows = [list(row) for row in calls(function, usual_calls=25)]
        made += [(function.name, row) for row in rows]
        made += [("LM_WHY", [function.name, *row]) for row in rows]
        if all(argument.kind != "steps" for argument in function.arguments):
            made.append((function.name, columns(function, [tuple(row) for row in rows])))
    made.append(("PLANPAYMENT", [[[1000.0, 2000.0]], [[0.0], [600.0], [1200.0]], 12]))
    made.append(("PLANPAYMENT", [[[1.0, 2.0], [3.0, 4.0]], [[0.0], [600.0], [1200.0]], 12]))
    made.append(("FC_COST", [[["FL"], ["zz"], ["#REF!"], [None]], 200_000]))
    made.append(("LM_WHY", ["FC_COSTS", "FL"]))
    return made


def expected(request: Request) -> Any:
    name, given = request
    return cells_out(call(BY_NAME[name], *given))


def compared(requests: list[Request], results: list[Any], tolerance: float) -> int:
    """Hold each result to the package's own; how many cells were compared."""
    cells = 0
    for request, got in zip(requests, results, strict=True):
        wanted = expected(request)
        flat = np.ravel(np.asarray(wanted, dtype=object)).tolist()
        found = np.ravel(np.asarray(got, dtype=object)).tolist()
        assert np.shape(np.asarray(got, dtype=object)) == np.shape(np.asarray(wanted, dtype=object)), request
        for a, b in zip(flat, found, strict=True):
            exact = type(a) is not float or tolerance == 0
            assert type(a) is type(b) or {type(a), type(b)} <= {float, int}, (request, a, b)
            assert a == b if exact else b == pytest.approx(a, rel=tolerance, abs=1e-9), (request, a, b)
            cells += 1
    return cells


class TestShipped:
    def test_files_are_what_is_generated(self) -> None:
        """In another process with another order of sets, too."""
        assert lite.shipped(lite.MAIN) == lite.main_py(), "run `python -m lossmit_udfs.lite`"
        assert lite.shipped(lite.REQUIREMENTS) == lite.requirements_txt()
        script = "import sys; from lossmit_udfs import lite; sys.stdout.buffer.write(lite.main_py().encode())"
        for seed in ("1", "2"):
            environment = {**os.environ, "PYTHONHASHSEED": seed}
            done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, check=True)
            assert done.stdout == MAIN.read_bytes()

    def test_every_function_but_those_named(self) -> None:
        text = lite.main_py()
        assert {f.name for f in lite.SHIPPED} == {f.name for f in FUNCTIONS} - set(lite.LEFT_OUT)
        for function in FUNCTIONS:
            kept = function.name not in lite.LEFT_OUT
            assert (f"\n{function.name} = registered(" in text) == kept
            assert function.name in text[:1500]
        assert __version__ in text[:200]

    def test_needs_numpy_and_xlwings_only_and_no_file(self) -> None:
        tree = ast.parse(lite.main_py())
        imported = {
            name.partition(".")[0]
            for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        }  # fmt: skip
        assert imported - set(sys.stdlib_module_names) == {"numpy", "xlwings"}
        assert not imported & {"os", "io", "pathlib", "csv", "importlib", "subprocess", "socket"}
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        called = {function.id for function in calls if isinstance(function, ast.Name)}
        assert not called & {"open", "exec", "eval", "__import__"}

    def test_written_by_the_command(self, tmp_path: Path) -> None:
        out = tmp_path / "lossmit_lite.py"
        done = lossmit("lite", "-o", str(out))
        assert done.code == 0 and out.read_bytes() == MAIN.read_bytes() and "numpy" in done.out
        assert lossmit("lite", "-o", str(out)).code == 2
        assert "ends in .py" in lossmit("lite", "-o", str(tmp_path / "x.txt")).err


class TestComputes:
    def test_with_numpy_alone(self, tmp_path: Path) -> None:
        """A Python that finds numpy and a stub for xlwings, and neither pandas nor this package: the same bits."""
        site = tmp_path / "site"
        site.mkdir()
        for folder in Path(np.__file__).parents[1].glob("numpy*"):
            if folder.is_dir() and not folder.name.startswith("numpy_"):
                (site / folder.name).symlink_to(folder)
        asked = requests()
        given = tmp_path / "calls.json"
        given.write_text(json.dumps(asked), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-S", str(TOOLS / "run_lite.py"), str(MAIN), str(given)],
            capture_output=True, text=True, check=False, cwd=tmp_path, env={"PYTHONPATH": str(site)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["strangers"] == []
        assert compared(asked, answer["results"], 0) > 2_000

    def test_a_planted_difference_is_seen(self) -> None:
        asked: list[Request] = [("PLANPAYMENT", [1000.0, 600.0, 12])]
        with pytest.raises(AssertionError):
            compared(asked, [1050.01], 1e-12)
        with pytest.raises(AssertionError):
            compared(asked, ["#NUM!"], 1e-12)

    def test_pyodide_has_what_is_imported(self) -> None:
        """Pyodide's own Python compiles the file and has every module of the standard library that it imports."""
        tree = ast.parse(lite.main_py())
        wanted = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
        wanted |= {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
        answer = pyodide(",".join(sorted(wanted)))
        assert answer["lacking"] == ["numpy", "xlwings"] and "3.12" in answer["python"]

    def test_under_pyodide(self, tmp_path: Path) -> None:
        """Every call under Pyodide, to 12 digits: its exp and log are another library's."""
        wheel = pyodide_numpy.wheel()
        if wheel is None:
            pytest.skip("numpy for Pyodide is not here: `make test-pyodide` fetches it")
        asked = requests()
        given = tmp_path / "calls.json"
        given.write_text(json.dumps(asked), encoding="utf-8")
        answer = pyodide(str(given), str(wheel))
        assert answer["strangers"] == [] and "3.12" in answer["python"]
        assert compared(asked, answer["results"], 1e-12) > 2_000


def pyodide(*given: str) -> dict[str, Any]:
    command = ["node", str(TOOLS / "run_lite.mjs"), str(TOOLS / "run_lite.py"), str(MAIN), *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]  # what comes before is Pyodide's own source
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


class TestRefused:
    """Nothing is left out in silence."""

    def test_another_package(self) -> None:
        with pytest.raises(BundleError, match="pandas"):
            Bundle([("lossmit_xl.states", "states")], {})

    def test_a_module_as_a_value(self) -> None:
        with pytest.raises(BundleError, match="module used as a value"):
            Bundle([("lossmit_udfs.why", "_of_python")], {})

    def test_an_unknown_name(self) -> None:
        with pytest.raises(BundleError, match="defined nowhere"):
            Bundle([("lossmit_udfs.why", "nothing_of_the_kind")], {})

    def test_a_name_that_is_not_reached(self) -> None:
        bundle = Bundle([("lossmit_udfs.errors", "NUM")], {})
        with pytest.raises(BundleError, match="not in the file"):
            bundle.name("lossmit_udfs.errors", "error_of")


def test_functions_say_the_same(tmp_path: Path) -> None:
    """Names, help, arguments and results of the file's own definitions are those of the package."""
    names: dict[str, Any] = {"__name__": "main"}
    exec(compile(lite.main_py(), "main.py", "exec", dont_inherit=True), names)
    for function in lite.SHIPPED:
        other = names["BY_NAME"][function.name]
        assert (other.name, other.category, other.help) == (function.name, function.category, function.help)
        assert [a.wizard for a in other.arguments] == [a.wizard for a in function.arguments]
        assert [vars(a) for a in other.arguments] == [vars(a) for a in function.arguments]
        assert [vars(r) for r in other.results] == [vars(r) for r in function.results]
        assert other.signature == function.signature if hasattr(other, "signature") else isinstance(function, Function)
