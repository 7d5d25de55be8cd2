"""What the origin answers: Twilio's heads and JSON as bytes, made with as little work as can be.

A created message echoes the request's `To` and has a sid that no other has: so whoever measures can
check that every answer belongs to its request. Its JSON is 1.5 KB, as Twilio's is with a text of
five segments; those of a listing have one segment and 0.9 KB. A page is made once and kept.
"""

from __future__ import annotations

import re
import time
from email.utils import formatdate
from functools import cache, lru_cache
from itertools import count

__all__ = ["ACCOUNT", "LISTED", "answer_to"]

ACCOUNT = f"AC{'0' * 32}"
LISTED = 10_000
"""Messages in the account's log."""

_PATH = f"/2010-04-01/Accounts/{ACCOUNT}"
_HEAD = (
    b"HTTP/1.1 %b\r\nDate: %b\r\n"
    b"Content-Type: application/json;charset=utf-8\r\nContent-Length: %d\r\n"
    b"Connection: keep-alive\r\nTwilio-Concurrent-Requests: 1\r\n"
    b"Twilio-Request-Id: RQ00000000000000000000000000000000\r\nTwilio-Request-Duration: 0.021\r\n"
    b"Access-Control-Allow-Origin: *\r\nX-API-Domain: api.twilio.com\r\n"
    b"Strict-Transport-Security: max-age=31536000\r\n\r\n%b"
)
_TEXT = b"Your order has left our house and will be with you tomorrow before noon. " * 10
_SHORT, _LONG = (_TEXT[:150], b"1"), (_TEXT[:700], b"5")
_MESSAGE = (
    b'{"body": "%b", "num_segments": "%b", "direction": "outbound-api",'
    b' "from": "+15005550006", "date_updated": "Thu, 01 Oct 2026 12:00:00 +0000",'
    b' "price": null, "error_message": null, "uri": "'
    + _PATH.encode()
    + b'/Messages/SM%032x.json", "account_sid": "'
    + ACCOUNT.encode()
    + b'", "num_media": "0", "to": "%b", "date_created": "Thu, 01 Oct 2026 12:00:00 +0000",'
    b' "status": "queued", "sid": "SM%032x", "date_sent": null,'
    b' "messaging_service_sid": null, "error_code": null, "price_unit": "USD",'
    b' "api_version": "2010-04-01", "subresource_uris": {"media": "'
    + _PATH.encode()
    + b'/Messages/SM%032x/Media.json"}}'
)
_BALANCE = b'{"account_sid": "%b", "balance": "12.34", "currency": "USD"}' % ACCOUNT.encode()
_TO = re.compile(rb"(?:^|&)To=([^&]*)")
_QUERY = re.compile(rb"[?&](Page|PageSize)=([0-9]+)")
_sids = count(LISTED + 1)


def answer_to(target: bytes, body: bytes) -> bytes:
    """The whole answer to a request: *body* is empty where it reads.

    Args:
        target: path and query.
        body: the form of a message to create.
    """
    if body:
        return _created(body)
    if b"/Messages.json" in target:
        asked = {name: int(value) for name, value in _QUERY.findall(target)}
        return _answer(b"200 OK", _page(asked.get(b"Page", 0), asked.get(b"PageSize", 50)))
    if target.endswith(b"/Balance.json"):
        return _answer(b"200 OK", _BALANCE)
    return _answer(b"404 Not Found", b"{}")


def _answer(status: bytes, content: bytes) -> bytes:
    return _HEAD % (status, _date(int(time.time())), len(content), content)


@lru_cache(maxsize=1)
def _date(now: int) -> bytes:
    """It goes on, as Twilio's does: a client that learns the time from answers would doubt one that stands."""
    return formatdate(now, usegmt=True).encode()


def _created(form: bytes) -> bytes:
    found = _TO.search(form)
    to = found[1].replace(b"%2B", b"+") if found else b""
    number = next(_sids)
    message = _MESSAGE % (*_LONG, number, to, number, number)
    return _answer(b"201 Created", message)


@cache
def _page(page: int, size: int) -> bytes:
    numbers = range(page * size + 1, min((page + 1) * size, LISTED) + 1)
    items = b", ".join(_MESSAGE % (*_SHORT, n, b"+1415%07d" % n, n, n) for n in numbers)
    here = f"{_PATH}/Messages.json?PageSize={size}&Page="
    following = f'"{here}{page + 1}&PageToken=PASM{page:032x}"'
    uri = following if (page + 1) * size < LISTED else "null"
    rest = (
        f'], "first_page_uri": "{here}0", "next_page_uri": {uri}, "previous_page_uri": null,'
        f' "page": {page}, "page_size": {size}, "start": {page * size},'
        f' "end": {page * size + len(numbers) - 1}, "uri": "{here}{page}"}}'
    )
    return b'{"messages": [' + items + rest.encode()
