"""The commands that read: messages and prices; and the command line without its extra."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.acceptance.programs import Cli, Server


def test_messages_are_listed_and_fetched(cli: Cli, server: Server) -> None:
    first, second = server.send("+14155550100"), server.send("+14155550101")
    listed = cli.run("messages", "list", "--to", "+14155550100", "--json")
    assert [json.loads(line)["sid"] for line in listed.stdout.splitlines()] == [first]
    shown = cli.run("messages", "list", "--limit", "1")
    assert [line.split()[0] for line in shown.stdout.splitlines()] == [second]
    fetched = cli.run("messages", "fetch", first)
    assert f"sid        {first}" in fetched.stdout.splitlines()


def test_a_message_that_is_not_there_is_exit_5(cli: Cli) -> None:
    missing = cli.run("messages", "fetch", "SM" + "0" * 32)
    assert missing.returncode == 5
    assert "20404" in missing.stderr


def test_prices_are_shown_and_kept_exact_in_json(cli: Cli) -> None:
    shown = cli.run("prices", "us")
    assert shown.returncode == 0
    assert shown.stdout.startswith("United States (US), USD a segment\n")
    country = json.loads(cli.run("prices", "US", "--json").stdout)
    assert isinstance(country["outbound_sms_prices"][0]["prices"][0]["current_price"], str)


def test_without_the_extra_one_sentence_says_so() -> None:
    code = (
        "import sys; sys.modules['typer'] = None\nfrom async_messaging.__main__ import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'async-messaging[cli]'" in done.stderr
