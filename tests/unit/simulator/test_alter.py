from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from async_messaging.simulator import Simulator, alter
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import SERVICE, Json, Visitor, read

CONTENT = "HX" + "0" * 32
TO = "+14155550100"
MASKED = "+1415555XXXX"
VARIABLES = '{"2": "Ann", "1": "noon"}'


def world(alterations: str) -> Visitor:
    return Visitor(Conditions(seed=1, alter=alter.parse(alterations)))


def listed(visitor: Visitor, to: str = "") -> list[Json]:
    query = f"?To={quote(to)}" if to else ""
    messages: list[Json] = read(visitor.get(f"Messages.json{query}"))["messages"]
    return messages


def bodies(visitor: Visitor, **form: Any) -> tuple[str, str, str]:
    """The text that the API shows on creation, in a fetch and in the list; the judge's must be as sent."""
    told = visitor.create(**form)
    judged = visitor.world.describe(visitor.world.stored()[-1], visitor.clock.time())
    assert judged.body == (form.get("Body", "Hi") or "")
    assert judged.to == form.get("To", TO)
    return told["body"], visitor.fetch(told["sid"])["body"], listed(visitor)[0]["body"]


def test_nothing_is_altered_unless_asked_for(visitor: Visitor) -> None:
    text = "“Hi” https://a.example/1"
    assert bodies(visitor, Body=text, AddressRetention="obfuscate") == (text,) * 3
    assert bodies(visitor, Body=None, ContentSid=CONTENT) == ("",) * 3
    assert [message["to"] for message in listed(visitor)] == [TO, TO]


@pytest.mark.parametrize(
    ("alterations", "sent", "shown"),
    [
        ("trial", "Hi", "Sent from your Twilio trial account - Hi"),
        ("smart", "“a” \u2018b\u2019 «c» d—e…\u00a0f\u200bg ñ 🙂", '"a" \'b\' "c" d-e... fg ñ 🙂'),
        ("trial,smart", "a—b", "Sent from your Twilio trial account - a-b"),
        ("links", "see http and https:// only", "see http and https:// only"),
    ],
)
def test_the_text_is_rewritten(alterations: str, sent: str, shown: str) -> None:
    assert bodies(world(alterations), Body=sent) == (shown,) * 3


def test_links_become_short_ones_of_the_message_alone() -> None:
    visitor = world("links")
    sent = "Two: https://a.example/x?y=1, (HTTP://b.example/z). Bye"
    short = r"https://l\.short\.example/[0-9a-f]{10}"
    first, fetched, in_list = bodies(visitor, Body=sent)
    assert re.fullmatch(rf"Two: ({short}), \(({short})\)\. Bye", first)
    assert first == fetched == in_list
    again, _, _ = bodies(visitor, Body=sent)
    assert len({*re.findall(short, first), *re.findall(short, again)}) == 4


def test_a_template_is_rendered_the_same_each_time() -> None:
    visitor = world("template")
    form = {"Body": None, "ContentSid": CONTENT, "ContentVariables": VARIABLES}
    text = f"Template {CONTENT}. 1: noon; 2: Ann"
    assert bodies(visitor, **form) == (text,) * 3
    assert bodies(visitor, Body=None, ContentSid=CONTENT) == (f"Template {CONTENT}.",) * 3
    assert bodies(visitor, Body="no template") == ("no template",) * 3


def test_redaction_leaves_no_text_but_in_the_answer() -> None:
    assert bodies(world("redact"), Body="Hi") == ("Hi", "", "")
    trial = "Sent from your Twilio trial account - Hi"
    assert bodies(world("redact,trial"), Body="Hi") == (trial, "", "")


def test_a_number_is_masked_for_messages_that_ask_and_only_in_reads() -> None:
    visitor = world("obfuscate")
    told = visitor.create(AddressRetention="obfuscate")
    visitor.create(AddressRetention="retain")
    visitor.create(SmartEncoded="true")
    assert told["to"] == TO
    assert visitor.fetch(told["sid"])["to"] == MASKED
    assert [message["to"] for message in listed(visitor)] == [TO, TO, MASKED]
    assert [message.to for message in visitor.world.stored()] == [TO] * 3


