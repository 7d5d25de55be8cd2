"""Handsets write back: the webhook is asked, its TwiML is sent, STOP holds; in process and over the JSON API."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession, web
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from async_messaging.errors import APIError
from async_messaging.simulator import Simulator, Webhook
from tests.integration.receiver import Received, Receiver, Responder

TO, FROM = "+14155550100", "+15005550006"
SERVICE = "MG" + "0" * 32


def twiml(text: str) -> Responder:
    async def respond(_: Received) -> web.StreamResponse:
        return web.Response(text=text, content_type="text/xml")

    return respond


async def echo(got: Received) -> web.StreamResponse:
    answer = MessagingResponse()
    answer.message(f"You said {got.form['Body']} <&>")
    return web.Response(text=str(answer), content_type="application/xml")


async def test_a_reply_is_asked_for_signed_and_its_answer_is_sent() -> None:
    async with (
        Receiver(echo) as hook,
        Simulator(webhook=f"{hook.url}/sms?a=1") as sim,
        sim.client() as client,
    ):
        await client.messages.create(to=TO, from_=FROM, body="Hello?")
        reply = await sim.reply(from_=TO, body="Grüße")
        (got,) = hook.received
        assert got.form["Body"] == "Grüße"
        assert RequestValidator(sim.auth_token).validate(
            f"{hook.url}/sms?a=1", got.form, got.headers["X-Twilio-Signature"]
        )
        received, sent = await asyncio.gather(
            client.messages.fetch(reply.sid), client.messages.fetch(reply.replies[0])
        )
        assert (received.direction, received.status) == ("inbound", "received")
        assert (sent.direction, sent.to, sent.body) == (
            "outbound-reply",
            TO,
            "You said Grüße <&>",
        )
        assert "You said" in reply.twiml
        assert [message.direction for message in sim.inbox] == [
            "outbound-api",
            "inbound",
            "outbound-reply",
        ]
        assert sim.accepted == len(sim.messages) == 1


async def test_a_get_webhook_has_its_form_in_the_signed_query() -> None:
    async with Receiver(twiml("<Response/>")) as hook, Simulator() as sim:
        sim.world.webhooks.put("*", Webhook(f"{hook.url}/sms?a=1", method="GET"))
        await sim.reply(from_=TO, to=FROM, body="a&b=c")
        (got,) = hook.received
        assert (got.method, got.form) == ("GET", {})
        assert "&Body=a%26b%3Dc&" in got.url
        signature = got.headers["X-Twilio-Signature"]
        assert RequestValidator(sim.auth_token).validate(got.url, {}, signature)


async def test_stop_is_21610_until_start() -> None:
    async with (
        Receiver(twiml("<Response><Message>Bye</Message></Response>")) as hook,
        Simulator(webhook=hook.url) as sim,
        sim.client() as client,
    ):
        await client.messages.create(to=TO, messaging_service_sid=SERVICE, body="Offer")
        stopped = await sim.reply(from_=TO, body="stop")
        assert (stopped.opt_out_type, stopped.refused) == ("STOP", [21610])
        assert hook.received[0].form["OptOutType"] == "STOP"
        assert hook.received[0].form["MessagingServiceSid"] == SERVICE
        with pytest.raises(APIError) as caught:
            await client.messages.create(to=TO, messaging_service_sid=SERVICE, body="Offer")
        assert caught.value.code == 21610
        await client.messages.create(to="+14155550101", messaging_service_sid=SERVICE, body="Offer")
        started = await sim.reply(from_=TO, body="Start!")
        assert (started.opt_out_type, started.refused, len(started.replies)) == ("START", [], 2)
        await client.messages.create(to=TO, messaging_service_sid=SERVICE, body="Offer")


async def test_the_replies_statuses_are_told_to_its_action() -> None:
    async def respond(got: Received) -> web.StreamResponse:
        if "MessageStatus" in got.form:
            return web.Response(status=204)
        answer = MessagingResponse()
        answer.message("Hi", action="/status?x=1")
        return web.Response(text=str(answer), content_type="text/xml")

    async with (
        Receiver(respond) as hook,
        Simulator(webhook=f"{hook.url}/sms", speed=50) as sim,
    ):
        await sim.reply(from_=TO, to=FROM, body="Hi")
        await sim.callbacks_done()
        told = hook.received[1:]
        assert {got.url for got in told} == {f"{hook.url}/status?x=1"}
        assert sorted(got.status for got in told) == ["delivered", "sending", "sent"]


async def test_the_json_api_waits_for_the_webhook() -> None:
    async with (
        Receiver(echo) as hook,
        Simulator(webhook=hook.url, faults="latency=5ms") as sim,
        ClientSession(sim.url) as session,
    ):
        given = {"from": TO, "to": FROM, "body": "ping"}
        async with session.post("/inbox/replies", json=given) as got:
            assert got.status == 201
            told = await got.json()
        assert [reply["body"] for reply in told["replies"]] == ["You said ping <&>"]
        assert told["webhook"][0]["state"] == "answered"
        assert told["webhook"][0]["signature"] == hook.received[0].headers["X-Twilio-Signature"]
        async with session.get("/inbox/messages", params={"with": TO}) as got:
            bodies = [message["body"] for message in (await got.json())["messages"]]
        assert bodies == ["ping", "You said ping <&>"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "inbox.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
async def test_other_peoples_pages_cannot_write_or_read(headers: dict[str, str]) -> None:
    async with Simulator() as sim, ClientSession(sim.url) as session:
        given = {"from": TO, "to": FROM, "body": "ping"}
        for request in (
            session.post("/inbox/replies", json=given, headers=headers),
            session.get("/inbox/messages", headers=headers),
            session.delete("/inbox/messages", headers=headers),
            session.post("/inbox/webhooks", json={"address": "*"}, headers=headers),
        ):
            async with request as got:
                assert got.status == 403
        assert sim.inbox == ()


async def test_a_webhook_that_hangs_ends_with_the_simulator() -> None:
    async def never(_: Received) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with Receiver(never) as hook:
        sim = Simulator(webhook=hook.url)
        await sim.start()
        waiting = asyncio.create_task(sim.reply(from_=TO, to=FROM, body="Hi"))
        while not hook.received:
            await asyncio.sleep(0)
        await sim.close()
        assert (await waiting).finished
        with pytest.raises(RuntimeError, match="not running"):
            await sim.reply(from_=TO, to=FROM, body="Hi")


async def test_a_reset_lets_nobody_wait() -> None:
    async def never(_: Received) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with Receiver(never) as hook, Simulator(webhook=hook.url) as sim:
        waiting = asyncio.create_task(sim.reply(from_=TO, to=FROM, body="Hi"))
        while not hook.received:
            await asyncio.sleep(0)
        sim.reset()
        assert (await waiting).replies == []


async def test_a_bomb_and_a_flood_are_no_answers() -> None:
    async def flood(_: Received) -> web.StreamResponse:
        return web.Response(body=b"<Response>" + b" " * 100_000, content_type="text/xml")

    bomb = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Response><Message>&b;</Message></Response>'
    for respond, code in ((flood, 11750), (twiml(bomb), 12100)):
        async with Receiver(respond) as hook, Simulator(webhook=hook.url) as sim:
            reply = await sim.reply(from_=TO, to=FROM, body="Hi")
            assert (reply.replies, reply.webhook[0].error_code) == ([], code)


async def test_an_outage_of_the_webhook_falls_back() -> None:
    async with Receiver(echo) as hook, Simulator() as sim:
        webhook = Webhook("http://127.0.0.1:1/#rc=0", fallback=f"{hook.url}/fallback")
        sim.world.webhooks.put("*", webhook)
        reply = await sim.reply(from_=TO, to=FROM, body="Hi")
        assert [made.state for made in reply.webhook] == ["failed", "answered"]
        assert hook.received[0].form["ErrorCode"] == "11205"
        assert len(reply.replies) == 1
