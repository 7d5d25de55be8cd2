"""Deactivations: US numbers that carriers have taken back, as a text file a day.

The request answers 307, with the file's address in `Location` and as `redirect_to` in its JSON body. The file lies on
the same origin; its address is signed and holds for two minutes, and a request that carries an Authorization header is
refused with 400, as S3 does. `speed` doesn't shorten the two minutes.

A day's file has a number a line: 40 that seed and day give, and `+12029993005`, which is reserved for an unknown
handset (see `senders`). A day before 2020-08-27 is refused with 30113, one to come with 20001.
Source: Twilio's reference, "Deactivations".
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

from ..answers import Answer, RefusedError
from ..exchange import Exchange
from ..parameters import read_form, text
from ..routes import Route

HOLDS_FOR = 120
FIRST_DAY = date(2020, 8, 27)
RESERVED = "+12029993005"

_COUNT = 40
_QUERY = (text("Date", pattern=r"\d{4}-\d\d-\d\d", required=True),)
_TEXT = "text/plain"


def redirect(exchange: Exchange) -> Answer:
    """GET Deactivations: the way to the day's file."""
    day = _read_day(exchange)
    path = f"/cdn/{exchange.account.sid}/deactivations/{day.isoformat()}"
    return exchange.redirect(path, str(int(exchange.now) + HOLDS_FOR))


def _read_day(exchange: Exchange) -> date:
    given = str(read_form(exchange.query, _QUERY, whole_record=True)["date"])
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise RefusedError(20001, "Date is no day") from None
    if day < FIRST_DAY:
        raise RefusedError(30113, FIRST_DAY.isoformat())
    if day > datetime.fromtimestamp(exchange.now, UTC).date():
        raise RefusedError(20001, "Date is in the future")
    return day


def download(exchange: Exchange) -> Answer:
    """GET of a day's file."""
    if not exchange.is_signed():
        return Answer(403, b"Access denied", content_type=_TEXT)
    if exchange.now >= float(exchange.asked("Expires")):
        return Answer(403, b"Request has expired", content_type=_TEXT)
    lines = "\n".join(numbers_of(exchange.world.seed, exchange.path["Day"]))
    return Answer(200, f"{lines}\n".encode(), content_type=_TEXT)


def numbers_of(seed: int, day: str) -> list[str]:
    """The numbers of one day, in order."""
    dice = random.Random(f"{seed} deactivations {day}")
    made = {f"+1{dice.randint(201, 989)}555{dice.randint(0, 9999):04d}" for _ in range(_COUNT)}
    return sorted(made | {RESERVED})


ROUTES = (
    Route("GET", "/v1/Deactivations", redirect, host="messaging"),
    Route("GET", "/cdn/{AccountSid}/deactivations/{Day}", download, access="cdn"),
)
