"""Which address a sid stands for when it is added to a messaging service, and which sid a number of the account has."""

from __future__ import annotations

from hashlib import blake2b

from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.dialling import country_of
from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.resources import short_codes
from async_messaging.simulator.resources.channels_senders import SENDERS
from async_messaging.simulator.resources.stages import plain

_AREAS = ("206", "212", "303", "305", "312", "404", "415", "503", "602", "617", "702", "713")
_CHANNELS = {"whatsapp": "WhatsApp", "rcs": "RCS"}


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
    """A number that is kept for fiction (555-0100 to 555-0199) and that nobody has yet.

    Raises:
        RefusedError: 20409, all are taken.
    """
    kept = exchange.account.shelves["phone_numbers"]
    taken = {*exchange.account.numbers, *(plain(one, "phone_number") for one in kept)}
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
    sender = plain(known, "sender_id") if known else f"whatsapp:{_fictive(exchange, sid)}"
    channel, _, address = sender.partition(":")
    return {
        "sender": sender,
        "sender_type": _CHANNELS[channel],
        "country_code": country_of(address),
    }
