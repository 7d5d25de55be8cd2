from __future__ import annotations

from typing import Any

import pytest

from async_messaging.simulator.world import Conditions
from tests.contract.asked.a2p import BRAND, BRANDS, FAILING
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import Json, code_of

SOLE = {**BRAND, "BrandType": "SOLE_PROPRIETOR"}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def ending(digits: str) -> dict[str, Any]:
    return {**BRAND, "A2PProfileBundleSid": "BU" + "2" * (32 - len(digits)) + digits}


def made(visitor: Visitor, form: dict[str, Any] = BRAND) -> str:
    return f"{BRANDS}/{visitor.made(BRANDS, form)['sid']}"


def seen(visitor: Visitor, path: str) -> Json:
    return visitor.read(visitor.get(path))


def after(visitor: Visitor, path: str, seconds: float) -> str:
    visitor.clock.advance(seconds)
    status: str = seen(visitor, path)["status"]
    return status


def test_a_brand_is_reviewed_and_approved(visitor: Visitor) -> None:
    path = made(visitor)
    told = seen(visitor, path)
    assert (told["status"], told["tcr_id"], told["brand_score"]) == ("PENDING", None, None)
    assert (told["identity_status"], told["brand_feedback"]) == ("UNVERIFIED", None)
    assert (after(visitor, path, 19), after(visitor, path, 1)) == ("PENDING", "IN_REVIEW")
    assert (after(visitor, path, 39), after(visitor, path, 1)) == ("IN_REVIEW", "APPROVED")
    told = seen(visitor, path)
    assert 40 <= told["brand_score"] < 100
    assert (told["identity_status"], told["errors"]) == ("VERIFIED", [])
    assert told["tcr_id"].startswith("B")
    assert told["brand_type"] == "STANDARD"
    assert told["date_updated"] == "2026-01-01T00:01:00Z"
    assert told["links"]["brand_vettings"] == f"http://127.0.0.1:1{path}/Vettings"


def test_speed_hurries_the_review() -> None:
    visitor = Visitor(Conditions(seed=1, speed=10))
    path = made(visitor)
    assert (after(visitor, path, 2), after(visitor, path, 4)) == ("IN_REVIEW", "APPROVED")


@pytest.mark.parametrize(
    ("digits", "status"),
    [("fa11", "FAILED"), ("fa10", "FAILED"), ("5005", "SUSPENDED"), ("4e7e", "IN_REVIEW")],
)
def test_reserved_bundles_end_otherwise(digits: str, status: str, visitor: Visitor) -> None:
    path = made(visitor, ending(digits))
    assert after(visitor, path, 600) == status
    told = seen(visitor, path)
    assert (told["tcr_id"], told["brand_score"]) == (None, None)
    assert bool(told["errors"]) == bool(told["failure_reason"]) == (status == "FAILED")


def test_what_failed_can_be_handed_in_again(visitor: Visitor) -> None:
    path = made(visitor, ending("fa10"))
    assert code_of(visitor.ask("POST", path)) == 20409
    visitor.clock.advance(60)
    verdict = visitor.ask("POST", path)
    assert (verdict.answer.status, visitor.read(verdict)["status"]) == (202, "PENDING")
    assert after(visitor, path, 60) == "APPROVED"
    assert code_of(visitor.ask("POST", path)) == 20409


def test_what_always_fails_fails_again(visitor: Visitor) -> None:
    path = made(visitor, FAILING)
    visitor.clock.advance(60)
    assert visitor.ask("POST", path).answer.status == 202
    assert (after(visitor, path, 59), after(visitor, path, 1)) == ("IN_REVIEW", "FAILED")


def test_a_sole_proprietor_is_approved_after_the_password(visitor: Visitor) -> None:
    path = made(visitor, SOLE)
    assert after(visitor, path, 600) == "IN_REVIEW"
    verdict = visitor.ask("POST", f"{path}/SmsOtp")
    assert verdict.answer.status == 201
    assert visitor.read(verdict)["brand_registration_sid"] == path.rpartition("/")[2]
    assert (after(visitor, path, 19), after(visitor, path, 1)) == ("IN_REVIEW", "APPROVED")
    told = seen(visitor, path)
    assert (told["identity_status"], told["brand_score"]) == ("SELF_DECLARED", None)
    assert code_of(visitor.ask("POST", f"{path}/SmsOtp")) == 20409


def test_an_early_password_does_not_hurry_the_review() -> None:
    visitor = Visitor(Conditions(seed=1, speed=10))
    path = made(visitor, SOLE)
    visitor.clock.advance(1)
    visitor.ask("POST", f"{path}/SmsOtp")
    assert (after(visitor, path, 4.9), after(visitor, path, 0.1)) == ("IN_REVIEW", "APPROVED")


def test_a_late_password_is_answered_at_the_simulators_speed() -> None:
    visitor = Visitor(Conditions(seed=1, speed=10))
    path = made(visitor, SOLE)
    visitor.clock.advance(100)
    visitor.ask("POST", f"{path}/SmsOtp")
    assert (after(visitor, path, 1.9), after(visitor, path, 0.1)) == ("IN_REVIEW", "APPROVED")


def test_a_standard_brand_needs_no_password(visitor: Visitor) -> None:
    assert code_of(visitor.ask("POST", f"{made(visitor)}/SmsOtp")) == 20001
    assert code_of(visitor.ask("POST", f"{BRANDS}/BN{'0' * 32}/SmsOtp")) == 20404


@pytest.mark.parametrize(
    "wrong",
    [
        {"CustomerProfileBundleSid": None},
        {"A2PProfileBundleSid": "BN" + "2" * 32},
        {"BrandType": "HUGE"},
        {"Mock": "maybe"},
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any], visitor: Visitor) -> None:
    form = {name: value for name, value in {**BRAND, **wrong}.items() if value is not None}
    assert code_of(visitor.ask("POST", BRANDS, form)) == 20001
    assert seen(visitor, BRANDS)["data"] == []


def test_a_brand_without_secondary_vetting_has_no_score(visitor: Visitor) -> None:
    path = made(visitor, {**BRAND, "SkipAutomaticSecVet": "true", "Mock": "true"})
    visitor.clock.advance(60)
    told = seen(visitor, path)
    assert (told["brand_score"], told["mock"], told["skip_automatic_sec_vet"]) == (None, True, True)


def test_brands_survive_a_reset(visitor: Visitor) -> None:
    path = made(visitor)
    visitor.clock.advance(30)
    visitor.world.reset()
    assert seen(visitor, path)["status"] == "IN_REVIEW"
