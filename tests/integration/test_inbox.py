"""The inbox's pages and what they ask for: files under a strict policy, the stream of events, who may ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession

from async_messaging import BadRequest, MessagingClient, OutcomeUnknown
from async_messaging.simulator import ManualClock, Simulator
from async_messaging.simulator.pages import HEADERS

ADA, GRACE, SENDER = "+14155550100", "+14155550101", "+15005550006"
Json = dict[str, Any]
WEB = Path(__file__).parents[2] / "async_messaging" / "simulator" / "web"
FILES = sorted(file.name for file in WEB.iterdir())


@pytest.fixture
async def sim() -> AsyncGenerator[Simulator]:
    async with Simulator(seed=1, clock=ManualClock()) as running:
        yield running


@pytest.fixture
async def client(sim: Simulator) -> AsyncGenerator[MessagingClient]:
    async with sim.client(retries=0) as made:
        yield made


@pytest.fixture
async def session(sim: Simulator) -> AsyncGenerator[ClientSession]:
    async with ClientSession(sim.url) as made:
        yield made


async def text(client: MessagingClient, to: str, body: str = "Hi") -> str:
    return (await client.messages.create(to=to, from_=SENDER, body=body)).sid or ""


async def get(session: ClientSession, path: str, **query: Any) -> Json:
    async with session.get(f"/inbox/{path}", params=query) as got:
        assert got.status == 200, await got.text()
        found: Json = await got.json()
        return found


class Events:
    """The stream, event by event."""

    def __init__(self, answer: ClientResponse) -> None:
        self._answer = answer
        self.last = ""

    async def next(self) -> tuple[str, Json]:
        """The next event that is no comment."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(10):
            while True:
                line = (await self._answer.content.readline()).decode()
                assert line, "the stream has ended"
                name, _, value = line.rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    self.last = fields["id"]
                    return fields["event"], json.loads(fields["data"])
                else:
                    fields.clear()

    async def batch(self, key: str) -> Any:
        """What the next batch that has `key` says of it."""
        while True:
            name, told = await self.next()
            assert name == "batch", name
            if key in told:
                return told[key]


@asynccontextmanager
async def events(session: ClientSession, last: str = "") -> AsyncGenerator[Events]:
    headers = {"Last-Event-ID": last} if last else {}
    async with session.get("/inbox/events", headers=headers) as answer:
        assert answer.content_type == "text/event-stream"
        yield Events(answer)


@pytest.mark.parametrize("path", ["/", *(f"/inbox/web/{name}" for name in FILES)])
async def test_pages_come_under_a_policy_that_lets_nothing_else_in(
    session: ClientSession, path: str
) -> None:
    async with session.get(path) as got:
        assert got.status == 200
        assert {name: got.headers[name] for name in HEADERS} == HEADERS
        content = await got.text()
    assert "https://" not in content
    if path.endswith(".js"):
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in content
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy


def test_no_file_of_the_page_is_longer_than_400_lines() -> None:
    assert [name for name in FILES if len((WEB / name).read_text().splitlines()) >= 400] == []


@pytest.mark.parametrize("path", ["/inbox/web/..%2fpages.py", "/inbox/web/none.js"])
async def test_nothing_but_its_own_files_is_served(session: ClientSession, path: str) -> None:
    async with session.get(path) as got:
        assert got.status == 404


LOCAL = ["/", "/inbox/events", "/inbox/phones", "/inbox/export", "/inbox/web/app.js"]


@pytest.mark.parametrize("path", LOCAL)
@pytest.mark.parametrize("remote", [False, True])
async def test_another_host_reads_nothing(path: str, *, remote: bool) -> None:
    async with (
        Simulator(allow_remote=remote, auth_token="given") as sim,
        ClientSession(sim.url) as session,
        session.get(path, headers={"Host": f"inbox.example:{sim.url[-5:]}"}) as got,
    ):
        assert got.status == 403


