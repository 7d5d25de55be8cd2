"""Is the public address of a campaign's callbacks answered, and by somebody who verifies?

Asked before a run, since a million messages without receipts can't be called back. Two requests go
to the campaign's own callback URL, about row 0, which no campaign has, and a message that is none:
one signed as Twilio signs, which must be answered with 2xx, and one with a wrong signature, which
must be refused. `listen` also leaves the first in the campaign's spool: so it is seen whether what
comes there reaches this very campaign. Neither changes anything.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp
from yarl import URL

from ..campaigns.content import callback_url
from ..campaigns.rows import Facts
from ..campaigns.spool import Spool
from ..errors import SettingsError
from ..settings import Credentials, find_auth_token
from ..webhooks.signature import sign, signed_text

_SECONDS = 10.0
_SURE = "; --no-probe runs without asking"


async def probe(ledger: Path, facts: Facts, credentials: Credentials) -> bool:
    """Ask; whether what comes there reaches the campaign's spool, as `listen` makes it.

    Raises:
        SettingsError: nobody answers there, or nobody who verifies; the text says which.
    """
    base = facts.plan.status_callback
    assert base is not None
    token = secrets.token_hex(12)
    url = callback_url(base.partition("#")[0], facts.campaign, 0, token)
    host = urlsplit(base).hostname or ""
    pairs = _form(credentials.account_sid)
    text = url + signed_text(pairs)
    own = find_auth_token()
    secret = own if isinstance(own, str) else str(own())
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        signed = await _post(session, url, pairs, sign(secret, text), host)
        _check_signed(signed, host)
        forged = await _post(session, url, pairs, sign(secrets.token_hex(16), text), host)
        _check_forged(forged, host)
    return await asyncio.to_thread(_has_come, ledger, token)


def _form(account: str) -> list[tuple[str, str]]:
    sid = f"SM{secrets.token_hex(16)}"
    return [
        ("AccountSid", account),
        ("ApiVersion", "2010-04-01"),
        ("MessageSid", sid),
        ("MessageStatus", "queued"),
        ("SmsSid", sid),
        ("SmsStatus", "queued"),
    ]


async def _post(
    session: aiohttp.ClientSession,
    url: str,
    pairs: list[tuple[str, str]],
    signature: bytes,
    host: str,
) -> int:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature.decode("ascii"),
    }
    try:
        async with session.post(
            URL(url, encoded=True), data=urlencode(pairs), headers=headers, allow_redirects=False
        ) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        kind = type(error).__name__
    raise SettingsError(
        f"the status callback at {host} can't be reached ({kind}): start listen there, or check"
        f" the URL{_SURE}"
    )


def _check_signed(status: int, host: str) -> None:
    if 200 <= status < 300:
        return
    if status in {401, 403}:
        raise SettingsError(
            f"the receiver at {host} refused ({status}) what was signed as Twilio signs: it has"
            f" another auth token, or another public URL than Twilio calls{_SURE}"
        )
    raise SettingsError(
        f"the status callback at {host} was answered with {status}, not with 2xx{_SURE}"
    )


def _check_forged(status: int, host: str) -> None:
    if not 400 <= status < 500:
        raise SettingsError(
            f"the receiver at {host} does not verify signatures: it answered {status} to one that"
            f" is forged, so anybody could report anything{_SURE}"
        )


def _has_come(ledger: Path, token: str) -> bool:
    with Spool(ledger) as spool:
        last = 0
        while notes := spool.waiting(last):
            if any(note.kind == "probe" and note.token == token for _, note in notes):
                return True
            last = notes[-1][0]
    return False
