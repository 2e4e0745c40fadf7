"""The functions as plain Python callables: names, help, blanks, types, errors, the equations they solve."""

from __future__ import annotations

import datetime as dt
import inspect
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from openpyxl.utils import FORMULAE

import lossmit_udfs as udfs
from lossmit_udfs import FUNCTIONS
from lossmit_udfs.call import call
from lossmit_udfs.catalog import BY_NAME
from lossmit_udfs.definitions import HELP_LENGTH, Body, Function
from lossmit_udfs.errors import NUMBERS, ExcelError
from lossmit_workbook.formula_text import PREFIXED_FUNCTIONS, reads_as_cell
from lossmit_xl.assumption_cells import INPUT_BY_NAME
from lossmit_xl.graph import GraphError
from lossmit_xl.states import states
from tests.udfs.calls import calls

RULES = [function for function in FUNCTIONS if function.body is not None]
FIXED = """
MODPAYMENT(balance, annual_rate, term_months, [arrears], [forgiven], [forborne], [interest_only_months])
NETRECOVERY(gross_proceeds, months, [fixed_costs], [monthly_costs], [sale_cost_rate], [prior_claims], [debt_cap], \
[annual_yield])
DPO_BREAKEVEN(alternative_npv, annual_yield, [dpo_month], [dpo_costs], [monthly_costs], [contingency_rate])
FC_COST(state, property_value, [months], [contested], [annual_tax_insurance_rate], [preservation_monthly], \
[servicing_monthly], [legal_cost])
FC_MONTHS(state)
REINSTATEMENT(payment, missed, [advances], [late_fees])
PLANPAYMENT(payment, arrears, months)
FORBEARANCE_UNPAID(payment, arrears, steps)
MODRATE(balance, target_payment, term_months)
MODWATERFALL(balance, annual_rate, term_months, target_payment, [rate_floor], [max_term], [max_forbear_rate])
NOTE_YIELD(price, payment, months, [balloon])
NOTE_PRICE(yield, payment, months, [balloon])
NPL_BID(expected_npv, upb, equity, [acquisition_cost], [cap_upb], [cap_value])
LM_SCENARIOS(headers, rows, [assumptions])
LM_BEST(headers, rows)
LM_VERSION()
"""


class TestNames:
    def test_fixed_signatures(self) -> None:
        made = {function.signature for function in FUNCTIONS}
        assert set(FIXED.strip().splitlines()) <= made
        assert {"SHORTSALE_NET", "DIL_NET", "FC_NET", "LM_WHY"} <= BY_NAME.keys()

    def test_each_is_a_public_callable(self) -> None:
        assert udfs.__all__[2:] == [function.name for function in FUNCTIONS]
        for function in FUNCTIONS:
            made = getattr(udfs, function.name)
            assert made.__name__ == function.name and function.help in made.__doc__
            parameters = inspect.signature(made).parameters
            assert list(parameters) == [argument.python_name for argument in function.arguments]

    @pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
    def test_excel_takes_them(self, function: Function) -> None:
        """No name reads as a cell or is Excel's own; help fits; optional arguments come last."""
        known = {name.removeprefix("_XLFN.") for name in (*FORMULAE, *PREFIXED_FUNCTIONS)}
        assert function.name not in known and len(function.name) >= 3 and function.name.isupper()
        assert not reads_as_cell(function.name)
        names = [argument.name for argument in function.arguments]
        assert len(set(names)) == len(names) and not any(reads_as_cell(name) for name in names)
        assert 20 <= len(function.help) <= HELP_LENGTH
        assert all(10 <= len(argument.wizard) <= HELP_LENGTH for argument in function.arguments)
        flags = [argument.optional for argument in function.arguments]
        assert flags == sorted(flags)

    def test_defaults_and_ranges_are_the_assumptions(self) -> None:
        arguments = {(function.name, a.name): a for function in FUNCTIONS for a in function.arguments}
        for key, source in {
            ("DPO_BREAKEVEN", "dpo_month"): "dpo_month", ("NPL_BID", "cap_upb"): "bid_cap_upb",
            ("MODWATERFALL", "rate_floor"): "mod_rate_floor", ("FC_COST", "servicing_monthly"): "servicing_npl",
            ("SHORTSALE_NET", "price_discount"): "short_sale_discount", ("DIL_NET", "months"): "dil_months",
        }.items():  # fmt: skip
            field = INPUT_BY_NAME[source]
            assert (arguments[key].default, arguments[key].high) == (field.default, field.high)