CHANGES = [
    ("DELETE", "/inbox/messages", ""),
    ("POST", "/simulator/faults", "429=100%"),
    ("POST", "/simulator/reset", ""),
    ("POST", "/inbox/webhooks", '{"address": "*", "url": "http://127.0.0.1:9/"}'),
    ("POST", "/inbox/replies", f'{{"from": "{ADA}", "to": "{SENDER}", "body": "STOP"}}'),
]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:3000"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: str(*headers.values()))
@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=lambda value: str(value)[:20])
async def test_another_page_changes_nothing(
    sim: Simulator,
    session: ClientSession,
    client: MessagingClient,
    method: str,
    path: str,
    body: str,
    headers: dict[str, str],
) -> None:
    await text(client, ADA)
    async with session.request(method, path, data=body, headers=headers) as got:
        assert got.status == 403
    assert len(sim.inbox) == 1
    assert str(sim.faults) == ""
    assert (await get(session, "webhooks"))["webhooks"]["*"] == {}


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=lambda value: str(value)[:20])
async def test_its_own_page_and_other_programs_may(
    sim: Simulator, session: ClientSession, method: str, path: str, body: str
) -> None:
    for headers in ({"Origin": sim.url, "Sec-Fetch-Site": "same-origin"}, {}):
        async with session.request(method, path, data=body, headers=headers) as got:
            assert got.status < 300, await got.text()


async def test_other_pages_may_not_embed_what_is_told(session: ClientSession) -> None:
    async with session.get("/inbox/messages") as got:
        assert got.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert got.headers["X-Content-Type-Options"] == "nosniff"


async def test_phones_come_newest_first_and_a_page_at_a_time(
    sim: Simulator, client: MessagingClient, session: ClientSession
) -> None:
    for to in (ADA, GRACE, ADA):
        await text(client, to, f"Hello {to}")
    assert isinstance(sim.world.clock, ManualClock)
    sim.world.clock.advance(1)
    with pytest.raises(BadRequest):
        await text(client, "+15005550001", "Nobody")
    first = await get(session, "phones", limit=1)
    assert [one["phone"] for one in first["phones"]] == ["+15005550001", ADA]
    assert first["phones"][0]["refused"]["code"] == 21211
    assert "not a valid phone number" in first["phones"][0]["refused"]["message"]
    second = await get(session, "phones", limit=1, before=first["before"])
    assert [one["phone"] for one in second["phones"]] == [GRACE]
    found = await get(session, "phones", search="hello +14155550101")
    assert [one["message"]["body"] for one in found["phones"]] == [f"Hello {GRACE}"]


async def test_a_conversation_has_both_sides_what_was_refused_and_opt_outs(
    sim: Simulator, client: MessagingClient, session: ClientSession
) -> None:
    await text(client, ADA, "one")
    await text(client, GRACE, "other")
    await sim.reply(from_=ADA, body="STOP")
    with pytest.raises(BadRequest):
        await text(client, ADA, "two")
    told = await get(session, "conversation", **{"with": ADA, "limit": 2})
    assert [one["direction"] for one in told["messages"]] == ["inbound", "outbound-reply"]
    assert told["more"]
    assert [(one["code"], one["body"], one["status"]) for one in told["refused"]] == [
        (21610, "two", 400)
    ]
    assert [pair["sender"] for pair in told["opt_outs"]] == [SENDER]
    earlier = await get(
        session, "conversation", **{"with": ADA, "before": told["messages"][0]["number"]}
    )
    assert [one["body"] for one in earlier["messages"]] == ["one"]
    assert not earlier["more"]


async def test_a_request_is_kept_as_it_came_without_its_credentials(
    sim: Simulator, client: MessagingClient, session: ClientSession
) -> None:
    sid = await text(client, ADA, "Grüße & more")
    (kept,) = (await get(session, "requests", sid=sid))["requests"]
    assert kept["target"].endswith("/Messages.json")
    assert dict(kept["fields"])["Body"] == "Grüße & more"
    assert json.loads(kept["answer"])["sid"] == sid
    async with session.get("/inbox/export") as got:
        everything = await got.text()
    exported = json.loads(everything)
    assert [one["sid"] for one in exported["messages"]] == [sid]
    assert len(exported["requests"]) == 1
    assert sim.auth_token not in everything


