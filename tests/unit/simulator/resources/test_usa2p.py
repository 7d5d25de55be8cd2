from __future__ import annotations

from typing import Any

import pytest

from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.resources.usa2p import is_registered
from tests.contract.asked.a2p import BRAND, BRANDS, CAMPAIGNS, CHANGES, brand, campaign_form
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import Json, code_of

REJECTED = "Sends what nobody may send, to simulate FAILED 30886 once."
FIELDS = (
    "sid account_sid brand_registration_sid messaging_service_sid description message_samples"
    " us_app_to_person_usecase has_embedded_links has_embedded_phone subscriber_opt_in age_gated"
    " direct_lending campaign_status campaign_id is_externally_registered rate_limits message_flow"
    " opt_in_message opt_out_message help_message opt_in_keywords opt_out_keywords help_keywords"
    " date_created date_updated url mock errors privacy_policy_url terms_and_conditions_url"
)


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def made(visitor: Visitor, **form: Any) -> str:
    return f"{CAMPAIGNS}/{visitor.made(CAMPAIGNS, campaign_form(visitor, **form))['sid']}"


def seen(visitor: Visitor, path: str, seconds: float = 0) -> Json:
    visitor.clock.advance(seconds)
    return visitor.read(visitor.get(path))


def status(visitor: Visitor, path: str, seconds: float) -> str:
    told: str = seen(visitor, path, seconds)["campaign_status"]
    return told


def test_a_campaign_is_checked_and_verified(visitor: Visitor) -> None:
    path = made(visitor, OptInKeywords=["START", "YES"], HelpMessage="Owl Lamps: write to us.")
    told = seen(visitor, path)
    assert told.keys() == set(FIELDS.split())
    assert (told["campaign_status"], told["campaign_id"], told["rate_limits"]) == (
        "PENDING",
        None,
        None,
    )
    assert (told["opt_in_keywords"], told["mock"]) == (["START", "YES"], False)
    assert (told["message_samples"], told["age_gated"]) == (CHANGES["MessageSamples"], False)
    assert (status(visitor, path, 10), status(visitor, path, 49)) == ("IN_PROGRESS", "IN_PROGRESS")
    told = seen(visitor, path, 1)
    assert (told["campaign_status"], told["errors"]) == ("VERIFIED", [])
    assert told["campaign_id"].startswith("C")
    assert told["rate_limits"]["tmobile"]["brand_tier"] in ("TOP", "UPPER_MID", "LOW")


def registered(visitor: Visitor) -> bool:
    world, service = visitor.world, CAMPAIGNS.split("/")[3]
    account, now = world.accounts[world.account_sid], world.clock.time()
    return is_registered(Exchange(world, account, now, {}, "/", {}, {}, ""), service)


def test_a_service_is_registered_once_its_campaign_is_verified(visitor: Visitor) -> None:
    assert not registered(visitor)
    made(visitor)
    visitor.clock.advance(59)
    assert not registered(visitor)
    visitor.clock.advance(1)
    assert registered(visitor)


def test_a_description_can_wish_for_a_rejection(visitor: Visitor) -> None:
    path = made(visitor, Description=REJECTED)
    told = seen(visitor, path, 60)
    (error,) = told["errors"]
    assert (told["campaign_status"], error["error_code"]) == ("FAILED", 30886)
    assert (told["campaign_id"], told["rate_limits"]) == (None, None)


def test_a_rejection_without_a_code_has_the_usual_one(visitor: Visitor) -> None:
    path = made(visitor, Description=REJECTED.replace(" 30886", ""))
    assert seen(visitor, path, 60)["errors"][0]["error_code"] == 30899


def test_a_change_is_checked_anew(visitor: Visitor) -> None:
    path = made(visitor, Description=REJECTED)
    assert code_of(visitor.ask("POST", path, CHANGES)) == 20409
    visitor.clock.advance(60)
    verdict = visitor.ask("POST", path, {**CHANGES, "AgeGated": "true"})
    told = visitor.read(verdict)
    assert (verdict.answer.status, told["campaign_status"]) == (200, "PENDING")
    assert (told["age_gated"], told["us_app_to_person_usecase"]) == (True, "2FA")
    assert status(visitor, path, 60) == "VERIFIED"


@pytest.mark.parametrize("missing", list(CHANGES))
def test_a_change_gives_everything(missing: str, visitor: Visitor) -> None:
    path = made(visitor)
    visitor.clock.advance(60)
    form = {name: value for name, value in CHANGES.items() if name != missing}
    assert code_of(visitor.ask("POST", path, form)) == 20001


