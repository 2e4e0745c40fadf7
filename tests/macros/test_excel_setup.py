"""`lossmit excel install | doctor | uninstall` on folders and systems that are made up, and the commands themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lossmit_workbook import excel_setup
from lossmit_workbook.excel_setup import FIX, NOTE, OK, System, doctor, install, read_conf, uninstall, write_conf
from lossmit_workbook.template import write_template
from lossmit_xl.errors import LossmitError, OutputError
from tests.command_line import lossmit, process

VERSIONS = {"xlwings": "0.37.8", "pyOpenVBA": "6.5.0", "lossmit-xl": "0.1.0"}


@pytest.fixture
def system(tmp_path: Path) -> System:
    """Windows with everything in place and nothing set up."""
    python = tmp_path / "Python312" / "python.exe"
    python.parent.mkdir()
    python.write_bytes(b"MZ")
    return System("win32", tmp_path / "home", str(python), 64, VERSIONS, True)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("setup") / "LossMit.xlsm"
    write_template(path)
    return path


def lines(findings: list[excel_setup.Finding], level: str) -> list[str]:
    return [f"{finding.found}: {finding.cure}" for finding in findings if finding.level == level]


def test_install_names_this_python_and_keeps_the_rest(system: System) -> None:
    write_conf(system.user_conf, {"PYTHONPATH": "C:\\mine, too"})
    assert install(system)[0].level == OK
    conf = read_conf(system.user_conf)
    assert conf["INTERPRETER_WIN"] == system.python and conf["PYTHONPATH"] == "C:\\mine, too"
    assert uninstall(system)[0].level == OK
    assert read_conf(system.user_conf) == {"PYTHONPATH": "C:\\mine, too"}


def test_uninstall_puts_back_what_was_there(system: System) -> None:
    write_conf(system.user_conf, {"INTERPRETER_WIN": "C:\\old\\python.exe"})
    install(system)
    install(replace(system, python="C:\\third\\python.exe"))  # twice: what was there first is still remembered
    assert read_conf(system.user_conf)["INTERPRETER_WIN"] == "C:\\third\\python.exe"
    uninstall(system)
    assert read_conf(system.user_conf) == {"INTERPRETER_WIN": "C:\\old\\python.exe"}


def test_uninstall_leaves_nothing_behind_and_touches_nobody_else_s(system: System) -> None:
    install(system)
    uninstall(system)
    assert not system.user_conf.exists()
    install(system)
    write_conf(system.user_conf, read_conf(system.user_conf) | {"INTERPRETER_WIN": "C:\\hers\\python.exe"})
    assert uninstall(system)[0].level == NOTE
    assert read_conf(system.user_conf) == {"INTERPRETER_WIN": "C:\\hers\\python.exe"}
    assert uninstall(system)[0].found.startswith("nothing of lossmit's")


def test_what_xlwings_reads_is_what_was_written(system: System) -> None:
    """Its own reader takes `"KEY","value"` lines; a path on a Mac stands under its own key and place."""
    install(system)
    assert f'"INTERPRETER_WIN","{system.python}"\n' in system.user_conf.read_text()
    mac = replace(system, platform="darwin")
    install(mac)
    assert mac.user_conf.parts[-2:] == ("Data", "xlwings.conf") and "INTERPRETER_MAC" in mac.user_conf.read_text()


def test_a_path_is_written_as_vba_reads_it(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """VBA knows Windows' code page only: in UTF-8 it would look for a folder ZoÃ« and find no Python."""
    monkeypatch.setattr(excel_setup, "encoding", lambda: "cp1252")
    zoe = replace(system, python="C:\\Users\\Zoë\\Python312\\python.exe")
    install(zoe)
    assert b"\\Zo\xeb\\" in system.user_conf.read_bytes()
    assert read_conf(system.user_conf)["INTERPRETER_WIN"] == zoe.python
    before = system.user_conf.read_bytes()
    with pytest.raises(OutputError, match="can't read '山'"):
        install(replace(system, python="C:\\Users\\山\\python.exe"))
    assert system.user_conf.read_bytes() == before


def test_the_store_s_python_is_refused(system: System) -> None:
    with pytest.raises(LossmitError, match="Microsoft Store"):
        install(replace(system, python="C:\\Users\\a\\AppData\\Local\\Microsoft\\WindowsApps\\python.exe"))
    assert not system.user_conf.exists()


def test_a_folder_that_may_not_be_written(system: System) -> None:
    system.home.mkdir()
    (system.home / ".xlwings").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="xlwings"):
        install(system)


