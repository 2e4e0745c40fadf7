"""Headings: one spelling for the many ways sellers write them, and the maintained table of what they mean.

`data/aliases.csv` lists real headings, the column each stands for and where it was seen. Targets beside the canonical
columns are the helpers below, from which canonical columns are made, and the two ways a heading is set aside.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from lossmit_xl.columns import BY_NAME

HELPERS: dict[str, str] = {
    "paid_to_date": "date the loan is paid through; the next due date is one month later",
    "fc_referral_date": "date of referral to foreclosure; gives fc_months_elapsed",
    "legal_status": "Bankruptcy, Foreclosure or None",
    "fc_flag": "a flag that the loan is in foreclosure",
    "deferred_interest": "non-interest-bearing interest, added to deferred_balance",
    "price_percent": "price as a share of the unpaid balance; gives purchase_price",
    "remaining_term": "months to maturity; gives maturity_date",
    "total_balance": "unpaid balance that includes the deferred one; gives upb",
    "monthly_taxes_insurance": "taxes and insurance a month; gives annual_taxes_insurance",
    "payoff": "total payoff, for a check",
    "origination_date": "for a check",
    "original_balance": "for a check",
}
IGNORED = "ignored"
PERSONAL = "personal"

_ABBREVIATIONS: dict[str, str] = {}
for _word, _short in {
    "balance": "bal balances blnce",
    "payment": "pmt pymt pmnt pymnt pay payments pmts",
    "amount": "amt amnt amounts",
    "principal": "prin princ prn principle",
    "current": "cur curr crnt",
    "original": "orig origl org",
    "number": "no num nbr nmbr nr",
    "date": "dt dte",
    "maturity": "mat matur",
    "value": "val values",
    "market": "mkt mrkt",
    "property": "prop prty",
    "foreclosure": "fcl fc fclsr fcls foreclosures",
    "bankruptcy": "bk bkcy bkr bnkrptcy",
    "chapter": "chap",
    "advance": "adv advs advances advncs",
    "escrow": "esc escr",
    "corporate": "corp",
    "deferred": "dfrd defrd",
    "forbearance": "forbear forebear forebearance forb",
    "delinquent": "delinq delq dlq dlnq",
    "loan": "ln loans",
    "borrower": "bor borr bwr brwr mortgagor mtgor",
    "address": "addr addrs",
    "account": "acct accnt acc",
    "percent": "pct perc percentage",
    "insurance": "ins insur",
    "senior": "sr snr",
    "junior": "jr jnr",
    "mortgage": "mtg mort mtge mrtg",
    "month": "mth mths mo mos mnth months",
    "monthly": "mthly mnthly",
    "interest": "int intr intrst",
    "rate": "rt rates",
    "recoverable": "rec recov recvrble",
    "year": "yr years yrs",
    "paid": "pd",
    "through": "thru",
    "estimated": "est estim",
    "remaining": "rem remain",
    "next": "nxt",
    "status": "stat sts",
    "type": "typ",
    "position": "pos",
    "unpaid": "unpd unp",
    "charge": "charges chg chgs",
    "fee": "fees",
    "tax": "taxes",
    "judgment": "judgement",
    "state": "st",
    "income": "inc",
    "last": "lst",
    "occupancy": "occ occup",
    "appraisal": "appr apprsl",
    "accrued": "accr accrd",
    "referral": "refer",
    "purchase": "purch",
}.items():
    for _s in _short.split():
        _ABBREVIATIONS[_s] = _word

# A heading with one of these words never matches an alias without it (and the other way round), however alike they
# read.
GUARDS = frozenset(
    [
        "original",
        "origination",
        "senior",
        "junior",
        "first",
        "second",
        "third",
        "sold",
        "sale",
        "prior",
        "previous",
        "last",
        "next",
        "co",
        "spouse",
        "payoff",
        "total",
        "total",
        "suspense",
        "reserve",
        "deferred",
        "forbearance",
        "modified",
        "modification",
        "trial",
        "securitization",
        "sell",
        "servicer",
        "servicing",
        "investor",
        "tax",
        "insurance",
        "escrow",
        "corporate",
        "late",
        "accrued",
        "bankruptcy",
        "foreclosure",
        "due",
        "paid",
        "mailing",
        "not",
        "non",
        "number",
        "count",
        "reason",
        "source",
        "score",
        "code",
        "flag",
        "percent",
        "ratio",
        "ltv",
        "cltv",
        "margin",
        "index",
        "cap",
        "floor",
        "floater",
        "term",
        "age",
        "fico",
        "credit",
        "annual",
        "monthly",
        "vacant",
        "price",
        "income",
        "debt",
        "date",
        "type",
        "rate",
        "amount1",
        "state",
        "city",
        "zip",
        "name",
        "phone",
        "email",
        "street",
        "unit",
        "county",
        "other",
        "list",
        "recovery",
        "expense",
        "cost",
        "loss",
        "delinquent",
        "days",
        "day",
        "month",
        "year",
        "senior",
        "subordinate",
        "gross",
        "net",
        "pre",
        "post",
        "legal",
        "contested",
        "cash",
        "reserve",
        "property",
        "scheduled",
        "interest",
        "principal",
    ]
)
_UNITS = frozenset(("percent", "usd", "cent", "thousand", "000", "000s", "annual1"))
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_AS_OF = re.compile(
    r"(?:\bas\s*of\b|@|\bat\b)?\s*\(?\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\)?|\bas\s*of(?:\s*date)?\s*$", re.IGNORECASE
)


def normal(heading: str) -> str:
    """A heading as its plain words: "CURR_BAL ($)" and "currentBalance" are both "current balance"."""
    text = unicodedata.normalize("NFKC", heading)
    text = _AS_OF.sub(" ", text) if re.search(r"[A-Za-z]", _AS_OF.sub(" ", text)) else text
    text = _CAMEL.sub(" ", text)
    text = (
        text.replace("%", " percent ")
        .replace("$", " usd ")
        .replace("#", " number ")
        .replace("\u00a2", " cents ")
        .replace("'", "")
    )
    words = [_ABBREVIATIONS.get(word, word) for word in re.findall(r"[a-z0-9]+", text.lower())]
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return _ABBREVIATIONS.get(word, word)


def without_units(key: str) -> str:
    """`key` less the words that only say the unit."""
    words = key.split()
    kept = [w for w in words if w not in _UNITS and not (w == "in" and words[-1] in _UNITS)]
    return " ".join(kept) or key


def unit_factor(heading: str) -> float:
    """What an amount under `heading` is to be multiplied by: 0.01 for cents, 1000 for thousands."""
    plain = heading.lower()
    if re.search(r"\bcents?\b|_cents?\b|\u00a2|\(cts\)", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).lower()):
        return 0.01
    return 1000.0 if re.search(r"\$\s?0{3}|\(0{3}'?s?\)|\bin thousands\b|\bthousands\b|\(\$?k\)", plain) else 1.0


@dataclass(frozen=True)
class Alias:
    """A known heading: the column it stands for, its rank (1 first) where several of a tape stand for one column,
    where it was seen.
    """

    heading: str
    target: str
    rank: int
    note: str


@cache
def aliases() -> dict[str, Alias]:
    """The alias table by normalised heading; the canonical names themselves come first."""
    table = {normal(name): Alias(name, name, 0, "canonical name") for name in (*BY_NAME, *HELPERS)}
    text = (files("lossmit_xl.data") / "aliases.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        target = row["column"]
        if target not in BY_NAME and target not in HELPERS and target not in (IGNORED, PERSONAL):
            raise ValueError(f"aliases.csv: {row['heading']!r} points to {target!r}, which is no column")
        table.setdefault(normal(row["heading"]), Alias(row["heading"], target, int(row["rank"] or 3), row["note"]))
    return table


@lru_cache(maxsize=20_000)
def known(heading: str) -> Alias | None:
    """The alias for exactly this heading, units aside; None where the table has none."""
    key = normal(heading)
    found = aliases().get(key)
    if found is None and key:
        found = aliases().get(without_units(key))
        if found is not None and "percent" in key.split() and not _may_be_percent(found.target):
            found = None
    return found


def _may_be_percent(target: str) -> bool:
    return target in (IGNORED, PERSONAL) or (target in BY_NAME and BY_NAME[target].kind == "rate")
