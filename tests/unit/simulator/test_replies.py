from __future__ import annotations

import pytest

from async_messaging.simulator import replies
from async_messaging.simulator.outgoing import Callback, Reply
from async_messaging.simulator.records import StoredMessage
from async_messaging.simulator.replies import Written, receive
from async_messaging.simulator.webhooks import Webhook
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import SERVICE, Visitor, read

HANDSET, NUMBER = "+14155550100", "+15005550006"
HOOK = "http://127.0.0.1:8020/sms?a=1"


@pytest.fixture
def visitor() -> Visitor:
    return Visitor(Conditions(seed=1, numbers=("+14155550111",), webhooks={"*": Webhook(HOOK)}))


def write(visitor: Visitor, body: object = "Hello", **fields: object) -> Reply:
    given = {"from_": HANDSET, "to": NUMBER, "body": body, **fields}
    account = visitor.world.accounts[visitor.world.account_sid]
    return receive(visitor.world, account, Written(**given), "http://127.0.0.1:1")  # type: ignore[arg-type]  # fields by name


def answer(visitor: Visitor, body: str | None, content_type: str = "text/xml") -> Callback:
    """The oldest webhook that waits is answered; None is a failure."""
    outgoing = visitor.world.outgoing
    callback = outgoing.ready.popleft()
    outgoing.settle(callback, "answered" if body else "failed", 0 if body else 11200)
    given = None if body is None else body.encode()
    replies.take_answer(visitor.world, outgoing, callback, content_type, given)
    return callback


def stored(visitor: Visitor, sid: str) -> StoredMessage:
    found = visitor.world.accounts[visitor.world.account_sid].find(sid)
    assert found is not None
    return found


def test_what_comes_in_is_a_message_of_the_account(visitor: Visitor) -> None:
    before = visitor.world.accounts[visitor.world.account_sid].balance
    shown = visitor.fetch(write(visitor).sid)
    assert (shown["direction"], shown["status"]) == ("inbound", "received")
    assert (shown["from"], shown["to"], shown["body"]) == (HANDSET, NUMBER, "Hello")
    assert shown["date_sent"] == shown["date_created"]
    assert shown["num_segments"] == "1"
    assert visitor.world.accounts[visitor.world.account_sid].balance < before


def test_the_judge_counts_what_the_api_accepted_only(visitor: Visitor) -> None:
    first = visitor.create()["sid"]
    write(visitor)
    answer(visitor, "<Response><Message>Hi</Message></Response>")
    last = visitor.create()["sid"]
    assert [message.sid for message in visitor.world.stored()] == [first, last]
    assert visitor.world.counters.accepted == 2
    assert visitor.world.duplicates() == 1


def test_the_form_is_twilios(visitor: Visitor) -> None:
    reply = write(visitor, media=("image/png", "clip.mp4"))
    (callback,) = visitor.world.outgoing.ready
    fields = callback.fields
    assert (callback.url, callback.method, callback.kind) == (HOOK, "POST", "message")
    assert fields["MessageSid"] == fields["SmsSid"] == fields["SmsMessageSid"] == reply.sid
    assert reply.sid.startswith("MM")
    assert (fields["NumMedia"], fields["SmsStatus"]) == ("2", "received")
    assert (fields["MediaContentType0"], fields["MediaContentType1"]) == ("image/png", "video/mp4")
    assert fields["FromCity"] == ""
    assert "OptOutType" not in fields
    assert "MessagingServiceSid" not in fields
    path = fields["MediaUrl1"].removeprefix("http://127.0.0.1:1")
    assert visitor.get(path).answer.status == 307


def test_without_a_webhook_nothing_is_waited_for() -> None:
    visitor = Visitor()
    assert write(visitor).finished
    assert not visitor.world.outgoing.ready


def test_the_twiml_is_sent(visitor: Visitor) -> None:
    reply = write(visitor)
    assert [reply.finished] == [False]
    answer(
        visitor,
        '<Response><Message action="/status?b=2">One</Message>'
        '<Message to="+14155550199" from="+14155550111"><Body>Two</Body>'
        "<Media>https://a.example/1.png</Media></Message></Response>",
    )
    assert reply.finished
    one, two = (stored(visitor, sid) for sid in reply.replies)
    assert (one.direction, one.to, one.from_, one.body) == (
        "outbound-reply",
        HANDSET,
        NUMBER,
        "One",
    )
    assert one.callback == "http://127.0.0.1:8020/status?b=2"
    assert (two.to, two.from_, two.callback) == ("+14155550199", "+14155550111", "")
    assert two.sid.startswith("MM")


