from __future__ import annotations

from typing import Any

import pytest

from async_messaging.simulator.resources.tollfree import number_of
from async_messaging.simulator.world import Conditions
from tests.contract.asked.tollfree import FORM, PATH, REJECTED, verification
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import Json, code_of

WEEK = 7 * 86_400


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def seen(visitor: Visitor, path: str, seconds: float = 0) -> Json:
    visitor.clock.advance(seconds)
    return visitor.read(visitor.get(path))


def pn(number: int) -> str:
    return f"PN{number:032x}"


def test_a_verification_is_reviewed_and_approved(visitor: Visitor) -> None:
    told = visitor.made(PATH, {**FORM, "OptInKeywords": ["JOIN"]})
    assert told["status"] == "PENDING_REVIEW"
    assert (told["use_case_categories"], told["opt_in_keywords"]) == (
        FORM["UseCaseCategories"],
        ["JOIN"],
    )
    assert told["tollfree_phone_number"] == number_of(FORM["TollfreePhoneNumberSid"])
    path = f"{PATH}/{told['sid']}"
    assert seen(visitor, path, 20)["status"] == "IN_REVIEW"
    assert seen(visitor, path, 39)["status"] == "IN_REVIEW"
    told = seen(visitor, path, 1)
    assert (told["status"], told["edit_allowed"], told["rejection_reason"], told["error_code"]) == (
        "TWILIO_APPROVED",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("summary", "code", "editable"),
    [
        ("simulate TWILIO_REJECTED", 30484, True),
        ("simulate TWILIO_REJECTED 30527", 30527, True),
        ("simulate TWILIO_REJECTED 30481", 30481, False),
        ("simulate TWILIO_REJECTED 12345", 30484, True),
    ],
)
def test_a_summary_can_wish_for_a_rejection(
    summary: str, code: int, editable: bool, visitor: Visitor
) -> None:
    told = seen(visitor, verification(visitor, UseCaseSummary=summary))
    assert (told["status"], told["error_code"]) == ("TWILIO_REJECTED", code)
    assert [one["code"] for one in told["rejection_reasons"]] == [code]
    assert told["rejection_reason"] == told["rejection_reasons"][0]["reason"]
    assert told["edit_allowed"] is editable
    assert told["edit_expiration"] == ("2026-01-08T00:01:00Z" if editable else None)


def test_a_review_can_be_endless(visitor: Visitor) -> None:
    path = verification(visitor, UseCaseSummary="simulate IN_REVIEW")
    assert seen(visitor, path, WEEK)["status"] == "IN_REVIEW"


def test_what_was_rejected_is_edited_and_reviewed_anew(visitor: Visitor) -> None:
    path = verification(visitor, **REJECTED)
    change = {"UseCaseSummary": "Tells when a lamp is ready.", "EditReason": "A mistake"}
    verdict = visitor.ask("POST", path, change)
    told = visitor.read(verdict)
    assert (verdict.answer.status, told["status"]) == (202, "PENDING_REVIEW")
    assert told["business_name"] == FORM["BusinessName"]
    assert "edit_reason" not in told
    assert seen(visitor, path, 60)["status"] == "TWILIO_APPROVED"
    assert code_of(visitor.ask("POST", path, change)) == 20409


def test_an_edit_has_its_time(visitor: Visitor) -> None:
    path = verification(visitor, **REJECTED)
    assert seen(visitor, path, WEEK - 1)["edit_allowed"] is True
    assert seen(visitor, path, 1)["edit_allowed"] is False
    assert code_of(visitor.ask("POST", path, {"BusinessName": "Owl"})) == 20409


def test_the_time_for_an_edit_is_the_same_at_any_speed() -> None:
    visitor = Visitor(Conditions(seed=1, speed=60))
    path = f"{PATH}/{visitor.made(PATH, {**FORM, **REJECTED})['sid']}"
    assert seen(visitor, path, 1)["edit_expiration"] == "2026-01-08T00:00:01Z"


@pytest.mark.parametrize("code", ["30481"])
def test_some_reasons_allow_no_edit(code: str, visitor: Visitor) -> None:
    path = verification(visitor, UseCaseSummary=f"simulate TWILIO_REJECTED {code}")
    assert code_of(visitor.ask("POST", path, {"BusinessName": "Owl"})) == 20409


def test_what_waits_for_its_review_is_not_edited(visitor: Visitor) -> None:
    path = f"{PATH}/{visitor.made(PATH, FORM)['sid']}"
    assert code_of(visitor.ask("POST", path, {"BusinessName": "Owl"})) == 20409


