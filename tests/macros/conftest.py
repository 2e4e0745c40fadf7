"""A LibreOffice of its own for each file of macro tests: one that ran a failing macro may end at the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tools import calc


@pytest.fixture(scope="module", autouse=True)
def own_libreoffice() -> Iterator[None]:
    calc.shutdown()
    yield
    calc.shutdown()
