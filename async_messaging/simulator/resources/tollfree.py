"""Verifications of toll-free numbers (Tollfree/Verifications).

    PENDING_REVIEW -> after 20 s IN_REVIEW -> after 60 s TWILIO_APPROVED        `speed` divides the delays

| `UseCaseSummary` has in it | outcome |
|---|---|
| `simulate TWILIO_REJECTED` | TWILIO_REJECTED, 30484; may be edited within seven days |
| `simulate TWILIO_REJECTED 30481` | the same with that code, if `REASONS` has it; 30481 can't be edited |
| `simulate IN_REVIEW` | stays there |
| nothing of that | TWILIO_APPROVED |

An edit is refused with 20409 unless the verification is rejected, may be edited and its time (`edit_expiration`, which
`speed` doesn't touch) is not over; what is edited is reviewed anew. A number has one verification: a second is refused
with 20409. These codes are the simulator's choice. Its toll-free number is made of the number's sid.
Source: Twilio's reference, "TollfreeVerifications"; its support article on rejections names the codes of `REASONS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .. import dates, parameters
from ..answers import Answer, RefusedError
from ..exchange import Exchange
from ..parameters import Parameter, read_form
from ..records import Record
from ..routes import Route
from .collection import Collection, Reached, Stage, handed_in, reached, stamps, wish

IN_REVIEW_AFTER = 20.0
DECIDED_AFTER = 60.0
EDITABLE_FOR = 7 * 86_400.0

_REJECTED = "TWILIO_REJECTED"
_WISHES = (_REJECTED, "IN_REVIEW")
_USUAL_REASON = 30484
_PREFIXES = ("800", "833", "844", "855", "866", "877", "888")
_PATH = "/v1/Tollfree/Verifications"
_ONE = _PATH + "/{VerificationSid}"
STATUSES = ("PENDING_REVIEW", "IN_REVIEW", "TWILIO_APPROVED", "TWILIO_REJECTED")
_CATEGORIES = """
    TWO_FACTOR_AUTHENTICATION ACCOUNT_NOTIFICATIONS CUSTOMER_CARE CHARITY_NONPROFIT DELIVERY_NOTIFICATIONS
    FRAUD_ALERT_MESSAGING EVENTS HIGHER_EDUCATION K12 MARKETING POLLING_AND_VOTING_NON_POLITICAL
    POLITICAL_ELECTION_CAMPAIGNS PUBLIC_SERVICE_ANNOUNCEMENT SECURITY_ALERT
"""
_OPT_INS = """
    VERBAL WEB_FORM PAPER_FORM VIA_TEXT MOBILE_QR_CODE IMPORT IMPORT_PLEASE_REPLACE
"""
_AUTHORITIES = """
    EIN CBN CRN PROVINCIAL_NUMBER VAT ACN ABN BRN SIREN SIRET NZBN USt-IdNr CIF NIF CNPJ UID NEQ OTHER
