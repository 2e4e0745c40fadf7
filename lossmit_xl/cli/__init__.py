"""The `lossmit` command. Here alone may the engine meet the terminal and the workbook package.

    commands.py     what each command does
    questions.py    what to ask the seller
    partner.py      a copy without macros and personal data
    excel.py        the template with macros, and what Excel needs to find Python
    lite.py         the Excel functions as one file for xlwings Lite
    lambdas.py      the Excel functions as LAMBDA names
    diff.py         why the bid of one workbook is not another's
    arguments.py    its options, in the words of its help
    screen.py       consoles, progress, tables
    documents.py    an evaluation as one JSON document or three csv files
    doubts.py       which tape issues put the most money in doubt

Exit codes: 0 done, 1 done but some loans are not valued, 2 refused (one line a problem on stderr, nothing written),
3 a defect of the program itself, 130 interrupted.
"""

from lossmit_xl.cli import diff as _diff
from lossmit_xl.cli import excel as _excel
from lossmit_xl.cli import lambdas as _lambdas
from lossmit_xl.cli import lite as _lite
from lossmit_xl.cli import partner as _partner
from lossmit_xl.cli import questions as _questions  # each registers its commands
from lossmit_xl.cli.commands import main

__all__ = ["main"]

COMMANDS = (_questions, _partner, _excel, _lite, _lambdas, _diff)
