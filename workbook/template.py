"""LossMit.xlsm: the workbook with macros on a sample of invented loans, for whoever starts from Excel."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path

from lossmit_workbook.build import build
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.tape import read_tape

NAME = "LossMit.xlsm"
AS_OF = dt.date(2026, 10, 31)
"""The sample's date: fixed, so that the template's bytes are the same whenever it is built."""


def write_template(out: Path, *, force: bool = False) -> None:
    """Write the template to `out` (an .xlsm).

    Raises OutputError, or LossmitError where xlwings or pyOpenVBA is missing.
    """
    with resources.as_file(resources.files("lossmit_xl.data") / "sample_25.csv") as sample:
        build(read_tape(sample, as_of=AS_OF), Assumptions(as_of=AS_OF), out, force=force, sample=True)
