from __future__ import annotations

from async_messaging.codec.template import clean_name, listed, shown_name


def test_a_name_is_composed_and_trimmed() -> None:
    assert clean_name(" Re\N{COMBINING ACUTE ACCENT}gion\u00a0") == "Région"


def test_a_long_name_is_cut() -> None:
    assert shown_name("n" * 41) == "n" * 40 + "..."


def test_what_may_be_a_number_is_not_shown() -> None:
    assert shown_name("+1 555-867") == "<10 characters>"
    assert shown_name("order 12345") == "order 12345"


def test_what_does_not_print_is_not_shown() -> None:
    assert shown_name("a\nb") == "<3 characters>"


def test_a_long_list_ends_with_a_count() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(["a"] * 22).endswith("a, a and 2 more")
