"""The programs under test: a simulator in a process of its own, and the command line."""

from __future__ import annotations

import base64
import csv
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

PYTHON = (sys.executable, "-W", "error")
DEADLINE = 20.0

Record = dict[str, Any]


def eventually(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; fail when it does not in time."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@dataclass
class Server:
    """A simulator and what it counts."""

    url: str
    environment: dict[str, str]

    def ask(self, path: str, body: str | None = None) -> str:
        data = None if body is None else body.encode()
        with urllib.request.urlopen(f"{self.url}/simulator/{path}", data, timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def answers(self) -> bool:
        """Whether the port is open; the simulator says where it is before."""
        try:
            self.ask("stats")
        except OSError:
            return False
        return True

    def reset(self, faults: str = "") -> None:
        self.ask("reset", "")
        self.ask("faults", faults)

    def send(self, to: str) -> str:
        """Make a message as Twilio's API is told to; its sid."""
        account = self.environment["TWILIO_ACCOUNT_SID"]
        secret = f"{account}:{self.environment['TWILIO_AUTH_TOKEN']}".encode()
        form = {"To": to, "From": self.environment["TWILIO_FROM"], "Body": "Hi"}
        request = urllib.request.Request(
            f"{self.url}/2010-04-01/Accounts/{account}/Messages.json",
            urllib.parse.urlencode(form).encode(),
            {"Authorization": f"Basic {base64.b64encode(secret).decode()}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(json.load(answer)["sid"])

    def stats(self) -> Record:
        found: Record = json.loads(self.ask("stats"))
        return found

    def messages(self) -> list[Record]:
        return [json.loads(line) for line in self.ask("messages").splitlines()]


@dataclass
class Cli:
    """Runs ``async-messaging`` in a directory, with an environment and without a terminal."""

    directory: Path
    environment: dict[str, str]

    def start(
        self, *arguments: str, stdin: str | None = None, **environment: str
    ) -> subprocess.Popen[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("TWILIO_")}
        source = os.devnull if stdin is None else self.directory / stdin
        with Path(source).open("rb") as given:
            return self._started(arguments, {**inherited, **self.environment, **environment}, given)

    def _started(
        self, arguments: Sequence[str], environment: dict[str, str], given: BinaryIO
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*PYTHON, "-m", "async_messaging", *arguments],
            cwd=self.directory,
            env=environment,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(
        self, *arguments: str, stdin: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return finished(self.start(*arguments, stdin=stdin, **environment))

    def results(self, name: str = "results.jsonl") -> list[Record]:
        path = self.directory / name
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def finished(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """The process when it has ended."""
    try:
        out, err = process.communicate(timeout=DEADLINE)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    assert "Traceback" not in err, err
    assert "Exception ignored" not in err, err
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def write_rows(path: Path, rows: list[tuple[str, str]]) -> None:
    """A CSV of phone and name."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("phone", "name"), *rows])


def numbers(count: int) -> list[tuple[str, str]]:
    """So many rows that are all right."""
    return [(f"+1312555{number:04}", f"Ada {number}") for number in range(count)]
