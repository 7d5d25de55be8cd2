from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import SERVICE, Json, Visitor, code_of, read


def listed(visitor: Visitor, query: str = "") -> list[str]:
    return [message["body"] for message in read(visitor.get(f"Messages.json?{query}"))["messages"]]


def scheduled(visitor: Visitor, seconds: float = 600) -> Json:
    at = datetime.fromtimestamp(visitor.clock.time() + seconds, UTC)
    return visitor.create(
        From=None,
        MessagingServiceSid=SERVICE,
        ScheduleType="fixed",
        SendAt=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def test_create_from_a_number(visitor: Visitor) -> None:
    message = visitor.create(Body="Olá")
    assert message["status"] == "queued"
    assert message["from"] == "+15005550006"
    assert message["body"] == "Olá"
    assert message["num_segments"] == "1"
    assert message["direction"] == "outbound-api"
    assert message["price"] is message["date_sent"] is message["error_code"] is None
    assert message["sid"].startswith("SM")
    assert message["uri"] == f"{visitor.base}/Messages/{message['sid']}.json"


def test_life_of_a_message(visitor: Visitor) -> None:
    sid = visitor.create(Body="x" * 161)["sid"]
    visitor.clock.advance(2)
    message = visitor.fetch(sid)
    assert (message["status"], message["price"]) == ("delivered", "-0.01580")
    assert message["date_sent"] == "Thu, 01 Jan 2026 00:00:00 +0000"


def test_a_service_chooses_the_sender_later() -> None:
    visitor = Visitor(Conditions(seed=1, numbers=("+14155550111",)))
    message = visitor.create(From=None, MessagingServiceSid=SERVICE)
    assert (message["status"], message["from"], message["num_segments"]) == ("accepted", None, "0")
    assert message["messaging_service_sid"] == SERVICE
    visitor.clock.advance(2)
    message = visitor.fetch(message["sid"])
    assert message["from"] in ("+14155550111", "+15005550006")
    assert message["num_segments"] == "1"


def test_a_service_with_a_sender_is_queued_at_once(visitor: Visitor) -> None:
    message = visitor.create(MessagingServiceSid=SERVICE)
    assert (message["status"], message["from"]) == ("queued", "+15005550006")


def test_configured_numbers_and_recipients() -> None:
    visitor = Visitor(
        Conditions(
            seed=1,
            numbers=("+14155550111",),
            opted_out=frozenset({"+14155550122"}),
            landlines=frozenset({"+14155550133"}),
        )
    )
    assert visitor.create(From="+14155550111")["from"] == "+14155550111"
    assert visitor.refusal(From="+14155550112") == 21606
    assert visitor.refusal(To="+14155550122") == 21610
    assert visitor.refusal(To="+14155550133") == 21614


@pytest.mark.parametrize(("to", "code"), [("+12029993005", 30005), ("+12029993007", 30007)])
def test_reserved_recipients_are_not_delivered(visitor: Visitor, to: str, code: int) -> None:
    sid = visitor.create(To=to)["sid"]
    visitor.clock.advance(2)
    message = visitor.fetch(sid)
    assert (message["status"], message["error_code"]) == ("undelivered", code)
    assert message["error_message"]


def test_a_full_queue_refuses_a_number_and_fails_a_services_message() -> None:
    visitor = Visitor(Conditions(seed=1, throughput={"+15005550006": 1.0}, queue_seconds=2.0))
    sids = [visitor.create()["sid"] for _ in range(2)]
    assert visitor.refusal() == 21611
    failed = visitor.create(From=None, MessagingServiceSid=SERVICE)["sid"]
    visitor.clock.advance(1.0)
    assert visitor.fetch(sids[1])["status"] == "queued"
    visitor.clock.advance(2.0)
    assert visitor.fetch(sids[1])["status"] == "delivered"
    message = visitor.fetch(failed)
    assert (message["status"], message["error_code"]) == ("failed", 30001)
    assert message["price"] is None


def test_validity_period() -> None:
    visitor = Visitor(Conditions(seed=1, throughput={"*": 0.1}))
    visitor.create()
    sid = visitor.create(ValidityPeriod="5")["sid"]
    visitor.clock.advance(5)
    assert visitor.fetch(sid)["error_code"] == 30036


def test_the_balance_goes_down(visitor: Visitor) -> None:
    def balance() -> float:
        return float(read(visitor.get("Balance.json"))["balance"])

    before = balance()
    visitor.create()
    visitor.refusal(To="nobody")
    assert before - balance() == pytest.approx(0.0079)
    sid = scheduled(visitor)["sid"]
    visitor.update(sid, {"Status": "canceled"})
    assert before - balance() == pytest.approx(0.0079)


def test_list_is_newest_first_and_filters(visitor: Visitor) -> None:
    visitor.create(Body="one", To="+14155550101")
    visitor.create(Body="two", To="+14155550102")
    visitor.create(Body="three", To="+14155550101", From="ACME")
    assert listed(visitor) == ["three", "two", "one"]
    assert listed(visitor, "To=%2B14155550101") == ["three", "one"]
    assert listed(visitor, "From=ACME") == ["three"]
    assert listed(visitor, "To=%2B14155550102&From=ACME") == []


def test_list_filters_by_date_sent(visitor: Visitor) -> None:
    visitor.create(Body="first")
    visitor.clock.advance(86_400)
    visitor.create(Body="second")
    visitor.clock.advance(10)
    visitor.create(Body="not sent yet")
    assert listed(visitor, "DateSent=2026-01-01") == ["first"]
    assert listed(visitor, "DateSent%3E=2026-01-02") == ["second"]
    assert listed(visitor, "DateSent%3C=2026-01-01") == ["first"]
    assert listed(visitor, "DateSent%3E=2026-01-01&DateSent%3C=2026-01-02") == ["second", "first"]
    assert code_of(visitor.get("Messages.json?DateSent=%3E%3D2026-01-01")) == 20001


def test_pages_do_not_shift_when_messages_come_in(visitor: Visitor) -> None:
    for number in range(7):
        visitor.create(Body=str(number))
    page = read(visitor.get("Messages.json?PageSize=3"))
    seen = [message["body"] for message in page["messages"]]
    while page["next_page_uri"]:
        visitor.create(Body="new")
        page = read(visitor.get(page["next_page_uri"]))
        seen += [message["body"] for message in page["messages"]]
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    page = read(visitor.get(page["previous_page_uri"]))
    assert [message["body"] for message in page["messages"]] == ["3", "2", "1"]
    assert code_of(visitor.get(f"Messages.json?PageToken=PASM{'0' * 32}")) == 20001


def test_list_lag_hides_new_messages_from_lists_and_fetches() -> None:
    visitor = Visitor(faults="list_lag=2s")
    sid = visitor.create()["sid"]
    visitor.clock.advance(1.9)
    assert listed(visitor) == []
    assert code_of(visitor.get(f"Messages/{sid}.json")) == 20404
    visitor.clock.advance(0.2)
    assert listed(visitor) == ["Hi"]
    assert visitor.fetch(sid)["sid"] == sid


def test_redact(visitor: Visitor) -> None:
    sid = visitor.create(Body="secret")["sid"]
    assert read(visitor.update(sid, {"Body": ""}))["body"] == ""
    assert visitor.fetch(sid)["body"] == ""
    assert visitor.world.stored()[0].body == "secret"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"Body": "other"},
        {"Body": "", "Status": "canceled"},
        {"Status": "delivered"},
        {"Status": ""},
        {"Other": "x"},
    ],
)
def test_updates_that_twilio_does_not_know(visitor: Visitor, form: dict[str, Any]) -> None:
    assert code_of(visitor.update(visitor.create()["sid"], form)) == 30400


