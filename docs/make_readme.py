"""Puts what the commands print into README.md, below each `$ lossmit …` of its console blocks.

    python docs/make_readme.py            write the page
    python docs/make_readme.py --check    exit 1 where a command prints something else now
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "README.md"
BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.DOTALL | re.MULTILINE)


def _printed(command: str) -> str:
    """What a command of the shell prints, stdout and stderr as they come."""
    # Nothing of the terminal this runs in may show: neither its colours nor its width.
    terminal = ("FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE")
    environ = {key: value for key, value in os.environ.items() if key not in terminal}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env={**environ, "PATH": path}, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    text = "\n".join(lines).strip("\n")
    return f"{text}\n" if text else ""


def _filled(block: re.Match[str]) -> str:
    commands = [line for line in block[1].splitlines() if line.startswith("$ ")]
    return "".join(f"{command}\n{_printed(command[2:])}" for command in commands)


def page() -> str:
    """README.md with every console block as it would be printed now."""
    (ROOT / "out").mkdir(exist_ok=True)  # where some of the commands write to
    return BLOCK.sub(_filled, PAGE.read_text(encoding="utf-8"))


def main() -> int:
    """Write or check the page; 1 where the check fails."""
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("README.md: the commands print something else now: run python docs/make_readme.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
