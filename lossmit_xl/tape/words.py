"""Words for the columns of choice, as tapes write them. Compared casefolded, punctuation as blanks."""

from __future__ import annotations

import re

from lossmit_xl.columns import BY_NAME

_WORDS: dict[str, dict[str, str]] = {
    "property_type": {
        "sfr": "sfr sf s single single-family single-family-residence single-family-residential single-family-home "
        "single-family-detached "
        "single-family-attached single-family-dwelling sfd sfa sfh house home residential residence "
        "detached attached 1-family "
        "one-family 1-unit one-unit pud pu planned-unit-development townhouse townhome town-house th "
        "row-house rowhouse rowhome "
        "duplex-half modular modular-home site-built single-fam sngl-fam single-family-pud detached-pud "
        "attached-pud",
        "condo": "condo co condominium condo-low-rise condo-high-rise low-rise-condo high-rise-condo coop co-op cp "
        "cooperative condotel "
        "condominium-unit site-condo",
        "2-4": "2-4 2-4-family 2-4-unit 2-4-units 2-to-4-family 2-4-fam two-to-four-family multi-family "
        "multifamily multi mf mfr 2-family 3-family "
        "4-family two-family three-family four-family duplex triplex quadruplex fourplex quad 2-unit 3-unit "
        "4-unit plex dup tri 2 3 4 "
        "2-units 3-units 4-units multi-family-2-4 multifamily-2-4 2-4-multi-family",
        "manufactured": "manufactured manufactured-home manufactured-housing manufactured-house mh mobile "
        "mobile-home double-wide doublewide "
        "single-wide singlewide mfd mfd-home mfg-home mfg manuf trailer",
        "land": "land lot vacant-land vacant-lot raw-land acreage farm-land unimproved unimproved-land "
        "lots-and-land ld",
        "commercial": "commercial comm retail office mixed-use mixed mixed-use-building industrial warehouse "
        "church apartment apartments apartment-building "
        "multi-family-5 multifamily-5 5-unit 5-units 5-plus-units 5-or-more-units hotel motel "
        "restaurant strip-mall self-storage farm cre",
        "unknown": "unknown u unk other oth o not-available n-a na 99 9",
    },
    "occupancy": {
        "owner": "owner owner-occupied oo o-o occupied-by-owner primary primary-residence principal "
        "principal-residence p o borrower "
        "borrower-occupied occupied-by-borrower owner-occ own-occ second-home secondary s second "
        "mortgagor mortgagor-occupied "
        "occupied-by-mortgagor secondary-residence homeowner",
        "tenant": "tenant tenant-occupied t rented rental renter renter-occupied non-owner non-owner-occupied noo "
        "n-o-o investor investment "
        "investment-property i leased occupied-by-tenant third-party occupied-by-third-party non-owner-occ",
        "vacant": "vacant v unoccupied abandoned empty vac vacated vacant-secured vacant-unsecured not-occupied",
        "unknown": "unknown u unk occupied other not-available n-a na undetermined 99 9",
    },
    "hardship": {
        "temporary": "temporary temp short-term temporary-hardship short-term-hardship t",
        "permanent": "permanent perm long-term permanent-hardship long-term-hardship p",
        "resolved": "resolved cured over recovered r none-now back-to-work",
        "unknown": "unknown u unk other undetermined",
    },
    "intent": {
        "stay": "stay keep retain retention keep-home stay-in-home wants-to-stay keep-the-home retain-home",
        "sell": "sell sale list selling listed for-sale wants-to-sell sell-home",
        "leave": "leave surrender vacate move give-up give-back walk-away leaving deed-back hand-back",
        "unknown": "unknown u unk other undetermined undecided unsure",
    },
}
_YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "x",
        "active",
        "contested",
        "responsive",
        "contact",
        "contacted",
        "clean",
        "clear",
        "ja",
        "si",
        "oui",
    ]
)
_NO = frozenset(
    [
        "no",
        "n",
        "false",
        "f",
        "0",
        "inactive",
        "uncontested",
        "unresponsive",
        "none",
        "non-responsive",
        "no-contact",
        "not-contested",
        "not-clean",
        "dirty",
    ]
)
_UNKNOWN = frozenset(["unknown", "u", "unk", "not-available", "n-a", "na", "other", "tbd", "undetermined"])
_CHAPTER = re.compile(r"(?:.*\b(?:chapter|chap|ch|bk|bankruptcy)\.?|^)\s*0*(7|11|12|13)(?:\s*bk|\s*bankruptcy)?\b")
_OVER = re.compile(r"discharg|dismiss|closed|terminat|reliev|released|expired|withdrawn")
NO_BANKRUPTCY = frozenset(
    [
        "none",
        "no",
        "n",
        "false",
        "0",
        "00",
        "f",
        "not-in-bankruptcy",
        "no-bankruptcy",
        "no-bk",
        "not-filed",
        "no-filing",
        "nobk",
        "inactive",
        "not-applicable",
    ]
)
BANKRUPT_WITHOUT_CHAPTER = frozenset(
    [
        "yes",
        "y",
        "true",
        "active",
        "bankruptcy",
        "bk",
        "bankrupt",
        "in-bankruptcy",
        "filed",
        "open",
        "1",
        "active-bankruptcy",
        "bankruptcy-filed",
    ]
)


