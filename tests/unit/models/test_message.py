from __future__ import annotations

import copy
import datetime as dt
import pickle
from decimal import Decimal
from typing import Any

import pytest

from async_messaging.models import Balance, Message

SID = "SM" + "1" * 32


def message(**fields: Any) -> Message:
    return Message(**{"sid": SID, **fields})


def test_only_the_sid_is_needed() -> None:
    value = Message(sid=SID)
    assert (value.status, value.direction, value.account_sid) == ("", "", "")
    given = {name for name in value.__struct_fields__ if getattr(value, name) not in (None, "")}
    assert given == {"sid"}


@pytest.mark.parametrize("name", ["date_created", "date_updated", "date_sent"])
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Fri, 24 May 2019 17:18:27 +0000", dt.datetime(2019, 5, 24, 17, 18, 27, tzinfo=dt.UTC)),
        ("2019-05-24T19:18:27+02:00", dt.datetime(2019, 5, 24, 17, 18, 27, tzinfo=dt.UTC)),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("2019-13-45T99:99:99Z", None),
        ("x" * 100_000, None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_dates_are_read_when_asked_for(
    name: str, text: str | None, moment: dt.datetime | None
) -> None:
    value = message(**{f"{name}_text": text})
    assert getattr(value, name) == moment


def test_messages_are_equal_by_all_they_say_and_hash_by_sid() -> None:
    one = message(subresource_uris={"media": "/x"}, tags={"a": "b"}, price=Decimal("-0.0075"))
    same = message(subresource_uris={"media": "/x"}, tags={"a": "b"}, price=Decimal("-0.0075"))
    later = message(status="delivered")
    assert one == same
    assert one != later
    assert {one, same, later} == {one, later}


def test_a_message_is_frozen() -> None:
    with pytest.raises(AttributeError):
        message().status = "sent"  # type: ignore[misc]  # the mistake under test


def test_a_message_can_be_copied_and_pickled() -> None:
    value = message(
        body="Hi", subresource_uris={"media": "/x"}, date_sent_text="2019-05-24T17:18:27Z"
    )
    for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert again == value


def test_a_repr_shows_sid_and_state_and_hides_the_rest() -> None:
    value = message(
        status="delivered",
        to="+15558675310",
        from_="whatsapp:+15017122661",
        body="our secret text",
        num_segments=1,
        price=Decimal("-0.0075"),
        error_code=30007,
        error_message="number +15558675310 is wrong",
        subresource_uris={"media": "/x"},
    )
    assert repr(value) == (
        f"Message(sid='{SID}', status='delivered', to='+1555...5310', "
        "from_='whatsapp:+1501...2661', body=<15 characters>, num_segments=1, "
        "price=Decimal('-0.0075'), error_code=30007, error_message=<28 characters>, "
        "subresource_uris=<1 items>)"
    )


def test_a_sid_that_is_none_is_not_shown() -> None:
    assert repr(Message(sid="+15558675310")) == "Message(sid=<12 characters>)"


def test_a_balance_may_be_empty() -> None:
    assert Balance().balance is None
    shown = repr(Balance(balance=Decimal("1.50"), currency="USD"))
    assert shown == "Balance(balance=Decimal('1.50'), currency='USD')"
