"""Import tape on xlwings' own headless engine, which runs the same code as under Excel.

That engine is `xlwings.pro`, whose licence allows non-commercial use without a fee: not part of the default run.
`pytest -m noncommercial` runs it, in a process of its own, since the key must be set before xlwings is imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.workbook.books import CLEAN

SCRIPT = """
import json, sys
import xlwings
from lossmit_workbook import excel
sheet = {"name": "Start", "values": [["Loan bids"]], "pictures": [], "tables": []}
book = xlwings.Book(json={"client": "Office.js", "version": xlwings.__version__, "names": [], "sheets": [sheet],
                          "book": {"name": "LossMit.xlsm", "active_sheet_index": 0, "selection": "A1"}})
answer = excel.answered("import_tape", lambda: book, sys.argv[1], "")
print(json.dumps([answer, book.json()["actions"]]))
"""


@pytest.mark.noncommercial
def test_import_on_the_headless_engine() -> None:
    environ = {**os.environ, "XLWINGS_LICENSE_KEY": "noncommercial", "XLWINGS_ON_SERVER": "true"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(CLEAN)], capture_output=True, text=True, check=True, env=environ
    )
    answer, actions = json.loads(done.stdout.splitlines()[-1])
    assert answer.startswith("OK: 25 loans read")
    assert [action["func"] for action in actions[:3]] == ["addSheet", "sheetClear", "setValues"]
    assert actions[2]["values"][5][:2] == ["'Seller's heading", "'Read as"]
    assert {action["sheet_position"] for action in actions[1:]} == {1}
