"""Typical use, never run: type checkers must understand every line, and infer these types."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, assert_type

from aiohttp import web
from starlette.applications import Starlette
from starlette.routing import Mount

from async_messaging import (
    AnswerTimeout,
    APIError,
    BulkResult,
    ClientView,
    InvalidInput,
    Limits,
    Message,
    MessageDraft,
    MessagingClient,
    MessagingError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Summary,
    count_segments,
)
from async_messaging.models import Balance, Feedback, Media, MessagingCountry
from async_messaging.operation import Answer, Call, Listing, Page, Run
from async_messaging.twiml import Message as Verb
from async_messaging.twiml import MessagingResponse
from async_messaging.webhooks import (
    Explanation,
    InboundMessage,
    StatusCallback,
    WebhookAnswer,
    Webhooks,
    merge_status,
)

if TYPE_CHECKING:
    from async_messaging.errors import Outcome


async def one_send() -> None:
    async with MessagingClient() as client:
        assert_type(client, MessagingClient)
        sent = await client.messages.create(to="+15558675310", from_="+15017122661", body="Hi")
        assert_type(sent, Message)
        assert_type(sent.sid, str)
        assert_type(sent.status, str)
        assert_type(sent.num_segments, int | None)
        assert_type(sent.price, Decimal | None)
        assert_type(sent.date_sent, dt.datetime | None)


async def every_kind_of_field(client: MessagingClient) -> None:
    await client.messages.create(
        to="whatsapp:+15558675310",
        messaging_service_sid="MG" + "0" * 32,
        media_url=["https://example.com/a.png"],
        content_variables={"1": "Zoë"},
        send_at=dt.datetime.now(dt.UTC),
        shorten_urls=True,
        max_price=Decimal("0.10"),
        extra={"NewParameter": "1"},
    )


async def settings_of_all_kinds() -> None:
    async def secret() -> str:
        return "secret"

    for client in (
        MessagingClient(account_sid="AC", auth_token="token"),
        MessagingClient(account_sid="AC", api_key="SK", api_secret=lambda: "secret"),
        MessagingClient(account_sid="AC", api_key="SK", api_secret=secret),
        MessagingClient(limits=Limits(account=100, sender={"ACME": 10}), timeout=None),
        MessagingClient(base_url="http://127.0.0.1:8010", attempt_timeout=5),
    ):
        await client.close()
        await client.close(grace=1)


async def reading(client: MessagingClient, day: dt.date) -> None:
    listing = client.messages.list(to="+15558675310", date_sent_after=day, limit=200)
    assert_type(listing, Listing[Message])
    async for message in listing:
        assert_type(message, Message)
    assert_type(await listing, list[Message])
    page = await listing.page()
    assert_type(page, Page[Message])
    assert_type(page.items, tuple[Message, ...])
    assert_type(await page.next(), Page[Message] | None)
    async for page_ in listing.pages():
        assert_type(page_, Page[Message])
    assert_type(await client.messages.fetch("SM"), Message)


async def changing(client: MessagingClient, sid: str) -> None:
    assert_type(await client.messages.redact(sid), Message)
    assert_type(await client.messages.cancel(sid), Message)
    await client.messages.delete(sid)


async def media_and_feedback(client: MessagingClient, sid: str, folder: Path) -> None:
    async for media in client.messages(sid).media.list():
        assert_type(media, Media)
        size = await client.messages(sid).media.download(media.sid, to=folder / media.sid)
        assert_type(size, int)
        async with client.messages(sid).media.open(media.sid) as medium:
            async for piece in medium.chunks():
                assert_type(piece, bytes)
    assert_type(await client.messages(sid).feedback.create(outcome="confirmed"), Feedback)


async def money(client: MessagingClient) -> None:
    country = await client.pricing.messaging.fetch("US")
    assert_type(country, MessagingCountry)
    for carrier in country.outbound_sms_prices or ():
        for price in carrier.prices or ():
            assert_type(price.current_price, Decimal | None)
    assert_type(await client.balance.fetch(), Balance)


async def options(client: MessagingClient) -> None:
    quick = client.with_options(timeout=8, priority="high", retries=0, on_unknown="retry")
    assert_type(quick, ClientView)
    assert_type(await quick.messages.fetch("SM"), Message)
    assert_type(quick.with_options(max_wait=None), ClientView)


async def whole_answers(client: MessagingClient) -> None:
    answer = await client.with_raw_response(client.messages.fetch("SM"))
    assert_type(answer, Answer[Message])
    assert_type(answer.value.sid, str)
    listed = await client.with_raw_response(client.messages.list(limit=1))
    assert_type(listed, Answer[list[Message]])


def drafts() -> Iterator[MessageDraft | InvalidInput]:
    yield MessageDraft(to="+15558675310", body="Hi")
    yield InvalidInput("is empty", field="name", row=2)


async def async_drafts() -> AsyncIterator[MessageDraft]:
    yield MessageDraft(to="+15558675310", body="Hi")


async def bulk(client: MessagingClient) -> None:
    async with client.bulk(drafts(), concurrency=64, rate=100) as results:
        async for result in results:
            assert_type(result, BulkResult)
            assert_type(result.row, int)
            assert_type(result.message, Message | None)
            assert_type(result.error, MessagingError | None)
    assert_type(results.summary, Summary)
    async with client.bulk(async_drafts()) as more:
        async for _ in more:
            pass


async def failures(client: MessagingClient, draft: MessageDraft) -> None:
    try:
        await client.messages.send(draft)
    except InvalidInput as error:
        assert_type(error.field, str)
        assert_type(error.row, int | None)
    except RateLimited as error:
        assert_type(error.retry_after, float | None)
    except AnswerTimeout as error:
        assert_type(error.sid, str | None)
        await error.late_answer()
    except (NotSent, OutcomeUnknown, APIError) as error:
        outcome: Outcome = error.outcome
        assert_type(error.code, int | None)
        assert_type((outcome, error.stops, error.raw()), tuple[Outcome, bool, str | None])


async def a_run_of_ones_own(client: MessagingClient, call: Call[bytes]) -> None:
    run: Run = client.run
    assert_type(await run(call), Answer[bytes])
    view_run: Run = client.with_options(timeout=1).run
    assert_type((await view_run(call)).value, bytes)


def segments() -> None:
    found = count_segments("Olá")
    assert_type(found.segments, int)


async def webhooks(token: str) -> None:
    hooks = Webhooks(auth_token=token, public_url="https://example.com")
    Webhooks(auth_token=[token, "newer"], shared_keys={"key": token})
    Webhooks(auth_token=lambda: token, trusted_hops=["10.0.0.0/8"])
    Webhooks(secrets={"AC1": [token]})
    Webhooks(secrets=lambda account: token if account else None)

    @hooks.on_message
    async def reply(message: InboundMessage) -> MessagingResponse | str | None:
        response = MessagingResponse()
        assert_type(response.message(message.body).media("https://example.com/1.png"), Verb)
        return response if message.num_media else None

    @hooks.on_status
    def track(status: StatusCallback) -> None:
        assert_type(status.error_code, int | None)
        assert_type(status.raw_dlr_date, dt.datetime | None)
        assert_type(merge_status(None, status.status), str)

    found = hooks.explain(url="/sms", headers={}, body=b"")
    assert_type(found, Explanation)
    answer = await hooks.handle(method="POST", target="/sms", headers=[("Host", "x")])
    assert_type(answer, WebhookAnswer)
    assert_type(await hooks.drain(), int)
    hooks.validate(url="https://example.com/sms", headers={"X-Twilio-Signature": ""})


def an_aiohttp_application(hooks: Webhooks) -> web.Application:
    app = web.Application()
    app.add_routes(hooks.aiohttp_routes("/sms", "/status"))
    app.cleanup_ctx.append(hooks.aiohttp_cleanup)
    return app


def a_starlette_application(hooks: Webhooks) -> Starlette:
    return Starlette(routes=[Mount("/twilio", hooks.asgi())])
