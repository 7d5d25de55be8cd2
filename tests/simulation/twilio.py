"""Twilio as a client meets it: it accepts, refuses, throttles and fails, and its list lags."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from .world import EPOCH

if TYPE_CHECKING:
    from .world import World

__all__ = ["Moods", "Sent", "Twilio"]

_SMART = str.maketrans(
    {"\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2014": "-", "\u2026": "..."}
)


class Sent:
    """A message that it accepted.

    Attributes:
        program: who sent it: what its draft's `status_callback` names, which no list shows.
        listed: when the list has it.
        final: its last status.
        heard: when its sender heard something of its request: an answer, or the connection's end.
    """

    def __init__(
        self, sid: str, account: str, form: dict[str, str], at: float, listed: float
    ) -> None:
        self.sid = sid
        self.account = account
        self.to = form["To"]
        self.sender = form.get("From") or form.get("MessagingServiceSid", "")
        self.body = form.get("Body", "")
        self.stored = self.body
        self.program = form.get("StatusCallback", "").rpartition("/")[2]
        self.at = at
        self.listed = listed
        self.heard = float("inf")
        self.final = ""


class Moods:
    """How it behaves, as chances for each creation, and more."""

    def __init__(self) -> None:
        self.failed = 0.0  # a 500 without a message
        self.failed_after = 0.0  # a 500, and there is one
        self.unavailable = 0.0  # a 503
        self.throttled = 0.0  # a 429
        self.lag = 1.0  # seconds until the list has a message, at most
        self.altered: Callable[[str], str] | None = None  # how texts are stored
        self.capped = False  # the account's daily cap is reached


class Twilio:
    """All accounts.

    Attributes:
        stopped: people and senders that were told STOP, as it knows it.
        hears: whom it tells of statuses: the callback's page and query, the sid and the status.
        sent: all messages that it accepted, in order.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.moods = Moods()
        self.sent: list[Sent] = []
        self.by_sid: dict[str, Sent] = {}
        self.deleted: set[str] = set()
        self.stopped: set[tuple[str, str]] = set()
        self.accounts: dict[str, str] = {}
        self.deviation = world.rng.uniform(-1.5, 1.5)
        self.hears: Callable[[str, dict[str, str], str, str], None] | None = None
        self._latest: Sent | None = None
        self.stalls: tuple[float, float] = (0.0, 0.0)
        self.page = 1000 if world.rng.random() < 0.8 else 5

    def time(self) -> float:
        """Its clock."""
        return EPOCH + self.world.now

    # HTTP.

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
        """The whole answer to a request."""
        self._latest = None
        status, value = self._value(method, target, headers, body)
        content = b"" if value is None else json.dumps(value).encode()
        lines = [f"HTTP/1.1 {status} X", f"Date: {formatdate(self.time(), usegmt=True)}"]
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    def heard(self) -> Callable[[], None]:
        """See `network.Server`."""
        sent = self._latest

        def hear() -> None:
            if sent is not None:
                sent.heard = self.world.now

        return hear

    def _value(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Any]:
        url = urlsplit(target)
        parts = url.path.removesuffix(".json").split("/")
        account = parts[3]
        given = b64decode(headers["authorization"].removeprefix("Basic ")).decode()
        if given != f"{account}:{self.accounts.get(account)}":
            return _error(401, 20003, "Authenticate")
        if parts[4:] == ["Messages"] and method == "POST":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            return self._create(account, form)
        if parts[4:] == ["Messages"]:
            return self._list(account, url.path, parse_qs(url.query))
        if parts[4:5] == ["Messages"] and len(parts) == 6:
            found = self.by_sid.get(parts[5])
            if found is not None and found.account == account:
                if method == "DELETE":
                    return self._delete(found)
                return 200, self._shown(found)
        return _error(404, 20404, "The requested resource was not found")

    # Messages.

    def _create(self, account: str, form: dict[str, str]) -> tuple[int, Any]:
        rng, moods = self.world.rng, self.moods
        chance = rng.random()
        if chance < moods.throttled:
            return _error(429, 20429, "Too Many Requests")
        chance -= moods.throttled
        if chance < moods.unavailable:
            return _error(503, 20503, "Service unavailable")
        chance -= moods.unavailable
        if chance < moods.failed:
            return _error(500, 20500, "Internal error")
        if moods.capped:
            return _error(429, 63038, "Account exceeded the daily messages limit")
        sender = form.get("From") or form.get("MessagingServiceSid", "")
        if form["To"].endswith("0000"):
            return _error(400, 21211, "Invalid 'To' Phone Number")
        if (form["To"], sender) in self.stopped:
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        sent = self._latest = self.accept(account, form)
        if chance - moods.failed < moods.failed_after:
            return _error(500, 20500, "Internal error")
        return 201, self._shown(sent, fresh=True)

    def _delete(self, sent: Sent) -> tuple[int, Any]:
        chance = self.world.rng.random()
        if chance < self.moods.throttled:
            return _error(429, 20429, "Too Many Requests")
        if chance - self.moods.throttled < self.moods.unavailable:
            return _error(503, 20503, "Service unavailable")
        del self.by_sid[sent.sid]
        self.deleted.add(sent.sid)
        return 204, None

    def accept(self, account: str, form: dict[str, str]) -> Sent:
        """A new message."""
        now, rng = self.world.now, self.world.rng
        listed = now + rng.random() ** 3 * self.moods.lag
        begins, ends = self.stalls
        if begins <= listed < ends:
            listed = ends
        final = rng.choice(("delivered", "delivered", "undelivered"))
        sent = Sent(f"SM{rng.getrandbits(128):032x}", account, form, now, listed)
        sent.final = final
        if self.moods.altered is not None:
            sent.stored = self.moods.altered(sent.body)
        self.sent.append(sent)
        self.by_sid[sent.sid] = sent
        self._report(sent)
        return sent

    def _report(self, sent: Sent) -> None:
        """Report what becomes of it, in any order."""
        page, _, query = sent.program.partition("?")
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        if self.hears is None or "campaign" not in asked:
            return
        rng, hears = self.world.rng, self.hears
        for status in ("sent", sent.final):
            when = rng.choice((0.0, 0.5, 30.0)) + rng.random()
            self.world.after(when, partial(hears, page, asked, sent.sid, status))

    def _shown(self, sent: Sent, *, fresh: bool = False) -> dict[str, Any]:
        created = formatdate(self.time() - self.world.now + sent.at + self.deviation, usegmt=True)
        service = sent.sender if sent.sender.startswith("MG") else None
        number = sent.sender if service is None else None if fresh else "+15005550099"
        return {
            "sid": sent.sid,
            "account_sid": sent.account,
            "status": "queued" if fresh else sent.final,
            "direction": "outbound-api",
            "to": sent.to,
            "from": number,
            "messaging_service_sid": service,
            "body": sent.stored,
            "num_segments": "1",
            "date_created": created,
            "date_updated": created,
            "date_sent": None if fresh else created,
        }

    def _list(self, account: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        to, size = query.get("To", [""])[0], int(query.get("PageSize", ["50"])[0])
        size, start = min(size, self.page), int(query.get("Page", ["0"])[0])
        found = [
            sent
            for sent in reversed(self.sent)
            if sent.listed <= self.world.now
            and sent.sid not in self.deleted
            and sent.account == account
            and (not to or sent.to == to)
        ]
        more = None
        if start + size < len(found):
            more = f"{path}?To={quote(to)}&PageSize={size}&Page={start + size}"
        shown = [self._shown(sent) for sent in found[start : start + size]]
        return 200, {"messages": shown, "next_page_uri": more}

    def uncap(self) -> None:
        """A new day."""
        self.moods.capped = False

    # Others.

    def foreign(self, account: str, to: str, sender: str, body: str) -> None:
        """Another program of this account writes to somebody."""
        self.accept(account, {"To": to, "From": sender, "Body": body, "StatusCallback": "/foreign"})


def smart(text: str) -> str:
    """A text as a service with smart encoding stores it."""
    return text.translate(_SMART)


def _error(status: int, code: int, text: str) -> tuple[int, Any]:
    return status, {"code": code, "message": text, "more_info": "", "status": status}
