"""Whatever a stranger sends to a receiver: no exception, no handler, nothing told, nothing shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from async_messaging.webhooks import Event, SharedKey, Webhooks
from tests.contract.exposure import Ear
from tests.unit.webhooks.requests import ACCOUNT, FORM, TOKEN, signed, status

KEY, SECRET = "webhooks_sharedkey_01", "a shared secret"
NAMES = [
    "X-Twilio-Signature",
    "x-twilio-signature",
    "X-Twilio-Webhooks-Signature-Settings",
    "Content-Type",
    "Content-Encoding",
    "Host",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "I-Twilio-Idempotency-Token",
]
REAL = signed(status(), token="another token")[0]["X-Twilio-Signature"]
LIKELY = [
    *("", REAL, FORM, "application/json", "gzip", "identity", "http", "443", "evil.example"),
    *(f"key={KEY},algorithm=HMAC_SHA256", f"key={KEY}", "key=,algorithm=", "algorithm=HMAC_SHA1"),
]
VALUES = st.sampled_from(LIKELY) | st.text(max_size=40)
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=9), VALUES), max_size=8)
BODIES = (
    st.binary(max_size=60)
    | st.sampled_from([b"", b"{}", b"[]", b"Body=STOP", b"a=%ff", b"[" * 9_000, b"x" * 70_000])
    | st.just(f"AccountSid={ACCOUNT}&MessageSid=SM1&Body=STOP".encode())
)
TARGETS = st.text(max_size=30) | st.sampled_from(
    [
        "/sms",
        "/sms?bodySHA256=" + "0" * 64,
        "//evil.example/",
        "http://evil.example/sms",
        "*",
        "/%ff?%ff",
    ]
)


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    import logging

    heard = Ear()
    logging.getLogger().addHandler(heard)
    yield heard
    logging.getLogger().removeHandler(heard)


CALLED: list[Event] = []
RECEIVERS = {
    "one account": Webhooks(
        auth_token=TOKEN, shared_keys={KEY: SECRET}, public_url="https://example.com"
    ),
    "behind a proxy": Webhooks(auth_token=TOKEN, trusted_hops=["127.0.0.1"]),
    "several accounts": Webhooks(
        secrets={ACCOUNT: TOKEN},
        shared_keys={KEY: SharedKey(SECRET, account_sid=ACCOUNT)},
        public_url="https://u:hunter2@[::1]:8443/in",
    ),
    "no secret": Webhooks(public_url="https://example.com"),
}
for one in RECEIVERS.values():
    one.on_message(CALLED.append)
    one.on_status(CALLED.append)


@pytest.mark.parametrize("hooks", RECEIVERS.values(), ids=list(RECEIVERS))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", ""]),
    target=TARGETS,
    headers=HEADERS,
    body=BODIES,
    peer=st.sampled_from([None, "127.0.0.1", "::1", "nonsense"]),
)
def test_a_stranger_gets_a_4xx_and_no_more(
    hooks: Webhooks,
    ear: Ear,
    method: str,
    target: str,
    headers: list[tuple[str, str]],
    body: bytes,
    peer: str | None,
) -> None:
    answer = asyncio.run(
        hooks.handle(method=method, target=target, headers=headers, body=body, peer=peer)
    )
    assert answer.status in {400, 403, 405, 413, 415}
    assert (answer.body, CALLED) == (b"", [])
    for url in (target, f"https://example.com{target}"):
        shown = str(hooks.explain(url=url, headers=headers, body=body))
        assert shown.isprintable()
        assert shown.startswith("refused: ")
        assert not {secret for secret in (TOKEN, SECRET, "hunter2") if secret in shown}
    assert not [line for line in ear.heard if TOKEN in line or SECRET in line or "hunter2" in line]
