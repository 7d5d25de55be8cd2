from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from async_messaging.audience.suppressions import SuppressionStore
from async_messaging.campaigns.mailbox import Mailbox
from async_messaging.campaigns.rows import Note
from async_messaging.campaigns.spool import Spool, spool_path
from async_messaging.cli.listening import Heard, Listener
from tests.unit.campaigns.ledgers import PLAN, sealed_file
from tests.unit.webhooks.requests import TOKEN, Params, inbound, signed, status

PUBLIC = "https://example.com/twilio"
ADA, SENDER = "+14155550100", PLAN.sender or ""


class Receiver:
    """A listener for one campaign, and Twilio which writes to it."""

    def __init__(self, path: Path, campaign: str, token: str = TOKEN) -> None:
        self.path = path
        self.campaign = campaign
        self.token = token
        self.store = SuppressionStore(path.parent / "suppressions.db")
        self.listener = Listener(TOKEN, PUBLIC, Mailbox(path), [self.store])

    async def post(self, path: str, params: Params, **query: str) -> int:
        target = f"{path}?{urlencode(query)}" if query else path
        headers, body = signed(params, url=f"{PUBLIC}{target}", token=self.token)
        hooks = self.listener.hooks
        answer = await hooks.handle(method="POST", target=target, headers=headers, body=body)
        return answer.status

    async def report(self, params: Params, row: str = "1", campaign: str = "") -> int:
        query = {"campaign": campaign or self.campaign, "row": row, "token": "t"}
        return await self.post("/status", params, **query)

    def notes(self) -> list[Note]:
        with Spool(self.path) as spool:
            return [note for _, note in spool.waiting()]


@pytest.fixture
async def receiver(tmp_path: Path) -> Receiver:
    return Receiver(*await sealed_file(tmp_path))


async def test_a_receipt_is_left_for_its_campaign(receiver: Receiver) -> None:
    assert await receiver.report(status("undelivered", ErrorCode="30003")) == 204
    (note,) = receiver.notes()
    assert (note.kind, note.row, note.token) == ("receipt", 1, "t")
    assert (note.status, note.code, note.sender) == ("undelivered", 30003, "+15005550006")
    assert receiver.listener.heard == Heard(receipts=1)


async def test_what_is_repeated_is_kept_once_also_by_the_next_process(receiver: Receiver) -> None:
    for _ in range(2):
        assert await receiver.report(status("sent")) == 204
    again = Receiver(receiver.path, receiver.campaign)
    assert await again.report(status("sent")) == 204
    assert await again.report(status("delivered")) == 204
    assert [note.status for note in receiver.notes()] == ["sent", "delivered"]


async def test_what_twilio_did_not_sign_is_not_kept(receiver: Receiver) -> None:
    stranger = Receiver(receiver.path, receiver.campaign, token="guessed")
    assert await stranger.report(status("delivered")) == 403
    assert receiver.notes() == []


async def test_other_campaigns_and_probes_are_counted_apart(receiver: Receiver) -> None:
    assert await receiver.report(status("sent"), campaign="another") == 204
    assert await receiver.report(status("queued"), row="0") == 204
    assert receiver.listener.heard == Heard(others=1, probes=1)
    assert [note.kind for note in receiver.notes()] == ["probe"]


async def test_what_could_not_be_kept_is_not_answered_as_if_it_were(receiver: Receiver) -> None:
    spool_path(receiver.path).write_bytes(b"no database at all, but long enough" * 40)
    assert await receiver.report(status("sent")) == 500
    spool_path(receiver.path).unlink()
    assert await receiver.report(status("sent")) == 204
    assert len(receiver.notes()) == 1


async def test_stop_and_start(receiver: Receiver) -> None:
    def wrote(text: str, sid: str) -> Params:
        return inbound(Body=text, To=SENDER, MessageSid=sid, SmsSid=sid, SmsMessageSid=sid)

    stop, start = wrote("Stop!", "SM" + "1" * 32), wrote("start", "SM" + "2" * 32)
    assert await receiver.post("/sms", stop) == 204
    assert receiver.store.holds(ADA, SENDER)
    assert [(note.kind, note.to) for note in receiver.notes()] == [("stop", ADA)]
    assert await receiver.post("/sms", start) == 204
    assert not receiver.store.holds(ADA, SENDER)
    again = Receiver(receiver.path, receiver.campaign)  # it has forgotten what it had seen
    assert await again.post("/sms", stop) == 204
    assert not again.store.holds(ADA, SENDER)
    assert len(receiver.notes()) == 1
    assert await receiver.post("/sms", wrote("Hello", "SM" + "3" * 32)) == 204
    assert receiver.listener.heard == Heard(stops=1, starts=1, messages=1)
    again.store.close()
    receiver.store.close()


async def test_a_receipt_says_that_somebody_had_opted_out(receiver: Receiver) -> None:
    assert await receiver.report(status("failed", ErrorCode="21610", To=ADA)) == 204
    assert receiver.store.holds(ADA, "+15005550006")
    receiver.store.close()


def test_the_line_names_what_came_and_nobody() -> None:
    assert Heard().line() == "receipts 0"
    assert Heard(receipts=1234, stops=2, refused=1).line() == "receipts 1,234, STOP 2, refused 1"
