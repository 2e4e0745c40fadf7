"""The state table: how long and how dear a foreclosure is in each state, with the source of every figure.

Figures are package data (`data/state_foreclosure.csv`, `data/sources.csv`). Months run from the referral: the
published days run from the last paid instalment, so the 120 days before a first filing (12 CFR 1024.41(f)) come
off, and 30 days make a month. Blank fees are the median of the given fees of the same process, blank
redemptions 0; the source beside such a cell says so.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from lossmit_xl.assumptions import Assumptions

FALLBACK = "US"
FALLBACK_NAME = "Unknown state (national)"
YOURS = "your assumption"

PRE_FORECLOSURE_DAYS = 120
DAYS_A_MONTH = 30
OTHER_COSTS: dict[str, float] = {"judicial": 1800.0, "non_judicial": 1200.0}
OTHER_COSTS_SOURCE = "analyst's convention, no published source"

SOURCE_OF = {
    "process": "process_source",
    "fc_months": "fc_months_source",
    "legal_fee": "legal_fee_source",
    "other_costs": "other_costs_source",
    "redemption_months": "redemption_source",
}
"""The source column of each figure."""

COLUMNS = (
    "name", "process", "fc_months", "legal_fee", "other_costs", "redemption_months",
    "fc_months_source", "legal_fee_source", "other_costs_source", "redemption_source", "process_source",
)  # fmt: skip


def _read(name: str) -> list[dict[str, str]]:
    text = (files("lossmit_xl.data") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def sources() -> dict[str, str]:
    """Citation of each source key, year and strength included."""
    return {row["key"]: f"{row['citation']} ({row['year']}; {row['strength']})" for row in _read("sources.csv")}


def _round(number: float) -> int:
    """Half up with the model's tolerance, so that arrays, Python and Excel agree."""
    return int(math.copysign(math.floor(abs(number) + 0.5 + 1e-6), number))


@cache
def _table() -> dict[str, dict[str, Any]]:
    """The rows of the published table by code, the national fallback last."""
    raw = _read("state_foreclosure.csv")
    fees = {
        process: median(float(row["attorney_fee_usd"]) for row in raw
                        if row["attorney_fee_usd"] and row["process"] == process)
        for process in OTHER_COSTS
    }  # fmt: skip
    table = {row["state"]: _state(row, fees) for row in raw}
    table[FALLBACK] = _fallback(raw, table)
    return table


def _state(row: Mapping[str, str], fees: Mapping[str, float]) -> dict[str, Any]:
    process = row["process"]
    days = int(row["timeline_days"])
    fee, redemption = row["attorney_fee_usd"], row["redemption_months"]
    words = process.replace("_", "-")
    return {
        "name": row["name"],
        "process": process,
        "fc_months": _round((days - PRE_FORECLOSURE_DAYS) / DAYS_A_MONTH),
        "legal_fee": float(fee) if fee else fees[process],
        "other_costs": OTHER_COSTS[process],
        "redemption_months": int(redemption) if redemption else 0,
        "fc_months_source": f"{days:,} days from the last paid instalment, less {PRE_FORECLOSURE_DAYS}, over "
        f"{DAYS_A_MONTH}: {sources()[row['timeline_source']]}",
        "legal_fee_source": sources()[row["attorney_fee_source"]]
        if fee
        else f"no figure found: the median of the published {words} fees",
        "other_costs_source": OTHER_COSTS_SOURCE,
        "redemption_source": sources()[row["redemption_source"]] if redemption else "no figure found: taken as 0",
        "process_source": f"the usual process, {sources()[row['timeline_source']]}",
    }


