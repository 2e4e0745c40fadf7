"""The assumptions: documented defaults, ranges, messages, merging, TOML there and back, and the flat inputs."""

from __future__ import annotations

import copy
import datetime as dt
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossmit_xl.assumption_cells import CELLS, CONSTANT_HELP, CONSTANTS, INPUT_BY_NAME, INPUTS, STATE_CELLS
from lossmit_xl.assumption_fields import (
    BY_NAME,
    CONVENTION,
    FIELDS,
    OVERRIDABLE,
    SCALARS,
    STATE_OVERRIDES,
    TABLES,
    Field,
)
from lossmit_xl.assumptions import Assumptions, parse_override
from lossmit_xl.columns import BANKRUPTCY_CHAPTERS
from lossmit_xl.errors import AssumptionError, LossmitError, OutputError, TapeError
from lossmit_xl.names import (
    LIQUIDATION,
    PURSUED,
    REFERENCE,
    RETENTION,
    SITUATIONS,
    STRATEGIES,
    STRATEGY_LABELS,
)
from lossmit_xl.states import STATE_CODES

# The method's table of defaults as printed, group by group; True where it has an asterisk (a convention).
DOCUMENTED: dict[str, tuple[Any, bool]] = {
    # valuation
    "as_of": ("today", False),
    "target_yield": (0.15, True),
    "value_haircut": (0.10, True),
    "tax_insurance_rate": (0.02, True),
    # servicing
    "servicing_model": ("client_managed", False),
    "servicing_npl": (35, True),
    "servicing_performing": (20, True),
    "servicing_full_service": (90, False),
    "contingency_rate": (0.03, True),
    # retention exit
    "exit": ("sell", False),
    "exit_months": (12, True),
    "exit_yield": (0.08, True),
    "exit_cap_value": (0.85, True),
    # re-default
    "redefault": (
        {
            "reinstatement": (0.20, 6),
            "repayment_plan": (0.35, 6),
            "forbearance": (0.35, 6),
            "modification": (0.30, 6),
        },
        True,
    ),
    "redefault_factor": (1, False),
    # reinstatement, repayment plan, forbearance
    "reinstatement_month": (2, True),
    "plan_months": (12, True),
    "forbearance_steps": (((3, 0.0), (3, 0.5)), True),
    "forbearance_exit": ("plan", False),
    # modification
    "mod_start": (3, True),
    "mod_rate": (0.05, True),
    "mod_term": (360, False),
    "mod_step_rates": ((), False),
    "mod_target": ("waterfall", False),
    "mod_payment_cut": (0.20, False),
    "housing_ratio": (0.40, False),
    "mod_rate_floor": (0.03, True),
    "mod_term_max": (480, False),
    "mod_forbear_max": (0.30, False),
    "down_payment": (0, False),
    "forgiven": (0, False),
    "forborne": (0, False),
    # discounted payoff
    "dpo_rate": (0.75, True),
    "dpo_rate_debt": (0.90, True),
    "dpo_floor_upb": (0.10, True),
    "dpo_month": (4, True),
    "dpo_legal_cost": (500, True),
    "dpo_alternative": ("foreclosure", False),
    # short sale
    "short_sale_months": (7, True),
    "short_sale_discount": (0.10, True),
    "sale_cost_rate": (0.08, True),
    "borrower_incentive": (3000, True),
    "junior_release": (0, False),
    # deed-in-lieu
    "dil_months": (3, True),
    "dil_legal_cost": (1500, True),
    "cash_for_keys_dil": (3000, True),
    "dil_repair_rate": (0.05, True),
    # foreclosure
    "referral_wait": (4, False),
    "fc_months_add": (0, False),
    "fc_months_factor": (1, False),
    "third_party_share": (0.30, True),
    "auction_bid_rate": (0.75, True),
    "preservation_monthly": (75, True),
    "contest_delay": (3, False),
    "contested_legal_cost": (7500, True),
    "bk_delay": ({"7": 3, "11": 4, "12": 4, "13": 4}, False),
    "states": ({}, False),
    # REO
    "repair_rate": (0.10, True),
    "cash_for_keys_reo": (2000, True),
    "reo_monthly": (250, True),
    "eviction_months": (2, True),
    "marketing_months": (5, True),
    "reo_discount": (0.05, True),
    "reo_sale_cost_rate": (0.08, True),
    # note sale
    "note_sale_rate": (0.55, True),
    "note_sale_months": (2, True),
    # bid
    "acquisition_cost": (750, True),
    "acquisition_rate": (0, False),
    "bid_cap_upb": (0.95, True),
    "bid_cap_value": (0.75, True),
    # screening, and how Summary groups and lists
    "light_green_yield": (0.15, True),
    "light_green_itv": (0.65, True),
    "light_amber_yield": (0.12, True),
    "light_amber_itv": (0.80, True),
    "concentration_share": (0.80, False),
    **{f"ltv_band{place}": (start, False) for place, start in enumerate((0.5, 0.7, 0.8, 0.9, 1.0, 1.2), start=2)},
    **{f"missed_band{place}": (start, False) for place, start in enumerate((1, 3, 6, 12, 24), start=2)},
    # success
    "success": (
        {
            "reinstatement": 0.40,
            "repayment_plan": 0.40,
            "forbearance": 0.50,
            "modification": 0.50,
            "discounted_payoff": 0.30,
            "short_sale": 0.35,
            "deed_in_lieu": 0.60,
        },
        True,
    ),
    "attempt_months": (2, True),
    # weights: in the order of STRATEGIES
    "weights": (
        {
            "unresponsive": (0.05, 0, 0, 0.05, 0.10, 0, 0, 0.75, 0.05),
            "stay": (0.10, 0.10, 0.05, 0.30, 0.10, 0, 0, 0.35, 0),
            "sell": (0, 0, 0, 0, 0.20, 0.40, 0, 0.40, 0),
            "leave": (0, 0, 0, 0, 0, 0.15, 0.45, 0.40, 0),
            "unknown": (0.06, 0.05, 0.03, 0.14, 0.08, 0.07, 0.07, 0.50, 0),
        },
        True,
    ),
}

