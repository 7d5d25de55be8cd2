"""The senders of a messaging service: ``client.services(sid)`` and what hangs on it.

Adding a sender that is there already is no error: Twilio answers 200 instead of 201. Deleting one
takes it out of the service; the account keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

from msgspec import UNSET, UnsetType

from ..codec.form import path
from ..codec.reading import pages, reads
from ..models.sender import (
    AlphaSender,
    DestinationAlphaSender,
    ServiceChannelSender,
    ServicePhoneNumber,
    ServiceShortCode,
)
from ..operation import Done, Listing, Run
from .base import Resource, sid

T = TypeVar("T")

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

    _folder: ClassVar[str]

    def __init__(self, run: Run, service_sid: str) -> None:
        super().__init__(run)
        self._all = path(f"{_SERVICE}/{self._folder}", service_sid=service_sid)
        self._one = f"{self._all}/{{sid}}"

    async def _add(self, kind: str, decode: Callable[[bytes], T], field: str, own_sid: str) -> T:
        """Add what has a sid already; it is read to see whether an addition that was lost was heeded."""
        given = {field: sid(own_sid, *self._prefixes, field=field)}
        there = Done(self._reading(f"Fetch{kind}", self._at(own_sid), decode))
        return await self._send(f"Create{kind}", self._all, decode, "repeatable", given, done=there)


class PhoneNumbersOf(_OfService):
    """A service's phone numbers: ``client.services(sid).phone_numbers``."""

    _folder, _prefixes = "PhoneNumbers", ("PN",)

    async def create(self, *, phone_number_sid: str) -> ServicePhoneNumber:
        """Add a number of the account. Twilio's reference: Create a PhoneNumber of a Service.

        Args:
            phone_number_sid: the number's ``PN...`` sid.

        Raises:
            APIError: 21712, it is in another service; 21714, the service is full.
        """
        return await self._add("PhoneNumber", _phone_number, "phone_number_sid", phone_number_sid)

    async def fetch(self, phone_number_sid: str) -> ServicePhoneNumber:
        """Read one number. Twilio's reference: Fetch a PhoneNumber of a Service."""
        return await self._read("FetchPhoneNumber", self._at(phone_number_sid), _phone_number)

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[ServicePhoneNumber]:
        """List the service's numbers. Twilio's reference: List PhoneNumbers of a Service.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        return self._list("ListPhoneNumber", self._all, _phone_numbers, limit, page_size)

    async def delete(self, phone_number_sid: str) -> None:
        """Take a number out. Twilio's reference: Delete a PhoneNumber from a Service."""
        await self._delete("DeletePhoneNumber", self._at(phone_number_sid))


class ShortCodesOf(_OfService):
    """A service's short codes: ``client.services(sid).short_codes``."""

    _folder, _prefixes = "ShortCodes", ("SC",)

    async def create(self, *, short_code_sid: str) -> ServiceShortCode:
        """Add a short code of the account. Twilio's reference: Create a ShortCode of a Service.

        Args:
            short_code_sid: the code's ``SC...`` sid.
        """
        return await self._add("ShortCode", _short_code, "short_code_sid", short_code_sid)

    async def fetch(self, short_code_sid: str) -> ServiceShortCode:
        """Read one short code. Twilio's reference: Fetch a ShortCode of a Service."""
        return await self._read("FetchShortCode", self._at(short_code_sid), _short_code)

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[ServiceShortCode]:
        """List the service's short codes. Twilio's reference: List ShortCodes of a Service.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        return self._list("ListShortCode", self._all, _short_codes, limit, page_size)

    async def delete(self, short_code_sid: str) -> None:
        """Take a short code out. Twilio's reference: Delete a ShortCode from a Service."""
        await self._delete("DeleteShortCode", self._at(short_code_sid))


