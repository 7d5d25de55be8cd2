"""The guide for users of twilio-python is true: both sides run, and send the same.

A pair of blocks is run against scripted answers, made from the specification, and what the two sides
send is compared. A star in the heading runs both against the simulator too. The hidden comment
before a pair says what else is to be done with it: see `KINDS`.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import functools
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest

from async_messaging import MessagingClient, ScriptedTransport, Simulator
from async_messaging.simulator import ManualClock
from async_messaging.transport import Request, Response
from tests.contract.comparison import compared
from tests.contract.official import Client, Recorder, Sent
from tests.contract.readme_reference import GUIDE
from tests.contract.requests_made import to_whom
from tests.contract.spec import ACCOUNT, OPERATIONS, answer_of, sid_of
from tests.unit.webhooks.requests import URL, inbound, signed

TEXT = GUIDE.read_text(encoding="utf-8")
BLOCKS = re.compile(
    r"(?:<!-- ([^\n]*) -->\n)?```python\n(.*?)```\n```python\n(.*?)```\n", re.DOTALL
)
KINDS = {
    "",
    "the file follows here",
    "errors",
    "errors, faults: drop_after@1",
    "settings",
    "awaited",
    "webhooks",
}

TOKEN, KEY, OTHER = "t" * 32, sid_of("SK"), "AC" + "b" * 32
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
VALUES = {
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "api_key": KEY,
    "api_secret": "s" * 32,
    "other_account_sid": OTHER,
    "message_sid": sid_of("SM"),
    "media_sid": sid_of("ME"),
    "service_sid": sid_of("MG"),
    "number_sid": sid_of("PN"),
    "brand_sid": sid_of("BN"),
    "template_sid": sid_of("HX"),
    "tomorrow": NOW + dt.timedelta(days=1),
    "since": NOW - dt.timedelta(days=1),
    "yesterday": NOW.date() - dt.timedelta(days=1),
}
NUMBERS = Response(200, {}, b"+15558675310\n")


@dataclass(frozen=True)
class Pair:
    title: str
    kind: str
    theirs: str
    ours: str

    @property
    def is_simulated(self) -> bool:
        return self.title.endswith("*")


HEAD, *SECTIONS = TEXT.split("\n### ")
PAIRS = [
    Pair(section.partition("\n")[0], found[1] or "", found[2], found[3])
    for section in SECTIONS
    for found in BLOCKS.finditer(section)
]


def of_kind(*kinds: str) -> list[Any]:
    return [pytest.param(pair, id=pair.title) for pair in PAIRS if pair.kind in kinds]


def scopes() -> tuple[dict[str, Any], dict[str, Any]]:
    """What both sides import."""
    found = BLOCKS.search(HEAD)
    assert found is not None
    theirs, ours = dict(VALUES), dict(VALUES)
    exec(found[2], theirs)  # the guide's own blocks
    exec(found[3], ours)
    return theirs, ours


async def awaited(code: str, scope: dict[str, Any]) -> dict[str, Any]:
    """The names that the body of a coroutine leaves behind."""
    body = textwrap.indent(f"{code}\nreturn locals()", "    ")
    names = [name for name in scope if not name.startswith("_")]
    exec(f"async def block({', '.join(names)}):\n{body}", scope)
    left: dict[str, Any] = await scope["block"](**{name: scope[name] for name in names})
    return left


def published(sent: Sent) -> tuple[int, bytes]:
    """The specification's answer to a request."""
    for operation in OPERATIONS.values():
        path = operation["path"].replace("{AccountSid}", "AC[0-9a-f]{32}")
        pattern = re.sub(r"{[A-Za-z]+}", "[^/]+", path.replace(".json", r"\.json"))
        same = operation["method"] == sent.method and re.fullmatch(pattern, sent.path)
        if same and re.sub(r"\.\w+\.\w+(?=\.twilio)", "", sent.server) == operation["server"]:
            return answer_of(operation, "full")
    raise LookupError(sent)


