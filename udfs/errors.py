"""Excel's error values as our functions take and give them: texts that every face turns into real errors."""

from __future__ import annotations

NULL, DIV0, VALUE, REF, NAME, NUM, NA = "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"
NUMBERS: dict[str, int] = {
    NULL: 2000, DIV0: 2007, VALUE: 2015, REF: 2023, NAME: 2029, NUM: 2036, NA: 2042, "#GETTING_DATA": 2043,
    "#SPILL!": 2045, "#CONNECT!": 2046, "#BLOCKED!": 2047, "#UNKNOWN!": 2048, "#FIELD!": 2049, "#CALC!": 2050,
}  # fmt: skip
"""Each error and the number that VBA's CVErr takes (Excel's enumeration XlCVError)."""


class ExcelError(str):
    """An error value in the place of a result: the text Excel shows, such as `#NUM!`."""

    __slots__ = ()


ERRORS: tuple[ExcelError, ...] = tuple(ExcelError(text) for text in NUMBERS)
CODES: dict[str, int] = {str(error): place for place, error in enumerate(ERRORS, start=1)}
"""Each error's code in an array of codes; 0 is no error."""

VALUE_CODE, NUM_CODE, NA_CODE = CODES[VALUE], CODES[NUM], CODES[NA]


def error_of(code: int) -> ExcelError:
    """The error with that code (1, 2, …)."""
    return ERRORS[code - 1]
