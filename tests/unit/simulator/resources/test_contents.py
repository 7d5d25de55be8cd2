from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from async_messaging.simulator.world import Conditions
from tests.contract.asked.content import CONTENT, TEMPLATE, template
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import code_of

TEXT = {"twilio/text": {"body": "Hi"}}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.mark.parametrize(
    "wrong",
    [
        {"types": TEXT},
        {"language": "English", "types": TEXT},
        {"language": "en"},
        {"language": "en", "types": {}},
        {"language": "en", "types": {"twilio/text": None}},
        {"language": "en", "types": TEXT, "variables": {"1": 2}},
        {"language": "en", "types": TEXT, "variables": {"a b": "c"}},
        {"language": "en", "types": TEXT, "friendly_name": "x" * 451},
    ],
    ids=str,
)
def test_what_is_refused(visitor: Visitor, wrong: dict[str, Any]) -> None:
    assert code_of(visitor.send(CONTENT, wrong)) == 20001


def test_what_is_made_is_shown_and_an_update_replaces_the_types(visitor: Visitor) -> None:
    path = template(visitor)
    shown = visitor.read(visitor.get(path))
    assert {name: shown[name] for name in TEMPLATE} == TEMPLATE
    assert shown["links"]["approval_fetch"] == shown["url"] + "/ApprovalRequests"
    visitor.clock.advance(60)
    changed = visitor.read(visitor.send(path, {"types": TEXT, "language": "de"}, method="PUT"))
    assert (changed["types"], changed["language"]) == (TEXT, "de")
    assert changed["variables"] == TEMPLATE["variables"]
    assert changed["date_updated"] > changed["date_created"]
    changed = visitor.read(
        visitor.send(path, {"types": TEXT, "variables": {"2": "b"}}, method="PUT")
    )
    assert changed["variables"] == {"2": "b"}
    assert code_of(visitor.send(path, {"language": "de"}, method="PUT")) == 20001


def test_a_deleted_one_is_gone(visitor: Visitor) -> None:
    path = template(visitor)
    assert visitor.ask("DELETE", path).answer.status == 204
    assert code_of(visitor.get(path)) == 20404
    assert code_of(visitor.get(f"{path}/ApprovalRequests")) == 20404
    assert visitor.read(visitor.get(CONTENT))["contents"] == []


def test_templates_live_on_in_the_file(tmp_path: Path) -> None:
    kept = Conditions(state=str(tmp_path / "state.db"))
    before = Visitor(kept)
    path, gone = template(before), template(before)
    before.ask("DELETE", gone)
    shown = before.read(before.get(path))
    before.world.close()
    after = Visitor(kept)
    assert after.read(after.get(path)) == shown
    content = path.rpartition("/")[2]
    assert after.create(Body=None, ContentSid=content)["body"] == "Hi, your lamp is on its way."
    assert after.refusal(Body=None, ContentSid=gone.rpartition("/")[2]) == 21655
    after.world.close()
