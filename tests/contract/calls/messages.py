"""Every operation of the chapters Messages, Media, Feedback, Balance and Pricing, every parameter."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from tests.contract.spec import sid_of
from tests.contract.surface import Calls

DAY = dt.date(2026, 1, 2)
SM, ME = sid_of("SM"), sid_of("ME")

CALLS: Calls = {
    ("api_v2010", "FetchBalance"): lambda client: client.balance.fetch(),
    ("api_v2010", "FetchMedia"): lambda client: client.messages(SM).media.fetch(ME),
    ("api_v2010", "DeleteMedia"): lambda client: client.messages(SM).media.delete(ME),
    ("api_v2010", "ListMedia"): lambda client: client.messages(SM).media.list(
        date_created=DAY, date_created_before=DAY, date_created_after=DAY
    ),
    ("api_v2010", "ListMessage"): lambda client: client.messages.list(
        to="+15558675310",
        from_="+15017122661",
        date_sent=DAY,
        date_sent_before=DAY,
        date_sent_after=DAY,
    ),
    ("api_v2010", "CreateMessage"): lambda client: client.messages.create(
        to="+15558675310",
        from_="+15017122661",
        messaging_service_sid=sid_of("MG"),
        body="Hi",
        media_url=["https://example.com/a.png", "https://example.com/b.png"],
        content_sid=sid_of("HX"),
        content_variables={"1": "Sarah"},
        status_callback="https://example.com/status",
        application_sid=sid_of("AP"),
        validity_period=60,
        send_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        send_as_mms=True,
        smart_encoded=True,
        provide_feedback=True,
        force_delivery=True,
        shorten_urls=True,
        risk_check="disable",
        content_retention="retain",
        address_retention="retain",
        persistent_action=["geo:1,2"],
        traffic_type="free",
        attempt=1,
        max_price=Decimal("0.01"),
        fallback_from="+15017122662",
        message_intent="otp",
        tags={"campaign": "spring"},
    ),
    ("api_v2010", "FetchMessage"): lambda client: client.messages.fetch(SM),
    ("api_v2010", "UpdateMessage"): lambda client: client.messages.update(
        SM, body="", status="canceled"
    ),
    ("api_v2010", "DeleteMessage"): lambda client: client.messages.delete(SM),
    ("api_v2010", "CreateMessageFeedback"): lambda client: client.messages(SM).feedback.create(
        outcome="confirmed"
    ),
    ("pricing_v1", "ListMessagingCountry"): lambda client: client.pricing.messaging.list(),
    ("pricing_v1", "FetchMessagingCountry"): lambda client: client.pricing.messaging.fetch("US"),
}
