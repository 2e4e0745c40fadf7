"""The `lossmit` command: what it prints, what it writes, how it leaves."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import lossmit_xl
from lossmit_xl import Assumptions, evaluate, read_tape, states
from lossmit_xl.cli import commands, screen
from lossmit_xl.cli.documents import inert
from lossmit_xl.tape import Mapping, Tape
from tests.command_line import AS_OF, CLEAN, MESSY, ROOT, lossmit, process


def _words(text: str) -> list[str]:
    return text.split()


# As the method publishes them: typed in here, so that a renamed column is noticed.
SCENARIOS = _words(
    "loan_id strategy feasible reason months gross costs legal servicing carry disposition fee sale_costs net_recovery "
    "npv outcome_npv pursuit_npv profit moic irr annualised_roi weight payment lump"
)
LOANS = _words(
    "loan_id missed arrears legal_balance value not_valued recommended runner_up npv_given_up confirm expected_npv bid "
    "bid_binding price dpo_breakeven investment_to_value expected_profit implied_yield yield_note light"
)
ISSUES = _words("row loan_id column severity value message")
COMMANDS = ("build", "evaluate", "questions", "map", "states", "assumptions")


@pytest.fixture(scope="module")
def messy() -> Tape:
    return read_tape(MESSY, as_of=pd.Timestamp(AS_OF[1]).date())


@pytest.fixture(scope="module")
def valued(messy: Tape) -> lossmit_xl.Evaluation:
    return evaluate(messy.loans, Assumptions(as_of=AS_OF[1]))


# --- help and version


def test_version() -> None:
    result = lossmit("--version")
    assert result.code == 0
    assert result.out.strip() == f"lossmit {lossmit_xl.__version__}"


def test_help_names_every_command_and_the_exit_codes() -> None:
    shown = lossmit("--help").out
    for word in (*COMMANDS, "nine ways", "Exit codes", "tape.xlsx -o pool.xlsx"):
        assert word in shown, word


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str) -> None:
    result = lossmit(command, "--help")
    assert result.code == 0
    assert re.search(r"Usage: lossmit " + command, result.out)
    # Every option comes with words: no line of the help ends after an option's kind of value.
    options = re.findall(r"^│ (?:\* +)?--[a-z-]+(?: +-\w)?(?: +[<\w>.-]+)? *(.*)│$", result.out, re.MULTILINE)
    assert options and all(words.strip() for words in options), options


def test_help_needs_neither_the_tape_reader_nor_the_workbook() -> None:
    code = "import sys, lossmit_xl.cli; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'rich'" in loaded
    assert not {"python_calamine", "rapidfuzz", "openpyxl", "lossmit_workbook"} & set(re.findall(r"'(\w+)'", loaded))


# --- evaluate


def test_evaluate_shows_the_totals_the_bid_and_the_costliest_issues(valued: lossmit_xl.Evaluation) -> None:
    result = lossmit("evaluate", MESSY, *AS_OF)
    shown = " ".join(result.out.split())
    totals = valued.portfolio.totals
    assert totals["not_valued"] > 0
    assert result.code == 1
    assert re.search(r"Valued \d+ of 250 loans, USD [\d,]+ of USD [\d,]+ UPB valued", shown)
    assert f"Valued {valued.portfolio.coverage}" in shown
    assert f"Bid USD {totals['bid']:,.0f}, {totals['bid'] / totals['upb_valued']:.1%} of the UPB" in shown
    assert f"Expected worth USD {totals['expected_npv']:,.0f}, at a yield of 15%" in shown
    assert len(re.findall(r"^ (?:error|warning) ", result.out, re.MULTILINE)) == 3
    assert result.err == ""


def test_a_tape_valued_to_the_last_loan_leaves_with_0() -> None:
    result = lossmit("evaluate", CLEAN, *AS_OF)
    assert result.code == 0
    assert "25 of 25 loans" in result.out
    assert "Not valued" not in result.out


def test_json_is_all_there_is_on_stdout(messy: Tape, valued: lossmit_xl.Evaluation) -> None:
    result = lossmit("evaluate", MESSY, *AS_OF, "--json")
    document = json.loads(result.out, parse_constant=pytest.fail)  # NaN and Infinity are no JSON
    assert result.code == 1
    assert f"Valued          {valued.portfolio.coverage}" in result.err
    assert document["portfolio"]["totals"] == valued.portfolio.totals
    assert document["portfolio"]["coverage"] == valued.portfolio.coverage
    assert document["assumptions"]["as_of"] == AS_OF[1]
    assert document["tape"]["sha256"] == messy.source.sha256
    for name, frame, columns in (("loans", valued.loans, LOANS), ("scenarios", valued.scenarios, SCENARIOS)):
        rows = document[name]
        assert [list(row) for row in rows] == [columns] * len(frame)
        for column in columns:
            got = pd.Series([row[column] for row in rows])
            pd.testing.assert_series_equal(got, frame[column], check_names=False, check_dtype=False, rtol=0, atol=0)
    blanks = [row for row in document["loans"] if row["not_valued"]]
    assert blanks and all(row["bid"] is None and row["recommended"] == "" for row in blanks)
    assert [list(row) for row in document["issues"][:1]] == [ISSUES]
    assert len(document["issues"]) >= len(messy.issues)


def test_json_of_a_pool_beyond_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossmit_xl.cli.documents.ROWS_AT_A_TIME", 7)
    document = json.loads(lossmit("evaluate", CLEAN, *AS_OF, "--json").out)
    assert [len(document[name]) for name in ("loans", "scenarios")] == [25, 225]
    assert [row["loan_id"] for row in document["loans"]] == read_tape(CLEAN).loans["loan_id"].tolist()


def test_csv_holds_the_same_numbers(tmp_path: Path, valued: lossmit_xl.Evaluation) -> None:
    folder = tmp_path / "out"
    result = lossmit("evaluate", MESSY, *AS_OF, "--csv", folder)
    assert result.code == 1
    assert sorted(path.name for path in folder.iterdir()) == ["issues.csv", "loans.csv", "scenarios.csv"]
    for name, columns in (("scenarios", SCENARIOS), ("loans", LOANS), ("issues", ISSUES)):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == columns
    scenarios = pd.read_csv(folder / "scenarios.csv", dtype={"loan_id": str}, float_precision="round_trip")
    for column in SCENARIOS:
        want = valued.scenarios[column]
        if want.dtype == float:
            np.testing.assert_array_equal(scenarios[column].to_numpy(), want.to_numpy(), column)
        else:
            assert scenarios[column].fillna("").tolist() == want.tolist(), column


def test_csv_is_not_written_over_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_text("mine")
    refused = lossmit("evaluate", CLEAN, "--csv", tmp_path)
    assert refused.code == 2 and "--force" in refused.err and "loans.csv" in refused.err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("loans.csv", "mine")]
    assert lossmit("evaluate", CLEAN, "--csv", tmp_path, "--force").code == 0
    assert (tmp_path / "loans.csv").read_text().startswith("loan_id,")


def test_the_date_and_the_file_of_assumptions_are_used(tmp_path: Path) -> None:
    deal = tmp_path / "deal.toml"
    deal.write_text('as_of = 2026-06-30\ntarget_yield = 0.25\n')
    by_file = json.loads(lossmit("evaluate", CLEAN, "--assumptions", deal, "--json").out)
    by_date = json.loads(lossmit("evaluate", CLEAN, "--assumptions", deal, *AS_OF, "--json").out)
    loans = read_tape(CLEAN).loans
    for document, as_of in ((by_file, "2026-06-30"), (by_date, AS_OF[1])):
        want = evaluate(loans, Assumptions(as_of=as_of, target_yield=0.25)).portfolio.totals
        assert document["portfolio"]["totals"]["bid"] == pytest.approx(want["bid"], abs=0.005)
    assert by_file["portfolio"]["totals"]["bid"] != by_date["portfolio"]["totals"]["bid"]


def test_the_issues_are_those_of_the_date(messy: Tape) -> None:
    """What is old or to come is known only with the date, which the reader is told."""
    issues = json.loads(lossmit("evaluate", MESSY, *AS_OF, "--json").out)["issues"]
    assert [tuple(row.values()) for row in issues] == list(messy.issues.itertuples(index=False, name=None))
    assert [row for row in issues if f"180 days on {AS_OF[1]}" in row["message"]]


def test_today_without_a_date() -> None:
    document = json.loads(lossmit("evaluate", CLEAN, "--json").out)
    assert document["assumptions"]["as_of"] == Assumptions().as_of.isoformat()


def test_a_mapping_is_used(tmp_path: Path) -> None:
    tape = tmp_path / "odd.csv"
    tape.write_text(CLEAN.read_text().replace("upb", "zork", 1))
    assert lossmit("evaluate", tape).code == 2
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\n"zork" = "upb"\n')
    result = lossmit("evaluate", tape, *AS_OF, "--mapping", mapping)
    assert result.code == 0 and "25 of 25 loans" in result.out


def test_texts_of_a_tape_are_shown_as_they_are(tmp_path: Path) -> None:
    """Marks of the console's own language and codes for terminals do nothing."""
    rows = list(csv.reader(io.StringIO(CLEAN.read_text())))
    rows[0].append("[bold]Odd[/nope]\x1b[2J :smile:")
    for row in rows[1:]:
        row.append("x")
    tape = tmp_path / "[red]pool.csv"
    with tape.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    shown = lossmit("map", tape).out
    assert "[bold]Odd[/nope]" in shown and ":smile:" in shown and "\x1b" not in shown
    assert "[red]pool.csv" in lossmit("evaluate", tape, *AS_OF).out


