from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.unit.campaigns.ledgers import sealed_file

Run = Callable[..., Result]
WHERE = ("--public-url", "https://example.com/twilio")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path, _ = asyncio.run(sealed_file(tmp_path))
    return path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--ledger"),
        (("--ledger", "none.campaign", *WHERE), "there is no campaign none.campaign"),
        (("--ledger", "spring.campaign"), "--public-url"),
        (("--ledger", "spring.campaign", "--public-url", "example.com"), "public_url"),
    ],
)
def test_wrong_usage_is_a_sentence(
    run: Run, ledger: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("listen", *arguments)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_without_the_token_nothing_could_be_verified(
    run: Run, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    done = run("listen", "--ledger", str(ledger), *WHERE)
    assert (done.exit_code, "TWILIO_AUTH_TOKEN is missing" in done.stderr) == (2, True)


def test_a_port_that_is_taken_is_named(run: Run, ledger: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("listen", "--ledger", str(ledger), *WHERE, "--port", port)
    assert (done.exit_code, f"port {port} of 127.0.0.1 can't be opened" in done.stderr) == (2, True)
