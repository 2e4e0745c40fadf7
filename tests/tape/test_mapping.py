"""The mapping: proposed, explained, overruled, saved and used again."""

from __future__ import annotations

from pathlib import Path

import pytest

from lossmit_xl.errors import TapeError
from lossmit_xl.tape import Mapping, read_tape
from tests.tape.making import AS_OF, read_rows, said, write_csv

ROWS: list[list[object]] = [
    ["Loan Number", "Curr. Bal", "Interst Rate", "Next Due", "BPO", "Wierd Thing", "Servicer Comments", "Borrower",
    "SS", "Reach", "Where"],
    ["A1", 50_000, 8, "1/1/2026", 90_000, "x", "=1", "Ann Dale", "123-45-6789", "ann@example.invalid", "12 Elm Street"],
    ["A2", 51_000, 9, "1/1/2026", 91_000, "y", "", "Bob Ewe", "123-45-6780", "bob@example.invalid", "9 Oak Rd"],
]  # fmt: skip


def test_every_heading_is_accounted_for(tmp_path: Path) -> None:
    frame = read_rows(tmp_path, ROWS).mapping.frame()
    assert frame["heading"].tolist() == ROWS[0]
    assert frame["column"].tolist() == [
        "loan_id", "upb", "note_rate", "next_due_date", "property_value", "ignored", "ignored", "personal", "personal",
        "personal", "personal",
    ]  # fmt: skip
    assert (
        frame["how"].tolist()
        == ["exact alias"] * 2
        + ["fuzzy"]
        + ["exact alias"] * 2
        + ["unknown", "exact alias", "exact alias"]
        + ["contents"] * 3
    )
    assert 85 <= frame["score"][2] < 100 and frame["score"][5] == 0


def test_personal_columns_are_kept_apart_from_the_loans(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, ROWS)
    assert list(tape.personal.columns) == ["Borrower", "SS", "Reach", "Where"]
    assert tape.personal["Borrower"].tolist() == ["Ann Dale", "Bob Ewe"]
    text = tape.loans.to_csv() + tape.issues.to_csv()
    assert "Ann" not in text and "123-45" not in text and "example.invalid" not in text and "Elm" not in text


def test_a_guess_and_an_unknown_heading_are_issues(tmp_path: Path) -> None:
    tape = read_rows(tmp_path, ROWS)
    assert said(tape, "note_rate", "by likeness")["severity"].tolist() == ["warning"]
    assert "Wierd Thing" in said(tape, "", "not known and left out")["message"].item()


def test_a_guess_whose_contents_disagree_is_withdrawn(tmp_path: Path) -> None:
    rows = [
        [*ROWS[0][:5], "Maturtiy Date"],
        ["A1", 5e4, 8, "1/1/2026", 9e4, "soon"],
        ["A2", 5e4, 8, "1/1/2026", 9e4, "later"],
    ]
    tape = read_rows(tmp_path, rows)
    assert tape.mapping.entries[-1].how == "doubtful" and tape.mapping.place("maturity_date") is None
    assert len(said(tape, "maturity_date", "its contents do not")) == 1


def test_a_mapping_is_saved_loaded_and_used_again(tmp_path: Path) -> None:
    first = read_rows(tmp_path, ROWS)
    path = tmp_path / "seller.toml"
    first.mapping.save(path)
    loaded = Mapping.load(path)
    assert loaded.as_dict() == first.mapping.as_dict()
    again = read_tape(tmp_path / "tape.xlsx", path, as_of=AS_OF)
    assert again.loans.equals(first.loans) and {e.how for e in again.mapping.entries} == {"user"}
    edited = path.read_text().replace('"Wierd Thing" = "ignored"', '"Wierd Thing" = "occupancy"')
    path.write_text(edited)
    assert read_tape(tmp_path / "tape.xlsx", path, as_of=AS_OF).mapping.heading("occupancy") == "Wierd Thing"


def test_headings_with_quotes_backslashes_and_returns_survive_the_file(tmp_path: Path) -> None:
    names = ['The "UPB"', "a\\b", "x = y # z", "Loan\u0007Id"]
    mapping = Mapping.of(dict.fromkeys(names, "ignored"))
    mapping.save(tmp_path / "m.toml")
    assert list(Mapping.load(tmp_path / "m.toml").as_dict()) == names


def test_the_user_overrules_and_takes_the_column_from_the_other_heading(tmp_path: Path) -> None:
    rows = [[*ROWS[0], "Other Bal"], [*ROWS[1], 1_000], [*ROWS[2], 2_000]]
    path = write_csv(tmp_path / "t.csv", rows)
    tape = read_tape(path, {"Other Bal": "upb", "Borrower": "ignored"}, as_of=AS_OF)
    assert tape.loans["upb"].tolist() == [1_000, 2_000]
    entry = tape.mapping.entries[1]
    assert (entry.heading, entry.target, entry.how) == ("Curr. Bal", "ignored", "duplicate dropped")
    assert "Borrower" not in tape.personal.columns


def test_a_mapping_can_name_an_assumption_and_a_helper(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [["L", "U", "R", "Y"], ["A", 5, 9, "14%"], ["B", 6, 9, ""]])
    tape = read_tape(path, {"L": "loan_id", "U": "upb", "R": "note_rate", "Y": "target_yield"}, as_of=AS_OF)
    assert tape.loans["target_yield"].tolist()[0] == pytest.approx(0.14)


def test_a_mapping_names_a_heading_the_tape_has_not(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", ROWS)
    assert len(said(read_tape(path, {"Gone": "lien"}, as_of=AS_OF), "lien", 'names "Gone"')) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"A" = "upbb"', "'A' is mapped to 'upbb', which is no column; did you mean upb"),
        ("A = 3", "must read"), ("[columns\n", "is no mapping file"), ('[columns]\nA = ["x"]', "must read"),
    ],
)  # fmt: skip
def test_a_bad_mapping_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(TapeError, match=message):
        read_tape(write_csv(tmp_path / "t.csv", ROWS), tmp_path / "m.toml")


def test_a_missing_mapping_file_and_all_wrong_columns_at_once(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="no such mapping file"):
        Mapping.load(tmp_path / "none.toml")
    with pytest.raises(TapeError) as caught:
        Mapping.of({"A": "x1", "B": "x2"})
    assert len(caught.value.problems) == 2


def test_mod_rate_as_sellers_write_it_is_no_override(tmp_path: Path) -> None:
    rows = [[*ROWS[0], "Mod Rate", "Target Yield", "mod_term"], [*ROWS[1], 4, 0.12, 240], [*ROWS[2], 4, 0.13, 360]]
    assert read_rows(tmp_path, rows).overrides == ["target_yield", "mod_term"]
