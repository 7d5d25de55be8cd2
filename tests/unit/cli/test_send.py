from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import Result

Run = Callable[..., Result]

TO = "+14155550100"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "0123", "--from", "ACME", "--body", "Hi"), "to: must be E.164"),
        (("--to", TO, "--body", "Hi"), "no sender: give --from"),
        (
            ("--to", TO, "--from", "ACME", "--body", "Hi", "--base-url", "http://example.com"),
            "plain http only",
        ),
        (("--to", TO, "--from", "ACME", "--body", "Hi", "--timeout", "0"), "timeout must be"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_2(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = run("send", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.startswith("async-messaging: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_without_an_account_it_says_which_variable(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    done = run("send", "--to", TO, "--from", "ACME", "--body", "Hi")
    assert done.exit_code == 2
    assert "TWILIO_AUTH_TOKEN" in done.stderr