def test_a_number_has_one_verification(visitor: Visitor) -> None:
    path = verification(visitor)
    assert code_of(visitor.ask("POST", PATH, FORM)) == 20409
    assert visitor.ask("DELETE", path).answer.status == 204
    assert code_of(visitor.get(path)) == 20404
    assert visitor.ask("POST", PATH, FORM).answer.status == 201


REQUIRED = [name for name in FORM if name not in ("ExternalReferenceId", "BusinessContactPhone")]


@pytest.mark.parametrize("missing", [name for name in REQUIRED if name != "BusinessCountry"])
def test_what_is_required(missing: str, visitor: Visitor) -> None:
    form = {name: value for name, value in FORM.items() if name != missing}
    assert code_of(visitor.ask("POST", PATH, form)) == 20001


@pytest.mark.parametrize(
    "wrong",
    [
        {"BusinessName": ""},
        {"BusinessWebsite": "owl-lamps"},
        {"NotificationEmail": "owner"},
        {"UseCaseCategories": ["FUN"]},
        {"UseCaseSummary": "x" * 501},
        {"OptInImageUrls": ["https://a.example", "a.png"]},
        {"OptInType": "TELEPATHY"},
        {"MessageVolume": "many"},
        {"TollfreePhoneNumberSid": "8005550100"},
        {"BusinessContactPhone": "555"},
        {"BusinessCountry": "USA"},
        {"AgeGatedContent": "no"},
        {"VettingProvider": "CAMPAIGN_VERIFY"},
        {"VettingId": "x" * 501},
        {"BusinessType": "PRIVATE_PROFIT"},
        {"BusinessType": "PRIVATE_PROFIT", "BusinessRegistrationNumber": "1"},
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any], visitor: Visitor) -> None:
    assert code_of(visitor.ask("POST", PATH, {**FORM, **wrong})) == 20001
    assert seen(visitor, PATH)["verifications"] == []


def test_a_business_is_registered_and_a_person_is_not(visitor: Visitor) -> None:
    registered = {
        "BusinessRegistrationNumber": "12-3456789",
        "BusinessRegistrationAuthority": "EIN",
        "BusinessRegistrationCountry": "US",
    }
    visitor.made(PATH, {**FORM, "BusinessType": "NON_PROFIT", **registered})
    person = {"BusinessType": "SOLE_PROPRIETOR", "TollfreePhoneNumberSid": pn(2)}
    visitor.made(PATH, {**FORM, **person})


def found(visitor: Visitor, query: str) -> list[str]:
    listed = seen(visitor, f"{PATH}?{query}")["verifications"]
    return [one["tollfree_phone_number_sid"] for one in listed]


def test_a_list_by_each_filter(visitor: Visitor) -> None:
    verification(visitor, TollfreePhoneNumberSid=pn(1), **REJECTED)
    verification(visitor, TollfreePhoneNumberSid=pn(2), ExternalReferenceId="lamps-2")
    last = visitor.made(PATH, {**FORM, "TollfreePhoneNumberSid": pn(3)})
    assert found(visitor, "") == [pn(1), pn(2), pn(3)]
    assert found(visitor, "Status=TWILIO_REJECTED") == [pn(1)]
    assert found(visitor, "Status=PENDING_REVIEW") == [pn(3)]
    assert found(visitor, f"TollfreePhoneNumberSid={pn(2)}") == [pn(2)]
    assert found(visitor, "ExternalReferenceId=lamps-2&IncludeSubAccounts=true") == [pn(2)]
    assert found(visitor, f"TrustProductSid={last['trust_product_sid']}") == [pn(3)]
    assert found(visitor, "Status=TWILIO_APPROVED&ExternalReferenceId=lamps-1") == []
    assert code_of(visitor.get(f"{PATH}?Status=DONE")) == 20001


def test_every_number_is_a_toll_free_one() -> None:
    numbers = {number_of(pn(number)) for number in range(50)}
    assert len(numbers) == 50
    assert {number[:2] for number in numbers} == {"+1"}
    assert {number[2:5] for number in numbers} <= {"800", "833", "844", "855", "866", "877", "888"}
    assert {len(number) for number in numbers} == {12}


def test_verifications_survive_a_reset(visitor: Visitor) -> None:
    path = verification(visitor)
    visitor.world.reset()
    assert seen(visitor, path)["status"] == "TWILIO_APPROVED"
