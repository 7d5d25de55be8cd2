"""The senders of a messaging service: ``client.services(sid)`` and what hangs on it.

Adding a sender that is there already is no error: Twilio answers 200 instead of 201. Deleting one
takes it out of the service; the account keeps it.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ..codec.form import keywords, path
from ..codec.reading import nothing, pages, reads
from ..models.sender import (
    AlphaSender,
    DestinationAlphaSender,
    ServiceChannelSender,
    ServicePhoneNumber,
    ServiceShortCode,
)
from ..operation import PAGE_CAP, Call, Done, Listing, Run
from .base import Resource, listing_query
from .base import sid as checked

__all__ = [
    "AlphaSenders",
    "ChannelSendersOf",
    "DestinationAlphaSenders",
    "PhoneNumbersOf",
    "ShortCodesOf",
]

_SERVICE = "/v1/Services/{service_sid}"

_phone_number = reads(ServicePhoneNumber)
_phone_numbers = pages(ServicePhoneNumber, "phone_numbers")
_short_code = reads(ServiceShortCode)
_short_codes = pages(ServiceShortCode, "short_codes")
_alpha_sender = reads(AlphaSender)
_alpha_senders = pages(AlphaSender, "alpha_senders")
_destination = reads(DestinationAlphaSender)
_destinations = pages(DestinationAlphaSender, "alpha_senders")
_channel_sender = reads(ServiceChannelSender)
_channel_senders = pages(ServiceChannelSender, "senders")


class _OfService(Resource):
    """What hangs on one service."""

    __slots__ = ("_service_sid",)

    def __init__(self, run: Run, service_sid: str) -> None:
        super().__init__(run)
        self._service_sid = service_sid

    def _all(self, kind: str) -> str:
        return path(f"{_SERVICE}/{kind}", service_sid=self._service_sid)

    def _at(self, kind: str, own_sid: str, prefix: str) -> str:
        own = checked(own_sid, prefix)
        return path(f"{_SERVICE}/{kind}/{{sid}}", service_sid=self._service_sid, sid=own)


class PhoneNumbersOf(_OfService):
    """A service's phone numbers: ``client.services(sid).phone_numbers``."""

    __slots__ = ()

    async def create(self, *, phone_number_sid: str) -> ServicePhoneNumber:
        """Add a number of the account. Twilio's reference: Create a PhoneNumber of a Service.

        Args:
            phone_number_sid: the number's ``PN...`` sid.

        Raises:
            APIError: 21712, it is in another service; 21714, the service is full.
        """
        number = checked(phone_number_sid, "PN", field="phone_number_sid")
        call = Call(
            "CreatePhoneNumber",
            "POST",
            "messaging",
            self._all("PhoneNumbers"),
            _phone_number,
            "repeatable",
            body=keywords({"phone_number_sid": number}).encode(),
            done=Done(self._reading(number)),
        )
        return (await self._run(call)).value

    async def fetch(self, phone_number_sid: str) -> ServicePhoneNumber:
        """Read one number. Twilio's reference: Fetch a PhoneNumber of a Service."""
        return (await self._run(self._reading(phone_number_sid))).value

    def _reading(self, own_sid: str) -> Call[ServicePhoneNumber]:
        where = self._at("PhoneNumbers", own_sid, "PN")
        return Call("FetchPhoneNumber", "GET", "messaging", where, _phone_number, "read")

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[ServicePhoneNumber]:
        """List the service's numbers. Twilio's reference: List PhoneNumbers of a Service.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        query, where = listing_query(limit, page_size), self._all("PhoneNumbers")
        first = Call(
            "ListPhoneNumber",
            "GET",
            "messaging",
            where,
            _phone_numbers,
            "read",
            query=query,
            cap=PAGE_CAP,
        )
        return Listing(self._run, first, limit)

    async def delete(self, phone_number_sid: str) -> None:
        """Take a number out. Twilio's reference: Delete a PhoneNumber from a Service."""
        where = self._at("PhoneNumbers", phone_number_sid, "PN")
        call = Call("DeletePhoneNumber", "DELETE", "messaging", where, nothing, "repeatable")
        await self._run(call)