async def test_a_lost_answer_is_told(session: ClientSession, sim: Simulator) -> None:
    sim.faults = "drop_before@1"
    async with sim.client(retries=0) as client:
        with pytest.raises(OutcomeUnknown):
            await text(client, ADA)
    (lost,) = (await get(session, "conversation", **{"with": ADA}))["refused"]
    assert (lost["status"], lost["wire"]) == (0, "drop")


async def test_media_are_shown_by_a_picture_of_its_own(
    sim: Simulator, client: MessagingClient, session: ClientSession
) -> None:
    await client.messages.create(to=ADA, from_=SENDER, media_url=["https://pics.example/a.png"])
    (media,) = sim.inbox[0].media
    async with session.get(f"/inbox/media/{media.sid}") as got:
        assert got.content_type == "image/svg+xml"
        assert got.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
        assert "<script" not in await got.text()


async def test_the_stream_tells_what_happens_as_it_happens(
    sim: Simulator, client: MessagingClient, session: ClientSession
) -> None:
    async with events(session) as stream:
        name, hello = await stream.next()
        assert (name, hello["resumed"], hello["accepted"]) == ("hello", False, 0)
        sid = await text(client, ADA)
        (message,) = await stream.batch("messages")
        assert (message["sid"], message["status"]) == (sid, "queued")
        assert isinstance(sim.world.clock, ManualClock)
        sim.world.clock.advance(10)
        sim.tell_watchers()
        (message,) = await stream.batch("messages")
        assert (message["sid"], message["status"]) == (sid, "delivered")
        sim.mark(sid, "read")
        (message,) = await stream.batch("messages")
        assert message["status"] == "read"
        async with session.post("/simulator/faults", data="429=5%"):
            assert await stream.batch("faults") == "429=5%"


async def test_refused_requests_and_rates_are_told(
    client: MessagingClient, session: ClientSession
) -> None:
    async with events(session) as stream:
        await stream.next()
        with pytest.raises(BadRequest):
            await text(client, "+15005550001")
        name, told = await stream.next()
        assert name == "batch"
        assert [one["code"] for one in told["refused"]] == [21211]
        assert [rate[1:] for rate in told["rates"]] == [[0, 1]]


async def test_a_reader_that_comes_back_misses_nothing(
    client: MessagingClient, session: ClientSession
) -> None:
    async with events(session) as stream:
        await stream.next()
        first = await text(client, ADA)
        await stream.batch("messages")
    second = await text(client, ADA)
    async with events(session, stream.last) as stream:
        assert (await stream.next())[1]["resumed"]
        assert {one["sid"] for one in await stream.batch("messages")} == {first, second}


async def test_a_reset_and_another_simulator_are_told_from_a_broken_line(
    sim: Simulator, client: MessagingClient, session: ClientSession
) -> None:
    async with events(session, "0123456789ab.3.3.3") as stream:
        assert not (await stream.next())[1]["resumed"]
        await text(client, ADA)
        await stream.batch("messages")
        async with session.delete("/inbox/messages") as got:
            assert got.status == 204
        while (told := await stream.next())[0] != "hello":
            pass
        assert told[1]["accepted"] == 0


async def test_a_reader_far_behind_skips_to_the_newest_and_is_told_so(
    sim: Simulator, session: ClientSession
) -> None:
    async with events(session) as stream:
        await stream.next()
        replies = [sim.reply(from_=ADA, to=SENDER, body=f"{i}") for i in range(1500)]
        await asyncio.gather(*replies)
        seen: list[int] = []
        behind = False
        while not seen or seen[-1] < 1500:
            name, told = await stream.next()
            assert name == "batch"
            assert len(told.get("messages", ())) <= 300
            behind = behind or told.get("behind", False)
            seen += [one["number"] for one in told.get("messages", ())]
        assert behind
        assert len(seen) < 1500


async def test_a_close_ends_the_stream(session: ClientSession, sim: Simulator) -> None:
    async with session.get("/inbox/events") as answer:
        await Events(answer).next()
        await sim.close()
