"""A2P 10DLC: the registrations of messaging services, use cases, and the way to brands.

Twilio's reference: UsAppToPerson resource. Registering costs fees, so whatever Twilio may charge
for is sent at most once.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from types import MappingProxyType
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from ..codec.form import keywords, path
from ..codec.reading import pages, reads
from ..errors import InvalidInput
from ..models.a2p import (
    A2PPreregistered,
    A2PRegistration,
    A2PRegistrationChanges,
    A2PRegistrationDraft,
    A2PUseCase,
)
from ..operation import Answer, Call, Listing, Run
from .a2p_brands import A2PBrands
from .base import Resource, fields_of, sid, update_of

T = TypeVar("T")

_REGISTRATIONS = "/v1/Services/{service_sid}/Compliance/Usa2p"
_PREREGISTERED = "/v1/Services/PreregisteredUsa2p"
_VERSION = re.compile(r"v[0-9]{1,4}(?:\.[0-9]{1,4}){0,2}")

_registration = reads(A2PRegistration)
_registrations = pages(A2PRegistration, "compliance")
_preregistered = reads(A2PPreregistered)


class _UseCases(msgspec.Struct, frozen=True):
    us_app_to_person_usecases: tuple[A2PUseCase, ...] | None = None


_found = reads(_UseCases)


def _use_cases(content: bytes, /) -> tuple[A2PUseCase, ...]:
    return _found(content).us_app_to_person_usecases or ()


class A2PRegistrationsOf(Resource):
    """What one messaging service is registered for: ``client.a2p.registrations(service_sid)``.

    Twilio calls a registration a campaign. A campaign of this library is something else: a bulk
    send that survives a crash.
    """

    _prefixes = ("QE",)

    def __init__(self, run: Run, service_sid: str, api_version: str | UnsetType) -> None:
        super().__init__(run if api_version is UNSET else _versioned(run, api_version))
        self._path = path(_REGISTRATIONS, service_sid=_service(service_sid))
        self._one = f"{self._path}/{{sid}}"

    @fields_of(A2PRegistrationDraft)
    async def create(self, draft: A2PRegistrationDraft) -> A2PRegistration:
        """Register the service for one purpose, for a fee.

        Takes the fields of `A2PRegistrationDraft` as keywords. Twilio's reference: Create a
        UsAppToPerson resource.

        Raises:
            InvalidInput: a field is wrong; nothing was sent.
            OutcomeUnknown: it may be registered; look for it with `list`.
        """
        return await self._send("CreateUsAppToPerson", self._path, _registration, "creates", draft)

    async def fetch(self, registration_sid: str) -> A2PRegistration:
        """Read one registration. Twilio's reference: Fetch a UsAppToPerson resource.

        Raises:
            NotFound: the service has none with this sid.
        """
        return await self._read("FetchUsAppToPerson", self._at(registration_sid), _registration)

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[A2PRegistration]:
        """List the service's registrations. Twilio's reference: List all UsAppToPerson resources.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        return self._list("ListUsAppToPerson", self._path, _registrations, limit, page_size)

    @update_of(A2PRegistrationChanges)
    async def update(
        self, registration_sid: str, changes: A2PRegistrationChanges
    ) -> A2PRegistration:
        """Change a registration, which is then checked again.

        Takes the fields of `A2PRegistrationChanges` as keywords. Twilio's reference: Update a
        UsAppToPerson resource.
        """
        return await self._send(
            "UpdateUsAppToPerson", self._at(registration_sid), _registration, "repeatable", changes
        )

    async def delete(self, registration_sid: str) -> None:
        """End a registration; the service's numbers can't send by it any more.

        Twilio's reference: Delete a UsAppToPerson resource.
        """
        await self._delete("DeleteUsAppToPerson", self._at(registration_sid))


class A2PPreregistrations(Resource):
    """Campaigns that were registered elsewhere: ``client.a2p.preregistered``."""

    async def create(
        self,
        *,
        campaign_id: str,
        messaging_service_sid: str,
        cnp_migration: bool | UnsetType = UNSET,
    ) -> A2PPreregistered:
        """Bring a campaign of The Campaign Registry's to a messaging service.

        Twilio's reference: Create an ExternalCampaign.

        Args:
            campaign_id: its id at The Campaign Registry.
            messaging_service_sid: the service that will send for it, ``MG...``.
            cnp_migration: it moves here from another connectivity partner.
        """
        field = "messaging_service_sid"
        given = {
            "campaign_id": campaign_id,
            field: sid(messaging_service_sid, "MG", field=field),
            "cnp_migration": cnp_migration,
        }
        return await self._send(
            "CreateExternalCampaign", _PREREGISTERED, _preregistered, "creates", given
        )


class A2P(Resource):
    """A2P 10DLC: ``client.a2p``."""

    @property
    def brands(self) -> A2PBrands:
        """Businesses that are registered to send."""
        return A2PBrands(self._run)

    @property
    def preregistered(self) -> A2PPreregistrations:
        """Campaigns that were registered elsewhere."""
        return A2PPreregistrations(self._run)

    def registrations(
        self, service_sid: str, *, api_version: str | UnsetType = UNSET
    ) -> A2PRegistrationsOf:
        """What one messaging service is registered for; Twilio calls each a campaign.

        Args:
            service_sid: the messaging service, ``MG...``.
            api_version: sent as ``X-Twilio-Api-Version``. With ``v1.2``, registrations have the
                URLs of privacy policy and terms.
        """
        return A2PRegistrationsOf(self._run, service_sid, api_version)

    async def use_cases(
        self, service_sid: str, *, brand_registration_sid: str | None = None
    ) -> tuple[A2PUseCase, ...]:
        """Read what a service may register for. Twilio's reference: UsAppToPersonUsecase resource.

        Args:
            service_sid: the messaging service, ``MG...``.
            brand_registration_sid: only what this brand may register, ``BN...``.
        """
        field = "brand_registration_sid"
        brand = brand_registration_sid
        return await self._read(
            "FetchUsAppToPersonUsecase",
            path(f"{_REGISTRATIONS}/Usecases", service_sid=_service(service_sid)),
            _use_cases,
            keywords({field: UNSET if brand is None else sid(brand, "BN", field=field)}),
        )


def _service(service_sid: str) -> str:
    return sid(service_sid, "MG", field="service_sid")


def _versioned(run: Run, version: object) -> Run:
    """Runs calls by this version of the API; a deletion has none in the specification."""
    if isinstance(version, str) and _VERSION.fullmatch(version):
        headers = MappingProxyType({"X-Twilio-Api-Version": version})

        def versioned(call: Call[T], /) -> Awaitable[Answer[T]]:
            return run(call if call.method == "DELETE" else replace(call, headers=headers))

        return versioned
    raise InvalidInput("must be a version such as v1.2", field="api_version")
