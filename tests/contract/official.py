"""What Twilio's own Python library calls each operation, and what it sends: asked of the library itself.

Every part of the installed ``twilio`` package that a client leads to is called once with every
parameter it has, over an HTTP client that only writes down.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import typing
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

with warnings.catch_warnings():
    # Its dependencies use what newer Pythons deprecate, while they are imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from twilio.http import HttpClient
    from twilio.http.response import Response
    from twilio.rest import Client

from tests.contract.spec import ACCOUNT

__all__ = ["Client", "Official", "Recorder", "Sent", "known_to_twilio_python"]

STARTS = (
    *("messages", "balance", "short_codes"),
    *("messaging.v1", "messaging.v2", "messaging.v3", "content.v1", "content.v2", "pricing.v1"),
)
VERBS = ("create", "fetch", "update", "delete", "list")
SID = "X" * 34


@dataclass(frozen=True)
class Sent:
    """A request as it goes on the wire; a JSON body's members as pairs."""

    method: str
    server: str
    path: str
    pairs: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, method: str, url: str, body: Any, is_json: bool) -> Sent:
        parts = urlsplit(url)
        text = body.decode() if isinstance(body, bytes) else body or ""
        pairs: list[tuple[str, Any]] = list(parse_qsl(parts.query, keep_blank_values=True))
        if is_json:
            pairs += json.loads(text or "{}").items()
        else:
            pairs += parse_qsl(text, keep_blank_values=True)
        ordered = tuple(sorted(pairs, key=repr))
        return cls(method, f"{parts.scheme}://{parts.netloc}", parts.path, ordered)


Answering = Callable[[Sent], tuple[int, bytes]]
"""Status and body of the answer to a request."""


class Noted(Exception):
    """Raised instead of an answer where only the request is of interest."""


def _no_answer(_sent: Sent) -> tuple[int, bytes]:
    raise Noted


class Recorder(HttpClient):  # type: ignore[misc]  # twilio has no types
    """Answers every request with *content*, and writes down what ``requests`` would send."""

    def __init__(self, content: Answering = _no_answer) -> None:
        super().__init__(None, False, None)
        self.content = content
        self.sent: list[Sent] = []
        self.auth: list[Any] = []
        self.headers: list[frozenset[str]] = []

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Any:
        is_json = (headers or {}).get("Content-Type") == "application/json"
        body = {"json": data} if is_json else {"data": data}
        wire = requests.Request(method, url, params=params, **body).prepare()
        self.sent.append(Sent.of(method, str(wire.url), wire.body, is_json))
        self.auth.append(auth)
        self.headers.append(frozenset(name for name in headers or {} if "Api-Version" in name))
        status, content = self.content(self.sent[-1])
        return Response(status, content.decode())


@dataclass(frozen=True)
class Official:
    """An operation in twilio-python: where it is, and the names of what it can send."""

    name: str
    names: frozenset[str]


class Anything(str):
    """A value that passes for a text, an object and a list."""

    __slots__ = ()

    def to_dict(self) -> str:
        return str(self)

    def __iter__(self) -> Iterator[Anything]:
        return iter((self,))


class Everything(dict[str, Any]):
    """A JSON body that has whatever it is asked for."""

    def get(self, _name: str, _default: Any = None) -> Anything:
        return Anything("1")


@cache
def known_to_twilio_python() -> dict[tuple[str, str], Official]:
    """Operations by method and URL, with ``{}`` where a sid stands."""
    http = Recorder()
    client = Client(ACCOUNT, "t" * 32, http_client=http)
    found: dict[tuple[str, str], Official] = {}
    for start in STARTS:
        part = client
        for name in start.split("."):
            part = getattr(part, name)
        for name, resource in _parts(part, start):
            for verb in VERBS:
                if hasattr(resource, verb):
                    key, names = _tried(getattr(resource, verb), http)
                    found.setdefault(key, Official(f"{name}.{verb}", names))
    return found


def _parts(part: Any, name: str) -> Iterator[tuple[str, Any]]:
    """A part of the client and everything below it."""
    kind = type(part)
    if kind.__name__.endswith(("List", "Context")):
        yield name, part
    for below in dir(kind):
        if isinstance(getattr(kind, below), property):
            inner = getattr(part, below)
            if type(inner).__name__.endswith(("List", "Context")):
                yield from _parts(inner, f"{name}.{below}")
    if kind.__name__.endswith("List") and callable(part):
        count = len(inspect.signature(part).parameters)
        yield from _parts(
            part(*[SID] * count), f"{name}({'sid, ' * (count - 1)}sid)" if count else f"{name}()"
        )


def _tried(method: Any, http: Recorder) -> tuple[tuple[str, str], frozenset[str]]:
    """What a method sends when it is given everything."""
    parameters = inspect.signature(method).parameters
    models = {name: model for name, one in parameters.items() if (model := _model(one.annotation))}
    given = {name: models[name](Everything()) if name in models else "1" for name in parameters}
    if "limit" in given:
        given |= {"limit": 1, "page_size": 1}
    with contextlib.suppress(Noted):
        method(**given)
    sent = http.sent[-1]
    url = f"{sent.server}{sent.path}".replace(SID, "{}")
    return (sent.method, url), frozenset(name for name, _ in sent.pairs) | http.headers[-1]


def _model(annotation: Any) -> Any:
    """The class of a JSON body, where that is what a parameter takes."""
    kinds = typing.get_args(annotation) or (annotation,)
    return next((kind for kind in kinds if hasattr(kind, "to_dict")), None)
