from __future__ import annotations

import pytest

from async_messaging.simulator.resources.deactivations import RESERVED, numbers_of
from async_messaging.simulator.senders import is_phone
from tests.contract.asking import Verdict, Visitor
from tests.unit.simulator.visitor import code_of

PATH = "/v1/Deactivations"
ORIGIN = "http://127.0.0.1:1"
TODAY = "2026-01-01"


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def address(visitor: Visitor, day: str = TODAY) -> str:
    verdict = visitor.get(f"{PATH}?Date={day}")
    told: str = visitor.read(verdict)["redirect_to"]
    assert verdict.answer.status == 307
    assert verdict.answer.headers == {"Location": told}
    assert told.startswith(f"{ORIGIN}/")
    return told.removeprefix(ORIGIN)


def download(visitor: Visitor, where: str, authorization: str = "") -> Verdict:
    return visitor.ask("GET", where, authorization=authorization)


def test_a_day_has_a_file_of_numbers(visitor: Visitor) -> None:
    verdict = download(visitor, address(visitor))
    assert (verdict.answer.status, verdict.answer.content_type) == (200, "text/plain")
    numbers = verdict.answer.body.decode().splitlines()
    assert len(numbers) > 30
    assert RESERVED in numbers
    assert all(is_phone(number) for number in numbers)
    assert download(visitor, address(visitor)).answer.body == verdict.answer.body


def test_numbers_go_by_seed_and_day() -> None:
    first = numbers_of(1, TODAY)
    assert numbers_of(1, TODAY) == first
    assert numbers_of(2, TODAY) != first != numbers_of(1, "2026-01-02")


def test_the_address_holds_for_two_minutes(visitor: Visitor) -> None:
    where = address(visitor)
    visitor.clock.advance(119)
    assert download(visitor, where).answer.status == 200
    visitor.clock.advance(1)
    assert download(visitor, where).answer.status == 403


def test_the_address_wants_no_credentials(visitor: Visitor) -> None:
    assert download(visitor, address(visitor), visitor.authorization).answer.status == 400


def test_only_a_signed_address_is_answered(visitor: Visitor) -> None:
    where = address(visitor)
    later = where.replace("Expires=1767225720", "Expires=1767225721")
    assert later != where
    for wrong in (where + "0", where.replace(TODAY, "2025-12-31"), later, where.split("?")[0]):
        assert download(visitor, wrong).answer.status == 403


@pytest.mark.parametrize("day", ["2020-08-26", "2019-01-01"])
def test_a_day_before_the_first_is_refused(day: str, visitor: Visitor) -> None:
    verdict = visitor.get(f"{PATH}?Date={day}")
    assert (verdict.answer.status, code_of(verdict)) == (400, 30113)


@pytest.mark.parametrize(
    "query", ["", "?Date=", "?Date=2026-01-02", "?Date=2025-02-30", "?Date=today"]
)
def test_what_is_no_day_of_the_past_is_refused(query: str, visitor: Visitor) -> None:
    assert code_of(visitor.get(PATH + query)) == 20001


def test_the_first_day_and_today_are_in_order(visitor: Visitor) -> None:
    assert address(visitor, "2020-08-27")
    assert address(visitor, TODAY)


def test_asking_wants_credentials(visitor: Visitor) -> None:
    verdict = visitor.ask("GET", f"{PATH}?Date={TODAY}", authorization="")
    assert code_of(verdict) == 20003
