"""Toll-free verification: who sends from a toll-free number, and what."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from ..codec.dates import Timestamp
from ..codec.form import pascal
from .checks import Checked
from .shown import Json, Kept


class TollfreeVerification(Kept, frozen=True, kw_only=True, gc=False):
    """A request to verify a toll-free number. Twilio's reference: TollfreeVerifications resource.

    Attributes:
        status: ``PENDING_REVIEW``, ``IN_REVIEW``, ``TWILIO_APPROVED``, ``TWILIO_REJECTED``: an
            open set.
        rejection_reason: why it was rejected; `error_code` has Twilio's number for it.
        rejection_reasons: all the reasons, as Twilio gives them.
        edit_allowed: whether a rejected request may be changed, until `edit_expiration`.
        regulated_item_sid: the number's entry in Twilio's register.
        resource_links: URLs, as Twilio gives them.

    The other fields are those of `TollfreeDraft` and `TollfreeSettings`.
    """

    customer_profile_sid: str | None = None
    trust_product_sid: str | None = None
    regulated_item_sid: str | None = None
    tollfree_phone_number_sid: str | None = None
    tollfree_phone_number: str | None = None
    status: str | None = None
    rejection_reason: str | None = None
    rejection_reasons: tuple[Json, ...] | None = None
    error_code: int | None = None
    edit_expiration: Timestamp | None = None
    edit_allowed: bool | None = None
    business_name: str | None = None
    doing_business_as: str | None = None
    business_website: str | None = None
    business_street_address: str | None = None
    business_street_address2: str | None = None
    business_city: str | None = None
    business_state_province_region: str | None = None
    business_postal_code: str | None = None
    business_country: str | None = None
    business_contact_first_name: str | None = None
    business_contact_last_name: str | None = None
    business_contact_email: str | None = None
    business_contact_phone: str | None = None
    business_registration_number: str | None = None
    business_registration_authority: str | None = None
    business_registration_country: str | None = None
    business_registration_phone_number: str | None = None
    business_type: str | None = None
    notification_email: str | None = None
    use_case_categories: tuple[str, ...] | None = None
    use_case_summary: str | None = None
    production_message_sample: str | None = None
    message_volume: str | None = None
    opt_in_type: str | None = None
    opt_in_image_urls: tuple[str, ...] | None = None
    opt_in_confirmation_message: str | None = None
    opt_in_keywords: tuple[str, ...] | None = None
    help_message_sample: str | None = None
    privacy_policy_url: str | None = None
    terms_and_conditions_url: str | None = None
    age_gated_content: bool | None = None
    additional_information: str | None = None
    external_reference_id: str | None = None
    vetting_id: str | None = None
    vetting_provider: str | None = None
    vetting_id_expiration: Timestamp | None = None
    url: str | None = None
    resource_links: Json = None


class TollfreeSettings(Checked, frozen=True, kw_only=True, rename=pascal):
    """What a verification may say: the fields that `TollfreeDraft` and `TollfreeChanges` share.

    Attributes:
        doing_business_as: the name that the business trades under.
        business_street_address: street and house.
        business_street_address2: floor, suite.
        business_city: town.
        business_state_province_region: state, province or region.
        business_postal_code: postal code.
        business_country: the country's two letters.
        business_contact_first_name: first name of the person to ask.
        business_contact_last_name: last name of the person to ask.
        business_contact_email: email of the person to ask.
        business_contact_phone: phone of the person to ask, E.164.
        business_registration_number: the number of the business in a public register.
        business_registration_authority: the register: ``EIN``, ``VAT``, ``CRN``, ...
        business_registration_country: the register's country, two letters.
        business_registration_phone_number: the phone that the register has.
        business_type: ``PRIVATE_PROFIT``, ``PUBLIC_PROFIT``, ``SOLE_PROPRIETOR``, ``NON_PROFIT``,
            ``GOVERNMENT``.
        opt_in_confirmation_message: the answer to one who opts in.
        opt_in_keywords: words that opt in.
        help_message_sample: the answer to one who asks for help.
        privacy_policy_url: the privacy policy's page.
        terms_and_conditions_url: the page of the terms.
        age_gated_content: the content is for adults.
        additional_information: anything else.
        vetting_provider: who vetted the sender: ``CAMPAIGN_VERIFY``.
        vetting_id: the id of that vetting.
    """

    doing_business_as: str | UnsetType = UNSET
    business_street_address: str | UnsetType = UNSET
    business_street_address2: str | UnsetType = UNSET
    business_city: str | UnsetType = UNSET
    business_state_province_region: str | UnsetType = UNSET
    business_postal_code: str | UnsetType = UNSET
    business_country: str | UnsetType = UNSET
    business_contact_first_name: str | UnsetType = UNSET
    business_contact_last_name: str | UnsetType = UNSET
    business_contact_email: str | UnsetType = UNSET
    business_contact_phone: str | UnsetType = UNSET
    business_registration_number: str | UnsetType = UNSET
    business_registration_authority: str | UnsetType = UNSET
    business_registration_country: str | UnsetType = UNSET
    business_registration_phone_number: str | UnsetType = UNSET
    business_type: str | UnsetType = UNSET
    opt_in_confirmation_message: str | UnsetType = UNSET
    opt_in_keywords: Sequence[str] | UnsetType = UNSET
    help_message_sample: str | UnsetType = UNSET
    privacy_policy_url: str | UnsetType = UNSET
    terms_and_conditions_url: str | UnsetType = UNSET
    age_gated_content: bool | UnsetType = UNSET
    additional_information: str | UnsetType = UNSET
    vetting_provider: str | UnsetType = UNSET
    vetting_id: str | UnsetType = UNSET


class TollfreeDraft(TollfreeSettings, frozen=True, kw_only=True, rename=pascal):
    """What a verification is made from. Twilio's reference: Create a TollfreeVerification.

    Attributes:
        tollfree_phone_number_sid: the number, ``PN...``.
        business_name: the name of the business, as it is registered.
        business_website: its page.
        notification_email: who is told about the request.
        use_case_categories: what the messages are for: ``TWO_FACTOR_AUTHENTICATION``,
            ``CUSTOMER_CARE``, ``MARKETING``, ...
        use_case_summary: the same in your words.
        production_message_sample: a message as it will be sent.
        opt_in_image_urls: pictures of how recipients agree.
        opt_in_type: how they agree: ``VERBAL``, ``WEB_FORM``, ``PAPER_FORM``, ``VIA_TEXT``,
            ``MOBILE_QR_CODE``, ``IMPORT``.
        message_volume: messages a month, at most: ``"100,000"``.
        customer_profile_sid: a customer profile that has the business's data, ``BU...``.
        external_reference_id: an id of yours, to find the request by.

    The other fields are those of `TollfreeSettings`.
    """

    tollfree_phone_number_sid: str
    business_name: str
    business_website: str
    notification_email: str
    use_case_categories: Sequence[str]
    use_case_summary: str
    production_message_sample: str
    opt_in_image_urls: Sequence[str]
    opt_in_type: str
    message_volume: str
    customer_profile_sid: str | UnsetType = UNSET
    external_reference_id: str | UnsetType = UNSET


class TollfreeChanges(TollfreeSettings, frozen=True, kw_only=True, rename=pascal):
    """What of a verification can be changed. Twilio's reference: Update a TollfreeVerification.

    Attributes:
        edit_reason: why the request is changed.

    The other fields are those of `TollfreeDraft` and `TollfreeSettings`.
    """

    business_name: str | UnsetType = UNSET
    business_website: str | UnsetType = UNSET
    notification_email: str | UnsetType = UNSET
    use_case_categories: Sequence[str] | UnsetType = UNSET
    use_case_summary: str | UnsetType = UNSET
    production_message_sample: str | UnsetType = UNSET
    opt_in_image_urls: Sequence[str] | UnsetType = UNSET
    opt_in_type: str | UnsetType = UNSET
    message_volume: str | UnsetType = UNSET
    edit_reason: str | UnsetType = UNSET
