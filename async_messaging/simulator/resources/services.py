"""Messaging services (`/v1/Services`) and what they may be for (Usecases).

`Messages` takes any well-formed `MG` sid: a service that nobody created sends from all of the account's numbers, which is
how a program can be tried without setting one up. Everything here knows only services that were created: others, and
deleted ones, are answered with 20404. A service that is deleted takes its senders along; its campaign and its domain of
short links stay, as those take any well-formed sid too.

Its URLs hold at once: see `webhooks`. `us_app_to_person_registered` is told by its campaign. Which
values hold for what is not given is the simulator's choice.
Source: Twilio's reference, "Messaging Services".
"""

from __future__ import annotations

from .. import parameters, selection
from ..answers import Answer, json_answer
from ..exchange import Exchange
from ..records import Record
from ..routes import Route
from .collection import Collection, stamps
from .usa2p import is_registered

_PATH = "/v1/Services"
_ONE = _PATH + "/{ServiceSid}"
_METHODS = ("GET", "POST")
_USE_CASES = {
    "notifications": ("News of what somebody waits for", "Notify my users"),
    "marketing": ("Offers and promotions", "Market my services"),
    "verification": ("One-time codes", "Verify users"),
    "discussion": ("Talks between people, or with an agent", "Engage in a discussion"),
    "poll": ("Questions and votes", "Poll my audience"),
    "undeclared": ("Anything else", "Any other purpose"),
}
"""Description and purpose by the name that a service takes."""

_PARAMETERS = (
    parameters.text("FriendlyName", 64, r"(?s:.+)", required=True),
    parameters.url("InboundRequestUrl"),
    parameters.choice("InboundMethod", _METHODS, default="POST"),
    parameters.url("FallbackUrl"),
    parameters.choice("FallbackMethod", _METHODS, default="POST"),
    parameters.url("StatusCallback"),
    parameters.boolean("StickySender", default=True),
    parameters.boolean("MmsConverter", default=True),
    parameters.boolean("SmartEncoding", default=True),
    parameters.choice("ScanMessageContent", ("inherit", "enable", "disable"), default="inherit"),
    parameters.boolean("FallbackToLongCode", default=True),
    parameters.boolean("AreaCodeGeomatch", default=True),
    parameters.whole("ValidityPeriod", 1, 36_000, default=36_000),
    parameters.boolean("SynchronousValidation", default=False),
    parameters.choice("Usecase", _USE_CASES, default="undeclared"),
    parameters.boolean("UseInboundWebhookOnNumber", default=False),
)
_LINKS = {
    "phone_numbers": "PhoneNumbers",
    "short_codes": "ShortCodes",
    "alpha_senders": "AlphaSenders",
    "destination_alpha_senders": "DestinationAlphaSenders",
    "channel_senders": "ChannelSenders",
    "us_app_to_person": "Compliance/Usa2p",
    "us_app_to_person_usecases": "Compliance/Usa2p/Usecases",
}


def represent(exchange: Exchange, service: Record) -> dict[str, object]:
    """The service as Twilio shows it."""
    url = f"{exchange.origin}{_PATH}/{service.sid}"
    return {
        **stamps(exchange, service),
        **service.fields,
        "us_app_to_person_registered": is_registered(exchange, service.sid),
        "url": url,
        "links": {name: f"{url}/{path}" for name, path in _LINKS.items()},
    }


SERVICES = Collection(
    kind="services",
    key="services",
    placeholder="ServiceSid",
    represent=represent,
    parameters=_PARAMETERS,
)


def delete(exchange: Exchange) -> Answer:
    """DELETE of a service and of its senders: 204."""
    sid = SERVICES.find(exchange).sid
    for kind in selection.KINDS:
        shelf = exchange.account.shelves[kind]
        for sender in list(shelf.of(sid)):
            shelf.remove(sender.sid)
    return SERVICES.delete(exchange)


def show_use_cases(_exchange: Exchange) -> Answer:
    """GET Usecases."""
    told = [
        {"usecase": name, "description": description, "purpose": purpose}
        for name, (description, purpose) in _USE_CASES.items()
    ]
    return json_answer({"usecases": told})


ROUTES = (
    Route("GET", _PATH + "/Usecases", show_use_cases, host="messaging"),
    Route("POST", _PATH, SERVICES.create, host="messaging"),
    Route("GET", _PATH, SERVICES.show_list, host="messaging"),
    Route("GET", _ONE, SERVICES.fetch, host="messaging"),
    Route("POST", _ONE, SERVICES.update, host="messaging"),
    Route("DELETE", _ONE, delete, host="messaging"),
)