def _fallback(raw: list[dict[str, str]], table: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Medians of the published rows, and the process of most of them."""
    rows = list(table.values())
    judicial = sum(row["process"] == "judicial" for row in rows)
    process = "judicial" if judicial > len(rows) / 2 else "non_judicial"
    of = f"median of the table's {len(rows)} rows"
    return {
        "name": FALLBACK_NAME,
        "process": process,
        "fc_months": _round(median(row["fc_months"] for row in rows)),
        "legal_fee": median(row["legal_fee"] for row in rows),
        "other_costs": OTHER_COSTS[process],
        "redemption_months": _round(median(row["redemption_months"] for row in rows)),
        "fc_months_source": of,
        "legal_fee_source": of,
        "other_costs_source": OTHER_COSTS_SOURCE,
        "redemption_source": of,
        "process_source": f"the process of most of the table's {len(rows)} rows",
    }


def published(code: str) -> Mapping[str, Any]:
    """One row of the table as published (and filled in), by code; the columns of `states`."""
    return MappingProxyType(_table()[code])


def states(assumptions: Assumptions | None = None) -> pd.DataFrame:
    """The state table, your own cells in place of the published ones.

    Index: two-letter code, 54 states and territories, then `US`, the row used for an unknown state.
    Columns: `name`, `process` (judicial or non_judicial), `fc_months` [months from referral to sale],
    `legal_fee` [USD], `other_costs` [USD], `redemption_months` [months after the sale], and a source for each.
    """
    rows = {code: dict(row) for code, row in _table().items()}
    for code, cells in (assumptions.states if assumptions is not None else {}).items():
        for cell, value in cells.items():
            rows[code][cell] = value
            rows[code][SOURCE_OF[cell]] = YOURS
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(COLUMNS))
    return frame.rename_axis("state").astype({"legal_fee": float, "other_costs": float})


STATE_NAMES: tuple[str, ...] = tuple(row["name"] for code, row in _table().items() if code != FALLBACK)
STATE_CODES: tuple[str, ...] = tuple(code for code in _table() if code != FALLBACK)


# Customary abbreviations besides the postal code, letters only; the full names come from the table.
_ABBREVIATIONS: dict[str, str] = {
    "ala": "AL", "alas": "AK", "ariz": "AZ", "ark": "AR", "cal": "CA", "cali": "CA", "calif": "CA", "colo": "CO",
    "col": "CO", "conn": "CT", "del": "DE", "wash dc": "DC", "washington dc": "DC", "dist of columbia": "DC",
    "fla": "FL", "flor": "FL", "haw": "HI", "ida": "ID", "ill": "IL", "ills": "IL", "ind": "IN", "kan": "KS",
    "kans": "KS", "ken": "KY", "kent": "KY", "mass": "MA", "mich": "MI", "minn": "MN", "miss": "MS", "mont": "MT",
    "neb": "NE", "nebr": "NE", "nev": "NV", "n hamp": "NH", "n jersey": "NJ", "n mex": "NM", "new mex": "NM",
    "n york": "NY", "n car": "NC", "n carolina": "NC", "no carolina": "NC", "n dak": "ND", "n dakota": "ND",
    "no dakota": "ND", "okla": "OK", "ore": "OR", "oreg": "OR", "penn": "PA", "penna": "PA", "rhode isl": "RI",
    "s car": "SC", "s carolina": "SC", "so carolina": "SC", "s dak": "SD", "s dakota": "SD", "so dakota": "SD",
    "tenn": "TN", "tex": "TX", "virg": "VA", "wash": "WA", "wash state": "WA", "w va": "WV", "w virg": "WV",
    "w virginia": "WV", "wis": "WI", "wisc": "WI", "wyo": "WY", "us virgin islands": "VI", "usvi": "VI",
    "west va": "WV", "west virg": "WV", "n hampshire": "NH", "n mexico": "NM",
    "virgin is": "VI", "us virgin is": "VI", "p rico": "PR", "pto rico": "PR",
}  # fmt: skip
_DECORATIONS = re.compile(r"^(?:the )?(?:state|commonwealth|territory) of |^us (?=[a-z]{2}$)| usa?$| state$")


def _letters(text: str) -> str:
    """Lower-case words with single spaces: points go, other punctuation separates."""
    return " ".join(re.sub(r"[^a-z]+", " ", text.lower().replace(".", "")).split())


@cache
def _spellings() -> dict[str, str]:
    known = {_letters(row["name"]): code for code, row in _table().items() if code != FALLBACK}
    known |= {code.lower(): code for code in STATE_CODES}
    known |= _ABBREVIATIONS
    # "N.Y." loses its points, "N Y" keeps its space, "NewYork" never had one: all meet without spaces.
    return known | {spelling.replace(" ", ""): code for spelling, code in known.items()}


def state_code(text: object) -> str | None:
    """The two-letter code meant by a text: code, full name or customary abbreviation in any case, with points.

    None where the text is no state or territory of the table; nothing is guessed from a likeness.
    """
    if not isinstance(text, str):
        return None
    return _state_code(text[:80])


@lru_cache(maxsize=4096)
def _state_code(text: str) -> str | None:
    words = _letters(text)
    for candidate in (words, _DECORATIONS.sub("", words)):
        code = _spellings().get(candidate) or _spellings().get(candidate.replace(" ", ""))
        if code:
            return code
    # "FL - Florida" and "Florida (FL)" say the same state twice.
    parts = {_spellings().get(_letters(part)) for part in re.split(r"[-(),/|:]+", text) if _letters(part)}
    return parts.pop() if len(parts) == 1 else None
