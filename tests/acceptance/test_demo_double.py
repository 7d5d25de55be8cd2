"""`make demo-double`: real libraries, a real simulator, and what it counted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "examples" / "demo_double.py"


def shown(*options: str) -> str:
    """What the demo prints; it must end well."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(DEMO), *options],
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_outbox_s_phones_get_one_message_each() -> None:
    text = shown()
    assert re.findall(r"(\d+) messages?; \d+ calls, (\d+) POST", text) == [("1", "1")] * 3
    assert text.endswith("outbox: 3 codes, 3 messages\n")
    assert "twilio-python" not in text


@pytest.mark.skipif(
    find_spec("twilio") is None or find_spec("aiohttp_retry") is None, reason="needs twilio"
)
def test_twilio_python_s_phones_get_more() -> None:
    text = shown("--twilio", sys.executable)
    assert max(map(len, text.splitlines())) <= 80
    found = re.findall(r"(\d+) messages?; \d+ calls?, (\d+) POST", text)
    ours, theirs = found[::2], found[1::2]  # a shorter box ends first
    assert ours == [("1", "1")] * 3
    assert all(int(messages) > 1 for messages, _ in theirs)
    sums = re.findall(r"^(\w+).*: 3 codes, (\d+) messages$", text, re.MULTILINE)
    assert sums == [("twilio", str(sum(int(n) for n, _ in theirs))), ("async_messaging", "3")]