NUMERIC = [field for field in SCALARS if field.low is not None]
WORDS = [field for field in SCALARS if field.choices]


def problems(**values: Any) -> tuple[str, ...]:
    with pytest.raises(AssumptionError) as raised:
        Assumptions(**values)
    return raised.value.problems


def toml_problems(text: str) -> tuple[str, ...]:
    with pytest.raises(AssumptionError) as raised:
        Assumptions.from_toml(text + "\n")
    return raised.value.problems


def name_of(field: Field) -> str:
    return field.name


class TestDescription:
    def test_fields_are_the_documented_ones_in_order(self) -> None:
        assert [field.name for field in FIELDS] == list(DOCUMENTED)
        assert list(Assumptions.model_fields) == list(DOCUMENTED)

    @pytest.mark.parametrize("name", [name for name in DOCUMENTED if name not in ("as_of", "weights")])
    def test_default_is_the_documented_one(self, name: str) -> None:
        assert getattr(Assumptions(), name) == DOCUMENTED[name][0]

    @pytest.mark.parametrize("situation", SITUATIONS)
    def test_default_weights_are_the_documented_ones(self, situation: str) -> None:
        row = Assumptions().weights[situation]
        assert tuple(row) == STRATEGIES
        assert tuple(row.values()) == DOCUMENTED["weights"][0][situation]
        assert math.fsum(row.values()) == pytest.approx(1, abs=1e-12)

    def test_as_of_is_the_day_of_the_run(self) -> None:
        before = dt.date.today()
        assert before <= Assumptions().as_of <= dt.date.today()

    @pytest.mark.parametrize("field", FIELDS, ids=name_of)
    def test_marked_as_convention_where_the_method_has_an_asterisk(self, field: Field) -> None:
        assert field.convention is DOCUMENTED[field.name][1]
        assert (field.source == CONVENTION) is field.convention

    @pytest.mark.parametrize("field", [*FIELDS, *INPUTS], ids=name_of)
    def test_described_in_full(self, field: Field) -> None:
        assert field.help and field.unit and field.source and field.group
        assert not field.help.endswith(".")  # the writers of comments add it
        if field.kind in ("rate", "share", "money", "count", "number"):
            assert field.low is not None and field.high is not None
            assert field.low <= field.default <= field.high
        assert bool(field.choices) is (field.kind == "choice")

    def test_python_types_follow_the_kind(self) -> None:
        expected = {"count": "int", "choice": "str", "date": "dt.date"}
        for field in SCALARS:
            assert Assumptions.__annotations__[field.name] == expected.get(field.kind, "float"), field.name

    def test_words_and_families(self) -> None:
        assert STRATEGIES == RETENTION + LIQUIDATION + REFERENCE
        assert len(STRATEGIES) == 9 and tuple(STRATEGY_LABELS) == STRATEGIES
        assert set(STRATEGIES) - set(PURSUED) == {"foreclosure", "note_sale"}
        assert BY_NAME["dpo_alternative"].choices == tuple(s for s in STRATEGIES if s != "discounted_payoff")

    def test_what_a_loan_may_override(self) -> None:
        of_no_loan = {field.name for field in SCALARS if field.group == "summary"}
        assert {field.name for field in SCALARS} - {"as_of"} - of_no_loan == OVERRIDABLE
        assert not OVERRIDABLE & set(TABLES)
        assert set(STATE_OVERRIDES) <= STATE_CELLS.keys()


