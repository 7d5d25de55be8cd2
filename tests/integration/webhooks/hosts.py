"""Real servers around a receiver, and requests to them byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import uvicorn
from aiohttp import web
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from async_messaging.webhooks import Webhooks

__all__ = ["HOSTS", "Answer", "Host", "ask", "post", "serve_asgi", "talk"]

Host: TypeAlias = Callable[[Webhooks], AbstractAsyncContextManager[int]]
"""Serves a receiver below ``/twilio`` (or at the root), gives the port."""


@asynccontextmanager
async def on_aiohttp(hooks: Webhooks) -> AsyncGenerator[int]:
    app = web.Application()
    app.add_routes(hooks.aiohttp_routes("/twilio/sms", "/twilio/status"))
    app.cleanup_ctx.append(hooks.aiohttp_cleanup)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serve_asgi(app: Any, **options: Any) -> AsyncGenerator[int]:
    """Under uvicorn, in this loop."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", **options)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), "uvicorn did not start"
        await asyncio.sleep(0)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


def on_uvicorn(hooks: Webhooks) -> AbstractAsyncContextManager[int]:
    return serve_asgi(hooks.asgi("/twilio/sms", "/twilio/status"), lifespan="on")


def behind_a_root_path(hooks: Webhooks) -> AbstractAsyncContextManager[int]:
    """As behind a proxy that takes ``/twilio`` off."""
    app = hooks.asgi()

    async def proxied(scope: Any, receive: Any, send: Any) -> None:
        inner = dict(scope)
        if scope["type"] == "http":
            inner["path"] = scope["path"].removeprefix("/twilio")
            inner["raw_path"] = scope["raw_path"].removeprefix(b"/twilio")
        await app(inner, receive, send)

    return serve_asgi(proxied, lifespan="on")


def in_starlette(hooks: Webhooks) -> AbstractAsyncContextManager[int]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with hooks:
            yield

    return serve_asgi(Starlette(routes=[Mount("/twilio", hooks.asgi())], lifespan=lifespan))


def in_fastapi(hooks: Webhooks) -> AbstractAsyncContextManager[int]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with hooks:
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount("/twilio", hooks.asgi())
    return serve_asgi(app)


HOSTS: dict[str, Host] = {
    "aiohttp": on_aiohttp,
    "uvicorn": on_uvicorn,
    "proxied": behind_a_root_path,
    "starlette": in_starlette,
    "fastapi": in_fastapi,
}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


async def talk(port: int, *parts: bytes) -> Answer:
    """Send the parts, then read one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
        return await _answer(reader)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(first.split()[1]), headers, body)


def head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: inner:8020"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def ask(
    port: int, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
) -> Answer:
    length = {"Content-Length": str(len(body))} if body else {}
    return await talk(port, head(method, target, {**headers, **length}), body)


async def post(port: int, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    return await ask(port, "POST", target, headers, body)
