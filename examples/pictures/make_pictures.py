"""Makes the README's pictures from a real run of the demo, in a terminal of 80 columns.

demo-running.svg is the live display half-way; demo.svg is what stands there at the end. The demo
runs in a pseudo-terminal; what it wrote is drawn as it is, colours included.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
DEMO = HERE.parent / "demo.py"
COLUMNS, LINES = 80, 24

REDRAW = re.compile(r"(?:\r|\x1b\[[0-9]*A|\x1b\[2?K|\x1b\[\?25[lh])+")
"""What the live display writes to go back to its first line, and around itself."""

FONT_FACE = re.compile(r"\s*@font-face \{\{.*?\}\}", re.DOTALL)


def recorded() -> str:
    """Everything that the demo writes to its terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, str(DEMO)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        written = bytearray()
        while piece := _read(ours):
            written += piece
        os.close(ours)
    if process.returncode:
        sys.exit("the demo failed: no picture was made")
    return written.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side has been closed
        return b""


def draw(name: str, written: str) -> None:
    """Write one picture."""
    from rich._export_format import CONSOLE_SVG_FORMAT

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ make demo\n", style="bold"), end="")
    console.print(Text.from_ansi(written.strip("\n")), soft_wrap=True)
    picture = console.export_svg(
        title="async-messaging",
        theme=MONOKAI,
        unique_id=name,
        code_format=FONT_FACE.sub("", CONSOLE_SVG_FORMAT),
    )
    (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")


def main() -> None:
    """Run the demo and draw it."""
    frames = [frame for frame in REDRAW.split(recorded()) if frame.strip()]
    *running, ended = frames
    panels = [frame for frame in running if "segments/s" in frame]
    draw("demo-running", panels[len(panels) // 2])
    draw("demo", ended)


if __name__ == "__main__":
    main()
