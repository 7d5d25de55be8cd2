"""Phones, conversations and requests as the inbox's page asks for them."""

from __future__ import annotations

import json

import pytest

from tests.unit.simulator.visitor import Json, Visitor, read

ADA, GRACE = "+14155550100", "+14155550101"


def get(visitor: Visitor, path: str) -> Json:
    return read(visitor.ask("GET", f"/inbox/{path}"))


def phones(visitor: Visitor, query: str = "") -> list[str]:
    return [one["phone"] for one in get(visitor, f"phones?{query}")["phones"]]


def test_each_phone_is_listed_once_by_its_newest() -> None:
    visitor = Visitor()
    for to in (ADA, GRACE, ADA, ADA):
        visitor.create(To=to)
        visitor.clock.advance(1)
    assert phones(visitor) == [ADA, GRACE]
    assert phones(visitor, "limit=1") == [ADA]


def test_a_handset_that_wrote_is_a_phone() -> None:
    visitor = Visitor()
    written = b'{"from": "+14155550107", "to": "+15005550006", "body": "Hello"}'
    visitor.ask("POST", "/inbox/replies", body=written)
    assert phones(visitor) == ["+14155550107"]


@pytest.mark.parametrize("search", ["PARCEL", "5550101", "arrives%20today"])
def test_search_finds_texts_and_numbers_in_any_case(search: str) -> None:
    visitor = Visitor()
    visitor.create(To=GRACE, Body="Your parcel arrives today")
    visitor.create(To=ADA, Body="Hello")
    visitor.create(To=GRACE, Body="Bye")
    assert phones(visitor, f"search={search}") == [GRACE]


def test_what_may_pass_makes_no_phone_known() -> None:
    visitor = Visitor(faults="429@1,500_before@2")
    visitor.post()
    visitor.post()
    assert phones(visitor) == []
    codes = [one["code"] for one in get(visitor, f"conversation?with=%2B{ADA[1:]}")["refused"]]
    assert codes == [20429, 20500]


def test_pages_of_a_conversation_meet() -> None:
    visitor = Visitor()
    for n in range(7):
        visitor.create(Body=f"{n}")
        visitor.create(To=GRACE)
    asked = f"conversation?with=%2B{ADA[1:]}&limit=3"
    seen: list[str] = []
    page = get(visitor, asked)
    while True:
        seen = [one["body"] for one in page["messages"]] + seen
        if not page["more"]:
            break
        page = get(visitor, f"{asked}&before={page['messages'][0]['number']}")
    assert seen == [str(n) for n in range(7)]
    newer = get(visitor, f"{asked}&after=9")
    assert ([one["body"] for one in newer["messages"]], newer["more"]) == (["5", "6"], False)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "after=x", "after=-1", "limit=%00"])
@pytest.mark.parametrize("path", ["phones", "conversation", "requests"])
def test_a_wrong_number_is_refused(path: str, query: str) -> None:
    assert Visitor().ask("GET", f"/inbox/{path}?{query}").answer.status == 400


def test_a_form_that_cannot_be_read_is_shown_without_fields() -> None:
    visitor = Visitor()
    visitor.ask("POST", f"{visitor.base}/Messages.json", body=b"To=%ff&Body=%fe")
    (kept,) = get(visitor, "requests")["requests"]
    assert (kept["fields"], kept["status"]) == ([], 400)


def test_an_export_of_many_is_one_json_in_pieces() -> None:
    visitor = Visitor()
    for n in range(1001):
        visitor.create(Body=f"{n}")
    chunks = visitor.ask("GET", "/inbox/export").answer.chunks
    assert chunks is not None
    pieces = list(chunks)
    assert max(map(len, pieces)) < 1_000_000
    found = json.loads(b"".join(pieces))
    assert [len(found[name]) for name in ("messages", "callbacks", "requests")] == [1001, 0, 1001]
