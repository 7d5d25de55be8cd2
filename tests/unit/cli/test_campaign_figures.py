from __future__ import annotations

import io
from collections import Counter, deque

import pytest
from rich.console import Console

from async_messaging.campaigns.rows import Counts, Reason
from async_messaging.campaigns.run import Figures
from async_messaging.cli.campaign_figures import (
    Pace,
    Standing,
    grouped,
    note_of,
    span_text,
)
from async_messaging.cli.progress import panel, plain_line
from async_messaging.cli.tally import Shot, Where
from async_messaging.settling.states import State
from tests.unit.cli.campaign_shots import MILLIONS, NOTHING, SOME, WHERE

COUNTS = Counts(ready=1, intent=2, accepted=3, rejected=4, unknown=5, held=6, skipped=7)


def figures(**changes: object) -> Figures:
    return Figures(**{"counts": Counter[State](), "total": 10, **changes})  # type: ignore[arg-type]  # its own fields


def test_attempts_of_a_run_that_is_gone_are_being_checked() -> None:
    running, gone = Standing.of(COUNTS, running=True), Standing.of(COUNTS, running=False)
    assert (running.in_flight, running.being_checked) == (2, 5)
    assert (gone.in_flight, gone.being_checked) == (0, 7)
    assert running.total == gone.total == COUNTS.total == 28
    assert running.open == gone.open == 8


def test_a_runs_own_counts_mean_the_same() -> None:
    counts: Counter[State] = Counter({"READY": 1, "INTENT": 2, "ACCEPTED": 3, "UNKNOWN": -1})
    standing = Standing.of_run(figures(counts=counts))
    assert (standing.to_go, standing.in_flight, standing.accepted) == (1, 2, 3)
    assert standing.being_checked == 0


def test_the_time_left_follows_the_rows_that_went() -> None:
    pace = Pace()
    assert pace.read(0.0, 0, 0) == (0.0, None), "counts are not there yet"
    assert pace.read(0.5, 0, 1000)[1] is None
    rate, left = pace.read(2.5, 200, 800)
    assert rate == pytest.approx(80.0)
    assert left == pytest.approx(8.0)
    assert pace.read(9.0, 1000, 0)[1] is None


def test_the_most_important_note_is_shown() -> None:
    said = deque([(0.0, "old"), (95.0, "a sender rests")])
    unknown: Counter[State] = Counter({"UNKNOWN": 12})
    assert note_of(figures(failing=True, parked=1), said, 100.0, 180.0) == (
        "Twilio is failing: rows wait until it answers again"
    )
    assert note_of(figures(parked=1), said, 100.0, 180.0) == "a sender rests"
    assert note_of(figures(parked=2), said, 106.0, 180.0).startswith("2 queues are full")
    assert note_of(figures(counts=unknown), said, 106.0, 180.0) == (
        "settling 12 unknown rows by Twilio's list; that takes 3 minutes or more"
    )
    assert note_of(figures(), deque(), 106.0, 180.0) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.3, "a moment"),
        (45, "45 s"),
        (60, "1 minute"),
        (180, "3 minutes"),
        (46_800, "13 hours"),
        (86_400, "1 day"),
        (999_999, "12 days"),
    ],
)
def test_spans_are_said_in_words(seconds: float, text: str) -> None:
    assert span_text(seconds) == text


def test_reasons_that_differ_by_row_are_one() -> None:
    found = grouped(
        [
            Reason(state="skipped", code=None, error="duplicate: row 1 has this number", rows=2),
            Reason(state="skipped", code=None, error="duplicate: row 7 has this number", rows=1),
            Reason(state="skipped", code=None, error="cancelled", rows=9),
            Reason(state="rejected", code=21610, error="a text with +1555...0123", rows=1),
            Reason(state="rejected", code=21610, error="another text", rows=1),
        ]
    )
    assert [(why.state, why.code, why.rows) for why in found] == [
        ("rejected", 21610, 2),
        ("skipped", None, 9),
        ("skipped", None, 3),
    ]
    assert found[2].error == "duplicate: another row has this number"


def drawn(shot: Shot, head: Where | str = WHERE, *, ascii_only: bool = False) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, no_color=True, color_system=None)
    console.print(panel(head, "campaign spring, spring.campaign", shot, ascii_only))
    return stream.getvalue().splitlines()


def test_the_panel_says_where_and_what() -> None:
    lines = drawn(SOME)
    assert lines[0] == "LIVE  https://api.twilio.com, account AC12...cdef"
    assert lines[3].split() == ["accepted", "480", "refused", "10", "being", "checked", "3"]
    assert lines[4].split() == ["held", "5", "skipped", "2", "to", "go", "1,500"]
    assert "rate   249.8 of 250 segments/s" in lines[6]
    assert lines[7].endswith("24%  0:02  0:06 left")
    assert lines[8] == "  delivery  not followed: no --status-callback"


@pytest.mark.parametrize("shot", [NOTHING, SOME, MILLIONS])
def test_it_keeps_its_shape_at_80_columns(shot: Shot) -> None:
    lines = drawn(shot)
    assert len(lines) == 10
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("…") for line in lines)
    for line in (3, 4):
        assert len(lines[line]) == len(drawn(NOTHING)[line])


def test_it_never_says_sent() -> None:
    assert not any(" sent" in line for shot in (SOME, MILLIONS) for line in drawn(shot))
    assert " sent" not in plain_line(SOME)


def test_a_campaign_that_has_just_begun_is_not_done() -> None:
    assert "  0%" in drawn(NOTHING)[7]


def test_a_terminal_without_unicode_gets_a_plain_bar() -> None:
    assert "#" * 10 + "." * 32 in drawn(SOME, ascii_only=True)[7]


def test_a_watched_campaign_names_the_process() -> None:
    head = "WATCHING  process 17 runs it"
    assert drawn(SOME, head)[0] == head


def test_a_plain_line_has_every_figure() -> None:
    assert plain_line(SOME) == (
        "0:02  497 of 2,000 rows: accepted 480, refused 10, being checked 3, held 5, skipped 2,"
        " to go 1,500; 249.8 of 250 segments/s, in flight 0, throttled 4, 0:06 left"
    )
    assert plain_line(MILLIONS).endswith("don't wait for them)")