def test_doctor_finds_nothing_after_install(system: System, template: Path) -> None:
    install(system)
    findings = doctor(system, template)
    assert lines(findings, FIX) == [] and lines(findings, NOTE) == []


CAUSES = {
    "not set up": (lambda s, t: (replace(s, home=s.home / "other"), t), "INTERPRETER_WIN is not set"),
    "xlwings missing": (lambda s, t: (replace(s, versions=VERSIONS | {"xlwings": ""}), t), "xlwings is not installed"),
    "pyOpenVBA missing": (
        lambda s, t: (replace(s, versions=VERSIONS | {"pyOpenVBA": ""}), t), "pyOpenVBA is not installed"),
    "other xlwings": (
        lambda s, t: (replace(s, versions=VERSIONS | {"xlwings": "0.33.0"}), t), "xlwings 0.33.0 in Python, 0.37.8"),
    "no pywin32": (lambda s, t: (replace(s, com=False), t), "pywin32 is not installed"),
    "interpreter gone": (lambda s, t: (Path(s.python).unlink(), (s, t))[1], "is not there"),
    "Store alias": (
        lambda s, t: (write_conf(s.user_conf, {"INTERPRETER_WIN": "C:\\x\\WindowsApps\\python.exe"}), (s, t))[1],
                    "Microsoft Store's alias"),
    "Mark of the Web": (lambda s, t: (Path(f"{t}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n"), (s, t))[1],
                        "marked as from the internet (zone 3)"),
}  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_gives_its_own_line(cause: str, system: System, template: Path, tmp_path: Path) -> None:
    copy = tmp_path / "LossMit.xlsm"
    copy.write_bytes(template.read_bytes())
    install(system)
    spoil, words = CAUSES[cause]
    findings = doctor(*spoil(system, copy))
    assert len(lines(findings, FIX)) == 1 and words in lines(findings, FIX)[0], findings
    assert all(finding.cure for finding in findings if finding.level == FIX)


def test_notes_that_are_no_failure(system: System, template: Path, tmp_path: Path) -> None:
    drive = tmp_path / "OneDrive - Fund"
    drive.mkdir()
    copy = drive / "LossMit.xlsm"
    copy.write_bytes(template.read_bytes())
    install(system)
    write_conf(drive / "xlwings.conf", {"INTERPRETER_WIN": system.python})
    write_conf(system.user_conf, {"INTERPRETER_WIN": "C:\\hers\\python.exe"})
    notes = lines(doctor(system, copy), NOTE)
    assert len(notes) == 2 and "OneDrive" in notes[0] and "it is not used" in notes[1]
    assert any("this is linux" in note for note in lines(doctor(replace(system, platform="linux")), NOTE))


def test_a_workbook_without_macros_is_refused(system: System, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("no workbook")
    for name in ("a.xlsx", "gone.xlsm"):
        with pytest.raises(LossmitError, match="no workbook with macros"):
            doctor(system, tmp_path / name)


def test_a_setting_that_would_break_the_file_is_refused(system: System) -> None:
    with pytest.raises(OutputError, match="quotation mark"):
        write_conf(system.user_conf, {"A": 'x"y'})


def test_the_commands(tmp_path: Path, template: Path) -> None:
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    first = process("excel", "doctor", template, environ=home)
    assert first.code == 1 and "fix   INTERPRETER_WIN is not set" in first.out
    assert process("excel", "install", environ=home).code == 0
    assert process("excel", "doctor", template, environ=home).code == 0
    assert process("excel", "uninstall", environ=home).code == 0
    assert list((tmp_path / ".xlwings").iterdir()) == []


def test_the_template_command(tmp_path: Path, template: Path) -> None:
    out = tmp_path / "LossMit.xlsm"
    assert lossmit("excel", "template", "-o", out).code == 0
    assert out.read_bytes() == template.read_bytes()
    assert lossmit("excel", "template", "-o", out).code == 2
    assert "ends in .xlsm" in lossmit("excel", "template", "-o", tmp_path / "a.xlsx").err


def test_a_workbook_with_macros_by_the_build_command(tmp_path: Path) -> None:
    from tests.command_line import AS_OF, CLEAN

    out = tmp_path / "pool.xlsm"
    assert lossmit("build", CLEAN, "-o", out, *AS_OF).code == 0
    assert excel_setup.sheet_settings(out)["LOSSMIT SAMPLE"] == "False"
