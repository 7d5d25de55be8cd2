"""Whether aiohttp's session is as aiohttp made it.

aioresponses and other tools of tests put themselves in the place of `ClientSession` or of its
``_request``; instrumentations wrap those, or what a session calls. The wire transport would go past
all of them, and a real request would leave a test. So each call asks here, and goes through a
session where the answer is yes (see `wire.py`): a tool may come after the client was made, and go
again.

What was replaced is told by where its code stands, not by how it looked when this module was
loaded: an instrumentation is often there before.
"""

from __future__ import annotations

from pathlib import Path
from types import FunctionType

import aiohttp
from aiohttp import client

_seen: tuple[object, ...] = ()
_altered = True


def session_class() -> type[aiohttp.ClientSession]:
    """The class of new sessions: what stands in aiohttp's place, under either of its names."""
    return aiohttp.ClientSession if id(client.ClientSession) == _OWN else client.ClientSession


def session_is_altered() -> bool:
    """Whether `ClientSession`, or a method that carries its requests, is not aiohttp's own."""
    global _seen, _altered  # noqa: PLW0603 - what was found last time
    session = aiohttp.ClientSession
    try:
        found: tuple[object, ...] = (
            session,
            client.ClientSession,
            aiohttp.BaseConnector.connect,
            session._request,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            session.request,
            session.__init__,
        )
    except AttributeError:
        return True  # something else stands in the class's place
    if found != _seen:
        _seen = found
        classes_are_own = id(session) == id(client.ClientSession) == _OWN
        _altered = not classes_are_own or not all(map(_is_own, found[2:]))
    return _altered


def _is_own(method: object) -> bool:
    """Whether it is a plain function beside one that nobody has a reason to replace."""
    if not isinstance(method, FunctionType) or hasattr(method, "__wrapped__"):
        return False
    beside = aiohttp.DummyCookieJar.clear.__code__.co_filename
    return Path(method.__code__.co_filename).parent == Path(beside).parent


def _own_class() -> int | None:
    """Which class aiohttp defines; None if it was replaced before this module was loaded."""
    found: object = aiohttp.ClientSession
    return id(found) if getattr(found, "__module__", None) == client.__name__ else None


_OWN = _own_class()
