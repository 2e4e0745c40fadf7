"""The `lossmit` command. Here alone may the engine meet the terminal and the workbook package.

    commands.py     what each command does
    diff.py         why the bid of one workbook is not another's
    arguments.py    its options, in the words of its help
    screen.py       consoles, progress, tables
    documents.py    an evaluation as one JSON document or three csv files
    doubts.py       which tape issues put the most money in doubt

Exit codes: 0 done, 1 done but some loans are not valued, 2 refused (one line a problem on stderr, nothing written),
3 a defect of the program itself, 130 interrupted.
"""

from lossmit_xl.cli import diff as _diff  # registers its command
from lossmit_xl.cli.commands import main

__all__ = ["main"]

COMMANDS = (_diff,)
