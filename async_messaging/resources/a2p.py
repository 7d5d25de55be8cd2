"""A2P 10DLC: brands, their vettings, and the registrations of messaging services.

Twilio's reference: BrandRegistrations, Brand Vettings, UsAppToPerson resources. Registering costs
fees, so whatever Twilio may charge for is sent at most once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import UNSET, UnsetType

from ..codec.form import form, keywords, path
from ..codec.reading import nothing, pages, reads
from ..errors import InvalidInput
from ..models.a2p import (
    A2PBrand,
    A2PBrandOtp,
    A2PBrandVetting,
    A2PPreregistered,
    A2PRegistration,
    A2PRegistrationDraft,
    A2PRegistrationUpdate,
    A2PUseCases,
)
from ..operation import PAGE_CAP, Call, Listing, Run
from .base import Resource, fields_of, listing_query, sid, update_of

__all__ = [
    "A2P",
    "A2PBrandContext",
    "A2PBrands",
    "A2PPreregistrations",
    "A2PRegistrationsOf",
    "A2PVettingsOf",
]

_BRANDS = "/v1/a2p/BrandRegistrations"
_REGISTRATIONS = "/v1/Services/{service_sid}/Compliance/Usa2p"
_VERSION = re.compile(r"v[0-9]{1,4}(?:\.[0-9]{1,4}){0,2}")
_PLAIN: Mapping[str, str] = MappingProxyType({})

_brand = reads(A2PBrand)
_brands = pages(A2PBrand, "data")
_otp = reads(A2PBrandOtp)
_vetting = reads(A2PBrandVetting)
_vettings = pages(A2PBrandVetting, "data")
_registration = reads(A2PRegistration)
_registrations = pages(A2PRegistration, "compliance")
_use_cases = reads(A2PUseCases)
_preregistered = reads(A2PPreregistered)


class A2PVettingsOf(Resource):
    """The vettings of one brand: ``client.a2p.brands(sid).vettings``."""

    __slots__ = ("_path",)

    def __init__(self, run: Run, brand_sid: str) -> None:
        super().__init__(run)
        self._path = path(f"{_BRANDS}/{{brand_sid}}/Vettings", brand_sid=brand_sid)

    async def create(
        self, *, vetting_provider: str, vetting_id: str | UnsetType = UNSET
    ) -> A2PBrandVetting:
        """Have a third party check the brand, for a fee. Twilio's reference: Create a Brand Vetting.

        Args:
            vetting_provider: ``aegis``, or ``campaign-verify`` for political senders.
            vetting_id: the id of a vetting that the provider has already made.
        """
        given = {"vetting_provider": vetting_provider, "vetting_id": vetting_id}
        body = keywords(given).encode("ascii")
        where = self._path
        call = Call(
            "CreateBrandVetting", "POST", "messaging", where, _vetting, "creates", body=body
        )
        return (await self._run(call)).value

    async def fetch(self, vetting_sid: str) -> A2PBrandVetting:
        """Read one vetting. Twilio's reference: Fetch a Brand Vetting.

        Raises:
            NotFound: the brand has none with this sid.
        """
        where = path(f"{self._path}/{{sid}}", sid=sid(vetting_sid, "VT"))
        call = Call("FetchBrandVetting", "GET", "messaging", where, _vetting)
        return (await self._run(call)).value

    def list(
        self, *, vetting_provider: str | None = None, limit: int | None = None
    ) -> Listing[A2PBrandVetting]:
        """List the brand's vettings. Twilio's reference: List all Brand Vettings.

        Args:
            vetting_provider: only this provider's.
            limit: no more than so many. Twilio sets the size of a page itself.
        """
        if limit is not None and limit < 0:
            raise InvalidInput("must be 0 or more", field="limit")
        given = UNSET if vetting_provider is None else vetting_provider
        query = keywords({"vetting_provider": given})
        where = self._path
        first = Call(
            "ListBrandVetting", "GET", "messaging", where, _vettings, query=query, cap=PAGE_CAP
        )
        return Listing(self._run, first, limit)


class A2PBrandContext(Resource):
    """What hangs on one brand: ``client.a2p.brands(sid)``."""

    __slots__ = ("sid",)

    def __init__(self, run: Run, brand_sid: str) -> None:
        super().__init__(run)
        self.sid = sid(brand_sid, "BN")

    @property
    def vettings(self) -> A2PVettingsOf:
        """Checks of the brand by third parties."""
        return A2PVettingsOf(self._run, self.sid)


class A2PBrands(Resource):
    """Businesses that are registered to send: ``client.a2p.brands``."""

    __slots__ = ()

    def __call__(self, brand_sid: str) -> A2PBrandContext:
        """One brand: its vettings."""
        return A2PBrandContext(self._run, brand_sid)

    async def create(
        self,
        *,
        customer_profile_bundle_sid: str,
        a2p_profile_bundle_sid: str,
        brand_type: str | UnsetType = UNSET,
        mock: bool | UnsetType = UNSET,
        skip_automatic_sec_vet: bool | UnsetType = UNSET,
    ) -> A2PBrand:
        """Register a brand, for a fee. Twilio's reference: Create a BrandRegistration.

        Args:
            customer_profile_bundle_sid: the customer profile, ``BU...``.
            a2p_profile_bundle_sid: the A2P trust bundle, ``BU...``.
            brand_type: ``STANDARD`` or ``SOLE_PROPRIETOR``.
            mock: only for tests: nothing is registered, and no fee is due.
            skip_automatic_sec_vet: leave out the secondary vetting of a standard brand.
        """
        given = {
            "customer_profile_bundle_sid": _bundle(
                customer_profile_bundle_sid, "customer_profile_bundle_sid"
            ),
            "a2p_profile_bundle_sid": _bundle(a2p_profile_bundle_sid, "a2p_profile_bundle_sid"),
            "brand_type": brand_type,
            "mock": mock,
            "skip_automatic_sec_vet": skip_automatic_sec_vet,
        }
        body = keywords(given).encode("ascii")
        call = Call(
            "CreateBrandRegistrations", "POST", "messaging", _BRANDS, _brand, "creates", body=body
        )
        return (await self._run(call)).value

    async def fetch(self, brand_sid: str) -> A2PBrand:
        """Read one brand. Twilio's reference: Fetch a BrandRegistration.

        Raises:
            NotFound: there is none with this sid.
        """
        call = Call("FetchBrandRegistrations", "GET", "messaging", _brand_at(brand_sid), _brand)
        return (await self._run(call)).value

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[A2PBrand]:
        """List the account's brands. Twilio's reference: List all BrandRegistrations.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        query = listing_query(limit, page_size)
        first = Call(
            "ListBrandRegistrations",
            "GET",
            "messaging",
            _BRANDS,
            _brands,
            query=query,
            cap=PAGE_CAP,
        )
        return Listing(self._run, first, limit)

    async def update(self, brand_sid: str) -> A2PBrand:
        """Submit a brand again, with its bundles as they are now. This may cost another fee.

        Twilio's reference: Update a BrandRegistration.
        """
        where = _brand_at(brand_sid)
        call = Call("UpdateBrandRegistrations", "POST", "messaging", where, _brand, "creates")
        return (await self._run(call)).value

    async def send_otp(self, brand_sid: str) -> A2PBrandOtp:
        """Send the one-time password by which a sole proprietor confirms the brand, once more.

        Twilio's reference: BrandRegistrationOtps resource.
        """
        where = f"{_brand_at(brand_sid)}/SmsOtp"
        call = Call("CreateBrandRegistrationOtp", "POST", "messaging", where, _otp, "creates")
        return (await self._run(call)).value


