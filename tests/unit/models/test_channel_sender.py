from __future__ import annotations

import json
from typing import Any

import pytest

from async_messaging import InvalidInput
from async_messaging.codec.reading import reads
from async_messaging.models import (
    ChannelSender,
    SenderConfiguration,
    SenderEmail,
    SenderOfflineReason,
    SenderProfile,
)

SID = "XE" + "1" * 32


def decoded(**fields: object) -> ChannelSender:
    return reads(ChannelSender)(json.dumps({"sid": SID, **fields}).encode())


def test_what_it_shows_is_safe() -> None:
    sender = decoded(
        sender_id="whatsapp:+15017122661",
        status="ONLINE:UPDATING",
        configuration={"verification_code": "123456"},
    )
    assert repr(sender) == (
        f"ChannelSender(sid='{SID}', status='ONLINE:UPDATING', sender_id='whatsapp:+1501...2661', "
        "configuration=SenderConfiguration(verification_code=<6 characters>))"
    )


@pytest.mark.parametrize("code", [63020, "63020"])
def test_why_it_is_offline(code: object) -> None:
    sender = decoded(offline_reasons=[{"code": code, "message": "Invited"}, None])
    assert sender.offline_reasons == (SenderOfflineReason(code=63020, message="Invited"), None)


def test_a_profile_comes_back_as_it_went() -> None:
    profile = SenderProfile(name="Boots", emails=(SenderEmail(email="a@example.com"),))
    raw = {"name": "Boots", "emails": [{"email": "a@example.com"}], "about": None, "mood": 1}
    assert decoded(profile=raw).profile == profile


def test_parts_are_checked_when_they_are_made() -> None:
    wrong: Any = {"waba_id": 7}
    with pytest.raises(InvalidInput) as caught:
        SenderConfiguration(**wrong)
    assert caught.value.field == "waba_id"
