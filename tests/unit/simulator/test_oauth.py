from __future__ import annotations

from typing import Any

import pytest

from async_messaging.simulator.desk import Verdict
from async_messaging.simulator.world import Conditions
from tests.unit.simulator.visitor import Visitor, code_of, read

GOOD = {"client_id": "OQ1", "client_secret": "secret", "grant_type": "client_credentials"}


@pytest.fixture
def visitor() -> Visitor:
    return Visitor(Conditions(seed=1, oauth_clients={"OQ1": "secret"}))


def token(visitor: Visitor, **form: Any) -> Verdict:
    given = {name: value for name, value in {**GOOD, **form}.items() if value is not None}
    return visitor.ask("POST", "/v2/token", given, authorization="")


def test_the_answer_has_twilios_fields(visitor: Visitor) -> None:
    verdict = token(visitor)
    told = read(verdict)
    assert verdict.answer.status == 200
    assert verdict.answer.headers["Cache-Control"] == "no-store"
    assert isinstance(told.pop("access_token"), str)
    assert told == {
        "id_token": None,
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": None,
    }


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "OQ2"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"client_id": None}, 400, "invalid_request"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"client_id": ["OQ1", "OQ1"]}, 400, "invalid_request"),
    ],
)
def test_wrong_requests(visitor: Visitor, form: dict[str, Any], status: int, error: str) -> None:
    verdict = token(visitor, **form)
    assert (verdict.answer.status, read(verdict)["error"]) == (status, error)
    assert "access_token" not in read(verdict)


def test_a_token_opens_every_path_until_it_expires(visitor: Visitor) -> None:
    visitor.authorization = f"Bearer {read(token(visitor))['access_token']}"
    visitor.create()
    for path in ("Messages.json", "Balance.json", "/v1/Messaging/Countries"):
        assert visitor.get(path).answer.status == 200
    visitor.clock.advance(3599)
    assert visitor.get("Balance.json").answer.status == 200
    visitor.clock.advance(1)
    verdict = visitor.get("Balance.json")
    assert (verdict.answer.status, code_of(verdict)) == (401, 20003)
    visitor.authorization = f"Bearer {read(token(visitor))['access_token']}"
    assert visitor.get("Balance.json").answer.status == 200


def test_tokens_take_part_in_no_count_and_no_fault() -> None:
    visitor = Visitor(Conditions(seed=1, oauth_clients={"OQ1": "secret"}), "429=100%,get.429=100%")
    assert token(visitor).answer.status == 200
    assert (visitor.world.counters.requests, visitor.world.counters.reads) == (0, 0)
