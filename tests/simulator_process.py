"""The simulator in a process of its own, for tests and benchmarks of whole programs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class SimulatorProcess:
    """A running simulator, seen from another process."""

    exports: dict[str, str]

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self.exports["ASYNC_MESSAGING_BASE_URL"]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program that is to use it."""
        own = {k: v for k, v in os.environ.items() if not k.startswith(("TWILIO_", "ASYNC_"))}
        return {**own, **self.exports}

    def stats(self) -> dict[str, Any]:
        """What the simulator counted."""
        with urllib.request.urlopen(f"{self.url}/simulator/stats", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def simulator_process(*options: str) -> Generator[SimulatorProcess]:
    """Start one; end it when the block is left."""
    command = [sys.executable, "-m", "async_messaging.simulator", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            found = SimulatorProcess(_read_exports(process))
            _wait_until_open(found.url)
            yield found
        finally:
            process.terminate()
            process.wait(10)


def _read_exports(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    exports: dict[str, str] = {}
    for line in process.stdout:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            exports[name] = value
        if "ASYNC_MESSAGING_BASE_URL" in exports:
            return exports
    raise RuntimeError("the simulator did not start")


def _wait_until_open(url: str) -> None:
    """The announcement comes before the port opens."""
    address = (urlsplit(url).hostname, urlsplit(url).port)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(address) == 0:
                return
        time.sleep(0.01)
    raise RuntimeError("the simulator did not open its port")
