"""The simulator as a program: what it says and when, how it ends."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession

from async_messaging.simulator import Simulator
from async_messaging.simulator.__main__ import serve

LINES = re.compile(
    r"URL: (http://127\.0\.0\.1:(\d+))\nAccount SID: (AC[0-9a-f]{32})\nAuth token: ([0-9a-f]{32})\n"
    r"Inbox: \1/\n\nexport TWILIO_ACCOUNT_SID=\3\nexport TWILIO_AUTH_TOKEN=\4\n"
    r"export TWILIO_FROM=\+15005550006\nexport ASYNC_MESSAGING_BASE_URL=\1\n"
)


async def launch(*options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-m",
        "async_messaging.simulator",
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def read_announcement(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return b"".join([await process.stdout.readline() for _ in range(9)]).decode()


async def stats(url: str, session: ClientSession) -> dict[str, object]:
    async with asyncio.timeout(10):
        while True:
            try:
                async with session.get(f"{url}/simulator/stats") as got:
                    found: dict[str, object] = await got.json()
                    return found
            except OSError:  # not open yet
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_announces_serves_and_ends(number: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "announcement"
    process = await launch(
        "--port", "0", "--seed", "7", "--faults", "429@1", "--announce", str(file)
    )
    text = await read_announcement(process)
    match = LINES.fullmatch(text)
    assert match is not None
    assert file.read_text(encoding="utf-8") == text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    async with ClientSession() as session:
        found = await stats(match[1], session)
        assert (found["faults"], found["seed"]) == ("429@1", 7)
        process.send_signal(number)
        out, err = await process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")


async def test_tells_of_further_accounts() -> None:
    first, sub = "AC" + "1" * 32, "AC" + "2" * 32
    own = ("--account-sid", first, "--auth-token", "given")
    process = await launch("--port", "0", *own, "--account", f"{sub}:secret:{first}")
    await read_announcement(process)
    assert process.stdout is not None
    more = b"".join([await process.stdout.readline() for _ in range(3)]).decode()
    process.terminate()
    await process.communicate()
    assert more == f"\nAlso account {sub}, a subaccount of {first}\nwith token   secret\n"


class Probe:
    """Text output that tries the announced port at the moment of each flush."""

    def __init__(self) -> None:
        self.text = ""
        self.refused: list[bool] = []
        self.flushed = asyncio.Event()

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        match = LINES.fullmatch(self.text)
        assert match is not None
        with socket.socket() as probe:
            self.refused.append(probe.connect_ex(("127.0.0.1", int(match[2]))) != 0)
        self.flushed.set()


async def test_speaks_before_the_port_opens() -> None:
    probe, sim = Probe(), Simulator()
    task = asyncio.create_task(serve(sim, probe))  # type: ignore[arg-type]  # all of TextIO it uses
    await probe.flushed.wait()
    async with ClientSession() as session:
        assert (await stats(sim.url, session))["accepted"] == 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert probe.refused == [True]


async def test_a_taken_port_is_one_sentence() -> None:
    async with Simulator() as sim:
        process = await launch("--port", sim.url.rpartition(":")[2])
        out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert err.decode() == f"Can't listen on {sim.url}: Address already in use.\n"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--faults", "429=x"), "429=x"),
        (("--latency", "fast"), "latency=fast"),
        (("--host", "0.0.0.0"), "loopback"),
        (("--concurrency", "0"), "concurrency"),
        (("--host", "0.0.0.0", "--allow-remote"), "token"),
        (("--account", "AC1"), "SID:TOKEN"),
        (("--account", "AC1:secret"), "32 hex digits"),
        (("--api-key", "SK1"), "--api-key"),
        (("--oauth-client", ":secret"), "--oauth-client"),
    ],
)
async def test_a_wrong_option_is_one_sentence(options: tuple[str, ...], reason: str) -> None:
    process = await launch("--port", "0", *options)
    out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert reason in err.decode()
    assert len(err.decode().splitlines()) == 1
