"""Parameters are read as `parse_qsl` reads them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging import InvalidInput
from async_messaging.webhooks.request import is_form, media_type, pairs_in, query_of


@given(st.text(st.sampled_from("ab&=+%24cF/é?# "), max_size=30))
def test_it_reads_what_parse_qsl_reads(text: str) -> None:
    try:
        expected = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(InvalidInput):
            pairs_in(text)
    else:
        assert list(pairs_in(text)) == expected


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=9))
def test_what_was_encoded_comes_back(pairs: list[tuple[str, str]]) -> None:
    try:
        form = urlencode(pairs).encode()
    except UnicodeEncodeError:
        return
    assert list(pairs_in(form)) == pairs


def test_more_than_100_are_refused() -> None:
    assert len(pairs_in("&".join(["a=1"] * 100))) == 100
    with pytest.raises(InvalidInput, match="100"):
        pairs_in("&".join(["a=1"] * 101))
    with pytest.raises(InvalidInput, match="100"):
        pairs_in("&" * 60_000)


@pytest.mark.parametrize("form", [b"a=%ff", b"%ff=a", b"a=\xc3\xa9", b"a=%c3", b"a=%ed%a0%80"])
def test_what_is_no_utf_8_is_refused(form: bytes) -> None:
    with pytest.raises(InvalidInput, match="UTF-8"):
        pairs_in(form)


def test_types_of_bodies() -> None:
    assert is_form("")
    assert is_form("application/x-www-form-urlencoded; charset=UTF-8")
    assert not is_form("application/json")
    assert media_type(" Text/HTML ;x") == "text/html"


def test_the_query_of_a_url() -> None:
    assert query_of("https://a.example/x?a=1?b#c?d") == "a=1?b"
    assert query_of("/x") == ""