# --- map, states, assumptions


def test_map_shows_every_heading_and_saves_a_file_that_gives_the_same(tmp_path: Path, messy: Tape) -> None:
    out = tmp_path / "mapping.toml"
    result = lossmit("map", MESSY, "-o", out)
    assert result.code == 0
    for entry in messy.mapping.entries:
        assert re.search(rf"{re.escape(entry.heading[:14])}.* {entry.target} ", result.out), entry.heading
    saved = Mapping.load(out)
    assert saved.as_dict() == messy.mapping.as_dict()
    again = read_tape(MESSY, out)
    assert again.mapping.as_dict() == messy.mapping.as_dict()
    assert lossmit("map", MESSY, "-o", out).code == 2
    assert lossmit("map", MESSY, "-o", out, "--force").code == 0


def test_map_takes_a_mapping_to_complete(tmp_path: Path) -> None:
    """A tape whose balance nobody recognises: one line by hand, and the rest is proposed beside it."""
    tape, mine, full = (tmp_path / name for name in ("odd.csv", "mine.toml", "full.toml"))
    tape.write_text(CLEAN.read_text(encoding="utf-8").replace("upb", "zork", 1), encoding="utf-8")
    mine.write_text('"zork" = "upb"\n', encoding="utf-8")
    assert lossmit("map", tape, "--mapping", mine, "-o", full).code == 0
    saved = Mapping.load(full).as_dict()
    assert saved["zork"] == "upb" and saved["note_rate"] == "note_rate"