"""
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
    parameters.passage("BusinessName", 1, 500, required=True),
    parameters.address("BusinessWebsite", required=True),
    parameters.email("NotificationEmail", required=True),
    parameters.choices("UseCaseCategories", _CATEGORIES.split(), required=True),
    parameters.passage("UseCaseSummary", 1, 500, required=True),
    parameters.passage("ProductionMessageSample", 1, 1000, required=True),
    parameters.urls("OptInImageUrls", required=True),
    parameters.choice("OptInType", _OPT_INS.split(), required=True),
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
    parameters.email("BusinessContactEmail"),
    parameters.phone("BusinessContactPhone"),
    parameters.text("BusinessRegistrationNumber"),
    parameters.choice("BusinessRegistrationAuthority", _AUTHORITIES.split()),
    parameters.text("BusinessRegistrationCountry", pattern=_COUNTRY),
    parameters.choice("BusinessType", _BUSINESSES),
    parameters.phone("BusinessRegistrationPhoneNumber"),
    parameters.text("DoingBusinessAs"),
    parameters.text("OptInConfirmationMessage"),
    parameters.text("HelpMessageSample"),
    parameters.url("PrivacyPolicyUrl"),
    parameters.url("TermsAndConditionsUrl"),
    parameters.boolean("AgeGatedContent"),
    parameters.keywords("OptInKeywords"),
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


def state_of(exchange: Exchange, verification: Record) -> Reached:
    """The status of a verification now."""
    wished = wish(verification.text("use_case_summary")).status
    outcome = wished if wished in _WISHES else "TWILIO_APPROVED"
    during, decided = Stage("IN_REVIEW", IN_REVIEW_AFTER), Stage(outcome, DECIDED_AFTER)
    return reached(exchange, handed_in(verification), (Stage("PENDING_REVIEW"), during, decided))


def represent(exchange: Exchange, verification: Record) -> dict[str, object]:
    """The verification as Twilio shows it now."""
    state, fields = state_of(exchange, verification), verification.fields
    url = f"{exchange.origin}{_PATH}/{verification.sid}"
    profile = fields["customer_profile_sid"]
    return {
        **stamps(exchange, verification, state.since),
        **{name: fields[name] for name in SHOWN},
        "trust_product_sid": fields["trust_product_sid"],
        "regulated_item_sid": fields["regulated_item_sid"],
        "tollfree_phone_number": number_of(verification.text("tollfree_phone_number_sid")),
        "status": state.status,
        **_rejection(exchange, verification, state),
        "vetting_id_expiration": None,
        "url": url,
        "resource_links": {"customer_profile": profile} if profile else {},
    }


def number_of(phone_number_sid: str) -> str:
    """The toll-free number that the simulator has for a sid."""
    digits = int(phone_number_sid.removeprefix("PN"), 16)
    prefix = _PREFIXES[digits % len(_PREFIXES)]
    return f"+1{prefix}{2_000_000 + digits % 7_999_999:07d}"


def _rejection(exchange: Exchange, verification: Record, state: Reached) -> dict[str, object]:
    if state.status != _REJECTED:
        names = ("rejection_reason", "error_code", "edit_expiration", "edit_allowed")
        return {**dict.fromkeys(names), "rejection_reasons": None}
    code = _code_of(verification)
    text, editable = REASONS[code]
    expires = state.since + EDITABLE_FOR
    return {
        "rejection_reason": text,
        "error_code": code,
        "rejection_reasons": [{"code": code, "reason": text}],
        "edit_expiration": dates.iso8601(expires) if editable else None,
        "edit_allowed": editable and exchange.now < expires,
    }


def _code_of(verification: Record) -> int:
    code = wish(verification.text("use_case_summary")).code
    return code if code in REASONS else _USUAL_REASON


VERIFICATIONS = Collection(
    kind="tollfree_verifications",
    key="verifications",
    placeholder="VerificationSid",
    represent=represent,
)


def create(exchange: Exchange) -> Answer:
    """POST Verifications: 201."""
    fields = read_form(exchange.form, CREATE, whole_record=True)
    check_business(fields)
    number = fields["tollfree_phone_number_sid"]
    for other in VERIFICATIONS.shelf(exchange):
        if other.fields["tollfree_phone_number_sid"] == number:
            raise RefusedError(20409, f"{number} has a verification already")
    made = {
        "trust_product_sid": exchange.account.new_sid("BU"),
        "regulated_item_sid": exchange.account.new_sid("RA"),
    }
    return VERIFICATIONS.tell(exchange, VERIFICATIONS.new(exchange, {**fields, **made}), 201)


def update(exchange: Exchange) -> Answer:
    """POST of a rejected verification: edits it and hands it in anew; 202."""
    verification = VERIFICATIONS.find(exchange)
    fields = read_form(exchange.form, UPDATE, whole_record=False)
    state = state_of(exchange, verification)
    if not _rejection(exchange, verification, state)["edit_allowed"]:
        raise RefusedError(20409, f"{verification.sid} may not be edited now")
    check_business({**verification.fields, **fields})
    changed = {**fields, "submitted": exchange.now}
    VERIFICATIONS.shelf(exchange).change(verification, exchange.now, changed)
    return VERIFICATIONS.tell(exchange, verification, 202)


def show_list(exchange: Exchange) -> Answer:
    """GET Verifications, filtered by number, status, reference and trust product."""
    return VERIFICATIONS.show(exchange, _found(exchange))


def _found(exchange: Exchange) -> Iterator[Record]:
    wanted = read_form(exchange.query, FILTERS, whole_record=False)
    # Subaccounts are accounts of their own here, so there is nothing to include.
    wanted.pop("include_sub_accounts", None)
    status, products = wanted.pop("status", None), wanted.pop("trust_product_sid", None)
    for one in VERIFICATIONS.shelf(exchange):
        if status is not None and state_of(exchange, one).status != status:
            continue
        if isinstance(products, list) and one.fields["trust_product_sid"] not in products:
            continue
        if wanted.items() <= one.fields.items():
            yield one


ROUTES = (
    Route("POST", _PATH, create, host="messaging"),
    Route("GET", _PATH, show_list, host="messaging"),
    Route("GET", _ONE, VERIFICATIONS.fetch, host="messaging"),
    Route("POST", _ONE, update, host="messaging"),
    Route("DELETE", _ONE, VERIFICATIONS.delete, host="messaging"),
)


def check_business(fields: dict[str, object]) -> None:
    """Refuses a registration that lacks what goes with it (20001)."""
    kind = fields.get("business_type")
    if kind is not None and kind != _SOLE:
        for name in ("Number", "Authority", "Country"):
            if not fields.get(f"business_registration_{name.lower()}"):
                raise RefusedError(20001, f"BusinessRegistration{name} is required for {kind}")
    if fields.get("vetting_provider") and not fields.get("vetting_id"):
        raise RefusedError(20001, "VettingId is required with VettingProvider")
