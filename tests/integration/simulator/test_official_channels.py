"""Twilio's own Python client registers senders, shows that it types, and reads deactivated numbers."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from async_messaging.models import SenderConfiguration, SenderProfile
from tests.integration.simulator.official_clients import (
    QUIET,
    Official,
    SenderChanges,
    SenderDraft,
    TypingRequest,
)

ADDRESS = "whatsapp:+15017122661"
TODAY = dt.date(2026, 1, 1)

pytestmark = QUIET


def draft(address: str = ADDRESS) -> Any:
    return SenderDraft(
        {
            "sender_id": address,
            "configuration": {"waba_id": "123", "verification_method": "sms"},
            "profile": {"name": "Owl Lamps", "vertical": "Shopping and Retail"},
        }
    )


def changes(**parts: Any) -> Any:
    return SenderChanges(parts)


async def test_a_sender_from_its_making_to_its_end(twilio: Official) -> None:
    senders, call, block = twilio.v2.channels_senders, twilio.call, twilio.block
    writing = twilio.blocking.v2.channels_senders
    made = await block(writing, "create", draft())
    assert (made.status, made.sender_id) == ("CREATING", ADDRESS)
    twilio.clock.advance(10)
    sender = senders(made.sid)
    assert (await call(sender, "fetch")).status == "PENDING_VERIFICATION"
    wrong = changes(configuration={"verification_code": "000000"})
    assert await twilio.refusal(writing(made.sid), "update", wrong) == 20001
    right = changes(configuration={"verification_code": "123456"})
    assert (await block(writing(made.sid), "update", right)).status == "VERIFYING"
    twilio.clock.advance(20)
    told = await call(sender, "fetch")
    assert (told.status, told.profile["name"]) == ("ONLINE", "Owl Lamps")
    assert told.configuration["waba_id"] == "123"
    sent = await call(
        twilio.messages, "create", to="whatsapp:+14155550100", from_=ADDRESS, body="Hi"
    )
    assert sent.from_ == ADDRESS
    about = changes(profile={"about": "Lamps"})
    assert (await block(writing(made.sid), "update", about)).status == "ONLINE:UPDATING"
    assert await twilio.refusal(writing, "create", draft()) == 20409
    assert await call(sender, "delete")
    assert await twilio.refusal(sender, "fetch") == 20404


async def test_a_list_of_senders(twilio: Official) -> None:
    senders, writing = twilio.v2.channels_senders, twilio.blocking.v2.channels_senders
    for number in range(3):
        await twilio.block(writing, "create", draft(f"whatsapp:+1501712266{number}"))
    await twilio.block(writing, "create", draft("rcs:owl_agent"))
    listed = await twilio.call(senders, "list", channel="whatsapp", page_size=2)
    assert [one.sender_id[-1] for one in listed] == ["0", "1", "2"]
    assert len(await twilio.call(senders, "list", channel="rcs")) == 1


async def test_typing_indicators(twilio: Official) -> None:
    reply = await twilio.sim.reply(
        from_="whatsapp:+14155550199", to="whatsapp:+15005550006", body="Hi"
    )
    typing = {"channel": "whatsapp", "message_id": reply.sid}
    assert (await twilio.call(twilio.v2.typing_indicator, "create", **typing)).success
    asked = TypingRequest({"channel": "WHATSAPP", "messageId": reply.sid})
    assert (await twilio.block(twilio.blocking.v3.typing_indicator, "create", asked)).success
    unknown = {"channel": "whatsapp", "message_id": "SM" + "0" * 32}
    assert await twilio.refusal(twilio.v2.typing_indicator, "create", **unknown) == 20404


async def read(url: str) -> tuple[int, bytes]:
    def ask() -> tuple[int, bytes]:
        try:
            with urlopen(url, timeout=5) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()

    return await asyncio.to_thread(ask)


async def test_deactivations(twilio: Official) -> None:
    deactivations = twilio.v1.deactivations()
    told = await twilio.call(deactivations, "fetch", date=TODAY)
    assert told.redirect_to.startswith(f"{twilio.sim.url}/cdn/")
    status, content = await read(told.redirect_to)
    assert (status, b"+12029993005\n" in content) == (200, True)
    twilio.clock.advance(120)
    assert (await read(told.redirect_to))[0] == 403
    assert await twilio.refusal(deactivations, "fetch", date=dt.date(2020, 8, 26)) == 30113
    assert await twilio.refusal(deactivations, "fetch", date=dt.date(2026, 1, 2)) == 20001


async def test_our_own_client_reads_it_too(twilio: Official) -> None:
    async with twilio.sim.client() as client:
        numbers = await client.deactivations.fetch(TODAY)
        assert "+12029993005" in numbers
        senders = client.channel_senders
        made = await senders.create(sender_id=ADDRESS, profile=SenderProfile(name="Owl Lamps"))
        twilio.clock.advance(10)
        code = SenderConfiguration(verification_code="123456")
        assert (await senders.update(made.sid, configuration=code)).status == "VERIFYING"
        (listed,) = await senders.list(channel="whatsapp")
        assert (listed.sid, listed.profile and listed.profile.name) == (made.sid, "Owl Lamps")
        await senders.delete(made.sid)
        reply = await twilio.sim.reply(
            from_="whatsapp:+14155550199", to="whatsapp:+15005550006", body="Hi"
        )
        assert (await client.indicators.create_whatsapp(reply.sid)).success is True
        assert (await client.indicators.create_apple(from_="urn:1", to="urn:2")).success is True
