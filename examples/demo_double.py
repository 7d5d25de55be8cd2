"""The same lost answer twice: through twilio-python with its retries on, and through an outbox.

A program sends login codes to a simulator, which stands for Twilio in a process of its own. It
accepts each code, and then its answer is lost. The program does what task queues and people do: it
asks again until it is told that the message was accepted. The simulator counts what each phone got.

    python examples/demo_double.py [--twilio PYTHON]

PYTHON is that of an environment with twilio-python; without it only the outbox is shown. Exits 0
exactly when the outbox's phones got one message each. Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parents[1]))
from async_messaging import MessagingClient, MessagingError, Outbox, __version__
from tests.simulator_process import SimulatorProcess, simulator_process

THROUGH_TWILIO = Path(__file__).parent / "double" / "through_twilio.py"
SCENES = {
    "Twilio accepts it, and answers 500": "500_after@1",
    "Twilio accepts it, and the connection breaks": "drop_after@1",
    "Twilio accepts whatever it gets, and answers 500 three times": "500_after@1-3",
}
"""What happens, and how the simulator is told."""

OURS = f"async_messaging {__version__}, outbox"
PATIENCE = 60.0
WIDTH = 36


class Shown(NamedTuple):
    """What one side came to in one scene."""

    side: str
    calls: int
    requests: int
    phone: list[str]


def asked(simulator: SimulatorProcess, path: str, body: str | None = None) -> str:
    """What the simulator answers to its judge."""
    data = None if body is None else body.encode()
    with urllib.request.urlopen(f"{simulator.url}/simulator/{path}", data, 10) as answer:  # noqa: S310 - our own URL
        text: str = answer.read().decode()
    return text


def judged(simulator: SimulatorProcess, side: str, calls: int, to: str) -> Shown:
    """What the simulator saw since it was reset."""
    messages = [json.loads(line) for line in asked(simulator, "messages").splitlines()]
    phone = [message["body"] for message in messages if message["to"] == to]
    return Shown(side, calls, simulator.stats()["requests"], phone)


def set_scene(simulator: SimulatorProcess, faults: str) -> None:
    """Forget what was, and let these answers be lost."""
    asked(simulator, "reset", "")
    asked(simulator, "faults", faults)


async def through_outbox(simulator: SimulatorProcess, to: str, text: str) -> int:
    """Send one code under a key until it is accepted; how many calls that took."""
    exports = simulator.exports
    with tempfile.TemporaryDirectory() as folder:
        async with (
            MessagingClient(
                account_sid=exports["TWILIO_ACCOUNT_SID"],
                auth_token=exports["TWILIO_AUTH_TOKEN"],
                base_url=simulator.url,
            ) as client,
            Outbox.open(
                Path(folder) / "codes.outbox", client, settle=1.0, scan_interval=0.5
            ) as outbox,
        ):
            settling = asyncio.create_task(outbox.run())
            calls = 0
            while True:
                calls += 1
                try:
                    await outbox.send(
                        key="login:42:7f3a", to=to, from_=exports["TWILIO_FROM"], body=text
                    )
                except MessagingError:
                    await asyncio.sleep(0.2)
                else:
                    settling.cancel()
                    return calls


def through_twilio(simulator: SimulatorProcess, python: str, to: str, text: str) -> tuple[str, int]:
    """The same through twilio-python: what it is called, and how many calls that took."""
    command = [
        str(Path(python).absolute()),
        str(THROUGH_TWILIO),
        to,
        simulator.exports["TWILIO_FROM"],
        text,
    ]
    environment = {k: v for k, v in simulator.environment.items() if k != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, stdout=subprocess.PIPE, timeout=PATIENCE, check=True
    )
    told = json.loads(done.stdout)
    return f"twilio-python {told['version']}, max_retries={told['retries']}", told["calls"]


def played(simulator: SimulatorProcess, faults: str, twilio: str | None) -> list[Shown]:
    """One scene, with each side on its own."""
    sides: list[Shown] = []
    text = f"Your code is {secrets.randbelow(10**6):06}"
    if twilio is not None:
        set_scene(simulator, faults)
        side, calls = through_twilio(simulator, twilio, "+14155550100", text)
        sides.append(judged(simulator, side, calls, "+14155550100"))
    set_scene(simulator, faults)
    calls = asyncio.run(through_outbox(simulator, "+14155550101", text))
    sides.append(judged(simulator, OURS, calls, "+14155550101"))
    return sides


def phone_of(shown: Shown) -> Panel:
    """A phone, what it got, and what that took."""
    number = len(shown.phone)
    style = "green" if number == 1 else "red"
    took = f"{counted(shown.calls, 'call')}, {counted(shown.requests, 'POST')}"
    return Panel(
        "\n".join(shown.phone),
        subtitle=f"{counted(number, 'message')}; {took}",
        width=WIDTH,
        border_style=style,
    )


def counted(number: int, what: str) -> str:
    """A number and what it counts."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def side_by_side(cells: Sequence[RenderableType]) -> Table:
    """Both sides, in columns."""
    table = Table.grid(padding=(0, 3, 0, 0))
    for _ in cells:
        table.add_column(width=WIDTH)
    table.add_row(*cells)
    return table


def show(console: Console, scenes: dict[str, list[Shown]]) -> None:
    """The phones, scene by scene, and the sums."""
    sides = [shown.side for shown in next(iter(scenes.values()))]
    console.print("Login codes whose answers are lost. Each program asks again until it is told")
    console.print("that its code was accepted. What the phones got, by the simulator's count:\n")
    console.print(side_by_side([Text(side, style="bold") for side in sides]))
    for scene, both in scenes.items():
        console.print(f"{scene}:")
        console.print(side_by_side([phone_of(shown) for shown in both]))
    for number, side in enumerate(sides):
        got = sum(len(both[number].phone) for both in scenes.values())
        style = "green" if got == len(scenes) else "red"
        sum_of = f"{counted(len(scenes), 'code')}, {counted(got, 'message')}"
        console.print(Text.assemble(f"{side}: ", (sum_of, f"bold {style}")))


def main() -> int:
    """Play all scenes; returns the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--twilio", metavar="PYTHON")
    twilio: str | None = parser.parse_args().twilio
    console = Console(highlight=False)
    with simulator_process("--seed", "1") as simulator:
        scenes = {scene: played(simulator, faults, twilio) for scene, faults in SCENES.items()}
    show(console, scenes)
    return 0 if all(len(both[-1].phone) == 1 for both in scenes.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
