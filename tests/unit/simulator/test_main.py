from __future__ import annotations

import pytest

from async_messaging.simulator import Webhook
from async_messaging.simulator.__main__ import main, parser, simulator_from


def test_options_reach_the_simulator() -> None:
    options = parser("simulate").parse_args(
        [
            *("--port", "0", "--seed", "3", "--faults", "429=5%", "--latency", "80ms±30"),
            *("--concurrency", "9", "--rate", "50", "--retry-after", "2", "--speed", "10x"),
            *("--number", "+14155550111", "--opted-out", "+14155550122"),
            *("--landline", "+14155550133", "--landline", "+14155550134"),
            *("--auth-token", "0" * 32, "--alter", "trial,links"),
            *("--webhook", "http://127.0.0.1:1/sms", "--status-callback", "http://127.0.0.1:1/s"),
            *("--callback-host", "Hooks.example", "--callback-host", "b.example"),
        ]
    )
    simulator = simulator_from(options)
    conditions = simulator.world.conditions
    assert str(simulator.faults) == "429=5%,latency=80ms±30"
    assert simulator.auth_token == "0" * 32
    assert (conditions.concurrency, conditions.rate, conditions.retry_after) == (9, 50.0, 2)
    assert (conditions.seed, conditions.speed) == (3, 10.0)
    assert conditions.alter == {"trial", "links"}
    assert conditions.numbers == ("+14155550111",)
    webhook = Webhook("http://127.0.0.1:1/sms", status_callback="http://127.0.0.1:1/s")
    assert conditions.webhooks == {"*": webhook}
    assert conditions.callback_hosts == {"hooks.example", "b.example"}
    assert conditions.opted_out == {"+14155550122"}
    assert conditions.landlines == {"+14155550133", "+14155550134"}


def test_without_options() -> None:
    simulator = simulator_from(parser("simulate").parse_args([]))
    assert simulator.url == "http://127.0.0.1:8010"
    assert len(simulator.auth_token) == 32
    assert str(simulator.faults) == ""
    assert simulator.world.conditions.alter == frozenset()


@pytest.mark.parametrize(("text", "speed"), [("10x", 10.0), ("2.5", 2.5), ("0.5x", 0.5)])
def test_a_speed_is_a_factor(text: str, speed: float) -> None:
    options = parser("simulate").parse_args(["--speed", text])
    assert simulator_from(options).world.conditions.speed == speed


@pytest.mark.parametrize("text", ["fast", "0x", "-1", "nan", "inf", "x"])
def test_a_wrong_speed_is_named(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser("simulate").parse_args([f"--speed={text}"])
    assert f"--speed: '{text}' is not such as 10x" in capsys.readouterr().err


def test_a_wrong_fault_is_named() -> None:
    with pytest.raises(ValueError, match="latency=fast"):
        simulator_from(parser("simulate").parse_args(["--latency", "fast"]))


def test_a_wrong_alteration_is_told_and_nothing_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--alter", "trail"]) == 2
    assert "alter: 'trail'" in capsys.readouterr().err


def test_a_wrong_webhook_is_told_and_nothing_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--webhook", "localhost:8020/sms"]) == 2
    assert "http://" in capsys.readouterr().err
