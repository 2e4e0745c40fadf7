"""Runs `lossmit` as its users do: in this process (fast), or as a process of its own with limits."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from lossmit_xl.cli import main

ROOT = Path(__file__).parent.parent
CLEAN = ROOT / "examples" / "clean_25.csv"
MESSY = ROOT / "examples" / "messy_250.xlsx"
AS_OF = ("--as-of", "2026-10-31")


@dataclass(frozen=True)
class Result:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


def lossmit(*args: str | Path) -> Result:
    """The command in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    code: object = 0
    argv = mock.patch.object(sys, "argv", ["lossmit", *map(str, args)])
    hook = mock.patch.object(sys, "unraisablehook", sys.unraisablehook)  # a refusal silences it for good
    with argv, hook, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as left:
            code = left.code
    return Result(int(str(code or 0)), *(_text(stream) for stream in (out, err)))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def process(
    *args: str | Path, before: Callable[[], None] | None = None, environ: Mapping[str, str] | None = None,
    stdout: int = subprocess.PIPE,
) -> Result:  # fmt: skip
    """The command as a process; `before` runs in it first (limits)."""
    script = Path(sys.executable).with_name("lossmit")
    done = subprocess.run(
        [script, *map(str, args)], stdout=stdout, stderr=subprocess.PIPE, text=True, preexec_fn=before, check=False,
        env={**os.environ, **(environ or {})}, timeout=300,
    )  # fmt: skip
    return Result(done.returncode, done.stdout or "", done.stderr)
