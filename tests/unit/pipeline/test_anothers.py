"""A good answer that belongs to another send: nobody knows, and its connection is spoilt."""

from __future__ import annotations

import msgspec
import pytest

from async_messaging import MessageDraft, MessagingClient
from async_messaging.errors import UnexpectedAnswer
from async_messaging.models import Message
from async_messaging.resources.messages import creation
from async_messaging.settling.single import OwnSends
from async_messaging.testing import FakeClock
from async_messaging.transport import Request, Response, ScriptedTransport

SID, OTHER = "SM" + "5" * 32, "SM" + "6" * 32
DRAFT = MessageDraft(to="+14155550100", from_="+15005550006", body="Hi")


class Line:
    """What an answer came on."""

    def __init__(self) -> None:
        self.spoilt = 0

    def spoil(self) -> None:
        self.spoilt += 1


def answered(line: Line | None, sid: str = OTHER, **fields: object) -> Response:
    content = msgspec.json.encode({"sid": sid, "status": "queued", **fields})
    return Response(201, {"twilio-request-id": "RQ" + "1" * 32}, content, line)


async def sent(clock: FakeClock, response: Response, draft: MessageDraft = DRAFT) -> str:
    """The sid that a creation brings back, of a client which was given `SID` before."""
    answers = iter([answered(None, SID), response])
    transport = ScriptedTransport(lambda _: next(answers))
    account = "AC" + "0" * 32
    async with MessagingClient(
        account_sid=account, auth_token="x", transport=transport, clock=clock
    ) as twilio:
        await twilio.messages.send(DRAFT)
        return (await twilio.messages.send(draft)).sid


@pytest.mark.parametrize("to", ["+14155550100", "rcs:+14155550100", None, ""])
async def test_a_new_sid_and_the_recipient_that_was_asked_for_are_its_own(
    clock: FakeClock, to: str | None
) -> None:
    line = Line()
    assert await sent(clock, answered(line, to=to)) == OTHER
    assert await sent(clock, answered(line)) == OTHER
    assert not line.spoilt


@pytest.mark.parametrize(
    ("sid", "to"), [(SID, "+14155550100"), (SID, None), (OTHER, "+14155550101")]
)
async def test_a_sid_that_was_given_before_and_another_recipient_are_not(
    clock: FakeClock, sid: str, to: str | None
) -> None:
    line = Line()
    with pytest.raises(UnexpectedAnswer) as caught:
        await sent(clock, answered(line, sid, to=to))
    error = caught.value
    assert (error.sid, error.status, error.outcome) == (sid, 201, "unknown")
    assert error.request_id == "RQ" + "1" * 32
    assert line.spoilt == 1
    assert "4155550" not in f"{error!s}{error!r}"
    with pytest.raises(UnexpectedAnswer):
        await sent(clock, answered(None, sid, to=to))


async def test_a_recipient_among_the_further_parameters_is_asked_for_too(clock: FakeClock) -> None:
    draft = msgspec.structs.replace(DRAFT, extra={"To": "+14155550101"})
    assert await sent(clock, answered(None, to="+14155550101"), draft) == OTHER
    with pytest.raises(UnexpectedAnswer):
        await sent(clock, answered(None, to="+14155550102"), draft)


@pytest.mark.parametrize("kept", [(False, True), (True, False), (True, True), (False, False)])
def test_whoever_keeps_a_send_its_sid_is_given_once(
    clock: FakeClock, kept: tuple[bool, bool]
) -> None:
    sends, message = OwnSends(clock, "AC" + "0" * 32), Message(sid=SID)
    first, second = kept
    assert sends.made(creation(DRAFT), message, 0.0, 1.0, kept=first)
    assert not sends.made(creation(DRAFT), message, 0.0, 1.0, kept=second)
    assert sends.made(creation(DRAFT), Message(sid=OTHER), 0.0, 1.0, kept=second)


async def test_reading_names_what_was_there_before(clock: FakeClock) -> None:
    async with MessagingClient(
        account_sid="AC" + "0" * 32,
        auth_token="x",
        transport=ScriptedTransport(lambda _: answered(None, SID, to=DRAFT.to)),
        clock=clock,
    ) as twilio:
        await twilio.messages.send(DRAFT)
        assert (await twilio.messages.fetch(SID)).sid == SID


def client(line: Line, clock: FakeClock) -> tuple[MessagingClient, ScriptedTransport]:
    """Every answer names the same recipient."""
    number = 0

    def answer(_request: Request) -> Response:
        nonlocal number
        number += 1
        return answered(line, f"SM{number:032x}", to=DRAFT.to)

    transport = ScriptedTransport(answer)
    return (
        MessagingClient(
            account_sid="AC" + "0" * 32, auth_token="x", transport=transport, clock=clock
        ),
        transport,
    )


async def test_whoever_gets_one_is_told_that_nobody_knows(clock: FakeClock) -> None:
    line = Line()
    twilio, transport = client(line, clock)
    elsewhere = msgspec.structs.replace(DRAFT, to="+14155550101")
    for view in (twilio, twilio.with_options(on_unknown="retry")):
        with pytest.raises(UnexpectedAnswer, match="another send") as caught:
            await view.messages.send(elsewhere)
        error = caught.value
        assert error.sid == f"SM{len(transport.requests):032x}"
        assert (error.status, error.call and error.call.operation) == (201, "CreateMessage")
    assert len(transport.requests) == line.spoilt == 2
    assert (await twilio.messages.send(DRAFT)).to == DRAFT.to
    await twilio.close()


async def test_in_a_bulk_send_the_row_is_unknown(clock: FakeClock) -> None:
    line = Line()
    twilio, _ = client(line, clock)
    drafts = [DRAFT, msgspec.structs.replace(DRAFT, to="+14155550101"), DRAFT]
    async with twilio.bulk(drafts, concurrency=1) as bulk:
        outcomes = [result.outcome async for result in bulk]
    assert outcomes == ["accepted", "unknown", "accepted"]
    assert line.spoilt == 1
    await twilio.close()
