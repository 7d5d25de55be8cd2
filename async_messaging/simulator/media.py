"""The Media resource: list, fetch, delete, and the file itself on a CDN that wants no credentials.

The download answers 307, with the address in `Location` and as `redirect_to` in its JSON body. The CDN's path lies on
the same origin; its address is signed, and a request that carries an Authorization header is refused with 400, as S3
does. Source: Twilio's reference, "Media subresource".
"""

from __future__ import annotations

import hashlib

from . import dates, messages, paging
from .answers import Answer, json_answer
from .exchange import Exchange
from .records import StoredMedia, StoredMessage

_BLOCKS = 128
_DATE_FILTERS = (("DateCreated", "="), ("DateCreated<", "<"), ("DateCreated>", ">"))


def represent(exchange: Exchange, message: StoredMessage, media: StoredMedia) -> dict[str, object]:
    """The media as Twilio shows it."""
    created = dates.rfc2822(message.created)
    base = f"/2010-04-01/Accounts/{exchange.account.sid}/Messages/{message.sid}/Media"
    return {
        "account_sid": exchange.account.sid,
        "content_type": media.content_type,
        "date_created": created,
        "date_updated": created,
        "parent_sid": message.sid,
        "sid": media.sid,
        "uri": f"{base}/{media.sid}.json",
    }


def _find(exchange: Exchange) -> tuple[StoredMessage, StoredMedia]:
    message, sid = messages.find(exchange), exchange.path["MediaSid"]
    found = (media for media in message.media if media.sid == sid and not media.deleted)
    return message, exchange.found(next(found, None))


def fetch(exchange: Exchange) -> Answer:
    """GET Media/{sid}.json."""
    return json_answer(represent(exchange, *_find(exchange)))


def delete(exchange: Exchange) -> Answer:
    """DELETE Media/{sid}.json: 204."""
    _, media = _find(exchange)
    media.deleted = True
    return Answer(204)


def show_list(exchange: Exchange) -> Answer:
    """GET Media.json, filtered by `DateCreated`, `DateCreated<`, `DateCreated>`."""
    message = messages.find(exchange)
    window = paging.read_window(exchange.query)
    shows = paging.within(message.created, paging.read_bounds(exchange.query, _DATE_FILTERS))
    kept = [media for media in message.media if shows and not media.deleted]
    part, shown = paging.cut_sequence(kept, window, lambda media: media.sid)
    told = {"media_list": [represent(exchange, message, media) for media in shown]}
    return json_answer(paging.page_2010(exchange.target, exchange.query, window, part, told))


def redirect(exchange: Exchange) -> Answer:
    """GET Media/{sid} without `.json`: the way to the file."""
    _, media = _find(exchange)
    return exchange.redirect(f"/cdn/{exchange.account.sid}/{media.sid}")


def download(exchange: Exchange) -> Answer:
    """GET on the CDN: the file's bytes, the same each time."""
    if not exchange.is_signed():
        return Answer(403, b"Access denied", content_type="text/plain")
    sid = exchange.path["MediaSid"]
    media = exchange.account.find_media(sid)
    if media is None or media.deleted:
        return Answer(404, b"Not found", content_type="text/plain")
    return Answer(200, content_of(sid), content_type=media.content_type)


def content_of(sid: str) -> bytes:
    """The 4,096 bytes that stand for the file of this media."""
    return b"".join(hashlib.sha256(f"{sid} {i}".encode()).digest() for i in range(_BLOCKS))
