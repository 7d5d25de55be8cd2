from __future__ import annotations

import json
from typing import Any

import pytest

from async_messaging.simulator.replies import Written, receive
from async_messaging.simulator.world import Conditions
from tests.contract.asked.content import CONTENT, submitted, template
from tests.contract.asking import Visitor

WHATSAPP: Any = {"To": "whatsapp:+14155550100", "From": "whatsapp:+15005550006"}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def sid_of(path: str) -> str:
    return path.rpartition("/")[2]


def send(visitor: Visitor, path: str, values: dict[str, str] | None = None, **form: Any) -> Any:
    """A message with the template; it."""
    given = None if values is None else json.dumps(values)
    return visitor.create(Body=None, ContentSid=sid_of(path), ContentVariables=given, **form)


def made(visitor: Visitor, **types: Any) -> str:
    """A template without samples, with these types of Twilio's."""
    said = {f"twilio/{name.replace('_', '-')}": value for name, value in types.items()}
    return template(visitor, variables={}, types=said)


def test_the_text_is_the_templates(visitor: Visitor) -> None:
    path = template(visitor)
    message = send(visitor, path, {"1": "a lamp"})
    assert message["body"] == "Hi, a lamp is on its way."
    assert visitor.fetch(message["sid"])["body"] == "Hi, a lamp is on its way."
    assert send(visitor, path)["body"] == "Hi, your lamp is on its way."


def test_its_segments_count(visitor: Visitor) -> None:
    path = made(visitor, text={"body": "{{1}}"})
    assert send(visitor, path, {"1": "x" * 160})["num_segments"] == "1"
    assert send(visitor, path, {"1": "x" * 161})["num_segments"] == "2"
    long = {"ContentSid": sid_of(path), "ContentVariables": json.dumps({"1": "x" * 1601})}
    assert visitor.refusal(Body=None, **long) == 21617


def test_a_placeholder_wants_a_value(visitor: Visitor) -> None:
    path = made(visitor, text={"body": "Hi {{name}}, {{ 2 }}"})
    given = {"Body": None, "ContentSid": sid_of(path)}
    assert visitor.refusal(**given, ContentVariables='{"name": "Ada"}') == 21656
    assert visitor.refusal(**given) == 21656
    assert send(visitor, path, {"name": "Ada", "2": "bye", "3": "?"})["body"] == "Hi Ada, bye"


def test_media_makes_an_mms(visitor: Visitor) -> None:
    media = {"body": "Look", "media": ["https://owl-lamps.example/{{1}}.png"]}
    message = send(visitor, made(visitor, media=media), {"1": "7"})
    assert (message["body"], message["num_media"]) == ("Look", "1")
    assert message["sid"].startswith("MM")
    wrong = made(visitor, media={"media": ["{{1}}"]})
    form = {"ContentSid": sid_of(wrong), "ContentVariables": '{"1": "lamp"}'}
    assert visitor.refusal(Body=None, **form) == 21620


def test_each_channel_gets_what_suits_it(visitor: Visitor) -> None:
    reply = {"body": "Questions?", "actions": [{"title": "Yes", "id": "yes"}]}
    both = made(visitor, quick_reply=reply, text={"body": "Hi"})
    assert send(visitor, both)["body"] == "Hi"
    assert send(visitor, both, **WHATSAPP)["body"] == "Questions?"
    only = made(visitor, quick_reply=reply)
    assert send(visitor, only)["body"] == "Questions?"
    card = made(visitor, card={"title": "Lamp", "subtitle": "Bright"})
    assert send(visitor, card)["body"] == "Lamp\nBright"
    place = made(visitor, location={"latitude": 1, "longitude": 2}, text={"body": "Here"})
    assert send(visitor, place, **WHATSAPP)["body"] == "Here"
    code = {"actions": [{"type": "COPY_CODE", "copy_code_text": "Copy"}]}
    path = template(visitor, variables={}, types={"whatsapp/authentication": code})
    body = send(visitor, path, {"1": "123456"}, **WHATSAPP)["body"]
    assert body == "123456 is your verification code."


def fate(visitor: Visitor, path: str) -> tuple[str, int | None]:
    sid = send(visitor, path, **WHATSAPP)["sid"]
    visitor.clock.advance(10)
    told = visitor.fetch(sid)
    return told["status"], told["error_code"]


def test_whatsapp_takes_what_it_has_approved(visitor: Visitor) -> None:
    assert fate(visitor, submitted(visitor)) == ("delivered", None)
    assert fate(visitor, submitted(visitor, seconds=5)) == ("undelivered", 63016)
    assert fate(visitor, template(visitor)) == ("undelivered", 63016)
    assert fate(visitor, submitted(visitor, "reject_me")) == ("undelivered", 63040)


def test_other_templates_go_for_a_day_after_the_recipient_wrote(visitor: Visitor) -> None:
    account = visitor.world.accounts[visitor.world.account_sid]
    written = Written(from_=WHATSAPP["To"], to=WHATSAPP["From"], body="Hello")
    receive(visitor.world, account, written, "http://127.0.0.1:1")
    path = template(visitor)
    visitor.clock.advance(86_380)
    assert fate(visitor, path) == ("delivered", None)
    visitor.clock.advance(20)
    assert fate(visitor, path) == ("undelivered", 63016)


def test_a_deleted_template_is_refused_and_an_unknown_one_is_not(visitor: Visitor) -> None:
    path = template(visitor)
    visitor.ask("DELETE", path)
    assert visitor.refusal(Body=None, ContentSid=sid_of(path)) == 21655
    assert send(visitor, f"{CONTENT}/HX{'0' * 32}")["body"] == ""


def test_the_switch_makes_up_only_what_nobody_made() -> None:
    visitor = Visitor(Conditions(seed=1, alter=frozenset({"template"})))
    assert send(visitor, template(visitor))["body"] == "Hi, your lamp is on its way."
    unknown = "HX" + "0" * 32
    assert send(visitor, unknown)["body"].startswith(f"Template {unknown}")


def test_the_judge_still_tells_messages_apart(visitor: Visitor) -> None:
    path = template(visitor)
    send(visitor, path, {"1": "a"})
    send(visitor, path, {"1": "b"})
    assert visitor.world.duplicates() == 0
    send(visitor, path, {"1": "b"})
    assert visitor.world.duplicates() == 1
