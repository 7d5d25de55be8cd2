from __future__ import annotations

import re
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.bulk.numbers import normalise_number
from async_messaging.errors import InvalidInput
from async_messaging.models.draft import is_address

NUMBER = "+15558675310"

numbers = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
between = st.text(
    st.sampled_from(" .-\t\n\u00a0\u202f\u2007\u200b\u200e\u202a\u202c\ufeff\u2011\u2013\u2212"),
    max_size=3,
)


@pytest.mark.parametrize(
    "written",
    [
        "+15558675310",
        " +1 555 867 5310 ",
        "+1 (555) 867-5310",
        "+1.555.867.5310",
        "+1 [555] 867\N{EN DASH}5310",
        "+1\N{NON-BREAKING HYPHEN}555\N{MINUS SIGN}8675310",
        "tel:+1-555-867-5310",
        "TEL: +1 555 867 5310",
        "\u202a+1\u00a0555\u202f867\u200b5310\u202c\ufeff",
    ],
)
def test_a_written_number_becomes_e164(written: str) -> None:
    assert normalise_number(written) == NUMBER


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("whatsapp:+1 (555) 867-5310", "whatsapp:+15558675310"),
        ("WhatsApp: tel:+1 555 867 5310", "whatsapp:+15558675310"),
        ("rcs:+1 (555) 867-5310", "rcs:+15558675310"),
        ("messenger:100123456", "messenger:100123456"),
        ("client:Some.User", "client:Some.User"),
    ],
)
def test_a_channel_keeps_its_prefix(written: str, address: str) -> None:
    assert normalise_number(written) == address


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "is empty"),
        (" \u200b\u00a0", "is empty"),
        ("1.55587E+10", "is in scientific notation, digits are lost: export the column as text"),
        ("1,55587e10", "is in scientific notation, digits are lost: export the column as text"),
        ("+1.5E10", "is in scientific notation, digits are lost: export the column as text"),
        ("15558675310", "has no + and country code"),
        ("(555) 867-5310", "has no + and country code"),
        ("0049 151 23456789", "starts with 00: write + instead"),
        (
            "+44 (0)20 7946 0123",
            "has (0) in it: leave out the zero that is dialled inside a country",
        ),
        ("+0155586753", "has a country code that starts with 0"),
        ("+123456", "has 6 digits, a number has 7 to 15"),
        ("+1234567890123456", "has 16 digits, a number has 7 to 15"),
        ("+", "has no digits"),
        ("()", "has no digits"),
        ("+1-800-FLOWERS", "holds a character that no number has"),
        ("+15558675310 x12", "holds a character that no number has"),
        ("+15558675310, +15558675311", "holds a character that no number has"),
        ("+1555\N{ARABIC-INDIC DIGIT FIVE}675310", "holds a character that no number has"),
        ("tel:+15558675310;ext=5", "holds a character that no number has"),
        ("whatsapp:15558675310", "has no + and country code"),
        ("whatsapp:", "has no digits"),
        ("messenger:", "is not an address of a channel"),
    ],
)
def test_what_is_no_number_says_why(written: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalise_number(written)
    assert caught.value.reason == reason
    assert caught.value.field == "to"


@given(numbers, st.lists(between, min_size=16, max_size=16))
def test_separators_anywhere_change_nothing(number: str, gaps: list[str]) -> None:
    pieces = [*number[:2], "(", *number[2:5], ")", *number[5:]]
    written = "".join(gap + piece for gap, piece in zip_longest(gaps, pieces, fillvalue=""))
    assert normalise_number(written) == number


@given(st.text() | st.text(st.sampled_from("+-0123456789()Ee.,:telwhatsapp ")))
def test_any_text_is_an_address_or_refused_without_being_repeated(text: str) -> None:
    try:
        address = normalise_number(text)
    except InvalidInput as error:
        reason = re.sub(r"has \d+ digits", "", error.reason)
    else:
        reason = ""
        assert is_address(address)
    assert not re.search(r"\d{3}", reason)


@given(numbers)
def test_normalising_twice_is_normalising_once(number: str) -> None:
    assert normalise_number(normalise_number(f"whatsapp:{number}")) == f"whatsapp:{number}"
