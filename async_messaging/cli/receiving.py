"""The web server of ``listen``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import typer
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from rich.text import Text

from ..campaigns.campaign import Campaign
from ..errors import LedgerError, SettingsError
from .exits import Exit
from .listening import Heard, Listener
from .progress import Progress, mode_for
from .screen import err, say, say_json
from .signals import signals_handled

__all__ = ["left_to", "serve"]

_EVERY = 1.0


async def serve(listener: Listener, host: str, port: int, *, as_json: bool, verbose: bool) -> None:
    """Receive until a signal, and show what came.

    Raises:
        SettingsError: the port can't be opened.
    """
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
