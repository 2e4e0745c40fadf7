"""Write the shipped files anew: `python -m lossmit_udfs.lite`."""

from __future__ import annotations

from pathlib import Path

from lossmit_udfs.lite import write

write(Path(__file__).parent)
