from __future__ import annotations

import asyncio
import logging
import pickle
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest

from async_messaging import (
    AnswerTimeout,
    ClientClosed,
    ConnectFailed,
    InvalidInput,
    Limits,
    MessageDraft,
    MessagingClient,
    NotSent,
    ScriptedTransport,
    ServerFailed,
    SettingsError,
    Unauthorized,
    WaitTooLong,
)
from async_messaging.operation import Call
from async_messaging.settings import AttemptTimeout
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, Request, Response, scripted
from tests.unit.resources.wire import (
    ACCOUNT,
    FROM,
    SID,
    TO,
    TOKEN,
    client_over,
    created,
    message,
)

BALANCE = scripted.json(200, {"balance": "1"})
REFUSED = scripted.json(401, {"code": 20003, "message": "Authenticate", "status": 401})


def secret_of(request: Request) -> str:
    kind, _, pair = request.headers["Authorization"].partition(" ")
    assert kind == "Basic"
    return b64decode(pair).decode().partition(":")[2]


async def test_a_view_shares_everything_but_its_options(clock: FakeClock) -> None:
    client, transport = client_over([BALANCE, BALANCE, created()], clock)
    quick = client.with_options(timeout=8, priority="high")
    await quick.balance.fetch()
    await client.balance.fetch()
    await quick.messages.create(to=TO, from_=FROM, body="Hi")
    assert len(transport.requests) == 3
    assert quick.stats() == client.stats()
    assert quick.stats().accepted == 1
    assert quick.events is client.events


async def test_options_of_a_view_come_on_top_of_each_other(clock: FakeClock) -> None:
    client, transport = client_over(lambda _: BALANCE, clock, attempt_timeout=20)
    await client.balance.fetch()
    view = client.with_options(attempt_timeout=5).with_options(retries=0)
    await view.balance.fetch()
    await view.with_options(attempt_timeout=AttemptTimeout(1, 2, 3)).balance.fetch()
    assert [request.timeout for request in transport.requests] == [
        AttemptTimeout(10, 20, 20),
        AttemptTimeout(5, 5, 5),
        AttemptTimeout(1, 2, 3),
    ]


async def test_retries_of_a_view(clock: FakeClock) -> None:
    client, transport = client_over(lambda _: ConnectFailed("refused"), clock, retries=2)
    with pytest.raises(ConnectFailed):
        await client.messages.fetch(SID)
    assert len(transport.requests) == 3
    with pytest.raises(ConnectFailed):
        await client.with_options(retries=0).messages.fetch(SID)
    assert len(transport.requests) == 4


async def test_a_creation_is_repeated_only_where_a_view_says_so(clock: FakeClock) -> None:
    client, transport = client_over([Response(500, {}, b""), created()], clock)
    draft = MessageDraft(to=TO, from_=FROM, body="Hi")
    with pytest.raises(ServerFailed):
        await client.messages.send(draft)
    assert len(transport.requests) == 1
    client, transport = client_over([Response(500, {}, b""), created()], clock)
    assert (await client.with_options(on_unknown="retry").messages.send(draft)).sid == SID
    assert len(transport.requests) == 2


async def test_the_time_of_a_view_runs_out(clock: FakeClock) -> None:
    hold = Hold(asyncio.Event(), created())
    client, _ = client_over([hold], clock)
    with pytest.raises(AnswerTimeout) as caught:
        await client.with_options(timeout=8).messages.create(to=TO, from_=FROM, body="Hi")
    assert caught.value.elapsed == 8
    assert isinstance(hold.release, asyncio.Event)
    hold.release.set()
    assert (await caught.value.late_answer()).sid == SID


async def test_the_longest_wait_of_a_view(clock: FakeClock) -> None:
    client, transport = client_over(lambda _: created(), clock, limits=Limits(sender={FROM: 0.1}))
    impatient = client.with_options(max_wait=1)
    with pytest.raises(WaitTooLong):
        for _ in range(5):
            await impatient.messages.create(to=TO, from_=FROM, body="Hi")
    assert 1 <= len(transport.requests) < 5


