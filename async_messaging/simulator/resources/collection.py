"""What most resources of v1 have in common: create, fetch, update, delete and list records of one kind.

    SERVICES = Collection(kind="services", key="services", placeholder="ServiceSid", ...)
    ROUTES = (Route("POST", "/v1/Services", SERVICES.create, host="messaging"), ...)

A resource that does more writes its own handler from `new`, `find` and `tell`.

Reviews of brands, campaigns, numbers and senders go from status to status by themselves. Nothing runs in the background:
the status is computed from when something was handed in and how late it is now, so it survives a restart; the
simulator's `speed` divides the delays. Where an input has a text, that text can wish for an outcome: `simulate FAILED`,
or `simulate TWILIO_REJECTED 30484` with the code of the reason. Each module says which wishes it knows; another is
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from .. import dates, paging
from ..answers import Answer, json_answer
from ..exchange import Exchange
from ..parameters import Parameter, read_form
from ..records import Record, Shelf
from ..routes import SID_PREFIXES

Representer = Callable[[Exchange, Record], dict[str, object]]
_WISH = re.compile(r"\bsimulate ([A-Z_]+)(?: ([0-9]{5}))?", re.ASCII)


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """The records of one kind: their shelf, and what a page calls them.

    `placeholder` is the path's name for their sids. `parent` is what they belong to: a collection, or the path's name for
    its sid where any will do. `filters` are those of a list by what its records say.
    """

    kind: str
    key: str
    placeholder: str
    represent: Representer
    parameters: tuple[Parameter, ...] = ()
    parent: Collection | str = ""
    filters: tuple[Parameter, ...] = ()

    def shelf(self, exchange: Exchange) -> Shelf:
        """Where this account's records are."""
        return exchange.account.shelves[self.kind]

    def new(self, exchange: Exchange, fields: dict[str, object], sid: str = "") -> Record:
        """Keeps a new record."""
        record = Record(
            sid=sid or exchange.account.new_sid(SID_PREFIXES[self.placeholder]),
            created=exchange.now,
            updated=exchange.now,
            parent=self._parent(exchange) or "",
            fields=fields,
        )
        self.shelf(exchange).put(record)
        return record

    def _parent(self, exchange: Exchange) -> str | None:
        if isinstance(self.parent, Collection):
            return self.parent.find(exchange).sid
        return exchange.path[self.parent] if self.parent else None

    def find(self, exchange: Exchange) -> Record:
        """The record that the path names (20404)."""
        sid = exchange.path[self.placeholder]
        return exchange.found(self.shelf(exchange).get(sid, self._parent(exchange)))

    def tell(self, exchange: Exchange, record: Record, status: int = 200) -> Answer:
        """Answers with one record."""
        return json_answer(self.represent(exchange, record), status)

    def create(self, exchange: Exchange) -> Answer:
        """POST of the collection: 201."""
        fields = read_form(exchange.form, self.parameters, whole_record=True)
        return self.tell(exchange, self.new(exchange, fields), 201)

    def fetch(self, exchange: Exchange) -> Answer:
        """GET of one."""
        return self.tell(exchange, self.find(exchange))

    def update(self, exchange: Exchange) -> Answer:
        """POST of one: what is given changes, the rest stays."""
        record = self.find(exchange)
        fields = read_form(exchange.form, self.parameters, whole_record=False)
        self.shelf(exchange).change(record, exchange.now, fields)
        return self.tell(exchange, record)

    def delete(self, exchange: Exchange) -> Answer:
        """DELETE of one: 204."""
        self.shelf(exchange).remove(self.find(exchange).sid)
        return Answer(204)

    def show_list(self, exchange: Exchange) -> Answer:
        """GET of the collection: a page of v1, oldest first."""
        parent = self._parent(exchange)
        wanted = read_form(exchange.query, self.filters, whole_record=False)
        shelf = self.shelf(exchange)
        found = shelf if parent is None else shelf.of(parent)
        return self.show(exchange, (one for one in found if wanted.items() <= one.fields.items()))

    def show(self, exchange: Exchange, records: Iterable[Record]) -> Answer:
        """A page of these records."""
        window = paging.read_window(exchange.query)
        part, shown = paging.cut_sequence(list(records), window, lambda record: record.sid)
        url = exchange.origin + exchange.target.partition("?")[0]
        told = {self.key: [self.represent(exchange, record) for record in shown]}
        return json_answer(paging.page_v1(url, exchange.query, window, part, told))


def stamps(exchange: Exchange, record: Record, since: float = 0.0) -> dict[str, object]:
    """What every record shows: its sid, its account's, its dates; `since` is when it came to what it is by itself."""
    return {
        "sid": record.sid,
        "account_sid": exchange.account.sid,
        "date_created": dates.iso8601(record.created),
        "date_updated": dates.iso8601(max(since, record.updated)),
    }


class Stage(msgspec.Struct, frozen=True):
    """A status, and the seconds after which it is reached."""

    status: str
    after: float = 0.0


class Reached(msgspec.Struct, frozen=True):
    """The status at one time, and since when."""

    status: str
    since: float


class Wish(msgspec.Struct, frozen=True):
    """What a text asks for: an outcome, and the code of its reason or 0."""

    status: str = ""
    code: int = 0


def reached(exchange: Exchange, begun: float, stages: Sequence[Stage]) -> Reached:
    """Which stage something is at now that was handed in at `begun`; the first has no delay.

    A stage with the status of the one before it changes nothing, nor since when that holds.
    """
    speed = exchange.world.conditions.speed
    past = [stage for stage in stages if begun + stage.after / speed <= exchange.now]
    status = past[-1].status if past else stages[0].status
    since = next(stage.after for stage in stages if stage.status == status)
    return Reached(status, begun + since / speed)


def wish(text: str) -> Wish:
    """The outcome that a text wishes for."""
    match = _WISH.search(text)
    return Wish(match[1], int(match[2] or 0)) if match else Wish()


def handed_in(record: Record) -> float:
    """When a record was last handed in for review."""
    begun = record.time("submitted")
    return record.created if begun is None else begun
