"""``async-messaging send``: accepted, refused, unknown, not sent, and what it never does."""

from __future__ import annotations

import json
import signal

from tests.acceptance.programs import Cli, Server, eventually, finished

TO = "+14155550100"


def test_an_accepted_message_is_shown(cli: Cli, server: Server) -> None:
    done = cli.run("send", "--to", TO, "--body", "Hi")
    (message,) = server.messages()
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.splitlines()[:3] == [
        f"accepted  {message['sid']}",
        "status    queued",
        f"to        {TO}",
    ]


def test_json_has_the_models_fields(cli: Cli) -> None:
    done = cli.run("send", "--to", TO, "--body", "Hi", "--json")
    shown = json.loads(done.stdout)
    assert done.returncode == 0
    assert (shown["outcome"], shown["to"], shown["body"]) == ("accepted", TO, "Hi")
    assert shown["from_"] == "+15005550006"
    assert shown["date_created"].endswith("Z")


def test_a_refusal_is_one_sentence_with_code_and_link(cli: Cli, server: Server) -> None:
    done = cli.run("send", "--to", "+12029990614", "--body", "Hi", "--json")
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1
    assert "refused: " in done.stderr
    assert "21614" in done.stderr
    assert "https://www.twilio.com/docs/api/errors/21614" in done.stderr
    assert "+12029990614" not in done.stderr
    assert json.loads(done.stdout)["code"] == 21614
    assert server.stats()["accepted"] == 0


def test_a_lost_answer_is_unknown_and_sent_once(cli: Cli, server: Server) -> None:
    server.reset("drop_after=100%")
    done = cli.run("send", "--to", TO, "--body", "Hi")
    assert (done.returncode, server.stats()["requests"]) == (7, 1)
    assert done.stderr.startswith("async-messaging: unknown: ")


def test_nobody_listening_is_not_sent(cli: Cli) -> None:
    done = cli.run("send", "--to", TO, "--body", "Hi", "--base-url", "http://127.0.0.1:9")
    assert done.returncode == 6
    assert done.stderr.startswith("async-messaging: not sent: ")
    assert done.stderr.count("\n") == 1


def test_an_answer_after_the_time_out_still_counts(cli: Cli, server: Server) -> None:
    server.reset("latency=300ms")
    done = cli.run("send", "--to", TO, "--body", "Hi", "--timeout", "0.15")
    assert (done.returncode, server.stats()["requests"]) == (0, 1)
    assert done.stdout.startswith("accepted")


def test_logs_hold_no_number_text_or_token(cli: Cli, server: Server) -> None:
    server.reset("429@1")
    done = cli.run("send", "--to", TO, "--body", "A very private text", "-v")
    assert done.returncode == 0
    assert "DEBUG" in done.stderr
    for secret in (TO, "private text", "+15005550006", server.environment["TWILIO_AUTH_TOKEN"]):
        assert secret not in done.stderr


def test_ctrl_c_says_what_is_known(cli: Cli, server: Server) -> None:
    server.reset("latency=300ms")
    process = cli.start("send", "--to", TO, "--body", "Hi")
    eventually(lambda: server.stats()["in_flight"] == 1)
    process.send_signal(signal.SIGINT)
    done = finished(process)
    (message,) = server.messages()
    assert done.returncode == 130
    assert done.stderr.strip().endswith(
        f"interrupted; the message was accepted as {message['sid']}"
    )
