"""Every operation of messaging services, their senders, short codes, deactivations."""

from __future__ import annotations

import datetime as dt

from tests.contract.spec import sid_of
from tests.contract.surface import Calls

MG, PN, SC, AI, XE = (sid_of(prefix) for prefix in ("MG", "PN", "SC", "AI", "XE"))

CALLS: Calls = {
    ("messaging_v1", "CreateService"): lambda client: client.services.create(
        friendly_name="Shop",
        inbound_request_url="https://example.com/in",
        inbound_method="POST",
        fallback_url="https://example.com/fallback",
        fallback_method="GET",
        status_callback="https://example.com/status",
        sticky_sender=True,
        mms_converter=False,
        smart_encoding=True,
        scan_message_content="inherit",
        fallback_to_long_code=False,
        area_code_geomatch=True,
        validity_period=3600,
        synchronous_validation=False,
        usecase="notifications",
        use_inbound_webhook_on_number=True,
    ),
    ("messaging_v1", "FetchService"): lambda client: client.services.fetch(MG),
    ("messaging_v1", "ListService"): lambda client: client.services.list(),
    ("messaging_v1", "UpdateService"): lambda client: client.services.update(
        MG,
        friendly_name="Shop",
        inbound_request_url="https://example.com/in",
        inbound_method="POST",
        fallback_url="https://example.com/fallback",
        fallback_method="GET",
        status_callback="https://example.com/status",
        sticky_sender=True,
        mms_converter=False,
        smart_encoding=True,
        scan_message_content="inherit",
        fallback_to_long_code=False,
        area_code_geomatch=True,
        validity_period=3600,
        synchronous_validation=False,
        usecase="notifications",
        use_inbound_webhook_on_number=True,
    ),
    ("messaging_v1", "DeleteService"): lambda client: client.services.delete(MG),
    ("messaging_v1", "FetchUsecase"): lambda client: client.services.use_cases(),
    ("messaging_v1", "CreatePhoneNumber"): lambda client: client.services(MG).phone_numbers.create(
        phone_number_sid=PN
    ),
    ("messaging_v1", "FetchPhoneNumber"): lambda client: client.services(MG).phone_numbers.fetch(
        PN
    ),
    ("messaging_v1", "ListPhoneNumber"): lambda client: client.services(MG).phone_numbers.list(),
    ("messaging_v1", "DeletePhoneNumber"): lambda client: client.services(MG).phone_numbers.delete(
        PN
    ),
    ("messaging_v1", "CreateShortCode"): lambda client: client.services(MG).short_codes.create(
        short_code_sid=SC
    ),
    ("messaging_v1", "FetchShortCode"): lambda client: client.services(MG).short_codes.fetch(SC),
    ("messaging_v1", "ListShortCode"): lambda client: client.services(MG).short_codes.list(),
    ("messaging_v1", "DeleteShortCode"): lambda client: client.services(MG).short_codes.delete(SC),
    ("messaging_v1", "CreateAlphaSender"): lambda client: client.services(MG).alpha_senders.create(
        alpha_sender="ACME"
    ),
    ("messaging_v1", "FetchAlphaSender"): lambda client: client.services(MG).alpha_senders.fetch(
        AI
    ),
    ("messaging_v1", "ListAlphaSender"): lambda client: client.services(MG).alpha_senders.list(),
    ("messaging_v1", "DeleteAlphaSender"): lambda client: client.services(MG).alpha_senders.delete(
        AI
    ),
    ("messaging_v1", "CreateDestinationAlphaSender"): lambda client: client.services(
        MG
    ).destination_alpha_senders.create(alpha_sender="ACME", iso_country_code="FR"),
    ("messaging_v1", "FetchDestinationAlphaSender"): lambda client: client.services(
        MG
    ).destination_alpha_senders.fetch(AI),
    ("messaging_v1", "ListDestinationAlphaSender"): lambda client: client.services(
        MG
    ).destination_alpha_senders.list(iso_country_code="FR"),
    ("messaging_v1", "DeleteDestinationAlphaSender"): lambda client: client.services(
        MG
    ).destination_alpha_senders.delete(AI),
    ("messaging_v1", "CreateChannelSender"): lambda client: client.services(
        MG
    ).channel_senders.create(sid=XE),
    ("messaging_v1", "FetchChannelSender"): lambda client: client.services(
        MG
    ).channel_senders.fetch(XE),
    ("messaging_v1", "ListChannelSender"): lambda client: client.services(
        MG
    ).channel_senders.list(),
    ("messaging_v1", "DeleteChannelSender"): lambda client: client.services(
        MG
    ).channel_senders.delete(XE),
    ("api_v2010", "FetchShortCode"): lambda client: client.short_codes.fetch(SC),
    ("api_v2010", "ListShortCode"): lambda client: client.short_codes.list(
        friendly_name="Shop", short_code="895*"
    ),
    ("api_v2010", "UpdateShortCode"): lambda client: client.short_codes.update(
        SC,
        friendly_name="Shop",
        api_version="2010-04-01",
        sms_url="https://example.com/in",
        sms_method="POST",
        sms_fallback_url="https://example.com/fallback",
        sms_fallback_method="GET",
    ),
    ("messaging_v1", "FetchDeactivation"): lambda client: client.deactivations.fetch(
        dt.date(2026, 1, 2)
    ),
}
