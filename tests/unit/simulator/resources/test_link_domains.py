from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.contract.asked.links import PATH, hand_in
from tests.contract.asking import Visitor
from tests.unit.simulator.certificates import chain
from tests.unit.simulator.visitor import Json, code_of

CERTIFICATE = f"{PATH}/Certificate"
CERTIFICATE_V2 = CERTIFICATE.replace("/v1/", "/v2/")
STUCK = CERTIFICATE.replace("5" * 32, "5" * 28 + "4e7e")


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def seen(visitor: Visitor, path: str, seconds: float = 0) -> Json:
    visitor.clock.advance(seconds)
    return visitor.read(visitor.get(path))


def test_a_certificate_from_its_coming_to_its_end(visitor: Visitor) -> None:
    assert code_of(visitor.get(CERTIFICATE)) == 20404
    verdict = hand_in(visitor)
    told = visitor.read(verdict)
    assert verdict.answer.status == 201
    assert told["date_expires"] == "2035-06-01T12:30:00Z"
    assert told["cert_in_validation"] == {"status": "pending", "date_expires": told["date_expires"]}
    assert seen(visitor, CERTIFICATE, 59) == told
    assert seen(visitor, CERTIFICATE, 1) == {**told, "cert_in_validation": None}
    newer = visitor.ask("POST", CERTIFICATE, {"TlsCert": chain()})
    assert newer.answer.status == 200
    assert visitor.read(newer)["certificate_sid"] == told["certificate_sid"]
    assert visitor.read(newer)["date_updated"] > told["date_updated"]
    assert visitor.ask("DELETE", CERTIFICATE).answer.status == 204
    assert code_of(visitor.get(CERTIFICATE)) == 20404
    assert code_of(visitor.ask("DELETE", CERTIFICATE)) == 20404


def test_the_certificate_before_holds_until_the_new_one_is_validated(visitor: Visitor) -> None:
    hand_in(visitor)
    visitor.clock.advance(60)
    newer = chain(datetime(2040, 1, 1, tzinfo=UTC))
    told = visitor.made(CERTIFICATE, {"TlsCert": newer})
    assert told["date_expires"] == "2035-06-01T12:30:00Z"
    assert told["cert_in_validation"]["date_expires"] == "2040-01-01T00:00:00Z"
    assert seen(visitor, CERTIFICATE, 60)["date_expires"] == "2040-01-01T00:00:00Z"


def test_a_reserved_domain_stays_in_validation(visitor: Visitor) -> None:
    visitor.made(STUCK, {"TlsCert": chain()})
    assert seen(visitor, STUCK, 86_400)["cert_in_validation"]["status"] == "pending"


def test_what_is_no_certificate_is_refused_and_not_told(visitor: Visitor) -> None:
    over = chain(datetime(2025, 12, 31, tzinfo=UTC))
    for text in ("secret-key", "-----BEGIN CERTIFICATE-----", over, ""):
        verdict = visitor.ask("POST", CERTIFICATE, {"TlsCert": text})
        assert code_of(verdict) == 20001
        assert "secret-key" not in verdict.answer.body.decode()
    assert code_of(visitor.ask("POST", CERTIFICATE)) == 20001
    assert code_of(visitor.get(CERTIFICATE)) == 20404


def test_the_private_key_is_not_kept(visitor: Visitor) -> None:
    hand_in(visitor)
    account = visitor.world.accounts[visitor.world.account_sid]
    assert "PRIVATE" not in str([record.fields for record in account.shelves["link_domains"]])


def test_a_managed_certificate_is_requested_and_comes(visitor: Visitor) -> None:
    verdict = visitor.ask("POST", f"{PATH}/RequestManagedCert")
    told = visitor.read(verdict)
    assert verdict.answer.status == 201
    assert (told["managed"], told["requesting"], told["date_expires"]) == (True, True, None)
    told = seen(visitor, CERTIFICATE_V2, 60)
    assert (told["managed"], told["requesting"]) == (True, False)
    assert told["date_expires"] == "2026-04-01T00:00:00Z"
    assert "managed" not in seen(visitor, CERTIFICATE)
    again = visitor.ask("POST", f"{PATH}/RequestManagedCert")
    assert (again.answer.status, visitor.read(again)["requesting"]) == (200, False)


def test_a_certificate_of_ones_own_takes_the_managed_ones_place(visitor: Visitor) -> None:
    visitor.ask("POST", f"{PATH}/RequestManagedCert")
    hand_in(visitor)
    told = seen(visitor, CERTIFICATE_V2)
    assert (told["managed"], told["date_expires"]) == (False, "2035-06-01T12:30:00Z")


def test_settings_change_one_by_one(visitor: Visitor) -> None:
    first = seen(visitor, f"{PATH}/Config")
    assert (first["fallback_url"], first["continue_on_failure"]) == (None, False)
    visitor.clock.advance(5)
    visitor.made(f"{PATH}/Config", {"FallbackUrl": "https://a.example"})
    told = visitor.made(f"{PATH}/Config", {"ContinueOnFailure": "true"})
    assert (told["fallback_url"], told["continue_on_failure"]) == ("https://a.example", True)
    assert told["config_sid"] == first["config_sid"]
    assert told["date_updated"] > told["date_created"]
    assert visitor.made(f"{PATH}/Config", {"FallbackUrl": ""})["fallback_url"] is None
    assert code_of(visitor.ask("POST", f"{PATH}/Config", {"CallbackUrl": "a"})) == 20001


def test_domains_have_settings_of_their_own(visitor: Visitor) -> None:
    visitor.made(f"{PATH}/Config", {"DisableHttps": "true"})
    other = PATH.replace("DN5", "DN6")
    assert seen(visitor, f"{other}/Config")["disable_https"] is False
    visitor.world.reset()
    assert seen(visitor, f"{PATH}/Config")["disable_https"] is True


def test_dns_is_right_but_for_a_reserved_domain(visitor: Visitor) -> None:
    assert seen(visitor, f"{PATH}/ValidateDns")["is_valid"] is True
    told = seen(visitor, PATH.replace("5" * 32, "5" * 28 + "0bad") + "/ValidateDns")
    assert (told["is_valid"], bool(told["reason"])) == (False, True)


def test_only_a_domains_sid_is_taken(visitor: Visitor) -> None:
    assert code_of(visitor.get("/v1/LinkShortening/Domains/DN1/Config")) == 20404
