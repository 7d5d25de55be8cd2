"""Every operation over a real socket, its answers compared with Twilio's description."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientSession
from yarl import URL

from async_messaging.simulator import ManualClock, Simulator
from tests.integration.twilio_shapes import differences

SERVICE = "MG" + "0" * 32


class Reply(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """A plain HTTP client of the simulator, with the account's credentials."""

    def __init__(self, sim: Simulator, session: ClientSession) -> None:
        self.sim = sim
        self.base = f"/2010-04-01/Accounts/{sim.account_sid}"
        self._session = session

    async def ask(self, method: str, path: str, form: object = None) -> Reply:
        url = URL(path if path.startswith("http") else self.sim.url + path, encoded=True)
        async with self._session.request(method, url, data=form, allow_redirects=False) as got:
            return Reply(got.status, await got.read(), dict(got.headers))

    async def create(self, **form: object) -> Any:
        fields = {"To": "+14155550100", "From": "+15005550006", "Body": "Hi", **form}
        given = {name: value for name, value in fields.items() if value is not None}
        reply = await self.ask("POST", f"{self.base}/Messages.json", given)
        assert differences("api_v2010", "CreateMessage", reply.status, reply.body) == []
        return reply.json


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def caller(clock: ManualClock) -> AsyncIterator[Caller]:
    async with Simulator(clock=clock, seed=5) as sim:
        headers = {"Authorization": basic(sim)}
        async with ClientSession(headers=headers) as session:
            yield Caller(sim, session)


def basic(sim: Simulator) -> str:
    from base64 import b64encode

    return "Basic " + b64encode(f"{sim.account_sid}:{sim.auth_token}".encode()).decode()


def check(operation: str, reply: Reply, api: str = "api_v2010") -> Any:
    assert differences(api, operation, reply.status, reply.body) == []
    return reply.json if reply.body else None


async def test_messages_through_their_life(caller: Caller, clock: ManualClock) -> None:
    message = await caller.create(ProvideFeedback="true")
    path = message["uri"]
    for _ in range(5):
        clock.advance(0.5)
        check("FetchMessage", await caller.ask("GET", path))
    given = await caller.ask(
        "POST", message["subresource_uris"]["feedback"], {"Outcome": "confirmed"}
    )
    check("CreateMessageFeedback", given)
    redacted = await caller.ask("POST", path, {"Body": ""})
    assert check("UpdateMessage", redacted)["body"] == ""
    check("DeleteMessage", await caller.ask("DELETE", path))
    assert (await caller.ask("GET", path)).status == 404
    assert caller.sim.messages[0].body == "Hi"


async def test_cancel(caller: Caller, clock: ManualClock) -> None:
    at = datetime.fromtimestamp(clock.time(), UTC) + timedelta(hours=1)
    message = await caller.create(
        From=None,
        MessagingServiceSid=SERVICE,
        ScheduleType="fixed",
        SendAt=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    assert message["status"] == "scheduled"
    canceled = await caller.ask("POST", message["uri"], {"Status": "canceled"})
    assert check("UpdateMessage", canceled)["status"] == "canceled"
    again = await caller.ask("POST", message["uri"], {"Status": "canceled"})
    assert (again.status, again.json["code"]) == (409, 30409)


async def test_lists_by_their_links(caller: Caller, clock: ManualClock) -> None:
    sids = [(await caller.create(Body=str(number)))["sid"] for number in range(7)]
    await caller.create(To="+14155550199")
    clock.advance(2)
    seen = []
    path = f"{caller.base}/Messages.json?PageSize=3&To=%2B14155550100&DateSent%3E=2026-01-01"
    while path:
        page = check("ListMessage", await caller.ask("GET", path))
        seen += [message["sid"] for message in page["messages"]]
        path = page["next_page_uri"]
    assert seen == sids[::-1]


async def test_media(caller: Caller) -> None:
    message = await caller.create(MediaUrl="https://a.example/cat.png")
    page = check("ListMedia", await caller.ask("GET", message["subresource_uris"]["media"]))
    path = page["media_list"][0]["uri"]
    check("FetchMedia", await caller.ask("GET", path))
    redirect = await caller.ask("GET", path.removesuffix(".json"))
    address = redirect.headers["Location"]
    assert (redirect.status, redirect.json) == (307, {"redirect_to": address})
    assert (await caller.ask("GET", address)).status == 400
    async with ClientSession() as anybody, anybody.get(URL(address, encoded=True)) as got:
        assert (got.status, got.content_type, len(await got.read())) == (200, "image/png", 4096)
    check("DeleteMedia", await caller.ask("DELETE", path))


async def test_balance(caller: Caller) -> None:
    check("FetchBalance", await caller.ask("GET", f"{caller.base}/Balance.json"))


async def test_pricing(caller: Caller) -> None:
    page = check(
        "ListMessagingCountry",
        await caller.ask("GET", "/v1/Messaging/Countries?PageSize=2"),
        "pricing_v1",
    )
    assert page["meta"]["next_page_url"].startswith(caller.sim.url + "/v1/Messaging/Countries?")
    rest = await caller.ask("GET", page["meta"]["next_page_url"])
    assert check("ListMessagingCountry", rest, "pricing_v1")["meta"]["page"] == 1
    reply = await caller.ask("GET", page["countries"][0]["url"])
    check("FetchMessagingCountry", reply, "pricing_v1")
    assert reply.headers["X-Api-Domain"] == "pricing.twilio.com"


async def test_headers(caller: Caller, clock: ManualClock) -> None:
    reply = await caller.ask("GET", f"{caller.base}/Balance.json")
    headers = reply.headers
    assert re.fullmatch("RQ[0-9a-f]{32}", headers["Twilio-Request-Id"])
    assert re.fullmatch(r"\d+\.\d{3}", headers["Twilio-Request-Duration"])
    assert headers["Twilio-Concurrent-Requests"] == "1"
    assert headers["X-Home-Region"] == "us1"
    assert headers["X-Api-Domain"] == "api.twilio.com"
    assert headers["Content-Type"] == "application/json;charset=utf-8"
    assert headers["Date"] == "Thu, 01 Jan 2026 00:00:00 GMT"


async def test_errors(caller: Caller) -> None:
    unknown = await caller.ask("GET", "/2010-04-01/Nothing.json")
    assert (unknown.status, unknown.json["code"]) == (404, 20404)
    async with (
        ClientSession() as anybody,
        anybody.get(f"{caller.sim.url}{caller.base}/Balance.json") as got,
    ):
        assert (got.status, (await got.json())["code"]) == (401, 20003)


async def test_judge(caller: Caller) -> None:
    await caller.create()
    await caller.create()
    stats = (await caller.ask("GET", "/simulator/stats")).json
    assert (stats["accepted"], stats["duplicates"]) == (2, 1)
    assert stats == json.loads(json.dumps(stats_over_http(caller.sim)))
    lines = (await caller.ask("GET", "/simulator/messages?after=1")).body.splitlines()
    assert [json.loads(line)["sid"] for line in lines] == [caller.sim.messages[1].sid]
    reply = await caller.ask("POST", "/simulator/faults", "429@1")
    assert reply.json == {"faults": "429@1"} == {"faults": str(caller.sim.faults)}
    assert (await caller.ask("POST", "/simulator/reset")).status == 204
    assert (caller.sim.accepted, caller.sim.requests, caller.sim.duplicates) == (0, 0, 0)


def stats_over_http(sim: Simulator) -> object:
    import msgspec

    return msgspec.to_builtins(sim.stats)
