"""Which of a tape's issues is what question. The first rule that fits an issue speaks for it.

`says` are parts of the issue's message as `lossmit_xl.tape` words it; a test holds that every rule still meets its
message, and that every error and warning meets a rule or is listed in `SILENT`.
"""

from __future__ import annotations

from dataclasses import dataclass

ITS_OWN = ""
"""Topic or reading of a rule: the issue's own column, and what that lies between when it says nothing."""


@dataclass(frozen=True)
class Rule:
    """An issue of one loan, why it is doubtful, and the question.

    `{label}`, `{ask}` and `{said}` stand for the column's name, its usual question and the tape's words.
    """

    says: str
    why: str
    asks: str
    reading: str = ITS_OWN
    topic: str = ITS_OWN
    info: bool = False


_UNREADABLE = 'the tape gives "{said}" as {label}. {ask}'
_GAP = "the tape gives no {label}. {ask}"

LOAN_RULES: tuple[Rule, ...] = (
    Rule("stands on row", "The loan number stands twice on the tape",
         "its number stands on the tape more than once. Are these two loans, or is a row repeated?", "dropped"),
    Rule("scientific notation", "A spreadsheet has cut the digits of the loan number",
         "the digits of the loan number were lost in a spreadsheet. {ask}", "none"),
    Rule("keeps 15 digits", "A spreadsheet may have cut the digits of the loan number",
         "the last digits of the loan number may be lost. What is it in full?", "none"),
    Rule("no loan number;", "There is no loan number", "the tape gives no loan number. {ask}", "none"),
    Rule("is outside 0 or more", "A negative amount",
         "the tape gives {said} as {label}, below zero. Is that owed, or a credit? {ask}", "negative"),
    Rule("is a code for unknown", "A code for unknown",
         "the tape gives {said} as {label}, which many systems write for unknown. {ask}"),
    Rule("is no number", "Cannot be read", _UNREADABLE),
    Rule("is not a rate", "Cannot be read", _UNREADABLE),
    Rule("is no annual rate", "No possible rate", _UNREADABLE),
    Rule("is no date", "Cannot be read", _UNREADABLE),
    Rule("is not in the list", "Not a known word", _UNREADABLE),
    Rule("is no chapter", "No chapter of the bankruptcy code", _UNREADABLE),
    Rule("is no state", "No state", _UNREADABLE),
    Rule("is not a whole number", "Not a whole number", _UNREADABLE),
    Rule("is outside", "Out of range", _UNREADABLE),
    Rule("kept, not valued", "Without it the loan cannot be valued", _GAP),
    Rule("no state:", "Taxes, costs and time of a foreclosure depend on it", _GAP),
    Rule("no payment: the level", "The payment is not given", _GAP, info=True),
    Rule("junior lien without a senior balance", "What stands ahead of a junior lien is not given",
         "it is a junior lien. {ask}"),
    Rule("a first lien with a balance ahead", "A first lien with something ahead of it",
         "the tape calls it a first lien, with {senior} ahead of it. Which is right?", "nothing_ahead",
         "senior_balance"),
    Rule("the value is older than", "The value is old",
         "the value of {value} is dated {said}. Is there a newer one?", "spread", "property_value"),
    Rule("the value's date lies after", "The value is dated in the future",
         "the value of {value} is dated {said}. When was it made?", "spread", "property_value"),
    Rule("is below $1,000. Is it in thousands", "The value is very low",
         "the tape gives a property value of {said}. Is it in thousands?", "thousands"),
    Rule("is below $100. Is it in thousands", "The balance is very low",
         "the tape gives a balance of {said}. Is it in thousands?", "thousands"),
    Rule("a rate of 0 is taken", "A rate of 0", "the tape gives a note rate of 0. Does it bear no interest?",
         "zero_rate"),
    Rule("percent, like most of", "Percentage or decimal", "is the note rate of {said} in percent? {ask}",
         "percent_up"),
    Rule("less than half a percent", "A very low rate", "the tape gives a note rate of {said}. Is that in percent?",
         "percent_up"),
    Rule("more than 20 % a year", "A very high rate", "the tape gives a note rate of {said}. Is that right?",
         "percent_down"),
    Rule("matures before its oldest", "It matures before its oldest unpaid instalment",
         "it matures {said}, before its oldest unpaid instalment was due. Are both dates right?", "matured"),
    Rule("matures before it was made", "It matures before it was made",
         "it matures {said}, before it was made. Are both dates right?", "matured"),
    Rule("was due before it was made", "Due before it was made",
         "its next due date is {said}, before it was made. Are both dates right?", "due_or_current"),
    Rule("paid to", "Two columns of the tape differ",
         "it is paid to {said}, but the next due date is not a month later. Which is right?", "due_or_paid",
         "next_due_date"),
    Rule("paid ahead on", "Paid ahead", "its next due date is {said}. Is it paid ahead?", "due_or_late"),
    Rule("unpaid for more than twenty years", "Unpaid for more than twenty years",
         "its next due date is {said}. Is that right, and has a limitation period run?", "due_or_36"),
    Rule("does not cover the interest", "The payment does not cover the interest",
         "the payment of {said} does not cover the interest. Are payment, rate and balance right?", "level"),
    Rule("inconsistent with balance", "The payment does not fit balance, rate and term",
         "the payment of {said} does not fit balance, rate and term. Is it right, or is there a balloon?", "level"),
    Rule("more than half the balance", "The payment is very high", "is the payment of {said} in cents? {ask}", "cents"),
    Rule("above the original balance", "More is owed than was lent",
         "the balance of {said} is above the original one. Was interest or cost capitalised?", "original"),
    Rule("the payoff is far above", "The payoff is far above what is listed",
         "the payoff of {said} is far above balance, interest, advances and fees. What is it made of?",
         "payoff_owed"),
    Rule("the payoff is below", "The payoff is below the balance",
         "the payoff of {said} is below the principal balance. Which is right?", "payoff_balance"),
    Rule("lies after", "Referred in the future", "its foreclosure referral is dated {said}. Has it been referred?"),
    Rule("since a month unknown", "In foreclosure, no date", "it is in foreclosure. When was it referred?", "referred"),
    Rule("chapter unknown", "In bankruptcy, no chapter", "the borrower is in bankruptcy. Under which chapter?"),
)  # fmt: skip

