from __future__ import annotations

from async_messaging.simulator.outgoing import Callback, Outgoing, Reply
from async_messaging.simulator.records import StoredMessage


def callback(number: int) -> Callback:
    return Callback(number=number, kind="status", url="http://h/", message_sid="SM", fields={})


def message(sid: str) -> StoredMessage:
    return StoredMessage(
        serial=1,
        sid=sid,
        account="AC",
        to="",
        from_="",
        service=None,
        body="",
        segments=1,
        created=0,
        start=0,
    )


def test_what_is_planned_comes_out_in_order_of_time() -> None:
    outgoing = Outgoing()
    for number, at in ((1, 5.0), (2, 3.0), (3, 5.0), (4, 9.0)):
        outgoing.plan(at, callback(number))
    assert outgoing.next_time() == 3.0
    due = [(at, what.number) for at, what in outgoing.due(5.0) if isinstance(what, Callback)]
    assert due == [(3.0, 2), (5.0, 1), (5.0, 3)]
    assert (outgoing.planned, outgoing.next_time()) == (1, 9.0)
    assert list(outgoing.due(8.9)) == []


def test_what_is_planned_meanwhile_is_due_too() -> None:
    outgoing = Outgoing()
    outgoing.plan(1.0, callback(1))
    seen = []
    for at, _ in outgoing.due(3.0):
        seen.append(at)
        outgoing.plan(at + 1, callback(2))
    assert seen == [1.0, 2.0, 3.0]


def test_what_is_unplanned_is_neither_due_nor_counted() -> None:
    outgoing = Outgoing()
    first, second = (message(f"SM{digit}") for digit in "12")
    outgoing.plan(1.0, first)
    outgoing.plan(2.0, second)
    outgoing.unplan(first)
    assert (outgoing.planned, outgoing.next_time()) == (1, 2.0)
    outgoing.plan(3.0, first)
    assert [at for at, _ in outgoing.due(9.0)] == [2.0, 3.0]
    assert (outgoing.planned, outgoing.next_time()) == (0, None)


def test_tokens_differ() -> None:
    assert callback(1).token != callback(2).token


def test_the_log_keeps_the_last() -> None:
    outgoing = Outgoing()
    for _ in range(5010):
        outgoing.keep(callback(outgoing.number()))
    assert [outgoing.log[0].number, outgoing.log[-1].number] == [11, 5010]
    assert outgoing.counts["made"] == 5010


def test_what_is_abandoned_lets_nobody_wait() -> None:
    outgoing, reply = Outgoing(), Reply(sid="SM")
    outgoing.asked[1] = reply
    outgoing.ready.append(callback(1))
    outgoing.plan(1.0, callback(2))
    outgoing.abandon()
    assert reply.finished
    assert (outgoing.waiting, outgoing.planned) == (0, 0)
