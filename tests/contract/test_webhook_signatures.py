"""Signatures against twilio-python's own validator, and against who would like to forge one."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import string
from typing import Any

from twilio.request_validator import RequestValidator

from async_messaging import InvalidSignature
from async_messaging.webhooks import InboundMessage, StatusCallback, Webhooks
from tests.unit.webhooks.requests import (
    SID,
    TOKEN,
    URL,
    Many,
    form_of,
    inbound,
    many,
    signed,
    status,
)

KEY = "webhooks_sharedkey_01"
SIGNATURE = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
TEXT = string.ascii_letters + string.digits + " +&=%#é🌷\"'/?:;,\n"
QUERIES = ("", "?a=1", "?a=1&b=2&a=3", "?x=%20y&z=%2B", "?bodySHA256=00", "?flag&e=")


def accepts(hooks: Webhooks, url: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        hooks.validate(url=url, headers=headers, body=body)
    except InvalidSignature:
        return False
    return True


class Cases:
    """Requests that are signed rightly, or nearly so."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def word(self, least: int = 0) -> str:
        return "".join(self.draw.choices(TEXT, k=self.draw.randint(least, 12)))

    def url(self, query: str) -> str:
        scheme = self.draw.choice(["https", "http"])
        port = self.draw.choice(["", "", ":443", ":80", ":8443", ":1234"])
        return f"{scheme}://shop{self.draw.randint(1, 9)}.example{port}/a{query}"

    def signed_url(self, url: str) -> str:
        """The URL that is signed: the one that is verified, or another."""
        other = url.replace(":443", "").replace(":80/", "/")
        wrong = [url + "x", url.replace(".example", ".example:9", 1), url.replace("http", "ftp", 1)]
        return self.draw.choice([url, url, url, other, *wrong])

    def pairs(self) -> list[tuple[str, str]]:
        """A form; some of its names are there more than once."""
        found = [(self.word(1), self.word()) for _ in range(self.draw.randint(0, 12))]
        again = self.draw.choices(found, k=self.draw.randint(0, 3)) if found else []
        return found + [(name, self.draw.choice([value, self.word()])) for name, value in again]


def test_it_decides_as_twilio_python_does_over_2000_forms() -> None:
    cases, accepted = Cases(7), 0
    for number in range(2_000):
        url, pairs = cases.url(cases.draw.choice(QUERIES)), cases.pairs()
        secret = cases.word(1).strip() or "secret"
        algorithm = ("HMAC_SHA1", "HMAC_SHA256")[number % 2]
        validator: Any = RequestValidator(secret)
        more: Many = many([*pairs, ("More", "1")] if cases.draw.random() < 0.2 else pairs)
        signature = validator.compute_signature(cases.signed_url(url), more, algorithm)
        theirs = validator.validate(url, many(pairs), signature, algorithm)
        headers = {SIGNATURE: signature, "Content-Type": "application/x-www-form-urlencoded"}
        if algorithm == "HMAC_SHA1":
            hooks = Webhooks(auth_token=["older", secret])
        else:
            hooks = Webhooks(auth_token="other", shared_keys={KEY: secret})
            headers[SETTINGS] = f"key={KEY},algorithm={algorithm}"
        assert accepts(hooks, url, headers, form_of(pairs)) == theirs, (url, pairs)
        accepted += theirs
    assert 600 < accepted < 1_600


def test_it_decides_as_twilio_python_does_over_500_json_bodies() -> None:
    cases, accepted = Cases(8), 0
    for _ in range(500):
        body = json.dumps({cases.word(1): cases.word()}, ensure_ascii=False)
        digest = hashlib.sha256(body.encode()).hexdigest()
        query = cases.draw.choice(["", "a=1&", "a=%20&"])
        url = cases.url(f"?{query}bodySHA256={digest}")
        validator: Any = RequestValidator(TOKEN)
        signature = validator.compute_signature(cases.signed_url(url), {})
        sent = body if cases.draw.random() < 0.7 else body + " "
        theirs = validator.validate(url, sent, signature)
        headers = {SIGNATURE: signature, "Content-Type": "application/json"}
        assert accepts(Webhooks(auth_token=TOKEN), url, headers, sent.encode()) == theirs
        accepted += theirs
    assert 100 < accepted < 400


def mutated(signature: str, draw: random.Random) -> str:
    kind = draw.randrange(8)
    at = draw.randrange(len(signature))
    if kind == 0:
        return signature[:at] + signature[at + 1 :]
    if kind == 1:
        return signature[:at] + draw.choice("abcXYZ019+/= ") + signature[at:]
    if kind == 2:
        return signature.swapcase()
    if kind == 3:
        return draw.choice(
            [signature + "=", signature.rstrip("="), signature * 2, "", "=", "é", "\udc80"]
        )
    if kind == 4:
        raw = bytearray(base64.b64decode(signature))
        raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
        return base64.b64encode(raw).decode()
    if kind == 5:
        return base64.b64encode(draw.randbytes(len(base64.b64decode(signature)))).decode()
    if kind == 6:
        return base64.b64decode(signature).hex()
    return (
        signature[:at]
        + draw.choice(string.ascii_letters + string.digits + "+/")
        + signature[at + 1 :]
    )


def test_10000_mutated_signatures_are_refused() -> None:
    draw = random.Random(22)
    hooks = Webhooks(auth_token=TOKEN, shared_keys={KEY: "67890"})
    made = [signed(inbound()), signed(inbound(), token="67890", key=KEY)]
    assert all(accepts(hooks, URL, headers, body) for headers, body in made)
    refused = 0
    while refused < 10_000:
        headers, body = made[refused % 2]
        wrong = mutated(headers[SIGNATURE], draw)
        if wrong.strip() != headers[SIGNATURE]:
            assert not accepts(hooks, URL, {**headers, SIGNATURE: wrong}, body), wrong
            refused += 1


async def test_a_replay_is_a_no_op() -> None:
    hooks = Webhooks(auth_token=TOKEN, public_url="https://example.com")
    told: list[str] = []

    @hooks.on_message
    async def reply(message: InboundMessage) -> None:
        told.append(message.sid)

    @hooks.on_status
    async def track(status: StatusCallback) -> None:
        told.append(status.status)

    made = [signed(inbound()), *(signed(status(state)) for state in ("sent", "delivered"))]
    draw = random.Random(1)
    for number in range(1_000):
        headers, body = draw.choice(made) if number >= len(made) else made[number]
        token = {"I-Twilio-Idempotency-Token": str(draw.randrange(500))} if number % 3 else {}
        answer = await hooks.handle(
            method="POST", target="/sms", headers={**headers, **token}, body=body
        )
        assert answer.status == 204
    assert told == [SID, "sent", "delivered"]