BLANK_RULES: dict[str, Rule] = {
    "occupancy": Rule("", "Not known", _GAP),
    "property_value": Rule("", "The value has no date", "the value of {value} has no date. When was it made?",
                           "spread"),
    "title_clean": Rule("", "Not known", "the tape says nothing of the title. {ask}"),
}  # fmt: skip
"""Blanks that the tape's reader accepts and a seller can fill; the value's stands for its date."""

ABSENT_COLUMNS: dict[str, Rule] = {
    "state": Rule("", "Costs and time depend on it", "the tape has no state. In which state is each property?"),
    "note_rate": Rule("", "No loan can be valued without it", "the tape has no note rates. What are they?"),
    "next_due_date": Rule("", "No loan can be valued without it",
                          "the tape has no next due dates. Until when is each loan paid?"),
    "property_value": Rule("", "No loan can be valued without it",
                           "the tape has no property values. What are they, and of which date?"),
    "value_date": Rule("", "The values have no date", "the tape has no dates of the values. When were they made?",
                       "spread", "property_value"),
    "pi_payment": Rule("", "Payments are derived", "the tape has no payments. What is principal and interest?"),
    "maturity_date": Rule("", "Maturities are derived", "the tape has no maturity dates. When does each loan mature?"),
    "occupancy": Rule("", "Not given", "the tape does not say who lives in the properties. Which are vacant?"),
    "lien": Rule("", "Not given", "the tape has no lien positions. Are all of them first liens?", "unknown"),
    "fc_months_elapsed": Rule("", "Not given",
                              "the tape does not say which loans are in foreclosure. Which, and since when?"),
    "bk_chapter": Rule("", "Not given",
                       "the tape does not say which borrowers are in bankruptcy. Which, and under which chapter?"),
    "delinquent_taxes": Rule("", "Not given",
                             "the tape has no delinquent taxes. Are taxes and association dues paid?"),
    "escrow_advances": Rule("", "Not given", "the tape has no escrow advances. What was advanced for each loan?"),
    "corporate_advances": Rule("", "Not given", "the tape has no corporate advances. What was advanced for each loan?"),
    "title_clean": Rule("", "Not given", "the tape does not say whether titles are clean. Are there title reports?"),
}  # fmt: skip
"""Columns whose absence from the whole tape is one question. What is owed to senior liens is asked loan by loan."""

POOL_RULES: tuple[Rule, ...] = (
    Rule("by likeness", "A heading was guessed",
         'we read your column "{said}" as the {label}. Is that right?', "blanked"),
    Rule("both stand for", "Two columns of one meaning",
         "two of your columns could be the {label}. Which of them holds?", "unknown"),
    Rule("mixes percentages", "Percentages and decimals in one column",
         "some note rates are in percent, others are decimals. Was each meant as it stands?", "other_reading"),
    Rule("is in cents: in", "A column in cents", "we read the payments as cents. Is that right?", "dollars"),
    Rule("sign of the whole column", "A column with a minus",
         "the {label} stand with a minus. Are they owed by the borrower?", "blanked"),
    Rule("amounts ending in K or M", "Abbreviated amounts",
         "some amounts of the {label} end in K or M. Are they thousands and millions?", "unknown"),
    Rule("were read day first", "Dates day first",
         "the dates of the {label} look day first. Is that right?", "unknown"),
    Rule("can only be month first", "Dates of two kinds",
         "some dates of the {label} are month first, some day first. Which rule holds?", "unknown"),
    Rule("reads like", "A heading was not sure", "what does your column {said} hold?", "unknown"),
    Rule("looks like a tape too", "A second tape in the file",
         'the file has another sheet with loans, "{said}". Is it part of the sale?', "unknown"),
    Rule("fewer than", "Leading zeros may be lost",
         "some loan numbers are shorter than the others. Were leading zeros lost?", "none"),
    Rule("the tape has no loan number", "There are no loan numbers", "the tape has no loan numbers. What are they?",
         "none"),
    Rule("look like social security numbers", "Loan numbers are personal",
         "the loan numbers look like social security numbers. Can you send others?", "none"),
)  # fmt: skip
"""Issues of a column or of the file as a whole."""

UNKNOWN_HEADINGS = Rule("not known and left out", "Columns that are not known",
                        "what do these columns of yours hold: {said}?", "unknown")  # fmt: skip

SILENT: dict[str, str] = {
    "a row of totals": "shown on Tape issues",
    "a remark, nothing else": "may name people; shown on Tape issues",
    "the mapping names": "ours to mend",
    "no heading stands for": "asked for as a column that is absent",
    "is no number; left out": "a column that only checks others",
    "the assumption stands": "an assumption of ours, not of the seller's",
}
"""Errors and warnings that are no question to a seller, and why."""