def of_request(request: Request) -> Sent:
    is_json = request.headers.get("Content-Type") == "application/json"
    return Sent.of(request.method, request.url, request.body, is_json)


def scripted(following: bool = False) -> ScriptedTransport:
    """Answers by the specification; *following* requests of a redirect lead to a file."""

    def answer(request: Request) -> Response:
        if following and not request.url.startswith("https://messaging."):
            return NUMBERS
        status, content = published(of_request(request))
        return to_whom(request, Response(status, {}, content))

    return ScriptedTransport(answer)


def without_nulls(sent: Sent) -> Sent:
    """twilio-python writes null for each content type that a template does not have."""
    pairs = [
        (name, {one: inner for one, inner in value.items() if inner is not None})
        if isinstance(value, dict)
        else (name, value)
        for name, value in sent.pairs
    ]
    return Sent(sent.method, sent.server, sent.path, tuple(pairs))


def test_it_has_the_25_calls_and_more() -> None:
    assert len(of_kind("", "the file follows here")) >= 25
    assert len(of_kind("settings", "awaited")) >= 6
    assert {pair.kind for pair in PAIRS} == KINDS
    assert 2 * len(PAIRS) + 2 == TEXT.count("```python\n")


@pytest.mark.parametrize("pair", of_kind("", "the file follows here"))
async def test_both_sides_send_the_same(pair: Pair) -> None:
    theirs, ours = scopes()
    recorder = Recorder(published)
    theirs["twilio"].http_client = recorder
    exec(pair.theirs, theirs)  # the guide's own block
    transport = scripted(following=bool(pair.kind))
    async with MessagingClient(
        account_sid=ACCOUNT, auth_token=TOKEN, transport=transport
    ) as client:
        await awaited(pair.ours, ours | {"client": client})
    sent = [of_request(request) for request in transport.requests]
    if pair.kind:
        sent = sent[:1]
    assert recorder.sent
    assert paged(sent) == paged([without_nulls(one) for one in recorder.sent])


def paged(sent: list[Sent]) -> list[Sent]:
    """Without the size of a page, which twilio-python leaves to Twilio unless it is given."""
    return [
        Sent(one.method, one.server, one.path, tuple(p for p in one.pairs if p[0] != "PageSize"))
        for one in sent
    ]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW.timestamp())


async def prepared(simulator: Simulator, clock: ManualClock) -> dict[str, str]:
    """A delivered message with media, so that there is something to read and delete."""
    async with simulator.client() as client:
        message = await client.messages.create(
            to="+14155550100",
            from_="+15005550006",
            media_url=["https://demo.twilio.com/owl.png"],
            provide_feedback=True,
        )
        media = await client.messages(message.sid).media.list()
    clock.advance(10)
    return {"message_sid": message.sid, "media_sid": media[0].sid}


def pointed_at(simulator: Simulator) -> Callable[..., Any]:
    """A `Client` that talks to the simulator."""

    def make(*arguments: Any, **options: Any) -> Any:
        made = Client(*arguments, **options)
        made.api.base_url = made.pricing.base_url = simulator.url
        return made

    return make


def secrets_of(simulator: Simulator) -> dict[str, str]:
    return {"account_sid": simulator.account_sid, "auth_token": simulator.auth_token}


async def on_the_simulator(pair: Pair, simulator: Simulator, clock: ManualClock) -> tuple[Any, Any]:
    """What each side leaves behind; they start with messages of their own."""
    theirs, ours = scopes()
    for scope in (theirs, ours):
        scope.update(secrets_of(simulator))
        if pair.is_simulated:
            scope.update(await prepared(simulator, clock))
    # A connection for each request: none is left open.
    http = theirs["TwilioHttpClient"](pool_connections=False)
    theirs["Client"] = pointed_at(simulator)
    theirs["twilio"] = theirs["Client"](**as_twilio(simulator), http_client=http)
    if pair.kind == "awaited":
        theirs = await awaited(pair.theirs, theirs)
    else:
        await asyncio.to_thread(exec, pair.theirs, theirs)
    ours["MessagingClient"] = functools.partial(MessagingClient, base_url=simulator.url)
    async with simulator.client() as client:
        return theirs, await awaited(pair.ours, ours | {"client": client})


