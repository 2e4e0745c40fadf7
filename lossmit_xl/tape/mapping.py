"""Which heading of the seller is which column of ours: proposed by table, then by likeness, always overruled by the
user.

A mapping can be saved as TOML, edited and used again for the seller's next tape.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd
from rapidfuzz import fuzz, process

from lossmit_xl.columns import BY_NAME
from lossmit_xl.errors import TapeError
from lossmit_xl.tape.headings import GUARDS, HELPERS, IGNORED, PERSONAL, aliases, known, normal, without_units

FUZZY_CUTOFF = 88.0
STATE_OVERRIDES = ("fc_months", "legal_fee", "redemption_months")


@cache
def overrides() -> frozenset[str]:
    """Names a tape column may override per loan: every scalar assumption, and three figures of the loan's state."""
    from lossmit_xl.assumptions import OVERRIDABLE

    # dpo_month and the like are loan columns already: the loan's own column is the override.
    return frozenset((*OVERRIDABLE, *STATE_OVERRIDES)) - frozenset(BY_NAME)


@dataclass(frozen=True)
class Mapped:
    """One heading of the tape: `target` is a canonical column, a helper, an assumption, "ignored" or "personal".

    `score` is 100 for certainty; `how` one of: exact alias, fuzzy, user, override, contents, duplicate dropped,
    doubtful, unknown.
    """

    heading: str
    target: str
    score: float
    how: str
    note: str = ""
    rank: int = 3

    @property
    def used(self) -> bool:
        """Whether the column feeds the loans."""
        return self.target not in (IGNORED, PERSONAL)


@dataclass
class Mapping:
    """A tape's headings in file order (made unique: a second "Rate" is "Rate (2)") and what became of each."""

    entries: list[Mapped] = field(default_factory=list)

    def frame(self) -> pd.DataFrame:
        """The mapping as a table: heading, column, score, how, note."""
        rows = [(e.heading, e.target, e.score, e.how, e.note) for e in self.entries]
        return pd.DataFrame(rows, columns=["heading", "column", "score", "how", "note"])

    def target(self, heading: str) -> str:
        """What `heading` was mapped to; KeyError where the tape has no such heading."""
        return next((e.target for e in self.entries if e.heading == heading), "") or _missing(heading)

    def place(self, target: str) -> int | None:
        """Position of the column mapped to `target`; None where there is none."""
        return next((i for i, e in enumerate(self.entries) if e.target == target), None)

    def heading(self, target: str) -> str:
        """The seller's heading of `target`; "" where there is none."""
        place = self.place(target)
        return "" if place is None else self.entries[place].heading

    def as_dict(self) -> dict[str, str]:
        """Heading to column, what is set aside included."""
        return {e.heading: e.target for e in self.entries}

    def save(self, path: str | Path) -> None:
        """Write the mapping as commented TOML; `read_tape(tape, mapping=path)` takes it back."""
        lines = [
            "# Which heading of the seller's tape is which loan column. Edit the right-hand side and read the "
            "tape with it again.",
            '# "ignored" leaves a column out, "personal" keeps it apart from the loans.',
            "",
            "[columns]",
        ]
        for entry in self.entries:
            lines.append(f"{_quoted(entry.heading)} = {_quoted(entry.target)}  # {entry.how}, {entry.score:.0f}")
        Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Mapping:
        """Read a saved mapping. TapeError where it cannot be read or names a column that is none."""
        name = Path(path).name
        try:
            content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            raise TapeError(f"{path}: there is no such mapping file; make one with `lossmit map`.") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise TapeError(
                f"{name}: is no mapping file ({' '.join(str(error).split())[:120]}); each line reads "
                '"Heading" = "column".'
            ) from None
        table = content.get("columns", content)
        if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
            raise TapeError(f'{name}: each line below [columns] must read "Heading" = "column".')
        return cls.of(table, name)

    @classmethod
    def of(cls, table: AbstractMapping[str, str], name: str = "mapping") -> Mapping:
        """A mapping from a plain dictionary of heading to column; columns are checked, all wrong ones named at once."""
        wrong = [
            f"{name}: {heading!r} is mapped to {target!r}, which is no column{_nearest(target)}."
            for heading, target in table.items()
            if not _is_target(target)
        ]
        if wrong:
            raise TapeError(wrong)
        return cls([Mapped(str(heading), target, 100.0, "user") for heading, target in table.items()])


def _missing(heading: str) -> str:
    raise KeyError(heading)


def _is_target(target: object) -> bool:
    return isinstance(target, str) and (
        target in BY_NAME or target in HELPERS or target in (IGNORED, PERSONAL) or target in overrides()
    )


