"""A2P brands: BrandRegistrations, their one-time passwords (SmsOtp) and their Vettings by third parties.

    a brand:   PENDING -> after 20 s IN_REVIEW -> after 60 s APPROVED        `speed` divides the delays
    a vetting: PENDING -> after 30 s SUCCESS, or FAILED if `VettingId` has `fail` in it

A brand takes no text that could wish for an outcome, so the last four digits of `A2PProfileBundleSid` do:

| digits | outcome |
|---|---|
| `fa11` | FAILED, each time |
| `fa10` | FAILED; APPROVED once it is handed in again (POST of the brand) |
| `5005` | SUSPENDED |
| `4e7e` | stays IN_REVIEW |
| others | APPROVED, with `tcr_id` and, unless `SkipAutomaticSecVet` or sole proprietor, a `brand_score` |

A SOLE_PROPRIETOR brand stays IN_REVIEW until its one-time password was asked for; the simulator plays the handset that
answers it, within 20 s. `Mock` changes nothing but the field, and that its campaigns are mocks too.

Only a FAILED brand can be handed in again; a password is refused to a standard brand (20001) and to one that is
through (20409). Which codes Twilio has for these is not documented.

Only an approved brand can be vetted (21717); by a vetting that went well it is VETTED_VERIFIED, with the vetting's score.
Campaign Verify vets political senders, who bring its id along (20001 without one); Aegis makes one.
Source: Twilio's reference, "BrandRegistrations" and "BrandVettings".
"""

from __future__ import annotations

from .. import parameters
from ..answers import Answer, RefusedError, json_answer
from ..exchange import Exchange
from ..parameters import read_form
from ..records import Record
from ..routes import Route
from .collection import Collection, Reached, Stage, handed_in, reached, stamps

IN_REVIEW_AFTER = 20.0
DECIDED_AFTER = 60.0
ANSWERED_AFTER = 20.0

_OUTCOMES = {"fa11": "FAILED", "fa10": "FAILED", "5005": "SUSPENDED", "4e7e": "IN_REVIEW"}
_SOLE = "SOLE_PROPRIETOR"
_PATH = "/v1/a2p/BrandRegistrations"
_ONE = _PATH + "/{BrandSid}"
_FAILURE = {
    "error_code": 21736,
    "description": "The contact email of the brand is invalid.",
    "url": "https://www.twilio.com/docs/api/errors/21736",
    "fields": ["brand_contact_email"],
}
_PASSING_SCORE = 60
_VETTINGS = _ONE + "/Vettings"
_CLASSES = {"aegis": "STANDARD", "campaign-verify": "POLITICAL"}
VETTED_AFTER = 30.0


def is_sole_proprietor(brand: Record) -> bool:
    """Whether a brand is a person who may only have one small campaign."""
    return brand.fields["brand_type"] == _SOLE


def state_of(exchange: Exchange, brand: Record) -> Reached:
    """The status of a brand now."""
    digits = brand.text("a2p_profile_bundle_sid")[-4:].lower()
    again = digits == "fa10" and brand.time("submitted") is not None
    outcome = "APPROVED" if again else _OUTCOMES.get(digits, "APPROVED")
    begun, decided = handed_in(brand), DECIDED_AFTER
    if is_sole_proprietor(brand):
        speed, asked = exchange.world.conditions.speed, brand.time("otp_sent")
        if asked is None:
            outcome = "IN_REVIEW"
        else:
            decided = max(decided, (asked - begun) * speed + ANSWERED_AFTER)
    stages = (Stage("PENDING"), Stage("IN_REVIEW", IN_REVIEW_AFTER), Stage(outcome, decided))
    return reached(exchange, begun, stages)


def find_approved(exchange: Exchange, sid: object) -> Record:
    """The brand with this sid, if it is approved (21717)."""
    brand = exchange.account.shelves[BRANDS.kind].get(str(sid))
    if brand is None or state_of(exchange, brand).status != "APPROVED":
        raise RefusedError(21717, sid)
    return brand


def score_of(exchange: Exchange, brand: Record) -> int | None:
    """The score that an approved brand has: of its last vetting, or of its first check."""
    if is_sole_proprietor(brand):
        return None
    vetted = vetted_score(exchange, brand.sid)
    if vetted is not None or brand.fields["skip_automatic_sec_vet"]:
        return vetted
    return 40 + int(brand.sid[-2:], 16) % 60


def represent(exchange: Exchange, brand: Record) -> dict[str, object]:
    """The brand as Twilio shows it now."""
    state = state_of(exchange, brand)
    url = f"{exchange.origin}{_PATH}/{brand.sid}"
    return {
        **stamps(exchange, brand, state.since),
        **{name: brand.fields[name] for name in _GIVEN},
        "status": state.status,
        **_findings(exchange, brand, state.status),
        "russell_3000": False,
        "government_entity": False,
        "tax_exempt_status": None,
        "url": url,
        "links": {"brand_vettings": f"{url}/Vettings", "brand_registration_otps": f"{url}/SmsOtp"},
    }


def _findings(exchange: Exchange, brand: Record, status: str) -> dict[str, object]:
    approved, failed = status == "APPROVED", status == "FAILED"
    score = score_of(exchange, brand) if approved else None
    poor = score is not None and score < _PASSING_SCORE
    feedback = ["OTHERS"] if poor else ["TAX_ID"] if failed else []
    return {
        "tcr_id": f"B{brand.sid[2:8].upper()}" if approved else None,
        "failure_reason": _FAILURE["description"] if failed else None,
        "errors": [_FAILURE] if failed else [],
        "brand_score": score,
        "brand_feedback": feedback if approved or failed else None,
        "identity_status": _identity(exchange, brand) if approved else "UNVERIFIED",
    }


