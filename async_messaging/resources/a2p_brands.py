"""A2P brands: businesses that may send, and their vettings.

Twilio's reference: BrandRegistrations, Brand Vettings. Registering costs fees, so whatever Twilio
may charge for is sent at most once.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from ..codec.form import keywords, path
from ..codec.reading import pages, reads
from ..models.a2p import A2PBrand, A2PBrandOtp, A2PBrandVetting
from ..operation import PAGE_CAP, Listing, Run
from .base import Resource, page_size_of, sid

_BRANDS = "/v1/a2p/BrandRegistrations"

_brand = reads(A2PBrand)
_brands = pages(A2PBrand, "data")
_otp = reads(A2PBrandOtp)
_vetting = reads(A2PBrandVetting)
_vettings = pages(A2PBrandVetting, "data")


class A2PVettingsOf(Resource):
    """The vettings of one brand: ``client.a2p.brands(sid).vettings``."""

    _prefixes = ("VT",)

    def __init__(self, run: Run, brand_sid: str) -> None:
        super().__init__(run)
        self._path = path(f"{_BRANDS}/{{brand_sid}}/Vettings", brand_sid=brand_sid)
        self._one = f"{self._path}/{{sid}}"

    async def create(
        self, *, vetting_provider: str, vetting_id: str | UnsetType = UNSET
    ) -> A2PBrandVetting:
        """Have a third party check the brand, for a fee. Twilio's reference: Create a Brand Vetting.

        Args:
            vetting_provider: ``aegis``, or ``campaign-verify`` for political senders.
            vetting_id: the id of a vetting that the provider has already made.
        """
        given = {"vetting_provider": vetting_provider, "vetting_id": vetting_id}
        return await self._send("CreateBrandVetting", self._path, _vetting, "creates", given)

    async def fetch(self, vetting_sid: str) -> A2PBrandVetting:
        """Read one vetting, or raise `NotFound`. Twilio's reference: Fetch a Brand Vetting."""
        return await self._read("FetchBrandVetting", self._at(vetting_sid), _vetting)

    def list(
        self, *, vetting_provider: str | None = None, limit: int | None = None
    ) -> Listing[A2PBrandVetting]:
        """List the brand's vettings. Twilio's reference: List all Brand Vettings.

        Args:
            vetting_provider: only this provider's.
            limit: no more than so many. Twilio sets the size of a page itself.
        """
        page_size_of(None, limit)  # the limit must make sense, though there is no size to ask for
        given = UNSET if vetting_provider is None else vetting_provider
        query = keywords({"vetting_provider": given})
        first = self._reading("ListBrandVetting", self._path, _vettings, query, PAGE_CAP)
        return Listing(self._run, first, limit)


class A2PBrandContext(Resource):
    """What hangs on one brand: ``client.a2p.brands(sid)``."""

    def __init__(self, run: Run, brand_sid: str) -> None:
        super().__init__(run)
        self.sid: str = sid(brand_sid, "BN")

    @property
    def vettings(self) -> A2PVettingsOf:
        """Checks of the brand by third parties."""
        return A2PVettingsOf(self._run, self.sid)


class A2PBrands(Resource):
    """Businesses that are registered to send: ``client.a2p.brands``."""

    _one, _prefixes = f"{_BRANDS}/{{sid}}", ("BN",)

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
        bundles = {
            "customer_profile_bundle_sid": customer_profile_bundle_sid,
            "a2p_profile_bundle_sid": a2p_profile_bundle_sid,
        }
        given = {
            **{field: sid(bundle, "BU", field=field) for field, bundle in bundles.items()},
            "brand_type": brand_type,
            "mock": mock,
            "skip_automatic_sec_vet": skip_automatic_sec_vet,
        }
        return await self._send("CreateBrandRegistrations", _BRANDS, _brand, "creates", given)

    async def fetch(self, brand_sid: str) -> A2PBrand:
        """Read one brand, or raise `NotFound`. Twilio's reference: Fetch a BrandRegistration."""
        return await self._read("FetchBrandRegistrations", self._at(brand_sid), _brand)

    def list(self, *, limit: int | None = None, page_size: int | None = None) -> Listing[A2PBrand]:
        """List the account's brands. Twilio's reference: List all BrandRegistrations.

        Args:
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        return self._list("ListBrandRegistrations", _BRANDS, _brands, limit, page_size)

    async def update(self, brand_sid: str) -> A2PBrand:
        """Submit a brand again, with its bundles as they are now. This may cost another fee.

        Twilio's reference: Update a BrandRegistration.
        """
        return await self._send("UpdateBrandRegistrations", self._at(brand_sid), _brand, "creates")

    async def send_otp(self, brand_sid: str) -> A2PBrandOtp:
        """Send the one-time password by which a sole proprietor confirms the brand, once more.

        Twilio's reference: BrandRegistrationOtps resource.
        """
        return await self._send(
            "CreateBrandRegistrationOtp", f"{self._at(brand_sid)}/SmsOtp", _otp, "creates"
        )
