from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.exchange import read_form, read_pairs

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(st.tuples(words, words), max_size=8))
def test_reads_what_urlencode_writes(pairs: list[tuple[str, str]]) -> None:
    expected: dict[str, list[str]] = {}
    for name, value in pairs:
        expected.setdefault(name, []).append(value)
    assert read_pairs(urlencode(pairs)) == expected


@given(st.text("ab=&+%4aé", max_size=30))
def test_reads_as_the_standard_library_does(text: str) -> None:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(RefusedError):
            read_pairs(text)
    else:
        grouped: dict[str, list[str]] = {}
        for name, value in pairs:
            grouped.setdefault(name, []).append(value)
        assert read_pairs(text) == grouped


def test_only_a_form_has_parameters() -> None:
    form = "application/x-www-form-urlencoded"
    assert read_form(f"{form}; charset=utf-8", b"a=1") == {"a": ["1"]}
    assert read_form("text/plain", b"a=1") == read_form("", b"a=1") == read_form(form, b"") == {}
