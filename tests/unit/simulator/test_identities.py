from __future__ import annotations

from typing import Any

import pytest

from async_messaging.simulator.identities import Identities, SimulatedAccount
from tests.unit.simulator.visitor import Visitor

FIRST, SECOND, THIRD = ("AC" + digit * 32 for digit in "123")
KEY = "SK" + "1" * 32


def account(sid: str = FIRST, **fields: Any) -> SimulatedAccount:
    return SimulatedAccount(**{"sid": sid, "auth_token": f"token of {sid}", **fields})


def test_no_secret_is_in_an_accounts_repr() -> None:
    made = account(api_keys={KEY: "hidden"}, oauth_clients={"OQ1": "hidden"}, auth_token="hidden")
    assert FIRST in repr(made)
    assert "hidden" not in repr(made)


def test_each_credential_belongs_to_its_account() -> None:
    known = Identities((account(), account(SECOND, api_keys={KEY: "secret"})))
    assert known.first == FIRST
    assert known.caller(Visitor.basic(SECOND, f"token of {SECOND}"), 0.0) == SECOND
    assert known.caller(Visitor.basic(KEY, "secret"), 0.0) == SECOND
    assert known.caller(Visitor.basic(FIRST, f"token of {SECOND}"), 0.0) is None
    assert (
        known.caller(Visitor.basic(FIRST, f"token of {FIRST}").replace("Basic", "Digest"), 0.0)
        is None
    )


def test_a_client_gets_a_token_of_its_account_for_its_own_secret_only() -> None:
    known = Identities((account(), account(SECOND, oauth_clients={"OQ1": "secret"})))
    token = known.token_for("OQ1", "secret", 0.0)
    assert known.caller(f"Bearer {token}", 1.0) == SECOND
    assert known.caller(f"bearer  {token} ", 1.0) == SECOND
    assert known.token_for("OQ1", "wrong", 0.0) is None
    assert known.token_for("OQ2", "secret", 0.0) is None
    assert known.token_for("OQ2", "", 0.0) is None


def test_a_parent_acts_on_its_subaccounts_and_nobody_else_does() -> None:
    known = Identities((account(), account(SECOND, parent=FIRST), account(THIRD, parent=SECOND)))
    pairs = {(a, b) for a in known.accounts for b in known.accounts if known.may_act(a, b)}
    assert pairs == {
        (FIRST, FIRST),
        (SECOND, SECOND),
        (THIRD, THIRD),
        (FIRST, SECOND),
        (SECOND, THIRD),
    }
    assert not known.may_act(FIRST, "AC" + "9" * 32)
    assert not known.may_act("", FIRST)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ([account(), account()], "same sid"),
        ([account(parent=SECOND)], "parent"),
        ([account(parent=FIRST)], "own parent"),
        ([account("AC1")], "32 hex digits"),
        ([account(auth_token="")], "token"),
        ([account(balance="much")], "balance"),
        ([account(api_keys={KEY: "a"}), account(SECOND, api_keys={KEY: "b"})], "API key"),
        (
            [account(oauth_clients={"OQ1": "a"}), account(SECOND, oauth_clients={"OQ1": "b"})],
            "OAuth client",
        ),
    ],
)
def test_accounts_that_are_not_in_order(wrong: list[SimulatedAccount], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Identities(wrong)
