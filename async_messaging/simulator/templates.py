"""Messages with a `ContentSid`: the text and the media of the account's own template stand for them.

A template that the account has not made is taken as well, so that a program can be tried without setting one up; `alter`
makes up its text on request. One that was deleted is refused (21655).

| recipient | what is sent |
|---|---|
| a phone number | `twilio/text`, else `twilio/media`, else the text of the first type that has one |
| WhatsApp, RCS, Messenger | the first type but `twilio/text` that has a text or media, else `twilio/text` |

Buttons and lists are not part of a text. `{{1}}` stands for the value that `ContentVariables` gives it, or else for the
template's own sample; without either the message is refused (21656). WhatsApp sends what it has approved, and other
templates only within 24 hours after the recipient wrote: others fail with 63016, rejected ones with 63040.
Source: Twilio's pages "Content API" and "Content types"; which text is taken is the simulator's choice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from .answers import RefusedError
from .checks import Draft, check_said
from .exchange import Exchange
from .records import Record
from .resources import approvals
from .resources.content_types import types_of
from .resources.contents import CONTENTS, DELETED
from .senders import channel_of

REJECTED, UNAPPROVED = 63040, 63016
FATES = frozenset({REJECTED, UNAPPROVED})
"""The codes with which WhatsApp fails a template that it has not approved."""

_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,16})\s*\}\}", re.ASCII)
_DAY = 86_400.0
_PLAIN = "twilio/text"
_MEDIA = "twilio/media"
_AUTHENTICATION = "{{1}} is your verification code."

_Types = Mapping[str, Mapping[str, Any]]


def resolve(exchange: Exchange, draft: Draft) -> Draft:
    """The draft with its template's text and media, if the account has that template."""
    sid = draft.content
    if exchange.account.shelves[DELETED].get(sid):
        raise RefusedError(21655, sid)
    template = CONTENTS.shelf(exchange).get(sid)
    if template is None:
        return draft
    channel = channel_of(draft.to)
    said = _chosen(types_of(template), channel)
    values = _values(template, draft.variables)
    body = _fill(_text_of(said), values)
    urls = tuple(_fill(url, values) for url in said.get("media") or ())
    check_said(body, urls)
    fate = _fate(exchange, template, draft) if channel == "whatsapp" else 0
    return msgspec.structs.replace(draft, body=body, media_urls=urls, rendered=True, fate=fate)


def _chosen(types: _Types, channel: str) -> Mapping[str, Any]:
    """What of a template is sent over a channel; an empty one is SMS."""
    if channel:
        rich = (said for name, said in types.items() if name != _PLAIN)
        shown = (said for said in rich if _text_of(said) or said.get("media"))
        return next(shown, types.get(_PLAIN, {}))
    for name in (_PLAIN, _MEDIA):
        if name in types:
            return types[name]
    texts = (_text_of(said) for said in types.values())
    return {"body": next(filter(None, texts), "")}


def _text_of(said: Mapping[str, Any]) -> str:
    if "actions" in said and "body" not in said and "title" not in said:
        return _AUTHENTICATION
    parts = (said.get(name) for name in ("title", "body", "subtitle", "label", "address"))
    return "\n".join(str(part) for part in parts if part)


def _values(template: Record, variables: str) -> dict[str, str]:
    own = cast("dict[str, str]", template.fields["variables"])
    given = msgspec.json.decode(variables, type=dict[str, str]) if variables else {}
    return {**own, **given}


def _fill(text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise RefusedError(21656)
        return values[found[1]]

    return _PLACEHOLDER.sub(value, text)


def _fate(exchange: Exchange, template: Record, draft: Draft) -> int:
    """What WhatsApp makes of it: 0, or the code it fails with."""
    status = approvals.status_of(exchange, template)
    if status == "rejected":
        return REJECTED
    if status == "approved":
        return 0
    since = exchange.now - _DAY
    heard = exchange.account.from_handset(draft.to)
    return 0 if any(message.created > since for message in heard) else UNAPPROVED
