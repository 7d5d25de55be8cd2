from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from async_messaging.simulator import senders, templates
from async_messaging.simulator.answers import problem
from async_messaging.simulator.catalogue import DELIVERY_ERRORS, ERRORS
from async_messaging.simulator.records import UNQUEUED

SOURCES = Path(senders.__file__).parent.rglob("*.py")


def test_every_code_that_is_raised_is_known_and_none_is_idle() -> None:
    text = "".join(path.read_text() for path in SOURCES if path.name != "catalogue.py")
    used = {int(code) for code in re.findall(r"\b[2-6]\d{4}\b", text)}
    assert ERRORS.keys() <= used
    raised = {
        int(code)
        for code in re.findall(r"(?:RefusedError|problem|_too_many)\((?:world, )?(\d+)", text)
    }
    reserved = {*senders.MAGIC_FROM.values(), *senders.MAGIC_TO.values()}
    assert raised | reserved | {*senders.RESERVED_REFUSALS.values()} <= ERRORS.keys()


def test_every_fate_has_a_text() -> None:
    fates = {fate for fate in senders.RESERVED_FATES.values() if fate > 0}
    assert fates | UNQUEUED | templates.FATES | {30036} == DELIVERY_ERRORS.keys()


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_error_has_twilios_shape(code: int) -> None:
    answer = problem(code, "+14155550100")
    body = json.loads(answer.body)
    assert body["code"] == answer.code == code
    assert body["status"] == answer.status == ERRORS[code][0]
    assert body["more_info"].endswith(f"/{code}")
    assert "{" not in body["message"]
