"""The commands that read: messages, prices, segments; and what every command shares."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.acceptance.programs import Cli, Server


def test_messages_are_listed_and_fetched(cli: Cli, server: Server) -> None:
    sid = json.loads(cli.run("send", "--to", "+14155550100", "--body", "Hi", "--json").stdout)[
        "sid"
    ]
    cli.run("send", "--to", "+14155550101", "--body", "Hi")
    listed = cli.run("messages", "list", "--to", "+14155550100", "--json")
    (line,) = listed.stdout.splitlines()
    assert json.loads(line)["sid"] == sid
    shown = cli.run("messages", "list", "--limit", "1")
    assert len(shown.stdout.splitlines()) == 1
    fetched = cli.run("messages", "fetch", sid)
    assert f"sid        {sid}" in fetched.stdout.splitlines()
    missing = cli.run("messages", "fetch", "SM" + "0" * 32)
    assert missing.returncode == 5
    assert "20404" in missing.stderr


def test_prices_are_shown_and_kept_exact_in_json(cli: Cli) -> None:
    shown = cli.run("prices", "us")
    assert shown.returncode == 0
    assert shown.stdout.startswith("United States (US), USD a segment\n")
    country = json.loads(cli.run("prices", "US", "--json").stdout)
    price = country["outbound_sms_prices"][0]["prices"][0]["current_price"]
    assert isinstance(price, str)
    assert cli.run("prices", "USA").returncode == 2


def test_segments_need_no_account(tmp_path: Path) -> None:
    cli = Cli(tmp_path, {})
    counted = json.loads(cli.run("segments", "Olá", "--json").stdout)
    assert counted["encoding"] == "UCS-2"
    assert "LATIN SMALL LETTER A WITH ACUTE" in cli.run("segments", "Olá").stdout


def test_help_holds_the_exit_statuses(tmp_path: Path) -> None:
    done = Cli(tmp_path, {}).run("bulk", "--help")
    assert done.returncode == 0
    assert "  130  interrupted" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_without_the_extra_one_sentence_says_so() -> None:
    code = (
        "import sys; sys.modules['typer'] = None\nfrom async_messaging.__main__ import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'async-messaging[cli]'" in done.stderr
