"""Accounts beside each other: each sees its own only, and a parent its subaccounts'."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from async_messaging.simulator import callbacks, replies
from async_messaging.simulator.identities import SimulatedAccount
from async_messaging.simulator.stream import Reader
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import Json, Visitor, code_of, read

MAIN, SUB, STRANGER = ("AC" + digit * 32 for digit in "123")
PHONE = "+14155550100"


@dataclass
class Party:
    """Who asks, about which account."""

    visitor: Visitor
    caller: str
    about: str

    def ask(self, method: str, path: str, form: dict[str, Any] | None = None) -> Any:
        return self.visitor.ask(
            method,
            f"/2010-04-01/Accounts/{self.about}/{path}",
            form,
            authorization=Visitor.basic(self.caller, f"token {self.caller}"),
        )

    def create(self, **form: Any) -> Json:
        fields = {"To": PHONE, "From": "+15005550006", "Body": "Hi", **form}
        verdict = self.ask("POST", "Messages.json", fields)
        assert verdict.answer.status == 201, verdict.answer.body
        return read(verdict)


def account(sid: str, **fields: Any) -> SimulatedAccount:
    return SimulatedAccount(**{"sid": sid, "auth_token": f"token {sid}", **fields})


@pytest.fixture
def visitor() -> Visitor:
    numbers = ("+14155550222",)
    others = (account(SUB, parent=MAIN, numbers=numbers, balance="5.00"), account(STRANGER))
    return Visitor(
        Conditions(seed=1, account_sid=MAIN, auth_token=f"token {MAIN}", accounts=others)
    )


def test_a_parent_acts_on_its_subaccount(visitor: Visitor) -> None:
    made = Party(visitor, MAIN, SUB).create(From="+14155550222")
    assert made["account_sid"] == SUB
    assert f"/Accounts/{SUB}/" in made["uri"]
    assert Party(visitor, SUB, SUB).ask("GET", f"Messages/{made['sid']}.json").answer.status == 200


@pytest.mark.parametrize(
    ("caller", "about"), [(SUB, MAIN), (STRANGER, MAIN), (MAIN, STRANGER), (STRANGER, SUB)]
)
def test_nobody_else_acts_on_another_account(visitor: Visitor, caller: str, about: str) -> None:
    for method, path in (
        ("GET", "Messages.json"),
        ("POST", "Messages.json"),
        ("GET", "Balance.json"),
    ):
        verdict = Party(visitor, caller, about).ask(method, path, {"To": PHONE})
        assert (verdict.answer.status, code_of(verdict)) == (404, 20404)
    assert not visitor.world.stored()


def test_each_has_its_own_messages_numbers_and_money(visitor: Visitor) -> None:
    made = Party(visitor, SUB, SUB).create(From="+14155550222")
    assert read(Party(visitor, SUB, SUB).ask("GET", "Balance.json"))["balance"] == "4.9921"
    assert read(Party(visitor, MAIN, MAIN).ask("GET", "Balance.json"))["balance"] == "10000.0000"
    for other in (MAIN, STRANGER):
        party = Party(visitor, other, other)
        assert read(party.ask("GET", "Messages.json"))["messages"] == []
        assert code_of(party.ask("GET", f"Messages/{made['sid']}.json")) == 20404
        form = {"To": PHONE, "From": "+14155550222", "Body": "Hi"}
        assert code_of(party.ask("POST", "Messages.json", form)) == 21606


def test_an_opt_out_holds_in_its_account(visitor: Visitor) -> None:
    for sid in (MAIN, STRANGER):
        Party(visitor, sid, sid).create()
    written = replies.Written(from_=PHONE, body="STOP")
    replies.receive(visitor.world, visitor.world.accounts[STRANGER], written, "")
    form = {"To": PHONE, "From": "+15005550006", "Body": "Hi"}
    assert code_of(Party(visitor, STRANGER, STRANGER).ask("POST", "Messages.json", form)) == 21610
    Party(visitor, MAIN, MAIN).create()


def test_calls_in_flight_are_counted_for_each() -> None:
    world = Conditions(
        seed=1,
        account_sid=MAIN,
        auth_token=f"token {MAIN}",
        accounts=(account(STRANGER),),
        concurrency=1,
    )
    visitor = Visitor(world)
    visitor.post(hold=True)
    assert visitor.refusal() == 20429
    Party(visitor, STRANGER, STRANGER).create()


def test_a_callback_names_its_account(visitor: Visitor) -> None:
    for sid in (SUB, STRANGER):
        Party(visitor, sid, sid).create(StatusCallback="http://127.0.0.1:9/")
    visitor.clock.advance(3)
    callbacks.advance(visitor.world, visitor.clock.time())
    told = {made.fields["AccountSid"] for made in visitor.world.outgoing.log}
    assert told == {SUB, STRANGER}


@pytest.mark.parametrize(
    ("path", "key"),
    [("messages", "messages"), ("phones", "phones"), ("requests", "requests")],
)
def test_the_inbox_is_of_the_first_account_unless_another_is_named(
    visitor: Visitor, path: str, key: str
) -> None:
    Party(visitor, SUB, SUB).create()
    Party(visitor, MAIN, SUB).create(Body="Two")
    Party(visitor, STRANGER, STRANGER).create()
    told = {
        sid: len(read(visitor.get(f"/inbox/{path}?account={sid}"))[key]) for sid in (SUB, STRANGER)
    }
    assert told == {SUB: 1 if path == "phones" else 2, STRANGER: 1}
    assert read(visitor.get(f"/inbox/{path}"))[key] == []
    assert visitor.get(f"/inbox/{path}?account=AC{'9' * 32}").answer.status == 404


def test_callbacks_and_the_export_are_of_one_account(visitor: Visitor) -> None:
    for sid in (MAIN, SUB):
        Party(visitor, sid, sid).create(StatusCallback="http://127.0.0.1:9/", Body=f"of {sid}")
    visitor.clock.advance(3)
    callbacks.advance(visitor.world, visitor.clock.time())
    for sid, other in ((MAIN, SUB), (SUB, MAIN)):
        told = read(visitor.get(f"/inbox/callbacks?account={sid}"))["callbacks"]
        assert {made["fields"]["AccountSid"] for made in told} == {sid}
        chunks = visitor.get(f"/inbox/export?account={sid}").answer.chunks
        assert chunks is not None
        exported = b"".join(chunks).decode()
        assert sid in exported
        assert other not in exported


def test_the_stream_is_of_one_account(visitor: Visitor) -> None:
    reader, other = Reader(visitor.world, account=SUB), Reader(visitor.world)
    for each in (reader, other):
        assert b"hello" in each.read()
    made = Party(visitor, SUB, SUB).create(StatusCallback="http://127.0.0.1:9/")
    Party(visitor, SUB, SUB).ask("POST", "Messages.json", {"To": PHONE})
    visitor.clock.advance(3)
    callbacks.advance(visitor.world, visitor.clock.time())
    for callback in visitor.world.outgoing.ready:
        visitor.world.outgoing.settle(callback, "answered")
    batch, nothing = (json.loads(each.read().split(b"data: ")[1]) for each in (reader, other))
    assert [message["sid"] for message in batch["messages"]] == [made["sid"]]
    assert (len(batch["refused"]), len(batch["callbacks"])) == (1, 3)
    assert not {"messages", "refused", "callbacks"} & set(nothing)


def test_the_judge_counts_all_and_lists_one(visitor: Visitor) -> None:
    for sid in (MAIN, SUB, SUB):
        Party(visitor, sid, sid).create()
    stats = read(visitor.get("/simulator/stats"))
    assert (stats["accepted"], stats["duplicates"]) == (3, 1)
    verdict = visitor.get(f"/simulator/messages?account={SUB}&after=1")
    assert verdict.answer.chunks is not None
    (line,) = b"".join(verdict.answer.chunks).splitlines()
    assert SUB.encode() in line


def test_the_inboxs_page_learns_which_accounts_there_are(visitor: Visitor) -> None:
    told = read(visitor.get(f"/inbox/account?account={SUB}"))
    assert told["account_sid"] == SUB
    assert told["accounts"] == [MAIN, SUB, STRANGER]
    assert "+14155550222" in told["numbers"]


def test_a_reset_gives_every_account_its_money_back(visitor: Visitor) -> None:
    Party(visitor, SUB, SUB).create()
    visitor.world.reset()
    assert read(Party(visitor, SUB, SUB).ask("GET", "Balance.json"))["balance"] == "5.0000"