def test_states_shows_every_figure_with_a_source() -> None:
    result = lossmit("states")
    table = states()
    assert result.code == 0
    notes = set(re.findall(r"^\[(\d+)\] \S", result.out, re.MULTILINE))
    for code, row in table.iterrows():
        line = next(line for line in result.out.splitlines() if line.startswith(f" {code} "))
        figures = re.findall(r"([\w,-]+) \[(\d+)\]", line)
        want = [row["process"].replace("_", "-"), *(f"{row[name]:,.0f}" for name in
                ("fc_months", "legal_fee", "other_costs", "redemption_months"))]  # fmt: skip
        assert [figure for figure, _ in figures] == want, code
        assert {note for _, note in figures} <= notes
    for source in ("18 June 2025", "convention", "Ala. Code"):
        assert source in result.out


def test_states_by_code_and_name() -> None:
    result = lossmit("states", "FL", "new york", "fl", "us")
    assert result.code == 0
    titles = re.findall(r"^(\S.*) \((\w\w)\)\s*$", result.out, re.MULTILINE)
    assert titles == [("Florida", "FL"), ("New York", "NY"), ("Unknown state (national)", "US")]
    assert "720 days from the last paid instalment" in " ".join(result.out.split())


def test_unknown_states_are_all_named() -> None:
    result = lossmit("states", "FL", "ZZ", "Narnia")
    assert (result.code, result.out) == (2, "")
    assert [re.match(r'lossmit: "(\w+)": is no state', line)[1] for line in result.err.splitlines()] == ["ZZ", "Narnia"]  # type: ignore[index]


def test_assumptions_prints_what_it_can_read_back() -> None:
    result = lossmit("assumptions")
    assert result.code == 0
    assert Assumptions.from_toml(result.out) == Assumptions()
    assert "as_of" not in tomllib.loads(result.out)  # a date of today would be stale next month
    assert len(re.findall("Source: ", result.out)) == len(lossmit_xl.assumptions.FIELDS)


def test_assumptions_to_a_file(tmp_path: Path) -> None:
    out = tmp_path / "deal.toml"
    assert lossmit("assumptions", "-o", out).code == 0
    assert out.read_text(encoding="utf-8") == lossmit("assumptions").out
    assert lossmit("evaluate", CLEAN, *AS_OF, "--assumptions", out).code == 0
    out.write_text("mine")
    assert lossmit("assumptions", "-o", out).code == 2
    assert out.read_text() == "mine"


# --- build


def test_build_writes_the_workbook(tmp_path: Path, valued: lossmit_xl.Evaluation) -> None:
    out = tmp_path / "pool.xlsx"
    result = lossmit("build", MESSY, "-o", out, *AS_OF)
    assert result.code == 1
    assert f"Valued          {valued.portfolio.coverage}" in result.out
    assert "Written: " in result.out and result.err == ""
    book = openpyxl.load_workbook(out, read_only=True, data_only=True)
    assert {"Loans", "Model", "Assumptions", "States", "Scenarios"} <= set(book.sheetnames)
    book.close()
    assert [path.name for path in tmp_path.iterdir()] == ["pool.xlsx"]


