"""Mistakes that a type checker must catch, never run.

Each is marked with the code under which mypy reports it. A mistake that mypy no longer sees makes
its mark an unused one, which is an error too.
"""

from __future__ import annotations

import datetime as dt

from async_messaging import Limits, Message, MessageDraft, MessagingClient
from async_messaging.models import Balance
from async_messaging.operation import Answer, Run
from async_messaging.twiml import Message as Verb
from async_messaging.twiml import MessagingResponse
from async_messaging.webhooks import StatusCallback, Webhooks


async def use(*values: object) -> None:
    """Takes anything."""


async def sending(client: MessagingClient) -> None:
    await client.messages.create(body="Hi")  # type: ignore[call-arg]
    await client.messages.create(to="+15558675310", bdy="Hi")  # type: ignore[call-arg]
    await client.messages.create(to="+15558675310", body=None)  # type: ignore[arg-type]
    await client.messages.create(to=15558675310, body="Hi")  # type: ignore[arg-type]
    await client.messages.create("+15558675310", body="Hi")  # type: ignore[call-arg]
    await client.messages.create(to="+15558675310", media_url=[b"https://a"])  # type: ignore[list-item]
    await client.messages.create(to="+15558675310", send_at="tomorrow")  # type: ignore[arg-type]
    await client.messages.create(to="+15558675310", shorten_urls="true")  # type: ignore[arg-type]
    client.messages.create(to="+15558675310", body="Hi")  # type: ignore[unused-coroutine]
    await client.messages.send({"to": "+15558675310"})  # type: ignore[arg-type]


async def reading(client: MessagingClient) -> None:
    await client.messages.fetch()  # type: ignore[call-arg]
    await client.messages.fetch(message_sid=7)  # type: ignore[arg-type]
    client.messages.list(date_sent="2026-11-22")  # type: ignore[arg-type]
    client.messages.list(limit="10")  # type: ignore[arg-type]
    for _ in client.messages.list():  # type: ignore[attr-defined]
        pass
    client.messages.media  # type: ignore[attr-defined]  # noqa: B018 - the mistake
    await client.messages.delete("SM", force=True)  # type: ignore[call-arg]


async def answers(client: MessagingClient) -> None:
    message: Message = await client.with_raw_response(client.messages.fetch("SM"))  # type: ignore[assignment]
    answer: Answer[Balance] = await client.with_raw_response(client.messages.fetch("SM"))  # type: ignore[arg-type]
    await use(message, answer.value.balance)


async def values(message: Message, draft: MessageDraft) -> None:
    message.status = "sent"  # type: ignore[misc]
    draft.body = "Bye"  # type: ignore[misc]
    await message.delete()  # type: ignore[attr-defined]
    total: int = message.num_segments  # type: ignore[assignment]
    sent: dt.datetime = message.date_sent  # type: ignore[assignment]
    await use(total, sent)


def options(client: MessagingClient) -> None:
    client.with_options(timeuot=8)  # type: ignore[call-arg]
    client.with_options(priority="urgent")  # type: ignore[arg-type]
    client.with_options(on_unknown="repeat")  # type: ignore[arg-type]
    client.with_options(retries=None)  # type: ignore[arg-type]
    client.with_options(8)  # type: ignore[call-arg]
    MessagingClient("AC")  # type: ignore[call-arg]
    MessagingClient(auth_token=b"token")  # type: ignore[arg-type]
    MessagingClient(limits={"account": 1})  # type: ignore[arg-type]
    Limits(sender=["ACME"])  # type: ignore[arg-type]
    client.bulk(["+15558675310"])  # type: ignore[list-item]


async def a_run() -> None:
    async def wrong(call: str) -> str:
        return call

    run: Run = wrong  # type: ignore[assignment]
    await use(run)


def webhooks(hooks: Webhooks) -> None:
    async def wrong(message: StatusCallback) -> int:
        return len(message.sid)

    hooks.on_message(wrong)  # type: ignore[type-var]
    hooks.on_status(wrong)  # type: ignore[type-var]
    Webhooks("token")  # type: ignore[call-arg]
    Webhooks(auth_token=b"token")  # type: ignore[arg-type]
    hooks.validate(url="/sms", headers={"X": 1})  # type: ignore[arg-type]
    MessagingResponse().message(5)  # type: ignore[arg-type]
    Verb(method="PUT")  # type: ignore[arg-type]
