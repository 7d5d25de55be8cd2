from __future__ import annotations

import copy
import datetime as dt
import pickle
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from async_messaging.codec.form import form
from async_messaging.codec.numbers import is_address
from async_messaging.errors import InvalidInput
from async_messaging.models import MessageDraft

TO = "+15558675310"
FROM = "+15017122661"
SERVICE = "MG" + "0" * 32
OTHER_SERVICE = "MG" + "1" * 32


class Sender(str, Enum):  # noqa: UP042 - a StrEnum is not what older programs have
    ALERTS = "ALERTS"


def draft(**fields: Any) -> MessageDraft:
    return MessageDraft(**{"to": TO, "from_": FROM, "body": "Hi", **fields})


@pytest.mark.parametrize(
    "address",
    [
        TO,
        "+4912345",
        "+123456789012345",
        "whatsapp:+14155550100",
        "messenger:1234567",
        "rcs:+14155550100",
        "rcs:brand_agent",
    ],
)
def test_addresses(address: str) -> None:
    assert is_address(address)
    assert draft(to=address).to == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "5558675310",
        "15558675310",
        "0015558675310",
        "+0558675310",
        "+1 555 867 5310",
        "+1555867531012345",
        "+12345",
        "+1555867531o",
        "+1555867531\u0660",
        "+15558675310\n",
        " +15558675310",
        "whatsapp:",
        "whatsapp: +1",
        "WhatsApp:+14155550100",
        "w:+1",
        "whatsapp:+1\x00",
        "whatsapp:+15558675310.0",
        "whatsapp:+15558675310,+15558675311",
        "+15558675310.0",
        "1.55586753e10",
        None,
        15558675310,
        b"+15558675310",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(address: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        draft(to=address)
    assert caught.value.field == "to"
    says = "must be E.164 (+15558675310) or a channel address (whatsapp:+...)"
    assert str(caught.value) == f"to: {says}"


# A field, values that it takes, values that it does not.
TYPES: list[tuple[str, list[Any], list[Any]]] = [
    ("from_", [FROM, "12345", "ACME", "whatsapp:+1", Sender.ALERTS], ["", None, 5, "a\nb", "x" * 257]),
    ("body", ["", "Hi", "\n", "x" * 1600], [None, 7, b"Hi"]),
    ("messaging_service_sid", [SERVICE], [None, 7]),
    ("media_url", ["https://a", ["https://a"], ("https://a", "https://b")], [None, 7, [], (), [7], {"a"}, [None]]),
    ("persistent_action", ["geo:1,2", ["geo:1,2"]], [None, [7]]),
    ("content_sid", ["HX" + "0" * 32], [None, 7]),
    ("content_variables", ["{}", {"1": "a"}, MappingProxyType({"1": "a"}), {}], [None, 7, ["a"], {"1": 7}, {1: "a"}]),
    ("tags", ["{}", {"a": "b"}], [None, {"a": None}]),
    ("status_callback", ["https://a"], [None, 7]),
    ("validity_period", [1, 36000], [None, "1", 1.0, True]),
    ("attempt", [1], ["1"]),
    ("send_as_mms", [True, False], [None, "true", 1]),
    ("smart_encoded", [True], [0]),
    ("provide_feedback", [True], ["yes"]),
    ("force_delivery", [True], [1]),
    ("shorten_urls", [True], ["true"]),
    ("max_price", [Decimal("0.1"), 1, 0.5], [None, "0.1", True]),
    ("send_at", [dt.datetime(2026, 11, 22, tzinfo=dt.UTC)], [None, "2026-11-22", dt.date(2026, 11, 22), dt.datetime(2026, 11, 22)]),  # noqa: DTZ001 - a naive one is refused
    ("schedule_type", ["fixed"], [None]),
    ("risk_check", ["disable"], [True]),
    ("content_retention", ["discard"], [7]),
    ("address_retention", ["obfuscate"], [7]),
    ("traffic_type", ["free"], [7]),
    ("application_sid", ["AP" + "0" * 32], [7]),
    ("fallback_from", [FROM], [7]),
    ("message_intent", ["otp", "anything new"], [7]),
    ("extra", [{}, {"New": "x"}, MappingProxyType({"New": "x"})], [None, "New=x", {"New": 1}, {1: "x"}, [("New", "x")]]),
]  # fmt: skip


def test_every_field_is_tried() -> None:
    assert {name for name, _, _ in TYPES} | {"to"} == set(MessageDraft.__struct_fields__)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values, _ in TYPES for value in values]
)
def test_what_a_field_takes(name: str, value: Any) -> None:
    assert form(draft(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, _, values in TYPES for value in values]
)
def test_what_a_field_refuses_names_it(name: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        draft(**{name: value})
    assert caught.value.field == name


def test_a_service_as_sender_becomes_the_service() -> None:
    by_service = draft(from_=SERVICE)
    assert by_service.from_ is UNSET
    assert by_service.messaging_service_sid == SERVICE
    assert by_service == MessageDraft(to=TO, messaging_service_sid=SERVICE, body="Hi")
    assert form(by_service) == f"To=%2B15558675310&MessagingServiceSid={SERVICE}&Body=Hi".encode()
    assert draft(from_=SERVICE, messaging_service_sid=SERVICE) == by_service


def test_two_services_at_once_are_refused() -> None:
    with pytest.raises(InvalidInput, match="another service") as caught:
        draft(from_=SERVICE, messaging_service_sid=OTHER_SERVICE)
    assert caught.value.field == "from_"


def test_a_sender_may_stand_beside_the_service() -> None:
    both = draft(messaging_service_sid=SERVICE)
    assert both.lanes == (FROM, SERVICE)
    assert draft(from_="MGM").lanes == ("MGM",)
    assert MessageDraft(to=TO, body="Hi").lanes == ()


def test_a_time_to_send_sets_the_schedule_type() -> None:
    at = dt.datetime(2026, 11, 22, 9, tzinfo=dt.timezone(dt.timedelta(hours=-8)))
    later = draft(send_at=at)
    assert later.schedule_type == "fixed"
    assert b"SendAt=2026-11-22T17%3A00%3A00Z&ScheduleType=fixed" in form(later)
    assert draft(send_at=at, schedule_type="other").schedule_type == "other"
    assert draft().schedule_type is UNSET


@pytest.mark.parametrize(
    ("fields", "weight"),
    [
        ({"body": "a" * 160}, 1),
        ({"body": "a" * 161}, 2),
        ({"body": "é" * 161}, 2),
        ({"body": "ж" * 71}, 2),
        ({"body": ""}, 1),
        ({"body": "a" * 1000, "media_url": "https://a"}, 1),
        ({"body": "a" * 1000, "content_sid": "HX"}, 1),
        ({"body": UNSET}, 1),
    ],
)
def test_weight_is_in_segments(fields: dict[str, Any], weight: int) -> None:
    assert draft(**fields).weight == weight


def test_a_draft_keeps_copies_of_what_can_change() -> None:
    urls, variables, extra = ["https://a"], {"1": "a"}, {"New": "x"}
    kept = draft(media_url=urls, content_variables=variables, extra=extra)
    before = form(kept)
    urls.append("https://b")
    variables["1"] = extra["New"] = "changed"
    assert form(kept) == before
    assert kept.media_url == ("https://a",)


def test_a_draft_is_frozen() -> None:
    with pytest.raises(AttributeError):
        draft().body = "another"  # type: ignore[misc]  # the mistake under test


def test_equal_drafts_have_one_hash() -> None:
    one = draft(content_variables={"1": "a"}, extra={"a": "b"})
    two = draft(content_variables={"1": "a"}, extra={"a": "b"})
    assert one == two
    assert len({one, two, draft(), draft(body="other")}) == 3
    assert draft(media_url="https://a") == draft(media_url=["https://a"])


def test_a_draft_can_be_copied_and_pickled() -> None:
    whole = draft(content_variables={"1": "a"}, media_url=["https://a"])
    for again in (copy.copy(whole), copy.deepcopy(whole), pickle.loads(pickle.dumps(whole))):
        assert again == whole
        assert form(again) == form(whole)


def test_a_changed_copy_is_checked_too() -> None:
    changed = msgspec.structs.replace(draft(), body="Bye")
    assert changed.body == "Bye"
    with pytest.raises(InvalidInput):
        msgspec.structs.replace(draft(), to="nobody")


def test_unknown_and_missing_fields_are_type_errors() -> None:
    with pytest.raises(TypeError, match="bdy"):
        draft(bdy="Hi")
    with pytest.raises(TypeError, match="to"):
        MessageDraft(body="Hi")  # type: ignore[call-arg]  # the mistake under test


@given(st.text(min_size=9, max_size=80), st.text(min_size=9, max_size=80))
def test_no_repr_shows_number_or_texts(body: str, variable: str) -> None:
    shown = repr(
        draft(body=f"<{body}>", content_variables={"1": f"<{variable}>"}, extra={"x": variable})
    )
    assert TO not in shown
    assert FROM not in shown
    assert f"<{body}>" not in shown
    assert f"<{variable}>" not in shown
    assert "to='+1555...5310'" in shown
    assert f"body=<{len(body) + 2} characters>" in shown


def test_a_number_in_the_wrong_field_is_not_shown() -> None:
    shown = repr(draft(messaging_service_sid=TO, content_sid="our secret text"))
    assert TO not in shown
    assert "secret" not in shown


def test_a_body_of_1600_characters_fits_and_no_longer_one() -> None:
    assert draft(body="\U0001f600" * 1600).weight > 1
    with pytest.raises(InvalidInput, match=r"body: has 100,000 characters, Twilio takes 1,600"):
        draft(body="x" * 100_000)


def test_beside_a_template_a_body_is_not_sent_and_may_be_longer() -> None:
    assert draft(body="x" * 2000, content_sid="HX" + "1" * 32).weight == 1
