"""What becomes of a campaign's messages comes back to it, by callbacks or by Twilio's list."""

from __future__ import annotations

import itertools
import subprocess
from collections import Counter
from functools import partial

import pytest

from async_messaging.campaigns.reading import LedgerView
from tests.acceptance.campaigns import create, run, shown, start, status, wait_for
from tests.acceptance.delivery import (
    Phones,
    as_reported,
    as_twilio_has_it,
    listening,
    reported,
)
from tests.acceptance.programs import Cli, Server, eventually, finished, numbers

KEPT = 5_000  # callbacks that the simulator remembers
FROM = ("--from", "+15005550006")
COUNTS = [
    pytest.param(200, 60, 3, id="200"),
    pytest.param(2_000, 300, 40, id="2000", marks=pytest.mark.crash),
]


@pytest.mark.parametrize(("count", "rate", "stops"), COUNTS)
def test_the_report_is_right_to_the_row_and_who_said_stop_gets_no_more(
    cli: Cli, server: Server, count: int, rate: int, stops: int
) -> None:
    phones = Phones(server)
    server.reset("undelivered=3%, callback.twice=10%, callback.late=20%")
    with listening(cli) as receiver:
        create(cli, *FROM, "--status-callback", f"{receiver.url}/status", count=count)
        receiver.start()
        phones.answer_to(f"{receiver.url}/sms")
        process = start(cli, rate=str(rate))
        wait_for(server, 5)
        leaving = [number for number, _ in numbers(count)[-stops:]]
        for number in leaving:
            assert phones.write(number, "Stop.") == "answered"
        done = finished(process)
        assert done.returncode == 0, done.stderr
        phones.rest()
        figures, rows = reported(cli)
        assert as_reported(rows) == as_twilio_has_it(phones)
        assert not set(leaving) & set(phones.sent())
        assert [row["to"] for row in rows if row["error"] == "opted out"] == leaving
        assert figures["outcomes"]["refused"] == 0  # Twilio was not even asked
        heard = receiver.end()
    statuses = Counter(state for state, _ in as_twilio_has_it(phones).values())
    assert statuses["undelivered"] > 0
    delivery = figures["delivery"]
    assert (delivery["delivered"], delivery["undelivered"], delivery["no_report"]) == (
        statuses["delivered"],
        statuses["undelivered"],
        0,
    )
    assert (heard["stops"], heard["failed"], heard["others"]) == (stops, 0, 0)


@pytest.mark.parametrize(("count", "rate", "stops"), COUNTS)
def test_the_list_gives_the_same_report_without_a_callback(
    cli: Cli, server: Server, count: int, rate: int, stops: int
) -> None:
    phones = Phones(server)
    server.reset("undelivered=3%")
    create(cli, *FROM, count=count)
    process = start(cli, rate=str(rate * 5))
    wait_for(server, 20)
    during = shown(cli.run("campaign", "sync", "spring", "--json"))
    assert during["matched"] > 0
    assert finished(process).returncode == 0
    stranger = server.send("+14155550000")
    phones.rest()
    found = shown(cli.run("campaign", "sync", "spring", "--json"))
    assert (found["matched"], found["unclaimed"]) == (count, [stranger])
    figures, rows = reported(cli)
    truth = as_twilio_has_it(phones)
    truth.pop(stranger)
    assert as_reported(rows) == truth
    assert figures["delivery"] == found["delivery"]
    assert figures["delivery"]["no_report"] == 0
    assert figures["billing"]["not_yet_billed"] == 0
    assert {row["sender"] for row in rows} == {"+15005550006"}
    again = shown(cli.run("campaign", "sync", "spring", "--json"))
    assert again["changed"] == 0


