"""Write the shipped module anew: `python -m lossmit_udfs.vba`."""

from __future__ import annotations

from pathlib import Path

from lossmit_udfs.vba import FILE_NAME, wrapper

(Path(__file__).parent / FILE_NAME).write_text(wrapper(), encoding="utf-8", newline="\n")
