"""lossmit_xl: what each loss-mitigation resolution of a defaulted mortgage recovers, when, and what to bid for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# Functions named as their modules are bound here at once, so that the name never means the module.
from lossmit_xl.assumptions import Assumptions
from lossmit_xl.evaluate import Evaluation, evaluate, evaluate_in_blocks
from lossmit_xl.ledger import ledger
from lossmit_xl.states import states
from lossmit_xl.version import MODEL_VERSION, __version__

if TYPE_CHECKING:
    from lossmit_xl.tape import Tape, read_tape

__all__ = [
    "MODEL_VERSION", "Assumptions", "Evaluation", "Tape", "__version__", "evaluate", "evaluate_in_blocks", "ledger",
    "read_tape", "states",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import the tape reader when it is first asked for: `import lossmit_xl` alone stays cheap."""
    if name in ("Tape", "read_tape"):
        from lossmit_xl import tape

        return getattr(tape, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
