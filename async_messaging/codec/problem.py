"""Error bodies, told apart from what proxies write, and a sid from a broken answer.

Whether a body is Twilio's decides what is known about a send, so each of Twilio's four shapes has
the least that identifies it:

1. ``{"code", "message", "more_info", "status"}``: ``message`` is a text, and there is a ``code`` of
   Twilio's (five digits or more) or a text ``more_info``. ``details`` may be an object.
2. The same with ``moreInfo`` and ``detail``.
3. RFC 9457: a text ``title``, and ``type``, ``status`` and ``code`` too.
4. ``{"errors": [{"code", "message", ...}]}``: the first item has an integer ``code`` and a text
   ``message``.

Everything else is not Twilio's: HTML, XML, nothing at all, JSON that is no object or has none of
these keys, and ``{"status": 403, "message": "Forbidden"}``, which gateways and frameworks write. An integer may be written as a text (``"21211"``) or with a fraction (``21211.0``).

Source: Twilio's API responses; RFC 9457.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TypeGuard, cast

import msgspec

_SID_FIELD = rb'"sid"\s*:\s*"((?:%b)[0-9a-fA-F]{32})(?![0-9A-Za-z])'
_MARK = b"\xef\xbb\xbf"

_is_digits = re.compile(r"[0-9]{1,7}").fullmatch


class Problem(msgspec.Struct, frozen=True):
    """What Twilio says went wrong. The texts may hold phone numbers: mask them before they leave.

    Attributes:
        code: Twilio's error code, or None where the body has none.
        more_info: link to Twilio's page.
        detail: more about this case.
        details: what else the body says, unread: ``details``, or the ``errors`` of shapes 3 and 4.
    """

    code: int | None
    message: str
    more_info: str | None = None
    detail: str | None = None
    status: int | None = None
    details: Mapping[str, object] | None = None

    def __repr__(self) -> str:
        return f"Problem(code={self.code}, message=<{len(self.message)} characters>)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("code", self.code), ("message", f"<{len(self.message)} characters>")]


def read_problem(content: bytes) -> Problem | None:
    """Read the body of an answer of 400 and above. Never raises."""
    body = _load(content)
    if not _is_object(body):
        return None
    return _standard(body) or _plain(body) or _listed(body)


def salvage_sid(content: bytes, kinds: str = "SM|MM") -> str | None:
    """The sid that an answer names which is no good JSON object: truncated, not UTF-8, a gateway's.

    A sid inside another text is not found, because JSON escapes the quotes around it, and
    ``"account_sid"`` is another field.
    """
    found = re.search(_SID_FIELD % kinds.encode("ascii"), content)
    return found[1].decode("ascii") if found else None


def sid_beside(problem: Problem | None, content: bytes, kinds: str = "SM|MM") -> str | None:
    """The sid of what was made all the same, if an answer outside 2xx names one.

    Twilio's own problems may name sids of other things further in: there only the body's own
    ``sid`` counts.
    """
    if problem is None:
        return salvage_sid(content, kinds)
    body = _load(content)
    given = body.get("sid") if _is_object(body) else None
    known = isinstance(given, str) and re.fullmatch(rf"(?:{kinds})[0-9a-fA-F]{{32}}", given)
    return cast("str", given) if known else None


def _load(content: bytes) -> object:
    try:
        return msgspec.json.decode(content)
    except RecursionError:
        return None
    except ValueError:
        return _load_leniently(content)


def _load_leniently(content: bytes) -> object:
    """Read JSON with bad UTF-8, lone surrogates or a byte order mark, which msgspec refuses."""
    try:
        return json.loads(content.removeprefix(_MARK).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _standard(body: Mapping[str, object]) -> Problem | None:
    title = _text(body.get("title"))
    if title is None or not {"type", "status", "code"} <= body.keys():
        return None
    errors = body.get("errors")
    return Problem(
        code=_code(body["code"]),
        message=title,
        more_info=_text(body["type"]),
        detail=_text(body.get("detail")),
        status=_status(body["status"]),
        details={"errors": errors} if _is_list(errors) else None,
    )


def _plain(body: Mapping[str, object]) -> Problem | None:
    message = _text(body.get("message"))
    code, status = _code(body.get("code")), _status(body.get("status"))
    more_info = _text(body.get("more_info")) or _text(body.get("moreInfo"))
    if message is None or (code is None and more_info is None):
        return None
    details = body.get("details")
    return Problem(
        code=code,
        message=message,
        more_info=more_info,
        detail=_text(body.get("detail")),
        status=status,
        details=details if _is_object(details) else None,
    )


def _listed(body: Mapping[str, object]) -> Problem | None:
    errors = body.get("errors")
    if not _is_list(errors) or not errors or not _is_object(first := errors[0]):
        return None
    message, code = _text(first.get("message")), _code(first.get("code"))
    if message is None or code is None:
        return None
    return Problem(
        code=code,
        message=message,
        more_info=_text(first.get("infoUrl")),
        detail=_text(first.get("context")),
        details={"errors": errors},
    )


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace").decode()  # a lone surrogate can't be written anywhere


def _code(value: object) -> int | None:
    return _within(value, 10_000, 9_999_999)


def _status(value: object) -> int | None:
    return _within(value, 100, 599)


def _within(value: object, least: int, most: int) -> int | None:
    number = _integer(value)
    return number if number is not None and least <= number <= most else None


def _integer(value: object) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str() if _is_digits(value):
            return int(value)
        case _:
            return None
