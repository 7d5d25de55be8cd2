"""A2P 10DLC: who may send to the United States over long codes, and for what.

A brand is a business, and a registration is one purpose of its messages, which Twilio calls a
campaign. Both are checked by The Campaign Registry, for fees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import UNSET, UnsetType

from ..codec.dates import Timestamp
from ..codec.form import pascal
from .checks import Checked
from .shown import Json, Kept, Shown, Sid


class A2PBrand(Kept, frozen=True, kw_only=True, gc=False):
    """A business that is registered to send. Twilio's reference: BrandRegistrations resource.

    Attributes:
        status: ``PENDING``, ``IN_REVIEW``, ``APPROVED``, ``FAILED``, ...: an open set.
        identity_status: how far the business is proven to be who it says.
        brand_score: the score of the secondary vetting, 0 to 100; the throughput goes by it.
        brand_feedback: what can be improved: ``TAX_ID``, ``STOCK_SYMBOL``, ...
        errors: why the registration failed, as Twilio gives it: codes, fields, descriptions.
        links: URLs of what hangs on the brand.
    """

    customer_profile_bundle_sid: str | None = None
    a2p_profile_bundle_sid: str | None = None
    brand_type: str | None = None
    status: str | None = None
    identity_status: str | None = None
    tcr_id: str | None = None
    failure_reason: str | None = None
    errors: tuple[Json, ...] | None = None
    brand_score: int | None = None
    brand_feedback: tuple[str, ...] | None = None
    russell_3000: bool | None = None
    government_entity: bool | None = None
    tax_exempt_status: str | None = None
    skip_automatic_sec_vet: bool | None = None
    mock: bool | None = None
    url: str | None = None
    links: Mapping[str, str] | None = None


class A2PBrandOtp(Shown, frozen=True, kw_only=True, gc=False):
    """A one-time password is on its way. Twilio's reference: BrandRegistrationOtps resource."""

    account_sid: str | None = None
    brand_registration_sid: str | None = None


class A2PBrandVetting(Shown, frozen=True, kw_only=True, gc=False):
    """A check of a brand by a third party. Twilio's reference: Brand Vettings resource.

    Attributes:
        brand_vetting_sid: the vetting's own sid, ``VT...``.
        vetting_id: its id at the provider.
        vetting_status: an open set.
        vetting_provider: ``campaign-verify``, ``aegis``: an open set.
    """

    brand_vetting_sid: str | None = None
    account_sid: str | None = None
    brand_sid: str | None = None
    vetting_id: str | None = None
    vetting_class: str | None = None
    vetting_status: str | None = None
    vetting_provider: str | None = None
    date_created: Timestamp | None = None
    date_updated: Timestamp | None = None
    url: str | None = None


class A2PRegistration(Kept, frozen=True, kw_only=True, gc=False):
    """One purpose of a brand's messages, which Twilio calls a campaign.

    Twilio's reference: UsAppToPerson resource. A campaign of this library is something else: a
    bulk send that survives a crash.

    Attributes:
        us_app_to_person_usecase: the use case, such as ``2FA`` or ``MARKETING``.
        campaign_status: ``IN_PROGRESS``, ``VERIFIED``, ``FAILED``: an open set.
        campaign_id: its id at The Campaign Registry.
        rate_limits: what carriers allow it, as Twilio gives it.
        errors: why it failed, as Twilio gives it: codes, fields, descriptions.
        privacy_policy_url: only in answers of version ``v1.2`` of the API.
        terms_and_conditions_url: only in answers of version ``v1.2`` of the API.
    """

    brand_registration_sid: str | None = None
    messaging_service_sid: str | None = None
    description: str | None = None
    message_samples: tuple[str, ...] | None = None
    us_app_to_person_usecase: str | None = None
    has_embedded_links: bool | None = None
    has_embedded_phone: bool | None = None
    subscriber_opt_in: bool | None = None
    age_gated: bool | None = None
    direct_lending: bool | None = None
    campaign_status: str | None = None
    campaign_id: str | None = None
    is_externally_registered: bool | None = None
    rate_limits: Json = None
    message_flow: str | None = None
    opt_in_message: str | None = None
    opt_out_message: str | None = None
    help_message: str | None = None
    opt_in_keywords: tuple[str, ...] | None = None
    opt_out_keywords: tuple[str, ...] | None = None
    help_keywords: tuple[str, ...] | None = None
    privacy_policy_url: str | None = None
    terms_and_conditions_url: str | None = None
    mock: bool | None = None
    errors: tuple[Json, ...] | None = None
    url: str | None = None


