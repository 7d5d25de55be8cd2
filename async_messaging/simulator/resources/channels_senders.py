"""Senders of WhatsApp and RCS (`/v2/Channels/Senders`); their bodies are JSON.

    CREATING -> after 10 s PENDING_VERIFICATION                  a WhatsApp number that is not the account's own
             -> after 10 s VERIFYING -> after 30 s ONLINE        the account's own numbers, which need no code
             -> after 10 s TWILIO_REVIEW -> after 30 s ONLINE    RCS
    with `verification_code`: VERIFYING -> after 20 s ONLINE     given by an update, or on create
    a changed profile: ONLINE:UPDATING -> after 10 s ONLINE      `speed` divides the delays

| input | outcome |
|---|---|
| `profile.name` with `simulate OFFLINE` | OFFLINE instead of ONLINE, with 63020 in `offline_reasons` |
| `verification_code` of `000000` | refused with 20001: the code is wrong |
| any other of six digits | right |

An address has one sender (20409); WhatsApp needs `profile.name` (20001). A code is refused with 20409 to a sender that
waits for none. Codes are never shown again. These codes are the simulator's choice. Any WhatsApp or RCS address may send
messages, registered here or not. A null in an update leaves what is there. Source: Twilio's reference, "Senders".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, cast

import msgspec

from .. import parameters
from ..answers import Answer, RefusedError
from ..exchange import Exchange
from ..parameters import read_form
from ..records import Record
from ..routes import Route
from ..senders import channel_of, is_phone
from .collection import Collection, Stage, reached, wish

CREATED_AFTER = 10.0
VERIFIED_AFTER = 20.0
UPDATED_AFTER = 10.0

_PATH = "/v2/Channels/Senders"
_ONE = _PATH + "/{ChannelsSenderSid}"
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_WRONG_CODE = "000000"
_RCS = re.compile(r"rcs:[A-Za-z0-9_]{1,100}", re.ASCII)
_FILTERS = (parameters.choice("Channel", ("whatsapp", "rcs")),)
_OFFLINE = {
    "code": "63020",
    "message": "The business account behind the sender has an error.",
    "more_info": "https://www.twilio.com/docs/api/errors/63020",
}
PARTS = ("configuration", "webhook", "profile")

_Url = Annotated[str, msgspec.Meta(pattern="^(https?://[^ ]+)?$")]
_Method = Literal["POST", "PUT"]


def status_of(exchange: Exchange, sender: Record) -> str:
    """The status of a sender now."""
    verified, updated = sender.time("verified"), sender.time("profile_changed")
    final = "OFFLINE" if wish(_name_of(sender)).status == "OFFLINE" else "ONLINE"
    created = [Stage("CREATING"), *_stages_of(exchange, sender, final)]
    status = reached(exchange, sender.created, created).status
    if verified is not None and status == "PENDING_VERIFICATION":
        stages = (Stage("VERIFYING"), Stage(final, VERIFIED_AFTER))
        status = reached(exchange, verified, stages).status
    if status == "ONLINE" and updated is not None:
        stages = (Stage("ONLINE:UPDATING"), Stage("ONLINE", UPDATED_AFTER))
        status = reached(exchange, updated, stages).status
    return status


def _stages_of(exchange: Exchange, sender: Record, final: str) -> list[Stage]:
    channel, _, address = sender.text("sender_id").partition(":")
    online = Stage(final, CREATED_AFTER + VERIFIED_AFTER)
    if channel == "rcs":
        return [Stage("TWILIO_REVIEW", CREATED_AFTER), online]
    if address in exchange.account.numbers:
        return [Stage("VERIFYING", CREATED_AFTER), online]
    return [Stage("PENDING_VERIFICATION", CREATED_AFTER)]


def _part(fields: Mapping[str, object], part: str) -> dict[str, object] | None:
    return cast("dict[str, object] | None", fields.get(part))


def _name_of(sender: Record) -> str:
    return str((_part(sender.fields, "profile") or {}).get("name"))


def represent(exchange: Exchange, sender: Record) -> dict[str, object]:
    """The sender as Twilio shows it now."""
    status = status_of(exchange, sender)
    online = status.startswith("ONLINE")
    is_whatsapp = sender.text("sender_id").startswith("whatsapp:")
    limits = {"quality_rating": "HIGH", "messaging_limit": "250 Customers/24hr"}
    return {
        "sid": sender.sid,
        "status": status,
        "sender_id": sender.fields["sender_id"],
        **{part: sender.fields[part] for part in PARTS},
        "properties": limits if online and is_whatsapp else None,
        "offline_reasons": [_OFFLINE] if status == "OFFLINE" else None,
        "compliance": None,
        "url": f"{exchange.origin}{_PATH}/{sender.sid}",
    }


SENDERS = Collection(
    kind="channels_senders",
    key="senders",
    placeholder="ChannelsSenderSid",
    represent=represent,
)


def create(exchange: Exchange) -> Answer:
    """POST Senders: 202."""
    body = exchange.read_body(CREATE)
    _check_address(exchange, body)
    created = exchange.now + CREATED_AFTER / exchange.world.conditions.speed
    fields = {
        **_parts(body, {}),
        "sender_id": body.sender_id,
        "friendly_name": body.friendly_name,
        "verified": created if _code_in(body) else None,
        "profile_changed": None,
    }
    return SENDERS.tell(exchange, SENDERS.new(exchange, fields), 202)


def _check_address(exchange: Exchange, body: _SenderBody) -> None:
    address = body.sender_id
    if channel_of(address) == "whatsapp" and is_phone(address.partition(":")[2]):
        if not body.profile or not body.profile.name:
            raise RefusedError(20001, "profile.name is required")
    elif not _RCS.fullmatch(address):
        raise RefusedError(20001, "sender_id must be whatsapp: and a number, or rcs: and an agent")
    if any(one.fields["sender_id"] == address for one in SENDERS.shelf(exchange)):
        raise RefusedError(20409, "the address has a sender already")


def _code_in(body: _SenderParts) -> str:
    code = body.configuration.verification_code if body.configuration else None
    if code and (code == _WRONG_CODE or not _CODE.fullmatch(code)):
        raise RefusedError(20001, "configuration.verification_code is wrong")
    return code or ""


def _parts(body: _SenderParts, before: Mapping[str, object]) -> dict[str, object]:
    """What a request gives of each part, over what was there."""
    return {part: _merged(getattr(body, part), _part(before, part)) for part in PARTS}


def _merged(
    given: msgspec.Struct | None, before: dict[str, object] | None
) -> dict[str, object] | None:
    if given is None:
        return before
    values: dict[str, object] = msgspec.to_builtins(given)
    if "verification_code" in values:
        values["verification_code"] = None
    told = {name: value for name, value in values.items() if value is not None}
    return {**(before or dict.fromkeys(values)), **told}


def update(exchange: Exchange) -> Answer:
    """POST of a sender: changes it, or verifies its number; 202."""
    sender = SENDERS.find(exchange)
    body = exchange.read_body(UPDATE)
    code = _code_in(body)
    status = status_of(exchange, sender)
    fields = _parts(body, sender.fields)
    if code:
        if status != "PENDING_VERIFICATION":
            raise RefusedError(20409, f"the sender {sender.sid} waits for no code")
        fields["verified"] = exchange.now
    if body.profile is not None and status.startswith("ONLINE"):
        fields["profile_changed"] = exchange.now
    if body.friendly_name is not None:
        fields["friendly_name"] = body.friendly_name
    SENDERS.shelf(exchange).change(sender, exchange.now, fields)
    return SENDERS.tell(exchange, sender, 202)


def show_list(exchange: Exchange) -> Answer:
    """GET Senders, filtered by `Channel`."""
    channel = str(read_form(exchange.query, _FILTERS, whole_record=False).get("channel", ""))
    found = SENDERS.shelf(exchange)
    return SENDERS.show(
        exchange, (one for one in found if one.text("sender_id").startswith(channel))
    )


ROUTES = (
    Route("POST", _PATH, create, host="messaging"),
    Route("GET", _PATH, show_list, host="messaging"),
    Route("GET", _ONE, SENDERS.fetch, host="messaging"),
    Route("POST", _ONE, update, host="messaging"),
    Route("DELETE", _ONE, SENDERS.delete, host="messaging"),
)


class _Configuration(msgspec.Struct, frozen=True, kw_only=True):
    waba_id: str | None = None
    verification_method: Literal["sms", "voice"] | None = None
    verification_code: str | None = None
    voice_application_sid: str | None = None
    account_type: Literal["ISV", "ISVSubAccount", ""] | None = None


class _Hooks(msgspec.Struct, frozen=True, kw_only=True):
    callback_url: _Url | None = None
    callback_method: _Method | None = None
    fallback_url: _Url | None = None
    fallback_method: _Method | None = None
    status_callback_url: _Url | None = None
    status_callback_method: _Method | None = None


class _Website(msgspec.Struct, frozen=True, kw_only=True):
    website: _Url
    label: str = ""


class _Email(msgspec.Struct, frozen=True, kw_only=True):
    email: str
    label: str = ""


class _PhoneNumber(msgspec.Struct, frozen=True, kw_only=True):
    phone_number: str
    label: str = ""


class _Profile(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    about: Annotated[str, msgspec.Meta(max_length=139)] | None = None
    address: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    description: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    logo_url: _Url | None = None
    banner_url: _Url | None = None
    privacy_url: _Url | None = None
    terms_of_service_url: _Url | None = None
    accent_color: Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{6}$")] | None = None
    vertical: str | None = None
    websites: list[_Website] | None = None
    emails: list[_Email] | None = None
    phone_numbers: list[_PhoneNumber] | None = None


class _SenderParts(msgspec.Struct, frozen=True, kw_only=True):
    # null leaves what is there
    configuration: _Configuration | None = None
    webhook: _Hooks | None = None
    profile: _Profile | None = None
    friendly_name: str | None = None


class _SenderBody(_SenderParts, frozen=True, kw_only=True):
    sender_id: str


CREATE = msgspec.json.Decoder(_SenderBody)
UPDATE = msgspec.json.Decoder(_SenderParts)
