"""The form of a new message, checked as Twilio's reference says ("Messages resource", create)."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from . import dates
from .answers import RefusedError
from .records import Direction
from .senders import SERVICE
from .webhooks import is_web_url

Form = dict[str, list[str]]

_BOOLEANS = ("SendAsMms", "SmartEncoded", "ProvideFeedback", "ForceDelivery", "ShortenUrls")
_FORMS = {
    **dict.fromkeys(_BOOLEANS, ("true|false", "true or false")),
    "ContentRetention": ("retain|discard", "one of retain, discard"),
    "AddressRetention": ("retain|obfuscate", "one of retain, obfuscate"),
    "RiskCheck": ("enable|disable", "one of enable, disable"),
    "TrafficType": ("free", "one of free"),
    "Attempt": ("[0-9]{1,9}", "a whole number"),
    "ApplicationSid": ("AP[0-9a-fA-F]{32}", "AP and 32 hex digits"),
}
"""What an option of a message may be: a pattern, and its words."""
_WISHES = (
    ("SmartEncoded", "true", "smart"),
    ("ShortenUrls", "true", "links"),
    ("ContentRetention", "discard", "redact"),
    ("AddressRetention", "obfuscate", "obfuscate"),
)
_LISTS = frozenset({"MediaUrl", "PersistentAction"})
_CONTENT = re.compile(r"HX[0-9a-fA-F]{32}", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
MAX_BODY = 1600
_MAX_MEDIA = 10
_SOONEST = 300
_LATEST = 35 * 86_400


class Draft(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A create request whose form is in order; `send_at` is 0 for a message that goes at once, `validity` if none is given.

    Attributes:
        wishes: for each alteration that an option of the message names, whether it wants it.
        rendered: whether text and media come from a template of the account's own.
        fate: the code with which the channel fails it, or 0.
    """

    to: str
    sender: str
    service: str | None
    body: str
    media_urls: tuple[str, ...]
    send_at: float
    validity: float
    wants_feedback: bool
    as_mms: bool
    content: str = ""
    variables: str = ""
    wishes: dict[str, bool] = {}
    callback: str = ""
    rendered: bool = False
    fate: int = 0
    direction: Direction = "outbound-api"


def check_form(form: Form, now: float) -> Draft:
    """Reads the form of a create request."""
    _check_single(form)
    to = _one(form, "To")
    sender, service = _read_sender(form, to)
    body = _check_content(form)
    media_urls = tuple(form.get("MediaUrl", ()))
    if len(media_urls) > _MAX_MEDIA:
        raise RefusedError(21623)
    check_said(body, media_urls)
    _check_options(form)
    callback = _check_callback(_one(form, "StatusCallback"))
    _check_fallback(form, sender, service)
    return Draft(
        to=to,
        sender=sender,
        service=service,
        body=body,
        media_urls=media_urls,
        send_at=_check_schedule(form, service, now),
        validity=_check_validity(form),
        wants_feedback=_one(form, "ProvideFeedback") == "true",
        as_mms=_one(form, "SendAsMms") == "true",
        content=_one(form, "ContentSid"),
        variables=_one(form, "ContentVariables"),
        wishes={name: _one(form, key) == yes for key, yes, name in _WISHES if key in form},
        callback=callback,
    )


def _one(form: Form, name: str) -> str:
    values = form.get(name)
    return values[0] if values else ""


def _check_single(form: Form) -> None:
    for name, values in form.items():
        if len(values) > 1 and name not in _LISTS:
            raise RefusedError(20001, f"{name} is given more than once")


def _read_sender(form: Form, to: str) -> tuple[str, str | None]:
    if not to:
        raise RefusedError(21604)
    sender, service = _one(form, "From"), _one(form, "MessagingServiceSid")
    if not sender and not service:
        raise RefusedError(21603)
    if SERVICE.fullmatch(sender) and not service:
        sender, service = "", sender
    if service and not SERVICE.fullmatch(service):
        raise RefusedError(21701, service)
    return sender, service or None


def _check_content(form: Form) -> str:
    body, content = _one(form, "Body"), _one(form, "ContentSid")
    if not body and not content and "MediaUrl" not in form:
        raise RefusedError(21602)
    if content and not _CONTENT.fullmatch(content):
        raise RefusedError(21655, content)
    if "ContentVariables" in form:
        if not content:
            raise RefusedError(21654)
        _check_variables(_one(form, "ContentVariables"))
    return body


def _check_variables(text: str) -> None:
    try:
        msgspec.json.decode(text, type=dict[str, str])
    except (msgspec.MsgspecError, RecursionError):
        raise RefusedError(21656) from None


def check_said(body: str, urls: Sequence[str]) -> None:
    """Refuses a text that is too long (21617), and media whose address is none (21620)."""
    if len(body) > MAX_BODY:
        raise RefusedError(21617)
    for url in urls:
        if not is_web_url(url):
            raise RefusedError(21620, url)


def _check_options(form: Form) -> None:
    for name, (pattern, words) in _FORMS.items():
        if name in form and not re.fullmatch(pattern, _one(form, name)):
            raise RefusedError(20001, f"{name} must be {words}")


def _check_callback(url: str) -> str:
    if url and (not is_web_url(url) or "_" in (urlsplit(url).hostname or "")):
        raise RefusedError(21609, url)
    # A program names the same few for all its messages.
    return sys.intern(url)


def _check_fallback(form: Form, sender: str, service: str | None) -> None:
    if _one(form, "FallbackFrom"):
        if service is None:
            raise RefusedError(21666)
        if sender:
            raise RefusedError(21664)


def _check_schedule(form: Form, service: str | None, now: float) -> float:
    kind, text = _one(form, "ScheduleType"), _one(form, "SendAt")
    if not kind and not text:
        return 0.0
    if kind != "fixed":
        raise RefusedError(35126, kind)
    if not text:
        raise RefusedError(35111)
    if service is None:
        raise RefusedError(35118)
    moment = dates.send_at(text)
    if moment is None:
        raise RefusedError(35114, text)
    if moment - now <= _SOONEST:
        raise RefusedError(35115)
    if moment - now > _LATEST:
        raise RefusedError(35117)
    return moment


def _check_validity(form: Form) -> float:
    text = _one(form, "ValidityPeriod")
    if not text:
        return 0.0
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= 36_000:
        raise RefusedError(21624, text)
    return float(text)
