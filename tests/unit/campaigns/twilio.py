"""Twilio without a network, on a fake clock: it accepts, fails, and lists what it accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from async_messaging.errors import AnswerTimeout, ConnectFailed, ConnectionLost
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response, scripted
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import problem

Form = dict[str, str]
Behaviour = Callable[[int, Form], str]

_ANSWERS: dict[str, Callable[[], Item]] = {
    "500": lambda: problem(500, 20500),
    "lost": lambda: ConnectionLost("lost"),
    "timeout": lambda: AnswerTimeout("no answer in time"),
    "connect": lambda: ConnectFailed("refused"),
    "refused": lambda: problem(400, 21610),
    "queue full": lambda: problem(400, 21611),
    "daily limit": lambda: problem(429, 63038),
    "unauthorized": lambda: problem(401, 20003),
    "stopped": lambda: problem(403, 20005),
    "301": lambda: Response(301, {"location": "https://example.com"}, b""),
    "307": lambda: Response(307, {"location": "https://example.com"}, b""),
}


def accept(_number: int, _form: Form) -> str:
    return "accept"


class Twilio:
    """Answers as a script's function.

    What a creation meets is a name: ``accept``, ``truncated`` (accepted, half an answer), ``429 7``
    (with its ``Retry-After``), one of the answers above, which accepts nothing, or one of them
    with ``after`` behind it, which accepts and then fails.
    """

    def __init__(self, clock: FakeClock, behave: Behaviour = accept) -> None:
        self.clock = clock
        self._start = clock.time() - clock.monotonic()
        self.behave = behave
        self.latency = 0.05
        self.answering = 0.0
        self.lag = 0.0
        self.ahead = 0.0
        self.page = 1_000
        self.dated = True
        self.dates_all = False
        self.posts: list[Form] = []
        self.reads: list[Form] = []
        self.messages: list[tuple[float, dict[str, object]]] = []
        self.read: Callable[[int, Form], Item | None] = lambda _number, _query: None
        self.shows: Callable[[dict[str, object]], dict[str, object]] = lambda message: message
        self.in_flight = 0
        self.most_in_flight = 0

    def _time(self) -> float:
        """Its own time: a machine's wall clock that is set doesn't move it."""
        return self._start + self.clock.monotonic()

    async def answer(self, request: Request) -> Item:
        item = self._listed(request) if request.method == "GET" else await self._posted(request)
        if self.dates_all and isinstance(item, Response):
            headers = {**item.headers, "date": self._date().replace("+0000", "GMT")}
            return Response(item.status, headers, item.content)
        return item

    async def _posted(self, request: Request) -> Item:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.posts.append(form)
        number = len(self.posts)
        request.written = (does := self.behave(number, form)) != "connect"
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        try:
            await self.clock.sleep(self.latency)
            item = self._created(does, form)
            await self.clock.sleep(self.answering)
        finally:
            self.in_flight -= 1
        return item

    def _created(self, does: str, form: Form) -> Item:
        if does.startswith("429"):
            wait = does[4:]
            return problem(429, 20429, **({"retry_after": wait} if wait else {}))
        name = does.removesuffix(" after")
        if does in {"accept", "truncated"} or name != does:
            message = self.accept(form)
            if name == "accept":
                return scripted.json(201, message)
            if name == "truncated":
                whole = scripted.json(201, message)
                return Response(201, whole.headers, whole.content[:80])
        return _ANSWERS[name]()

    def accept(self, form: Form) -> dict[str, object]:
        """Accept a message, from whomever."""
        message: dict[str, object] = {
            "sid": f"SM{len(self.messages) + 1:032x}",
            "status": "queued",
            "direction": "outbound-api",
            "to": form["To"],
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "body": form.get("Body", ""),
            "num_media": "0",
            "num_segments": "1",
            "date_created": self._date(),
        }
        self.messages.append((self._time(), message))
        return message

    def _date(self) -> str:
        moment = datetime.fromtimestamp(int(self._time() + self.ahead), UTC)
        return format_datetime(moment)

    def _listed(self, request: Request) -> Item:
        url = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.reads.append({"path": url.path, **query})
        if (instead := self.read(len(self.reads), query)) is not None:
            return instead
        headers = {"Date": self._date().replace("+0000", "GMT")} if self.dated else {}
        if not url.path.endswith("/Messages.json"):
            return self._one(url.path.rsplit("/", 1)[-1].removesuffix(".json"), headers)
        now = self._time()
        found = [
            self.shows(message)
            for accepted_at, message in reversed(self.messages)
            if accepted_at + self.lag <= now and query.get("To") in {None, message["to"]}
        ]
        start = int(query.get("Page", "0")) * self.page
        following = None
        if start + self.page < len(found):
            more = {**query, "Page": str(start // self.page + 1), "PageToken": "x"}
            following = f"{url.path}?{urlencode(more)}"
        body = {"messages": found[start : start + self.page], "next_page_uri": following}
        return scripted.json(200, body, headers=headers)

    def _one(self, sid: str, headers: dict[str, str]) -> Item:
        now = self._time()
        for accepted_at, message in self.messages:
            if message["sid"] == sid and accepted_at + self.lag <= now:
                return scripted.json(200, self.shows(message), headers=headers)
        return problem(404, 20404) if sid != "Balance" else Response(200, {}, b"{}")
