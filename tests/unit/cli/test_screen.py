from __future__ import annotations

import io

import pytest

from async_messaging.cli.screen import Screen, aligned, masked_sid


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_are_aligned_and_the_last_is_broken_between_words() -> None:
    rows = [("rows", "meaning"), ("1,234", "the recipient has opted out of it all")]
    assert aligned(rows, right=(0,), width=30) == [
        " rows  meaning",
        "1,234  the recipient has opted",
        "       out of it all",
    ]


def test_a_pipe_is_never_broken_into_lines() -> None:
    stream = io.StringIO()
    Screen(stream).put("word " * 200, by_words=True)
    assert stream.getvalue().count("\n") == 1
    assert not Screen(stream).is_live


@pytest.mark.parametrize(("term", "live"), [("xterm-256color", True), ("dumb", False)])
def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch, term: str, live: bool) -> None:
    monkeypatch.setenv("TERM", term)
    assert Screen(Terminal()).is_live is live


def test_forced_colours_do_not_make_a_file_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not Screen(io.StringIO()).is_live


def test_a_sid_is_masked() -> None:
    assert masked_sid("AC" + "0" * 28 + "beef") == "AC00...beef"