class TestCells:
    """What a cell may hold, and what comes of it."""

    def test_blank_is_default(self) -> None:
        for blank in (None, "", np.nan):
            assert udfs.NETRECOVERY(100_000, 10, blank, 100, blank, blank, blank, blank) == 99_000
        assert udfs.DPO_BREAKEVEN(100_000, 0) == 100_000
        assert udfs.DPO_BREAKEVEN(100_000, 0.12) == pytest.approx(100_000 * 1.01**4)

    @pytest.mark.parametrize(
        ("cell", "gives"),
        [(None, "#VALUE!"), ("", "#VALUE!"), ("abc", "#VALUE!"), ("5", "#VALUE!"), (True, "#VALUE!"), (-1, "#NUM!"),
         (float("inf"), "#NUM!"), (object(), "#VALUE!"), ("#N/A", "#N/A"), ("#SPILL!", "#SPILL!"), (1e308, "#NUM!"),
         (Decimal("1000"), 1000.0), (np.int64(1000), 1000.0), (dt.datetime(1902, 9, 26), 1000.0),
         (dt.date(1902, 9, 26), 1000.0), (pd.Timestamp(1902, 9, 26), 1000.0), (np.datetime64("1902-09-26"), 1000.0),
         (pd.Timedelta(days=1), "#VALUE!"), (10**400, "#NUM!"), ([1], "#VALUE!"), (pd.NA, "#VALUE!"),
         (pd.NaT, "#VALUE!"), (Decimal("NaN"), "#VALUE!"), (Decimal("sNaN"), "#VALUE!"), (np.str_("#REF!"), "#REF!")],
        ids=lambda value: "object" if type(value) is object else repr(value)[:40],  # with its address
    )  # fmt: skip
    def test_required_number(self, cell: Any, gives: Any) -> None:
        other = 1e308 if isinstance(cell, float) and cell == 1e308 else 0.0
        alone = udfs.PLANPAYMENT([[cell]] if isinstance(cell, list) else cell, other, 1)
        for value in (np.ravel(np.asarray(alone, dtype=object))[0], udfs.PLANPAYMENT([[cell]], other, 1)[0, 0]):
            assert value == gives
            assert isinstance(value, ExcelError) == isinstance(gives, str)
        assert (udfs.LM_WHY("PLANPAYMENT", [[cell]], other, 1) == "PLANPAYMENT: no error.") != isinstance(gives, str)

    def test_kinds_of_ranges(self) -> None:
        expected = np.array([1050.0, 2050.0])
        for payment in ([1000, 2000], (1000.0, 2000.0), np.array([1000, 2000]), pd.Series([1000.0, 2000.0]),
                        np.array([1000, 2000], dtype=object), [1000, Decimal(2000)]):  # fmt: skip
            got = udfs.PLANPAYMENT(payment, 600, 12)
            assert got.dtype == float and (got == expected).all()
        table = udfs.PLANPAYMENT(pd.DataFrame({"a": [1000.0], "b": [2000.0]}), 600, 12)
        assert table.shape == (1, 2)
        for payment in (pd.Series([1000, None], dtype="Int64"), np.ma.array([1000, 7], mask=[False, True])):
            assert list(udfs.PLANPAYMENT(payment, 600, 12)) == [1050, "#VALUE!"]
        assert list(udfs.PLANPAYMENT(pd.Series(pd.to_datetime(["1902-09-26", None])), 600, 12)) == [1050, "#VALUE!"]
        assert list(udfs.PLANPAYMENT(pd.Series(pd.to_timedelta(["1 day"])), 600, 12)) == ["#VALUE!"]
        assert udfs.PLANPAYMENT([], 600, 12).shape == (0,) and udfs.FC_MONTHS([]).shape == (0,)

    def test_one_bad_cell_spoils_its_own_result_only(self) -> None:
        payments: list[Any] = [1000.0] * 1000
        payments[7], payments[8], payments[9] = "x", None, -5
        got = udfs.PLANPAYMENT(payments, 600, 12)
        assert list(got[7:10]) == ["#VALUE!", "#VALUE!", "#NUM!"]
        assert all(cell == 1050 for place, cell in enumerate(got) if place not in (7, 8, 9))

    def test_first_error_comes_out(self) -> None:
        assert udfs.PLANPAYMENT("#N/A", "#DIV/0!", "x") == "#N/A"
        assert udfs.PLANPAYMENT(1, "#DIV/0!", "#N/A") == "#DIV/0!"

    def test_yes_and_no(self) -> None:
        yes = udfs.FC_COST("TX", 100_000, contested=[True, "yes", "Y", 1, "TRUE", np.bool_(True)])
        no = udfs.FC_COST("TX", 100_000, contested=[False, "no", None, 0, "", "n"])
        assert len(set(yes)) == len(set(no)) == 1 and yes[0] > no[0]
        bad = udfs.FC_COST("TX", 100_000, contested=["perhaps", 2, "#REF!"])
        assert list(bad) == ["#VALUE!", "#NUM!", "#REF!"]

    def test_states(self) -> None:
        table = states()
        assert (udfs.FC_MONTHS(list(table.index)) == table["fc_months"]).all()
        assert list(udfs.FC_MONTHS(["fl", " FL ", "ZZ", "", None, 5, "F?", "#N/A", "Florida"])) == [
            20, 20, "#N/A", "#N/A", "#N/A", "#VALUE!", "#N/A", "#N/A", "#N/A",
        ]  # fmt: skip
        odd = ["FL", pd.NA, Decimal("sNaN"), ["FL"], {}, dt.date(2026, 1, 1)]
        assert list(udfs.FC_MONTHS(odd)) == [20, "#N/A", "#N/A", "#VALUE!", "#VALUE!", "#VALUE!"]
        assert list(udfs.FC_COST("FL", 0, None, odd, 0, 0, 0, 0)) == ["#VALUE!", 0, 0, "#VALUE!", "#VALUE!", "#VALUE!"]

    def test_steps(self) -> None:
        assert udfs.FORBEARANCE_UNPAID(1000, 5000, [[3, 0], [3, 0.5]]) == 9500
        assert udfs.FORBEARANCE_UNPAID(1000, 5000, (3, 0.5)) == 6500
        assert udfs.FORBEARANCE_UNPAID([1000, 2000], 5000, np.array([[3, 0], [3, 0.5]])).tolist() == [9500, 14000]
        assert udfs.FORBEARANCE_UNPAID(1000, 5000, [[3, 0], [None, None], [3, 0.5]]) == 9500
        for bad, error in (([[3]], "#VALUE!"), (3, "#VALUE!"), ([[3, 2]], "#NUM!"), ([[1, 0]] * 7, "#NUM!"),
                           ([["#N/A", 0]], "#N/A"), ("#N/A", "#N/A"), ([["x", 0]], "#VALUE!")):  # fmt: skip
            assert udfs.FORBEARANCE_UNPAID(1000, 5000, bad) == error

    def test_python_callers_are_told_of_their_own_mistakes(self) -> None:
        with pytest.raises(TypeError, match="missing a required argument: 'months'"):
            udfs.NETRECOVERY(100_000)
        with pytest.raises(TypeError, match="unexpected keyword argument 'month'"):
            udfs.NETRECOVERY(100_000, 3, month=3)
        with pytest.raises(TypeError, match="too many"):
            udfs.FC_MONTHS("FL", 3)
        assert udfs.NOTE_PRICE(**{"yield": 0.12}, payment=100, months=12) == udfs.NOTE_PRICE(0.12, 100, 12)
        assert udfs.NOTE_PRICE(yield_=0.12, payment=100, months=12) == udfs.NOTE_PRICE(0.12, 100, 12)

    @pytest.mark.parametrize("function", RULES, ids=lambda function: function.name)
    def test_nothing_vanishes_and_nothing_raises(self, function: Function) -> None:
        """Every call of the table gives a finite number, a flag or an error, alone and in a column."""
        rows = calls(function, usual_calls=10)
        for given in rows:
            for cell in np.ravel(np.asarray(call(function, *given), dtype=object)):
                assert cell in NUMBERS if isinstance(cell, str) else np.isfinite(cell)
        if any(argument.kind == "steps" for argument in function.arguments):
            return
        column = call(function, *([row[place] for row in rows] for place in range(len(function.arguments))))
        for given, got in zip(rows, column, strict=True):
            alone = call(function, *given)
            assert np.array_equal(np.asarray(got, dtype=object), np.asarray(alone, dtype=object)), given