def test_what_may_not_be_sent_is_refused_and_the_rest_is_sent(visitor: Visitor) -> None:
    reply = write(visitor)
    answer(
        visitor,
        '<Response><Message to="nobody">x</Message><Message from="+19995550123">x</Message>'
        f"<Message/><Message>{'x' * 1601}</Message><Message><Media>nowhere</Media></Message>"
        "<Message>good</Message></Response>",
    )
    assert reply.refused == [21211, 21606, 21602, 21617, 21620]
    assert [stored(visitor, sid).body for sid in reply.replies] == ["good"]


def test_a_redirect_asks_again(visitor: Visitor) -> None:
    reply = write(visitor)
    answer(visitor, '<Response><Redirect method="GET">next?c=3</Redirect></Response>')
    assert not reply.finished
    second = answer(visitor, "<Response/>")
    assert (second.url, second.method) == ("http://127.0.0.1:8020/next?c=3", "GET")
    assert second.fields["MessageSid"] == reply.sid
    assert reply.finished


def test_redirects_come_to_an_end(visitor: Visitor) -> None:
    reply = write(visitor)
    asked = 0
    while not reply.finished:
        last = answer(visitor, "<Response><Redirect>/again</Redirect></Response>")
        asked += 1
    assert asked == 11
    assert last.error_code == 12100


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [(None, "", 11200), ("Thanks", "text/xml", 12100), ("Thanks", "text/plain", 12300)],
)
def test_a_webhook_that_fails_is_written_down(
    visitor: Visitor, body: str | None, content_type: str, code: int
) -> None:
    reply = write(visitor)
    assert answer(visitor, body, content_type).error_code == code
    assert reply.finished
    assert reply.replies == []


def test_the_fallback_is_asked_once(visitor: Visitor) -> None:
    visitor.world.webhooks.put("*", Webhook(HOOK, fallback="http://127.0.0.1:8020/fallback"))
    reply = write(visitor)
    answer(visitor, None)
    assert not reply.finished
    second = answer(visitor, None)
    assert second.url == "http://127.0.0.1:8020/fallback"
    assert (second.fields["ErrorCode"], second.fields["ErrorUrl"]) == ("11200", HOOK)
    assert reply.finished


def test_to_and_service_are_those_of_the_last_message(visitor: Visitor) -> None:
    with pytest.raises(ValueError, match="nobody has written"):
        write(visitor, to=None)
    visitor.create(To=HANDSET, From="+14155550111")
    assert stored(visitor, write(visitor, to=None).sid).to == "+14155550111"
    sent = visitor.create(To=HANDSET, From=None, MessagingServiceSid=SERVICE)["sid"]
    got = stored(visitor, write(visitor, to=None).sid)
    assert (got.to, got.service) == (stored(visitor, sent).from_, SERVICE)
    fields = visitor.world.outgoing.ready[-1].fields
    assert fields["MessagingServiceSid"] == SERVICE


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_": "nobody"},
        {"from_": "14155550100"},
        {"to": "+14155550122"},
        {"to": "ACME"},
        {"to": "whatsapp:+15005550006"},
        {"from_": "whatsapp:+14155550100"},
        {"body": ""},
        {"body": "x" * 1601},
        {"media": ("image/png",) * 11},
        {"media": ("image/png\r\nX: y",)},
        {"service": "MG1"},
    ],
)
def test_what_cannot_be_written(visitor: Visitor, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"from|to|body|service|most|media"):
        write(visitor, **wrong)
    assert visitor.world.accounts[visitor.world.account_sid].messages == []
    assert not visitor.world.outgoing.ready


def test_a_short_code_can_be_written_to(visitor: Visitor) -> None:
    assert stored(visitor, write(visitor, to="12345").sid).to == "12345"


def test_stop_refuses_at_once_and_start_lifts(visitor: Visitor) -> None:
    stop = write(visitor, "Stop.")
    assert stop.opt_out_type == visitor.world.outgoing.ready[-1].fields["OptOutType"] == "STOP"
    (confirmation,) = stop.replies
    assert stored(visitor, confirmation).direction == "outbound-reply"
    assert visitor.refusal(To=HANDSET) == 21610
    visitor.create(To=HANDSET, From="+14155550111")
    visitor.create(To="+14155550101")
    start = write(visitor, "start")
    assert (start.opt_out_type, len(start.replies)) == ("START", 1)
    visitor.create(To=HANDSET)


