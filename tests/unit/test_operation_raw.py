"""The whole answer of a call: `with_raw_response`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, cast

import pytest

from async_messaging import MessagingClient, NotFound
from async_messaging.operation import Call, with_raw_response
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response, scripted
from tests.unit.resources.wire import BASE, FROM, SID, TO, client_over, created, message, page

NOT_FOUND = scripted.json(404, {"code": 20404, "message": "gone", "status": 404})


_created = count()


def echo(request: Request) -> Response:
    """Answers each request with a sid of its own."""
    number = sum(request.body) + sum(request.url.encode())
    if request.url.endswith("/Messages.json") and request.method == "POST":
        number = number << 16 | next(_created)
    headers = {"Twilio-Request-Id": f"RQ{number:032x}", "X-Odd": "yes"}
    if request.method == "DELETE":
        return Response(204, {name.lower(): text for name, text in headers.items()}, b"")
    lists = {"messages": [message()], "media_list": [], "countries": []}
    return scripted.json(200, {**message(number), **lists, "balance": "1"}, headers=headers)


RAW: dict[str, Callable[[MessagingClient], Awaitable[Any]]] = {
    "create": lambda client: client.messages.create(to=TO, from_=FROM, body="Hi"),
    "fetch": lambda client: client.messages.fetch(SID),
    "redact": lambda client: client.messages.redact(SID),
    "cancel": lambda client: client.messages.cancel(SID),
    "delete": lambda client: client.messages.delete(SID),
    "list": lambda client: client.messages.list(limit=1),
    "page": lambda client: client.messages.list().page(),
    "media list": lambda client: client.messages(SID).media.list(),
    "feedback": lambda client: client.messages(SID).feedback.create(),
    "balance": lambda client: client.balance.fetch(),
    "country": lambda client: client.pricing.messaging.fetch("US"),
    "countries": lambda client: client.pricing.messaging.list(),
}


@pytest.mark.parametrize("name", RAW)
async def test_every_call_gives_its_whole_answer(name: str, clock: FakeClock) -> None:
    client, transport = client_over(echo, clock)
    plain = await RAW[name](client)
    answer = await client.with_raw_response(RAW[name](client))
    if name not in {"page", "create"}:  # a creation makes another message each time
        assert answer.value == plain
    assert (answer.status, answer.headers["x-odd"]) == (204 if name == "delete" else 200, "yes")
    assert answer.request_id.startswith("RQ")
    assert (answer.attempts, answer.elapsed) == (1, 0.0)
    assert bool(answer.content) == (name != "delete")
    assert len(transport.requests) == 2


async def test_a_listings_answer_is_its_last(clock: FakeClock) -> None:
    client, _ = client_over([page([1], f"{BASE}/Messages.json?PageToken=x"), page([2])], clock)
    answer = await with_raw_response(client.messages.list())
    assert [one.sid[-1] for one in answer.value] == ["1", "2"]
    assert b"PageToken" not in answer.content


async def nothing() -> str:
    await asyncio.sleep(0)
    return "nothing"


async def test_an_awaitable_that_made_no_call_is_a_type_error(clock: FakeClock) -> None:
    client, _ = client_over(echo, clock)
    for awaitable in (nothing(), client.messages.list(limit=0)):
        with pytest.raises(TypeError, match="made no call"):
            await with_raw_response(cast("Awaitable[object]", awaitable))


async def test_a_call_made_before_does_not_count(clock: FakeClock) -> None:
    client, _ = client_over(echo, clock)
    await with_raw_response(client.balance.fetch())
    await client.balance.fetch()
    with pytest.raises(TypeError):
        await with_raw_response(nothing())


async def test_one_inside_another_keeps_to_itself(clock: FakeClock) -> None:
    client, _ = client_over(echo, clock)

    async def both() -> str:
        inner = await with_raw_response(client.messages.fetch(SID))
        await client.messages.delete(SID)
        return inner.request_id

    outer = await with_raw_response(both())
    assert outer.status == 204


async def test_two_at_once_do_not_mix(clock: FakeClock) -> None:
    first = asyncio.Event()

    async def answering(request: Request) -> Response:
        if b"first" in request.body:
            await first.wait()
            return created(body="first")
        return created(sid=f"SM{next(_created) + 99:032x}", body="other")

    client, _ = client_over(answering, clock)

    async def one(body: str) -> tuple[bytes, str | None]:
        call = client.messages.create(to=TO, from_=FROM, body=body)
        answer = await with_raw_response(call)
        return answer.content, answer.value.body

    slow = asyncio.create_task(one("first"))
    fast = await asyncio.gather(*(one("other") for _ in range(5)))
    first.set()
    assert (await slow)[1] == "first"
    assert b"first" in (await slow)[0]
    assert {body for _, body in fast} == {"other"}


async def test_a_task_is_refused_before_anything_is_awaited(clock: FakeClock) -> None:
    """It has a context of its own: its answer would not be seen, and the send be made."""
    client, transport = client_over([created()], clock)
    task = asyncio.ensure_future(client.messages.create(to=TO, from_=FROM, body="Hi"))
    with pytest.raises(TypeError, match="not a task"):
        await with_raw_response(task)
    assert transport.requests == []
    task.cancel()


def test_a_call_says_how_safe_it_is_to_repeat() -> None:
    with pytest.raises(TypeError, match="safety"):
        Call("Op", "POST", "api", "/x", lambda _: None)  # type: ignore[call-arg]  # what is tested


async def test_an_error_is_raised_as_it_is(clock: FakeClock) -> None:
    client, _ = client_over([NOT_FOUND], clock)
    with pytest.raises(NotFound):
        await with_raw_response(client.messages.fetch(SID))


async def test_an_answer_shows_no_content(clock: FakeClock) -> None:
    client, _ = client_over([created(body="our secret")], clock)
    answer = await with_raw_response(client.messages.create(to=TO, from_=FROM, body="our secret"))
    assert "secret" not in repr(answer)
    assert dict(answer.__rich_repr__()) == {"status": 201}
    call: Call[None] = Call("Op", "POST", "api", "/x", lambda _: None, "creates", body=b"secret")
    assert (repr(call), call.__rich_repr__()) == ("<Call Op POST /x>", [("operation", "Op")])