class TestEquations:
    """What is solved is put back into its equation."""

    def test_rates(self) -> None:
        random = np.random.default_rng(5)
        size = 20_000
        months = np.where(random.random(size) < 0.3, random.integers(1, 24, size), random.integers(1, 601, size))
        found = random.choice([-0.5, -0.05, -1e-9, 0, 1e-12, 1e-7, 0.004, 0.02, 0.3, 3, 9.9], size)
        found = found * random.uniform(0.5, 1, size)
        payment = np.where(random.random(size) < 0.1, 0, random.uniform(1, 5_000, size))
        balloon = np.where(random.random(size) < 0.5, 0, np.exp(random.uniform(0, 13, size)))
        balloon = np.where((payment == 0) & (balloon == 0), 100, balloon)
        growth = np.log1p(found)
        with np.errstate(all="ignore"):
            level = np.where(found == 0, months, -np.expm1(-months * growth) / found)
            price = payment * level + balloon * np.exp(-months * growth)
        usable = np.isfinite(price) & (price > 1e-6) & (price < 1e12)
        got = udfs.NOTE_YIELD(price[usable], payment[usable], months[usable], balloon[usable])
        assert got.dtype == float
        # A rate a millionth off would show; so near 0 the price has few digits to tell rates apart.
        assert np.abs(got / 12 - found[usable]).max() < 1e-6
        assert usable.sum() > size * 0.8

    def test_rate_for_a_payment(self) -> None:
        rates = np.array([0.0, 0.0001, 0.01, 0.05, 0.12, 0.36])
        for months in (1, 12, 360, 600):
            paid = udfs.MODPAYMENT(250_000, rates, months)
            assert np.abs(udfs.MODRATE(250_000, paid, months) - rates).max() < 1e-9
        assert udfs.MODRATE(120_000, 1000, 120) == pytest.approx(0, abs=1e-12)
        assert udfs.MODRATE(120_000, 999.99, 120) == "#NUM!"

    def test_no_solution(self) -> None:
        assert udfs.NOTE_YIELD(100, 0, 12) == "#NUM!"
        assert udfs.NOTE_YIELD(100, 2_000, 1) == "#NUM!"  # above 1,000 % a month
        assert udfs.NOTE_YIELD(100, 1_000, 1) == pytest.approx(108)
        assert udfs.NOTE_YIELD(1e9, 1, 2) == "#NUM!"  # below -99 % a month

    def test_interest_only(self) -> None:
        """The balance is as it was when the interest-only months are over, and is retired in the rest."""
        assert udfs.MODPAYMENT(100_000, 0.06, 360, interest_only_months=60) == udfs.MODPAYMENT(100_000, 0.06, 300)
        assert udfs.MODPAYMENT(100_000, 0.06, 360, interest_only_months=360) == "#NUM!"
        assert udfs.MODPAYMENT(100_000, 0.06, 360, forgiven=60_000, forborne=40_000) == 0
        assert udfs.MODPAYMENT(100_000, 0.06, 360, forgiven=60_000, forborne=40_001) == "#NUM!"

    def test_net_recovery_by_hand(self) -> None:
        """(200,000 x 0.92 - 20,000) capped at 150,000, in 10 months, less 5,000 and 10 x 150."""
        assert udfs.NETRECOVERY(200_000, 10, 5_000, 150, 0.08, 20_000, 150_000) == 143_500
        assert udfs.NETRECOVERY(200_000, 10, 5_000, 150, 0.08, 250_000) == -6_500
        v = 1 / (1 + 0.12 / 12)
        worth = 150_000 * v**10 - 5_000 - sum(150 * v**month for month in range(1, 11))
        assert udfs.NETRECOVERY(200_000, 10, 5_000, 150, 0.08, 20_000, 150_000, 0.12) == pytest.approx(worth)

    def test_foreclosure_cost_by_hand(self) -> None:
        """Florida: 20 months, 5,400 + 1,800; 200,000 x 0.02 / 12 + 75 + 35 a month; contested 3 months, 7,500 more."""
        monthly = 200_000 * 0.02 / 12 + 75 + 35
        assert udfs.FC_COST("FL", 200_000) == pytest.approx(7_200 + 20 * monthly)
        assert udfs.FC_COST("FL", 200_000, None, True) == pytest.approx(14_700 + 23 * monthly)
        assert udfs.FC_COST("FL", 200_000, 10, False, 0, 0, 0, 4_000) == 4_000
        assert udfs.FC_COST("FL", 200_000, 10, True, 0, 100, 0, 4_000) == 11_500 + 13 * 100


