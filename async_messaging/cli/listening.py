"""The receiver of ``listen``: what Twilio reports goes into campaigns' spools and suppressions.

A request is answered 204 when what it says is on the disk, and 500 when it can't be: then it is new
when it comes again. Everything may come twice, in any order, and after a kill on either side.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import msgspec
import typer
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from rich.text import Text

from ..audience.suppressions import SuppressionStore
from ..campaigns.campaign import Campaign
from ..campaigns.mailbox import Mailbox
from ..campaigns.workers import OPTED_OUT
from ..errors import LedgerError, SettingsError
from ..settings import Secret
from ..webhooks import InboundMessage, StatusCallback, Webhooks
from .exits import Exit
from .loops import signals_handled
from .progress import Progress, mode_for
from .screen import err, say, say_json

_EVERY = 1.0


class Heard(msgspec.Struct):
    """What came so far; *others* are statuses of no campaign here, *messages* all but STOP and START, *failed* could not be kept."""

    receipts: int = 0
    probes: int = 0
    others: int = 0
    stops: int = 0
    starts: int = 0
    messages: int = 0
    refused: int = 0
    failed: int = 0

    def line(self) -> str:
        """In a line, without what did not come."""
        shown = {
            "receipts": self.receipts,
            "STOP": self.stops,
            "START": self.starts,
            "other messages": self.messages,
            "of other campaigns": self.others,
            "refused": self.refused,
            "failed": self.failed,
        }
        parts = [f"{name} {n:,}" for name, n in shown.items() if n or name == "receipts"]
        return ", ".join(parts)


class Listener:
    """Takes in what Twilio sends. It is its own `Suppressions`."""

    def __init__(
        self,
        auth_token: Secret,
        public_url: str,
        mailbox: Mailbox,
        stores: Sequence[SuppressionStore],
    ) -> None:
        self.heard: Heard = Heard()
        token = auth_token if isinstance(auth_token, str) else lambda: str(auth_token())
        self.hooks: Webhooks = Webhooks(
            auth_token=token, public_url=public_url, suppressions=self, max_running=5_000
        )
        self._mailbox = mailbox
        self._stores = stores
        self.hooks.on_status(self._track)
        self.hooks.on_message(self._count)

    async def _track(self, status: StatusCallback) -> None:
        if status.error_code == OPTED_OUT and status.to:
            pair = status.to, status.messaging_service_sid or status.from_
            for store in self._stores:
                await store.learn([pair])
        ours = await self._mailbox.receipt(
            status.query,
            sid=status.sid,
            status=status.status,
            code=status.error_code,
            sender=status.from_,
            key=status.key,
        )
        if not ours:
            self.heard.others += 1
        elif status.query.get("row") == "0":
            self.heard.probes += 1
        else:
            self.heard.receipts += 1

    async def _count(self, message: InboundMessage) -> None:
        if message.keyword not in {"STOP", "START"}:
            self.heard.messages += 1

    async def stop(self, *, number: str, sender: str, service: str, account: str, sid: str) -> None:
        """Keep that somebody wants no more messages, and tell the campaigns."""
        known = [await store.knows(sid) for store in self._stores]
        if known and all(known):
            return  # a copy: since then they may have written START
        key = f"stop|{account}|{sid}"
        await self._mailbox.stop(number, sender=sender, service=service, key=key)
        for store in self._stores:
            await store.stop(
                number=number, sender=sender, service=service, account=account, sid=sid
            )
        self.heard.stops += 1

    async def start(
        self, *, number: str, sender: str, service: str, account: str, sid: str
    ) -> None:
        """Lift what a STOP has set, for messages to come."""
        for store in self._stores:
            await store.start(
                number=number, sender=sender, service=service, account=account, sid=sid
            )
        self.heard.starts += 1


async def serve(listener: Listener, host: str, port: int, *, as_json: bool, verbose: bool) -> None:
    """Receive until a signal, and show what came."""
    stop, hurry = asyncio.Event(), asyncio.Event()
    with signals_handled(stop.set, hurry.set):
        async with _open(listener, host, port) as (url, runner):
            said = f"listening on {url}; Ctrl-C ends it"
            if as_json:
                say_json({"listening": url})
            shown = Progress(
                err(),
                mode_for(err(), no_progress=as_json, verbose=verbose),
                listener.heard.line,
                draw=lambda line, _: Text(f"{said}\n  {line}", no_wrap=True, overflow="ellipsis"),
                line=str,
                head=(said,),
                every=_EVERY,
            )
            async with shown:
                await stop.wait()
            await _drained(runner, listener, hurry)


async def left_to(campaign: Campaign) -> None:
    """Have the campaign take in what came, unless a run does that."""
    try:
        await campaign.take_in()
    except LedgerError as error:  # it stays in the spool
        say(f"{campaign.path.name}: {error}")


async def _drained(runner: web.AppRunner, listener: Listener, hurry: asyncio.Event) -> None:
    """Take no more requests and finish those that are here; a second signal doesn't wait."""

    async def drain() -> None:
        for site in list(runner.sites):
            await site.stop()
        await listener.hooks.drain()

    draining = asyncio.create_task(drain())
    hurrying = asyncio.create_task(hurry.wait())
    await asyncio.wait((draining, hurrying), return_when=asyncio.FIRST_COMPLETED)
    hurrying.cancel()
    if not draining.done():
        draining.cancel()
        await asyncio.wait((draining,))
        raise typer.Exit(Exit.INTERRUPTED)
    draining.result()


@asynccontextmanager
async def _open(
    listener: Listener, host: str, port: int
) -> AsyncGenerator[tuple[str, web.AppRunner]]:
    """The server; its URL with the port that it got."""
    app = web.Application(middlewares=[_counting(listener.heard)])
    app.add_routes(listener.hooks.aiohttp_routes("/{path:.*}"))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SettingsError(f"port {port} of {host} can't be opened: {reason}") from None
        yield f"http://{host}:{runner.addresses[0][1]}", runner
    finally:
        await runner.cleanup()


def _counting(heard: Heard) -> Middleware:
    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if answer.status >= 500:
            heard.failed += 1
        elif answer.status >= 400:
            heard.refused += 1
        return answer

    return count
