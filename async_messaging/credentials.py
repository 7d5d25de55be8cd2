"""Who calls: an auth token, an API key or OAuth client credentials. No secret is in any repr.

From arguments, or from ``TWILIO_ACCOUNT_SID``, ``TWILIO_AUTH_TOKEN``, ``TWILIO_API_KEY``,
``TWILIO_API_KEY_SECRET``, ``TWILIO_CLIENT_ID`` and ``TWILIO_CLIENT_SECRET``. Each secret may also
come from a file (``TWILIO_AUTH_TOKEN_FILE``, ``TWILIO_API_KEY_SECRET_FILE``,
``TWILIO_CLIENT_SECRET_FILE``) or from a callable, which is asked again after a 401.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypedDict, cast

from .errors import SettingsError

Secret = str | Callable[[], str | Awaitable[str]]
"""A secret, or a callable (plain or async) that gives the present one."""

_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_API_KEY = re.compile(r"SK[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who calls. The secret is in no repr.

    Attributes:
        account_sid: the account the 2010 paths name, ``AC...``.
        username: the account SID, an API key ``SK...``, or an OAuth client id.
        secret: the auth token, the API key's or the client's secret, or a callable that gives it.
        oauth: username and secret are exchanged for a bearer token.
        borrowed: they belong to another account, the parent of this one.
    """

    account_sid: str
    username: str
    secret: Secret = field(repr=False)
    oauth: bool = False
    borrowed: bool = False

    def lent_to(self, account_sid: str) -> Credentials:
        """The same credentials for calls that name another account."""
        borrowed = self.borrowed or account_sid != self.account_sid
        return replace(self, account_sid=_account(account_sid), borrowed=borrowed)

    async def current_secret(self) -> str:
        """The secret as it is now; asks the callable if there is one.

        Raises:
            SettingsError: the callable failed (then `stops` is false: it is asked again, as after a
                failed connection; but not for a file that is missing), or gave what is no text.
        """
        if isinstance(self.secret, str):
            return self.secret
        try:
            given = self.secret()
            value = cast("object", await given if inspect.isawaitable(given) else given)
        except Exception as failure:  # noqa: BLE001 - whatever a user's callable raises may show the secret
            failed, lasts = type(failure).__name__, isinstance(failure, _LASTING)
        else:
            if not isinstance(value, str) or not value:
                raise SettingsError("the secret's source gave no text")
            return _encodable(value, "the secret that its source gave")
        # Raised out here, so that the source's own error is not even the context of ours.
        error = SettingsError(f"the secret's source failed ({failed})")
        error.stops = lasts
        raise error


_LASTING = (FileNotFoundError, IsADirectoryError, PermissionError)
"""What asking again won't mend."""


def _encodable(value: str, name: str) -> str:
    """The value, if it is text that can be sent.

    A byte of the environment that is no UTF-8 becomes a lone surrogate; the error of encoding that
    would hold all of the secret.
    """
    if _SURROGATE.search(value):
        raise SettingsError(f"{name} must be text: it holds a byte that is no UTF-8")
    return value


class CredentialsGiven(TypedDict, total=False):
    """What `find_credentials` takes."""

    account_sid: str | None
    auth_token: Secret | None
    api_key: str | None
    api_secret: Secret | None
    client_id: str | None
    client_secret: Secret | None


def find_credentials(
    *,
    account_sid: str | None = None,
    auth_token: Secret | None = None,
    api_key: str | None = None,
    api_secret: Secret | None = None,
    client_id: str | None = None,
    client_secret: Secret | None = None,
) -> Credentials:
    """Credentials from arguments, completed from the environment; a `SettingsError` names what is missing.

    Arguments come before the environment; an API key comes before OAuth, and that before the
    auth token.
    """
    account_sid = _account(account_sid or os.environ.get("TWILIO_ACCOUNT_SID") or "")
    secrets = {"auth_token": auth_token, "api_secret": api_secret, "client_secret": client_secret}
    for name, given in secrets.items():
        if isinstance(given, str):
            _encodable(given, name)
        elif given is not None and not callable(given):
            raise SettingsError(f"{name} must be text, or a callable that gives it")
    nothing = not (auth_token or api_key or api_secret or client_id or client_secret)
    if nothing or api_key or api_secret:
        api_key = api_key or os.environ.get("TWILIO_API_KEY")
    if nothing or client_id or client_secret:
        client_id = client_id or os.environ.get("TWILIO_CLIENT_ID")
    if api_key or api_secret:
        return _api_key(account_sid, api_key, api_secret)
    if client_id or client_secret:
        return _client(account_sid, client_id, client_secret)
    secret = auth_token or _secret_from("TWILIO_AUTH_TOKEN")
    if secret is None:
        raise SettingsError("auth_token (or TWILIO_AUTH_TOKEN), or api_key, is missing")
    return Credentials(account_sid, account_sid, secret)


def _account(account_sid: str) -> str:
    if _API_KEY.fullmatch(account_sid):
        raise SettingsError(
            "account_sid is an API key (SK...); pass it as api_key, and the account's AC... SID"
        )
    if not _ACCOUNT_SID.fullmatch(account_sid):
        raise SettingsError(
            "account_sid (or TWILIO_ACCOUNT_SID) must be AC and 32 hexadecimal digits"
        )
    return account_sid


def _api_key(account_sid: str, api_key: str | None, secret: Secret | None) -> Credentials:
    if not api_key:
        raise SettingsError("api_secret needs api_key (or TWILIO_API_KEY)")
    if not _API_KEY.fullmatch(api_key):
        raise SettingsError("api_key (or TWILIO_API_KEY) must be SK and 32 hexadecimal digits")
    secret = secret or _secret_from("TWILIO_API_KEY_SECRET")
    if secret is None:
        raise SettingsError("api_key needs api_secret (or TWILIO_API_KEY_SECRET)")
    return Credentials(account_sid, api_key, secret)


def _client(account_sid: str, client_id: str | None, secret: Secret | None) -> Credentials:
    if not client_id:
        raise SettingsError("client_secret needs client_id (or TWILIO_CLIENT_ID)")
    secret = secret or _secret_from("TWILIO_CLIENT_SECRET")
    if secret is None:
        raise SettingsError("client_id needs client_secret (or TWILIO_CLIENT_SECRET)")
    return Credentials(account_sid, _encodable(client_id, "client_id"), secret, oauth=True)


def find_auth_token() -> Secret:
    """The account's auth token from the environment, which signs webhooks, whoever calls."""
    secret = _secret_from("TWILIO_AUTH_TOKEN")
    if secret is None:
        raise SettingsError("TWILIO_AUTH_TOKEN is missing: webhooks are signed with it")
    return secret


def _secret_from(name: str) -> Secret | None:
    """A secret from the environment: its own variable, else the file that another names."""
    if value := os.environ.get(name):
        return _encodable(value, name)
    if file := os.environ.get(f"{name}_FILE"):
        return lambda: Path(file).read_text(encoding="utf-8-sig").strip()
    return None