@pytest.mark.parametrize("keep", [False, True])
def test_names_and_addresses_stay_out_unless_kept(keep: bool, tmp_path: Path, messy: Tape) -> None:
    out = tmp_path / "pool.xlsx"
    assert lossmit("build", MESSY, "-o", out, *AS_OF, *(["--keep-personal"] if keep else [])).code == 1
    with zipfile.ZipFile(out) as package:
        parts = b"".join(map(package.read, package.namelist())).decode("utf-8", errors="replace")
    for heading in ("Borrower Name", "Home Phone", "Property Address"):
        texts = [text for text in messy.personal[heading].unique() if len(text) > 6]
        assert len(texts) > 100
        assert [text for text in texts if text in parts] == (texts if keep else [])


def test_the_workbook_takes_the_assumptions_and_the_mapping(tmp_path: Path) -> None:
    tape, mapping, deal, out = (tmp_path / name for name in ("odd.csv", "map.toml", "deal.toml", "out.xlsx"))
    tape.write_text(CLEAN.read_text(encoding="utf-8").replace("upb", "zork", 1), encoding="utf-8")
    mapping.write_text('"zork" = "upb"\n', encoding="utf-8")
    deal.write_text("target_yield = 0.25\n", encoding="utf-8")
    result = lossmit("build", tape, "-o", out, *AS_OF, "--mapping", mapping, "--assumptions", deal)
    want = evaluate(read_tape(CLEAN).loans, Assumptions(as_of=AS_OF[1], target_yield=0.25)).portfolio
    assert result.code == 0, result.err
    for text in (want.coverage, f"Bid             USD {want.totals['bid']:,.0f}", "a yield of 25%"):
        assert text in result.out, text


# --- the terminal


def _on_a_terminal(environ: dict[str, str], *args: str | Path) -> str:
    """What a command writes to stderr where that is a terminal."""
    master, slave = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR")}
    script = Path(sys.executable).with_name("lossmit")
    with subprocess.Popen([script, *map(str, args)], stdout=subprocess.PIPE, stderr=slave, stdin=slave,
                          env={**env, "TERM": "xterm", **environ}) as running:  # fmt: skip
        os.close(slave)
        seen = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the terminal is gone with its last process
                break
            if not piece:
                break
            seen += piece
        running.communicate()
    os.close(master)
    return seen.decode(errors="replace")


def test_progress_is_shown_to_who_watches() -> None:
    assert "Reading messy_250.xlsx" in _on_a_terminal({}, "evaluate", MESSY, *AS_OF)


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"TERM": "dumb"}])
def test_progress_is_silent_in_ci_and_on_a_dumb_terminal(environ: dict[str, str]) -> None:
    assert _on_a_terminal(environ, "evaluate", MESSY, *AS_OF).strip() == ""


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    script = Path(sys.executable).with_name("lossmit")
    with subprocess.Popen([script, "evaluate", MESSY, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as running:  # fmt: skip
        assert running.stdout is not None and running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        err = running.stderr.read()
    assert running.returncode == 1  # loans not valued, as without the pipe
    assert "Traceback" not in err and "lossmit:" not in err


def test_a_defect_of_ours_says_so_and_leaves_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path | None, as_of: str | None) -> Assumptions:
        raise RuntimeError("planted")

    monkeypatch.setattr(commands, "_assumptions", fail)
    result = lossmit("evaluate", CLEAN)
    assert result.code == 3
    assert "RuntimeError: planted" in result.err and "defect of lossmit" in result.err.splitlines()[-1]


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[31mb", "a\u202eb", "a\x00b"])
def test_one_line_keeps_terminals_safe(text: str) -> None:
    assert re.fullmatch(r"a (\[31m)?b", screen.one_line(text))


# --- the script


def test_the_module_runs_where_the_script_does() -> None:
    assert process("--version").out == lossmit("--version").out
    assert (ROOT / "pyproject.toml").read_text().count('lossmit = "lossmit_xl.cli:main"') == 1


def test_no_text_of_a_tape_is_a_formula_in_the_csv_files() -> None:
    texts = ["=1+1", "-5", "+1,234.50", "-2+3", "@x", "ok", "\tx", "", "-", "-1-2"]
    frame = inert(pd.DataFrame({"loan_id": texts, "upb": range(len(texts))}))
    assert list(frame["loan_id"]) == ["'=1+1", "-5", "+1,234.50", "'-2+3", "'@x", "ok", "'\tx", "", "-", "'-1-2"]
    assert list(frame["upb"]) == list(range(len(texts)))
