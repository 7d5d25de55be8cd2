from __future__ import annotations

import io

import pytest
from rich.console import Console

from async_messaging.cli.campaign_figures import Shot, campaign_line, campaign_panel
from async_messaging.cli.tally import Where
from tests.unit.cli.campaign_shots import MILLIONS, NOTHING, SOME, WHERE


def drawn(shot: Shot, head: Where | str = WHERE, *, ascii_only: bool = False) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, no_color=True, color_system=None)
    console.print(campaign_panel(head, "campaign spring, spring.campaign", shot, ascii_only))
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
    assert " sent" not in campaign_line(SOME)


def test_a_campaign_that_has_just_begun_is_not_done() -> None:
    assert "  0%" in drawn(NOTHING)[7]


def test_a_terminal_without_unicode_gets_a_plain_bar() -> None:
    assert "#" * 10 + "." * 32 in drawn(SOME, ascii_only=True)[7]


def test_a_watched_campaign_names_the_process() -> None:
    head = "WATCHING  process 17 runs it"
    assert drawn(SOME, head)[0] == head


def test_a_plain_line_has_every_figure() -> None:
    assert campaign_line(SOME) == (
        "0:02  497 of 2,000 rows: accepted 480, refused 10, skipped 2, being checked 3, held 5,"
        " to go 1,500; 249.8 of 250 segments/s, in flight 0, throttled 4, 0:06 left"
    )
    assert campaign_line(MILLIONS).endswith("don't wait for them)")