def test_cancel_while_scheduled_only(visitor: Visitor) -> None:
    first, second = scheduled(visitor), scheduled(visitor)
    assert (first["status"], first["from"]) == ("scheduled", None)
    assert read(visitor.update(first["sid"], {"Status": "canceled"}))["status"] == "canceled"
    assert code_of(visitor.update(first["sid"], {"Status": "canceled"})) == 30409
    visitor.clock.advance(602)
    assert visitor.fetch(first["sid"])["status"] == "canceled"
    assert visitor.fetch(second["sid"])["status"] == "delivered"
    assert code_of(visitor.update(second["sid"], {"Status": "canceled"})) == 30409
    assert code_of(visitor.update(visitor.create()["sid"], {"Status": "canceled"})) == 30409


def test_delete_when_it_has_come_to_its_end(visitor: Visitor) -> None:
    sid = visitor.create()["sid"]
    early = visitor.delete(f"Messages/{sid}.json")
    assert (early.answer.status, code_of(early)) == (409, 20009)
    visitor.clock.advance(2)
    assert visitor.delete(f"Messages/{sid}.json").answer.status == 204
    assert listed(visitor) == []
    for again in (visitor.get(f"Messages/{sid}.json"), visitor.delete(f"Messages/{sid}.json")):
        assert code_of(again) == 20404
    assert len(visitor.world.stored()) == visitor.world.counters.accepted == 1


def test_feedback(visitor: Visitor) -> None:
    message = visitor.create(ProvideFeedback="true")
    path = message["subresource_uris"]["feedback"]
    given = read(visitor.ask("POST", path, {"Outcome": "confirmed"}))
    assert (given["outcome"], given["message_sid"]) == ("confirmed", message["sid"])
    assert code_of(visitor.ask("POST", path, {"Outcome": "maybe"})) == 20001
