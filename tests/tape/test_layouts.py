"""Real headings, grouped by whose they are: each must reach its column. The lists are facts from public tapes and
file layouts.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lossmit_xl.columns import BY_NAME
from lossmit_xl.tape import read_tape
from lossmit_xl.tape.headings import HELPERS, aliases, known
from lossmit_xl.tape.mapping import fuzzy, propose
from tests.tape.making import AS_OF, write_csv

LAYOUTS: dict[str, dict[str, str]] = {
    "seller's bid tape": {
        "LOANID": "loan_id", "ORIG BAL": "original_balance", "CURR BAL": "upb", "FOREBEAR_BAL": "deferred_balance",
        "BPO": "property_value", "BPO DATE": "value_date", "ORIG PMT": "ignored", "ORIG DATE": "origination_date",
        "CURR PMT": "pi_payment", "PAID TO DATE": "paid_to_date", "NEXT DUE": "next_due_date",
        "MAT DATE": "maturity_date",
    },
    "pricing tape": {
        "SELLER_ID": "loan_id", "Current Balance": "upb", "Forebearance Balance": "deferred_balance",
        "PRICE$": "purchase_price", "PRICE%": "price_percent",
    },
    "note marketplace upload": {
        "loanId": "loan_id", "servicer": "ignored", "legalStatus": "legal_status", "lienPosition": "lien",
        "streetAddress": "personal", "city": "personal", "state": "state", "zip": "personal",
        "borrowerName": "personal",
        "propertyType": "property_type", "occupancyStatus": "occupancy", "originalBalance": "original_balance",
        "upb": "upb", "interestRate": "note_rate", "escrowImpounds": "ignored", "accruedLateCharges": "late_fees",
        "principalAndInterestPayment": "pi_payment", "totalMonthlyLoanPayment": "ignored",
    },
    "servicer's listing": {
        "Product ID": "loan_id", "Lien Position": "lien", "Note Status": "ignored",
        "# of Payments Last 12 Months": "ignored",
        "Paid To": "paid_to_date", "Loan Maturity": "maturity_date", "Original Balance": "original_balance",
        "Principal Balance": "upb", "Est. Market Value": "property_value", "Payment Amount": "pi_payment",
        "Note Rate": "note_rate", "Sold Rate": "ignored",
    },
    "special servicers": {
        "nextduedate": "next_due_date", "delq_status_mba": "ignored", "balance": "upb",
        "deferredprin": "deferred_balance",
        "deferredint": "deferred_interest", "reccorpadvance": "corporate_advances", "bk_chapter_code": "bk_chapter",
        "fcl_referred_to_attorney_date": "fc_referral_date", "fcl_sale_scheduled_date": "ignored",
        "fcl_judgement_entered_date": "ignored", "reasonfordefault": "ignored", "cashforkeysamount": "ignored",
        "loss_mit_workout_type_code_desc": "ignored",
    },
    "Freddie Mac performance file": {
        "Loan Sequence Number": "loan_id", "Monthly Reporting Period": "ignored", "Current Actual UPB": "total_balance",
        "Current Loan Delinquency Status": "ignored", "Loan Age": "ignored",
        "Remaining Months to Legal Maturity": "remaining_term", "Modification Flag": "ignored",
        "Zero Balance Code": "ignored",
        "Current Interest Rate": "note_rate", "Current Non-Interest Bearing UPB": "deferred_balance",
        "Due Date of Last Paid Installment (DDLPI)": "paid_to_date", "MI Recoveries": "ignored",
        "Net Sale Proceeds": "ignored", "Legal Costs": "ignored", "Taxes and Insurance Costs": "ignored",
        "Estimated Loan-to-Value (ELTV)": "ignored", "Delinquent Accrued Interest": "accrued_interest",
        "Interest Bearing UPB": "upb", "Property State": "state",
    },
    "Fannie Mae performance file": {
        "Reference Pool ID": "ignored", "Loan Identifier": "loan_id", "Seller Name": "ignored",
        "Original Interest Rate": "ignored", "Current Interest Rate": "note_rate", "Original UPB": "original_balance",
        "UPB at Issuance": "ignored", "Current Actual UPB": "total_balance", "Origination Date": "origination_date",
        "First Payment Date": "ignored", "Maturity Date": "maturity_date", "Property Type": "property_type",
        "Occupancy Status": "occupancy", "Property State": "state", "Zip Code Short": "personal",
        "Last Paid Installment Date": "paid_to_date", "Foreclosure Date": "ignored",
        "Modification-Related Non-Interest Bearing UPB": "deferred_balance", "Foreclosure Costs": "ignored",
    },
    "SEC Regulation AB II, Schedule AL": {
        "assetNumber": "loan_id", "originalLoanAmount": "original_balance", "originationDate": "origination_date",
        "reportPeriodActualEndBalanceAmount": "upb", "reportPeriodInterestRatePercentage": "note_rate",
        "nextPaymentAmountDue": "pi_payment", "paidThroughDate": "paid_to_date", "propertyTypeCode": "property_type",
        "occupancyStatusCode": "occupancy", "mostRecentPropertyValueAmount": "property_value",
        "remainingTermToMaturityNumber": "remaining_term", "originalInterestRatePercentage": "ignored",
    },
    "EBA non-performing-loan template": {
        "Loan Identifier": "loan_id", "legal_balance": "payoff", "principal_balance": "upb",
        "accrued_interest_balance": "accrued_interest", "Accrued Interest Balance (On book)": "accrued_interest",
        "Current Interest Rate": "note_rate", "Current Maturity Date": "maturity_date",
        "Latest Valuation Amount": "property_value", "Date of Latest Valuation": "value_date", "Lien Position": "lien",
        "Higher Ranking Loan": "senior_balance", "Asset Class": "ignored",
    },
}  # fmt: skip
CASES = [(layout, heading, target) for layout, headings in LAYOUTS.items() for heading, target in headings.items()]


@pytest.mark.parametrize(("layout", "heading", "target"), CASES, ids=[f"{a}-{b}" for a, b, _ in CASES])
def test_real_heading_is_known_outright(layout: str, heading: str, target: str) -> None:
    alias = known(heading)
    assert alias is not None, f"{layout}: {heading} is in no alias"
    assert alias.target == target


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_whole_layout_maps_as_listed_in_any_spelling(layout: str) -> None:
    headings = LAYOUTS[layout]
    for spelling in (list(headings), [h.upper() if "_" in h or " " in h else h for h in headings],
                     [f"  {h} " for h in headings]):  # fmt: skip
        entries = propose(spelling, spelling, None)
        assert [e.target for e in entries] == list(headings.values())


def test_the_bid_tape_reads_end_to_end(tmp_path: Path) -> None:
    tape = read_tape(write_csv(tmp_path / "bid.csv", [
        list(LAYOUTS["seller's bid tape"]),
        ["00417", "60,000", "$51,200.10", "1,000", "88000", "9/15/26", "500", "6/1/2007", "431.20", "12/01/2025",
        "1/1/2026",
         "6/1/2037"],
        ["00418", "40,000", "$30,000.00", "", "70000", "9/15/26", "400", "6/1/2007", "300", "12/01/2025", "",
        "6/1/2037"],
    ]), as_of=AS_OF)  # fmt: skip
    assert tape.loans["loan_id"].tolist() == ["00417", "00418"]
    assert tape.loans["upb"].tolist() == [51200.10, 30000.0]
    assert tape.loans["deferred_balance"].tolist()[0] == 1000.0
    assert [str(d.date()) for d in tape.loans["next_due_date"]] == ["2026-01-01", "2026-01-01"]
    assert [str(d.date()) for d in tape.loans["maturity_date"]] == ["2037-06-01"] * 2


def test_every_alias_points_to_a_column_and_says_where_it_was_seen() -> None:
    assert len(aliases()) > 1200
    for alias in aliases().values():
        assert alias.target in BY_NAME or alias.target in HELPERS or alias.target in ("ignored", "personal")
        assert alias.note


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("Interst Rate", "note_rate"), ("Maturtiy Date", "maturity_date"), ("Curent UPB ($)", "upb"),
        ("Senior Lein Balance", "senior_balance"),
        ("Property Adress", "personal"), ("Orig. Principal Balnce", "original_balance"),
        ("Occupency Status", "occupancy"),
    ],
)  # fmt: skip
def test_slips_of_the_pen_are_found_by_likeness_with_a_score(heading: str, target: str) -> None:
    assert known(heading) is None
    found = fuzzy(heading)
    assert found is not None and found[0] == target and 85 <= found[1] < 100


@pytest.mark.parametrize(
    "heading", ["2nd Lien UPB", "UPB Next Month Trend", "Sold Rate Spread", "Flag 7", "Column9", "Senior",
    "Servicer Rating", "Deferral Reason Xy"]
)  # fmt: skip
def test_what_is_not_like_enough_is_left_out(heading: str) -> None:
    entry = propose([heading], [heading], None)[0]
    assert entry.target == "ignored"


@pytest.mark.parametrize(
    ("heading", "never"),
    [
        ("Original Note Rte", "note_rate"),
        ("Senior Lien Property Value", "property_value"),
        ("Prior Maturity Dat", "maturity_date"),
        ("Net Monthly Household Income", "monthly_income"),
        ("List Estimated Market Value", "property_value"),
        ("Original Interest Bearing Principal Balance Wkly", "upb"),
    ],
)
def test_a_word_that_changes_the_meaning_is_never_ignored_by_likeness(heading: str, never: str) -> None:
    assert propose([heading], [heading], None)[0].target != never
