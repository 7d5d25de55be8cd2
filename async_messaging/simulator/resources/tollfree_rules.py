"""What a toll-free verification may say, and why Twilio turns one down.

Source: Twilio's reference, "TollfreeVerifications"; its support article on rejections names the codes of `REASONS`.
"""

from __future__ import annotations

from typing import Final

from async_messaging.simulator import parameters
from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.parameters import Parameter
from async_messaging.simulator.resources import lengths

STATUSES = ("PENDING_REVIEW", "IN_REVIEW", "TWILIO_APPROVED", "TWILIO_REJECTED")
_CATEGORIES = (
    "TWO_FACTOR_AUTHENTICATION",
    "ACCOUNT_NOTIFICATIONS",
    "CUSTOMER_CARE",
    "CHARITY_NONPROFIT",
    "DELIVERY_NOTIFICATIONS",
    "FRAUD_ALERT_MESSAGING",
    "EVENTS",
    "HIGHER_EDUCATION",
    "K12",
    "MARKETING",
    "POLLING_AND_VOTING_NON_POLITICAL",
    "POLITICAL_ELECTION_CAMPAIGNS",
    "PUBLIC_SERVICE_ANNOUNCEMENT",
    "SECURITY_ALERT",
)
_OPT_INS = (
    "VERBAL",
    "WEB_FORM",
    "PAPER_FORM",
    "VIA_TEXT",
    "MOBILE_QR_CODE",
    "IMPORT",
    "IMPORT_PLEASE_REPLACE",
)
_AUTHORITIES = [
    "EIN",
    "CBN",
    "CRN",
    "PROVINCIAL_NUMBER",
    "VAT",
    "ACN",
    "ABN",
    "BRN",
    "SIREN",
    "SIRET",
    "NZBN",
    "USt-IdNr",
    "CIF",
    "NIF",
    "CNPJ",
    "UID",
    "NEQ",
    "OTHER",
]
_SOLE = "SOLE_PROPRIETOR"
_BUSINESSES = ("PRIVATE_PROFIT", "PUBLIC_PROFIT", _SOLE, "NON_PROFIT", "GOVERNMENT")
_COUNTRY = "[A-Z]{2}"

REASONS: Final = {
    30481: ("The customer asked for the verification to be canceled.", False),
    30482: ("The business email is not of the business's own domain.", True),
    30483: ("The contact does not represent the business.", True),
    30484: ("The name of the business differs from official records.", True),
    30485: ("Official registration documents of the business are missing.", True),
    30487: ("The charity's 501(c)(3) verification is missing.", True),
    30488: ("The name that the business trades under is not accurate.", True),
    30527: ("The business registration number is missing or not valid.", True),
}
"""Reason, and whether the verification may be edited then, by code; the texts are our own."""

_REQUIRED: tuple[Parameter, ...] = (
    lengths.passage("BusinessName", 1, 500, required=True),
    lengths.address("BusinessWebsite", required=True),
    lengths.email("NotificationEmail", required=True),
    lengths.choices("UseCaseCategories", _CATEGORIES, required=True),
    lengths.passage("UseCaseSummary", 1, 500, required=True),
    lengths.passage("ProductionMessageSample", 1, 1000, required=True),
    lengths.urls("OptInImageUrls", required=True),
    parameters.choice("OptInType", _OPT_INS, required=True),
    parameters.text("MessageVolume", pattern=r"[0-9][0-9,]*\+?", required=True),
)
_OPTIONAL: tuple[Parameter, ...] = (
    parameters.text("BusinessStreetAddress"),
    parameters.text("BusinessStreetAddress2"),
    parameters.text("BusinessCity"),
    parameters.text("BusinessStateProvinceRegion"),
    parameters.text("BusinessPostalCode"),
    parameters.text("BusinessCountry", pattern=_COUNTRY),
    parameters.text("AdditionalInformation", 500),
    parameters.text("BusinessContactFirstName"),
    parameters.text("BusinessContactLastName"),
    lengths.email("BusinessContactEmail"),
    lengths.phone("BusinessContactPhone"),
    parameters.text("BusinessRegistrationNumber"),
    parameters.choice("BusinessRegistrationAuthority", _AUTHORITIES),
    parameters.text("BusinessRegistrationCountry", pattern=_COUNTRY),
    parameters.choice("BusinessType", _BUSINESSES),
    lengths.phone("BusinessRegistrationPhoneNumber"),
    parameters.text("DoingBusinessAs"),
    parameters.text("OptInConfirmationMessage"),
    parameters.text("HelpMessageSample"),
    parameters.url("PrivacyPolicyUrl"),
    parameters.url("TermsAndConditionsUrl"),
    parameters.boolean("AgeGatedContent"),
    lengths.keywords("OptInKeywords"),
    parameters.choice("VettingProvider", ("CAMPAIGN_VERIFY",)),
    parameters.text("VettingId", 500),
)
CREATE: tuple[Parameter, ...] = (
    *_REQUIRED,
    *_OPTIONAL,
    parameters.sid("TollfreePhoneNumberSid", "PN", required=True),
    parameters.sid("CustomerProfileSid", "BU"),
    parameters.text("ExternalReferenceId", 500),
)
UPDATE: tuple[Parameter, ...] = (
    *_REQUIRED,
    *_OPTIONAL,
    parameters.text("EditReason", 500, field="edit_reason"),
)
FILTERS: tuple[Parameter, ...] = (
    parameters.sid("TollfreePhoneNumberSid", "PN"),
    parameters.choice("Status", STATUSES),
    parameters.text("ExternalReferenceId"),
    parameters.boolean("IncludeSubAccounts"),
    parameters.texts("TrustProductSid"),
)
SHOWN = tuple(parameter.field for parameter in CREATE)


def check_business(fields: dict[str, object]) -> None:
    """Refuses a registration that lacks what goes with it.

    Raises:
        RefusedError: 20001, a business other than a person's has no number, register or country; a vetting no id.
    """
    kind = fields.get("business_type")
    if kind is not None and kind != _SOLE:
        for name in ("Number", "Authority", "Country"):
            if not fields.get(f"business_registration_{name.lower()}"):
                raise RefusedError(20001, f"BusinessRegistration{name} is required for {kind}")
    if fields.get("vetting_provider") and not fields.get("vetting_id"):
        raise RefusedError(20001, "VettingId is required with VettingProvider")