def _nearest(target: object) -> str:
    found = process.extractOne(
        str(target), [*BY_NAME, *HELPERS, IGNORED, PERSONAL, *sorted(overrides())], scorer=fuzz.WRatio, score_cutoff=60
    )
    return f"; did you mean {found[0]}?" if found else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def unique_headings(headings: Iterable[str]) -> list[str]:
    """Headings made unique without regard to case: blanks are "Column 3", a second "Rate" is "Rate (2)"."""
    seen: set[str] = set()
    result = []
    for place, heading in enumerate(headings, 1):
        base = heading or f"Column {place}"
        name, count = base, 1
        while name.casefold() in seen:
            count += 1
            name = f"{base} ({count})"
        seen.add(name.casefold())
        result.append(name)
    return result


@cache
def _fuzzy_keys() -> tuple[str, ...]:
    return tuple(key for key in aliases() if len(key) > 3)


@cache
def _vocabulary() -> tuple[str, ...]:
    return tuple(sorted({word for key in aliases() for word in key.split() if len(word) >= 5}))


def _spelt(key: str) -> str:
    """`key` with each word no alias knows replaced by the known word it is a slip of ("interst")."""
    words = []
    for word in key.split():
        found = None
        if len(word) >= 5 and word not in _vocabulary():
            found = process.extractOne(word, _vocabulary(), scorer=fuzz.ratio, score_cutoff=85.0)
        words.append(found[0] if found else word)
    return " ".join(words)


@lru_cache(maxsize=4096)
def fuzzy(heading: str) -> tuple[str, float, str] | None:
    """The likeliest target of a heading that no alias has: (target, score 0-100, the alias it is like); None below
    the cutoff.

    Words that change what a column is (original, senior, next, tax, ...) must be the same in both.
    """
    key = without_units(normal(heading))
    if len(key) < 4:
        return None
    spelt = _spelt(key)
    if spelt != key and spelt in aliases():
        found = aliases()[spelt]
        return found.target, round(fuzz.ratio(key, spelt), 1), found.heading
    key = spelt
    guards = GUARDS & set(key.split())
    best: tuple[str, float, str] | None = None
    for candidate, score, _ in process.extract(
        key, _fuzzy_keys(), scorer=fuzz.token_sort_ratio, score_cutoff=FUZZY_CUTOFF, limit=12
    ):
        if GUARDS & set(candidate.split()) == guards and (best is None or score > best[1]):
            found = aliases()[candidate]
            best = (found.target, round(score, 1), found.heading)
    if best is not None:
        return best
    words = set(key.split())
    for candidate, _, _ in process.extract(
        key, _fuzzy_keys(), scorer=fuzz.token_set_ratio, score_cutoff=99.0, limit=30
    ):
        # A heading that says all an alias says, and a little more ("Unpaid Principal Balance Trial").
        said = set(candidate.split())
        if len(said) >= 2 and said < words and GUARDS & said == guards:
            found = aliases()[candidate]
            likeness = round(70 + 30 * len(candidate) / len(key), 1)
            if likeness >= FUZZY_CUTOFF and (best is None or likeness > best[1]):
                best = (found.target, likeness, found.heading)
    return best


def override_name(heading: str) -> str | None:
    """The assumption a heading overrides: its name exactly, or its words ("Target Yield").

    "Mod Rate" and the like tell of a past modification on sellers' tapes: only `mod_rate` itself overrides.
    """
    plain = heading.strip().lower()
    if plain in overrides():
        return plain
    snake = "_".join(plain.replace("-", " ").split())
    return snake if snake in overrides() and not snake.startswith(("mod_", "exit")) else None


def propose(headings: list[str], keys: list[str], user: Mapping | None) -> list[Mapped]:
    """A target for every heading. `headings` are unique and shown; `keys` are what is looked up (band and heading
    joined or not).
    """
    own = {e.heading.strip().casefold(): e.target for e in user.entries} if user else {}
    taken = {target for target in own.values() if target not in (IGNORED, PERSONAL)}
    entries = []
    for heading, key in zip(headings, keys, strict=True):
        target = own.get(heading.strip().casefold(), own.get(key.strip().casefold()))
        if target is not None:
            entries.append(Mapped(heading, target, 100.0, "user", rank=-1))
            continue
        entry = _propose(heading, key)
        if entry.target in taken:
            entry = Mapped(
                heading,
                IGNORED,
                entry.score,
                "duplicate dropped",
                f"your mapping gives {entry.target} to another heading",
            )
        entries.append(entry)
    return entries


def _propose(heading: str, key: str) -> Mapped:
    found = known(key)
    # The name as we write it is ours before it is anyone's alias.
    if found is not None and key.strip().lower() not in overrides():
        return Mapped(heading, found.target, 100.0, "exact alias", f"{found.heading} ({found.note})", found.rank)
    name = override_name(key)
    if name is not None:
        return Mapped(heading, name, 100.0, "override", "an assumption of each loan's own")
    like = fuzzy(key)
    if like is not None:
        return Mapped(heading, like[0], like[1], "fuzzy", f"like {like[2]!r}", 9)
    return Mapped(heading, IGNORED, 0.0, "unknown")
