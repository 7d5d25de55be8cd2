from __future__ import annotations

import json

import pytest

from async_messaging.simulator import callbacks
from async_messaging.simulator.desk import Verdict
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import Json, Visitor, read

HANDSET, NUMBER = "+14155550100", "+15005550006"
URL = "http://127.0.0.1:8020/status"


def ask(visitor: Visitor, method: str, path: str, value: object = None) -> Verdict:
    body = b"" if value is None else json.dumps(value).encode()
    return visitor.ask(method, path, body=body, authorization="", content_type="application/json")


def listed(visitor: Visitor, query: str = "") -> list[Json]:
    found: list[Json] = read(ask(visitor, "GET", f"/inbox/messages{query}"))["messages"]
    return found


def status(visitor: Visitor, sid: str, **fields: object) -> Verdict:
    return ask(visitor, "POST", f"/inbox/messages/{sid}/status", fields)


def test_both_sides_are_shown_oldest_first(visitor: Visitor) -> None:
    visitor.create(To=HANDSET, Body="Code: 123456")
    visitor.create(To="+14155550101", Body="Hé ✓")
    ask(visitor, "POST", "/inbox/replies", {"from": HANDSET, "body": "Thanks"})
    first, second, third = listed(visitor)
    assert first == {
        "number": 1,
        "sid": first["sid"],
        "direction": "outbound-api",
        "status": "queued",
        "from": NUMBER,
        "to": HANDSET,
        "service": None,
        "body": "Code: 123456",
        "segments": 1,
        "encoding": "GSM-7",
        "media": [],
        "error_code": 0,
        "error_message": "",
        "created": visitor.clock.time(),
        "updated": visitor.clock.time(),
    }
    assert second["encoding"] == "UCS-2"
    assert (third["direction"], third["from"], third["to"]) == ("inbound", HANDSET, NUMBER)


def test_filters_and_pages(visitor: Visitor) -> None:
    for index in range(5):
        visitor.create(To=f"+1415555010{index % 2}", Body=str(index))
    ask(visitor, "POST", "/inbox/replies", {"from": HANDSET, "body": "in"})
    assert [m["body"] for m in listed(visitor, "?to=%2B14155550100")] == ["0", "2", "4"]
    assert [m["body"] for m in listed(visitor, "?from=%2B14155550100")] == ["in"]
    assert [m["body"] for m in listed(visitor, "?with=%2B14155550100")] == ["0", "2", "4", "in"]
    page = read(ask(visitor, "GET", "/inbox/messages?after=1&limit=2"))
    assert ([m["body"] for m in page["messages"]], page["last"]) == (["1", "2"], 3)
    assert read(ask(visitor, "GET", "/inbox/messages?after=6"))["last"] == 6
    assert listed(visitor, "?after=99") == []
    page = read(ask(visitor, "GET", "/inbox/messages?before=99&limit=2"))
    assert ([m["body"] for m in page["messages"]], page["last"]) == (["4", "in"], 5)
    page = read(ask(visitor, "GET", "/inbox/messages?before=5&limit=9&to=%2B14155550101"))
    assert ([m["body"] for m in page["messages"]], page["last"]) == (["1", "3"], 2)
    assert listed(visitor, "?before=1") == []


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=1001", "limit=x"])
def test_a_wrong_page(visitor: Visitor, query: str) -> None:
    for path in ("messages", "callbacks"):
        assert ask(visitor, "GET", f"/inbox/{path}?{query}").answer.status == 400


def test_the_handset_has_what_was_redacted_and_deleted_at_twilio() -> None:
    visitor = Visitor(Conditions(seed=1, alter=frozenset({"trial", "obfuscate"})))
    sid = visitor.create(Body="secret", AddressRetention="obfuscate")["sid"]
    visitor.update(sid, {"Body": ""})
    visitor.clock.advance(5)
    visitor.delete(f"Messages/{sid}.json")
    (message,) = listed(visitor)
    assert message["body"].endswith(" account - secret")
    assert message["to"] == HANDSET


def test_delete_forgets_everything(visitor: Visitor) -> None:
    visitor.create()
    ask(visitor, "POST", "/inbox/replies", {"from": HANDSET, "body": "STOP"})
    assert read(ask(visitor, "GET", "/inbox/opt-outs"))["opt_outs"] == [
        {"handset": HANDSET, "sender": NUMBER, "since": visitor.clock.time()}
    ]
    assert ask(visitor, "DELETE", "/inbox/messages").answer.status == 204
    assert listed(visitor) == []
    assert read(ask(visitor, "GET", "/inbox/opt-outs"))["opt_outs"] == []


def test_one_message_with_its_callbacks(visitor: Visitor) -> None:
    sid = visitor.create(StatusCallback=URL)["sid"]
    visitor.create(StatusCallback=URL)
    visitor.clock.advance(10)
    callbacks.advance(visitor.world, visitor.clock.time())
    shown = read(ask(visitor, "GET", f"/inbox/messages/{sid}"))
    assert shown["message"]["status"] == "delivered"
    statuses = [made["fields"]["MessageStatus"] for made in shown["callbacks"]]
    assert statuses == ["sending", "sent", "delivered"]
    found = read(ask(visitor, "GET", f"/inbox/callbacks?sid={sid}"))
    assert found["callbacks"] == shown["callbacks"]
    page = read(ask(visitor, "GET", f"/inbox/callbacks?after={found['last']}"))
    assert all(made["number"] > found["last"] for made in page["callbacks"])
    assert ask(visitor, "GET", f"/inbox/messages/SM{'0' * 32}").answer.status == 404


