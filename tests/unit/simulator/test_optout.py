from __future__ import annotations

import pytest

from async_messaging.simulator.optout import CONFIRMATIONS, OptOuts, keyword
from async_messaging.simulator.segments import count


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("STOP", "STOP"),
        ("stop", "STOP"),
        (" Stop. ", "STOP"),
        ("StopAll!!", "STOP"),
        ("unsubscribe\n", "STOP"),
        ("cancel", "STOP"),
        ("End", "STOP"),
        ("QUIT?", "STOP"),
        ("revoke", "STOP"),
        ("optout", "STOP"),
        ("start", "START"),
        ("Yes", "START"),
        ("UNSTOP", "START"),
        ("help", "HELP"),
        ("Info.", "HELP"),
        ("please stop", ""),
        ("stop it", ""),
        ("st op", ""),
        (".stop", ""),
        ("", ""),
        ("...", ""),
    ],
)
def test_words_are_whole_texts(body: str, kind: str) -> None:
    assert keyword(body) == kind


def test_a_pair_is_opted_out_until_it_is_lifted() -> None:
    pairs = OptOuts()
    assert not pairs.refuses("+1", "+9", None)
    assert pairs.stop("+1", ["+9", "MG1"], 5.0)
    assert not pairs.stop("+1", ["+9"], 6.0)
    assert pairs.refuses("+1", "+9", None)
    assert pairs.refuses("+1", "+8", "MG1")
    assert not pairs.refuses("+1", "+8", "MG2")
    assert not pairs.refuses("+2", "+9")
    assert [pair["sender"] for pair in pairs.listed()] == ["+9", "MG1"]
    assert pairs.start("+1", ["+9", "MG1"])
    assert not pairs.start("+1", ["+9"])
    assert not pairs.refuses("+1", "+9", "MG1")


def test_lifting_one_of_two_is_lifting() -> None:
    pairs = OptOuts()
    pairs.stop("+1", ["+9"], 0.0)
    assert pairs.start("+1", ["MG1", "+9"])


def test_confirmations_are_one_segment() -> None:
    assert {count(text) for text in CONFIRMATIONS.values()} == {1}
