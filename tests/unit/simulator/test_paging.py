from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.simulator import paging
from async_messaging.simulator.answers import RefusedError

ITEMS = [f"SM{number:04d}" for number in range(25)]


def query_of(link: object) -> dict[str, list[str]]:
    assert isinstance(link, str)
    return parse_qs(urlsplit(link).query)


def page(query: dict[str, list[str]]) -> tuple[list[str], dict[str, object]]:
    window = paging.read_window(query)
    part, shown = paging.cut_sequence(ITEMS, window, str)
    return shown, paging.page_2010("/x.json", query, window, part, {"items": shown})


@given(st.integers(1, 30))
def test_links_lead_through_every_record_once_and_back(size: int) -> None:
    shown, envelope = page({"PageSize": [str(size)], "To": ["+1"]})
    pages = [shown]
    while envelope["next_page_uri"] is not None:
        shown, envelope = page(query_of(envelope["next_page_uri"]))
        pages.append(shown)
    assert [item for shown in pages for item in shown] == ITEMS
    backwards = [shown]
    while envelope["previous_page_uri"] is not None:
        shown, envelope = page(query_of(envelope["previous_page_uri"]))
        backwards.append(shown)
    assert backwards == pages[::-1]
    assert envelope["page"] == 0


def test_links_keep_filters_and_encode_them() -> None:
    _, envelope = page({"PageSize": ["10"], "DateSent>": ["2026-01-01"], "To": ["+1 2"]})
    assert envelope["next_page_uri"] == (
        "/x.json?DateSent%3E=2026-01-01&To=%2B1+2&PageSize=10&Page=1&PageToken=PASM0009"
    )
    assert envelope["first_page_uri"] == (
        "/x.json?DateSent%3E=2026-01-01&To=%2B1+2&PageSize=10&Page=0"
    )


def test_numbers_of_a_page() -> None:
    _, envelope = page({"PageSize": ["10"], "Page": ["2"], "PageToken": ["PASM0019"]})
    assert (envelope["start"], envelope["end"], envelope["page"], envelope["page_size"]) == (
        20,
        24,
        2,
        10,
    )
    assert envelope["next_page_uri"] is None


def test_page_alone_is_only_echoed() -> None:
    shown, envelope = page({"PageSize": ["10"], "Page": ["2"]})
    assert shown == ITEMS[:10]
    assert envelope["page"] == 2


@pytest.mark.parametrize(
    "query",
    [
        {"PageSize": ["0"]},
        {"PageSize": ["1001"]},
        {"PageSize": ["ten"]},
        {"PageSize": ["-5"]},
        {"Page": ["-1"]},
        {"PageToken": ["nonsense"]},
        {"PageToken": ["PASM9999"]},
    ],
)
def test_what_is_not_in_order(query: dict[str, list[str]]) -> None:
    with pytest.raises(RefusedError) as caught:
        page(query)
    assert caught.value.code == 20001


def test_v1_links_are_absolute() -> None:
    window = paging.read_window({"PageSize": ["1"]})
    part, shown = paging.cut_sequence(["AU", "BR"], window, str)
    records: list[dict[str, object]] = [{"iso_country": shown[0]}]
    envelope = paging.page_v1("http://h:1/v1/x", {}, window, part, {"countries": records})
    assert envelope["countries"] == records
    assert envelope["meta"] == {
        "page": 0,
        "page_size": 1,
        "first_page_url": "http://h:1/v1/x?PageSize=1&Page=0",
        "previous_page_url": None,
        "url": "http://h:1/v1/x?PageSize=1&Page=0",
        "next_page_url": "http://h:1/v1/x?PageSize=1&Page=1&PageToken=PAAU",
        "key": "countries",
    }