class TestWhy:
    @pytest.mark.parametrize("function", RULES, ids=lambda function: function.name)
    def test_every_error_has_a_reason(self, function: Function) -> None:
        """The sentence names the function, and says `no error` exactly where there is none."""
        for given in calls(function, usual_calls=10):
            failed = any(isinstance(cell, str) for cell in np.ravel(np.asarray(call(function, *given), dtype=object)))
            said = udfs.LM_WHY(function.name, *given)
            assert said.startswith(f"{function.name}: ") and "\n" not in said
            assert (said == f"{function.name}: no error.") != failed, (given, said)

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            (("MODPAYMENT", 200_000, 5, 360), "did you mean 0.05 (5 %)?"),
            (("FC_COSTS", "FL"), "did you mean FC_COST?"),
            (("=FC_COST(", "FL"), "property_value is missing"),
            (("PLANPAYMENT", 1, 2, 3, 4), "takes 3 arguments, 4 were given"),
            (("PLANPAYMENT", [[1], ["x"]], 2, 3), "row 2: payment is 'x', not a number"),
            (("PLANPAYMENT", [[1], [2]], [[1], [2], [3]], 3), "row 3: payment has no cell there"),
            (("PLANPAYMENT", 1, 2, 3.5), "months is 3.5; it must be a whole number 1 to 120"),
            (("PLANPAYMENT", "#N/A", 2, 3), "payment holds #N/A already"),
            (("NOTE_YIELD", 0, 2, 3), "price is 0; it must be above 0"),
            (("LM_SCENARIOS", ["a", "b"], [[1, 2]]), "no heading stands for the unpaid principal balance"),
            (("LM_SCENARIOS", ["UPB", "b"], [[1, 2, 3]]), "2 headings, but the rows are 3 columns wide"),
            (("LM_SCENARIOS", ["UPB"], [[1]], [["as_of", 1e9]]), "as_of is 1e+09, which is no date"),
            (("LM_BEST", ["UPB", "Rate"], [["x", 0.05]]), "row 1 is not valued: no "),
            (("PLANPAYMENT", 10**400, 2, 3), "payment is too large a number; it must be a number that a cell can hold"),
            (("PLANPAYMENT", [[[1]]], 2, 3), "payment has a list in a cell"),
            (("PLANPAYMENT", np.array(["x"]), 2, 3), "payment is 'x', not a number"),
        ],
    )  # fmt: skip
    def test_sentences(self, given: tuple[Any, ...], says: str) -> None:
        assert says in udfs.LM_WHY(*given)


class TestDefinitions:
    """A definition that is wrong is refused, with the name."""

    BASE = BY_NAME["PLANPAYMENT"]

    def refused(self, **changes: Any) -> str:
        with pytest.raises(GraphError) as found:
            _ = replace(self.BASE, **changes).program
        return str(found.value)

    def test_unused_argument_or_binding(self) -> None:
        assert self.BASE.body is not None
        bind = {**self.BASE.body.bind, "note_rate": 0}
        assert "does not use note_rate" in self.refused(body=Body(bind=bind))
        more = (*self.BASE.arguments, replace(self.BASE.arguments[0], name="idle"))
        assert "does not use idle" in self.refused(arguments=more)

    def test_name_that_nothing_makes(self) -> None:
        assert "as_of" in self.refused(body=Body(bind={"contract_payment": "payment", "plan_months": "as_off"}))
