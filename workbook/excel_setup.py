"""What can be set up and checked for Excel from a command line: which Python xlwings starts, and what is in its way.

xlwings reads a key from the sheet xlwings.conf of the workbook, else from a file xlwings.conf beside it, else from the
user's own file; the first that has it wins. `install` writes this Python to the user's file and keeps what else is in
it.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import locale
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lossmit_workbook.sheets import settings
from lossmit_xl.errors import LossmitError, OutputError
from lossmit_xl.output import cure, written_aside
from lossmit_xl.version import __version__

OK, NOTE, FIX = "ok", "note", "fix"
BEFORE, OURS = "LOSSMIT INTERPRETER BEFORE", "LOSSMIT INTERPRETER"
STORE = "windowsapps"
NEEDED = "xlwings"


@dataclass(frozen=True)
class System:
    """What the checks look at, so that tests can make any up: platform (`win32`, `darwin`, …), home folder, this
    Python, its bits, versions of installed packages ("" where missing), and whether Windows' COM bridge is there."""

    platform: str
    home: Path
    python: str
    bits: int
    versions: Mapping[str, str]
    com: bool

    @classmethod
    def here(cls) -> System:
        """This machine."""
        names = ("xlwings", "pyOpenVBA", "lossmit-xl")
        com = importlib.util.find_spec("win32com") is not None
        return cls(sys.platform, Path.home(), sys.executable, struct.calcsize("P") * 8,
                   {name: _version(name) for name in names}, com)  # fmt: skip

    @property
    def key(self) -> str:
        """The setting that names the Python to start."""
        return "INTERPRETER_MAC" if self.platform == "darwin" else "INTERPRETER_WIN"

    @property
    def user_conf(self) -> Path:
        """xlwings' file of this user."""
        if self.platform == "darwin":
            return self.home / "Library" / "Containers" / "com.microsoft.Excel" / "Data" / "xlwings.conf"
        return self.home / ".xlwings" / "xlwings.conf"


@dataclass(frozen=True)
class Finding:
    """One check: `ok`, `note` or `fix`, what was found, and what to do ("" where nothing is)."""

    level: str
    found: str
    cure: str = ""


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def encoding() -> str:
    """In what Excel's VBA reads such a file: Windows' code page, not UTF-8; on a Mac UTF-8."""
    return locale.getencoding() if sys.platform == "win32" else "utf-8"


def read_conf(path: Path) -> dict[str, str]:
    """Keys and values of a file of xlwings' (`"KEY","value"` a line); empty where there is no such file."""
    if not path.exists():
        return {}
    try:
        text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode(encoding())
    except (OSError, UnicodeDecodeError) as error:
        raise LossmitError(f"{path}: can't be read ({type(error).__name__}); move it away and install again.") from None
    return {row[0].upper(): row[1] for row in csv.reader(io.StringIO(text)) if len(row) == 2}


def write_conf(path: Path, values: Mapping[str, str]) -> None:
    """Write such a file, whole or not at all; without any key it is removed. Raises OutputError."""
    for key, value in values.items():
        if '"' in value or "\n" in value:
            raise OutputError(f"{path}: {key} can't hold a quotation mark or a line break")
        try:
            value.encode(encoding())
        except UnicodeEncodeError as error:
            letter = value[error.start]
            raise OutputError(
                f"{path}: Excel can't read {letter!r} of {value} there; install Python in a folder with plain letters"
            ) from None
    try:
        if not values:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: {cure(error)}") from None
    with written_aside(path, force=True) as (aside,):
        aside.write_text("".join(f'"{key}","{value}"\n' for key, value in values.items()), encoding=encoding())


def install(system: System) -> list[Finding]:
    """Name this Python in the user's xlwings.conf; what stood there is remembered for `uninstall`."""
    if STORE in system.python.lower():
        raise LossmitError(
            f"{system.python}: comes from the Microsoft Store, which Excel can't start; install Python from "
            "python.org, then lossmit-xl there, and run this again."
        )
    conf = read_conf(system.user_conf)
    before = conf.get(system.key, "")
    if before not in ("", system.python, conf.get(OURS, "")):
        conf[BEFORE] = before
    conf |= {system.key: system.python, OURS: system.python}
    write_conf(system.user_conf, conf)
    done = [Finding(OK, f"{system.key} = {system.python} in {system.user_conf}")]
    if conf.get(BEFORE):
        done.append(Finding(NOTE, f"it was {conf[BEFORE]}", "lossmit excel uninstall puts that back"))
    if system.platform == "win32":
        done.append(
            Finding(
                NOTE,
                "Excel asks before it runs macros of a file",
                "keep LossMit.xlsm in a trusted location: Options, Trust Center, Trusted Locations",
            )
        )
    return done


def uninstall(system: System) -> list[Finding]:
    """Take back what `install` wrote; other settings stay, and an interpreter that somebody named since does, too."""
    conf = read_conf(system.user_conf)
    ours, before = conf.pop(OURS, ""), conf.pop(BEFORE, "")
    if not ours:
        return [Finding(OK, f"nothing of lossmit's is in {system.user_conf}")]
    if conf.get(system.key) != ours:
        write_conf(system.user_conf, conf)
        return [Finding(NOTE, f"{system.key} = {conf.get(system.key, '')} was set by somebody else", "it stays")]
    del conf[system.key]
    if before:
        conf[system.key] = before
    write_conf(system.user_conf, conf)
    return [Finding(OK, f"{system.key} is {before or 'not set'} again in {system.user_conf}")]


