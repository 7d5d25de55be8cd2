from __future__ import annotations

import json
from base64 import urlsafe_b64decode

import pytest

from async_messaging.simulator import identities

KEY = identities.key_from("secret")
ACCOUNT = "AC" + "1" * 32
NOW = 1_000_000.5


def claims_of(token: str) -> dict[str, object]:
    middle = token.split(".")[1]
    claims: dict[str, object] = json.loads(urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return claims


def test_a_token_says_whose_it_is_and_until_when() -> None:
    token = identities.make_token(KEY, ACCOUNT, "OQ1", NOW)
    claims = claims_of(token)
    assert (claims["sub"], claims["client_id"]) == (ACCOUNT, "OQ1")
    assert (claims["iat"], claims["exp"]) == (1_000_000, 1_003_600)
    assert identities.make_token(KEY, ACCOUNT, "OQ1", NOW) != token


def test_a_token_is_good_for_an_hour() -> None:
    token = identities.make_token(KEY, ACCOUNT, "OQ1", NOW)
    assert identities.read_token(KEY, token, NOW) == ACCOUNT
    assert identities.read_token(KEY, token, NOW + 3599) == ACCOUNT
    assert identities.read_token(KEY, token, NOW + 3600) is None


@pytest.mark.parametrize("wrong", ["", ".", "a.b", "a.b.c", "\u00e9.b.c", "....", "e30.e30."])
def test_what_is_no_token(wrong: str) -> None:
    assert identities.read_token(KEY, wrong, NOW) is None


def test_a_token_of_another_key_or_with_another_part_is_none() -> None:
    token = identities.make_token(KEY, ACCOUNT, "OQ1", NOW)
    other = identities.make_token(KEY, "AC" + "2" * 32, "OQ1", NOW)
    assert identities.read_token(identities.key_from("another"), token, NOW) is None
    head, _, signature = token.split(".")
    assert identities.read_token(KEY, f"{head}.{other.split('.')[1]}.{signature}", NOW) is None
