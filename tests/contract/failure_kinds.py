"""P20: the ways a call can fail, as data: each is a name, a script and a call."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from async_messaging import ClientView, MessageDraft, errors
from async_messaging.transport import Hold, Response, scripted
from async_messaging.transport.failures import failure
from async_messaging.transport.scripted import Item
from tests.contract.exposure import BODY, FROM, MEDIA, PAIR, TO, TOKEN, echoes

__all__ = ["KINDS", "Kind"]

SID = "SM" + "1" * 32
MEDIA_SID = "ME" + "2" * 32
Act = Callable[[ClientView], Awaitable[object]]


class Kind(NamedTuple):
    name: str
    script: list[Item]
    act: Act


async def create(client: ClientView) -> object:
    return await client.messages.create(to=TO, from_=FROM, body=BODY, media_url=MEDIA)


async def listed(client: ClientView) -> object:
    return await client.messages.list(to=TO, from_=FROM)


async def download(client: ClientView) -> object:
    return await client.messages(SID).media.download(MEDIA_SID, to=Path("/nowhere/x"))


async def bulk(client: ClientView) -> object:
    draft = MessageDraft(to=TO, from_=FROM, body=BODY, media_url=MEDIA)
    async with client.bulk([draft]) as results:
        return [result async for result in results]


async def cancelled(client: ClientView) -> object:
    task = asyncio.ensure_future(create(client))
    for _ in range(30):
        await asyncio.sleep(0)
    task.cancel()
    return await task


async def hurried(client: ClientView) -> object:
    return await create(client.with_options(timeout=0.1))


# Status, code: one for each branch of the table of answers.
ANSWERS = [
    (400, 21211), (400, 21610), (400, 21611), (400, 99999), (400, None), (401, 20003), (403, 20003),
    (403, 21408), (404, 20404), (405, 20004), (408, 21211), (409, 20409), (423, 21211), (429, 63038),
    (429, 20003), (500, 20500), (503, None),
]  # fmt: skip


def answered() -> Iterator[Kind]:
    for status, code in ANSWERS:
        for name, text in echoes().items():
            body = {"code": code, "message": text, "status": status, "detail": text}
            answer = scripted.json(status, {**body, "more_info": text, "details": {"a": text}})
            yield Kind(f"{status} {code}, {name}", [answer], create)


def shapes() -> Iterator[Kind]:
    for name, text in echoes().items():
        problem = {"type": text, "title": text, "status": 400, "code": 21211, "detail": text}
        several = {"errors": [{"code": 21211, "message": text, "infoUrl": text}]}
        camel = {"status": 400, "message": text, "detail": text, "moreInfo": text, "code": 1}
        for shape, body in (("title", problem), ("errors", several), ("camel", camel)):
            yield Kind(f"400 as {shape}, {name}", [scripted.json(400, body)], create)
        for status in (200, 302, 307, 400, 408, 418, 502):
            page = Response(status, {"location": text}, f"<html>{text}</html>".encode())
            yield Kind(f"{status} as HTML, {name}", [page], create)


def headers() -> Iterator[Kind]:
    for name, text in (("token", TOKEN), ("number", TO), ("all", "".join(echoes().values()))):
        for status in (201, 400, 503, 307):
            given = dict.fromkeys(("twilio-request-id", "retry-after", "location", "x-echo", "set-cookie", "twilio-concurrent-requests", "content-type"), text)  # fmt: skip
            answer = Response(status, given, b'{"code":21211,"message":"No.","status":400}')
            yield Kind(f"{status} with headers, {name}", [answer], create)


def torn() -> Iterator[Kind]:
    text = echoes()["all"].encode()
    for name, content in {
        "no sid": b'{"status":"queued","body":"' + text.replace(b'"', b"'") + b'"}',
        "cut off": b'{"sid":"' + SID.encode() + b'","body":"' + text,
        "bad UTF-8": b'{"body":"\xff' + text + b'"}',
        "deep": b'{"a":' + b"[" * 1100 + text,
        "a list": b'["' + text.replace(b'"', b"'") + b'"]',
        "only text": text,
    }.items():
        yield Kind(f"201, {name}", [Response(201, {}, content)], create)
        yield Kind(f"a page, {name}", [Response(200, {}, content)], listed)
    link = f"relative {TOKEN} {TO}"
    page = scripted.json(200, {"messages": [], "next_page_uri": link})
    yield Kind("a page, its link", [page], listed)


def foreign() -> list[Exception]:
    """What aiohttp and the system may raise, each with secrets in it."""
    text = echoes()["all"]
    url = URL(f"https://api.twilio.com/x?To={TO}", encoded=True)
    head = CIMultiDictProxy(CIMultiDict({"Authorization": f"Basic {PAIR}"}))
    info = aiohttp.RequestInfo(url, "POST", head, url)
    certificate = ssl.SSLCertVerificationError(1, text)
    certificate.verify_code, certificate.verify_message = 18, text
    key = cast("Any", SimpleNamespace(host="api.twilio.com", port=443, ssl=True, is_ssl=True))
    return [
        aiohttp.ClientConnectorError(key, OSError(111, text)),
        aiohttp.ClientConnectorDNSError(key, OSError(-2, text)),
        aiohttp.ClientConnectorCertificateError(key, certificate),
        aiohttp.ClientConnectorSSLError(key, ssl.SSLError(1, text)),
        aiohttp.ClientProxyConnectionError(key, OSError(111, text)),
        aiohttp.ClientHttpProxyError(info, (), status=407, message=text, headers=head),
        aiohttp.ServerFingerprintMismatch(text.encode(), TOKEN.encode(), "api.twilio.com", 443),
        aiohttp.InvalidURL(f"https://{TOKEN}@host/{TO}"),
        aiohttp.NonHttpUrlClientError(f"ftp://{TOKEN}"),
        aiohttp.ClientOSError(104, text),
        aiohttp.ServerDisconnectedError(text),
        aiohttp.ServerTimeoutError(text),
        aiohttp.ConnectionTimeoutError(text),
        aiohttp.SocketTimeoutError(text),
        aiohttp.ClientPayloadError(text),
        aiohttp.ClientResponseError(info, (), status=400, message=text, headers=head),
        TimeoutError(text),
        ConnectionResetError(104, text),
        ValueError(text),
        UnicodeEncodeError("ascii", text, 0, 1, text),
    ]


def broken() -> Iterator[Kind]:
    text = echoes()["all"]
    for error in foreign():
        for written in (False, True):
            ours = failure(error, written=written, status=201 if written else None, raw=text)
            name = f"{type(error).__name__}, {'written' if written else 'not written'}"
            for what, act in (("create", create), ("list", listed), ("download", download)):
                yield Kind(f"{name}, {what}", [ours] * 5, act)


def others() -> Iterator[Kind]:
    refused = scripted.json(400, {"code": 21211, "message": echoes()["all"], "status": 400})
    for name, item in (
        ("refused", refused),
        ("lost", errors.ConnectionLost("lost", raw=echoes()["all"])),
        ("not sent", errors.ClientClosed()),
    ):
        yield Kind(f"{name} in a bulk send", [item], bulk)
        yield Kind(f"{name} after the caller was cancelled", [_held(item)], cancelled)
        yield Kind(f"{name} after time ran out", [_held(item)], hurried)
        yield Kind(f"{name} before the write, cancelled", [_held(item, written=False)], cancelled)
        yield Kind(f"{name} before the write, out of time", [_held(item, written=False)], hurried)
    for status in (302, 307):
        away = Response(status, {"location": f"https://evil.example/{TOKEN}?{TO}"}, b"")
        yield Kind(f"{status} of a download", [away], download)


def _held(item: Item, *, written: bool = True) -> Item:
    return Hold(_Turns(), item, written=written)


class _Turns:
    """Released after some turns of the loop."""

    async def wait(self) -> None:
        for _ in range(200):
            await asyncio.sleep(0)


KINDS = [*answered(), *shapes(), *headers(), *torn(), *broken(), *others()]