def test_a_service_has_one_campaign(visitor: Visitor) -> None:
    path = made(visitor)
    assert code_of(visitor.ask("POST", CAMPAIGNS, campaign_form(visitor))) == 20409
    other = CAMPAIGNS.replace("MG1", "MG2")
    assert visitor.ask("POST", other, campaign_form(visitor)).answer.status == 201
    assert visitor.ask("DELETE", path).answer.status == 204
    assert code_of(visitor.get(path)) == 20404
    assert visitor.ask("POST", CAMPAIGNS, campaign_form(visitor)).answer.status == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"Description": "x" * 39},
        {"Description": "x" * 4097},
        {"MessageFlow": "x" * 39},
        {"MessageFlow": "x" * 2049},
        {"MessageSamples": ["x" * 20]},
        {"MessageSamples": ["x" * 20] * 6},
        {"MessageSamples": ["x" * 20, "x" * 19]},
        {"MessageSamples": ["x" * 20, "x" * 1025]},
        {"HelpMessage": "x" * 19},
        {"OptOutMessage": "x" * 321},
        {"OptInKeywords": ["JOIN", "not this"]},
        {"HasEmbeddedLinks": "yes"},
        {"PrivacyPolicyUrl": "example"},
        {"BrandRegistrationSid": "BU" + "1" * 32},
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any], visitor: Visitor) -> None:
    assert code_of(visitor.ask("POST", CAMPAIGNS, campaign_form(visitor, **wrong))) == 20001


@pytest.mark.parametrize(
    "bound",
    [
        {"Description": "x" * 40, "MessageFlow": "x" * 2048, "MessageSamples": ["x" * 1024] * 5},
        {"Description": "x" * 4096, "MessageFlow": "x" * 40, "MessageSamples": ["x" * 20] * 2},
    ],
)
def test_the_bounds_themselves_are_in_order(bound: dict[str, Any], visitor: Visitor) -> None:
    assert made(visitor, **bound)


def test_a_brand_must_be_approved(visitor: Visitor) -> None:
    young = visitor.made(BRANDS, BRAND)["sid"]
    for sid in (young, "BN" + "0" * 32):
        form = {**CHANGES, "UsAppToPersonUsecase": "2FA", "BrandRegistrationSid": sid}
        assert code_of(visitor.ask("POST", CAMPAIGNS, form)) == 21717


def sole_proprietor(visitor: Visitor) -> str:
    sid: str = visitor.made(BRANDS, {**BRAND, "BrandType": "SOLE_PROPRIETOR"})["sid"]
    visitor.ask("POST", f"{BRANDS}/{sid}/SmsOtp")
    visitor.clock.advance(60)
    return sid


def test_a_sole_proprietor_has_one_campaign_of_its_own_kind(visitor: Visitor) -> None:
    own = {"BrandRegistrationSid": sole_proprietor(visitor)}
    assert code_of(visitor.ask("POST", CAMPAIGNS, campaign_form(visitor, **own))) == 21719
    form = campaign_form(visitor, UsAppToPersonUsecase="SOLE_PROPRIETOR", **own)
    assert visitor.ask("POST", CAMPAIGNS, form).answer.status == 201
    assert code_of(visitor.ask("POST", CAMPAIGNS.replace("MG1", "MG2"), form)) == 20409


@pytest.mark.parametrize("code", ["SOLE_PROPRIETOR", "FUN"])
def test_a_use_case_must_be_open_to_the_brand(code: str, visitor: Visitor) -> None:
    form = campaign_form(visitor, UsAppToPersonUsecase=code)
    assert code_of(visitor.ask("POST", CAMPAIGNS, form)) == 21719


def codes(visitor: Visitor, query: str = "") -> set[str]:
    told = seen(visitor, f"{CAMPAIGNS}/Usecases{query}")["us_app_to_person_usecases"]
    return {one["code"] for one in told}


def test_use_cases_go_by_the_brand(visitor: Visitor) -> None:
    assert {"2FA", "MARKETING", "LOW_VOLUME"} <= codes(visitor)
    assert "SOLE_PROPRIETOR" not in codes(visitor)
    query = "?BrandRegistrationSid="
    assert codes(visitor, query + sole_proprietor(visitor)) == {"SOLE_PROPRIETOR"}
    assert codes(visitor, query + brand(visitor)) == codes(visitor)
    assert code_of(visitor.get(f"{CAMPAIGNS}/Usecases{query}BN{'0' * 32}")) == 20404


def test_a_mock_brand_has_mock_campaigns(visitor: Visitor) -> None:
    mock = brand(visitor, {**BRAND, "Mock": "true"})
    assert seen(visitor, made(visitor, BrandRegistrationSid=mock))["mock"] is True


def test_a_campaign_registered_elsewhere_is_one_of_the_service(visitor: Visitor) -> None:
    form = {"CampaignId": "CABC123", "MessagingServiceSid": CAMPAIGNS.split("/")[3]}
    made = visitor.made("/v1/Services/PreregisteredUsa2p", form)
    told = seen(visitor, f"{CAMPAIGNS}/{made['sid']}", 60)
    assert (told["is_externally_registered"], told["campaign_id"]) == (True, "CABC123")
    assert told["campaign_status"] == "VERIFIED"
    assert code_of(visitor.ask("POST", CAMPAIGNS, campaign_form(visitor))) == 20409
    assert code_of(visitor.ask("POST", "/v1/Services/PreregisteredUsa2p", form)) == 20409
