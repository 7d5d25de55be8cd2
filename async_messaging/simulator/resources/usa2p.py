"""A2P campaigns of messaging services (Compliance/Usa2p), also those registered elsewhere (PreregisteredUsa2p).

What a campaign can be for (Usecases) is the table of The Campaign Registry, in our own words; a brand that is a sole
proprietor has a use case of its own, all others have the rest.

    PENDING -> after 10 s IN_PROGRESS -> after 60 s VERIFIED        `speed` divides the delays

| `Description` has in it | outcome |
|---|---|
| `simulate FAILED` | FAILED, with 30899 in `errors` |
| `simulate FAILED 30886` | FAILED, with that code |
| `simulate IN_PROGRESS` | stays there |
| nothing of that | VERIFIED, with `campaign_id` and, by the brand's score, `rate_limits` |

A campaign may be changed when it is decided, and is checked anew then. A service has one campaign, and so has a sole
proprietor: a second is refused with 20409, which is the simulator's choice, as is 20409 for a change during the check.
The brand must be approved (21717), and the use case be one of those that Usecases lists for it (21719). Any well-formed
`MG` sid is a service here. The URLs of privacy policy and terms are shown in every version of the API.
Source: Twilio's reference, "UsAppToPerson" and "ExternalCampaign", and twilio-python for parameters.
"""

from __future__ import annotations

from .. import parameters
from ..answers import Answer, RefusedError, json_answer
from ..exchange import Exchange
from ..parameters import read_form, sid
from ..records import Record
from ..routes import Route
from . import brands
from .brands import BRANDS, is_sole_proprietor
from .collection import Collection, Reached, Stage, handed_in, reached, stamps, wish

IN_PROGRESS_AFTER = 10.0
DECIDED_AFTER = 60.0

_PATH = "/v1/Services/{ServiceSid}/Compliance/Usa2p"
_ONE = _PATH + "/{CampaignSid}"
_WISHES = ("FAILED", "IN_PROGRESS")
_REJECTED = 30899

_CHANGEABLE = (
    parameters.boolean("HasEmbeddedLinks", required=True),
    parameters.boolean("HasEmbeddedPhone", required=True),
    parameters.passages("MessageSamples", 20, 1024, 2, 5, required=True),
    parameters.passage("MessageFlow", 40, 2048, required=True),
    parameters.passage("Description", 40, 4096, required=True),
    parameters.url("PrivacyPolicyUrl"),
    parameters.url("TermsAndConditionsUrl"),
)
_FLAGS = ("AgeGated", "DirectLending")
_PARAMETERS = (
    *_CHANGEABLE,
    *(parameters.boolean(name, default=False) for name in _FLAGS),
    parameters.sid("BrandRegistrationSid", "BN", required=True),
    parameters.text("UsAppToPersonUsecase", required=True, field="us_app_to_person_usecase"),
    parameters.passage("OptInMessage", 20, 320),
    parameters.passage("OptOutMessage", 20, 320),
    parameters.passage("HelpMessage", 20, 320),
    parameters.keywords("OptInKeywords"),
    parameters.keywords("OptOutKeywords"),
    parameters.keywords("HelpKeywords"),
    parameters.boolean("SubscriberOptIn", default=False),
)
_UPDATE = (*_CHANGEABLE, *(parameters.boolean(name, required=True) for name in _FLAGS))
_EXTERNAL = (
    parameters.text("CampaignId", 64, required=True),
    parameters.sid("MessagingServiceSid", "MG", required=True),
    parameters.boolean("CnpMigration", default=False),
)
_GIVEN = tuple(parameter.field for parameter in _PARAMETERS)
SOLE_PROPRIETOR = "SOLE_PROPRIETOR"
USE_CASES: dict[str, tuple[str, str, bool]] = {
    "2FA": ("Two-Factor authentication (2FA)", "One-time codes and new passwords", False),
    "ACCOUNT_NOTIFICATION": ("Account Notification", "Reminders and news of an account", False),
    "AGENTS_FRANCHISES": ("Agents and Franchises", "Many offices, a number for each", True),
    "CHARITY": ("Charity", "Registered charities, but no religious ones", False),
    "PROXY": ("Proxy", "People write to each other through shared numbers", True),
    "CUSTOMER_CARE": ("Customer Care", "Support and care for an account", False),
    "DELIVERY_NOTIFICATION": ("Delivery Notification", "Where a delivery is", False),
    "EMERGENCY": ("Emergency", "Public safety in disasters", True),
    "FRAUD_ALERT": ("Fraud Alert Messaging", "Warnings of fraud", False),
    "HIGHER_EDUCATION": ("Higher Education", "Colleges and universities", False),
    "K12_EDUCATION": ("K-12 Education", "Schools up to the twelfth grade", True),
    "LOW_VOLUME": ("Low Volume Mixed", "A few messages of any kind, such as tests", False),
    "MARKETING": ("Marketing", "Anything that promotes", False),
    "MIXED": ("Mixed", "Several purposes together", False),
    "POLITICAL": ("Political", "To win others for a political aim", False),
    "POLLING_VOTING": ("Polling and voting", "Polls and votes", False),
    "PUBLIC_SERVICE_ANNOUNCEMENT": ("Public Service Announcement", "To make people aware", False),
    "SECURITY_ALERT": ("Security Alert", "A system is in danger, and what to do", False),
    "SOCIAL": ("Social", "Within or between closed communities", True),
    "SWEEPSTAKE": ("Sweepstake", "Prize draws", True),
    SOLE_PROPRIETOR: ("Sole Proprietor", "Any purpose of a person without a tax id", False),
}
"""Name, description, and whether carriers must approve it too, by code."""

