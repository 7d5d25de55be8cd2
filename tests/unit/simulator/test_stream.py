"""What a reader of the stream is told, without a socket: statuses in time, gaps, coming back."""

from __future__ import annotations

import json

from async_messaging.simulator.stream import Reader
from tests.unit.simulator.visitor import Json, Visitor


def read(reader: Reader) -> tuple[str, Json]:
    """Name and data of the next event; of a comment, nothing."""
    fields = dict(line.split(": ", 1) for line in reader.read().decode().splitlines() if line[1:])
    return fields.get("event", ""), json.loads(fields.get("data", "{}"))


def begun(visitor: Visitor, last: str = "") -> Reader:
    reader = Reader(visitor.world, last)
    assert read(reader)[0] == "hello"
    return reader


def statuses(reader: Reader) -> list[str]:
    return [message["status"] for message in read(reader)[1].get("messages", ())]


def test_every_status_is_told_when_its_time_has_come() -> None:
    visitor = Visitor()
    reader = begun(visitor)
    visitor.create()
    told = statuses(reader)
    for _ in range(40):
        visitor.clock.advance(0.1)
        told += statuses(reader)
    assert told == ["queued", "sending", "sent", "delivered"]


def test_nothing_new_is_a_comment() -> None:
    assert read(begun(Visitor())) == ("", {})


def test_what_was_under_way_before_is_followed_too() -> None:
    visitor = Visitor()
    visitor.create()
    reader = begun(visitor)
    visitor.clock.advance(60)
    assert statuses(reader) == ["delivered"]


def test_a_change_by_the_api_is_told() -> None:
    visitor = Visitor()
    sid = visitor.create()["sid"]
    visitor.clock.advance(60)
    reader = begun(visitor)
    visitor.ask("POST", f"/inbox/messages/{sid}/status", body=b'{"status": "read"}')
    assert statuses(reader) == ["read"]


def test_refusals_faults_and_callbacks_are_told() -> None:
    visitor = Visitor()
    reader = begun(visitor)
    visitor.post(To="+15005550001")
    visitor.ask("POST", "/simulator/faults", body=b"callback.lost=100%")
    visitor.create(StatusCallback="http://127.0.0.1:9/")
    name, told = read(reader)
    assert name == "batch"
    assert [one["code"] for one in told["refused"]] == [21211]
    assert told["faults"] == "callback.lost=100%"
    assert told["accepted"] == 1


def test_one_far_behind_skips_and_hears_of_the_rest_later() -> None:
    visitor = Visitor()
    reader = begun(visitor)
    for n in range(1200):
        visitor.create(Body=f"{n}")
    told = read(reader)[1]
    assert told["behind"]
    assert [message["number"] for message in told["messages"]] == list(range(901, 1201))
    visitor.clock.advance(60)
    assert read(reader)[1]["behind"]


def test_a_batch_is_bounded_and_nothing_is_left_out() -> None:
    visitor = Visitor()
    reader = begun(visitor)
    for n in range(900):
        visitor.create(Body=f"{n}")
    told = [read(reader)[1]["messages"] for _ in range(3)]
    assert [len(messages) for messages in told] == [300, 300, 300]
    assert {message["number"] for messages in told for message in messages} == set(range(1, 901))


def test_one_that_comes_back_goes_on_where_it_was() -> None:
    visitor = Visitor()
    for n in range(500):
        visitor.create(Body=f"{n}")
    era = visitor.world.traffic.era
    reader = Reader(visitor.world, f"{era}.490.500.0")
    assert read(reader)[1]["resumed"]
    # What it was told last may have changed since: it hears of that again.
    assert [one["number"] for one in read(reader)[1]["messages"]] == list(range(291, 501))


def test_a_place_of_another_era_or_no_place_is_a_new_beginning() -> None:
    visitor = Visitor()
    for last in ("", "0123456789ab.1.1.1", f"{visitor.world.traffic.era}.x.1.1", "....", "\u0661"):
        assert not read(Reader(visitor.world, last))[1]["resumed"]


def test_a_reset_is_another_hello() -> None:
    visitor = Visitor()
    reader = begun(visitor)
    visitor.create()
    visitor.world.reset()
    assert read(reader)[0] == "hello"
    assert read(reader) == ("", {})


def test_rates_are_told_once_and_again_when_they_grow() -> None:
    visitor = Visitor()
    reader = begun(visitor)
    visitor.create()
    first = read(reader)[1]["rates"]
    assert sum(accepted for _, accepted, _ in first) == 1
    assert read(reader) == ("", {})
