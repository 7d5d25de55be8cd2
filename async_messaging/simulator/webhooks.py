"""Where messages that come in are posted to, and whose URLs are told of statuses: settings of numbers and services.

A message that comes in goes to the URL of the service it belongs to, unless the service leaves it to the number's own;
else to the number's; else to that of `"*"`. A message's own `StatusCallback` goes before its service's.

Services and short codes that were made by Twilio's API bring their own settings, which are read where they are kept; what
is set here for a service or a code goes before them as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from .records import Shelves


class Webhook(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a number (`sms_url`) or a service (`inbound_request_url`) is set to.

    Attributes:
        url: where messages that come in are posted to.
        method: `POST` or `GET`.
        fallback: where they go when `url` fails.
        status_callback: told of the statuses of a service's messages that name no URL of their own.
        use_number: a service leaves messages that come in to their number's own URL.
    """

    url: str = ""
    method: str = "POST"
    fallback: str = ""
    status_callback: str = ""
    use_number: bool = False


_NONE = Webhook()


class Webhooks:
    """The settings of every number and service; `"*"` is every other one. What is set is noted in `touched`."""

    def __init__(self, shelves: Iterable[Shelves] = ()) -> None:
        self._shelves = tuple(shelves)
        self._by_address: dict[str, Webhook] = {}
        self.touched: set[str] = set()

    def put(self, address: str, webhook: Webhook) -> None:
        """Sets a number, a service or `"*"`."""
        for url in (webhook.url, webhook.fallback, webhook.status_callback):
            if url and not is_web_url(url):
                raise ValueError("a webhook's URL must begin with http:// or https:// and a host")
        if webhook.method not in ("POST", "GET"):
            raise ValueError("a webhook's method must be POST or GET")
        self._by_address[address] = webhook
        self.touched.add(address)

    def all(self) -> dict[str, Webhook]:
        """The settings by address."""
        return dict(self._by_address)

    def inbound(self, number: str, service: str | None) -> Webhook:
        """What holds for a message that comes in at `number`, which belongs to `service`."""
        own = self._of_service(service or "")
        if own is not None and own.url and not own.use_number:
            return own
        numbers = self._by_address.get(number) or self._of_code(number)
        if numbers is not None and numbers.url:
            return numbers
        return self._by_address.get("*", _NONE)

    def status_callback(self, service: str) -> str:
        """The URL for the statuses of a message of this service."""
        own = self._of_service(service)
        if own is not None and own.status_callback:
            return own.status_callback
        return self._by_address.get("*", _NONE).status_callback

    def _of_service(self, sid: str) -> Webhook | None:
        if sid in self._by_address:
            return self._by_address[sid]
        found = (shelves["services"].get(sid) for shelves in self._shelves)
        service = next(filter(None, found), None)
        if service is None:
            return None
        return Webhook(
            url=service.text("inbound_request_url"),
            method=service.text("inbound_method"),
            fallback=service.text("fallback_url"),
            status_callback=service.text("status_callback"),
            use_number=bool(service.fields["use_inbound_webhook_on_number"]),
        )

    def _of_code(self, number: str) -> Webhook | None:
        # Accounts may share a code's digits; the first that has set a URL gets the message.
        for shelves in self._shelves if number.isdigit() else ():
            for code in shelves["account_short_codes"]:
                if code.fields["short_code"] == number and code.fields["sms_url"]:
                    urls = code.text("sms_url"), code.text("sms_method")
                    return Webhook(*urls, code.text("sms_fallback_url"))
        return None


def is_web_url(url: str) -> bool:
    """Whether `url` is one that a server can be asked at."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
