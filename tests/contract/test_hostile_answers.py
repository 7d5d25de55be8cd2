"""Between an answer and its outcome nothing fails: whatever comes, an error of ours or a message."""

from __future__ import annotations

import asyncio
import logging
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from itertools import chain, count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from async_messaging import (
    MemoryStore,
    MessageDraft,
    MessagingClient,
    MessagingError,
    Outbox,
    ScriptedTransport,
)
from async_messaging.testing import FakeClock
from async_messaging.transport import Response
from tests.contract.hostile import ANSWERS, BODY, DRAFTS, SECRETS, TO, right_outcome
from tests.unit.campaigns import twilio
from tests.unit.campaigns.bench import FIELDS, Bench, from_senders
from tests.unit.pipeline.calls import ACCOUNT, created

RUNS = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Answer = Response | MessagingError


class Strict(logging.Handler):
    """A log that fails where a text can't be written, and then altogether."""

    def emit(self, record: logging.LogRecord) -> None:
        record.getMessage().encode()
        raise OSError(24, "Too many open files")


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    logger = logging.getLogger("async_messaging")
    handler, level = Strict(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield
    logger.removeHandler(handler)
    logger.setLevel(level)


def client_on(answer: Callable[[Any], Any], secret: str = "secret") -> MessagingClient:
    """A client whose every listener fails."""
    client = MessagingClient(
        account_sid=ACCOUNT,
        auth_token=secret,
        transport=ScriptedTransport(answer),
        clock=FakeClock(autojump=True),
        timeout=30,
    )
    for listen in (client.events.on_response, client.events.on_retry, client.events.on_throttle):
        listen(_fails)
    return client


def _fails(event: object) -> None:
    raise OSError(f"{event!r}")


def harmless(error: MessagingError) -> None:
    """It can be shown, written and pickled, and shows nothing."""
    again = pickle.loads(pickle.dumps(error))
    assert again.outcome == error.outcome
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(again) + str(again)
    shown.encode()
    assert BODY not in shown
    assert TO not in shown


@given(ANSWERS, DRAFTS, SECRETS)
@RUNS
def test_one_creation(answer: Answer, draft: MessageDraft, secret: str) -> None:
    async def send() -> None:
        client = client_on(lambda _: answer, secret)
        failed: MessagingError | None = None
        try:
            repr(await client.messages.send(draft)).encode()
        except MessagingError as error:
            failed = error
            harmless(error)
        assert right_outcome(answer, failed)
        assert client.stats().in_flight == 0
        await client.close()

    asyncio.run(send())


@given(ANSWERS)
@RUNS
def test_calls_that_may_be_repeated(answer: Answer) -> None:
    async def call() -> None:
        client = client_on(lambda _: answer)
        for one in (
            client.messages.fetch("SM" + "2" * 32),
            client.messages.delete("SM" + "2" * 32),
            client.messages.cancel("SM" + "2" * 32),
            client.messages.list(to=TO, limit=3),
        ):
            try:
                await one
            except MessagingError as error:
                harmless(error)
        await client.close()

    asyncio.run(call())


@given(ANSWERS, DRAFTS)
@RUNS
def test_a_bulk_send_goes_on(answer: Answer, draft: MessageDraft) -> None:
    async def send() -> None:
        answers: Iterator[Answer] = chain([answer], map(created, count(1)))
        client = client_on(lambda _: next(answers))
        async with client.bulk([draft] * 4, concurrency=1) as bulk:
            results = [result async for result in bulk]
        first = results[0].error
        assert first is not None or len(results) == 4
        if first is None or not first.stops:
            assert len(results) == 4
            assert [result.outcome for result in results[1:]] == ["accepted"] * 3
        for result in results:
            repr(result).encode()
        await client.close()

    asyncio.run(send())


@given(ANSWERS)
@RUNS
def test_an_outbox_keeps_its_key(answer: Answer) -> None:
    async def send() -> None:
        client = client_on(lambda _: answer)
        async with Outbox(MemoryStore(), client) as outbox:
            try:
                await outbox.send(key="a", to=TO, from_="+15017122661", body=BODY)
            except MessagingError as error:
                harmless(error)
        await client.close()

    asyncio.run(send())


@given(ANSWERS)
@settings(RUNS, max_examples=20)
def test_a_campaign_has_a_state_for_every_row(answer: Answer) -> None:
    async def send() -> None:
        rows = from_senders(["+15558675301"] * 3)
        bench = Bench(FakeClock(autojump=True), rows, _first_is_hostile, FIELDS, retries=1)
        await bench.imported()
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(vars(twilio)["_ANSWERS"], "hostile", lambda: answer)
            runner = await bench.run(concurrency=1, pause_above=None)
        assert runner.ending in {"complete", "paused", "stopped"}
        states = [row.state for row in bench.file.rows.values()]
        assert "INTENT" not in states
        if runner.ending == "complete":
            assert states.count("ACCEPTED") >= 2
            assert {*states} <= {"ACCEPTED", "REJECTED", "HELD"}

    asyncio.run(send())


def _first_is_hostile(number: int, _form: object) -> str:
    return "hostile" if number == 1 else "accept"


SCRIPT = """
import asyncio, os, resource, sys
from async_messaging.testing import FakeClock
from async_messaging import MessagingClient, MessageDraft, ScriptedTransport, MessagingError
from async_messaging.errors import ConnectFailed, ConnectionLost
from async_messaging.transport import Response

SID = "SM" + "1" * 32
TEXTS = [b"", b"{", b'{"sid": "x"}', b"\\xef\\xbb\\xbf{}", b'{"code": 21211, "message": "+15558675310 \\\\udcff", "status": 400}',
         b'{"code": 20429, "message": "m", "status": 429}', b'{"sid": "' + SID.encode() + b'", "body": "\\xff"}', b"<html>"]
STATUSES = [200, 201, 301, 307, 400, 401, 403, 404, 408, 409, 429, 500, 503]
HEADERS = [{}, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT", "twilio-concurrent-requests": "9" * 5000}]
guarded, seen = False, []

def watch(event, args):
    if guarded and event in ("import", "open", "os.listdir", "os.scandir", "socket.__new__", "subprocess.Popen"):
        seen.append((event, str(args[0])))

async def use(client, name):
    call = {"send": lambda: client.messages.create(to="+15558675310", from_="+15017122661", body="    "),
            "read": lambda: client.messages.fetch(SID),
            "cancel": lambda: client.messages.cancel(SID),
            "list": lambda: client.messages.list(limit=1)}[name]
    return await call()

soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)

async def main():
    global guarded
    spare = os.dup(0)
    os.close(spare)
    files = spare if len(sys.argv) > 1 else soft
    counts = {}
    for status in STATUSES:
        for content in TEXTS:
            for headers in HEADERS:
                for name in ("send", "read", "cancel", "list"):
                    def answer(request):
                        global guarded
                        guarded = True
                        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
                        return Response(status, headers, content)
                    client = MessagingClient(account_sid="AC" + "a" * 32, auth_token="t", transport=ScriptedTransport(answer), timeout=0.05, retries=1,
                                             clock=FakeClock(autojump=True))
                    try:
                        repr(await use(client, name))
                    except MessagingError as error:
                        repr(error), str(error), error.__reduce__()
                    finally:
                        guarded = False
                        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
                    counts[name] = counts.get(name, 0) + 1
                    await client.close()
    guarded = False
    print(sum(counts.values()), sorted(set(seen)))

sys.addaudithook(watch)
asyncio.run(main())
"""


@pytest.mark.parametrize("arguments", [[], ["limit"]], ids=["watched", "no file left"])
def test_nothing_is_imported_or_opened_on_the_way_back(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == "832 []\n"
