"""Which questions a tape raises: its issues and blanks, one question a loan and column, one for a column as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lossmit_xl.questions.pool import Places, Pool
from lossmit_xl.questions.readings import of_absent
from lossmit_xl.questions.rules import (
    ABSENT_COLUMNS,
    BLANK_RULES,
    LOAN_RULES,
    POOL_RULES,
    SILENT,
    UNKNOWN_HEADINGS,
    Rule,
)
from lossmit_xl.questions.words import HEADED_BY, LABELS, SAYS_NOTHING, label, question
from lossmit_xl.tape import Tape
from lossmit_xl.tape.cells import Bools

TOPIC_OF = {
    "value_date": "property_value", "paid_to_date": "next_due_date", "fc_referral_date": "fc_months_elapsed",
    "fc_flag": "fc_months_elapsed", "legal_status": "bk_chapter", "deferred_interest": "deferred_balance",
    "total_balance": "upb", "remaining_term": "maturity_date", "monthly_taxes_insurance": "annual_taxes_insurance",
    "price_percent": "purchase_price",
}  # fmt: skip
"""The column that a helper column of the tape speaks of."""

BLANK_IS_NO_WORD = ("fc_months_elapsed", "bk_chapter", "delinquent_taxes", "escrow_advances", "corporate_advances")
"""Columns in which a blank is an answer (none, 0): absent only where no heading stands for them."""

MOST_HEADINGS = 12


@dataclass(frozen=True)
class Asked:
    """A question before its bids are known. `places` are the loans it touches; `said` what the tape says of each."""

    topic: str
    reading: str
    why: str
    question: str
    tape_says: str
    row: int
    places: Places
    said: tuple[str, ...]
    whole: bool = False


def asked(tape: Tape, pool: Pool) -> list[Asked]:
    """Every question, in the order of the tape: one a loan and column, then those of the pool."""
    absent = [name for name, rule in ABSENT_COLUMNS.items() if _is_absent(tape, pool, name, rule)]
    settled = {ABSENT_COLUMNS[name].topic or name for name in absent}
    if "value_date" in absent and "property_value" not in absent:
        settled -= {"property_value"}
    loans = _of_loans(tape, pool, settled, "value_date" in absent)
    return [*loans, *(_absent_column(tape, pool, name) for name in absent), *_of_pool(tape, pool)]


def _is_absent(tape: Tape, pool: Pool, name: str, rule: Rule) -> bool:
    if not bool(pool.blank[name].all()) or not len(tape.loans):
        return False
    headed = any(tape.mapping.place(column) is not None for column in (name, *HEADED_BY.get(name, ())))
    return not headed or name not in BLANK_IS_NO_WORD


def _of_loans(tape: Tape, pool: Pool, settled: set[str], undated: bool) -> list[Asked]:
    """The issues that stand against a loan, and the blanks that a seller can fill: the first rule fitting speaks."""
    place_of = {int(row): place for place, row in enumerate(tape.rows)}
    kept: dict[tuple[int, str], Asked] = {}
    order: dict[tuple[int, str], int] = {}
    issues = tape.issues[tape.issues["row"].isin(place_of)]
    for row, column, severity, said, message in issues[["row", "column", "severity", "value", "message"]].itertuples(
        index=False
    ):
        found = loan_rule(message, severity)
        topic = found and (LOAN_RULES[found[0]].topic or TOPIC_OF.get(column, column))
        if not found or topic not in LABELS or topic in settled:
            continue
        number, rule = found
        if column == "value_date" and not rule.topic:
            rule = replace(BLANK_RULES["property_value"], asks='the tape gives "{said}" as date of the value. '
                           "When was it made?")  # fmt: skip
        key = (place_of[row], topic)
        made = _loan_question(tape, pool, rule, topic, column, said, place_of[row])
        if key not in kept or number < order[key]:
            first, then = made, kept.get(key)
            order[key] = number
        else:
            first, then = kept[key], made
        kept[key] = _joined(first, then)
    for name, rule in BLANK_RULES.items():
        for place in np.flatnonzero(_blank(pool, name, settled, undated)):
            key = (int(place), name)
            if key not in kept:
                kept[key] = _loan_question(tape, pool, rule, name, _column_of(name), "", int(place))
    return [kept[key] for key in sorted(kept)]


def loan_rule(message: str, severity: str) -> tuple[int, Rule] | None:
    """The first rule that an issue of a loan fits, and its place; None where it is no question."""
    if any(part in message for part in SILENT):
        return None
    for number, rule in enumerate(LOAN_RULES):
        if rule.says in message and rule.info == (severity == "info"):
            return number, rule
    return None


def pool_rule(message: str) -> Rule | None:
    """The rule that an issue of the file or of a column fits."""
    return next((rule for rule in POOL_RULES if rule.says in message), None)


def _column_of(topic: str) -> str:
    return "value_date" if topic == "property_value" else topic


def _blank(pool: Pool, name: str, settled: set[str], undated: bool) -> Bools:
    """Loans whose blank is a question of its own; none where the whole column is absent."""
    if name == "property_value":
        dated = pool.blank["value_date"] & ~pool.blank["property_value"]
        return dated & (not undated)
    return pool.blank[name] & (name not in settled)


def _loan_question(
    tape: Tape, pool: Pool, rule: Rule, topic: str, column: str, said: str, place: int
) -> Asked:
    loan = str(tape.loans["loan_id"].iloc[place])
    name = f"{loan[:1].upper()}{loan[1:]}" if loan.startswith("row ") else f"Loan {loan}"
    words = {
        "label": label(topic), "ask": question(topic), "said": said or SAYS_NOTHING,
        "value": _usd(pool.number("property_value")[place]), "senior": _usd(pool.number("senior_balance")[place]),
    }  # fmt: skip
    return Asked(
        topic, rule.reading or of_absent(topic), rule.why, f"{name}: {_filled_in(rule.asks, words)}",
        f"{_heading(tape, column)}: {said or SAYS_NOTHING}", int(tape.rows[place]), np.array([place]), (said,),
    )  # fmt: skip


def _filled_in(text: str, words: dict[str, str]) -> str:
    """The text with the words in its slots; what stands in the words themselves is left alone."""
    return text.format_map(words)


def _usd(amount: float) -> str:
    return "unknown amount" if np.isnan(amount) else f"USD {amount:,.0f}"


def _joined(first: Asked, then: Asked | None) -> Asked:
    """One question of two: the first asks, both say why."""
    if then is None or then.why in first.why:
        return first
    return replace(first, why=f"{first.why}; {then.why[:1].lower()}{then.why[1:]}")


def _heading(tape: Tape, column: str) -> str:
    """The seller's own heading of a column; our name for it where the tape has none."""
    for name in (column, *HEADED_BY.get(column, ())):
        if tape.mapping.place(name) is not None:
            return tape.mapping.heading(name)
    return LABELS[column][0] if column in LABELS else column.replace("_", " ")


