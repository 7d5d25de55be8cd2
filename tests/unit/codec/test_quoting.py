from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import quote_plus, unquote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from async_messaging.codec.form import compiled_quoter, quoted_by_us

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
EVERY_ASCII = "".join(map(chr, range(128)))


@pytest.fixture(params=["ours", "yarl's"])
def quote(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Either quoter. Where yarl is not compiled there is but one."""
    if request.param == "ours":
        return quoted_by_us
    pytest.importorskip("yarl._quoting_c", reason="yarl is not compiled here")
    compiled = compiled_quoter()
    assert compiled is not None, "yarl's quoter does otherwise than ours"
    return compiled


@given(text=TEXTS)
@example(text=EVERY_ASCII)
@example(text="%41+%2B%zz%")
def test_our_quoter_is_pythons(text: str) -> None:
    assert quoted_by_us(text) == quote_plus(text, safe="!$'()*,")


@given(text=TEXTS)
@example(text=EVERY_ASCII)
@example(text="é" * 10_000)
def test_yarls_quoter_is_ours(text: str) -> None:
    compiled = compiled_quoter() or quoted_by_us
    assert compiled(text) == quoted_by_us(text)


@pytest.mark.parametrize("text", ["", EVERY_ASCII, "%41", "a+b c", "Zoë 😀 €", "x" * 100_000])
def test_what_is_quoted_is_read_back(quote: Callable[[str], str], text: str) -> None:
    assert unquote_plus(quote(text)) == text
    assert not set(quote(text)) & set(" &=#\r\n")


@pytest.mark.parametrize(
    "other",
    [
        SimpleNamespace(),
        SimpleNamespace(_Quoter=lambda: None),
        SimpleNamespace(_Quoter=lambda **_how: str.upper),
    ],
    ids=["gone", "called otherwise", "doing otherwise"],
)
def test_a_quoter_that_changed_is_not_used(
    monkeypatch: pytest.MonkeyPatch, other: SimpleNamespace
) -> None:
    monkeypatch.setitem(sys.modules, "yarl._quoting_c", other)
    assert compiled_quoter() is None
