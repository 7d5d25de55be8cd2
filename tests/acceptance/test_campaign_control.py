"""What other processes see of a campaign that runs, and what they may say to it."""

from __future__ import annotations

import json

from tests.acceptance.campaigns import FAST, create, run, shown, start, status, wait_for
from tests.acceptance.programs import Cli, Server, eventually, finished


def test_another_process_pauses_it(cli: Cli, server: Server) -> None:
    create(cli, count=500)
    process = start(cli, rate="50")
    wait_for(server, 5)
    said = cli.run("campaign", "pause", "spring")
    assert said.returncode == 0
    assert said.stdout.startswith("Paused.\nRows: ")
    assert "accepted messages have no final status that is known" in said.stdout
    done = finished(process)
    assert done.returncode == 4
    assert "Paused on request. Go on with: campaign run spring" in done.stdout
    nothing = cli.run("campaign", "pause", "spring")
    assert nothing.stdout.startswith("Nothing runs it")


def test_a_second_run_is_refused(cli: Cli, server: Server) -> None:
    create(cli, count=500)
    process = start(cli, rate="50")
    wait_for(server, 1)
    second = run(cli)
    assert second.returncode == 2
    assert f"process {process.pid} runs this campaign" in second.stderr
    assert status(cli)["process"] == process.pid
    process.terminate()
    assert finished(process).returncode == 4


def test_another_process_sets_its_rate(cli: Cli, server: Server) -> None:
    create(cli, count=200)
    process = start(cli, rate="2")
    wait_for(server, 1)
    said = cli.run("campaign", "set", "spring", "--rate", "2000", "--json")
    assert shown(said) == {"campaign": "spring", "rate": 2000.0, "running": True}
    assert finished(process).returncode == 0
    assert server.stats()["accepted"] == 200


def test_another_process_cancels_it(cli: Cli, server: Server) -> None:
    create(cli, count=500)
    process = start(cli, rate="50")
    wait_for(server, 5)
    asked = cli.run("campaign", "cancel", "spring")
    assert (asked.returncode, "Never send the" in asked.stderr) == (2, True)
    said = shown(cli.run("campaign", "cancel", "spring", "--yes", "--json"))
    assert (said["state"], said["to_go"], said["moving"] > 0) == ("cancelled", 0, True)
    done = finished(process)
    assert done.returncode == 0
    assert "Cancelled: nothing more will be sent." in done.stdout
    assert status(cli)["skipped"] == 500 - server.stats()["accepted"]


def test_a_campaign_that_does_not_run_is_cancelled_at_once(cli: Cli, server: Server) -> None:
    create(cli)
    assert cli.run("campaign", "cancel", "spring", "--yes").stdout.startswith("Cancelled.\n")
    assert run(cli).returncode == 0
    assert server.stats()["accepted"] == 0
    again = cli.run("campaign", "cancel", "spring")
    assert (again.returncode, again.stdout.startswith("No row is to go")) == (0, True)


def test_watching_ends_with_the_run(cli: Cli, server: Server) -> None:
    create(cli, count=60)
    process = start(cli, rate="1")
    wait_for(server, 1)
    watching = cli.start("campaign", "watch", "spring", "--json")
    plain = cli.start("campaign", "watch", "spring")
    assert watching.stdout is not None
    assert plain.stderr is not None
    first, said = watching.stdout.readline(), plain.stderr.readline()
    assert cli.run("campaign", "set", "spring", "--rate", "1000").returncode == 0
    assert finished(process).returncode == 0
    looks = [json.loads(line) for line in (first, *finished(watching).stdout.splitlines())]
    assert (looks[0]["state"], looks[-1]["state"]) == ("running", "complete")
    assert looks[-1]["accepted"] == 60
    done = finished(plain)
    assert done.returncode == 0
    assert said == f"WATCHING  process {process.pid} runs it\n"
    assert "Complete since" in done.stdout


def test_what_is_unknown_is_settled_without_a_run(cli: Cli, server: Server) -> None:
    create(cli)
    server.reset("hang@6-99999")
    process = cli.start("campaign", "run", "spring", "--rate", "2000", "--concurrency", "3")
    wait_for(server, 8)
    process.kill()
    process.communicate()
    server.ask("faults", "")
    assert status(cli)["being_checked"] == 3
    settled = cli.run("campaign", "reconcile", "spring", *FAST, "--json")
    assert settled.returncode == 0
    assert (shown(settled)["accepted"], shown(settled)["being_checked"]) == (8, 0)
    assert server.stats()["accepted"] == 8, "nothing was sent"


def test_a_finished_campaign_is_purged_and_a_person_forgotten(cli: Cli) -> None:
    create(cli)
    early = cli.run("campaign", "purge", "spring")
    assert (early.returncode, "is not over" in early.stderr) == (2, True)
    forgotten = shown(cli.run("campaign", "forget", "+13125550003", "--json"))
    assert (forgotten["rows"], forgotten["skipped"]) == (1, 1)
    assert run(cli).returncode == 0
    young = cli.run("campaign", "purge", "spring", "--after", "90d")
    assert (young.returncode, "too young" in young.stderr) == (2, True)
    done = cli.run("campaign", "purge", "spring")
    assert done.stdout == "spring.campaign: numbers and variables of 19 rows are gone.\n"


def test_commands_end_while_a_run_waits_for_its_rate(cli: Cli, server: Server) -> None:
    create(cli, count=50)
    process = start(cli, rate="0.5")
    wait_for(server, 1)
    eventually(lambda: status(cli)["state"] == "running")
    report = cli.run("campaign", "report", "spring", "--out", "r.jsonl", "--json")
    assert shown(report)["outcomes"]["ready"] >= 48
    process.terminate()
    assert finished(process).returncode == 4
