"""TwiML of replies, held against what twilio-python writes."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import canonicalize, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.twiml import messaging_response as theirs

from async_messaging import InvalidInput
from async_messaging.twiml import CONTENT_TYPE, Message, MessagingResponse, Redirect

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r&<>\"'")
)
NAMES = ("to", "from_", "action", "status_callback")
ATTRIBUTES = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(NAMES, TEXTS), "method": st.sampled_from(["GET", "POST"])}
)
PARTS = st.lists(st.tuples(st.sampled_from(["body", "media"]), TEXTS), max_size=4)
MESSAGES = st.tuples(st.just("message"), st.none() | TEXTS, ATTRIBUTES, PARTS)
REDIRECTS: st.SearchStrategy[Any] = st.tuples(
    st.just("redirect"), TEXTS, st.sampled_from([{}, {"method": "GET"}]), st.just([])
)


def written(response: Any, verbs: list[Any]) -> str:
    """The same calls on either library's response."""
    for verb, text, attributes, parts in verbs:
        made = getattr(response, verb)(text, **attributes)
        for name, value in parts:
            getattr(made, name)(value)
    return str(response)


@given(st.lists(MESSAGES | REDIRECTS, max_size=4))
@settings(max_examples=500)
def test_it_writes_what_twilio_python_writes(verbs: list[Any]) -> None:
    ours = written(MessagingResponse(), verbs)
    assert canonicalize(ours) == canonicalize(written(theirs.MessagingResponse(), verbs))


@given(TEXTS)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    response = MessagingResponse()
    response.message(text)
    (verb,) = fromstring(response.to_xml())
    assert (verb.text or "") == text.replace("\r\n", "\n").replace("\r", "\n")


def test_an_empty_response_sends_nothing() -> None:
    assert MessagingResponse().to_xml() == f"{DECLARATION}<Response />"


def test_markup_in_a_text_stays_text() -> None:
    response = MessagingResponse(Message("</Message><Redirect>https://evil.example</Redirect>"))
    assert "<Redirect>" not in str(response)
    (verb,) = fromstring(str(response))
    assert (verb.tag, len(verb)) == ("Message", 0)


def test_bytes_are_utf_8_as_the_header_says() -> None:
    response = MessagingResponse(Message("Grüße 🌷"))
    assert bytes(response).decode("utf-8") == response.to_xml()
    assert "Grüße 🌷" in response.to_xml()
    assert CONTENT_TYPE == "text/xml; charset=utf-8"


def test_verbs_are_made_alone_or_by_the_response() -> None:
    alone = MessagingResponse(Message("Hi", media=["https://a.example/1.png"])).append(
        Redirect("/next", method="GET")
    )
    made = MessagingResponse()
    made.message("Hi").media("https://a.example/1.png")
    made.redirect("/next", method="GET")
    assert alone.to_xml() == made.to_xml()
    assert len(list(alone)) == 2


def test_one_url_of_media_is_not_taken_apart() -> None:
    message = Message(media="https://a.example/1.png")
    assert len(message.element()) == 1


@pytest.mark.parametrize("wrong", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", 3])
def test_what_xml_cannot_hold_is_refused_where_it_is_given(wrong: Any) -> None:
    for make in (
        lambda: Message(wrong),
        lambda: Message(to=wrong),
        lambda: Message().body(wrong),
        lambda: Message().media(wrong),
        lambda: Redirect(wrong),
    ):
        with pytest.raises(InvalidInput):
            make()
    with pytest.raises(InvalidInput) as caught:
        Message(from_=wrong)
    assert caught.value.field == "from_"


def test_reprs_show_no_text_and_no_number() -> None:
    message = Message("secret words", to="+14155550100").media("https://a.example/secret.png")
    shown = repr((message, Redirect("https://secret.example"), MessagingResponse(message)))
    assert "secret" not in shown
    assert "4155550100" not in shown
    assert "1 texts, 1 media" in shown
