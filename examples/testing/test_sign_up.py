"""Tests of an application that texts, against a Twilio that runs while each of them does.

The fixtures come with `async-messaging[testing]`; see `async_messaging.testing.plugin`. There is no
account and no network: whatever tries to reach Twilio itself is stopped, and its test is named.
"""

from __future__ import annotations

import pytest
from sign_up import SignUp, invite

from async_messaging import MessagingClient
from async_messaging.testing import Inbox, SimulatedTwilio, SyncInbox

ANN = "+14155550100"


@pytest.mark.asyncio
async def test_a_code_signs_up(twilio_client: MessagingClient, twilio_inbox: Inbox) -> None:
    sign_up = SignUp(twilio_client)
    await sign_up.begin(ANN)
    message = await twilio_inbox.wait_for(to=ANN, matching="is your code")
    assert not await sign_up.finish(ANN, "0")
    assert await sign_up.finish(ANN, message.code())
    assert sign_up.members == {ANN}


@pytest.mark.asyncio
async def test_an_hour_later_there_is_a_reminder(
    twilio: SimulatedTwilio, twilio_client: MessagingClient, twilio_inbox: Inbox
) -> None:
    sign_up = SignUp(twilio_client)
    await sign_up.begin(ANN)
    await sign_up.finish(ANN, (await twilio_inbox.wait_for(to=ANN)).code())
    assert len(twilio_inbox) == 1
    twilio.clock.advance(3600)
    assert (await twilio_inbox.wait_for(to=ANN)).body == "Say hello!"


@pytest.mark.asyncio
async def test_a_lost_answer_is_told_and_sends_one_code(
    twilio: SimulatedTwilio, twilio_client: MessagingClient, twilio_inbox: Inbox
) -> None:
    twilio.faults = "drop_after=100%"
    said = await SignUp(twilio_client).begin(ANN)
    assert said == "Your code should arrive soon."
    assert len(twilio_inbox) == twilio.accepted == 1


def test_an_invitation_has_a_link(twilio_inbox_sync: SyncInbox) -> None:
    invite(ANN)
    (link,) = twilio_inbox_sync.wait_for(to=ANN).links()
    assert link.startswith("https://example.com/join/")