def test_marking_ends_a_message_and_tells_it(visitor: Visitor) -> None:
    sid = visitor.create(StatusCallback=URL)["sid"]
    shown = read(status(visitor, sid, status="undelivered", error_code=30005))
    assert (shown["status"], shown["error_code"]) == ("undelivered", 30005)
    visitor.clock.advance(10)
    callbacks.advance(visitor.world, visitor.clock.time())
    (made,) = visitor.world.outgoing.ready
    assert (made.fields["MessageStatus"], made.fields["ErrorCode"]) == ("undelivered", "30005")
    message = visitor.fetch(sid)
    assert (message["status"], message["error_code"]) == ("undelivered", 30005)
    assert message["error_message"] == "Unknown destination handset"
    assert message["date_sent"]


def test_failed_was_never_sent_and_any_code_will_do(visitor: Visitor) -> None:
    sid = visitor.create()["sid"]
    status(visitor, sid, status="failed", error_code=63016)
    message = visitor.fetch(sid)
    assert (message["status"], message["error_code"], message["date_sent"]) == (
        "failed",
        63016,
        None,
    )
    assert message["price"] is None


def test_read_comes_after_delivered_only(visitor: Visitor) -> None:
    sid = visitor.create(To="whatsapp:+14155550100", From=f"whatsapp:{NUMBER}", StatusCallback=URL)[
        "sid"
    ]
    assert status(visitor, sid, status="read").answer.status == 409
    assert status(visitor, sid, status="delivered").answer.status == 200
    assert read(status(visitor, sid, status="read"))["status"] == "read"
    made = [
        (one.fields["MessageStatus"], one.fields.get("EventType"))
        for one in visitor.world.outgoing.ready
    ]
    assert made == [("delivered", None), ("read", "READ")]


def test_what_has_come_to_its_end_stays_there(visitor: Visitor) -> None:
    sid = visitor.create()["sid"]
    visitor.clock.advance(1.0)
    assert visitor.fetch(sid)["status"] in ("sent", "delivered")
    assert status(visitor, sid, status="failed").answer.status == 409
    visitor.clock.advance(5)
    assert status(visitor, sid, status="undelivered").answer.status == 409
    assert visitor.fetch(sid)["status"] == "delivered"
    assert not visitor.world.outgoing.ready


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"status": "sent"},
        {"status": "failed", "code": 1},
        {"status": "failed", "error_code": "x"},
        [],
        5,
    ],
)
def test_a_wrong_status_is_told(visitor: Visitor, value: object) -> None:
    sid = visitor.create()["sid"]
    answer = ask(visitor, "POST", f"/inbox/messages/{sid}/status", value).answer
    assert answer.status == 400
    assert json.loads(answer.body)["error"]


def test_a_code_needs_a_failure(visitor: Visitor) -> None:
    sid = visitor.create()["sid"]
    assert status(visitor, sid, status="delivered", error_code=30003).answer.status == 409


def test_a_reply_without_a_webhook_is_answered_at_once(visitor: Visitor) -> None:
    visitor.create()
    verdict = ask(visitor, "POST", "/inbox/replies", {"from": HANDSET, "body": "help"})
    assert (verdict.answer.status, verdict.answer.later) == (201, None)
    told = read(verdict)
    assert told["message"]["body"] == "help"
    assert told["opt_out_type"] == "HELP"
    assert [reply["direction"] for reply in told["replies"]] == ["outbound-reply"]
    assert (told["webhook"], told["twiml"], told["refused"]) == ([], "", [])


def test_a_reply_with_a_webhook_is_answered_when_it_has_answered(visitor: Visitor) -> None:
    visitor.create()
    ask(visitor, "POST", "/inbox/webhooks", {"address": "*", "url": URL})
    verdict = ask(visitor, "POST", "/inbox/replies", {"from": HANDSET, "body": "Hi"})
    assert verdict.answer.later is not None
    assert not verdict.answer.later.reply.finished


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"body": "x"}', b'{"from": "+14155550100", "x": 1}', b'{"from": "nobody"}',
     b'{"from": "\xff"}', b'{"from": "+14155550100", "body": "nobody wrote to me"}', b"[" * 100_000],
)  # fmt: skip
def test_a_wrong_reply_is_told(visitor: Visitor, body: bytes) -> None:
    answer = visitor.ask(
        "POST", "/inbox/replies", body=body, authorization="", content_type="application/json"
    ).answer
    assert answer.status == 400
    assert json.loads(answer.body)["error"]
    assert listed(visitor) == []


def test_webhooks_can_be_set_and_seen(visitor: Visitor) -> None:
    setting = {"address": NUMBER, "url": URL, "method": "GET", "fallback": URL, "use_number": True}
    shown = read(ask(visitor, "POST", "/inbox/webhooks", setting))
    expected = {name: value for name, value in setting.items() if name != "address"}
    assert shown["webhooks"][NUMBER] == expected
    assert read(ask(visitor, "GET", "/inbox/webhooks")) == shown
    for wrong in ({"address": "*", "url": "x"}, {"url": URL}, {"address": "*", "method": "PUT"}):
        assert ask(visitor, "POST", "/inbox/webhooks", wrong).answer.status == 400