_USE_CASE_QUERY = (sid("BrandRegistrationSid", "BN"),)


def state_of(exchange: Exchange, campaign: Record) -> Reached:
    """The status of a campaign now."""
    wished = wish(campaign.text("description")).status
    outcome = wished if wished in _WISHES else "VERIFIED"
    during, decided = Stage("IN_PROGRESS", IN_PROGRESS_AFTER), Stage(outcome, DECIDED_AFTER)
    return reached(exchange, handed_in(campaign), (Stage("PENDING"), during, decided))


def is_registered(exchange: Exchange, service: str) -> bool:
    """Whether a service has a campaign that is verified: its `us_app_to_person_registered`."""
    found = CAMPAIGNS.shelf(exchange).of(service)
    return any(state_of(exchange, campaign).status == "VERIFIED" for campaign in found)


def represent(exchange: Exchange, campaign: Record) -> dict[str, object]:
    """The campaign as Twilio shows it now."""
    state, fields = state_of(exchange, campaign), campaign.fields
    verified = state.status == "VERIFIED"
    own_id = f"C{campaign.sid[2:8].upper()}" if verified else None
    return {
        **stamps(exchange, campaign, state.since),
        "messaging_service_sid": campaign.parent,
        **{name: fields.get(name) for name in _GIVEN},
        "campaign_status": state.status,
        "campaign_id": fields.get("campaign_id") or own_id,
        "is_externally_registered": "campaign_id" in fields,
        "rate_limits": _rate_limits(exchange, campaign) if verified else None,
        "mock": fields.get("mock", False),
        "errors": [_rejection(campaign)] if state.status == "FAILED" else [],
        "url": f"{exchange.origin}{_PATH.format(ServiceSid=campaign.parent)}/{campaign.sid}",
    }


def _rejection(campaign: Record) -> dict[str, object]:
    code = wish(campaign.text("description")).code or _REJECTED
    return {
        "error_code": code,
        "description": "One or more carriers rejected the campaign.",
        "url": f"https://www.twilio.com/docs/api/errors/{code}",
        "fields": ["MESSAGE_FLOW"],
    }


def _rate_limits(exchange: Exchange, campaign: Record) -> dict[str, object]:
    sid = campaign.text("brand_registration_sid")
    brand = exchange.account.shelves[brands.BRANDS.kind].get(sid)
    score = brands.score_of(exchange, brand) if brand else None
    mps, tier = 4, "LOW"
    if score is not None and score >= 50:
        mps, tier = (75, "TOP") if score >= 75 else (40, "UPPER_MID")
    return {"att": {"mps": mps, "msg_class": "A"}, "tmobile": {"brand_tier": tier}}


