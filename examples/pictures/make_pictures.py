"""Makes the README's pictures from real runs, in a terminal of 80 columns.

demo-running.svg is the demo's live display half-way, demo.svg what stands there at the end.
campaign-running.svg, campaign-status.svg and campaign-report.svg are a campaign that is killed with
`kill -9`, run again, looked at and reported, against a simulator that fails now and then.
outbox-double.svg is what `make demo-double` shows. All of these run in pseudo-terminals; what was
written is drawn as it is, colours included.
inbox-light.png and inbox-dark.png are the simulator's inbox in Chromium, which must be installed,
with a conversation that a small webhook takes part in.
"""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiohttp import web
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parents[2]))
from async_messaging import MessagingClient
from async_messaging.simulator import Simulator
from tests.browser import running, tab
from tests.simulator_process import simulator_process

HERE = Path(__file__).parent
DEMO = HERE.parent / "demo.py"
DOUBLE = HERE.parent / "demo_double.py"
TWILIO = HERE.parents[1] / ".venv-twilio" / "bin" / "python"
PEOPLE = HERE.parent / "data" / "recipients.csv"
CAMPAIGN = "async-messaging campaign"
CREATE = (
    f"{CAMPAIGN} create spring.csv --name spring --from +15005550006"
    ' --template "Hi {name}, spring is here"'
)
SETTINGS = "--rate 250 --on-unknown resend --settle 3 --scan-interval 1 --timeout 2"
COLUMNS, LINES = 80, 24

REDRAW = re.compile(r"(?:\r|\x1b\[[0-9]*A|\x1b\[2?K|\x1b\[\?25[lh])+")
"""What the live display writes to go back to its first line, and around itself."""

FONT_FACE = re.compile(r"\s*@font-face \{\{.*?\}\}", re.DOTALL)


def recorded(
    command: Sequence[str], folder: Path, extra: Mapping[str, str], *, kill_after: float = 0.0
) -> str:
    """Everything that a command writes to its terminal; killed after so many seconds, if any."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, **extra, "TERM": "xterm-256color"}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=folder
    ) as process:
        os.close(theirs)
        if kill_after:
            threading.Timer(kill_after, process.kill).start()
        written = bytearray()
        while piece := _read(ours):
            written += piece
        os.close(ours)
    if process.returncode and not kill_after:
        sys.exit(f"{command[1:4]} failed: no picture was made")
    return written.decode(errors="replace").replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side has been closed
        return b""


def draw(name: str, parts: Sequence[tuple[str, str]]) -> None:
    """Write one picture: what was typed, and what was written, one after another."""
    from rich._export_format import CONSOLE_SVG_FORMAT

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for typed, written in parts:
        console.print(Text(f"$ {typed}\n", style="bold"), end="")
        console.print(Text.from_ansi(written.strip("\n")), soft_wrap=True)
    picture = console.export_svg(
        title="async-messaging",
        theme=MONOKAI,
        unique_id=name,
        code_format=FONT_FACE.sub("", CONSOLE_SVG_FORMAT),
    )
    (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")


def frames_of(written: str) -> list[str]:
    """The pictures that a live display showed one after another; the last stays."""
    return [frame for frame in REDRAW.split(written) if frame.strip()]


def draw_demo() -> None:
    """Run the demo and draw it."""
    *running, ended = frames_of(recorded([sys.executable, str(DEMO)], HERE, {}))
    panels = [frame for frame in running if "segments/s" in frame]
    draw("demo-running", [("make demo", panels[len(panels) // 2])])
    draw("demo", [("make demo", ended)])


def draw_campaign() -> None:
    """Create a campaign, kill its run, run it again, and draw what is seen of it."""
    program = str(Path(sys.executable).parent / "async-messaging")
    faults = ("--faults", "429=3%,500_after=1%,drop_after=0.5%")
    with (
        simulator_process("--seed", "7", *faults) as simulator,
        tempfile.TemporaryDirectory() as made,
    ):
        folder = Path(made)
        shutil.copy(PEOPLE, folder / "spring.csv")

        def typed(command: str, *, kill_after: float = 0.0) -> tuple[str, str]:
            words = [program, *shlex.split(command)[1:]]
            written = recorded(words, folder, simulator.exports, kill_after=kill_after)
            return command, written

        typed(f"{CREATE} --yes")
        run = f"async-messaging campaign run spring {SETTINGS}"
        typed(run, kill_after=4.0)
        _, again = typed(run)
        *running, ended = frames_of(again)
        panels = [frame for frame in running if "segments/s" in frame]
        draw("campaign-running", [(run, panels[len(panels) // 2])])
        draw(
            "campaign-report", [(run, ended), typed(f"{CAMPAIGN} report spring --out spring.jsonl")]
        )
        draw("campaign-status", [typed(f"{CAMPAIGN} status spring")])


def draw_double() -> None:
    """Lose answers on their way to twilio-python and to an outbox, and draw what came of it."""
    command = [sys.executable, str(DOUBLE), "--twilio", str(TWILIO)]
    draw("outbox-double", [("make demo-double", recorded(command, HERE, {}))])


ADA = "+14155550100"
OTHERS = (
    ("+13125550177", "Reminder: Dr. Okafor sees you tomorrow at 9:15. Reply C to confirm."),
    ("+33639981234", "Votre réservation est confirmée pour samedi à 20 h."),
    ("+12129993005", "Is this still your number?"),
    ("+12025550143", "Welcome aboard! Reply STOP to end."),
    ("+493023125012", "Ihre Lieferung kommt heute. Grüße aus der Küche!"),
    ("+442079460018", "Your code is 481920. It is valid for ten minutes."),
    ("+19175550188", "Your parcel arrives today between 14:00 and 16:00."),
)
TWIML = """<Response>
  <Message>Done. We keep the table by the window for you.</Message>
