"""Twilio's own library, pointed at a simulator without a change to the code that uses it.

Every request of a client, sync or async, made before or after, passes `Client.get_hostname` with its
whole URL. There, what would go to one of Twilio's hosts goes to the simulator: the same as setting
the `base_url` of each of the client's domains, but for clients that nobody can get hold of, too.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest

from .first_import import when_imported

_HOME = "twilio.base.client_base"


@contextmanager
def redirected(url: str) -> Generator[None]:
    """While it lasts, clients of the official library reach *url* instead of Twilio.

    The library is not imported for it, and need not be installed.
    """
    with pytest.MonkeyPatch.context() as patch:

        def redirect(module: ModuleType) -> None:
            kind = module.ClientBase
            patch.setattr(kind, "get_hostname", _redirecting(kind.get_hostname, url))

        forget = when_imported(_HOME, redirect)
        try:
            yield
        finally:
            forget()


def _redirecting(original: Callable[..., str], url: str) -> Callable[[Any, str], str]:
    def get_hostname(client: Any, uri: str) -> str:
        parts = urlsplit(uri)
        if uri.startswith(f"{url}/"):
            return uri  # an edge or a region would be worked into its address
        if not f".{parts.hostname or ''}".endswith(".twilio.com"):
            return original(client, uri)
        return f"{url}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    return get_hostname
