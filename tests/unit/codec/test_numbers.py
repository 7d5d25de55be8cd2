from __future__ import annotations

import re
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.codec.numbers import is_address, normalise_number
from async_messaging.errors import InvalidInput

NUMBER = "+15558675310"

numbers = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
between = st.text(
    st.sampled_from(" -\t\u00a0\u202f\u2007\u200b\u200e\u202a\u202c\ufeff\u2011\u2013\u2212"),
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
        "'+15558675310",
        "+15558675310.",
        "(+1) 555 867.5310",
        "+(1) 555.867.5310\n",
        "+15.558.675.310",
    ],
)
def test_a_written_number_becomes_e164(written: str) -> None:
    assert normalise_number(written) == NUMBER


def test_pairs_with_dots_are_groups() -> None:
    assert normalise_number("+33.6.12.34.56.78") == "+33612345678"
    assert normalise_number("+33 6 12.34.56.00") == "+33612345600"


@pytest.mark.parametrize("zeros", [".0", ".00", ".000", " .0", ". 0", ".00 ", "\u200b.0"])
@pytest.mark.parametrize("number", [NUMBER, "+1 555 8675310", "whatsapp:+1 555 867 5310"])
def test_a_decimal_fraction_adds_no_digit(number: str, zeros: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalise_number(number + zeros)
    assert caught.value.reason == "ends like a decimal fraction: export the column as text"


@pytest.mark.parametrize("end", ["{n}.0", "{n}.12", "{n}.123", "{n} {n}", "{n}\n{n}", "{n},0"])
@given(numbers)
def test_whatever_follows_a_number_is_no_part_of_it(end: str, number: str) -> None:
    for written in (end.format(n=number), end.format(n=number).replace("+", "").join(["+", ""])):
        with pytest.raises(InvalidInput):
            normalise_number(written)


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
        (
            "1.4155550100e10",
            "is in scientific notation, digits are lost: export the column as text",
        ),
        (
            "+4.91701234567E+11",
            "is in scientific notation, digits are lost: export the column as text",
        ),
        ("+15558675310, +15558675311", "holds more than one number"),
        ("+15558675310\n+15558675311", "holds more than one number"),
        ("+1555867 5310123", "holds more than one number"),
        ("+491,701,234,567", "holds a character that no number has"),
        ("+491'701'234'567", "holds a character that no number has"),
        ("+1 555 867 5310 (2)", "holds a character that no number has"),
        ("+1 555) 867 5310", "holds a character that no number has"),
        ("+15558675310 ext. 12", "holds a character that no number has"),
        ("+15558675310#12", "holds a character that no number has"),
        ("+1 555 867\n5310", "holds a character that no number has"),
        ("\uff0b\uff11\uff15558675310", "holds a character that no number has"),
        ("+1555867531\N{SUPERSCRIPT TWO}", "holds a character that no number has"),
        (
            "+44 (020) 7946 0123",
            "has (0) in it: leave out the zero that is dialled inside a country",
        ),
        ("15558675310.0", "ends like a decimal fraction: export the column as text"),
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


@given(
    st.from_regex(r"\+[1-9]{2}[0-9]{5,13}", fullmatch=True),
    st.lists(between, min_size=16, max_size=16),
)
def test_separators_anywhere_change_nothing(number: str, gaps: list[str]) -> None:
    pieces = [*number[:2], "(", *number[2:5], ")", *number[5:]]
    gaps[0] = gaps[0].translate(dict.fromkeys(map(ord, "-\u2011\u2013\u2212"), " "))
    written = "".join(gap + piece for gap, piece in zip_longest(gaps, pieces, fillvalue=""))
    assert normalise_number(written) == number


def test_an_endless_cell_is_refused_at_once() -> None:
    with pytest.raises(InvalidInput, match="has 200,001 characters"):
        normalise_number("+" + "(1." * 66_666 + "12")


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