class TestRanges:
    @pytest.mark.parametrize("field", NUMERIC, ids=name_of)
    def test_bounds_are_inclusive(self, field: Field) -> None:
        for bound in (field.low, field.high):
            value = getattr(Assumptions(**{field.name: bound}), field.name)
            assert value == bound
            assert type(value) is (int if field.kind == "count" else float)

    @pytest.mark.parametrize("field", NUMERIC, ids=name_of)
    @pytest.mark.parametrize("side", ["below", "above"])
    def test_outside_is_refused(self, field: Field, side: str) -> None:
        assert field.low is not None and field.high is not None
        step = 1 if field.kind == "count" else 0.0001
        value = field.low - step if side == "below" else field.high + step
        (line,) = problems(**{field.name: value})
        assert line.startswith(f"{field.name} = {value}: must lie between {field.low:g} and ")

    @pytest.mark.parametrize("field", NUMERIC, ids=name_of)
    @pytest.mark.parametrize("value", [True, None, [1], "abc", math.nan, math.inf, 10**400, np.bool_(True)], ids=repr)
    def test_not_a_finite_number_is_refused(self, field: Field, value: object) -> None:
        (line,) = problems(**{field.name: value})
        assert line.startswith(f"{field.name} = ") and ": must be a number between " in line

    @pytest.mark.parametrize("field", [f for f in NUMERIC if f.kind == "count"], ids=name_of)
    def test_counts_are_whole(self, field: Field) -> None:
        (line,) = problems(**{field.name: 2.5})
        assert line == f"{field.name} = 2.5: must be a whole number of months; did you mean 3?"
        assert getattr(Assumptions(**{field.name: 3.0}), field.name) == 3

    @pytest.mark.parametrize("field", WORDS, ids=name_of)
    def test_words(self, field: Field) -> None:
        for word in field.choices:
            assert getattr(Assumptions(**{field.name: word}), field.name) == word
        for wrong in ("", "other", 1, None, True):
            (line,) = problems(**{field.name: wrong})
            assert all(f'"{word}"' in line for word in field.choices)

    def test_numbers_of_numpy_and_pandas_are_numbers(self) -> None:
        made = Assumptions(exit_months=np.int64(24), mod_rate=np.float64(0.04), as_of=pd.Timestamp(2026, 10, 31))
        assert (made.exit_months, made.mod_rate, made.as_of) == (24, 0.04, dt.date(2026, 10, 31))
        assert type(made.exit_months) is int and type(made.as_of) is dt.date

    def test_only_additions_waits_and_delays_may_be_0_or_less(self) -> None:
        free = {field.name for field in NUMERIC if field.kind == "count" and (field.low or 0) < 1}
        assert free == {"fc_months_add", "referral_wait", "contest_delay", "eviction_months"}


HINTS = [  # what was written, the line that comes back
    ("exit_cap_value = 85", "must lie between 0 and 2; did you mean 0.85 (85 % of the equity)?"),
    ("target_yield = 15", "must lie between 0 and 1; did you mean 0.15 (15 % per year)?"),
    ("mod_rate = 4.125", "must lie between 0 and 0.36; did you mean 0.04125 (4.125 % per year)?"),
    ("value_haircut = -0.1", "must lie between 0 and 1; did you mean 0.1 (10 % of the property value)?"),
    ("value_haircut = -10", "must lie between 0 and 1; did you mean 0.1 (10 % of the property value)?"),
    ("bid_cap_upb = 95", "must lie between 0 and 10; did you mean 0.95 (95 % of the UPB)?"),
    ("target_yield = 1500", "must lie between 0 and 1"),
    ("dpo_legal_cost = -500", "must lie between 0 and 100000; did you mean 500?"),
    ("referral_wait = 120", "must lie between 0 and 36; did you mean 4 (120 days)?"),
    ("fc_months_factor = 130", "must lie between 0.1 and 10; did you mean 1.3 (130 %)?"),
    ("mod_term = 0", "must lie between 1 and 480"),
    ('target_yield = "15 %"', "must be a number between 0 and 1; did you mean 0.15 (15 % per year)?"),
    ('target_yield = "0,15"', "must be a number between 0 and 1; did you mean 0.15 (15 % per year)?"),
    ('exit_months = "12"', "must be a number between 1 and 480; did you mean 12?"),
    ('exit = "Sell"', 'must be one of "sell", "hold"; did you mean sell?'),
    ('exit = "xyz"', 'must be one of "sell", "hold"'),
    ('mod_target = "waterfal"', 'must be one of "waterfall", "none"; did you mean waterfall?'),
    ('as_of = "31.10.2026"', "must be a date, written 2026-10-31 (year-month-day)"),
    ("as_of = 1999-12-31", "must lie between 2000-01-01 and 2099-12-31"),
    ("target_yeild = 0.1", "there is no such assumption; did you mean target_yield?"),
    ("yield = 0.1", "there is no such assumption; did you mean exit_yield or target_yield?"),
    ("zzz = 0.1", "there is no such assumption; `lossmit assumptions` lists them all"),
    ("fc_months = 20", "belongs to a state; write it below a line such as [states.FL]"),
    ("modification_success = 0.5", "is a cell of a table; write it as success.modification"),
    ("success = 0.5", "must be a table: write [success] and below it one line a cell"),
    ("forbearance_steps = 3", "must be a list of pairs, such as [[3, 0.0], [3, 0.5]]"),
    ("forbearance_steps = []", "needs at least one step, such as [[3, 0.0], [3, 0.5]]"),
    ("mod_step_rates = [24, 0.03]", "must be a list of pairs, such as [[24, 0.03], [24, 0.04]]"),
]


@pytest.mark.parametrize(("written", "answer"), HINTS, ids=[written for written, _ in HINTS])
def test_likely_intent(written: str, answer: str) -> None:
    assert toml_problems(written) == (f"{written}: {answer}",)