def _absent_column(tape: Tape, pool: Pool, name: str) -> Asked:
    rule = ABSENT_COLUMNS[name]
    topic = rule.topic or name
    places = np.arange(len(tape.loans))
    return Asked(topic, rule.reading or of_absent(topic), rule.why, f"All loans: {rule.asks}",
                 "No such column", int(tape.source.header_rows[-1]), places, ("",) * len(places), True)  # fmt: skip


def _of_pool(tape: Tape, pool: Pool) -> list[Asked]:
    """Questions about a column or the file."""
    made = []
    issues = tape.issues[~tape.issues["row"].isin(tape.rows) & (tape.issues["severity"] != "info")]
    for row, column, said, message in issues[["row", "column", "value", "message"]].itertuples(index=False):
        if any(part in message for part in SILENT):
            continue
        if UNKNOWN_HEADINGS.says in message:
            made.append(_unknown_headings(tape))
            continue
        rule, topic = pool_rule(message), TOPIC_OF.get(column, column)
        if rule is None or (topic and topic not in LABELS):
            continue
        places, words = _touched(tape, pool, rule, topic)
        asks = _filled_in(rule.asks, {"said": said, "label": label(topic) if topic else ""})
        says = _heading(tape, column) if column else said
        made.append(Asked(topic, rule.reading, rule.why, f"All loans: {asks}", says, int(row), places, words, True))
    return made


def _touched(tape: Tape, pool: Pool, rule: Rule, topic: str) -> tuple[Places, tuple[str, ...]]:
    """The loans that a question of a column puts in doubt, and what the tape says of each."""
    if rule.reading in ("unknown", "none"):
        return np.zeros(0, dtype=np.intp), ()
    if rule.reading == "other_reading":
        issues = tape.issues[tape.issues["message"].str.contains("unlike most of the column", regex=False)]
        said: Sequence[str] = issues["value"].tolist()
        order = np.argsort(tape.rows)
        return order[np.searchsorted(tape.rows, issues["row"].to_numpy(), sorter=order)], tuple(said)
    places = np.flatnonzero(~pool.blank[topic])
    return places, ("",) * len(places)


def _unknown_headings(tape: Tape) -> Asked:
    """One question for all the headings that were left out."""
    headings = [f'"{entry.heading}"' for entry in tape.mapping.entries if entry.how == "unknown"]
    shown = ", ".join(headings[:MOST_HEADINGS]) + (", …" if len(headings) > MOST_HEADINGS else "")
    rule = UNKNOWN_HEADINGS
    return Asked("", rule.reading, rule.why, f"All loans: {_filled_in(rule.asks, {'said': shown})}", shown,
                 int(tape.source.header_rows[-1]), np.zeros(0, dtype=np.intp), (), True)  # fmt: skip


def unanswered(issues: pd.DataFrame, rows: Places) -> list[str]:
    """Errors and warnings that are neither a question nor listed as none: what the rules have not been told of."""
    of_loans = set(rows.tolist())
    left = []
    for row, severity, message in issues[["row", "severity", "message"]].itertuples(index=False):
        known = any(part in message for part in (*SILENT, UNKNOWN_HEADINGS.says)) or (
            loan_rule(message, severity) if row in of_loans else pool_rule(message)
        )
        if severity != "info" and not known:
            left.append(message)
    return left
