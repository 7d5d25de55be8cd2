"""P20: no token, number or text shows in anything that a failure leaves behind."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import pickle
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from async_messaging import (
    InvalidInput,
    MessageDraft,
    MessagingClient,
    MessagingError,
    ScriptedTransport,
    SettingsError,
)
from async_messaging.bulk.sources import open_rows
from async_messaging.codec.template import Template
from async_messaging.testing import FakeClock
from tests.contract.exposure import (
    ACCOUNT,
    BODY,
    FROM,
    MEDIA,
    PAIR,
    SECRETS,
    TO,
    TOKEN,
    Ear,
    echoes,
    hits,
)
from tests.contract.failure_kinds import KINDS, Kind

# What an attempt may leave behind beside its error.
GROUPS = sorted({kind.name.partition(",")[0] for kind in KINDS})


@pytest.fixture
def ear() -> Iterator[Ear]:
    root = logging.getLogger()
    before, ear = root.level, Ear()
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    yield ear
    root.removeHandler(ear)
    root.setLevel(before)


def listen(client: MessagingClient) -> list[object]:
    """Every event, as it is and as JSON; a listener that fails as well."""
    told: list[object] = []

    def hear(event: object) -> None:
        told.append(event)
        told.append(msgspec.json.encode(event, enc_hook=repr).decode())
        raise ValueError(BODY)

    for register in (
        client.events.on_response,
        client.events.on_retry,
        client.events.on_throttle,
        client.events.on_late_answer,
    ):
        register(hear)
    return told


async def fail(kind: Kind) -> tuple[object, list[object]]:
    """How it ended, and what else it showed."""
    client = MessagingClient(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        transport=ScriptedTransport(kind.script),
        clock=FakeClock(autojump=True),
        proxy=f"http://user:{TOKEN}@proxy.example",
    )
    told = listen(client)
    ended: object
    try:
        ended = await kind.act(client)
    except (MessagingError, asyncio.CancelledError) as error:
        ended = error
    await client.close()
    return ended, [*told, client, client.stats(), client.settings]


def test_there_are_enough_kinds() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 200


@pytest.mark.parametrize("group", GROUPS)
async def test_no_failure_shows_a_secret(group: str, ear: Ear) -> None:
    for kind in KINDS:
        if kind.name.partition(",")[0] == group:
            ended, told = await fail(kind)
            assert isinstance(ended, BaseException | list), kind.name
            shown = ended if isinstance(ended, list) else [ended]
            assert hits(*shown, *told, *ear.heard) == [], kind.name


async def test_the_late_answer_of_one_who_left_is_told_without_secrets(ear: Ear) -> None:
    heard = []
    for kind in KINDS:
        if "cancelled" in kind.name or "time ran out" in kind.name:
            await fail(kind)
            heard += ear.heard
    assert any("late answer" in line for line in heard)
    assert hits(*heard) == []


def draft(name: str, value: object) -> MessageDraft:
    fields: dict[str, Any] = {"to": TO, "from_": FROM, "body": BODY, name: value}
    return MessageDraft(**fields)


def client(given: dict[str, Any]) -> MessagingClient:
    return MessagingClient(**{"account_sid": ACCOUNT, "auth_token": TOKEN, **given})


SETTINGS: dict[str, dict[str, Any]] = {
    "account": {"account_sid": TOKEN},
    "key as account": {"account_sid": "SK" + TOKEN},
    "key": {"api_key": TOKEN},
    "key without secret": {"api_key": "SK" + "c" * 32, "auth_token": TOKEN},
    "secret without key": {"api_secret": TOKEN},
    "token of bytes": {"auth_token": TOKEN.encode()},
    "edge": {"edge": f"{TOKEN}."},
    "region": {"region": TOKEN},
    "base URL": {"base_url": f"https://{ACCOUNT}:{TOKEN}@api.twilio.com"},
    "base URL with a path": {"base_url": f"https://api.twilio.com/{TOKEN}"},
    "base URL in the clear": {"base_url": f"http://{TOKEN}.example"},
    "base URL with a port": {"base_url": f"https://api.twilio.com:{TOKEN}"},
}
REFUSED: dict[str, Callable[[], object]] = {
    **{
        f"draft, {name}": partial(draft, name, value)
        for name, value in {
            "to": f"{TO}x",
            "from_": f"{FROM}\n{BODY}",
            "body": BODY.encode(),
            "media_url": [MEDIA.encode()],
            "messaging_service_sid": {TO: BODY},
            "content_variables": {"1": BODY.encode()},
            "extra": {BODY: 1},
            "send_at": BODY,
            "validity_period": BODY,
            "max_price": BODY,
            "tags": [BODY],
            "shorten_urls": BODY,
        }.items()
    },
    **{f"settings, {name}": partial(client, given) for name, given in SETTINGS.items()},
    "template, unknown field": lambda: Template.parse(BODY + "{nam}", ["name"]),
    "template, unclosed": lambda: Template.parse(BODY + "{name", ["name"]),
    "template, empty": lambda: Template.parse(BODY + "{}"),
    "template, format": lambda: Template.parse(BODY + "{a.b!r:>9}", ["name"]),
    "template, missing value": lambda: Template.parse(BODY + "{a}").render({"b": TO}),
    "template, empty value": lambda: Template.parse(BODY + "{a}").render({"a": "", "b": TO}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_before_a_call_shows_no_secret(
    name: str, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_FROM", FROM)
    with pytest.raises((InvalidInput, SettingsError)) as caught:
        REFUSED[name]()
    assert hits(caught.value, *ear.heard) == []


def _fails() -> str:
    raise RuntimeError(TOKEN, PAIR)


async def _fails_later() -> str:
    await asyncio.sleep(0)
    raise RuntimeError(TOKEN, PAIR)


@pytest.mark.parametrize(
    "source", [_fails, _fails_later, lambda: 1 / 0, TOKEN.encode, lambda: None]
)
async def test_a_source_that_fails_shows_no_secret(source: Any, ear: Ear, clock: FakeClock) -> None:
    client = MessagingClient(
        account_sid=ACCOUNT, auth_token=source, transport=ScriptedTransport([]), clock=clock
    )
    with pytest.raises(SettingsError) as caught:
        await client.messages.create(to=TO, from_=FROM, body=BODY)
    assert hits(caught.value, *ear.heard) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.messages.fetch(TO),
        lambda c: c.messages(TOKEN).media.list(),
        lambda c: c.messages.list(to=f"{TO}\ud800"),
        lambda c: c.messages.list(date_sent=dt.datetime(2026, 11, 22)),  # noqa: DTZ001 - refused
        lambda c: c.pricing.messaging.fetch(TO),
        lambda c: c.messages.create(to=TO, body=f"{BODY}\ud800"),
        lambda c: c.messages.create(to=TO, media_url=f"{MEDIA}\ud800"),
        lambda c: c.with_options(extra={"A": f"{BODY}\udfff"}).messages.create(to=TO, body=BODY),
    ],
)
async def test_a_call_that_can_not_be_built_shows_no_secret(
    act: Callable[[MessagingClient], Any], ear: Ear, clock: FakeClock
) -> None:
    client = MessagingClient(
        account_sid=ACCOUNT, auth_token=TOKEN, transport=ScriptedTransport([]), clock=clock
    )
    with pytest.raises(InvalidInput) as caught:
        await act(client)
    assert hits(caught.value, *ear.heard) == []


ROWS = [
    "13125550142,{body}",
    "005558675310,{body}",
    "1.3125550142E+10,{body}",
    "+1312555014x2,{body}",
    "+1 (312) 555-0142 ext 7,{body}",
    "+131255501420000000,{body}",
    "+13125550142,",
    "+13125550142,{body},{body}",
    "+13125550142",
    "+13125550142,\x00{body}",
    "+13125550142," + "{body}" * 60,
    '+13125550142,"{body}',
]


@pytest.mark.parametrize("row", ROWS)
def test_a_bad_row_shows_no_secret(row: str, tmp_path: Path, ear: Ear) -> None:
    file = tmp_path / "recipients.csv"
    body = BODY.replace('"', "'").replace(",", " ")
    file.write_text(f"phone,name\n{row.format(body=body)}\n", encoding="utf-8")
    source = open_rows(str(file), template=BODY + " {name}", sender=FROM, warn=ear.heard.append)
    rows = list(source)
    assert [type(one.item) for one in rows] == [InvalidInput]
    assert hits(*rows, *(one.item for one in rows), *ear.heard) == []


def test_the_search_finds_what_shows() -> None:
    for name, echo in echoes().items():
        assert hits(echo), name
        assert hits(ValueError(echo)), name
        assert hits(MessagingError(echo)), name
    assert {hit.partition(":")[0] for hit in hits(echoes()["all"])} == set(SECRETS)
    cause = ValueError("no secret")
    cause.__context__ = UnicodeDecodeError("utf-8", BODY.encode(), 0, 1, "bad")
    assert hits(cause)
    assert hits(MessagingError("x", request_id=TO))
    assert not hits(pickle.loads(pickle.dumps(MessagingError("x", raw=TO))), json.dumps({"a": 1}))