TABLE_HINTS = [  # TOML, the line that comes back
    ("[redefault]\nmodification = [30, 6]",
     "redefault.modification, share = 30: must lie between 0 and 1; did you mean 0.3 (30 % of the plans)?"),
    ("[redefault]\nmodification = [0.3, 0]", "redefault.modification, months = 0: must lie between 1 and 480"),
    ("[redefault]\nmodification = 0.3",
     "redefault.modification = 0.3: must be a pair, share and months, such as [0.30, 6]"),
    ("[redefault]\nmodifcation = [0.3, 6]", "redefault.modifcation: is not known there; did you mean modification?"),
    ("[redefault]\nshort_sale = [0.3, 6]",
     "redefault.short_sale: is not known there; it has reinstatement, repayment_plan, forbearance, modification"),
    ("[success]\nexit = 'hold'",
     "success.exit: exit is an assumption of its own; move its line above the first [table] line"),
    ("[success]\nshort_sale = 35",
     "success.short_sale = 35: must lie between 0 and 1; did you mean 0.35 (35 % of the attempts)?"),
    ("[bk_delay]\n13 = 200", "bk_delay.13 = 200: must lie between 0 and 120; did you mean 7 (200 days)?"),
    ("[bk_delay]\n9 = 2", "bk_delay.9: is not known there; it has 7, 11, 12, 13"),
    ("[weights.sell]\nshort_sale = 40",
     "weights.sell.short_sale = 40: must lie between 0 and 1; did you mean 0.4 (40 % of the outcomes)?"),
    ("[weights.sell]\nshort_sale = 0.4",
     "weights.sell: the shares add up to 0.4, not 1; they replace the whole row, a strategy that is not named has 0"),
    ("[weights.sel]\nshort_sale = 1.0", "weights.sel: is not known there; did you mean sell?"),
    ("[weights]\nsell = 1.0", "weights.sell = 1.0: must be a row: write [weights.sell] and below it one line a "
     "strategy"),
    ("[states.FL]\nfc_month = 30", "states.FL.fc_month: is not known there; did you mean fc_months?"),
    ("[states.FL]\nfc_months = 0", "states.FL.fc_months = 0: must lie between 1 and 360"),
    ("[states.FL]\nfc_months = 720",
     "states.FL.fc_months = 720: must lie between 1 and 360; did you mean 24 (720 days)?"),
    ("[states.FL]\nprocess = 'judical'",
     'states.FL.process = "judical": must be one of "judicial", "non_judicial"; did you mean judicial?'),
    ("[states.Floridda]\nfc_months = 3", "states.Floridda: is not a state or territory of the table; "
     "did you mean Florida?"),
    ("[states.XX]\nfc_months = 3", "states.XX: is not a state or territory of the table; "
     '"US" is the row for unknown states'),
    ("[states]\nFL = 3", "states.FL = 3: must be a row: write [states.FL] and below it one line a cell"),
    ("[valuation]\ntarget_yield = 0.1",
     "[valuation]: there is no such table; delete the line, its fields stand on their own"),
    ("forbearance_steps = [[0, 0.0], [3, 50]]", "forbearance_steps, step 1, months = 0: must lie between 1 and 60"),
    ("forbearance_steps = [[40, 0.0], [30, 0.5]]",
     "forbearance_steps: 70 months in all, at most 60 are possible; shorten a step"),
    ("mod_step_rates = [[12, 3]]",
     "mod_step_rates, step 1, rate = 3: must lie between 0 and 0.36; did you mean 0.03 (3 % per year)?"),
    ("forbearance_steps = [[1,0],[1,0],[1,0],[1,0],[1,0],[1,0],[1,0]]",
     "forbearance_steps: has 7 steps, at most 6 are possible; join steps that are alike"),
    ("mod_step_rates = [[1,0],[1,0],[1,0],[1,0],[1,0],[1,0]]",
     "mod_step_rates: has 6 steps, at most 5 are possible; join steps that are alike"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "answer"), TABLE_HINTS, ids=[written for written, _ in TABLE_HINTS])
def test_wrong_cell_of_a_table(written: str, answer: str) -> None:
    assert toml_problems(written)[0] == answer


def test_all_problems_at_once_each_naming_the_file(tmp_path: Path) -> None:
    file = tmp_path / "deal.toml"
    file.write_text(
        'exit_cap_value = 85\nexit = "sel"\nmod_term = 0\nforbearance_steps = [[0, 50]]\nyeild = 1\n'
        "[redefault]\nforbearance = [35, 0]\n[weights.sell]\nshort_sale = 0.4\n[states.FL]\nfc_months = 0\n"
        "legal_fee = -1\n",
        encoding="utf-8",
    )
    with pytest.raises(AssumptionError) as raised:
        Assumptions.from_toml(file)
    named = [line.partition(" = ")[0].partition(":")[0] for line in raised.value.problems]
    assert named == [
        "deal.toml, exit",
        "deal.toml, exit_cap_value",
        "deal.toml, redefault.forbearance, share",
        "deal.toml, redefault.forbearance, months",
        "deal.toml, forbearance_steps, step 1, months",
        "deal.toml, forbearance_steps, step 1, share",
        "deal.toml, mod_term",
        "deal.toml, states.FL.fc_months",
        "deal.toml, states.FL.legal_fee",
        "deal.toml, weights.sell",
        "deal.toml, yeild",
    ]
    assert str(raised.value) == "\n".join(raised.value.problems)
    assert raised.value.problems[1] == (
        "deal.toml, exit_cap_value = 85: must lie between 0 and 2; did you mean 0.85 (85 % of the equity)?"
    )