class ShortCodesOf(_OfService):
    """A service's short codes: ``client.services(sid).short_codes``."""

    __slots__ = ()

    async def create(self, *, short_code_sid: str) -> ServiceShortCode:
        """Add a short code of the account. Twilio's reference: Create a ShortCode of a Service.

        Args:
            short_code_sid: the code's ``SC...`` sid.
        """
        code = checked(short_code_sid, "SC", field="short_code_sid")
        call = Call(
            "CreateShortCode",
            "POST",
            "messaging",
            self._all("ShortCodes"),
            _short_code,
            "repeatable",
            body=keywords({"short_code_sid": code}).encode(),
            done=Done(self._reading(code)),
        )
        return (await self._run(call)).value

    async def fetch(self, short_code_sid: str) -> ServiceShortCode:
        """Read one short code. Twilio's reference: Fetch a ShortCode of a Service."""
        return (await self._run(self._reading(short_code_sid))).value

    def _reading(self, own_sid: str) -> Call[ServiceShortCode]:
        where = self._at("ShortCodes", own_sid, "SC")
        return Call("FetchShortCode", "GET", "messaging", where, _short_code, "read")

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[ServiceShortCode]:
        """List the service's short codes. Twilio's reference: List ShortCodes of a Service.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        query, where = listing_query(limit, page_size), self._all("ShortCodes")
        first = Call(
            "ListShortCode",
            "GET",
            "messaging",
            where,
            _short_codes,
            "read",
            query=query,
            cap=PAGE_CAP,
        )
        return Listing(self._run, first, limit)

    async def delete(self, short_code_sid: str) -> None:
        """Take a short code out. Twilio's reference: Delete a ShortCode from a Service."""
        where = self._at("ShortCodes", short_code_sid, "SC")
        call = Call("DeleteShortCode", "DELETE", "messaging", where, nothing, "repeatable")
        await self._run(call)


class AlphaSenders(_OfService):
    """A service's alphanumeric senders: ``client.services(sid).alpha_senders``."""

    __slots__ = ()

    async def create(self, *, alpha_sender: str) -> AlphaSender:
        """Add an alphanumeric sender. Twilio's reference: Create an AlphaSender.

        Args:
            alpha_sender: up to 11 letters, digits, blanks, ``+``, ``-``, ``_``, ``&``; not digits
                alone.
        """
        call = Call(
            "CreateAlphaSender",
            "POST",
            "messaging",
            self._all("AlphaSenders"),
            _alpha_sender,
            "repeatable",
            body=keywords({"alpha_sender": alpha_sender}).encode(),
        )
        return (await self._run(call)).value

    async def fetch(self, alpha_sender_sid: str) -> AlphaSender:
        """Read one alphanumeric sender. Twilio's reference: Fetch an AlphaSender."""
        where = self._at("AlphaSenders", alpha_sender_sid, "AI")
        call = Call("FetchAlphaSender", "GET", "messaging", where, _alpha_sender, "read")
        return (await self._run(call)).value

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[AlphaSender]:
        """List the service's alphanumeric senders. Twilio's reference: List AlphaSenders.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        query, where = listing_query(limit, page_size), self._all("AlphaSenders")
        first = Call(
            "ListAlphaSender",
            "GET",
            "messaging",
            where,
            _alpha_senders,
            "read",
            query=query,
            cap=PAGE_CAP,
        )
        return Listing(self._run, first, limit)

    async def delete(self, alpha_sender_sid: str) -> None:
        """Take an alphanumeric sender out. Twilio's reference: Delete an AlphaSender."""
        where = self._at("AlphaSenders", alpha_sender_sid, "AI")
        call = Call("DeleteAlphaSender", "DELETE", "messaging", where, nothing, "repeatable")
        await self._run(call)


