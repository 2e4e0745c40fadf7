"""Settings and fixtures of the whole suite: how hard hypothesis looks, and the LibreOffice the tests share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from openpyxl import Workbook

from tests.tools import calc

# No deadline: the machines differ, and the first example of a test pays for imports.
settings.register_profile("default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("full", settings.get_profile("default"), max_examples=1_000)
# The CI looks at the same examples every time, so that a red build is about the change and not about luck.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session", autouse=True)
def _end_libreoffice() -> Iterator[None]:
    """LibreOffice starts with the first test that needs it and ends with the session."""
    yield
    calc.shutdown()


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Workbook], Path]:
    """Writes a workbook to this test's folder and says where."""

    def write(book: Workbook, name: str = "book.xlsx") -> Path:
        path = tmp_path / name
        book.save(path)
        return path

    return write
