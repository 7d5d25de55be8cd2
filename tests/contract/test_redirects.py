"""P19: no redirect of a call is followed; a download follows two at most, and only to stores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import pytest

from async_messaging import (
    MessagingClient,
    MessagingError,
    Redirected,
    UnexpectedAnswer,
)
from tests.contract.internet import Internet, Visit, trusting
from tests.contract.redirects import CONTENT, FOLLOWED, OWN, REDIRECTS, REFUSED, Redirect
from tests.contract.spec import ACCOUNT, sid_of

SM, ME, MG = sid_of("SM"), sid_of("ME"), sid_of("MG")
TOKEN = "a-token-that-nobody-may-see"

CALLS: dict[str, Callable[[MessagingClient], Awaitable[object]]] = {
    "create": lambda client: client.messages.create(to="+15558675310", from_="ACME", body="Hi"),
    "fetch": lambda client: client.messages.fetch(SM),
    "list": lambda client: client.messages.list(),
    "update": lambda client: client.messages.redact(SM),
    "delete": lambda client: client.services.delete(MG),
}


async def medium(client: MessagingClient) -> bytes:
    async with client.messages(SM).media.open(ME) as download:
        return b"".join([piece async for piece in download.chunks()])


async def numbers(client: MessagingClient) -> bytes:
    found = [number async for number in client.deactivations.fetch(dt.date(2026, 1, 2))]
    return "".join(f"{number}\n" for number in found).encode()


DOWNLOADS = {"media": medium, "deactivations": numbers}


def client_in(internet: Internet) -> MessagingClient:
    return MessagingClient(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        base_url=OWN,
        proxy=internet.proxy,
        ssl=trusting(),
    )


def name_of(redirect: Redirect) -> str:
    return redirect.name


def assert_without_credentials(visits: list[Visit]) -> None:
    for visit in visits:
        assert visit.method == "GET"
        assert b"\r\nauthorization:" not in visit.head
        assert b"\r\ncookie:" not in visit.head
        assert b"\r\nreferer:" not in visit.head


def test_there_are_enough_shapes() -> None:
    assert len({redirect.name for redirect in REDIRECTS}) == len(REDIRECTS) >= 40


@pytest.mark.parametrize("redirect", REDIRECTS, ids=name_of)
async def test_no_call_follows(redirect: Redirect) -> None:
    status = redirect.hops[0][0]
    async with Internet(redirect.hops[:1] * len(CALLS), b"") as internet:
        async with client_in(internet) as client:
            for done, call in enumerate(CALLS.values(), start=1):
                with pytest.raises(MessagingError) as caught:
                    await call(client)
                assert_it_stopped(caught.value, status)
                assert len(internet.visits) == done
        assert {visit.url.startswith(f"{OWN}/") for visit in internet.visits} == {True}


def assert_it_stopped(error: MessagingError, status: int) -> None:
    certain = status in {307, 308}
    assert type(error) is (Redirected if certain else UnexpectedAnswer)
    assert error.outcome == ("not_sent" if certain else "unknown")
    assert error.status == status
    assert error.stops


@pytest.mark.live_twilio  # it is no further than a proxy on loopback, which plays it
@pytest.mark.parametrize("redirect", FOLLOWED, ids=name_of)
@pytest.mark.parametrize("kind", DOWNLOADS)
async def test_a_download_follows_to_a_store(kind: str, redirect: Redirect) -> None:
    async with Internet(redirect.hops, CONTENT) as internet:
        async with client_in(internet) as client:
            assert await DOWNLOADS[kind](client) == CONTENT
        first, *others = internet.visits
    assert b"\r\nauthorization: basic " in first.head
    assert tuple(visit.url for visit in others) == redirect.visits
    assert_without_credentials(others)


@pytest.mark.parametrize("redirect", REFUSED, ids=name_of)
@pytest.mark.parametrize("kind", DOWNLOADS)
async def test_a_download_follows_nowhere_else(kind: str, redirect: Redirect) -> None:
    async with Internet(redirect.hops, CONTENT) as internet:
        async with client_in(internet) as client:
            with pytest.raises((Redirected, UnexpectedAnswer)) as caught:
                await DOWNLOADS[kind](client)
            assert client.stats().in_flight == 0
        others = internet.visits[1:]
    assert tuple(visit.url for visit in others) == (redirect.visits or ())
    assert_without_credentials(others)
    shown = f"{caught.value!s}{caught.value!r}"
    assert TOKEN not in shown
    assert "evil" not in shown