class DestinationAlphaSenders(_OfService):
    """A service's senders by country: ``client.services(sid).destination_alpha_senders``."""

    __slots__ = ()

    async def create(
        self, *, alpha_sender: str, iso_country_code: str | UnsetType = UNSET
    ) -> DestinationAlphaSender:
        """Add a sender for one country. Twilio's reference: Create a DestinationAlphaSender.

        Args:
            alpha_sender: up to 11 letters, digits, blanks, ``+``, ``-``, ``_``, ``&``; not digits
                alone.
            iso_country_code: the country's two letters; all other countries when not given.
        """
        given = keywords({"alpha_sender": alpha_sender, "iso_country_code": iso_country_code})
        call = Call(
            "CreateDestinationAlphaSender",
            "POST",
            "messaging",
            self._all("DestinationAlphaSenders"),
            _destination,
            "repeatable",
            body=given.encode(),
        )
        return (await self._run(call)).value

    async def fetch(self, alpha_sender_sid: str) -> DestinationAlphaSender:
        """Read one sender. Twilio's reference: Fetch a DestinationAlphaSender."""
        where = self._at("DestinationAlphaSenders", alpha_sender_sid, "AI")
        call = Call("FetchDestinationAlphaSender", "GET", "messaging", where, _destination, "read")
        return (await self._run(call)).value

    def list(
        self,
        *,
        iso_country_code: str | None = None,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> Listing[DestinationAlphaSender]:
        """List the senders by country. Twilio's reference: List DestinationAlphaSenders.

        Args:
            iso_country_code: only those for this country, two letters.
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        first = Call(
            "ListDestinationAlphaSender",
            "GET",
            "messaging",
            self._all("DestinationAlphaSenders"),
            _destinations,
            "read",
            query=listing_query(limit, page_size, {"iso_country_code": iso_country_code}),
            cap=PAGE_CAP,
        )
        return Listing(self._run, first, limit)

    async def delete(self, alpha_sender_sid: str) -> None:
        """Take a sender out. Twilio's reference: Delete a DestinationAlphaSender."""
        where = self._at("DestinationAlphaSenders", alpha_sender_sid, "AI")
        name = "DeleteDestinationAlphaSender"
        await self._run(Call(name, "DELETE", "messaging", where, nothing, "repeatable"))


class ChannelSendersOf(_OfService):
    """A service's channel senders: ``client.services(sid).channel_senders``."""

    __slots__ = ()

    async def create(self, *, sid: str) -> ServiceChannelSender:
        """Add a WhatsApp, RCS or other channel sender. Twilio's reference: Create a ChannelSender.

        Args:
            sid: the sender's ``XE...`` sid.
        """
        call = Call(
            "CreateChannelSender",
            "POST",
            "messaging",
            self._all("ChannelSenders"),
            _channel_sender,
            "repeatable",
            body=keywords({"sid": checked(sid, "XE")}).encode(),
            done=Done(self._reading(sid)),
        )
        return (await self._run(call)).value

    async def fetch(self, channel_sender_sid: str) -> ServiceChannelSender:
        """Read one channel sender. Twilio's reference: Fetch a ChannelSender."""
        return (await self._run(self._reading(channel_sender_sid))).value

    def _reading(self, own_sid: str) -> Call[ServiceChannelSender]:
        where = self._at("ChannelSenders", own_sid, "XE")
        return Call("FetchChannelSender", "GET", "messaging", where, _channel_sender, "read")

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[ServiceChannelSender]:
        """List the service's channel senders. Twilio's reference: List ChannelSenders.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        first = Call(
            "ListChannelSender",
            "GET",
            "messaging",
            self._all("ChannelSenders"),
            _channel_senders,
            "read",
            query=listing_query(limit, page_size),
            cap=PAGE_CAP,
        )
        return Listing(self._run, first, limit)

    async def delete(self, channel_sender_sid: str) -> None:
        """Take a channel sender out. Twilio's reference: Delete a ChannelSender."""
        where = self._at("ChannelSenders", channel_sender_sid, "XE")
        call = Call("DeleteChannelSender", "DELETE", "messaging", where, nothing, "repeatable")
        await self._run(call)
