"""The solvers: published returns, roots put back, several roots, none, and how the two solvers agree."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from lossmit_xl.irr import scan, secant

Floats = npt.NDArray[np.float64]


def rate_of(flows: list[float]) -> float:
    """The solver's answer for one row of flows, the first of which is minus the price."""
    price, *later = -flows[0], *flows[1:]
    return float(scan(np.array([[0.0, *later]]), np.array([price]))[0])


BY_HAND = [  # flows, monthly rate
    ([-100, 110], 0.1),
    ([-100, 0, 121], 0.1),
    ([-100, 90], -0.1),
    ([-100, 100], 0.0),
    ([-100, 60, 40], 0.0),
    ([-100, 1_099], 9.99),  # just below the highest rate
    ([-100, 1.01], -0.9899),  # just above the lowest
    ([-1e-3, 2e-3], 1.0),
    ([-1e9] + [1e9 / 240] * 240, 0.0),
]


@pytest.mark.parametrize(("flows", "rate"), BY_HAND)
def test_by_hand(flows: list[float], rate: float) -> None:
    assert rate_of(flows) == pytest.approx(rate, abs=1e-10)


NO_ROOT = [
    ("never paid", [-100, -5, -5]), ("nothing at all", [-100, 0, 0]), ("above the highest rate", [-100, 1_101]),
    ("below the lowest", [-100, 0.99]), ("far above", [-100, 0, 0, 0, 3.2e6]), ("all in one month", [50, 0]),
    ("dips to zero nowhere", [-100, 230, -133]),  # the worth stays below 0: 230^2 < 4 x 100 x 133
]  # fmt: skip


@pytest.mark.parametrize(("name", "flows"), NO_ROOT, ids=[name for name, _ in NO_ROOT])
def test_no_root_is_blank(name: str, flows: list[float]) -> None:
    assert np.isnan(rate_of(flows))


SEVERAL = [  # growth factors at which the flows are worth nothing, and the rate nearest to 0
    ((1.1, 1.3), 0.1), ((0.8, 1.1), 0.1), ((0.95, 1.1), -0.05), ((0.5, 0.9), -0.1), ((1.05, 1.2, 1.4), 0.05),
    ((0.6, 0.97, 1.2), -0.03), ((0.9, 2.1), -0.1), ((0.2, 1.7), 0.7), ((1.02, 1.03), 0.02), ((5.0, 0.1), -0.9),
]  # fmt: skip


@pytest.mark.parametrize(("growths", "rate"), SEVERAL)
def test_of_several_roots_the_nearest_to_zero(growths: tuple[float, ...], rate: float) -> None:
    """Flows whose worth times (1+r)^n is the product of (1 + r - growth)."""
    flows = list(np.poly(growths))
    assert rate_of(flows if flows[0] < 0 else [-flow for flow in flows]) == pytest.approx(rate, abs=1e-9)


def test_each_row_is_solved_on_its_own() -> None:
    rows = [[-100, 110, 0, 0], [-100, 0, 0, 72.9], [-100, -1, -1, -1], [-100, 100, 0, 0]]
    flows = np.zeros((4, 900))
    for place, row in enumerate(rows):
        flows[place, 1:4] = row[1:]
    flows[0, 899] = 1e-300  # a long row beside short ones, and nothing gained by it
    rates = scan(flows, np.full(4, 100.0))
    np.testing.assert_allclose(rates, [0.1, -0.1, np.nan, 0.0], atol=1e-10)


def test_leaves_the_flows_as_they_are() -> None:
    flows = np.array([[0.0, 110.0]])
    scan(flows, np.array([100.0]))
    assert flows.tolist() == [[0.0, 110.0]]


money = st.floats(-1e5, 1e5).map(lambda x: round(x, 2))


@given(st.lists(money, min_size=1, max_size=60), st.floats(1, 1e5))
def test_a_root_put_back_is_worth_the_price(later: list[float], price: float) -> None:
    net = np.array([-price, *later])
    rate = rate_of(net.tolist())
    if np.isnan(rate):
        return
    assert -0.99 < rate < 10
    months = np.arange(len(net))
    terms = net * (1 + rate) ** -(months - (months[-1] if rate < 0 else 0))
    assert abs(terms.sum()) <= 1e-9 * np.abs(terms).max()


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=120), st.floats(1, 1e5), st.integers(0, 20))
def test_one_change_of_sign_has_pyxirrs_rate(later: list[float], price: float, wait: int) -> None:
    """Costs first, then receipts: one root only, which another solver finds too."""
    net = [-price, *[-1.0] * wait, *later]
    rate, theirs = rate_of(net), pyxirr.irr(net)
    if theirs is None or not -0.98 < theirs < 9.9:
        return
    assert rate == pytest.approx(theirs, abs=1e-7)


# The secant over closed forms ----------------------------------------------------------------------------------


def bullets(amounts: Floats, months: Floats, rate: Floats) -> Floats:
    """Worth of one receipt each."""
    return np.asarray(amounts * (1 + rate) ** -months)


def test_secant_finds_the_rate_of_a_single_receipt() -> None:
    rng = np.random.default_rng(5)
    months, price = rng.integers(1, 80, 500).astype(float), rng.uniform(10, 1e5, 500)
    wanted = rng.uniform(-0.05, 0.2, 500)
    amounts = price * (1 + wanted) ** months
    found, trusted = secant(
        lambda rate: bullets(amounts, months, rate), amounts, bullets(amounts, months, np.full(500, 0.0125)),
        0.0125, price, months,
    )  # fmt: skip
    np.testing.assert_allclose(found[trusted], wanted[trusted], atol=1e-9)
    assert trusted.mean() > 0.9


def test_secant_does_not_trust_what_it_cannot_know() -> None:
    """Flows worth nothing at rate 0, no price, or a nearer root on the other side of 0."""
    net = np.array([[0.0, 0, 50.0], [0, -10, -10], [0, 0, 110.0], [0, 330.0, -230.0]])
    price = np.array([100.0, 100.0, 0.0, 100.0])

    def worth(rate: Floats) -> Floats:
        return np.asarray((net * (1 + rate[:, None]) ** -np.arange(3)).sum(axis=1))

    at = np.zeros(4)
    found, trusted = secant(worth, worth(at), worth(at + 0.01), 0.01, price, 2.0)
    assert not trusted[1:3].any()
    scanned = scan(net, price)
    for place in np.flatnonzero(trusted):
        assert found[place] == pytest.approx(scanned[place], abs=1e-9)


def test_secant_starting_on_the_root_stays_there() -> None:
    price = np.array([100.0, 100.0])
    worth_at_yield = np.array([100.0, 100.0])
    found, _ = secant(lambda rate: 101 / (1 + rate), np.array([101.0, 101.0]), worth_at_yield, 0.01, price, 1.0)
    np.testing.assert_allclose(found, 0.01, atol=1e-12)