@pytest.mark.parametrize(
    ("count", "rate", "kills"),
    [
        pytest.param(300, 30, 4, id="300"),
        pytest.param(5_000, 500, 20, id="5000", marks=pytest.mark.crash),
    ],
)
def test_nothing_is_lost_when_either_side_is_killed(
    cli: Cli, server: Server, count: int, rate: int, kills: int
) -> None:
    phones = Phones(server)
    server.reset("undelivered=3%, callback.twice=20%")
    with listening(cli) as receiver:
        callback = f"{receiver.url}/status#rc=5&rp=all"
        create(cli, *FROM, "--status-callback", callback, count=count)
        receiver.start()
        # A kill may leave a row announced and unsent; the receiver may be dead when a run begins.
        again = ("--on-unknown", "resend", "--no-probe")
        process = start(cli, *again, rate=str(rate))
        kills_made = 0
        marks = itertools.count(count // (kills + 2), count // (kills + 2))
        for kill, mark in zip(range(kills), marks, strict=False):
            eventually(partial(gone_so_far, server, process, mark))
            if process.poll() is not None:
                break  # it was faster than the kills
            kills_made += 1
            if kill % 2:
                process.kill()
                process.communicate()
                process = start(cli, *again, rate=str(rate))
            else:
                receiver.kill()
                receiver.start()
        assert finished(process).returncode == 0
        phones.rest()
        _, rows = reported(cli)
        receiver.end()
    assert kills_made >= kills / 2
    truth, found = as_twilio_has_it(phones), as_reported(rows)
    wrong = {sid for sid in truth if found[sid] != truth[sid]}
    made = server.stats()["callbacks"]
    assert len(wrong) <= made["failed"], (len(wrong), made)  # Twilio gives up after five tries
    if made["made"] <= KEPT:
        assert wrong <= phones.unheard()  # what was answered is there
    assert (len(rows), server.stats()["duplicates"]) == (count, 0)
    assert cli.run("campaign", "sync", "spring").returncode == 0
    assert as_reported(reported(cli)[1]) == truth


def gone_so_far(server: Server, process: subprocess.Popen[str], mark: int) -> bool:
    """Whether so many were accepted, or the run has ended."""
    return process.poll() is not None or bool(server.stats()["accepted"] >= mark)


def test_receipts_that_come_before_their_answers_change_nothing(cli: Cli, server: Server) -> None:
    phones = Phones(server)
    with listening(cli) as receiver:
        create(cli, *FROM, "--status-callback", f"{receiver.url}/status", count=30)
        receiver.start()
        server.reset("latency=1500ms")
        assert run(cli, "--timeout", "20").returncode == 0
        phones.rest()
        figures, rows = reported(cli)
        receiver.end()
    assert as_reported(rows) == as_twilio_has_it(phones)
    assert (figures["outcomes"]["accepted"], figures["delivery"]["delivered"]) == (30, 30)
    assert status(cli)["delivery"]["delivered"] == 30
    with LedgerView(cli.directory / "spring.campaign") as view:
        assert (view.events(), view.check()) == ([], [])


def test_a_run_whose_callback_nobody_answers_does_not_begin(cli: Cli, server: Server) -> None:
    with listening(cli) as receiver:
        create(cli, *FROM, "--status-callback", f"{receiver.url}/status", count=3)
        nobody = run(cli)
        assert nobody.returncode == 2
        assert "can't be reached" in nobody.stderr
        receiver.start()
        other = run(cli, TWILIO_AUTH_TOKEN="0" * 32)
        assert (other.returncode, "refused (403)" in other.stderr) == (2, True)
        careless = f"{server.url}/simulator/reset"  # takes whatever comes
        create(cli, *FROM, "--status-callback", careless, "--again", count=3, name="careless")
        said = cli.run("campaign", "run", "careless", "--rate", "9")
        assert "does not verify signatures" in said.stderr
        assert server.stats()["accepted"] == 0
        assert run(cli).returncode == 0
        assert run(cli, "--no-probe").returncode == 0


def test_undelivered_rows_are_retried_once_in_a_campaign_of_their_own(
    cli: Cli, server: Server
) -> None:
    phones = Phones(server)
    people = [
        *numbers(4),
        ("+12019993003", "Off"),
        ("+12019993008", "Lost"),
        ("+12019993007", "No"),
    ]
    create(cli, *FROM, rows=people)
    assert run(cli).returncode == 0
    open_still = cli.run("campaign", "retry", "spring", "--as", "again")
    assert (open_still.returncode, "no final status" in open_still.stderr) == (2, True)
    phones.rest()
    cli.run("campaign", "sync", "spring")
    never = cli.run("campaign", "retry", "spring", "--codes", "30003,30007", "--as", "again")
    assert never.returncode == 2
    assert "30007 is never retried: the message was filtered as unwanted" in never.stderr
    cli.run("suppressions", "add", "+12019993008")
    made = shown(cli.run("campaign", "retry", "spring", "--as", "again", "--json"))
    assert (made["rows"], made["opted_out"]) == (1, 1)
    twice = cli.run("campaign", "retry", "spring", "--as", "third")
    assert "again.campaign retries them already" in twice.stderr
    before = server.stats()["accepted"]
    assert cli.run("campaign", "run", "again").returncode == 0
    assert server.stats()["accepted"] == before + 1
    assert len(phones.sent()["+12019993003"]) == 2
    assert status(cli)["accepted"] == len(people)


def test_who_is_suppressed_is_not_written_to_and_a_refusal_is_learnt(
    cli: Cli, server: Server
) -> None:
    (ada, _), (bob, _), (eve, _) = people = numbers(3)
    Phones(server).opt_out(eve)
    cli.run("suppressions", "add", bob)
    create(cli, *FROM, rows=people)
    assert run(cli).returncode == 0
    _, rows = reported(cli)
    assert [(row["outcome"], row["code"]) for row in rows] == [
        ("accepted", ""),
        ("skipped", ""),
        ("refused", "21610"),
    ]
    counts = shown(cli.run("suppressions", "count", "--json"))
    assert counts == {"stop": 0, "refused": 1, "hand": 1}
    create(cli, *FROM, "--again", rows=people, name="summer")
    again = cli.run("campaign", "run", "summer", "--rate", "100", "--json")
    assert (shown(again)["accepted"], shown(again)["skipped"]) == (1, 2)
    assert [message["to"] for message in server.messages()] == [ada, ada]
