"""``async-messaging campaign``: created, run, paused, killed, gone on with, reported."""

from __future__ import annotations

import csv
import os
import resource
import signal
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.campaigns import FAST, create, run, shown, start, status, wait_for
from tests.acceptance.programs import Cli, Record, Server, finished, numbers, write_rows

MIXED = [
    *numbers(20),
    ("+12029990614", "Ida"),
    ("12345", "Ida"),
    ("+13125559999", ""),
    ("+13125550000", "again"),
]


def report(cli: Cli) -> list[Record]:
    assert cli.run("campaign", "report", "spring", "--out", "r.csv").returncode == 0
    with (cli.directory / "r.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_a_campaign_from_the_file_to_the_report(cli: Cli, server: Server) -> None:
    made = create(cli, rows=MIXED)
    assert made.returncode == 0
    lines = made.stdout.splitlines()
    assert lines[0].startswith("SIMULATOR  http://127.0.0.1:")
    assert lines[1] == "Campaign spring in spring.campaign, from rows.csv"
    assert lines[4].split() == ["24", "21", "21", "3"]
    assert "1  duplicate: another row has this number" in made.stdout
    assert "row 1 to +1312...0000:\n    Hi Ada 0" in made.stdout
    assert server.stats()["requests"] == 0
    server.reset("429@3,500_after@5")
    done = run(cli)
    assert done.returncode == 0, done.stderr
    assert "Complete: every row has an outcome." in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    outcomes = Counter(record["outcome"] for record in report(cli))
    assert outcomes == {"accepted": 20, "refused": 1, "skipped": 3}
    assert {m["sid"] for m in server.messages()} == {r["sid"] for r in report(cli) if r["sid"]}
    assert server.stats()["duplicates"] == 0


def test_progress_without_a_terminal_is_plain_lines(cli: Cli) -> None:
    create(cli)
    lines = run(cli).stderr.splitlines()
    assert lines[0].startswith("SIMULATOR  http://127.0.0.1:")
    assert lines[1] == "campaign spring, spring.campaign"
    assert "20 of 20 rows: accepted 20, refused 0, being checked 0, held 0" in lines[-1]


def test_json_is_one_object(cli: Cli) -> None:
    plan = shown(create(cli, "--json", "--rate", "100", rows=MIXED))
    assert (plan["to_send"], plan["duration"], plan["where"]) == (21, 0.21, "simulator")
    assert "+1312" not in str(plan)
    done = run(cli, "--json", "--no-progress")
    assert done.stderr == ""
    ended = shown(done)
    assert (ended["exit"], ended["ending"], ended["rows"]) == (0, "complete", 24)
    assert (ended["accepted"], ended["refused"], ended["to_go"]) == (20, 1, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_pauses_and_run_goes_on(cli: Cli, server: Server, number: signal.Signals) -> None:
    create(cli, count=400)
    process = start(cli, "--concurrency", "4")
    wait_for(server, 20)
    process.send_signal(number)
    done = finished(process)
    assert done.returncode == 4
    assert "Paused: interrupted. Go on with: campaign run spring" in done.stdout
    assert "accepted messages have no final status that is known" in done.stdout
    before = status(cli)
    assert before["state"] == "paused"
    assert before["in_flight"] == before["being_checked"] == 0
    assert before["accepted"] == server.stats()["accepted"] < 400
    again = cli.run("campaign", "resume", "spring", "--timeout", "0.5")
    assert again.returncode == 0, again.stderr
    assert (server.stats()["accepted"], server.stats()["duplicates"]) == (400, 0)


def test_killed_runs_lose_and_double_nothing(cli: Cli, server: Server) -> None:
    create(cli, count=300)
    for kill_at in (40, 120, 200):
        process = start(cli, "--on-unknown", "resend")
        wait_for(server, kill_at)
        process.kill()
        process.communicate()
    assert status(cli)["state"] == "killed"
    done = run(cli, "--on-unknown", "resend")
    assert done.returncode == 0, done.stdout
    assert (server.stats()["accepted"], server.stats()["duplicates"]) == (300, 0)
    assert {m["sid"] for m in server.messages()} == {r["sid"] for r in report(cli)}


def test_the_second_signal_leaves_at_once(cli: Cli, server: Server) -> None:
    create(cli, count=100)
    server.reset("hang@11-99999")
    process = cli.start("campaign", "run", "spring", "--rate", "2000", "--concurrency", "8")
    wait_for(server, 18)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    process.send_signal(signal.SIGINT)
    done = finished(process)
    assert done.returncode == 130
    assert "Interrupted twice" in done.stdout
    assert status(cli)["being_checked"] == 8
    server.ask("faults", "")
    assert run(cli).returncode == 0
    assert (server.stats()["accepted"], server.stats()["duplicates"]) == (100, 0)


def test_held_rows_are_named_and_sent_again_by_decision(cli: Cli, server: Server) -> None:
    create(cli)
    server.reset("drop_before@4,drop_before@9")
    done = run(cli)
    assert done.returncode == 3
    assert "2 rows are held: perhaps accepted. See them with: campaign held spring" in done.stdout
    listed = cli.run("campaign", "held", "spring")
    assert listed.stdout.splitlines()[0].split() == ["row", "to", "code", "why"]
    assert "+1312..." in listed.stdout
    rows = [int(line.split()[0]) for line in listed.stdout.splitlines()[1:]]
    refused = cli.run("campaign", "held", "spring", "--resend")
    assert refused.returncode == 2
    assert "may have accepted it" in refused.stderr
    first, second = rows
    sent = cli.run("campaign", "held", "spring", str(first), "--assume-sent", "--yes", "--json")
    assert shown(sent) == {"row": first, "outcome": "skipped"}
    assert cli.run("campaign", "held", "spring", "--resend", "--yes").returncode == 0
    assert run(cli).returncode == 0
    assert server.stats()["accepted"] == 19
    by_row = {int(record["row"]): record for record in report(cli)}
    assert by_row[first]["error"] == "assumed sent"
    assert by_row[second]["outcome"] == "accepted"


def test_a_dry_run_sends_nothing_and_leaves_everything_as_it_was(cli: Cli, server: Server) -> None:
    create(cli, rows=MIXED)
    before, present = (cli.directory / "spring.campaign").read_bytes(), files(cli.directory)
    done = run(cli, "--dry-run")
    assert done.returncode == 0
    assert done.stdout.startswith("DRY RUN  instead of SIMULATOR http")
    assert "Nothing was sent, and the campaign is as it was." in done.stdout
    assert "At 2,000 segments/s it would take 0:00." in done.stdout
    assert server.stats()["requests"] == 0
    assert (cli.directory / "spring.campaign").read_bytes() == before
    assert files(cli.directory) - present <= {"spring.campaign-shm", "spring.campaign-wal"}
    assert status(cli)["state"] == "new"


def test_wrong_credentials_stop_with_exit_8(cli: Cli, server: Server) -> None:
    create(cli, count=300)
    done = run(cli, "--concurrency", "4", TWILIO_AUTH_TOKEN="0" * 32)
    assert done.returncode == 8
    assert "Stopped: " in done.stdout
    assert (status(cli)["state"], status(cli)["to_go"]) == ("stopped", 300)
    probed = run(cli, TWILIO_AUTH_TOKEN="0" * 32)
    assert probed.returncode == 8, "one read, and not a row"
    assert run(cli).returncode == 0
    assert server.stats()["accepted"] == 300


def test_the_daily_limit_pauses_with_exit_4(cli: Cli, server: Server) -> None:
    create(cli)
    server.reset("63038@6-99999")
    done = run(cli, "--concurrency", "1")
    assert done.returncode == 4
    assert "Paused: the daily limit is reached" in done.stdout
    assert (status(cli)["accepted"], status(cli)["to_go"]) == (5, 15)


def test_a_canary_stops_to_be_looked_at(cli: Cli, server: Server) -> None:
    create(cli)
    done = run(cli, "--canary", "5")
    assert done.returncode == 4
    assert "Look at them, then run again: campaign run spring" in done.stdout
    assert server.stats()["accepted"] == 5
    assert cli.run("campaign", "resume", "spring").returncode == 0
    assert server.stats()["accepted"] == 20


def test_the_same_is_not_sent_to_the_same_by_mistake(cli: Cli) -> None:
    create(cli)
    twice = create(cli)
    assert (twice.returncode, "is there already" in twice.stderr) == (2, True)
    other = create(cli, name="summer")
    assert other.returncode == 2
    assert "spring.campaign sends the same to the same people" in other.stderr
    assert "summer.campaign" not in files(cli.directory)
    assert create(cli, "--again", name="summer").returncode == 0


def test_nothing_is_created_without_anybody_to_agree(cli: Cli) -> None:
    write_rows(cli.directory / "rows.csv", numbers(3))
    done = cli.run("campaign", "create", "rows.csv", "--template", "Hi")
    assert (done.returncode, "--yes" in done.stderr) == (2, True)
    assert files(cli.directory) == {"rows.csv"}


def test_a_plan_that_is_declined_leaves_nothing(cli: Cli) -> None:
    write_rows(cli.directory / "rows.csv", numbers(3))
    ours, theirs = os.openpty()
    try:
        create_ = ("campaign", "create", "rows.csv", "--template", "Hi")
        process = cli.start(*create_, stdin=os.ttyname(theirs))
        os.write(ours, b"n\n")
        done = finished(process)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0
    assert "Keep it? 3 messages to go, SIMULATOR, account AC" in done.stderr
    assert "rows.campaign is removed; nothing was sent" in done.stderr
    assert files(cli.directory) == {"rows.csv"}


def test_a_long_pause_is_asked_about(cli: Cli, server: Server) -> None:
    create(cli)
    with sqlite3.connect(cli.directory / "spring.campaign") as ledger:
        ledger.execute("UPDATE campaign SET run_at = run_at - 13 * 3600000")
    ledger.close()
    done = run(cli)
    assert done.returncode == 2
    assert "has done nothing for 13 hours, and 20 rows are to go. Go on?" in done.stderr
    assert server.stats()["accepted"] == 0
    assert run(cli, "--yes").returncode == 0
    assert server.stats()["accepted"] == 20


def test_a_rate_is_needed_once(cli: Cli, server: Server) -> None:
    create(cli)
    done = cli.run("campaign", "run", "spring", *FAST)
    assert (done.returncode, "--rate is missing" in done.stderr) == (2, True)
    said = cli.run("campaign", "set", "spring", "--rate", "500")
    assert said.stdout == "500 segments/s, when it runs again.\n"
    assert cli.run("campaign", "run", "spring", *FAST).returncode == 0
    assert server.stats()["accepted"] == 20


def test_a_full_disk_ends_with_exit_74_and_loses_nothing(cli: Cli, server: Server) -> None:
    create(cli, count=2000)
    process = start(cli)
    wait_for(server, 50)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (8192, 8192))
    done = finished(process)
    assert done.returncode == 74
    assert "Stopped: the ledger can't be written" in done.stdout
    assert run(cli, "--on-unknown", "resend").returncode == 0
    assert (server.stats()["accepted"], server.stats()["duplicates"]) == (2000, 0)


def test_a_row_is_tried_on_the_own_phone_and_not_counted(cli: Cli, server: Server) -> None:
    create(cli)
    done = cli.run("campaign", "test", "spring", "--to", "+13125559876", "--row", "17")
    assert done.returncode == 0
    assert "+13125559876" not in done.stdout
    (message,) = server.messages()
    assert (message["to"], message["body"]) == ("+13125559876", "Hi Ada 16")
    assert status(cli)["to_go"] == 20
