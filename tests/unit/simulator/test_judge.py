from __future__ import annotations

import json

import pytest

from tests.unit.simulator.visitor import Json, Visitor, read


def ask(visitor: Visitor, method: str, path: str, body: bytes = b"") -> Json:
    return read(visitor.ask(method, path, body=body, authorization="", content_type="text/plain"))


def lines(visitor: Visitor, query: str = "") -> list[Json]:
    answer = visitor.ask("GET", f"/simulator/messages{query}", authorization="").answer
    assert answer.chunks is not None
    return [json.loads(line) for line in b"".join(answer.chunks).splitlines()]


def test_stats_need_no_credentials_and_count_everything(visitor: Visitor) -> None:
    for body in ("a", "a", "b"):
        visitor.post(Body=body)
    visitor.post(To="nobody")
    visitor.get("Balance.json")
    stats = ask(visitor, "GET", "/simulator/stats")
    assert stats["accepted"] == 3
    assert stats["requests"] == stats["segments"] == 4
    assert stats["reads"] == 1
    assert stats["duplicates"] == 1
    assert stats["answers"] == {"201": 3, "400/21211": 1}
    assert stats["first_post"]["monotonic"] <= stats["last_post"]["monotonic"]
    assert stats["in_flight"] == 0
    assert stats["peak_in_flight"] == 1


def test_messages_as_lines(visitor: Visitor) -> None:
    visitor.create(Body="Hi", MediaUrl="https://a.example/1")
    visitor.create(Body="Ho\n", From=None, MessagingServiceSid="MG" + "0" * 32)
    first, second = lines(visitor)
    assert first["number"] == 1
    assert (first["to"], first["from"]) == ("+14155550100", "+15005550006")
    assert (first["body"], first["num_media"], first["status"]) == ("Hi", 1, "queued")
    assert (second["body"], second["status"]) == ("Ho\n", "accepted")
    assert lines(visitor, "?after=1") == [second]
    assert lines(visitor, "?after=2") == []


def test_many_messages_come_in_chunks(visitor: Visitor) -> None:
    for number in range(1201):
        visitor.create(Body=str(number))
    assert [line["body"] for line in lines(visitor)] == [str(number) for number in range(1201)]


@pytest.mark.parametrize("after", ["-1", "x", "1e3"])
def test_after_is_a_whole_number(visitor: Visitor, after: str) -> None:
    assert "after" in ask(visitor, "GET", f"/simulator/messages?after={after}")["error"]


def test_faults_can_be_set(visitor: Visitor) -> None:
    assert ask(visitor, "POST", "/simulator/faults", "latency=80ms±30,429@1".encode()) == {
        "faults": "429@1,latency=80ms±30"
    }
    assert visitor.post().answer.status == 429
    complaint = ask(visitor, "POST", "/simulator/faults", b"420=1%")
    assert "'420=1%'" in complaint["error"]
    assert "error" in ask(visitor, "POST", "/simulator/faults", b"\xff")


def test_reset(visitor: Visitor) -> None:
    visitor.create()
    assert visitor.ask("POST", "/simulator/reset", authorization="").answer.status == 204
    stats = ask(visitor, "GET", "/simulator/stats")
    assert (stats["accepted"], stats["requests"]) == (0, 0)
    assert stats["first_post"] is None
