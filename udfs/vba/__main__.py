"""Write the shipped module and the cells of the tooltip sheet anew: `python -m lossmit_udfs.vba`."""

from __future__ import annotations

from pathlib import Path

from lossmit_udfs import intellisense
from lossmit_udfs.vba import FILE_NAME, wrapper

(Path(__file__).parent / FILE_NAME).write_text(wrapper(), encoding="utf-8", newline="\n")
(Path(__file__).parent / intellisense.FILE_NAME).write_text(intellisense.csv_text(), encoding="utf-8", newline="\n")