async def test_extra_parameters_go_into_form_or_query(clock: FakeClock) -> None:
    client, transport = client_over([created(), BALANCE, scripted.json(200, message())], clock)
    view = client.with_options(extra={"New[]": "a&b"})
    await view.messages.create(to=TO, body="Hi")
    await view.balance.fetch()
    await view.messages.redact(SID)
    post, get, update = transport.requests
    assert post.body == b"To=%2B15558675310&Body=Hi&New%5B%5D=a%26b"
    assert get.url.endswith("/Balance.json?New%5B%5D=a%26b")
    assert update.body == b"Body=&New%5B%5D=a%26b"


async def test_an_extra_parameter_that_can_not_be_written(clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await client.with_options(extra={"New": "\ud800"}).balance.fetch()
    assert caught.value.field == "New"
    assert transport.requests == []


@pytest.mark.parametrize(
    "changes", [{"timeout": -1}, {"retries": -1}, {"priority": "x"}, {"extra": {"a": 1}}]
)
def test_options_that_make_no_sense(changes: dict[str, Any], clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    with pytest.raises(SettingsError):
        client.with_options(**changes)


def test_an_unknown_option_is_a_type_error(clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    with pytest.raises(TypeError):
        client.with_options(timeuot=8)  # type: ignore[call-arg]  # the mistake under test


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"attempt_timeout": 0}, {"retries": -1}])
def test_a_client_without_time_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        MessagingClient(
            account_sid=ACCOUNT, auth_token=TOKEN, transport=ScriptedTransport([]), **wrong
        )


def secrets(*values: str) -> tuple[Callable[[], str], list[str]]:
    """A source that gives one secret after another, and those it gave."""
    given: list[str] = []

    def source() -> str:
        given.append(values[len(given)])
        return given[-1]

    return source, given


async def test_a_callable_is_asked_once_and_again_after_a_401(clock: FakeClock) -> None:
    source, given = secrets("old", "new")
    client, transport = client_over([BALANCE, BALANCE, REFUSED, BALANCE], clock, auth_token=source)
    for _ in range(3):
        await client.balance.fetch()
    assert given == ["old", "new"]
    assert [secret_of(request) for request in transport.requests] == ["old", "old", "old", "new"]


async def test_an_async_callable_is_asked_once_for_many(clock: FakeClock) -> None:
    source, given = secrets("old", "new")

    async def later() -> str:
        await asyncio.sleep(0)
        return source()

    def answer(request: Request) -> Response:
        return REFUSED if secret_of(request) == "old" else BALANCE

    client, transport = client_over(answer, clock, auth_token=later)
    await asyncio.gather(*(client.balance.fetch() for _ in range(10)))
    assert given == ["old", "new"]
    assert len(transport.requests) == 20


async def test_a_creation_goes_again_with_the_new_secret(clock: FakeClock) -> None:
    source, _ = secrets("old", "new")
    client, transport = client_over([REFUSED, created()], clock, api_key="SK" + "c" * 32, auth_token=None, api_secret=source)  # fmt: skip
    await client.messages.create(to=TO, from_=FROM, body="Hi")
    assert [secret_of(request) for request in transport.requests] == ["old", "new"]


async def test_a_second_401_in_a_row_stops(clock: FakeClock) -> None:
    source, given = secrets("old", "new", "never")
    client, transport = client_over([REFUSED, REFUSED], clock, auth_token=source)
    with pytest.raises(Unauthorized):
        await client.balance.fetch()
    assert given == ["old", "new"]
    assert len(transport.requests) == 2


async def test_a_fixed_secret_is_not_tried_again(clock: FakeClock) -> None:
    client, transport = client_over([REFUSED], clock)
    with pytest.raises(Unauthorized) as caught:
        await client.balance.fetch()
    assert caught.value.stops
    assert len(transport.requests) == 1


async def test_a_failing_source_sends_nothing_and_shows_nothing(clock: FakeClock) -> None:
    def source() -> str:
        raise ValueError(TOKEN)

    client, transport = client_over([], clock, auth_token=source)
    with pytest.raises(SettingsError) as caught:
        await client.messages.create(to=TO, from_=FROM, body="Hi")
    assert TOKEN not in repr(caught.value) + repr(caught.value.__context__)
    assert transport.requests == []
    assert client.stats().in_flight == 0


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [
        (record.levelno, record.getMessage())
        for record in caplog.records
        if record.name == "async_messaging"
    ]


def at(base_url: str | None) -> MessagingClient:
    return MessagingClient(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        base_url=base_url,
        transport=ScriptedTransport([]),
    )