class TestMerging:
    def test_a_table_names_only_the_cells_that_change(self) -> None:
        made = Assumptions.from_toml(
            "[redefault]\nmodification = [0.5, 9]\n[bk_delay]\n13 = 7\n[success]\nforbearance=1"
        )
        assert made.redefault == {**Assumptions().redefault, "modification": (0.5, 9)}
        assert made.bk_delay == {"7": 3, "11": 4, "12": 4, "13": 7}
        assert made.success == {**Assumptions().success, "forbearance": 1.0}

    def test_weights_replace_their_whole_row_and_no_other(self) -> None:
        made = Assumptions(weights={"sell": {"short_sale": 1}})
        assert made.weights["sell"] == {**dict.fromkeys(STRATEGIES, 0.0), "short_sale": 1.0}
        assert {s: made.weights[s] for s in SITUATIONS if s != "sell"} == {
            s: Assumptions().weights[s] for s in SITUATIONS if s != "sell"
        }

    @pytest.mark.parametrize(("off", "accepted"), [(9e-7, True), (-9e-7, True), (1.1e-6, False), (-1.1e-6, False)])
    def test_weights_sum_to_1_within_a_millionth(self, off: float, accepted: bool) -> None:
        row = {"sell": {"short_sale": 0.5, "foreclosure": 0.5 + off}}
        if accepted:
            assert Assumptions(weights=row).weights["sell"]["foreclosure"] == 0.5 + off
        else:
            assert problems(weights=row)[0].startswith("weights.sell: the shares add up to ")

    def test_replace_builds_on_what_stands(self) -> None:
        first = Assumptions(target_yield=0.2, redefault={"forbearance": (0.1, 3)}, states={"FL": {"fc_months": 30}})
        second = first.replace(
            redefault={"modification": (0.3, 7)},
            states={"FL": {"legal_fee": 1}, "ny": {"fc_months": 10}},
            bk_delay={13: 5},
            weights={"leave": {"deed_in_lieu": 1.0}},
        )
        assert second.target_yield == 0.2
        assert (second.redefault["forbearance"], second.redefault["modification"]) == ((0.1, 3), (0.3, 7))
        assert second.states == {"FL": {"fc_months": 30, "legal_fee": 1.0}, "NY": {"fc_months": 10}}
        assert second.bk_delay["13"] == 5 and second.weights["leave"]["deed_in_lieu"] == 1
        assert first.states == {"FL": {"fc_months": 30}}  # the first is as it was

    def test_replace_tells_all_problems_too(self) -> None:
        with pytest.raises(AssumptionError) as raised:
            Assumptions().replace(redefault={"modification": (3, 6)}, target_yield=15, bk_delay=2, nonsense=1)
        assert [line.partition(" = ")[0] for line in raised.value.problems] == [
            "redefault.modification, share",
            "bk_delay",
            "target_yield",
            "nonsense",
        ]

    def test_a_bad_table_alone_is_an_error_of_replace(self) -> None:
        with pytest.raises(AssumptionError, match=r"success\.modification = 5"):
            Assumptions().replace(success={"modification": 5})

    def test_states_by_any_spelling_and_the_national_row(self) -> None:
        made = Assumptions(states={"Fla.": {"process": "non_judicial"}, "us": {"redemption_months": 0}})
        assert made.states == {"FL": {"process": "non_judicial"}, "US": {"redemption_months": 0}}


class TestStepRatesAndTarget:
    STEPS = ((24, 0.03), (24, 0.04))

    def test_step_rates_alone_switch_the_target_off(self) -> None:
        assert Assumptions.from_toml("mod_step_rates = [[24, 0.03]]").mod_target == "none"
        assert Assumptions(mod_step_rates=self.STEPS).mod_target == "none"
        made = Assumptions().replace(mod_step_rates=self.STEPS)
        assert (made.mod_target, made.mod_step_rates) == ("none", self.STEPS)

    @pytest.mark.parametrize("text", ["mod_step_rates = [[24, 0.03]]\nmod_target = 'waterfall'"])
    def test_both_in_a_file_are_an_error_that_says_so(self, text: str) -> None:
        (line,) = toml_problems(text)
        assert "exclude each other, and both are set" in line and "mod_step_rates" in line

    def test_both_in_replace_are_an_error(self) -> None:
        with pytest.raises(AssumptionError, match="exclude each other"):
            Assumptions().replace(mod_step_rates=self.STEPS, mod_target="waterfall")
        with pytest.raises(AssumptionError, match="exclude each other"):
            Assumptions(mod_step_rates=self.STEPS).replace(mod_target="waterfall")

    def test_target_comes_back_without_steps(self) -> None:
        back = Assumptions(mod_step_rates=self.STEPS).replace(mod_step_rates=(), mod_target="waterfall")
        assert back == Assumptions(as_of=back.as_of)

    def test_no_steps_leave_the_target(self) -> None:
        assert Assumptions.from_toml("mod_step_rates = []").mod_target == "waterfall"
        assert Assumptions.from_toml("mod_step_rates = []\nmod_target = 'waterfall'").mod_target == "waterfall"
        assert Assumptions(mod_target="none").replace(mod_step_rates=()).mod_target == "none"


