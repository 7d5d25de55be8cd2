"""``async-messaging bulk``: outcomes, exit statuses, results file, going on, signals."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
from collections import Counter

import pytest

from tests.acceptance.programs import (
    DEADLINE,
    Cli,
    Server,
    eventually,
    finished,
    numbers,
    write_rows,
)

BULK = ("bulk", "rows.csv", "--template", "Hi {name}", "--rate", "2000")
MIXED = [
    *numbers(20),
    ("+12029990614", "Ida"),
    ("+12029990610", "Ida"),
    ("12345", "Ida"),
    ("+13125559999", ""),
]


def outcomes(cli: Cli) -> Counter[str]:
    return Counter(record["outcome"] for record in cli.results())


def test_every_row_gets_its_outcome(cli: Cli, server: Server) -> None:
    write_rows(cli.directory / "rows.csv", MIXED)
    server.reset("429@3,429@9")
    done = cli.run(*BULK)
    assert done.returncode == 0
    assert outcomes(cli) == {"accepted": 20, "refused": 2, "invalid": 2}
    assert sorted(record["row"] for record in cli.results()) == list(range(1, 25))
    assert server.stats()["accepted"] == 20
    assert list(cli.results()[0]) == (
        [
            "row",
            "to",
            "outcome",
            "sid",
            "status",
            "code",
            "error",
            "field",
            "attempts",
            "elapsed",
            "at",
        ]
    )
    by_row = {record["row"]: record for record in cli.results()}
    assert by_row[21]["code"] == 21614
    assert by_row[24]["field"] == "name"
    assert {m["sid"] for m in server.messages()} == {
        record["sid"] for record in cli.results() if record["outcome"] == "accepted"
    }


def test_the_report_is_plain_text_without_a_terminal(cli: Cli) -> None:
    write_rows(cli.directory / "rows.csv", MIXED)
    done = cli.run(*BULK)
    assert "\x1b" not in done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("SIMULATOR  http://127.0.0.1:")
    assert lines[1] == "Complete: every row has an outcome."
    assert lines[3].split() == ["accepted", "refused", "unknown", "not", "sent", "invalid", "rows"]
    assert lines[4].split() == ["20", "2", "0", "0", "2", "24"]
    assert "21614  the recipient's number is not a mobile number" in done.stdout
    assert "name: is empty" in done.stdout
    progress = done.stderr.splitlines()
    assert progress[0] == lines[0]
    assert progress[-1].startswith("0:0")
    assert "accepted 20, refused 2, unknown 0, not sent 0, invalid 2" in progress[-1]


def test_unknown_rows_are_exit_7_and_json_is_one_object(cli: Cli, server: Server) -> None:
    write_rows(cli.directory / "rows.csv", numbers(10))
    server.reset("drop_after@4")
    done = cli.run(*BULK, "--json", "--no-progress")
    shown = json.loads(done.stdout)
    assert done.returncode == shown["exit"] == 7
    assert done.stderr == ""
    assert (shown["rows"], shown["accepted"], shown["unknown"]) == (10, 9, 1)
    assert shown["where"] == "simulator"
    assert set(shown["latency"]) == {"p50", "p95", "p99"}
    assert server.stats()["accepted"] == 10


def test_results_are_continued_and_never_overwritten(cli: Cli, server: Server) -> None:
    write_rows(cli.directory / "rows.csv", MIXED)
    server.reset("drop_after@2")
    cli.run(*BULK)
    before = (cli.directory / "results.jsonl").read_bytes()
    refused = cli.run(*BULK)
    assert refused.returncode == 2
    assert "--continue" in refused.stderr
    assert (cli.directory / "results.jsonl").read_bytes() == before
    server.reset()
    done = cli.run(*BULK, "--continue")
    assert done.returncode == 0
    assert server.stats()["requests"] == 2, "only the refused rows went out again"
    assert (cli.directory / "results.jsonl").read_bytes().startswith(before)
    assert done.stdout.splitlines()[4].split() == ["0", "2", "0", "0", "2", "4", "20"]


def test_a_changed_file_is_not_continued(cli: Cli, server: Server) -> None:
    write_rows(cli.directory / "rows.csv", numbers(3))
    cli.run(*BULK)
    write_rows(cli.directory / "rows.csv", numbers(4)[1:])
    server.reset()
    done = cli.run(*BULK, "--continue")
    assert (done.returncode, server.stats()["requests"]) == (2, 0)
    assert "the file has changed" in done.stderr


def test_wrong_credentials_stop_with_exit_8(cli: Cli) -> None:
    write_rows(cli.directory / "rows.csv", numbers(500))
    done = cli.run(*BULK, "--concurrency", "4", TWILIO_AUTH_TOKEN="0" * 32)
    assert done.returncode == 8
    assert outcomes(cli).keys() == {"not_sent"}
    assert len(cli.results()) < 50
    assert "Stopped: " in done.stdout


def test_a_secret_that_can_not_be_read_stops_too(cli: Cli, server: Server) -> None:
    write_rows(cli.directory / "rows.csv", numbers(500))
    missing = {"TWILIO_AUTH_TOKEN": "", "TWILIO_AUTH_TOKEN_FILE": "no-such-file"}
    done = cli.run(*BULK, "--concurrency", "4", **missing)
    assert (done.returncode, server.stats()["requests"]) == (8, 0)
    assert len(cli.results()) < 50


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_calls_in_flight_finish(
    cli: Cli, server: Server, number: signal.Signals
) -> None:
    write_rows(cli.directory / "rows.csv", numbers(5000))
    server.reset("latency=50ms")
    process = cli.start(*BULK)
    eventually(lambda: server.stats()["in_flight"] > 0 and server.stats()["accepted"] > 20)
    process.send_signal(number)
    done = finished(process)
    assert done.returncode == 130
    assert "Interrupted: calls in flight have finished" in done.stdout
    assert outcomes(cli)["unknown"] == 0
    assert outcomes(cli)["accepted"] == server.stats()["accepted"]
    assert {m["sid"] for m in server.messages()} == {r["sid"] for r in cli.results() if r["sid"]}


def test_the_second_signal_does_not_wait(cli: Cli, server: Server) -> None:
    write_rows(cli.directory / "rows.csv", numbers(200))
    server.reset("hang@11-99999")
    process = cli.start(*BULK, "--concurrency", "8")
    eventually(lambda: bool(server.stats()["in_flight"] == 8))
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    process.send_signal(signal.SIGINT)
    done = finished(process)
    assert done.returncode == 130
    assert outcomes(cli)["unknown"] == 8
    assert outcomes(cli)["accepted"] == 10
    server.reset()
    again = cli.run(*BULK, "--continue")
    assert again.returncode == 0
    assert server.stats()["accepted"] == 200 - 18, "rows in doubt are not sent again"


def test_a_full_disk_ends_with_exit_74(cli: Cli, server: Server) -> None:
    write_rows(cli.directory / "rows.csv", numbers(2000))
    process = cli.start(*BULK, "--concurrency", "4")
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (8192, 8192))
    done = finished(process)
    assert done.returncode == 74
    assert "the results can't be written" in done.stdout
    spilled = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    kept = [record["sid"] for record in (*cli.results(), *spilled) if record["sid"]]
    assert sorted(kept) == sorted(message["sid"] for message in server.messages())


def test_a_reader_that_goes_away_ends_nothing(cli: Cli, server: Server) -> None:
    write_rows(cli.directory / "rows.csv", numbers(50))
    process = cli.start(*BULK)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stderr.close()
    assert process.wait(DEADLINE) == 0
    assert server.stats()["accepted"] == len(cli.results()) == 50


def test_standard_input_is_a_file_too(cli: Cli, server: Server) -> None:
    write_rows(cli.directory / "rows.csv", numbers(5))
    done = cli.run("bulk", "-", *BULK[2:], stdin="rows.csv")
    assert (done.returncode, server.stats()["accepted"]) == (0, 5)
    assert done.stderr.splitlines()[1] == "standard input -> results.jsonl"
