"""The plausible ends of a doubtful cell: what the loan would be with the worse and with the better reading.

Every function takes the pool, the topic (the column in doubt), the places of the loans and what the tape said of each,
and returns two sets of changed columns, one value a loan each. Which of the two is the better one, the bids decide.
Where nothing better is known the ends are conventions of ours; `readings` says beside each what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lossmit_xl.questions.pool import BALANCES, RATES, Places, Pool
from lossmit_xl.tape.cells import Dates, Floats
from lossmit_xl.tape.dates import add_months, months_between, parse
from lossmit_xl.tape.derive import level_payment
from lossmit_xl.tape.numbers import number

Changes = Mapping[str, NDArray[Any]]
Said = Sequence[str]
Ends = Callable[[Pool, str, Places, Said], tuple[Changes, Changes]]

VALUE_SPREAD = 0.15
UNPAID_MONTHS = 36
TAX_YEARS = 2.0
TAX_SPREAD = 0.5
LOWEST_RATE = 0.005  # what the tape's reader asks about, too: no note is written below it


def _all(value: object, at: Places) -> NDArray[Any]:
    return np.full(len(at), value, dtype=object if isinstance(value, str) else None)


def _numbers(said: Said) -> Floats:
    return np.array([number(text)[0] for text in said], dtype=np.float64)


def _moved(start: Dates, months: Floats) -> Dates:
    return add_months(start, months.astype(np.int64))


def none(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """No end changes the loan: the answer matters, but not to the bid."""
    return {}, {}


def dropped(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The row counts, or it does not (a loan without a balance has no bid)."""
    return {"upb": _all(np.nan, at)}, {}


def value_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """Quartiles of value over UPB, times the loan's UPB (the pool's where that is unknown too)."""
    balance = pool.number("upb")[at]
    middle = sum(pool.quartiles("upb", BALANCES)) / 2
    balance = np.where(np.isnan(balance), middle, balance)
    low, high = pool.value_to_upb
    return {"property_value": low[at] * balance}, {"property_value": high[at] * balance}


def balance_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The loan's value over the quartiles of value over UPB; without a value, the pool's quartiles of UPB."""
    value, (low, high) = pool.number("property_value")[at], pool.value_to_upb
    less, more = pool.quartiles("upb", BALANCES)
    known = ~np.isnan(value)
    return {"upb": np.where(known, value / high[at], less)}, {"upb": np.where(known, value / low[at], more)}


def rate_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The pool's quartiles of note rates."""
    low, high = pool.quartiles("note_rate", RATES)
    return {"note_rate": _all(low, at)}, {"note_rate": _all(high, at)}


def due_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """Current: due a month after the as-of date; or unpaid for three years."""
    today = np.full(len(at), pool.as_of)
    return (
        {"next_due_date": _moved(today, np.full(len(at), 1.0 - UNPAID_MONTHS))},
        {"next_due_date": _moved(today, np.ones(len(at)))},
    )


