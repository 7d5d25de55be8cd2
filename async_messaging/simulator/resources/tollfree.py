"""Verifications of toll-free numbers (Tollfree/Verifications).

    PENDING_REVIEW -> after 20 s IN_REVIEW -> after 60 s TWILIO_APPROVED        `speed` divides the delays

| `UseCaseSummary` has in it | outcome |
|---|---|
| `simulate TWILIO_REJECTED` | TWILIO_REJECTED, 30484; may be edited within seven days |
| `simulate TWILIO_REJECTED 30481` | the same with that code, if `tollfree_rules.REASONS` has it; 30481 can't be edited |
| `simulate IN_REVIEW` | stays there |
| nothing of that | TWILIO_APPROVED |

An edit is refused with 20409 unless the verification is rejected, may be edited and its time (`edit_expiration`, which
`speed` doesn't touch) is not over; what is edited is reviewed anew. A number has one verification: a second is refused
with 20409. These codes are the simulator's choice. Its toll-free number is made of the number's sid.
Source: Twilio's reference, "TollfreeVerifications".
"""

from __future__ import annotations

from collections.abc import Iterator

from async_messaging.simulator import dates
from async_messaging.simulator.answers import Answer, RefusedError
from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.parameters import read_form
from async_messaging.simulator.resources import tollfree_rules as rules
from async_messaging.simulator.resources.collection import Collection, stamps
from async_messaging.simulator.resources.stages import (
    Reached,
    Stage,
    handed_in,
    plain,
    reached,
    wish,
)
from async_messaging.simulator.routes import Route
from async_messaging.simulator.shelves import Record

IN_REVIEW_AFTER = 20.0
DECIDED_AFTER = 60.0
EDITABLE_FOR = 7 * 86_400.0

_REJECTED = "TWILIO_REJECTED"
_USUAL_REASON = 30484
_PREFIXES = ("800", "833", "844", "855", "866", "877", "888")
_PATH = "/v1/Tollfree/Verifications"
_ONE = _PATH + "/{VerificationSid}"


def state_of(exchange: Exchange, verification: Record) -> Reached:
    """The status of a verification now."""
    wished = wish(plain(verification, "use_case_summary")).status
    stages = [Stage("PENDING_REVIEW"), Stage("IN_REVIEW", IN_REVIEW_AFTER)]
    if wished != "IN_REVIEW":
        outcome = _REJECTED if wished == _REJECTED else "TWILIO_APPROVED"
        stages.append(Stage(outcome, DECIDED_AFTER))
    return reached(exchange, handed_in(verification), stages)


def represent(exchange: Exchange, verification: Record) -> dict[str, object]:
    """The verification as Twilio shows it now."""
    state, fields = state_of(exchange, verification), verification.fields
    url = f"{exchange.origin}{_PATH}/{verification.sid}"
    profile = fields["customer_profile_sid"]
    return {
        **stamps(exchange, verification),
        "date_updated": dates.iso8601(max(state.since, verification.updated)),
        **{name: fields[name] for name in rules.SHOWN},
        "trust_product_sid": fields["trust_product_sid"],
        "regulated_item_sid": fields["regulated_item_sid"],
        "tollfree_phone_number": number_of(plain(verification, "tollfree_phone_number_sid")),
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
    text, editable = rules.REASONS[code]
    expires = state.since + EDITABLE_FOR
    return {
        "rejection_reason": text,
        "error_code": code,
        "rejection_reasons": [{"code": code, "reason": text}],
        "edit_expiration": dates.iso8601(expires) if editable else None,
        "edit_allowed": editable and exchange.now < expires,
    }


def _code_of(verification: Record) -> int:
    code = wish(plain(verification, "use_case_summary")).code
    return code if code in rules.REASONS else _USUAL_REASON


VERIFICATIONS = Collection(
    kind="tollfree_verifications",
    prefix="HH",
    key="verifications",
    placeholder="VerificationSid",
    represent=represent,
)


def create(exchange: Exchange) -> Answer:
    """POST Verifications: 201."""
    fields = read_form(exchange.form, rules.CREATE, whole_record=True)
    rules.check_business(fields)
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
    fields = read_form(exchange.form, rules.UPDATE, whole_record=False)
    state = state_of(exchange, verification)
    if not _rejection(exchange, verification, state)["edit_allowed"]:
        raise RefusedError(20409, f"{verification.sid} may not be edited now")
    rules.check_business({**verification.fields, **fields})
    changed = {**fields, "submitted": exchange.now}
    VERIFICATIONS.shelf(exchange).change(verification, exchange.now, changed)
    return VERIFICATIONS.tell(exchange, verification, 202)


def show_list(exchange: Exchange) -> Answer:
    """GET Verifications, filtered by number, status, reference and trust product."""
    return VERIFICATIONS.show(exchange, _found(exchange))


def _found(exchange: Exchange) -> Iterator[Record]:
    wanted = read_form(exchange.query, rules.FILTERS, whole_record=False)
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
    Route("POST", _PATH, create, "change", host="messaging"),
    Route("GET", _PATH, show_list, host="messaging"),
    Route("GET", _ONE, VERIFICATIONS.fetch, host="messaging"),
    Route("POST", _ONE, update, "change", host="messaging"),
    Route("DELETE", _ONE, VERIFICATIONS.delete, "change", host="messaging"),
)
