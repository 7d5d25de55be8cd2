from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.settling.attempts import OpenAttempt, Print, SendOptions
from async_messaging.settling.likeness import ENOUGH, PrintOf, letters_of, likeness, same_text
from tests.unit.settling.scenes import ANN, OTHER, TEXT, attempt, message

TRIAL = "Sent from your Twilio trial account - "
LINKED = "Read it at https://example.com/a/long/page?x=1 today, or at www.example.org"
SHORTENED = "Read it at https://twil.io/3xYz today, or at https://twil.io/7Qq1"

texts = st.text(max_size=60)
secrets = st.sampled_from([b"", b"a secret"])
runs = st.text("abcXYZ019\u00e9\u00df\u0416", min_size=ENOUGH, max_size=2 * ENOUGH)
long_texts = st.builds("{0}{1} {2}".format, texts, runs, texts)
"""Texts of at least 12 letters and digits."""


def sent(
    text: str | None,
    secret: bytes = b"",
    options: SendOptions = SendOptions.NONE,
    media: int | None = 0,
) -> OpenAttempt:
    return attempt(text=text, secret=secret, options=options, media=media)


@given(text=texts.filter(lambda text: bool(text.strip())), secret=secrets)
def test_a_text_is_the_same_as_itself_and_on_a_trial_account(text: str, secret: bytes) -> None:
    for stored in (text, text + " \n", TRIAL + text):
        assert likeness(sent(text, secret), message(stored), witnessed=True) == "same"


@pytest.mark.parametrize("secret", [b"", b"a secret"])
def test_half_of_a_character_can_be_compared_too(secret: bytes) -> None:
    assert likeness(sent("\ud83d!", secret), message("\ud83d!")) == "same"
    assert likeness(sent("\ud83d!", secret), message("\ud83e!")) == "open"


@given(text=long_texts, secret=secrets)
def test_punctuation_case_and_accents_make_no_difference(text: str, secret: bytes) -> None:
    # One letter more would be too many: characters that grow when folded stay out of it.
    stored = " - ".join(letters_of(text))
    assert likeness(sent(text, secret), message(stored.upper()), witnessed=True) in {
        "same",
        "other",
    }
    assert likeness(sent(text, secret), message(stored), witnessed=True) == "same"


@given(before=texts, text=long_texts, after=texts, secret=secrets)
def test_a_run_in_a_longer_text_is_like_it(
    before: str, text: str, after: str, secret: bytes
) -> None:
    found = likeness(sent(text, secret), message(f"{before} {text} {after}"), witnessed=True)
    # A mark that follows a letter across the seam may combine with nothing: marks are dropped.
    assert found in {"same", "like"}


@given(text=long_texts, stored=long_texts, secret=secrets)
def test_other_letters_are_another_text_by_a_witness_only(
    text: str, stored: str, secret: bytes
) -> None:
    within = letters_of(text) in letters_of(stored)
    of_route = likeness(sent(text, secret), message(stored), witnessed=True)
    alone = likeness(sent(text, secret), message(stored))
    assert of_route in ({"same", "like"} if within else {"other"})
    assert alone == ("open" if of_route == "other" else of_route)


@given(text=texts, stored=texts, options=st.sampled_from(list(SendOptions)))
def test_hashes_say_what_texts_say(text: str, stored: str, options: SendOptions) -> None:
    plain = likeness(sent(text, b"", options), message(stored), witnessed=True)
    hashed = likeness(sent(text, b"key", options), message(stored), witnessed=True)
    assert plain == hashed


@given(text=texts)
def test_a_print_of_hashes_holds_no_text_and_comes_back_from_json(text: str) -> None:
    known = PrintOf(b"key").text(text, SendOptions.LINKS)
    stored = msgspec.json.encode(known)
    assert msgspec.json.decode(stored, type=Print) == known
    assert len(text) < 4 or text not in stored.decode()


@pytest.mark.parametrize("secret", [b"", b"key"])
def test_shortened_links_are_left_out(secret: bytes) -> None:
    linked = sent(LINKED, secret, SendOptions.LINKS)
    assert likeness(linked, message(SHORTENED)) == "like"
    assert likeness(sent(LINKED, secret), message(SHORTENED), witnessed=True) == "other"
    swapped = "today, or at https://twil.io/7Qq1 Read it at"
    assert likeness(linked, message(swapped), witnessed=True) == "other"