def _identity(exchange: Exchange, brand: Record) -> str:
    if is_sole_proprietor(brand):
        return "SELF_DECLARED"
    vetted = vetted_score(exchange, brand.sid) is not None
    return "VETTED_VERIFIED" if vetted else "VERIFIED"


_PARAMETERS = (
    parameters.sid("CustomerProfileBundleSid", "BU", required=True),
    parameters.sid("A2PProfileBundleSid", "BU", required=True, field="a2p_profile_bundle_sid"),
    parameters.choice("BrandType", ("STANDARD", _SOLE), default="STANDARD"),
    parameters.boolean("Mock", default=False),
    parameters.boolean("SkipAutomaticSecVet", default=False),
)
_GIVEN = tuple(parameter.field for parameter in _PARAMETERS)

BRANDS = Collection(
    kind="brands",
    key="data",
    placeholder="BrandSid",
    represent=represent,
    parameters=_PARAMETERS,
)


def submit_again(exchange: Exchange) -> Answer:
    """POST of a brand: hands a FAILED one in again; 202."""
    brand = BRANDS.find(exchange)
    if state_of(exchange, brand).status != "FAILED":
        raise RefusedError(20409, "only a brand that failed can be handed in again")
    BRANDS.shelf(exchange).change(brand, exchange.now, {"submitted": exchange.now})
    return BRANDS.tell(exchange, brand, 202)


def send_password(exchange: Exchange) -> Answer:
    """POST SmsOtp: a one-time password goes to the sole proprietor's phone; 201."""
    brand = BRANDS.find(exchange)
    if not is_sole_proprietor(brand):
        raise RefusedError(20001, f"BrandType must be {_SOLE}")
    if state_of(exchange, brand).status == "APPROVED":
        raise RefusedError(20409, "the brand is approved already")
    BRANDS.shelf(exchange).change(brand, exchange.now, {"otp_sent": exchange.now})
    told = {"account_sid": exchange.account.sid, "brand_registration_sid": brand.sid}
    return json_answer(told, 201)


def vetting_state(exchange: Exchange, vetting: Record) -> Reached:
    """The status of a vetting now."""
    outcome = "FAILED" if "fail" in vetting.text("vetting_id").lower() else "SUCCESS"
    stages = (Stage("PENDING"), Stage(outcome, VETTED_AFTER))
    return reached(exchange, vetting.created, stages)


def vetted_score(exchange: Exchange, brand_sid: str) -> int | None:
    """The score of the brand's last vetting that went well."""
    scores = [
        60 + int(vetting.sid[-2:], 16) % 40
        for vetting in VETTINGS.shelf(exchange).of(brand_sid)
        if vetting_state(exchange, vetting).status == "SUCCESS"
    ]
    return scores[-1] if scores else None


def _represent_vetting(exchange: Exchange, vetting: Record) -> dict[str, object]:
    state = vetting_state(exchange, vetting)
    told = stamps(exchange, vetting, state.since)
    del told["sid"]
    return {
        **told,
        "brand_sid": vetting.parent,
        "brand_vetting_sid": vetting.sid,
        "vetting_id": vetting.fields["vetting_id"],
        "vetting_class": _CLASSES[vetting.text("vetting_provider")],
        "vetting_status": state.status,
        "vetting_provider": vetting.fields["vetting_provider"],
        "url": f"{exchange.origin}{_VETTINGS.format(BrandSid=vetting.parent)}/{vetting.sid}",
    }


VETTINGS = Collection(
    kind="vettings",
    key="data",
    placeholder="VettingSid",
    parent=BRANDS,
    represent=_represent_vetting,
    parameters=(
        parameters.choice("VettingProvider", _CLASSES, required=True),
        parameters.text("VettingId", 500),
    ),
    filters=(parameters.choice("VettingProvider", _CLASSES),),
)


def vet(exchange: Exchange) -> Answer:
    """POST Vettings: 201."""
    find_approved(exchange, BRANDS.find(exchange).sid)
    fields = read_form(exchange.form, VETTINGS.parameters, whole_record=True)
    sid = exchange.account.new_sid("VT")
    if not fields["vetting_id"]:
        if fields["vetting_provider"] != "aegis":
            raise RefusedError(20001, "VettingId is required")
        fields["vetting_id"] = sid[2:14]
    return VETTINGS.tell(exchange, VETTINGS.new(exchange, fields, sid), 201)


ROUTES = (
    Route("POST", _PATH, BRANDS.create, host="messaging"),
    Route("GET", _PATH, BRANDS.show_list, host="messaging"),
    Route("GET", _ONE, BRANDS.fetch, host="messaging"),
    Route("POST", _ONE, submit_again, host="messaging"),
    Route("POST", _ONE + "/SmsOtp", send_password, host="messaging"),
    Route("POST", _VETTINGS, vet, host="messaging"),
    Route("GET", _VETTINGS, VETTINGS.show_list, host="messaging"),
    Route("GET", _VETTINGS + "/{VettingSid}", VETTINGS.fetch, host="messaging"),
)
