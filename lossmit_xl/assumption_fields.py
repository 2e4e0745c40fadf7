"""Every assumption once: name, unit, default, allowed range, source. The single description.

The checks, the TOML comments, the Assumptions sheet and the docs are generated from `FIELDS` (what a user may
set); `assumption_cells` lays its tables out flat.

Rates are nominal annual decimals, shares decimals, money USD, counts whole months.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from lossmit_xl.names import STRATEGIES

Kind = Literal["rate", "share", "money", "count", "number", "choice", "date", "table"]

CONVENTION = "analyst's convention, no published source"
NEUTRAL = "neutral: changes nothing"
CHOICE = "a choice of method"
FLEX = "Flex Modification, Fannie Mae Servicing Guide D2-3.2-06"
FLEX_2017 = "Flex Modification as launched in 2017"
GLOSSARY = "industry glossary for note investors"
EXHIBIT = "Fannie Mae allowable delays exhibit, 18 June 2025"

FORBEARANCE_SLOTS = 6
MOD_STEP_SLOTS = 5
MAX_FORBEARANCE_MONTHS = 60
MAX_MOD_STEP_MONTHS = 480
LTV_BANDS = (0.5, 0.7, 0.8, 0.9, 1.0, 1.2)
MISSED_BANDS = (1, 3, 6, 12, 24)
FIRST_DATE, LAST_DATE = dt.date(2000, 1, 1), dt.date(2099, 12, 31)


@dataclass(frozen=True)
class Field:
    """One assumption, or one cell of a table of assumptions.

    `low` and `high` are inclusive and in `unit`. `convention` marks a default without a published source
    (the asterisk of the method). `label` is how a TOML file and error messages name it.
    """

    name: str
    group: str
    kind: Kind
    unit: str
    default: Any = field(hash=False)  # a table's default has no hash
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    source: str = CONVENTION
    convention: bool = False
    help: str = ""
    label: str = ""

    @property
    def shown(self) -> str:
        """The name as a user writes it."""
        return self.label or self.name


def _group(group: str, *fields: Field) -> tuple[Field, ...]:
    """Puts fields into a group and marks those without a source as conventions."""
    return tuple(replace(entry, group=group, convention=entry.source == CONVENTION) for entry in fields)


def _field(kind: Kind, name: str, default: Any, low: float, high: float, unit: str, help: str, source: str) -> Field:
    return Field(name, "", kind, unit, default, low, high, (), source, False, help)


def _rate(name: str, default: float, high: float, help: str, source: str = CONVENTION) -> Field:
    return _field("rate", name, default, 0.0, high, "per year", help, source)


def _share(name: str, default: float, high: float, unit: str, help: str, source: str = CONVENTION) -> Field:
    return _field("share", name, default, 0.0, high, unit, help, source)


def _usd(name: str, default: float, high: float, help: str, source: str = CONVENTION, unit: str = "USD") -> Field:
    return _field("money", name, default, 0.0, high, unit, help, source)


def _monthly(name: str, default: float, high: float, help: str, source: str = CONVENTION) -> Field:
    return _usd(name, default, high, help, source, unit="USD/month")


def _months(name: str, default: int, low: int, high: int, help: str, source: str = CONVENTION) -> Field:
    return _field("count", name, default, low, high, "months", help, source)


def _bands(name: str, kind: Kind, unit: str, starts: Sequence[float], what: str) -> list[Field]:
    """Where each band but the first, which starts at 0, begins."""
    return [Field(f"{name}{place}", "", kind, unit, start, 1 if kind == "count" else 0.0, 1000, source=CHOICE,
                  help=f"Summary's band {place} of {what} starts here")
            for place, start in enumerate(starts, start=2)]  # fmt: skip


def _word(name: str, default: str, choices: tuple[str, ...], help: str) -> Field:
    return Field(name, "", "choice", "word", default, None, None, choices, CHOICE, False, help)


def _factor(name: str, low: float, high: float, help: str) -> Field:
    return _field("number", name, 1.0, low, high, "factor", help, NEUTRAL)


def _table(name: str, default: Any, unit: str, help: str, source: str = CONVENTION) -> Field:
    default = MappingProxyType(default) if isinstance(default, Mapping) else default
    return Field(name, "", "table", unit, default, None, None, (), source, False, help)


_REDEFAULT = {"reinstatement": (0.20, 6), "repayment_plan": (0.35, 6), "forbearance": (0.35, 6),
              "modification": (0.30, 6)}  # fmt: skip
_SUCCESS = {"reinstatement": 0.40, "repayment_plan": 0.40, "forbearance": 0.50, "modification": 0.50,
            "discounted_payoff": 0.30, "short_sale": 0.35, "deed_in_lieu": 0.60}  # fmt: skip
_WEIGHTS = {
    "unresponsive": {"reinstatement": 0.05, "modification": 0.05, "discounted_payoff": 0.10, "foreclosure": 0.75,
                     "note_sale": 0.05},
    "stay": {"reinstatement": 0.10, "repayment_plan": 0.10, "forbearance": 0.05, "modification": 0.30,
             "discounted_payoff": 0.10, "foreclosure": 0.35},
    "sell": {"discounted_payoff": 0.20, "short_sale": 0.40, "foreclosure": 0.40},
    "leave": {"short_sale": 0.15, "deed_in_lieu": 0.45, "foreclosure": 0.40},
    "unknown": {"reinstatement": 0.06, "repayment_plan": 0.05, "forbearance": 0.03, "modification": 0.14,
                "discounted_payoff": 0.08, "short_sale": 0.07, "deed_in_lieu": 0.07, "foreclosure": 0.50},
}  # fmt: skip
_BK_DELAY = {"7": 3, "11": 4, "12": 4, "13": 4}

FIELDS: tuple[Field, ...] = (
    *_group(
        "valuation",
        Field("as_of", "", "date", "date", "today", source=CHOICE,
              help="Funding date, t = 0; without one, the day of the run"),
        _rate("target_yield", 0.15, 1.0, "Yield the investor asks, nominal, compounded monthly"),
        _share("value_haircut", 0.10, 1.0, "of the property value",
               "Taken off the property value: a drive-by opinion of a distressed house"),
        _share("tax_insurance_rate", 0.02, 0.2, "of the property value a year",
               "Taxes and insurance where the tape has no amount"),
    ),
    *_group(
        "servicing",
        _word("servicing_model", "client_managed", ("client_managed", "full_service"),
              "Who manages the workouts: the client, or the servicer at a higher fee and a contingency"),
        _monthly("servicing_npl", 35.0, 1000.0, "Fee for a non-performing loan"),
        _monthly("servicing_performing", 20.0, 1000.0, "Fee for a performing loan"),
        _monthly("servicing_full_service", 90.0, 1000.0, "Fee for a non-performing loan under full service",
                 GLOSSARY),
        _share("contingency_rate", 0.03, 0.5, "of the proceeds", "Contingency fee of a liquidation, full service only"),
    ),
    *_group(
        "retention exit",
        _word("exit", "sell", ("sell", "hold"), "Sell the re-performing note, or hold it to its end"),
        _months("exit_months", 12, 1, 480, "Payments received before the re-performing note is sold"),
        _rate("exit_yield", 0.08, 1.0, "Yield asked by the buyer of the re-performing note"),
        _share("exit_cap_value", 0.85, 2.0, "of the equity", "Price cap of the re-performing note"),
    ),
    *_group(
        "re-default",
        _table("redefault", _REDEFAULT, "share, months",
               "Chance that a plan fails again, and the number of payments made before it does"),
        _factor("redefault_factor", 0.0, 10.0, "Multiplies every chance of re-default"),
    ),
    *_group("reinstatement", _months("reinstatement_month", 2, 1, 60, "Month in which the arrears are paid")),
    *_group("repayment plan", _months("plan_months", 12, 1, 120, "Months over which arrears are paid")),
    *_group(
        "forbearance",
        _table("forbearance_steps", ((3, 0.0), (3, 0.5)), "months, share of the payment",
               "Up to six steps: months, and the share of the monthly payment paid in them"),
        _word("forbearance_exit", "plan", ("lump", "plan", "defer"),
              "What is unpaid: due at once, repaid over plan_months, or deferred without interest"),
    ),
    *_group(
        "modification",
        _months("mod_start", 3, 1, 60, "Months until the modification starts"),
        _rate("mod_rate", 0.05, 0.36, "Rate after modification, never above the note rate unless step rates are set"),
        _months("mod_term", 360, 1, 480, "Term after modification", "customary new 30-year term"),
        _table("mod_step_rates", (), "months, rate per year",
               "Up to five steps before mod_rate: months, and their rate; they switch the payment target off", CHOICE),
        _word("mod_target", "waterfall", ("waterfall", "none"),
              "Lower rate, longer term, then forbearance until the target payment is met; or terms as given"),
        _share("mod_payment_cut", 0.20, 1.0, "of the payment", "Cut of principal and interest aimed at", FLEX),
        _share("housing_ratio", 0.40, 1.0, "of the income", "Housing payment at most, income known", FLEX_2017),
        _rate("mod_rate_floor", 0.03, 0.36, "Lowest rate the waterfall may reach"),
        _months("mod_term_max", 480, 1, 600, "Longest term the waterfall may reach", FLEX),
        _share("mod_forbear_max", 0.30, 1.0, "of the capitalised balance",
               "Most principal the waterfall may forbear", FLEX_2017),
        _usd("down_payment", 0.0, 1e7, "Paid by the borrower when the modification starts", NEUTRAL),
        _usd("forgiven", 0.0, 1e7, "Principal forgiven", NEUTRAL),
        _usd("forborne", 0.0, 1e7, "Principal forborne: no interest, due with the last payment", NEUTRAL),
    ),
    *_group(
        "discounted payoff",
        _share("dpo_rate", 0.75, 2.0, "of the equity", "Payoff accepted"),
        _share("dpo_rate_debt", 0.90, 1.0, "of the legal balance", "Payoff accepted at most, by the debt"),
        _share("dpo_floor_upb", 0.10, 1.0, "of the UPB", "Payoff at least: a lien without equity still settles"),
        _months("dpo_month", 4, 1, 120, "Month of the payoff"),
        _usd("dpo_legal_cost", 500.0, 1e5, "Legal cost of a payoff"),
        _word("dpo_alternative", "foreclosure", tuple(s for s in STRATEGIES if s != "discounted_payoff"),
              "Strategy that the break-even payoff is held against"),
    ),
    *_group(
        "short sale",
        _months("short_sale_months", 7, 1, 60, "Months until the sale closes"),
        _share("short_sale_discount", 0.10, 1.0, "of the value", "Price below value"),
        _share("sale_cost_rate", 0.08, 0.5, "of the price", "Commission and closing costs"),
        _usd("borrower_incentive", 3000.0, 1e5, "Paid to the borrower at closing"),
        _usd("junior_release", 0.0, 1e6, "Paid to junior liens for their release", NEUTRAL),
    ),
    *_group(
        "deed-in-lieu",
        _months("dil_months", 3, 1, 60, "Months until the deed"),
        _usd("dil_legal_cost", 1500.0, 1e5, "Legal cost of the deed"),
        _usd("cash_for_keys_dil", 3000.0, 1e5, "Paid to the occupant for leaving"),
        _share("dil_repair_rate", 0.05, 1.0, "of the value", "Repairs after a deed-in-lieu"),
    ),
    *_group(
        "foreclosure",
        _months("referral_wait", 4, 0, 36, "Months late before a referral: 120 days", "12 CFR 1024.41(f)"),
        _months("fc_months_add", 0, -60, 240, "Added to every state's months", NEUTRAL),
        _factor("fc_months_factor", 0.1, 10.0, "Multiplies every state's months, after fc_months_add"),
        _share("third_party_share", 0.30, 1.0, "of the auctions", "Chance that a third party buys at the auction"),
        _share("auction_bid_rate", 0.75, 2.0, "of the value", "What a third party bids"),
        _monthly("preservation_monthly", 75.0, 1e4, "Inspections, lawn, securing until the sale"),
        _months("contest_delay", 3, 0, 120, "Added where the foreclosure is contested (90 days)", EXHIBIT),
        _usd("contested_legal_cost", 7500.0, 1e6, "Added to the legal cost where contested"),
        _table("bk_delay", _BK_DELAY, "months", "Added in a bankruptcy, by chapter (80 and 125 days)", EXHIBIT),
        _table("states", {}, "by state", "Your own cells of the state table", "the state table's own, cell by cell"),
    ),
    *_group(
        "REO",
        _share("repair_rate", 0.10, 1.0, "of the value", "Repairs after a foreclosure"),
        _usd("cash_for_keys_reo", 2000.0, 1e5, "Paid to the occupant for leaving"),
        _monthly("reo_monthly", 250.0, 1e4, "Upkeep besides taxes and insurance"),
        _months("eviction_months", 2, 0, 60, "Months to vacant possession; 0 where vacant already"),
        _months("marketing_months", 5, 1, 120, "Months on the market until closing"),
        _share("reo_discount", 0.05, 1.0, "of the value", "Price below value"),
        _share("reo_sale_cost_rate", 0.08, 0.5, "of the price", "Commission and closing costs"),
    ),
    *_group(
        "note sale",
        _share("note_sale_rate", 0.55, 1.5, "of the lesser of debt and equity", "Price of the note as it stands"),
        _months("note_sale_months", 2, 1, 60, "Months until the note is sold"),
    ),
    *_group(
        "bid",
        _usd("acquisition_cost", 750.0, 1e5, "Due diligence, transfer and boarding of a loan"),
        _share("acquisition_rate", 0.0, 1.0, "of the UPB", "Acquisition cost in proportion", NEUTRAL),
        _share("bid_cap_upb", 0.95, 10.0, "of the UPB", "Bid at most"),
        _share("bid_cap_value", 0.75, 10.0, "of the equity", "Bid at most"),
    ),
    *_group(
        "screening",
        _rate("light_green_yield", 0.15, 6.0, "Green: the ask yields at least this on the expected outcome"),
        _share("light_green_itv", 0.65, 10.0, "of the value", "Green: all-in cost and prior claims at most"),
        _rate("light_amber_yield", 0.12, 6.0, "Amber: the ask yields at least this"),
        _share("light_amber_itv", 0.80, 10.0, "of the value", "Amber: all-in cost and prior claims at most"),
    ),
    *_group(
        "summary",
        _share("concentration_share", 0.80, 1.0, "of the UPB", "Summary lists the largest that make this", CHOICE),
        *_bands("ltv_band", "share", "of value", LTV_BANDS, "loan-to-value"),
        *_bands("missed_band", "count", "payments", MISSED_BANDS, "instalments missed"),
    ),
    *_group(
        "success",
        _table("success", _SUCCESS, "share", "Chance that a strategy, once pursued, comes about"),
        _months("attempt_months", 2, 1, 60, "Months an attempt that fails takes"),
    ),
    *_group(
        "weights",
        _table("weights", _WEIGHTS, "share", "How often each strategy is the outcome, by the borrower's situation"),
    ),
)  # fmt: skip

BY_NAME: dict[str, Field] = {entry.name: entry for entry in FIELDS}
SCALARS: tuple[Field, ...] = tuple(entry for entry in FIELDS if entry.kind != "table")
TABLES: tuple[str, ...] = tuple(entry.name for entry in FIELDS if entry.kind == "table")

OVERRIDABLE: frozenset[str] = frozenset(
    entry.name for entry in SCALARS if entry.kind != "date" and entry.group != "summary"
)
"""Assumptions that are one number or one word: a tape column of that name overrides them for its loan."""

STATE_OVERRIDES = ("fc_months", "legal_fee", "redemption_months")
"""Cells of the state table that a tape column may override for its loan."""
