"""``async-messaging doctor``: what is all right, and what is not, with its exit status."""

from __future__ import annotations

import json
import sqlite3
import subprocess

from tests.acceptance.campaigns import create, run, start, wait_for
from tests.acceptance.programs import Cli, Record, Server


def checks(done: subprocess.CompletedProcess[str]) -> dict[str, Record]:
    """What was found, the last of each name."""
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {record["check"]: record for record in found}


def doctor(cli: Cli, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return cli.run("doctor", "--json", *more, **environment)


def test_all_is_well(cli: Cli, server: Server) -> None:
    create(cli)
    run(cli)
    done = doctor(cli)
    found = checks(done)
    assert done.returncode == 0
    assert found["campaign"]["said"] == "spring.campaign: whole; 20 rows: 20 accepted"
    assert found["clock"]["said"] == "agrees with Twilio's"
    assert found["account"]["said"].startswith("SIMULATOR  http://127.0.0.1:")
    assert {"SQLite", "disk", "Twilio", "credentials"} <= found.keys()
    lines = cli.run("doctor").stdout.splitlines()
    assert all(line.startswith(("ok ", "warn ", "  ")) for line in lines)


def test_a_damaged_campaign_is_exit_74(cli: Cli) -> None:
    create(cli)
    with sqlite3.connect(cli.directory / "spring.campaign") as ledger:
        ledger.execute("UPDATE campaign SET row_count = row_count + 1")
    ledger.close()
    done = doctor(cli)
    assert done.returncode == 74
    assert checks(done)["campaign"]["said"].endswith("rows are missing or too many")


def test_a_file_that_is_no_campaign_is_exit_74(cli: Cli) -> None:
    (cli.directory / "other.campaign").write_bytes(b"not a database" * 100)
    done = doctor(cli, "--ledger", "other.campaign")
    assert (done.returncode, checks(done)["campaign"]["verdict"]) == (74, "fail")
    missing = doctor(cli, "--ledger", "none.campaign")
    assert missing.returncode == 2


def test_a_killed_run_is_no_damage(cli: Cli, server: Server) -> None:
    create(cli, count=200)
    server.reset("hang@6-99999")
    process = start(cli, "--concurrency", "3")
    wait_for(server, 8)
    process.kill()
    process.communicate()
    server.ask("faults", "")
    done = doctor(cli)
    assert done.returncode == 0
    assert "run was killed" in checks(done)["campaign"]["said"]


def test_wrong_credentials_are_exit_8(cli: Cli) -> None:
    done = doctor(cli, TWILIO_AUTH_TOKEN="0" * 32)
    assert done.returncode == 8
    assert "401" in checks(done)["credentials"]["said"]
    assert "0" * 32 not in done.stdout


def test_no_credentials_are_exit_2(cli: Cli) -> None:
    assert doctor(cli, TWILIO_ACCOUNT_SID="").returncode == 2


def test_a_twilio_that_can_not_be_reached_is_exit_6(cli: Cli) -> None:
    done = doctor(cli, "--base-url", "http://127.0.0.1:9")
    assert done.returncode == 6
    assert checks(done)["Twilio"]["verdict"] == "fail"


def test_others_who_may_read_a_campaign_are_warned_of(cli: Cli) -> None:
    create(cli)
    (cli.directory / "spring.campaign").chmod(0o644)
    found = checks(doctor(cli))["campaign"]
    assert (found["verdict"], "chmod 600" in found["said"]) == ("warn", True)
