"""Every operation of channel senders v2 and typing indicators, every field."""

from __future__ import annotations

from async_messaging.models import (
    SenderConfiguration,
    SenderEmail,
    SenderPhoneNumber,
    SenderProfile,
    SenderWebhook,
    SenderWebsite,
)
from tests.contract.spec import sid_of
from tests.contract.surface import Calls

XE, SM = sid_of("XE"), sid_of("SM")
URL = "https://example.com/x"

CONFIGURATION = SenderConfiguration(
    waba_id="1",
    verification_method="sms",
    verification_code="123456",
    voice_application_sid=sid_of("AP"),
    account_type="ISV",
)
WEBHOOK = SenderWebhook(
    callback_url=URL,
    callback_method="POST",
    fallback_url=URL,
    fallback_method="POST",
    status_callback_url=URL,
    status_callback_method="POST",
)
PROFILE = SenderProfile(
    name="Boots",
    about="We sell boots",
    address="1 Main St",
    description="Boots",
    logo_url=URL,
    banner_url=URL,
    privacy_url=URL,
    terms_of_service_url=URL,
    accent_color="#123456",
    vertical="Shopping and Retail",
    websites=(SenderWebsite(website=URL, label="Shop"),),
    emails=(SenderEmail(email="shop@example.com", label="Shop"),),
    phone_numbers=(SenderPhoneNumber(phone_number="+15558675310", label="Shop"),),
)

CALLS: Calls = {
    ("messaging_v2", "CreateChannelsSender"): lambda client: client.channel_senders.create(
        sender_id="whatsapp:+15017122661",
        configuration=CONFIGURATION,
        webhook=WEBHOOK,
        profile=PROFILE,
        friendly_name="Shop",
    ),
    ("messaging_v2", "FetchChannelsSender"): lambda client: client.channel_senders.fetch(XE),
    ("messaging_v2", "ListChannelsSender"): lambda client: client.channel_senders.list(
        channel="whatsapp"
    ),
    ("messaging_v2", "UpdateChannelsSender"): lambda client: client.channel_senders.update(
        XE, configuration=CONFIGURATION, webhook=WEBHOOK, profile=PROFILE, friendly_name="Shop"
    ),
    ("messaging_v2", "DeleteChannelsSender"): lambda client: client.channel_senders.delete(XE),
    ("messaging_v2", "CreateTypingIndicator"): lambda client: client.indicators.create_v2(
        SM, channel="whatsapp"
    ),
    ("messaging_v3", "CreateV3TypingIndicator"): (
        lambda client: client.indicators.create_whatsapp(SM),
        lambda client: client.indicators.create_apple(from_="urn:biz:1", to="urn:2", event="START"),
    ),
}