def doctor(system: System, workbook: Path | None = None) -> list[Finding]:
    """Every check that needs no Excel, in the order in which things go wrong."""
    made = [*_system(system), *_packages(system)]
    on_sheet: dict[str, str] = {}
    if workbook is not None:
        on_sheet = sheet_settings(workbook)
        made += _workbook(system, workbook, on_sheet)
    return [*made, *_interpreter(system, workbook, on_sheet)]


def _system(system: System) -> list[Finding]:
    if system.platform == "win32":
        return [Finding(OK, f"Windows, Python of {system.bits} bits")]
    name = "a Mac" if system.platform == "darwin" else system.platform
    return [
        Finding(NOTE, f"this is {name}", "Import tape and Build are made for Excel on Windows; use the command here")
    ]


def _packages(system: System) -> list[Finding]:
    made = []
    for name, version in system.versions.items():
        found = f"{name} {version}" if version else f"{name} is not installed"
        made.append(Finding(OK if version else FIX, found, "" if version else 'run: pip install "lossmit-xl[excel]"'))
    if system.platform == "win32" and not system.com:
        made.append(Finding(FIX, "pywin32 is not installed: Python can't talk to Excel", "run: pip install pywin32"))
    return made


def sheet_settings(workbook: Path) -> dict[str, str]:
    """Keys and values of a workbook's sheet xlwings.conf. Raises LossmitError where it has none."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(workbook))
        rows = book.get_sheet_by_name(settings.TITLE).to_python()
    except Exception:
        raise LossmitError(f"{workbook}: is no workbook with macros of lossmit's; name LossMit.xlsm or one built from "
                           "it.") from None  # fmt: skip
    return {str(row[0]).upper(): str(row[1]) for row in rows if len(row) > 1 and row[0]}


def _workbook(system: System, workbook: Path, on_sheet: Mapping[str, str]) -> list[Finding]:
    made = []
    inside, here = on_sheet.get("XLWINGS VERSION", ""), system.versions.get(NEEDED, "")
    if inside and here and inside != here:
        made.append(Finding(FIX, f"xlwings {here} in Python, {inside} in {workbook.name}",
                            f"run: pip install xlwings=={inside}, or build the workbook anew"))  # fmt: skip
    elif inside and here:
        made.append(Finding(OK, f"xlwings {inside} on both sides"))
    built = on_sheet.get("LOSSMIT VERSION", "?")
    if built != __version__:
        found = f"{workbook.name} was built by lossmit_xl {built}, this is {__version__}"
        made.append(Finding(NOTE, found, "Build writes one of this version"))
    zone = _zone(workbook)
    if zone >= 3:
        made.append(Finding(FIX, f"{workbook.name} is marked as from the internet (zone {zone})",
                            "right-click the file, Properties, Unblock"))  # fmt: skip
    if any("onedrive" in part.lower() for part in workbook.resolve().parts):
        made.append(Finding(NOTE, f"{workbook.name} is in a OneDrive folder",
                            "Excel may give it a web address; a folder that is not synchronised is safer"))  # fmt: skip
    return made


def _zone(workbook: Path) -> int:
    """Where Windows thinks a file came from: 3 is the internet; 0 where it says nothing."""
    stream = Path(f"{workbook}:Zone.Identifier")
    try:
        lines = stream.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    values = [line.partition("=")[2] for line in lines if line.startswith("ZoneId=")]
    return int(values[0]) if values and values[0].isdigit() else 0


def _interpreter(system: System, workbook: Path | None, on_sheet: Mapping[str, str]) -> list[Finding]:
    """Which Python would be started, and who says so."""
    levels = [(f"the sheet {settings.TITLE}", on_sheet.get(system.key, ""))]
    if workbook is not None:
        beside = workbook.resolve().parent / "xlwings.conf"
        levels.append((str(beside), read_conf(beside).get(system.key, "")))
    levels.append((str(system.user_conf), read_conf(system.user_conf).get(system.key, "")))
    named = [(who, value) for who, value in levels if value]
    if not named:
        return [Finding(FIX, f"{system.key} is not set: Excel starts whichever Python is first on the PATH",
                        "run: lossmit excel install")]  # fmt: skip
    who, value = named[0]
    made = [_one_interpreter(system, who, value)]
    made += [Finding(NOTE, f"{other} names {theirs}", f"it is not used: {who} comes first")
             for other, theirs in named[1:] if theirs != value]  # fmt: skip
    return made


def _one_interpreter(system: System, who: str, value: str) -> Finding:
    if STORE in value.lower():
        return Finding(FIX, f"{value} (set by {who}) is the Microsoft Store's alias",
                       "install Python from python.org and run: lossmit excel install")  # fmt: skip
    if not Path(value).is_file():
        return Finding(FIX, f"{value} (set by {who}) is not there", "run: lossmit excel install")
    if Path(value) != Path(system.python):
        return Finding(NOTE, f"Excel starts {value} (set by {who}), this is {system.python}",
                       "run lossmit excel install with the Python that Excel should start")  # fmt: skip
    return Finding(OK, f"Excel starts {value} (set by {who})")
