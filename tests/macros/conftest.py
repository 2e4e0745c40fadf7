"""A LibreOffice of its own for each file of macro tests: one that ran a failing macro may end at the next.

Its Basic crashes now and then by itself (the process is gone, nothing was computed). A test that this befalls is run
again, twice at most; whatever else fails, fails at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import calc


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All items of the session come here: only those of this folder are marked."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=[calc.CRASHED]))


@pytest.fixture(scope="module", autouse=True)
def own_libreoffice() -> Iterator[None]:
    calc.shutdown()
    yield
    calc.shutdown()
