"""A campaign whose receipts and replies come back: the simulator's phones, and `listen`."""

from __future__ import annotations

import csv
import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.acceptance.programs import Cli, Record, Server, eventually, finished

SENDER = "+15005550006"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Phones:
    """The handsets at the simulator, and what Twilio knows of their messages."""

    server: Server

    def _ask(self, path: str, body: Record | None = None) -> Record:
        request = urllib.request.Request(
            f"{self.server.url}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: Record = json.load(answer)
        return found

    def answer_to(self, url: str) -> None:
        """Where the handsets' messages go."""
        self._ask("/inbox/webhooks", {"address": "*", "url": url})

    def write(self, number: str, text: str, to: str = SENDER) -> str:
        """Somebody writes; it has been answered on return. The answer's state."""
        said = self._ask("/inbox/replies", {"from": number, "to": to, "body": text})
        return str(said["webhook"][0]["state"])

    def sent(self) -> dict[str, list[Record]]:
        """Messages that the campaign sent, by number."""
        found: dict[str, list[Record]] = {}
        after = 0
        while page := self._ask(f"/inbox/messages?from=%2B15005550006&after={after}&limit=1000")[
            "messages"
        ]:
            after = page[-1]["number"]
            for message in page:
                if message["direction"] == "outbound-api":
                    found.setdefault(message["to"], []).append(message)
        return found

    def unheard(self) -> set[str]:
        """Sids of messages of which a callback was never answered, however often it was tried."""
        found: set[str] = set()
        after = 0
        while page := self._ask(f"/inbox/callbacks?after={after}&limit=1000")["callbacks"]:
            after = page[-1]["number"]
            found |= {made["message_sid"] for made in page if made["state"] != "answered"}
        return found

    def opt_out(self, number: str) -> None:
        """Somebody says STOP, and nobody but Twilio hears it."""
        self._ask("/inbox/replies", {"from": number, "to": SENDER, "body": "STOP"})

    def rest(self) -> None:
        """Wait until no message is on its way and no callback is to come."""

        def quiet() -> bool:
            counts = self.server.stats()["callbacks"]
            moving = {m["status"] for ms in self.sent().values() for m in ms} - FINAL
            return not (moving or counts["waiting"] or counts["planned"])

        eventually(quiet)


FINAL = {"delivered", "undelivered", "failed", "canceled"}


class Listening:
    """A `listen` process; it may be killed and started again on the same port."""

    def __init__(self, cli: Cli, *names: str) -> None:
        self.cli = cli
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/twilio"
        self._ledgers = [word for name in names for word in ("--ledger", f"{name}.campaign")]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        where = ("--port", str(self.port), "--public-url", self.url, "--json")
        process = self.cli.start("listen", *self._ledgers, *where)
        assert process.stdout is not None
        assert "listening" in process.stdout.readline()
        self._process = process

    def kill(self) -> None:
        """End it as a loss of power would, the disk aside."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate()
        self._process = None

    def end(self) -> Record:
        """Ctrl-C; what it heard."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        process, self._process = self._process, None
        done = finished(process)
        assert done.returncode == 0, done.stderr
        heard: Record = json.loads(done.stdout.splitlines()[-1])
        return heard

    def close(self) -> None:
        if self._process is not None:
            self.kill()


@contextmanager
def listening(cli: Cli, *names: str) -> Generator[Listening]:
    """A receiver that is not started yet."""
    receiver = Listening(cli, *(names or ("spring",)))
    try:
        yield receiver
    finally:
        receiver.close()


def reported(cli: Cli, name: str = "spring") -> tuple[Record, list[dict[str, str]]]:
    """The report's figures, and its rows."""
    done = cli.run("campaign", "report", name, "--out", "report.csv", "--json")
    assert done.returncode == 0, done.stderr
    with (cli.directory / "report.csv").open(encoding="utf-8", newline="") as file:
        return json.loads(done.stdout), list(csv.DictReader(file))


def as_twilio_has_it(phones: Phones) -> dict[str, tuple[str, str]]:
    """Status and code of each message, by sid."""
    return {
        message["sid"]: (message["status"], str(message["error_code"] or ""))
        for messages in phones.sent().values()
        for message in messages
    }


def as_reported(rows: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
    """The same from a report."""
    return {row["sid"]: (row["status"], row["code"]) for row in rows if row["sid"]}
