"""Twilio's own client for Node drives the simulator: `make node` installs it and runs this."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from async_messaging.simulator import Simulator
from tests.unit.simulator.certificates import chain

SCRIPTS = Path(__file__).parent / "node"
NODE = shutil.which("node")
MISSING = NODE is None or not (SCRIPTS / "node_modules" / "twilio").is_dir()
REQUIRED = os.environ.get("NODE_TESTS") == "required"

pytestmark = pytest.mark.skipif(
    MISSING and not REQUIRED, reason="twilio-node is not installed: make node"
)


@pytest.mark.parametrize("chapter", ["messages", "services", "registrations", "content"])
async def test_twilio_node_drives_a_chapter(chapter: str) -> None:
    assert NODE is not None, "Node is not installed"
    async with Simulator(speed=1000) as sim:
        environment = {
            "PATH": os.environ["PATH"],
            "SIMULATOR": sim.url,
            "TWILIO_ACCOUNT_SID": sim.account_sid,
            "TWILIO_AUTH_TOKEN": sim.auth_token,
            "CERTIFICATE": chain(),
        }
        process = await asyncio.create_subprocess_exec(
            NODE,
            str(SCRIPTS / f"{chapter}.js"),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            said, complained = await asyncio.wait_for(process.communicate(), 60)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert (said.decode(), complained.decode(), process.returncode) == ("done\n", "", 0)
