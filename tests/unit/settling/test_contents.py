"""What content templates say, and what that is evidence of."""

from __future__ import annotations

from typing import Any

import pytest

from async_messaging.errors import ConnectionLost, NotFound
from async_messaging.models import Content
from async_messaging.settling.attempts import OpenAttempt, Print, SendOptions, Sent
from async_messaging.settling.contents import Contents
from async_messaging.settling.likeness import PrintOf
from async_messaging.settling.sent import sent_in
from tests.unit.settling.lists import Scene
from tests.unit.settling.scenes import BEN, OTHER, SENDER, attempt, message

TEMPLATE = "HX" + "1" * 32
FILLED = "Hello Ann, your order A-1 has been sent"
TEXT: dict[str, Any] = {
    "twilio/text": {"body": "Hello {{1}}, your order {{ order }} has been sent"}
}


def template(types: dict[str, Any] | None = None) -> Content:
    return Content(sid=TEMPLATE, types_raw=TEXT if types is None else types)


def filled(variables: str = '{"1": "Ann", "order": "A-1"}', **changes: Any) -> OpenAttempt:
    """An attempt whose text a content template makes."""
    return attempt(
        text=None,
        options=SendOptions.CONTENT,
        media=None,
        template=TEMPLATE,
        variables=variables,
        **changes,
    )


def scene_of(one: OpenAttempt, found: Content | Exception | None = None) -> Scene:
    scene = Scene(one)
    scene.templates[TEMPLATE] = template() if found is None else found  # type: ignore[assignment]
    return scene


def test_a_form_tells_its_template() -> None:
    form = f"To=%2B15558675310&From=%2B15005550006&ContentSid={TEMPLATE}&ContentVariables=%7B%7D"
    plain, hashed = (sent_in(form.encode(), secret) for secret in (b"", b"key"))
    assert (plain.template, plain.variables, plain.print) == (TEMPLATE, "{}", Print())
    assert (hashed.template, hashed.variables) == ("", "")  # a store that keeps no texts
    assert plain.options == hashed.options == SendOptions.CONTENT


async def test_a_message_with_the_templates_text_is_ours() -> None:
    scene = scene_of(filled())
    scene.twilio.messages = [found := message(FILLED)]
    await scene.until_settled()
    assert scene.kept.sids == {"a": found.sid}
    assert scene.templates_asked == [TEMPLATE]


@pytest.mark.parametrize(
    "types",
    [
        TEXT | {"twilio/quick-reply": {"body": "Another", "actions": []}},
        {"twilio/media": {"body": TEXT["twilio/text"]["body"], "media": ["https://a.example/b"]}},
        {"twilio/location": {"latitude": 1, "longitude": 2}},
        {},
    ],
    ids=["two texts", "media", "no text", "nothing"],
)
async def test_a_template_that_says_no_one_text_proves_nothing(types: dict[str, Any]) -> None:
    scene = scene_of(filled(), template(types))
    scene.twilio.messages = [message(FILLED)]
    await scene.until_settled()
    assert scene.kept.states == {"a": "HELD"}


@pytest.mark.parametrize("variables", ['{"1": "Ann"}', "", "[]", "no JSON"])
async def test_nor_does_one_that_lacks_a_value(variables: str) -> None:
    scene = scene_of(filled(variables))
    scene.twilio.messages = [message(FILLED)]
    await scene.until_settled()
    assert scene.kept.states == {"a": "HELD"}


async def test_a_template_may_have_been_edited_since() -> None:
    """Its text differs from what is stored, and a witness has shown that texts stay as they are."""
    shown = message(OTHER, created=2, to=BEN)
    scene = scene_of(filled())
    scene.twilio.messages = [shown, message("Hi Ann, order A-1 is on its way to you")]
    scene.kept.claimed = {shown.sid}
    scene.kept.witnesses = {
        shown.sid: Sent(sender=SENDER, options=SendOptions.CONTENT, print=PrintOf().text(OTHER))
    }
    await scene.until_settled()
    assert scene.kept.states == {"a": "HELD"}


async def test_and_its_message_may_have_anothers_text() -> None:
    """So whoever has that text waits for a call with a template that is under way."""
    other = '{"1": "Ann", "order": "A-2"}'
    scene = Scene(filled(), filled(other, key="b", live=True, ended=float("inf")))
    scene.templates[TEMPLATE] = template()
    scene.twilio.messages = [message(FILLED)]
    await scene.settler.step(at_once=True)
    assert scene.kept.states == {}


async def test_a_template_that_can_not_be_had_is_asked_for_again() -> None:
    scene = scene_of(filled(), ConnectionLost("lost"))
    scene.twilio.messages = [found := message(FILLED)]
    await scene.settler.step(at_once=True)
    assert scene.kept.sids == {}
    scene.templates[TEMPLATE] = template()
    await scene.until_settled()
    assert scene.kept.sids == {"a": found.sid}


async def test_one_that_is_gone_is_asked_for_once() -> None:
    scene = scene_of(filled(), NotFound("gone", status=404))
    await scene.settler.step(at_once=True)
    await scene.until_settled()
    assert scene.templates_asked == [TEMPLATE]
    assert scene.kept.states == {"a": "READY"}  # nothing is listed


async def test_without_a_client_no_template_is_known() -> None:
    contents = Contents()
    await contents.learn([filled()])
    assert contents.told(filled()) == filled()
