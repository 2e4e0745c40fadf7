"""Stands where `python -c COMMAND` stands in Excel: runs what a macro sends, on a stand-in of the open workbook.

    python tests/tools/run_command.py "import lossmit_workbook.excel as e; e.called('build','…','…','…')"

The book is what the macro's copy of it (the last argument, a saved file) holds on the sheets of settings and headings.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from unittest import mock

import openpyxl

sys.path.insert(0, str(Path(__file__).parents[2]))
from lossmit_workbook import excel, mapping_sheet
from lossmit_workbook.sheets import settings
from tests.tools.xlwings_book import Book


def main(command: str) -> None:
    saved = excel.unhexed(re.findall(r"'([0-9A-F]*)'", command)[-1])
    book = openpyxl.load_workbook(saved, read_only=True)
    titles = [title for title in (settings.TITLE, mapping_sheet.TITLE) if title in book.sheetnames]
    sheets = {title: [list(row) for row in book[title].iter_rows(values_only=True)] for title in titles}
    with mock.patch("xlwings.Book.caller", staticmethod(lambda: Book(sheets))):
        exec(command)


if __name__ == "__main__":
    main(sys.argv[1])