def due_or_said(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The due date as it stands, or one month after the date that the tape gives as paid to."""
    days = [parse(text)[0] for text in said]
    paid = np.array(["NaT" if day is None else day for day in days], dtype="datetime64[D]")
    due = pool.date("next_due_date")[at]
    return {}, {"next_due_date": np.where(np.isnat(paid), due, _moved(paid, np.ones(len(at))))}


def due_or_three_years(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The due date as it stands, or unpaid for three years."""
    return {}, due_absent(pool, topic, at, said)[0]


def due_or_current(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The due date as it stands, or current."""
    return {}, due_absent(pool, topic, at, said)[1]


def due_or_late(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The due date as it stands, or one instalment due on the as-of date."""
    return {}, {"next_due_date": np.full(len(at), pool.as_of)}


def maturity_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The pool's quartiles of the months from the next due date (the as-of date where that is unknown)."""
    due = pool.date("next_due_date")[at]
    start = np.where(np.isnat(due), pool.as_of, due)
    low, high = (np.full(len(at), round(months), dtype=np.float64) for months in pool.terms)
    return {"maturity_date": _moved(start, low)}, {"maturity_date": _moved(start, high)}


def matured_or_not(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """Matured as it stands, or the third quartile of the pool's months to maturity."""
    return {}, maturity_absent(pool, topic, at, said)[1]


def payment_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The level payment of balance, rate and term, or interest only."""
    level, interest = _payments(pool, at)
    return {"pi_payment": interest}, {"pi_payment": level}


def payment_or_level(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The tape's payment, or the level payment of balance, rate and term."""
    level, _ = _payments(pool, at)
    stands = pool.number("pi_payment")[at]
    return {}, {"pi_payment": np.where(np.isnan(level), stands, level)}


def _payments(pool: Pool, at: Places) -> tuple[Floats, Floats]:
    """Level payment over the months to maturity (the pool's longer quartile where unknown), and a month's interest."""
    balance, rate = pool.number("upb")[at], pool.number("note_rate")[at]
    months = months_between(pool.date("next_due_date")[at], pool.date("maturity_date")[at]) + 1
    months = np.where(months >= 1, months, pool.terms[1])
    return level_payment(balance, rate, months), np.maximum(balance * rate / 12, 0.01)


def state_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The slowest and the fastest state of the table."""
    slow, fast = pool.slow_and_fast
    return {"state": _all(slow, at)}, {"state": _all(fast, at)}


def first_or_second(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """A first lien, or a second behind what the tape says (else the whole value of the property)."""
    ahead, value = pool.number("senior_balance")[at], pool.number("property_value")[at]
    behind = {"lien": _all(2.0, at), "senior_balance": np.where(ahead > 0, ahead, value)}
    return behind, {"lien": _all(1.0, at), "senior_balance": _all(0.0, at)}


def senior_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """Nothing ahead, or liens for the whole value of the property."""
    return {"senior_balance": pool.number("property_value")[at]}, {"senior_balance": _all(0.0, at)}


def nothing_ahead(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The balance ahead as it stands, or none."""
    return {}, {"senior_balance": _all(0.0, at)}


def words(first: str, second: str) -> Ends:
    """Either of two words."""

    def ends(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
        return {topic: _all(first, at)}, {topic: _all(second, at)}

    return ends


def bankruptcy(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """No bankruptcy, or the chapter that delays most."""
    delays = pool.assumptions.bk_delay
    longest = max(delays, key=lambda chapter: (delays[chapter], str(chapter)))
    return {"bk_chapter": _all(str(longest), at)}, {"bk_chapter": _all("", at)}


def foreclosure_stage(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """Not referred, or one month before the sale; as it stands where the loan is current."""
    late = np.asarray(pool.evaluation.column("missed"), dtype=np.float64)[at] >= pool.assumptions.referral_wait
    months = np.where(late, np.maximum(pool.of_state("fc_months", at) - 1, 0.0), 0.0)
    return {"fc_months_elapsed": _all(0.0, at)}, {"fc_months_elapsed": months}


def referred_or_just(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """One month since referral, or one month before the sale."""
    months = np.maximum(pool.of_state("fc_months", at) - 1, 1.0)
    return {"fc_months_elapsed": _all(1.0, at)}, {"fc_months_elapsed": months}


def money_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """0, or the third quartile of what the pool's loans have there."""
    _, high = pool.quartiles(topic, (0.0, 0.0))
    return {topic: _all(0.0, at)}, {topic: _all(high, at)}


def yearly_taxes(pool: Pool, at: Places) -> Floats:
    """Taxes and insurance of a year [USD]: the loan's own, else the assumed share of the value."""
    own = pool.number("annual_taxes_insurance")[at]
    assumed = pool.assumptions.tax_insurance_rate * np.nan_to_num(pool.number("property_value")[at])
    return np.where(np.isnan(own), assumed, own)


def taxes_absent(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """Half as much again as assumed, or half."""
    yearly = yearly_taxes(pool, at)
    return {topic: yearly * (1 + TAX_SPREAD)}, {topic: yearly * (1 - TAX_SPREAD)}


def unpaid_taxes(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """Nothing, or two years of taxes and insurance."""
    return {topic: TAX_YEARS * yearly_taxes(pool, at)}, {topic: _all(0.0, at)}


def escrow(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """Nothing, or taxes and insurance for the months missed."""
    missed = np.nan_to_num(np.asarray(pool.evaluation.column("missed"), dtype=np.float64)[at])
    return {topic: _all(0.0, at)}, {topic: yearly_taxes(pool, at) / 12 * missed}


def legal_costs(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """Nothing, or the legal costs of a foreclosure in the loan's state."""
    costs = pool.of_state("legal_fee", at) + pool.of_state("other_costs", at)
    return {topic: _all(0.0, at)}, {topic: costs}


def value_spread(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """15 % less and 15 % more."""
    value = pool.number("property_value")[at]
    return {"property_value": value * (1 - VALUE_SPREAD)}, {"property_value": value * (1 + VALUE_SPREAD)}


def negative(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """0, or the amount without its sign."""
    return {topic: _all(0.0, at)}, {topic: np.abs(np.nan_to_num(_numbers(said)))}


def scaled(factor: float) -> Ends:
    """As it stands, or so many times that."""

    def ends(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
        return {}, {topic: pool.number(topic)[at] * factor}

    return ends


def rate_scaled(factor: float) -> Ends:
    """The rate as it stands, or so many times that; the pool's third quartile where that is no rate."""

    def ends(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
        other = pool.number("note_rate")[at] * factor
        _, usual = pool.quartiles("note_rate", RATES)
        return {}, {"note_rate": np.where((other > 0) & (other <= 0.36), other, usual)}

    return ends


def zero_rate(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """No interest as it stands, or the middle of the pool's rates."""
    return {}, {"note_rate": _all(sum(pool.quartiles("note_rate", RATES)) / 2, at)}


def other_reading(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """A rate read as a decimal taken as a percentage, and the other way round, where that is a note rate at all."""
    stands, raw = pool.number("note_rate")[at], _numbers(said)
    other = np.where(np.isclose(raw, stands), raw / 100, raw)
    return {}, {"note_rate": np.where((other >= LOWEST_RATE) & (other <= 0.36), other, stands)}


def payoff_is_owed(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """What is owed as it stands, or the payoff, the difference being advances."""
    owed = np.asarray(pool.evaluation.column("legal_balance"), dtype=np.float64)[at]
    advances = np.nan_to_num(pool.number("corporate_advances")[at])
    more = np.maximum(np.nan_to_num(_numbers(said) - owed), 0.0)
    return {}, {"corporate_advances": advances + more}


def payoff_is_balance(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The balance as it stands, or the lower payoff."""
    payoff, stands = _numbers(said), pool.number("upb")[at]
    return {}, {"upb": np.where(payoff > 0, payoff, stands)}


def blanked(pool: Pool, topic: str, at: Places, said: Said) -> tuple[Changes, Changes]:
    """The column as it was read, or as if it were absent."""
    column = pool.loans[topic]
    if column.dtype.kind == "M":
        return {}, {topic: np.full(len(at), np.datetime64("NaT", "D"))}
    return {}, {topic: _all(np.nan if column.dtype.kind == "f" else "", at)}

