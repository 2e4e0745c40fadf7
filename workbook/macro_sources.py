"""The VBA that goes into a workbook with macros: ours, the functions' wrapper, xlwings' own, and what is written at
build.

Ours stands in `vba/*.bas` as UTF-8 with Unix line ends and is checked here: code page 1252 only, since VBA knows no
more, and `Attribute VB_Name` as the first line. xlwings' module and the class it needs are read from the installed
package with their licence notices, so that both sides always have the same version; they are in no repository of ours.
"""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lossmit_workbook.sheets import tape_issues
from lossmit_xl.errors import LossmitError

OURS = Path(__file__).with_name("vba")
CODE_PAGE = "cp1252"
MODULE, CLASS = "module", "class"
XLWINGS_MODULES = ("xlwings", "Dictionary")
GENERATED = "LmBuilt"
INSTALL = 'run: pip install "lossmit-xl[excel]"'
_NAME = re.compile(r'Attribute VB_Name = "([A-Za-z][A-Za-z0-9_]{0,30})"\n')
_FUNCTION = re.compile(r"^(?:Public )?Function (\w+)\(", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """A VBA module: its name, text (Unix line ends, `Attribute` lines included) and whether it is a class."""

    name: str
    text: str
    kind: str = MODULE

    def as_stored(self) -> str:
        """The text as VBA stores it. Raises ValueError where a character is outside its code page."""
        try:
            self.text.encode(CODE_PAGE)
        except UnicodeEncodeError as error:
            raise ValueError(f"{self.name}: {error.object[error.start]!r} is not in code page 1252") from None
        return self.text.replace("\n", "\r\n")


def sources() -> list[Source]:
    """Every module of a workbook with macros, in the order they are added. Raises LossmitError without xlwings."""
    ours = read_folder(OURS)
    wrapper = functions_wrapper()
    return [*ours, built(wrapper), *wrapper, *xlwings_sources()]


def read_folder(folder: Path) -> list[Source]:
    """The `.bas` files of a folder by name. Raises ValueError where a file's name and its module's differ."""
    made = []
    for path in sorted(folder.glob("*.bas")):
        text = path.read_text(encoding="utf-8")
        found = _NAME.match(text)
        if found is None or found[1] != path.stem:
            raise ValueError(f'{path}: must begin with Attribute VB_Name = "{path.stem}"')
        made.append(Source(found[1], text))
    return made


def _functions_folders() -> list[Path]:
    """Where the Excel functions' package has its VBA; found as data, since neither package imports the other."""
    spec = importlib.util.find_spec("lossmit_udfs")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return [Path(place) / "vba" for place in places]


def functions_wrapper() -> list[Source]:
    """The Excel functions' VBA, where that package is installed."""
    return [source for folder in _functions_folders() for source in read_folder(folder)]


def function_tooltips() -> list[list[str]]:
    """The cells of the tooltip sheet, where the Excel functions' package is installed."""
    found = [path for folder in _functions_folders() for path in sorted(folder.glob("intellisense.csv"))]
    return [row for path in found for row in csv.reader(path.read_text(encoding="utf-8").splitlines())]


def built(wrapper: Sequence[Source]) -> Source:
    """What the macros must know of the build: the names of the Excel functions, and the words for what is left out."""
    names = "|".join(name for source in wrapper for name in _FUNCTION.findall(source.text))
    pieces = [names[at : at + 100] for at in range(0, len(names), 100)] or [""]
    lines = "\n".join(f'    UdfNames = UdfNames & "{piece}"' for piece in pieces)
    text = (
        f'Attribute VB_Name = "{GENERATED}"\nOption Explicit\n'
        "' Written when the workbook was built, by lossmit_workbook.macro_sources.\n\n"
        f"Public Function UdfNames() As String\n    ' The Excel functions that need Python.\n{lines}\nEnd Function\n\n"
        f'Public Function Withheld() As String\n    Withheld = "{tape_issues.WITHHELD}"\nEnd Function\n'
    )
    return Source(GENERATED, text)


def function_names() -> tuple[str, ...]:
    """The Excel functions that the wrapper defines."""
    return tuple(name for source in functions_wrapper() for name in _FUNCTION.findall(source.text))


def xlwings_version() -> str:
    """Version of the installed xlwings. Raises LossmitError where it is missing."""
    try:
        return metadata.version("xlwings")
    except metadata.PackageNotFoundError:
        raise LossmitError(f"xlwings is not installed, which a workbook with macros needs; {INSTALL}") from None


def xlwings_sources() -> list[Source]:
    """xlwings' standalone module and VBA-Dictionary, with their notices, from the installed package."""
    xlwings_version()
    spec = importlib.util.find_spec("xlwings")
    assert spec is not None and spec.origin is not None
    home = Path(spec.origin).parent
    standalone = (home / "xlwings.bas").read_text(encoding="utf-8").replace("\r\n", "\n")
    dictionary = (home / "addin" / "Dictionary.cls").read_text(encoding="utf-8").replace("\r\n", "\n")
    return [Source("xlwings", standalone), Source("Dictionary", dictionary, CLASS)]