class TestFrozen:
    def test_no_field_can_be_set(self) -> None:
        with pytest.raises(ValueError, match="frozen"):
            Assumptions().target_yield = 0.3

    @pytest.mark.parametrize("name", ["redefault", "success", "bk_delay", "weights", "states"])
    def test_no_table_can_be_changed_in_place(self, name: str) -> None:
        table: Any = getattr(Assumptions(states={"FL": {"fc_months": 9}}), name)
        key = next(iter(table))
        with pytest.raises(TypeError, match=r"use replace\(\)"):
            table[key] = 1
        with pytest.raises(TypeError, match=r"use replace\(\)"):
            table.update({key: 1})
        with pytest.raises(TypeError, match=r"use replace\(\)"):
            table.pop(key)
        if isinstance(table[key], dict):
            with pytest.raises(TypeError, match=r"use replace\(\)"):
                table[key].clear()

    def test_equal_ones_hash_alike_and_survive_pickle_and_copy(self) -> None:
        made = Assumptions(as_of=dt.date(2026, 10, 31), states={"FL": {"fc_months": 30}})
        for other in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), made.replace()):
            assert other == made and hash(other) == hash(made)
        assert made.replace(target_yield=0.2) != made

    def test_pydantic_entry_points_check_as_well(self) -> None:
        with pytest.raises(ValueError, match=r"did you mean 0\.15"):
            Assumptions.model_validate({"target_yield": 15})
        made = Assumptions(as_of=dt.date(2026, 10, 31), mod_rate=0.04)
        assert Assumptions.model_validate(made.model_dump()) == made