def as_twilio(simulator: Simulator) -> dict[str, str]:
    return {"username": simulator.account_sid, "password": simulator.auth_token}


@pytest.mark.parametrize("pair", [one for one in of_kind("") if one.values[0].is_simulated])
async def test_both_sides_work_on_the_simulator(pair: Pair, clock: ManualClock) -> None:
    async with Simulator(clock=clock) as simulator:
        theirs, ours = await on_the_simulator(pair, simulator, clock)
    if "message" in ours:
        assert ours["message"].status == theirs["message"].status


@pytest.mark.parametrize("pair", of_kind("errors", "errors, faults: drop_after@1"))
async def test_both_sides_see_the_same_error(pair: Pair, clock: ManualClock) -> None:
    faults = pair.kind.partition("faults: ")[2]
    seen = []
    for side in range(2):
        async with Simulator(faults=faults, clock=clock) as simulator:
            both = [pair.theirs, pair.ours]
            both[1 - side] = "seen = None\n"
            one = Pair(pair.title, pair.kind, *both)
            seen.append((await on_the_simulator(one, simulator, clock))[side]["seen"])
            assert simulator.accepted == (1 if faults else 0)
    assert seen[0] == seen[1] is not None


@pytest.mark.filterwarnings("ignore:.*[aA]uth:DeprecationWarning")  # twilio-python's own
async def test_both_sides_can_be_awaited(clock: ManualClock) -> None:
    (pair,) = [one.values[0] for one in of_kind("awaited")]
    async with Simulator(clock=clock) as simulator:
        theirs, ours = await on_the_simulator(pair, simulator, clock)
        assert {theirs["message"].sid, ours["message"].sid} == {
            message.sid for message in simulator.messages
        }


@pytest.mark.parametrize("pair", of_kind("settings"))
async def test_clients_with_these_settings_send_the_same(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    theirs, ours = scopes()
    exec(pair.theirs, theirs)  # the guide's own block
    recorder = theirs["twilio"].http_client = Recorder(published)
    theirs["twilio"].balance.fetch()
    transport = scripted()
    ours["MessagingClient"] = functools.partial(MessagingClient, transport=transport)
    left = await awaited(pair.ours, ours)
    await left["client"].balance.fetch()
    assert [of_request(request) for request in transport.requests] == recorder.sent
    assert basic(recorder.auth[0]) == transport.requests[0].headers["Authorization"]


@pytest.mark.parametrize("pair", of_kind("webhooks"))
@pytest.mark.parametrize("token", [TOKEN, "another"])
async def test_both_sides_say_the_same_of_webhooks(pair: Pair, token: str) -> None:
    form = inbound()
    headers, body = signed(form, token=token)
    theirs, ours = scopes()
    for scope in (theirs, ours):
        scope.update({"url": URL, "form": form, "headers": headers, "body": body})
    exec(pair.theirs, theirs)  # the guide's own block
    left = await awaited(pair.ours, ours)
    if "twiml" in left:
        assert canonicalize(left["twiml"]) == canonicalize(theirs["twiml"])
    else:
        assert left["is_twilios"] is theirs["is_twilios"] is (token == TOKEN)


def basic(pair: tuple[str, str]) -> str:
    return f"Basic {base64.b64encode(':'.join(pair).encode()).decode()}"


def test_its_table_has_every_operation() -> None:
    table = TEXT.partition("<!-- made: operations -->\n")[2].partition("\n\n")[0]
    assert len(table.splitlines()) - 2 == len(OPERATIONS) == len(compared())