def key(text: str) -> str:
    """`text` casefolded, words joined by single hyphens: "Owner Occupied" and "OWNER_OCCUPIED" are one word."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold().replace("&", " and ").replace("+", " ")).strip("-")


_LOOKUP = {
    column: {key(word): value for value, words in table.items() for word in words.split()}
    for column, table in _WORDS.items()
}


def choice(column: str, text: str) -> str | None:
    """The canonical word of `column` for `text`; "" where the text says unknown or nothing; None where it is not in
    the list.
    """
    if column == "bk_chapter":
        return chapter(text)
    return _LOOKUP[column].get(key(text)) if text else ""


def chapter(text: str) -> str | None:
    """Bankruptcy chapter; "" for none or one that is over; None where none can be read."""
    plain = text.casefold().replace("-", " ").strip()
    if key(text) in NO_BANKRUPTCY or key(text) in _UNKNOWN or _OVER.search(plain):
        return ""
    found = _CHAPTER.match(plain)
    return found[1] if found else None


def yes_no(text: str) -> str | None:
    """ "yes", "no", "" for unknown; None where it is none of them."""
    word = key(text)
    if word in _YES:
        return "yes"
    if word in _NO:
        return "no"
    return "" if word in _UNKNOWN or not word else None


_ORDINALS = {
    "first": 1,
    "1st": 1,
    "senior": 1,
    "primary": 1,
    "second": 2,
    "2nd": 2,
    "junior": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "heloc": 2,
    "subordinate": 2,
    "i": 1,
    "ii": 2,
    "iii": 3,
}
_NOT_ABBREVIATED = re.compile(
    r"^(first|1st|second|2nd|third|3rd|fourth|4th|senior|junior|primary|subordinate|heloc|iii|ii|i)\b"
)


def lien_position(text: str) -> int | None:
    """Lien position in words: "1st Mortgage/Deed of Trust", "Second", "2nd Lien", "Lien 1"; None where it says none."""
    plain = re.sub(r"[^a-z0-9]+", " ", text.casefold()).strip()
    if found := _NOT_ABBREVIATED.match(plain):
        return _ORDINALS[found[1]]
    if found := re.fullmatch(
        r"(?:lien|position|pos|mortgage|mtg|l)?\s*([1-9])(?:\s*(?:lien|position|mortgage|mtg|trust deed|td|dot))?",
        plain,
    ):
        return int(found[1])
    return None


def allowed(column: str) -> str:
    """The list of a column's words, for messages."""
    spec = BY_NAME[column]
    return "yes or no" if spec.kind == "yesno" else ", ".join(spec.choices)
