"""What a simulator's file brings back: what was there when the last request had been decided."""

from __future__ import annotations

import shutil
import sqlite3
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from async_messaging.simulator import callbacks, replies
from async_messaging.simulator.identities import SimulatedAccount
from async_messaging.simulator.outgoing import Callback
from async_messaging.simulator.records import Record
from async_messaging.simulator.webhooks import Webhook
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.pooling import schedule, serve
from tests.unit.simulator.visitor import SERVICE, Visitor, read

PHONE, SENDER = "+14155550100", "+15005550006"
HOOK = "http://127.0.0.1:9/status"
OTHER = "AC" + "2" * 32


class Lives:
    """A simulator with a file, and its next lives: each begins with a copy of the file as it is, without any goodbye."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._path = folder / "0.db"
        self._open: list[Visitor] = []

    def first(self, **conditions: Any) -> Visitor:
        """The first life."""
        return self._live(0.0, **conditions)

    def next(self, before: Visitor, later: float = 0.0, **conditions: Any) -> Visitor:
        """Another one, so many seconds later."""
        path = self._folder / f"{next(self._numbers)}.db"
        for tail in ("", "-wal"):
            shutil.copy(f"{self._path}{tail}", f"{path}{tail}")
        self._path = path
        return self._live(before.clock.time() - Visitor().clock.time() + later, **conditions)

    def _live(self, advance: float, **conditions: Any) -> Visitor:
        visitor = Visitor(Conditions(state=str(self._path), **conditions))
        visitor.clock.advance(advance)
        self._open.append(visitor)
        return visitor

    def close(self) -> None:
        """Ends them all."""
        for visitor in self._open:
            visitor.world.close()


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    made = Lives(tmp_path)
    yield made
    made.close()


def test_credentials_and_seed_stay(lives: Lives) -> None:
    keys, clients = {"SK" + "1" * 32: "a"}, {"OQ1": "b"}
    other = SimulatedAccount(sid=OTHER, auth_token="c", balance="1.00")
    before = lives.first(
        api_keys=keys, oauth_clients=clients, accounts=(other,), numbers=("+14155550111",)
    )
    after = lives.next(before)
    assert after.world.seed == before.world.seed
    assert after.world.identities.accounts == before.world.identities.accounts
    assert list(after.world.accounts) == [before.world.account_sid, OTHER]
    assert after.world.accounts[after.world.account_sid].numbers == ("+14155550111", SENDER)


def test_what_is_given_goes_before_what_is_kept(lives: Lives) -> None:
    before = lives.first(accounts=(SimulatedAccount(sid=OTHER, auth_token="c"),))
    accounts = (SimulatedAccount(sid=OTHER, auth_token="new"),)
    after = lives.next(before, auth_token="given", seed=9, accounts=accounts)
    assert (after.world.auth_token, after.world.seed) == ("given", 9)
    assert after.world.token_of(OTHER) == "new"
    again = lives.next(after)
    assert (again.world.auth_token, again.world.seed) == ("given", 9)
    with pytest.raises(ValueError, match="another account"):
        lives.next(again, account_sid=OTHER)


def test_a_message_is_there_and_its_life_goes_on(lives: Lives) -> None:
    before = lives.first()
    made = before.create(Body="\u00e9 \U0001f600", MediaUrl=["http://h/a.png"], StatusCallback=HOOK)
    scheduled = before.create(
        From=None, MessagingServiceSid=SERVICE, ScheduleType="fixed", SendAt="2026-01-02T00:00:00Z"
    )
    after = lives.next(before)
    for sid in (made["sid"], scheduled["sid"]):
        assert after.fetch(sid) == before.fetch(sid)
    assert (
        read(after.get("Messages.json"))["messages"]
        == read(before.get("Messages.json"))["messages"]
    )
    media = f"Messages/{made['sid']}/Media.json"
    assert read(after.get(media)) == read(before.get(media))
    later = lives.next(after, 3.0)
    assert later.fetch(made["sid"])["status"] == "delivered"
    assert later.fetch(scheduled["sid"])["status"] == "scheduled"


def test_what_was_done_to_a_message_stays_done(lives: Lives) -> None:
    before = lives.first()
    redacted, deleted, pictured = (before.create(MediaUrl="http://h/a.png") for _ in range(3))
    before.clock.advance(5)
    before.update(redacted["sid"], {"Body": ""})
    before.delete(f"Messages/{deleted['sid']}.json")
    media = f"Messages/{pictured['sid']}/Media"
    (file,) = read(before.get(f"{media}.json"))["media_list"]
    before.delete(f"{media}/{file['sid']}.json")
    marked = before.create()
    before.ask(
        "POST",
        f"/inbox/messages/{marked['sid']}/status",
        body=b'{"status": "undelivered", "error_code": 30005}',
    )
    after = lives.next(before)
    assert after.fetch(redacted["sid"])["body"] == ""
    assert after.get(f"Messages/{deleted['sid']}.json").answer.status == 404
    assert read(after.get(f"{media}.json"))["media_list"] == []
    assert after.fetch(marked["sid"])["error_code"] == 30005


def test_the_judge_counts_over_all_lives(lives: Lives) -> None:
    before = lives.first()
    before.create()
    after = lives.next(before)
    after.create(Body="Another")
    stats = read(after.get("/simulator/stats"))
    assert (stats["accepted"], stats["duplicates"], stats["requests"]) == (2, 0, 1)


def test_sids_go_on_and_none_comes_twice(lives: Lives) -> None:
    conditions: Any = {"seed": 1}
    visitor = lives.first(**conditions)
    sids = [visitor.create(Body=str(i))["sid"] for i in range(3)]
    for life in range(3):
        visitor = lives.next(visitor, **(conditions if life else {"seed": 2}))
        sids += [visitor.create(Body=f"{life} {i}")["sid"] for i in range(3)]
    plain = Visitor(Conditions(seed=1))
    assert sids == [plain.create(Body=str(i))["sid"] for i in range(12)]


def test_money_is_spent_once(lives: Lives) -> None:
    before = lives.first(balance="1.00")
    before.create()
    after = lives.next(before, balance="50.00")
    assert read(after.get("Balance.json"))["balance"] == "0.9921"


def test_records_stay_in_their_order(lives: Lives) -> None:
    before = lives.first()
    shelf = before.world.accounts[before.world.account_sid].shelves["services"]
    for name in "abcd":
        shelf.put(Record(sid=f"MG{name}", created=1.0, updated=1.0, fields={"n": [name, None, 1]}))
    before.world.save()
    shelf.change(shelf.get("MGa") or pytest.fail("a is gone"), 2.0, {"n": True})
    shelf.remove("MGb")
    before.world.save()
    after = lives.next(before)
    kept = after.world.accounts[after.world.account_sid].shelves["services"]
    assert list(kept) == list(shelf)
    assert [record.sid for record in kept] == ["MGa", "MGc", "MGd"]


def test_opt_outs_stay_and_so_do_opt_ins(lives: Lives) -> None:
    before = lives.first()
    for phone in (PHONE, "+14155550101"):
        before.create(To=phone)
        write(before, phone, "STOP")
    write(before, PHONE, "START")
    after = lives.next(before)
    after.create(To=PHONE, Body="Welcome back")
    assert after.refusal(To="+14155550101") == 21610
    write(after, "+14155550101", "START")
    lives.next(after).create(To="+14155550101", Body="Welcome back")


def write(visitor: Visitor, phone: str, body: str) -> None:
    sent = f'{{"from": "{phone}", "body": "{body}"}}'.encode()
    assert visitor.ask("POST", "/inbox/replies", body=sent).answer.status == 201


def test_webhooks_stay_unless_others_are_given(lives: Lives) -> None:
    before = lives.first(webhooks={"*": Webhook(url="http://127.0.0.1:9/a")})
    before.ask("POST", "/inbox/webhooks", body=b'{"address": "+1", "url": "http://127.0.0.1:9/b"}')
    after = lives.next(before, webhooks={"*": Webhook()})
    assert after.world.webhooks.all() == before.world.webhooks.all()
    again = lives.next(after, webhooks={"*": Webhook(url="http://127.0.0.1:9/c")})
    assert again.world.webhooks.inbound("", None).url == "http://127.0.0.1:9/c"
    assert again.world.webhooks.inbound("+1", None).url == "http://127.0.0.1:9/b"


def told(visitor: Visitor) -> list[str]:
    """The statuses that are ready to be posted now."""
    callbacks.advance(visitor.world, visitor.clock.time())
    return [made.fields["MessageStatus"] for made in visitor.world.outgoing.ready]


def test_callbacks_to_come_still_come(lives: Lives) -> None:
    before = lives.first()
    before.create(StatusCallback=HOOK)
    assert told(lives.next(before, 3.0)) == ["sending", "sent", "delivered"]


def settle(visitor: Visitor, callback: Callback) -> None:
    visitor.world.outgoing.ready.remove(callback)
    visitor.world.outgoing.settle(callback, "answered")
    visitor.world.save()


def test_a_callback_under_way_comes_again_and_one_that_was_answered_does_not(lives: Lives) -> None:
    before = lives.first()
    before.create(StatusCallback=HOOK)
    before.clock.advance(3)
    assert len(told(before)) == 3
    before.world.save()
    first, second, third = before.world.outgoing.ready
    settle(before, second)
    after = lives.next(before)
    assert told(after) == ["sending", "delivered"]
    ready = after.world.outgoing.ready
    assert [made.token for made in ready] == [first.token, third.token]
    assert after.world.outgoing.number() == third.number + 1
    settle(after, ready[0])
    assert told(lives.next(after, 60.0)) == ["delivered"]


def test_what_was_canceled_is_told_once(lives: Lives) -> None:
    before = lives.first()
    made = before.create(
        From=None,
        MessagingServiceSid=SERVICE,
        ScheduleType="fixed",
        SendAt="2026-01-02T00:00:00Z",
        StatusCallback=HOOK,
    )
    before.update(made["sid"], {"Status": "canceled"})
    assert told(lives.next(before, 200_000.0)) == ["canceled"]


def test_a_webhook_that_was_being_asked_is_asked_again_and_its_answer_heeded(lives: Lives) -> None:
    before = lives.first(webhooks={"*": Webhook(url="http://127.0.0.1:9/inbox")})
    before.create()
    written = f'{{"from": "{PHONE}", "body": "Hello"}}'.encode()
    before.ask("POST", "/inbox/replies", body=written)
    after = lives.next(before)
    (asked,) = after.world.outgoing.ready
    assert asked.fields["Body"] == "Hello"
    twiml = b"<Response><Message>Hello yourself</Message></Response>"
    replies.take_answer(after.world, after.world.outgoing, asked, "text/xml", twiml)
    newest = read(after.get("/inbox/messages?before=100"))["messages"][-1]
    assert (newest["direction"], newest["body"]) == ("outbound-reply", "Hello yourself")


def test_a_queue_is_as_long_as_it_was(lives: Lives) -> None:
    throughput: Any = {"throughput": {SENDER: 1.0}}
    before = lives.first(**throughput)
    for i in range(5):
        before.create(Body=str(i))
    after = lives.next(before, **throughput)
    before.create(Body="next")
    after.create(Body="next")
    waits = [visitor.world.stored()[-1].wait for visitor in (before, after)]
    assert waits == [5.0, 5.0]


def test_a_reset_forgets_in_the_file_too(lives: Lives) -> None:
    before = lives.first(balance="1.00")
    before.create(StatusCallback=HOOK)
    write(before, PHONE, "STOP")
    before.ask("POST", "/simulator/reset")
    after = lives.next(before, 3.0, balance="1.00")
    assert read(after.get("Messages.json"))["messages"] == []
    assert told(after) == []
    assert read(after.get("Balance.json"))["balance"] == "1.0000"
    sid = after.create()["sid"]
    assert lives.next(after).fetch(sid)["sid"] == sid


def test_each_account_gets_its_own_back(lives: Lives) -> None:
    before = lives.first(accounts=(SimulatedAccount(sid=OTHER, auth_token="c"),))
    before.create(Body="first's")
    before.authorization, before.base = before.basic(OTHER, "c"), f"/2010-04-01/Accounts/{OTHER}"
    before.create(Body="other's", StatusCallback=HOOK)
    after = lives.next(before, 3.0)
    bodies = {sid: [m.body for m in held.messages] for sid, held in after.world.accounts.items()}
    assert bodies == {before.world.account_sid: ["first's"], OTHER: ["other's"]}
    assert told(after)
    assert {made.account_sid for made in after.world.outgoing.ready} == {OTHER}


def test_what_could_not_be_written_is_written_with_the_next(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lives.first()
    keeper = before.world.keeper
    assert keeper is not None
    with monkeypatch.context() as patched:
        patched.setattr(keeper, "_file", Full())
        with pytest.raises(sqlite3.OperationalError):
            before.create(Body="first")
    before.create(Body="second")
    after = lives.next(before)
    assert [message.body for message in after.world.stored()] == ["first", "second"]


class Full:
    """A file on a full disk."""

    def write(self, statements: object) -> None:
        list(statements)  # type: ignore[call-overload]  # any iterable
        raise sqlite3.OperationalError("database or disk is full")


def test_scheduled_messages_depart_in_a_later_life(lives: Lives) -> None:
    before = lives.first(throughput={SENDER: 1.0})
    serve(before, SENDER)
    gone = schedule(before, 400)["sid"]
    canceled = schedule(before, 600)["sid"]
    waiting = [schedule(before, 600, StatusCallback=HOOK)["sid"] for _ in range(3)]
    before.update(canceled, {"Status": "canceled"})
    before.clock.advance(401)
    before.get("Messages.json")
    # It is down when their time comes.
    after = lives.next(before, 1000.0, throughput={SENDER: 1.0})
    assert [status for status in told(after) if status == "accepted"] == ["accepted"] * 3
    assert after.fetch(canceled)["status"] == "canceled"
    found = [after.fetch(sid) for sid in (gone, *waiting)]
    assert [(m["status"], m["from"]) for m in found] == [("delivered", SENDER)] * 4
    assert [m.wait for m in after.world.stored()] == [0.0, -1.0, 0.0, 1.0, 2.0]
    last = lives.next(after, throughput={SENDER: 1.0})
    assert [m.wait for m in last.world.stored()] == [0.0, -1.0, 0.0, 1.0, 2.0]


def test_a_departures_place_in_the_queue_stays(lives: Lives) -> None:
    before = lives.first(throughput={SENDER: 1.0})
    for _ in range(3):
        schedule(before, 400)
    before.clock.advance(400)
    before.get("Messages.json")
    after = lives.next(before, throughput={SENDER: 1.0})
    after.create()
    assert after.world.stored()[-1].wait == 3.0


def test_any_number_of_departures_at_once_is_kept(lives: Lives) -> None:
    before = lives.first()
    serve(before, SENDER)
    before.world.traffic.changed = deque(maxlen=5)  # its log of changes is bounded
    for _ in range(8):
        schedule(before, 600)
    before.clock.advance(601)
    before.get("Balance.json")
    after = lives.next(before)
    held = after.world.accounts[after.world.account_sid]
    assert [m.from_ for m in held.messages] == [SENDER] * 8
    assert not list(after.world.departures.due(1e12))


def test_the_recipient_keeps_its_number_in_a_later_life(lives: Lives) -> None:
    before = lives.first(numbers=("+14155550111",))
    serve(before, SENDER, "+14155550111")
    asked: Any = {"From": None, "MessagingServiceSid": SERVICE}
    before.create(**asked)
    chosen = before.world.stored()[0].from_
    after = lives.next(before)
    for _ in range(6):
        after.create(**asked)
    assert {m.from_ for m in after.world.stored()} == {chosen}
