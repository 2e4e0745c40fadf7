"""What importing the engine costs and who may import whom."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What `import lossmit_xl` must not bring along: Excel writers, the terminal, scipy.
HEAVY = ("openpyxl", "typer", "rich", "xlwings", "scipy", "ironcalc", "hypothesis", "lossmit_workbook", "lossmit_udfs")


def _modules_after(statement: str) -> set[str]:
    """Top-level modules loaded in a fresh interpreter after `statement`."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(done.stdout))


def test_the_probe_sees_a_heavy_import() -> None:
    assert "openpyxl" in _modules_after("import openpyxl")


@pytest.mark.parametrize("module", HEAVY)
def test_importing_the_engine_leaves_out(module: str, engine_modules: set[str]) -> None:
    assert module not in engine_modules


@pytest.fixture(scope="module")
def engine_modules() -> set[str]:
    return _modules_after("import lossmit_xl")


def test_dependencies_hold() -> None:
    """import-linter's contracts, in pyproject.toml: engine <- workbook, udfs; the ledger shares no rule with it."""
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([script, "--no-logo"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout
