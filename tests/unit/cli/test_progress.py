from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from async_messaging.cli.progress import clock_of, panel, plain_line
from async_messaging.cli.tally import Shot, Where

WHERE = Where("SIMULATOR", "http://127.0.0.1:8010", "AC12...cdef")
COUNTS = dict.fromkeys(("accepted", "refused", "unknown", "not sent", "invalid"), 0)
EMPTY: dict[str, Any] = {
    "figures": {**COUNTS, "to go": None},
    "done": 0,
    "total": None,
    "rate": 250.0,
    "throttled": 0,
}
MILLIONS = {
    **EMPTY,
    "total": 9_999_999,
    "figures": {**dict.fromkeys(COUNTS, 999_999), "accepted": 4_999_000, "to go": 4_999_999},
    "done": 5_000_000,
    "rate_now": 1999.94,
    "rate": 2000.0,
    "in_flight": 256,
    "throttled": 99_999,
    "elapsed": 9_000.0,
    "left": 36_000.0,
    "note": "stopping: calls in flight finish (Ctrl-C again: don't wait for them)",
}


def drawn(shot: Shot, *, ascii_only: bool = False) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, no_color=True, color_system=None)
    console.print(panel(WHERE, "rows.csv -> results.jsonl", shot, ascii_only=ascii_only))
    return stream.getvalue().splitlines()


def test_the_panel_says_where_and_what() -> None:
    figures = {**COUNTS, "accepted": 480, "refused": 20, "to go": 1500}
    values = {**EMPTY, "total": 2000, "done": 500, "figures": figures, "left": 6.0}
    lines = drawn(Shot(**{**values, "rate_now": 249.83, "elapsed": 2.0, "in_flight": 3}))
    assert lines[0] == "SIMULATOR  http://127.0.0.1:8010, account AC12...cdef"
    assert lines[3].split() == ["accepted", "480", "refused", "20", "unknown", "0"]
    assert lines[4].split() == ["not", "sent", "0", "invalid", "0", "to", "go", "1,500"]
    assert "rate   249.8 of 250 segments/s" in lines[6]
    assert "in flight   3" in lines[6]
    assert lines[7].endswith("25%  0:02  0:06 left")


@pytest.mark.parametrize("values", [EMPTY, MILLIONS])
def test_it_keeps_its_shape_at_80_columns(values: dict[str, Any]) -> None:
    lines = drawn(Shot(**values))
    assert len(lines) == 9
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("…") for line in lines)


def test_figures_stay_in_their_columns_while_they_grow() -> None:
    small, large = drawn(Shot(**EMPTY)), drawn(Shot(**MILLIONS))
    for line in (3, 4):
        assert len(small[line]) == len(large[line])


def test_a_terminal_without_unicode_gets_a_plain_bar() -> None:
    shot = Shot(**{**EMPTY, "total": 100, "done": 50})
    assert "#" * 21 + "." * 21 in drawn(shot, ascii_only=True)[7]


def test_how_much_is_done_is_in_every_display() -> None:
    shot = Shot(**{**EMPTY, "total": 100, "done": 75})
    assert "75%" in drawn(shot)[7]
    assert plain_line(shot).startswith("0:00  75 of 100 rows: accepted 0,")


def test_a_plain_line_has_every_figure() -> None:
    line = plain_line(Shot(**MILLIONS))
    assert line.startswith("2:30:00  5,000,000 of 9,999,999 rows: accepted 4,999,000, refused")
    assert "1,999.9 of 2,000 segments/s, in flight 256, throttled 99,999, 10:00:00 left" in line


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (3723, "1:02:03")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock_of(seconds) == text