# --- TOML ---------------------------------------------------------------------------------------------------------


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Any allowed value of a scalar, or of a cell of a table."""
    if field.kind == "choice":
        return st.sampled_from(field.choices)
    if field.kind == "date":
        return st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
    assert field.low is not None and field.high is not None
    if field.kind == "count":
        return st.integers(int(field.low), int(field.high))
    return st.floats(field.low, field.high)


def some_of(cells: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=cells)


def weight_rows() -> st.SearchStrategy[dict[str, float]]:
    parts = st.lists(st.integers(0, 20), min_size=9, max_size=9).filter(any)
    return parts.map(lambda row: {s: part / sum(row) for s, part in zip(STRATEGIES, row, strict=True) if part})


def steps(slots: int, months: int, value: float, least: int) -> st.SearchStrategy[list[tuple[int, float]]]:
    return st.lists(st.tuples(st.integers(1, months // slots), st.floats(0, value)), min_size=least, max_size=slots)


def any_changes() -> st.SearchStrategy[dict[str, Any]]:
    scalars = {field.name: values_of(field) for field in SCALARS if field.name != "mod_target"}
    redefault = {s: st.tuples(st.floats(0, 1), st.integers(1, 480)) for s in RETENTION}
    state = some_of({name: values_of(cell) for name, cell in STATE_CELLS.items()})
    tables: dict[str, st.SearchStrategy[Any]] = {
        "redefault": some_of(dict(redefault)),
        "success": some_of({s: st.floats(0, 1) for s in PURSUED}),
        "bk_delay": some_of({chapter: st.integers(0, 120) for chapter in BANKRUPTCY_CHAPTERS}),
        "weights": some_of({situation: weight_rows() for situation in SITUATIONS}),
        "states": st.dictionaries(st.sampled_from((*STATE_CODES, "US")), state, max_size=3),
        "forbearance_steps": steps(6, 60, 1.0, 1),
        "mod_step_rates": steps(5, 480, 0.36, 0),
    }
    return some_of(scalars | tables)


@settings(max_examples=200, deadline=None)
@given(changes=any_changes(), comments=st.booleans())
def test_toml_there_and_back(changes: dict[str, Any], comments: bool) -> None:
    made = Assumptions(**changes)
    text = made.to_toml(comments=comments)
    assert Assumptions.from_toml(text) == made
    assert Assumptions.from_toml(text).to_toml(comments=comments) == text


@settings(max_examples=50, deadline=None)
@given(changes=any_changes())
def test_replace_equals_making_anew(changes: dict[str, Any]) -> None:
    day = {"as_of": dt.date(2026, 10, 31)}
    assert Assumptions(**day).replace(**changes) == Assumptions(**(day | changes))


@settings(max_examples=50, deadline=None)
@given(changes=any_changes())
def test_inputs_are_floats_or_words_within_their_ranges(changes: dict[str, Any]) -> None:
    flat = Assumptions(**changes).inputs()
    assert list(flat) == [*INPUT_BY_NAME, *CONSTANTS]
    for field in INPUTS:
        value = flat[field.name]
        if field.kind == "choice":
            assert value in field.choices
        else:
            assert type(value) is float
            assert field.kind == "date" or (field.low or 0) <= value <= (field.high or 0)


class TestToml:
    def test_a_file_by_path_or_by_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "deal.toml").write_bytes(b"\xef\xbb\xbftarget_yield = 0.2\r\nas_of = 2026-10-31\r\n")
        monkeypatch.chdir(tmp_path)
        for source in (tmp_path / "deal.toml", str(tmp_path / "deal.toml"), "deal.toml"):
            made = Assumptions.from_toml(source)
            assert (made.target_yield, made.as_of) == (0.2, dt.date(2026, 10, 31))

    def test_nothing_written_is_the_defaults(self) -> None:
        assert Assumptions.from_toml("") == Assumptions.from_toml("# only a comment\n") == Assumptions()

    def test_comments_give_every_fields_meaning_default_and_source(self) -> None:
        text = Assumptions(states={"FL": {"fc_months": 30}}, target_yield=0.2).to_toml(comments=True)
        for field in FIELDS:
            assert f"# {field.help}." in text and f"Source: {field.source}." in text, field.name
        assert "# per year; 0 to 1; default 0.15*. Source: analyst's convention, no published source.\n" in text
        assert "target_yield = 0.2\n" in text
        assert "modification = [0.3, 6]  # default [0.3, 6]*\n" in text
        assert "13 = 4  # default 4\n" in text
        assert "fc_months = 30  # the table has 20\n" in text
        for group in {field.group for field in FIELDS}:
            assert f"# ---- {group} ----" in text

    def test_without_comments_there_are_none(self) -> None:
        assert "#" not in Assumptions().to_toml()

    TROUBLE = (
        ("target_yield = .2", 'line 1, "target_yield = .2": is not valid TOML (Invalid value); '
         "write a 0 before the point: 0.2"),
        ("\nmod_rate = 5%", 'line 2, "mod_rate = 5%": is not valid TOML (Expected newline or end of document after a '
         "statement); write a decimal: 0.05"),
        ("mod_rate = 0,05", 'line 1, "mod_rate = 0,05": is not valid TOML (Expected newline or end of document after '
         "a statement); decimals take a point: 0.05"),
        ("exit = hold", 'line 1, "exit = hold": is not valid TOML (Invalid value); put words in quotes: "hold"'),
        ("x = [1,\n", 'text, "x = [1,": is not valid TOML (Invalid value); '
         "write lines such as target_yield = 0.15, words in quotes"),
        ("mod_rate = 0.1\nmod_rate = 0.2\n", 'line 2, "mod_rate = 0.2": is not valid TOML (Cannot overwrite a value); '
         "write lines such as target_yield = 0.15, words in quotes"),
    )  # fmt: skip

    @pytest.mark.parametrize(("text", "answer"), TROUBLE, ids=[text for text, _ in TROUBLE])
    def test_text_that_is_no_toml(self, text: str, answer: str) -> None:
        with pytest.raises(AssumptionError) as raised:
            Assumptions.from_toml(text)
        assert raised.value.problems == (answer,)

    def test_file_that_is_no_toml_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "deal.toml").write_text("exit = hold\n")
        with pytest.raises(AssumptionError, match=r'^deal.toml, line 1, "exit = hold": is not valid TOML'):
            Assumptions.from_toml(tmp_path / "deal.toml")

    def test_missing_file_directory_binary_and_huge(self, tmp_path: Path) -> None:
        (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
        (tmp_path / "huge.toml").write_bytes(b"#" * 1_000_001)
        for name, answer in (
            ("none.toml", "there is no such file; `lossmit assumptions` writes one"),
            ("", "cannot be read: "),
            ("latin.toml", "is not UTF-8 text; save it as UTF-8"),
            ("huge.toml", "has more than 1,000,000 bytes"),
        ):
            with pytest.raises(AssumptionError, match=answer) as raised:
                Assumptions.from_toml(tmp_path / name)
            assert len(raised.value.problems) == 1 and "\n" not in str(raised.value)

    def test_the_files_of_the_worked_loans(self) -> None:
        day = "as_of = 2026-10-31\n"
        hold = Assumptions.from_toml(
            day + 'exit = "hold"\nservicing_model = "full_service"\nforbearance_exit = "defer"'
        )
        assert (hold.exit, hold.servicing_model, hold.forbearance_exit) == ("hold", "full_service", "defer")
        stepped = Assumptions.from_toml(
            day + 'mod_target = "none"\nmod_step_rates = [[24, 0.03], [24, 0.04]]\nfc_months_factor = 1.3'
        )
        assert (stepped.mod_step_rates, stepped.fc_months_factor) == (((24, 0.03), (24, 0.04)), 1.3)


class TestInputs:
    def test_names(self) -> None:
        scalars = {field.name for field in SCALARS}
        tables = (
            {f"forbearance_step{n}_{what}" for n in range(1, 7) for what in ("months", "share")}
            | {f"mod_step{n}_{what}" for n in range(1, 6) for what in ("months", "rate")}
            | {f"{s}_redefault_{what}" for s in RETENTION for what in ("rate", "months")}
            | {f"{s}_success" for s in PURSUED}
            | {f"bk_delay_{chapter}" for chapter in ("7", "11", "12", "13")}
            | {f"weight_{situation}_{s}" for situation in SITUATIONS for s in STRATEGIES}
        )
        assert scalars | tables | set(CONSTANTS) == Assumptions().inputs().keys()
        assert len(INPUT_BY_NAME) == len(INPUTS)

    def test_values(self) -> None:
        flat = Assumptions(
            as_of=dt.date(2026, 10, 31),
            forbearance_steps=((3, 0.0), (2, 0.5), (1, 0.75)),
            mod_step_rates=((24, 0.03),),
            redefault={"forbearance": (0.4, 8)},
            bk_delay={"11": 9},
            success={"short_sale": 0.9},
            weights={"leave": {"deed_in_lieu": 0.25, "foreclosure": 0.75}},
        ).inputs()
        expected = {
            "as_of": 46326.0,  # Excel's serial of 31 October 2026
            "exit": "sell",
            "mod_target": "none",
            "forbearance_step1_months": 3.0,
            "forbearance_step1_share": 0.0,
            "forbearance_step2_months": 2.0,
            "forbearance_step2_share": 0.5,
            "forbearance_step3_share": 0.75,
            "forbearance_step4_months": 0.0,
            "forbearance_step6_share": 0.0,
            "mod_step1_months": 24.0,
            "mod_step1_rate": 0.03,
            "mod_step5_months": 0.0,
            "mod_step5_rate": 0.0,
            "forbearance_redefault_rate": 0.4,
            "forbearance_redefault_months": 8.0,
            "reinstatement_redefault_rate": 0.2,
            "bk_delay_7": 3.0,
            "bk_delay_11": 9.0,
            "bk_delay_13": 4.0,
            "short_sale_success": 0.9,
            "deed_in_lieu_success": 0.6,
            "weight_leave_deed_in_lieu": 0.25,
            "weight_leave_short_sale": 0.0,
            "weight_leave_foreclosure": 0.75,
            "weight_unknown_foreclosure": 0.5,
            "tick": 1e-6,
        }
        assert {name: flat[name] for name in expected} == expected

    def test_defaults_of_flat_inputs_are_what_they_say(self) -> None:
        flat = Assumptions().inputs()
        assert {f.name: f.default for f in INPUTS if f.kind != "date"} == {
            f.name: flat[f.name] for f in INPUTS if f.kind != "date"
        }

    def test_every_table_of_fixed_shape_is_laid_out(self) -> None:
        assert set(CELLS) == set(TABLES) - {"states"}

    def test_constants(self) -> None:
        cuts = [0.32, 0.16, 0.08, 0.04, 0.02, 0.01, 0.005, 0.0025, 0.00125]
        assert {
            "tick": 1e-6,
            "half": 0.5,
            "cent": 0.01,
            "mod_rate_step": 0.00125,
            "payment_rounding_months": 0.05,
            "max_scheduled": 480,
            "yield_settled": 1e-4,
            "yield_lowest": -0.6,
            "yield_highest": 6.0,
            "irr_lowest": -0.63,
            "irr_highest": 10.0,
            **{f"rate_cut_{place}": cut for place, cut in enumerate(cuts, 1)},
        } == CONSTANTS
        assert CONSTANT_HELP.keys() == CONSTANTS.keys() and all(CONSTANT_HELP.values())
        assert not CONSTANTS.keys() & BY_NAME.keys()


OVERRIDES = [  # name, what the tape's cell holds, value
    ("target_yield", 0.12, 0.12),
    ("target_yield", "12%", 0.12),
    ("target_yield", "9.5 %", 0.095),
    ("mod_rate", "0.04", 0.04),
    ("mod_term", "480 months", 480.0),
    ("mod_term", np.int64(480), 480.0),
    ("dpo_legal_cost", "$1,500.50", 1500.5),
    ("exit", " Hold ", "hold"),
    ("servicing_model", "Full service", "full_service"),
    ("dpo_alternative", "short-sale", "short_sale"),
    ("fc_months", "30", 30.0),
    ("legal_fee", 0, 0.0),
    ("redemption_months", 12, 12.0),
]


@pytest.mark.parametrize(("name", "raw", "value"), OVERRIDES)
def test_a_loans_own_value(name: str, raw: object, value: object) -> None:
    read = parse_override(name, raw)
    assert read == value and type(read) is type(value)


REFUSED = [
    ("target_yield", "12", 'target_yield = "12": must lie between 0 and 1; did you mean 0.12 (12 % per year)?'),
    ("target_yield", "0,12", 'target_yield = "0,12": must be a number between 0 and 1; '
     "did you mean 0.12 (12 % per year)?"),
    ("target_yield", "", 'target_yield = "": must be a number between 0 and 1'),
    ("target_yield", "nan", 'target_yield = "nan": must be a number between 0 and 1'),
    ("target_yield", None, "target_yield = None: must be a number between 0 and 1"),
    ("mod_term", "1_0", 'mod_term = "1_0": must be a number between 1 and 480'),
    ("mod_term", 12.5, "mod_term = 12.5: must be a whole number of months; did you mean 13?"),
    ("exit", "keep", 'exit = "keep": must be one of "sell", "hold"'),
    ("exit", 1, 'exit = 1: must be one of "sell", "hold"'),
    ("fc_months", 0, "fc_months = 0: must lie between 1 and 360"),
    ("as_of", "2026-01-01", "as_of: is not an assumption that a loan can override"),
    ("weights", 1, "weights: is not an assumption that a loan can override"),
    ("target_yeild", 1, "target_yeild: is not an assumption that a loan can override; did you mean target_yield?"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw", "answer"), REFUSED)
def test_a_loans_own_value_refused(name: str, raw: object, answer: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_override(name, raw)
    assert str(raised.value) == answer


class TestErrors:
    def test_tree(self) -> None:
        assert issubclass(AssumptionError, (LossmitError, ValueError)) and issubclass(AssumptionError, ValueError)
        assert issubclass(AssumptionError, LossmitError)
        assert issubclass(TapeError, LossmitError) and issubclass(OutputError, LossmitError)

    def test_problems_survive_pickling(self) -> None:
        error = pickle.loads(pickle.dumps(AssumptionError(["one", "two"])))
        assert type(error) is AssumptionError and error.problems == ("one", "two") and str(error) == "one\ntwo"
        assert TapeError("only one").problems == ("only one",)
