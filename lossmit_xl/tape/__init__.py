"""Tapes: a seller's file in, clean loans and a list of every defect out.

`read_tape` is the door; `dated_warnings` adds what depends on the as-of date; `Mapping` is the seller's headings and
what they stand for.
"""

from lossmit_xl.tape.checks import dated_warnings
from lossmit_xl.tape.issues import ISSUE_COLUMNS
from lossmit_xl.tape.mapping import Mapped, Mapping
from lossmit_xl.tape.read import Source, Tape, read_cells, read_tape

__all__ = ["ISSUE_COLUMNS", "Mapped", "Mapping", "Source", "Tape", "dated_warnings", "read_cells", "read_tape"]
