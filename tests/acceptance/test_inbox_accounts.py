"""The inbox of a simulator with several accounts, in a real browser."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import pytest

from async_messaging.simulator import SimulatedAccount, Simulator
from tests.browser import Page, chromium, running, tab

pytestmark = pytest.mark.skipif(
    chromium() is None and os.environ.get("CI") != "true", reason="no Chromium is installed"
)

FIRST, SECOND = "AC" + "1" * 32, "AC" + "2" * 32
ADA, SENDER = "+14155550100", "+15005550006"
READY = "document.querySelector('#app').dataset.ready"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with running(tmp_path_factory.mktemp("browser")) as address:
        yield address


@asynccontextmanager
async def page_of(browser: str) -> AsyncGenerator[Page]:
    """A tab, to be left before its simulator ends: what breaks off then is an error on the console."""
    async with tab(browser) as opened:
        yield opened
        assert opened.errors == []


async def send(sim: Simulator, account: str, body: str, **more: str) -> None:
    async with sim.client(account_sid=account) as client:
        await client.messages.create(to=ADA, from_=SENDER, body=body, **more)  # type: ignore[arg-type]  # text


def shows(selector: str, words: str) -> str:
    return (
        f"[...document.querySelectorAll({json.dumps(selector)})]"
        f".some(one => one.textContent.includes({json.dumps(words)}))"
    )


async def test_a_choice_of_accounts_shows_each_its_own(browser: str) -> None:
    second = SimulatedAccount(sid=SECOND, auth_token="secret")
    simulator = Simulator(account_sid=FIRST, accounts=[second])
    async with simulator as sim, page_of(browser) as page:
        await send(sim, FIRST, "From the first")
        await page.size(360, 740)
        await page.open(f"{sim.url}/")
        await page.until(READY)
        await page.until(shows(".phone", "From the first"))
        assert await page.ask("document.documentElement.scrollWidth") <= 360
        await page.ask(
            f"document.querySelector('#account').value = '{SECOND}',"
            "document.querySelector('#account').dispatchEvent(new Event('change')), 0"
        )
        await page.until(f"location.search === '?account={SECOND}' && {READY}")
        assert await page.ask("document.querySelector('#account').value") == SECOND
        assert await page.ask("document.querySelectorAll('.phone').length") == 0
        await send(sim, FIRST, "Not here", media_url="http://h/a.png")
        await send(sim, SECOND, "From the second", media_url="http://h/a.png")
        await page.until(shows(".phone", "From the second"))
        await page.click(".phone")
        await page.until(shows("#log .bubble", "From the second"))
        await page.until("document.querySelector('#log img.media').naturalWidth > 0")
        await page.click("#text")
        await page.type("Hello")
        await page.press("Enter")
        await page.until(shows("#log .bubble", "Hello"))
        assert [message.body for message in sim.inbox_of(SECOND)] == ["From the second", "Hello"]
        assert [message.body for message in sim.inbox] == ["From the first", "Not here"]


async def test_one_account_leaves_no_choice(browser: str) -> None:
    async with Simulator() as sim, page_of(browser) as page:
        await page.open(f"{sim.url}/")
        await page.until(READY)
        assert await page.ask("document.querySelector('#account').hidden") is True


async def test_what_is_waited_for_may_come_with_another_page(browser: str) -> None:
    async with Simulator() as sim, page_of(browser) as page:
        await page.open(f"{sim.url}/")
        waiting = asyncio.ensure_future(page.until("location.search === '?left'"))
        assert await page.ask("document.readyState") == "complete"
        await page.ask("setTimeout(() => location.search = '?left'), 0")
        assert await waiting is True