def test_a_base_url_that_is_not_twilios_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for url in ("https://told-once.example", "https://TOLD-once.example/"):
        at(url)
    at("https://told-once.example:8443")
    told = "all calls go to https://told-once.example{}, not to Twilio"
    assert lines(caplog) == [
        (logging.INFO, told.format("")),
        (logging.INFO, told.format(":8443")),
    ]


@pytest.mark.parametrize("url", [None, "https://api.twilio.com", "https://api.dublin.ie1.twilio.com"])  # fmt: skip
def test_twilios_own_hosts_are_not_told(url: str | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    at(url)
    assert lines(caplog) == []


async def test_a_closed_client_sends_nothing(clock: FakeClock) -> None:
    client, transport = client_over([], clock)
    async with client:
        pass
    await client.close()
    view = client.with_options(timeout=8)
    for call in (client.balance.fetch(), view.balance.fetch()):
        with pytest.raises(ClientClosed):
            await call
    assert transport.requests == []
    with pytest.raises(ClientClosed):
        await transport.send(Request("GET", "https://x", {}, b"", AttemptTimeout(), 1))


async def test_a_client_is_closed_when_its_block_fails(clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    with pytest.raises(ZeroDivisionError):
        async with client:
            raise ZeroDivisionError
    with pytest.raises(ClientClosed):
        await client.balance.fetch()


async def test_a_call_of_ones_own_goes_the_same_way(clock: FakeClock) -> None:
    client, transport = client_over([Response(200, {}, b"raw")], clock)
    path = "/2010-04-01/Accounts/{AccountSid}/Calls.json"
    call: Call[bytes] = Call("ListCall", "GET", "api", path, bytes, "read")
    answer = await client.run(call)
    assert (answer.value, answer.content) == (b"raw", b"raw")
    assert transport.requests[0].url == f"https://api.twilio.com{path}".replace(
        "{AccountSid}", ACCOUNT
    )


async def test_an_error_tells_its_call(clock: FakeClock) -> None:
    client, _ = client_over([Response(500, {}, b"")], clock)
    with pytest.raises(ServerFailed) as caught:
        await client.messages.create(to=TO, from_=FROM, body="Hi")
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.call.path == "/2010-04-01/Accounts/{AccountSid}/Messages.json"
    assert (error.attempts, error.status, error.outcome) == (1, 500, "unknown")


@pytest.mark.parametrize("rate", [0, -1, float("inf"), float("nan")])
def test_a_bulk_send_without_a_rate_that_can_be_kept(rate: float, clock: FakeClock) -> None:
    client, _ = client_over([], clock)
    with pytest.raises(SettingsError):
        client.bulk([], rate=rate)


def test_a_client_shows_its_account_alone(clock: FakeClock) -> None:
    client, _ = client_over([], clock, proxy="http://user:password@proxy.example")
    assert repr(client) == f"<MessagingClient {ACCOUNT}>"
    for shown in (repr(client.with_options(timeout=1)), repr(client.settings), repr(vars(client))):
        assert TOKEN not in shown
        assert "password" not in shown


async def test_a_second_running_loop_is_refused(clock: FakeClock) -> None:
    client, _ = client_over([BALANCE], clock)
    await client.balance.fetch()

    def elsewhere() -> type[BaseException] | None:
        try:
            asyncio.run(client.balance.fetch())
        except SettingsError as error:
            return type(error)
        return None

    assert await asyncio.to_thread(elsewhere) is SettingsError


def test_a_later_loop_is_served() -> None:
    client, transport = client_over(lambda _: BALANCE, FakeClock(autojump=True))
    for _ in range(3):
        asyncio.run(client.balance.fetch())
    assert len(transport.requests) == 3


async def test_without_time_nothing_is_sent(clock: FakeClock) -> None:
    client, transport = client_over(
        lambda _: created(), clock, limits=Limits(sender={FROM: 0.01}), timeout=5
    )
    with pytest.raises(NotSent):
        for _ in range(5):
            await client.messages.create(to=TO, from_=FROM, body="Hi")
    assert len(transport.requests) < 5


def test_the_pool_is_made_without_loading_aiohttp_before_it_is_needed() -> None:
    code = (
        "import sys; from async_messaging import MessagingClient, ScriptedTransport;"
        f"MessagingClient(account_sid='{ACCOUNT}', auth_token='x', transport=ScriptedTransport([]));"
        "print('aiohttp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
