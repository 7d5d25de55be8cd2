from __future__ import annotations

from typing import Any

import pytest

from async_messaging import MessageDraft
from async_messaging.resources.messages import creation
from async_messaging.settling.attempts import SendOptions
from async_messaging.settling.likeness import PrintOf
from async_messaging.settling.sent import sent_by, sent_in
from tests.unit.settling.scenes import ANN, SENDER, SERVICE, TEXT


def draft(**changes: Any) -> MessageDraft:
    return MessageDraft(**{"to": ANN, "from_": SENDER, "body": TEXT, **changes})


def test_what_a_draft_sends() -> None:
    sent = sent_by(draft())
    assert (sent.to, sent.sender, sent.service) == (ANN, SENDER, None)
    assert sent.print == PrintOf().text(TEXT)
    assert sent.media == 0
    assert sent.options == SendOptions.NONE


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"shorten_urls": True, "messaging_service_sid": SERVICE}, SendOptions.LINKS),
        ({"shorten_urls": False}, SendOptions.NONE),
        ({"content_retention": "discard"}, SendOptions.DISCARD),
        ({"content_retention": "retain"}, SendOptions.NONE),
        ({"address_retention": "obfuscate"}, SendOptions.HIDDEN),
        ({"extra": {"AddressRetention": "obfuscate"}}, SendOptions.HIDDEN),
        ({"content_sid": "HX" + "1" * 32}, SendOptions.CONTENT),
    ],
)
def test_what_makes_twilio_store_something_else(
    changes: dict[str, Any], options: SendOptions
) -> None:
    assert sent_by(draft(**changes)).options == options


@pytest.mark.parametrize(
    "changes", [{"from_": "rcs:brand"}, {"fallback_from": "+15005550001"}, {"from_": SERVICE}]
)
def test_a_sender_for_whom_another_may_stand_in_is_not_compared(changes: dict[str, Any]) -> None:
    assert sent_by(draft(**changes)).sender is None


def test_the_text_of_a_template_is_not_known() -> None:
    template = draft(content_sid="HX" + "1" * 32)
    assert sent_by(template).print.exact is None
    assert sent_by(template).media is None


def test_an_outbox_keeps_hashes() -> None:
    known = sent_in(creation(draft()).body, b"secret").print
    assert known == PrintOf(b"secret").text(TEXT)
    assert TEXT not in str(known.exact)


def test_media_are_counted() -> None:
    media = [f"https://example.com/{n}.png" for n in range(3)]
    assert sent_by(draft(media_url=media)).media == 3


@pytest.mark.parametrize("form", [b"", b"To=nobody", b"Body=Hi", b"\xff=\xff", b"To=%2B1&To"])
def test_a_form_that_names_nobody_is_refused(form: bytes) -> None:
    with pytest.raises(ValueError, match=r"address|ascii"):
        sent_in(form)
