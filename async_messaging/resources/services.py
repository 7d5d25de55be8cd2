"""Messaging services. Twilio's reference: Services resource."""

from __future__ import annotations

import msgspec

from ..codec.reading import pages, reads
from ..models.service import Service, ServiceChanges, ServiceDraft, UseCase
from ..operation import Listing, Run
from .base import Resource, fields_of, sid, update_of
from .senders import (
    AlphaSenders,
    ChannelSendersOf,
    DestinationAlphaSenders,
    PhoneNumbersOf,
    ShortCodesOf,
)

_PATH = "/v1/Services"

_service = reads(Service)
_services = pages(Service, "services")


class _UseCases(msgspec.Struct, frozen=True):
    usecases: tuple[UseCase, ...] | None = None


_found = reads(_UseCases)


def _use_cases(content: bytes, /) -> tuple[UseCase, ...]:
    return _found(content).usecases or ()


class ServiceContext(Resource):
    """The senders of one service: ``client.services(sid)``."""

    def __init__(self, run: Run, service_sid: str) -> None:
        super().__init__(run)
        self.sid: str = sid(service_sid, "MG")

    @property
    def phone_numbers(self) -> PhoneNumbersOf:
        """The service's phone numbers."""
        return PhoneNumbersOf(self._run, self.sid)

    @property
    def short_codes(self) -> ShortCodesOf:
        """The service's short codes."""
        return ShortCodesOf(self._run, self.sid)

    @property
    def alpha_senders(self) -> AlphaSenders:
        """The service's alphanumeric senders."""
        return AlphaSenders(self._run, self.sid)

    @property
    def destination_alpha_senders(self) -> DestinationAlphaSenders:
        """The service's alphanumeric senders for single countries."""
        return DestinationAlphaSenders(self._run, self.sid)

    @property
    def channel_senders(self) -> ChannelSendersOf:
        """The service's WhatsApp, RCS and other channel senders."""
        return ChannelSendersOf(self._run, self.sid)


class Services(Resource):
    """The account's messaging services: ``client.services``."""

    _one, _prefixes = f"{_PATH}/{{sid}}", ("MG",)

    def __call__(self, sid: str) -> ServiceContext:
        """One service: its senders."""
        return ServiceContext(self._run, sid)

    @fields_of(ServiceDraft)
    async def create(self, draft: ServiceDraft) -> Service:
        """Create a messaging service. Twilio's reference: Create a Service.

        Takes the fields of `ServiceDraft` as keywords. It is created at most once: what may have
        been accepted is not sent again.

        Raises:
            InvalidInput: a field is wrong; nothing was sent.
            OutcomeUnknown: it may have been created.
        """
        return await self._send("CreateService", _PATH, _service, "creates", draft)

    async def fetch(self, service_sid: str) -> Service:
        """Read one service, or raise `NotFound`. Twilio's reference: Fetch a Service."""
        return await self._read("FetchService", self._at(service_sid), _service)

    def list(self, *, limit: int | None = None, page_size: int | None = None) -> Listing[Service]:
        """List the account's services. Twilio's reference: List all Services.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        return self._list("ListService", _PATH, _services, limit, page_size)

    @update_of(ServiceChanges)
    async def update(self, service_sid: str, changes: ServiceChanges) -> Service:
        """Change what is given, leave the rest. Twilio's reference: Update a Service.

        Takes the service's sid, and the fields of `ServiceChanges` as keywords.

        Raises:
            InvalidInput: a field is wrong; nothing was sent.
            NotFound: there is none with this sid.
        """
        return await self._send(
            "UpdateService", self._at(service_sid), _service, "repeatable", changes
        )

    async def delete(self, service_sid: str) -> None:
        """Delete a service; its senders stay the account's. Twilio's reference: Delete a Service.

        Raises:
            NotFound: there is none with this sid.
        """
        await self._delete("DeleteService", self._at(service_sid))

    async def use_cases(self) -> tuple[UseCase, ...]:
        """What a service's `usecase` may be. Twilio's reference: Services, Usecases."""
        return await self._read("FetchUsecase", f"{_PATH}/Usecases", _use_cases)