def test_a_webhook_cannot_answer_who_has_said_stop(visitor: Visitor) -> None:
    stop = write(visitor, "STOP")
    answer(visitor, "<Response><Message>Sorry to see you go</Message></Response>")
    assert stop.refused == [21610]
    assert len(stop.replies) == 1


def test_only_news_is_confirmed_and_help_always(visitor: Visitor) -> None:
    confirmed = [
        len(write(visitor, body).replies) for body in ("YES", "STOP", "STOP", "HELP", "HELP")
    ]
    assert confirmed == [0, 1, 0, 1, 1]


def test_stop_holds_for_the_whole_service(visitor: Visitor) -> None:
    visitor.create(To=HANDSET, From=None, MessagingServiceSid=SERVICE)
    write(visitor, "STOP", to=None)
    senders = {"From": None, "MessagingServiceSid": SERVICE}
    assert visitor.refusal(To=HANDSET, **senders) == 21610
    assert visitor.refusal(To=HANDSET, From="+14155550111", MessagingServiceSid=SERVICE) == 21610
    other = "MG" + "1" * 32
    used = visitor.world.stored()[0].from_
    free = {"+14155550111", NUMBER} - {used}
    visitor.create(To=HANDSET, From=free.pop(), MessagingServiceSid=other)
    write(visitor, "UNSTOP", to=used)
    visitor.create(To=HANDSET, **senders)


def test_stop_finds_the_service_where_numbers_are_hidden() -> None:
    visitor = Visitor(Conditions(seed=1, alter=frozenset({"obfuscate"})))
    hidden = {"From": None, "MessagingServiceSid": SERVICE, "AddressRetention": "obfuscate"}
    visitor.create(To=HANDSET, **hidden)
    visitor.create(To="+14155550199", From=NUMBER, AddressRetention="obfuscate")
    assert stored(visitor, write(visitor, "STOP", to=None).sid).service == SERVICE
    assert visitor.refusal(To=HANDSET, **hidden) == 21610


def test_a_channel_has_no_words(visitor: Visitor) -> None:
    reply = write(visitor, "STOP", from_=f"whatsapp:{HANDSET}", to=f"whatsapp:{NUMBER}")
    assert (reply.opt_out_type, reply.replies) == ("", [])
    fields = visitor.world.outgoing.ready[-1].fields
    assert (fields["WaId"], fields["From"]) == ("14155550100", f"whatsapp:{HANDSET}")


def test_reset_lifts_opt_outs_and_ends_what_waits(visitor: Visitor) -> None:
    reply = write(visitor, "STOP")
    visitor.world.reset()
    assert reply.finished
    visitor.create(To=HANDSET)


def test_an_answer_after_a_reset_sends_nothing(visitor: Visitor) -> None:
    write(visitor)
    outgoing = visitor.world.outgoing
    callback = outgoing.ready.popleft()
    visitor.world.reset()
    text = b"<Response><Message>late</Message></Response>"
    replies.take_answer(visitor.world, outgoing, callback, "text/xml", text)
    assert read(visitor.get("Messages.json"))["messages"] == []


def test_replies_that_go_round_are_stopped_and_cost_nothing(visitor: Visitor) -> None:
    account = visitor.world.accounts[visitor.world.account_sid]
    sent: list[StoredMessage] = []
    for _ in range(31):
        reply = write(visitor)
        callback = answer(visitor, "<Response><Message>Hi</Message></Response>")
        sent += [stored(visitor, sid) for sid in reply.replies]
    assert [message.fate for message in sent] == [0] * 30 + [14107]
    assert (sent[-1].price, callback.error_code) == (0, 14107)
    visitor.clock.advance(1)
    failed = visitor.fetch(sent[-1].sid)
    assert (failed["status"], failed["error_code"]) == ("failed", 14107)
    visitor.clock.advance(30)
    reply = write(visitor)
    answer(visitor, "<Response><Message>Hi</Message></Response>")
    assert stored(visitor, reply.replies[0]).fate == 0
    assert not account.in_flight


def test_of_more_than_ten_replies_the_rest_is_dropped(visitor: Visitor) -> None:
    reply = write(visitor)
    callback = answer(visitor, f"<Response>{'<Message>Hi</Message>' * 12}</Response>")
    assert (len(reply.replies), callback.error_code) == (10, 14109)
