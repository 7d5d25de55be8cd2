"""The table of everything the simulator answers."""

from __future__ import annotations

from . import conversations, inbox, judge, media, messages, oauth, pages, pricing
from .resources import (
    brands,
    channels_senders,
    contents,
    deactivations,
    indicators,
    link_domains,
    service_senders,
    services,
    short_codes,
    tollfree,
    usa2p,
)
from .routes import Route, RouteTable

_ACCOUNT = "/2010-04-01/Accounts/{AccountSid}"
_MESSAGE = _ACCOUNT + "/Messages/{MessageSid}"
_COUNTRIES = "/v1/Messaging/Countries"

ROUTES = (
    Route("POST", _ACCOUNT + "/Messages.json", messages.create, creates=True),
    Route("GET", _ACCOUNT + "/Messages.json", messages.show_list),
    Route("GET", _MESSAGE + ".json", messages.fetch),
    Route("POST", _MESSAGE + ".json", messages.update),
    Route("DELETE", _MESSAGE + ".json", messages.delete),
    Route("POST", _MESSAGE + "/Feedback.json", messages.give_feedback),
    Route("GET", _MESSAGE + "/Media.json", media.show_list),
    Route("GET", _MESSAGE + "/Media/{MediaSid}.json", media.fetch),
    Route("DELETE", _MESSAGE + "/Media/{MediaSid}.json", media.delete),
    Route("GET", _MESSAGE + "/Media/{MediaSid}", media.redirect),
    Route("GET", _ACCOUNT + "/Balance.json", pricing.show_balance),
    Route("GET", _COUNTRIES, pricing.show_list, host="pricing"),
    Route("GET", _COUNTRIES + "/{IsoCountry}", pricing.fetch, host="pricing"),
    Route("POST", "/v2/token", oauth.issue, access="token", host="oauth"),
    Route("GET", "/cdn/{AccountSid}/{MediaSid}", media.download, access="cdn"),
    Route("GET", "/simulator/stats", judge.show_stats, access="judge"),
    Route("GET", "/simulator/messages", judge.show_messages, access="judge"),
    Route("POST", "/simulator/faults", judge.set_faults, access="judge"),
    Route("POST", "/simulator/reset", judge.reset, access="judge"),
    Route("GET", "/inbox/messages", inbox.show_messages, access="judge"),
    Route("DELETE", "/inbox/messages", inbox.clear, access="judge"),
    Route("GET", "/inbox/messages/{MessageSid}", inbox.show_message, access="judge"),
    Route("POST", "/inbox/messages/{MessageSid}/status", inbox.mark, access="judge"),
    Route("POST", "/inbox/replies", inbox.write, access="judge"),
    Route("GET", "/inbox/callbacks", inbox.show_callbacks, access="judge"),
    Route("GET", "/inbox/opt-outs", inbox.show_opt_outs, access="judge"),
    Route("GET", "/inbox/webhooks", inbox.show_webhooks, access="judge"),
    Route("POST", "/inbox/webhooks", inbox.set_webhook, access="judge"),
    Route("GET", "/inbox/account", conversations.show_account, access="judge"),
    Route("GET", "/inbox/phones", conversations.show_phones, access="judge"),
    Route("GET", "/inbox/conversation", conversations.show_conversation, access="judge"),
    Route("GET", "/inbox/requests", conversations.show_requests, access="judge"),
    Route("GET", "/inbox/export", conversations.export, access="judge"),
    Route("GET", "/inbox/events", conversations.follow, access="judge"),
    Route("GET", "/inbox/media/{MediaSid}", pages.show_picture, access="judge"),
    Route("GET", "/inbox/web/{File}", pages.show_file, access="judge"),
    Route("GET", "/", pages.show_inbox, access="judge"),
    *brands.ROUTES,
    *usa2p.ROUTES,
    *tollfree.ROUTES,
    *link_domains.ROUTES,
    *deactivations.ROUTES,
    *indicators.ROUTES,
    *channels_senders.ROUTES,
    *contents.ROUTES,
    *services.ROUTES,
    *service_senders.ROUTES,
    *short_codes.ROUTES,
)

TABLE = RouteTable(ROUTES)
