"""lossmit_xl: what each loss-mitigation resolution of a defaulted mortgage recovers, when, and what to bid for it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lossmit_xl.assumptions import Assumptions
    from lossmit_xl.evaluate import Evaluation, evaluate, evaluate_in_blocks
    from lossmit_xl.ledger import ledger
    from lossmit_xl.states import states
    from lossmit_xl.tape import Tape, read_tape

__version__ = "0.1.0"
MODEL_VERSION = "1"

_HOME = {
    "Assumptions": "lossmit_xl.assumptions",
    "Evaluation": "lossmit_xl.evaluate",
    "Tape": "lossmit_xl.tape",
    "evaluate": "lossmit_xl.evaluate",
    "evaluate_in_blocks": "lossmit_xl.evaluate",
    "ledger": "lossmit_xl.ledger",
    "read_tape": "lossmit_xl.tape",
    "states": "lossmit_xl.states",
}
__all__ = [
    "MODEL_VERSION", "Assumptions", "Evaluation", "Tape", "__version__", "evaluate", "evaluate_in_blocks", "ledger",
    "read_tape", "states",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import lossmit_xl` alone stays cheap."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
