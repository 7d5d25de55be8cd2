"""The web applications of the examples with an outbox: who asks twice gets one message."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.simulator_process import SimulatorProcess, simulator_process

EXAMPLES = Path(__file__).parents[2] / "examples"
TO, OTHER = "+14155550100", "+14155550101"


@pytest.fixture(scope="module")
def simulator() -> Generator[SimulatorProcess]:
    with simulator_process("--speed", "20") as running:
        yield running


@dataclass
class Program:
    """An example that serves."""

    process: subprocess.Popen[str]
    url: str

    def post(self, target: str, **form: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer; the first call waits until the port is open."""
        data = urllib.parse.urlencode(form).encode()
        until = time.monotonic() + 20
        while True:
            try:
                with urllib.request.urlopen(self.url + target, data, timeout=20) as answer:
                    return int(answer.status), json.load(answer)
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, json.load(error)
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.02)


@contextmanager
def serving(name: str, simulator: SimulatorProcess, folder: Path) -> Generator[Program]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), str(port)]
    with subprocess.Popen(
        command, env=simulator.environment, cwd=folder, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Program(process, f"http://127.0.0.1:{port}")
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()
            assert process.stderr is not None
            assert process.stderr.read() == ""


def accepted(simulator: SimulatorProcess) -> int:
    return int(simulator.stats()["accepted"])


def test_fastapi_tells_a_buyer_once(simulator: SimulatorProcess, tmp_path: Path) -> None:
    before = accepted(simulator)

    def ship(order: int, to: str = TO) -> tuple[int, dict[str, Any]]:
        return program.post(f"/orders/{order}/shipped?to={urllib.parse.quote(to)}")

    with serving("18_outbox_in_fastapi", simulator, tmp_path) as program:
        first, again = ship(7), ship(7)
        assert (first[0], again) == (201, (200, first[1]))
        assert ship(7, OTHER)[0] == 409
        assert ship(8, "nobody")[0] == 400
        assert ship(8)[0] == 201
    with serving("18_outbox_in_fastapi", simulator, tmp_path) as program:
        assert ship(7) == again
    assert accepted(simulator) == before + 2


def test_aiohttp_sends_a_code_an_attempt_and_not_too_many(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    before = accepted(simulator)
    with serving("19_outbox_in_an_aiohttp_app", simulator, tmp_path) as program:
        for attempt in "aabbcde":
            assert program.post("/codes", to=TO, attempt=attempt)[0] == 200
        assert program.post("/codes", to=TO, attempt="f")[0] == 429
        assert program.post("/codes", to=TO, attempt="a")[0] == 200
        assert program.post("/codes", to="nobody", attempt="g")[0] == 400
        assert program.post("/codes", to="+15005550004", attempt="h")[0] == 400
    assert accepted(simulator) == before + 5


def test_django_reminds_once(simulator: SimulatorProcess, tmp_path: Path) -> None:
    before = accepted(simulator)
    with serving("20_outbox_in_django", simulator, tmp_path) as program:
        first = program.post("/remind", visit="42", to=TO)
        assert (first[0], first[1]["again"]) == (200, False)
        again = program.post("/remind", visit="42", to=TO)
        assert again == (200, {**first[1], "again": True})
        assert program.post("/remind", visit="42", to=OTHER)[0] == 503
        assert program.post("/remind", visit="43", to="+15005550004")[0] == 400
    assert accepted(simulator) == before + 1
    assert oct((tmp_path / "visits.outbox").stat().st_mode)[-3:] == "600"
