"""P24: no id leaves its segment of a path, and no parameter its place in a query or body."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from async_messaging import InvalidInput, MessagingClient, MessagingError, ScriptedTransport
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response
from tests.contract.path_tricks import PATH_TRICKS
from tests.contract.replay import Place, Recording, finished, id_takers, written
from tests.contract.spec import ACCOUNT, sid_of
from tests.contract.surface import all_calls

SM, ME = sid_of("SM"), sid_of("ME")
MORE: list[Any] = [
    lambda client: client.messages.redact(SM),
    lambda client: client.messages.cancel(SM),
    lambda client: client.messages(SM).media.open(ME),
    lambda client: client.messages(SM).media.download(ME, to=Path("/nowhere/x")),
]
"""Methods that are no operations of their own."""

RECORDINGS = {
    "-".join((*key, str(number))): written(call)
    for key, calls in all_calls().items()
    for number, call in enumerate(calls)
}
RECORDINGS |= {f"more-{number}": written(call) for number, call in enumerate(MORE)}

WRONG = ["ZZ" + "1" * 32, SM[:-1], f"{SM}0", f"{SM}/..", f"{SM}\n", "SM" + "1" * 30 + ".."]
PAYLOADS = [*PATH_TRICKS, *WRONG]


_numbers = count()


def client_of() -> tuple[MessagingClient, ScriptedTransport]:
    transport = ScriptedTransport(
        lambda _: Response(200, {}, b'{"sid": "SM%032x"}' % next(_numbers))
    )
    client = MessagingClient(
        account_sid=ACCOUNT,
        auth_token="t" * 32,
        transport=transport,
        clock=FakeClock(autojump=True),
        retries=0,
    )
    return client, transport


def all_places() -> dict[Place, tuple[Recording, int]]:
    """For each place that takes an id, a call that shows it."""
    client, _ = client_of()
    return {
        place: (recording, number)
        for recording in RECORDINGS.values()
        for place, number in recording.places(client)
    }


PLACES = all_places()


def test_there_are_enough_payloads() -> None:
    assert len(set(PATH_TRICKS)) == len(PATH_TRICKS) >= 30


def test_every_method_that_takes_an_id_is_tried() -> None:
    assert id_takers() - set(PLACES) == set()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0]}.{place[1]}[{place[2]}]")
async def test_an_id_stays_in_its_segment(place: Place) -> None:
    recording, number = PLACES[place]
    client, transport = client_of()
    for payload in PAYLOADS:
        changed = recording.with_argument(number, place[2], payload)
        with pytest.raises(InvalidInput):
            await finished(changed.on(client))
        assert transport.requests == [], ascii(payload)


def names_in(request: Request) -> list[str]:
    """Names of all parameters, in query and body, each as often as it occurs."""
    query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    if request.headers.get("Content-Type") == "application/json":
        return [name for name, _ in query] + sorted(json.loads(request.body))
    return [name for name, _ in query + parse_qsl(request.body.decode(), keep_blank_values=True)]


async def request_of(
    recording: Recording, client: MessagingClient, transport: ScriptedTransport
) -> Request | None:
    """The first request of a call; None where a value was refused."""
    transport.requests.clear()
    try:
        await finished(recording.on(client))
    except InvalidInput:
        assert transport.requests == []
        return None
    except MessagingError:
        pass
    return transport.requests[0]


@pytest.mark.parametrize("name", [name for name in RECORDINGS if RECORDINGS[name].keywords()])
async def test_a_parameter_stays_in_its_place(name: str) -> None:
    recording = RECORDINGS[name]
    usual = await request_of(recording, *client_of())
    assert usual is not None
    for keyword in recording.keywords():
        for payload in PATH_TRICKS:
            changed = recording.with_keyword(keyword, payload)
            sent = await request_of(changed, *client_of())  # no breaker is open there
            if sent is not None:
                assert sent.url.partition("?")[0] == usual.url.partition("?")[0]
                assert (sent.method, sent.headers) == (usual.method, usual.headers)
                assert names_in(sent) == names_in(usual), (keyword, ascii(payload))
