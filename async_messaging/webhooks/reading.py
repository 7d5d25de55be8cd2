"""Parameters of a request to events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ..codec.form import pascal
from ..errors import InvalidInput
from ..models.shown import Shown
from .cuts import check_cuts, check_forms
from .events import Event, InboundMedia, InboundMessage, StatusCallback
from .keywords import Keywords
from .request import MAX_PARAMETERS
from .signature import signed_text

_LONGEST_ID = 64
_INBOUND = frozenset({"received", "receiving"})
_DEFAULT_KEYWORDS = Keywords()
_OWN = frozenset({"media", "keyword", "referral", "query", "extra", "token", "status"})
_SAME_SID = frozenset({"SmsSid", "SmsMessageSid", "MessageSid", "SmsStatus", "MessageStatus"})


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _real(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


_READERS: dict[str, Callable[[str], object]] = {
    "num_media": _whole,
    "num_segments": _whole,
    "error_code": _whole,
    "latitude": _real,
    "longitude": _real,
    "forwarded": _flag,
    "frequently_forwarded": _flag,
}


def _fields(kind: type[Shown]) -> dict[str, tuple[str, Callable[[str], object] | None]]:
    """Attribute and reader of each parameter that has a field."""
    names = [name for name in kind.__struct_fields__ if name not in {*_OWN, "sid"}]
    return {pascal(name): (name, _READERS.get(name)) for name in names}


_MESSAGE = _fields(InboundMessage)
_STATUS = _fields(StatusCallback)

E = TypeVar("E", InboundMessage, StatusCallback)


def read_event(
    pairs: Iterable[tuple[str, str]],
    *,
    query: Iterable[tuple[str, str]] | None = (),
    token: str = "",
    keywords: Keywords = _DEFAULT_KEYWORDS,
) -> Event:
    """The event that the parameters of a request tell of.

    A `MessageStatus` makes it a report of a status, unless it says that the message comes in. The
    request must have been verified before.

    Args:
        pairs: the form's parameters, or the query's for a GET.
        query: the URL's parameters; None for a GET, whose own they then are: all without a field.
        token: Twilio's idempotency token.
        keywords: tells STOP, START and HELP.

    Raises:
        InvalidInput: it tells of no message, a parameter is there twice with different values, or
            the same signature would fit other parameters as well.
    """
    params = _single(pairs)
    check_forms(params)
    own = None if query is None else dict(query)
    if own is not None:
        check_cuts(params, signed_text(params.items()), own)
    status = params.get("MessageStatus") or params.get("SmsStatus") or ""
    reports = status and status not in _INBOUND
    if reports:
        return _status(params, status, own, token)
    return _message(params, status, own, token, keywords)


def _single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The parameters by name; order isn't signed, so what contradicts itself is refused."""
    listed = list(pairs)
    params = dict(listed)
    if len(params) != len(listed) and len(params) != len(set(listed)):
        raise InvalidInput("a parameter is there twice, with different values")
    return params


def _message(
    params: Mapping[str, str],
    status: str,
    query: Mapping[str, str] | None,
    token: str,
    keywords: Keywords,
) -> InboundMessage:
    given, extra = _sorted_out(params, _MESSAGE)
    given["media"], taken = _media(params)
    referral = {name: value for name, value in extra.items() if name.startswith("Referral")}
    given["referral"] = referral
    given["extra"] = {
        name: value for name, value in extra.items() if name not in referral and name not in taken
    }
    given["keyword"] = keywords.meaning(params.get("Body", ""), params.get("OptOutType", ""))
    given["query"] = given["extra"] if query is None else query
    return InboundMessage(status=status, token=token, **given)


def _status(
    params: Mapping[str, str],
    status: str,
    query: Mapping[str, str] | None,
    token: str,
) -> StatusCallback:
    given, extra = _sorted_out(params, _STATUS)
    dlr = params.get("RawDlrDoneDate", "")
    if len(status) > _LONGEST_ID or len(dlr) > _LONGEST_ID:
        raise InvalidInput("the status is too long to be one")
    own = extra if query is None else query
    return StatusCallback(status=status, query=own, token=token, extra=extra, **given)


def _sorted_out(
    params: Mapping[str, str], fields: Mapping[str, tuple[str, Callable[[str], object] | None]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Values of the fields, and the parameters that have none."""
    sid = params.get("MessageSid") or params.get("SmsSid") or params.get("SmsMessageSid") or ""
    account = params.get("AccountSid", "")
    if not sid or not account or max(len(sid), len(account)) > _LONGEST_ID:
        raise InvalidInput("the request tells of no message")
    given: dict[str, Any] = {"sid": sid}
    extra: dict[str, str] = {}
    for name, value in params.items():
        field = fields.get(name)
        if field is not None:
            attribute, read = field
            given[attribute] = value if read is None else read(value)
        elif name not in _SAME_SID:
            extra[name] = value
    return given, extra


def _media(params: Mapping[str, str]) -> tuple[tuple[InboundMedia, ...], set[str]]:
    """The media, and the names of their parameters."""
    media: list[InboundMedia] = []
    taken: set[str] = set()
    for at in range(MAX_PARAMETERS):
        url = params.get(f"MediaUrl{at}")
        if url is None:
            break
        kind = params.get(f"MediaContentType{at}")
        media.append(InboundMedia(url=url, content_type=kind))
        taken |= {f"MediaUrl{at}", f"MediaContentType{at}"}
    return tuple(media), taken
