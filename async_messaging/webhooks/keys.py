"""Which secrets may have signed a request. The request never chooses their class.

A request without the settings header was signed with an auth token; one with it names a shared key
by its id, and only the secret of that id counts. An unknown id, an unknown account, or no secret at
all means that the request is refused: there is no way to "not check".

With several accounts, the request's ``AccountSid`` selects the tokens, and the signature proves it.
A shared key then belongs to one account: whose key it is can't write in another's name.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias, cast

import msgspec

from ..errors import InvalidSignature, SettingsError

Tokens: TypeAlias = str | Sequence[str]
"""A secret, or several while one takes the other's place."""

AuthToken: TypeAlias = Tokens | Callable[[], Tokens | Awaitable[Tokens | None] | None]
"""Tokens, or a callable (plain or async) that gives the present ones."""

AccountTokens: TypeAlias = (
    Mapping[str, Tokens] | Callable[[str], Tokens | Awaitable[Tokens | None] | None]
)
"""Tokens by account sid, or a callable (plain or async) that is asked for an account's."""

Found: TypeAlias = tuple[str, ...]
Later: TypeAlias = Awaitable[Tokens | None]


class SharedKey(msgspec.Struct, frozen=True):
    """A shared key's secret. Neither it nor its account is in the repr.

    Attributes:
        secret: the secret, or several.
        account_sid: whose requests it signs; needed where there are several accounts.
    """

    secret: Tokens
    account_sid: str | None = None

    def __repr__(self) -> str:
        return "SharedKey(...)"


class Keys:
    """All secrets of a receiver."""

    def __init__(
        self,
        auth_token: AuthToken | None = None,
        shared_keys: Mapping[str, Tokens | SharedKey] | None = None,
        secrets: AccountTokens | None = None,
    ) -> None:
        if auth_token is not None and secrets is not None:
            raise SettingsError("give auth_token for one account, or secrets for several")
        self._token = auth_token
        self._accounts = secrets
        self._shared = {
            name: key if isinstance(key, SharedKey) else SharedKey(key)
            for name, key in (shared_keys or {}).items()
        }
        if secrets is not None and any(not key.account_sid for key in self._shared.values()):
            raise SettingsError("beside several accounts, a shared key needs its account_sid")

    def find(self, key_id: str | None, accounts: frozenset[str]) -> Found | Later:
        """The secrets that may have signed."""
        if key_id is not None:
            return self._of_key(key_id, accounts)
        if self._accounts is not None:
            return self._of_account(_only(accounts))
        if callable(self._token):
            return _asked(self._token)
        return _some(self._token, "no auth token is set")

    def _of_key(self, key_id: str, accounts: frozenset[str]) -> Found:
        key = self._shared.get(key_id)
        if key is None:
            raise InvalidSignature("the shared key is not known")
        if key.account_sid and key.account_sid != _only(accounts):
            raise InvalidSignature("the shared key belongs to another account")
        return _some(key.secret, "the shared key has no secret")

    def _of_account(self, account: str) -> Found | Later:
        if callable(self._accounts):
            source = self._accounts
            return _asked(lambda: source(account))
        return _some((self._accounts or {}).get(account), "the account is not known")


def _only(accounts: frozenset[str]) -> str:
    if len(accounts) != 1:
        raise InvalidSignature("the request names no account, or several")
    return next(iter(accounts))


def _asked(
    source: Callable[[], Tokens | Awaitable[Tokens | None] | None],
) -> Found | Later:
    try:
        given = source()
    except Exception as error:  # noqa: BLE001 - whatever a user's callable raises may show the secret
        failed = type(error).__name__
    else:
        if inspect.isawaitable(given):
            return given
        return _some(given, "the account has no auth token")
    raise SettingsError(f"the secret's source failed ({failed})")


async def awaited(given: Later) -> Found:
    """The secrets that a callable gives later."""
    try:
        found = await given
    except Exception as error:  # noqa: BLE001 - whatever a user's callable raises may show the secret
        failed = type(error).__name__
    else:
        return _some(found, "the account has no auth token")
    raise SettingsError(f"the secret's source failed ({failed})")


def _some(given: Tokens | None, reason: str) -> Found:
    """The secrets that are there: an empty one would let anybody sign."""
    listed = (given,) if isinstance(given, str) else tuple(cast("Sequence[object]", given or ()))
    if not all(isinstance(one, str) for one in listed):
        raise SettingsError("a secret must be text")
    found = tuple(one for one in cast("Found", listed) if one.strip())
    if not found:
        raise InvalidSignature(reason)
    return found
