"""One simulator for all acceptance tests, emptied before each; and the command line."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.acceptance.programs import PYTHON, Cli, Server, eventually


@pytest.fixture(scope="session")
def _server() -> Generator[Server]:
    command = [*PYTHON, "-m", "async_messaging.simulator", "--port", "0", "--seed", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        environment: dict[str, str] = {}
        while "ASYNC_MESSAGING_BASE_URL" not in environment:
            line = process.stdout.readline()
            assert line, "the simulator did not start"
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                environment[name] = value
        server = Server(environment["ASYNC_MESSAGING_BASE_URL"], environment)
        eventually(server.answers)
        yield server
        process.terminate()
        assert process.wait(10) == 0


@pytest.fixture
def server(_server: Server) -> Server:
    _server.reset()
    return _server


@pytest.fixture
def cli(server: Server, tmp_path: Path) -> Cli:
    return Cli(tmp_path, server.environment)