class A2PRegistrationsOf(Resource):
    """What one messaging service is registered for: ``client.a2p.registrations(service_sid)``.

    Twilio calls a registration a campaign. A campaign of this library is something else: a bulk
    send that survives a crash.
    """

    __slots__ = ("_headers", "_path")

    def __init__(self, run: Run, service_sid: str, api_version: str | UnsetType) -> None:
        super().__init__(run)
        self._path = path(_REGISTRATIONS, service_sid=_service(service_sid))
        self._headers = _PLAIN if api_version is UNSET else _versioned(api_version)

    def _at(self, registration_sid: str) -> str:
        return path(f"{self._path}/{{sid}}", sid=sid(registration_sid, "QE"))

    @fields_of(A2PRegistrationDraft)
    async def create(self, draft: A2PRegistrationDraft) -> A2PRegistration:
        """Register the service for one purpose, for a fee.

        Takes the fields of `A2PRegistrationDraft` as keywords. Twilio's reference: Create a
        UsAppToPerson resource.

        Raises:
            InvalidInput: a field is wrong; nothing was sent.
            OutcomeUnknown: it may be registered; look for it with `list`.
        """
        call = Call(
            "CreateUsAppToPerson",
            "POST",
            "messaging",
            self._path,
            _registration,
            "creates",
            body=form(draft),
            headers=self._headers,
        )
        return (await self._run(call)).value

    async def fetch(self, registration_sid: str) -> A2PRegistration:
        """Read one registration. Twilio's reference: Fetch a UsAppToPerson resource.

        Raises:
            NotFound: the service has none with this sid.
        """
        where, headers = self._at(registration_sid), self._headers
        call = Call(
            "FetchUsAppToPerson", "GET", "messaging", where, _registration, headers=headers
        )
        return (await self._run(call)).value

    def list(
        self, *, limit: int | None = None, page_size: int | None = None
    ) -> Listing[A2PRegistration]:
        """List the service's registrations. Twilio's reference: List all UsAppToPerson resources.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        first = Call(
            "ListUsAppToPerson",
            "GET",
            "messaging",
            self._path,
            _registrations,
            query=listing_query(limit, page_size),
            headers=self._headers,
            cap=PAGE_CAP,
        )
        return Listing(self._run, first, limit)

    @update_of(A2PRegistrationUpdate)
    async def update(
        self, registration_sid: str, changes: A2PRegistrationUpdate
    ) -> A2PRegistration:
        """Change a registration, which is then checked again.

        Takes the fields of `A2PRegistrationUpdate` as keywords. Twilio's reference: Update a
        UsAppToPerson resource.
        """
        call = Call(
            "UpdateUsAppToPerson",
            "POST",
            "messaging",
            self._at(registration_sid),
            _registration,
            "repeatable",
            body=form(changes),
            headers=self._headers,
        )
        return (await self._run(call)).value

    async def delete(self, registration_sid: str) -> None:
        """End a registration; the service's numbers can't send by it any more.

        Twilio's reference: Delete a UsAppToPerson resource.
        """
        where = self._at(registration_sid)
        await self._run(
            Call("DeleteUsAppToPerson", "DELETE", "messaging", where, nothing, "repeatable")
        )


class A2PPreregistrations(Resource):
    """Campaigns that were registered elsewhere: ``client.a2p.preregistered``."""

    __slots__ = ()

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
        given = {
            "campaign_id": campaign_id,
            "messaging_service_sid": sid(
                messaging_service_sid, "MG", field="messaging_service_sid"
            ),
            "cnp_migration": cnp_migration,
        }
        where, body = "/v1/Services/PreregisteredUsa2p", keywords(given).encode("ascii")
        call = Call(
            "CreateExternalCampaign",
            "POST",
            "messaging",
            where,
            _preregistered,
            "creates",
            body=body,
        )
        return (await self._run(call)).value


class A2P(Resource):
    """A2P 10DLC: ``client.a2p``."""

    __slots__ = ()

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
    ) -> A2PUseCases:
        """Read what a service may register for. Twilio's reference: UsAppToPersonUsecases resource.

        Args:
            service_sid: the messaging service, ``MG...``.
            brand_registration_sid: only what this brand may register, ``BN...``.
        """
        field = "brand_registration_sid"
        brand = brand_registration_sid
        query = keywords({field: UNSET if brand is None else sid(brand, "BN", field=field)})
        where = path(f"{_REGISTRATIONS}/Usecases", service_sid=_service(service_sid))
        call = Call(
            "FetchUsAppToPersonUsecase", "GET", "messaging", where, _use_cases, query=query
        )
        return (await self._run(call)).value


def _brand_at(brand_sid: str) -> str:
    return path(f"{_BRANDS}/{{sid}}", sid=sid(brand_sid, "BN"))


def _bundle(value: str, field: str) -> str:
    return sid(value, "BU", field=field)


def _service(service_sid: str) -> str:
    return sid(service_sid, "MG", field="service_sid")


def _versioned(version: object) -> Mapping[str, str]:
    if isinstance(version, str) and _VERSION.fullmatch(version):
        return MappingProxyType({"X-Twilio-Api-Version": version})
    raise InvalidInput("must be a version such as v1.2", field="api_version")
