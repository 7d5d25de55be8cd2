"""No test reaches Twilio unawares: whoever tries is stopped, and named.

Three nets, because names are looked up in more ways than one:

* **An audit hook** sees every lookup and every connection by name of Python's own `socket`: asyncio's
  loops, aiohttp, requests, urllib3, httpx, anyio and plain sockets go through it. It can't be taken
  out again, so it stays for the process and looks at nothing while no guard is on.
* **What looks names up by itself**, in C, before any hook is asked: a socket that connects to a name,
  uvloop's loops, and aiohttp's resolver over c-ares.
* **TLS**, where the host is named once more. That stops whoever connects by an address or through a
  proxy, before the first byte of a request.

Only this process is guarded: programs that tests start are not.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any, cast

import pytest

from .first_import import when_imported

_EVENTS = {
    "socket.connect": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyaddr": 0,
    "socket.gethostbyname": 0,
    "socket.sendmsg": 1,
    "socket.sendto": 1,
}
"""Audit events, and which of their arguments is a host or begins with one."""

_PAST_THE_HOOK = {
    "aiohttp.resolver": (("AsyncResolver", "resolve", 0, "host"),),
    "socket": (("socket", "connect", 0, "address"), ("socket", "connect_ex", 0, "address")),
    "ssl": (
        ("SSLContext", "wrap_bio", 3, "server_hostname"),
        ("SSLContext", "wrap_socket", 4, "server_hostname"),
    ),
    "uvloop": (("Loop", "create_connection", 1, "host"), ("Loop", "getaddrinfo", 0, "host")),
}
"""By module: class, method, and the argument that is a host or begins with one, by place and name."""


class TwilioBlocked(BaseException):
    """A test tried to reach Twilio, and may not. Nothing was sent.

    It is no `Exception`, so that code which repeats or forgives failures does not go on.

    Attributes:
        host: where it would have gone.
        test: the test's node id; empty while no test ran, as when tests are collected.
    """

    def __init__(self, host: str, test: str) -> None:
        super().__init__(host, test)
        self.host: str = host
        self.test: str = test

    def __str__(self) -> str:
        return (
            f"{self.test or 'Code outside of tests'} tried to reach {self.host}. The fixture"
            " `twilio` simulates it; to reach the real one, mark the test `live_twilio`."
        )


class Guard:
    """Blocks every host of Twilio's while it is on; counts how often each test tried."""

    def __init__(self) -> None:
        self.attempts: Counter[tuple[str, str]] = Counter()
        self._test = ""
        self._lets_through = False
        self._news: list[str] = []
        self._patch = pytest.MonkeyPatch()
        self._forget: list[Callable[[], None]] = []

    def switch_on(self) -> None:
        """Block from now on; the guard that was on before rests until `switch_off`."""
        global _hooked  # noqa: PLW0603 - a hook is the process's
        if not _hooked:
            _hooked = True
            sys.addaudithook(_look)
        _on.append(self)
        for module in _PAST_THE_HOOK:
            self._forget.append(when_imported(module, self._patch_module))

    def switch_off(self) -> None:
        """Block no more."""
        for forget in self._forget:
            forget()
        self._forget.clear()
        self._patch.undo()
        if self in _on:
            _on.remove(self)

    @contextmanager
    def during(self, test: str, *, live: bool) -> Generator[None]:
        """While a test runs: attempts are its own; a live one may reach Twilio."""
        self._test, self._lets_through = test, live
        self.take_news()
        try:
            yield
        finally:
            self._test, self._lets_through = "", False

    def take_news(self) -> list[str]:
        """The hosts that were tried since the last call."""
        news, self._news = self._news, []
        return sorted(set(news))

    def check(self, host: object) -> None:
        """Let a host pass, unless it is Twilio's."""
        __tracebackhide__ = True
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if not isinstance(name, str) or "twilio" not in (name := name.lower()):
            return
        name = name.rstrip(".")
        if (name == "twilio.com" or name.endswith(".twilio.com")) and not self._lets_through:
            self.attempts[self._test, name] += 1
            self._news.append(name)
            raise TwilioBlocked(name, self._test)

    def _patch_module(self, module: ModuleType) -> None:
        for kind_name, method, place, name in _PAST_THE_HOOK[module.__name__]:
            kind = getattr(module, kind_name)
            self._patch.setattr(kind, method, _checked(getattr(kind, method), place, name))


_on: list[Guard] = []
_hooked = False


def _look(event: str, arguments: tuple[object, ...]) -> None:
    __tracebackhide__ = True
    if event in _EVENTS:
        _check(arguments[_EVENTS[event]])


def _check(target: object) -> None:
    __tracebackhide__ = True
    if _on:
        _on[-1].check(_host_of(target))


def _host_of(target: object) -> object:
    """The host of an address, which has a port, too; what is no address is a name or a path."""
    is_address = issubclass(type(target), tuple)
    return cast("tuple[object, ...]", target)[0] if is_address else target


def _checked(method: Callable[..., Any], place: int, name: str) -> Callable[..., Any]:
    @wraps(method)
    def checked(self: object, *args: object, **named: object) -> object:
        __tracebackhide__ = True
        _check(named.get(name, args[place] if len(args) > place else None))
        return method(self, *args, **named)

    return checked
