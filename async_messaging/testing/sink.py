"""A transport that accepts every message at once, for measuring a program without a network.

```python
from async_messaging import MessagingClient
from async_messaging.testing import Sink

sink = Sink()
async with MessagingClient(account_sid=..., auth_token=..., transport=sink) as client:
    await client.messages.create(to="+15558675310", from_="+15017122661", body="Hi")
assert sink.accepted == 1
```

It reads no request but its method and URL, so numbers, text and dates are the same in every answer.
For a Twilio that looks at what it is sent, and remembers it, there is `Simulator`.
"""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from email.utils import formatdate
from types import MappingProxyType

import msgspec

from ..clock import Clock, SystemClock
from ..errors import ClientClosed
from ..transport.base import Request, Response, Streamed
from ..transport.scripted import ScriptedTransport

_HEADERS = MappingProxyType({"content-type": "application/json;charset=utf-8"})
_RESOURCE = re.compile(
    r"https?://[^/]+(/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/(Messages|Balance)\.json)(\?.*)?"
)
_SID = "SM%032x"
_encode = msgspec.json.Encoder().encode


class Sink:
    """A `Transport` that answers as Twilio does to someone it never refuses, and counts.

    A message created is 201 with a sid of its own; the list of messages is empty; the balance is
    10,000 dollars; everything else is not found.

    Args:
        latency: seconds from a request to its answer.
        clock: what waits; the machine's own time if None.

    Attributes:
        accepted: how many messages were accepted; also those whose sender did not wait.
    """

    def __init__(self, *, latency: float = 0.0, clock: Clock | None = None) -> None:
        self.accepted: int = 0
        self._latency = latency
        self._clock: Clock = clock or SystemClock()
        self._created: dict[str, bytes] = {}
        self._closed = False

    def __repr__(self) -> str:
        return f"<Sink, {self.accepted} accepted>"

    async def send(self, request: Request, /) -> Response:
        """Answer the request.

        Raises:
            ClientClosed: the transport was closed.
        """
        if self._closed:
            raise ClientClosed
        request.written = True
        response = self._answer(request)
        if self._latency:
            await self._clock.sleep(self._latency)
        return response

    def stream(self, request: Request, /) -> AbstractAsyncContextManager[Streamed]:
        """Answer the request, which no message's media belong to: not found.

        Raises:
            ClientClosed: the transport was closed.
        """
        return ScriptedTransport(self.send).stream(request)

    async def close(self) -> None:
        """Refuse further requests."""
        self._closed = True

    def _answer(self, request: Request) -> Response:
        if request.method == "POST":
            created = self._created.get(request.url) or self._meet(request.url)
            if created:
                self.accepted += 1
                number = self.accepted
                return Response(201, _HEADERS, created % (number, number, number))
        found = _RESOURCE.fullmatch(request.url) if request.method == "GET" else None
        if found is None:
            return _not_found(request.url)
        path, account, resource, _ = found.groups()
        shown = _balance(account) if resource == "Balance" else _empty_page(path)
        return Response(200, _HEADERS, _encode(shown))

    def _meet(self, url: str) -> bytes | None:
        """The answer to creations at this URL, with three places for the number of the sid."""
        found = _RESOURCE.fullmatch(url)
        if found is None or found[3] != "Messages":
            return None
        date = formatdate(self._clock.time()).replace("-0000", "+0000")
        self._created[url] = created = _encode(_message(found[2], date))
        return created


def _message(account: str, date: str) -> dict[str, object]:
    uri = f"/2010-04-01/Accounts/{account}/Messages/{_SID}"
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": "A message",
        "date_created": date,
        "date_sent": None,
        "date_updated": date,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": "+15005550006",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": _SID,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": None,  # a recipient that is not the request's would be another send's answer
        "uri": f"{uri}.json",
    }


def _empty_page(path: str) -> dict[str, object]:
    first = f"{path}?PageSize=50&Page=0"
    return {
        "end": 0,
        "first_page_uri": first,
        "messages": [],
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "start": 0,
        "uri": first,
    }


def _balance(account: str) -> dict[str, object]:
    return {"account_sid": account, "balance": "10000.00", "currency": "USD"}


def _not_found(url: str) -> Response:
    path = re.sub(r"^https?://[^/]+|\?.*", "", url)
    problem = {
        "code": 20404,
        "message": f"The requested resource {path} was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }
    return Response(404, _HEADERS, _encode(problem))
