"""The graph: wrong models are refused with a message that names the mistake; right ones are ordered and guarded."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from lossmit_xl.assumption_cells import INPUT_BY_NAME
from lossmit_xl.graph import Block, Column, Graph, GraphError, Word, section_columns
from lossmit_xl.model import SECTIONS, flow_model, model, yield_model
from lossmit_xl.model.outputs import GROUPED_BY, LOAN_OUTPUTS, SCENARIO_NUMBERS, scenario_source
from lossmit_xl.names import RETENTION, STRATEGIES
from lossmit_xl.text import Text

WRONG = sorted(path.stem for path in (Path(__file__).parent / "wrong_models").glob("[a-z]*.py"))
INPUTS = ("upb", "property_value", "senior_balance")
NAN = np.nan


def columns_of(module: ModuleType) -> list[Column]:
    if callable(getattr(module, "BLOCKS", None)):
        module.BLOCKS()
    return section_columns(module)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_models_are_refused(name: str) -> None:
    module = import_module(f"tests.wrong_models.{name}")
    with pytest.raises((GraphError, TypeError), match=module.REFUSED):
        for column in Graph(columns_of(module), INPUTS).columns.values():
            column.expression()


def test_there_are_wrong_models() -> None:
    assert len(WRONG) >= 9


# Order, needs, guards ------------------------------------------------------------------------------------------


def price(value: Any, cost: Any) -> Any:
    """What is left of the value [USD]

    The second paragraph is for the reader of the code.
    """
    return value - cost


def value(upb: Any) -> Any:
    """Worth [USD]"""
    return 2 * upb


def cost(upb: Any) -> Any:
    """Cost [USD]"""
    return upb / 2


def alive(upb: Any) -> Any:
    """Whether there is anything [yes/no]"""
    return upb > 0


def label(alive: Any) -> Any:
    """A word [word]"""
    from lossmit_xl.ops import where

    return where(alive, "yes", "no")


def graph(*functions: Any) -> Graph:
    made = [
        Column(f.__name__, f, tuple(inspect.signature(f).parameters), "test", "USD", inspect.getdoc(f) or "")
        for f in functions
    ]
    return Graph(made, ("upb",))


def test_a_column_that_stands_before_its_need_is_refused() -> None:
    with pytest.raises(GraphError, match="price needs value"):
        graph(price, value, cost)
    with pytest.raises(GraphError, match="value is made twice"):
        graph(value, value)


def test_a_plan_computes_what_is_wanted_and_forgets_the_rest() -> None:
    plan = graph(value, cost, price, alive, label).plan(["price"])
    values = plan.run({"upb": np.array([10.0, 4.0])})
    assert [column.name for column, *_ in plan.steps] == ["value", "cost", "price"]
    assert set(values) == {"upb", "price"}
    assert values["price"].tolist() == [15, 6]


def test_a_plan_takes_what_is_given() -> None:
    values = graph(value, cost, price).plan(["price"], given={"value"}).run({"upb": 4.0, "value": 100.0})
    assert values["price"] == 98


def test_descendants_and_ancestors() -> None:
    made = graph(value, cost, price, alive, label)
    assert made.ancestors(["price"]) == {"value", "cost", "price"}
    assert made.descendants(["value"]) == {"value", "price"}
    assert made.descendants(["upb"], stop=("value",)) == {"cost", "price", "alive", "label"}


def test_a_guard_blanks_what_it_does_not_hold_for() -> None:
    made = graph(alive, value, cost, price, label).guarded(lambda column: None, "alive", {"cost"})
    values = made.plan(["value", "cost", "label"]).run({"upb": np.array([10.0, -4.0])})
    np.testing.assert_array_equal(values["value"], [20, NAN])
    np.testing.assert_array_equal(values["cost"], [5, -2])  # free
    assert isinstance(values["label"], Text)
    assert values["label"].objects().tolist() == ["yes", ""]


def test_a_block_stands_under_its_prefix_with_its_inputs_bound() -> None:
    block = Block("module.tail", {"doubled": lambda upb: 2 * upb, "sum": lambda doubled, extra, word: doubled + extra})
    module = ModuleType("section")
    module.BLOCKS = (block.of("first", extra=1.0, word=Word("x")), block.of("second", upb="other", extra="first_sum"))  # type: ignore[attr-defined]
    made = Graph(section_columns(module), ("upb", "other", "word"))
    assert list(made.columns) == ["first_doubled", "first_sum", "second_doubled", "second_sum"]
    values = made.plan(["second_sum"]).run({"upb": 10.0, "other": 100.0, "word": "w"})
    assert values["second_sum"] == 221
    assert made.columns["first_sum"].needs == ("first_doubled",)


def test_help_and_unit_come_from_the_first_paragraph() -> None:
    column = model().columns["legal_balance"]
    assert column.unit == "USD"
    assert column.help.startswith("Everything the borrower owes")
    assert "[" not in column.help


# The model itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", [*model().columns.values(), *flow_model().columns.values()], ids=lambda c: c.name)
def test_every_column_says_what_it_is_and_in_what_unit(column: Column) -> None:
    assert column.help
    assert column.unit


def test_every_assumption_is_used() -> None:
    graphs = (model(), flow_model(), yield_model())
    used = {need for graph_ in graphs for column in graph_.columns.values() for need in column.needs}
    weights = {name for name in INPUT_BY_NAME if name.startswith("weight_")}  # looked up in their table
    assert {f"weights_{strategy}" for strategy in STRATEGIES} <= used
    shown = {name for name, field in INPUT_BY_NAME.items() if field.group == "summary"}  # of no loan
    assert set(INPUT_BY_NAME) - weights - shown <= used


def test_every_column_leads_to_a_result() -> None:
    """No column is computed for nobody: each is an output, or needed by another column or by the flows."""
    used = {need for graph_ in (model(), flow_model()) for column in graph_.columns.values() for need in column.needs}
    used |= {str(column.guard) for column in model().columns.values()}
    figures = ("feasible", "reason", *SCENARIO_NUMBERS)
    shown = {str(scenario_source(strategy, figure)) for strategy in STRATEGIES for figure in figures}
    unused = set(model().columns) - used - shown - set(LOAN_OUTPUTS) - set(GROUPED_BY)
    assert unused == {f"{strategy}_redefault_fc_months" for strategy in RETENTION}  # of a block that others use whole


def test_sections_stand_in_the_order_of_need() -> None:
    seen: list[str] = []
    for column in model().columns.values():
        if column.section not in seen:
            seen.append(column.section)
    assert set(seen) == {module.__name__.rpartition(".")[2] for module in SECTIONS}


def test_a_retention_strategys_columns_are_blank_where_it_cannot_be_computed() -> None:
    for strategy in RETENTION:
        assert model().columns[f"{strategy}_npv"].guard == f"{strategy}_computable"
        assert model().columns[f"{strategy}_moic"].guard == f"{strategy}_computable"
        assert model().columns[f"{strategy}_reason"].guard is None
