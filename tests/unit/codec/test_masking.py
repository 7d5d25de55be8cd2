from __future__ import annotations

import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from async_messaging.codec.masking import is_option, mask_number, mask_text

SID = "SM" + "0123456789abcdef" * 2
DIGITS_SID = "SM" + "0123456789" * 3 + "01"

e164 = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
around = st.text(max_size=40) | st.text("+0123456789 .-()%2BSM\n\"':TZ", max_size=40)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+15558675310", "+1555...5310"),
        ("15558675310", "1555...5310"),
        ("+1 (555) 867-5310", "+1555...5310"),
        ("whatsapp:+15558675310", "whatsapp:+1555...5310"),
        ("rcs:+15558675310", "rcs:+1555...5310"),
        ("messenger:123456789012", "messenger:1234...9012"),
        ("+491234567890123", "+4912...0123"),
        ("+4712345678", "+47...78"),
        ("+1234567", "+12...67"),
        ("123456", "..."),
        ("12345", "..."),
        ("+1", "+..."),
        ("", "..."),
        ("ACME", "..."),
        ("AcmeStores", "Ac...es"),
    ],
)
def test_mask_number(number: str, shown: str) -> None:
    assert mask_number(number) == shown


@given(st.text(max_size=30))
def test_mask_number_hides_at_least_three_characters(number: str) -> None:
    shown = mask_number(number)
    assert "..." in shown
    prefix, _, rest = number.rpartition(":")
    if not prefix and rest.isalnum():
        assert sum(map(len, shown.split("..."))) <= max(0, len(rest) - 3)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "The 'To' number +15558675310 is not a valid phone number.",
            "The 'To' number +1555...5310 is not a valid phone number.",
        ),
        ("to whatsapp:+15558675310 now", "to whatsapp:+1555...5310 now"),
        ("call (555) 867-5310!", "call 55...10!"),
        ("call 555.867.5310.", "call 55...10."),
        ("+44 20 7946 0958", "+4420...0958"),
        ("98765 43210", "98...10"),
        ("(555) - 867 - 5310", "55...10"),
        ("To=%2B15558675310&From=", "To=%2B1555...5310&From="),
        ("To=%2B1%20%28555%29%20867-5310", "To=%2B1555...5310"),
        ("To=1+555+867+5310", "To=1555...5310"),
        ("+15558675310 +15551234567", "+1555...5310 +1555...4567"),
        ("+15558675310,+15551234567", "+1555...5310,+1555...4567"),
        ("\uff11\uff15\uff15\uff15\uff18\uff16\uff17", "\uff11\uff15...\uff16\uff17"),
        ("x5558675310y", "x55...10y"),
        ("1\u00a0555\u2011867\u20115310", "1555...5310"),
    ],
)
def test_numbers_are_hidden(text: str, shown: str) -> None:
    assert mask_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Error 21211: see https://www.twilio.com/docs/errors/21211",
        "code 21610, status 400",
        f"message {SID} of /2010-04-01/Accounts/AC{SID[2:]}/Messages.json",
        f"sid={DIGITS_SID}.",
        "RQ" + "12345678" * 4,
        "between 2026-11-22 and 2026-11-23",
        "at 2026-11-22T12:30:45.123456Z or 2026-11-22 12:30:45+0200 or 2026-11-22T12:30",
        "Fri, 24 May 2019 17:18:27 +0000",
        "123456",
        "+1555...5310",
        "whatsapp:+1555...5310 and 55...10",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        SID + "5558675310",
        "5558675310" + SID,
        "AB" + "5558675310",
        "2026-11-225558675310",
        "2026-11-22-555-867-5310",
        "2026-11-22T12:30:45.5558675310",
        "2026-11-22T12:30+15558675310",
        "5555-86-75 310",
    ],
)
def test_a_number_beside_a_sid_or_a_date_is_hidden(text: str) -> None:
    shown = mask_text(text)
    assert "..." in shown
    assert "5558675310" not in shown
    assert "75310" not in shown


@given(around, e164, around)
@example("", "+1234567", "")
@example("2026-11-22T12:30:45.", "+123456789", "")
@example("1", "+15558675310", "0")
@example("...", "+15558675310", "...")
def test_no_number_survives_in_any_text(before: str, number: str, after: str) -> None:
    shown = mask_text(before + number + after)
    assume(number not in before + after)
    assert number not in shown
    if number[1:] not in before and number[1:] not in after:
        assert number[1:] not in shown


@given(e164, st.lists(st.sampled_from(["", " ", "-", ".", " (", ") ", "/"]), min_size=15))
def test_no_number_survives_its_punctuation(number: str, gaps: list[str]) -> None:
    spelt = "+" + "".join(digit + gap for digit, gap in zip(number[1:], gaps, strict=False))
    shown = mask_text(f"To {spelt} is wrong")
    assert "".join(filter(str.isdigit, shown)) != number[1:]


BODY = 'Olá "Zoë" & <Co>: 50 % off at https://x.y/z?a=b — it\'s 24h\nonly'


