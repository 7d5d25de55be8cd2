"""The senders of a messaging service: PhoneNumbers, ShortCodes, AlphaSenders, DestinationAlphaSenders, ChannelSenders.

| sid that is added | sender |
|---|---|
| `PN` that `pool_addresses.number_sid` gives for one of the account's numbers | that number |
| `SC` of one of the account's short codes | that code |
| `XE` of a sender of `/v2/Channels/Senders` | its address |
| any other | a fictive one that hangs on the sid, made on the spot |

A number or code that is in the service already is answered with 200, any other sender with 21710; one of another service
is refused with 21712, and the 401st number of a service with 21714. An alphanumeric sender has at most 11 letters,
digits, blanks and `+-_&`, and is not of digits alone; a wrong one is refused with 20001, the simulator's choice.
Source: Twilio's reference, "PhoneNumber", "ShortCode", "AlphaSender", "DestinationAlphaSender" and "ChannelSender" of a
service.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from async_messaging.simulator import parameters
from async_messaging.simulator.answers import Answer, RefusedError
from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.parameters import Parameter, read_form
from async_messaging.simulator.resources import pool_addresses
from async_messaging.simulator.resources.collection import Collection, stamps
from async_messaging.simulator.resources.services import SERVICES
from async_messaging.simulator.routes import Route
from async_messaging.simulator.shelves import Record

MOST_NUMBERS = 400

_SERVICE = "/v1/Services/{ServiceSid}/"
_ALPHA = parameters.text("AlphaSender", 11, r"(?=.*[A-Za-z +_&-])[A-Za-z0-9 +_&-]+", required=True)
_COUNTRY = parameters.text("IsoCountryCode", 2, "(?:[A-Z]{2})?", default="")
_Made = Callable[[Exchange, str], dict[str, object]]


def _represent(exchange: Exchange, sender: Record, path: str) -> dict[str, object]:
    owner = "messaging_service_sid" if path == "ChannelSenders" else "service_sid"
    return {
        **stamps(exchange, sender),
        owner: sender.parent,
        **sender.fields,
        "url": f"{exchange.origin}{_SERVICE.format(ServiceSid=sender.parent)}{path}/{sender.sid}",
    }


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """The senders of one kind that services have.

    Attributes:
        path: the last word of their path.
        records: where they are kept.
        given: the parameter that names one by its sid, if they have sids before they are added.
        make: the fields of one with a sid.
        repeats: adding one again is no error.
    """

    path: str
    records: Collection
    given: Parameter | None = None
    make: _Made | None = None
    repeats: bool = False

    def add(self, exchange: Exchange) -> Answer:
        """POST of a sid: 201, or 200 if it is in the service already."""
        assert self.given is not None
        assert self.make is not None
        service = SERVICES.find(exchange).sid
        form = read_form(exchange.form, (self.given,), whole_record=True)
        sid = str(form[self.given.field])
        shelf = self.records.shelf(exchange)
        known = shelf.get(sid)
        if known is not None and known.parent != service:
            raise RefusedError(21712, sid)
        if known is not None and not self.repeats:
            raise RefusedError(21710, sid)
        if known is not None:
            return self.records.tell(exchange, known)
        if self.path == "PhoneNumbers" and len(list(shelf.of(service))) >= MOST_NUMBERS:
            raise RefusedError(21714, service)
        made = self.records.new(exchange, self.make(exchange, sid), sid)
        return self.records.tell(exchange, made, 201)

    def name(self, exchange: Exchange) -> Answer:
        """POST of an alphanumeric sender: 201."""
        service = SERVICES.find(exchange).sid
        fields = read_form(exchange.form, self.records.parameters, whole_record=True)
        for other in self.records.shelf(exchange).of(service):
            if all(other.fields[field] == value for field, value in fields.items()):
                raise RefusedError(21710, fields["alpha_sender"])
        made = self.records.new(exchange, {**fields, "capabilities": ["SMS"]})
        return self.records.tell(exchange, made, 201)

    def fetch(self, exchange: Exchange) -> Answer:
        """GET of one."""
        return self.records.fetch(exchange)

    def show_list(self, exchange: Exchange) -> Answer:
        """GET of a service's, filtered by `IsoCountryCode` where senders have a destination."""
        found = self.records.shelf(exchange).of(SERVICES.find(exchange).sid)
        if _COUNTRY in self.records.parameters:
            wanted = read_form(exchange.query, (_COUNTRY,), whole_record=False)
            found = (one for one in found if wanted.items() <= one.fields.items())
        return self.records.show(exchange, found)

    def routes(self) -> tuple[Route, ...]:
        """Its lines of the table."""
        everyone, one = (
            _SERVICE + self.path,
            f"{_SERVICE}{self.path}/{{{self.records.placeholder}}}",
        )
        post = self.add if self.given else self.name
        return (
            Route("POST", everyone, post, "change", host="messaging"),
            Route("GET", everyone, self.show_list, host="messaging"),
            Route("GET", one, self.fetch, host="messaging"),
            Route("DELETE", one, self.records.delete, "change", host="messaging"),
        )


def _records(
    kind: str, prefix: str, path: str, placeholder: str, key: str, *given: Parameter
) -> Collection:
    return Collection(
        kind=kind,
        prefix=prefix,
        key=key,
        placeholder=placeholder,
        parent="ServiceSid",
        represent=lambda exchange, sender: _represent(exchange, sender, path),
        parameters=given,
    )


def _alpha(kind: str, path: str, *given: Parameter) -> Pool:
    kept = _records(kind, "AI", path, "AlphaSenderSid", "alpha_senders", *given)
    return Pool(path=path, records=kept)


_POOLS = (
    Pool(
        path="PhoneNumbers",
        records=_records("phone_numbers", "PN", "PhoneNumbers", "PhoneNumberSid", "phone_numbers"),
        given=parameters.sid("PhoneNumberSid", "PN", required=True),
        make=pool_addresses.number_of,
        repeats=True,
    ),
    Pool(
        path="ShortCodes",
        records=_records("short_codes", "SC", "ShortCodes", "ShortCodeSid", "short_codes"),
        given=parameters.sid("ShortCodeSid", "SC", required=True),
        make=pool_addresses.code_of,
        repeats=True,
    ),
    _alpha("alpha_senders", "AlphaSenders", _ALPHA),
    _alpha("destination_alpha_senders", "DestinationAlphaSenders", _ALPHA, _COUNTRY),
    Pool(
        path="ChannelSenders",
        records=_records("channel_senders", "XE", "ChannelSenders", "ChannelsSenderSid", "senders"),
        given=parameters.sid("Sid", "XE", required=True),
        make=pool_addresses.channel_sender_of,
    ),
)

ROUTES = tuple(route for pool in _POOLS for route in pool.routes())
