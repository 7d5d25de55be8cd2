"""The web applications of the examples: each serves signed webhooks, and ends when told to."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.simulator_process import SimulatorProcess, simulator_process
from tests.unit.webhooks.requests import SID, Params, inbound, sid, signed, status

EXAMPLES = Path(__file__).parents[2] / "examples"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


@pytest.fixture(scope="module")
def simulator() -> Generator[SimulatorProcess]:
    with simulator_process("--speed", "20") as running:
        yield running


@dataclass
class Program:
    """An example that serves."""

    process: subprocess.Popen[str]
    url: str
    token: str

    def deliver(self, target: str, params: Params) -> tuple[int, str]:
        """What is answered to a webhook that Twilio signed."""
        headers, body = signed(params, url=self.url + target, token=self.token)
        return self.ask(target, headers, body)

    def ask(
        self, target: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, str]:
        """Status and text; the first call waits until the port is open."""
        until = time.monotonic() + 20
        while True:
            try:
                request = urllib.request.Request(self.url + target, body, headers or {})
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return int(answer.status), answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.02)


@contextmanager
def serving(name: str, simulator: SimulatorProcess) -> Generator[Program]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = simulator.environment
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), str(port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Program(process, f"http://127.0.0.1:{port}", environment["TWILIO_AUTH_TOKEN"])
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()
            assert process.stderr is not None
            assert re.sub(r".*webhook refused: .*\n", "", process.stderr.read()) == ""


def last_message(simulator: SimulatorProcess) -> dict[str, str]:
    with urllib.request.urlopen(f"{simulator.url}/simulator/messages", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    found: dict[str, str] = json.loads(lines[-1])
    return found


def test_aiohttp_answers_by_a_message_and_hears_of_its_delivery(
    simulator: SimulatorProcess,
) -> None:
    with serving("14_webhooks_in_aiohttp", simulator) as program:
        before = simulator.stats()["accepted"]
        assert program.deliver("/sms", inbound()) == (204, "")
        assert program.deliver("/sms", inbound()) == (204, "")
        assert program.deliver("/sms", inbound(MessageSid=sid(2), Body="Stop")) == (204, "")
        assert simulator.stats()["accepted"] == before + 1
        assert last_message(simulator)["to"] == "+14155550100"
        failed = status("undelivered", ErrorCode="30003")
        assert program.deliver("/status?order=7", failed) == (204, "")
        assert program.process.stdout is not None
        # The simulator tells of the message that the program has sent, at its own times.
        told = sorted(program.process.stdout.readline().rstrip() for _ in range(4))
        lives = ("delivered", "sending", "sent", "undelivered 30003")
        assert told == [f"order 7: {life}" for life in lives]
        assert program.ask("/sms", body=b"Body=Hi")[0] == 403


def test_fastapi_replies_and_tells_the_status(simulator: SimulatorProcess) -> None:
    with serving("15_webhooks_in_fastapi", simulator) as program:
        code, text = program.deliver("/twilio/sms", inbound(Body="a < b"))
        assert code == 200
        assert text == (
            f"{DECLARATION}<Response><Message>You wrote: a &lt; b"
            "<Media>https://demo.twilio.com/owl.png</Media></Message></Response>"
        )
        for state in ("delivered", "sent", "queued"):
            assert program.deliver("/twilio/status", status(state)) == (204, "")
        known = json.loads(program.ask(f"/messages/{SID}")[1])
        assert known == {"sid": SID, "status": "delivered"}
        assert program.ask("/twilio/sms", body=b"Body=Hi")[0] == 403


def test_starlette_leaves_alone_who_says_stop(simulator: SimulatorProcess) -> None:
    with serving("16_webhooks_in_starlette", simulator) as program:

        def remind() -> int:
            return program.ask("/remind?to=%2B14155550100", body=b"")[0]

        assert remind() == 201
        assert program.deliver("/twilio/sms", inbound(Body="STOP")) == (204, "")
        assert remind() == 409
        assert program.deliver("/twilio/sms", inbound(MessageSid=sid(2), Body="Start")) == (204, "")
        assert remind() == 201
        assert program.ask("/twilio/sms", body=b"Body=STOP")[0] == 403


def test_django_thanks_and_tells_the_owner(simulator: SimulatorProcess) -> None:
    with serving("17_webhooks_in_django", simulator) as program:
        code, text = program.deliver("/sms", inbound())
        assert code == 200
        assert "Thank you, we will be in touch." in text
        assert last_message(simulator)["to"] == "+14155550199"
        assert program.ask("/sms", body=b"Body=Hi")[0] == 403
