from __future__ import annotations

import pytest
from twilio.twiml.messaging_response import MessagingResponse

from async_messaging.simulator.twiml import Message, Redirect, TwimlError, read

XML = "text/xml; charset=utf-8"


def test_reads_what_the_official_library_writes() -> None:
    answer = MessagingResponse()
    answer.message("Hello <&> you", to="+14155550101", from_="+15005550006", action="/status?a=1")
    rich = answer.message(status_callback="https://h.example/old")
    rich.body("Picture")
    rich.media("https://h.example/1.png")
    rich.media("https://h.example/2.png")
    answer.redirect("/next", method="GET")
    answer.message("never read")
    assert read(XML, str(answer).encode()) == [
        Message("Hello <&> you", (), "+14155550101", "+15005550006", "/status?a=1"),
        Message(
            "Picture",
            ("https://h.example/1.png", "https://h.example/2.png"),
            callback="https://h.example/old",
        ),
        Redirect("/next", "GET"),
    ]


def test_action_goes_before_the_older_name() -> None:
    text = b'<Response><Message statusCallback="/old" action="/new">x</Message></Response>'
    assert read("application/xml", text) == [Message("x", callback="/new")]


@pytest.mark.parametrize("body", [b"", b"  \n", b"<Response/>", b"<Response><Pause/></Response>"])
def test_nothing_to_do(body: bytes) -> None:
    assert read(XML, body) == []


def test_an_empty_answer_needs_no_type() -> None:
    assert read("", b"") == []


@pytest.mark.parametrize(
    "body",
    [
        b"Thanks!",
        b"<Response>",
        b"<response/>",
        b"<Response/><Response/>",
        b'<?xml version="1.0" encoding="no-such"?><Response/>',
        b'<!DOCTYPE r [<!ENTITY a "b">]><Response><Message>&a;</Message></Response>',
        '<!DOCTYPE r [<!ENTITY a "b">]><Response><Message>&a;</Message></Response>'.encode(
            "utf-16"
        ),
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><Response/>',
        b"<Response><Message>\x00</Message></Response>",
        b"\xff\xfe",
    ],
)
def test_what_is_no_twiml(body: bytes) -> None:
    with pytest.raises(TwimlError) as caught:
        read(XML, body)
    assert caught.value.code == 12100


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "text/xmlish"])
def test_another_type_is_not_read(content_type: str) -> None:
    with pytest.raises(TwimlError) as caught:
        read(content_type, b"<Response/>")
    assert caught.value.code == 12300
