"""STOP, START, HELP: as Twilio takes them."""

from __future__ import annotations

from typing import Any

import pytest

from async_messaging import SettingsError
from async_messaging.webhooks import KEYWORDS, Keywords

WORDS = Keywords()


STOPS = "STOP stop StOp STOPALL unsubscribe Cancel END quit REVOKE OptOut ARRET arrête Arrêté"
DRESSED = (" STOP ", "stop.", "STOP!!!", "\n stop \n", '"Stop"', "STOP\u00a0", "(stop)", "stop 🙏")
WIDE = "\uff33\uff34\uff2f\uff30"


@pytest.mark.parametrize("body", [*STOPS.split(), *DRESSED, WIDE])
def test_these_mean_stop(body: str) -> None:
    assert WORDS.meaning(body) == "STOP"


@pytest.mark.parametrize("body", ["START", "start", "Yes", "yes!", "UNSTOP", "unstop."])
def test_these_mean_start(body: str) -> None:
    assert WORDS.meaning(body) == "START"


@pytest.mark.parametrize("body", ["HELP", "help?", "Info"])
def test_these_mean_help(body: str) -> None:
    assert WORDS.meaning(body) == "HELP"


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "...",
        "STOP PLEASE",
        "please stop",
        "STOP ALL",
        "stopp",
        "S T O P",
        "don't",
        "yesterday",
        "st.op",
        "STOP" * 40,
        "!" * 100 + "STOP",
    ],
)
def test_these_mean_nothing(body: str) -> None:
    assert WORDS.meaning(body) is None


def test_what_twilio_says_comes_first() -> None:
    assert WORDS.meaning("ALTO", "STOP") == "STOP"
    assert WORDS.meaning("STOP", "help") == "HELP"
    assert WORDS.meaning("STOP", "") == "STOP"
    assert WORDS.meaning("STOP", "SOMETHING NEW") == "STOP"


def test_a_language_can_be_added_or_replaced() -> None:
    table: Any = {
        **KEYWORDS,
        "es": {"STOP": ["BAJA", "Alto"], "START": ["alta"], "HELP": ["AYUDA"]},
    }
    words = Keywords(table)
    assert [words.meaning(one) for one in ("baja.", "ALTO", "Alta", "ayuda", "stop")] == [
        "STOP",
        "STOP",
        "START",
        "HELP",
        "STOP",
    ]
    only: Any = {"en": {"STOP": ["leave"]}}
    assert Keywords(only).meaning("stop") is None
    assert Keywords(only).meaning("Leave!") == "STOP"


@pytest.mark.parametrize(
    "table",
    [
        {"en": {"STOP": ["GO"], "START": ["go"]}},
        {"en": {"STOP": ["STOP"]}, "de": {"START": ["STOP"]}},
        {"en": {"STOP": ["..."]}},
        {"en": {"PAUSE": ["PAUSE"]}},
        {"en": {"STOP": "STOP"}},
    ],
)
def test_a_table_that_contradicts_itself_is_refused(table: Any) -> None:
    with pytest.raises(SettingsError):
        Keywords(table)
