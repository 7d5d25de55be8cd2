from __future__ import annotations

import pytest

from tests.contract.asked.a2p import BRANDS, brand
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import code_of


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def test_a_vetting_succeeds_and_the_brand_shows_it(visitor: Visitor) -> None:
    sid = brand(visitor)
    path = f"{BRANDS}/{sid}/Vettings"
    made = visitor.made(path, {"VettingProvider": "aegis"})
    assert (made["vetting_status"], made["vetting_class"]) == ("PENDING", "STANDARD")
    assert made["vetting_id"]
    one = f"{path}/{made['brand_vetting_sid']}"
    visitor.clock.advance(29)
    assert visitor.read(visitor.get(one))["vetting_status"] == "PENDING"
    assert visitor.read(visitor.get(f"{BRANDS}/{sid}"))["identity_status"] == "VERIFIED"
    visitor.clock.advance(1)
    assert visitor.read(visitor.get(one))["vetting_status"] == "SUCCESS"
    told = visitor.read(visitor.get(f"{BRANDS}/{sid}"))
    assert (told["identity_status"], told["brand_score"] >= 60) == ("VETTED_VERIFIED", True)


def test_a_vetting_that_fails_changes_no_brand(visitor: Visitor) -> None:
    sid = brand(visitor)
    path = f"{BRANDS}/{sid}/Vettings"
    before = visitor.read(visitor.get(f"{BRANDS}/{sid}"))
    form = {"VettingProvider": "campaign-verify", "VettingId": "please-fail"}
    assert visitor.made(path, form)["vetting_class"] == "POLITICAL"
    visitor.clock.advance(30)
    (listed,) = visitor.read(visitor.get(path))["data"]
    assert listed["vetting_status"] == "FAILED"
    assert visitor.read(visitor.get(f"{BRANDS}/{sid}")) == before


def test_a_list_by_provider(visitor: Visitor) -> None:
    path = f"{BRANDS}/{brand(visitor)}/Vettings"
    other = f"{BRANDS}/{brand(visitor)}/Vettings"
    visitor.made(path, {"VettingProvider": "aegis"})
    visitor.made(path, {"VettingProvider": "campaign-verify", "VettingId": "cv|1"})
    visitor.made(other, {"VettingProvider": "aegis"})
    found = visitor.read(visitor.get(f"{path}?VettingProvider=campaign-verify"))["data"]
    assert [one["vetting_id"] for one in found] == ["cv|1"]
    assert len(visitor.read(visitor.get(path))["data"]) == 2
    assert code_of(visitor.get(f"{path}?VettingProvider=me")) == 20001


def test_what_is_wrong_is_refused(visitor: Visitor) -> None:
    path = f"{BRANDS}/{brand(visitor)}/Vettings"
    assert code_of(visitor.ask("POST", path)) == 20001
    assert code_of(visitor.ask("POST", path, {"VettingProvider": "me"})) == 20001
    assert code_of(visitor.ask("POST", path, {"VettingProvider": "campaign-verify"})) == 20001
    assert code_of(visitor.get(f"{path}/VT{'0' * 32}")) == 20404
    assert code_of(visitor.get(f"{BRANDS}/BN{'0' * 32}/Vettings")) == 20404


def test_a_brand_that_is_not_approved_is_not_vetted(visitor: Visitor) -> None:
    young = visitor.made(BRANDS, {f"{kind}BundleSid": "BU" + "1" * 32 for kind in _BUNDLES})
    path = f"{BRANDS}/{young['sid']}/Vettings"
    assert code_of(visitor.ask("POST", path, {"VettingProvider": "aegis"})) == 21717


_BUNDLES = ("CustomerProfile", "A2PProfile")