def test_a_masked_number_is_not_found_by_the_number() -> None:
    visitor = world("obfuscate")
    sid = visitor.create(AddressRetention="obfuscate")["sid"]
    assert listed(visitor, TO) == []
    assert [message["sid"] for message in listed(visitor, MASKED)] == [sid]


@pytest.mark.parametrize(
    ("option", "sent", "reads"),
    [
        ({"SmartEncoded": "true"}, "a—b", "a-b"),
        ({"ContentRetention": "discard"}, "Hi", ""),
    ],
)
def test_a_message_may_ask_for_it_itself(option: dict[str, str], sent: str, reads: str) -> None:
    _, fetched, in_list = bodies(Visitor(), Body=sent, **option)
    assert fetched == in_list == reads


def test_a_message_may_ask_for_short_links_itself(visitor: Visitor) -> None:
    form = {"MessagingServiceSid": SERVICE, "ShortenUrls": "true"}
    told, fetched, _ = bodies(visitor, Body="https://a.example", **form)
    assert told == fetched != "https://a.example"


@pytest.mark.parametrize(
    ("alterations", "option"),
    [
        ("smart", {"SmartEncoded": "false"}),
        ("links", {"ShortenUrls": "false"}),
        ("redact", {"ContentRetention": "retain"}),
    ],
)
def test_a_message_may_decline(alterations: str, option: dict[str, str]) -> None:
    text = "a—b https://a.example"
    assert bodies(world(alterations), Body=text, **option) == (text,) * 3


def test_redacting_an_altered_message_empties_it() -> None:
    visitor = world("trial,obfuscate")
    sid = visitor.create(AddressRetention="obfuscate")["sid"]
    answer = read(visitor.update(sid, {"Body": ""}))
    assert (answer["body"], answer["to"]) == ("", MASKED)
    assert visitor.fetch(sid)["body"] == ""


def test_duplicates_are_those_of_the_texts_and_numbers_as_sent() -> None:
    visitor = world("trial,links,smart,template,redact,obfuscate")
    for body in ("a-b", "a—b", "https://a.example/1", "https://a.example/2"):
        visitor.create(Body=body)
    for last in "123":
        visitor.create(To=f"+1415555010{last}", Body="same", AddressRetention="obfuscate")
    assert visitor.world.duplicates() == 0
    visitor.create(Body="a—b")
    assert visitor.world.duplicates() == 1


def test_templates_are_duplicates_when_their_variables_are_the_same(visitor: Visitor) -> None:
    for variables in (VARIABLES, '{"1": "one"}', '{"1": "two"}'):
        visitor.create(Body=None, ContentSid=CONTENT, ContentVariables=variables)
    assert visitor.world.duplicates() == 0
    visitor.create(Body=None, ContentSid=CONTENT, ContentVariables=VARIABLES)
    assert visitor.world.duplicates() == 1


def test_segments_are_those_of_the_text_as_sent() -> None:
    message = world("trial").create(Body="x" * 160)
    assert message["num_segments"] == "1"


def test_the_simulator_takes_any_of_them_and_tells() -> None:
    assert Simulator(alter=" smart, trial").stats["alter"] == "smart,trial"
    assert Simulator().stats["alter"] == ""
    every = ",".join(alter.ALTERATIONS)
    assert Simulator(alter=every).stats["alter"] == every


def test_stats_over_http_tell_it() -> None:
    answer = world("links").ask("GET", "/simulator/stats", authorization="").answer
    assert json.loads(answer.body)["alter"] == "links"


def test_a_wrong_name_is_told() -> None:
    with pytest.raises(ValueError, match="alter: 'trail' is none of template, links"):
        Simulator(alter="smart,trail")
