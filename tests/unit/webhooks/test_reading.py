"""Parameters to events: every field by its name, nothing lost, nothing shown that should not be."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from async_messaging import InvalidInput
from async_messaging.webhooks import (
    Event,
    InboundMedia,
    InboundMessage,
    Keywords,
    StatusCallback,
    read_event,
)
from tests.unit.webhooks.requests import ACCOUNT, SID, inbound, sid, status


def message(**more: str) -> InboundMessage:
    event = read_event(inbound(**more).items())
    assert isinstance(event, InboundMessage)
    return event


def report(state: str = "delivered", **more: str) -> StatusCallback:
    event = read_event(status(state, **more).items())
    assert isinstance(event, StatusCallback)
    return event


def test_a_text_message() -> None:
    found = message(FromCity="OAKLAND", FromZip="", FromCountry="US", ToState="CA")
    assert (found.sid, found.account_sid) == (SID, ACCOUNT)
    assert (found.from_, found.to, found.body) == ("+14155550100", "+15005550006", "Hello there")
    assert (found.num_media, found.num_segments, found.status) == (0, 1, "received")
    assert (found.from_city, found.from_zip, found.from_country) == ("OAKLAND", "", "US")
    assert (found.from_state, found.to_state, found.to_city) == (None, "CA", None)
    assert (found.media, found.extra, found.keyword, found.opt_out_type) == ((), {}, None, None)


def test_pictures_and_what_is_said_of_them() -> None:
    found = message(
        NumMedia="3",
        MediaUrl0="https://api.twilio.com/0",
        MediaContentType0="image/png",
        MediaUrl1="https://api.twilio.com/1",
        MediaUrl7="https://api.twilio.com/7",
    )
    assert found.media == (
        InboundMedia(url="https://api.twilio.com/0", content_type="image/png"),
        InboundMedia(url="https://api.twilio.com/1"),
    )
    assert found.extra == {"MediaUrl7": "https://api.twilio.com/7"}


def test_whatsapp_rcs_and_advertisements() -> None:
    found = message(
        From="whatsapp:+14155550100",
        ProfileName="Zoë",
        WaId="14155550100",
        ButtonText="Yes",
        ButtonPayload="order-7",
        OriginalRepliedMessageSid=sid(2),
        OriginalRepliedMessageSender="whatsapp:+1",
        Latitude="37.5",
        Longitude="-122.25",
        Address="1 Main St",
        Label="Home",
        Forwarded="true",
        FrequentlyForwarded="false",
        MessageType="button",
        ReferralNumMedia="0",
        ReferralHeadline="Tulips",
        ReferralCtwaClid="x",
    )
    assert (found.profile_name, found.wa_id) == ("Zoë", "14155550100")
    assert (found.button_text, found.button_payload, found.message_type) == (
        "Yes",
        "order-7",
        "button",
    )
    assert found.original_replied_message_sid == sid(2)
    assert found.original_replied_message_sender == "whatsapp:+1"
    assert (found.latitude, found.longitude) == (37.5, -122.25)
    assert (found.address, found.label) == ("1 Main St", "Home")
    assert (found.forwarded, found.frequently_forwarded) == (True, False)
    assert found.referral == {
        "ReferralNumMedia": "0",
        "ReferralHeadline": "Tulips",
        "ReferralCtwaClid": "x",
    }
    assert found.extra == {}


def test_a_status() -> None:
    found = report(
        "undelivered",
        ErrorCode="30003",
        ErrorMessage="Unreachable",
        RawDlrDoneDate="2611251730",
        MessagingServiceSid="MG1",
        ChannelInstallSid="XE1",
        ChannelStatusMessage="No account",
        ChannelPrefix="whatsapp",
        EventType="READ",
        SomethingNew="1",
    )
    assert (found.sid, found.account_sid, found.status) == (SID, ACCOUNT, "undelivered")
    assert (found.error_code, found.error_message) == (30003, "Unreachable")
    assert found.raw_dlr_date == dt.datetime(2026, 11, 25, 17, 30)  # noqa: DTZ001 - it has no zone
    assert (found.channel_install_sid, found.channel_prefix) == ("XE1", "whatsapp")
    assert (found.channel_status_message, found.event_type) == ("No account", "READ")
    assert found.messaging_service_sid == "MG1"
    assert found.extra == {"SomethingNew": "1"}


@pytest.mark.parametrize("text", ["", "26112517", "2613251730", "yesterday", "\u0662" * 10])
def test_a_carriers_date_that_cannot_be_read_is_none(text: str) -> None:
    assert report(RawDlrDoneDate=text).raw_dlr_date is None


def test_numbers_that_cannot_be_read_are_none() -> None:
    found = message(NumMedia="many", NumSegments="²", Latitude="north", Forwarded="perhaps")
    assert (found.num_media, found.num_segments, found.latitude) == (None, None, None)
    assert found.forwarded is None
    assert report(ErrorCode="9" * 40).error_code is None


def test_what_is_unknown_is_kept() -> None:
    assert message(NewThing="x", Other="").extra == {"NewThing": "x", "Other": ""}


@pytest.mark.parametrize("state", ["queued", "sent", "delivered", "read", "something_new"])
def test_a_status_makes_it_a_report(state: str) -> None:
    assert report(state).status == state


def test_an_old_report_has_only_the_old_names() -> None:
    event = read_event({"SmsSid": SID, "SmsStatus": "sent", "AccountSid": ACCOUNT}.items())
    assert isinstance(event, StatusCallback)
    assert (event.sid, event.status) == (SID, "sent")


def test_a_message_that_comes_in_is_no_report_whatever_its_status_is_called() -> None:
    assert message(MessageStatus="received").body == "Hello there"


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("Body", "Hi")],
        [("MessageSid", SID)],
        [("AccountSid", ACCOUNT), ("MessageSid", "")],
        [("AccountSid", ACCOUNT), ("MessageSid", "S" * 65)],
        [*inbound().items(), ("From", "+14155550199")],
        [*status().items(), ("MessageStatus", "failed")],
        [*status("s" * 65).items()],
        [*status(RawDlrDoneDate="9" * 65).items()],
    ],
)
def test_what_tells_of_no_message_or_contradicts_itself_is_refused(pairs: Any) -> None:
    with pytest.raises(InvalidInput):
        read_event(pairs)


def test_a_parameter_twice_with_one_value_is_one() -> None:
    assert message() == read_event([*inbound().items(), ("Body", "Hello there")])


def test_the_urls_own_parameters_and_the_token_are_kept() -> None:
    event = read_event(status().items(), query=[("row", "r0w")], token="t0ken")
    assert (event.query, event.token) == ({"row": "r0w"}, "t0ken")


def test_keywords_are_told_by_the_table_or_by_twilio() -> None:
    assert message(Body=" Stop. ").keyword == "STOP"
    assert message(Body="Bye", OptOutType="STOP").keyword == "STOP"
    words = Keywords({"de": {"STOP": ["RAUS"]}})
    event = read_event(inbound(Body="raus").items(), keywords=words)
    assert isinstance(event, InboundMessage)
    assert event.keyword == "STOP"


def test_keys_tell_events_apart_and_accounts_too() -> None:
    keys = {
        message().key,
        message(AccountSid="AC" + "b" * 32).key,
        report("sent").key,
        report("delivered").key,
        report("failed").key,
        report("failed", ErrorCode="30003").key,
        report("failed", ErrorCode="30003", RawDlrDoneDate="2611251730").key,
        report("sent", AccountSid="AC" + "b" * 32).key,
    }
    assert len(keys) == 8
    assert message().key == message(Body="another text").key


@pytest.mark.parametrize(
    "event", [message(Body="tulip", WaId="14155550100", X="tulip"), report(ErrorMessage="tulip")]
)
def test_reprs_mask_numbers_and_hide_texts(event: Event) -> None:
    shown = repr(event)
    assert SID in shown
    assert "+1415...0100" in shown
    assert "tulip" not in shown
    assert "4155550100" not in shown


def test_events_are_values() -> None:
    assert message() == message()
    assert len({message(), message()}) == 1
    frozen: Any = message()
    with pytest.raises(AttributeError):
        frozen.body = "x"
    assert msgspec.json.decode(msgspec.json.encode(report()), type=StatusCallback) == report()
