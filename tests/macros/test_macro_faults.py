"""A partner copy that fails at one step or another: the macro says so, and leaves everything as it was.

Each with no other workbook open: LibreOffice's own code ends the process where an error crosses two of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lossmit_workbook.template import write_template
from tests.tools import calc, macros

STATE = "-4105 -1 -1 -1 0 0"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faults") / "LossMit.xlsm"
    write_template(path)
    return path


@pytest.mark.parametrize(("step", "number", "begins"), [
    ("SaveTwin", 61, "LM1300: planted (error 61); nothing was changed. Log: "),  # the disk is full at once
    ("SavePlain", 61, "LM1300: planted (error 61); nothing was changed."),  # or later
    ("SavePlain", 70, "LM1304: planted (error 70)"),  # the file is locked
    ("SavePlain", 18, "LM1300: stopped with Esc; nothing was changed."),
])  # fmt: skip
def test_partner_copy_that_fails_leaves_nothing(
    step: str, number: int, begins: str, template: Path, tmp_path: Path
) -> None:
    calc.shutdown()  # a LibreOffice that has had no such error yet
    scratch = calc.temporary_folder()
    before = set(scratch.glob("lossmit-*.xls*"))
    with calc.Book(macros.for_libreoffice(template, broken=(step, number)), macros=True) as book:
        answer = str(book.run("LmPartner.PartnerCopyTo", str(tmp_path / "a.xlsx"), False, False, False))
        assert book.run("LmState.StateText") == STATE
        assert calc.cell(book.values(["Start"]), "Start", "A1") == "Loan bids"
    assert answer.startswith(begins), answer
    assert list(tmp_path.iterdir()) == [] and set(scratch.glob("lossmit-*.xls*")) == before
