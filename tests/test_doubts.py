"""The costliest issues of a tape: errors first, then by the balance they put in doubt."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lossmit_xl import read_tape
from lossmit_xl.cli.doubts import costliest
from lossmit_xl.tape import ISSUE_COLUMNS, Tape
from tests.command_line import CLEAN


def _tape(upb: list[float], issues: pd.DataFrame) -> Tape:
    tape = read_tape(CLEAN)
    loans = tape.loans.iloc[: len(upb)].assign(upb=upb)
    return Tape(loans, issues, tape.mapping, np.arange(2, 2 + len(upb)), tape.source, tape.personal)


def _issues(*rows: tuple[int, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame([(row, "", column, severity, "", message) for row, column, severity, message in rows],
                        columns=list(ISSUE_COLUMNS))  # fmt: skip


def test_errors_come_first_then_the_balance_at_stake() -> None:
    issues = _issues(
        (2, "note_rate", "error", "no rate"),
        (3, "property_value", "error", "no value"),
        (5, "value_date", "warning", "old"),
        (3, "value_date", "warning", "old"),
        (4, "upb", "error", "no balance"),
        (5, "pi_payment", "info", "derived"),
        (0, "", "warning", "another sheet"),
    )
    tape = _tape([100.0, 5_000.0, math.nan, 40_000.0], issues)
    found = costliest(tape, 9)
    assert [(doubt.message, doubt.loans, doubt.upb, doubt.rows) for doubt in found] == [
        ("no value", 1, 5_000.0, (3,)),
        ("no rate", 1, 100.0, (2,)),
        ("no balance", 1, 0.0, (4,)),
        ("old", 2, 45_000.0, (3, 5)),
        ("another sheet", 0, 0.0, ()),
    ]
    assert [doubt.message for doubt in costliest(tape)] == ["no value", "no rate", "no balance"]
    assert found[3].where == "rows 3, 5" and found[0].where == "row 3"


def test_a_column_that_is_missing_puts_the_whole_tape_in_doubt() -> None:
    issues = _issues((0, "note_rate", "error", "no heading"), (2, "note_rate", "error", "no rate"))
    found = costliest(_tape([100.0, 200.0], issues))
    seen = [(doubt.message, doubt.loans, doubt.upb) for doubt in found]
    assert seen == [("no heading", 2, 300.0), ("no rate", 1, 100.0)]


def test_one_loan_with_two_defects_of_a_kind_counts_once() -> None:
    issues = _issues((2, "lien", "warning", "odd"), (2, "lien", "warning", "odd"))
    found = costliest(_tape([100.0], issues))
    assert [(doubt.loans, doubt.upb) for doubt in found] == [(1, 100.0)]
