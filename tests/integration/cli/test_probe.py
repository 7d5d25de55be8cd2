"""A campaign asks whether its callbacks are answered: real HTTP, a receiver of each kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from async_messaging.campaigns.mailbox import Mailbox
from async_messaging.campaigns.rows import Facts, Plan
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.cli.listening import Listener
from async_messaging.cli.probe import probe
from async_messaging.credentials import Credentials
from async_messaging.errors import SettingsError
from tests.unit.campaigns.ledgers import new_rows

TOKEN = "5ecre7f00dfeed5ecre7f00dfeed5ecr"
OWNER = Credentials("AC" + "a" * 32, "AC" + "a" * 32, TOKEN)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)


@asynccontextmanager
async def served(routes: list[web.RouteDef]) -> AsyncGenerator[str]:
    """A server with these routes; its URL."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def campaign(folder: Path, callback: str) -> tuple[Path, Facts]:
    path = folder / "spring.campaign"
    plan = Plan(name="spring", template="Hi {name}", sender="+1500", status_callback=callback)
    async with await SQLiteLedger.create(path, plan) as ledger:
        await ledger.add(new_rows(1))
        await ledger.seal("hash")
        return path, await ledger.facts()


async def asked(folder: Path, answer: Answer) -> bool:
    """The outcome of a probe whose every request gets this answer."""
    async with served([web.post("/status", answer)]) as url:
        path, facts = await campaign(folder, f"{url}/status?own=1#rc=2")
        return await probe(path, facts, OWNER)


def always(status: int) -> Answer:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    return answer


@pytest.mark.parametrize(("token", "reaches"), [(TOKEN, True), ("another", None)])
async def test_listen_is_found_behind_its_public_url(
    tmp_path: Path, token: str, reaches: bool | None
) -> None:
    hold = asyncio.Event()
    listener: list[Listener] = []

    async def answer(request: web.Request) -> web.Response:
        await hold.wait()
        found = await listener[0].hooks.handle(
            method="POST",
            target=request.raw_path,
            headers=request.headers,
            body=await request.read(),
        )
        return web.Response(status=found.status)

    async with served([web.post("/twilio/status", answer)]) as url:
        path, facts = await campaign(tmp_path, f"{url}/twilio/status")
        listener.append(Listener(token, f"{url}/twilio", Mailbox(path), []))
        hold.set()
        if reaches:
            assert await probe(path, facts, OWNER)
        else:
            with pytest.raises(SettingsError, match="another auth token, or another public URL"):
                await probe(path, facts, OWNER)


async def test_another_receiver_that_verifies_is_enough(tmp_path: Path) -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.query["row"])
        return web.Response(status=204 if len(seen) == 1 else 403)

    assert not await asked(tmp_path, answer)  # yet nothing of it has come into the campaign
    assert seen == ["0", "0"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (204, "does not verify signatures"),
        (302, "answered with 302"),
        (404, "answered with 404"),
        (500, "answered with 500"),
        (403, "another auth token"),
    ],
)
async def test_who_does_not_verify_or_does_not_answer_is_refused(
    tmp_path: Path, status: int, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        await asked(tmp_path, always(status))


async def test_nobody_there_is_said_without_the_urls_query(tmp_path: Path) -> None:
    path, facts = await campaign(tmp_path, "http://127.0.0.1:9/status?secret=1")
    with pytest.raises(SettingsError, match="can't be reached") as caught:
        await probe(path, facts, OWNER)
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_without_the_token_nothing_can_be_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    path, facts = await campaign(tmp_path, "http://127.0.0.1:9/status")
    with pytest.raises(SettingsError, match="TWILIO_AUTH_TOKEN"):
        await probe(path, facts, OWNER)
