"""Who may call: accounts with their tokens, API keys and OAuth clients, and whose account a path may name.

A parent's credentials may act on its subaccounts; nobody else's may act on another account.
Bearer tokens are JSON Web Tokens that say whose they are and until when, signed with a key of the simulator's. Nothing
is kept of them, so they outlive a restart.
Source: Twilio's pages "Twilio API requests" and "Subaccounts"; RFC 7519.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from random import getrandbits

import msgspec

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
LIFE = 3600
"""Seconds for which a token is good."""

_HEADER = b'{"alg":"HS256","typ":"JWT"}'


class SimulatedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the simulated Twilio.

    Attributes:
        sid: `AC` and 32 hex digits.
        auth_token: its token, which also signs what its callbacks carry.
        api_keys: further credentials: secrets by `SK` sid.
        oauth_clients: those that may ask for a bearer token: secrets by client id.
        numbers: phone numbers that it owns, besides `+15005550006`.
        parent: the sid of the account that it is a subaccount of, or empty.
        balance: its money in dollars.
    """

    sid: str
    auth_token: str
    api_keys: Mapping[str, str] = {}
    oauth_clients: Mapping[str, str] = {}
    numbers: tuple[str, ...] = ()
    parent: str = ""
    balance: str = "10000.00"

    def __repr__(self) -> str:
        return f"SimulatedAccount(sid={self.sid!r})"


class Identities:
    """All accounts, the first of which is the one that is meant when none is named."""

    def __init__(self, accounts: Iterable[SimulatedAccount]) -> None:
        self.accounts: dict[str, SimulatedAccount] = {}
        self._users: set[str] = set()
        self._basic: dict[str, str] = {}
        self._clients: dict[str, tuple[str, str]] = {}
        for account in accounts:
            self._add(account)
        for account in self.accounts.values():
            if account.parent and account.parent not in self.accounts:
                raise ValueError("an account's parent is no account of this simulator")
        self.first: str = next(iter(self.accounts))
        self._key = key_from(self.accounts[self.first].auth_token)

    def _add(self, account: SimulatedAccount) -> None:
        _check(account)
        if account.sid in self.accounts:
            raise ValueError("two accounts have the same sid")
        self.accounts[account.sid] = account
        for user, secret in {account.sid: account.auth_token, **account.api_keys}.items():
            if user in self._users:
                raise ValueError("two accounts have the same API key")
            self._users.add(user)
            self._basic[b64encode(f"{user}:{secret}".encode()).decode()] = account.sid
        for client, secret in account.oauth_clients.items():
            if client in self._clients:
                raise ValueError("two accounts have the same OAuth client")
            self._clients[client] = (secret, account.sid)

    def caller(self, authorization: str, now: float) -> str | None:
        """The sid of the account whose credentials a header holds, if they are good now."""
        scheme, _, value = authorization.partition(" ")
        kind = scheme.lower()
        if kind == "basic":
            return self._basic.get(value.strip())
        if kind == "bearer":
            sid = read_token(self._key, value.strip(), now)
            return sid if sid in self.accounts else None
        return None

    def token_for(self, client: str, secret: str, now: float) -> str | None:
        """A bearer token for an OAuth client, if there is such a client and the secret is its own."""
        known, sid = self._clients.get(client, ("", ""))
        if not sid or known != secret:
            return None
        return make_token(self._key, sid, client, now)

    def may_act(self, caller: str, named: str) -> bool:
        """Whether an account's credentials may act on the account that a path names."""
        account = self.accounts.get(named)
        return account is not None and bool(caller) and caller in (account.sid, account.parent)


def _check(account: SimulatedAccount) -> None:
    if not _ACCOUNT.fullmatch(account.sid):
        raise ValueError("an account's sid must be AC and 32 hex digits")
    if not account.auth_token:
        raise ValueError("an account's token is missing")
    if account.parent == account.sid:
        raise ValueError("an account can't be its own parent")
    try:
        Decimal(account.balance)
    except InvalidOperation:
        raise ValueError("an account's balance must be dollars, 10000.00") from None


class _Claims(msgspec.Struct):
    sub: str
    exp: int
    client_id: str = ""
    iat: int = 0
    iss: str = "https://oauth.twilio.com"
    jti: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Claims).decode


def key_from(secret: str) -> bytes:
    """The key that signs, made from a secret that is not the key itself."""
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"bearer").digest()


def make_token(key: bytes, account_sid: str, client: str, now: float) -> str:
    """A token of this account that is good from now on for `LIFE` seconds."""
    began = int(now)
    claims = _Claims(
        account_sid, began + LIFE, client_id=client, iat=began, jti=f"{getrandbits(128):032x}"
    )
    signed = f"{_pack(_HEADER)}.{_pack(_encode(claims))}"
    return f"{signed}.{_sign(key, signed)}"


def read_token(key: bytes, token: str, now: float) -> str | None:
    """The account a token is for, if it is one of ours and good now."""
    signed, _, signature = token.rpartition(".")
    if not token.isascii() or not hmac.compare_digest(signature, _sign(key, signed)):
        return None
    claims = _decode(_unpack(signed.partition(".")[2]))
    return claims.sub if now < claims.exp else None


def _sign(key: bytes, signed: str) -> str:
    return _pack(hmac.digest(key, signed.encode(), hashlib.sha256))


def _pack(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpack(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
