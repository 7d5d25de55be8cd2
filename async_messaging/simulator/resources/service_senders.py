"""The senders of a messaging service: PhoneNumbers, ShortCodes, AlphaSenders, DestinationAlphaSenders, ChannelSenders.

| sid that is added | sender |
|---|---|
| `PN` that `number_sid` gives for one of the account's numbers | that number |
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

import re
from collections.abc import Callable
from hashlib import blake2b

from .. import parameters
from ..answers import Answer, RefusedError
from ..countries import country_of
from ..exchange import Exchange
from ..parameters import Parameter, read_form
from ..records import Record
from ..routes import Route
from . import short_codes
from .channels_senders import SENDERS
from .collection import Collection, stamps
from .services import SERVICES

MOST_NUMBERS = 400

_SERVICE = "/v1/Services/{ServiceSid}/"
_ALPHA = parameters.text("AlphaSender", 11, r"(?=.*[A-Za-z +_&-])[A-Za-z0-9 +_&-]+", required=True)
_COUNTRY = parameters.text("IsoCountryCode", 2, "(?:[A-Z]{2})?", default="")
_Made = Callable[[Exchange, str], dict[str, object]]
_AREAS = ("206", "212", "303", "305", "312", "404", "415", "503", "602", "617", "702", "713")
_CHANNELS = {"whatsapp": "WhatsApp", "rcs": "RCS"}
_KIND = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _represent(exchange: Exchange, sender: Record, path: str) -> dict[str, object]:
    owner = "messaging_service_sid" if path == "ChannelSenders" else "service_sid"
    return {
        **stamps(exchange, sender),
        owner: sender.parent,
        **sender.fields,
        "url": f"{exchange.origin}{_SERVICE.format(ServiceSid=sender.parent)}{path}/{sender.sid}",
    }


class Pool(Collection, frozen=True, kw_only=True):
    """The senders of one kind that services have; the first parameter names what is added.

    `make` has the fields of one with a sid, if they have sids before they are added. `repeats`: adding one again is no error.
    """

    path: str
    make: _Made | None = None
    repeats: bool = False

    def add(self, exchange: Exchange) -> Answer:
        """POST of a sid: 201, or 200 if it is in the service already."""
        assert self.make is not None
        service = SERVICES.find(exchange).sid
        form = read_form(exchange.form, self.parameters, whole_record=True)
        sid = str(form[self.parameters[0].field])
        shelf = self.shelf(exchange)
        known = shelf.get(sid)
        if known is not None:
            if known.parent == service and self.repeats:
                return self.tell(exchange, known)
            raise RefusedError(21710 if known.parent == service else 21712, sid)
        if self.path == "PhoneNumbers" and len(list(shelf.of(service))) >= MOST_NUMBERS:
            raise RefusedError(21714, service)
        made = self.new(exchange, self.make(exchange, sid), sid)
        return self.tell(exchange, made, 201)

    def name(self, exchange: Exchange) -> Answer:
        """POST of an alphanumeric sender: 201."""
        service = SERVICES.find(exchange).sid
        fields = read_form(exchange.form, self.parameters, whole_record=True)
        for other in self.shelf(exchange).of(service):
            if all(other.fields[field] == value for field, value in fields.items()):
                raise RefusedError(21710, fields["alpha_sender"])
        made = self.new(exchange, {**fields, "capabilities": ["SMS"]})
        return self.tell(exchange, made, 201)

    def routes(self) -> tuple[Route, ...]:
        """Its lines of the table."""
        everyone = _SERVICE + self.path
        one = f"{everyone}/{{{self.placeholder}}}"
        return (
            Route("POST", everyone, self.add if self.make else self.name, host="messaging"),
            Route("GET", everyone, self.show_list, host="messaging"),
            Route("GET", one, self.fetch, host="messaging"),
            Route("DELETE", one, self.delete, host="messaging"),
        )


def _pool(
    path: str,
    placeholder: str,
    key: str,
    *given: Parameter,
    make: _Made | None = None,
    repeats: bool = False,
) -> Pool:
    return Pool(
        kind=_KIND.sub("_", path).lower(),
        key=key,
        placeholder=placeholder,
        parent=SERVICES,
        represent=lambda exchange, sender: _represent(exchange, sender, path),
        parameters=given,
        filters=tuple(parameter for parameter in given if not parameter.required),
        path=path,
        make=make,
        repeats=repeats,
    )


def number_sid(number: str) -> str:
    """The `PN` sid of a number of the account: `PN` and the BLAKE2b digest of 16 bytes of its E.164 form, in hex."""
    return "PN" + blake2b(number.encode(), digest_size=16).hexdigest()


def number_of(exchange: Exchange, sid: str) -> dict[str, object]:
    """The fields of the phone number with this sid: the account's own, or a fictive one."""
    own = {number_sid(number): number for number in exchange.account.numbers}
    number = own.get(sid[:2] + sid[2:].lower()) or _fictive(exchange, sid)
    country = country_of(number) or None
    return {"phone_number": number, "country_code": country, "capabilities": ["SMS", "MMS"]}


def _fictive(exchange: Exchange, sid: str) -> str:
    """A number that is kept for fiction (555-0100 to 555-0199) and that nobody has yet; 20409 when all are taken."""
    kept = exchange.account.shelves["phone_numbers"]
    taken = {*exchange.account.numbers, *(one.text("phone_number") for one in kept)}
    start = short_codes.digits_of(sid)
    # When those for fiction are used up: 555-1000 and above are given to nobody either.
    for first, count in ((100, 100), (1000, 9000)):
        for step in range(len(_AREAS) * count):
            place, line = divmod((start + step) % (len(_AREAS) * count), count)
            number = f"+1{_AREAS[place]}555{first + line:04}"
            if number not in taken:
                return number
    raise RefusedError(20409, "there are no more numbers")


def code_of(exchange: Exchange, sid: str) -> dict[str, object]:
    """The fields of the short code with this sid, which becomes one of the account's if it is not."""
    code = short_codes.find_or_make(exchange, sid)
    return {
        "short_code": code.fields["short_code"],
        "country_code": "US",
        "capabilities": ["SMS", "MMS"],
    }


def channel_sender_of(exchange: Exchange, sid: str) -> dict[str, object]:
    """The fields of the WhatsApp or RCS sender with this sid; one that is not registered is a WhatsApp number."""
    known = SENDERS.shelf(exchange).get(sid)
    sender = known.text("sender_id") if known else f"whatsapp:{_fictive(exchange, sid)}"
    channel, _, address = sender.partition(":")
    return {
        "sender": sender,
        "sender_type": _CHANNELS[channel],
        "country_code": country_of(address),
    }


_NUMBER = parameters.sid("PhoneNumberSid", "PN", required=True)
_CODE = parameters.sid("ShortCodeSid", "SC", required=True)
_SENDER = parameters.sid("Sid", "XE", required=True)
_POOLS = (
    _pool("PhoneNumbers", "PhoneNumberSid", "phone_numbers", _NUMBER, make=number_of, repeats=True),
    _pool("ShortCodes", "ShortCodeSid", "short_codes", _CODE, make=code_of, repeats=True),
    _pool("AlphaSenders", "AlphaSenderSid", "alpha_senders", _ALPHA),
    _pool("DestinationAlphaSenders", "AlphaSenderSid", "alpha_senders", _ALPHA, _COUNTRY),
    _pool("ChannelSenders", "ChannelsSenderSid", "senders", _SENDER, make=channel_sender_of),
)

ROUTES = tuple(route for pool in _POOLS for route in pool.routes())
