"""What the whole client sees of a Twilio that keeps other texts and numbers than were sent."""

from __future__ import annotations

import pytest

from async_messaging import MessagingClient
from async_messaging.testing import SimulatedTwilio

FROM = "+15005550006"
TO = "+14155550100"
TRIAL = "Sent from your Twilio trial account - "


@pytest.mark.parametrize("twilio_options", [{"alter": "trial,smart,obfuscate"}])
async def test_the_client_sees_what_is_kept_and_the_judge_what_was_sent(
    twilio: SimulatedTwilio, twilio_client: MessagingClient
) -> None:
    message = await twilio_client.messages.create(
        to=TO, from_=FROM, body="Olá — João", address_retention="obfuscate"
    )
    assert (message.to, message.body) == (TO, f"{TRIAL}Olá - João")
    fetched = await twilio_client.messages.fetch(message.sid)
    assert (fetched.to, fetched.body) == ("+1415555XXXX", message.body)
    assert await twilio_client.messages.list(to=TO) == []
    listed = await twilio_client.messages.list()
    assert [(item.sid, item.to, item.body) for item in listed] == [
        (message.sid, fetched.to, fetched.body)
    ]
    assert [(kept.to, kept.body) for kept in twilio.messages] == [(TO, "Olá — João")]


@pytest.mark.parametrize("twilio_options", [{"alter": "template"}])
async def test_a_discarded_text_and_a_template(
    twilio: SimulatedTwilio, twilio_client: MessagingClient
) -> None:
    secret = await twilio_client.messages.create(
        to=TO, from_=FROM, body="1234", content_retention="discard"
    )
    assert (secret.body, (await twilio_client.messages.fetch(secret.sid)).body) == ("1234", "")
    sid = "HX" + "0" * 32
    rendered = await twilio_client.messages.create(
        to=TO, from_=FROM, content_sid=sid, content_variables={"1": "Ann"}
    )
    assert rendered.body == f"Template {sid}. 1: Ann"
    assert [kept.body for kept in twilio.messages] == ["1234", ""]
    assert twilio.duplicates == 0
