"""xlwings' classic, Windows-only machinery on any system: its real code over stand-ins for pywin32 and ctypes.

`classic()` gives xlwings' own `udfs` module (call_udf, generate_vba_wrapper) and our functions registered through its
real decorators. A range is a `FakeRange`: what pywin32 hands over, a tuple of tuples of what Excel's cells hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import importlib
import sys
import types
from collections.abc import Iterator
from typing import Any
from unittest import mock

RANGE_IID = "{00020846-0000-0000-C000-000000000046}"
MISSING = -2147352572  # an optional argument that was left out
ERROR_INTEGERS = {
    "#NULL!": -2146826288, "#DIV/0!": -2146826281, "#VALUE!": -2146826273, "#REF!": -2146826265,
    "#NAME?": -2146826259, "#NUM!": -2146826252, "#N/A": -2146826246,
}  # fmt: skip
"""How an error in a cell arrives through COM."""

STUBBED = (
    "pythoncom", "pywintypes", "win32api", "win32con", "win32gui", "win32process", "win32timezone", "win32event",
    "win32com", "win32com.client", "win32com.client.dynamic", "win32com.server",
)  # fmt: skip


class _ComError(Exception):
    """pywintypes.com_error."""


def _stub(name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__path__ = []
    # One object for everything that is only passed on: making a mock for each use takes most of a call's time.
    anything = mock.MagicMock(name=name)
    module.__getattr__ = lambda attribute: anything  # type: ignore[method-assign]
    return module


def _stand_ins() -> dict[str, types.ModuleType]:
    made: dict[str, Any] = {name: _stub(name) for name in STUBBED}
    made["pythoncom"].__file__ = "pythoncom.dll"
    made["pythoncom"].ole_error = _ComError
    made["pywintypes"].com_error = made["pywintypes"].error = _ComError
    made["pywintypes"].TimeType = type("TimeType", (), {})
    made["pywintypes"].IID = str
    made["win32process"].GetWindowThreadProcessId = lambda hwnd: (1, 1)
    made["win32com.client"].CDispatch = type("CDispatch", (), {})
    made["win32com.client"].DispatchBaseClass = type("DispatchBaseClass", (), {})
    made["win32com.client"].Dispatch = lambda thing, **_: thing
    server = _stub("xlwings.com_server")
    server.loop = asyncio.new_event_loop()  # type: ignore[attr-defined]
    made["xlwings.com_server"] = server
    return made


class FakeRange:
    """A range as pywin32 hands it over. `cells`: rows of what a user sees; one cell comes as a scalar."""

    def __init__(self, cells: list[list[Any]]) -> None:
        rows = tuple(tuple(ERROR_INTEGERS.get(cell, cell) if isinstance(cell, str) else cell for cell in row)
                     for row in cells)  # fmt: skip
        self.Value = rows if len(rows) > 1 or len(rows[0]) > 1 else rows[0][0]
        self.Rows = types.SimpleNamespace(Count=len(rows))
        self.Columns = types.SimpleNamespace(Count=len(rows[0]))
        info = types.SimpleNamespace(GetTypeAttr=lambda: types.SimpleNamespace(iid=RANGE_IID))
        self._oleobj_ = types.SimpleNamespace(GetTypeInfo=lambda: info)
        app = types.SimpleNamespace(Hwnd=1)
        self.Worksheet = types.SimpleNamespace(Parent=types.SimpleNamespace(Application=app, Name="LossMit.xlsm"))
        self.Row = self.Column = 1


@contextlib.contextmanager
def classic(module_name: str = "lossmit_udfs.xl") -> Iterator[tuple[Any, Any]]:
    """(xlwings.udfs, the module registered through it); everything is put back as it was on the way out."""
    import xlwings

    made = _stand_ins()
    own = ("xlwings.udfs", "xlwings._xlwindows", "xlwings._win32patch", module_name)
    kept = {name: sys.modules.pop(name) for name in own if name in sys.modules}
    decorators = {name: getattr(xlwings, name) for name in ("func", "arg", "ret")}
    package, _, leaf = module_name.rpartition(".")
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(sys.modules, made))
        for name in ("windll", "oledll"):
            stack.enter_context(mock.patch.object(ctypes, name, mock.MagicMock(), create=True))
        with mock.patch.object(ctypes, "PyDLL", mock.MagicMock()), mock.patch("atexit.register"):
            windows = importlib.import_module("xlwings._xlwindows")
            udfs = importlib.import_module("xlwings.udfs")
        excel = xlwings.main.Engine(impl=windows.engine)
        xlwings.engines.add(excel)
        xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
        try:
            yield udfs, importlib.import_module(module_name)
        finally:
            for name, decorator in decorators.items():
                setattr(xlwings, name, decorator)
            xlwings.engines.engines.remove(excel)
            del xlwings.engines.engines_by_name["excel"]
            made["xlwings.com_server"].loop.close()  # type: ignore[attr-defined]
            udfs.com_executor.shutdown()
            for name in own:
                sys.modules.pop(name, None)
            sys.modules.update(kept)
            for holder, attribute in ((xlwings, "_xlwindows"), (xlwings, "udfs"), (sys.modules.get(package), leaf)):
                if holder is not None and hasattr(holder, attribute):
                    delattr(holder, attribute)