class AlphaSenders(_OfService):
    """A service's alphanumeric senders: ``client.services(sid).alpha_senders``."""

    _folder, _prefixes = "AlphaSenders", ("AI",)

    async def create(self, *, alpha_sender: str) -> AlphaSender:
        """Add an alphanumeric sender. Twilio's reference: Create an AlphaSender.

        Args:
            alpha_sender: up to 11 letters, digits, blanks, ``+``, ``-``, ``_``, ``&``; not digits
                alone.
        """
        given = {"alpha_sender": alpha_sender}
        return await self._send("CreateAlphaSender", self._all, _alpha_sender, "repeatable", given)

    async def fetch(self, alpha_sender_sid: str) -> AlphaSender:
        """Read one alphanumeric sender. Twilio's reference: Fetch an AlphaSender."""
        return await self._read("FetchAlphaSender", self._at(alpha_sender_sid), _alpha_sender)

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[AlphaSender]:
        """List the service's alphanumeric senders. Twilio's reference: List AlphaSenders.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        return self._list("ListAlphaSender", self._all, _alpha_senders, limit, page_size)

    async def delete(self, alpha_sender_sid: str) -> None:
        """Take an alphanumeric sender out. Twilio's reference: Delete an AlphaSender."""
        await self._delete("DeleteAlphaSender", self._at(alpha_sender_sid))


class DestinationAlphaSenders(_OfService):
    """A service's senders by country: ``client.services(sid).destination_alpha_senders``."""

    _folder, _prefixes = "DestinationAlphaSenders", ("AI",)

    async def create(
        self, *, alpha_sender: str, iso_country_code: str | UnsetType = UNSET
    ) -> DestinationAlphaSender:
        """Add a sender for one country. Twilio's reference: Create a DestinationAlphaSender.

        Args:
            alpha_sender: up to 11 letters, digits, blanks, ``+``, ``-``, ``_``, ``&``; not digits
                alone.
            iso_country_code: the country's two letters; all other countries when not given.
        """
        given = {"alpha_sender": alpha_sender, "iso_country_code": iso_country_code}
        return await self._send(
            "CreateDestinationAlphaSender", self._all, _destination, "repeatable", given
        )

    async def fetch(self, alpha_sender_sid: str) -> DestinationAlphaSender:
        """Read one sender. Twilio's reference: Fetch a DestinationAlphaSender."""
        where = self._at(alpha_sender_sid)
        return await self._read("FetchDestinationAlphaSender", where, _destination)

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
        wanted = {"iso_country_code": iso_country_code}
        return self._list(
            "ListDestinationAlphaSender", self._all, _destinations, limit, page_size, wanted
        )

    async def delete(self, alpha_sender_sid: str) -> None:
        """Take a sender out. Twilio's reference: Delete a DestinationAlphaSender."""
        await self._delete("DeleteDestinationAlphaSender", self._at(alpha_sender_sid))


class ChannelSendersOf(_OfService):
    """A service's channel senders: ``client.services(sid).channel_senders``."""

    _folder, _prefixes = "ChannelSenders", ("XE",)

    async def create(self, *, sid: str) -> ServiceChannelSender:
        """Add a WhatsApp, RCS or other channel sender. Twilio's reference: Create a ChannelSender.

        Args:
            sid: the sender's ``XE...`` sid.
        """
        return await self._add("ChannelSender", _channel_sender, "sid", sid)

    async def fetch(self, channel_sender_sid: str) -> ServiceChannelSender:
        """Read one channel sender. Twilio's reference: Fetch a ChannelSender."""
        return await self._read("FetchChannelSender", self._at(channel_sender_sid), _channel_sender)

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[ServiceChannelSender]:
        """List the service's channel senders. Twilio's reference: List ChannelSenders.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        return self._list("ListChannelSender", self._all, _channel_senders, limit, page_size)

    async def delete(self, channel_sender_sid: str) -> None:
        """Take a channel sender out. Twilio's reference: Delete a ChannelSender."""
        await self._delete("DeleteChannelSender", self._at(channel_sender_sid))
