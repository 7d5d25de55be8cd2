from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from async_messaging import models
from async_messaging.models import Message, MessageDraft, Shown

SID = "SM" + "1" * 32


class Sample(Shown, frozen=True, kw_only=True):
    sid: str | None = None
    service_sid: str | None = None
    status: str | None = None
    phone_number: str | None = None
    text: str | None = None
    count: int | None = None
    price: Decimal | None = None
    moment: dt.date | None = None
    urls: tuple[str, ...] = ()
    pairs: Mapping[str, str] | None = None
    inner: Any = None


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, "Sample()"),
        ({"sid": SID}, f"Sample(sid='{SID}')"),
        ({"service_sid": "MG" + "0" * 32}, f"Sample(service_sid='MG{'0' * 32}')"),
        ({"service_sid": "a token"}, "Sample(service_sid=<7 characters>)"),
        ({"status": "sent"}, "Sample(status='sent')"),
        ({"phone_number": "+15558675310"}, "Sample(phone_number='+1555...5310')"),
        ({"phone_number": "12345"}, "Sample(phone_number='...')"),
        ({"text": "secret"}, "Sample(text=<6 characters>)"),
        ({"text": ""}, "Sample()"),
        ({"count": 0}, "Sample(count=0)"),
        ({"price": Decimal(0)}, "Sample(price=Decimal('0'))"),
        ({"moment": dt.date(2026, 11, 22)}, "Sample(moment=datetime.date(2026, 11, 22))"),
        ({"urls": ("https://secret", "x")}, "Sample(urls=<2 items>)"),
        ({"pairs": {"a": "secret"}}, "Sample(pairs=<1 items>)"),
        ({"pairs": {}}, "Sample()"),
        ({"inner": Sample(text="secret")}, "Sample(inner=Sample(text=<6 characters>))"),
        ({"inner": object()}, "Sample(inner=<object>)"),
    ],
)
def test_what_a_repr_shows(fields: dict[str, Any], shown: str) -> None:
    assert repr(Sample(**fields)) == shown


def test_every_model_shows_itself_safely() -> None:
    named: list[Any] = [getattr(models, name) for name in models.__all__]
    kinds = [value for value in named if isinstance(value, type)]
    assert len(kinds) >= 9
    assert [kind for kind in kinds if not issubclass(kind, Shown)] == []


@pytest.mark.parametrize(
    "value",
    [
        Message(sid=SID, to="+15558675310", body="our secret text"),
        MessageDraft(to="+15558675310", body="our secret text", media_url="https://secret"),
    ],
)
def test_rich_shows_no_more(value: Shown) -> None:
    screen = io.StringIO()
    Console(file=screen, width=200).print([value], {"value": value})
    assert "secret" not in screen.getvalue()
    assert "5558675310" not in screen.getvalue()
    assert "+1555...5310" in screen.getvalue()