</Response>"""


async def answer(request: web.Request) -> web.Response:
    """Answer what a handset writes, as a restaurant's server would."""
    form = await request.post()
    return web.Response(text=TWIML if form["From"] == ADA else "", content_type="text/xml")


async def talk(sim: Simulator, client: MessagingClient) -> None:
    """Have the conversations that the picture shows."""
    for to, body in OTHERS:
        await client.messages.create(to=to, from_="+15005550006", body=body)
    await sim.reply(from_="+12025550143", body="STOP")
    await client.messages.create(
        to=ADA,
        from_="+15005550006",
        body="Hi Ada, a table for two tonight at 19:30? Reply YES to keep it.",
    )
    await client.messages.create(
        to=ADA,
        from_="+15005550006",
        body="That is the view from it.",
        media_url=["https://pictures.example/view.jpg"],
    )
    await sim.reply(from_=ADA, body="YES please, by the window")


async def draw_inbox() -> None:
    """Have some conversations in a real simulator, and take the page's picture, light and dark."""
    app = web.Application()
    app.router.add_post("/sms", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made,
        running(Path(made)) as address,
    ):
        async with (
            Simulator(seed=25, webhook=f"http://127.0.0.1:{port}/sms") as sim,
            sim.client() as client,
            tab(address) as page,
        ):
            await page.size(1200, 800)
            await page.open(f"{sim.url}/#{ADA.replace('+', '%2B')}")
            await page.until("document.querySelector('#app').dataset.ready")
            await talk(sim, client)
            await page.until("document.querySelectorAll('#log .tick.delivered').length === 3")
            await page.until("document.querySelectorAll('#phones .tick.queued').length === 0")
            await page.until("[...document.images].every(one => one.complete)")
            for scheme in ("light", "dark"):
                await page.prefer(scheme)
                picture = await page.picture()
                (HERE / f"inbox-{scheme}.png").write_bytes(picture)
    await runner.cleanup()


def main() -> None:
    """Draw all, or those named: demo, campaign, double, inbox."""
    wanted = sys.argv[1:] or ["demo", "campaign", "double", "inbox"]
    if "demo" in wanted:
        draw_demo()
    if "campaign" in wanted:
        draw_campaign()
    if "double" in wanted:
        draw_double()
    if "inbox" in wanted:
        asyncio.run(draw_inbox())


if __name__ == "__main__":
    main()
