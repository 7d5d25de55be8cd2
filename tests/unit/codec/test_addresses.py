"""Which ways to write a recipient mean the same one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.codec.addresses import is_sent_to, same_recipient
from async_messaging.codec.form import form
from async_messaging.models.draft import MessageDraft

SAME = [
    ("+14155550100", "+14155550100"),
    ("+14155550100", "14155550100"),
    ("+14155550100", "+1 (415) 555-0100"),
    ("whatsapp:+14155550100", "+14155550100"),
    ("rcs:+14155550100", "+14155550100"),
    ("+14155550100", "rcs:+14155550100"),
    ("messenger:Anna.B", "messenger:anna.b"),
    ("+5215512345678", "+525512345678"),
    ("whatsapp:+525512345678", "whatsapp:+5215512345678"),
    ("+5511912345678", "+551112345678"),
    ("whatsapp:+551112345678", "whatsapp:+5511912345678"),
    ("+5491112345678", "+541112345678"),
    ("+541112345678", "+5491112345678"),
    ("+14155550100", "+1415555XXXX"),
    ("+14155550100", "+1415***0100"),
    ("+14155550100", "XXXXXXXXXXX"),
    ("whatsapp:+5215512345678", "whatsapp:+52551234xxxx"),
]
OTHER = [
    ("+14155550100", "+14155550101"),
    ("+14155550100", "+4155550100"),
    ("+14155550100", "whatsapp:+14155550101"),
    ("messenger:anna", "messenger:ana"),
    ("messenger:alexx", "messenger:ale"),
    ("+5215512345678", "+525512345679"),
    ("+5215512345678", "+5225512345678"),
    ("+5511912345678", "+551212345678"),
    ("+5511812345678", "+551112345678"),
    ("+5491112345678", "+5411123456789"),
    ("+4915112345678", "+495112345678"),
    ("+14155550100", "+1415556XXXX"),
    ("+14155550100", "+1415***0101"),
]


@pytest.mark.parametrize(("asked", "answered"), SAME)
def test_they_differ_in_form_only(asked: str, answered: str) -> None:
    assert same_recipient(asked, answered)


@pytest.mark.parametrize(("asked", "answered"), OTHER)
def test_they_are_two(asked: str, answered: str) -> None:
    assert not same_recipient(asked, answered)
    assert not same_recipient(answered, asked)


NUMBERS = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)


@given(NUMBERS, NUMBERS)
def test_two_numbers_are_the_same_only_in_the_three_countries(one: str, other: str) -> None:
    if one != other and same_recipient(one, other):
        assert one[:3] == other[:3] in {"+52", "+54", "+55"}
        assert abs(len(one) - len(other)) == 1


@given(st.text(), st.text())
def test_any_text_is_taken(asked: str, answered: str) -> None:
    assert same_recipient(asked, asked)
    assert same_recipient(asked, answered) in {True, False}
    assert is_sent_to(asked.encode("utf-8", "replace"), answered) in {True, False}


@pytest.mark.parametrize("to", ["+14155550100", "whatsapp:+5215512345678", "messenger:a b&To=c"])
def test_a_forms_recipient_is_found(to: str) -> None:
    sent = form(MessageDraft(to=to.replace(" ", "_"), from_="+15005550006", body="To=+1&To=+2"))
    assert is_sent_to(sent, to.replace(" ", "_"))
    assert is_sent_to(sent, "")
    assert not is_sent_to(sent, "+15005550006")
    assert not is_sent_to(sent, "+1")


def test_whoever_was_added_to_a_form_counts_too() -> None:
    assert is_sent_to(b"To=%2B1415&Body=x&To=%2B1416", "+1416")
    assert is_sent_to(b"Body=x", "+1416")