CAMPAIGNS = Collection(
    kind="campaigns",
    key="compliance",
    placeholder="CampaignSid",
    parent="ServiceSid",
    represent=represent,
)


def create(exchange: Exchange) -> Answer:
    """POST Usa2p: 201."""
    fields = read_form(exchange.form, _PARAMETERS, whole_record=True)
    brand = brands.find_approved(exchange, fields["brand_registration_sid"])
    _check_use_case(exchange, brand, str(fields["us_app_to_person_usecase"]))
    _check_service(exchange, exchange.path["ServiceSid"])
    campaign = CAMPAIGNS.new(exchange, {**fields, "mock": brand.fields["mock"]})
    return CAMPAIGNS.tell(exchange, campaign, 201)


def _check_use_case(exchange: Exchange, brand: Record, code: str) -> None:
    sole = brands.is_sole_proprietor(brand)
    if code not in open_to(sole_proprietor=sole):
        raise RefusedError(21719, code)
    others = (one.fields.get("brand_registration_sid") for one in CAMPAIGNS.shelf(exchange))
    if sole and brand.sid in others:
        raise RefusedError(20409, "a sole proprietor has one campaign")


def _check_service(exchange: Exchange, service: str) -> None:
    if any(CAMPAIGNS.shelf(exchange).of(service)):
        raise RefusedError(20409, f"the messaging service {service} has a campaign already")


def update(exchange: Exchange) -> Answer:
    """POST of a campaign that is decided: changes it, and it is checked anew."""
    campaign = CAMPAIGNS.find(exchange)
    fields = read_form(exchange.form, _UPDATE, whole_record=True)
    if state_of(exchange, campaign).status not in ("VERIFIED", "FAILED"):
        raise RefusedError(20409, f"the campaign {campaign.sid} is being checked")
    given = {name: value for name, value in fields.items() if value is not None}
    changed = {**given, "submitted": exchange.now}
    CAMPAIGNS.shelf(exchange).change(campaign, exchange.now, changed)
    return CAMPAIGNS.tell(exchange, campaign)


def bring(exchange: Exchange) -> Answer:
    """POST PreregisteredUsa2p: a campaign of The Campaign Registry's comes to a service; 201."""
    given = read_form(exchange.form, _EXTERNAL, whole_record=True)
    service = str(given.pop("messaging_service_sid"))
    _check_service(exchange, service)
    exchange.path["ServiceSid"] = service
    campaign = CAMPAIGNS.new(exchange, given)
    told = {
        **stamps(exchange, campaign),
        "campaign_id": given["campaign_id"],
        "messaging_service_sid": service,
    }
    del told["date_updated"]
    return json_answer(told, 201)


def open_to(*, sole_proprietor: bool) -> list[str]:
    """The codes that a brand may register."""
    return [code for code in USE_CASES if (code == SOLE_PROPRIETOR) == sole_proprietor]


def show_use_cases(exchange: Exchange) -> Answer:
    """GET Usecases of a service, those of one brand if `BrandRegistrationSid` names it."""
    wanted = read_form(exchange.query, _USE_CASE_QUERY, whole_record=False)
    codes = open_to(sole_proprietor=False)
    if wanted:
        brand = exchange.found(BRANDS.shelf(exchange).get(str(wanted["brand_registration_sid"])))
        codes = open_to(sole_proprietor=is_sole_proprietor(brand))
    fields = ("code", "name", "description", "post_approval_required")
    told = [dict(zip(fields, (code, *USE_CASES[code]), strict=True)) for code in codes]
    return json_answer({"us_app_to_person_usecases": told})


ROUTES = (
    Route("POST", "/v1/Services/PreregisteredUsa2p", bring, host="messaging"),
    Route("POST", _PATH, create, host="messaging"),
    Route("GET", _PATH, CAMPAIGNS.show_list, host="messaging"),
    Route("GET", _ONE, CAMPAIGNS.fetch, host="messaging"),
    Route("POST", _ONE, update, host="messaging"),
    Route("DELETE", _ONE, CAMPAIGNS.delete, host="messaging"),
    Route(
        "GET",
        "/v1/Services/{ServiceSid}/Compliance/Usa2p/Usecases",
        show_use_cases,
        host="messaging",
    ),
)
