"""Every example runs as it is, against one simulator, and says what it should."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.simulator_process import SimulatorProcess, simulator_process

EXAMPLES = Path(__file__).parents[2] / "examples"
SID = "(SM|MM)[0-9a-f]{32}"
SAYS = {
    "01_send": rf"segments: 1\naccepted: {SID} queued\nnow: \w+ 2\d{{3}}-.*\n",
    "02_errors": rf"accepted: {SID}\ninvalid, to: must be E\.164 .*\n"
    r"refused, Twilio's code 21211: .*21211\nrefused, Twilio's code 21610: .*21610\n"
    r"not sent: .*\n",
    "03_bulk_from_python": r"(?s)(?=.*row 41: invalid: to: must be E\.164)(?=.*row 42: refused: )"
    r".*40 accepted of 42, 40 segments\n",
    "04_bulk_from_csv": r"99 of 100 rows accepted\n   1 refused: .*code 21610.*\n",
    "05_list_and_stream": r"in the list: 5\nsent today: \{.*\}\nfirst page: 2 more: True\n"
    r"redacted: ''\n",
    "06_media": r"image/png \d+ bytes: True\nfeedback: confirmed\n",
    "07_timeouts_and_late_answers": r"not sent; Twilio has accepted 0\n"
    r"unknown for now; it was asked 1 time\nevent: late answer, True\n"
    r"accepted after all: True\nTwilio has accepted 1\n",
    "08_rate_limits_and_priority": r"bulk has begun: accepted\nurgent message: \d\.\d s\n"
    r"bulk: \d+ segments/s of 40\nnot sent: the rate limits leave no room .*\n",
    "10_simulator_in_a_test": r"(?s).*1 passed.*",
    "11_synchronous_program": rf"accepted: {SID}\naccepted from threads: 40\n",
    "12_secrets_that_rotate": rf"accepted: {SID} after asking 2 times\n"
    r"stops: True outcome: not_sent\n",
    "13_campaign": r"1980 to send, 1980 segments, 20 skipped\n"
    r"paused: 500 messages of this run are through\n"
    r"complete: 19\d\d accepted of 2000\nreport: 2000 rows\n",
    "21_outbox_in_a_worker": r"100 alerts, 1\d\d requests\n"
    r"the phones got 100 messages, 0 of them twice\n",
    "22_outbox_and_redelivery": r"delivery 1: its worker died\n"
    r"delivery 2: found: True\ndelivery 2: its worker died\n"
    r"delivery 3: accepted, by an earlier one: True\ndelivery 3: done\n"
    r"requests: 1 the phone got: 1\n",
}
SERVES = "09_in_an_aiohttp_app"
WEBHOOKS = {  # run by test_webhook_examples.py
    "14_webhooks_in_aiohttp",
    "15_webhooks_in_fastapi",
    "16_webhooks_in_starlette",
    "17_webhooks_in_django",
}
OUTBOXES = {  # run by test_outbox_examples.py
    "18_outbox_in_fastapi",
    "19_outbox_in_an_aiohttp_app",
    "20_outbox_in_django",
}


@pytest.fixture(scope="module")
def simulator() -> Generator[SimulatorProcess]:
    with simulator_process("--speed", "20") as running:
        yield running


def command_of(name: str) -> list[str]:
    return [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")]


def test_every_example_is_here() -> None:
    numbered = {file.stem for file in EXAMPLES.glob("[0-9]*.py")}
    assert numbered == {*SAYS, SERVES, *WEBHOOKS, *OUTBOXES}


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("[0-9]*.py")), ids=lambda file: file.stem)
def test_an_example_is_15_to_60_lines(file: Path) -> None:
    assert 15 <= len(file.read_text().splitlines()) <= 60


@pytest.mark.parametrize("name", SAYS)
def test_it_runs(name: str, simulator: SimulatorProcess) -> None:
    done = subprocess.run(
        command_of(name),
        env=simulator.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, re.sub(r".*late answer: .*\n", "", done.stderr)) == (0, "")
    assert re.fullmatch(SAYS[name], done.stdout), done.stdout


def test_the_web_application_serves_and_ends(simulator: SimulatorProcess) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [*command_of(SERVES), str(port)], env=simulator.environment, stderr=subprocess.PIPE
    ) as process:
        try:
            assert post(port, "+14155550100") == 201
            assert post(port, "+15005550001") == 400
            assert post(port, "nobody") == 400
        finally:
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=30)[1] == b""
    assert process.returncode == 0


def post(port: int, to: str) -> int:
    """The answer's status; the first call waits until the port is open."""
    data = urllib.parse.urlencode({"to": to}).encode()
    until = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/codes", data, 20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
