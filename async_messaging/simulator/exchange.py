"""One request as handlers see it, without a socket in sight."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import TypeVar
from urllib.parse import unquote

import msgspec

from .accounts import Account
from .answers import Answer, ComplaintError, RefusedError, json_answer
from .checks import Form
from .world import World

Body = TypeVar("Body")
Thing = TypeVar("Thing")

_MAX_FIELDS = 1000
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_SHORT = 32


class Exchange(msgspec.Struct, gc=False):
    """A request that has found its route; `path` holds the values of the route's placeholders."""

    world: World
    account: Account
    now: float
    path: dict[str, str]
    target: str
    query: Form
    form: Form
    origin: str
    raw: bytes = b""

    def asked(self, name: str) -> str:
        """The first value of a parameter of the query, or an empty text."""
        return (self.query.get(name) or [""])[0]

    def number(self, name: str, default: int) -> int:
        """A whole number of the query."""
        text = self.asked(name) or str(default)
        if not _WHOLE.fullmatch(text):
            raise ComplaintError(f"{name} must be a whole number")
        return int(text)

    def found(self, value: Thing | None) -> Thing:
        """What the path names, if it is there (20404)."""
        if value is None:
            raise RefusedError(20404, self.target)
        return value

    def _sign(self, path: str, expires: str) -> str:
        secret, text = self.world.auth_token.encode(), f"{path} {expires}"
        return hashlib.blake2b(text.encode(), key=secret, digest_size=16).hexdigest()

    def redirect(self, path: str, expires: str = "") -> Answer:
        """307 to an address on the CDN, which is signed: in `Location` and as `redirect_to` in the JSON body."""
        until = f"Expires={expires}&" if expires else ""
        address = f"{self.origin}{path}?{until}Signature={self._sign(path, expires)}"
        return json_answer({"redirect_to": address}, 307, headers={"Location": address})

    def is_signed(self) -> bool:
        """Whether the address asked for is one that `redirect` has given."""
        signature = self._sign(self.target.partition("?")[0], self.asked("Expires"))
        return self.query.get("Signature") == [signature]

    def read_body(self, decoder: msgspec.json.Decoder[Body]) -> Body:
        """The body, which is JSON (20001); fields that the decoder doesn't know are passed over."""
        try:
            return decoder.decode(self.raw)
        except msgspec.ValidationError as error:
            raise RefusedError(20001, str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise RefusedError(20001, "the body is no JSON") from None


def read_pairs(text: str) -> Form:
    """Reads a query or a form into lists of values by name; of UTF-8, and 1,000 fields at most (20001)."""
    pieces = text.split("&")
    if len(pieces) > _MAX_FIELDS:
        raise RefusedError(20001, "there are too many parameters")
    pairs: Form = {}
    try:
        for piece in filter(None, pieces):
            name, _, value = piece.partition("=")
            pairs.setdefault(_unquote(name), []).append(_unquote(value))
    except UnicodeDecodeError:
        raise RefusedError(20001, "the parameters can't be read") from None
    return pairs


def _unquote(text: str) -> str:
    spaced = text.replace("+", " ")
    if "%" not in spaced:
        return spaced
    return _decode_short(spaced) if len(spaced) < _SHORT else unquote(spaced, errors="strict")


@lru_cache(maxsize=4096)
def _decode_short(text: str) -> str:
    return unquote(text, errors="strict")


def read_form(content_type: str, body: bytes) -> Form:
    """Reads a form body; a body of another content type has no parameters, as far as Twilio sees."""
    if not body or not content_type.lower().startswith("application/x-www-form-urlencoded"):
        return {}
    try:
        return read_pairs(body.decode())
    except UnicodeDecodeError:
        raise RefusedError(20001, "the parameters can't be read") from None