class A2PRegistrationDraft(Checked, frozen=True, kw_only=True, rename=pascal):
    """What a registration is made from. Twilio's reference: Create a UsAppToPerson resource.

    Attributes:
        brand_registration_sid: the brand, ``BN...``.
        description: what the messages are for, 40 to 4,096 characters.
        message_flow: how recipients agree to get them, 40 to 2,048 characters.
        message_samples: up to five messages, 20 to 1,024 characters each.
        us_app_to_person_usecase: one of the service's use cases: ``client.a2p.use_cases(...)``.
        has_embedded_links: the messages hold links.
        has_embedded_phone: the messages hold phone numbers.
        opt_in_message: the answer to one who opts in.
        opt_out_message: the answer to one who opts out.
        help_message: the answer to one who asks for help.
        opt_in_keywords: words that opt in.
        opt_out_keywords: words that opt out.
        help_keywords: words that ask for help.
        subscriber_opt_in: recipients have opted in.
        age_gated: the content is for adults.
        direct_lending: the content is about loans.
        privacy_policy_url: the privacy policy's page.
        terms_and_conditions_url: the page of the terms.
    """

    brand_registration_sid: str
    description: str
    message_flow: str
    message_samples: Sequence[str]
    us_app_to_person_usecase: str
    has_embedded_links: bool
    has_embedded_phone: bool
    opt_in_message: str | UnsetType = UNSET
    opt_out_message: str | UnsetType = UNSET
    help_message: str | UnsetType = UNSET
    opt_in_keywords: Sequence[str] | UnsetType = UNSET
    opt_out_keywords: Sequence[str] | UnsetType = UNSET
    help_keywords: Sequence[str] | UnsetType = UNSET
    subscriber_opt_in: bool | UnsetType = UNSET
    age_gated: bool | UnsetType = UNSET
    direct_lending: bool | UnsetType = UNSET
    privacy_policy_url: str | UnsetType = UNSET
    terms_and_conditions_url: str | UnsetType = UNSET


class A2PRegistrationChanges(Checked, frozen=True, kw_only=True, rename=pascal):
    """What of a registration can be changed. Twilio's reference: Update a UsAppToPerson resource.

    Twilio wants all but the two URLs each time. The fields are those of `A2PRegistrationDraft`.
    """

    has_embedded_links: bool
    has_embedded_phone: bool
    message_samples: Sequence[str]
    message_flow: str
    description: str
    age_gated: bool
    direct_lending: bool
    privacy_policy_url: str | UnsetType = UNSET
    terms_and_conditions_url: str | UnsetType = UNSET


class A2PUseCase(Shown, frozen=True, kw_only=True, gc=False):
    """What a brand may send messages for. Twilio's reference: UsAppToPersonUsecase resource.

    Attributes:
        code: what `us_app_to_person_usecase` of a registration takes: ``2FA``, ``MARKETING``, ...
        name: the same to read.
        description: what such messages hold.
        post_approval_required: carriers must approve it too.
    """

    code: str | None = None
    name: str | None = None
    description: str | None = None
    post_approval_required: bool | None = None


class A2PPreregistered(Shown, frozen=True, kw_only=True, gc=False):
    """A campaign of The Campaign Registry's, brought to Twilio.

    Twilio's reference: ExternalCampaign resource.
    """

    sid: Sid
    account_sid: str | None = None
    campaign_id: str | None = None
    messaging_service_sid: str | None = None
    date_created: Timestamp | None = None