@pytest.mark.parametrize(
    "spelt",
    [
        BODY,
        quote(BODY, safe=""),
        quote_plus(BODY),
        quote_plus(BODY).replace("%C3%A1", "%c3%a1").replace("%", "%"),
        json.dumps(BODY),
        json.dumps(BODY, ensure_ascii=False),
        json.dumps(BODY).replace("/", "\\/"),
        html.escape(BODY),
        html.escape(BODY).replace("&#x27;", "&#39;"),
        html.escape(BODY, quote=False),
    ],
)
def test_a_value_is_hidden_in_every_spelling(spelt: str) -> None:
    if "%c3%a1" in spelt:
        spelt = "".join(
            part if index == 0 else f"%{part[:2].lower()}{part[2:]}"
            for index, part in enumerate(spelt.split("%"))
        )
    shown = mask_text(f"The body [{spelt}] was refused", [BODY])
    assert shown.replace('"', "") == f"The body [<{len(BODY)} characters>] was refused"


def test_values_are_replaced_longest_first() -> None:
    shown = mask_text("Hello Ann and hello Annette", ["Hello", "Hello Ann", "hello Annette"])
    assert shown == "<9 characters> and <13 characters>"


def test_a_numbers_value_keeps_its_ends() -> None:
    assert mask_text("no 123456 and 12345", ["123456", "12345"]) == "no ... and ..."
    text = "to whatsapp%3A%2B15558675310"
    assert mask_text(text, ["whatsapp:+15558675310"]) == "to whatsapp:+1555...5310"


def test_a_short_value_stays() -> None:
    assert mask_text("no way", ["no", "way", ""]) == "no way"


def test_a_trimmed_value_is_hidden() -> None:
    assert mask_text("[see you]", ["  see you\n"]) == "[<10 characters>]"


def test_a_value_with_a_number_inside_is_hidden_whole() -> None:
    shown = mask_text("Body: Call 5558675310 today.", ["Call 5558675310 today"])
    assert shown == "Body: <21 characters>."


def test_a_lone_surrogate_in_a_value_is_no_trouble() -> None:
    assert mask_text("it said \ud800 oops", ["\ud800 oops"]) == "it said <6 characters>"


@given(around, st.text(min_size=4, max_size=30), around)
def test_no_value_survives_in_any_text(before: str, value: str, after: str) -> None:
    assume(value not in "<30 characters>" and value.strip() not in before + after)
    assume(not set(value) <= set("0123456789.+ ()-<>charcters"))
    assert value not in mask_text(before + value + after, [value])


@pytest.mark.parametrize(
    ("piece", "shown"),
    [
        ("1 ", "1111...1111 "),
        ("12-", "1212...1212-"),
        ("123456     ", "123456     " * 20_000),
        ("+", "+" * 20_000),
        ("2026-11-", "2026...2611-"),
        ("1   +", "1   +" * 20_000),
        ("SM0a1", "SM0a1" * 20_000),
        ("%20", "%20" * 20_000),
    ],
)
def test_a_long_text_without_a_clear_end(piece: str, shown: str) -> None:
    assert mask_text(piece * 20_000, ["Hello there"]) == shown


@pytest.mark.parametrize("value", ["    ", "\t\n\r ", "\u00a0" * 5, "\u2003" * 4, " ab ", " 12 "])
def test_a_value_of_blanks_hides_nothing_else(value: str) -> None:
    said = "A text message body or media urls must be specified."
    assert mask_text(said, [value]) == said


def test_a_thousand_values_in_one_text_are_hidden() -> None:
    lines = [f"line number {number} of a long key" for number in range(3000)]
    shown = mask_text("\n".join(lines), lines)
    assert "line" not in shown
    assert shown.count("characters>") == 3000


def test_where_values_overlap_all_that_they_cover_is_hidden() -> None:
    said = "Hello Ann and her brother"
    assert mask_text(said, ["Hello Ann", "Ann and her brother"]) == "<19 characters>"
    assert mask_text("aaaaaaa", ["aaaa"]) == "<4 characters>"


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=6))
@example("   ", ["    "])
@example("\ud800", ["\ud800\ud800\ud800\ud800"])
def test_any_text_and_any_values_are_taken(text: str, values: list[str]) -> None:
    around_it = mask_text(f"[{text}]", values)
    assert around_it.startswith("[") or "[" in "".join(values)


@pytest.mark.parametrize(
    ("name", "value", "shows"),
    [
        ("Status", "canceled", True),
        ("ScheduleType", "fixed", True),
        ("SmartEncoded", "true", True),
        ("PageSize", "1000", True),
        ("Body", "canceled", False),
        ("To", "+15558675310", False),
        ("Status", "my secret text", False),
        ("Status", "", False),
    ],
)
def test_words_of_twilios_may_show_and_what_a_user_wrote_may_not(
    name: str, value: str, shows: bool
) -> None:
    assert is_option(name, value) is shows