def test_replaced_characters_are_letters_still() -> None:
    smart = sent(
        "\u201cCaf\u00e9\u201d \u2013 \uff11\uff12 o\u2019clock, at the \ufb01re station\u2026"
    )
    assert likeness(smart, message('"Cafe" - 12 o\'clock, at the fire station...')) == "same"


@pytest.mark.parametrize(
    ("text", "stored"),
    [(None, TEXT), (TEXT, ""), (TEXT, " \n"), ("Hi Bob", OTHER), ("", ""), ("12345678901", OTHER)],
)
def test_when_nothing_can_be_told(text: str | None, stored: str) -> None:
    assert likeness(sent(text), message(stored), witnessed=True) == "open"


def test_a_short_text_is_the_same_only_to_the_letter() -> None:
    assert likeness(sent("Code 1234"), message("Code 1234")) == "same"
    assert likeness(sent("Code 1234"), message("code: 1234"), witnessed=True) == "open"


@pytest.mark.parametrize(("media", "listed"), [(1, 0), (0, 2), (None, 0)])
def test_another_count_of_media_is_like_it(media: int | None, listed: int) -> None:
    assert likeness(sent(TEXT, media=media), message(num_media=listed)) == "like"


def test_a_text_that_twilio_does_not_keep_is_never_another() -> None:
    discarded = sent(TEXT, options=SendOptions.DISCARD)
    assert likeness(discarded, message(OTHER), witnessed=True) == "open"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (sent(TEXT), sent(TEXT.upper()), True),
        (sent(TEXT, b"k"), sent(TEXT, b"k"), True),
        (sent(TEXT, b"k"), sent(TEXT), True),
        (sent(TEXT), sent(TEXT, b"k"), True),
        (sent("Hi"), sent("Hi"), True),
        (sent(TEXT), sent(OTHER), False),
        (sent(TEXT, b"k"), sent(OTHER), False),
        (sent("Hi"), sent("HI"), False),
        (sent("Code 12345678"), sent("CODE 12345678"), True),  # ENOUGH letters and digits
        (sent("Code 1234567"), sent("CODE 1234567"), False),
        (sent(TEXT), sent(None, b"k"), False),
        (sent(TEXT, b"k"), sent(TEXT, b"l"), False),
        (sent(None), sent(None), False),
        (sent(None, b"k"), sent(TEXT), False),
        (sent(TEXT, media=1), sent(TEXT), False),
        (sent(TEXT, media=None), sent(TEXT, media=None), False),
    ],
)
def test_which_attempts_are_known_to_send_one_text(
    one: OpenAttempt, other: OpenAttempt, same: bool
) -> None:
    assert same_text(one, other) is same


def linked(stored: str, secret: bytes) -> str:
    """How far a text is *stored* that has the same words before and after a link."""
    words = "Order 4711 is at the counter"
    text = f"{words} https://example.com/a {words} https://example.com/b"
    shortened = sent(text, secret, SendOptions.LINKS)
    return likeness(shortened, message(stored.format(words=words)), witnessed=True)


@pytest.mark.parametrize("secret", [b"", b"a secret"])
def test_the_words_around_links_stand_one_after_another(secret: bytes) -> None:
    assert linked("{words} twil.io/1 {words} twil.io/2", secret) == "like"
    assert linked("{words} twil.io/1 {words} twil.io/2 {words}", secret) == "like"
    assert linked("Hello! {words} twil.io/1 {words}", secret) == "like"
    assert linked("{words} twil.io/1", secret) == "other"
    assert linked("Hello! {words} twil.io/1", secret) == "other"


def test_words_are_kept_apart_for_links_alone() -> None:
    assert PrintOf().text(LINKED).pieces == ()
    assert len(PrintOf().text(LINKED, SendOptions.LINKS).pieces) == 2


def test_no_repr_shows_a_text_a_number_or_a_secret() -> None:
    shown = repr(sent(TEXT, b"the key")) + repr(sent(TEXT)) + repr(PrintOf(b"the key"))
    assert TEXT not in shown
    assert ANN not in shown
    assert "the key" not in shown
    assert TEXT not in repr(PrintOf().text(TEXT))
