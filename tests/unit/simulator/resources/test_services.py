from __future__ import annotations

import pytest

from async_messaging.simulator.webhooks import Webhook
from tests.contract.asked.services import ADDED, PATH, made
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import code_of

NUMBER = "+15005550006"


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FriendlyName", "x" * 65),
        ("ValidityPeriod", "0"),
        ("ValidityPeriod", "36001"),
        ("StickySender", "yes"),
        ("ScanMessageContent", "on"),
        ("Usecase", "lamps"),
        ("InboundMethod", "PUT"),
        ("StatusCallback", "lamps"),
    ],
)
def test_what_is_refused(visitor: Visitor, name: str, value: str) -> None:
    form = {"FriendlyName": "Lamps", name: value}
    assert code_of(visitor.ask("POST", PATH, form)) == 20001
    assert code_of(visitor.ask("POST", made(visitor), {name: value})) == 20001


def test_a_name_is_required_and_an_update_leaves_the_rest(visitor: Visitor) -> None:
    assert code_of(visitor.ask("POST", PATH, {"Usecase": "poll"})) == 20001
    path = made(visitor, Usecase="poll")
    told = visitor.made(path, {"ValidityPeriod": "36000", "StickySender": "false"})
    assert (told["friendly_name"], told["usecase"]) == ("Lamps", "poll")
    assert (told["validity_period"], told["sticky_sender"]) == (36_000, False)


def test_a_deleted_service_takes_its_senders_along(visitor: Visitor) -> None:
    path, other = made(visitor), made(visitor)
    for kind, (name, form) in ADDED.items():
        visitor.made(f"{path}/{name}", form)
        assert visitor.get(f"{path}/{name}").answer.status == 200, kind
    assert visitor.ask("DELETE", path).answer.status == 204
    for where in (path, *(f"{path}/{name}" for name, _ in ADDED.values())):
        assert code_of(visitor.get(where)) == 20404
    for name, form in ADDED.values():
        assert visitor.ask("POST", f"{other}/{name}", form).answer.status == 201


def test_a_reply_to_one_of_its_numbers_is_its(visitor: Visitor) -> None:
    path = made(visitor, InboundRequestUrl="http://h/in")
    number = visitor.made(f"{path}/PhoneNumbers", {"PhoneNumberSid": "PN" + "1" * 32})
    written = {"from": "+14155550100", "to": number["phone_number"], "body": "Hi"}
    later = visitor.send("/inbox/replies", written).answer.later
    assert later is not None
    (asked,) = later.reply.webhook
    assert asked.url == "http://h/in"
    assert asked.fields["MessagingServiceSid"] == path.rpartition("/")[2]


def test_its_urls_hold_at_once(visitor: Visitor) -> None:
    path = made(visitor, InboundRequestUrl="http://h/in", StatusCallback="http://h/status")
    sid, hooks = path.rpartition("/")[2], visitor.world.webhooks
    assert hooks.inbound(NUMBER, sid).url == "http://h/in"
    assert hooks.status_callback(sid) == "http://h/status"
    assert not hooks.touched
    assert hooks.all() == {}
    visitor.made(path, {"UseInboundWebhookOnNumber": "true", "StatusCallback": "http://h/2"})
    hooks.put(NUMBER, Webhook("http://h/number"))
    assert hooks.inbound(NUMBER, sid).url == "http://h/number"
    assert hooks.status_callback(sid) == "http://h/2"
    hooks.put(sid, Webhook("http://h/set"))
    assert hooks.inbound(NUMBER, sid).url == "http://h/set"
    assert hooks.status_callback(sid) == ""
