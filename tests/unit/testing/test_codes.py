"""Codes and links in texts as companies send them."""

from __future__ import annotations

import pytest

from async_messaging.testing.arrived import find_codes, find_links


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code is 123456.", "123456"),
        ("1234 is your verification code", "1234"),
        ("Code:12345678", "12345678"),
        ("Your code: 123-456. Don't share it.", "123456"),
        ("Use 123 456 to sign in", "123456"),
        ("G-123456 is your Google verification code.", "123456"),
        ("FB-12345 is your confirmation code", "12345"),
        ("<#> Your code is 482913\nFA+9qCX9VSu", "482913"),
        ("Your code is 123456.\n\n@example.com #123456", "123456"),
        ("(123456)", "123456"),
        ("*123456* expires in 10 minutes", "123456"),
        ("482913 is your code. Not you? Call +1 (415) 555-0100", "482913"),
        ("482913 is your code. Not you? Call 415-555-0100 or 415 555 0101", "482913"),
        ("482913 confirms $1,500.00 on 2026-11-25 at 10:30", "482913"),
        ("482913 confirms your loan of £20000, at 1234%", "482913"),
        ("482913, or open https://example.com/c/99887766?t=5544", "482913"),
        ("482913 for order A12345678 and ORDER-123456", "482913"),
    ],
)
def test_the_code_is_found(text: str, code: str) -> None:
    assert find_codes(text) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "Hello",
        "See you at 9",
        "Call +14155550100",
        "Call 415.555.0100",
        "Card 4111 1111 1111 1111",
        "On 12/11/2026 at 10:30",
        "You owe $1500, €2000 or 3000 €",
        "123456789 is too long, 123 too short",
        "https://example.com/123456",
    ],
)
def test_no_code_is_seen_where_there_is_none(text: str) -> None:
    assert find_codes(text) == []


def test_several_are_told_apart() -> None:
    assert find_codes("1234 or 567890, or 1234 again") == ["1234", "567890"]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("No link", []),
        ("Go to https://example.com/a?b=c&d=%20#e.", ["https://example.com/a?b=c&d=%20#e"]),
        (
            "(see http://example.com/x), or HTTPS://b.example!",
            ["http://example.com/x", "HTTPS://b.example"],
        ),
        ("https://example.com/a_(b)", ["https://example.com/a_(b)"]),
        ('<a href="https://example.com/q">', ["https://example.com/q"]),
        (
            "https://\u4f8b.example/\u00fc \u201chttps://a.example/\u201d",
            ["https://\u4f8b.example/\u00fc", "https://a.example/"],
        ),
    ],
)
def test_links_are_found_without_what_a_sentence_adds(text: str, links: list[str]) -> None:
    assert find_links(text) == links
