"""The token endpoint, `POST /v2/token` of `oauth.twilio.com`: an OAuth client's credentials for a bearer token.

What is wrong is answered as RFC 6749 says: 400, and 401 for a client that is unknown or whose secret is wrong.
Source: Twilio's reference, "OAuth Token API".
"""

from __future__ import annotations

from .answers import Answer, json_answer
from .exchange import Exchange
from .identities import LIFE

_SECRET = {"Cache-Control": "no-store"}


def issue(exchange: Exchange) -> Answer:
    """POST /v2/token."""
    form = exchange.form
    client, secret, grant = (
        form.get(name, [""]) for name in ("client_id", "client_secret", "grant_type")
    )
    if any(len(values) > 1 or not values[0] for values in (client, secret, grant)):
        text = "client_id, client_secret and grant_type are required, each once"
        return _refuse("invalid_request", text)
    if grant != ["client_credentials"]:
        return _refuse("unsupported_grant_type", "grant_type must be client_credentials")
    token = exchange.world.identities.token_for(client[0], secret[0], exchange.now)
    if token is None:
        return _refuse("invalid_client", "client_id or client_secret is wrong", 401)
    told = {
        "access_token": token,
        "id_token": None,
        "token_type": "Bearer",
        "expires_in": LIFE,
        "refresh_token": None,
    }
    return json_answer(told, headers=_SECRET)


def _refuse(error: str, text: str, status: int = 400) -> Answer:
    return json_answer({"error": error, "error_description": text}, status, headers=_SECRET)
