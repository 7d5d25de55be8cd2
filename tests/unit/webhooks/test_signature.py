"""Signatures: the published vectors, twilio-python as oracle, and what must never pass."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from typing import Any

import pytest

from async_messaging import InvalidSignature
from async_messaging.webhooks import Webhooks
from async_messaging.webhooks.request import Headers
from async_messaging.webhooks.signature import Envelope, open_envelope, sign
from tests.unit.webhooks.requests import ACCOUNT, FORM, TOKEN, URL, form_of, inbound, signed

VECTOR_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
VECTOR_PARAMS = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
SHA1 = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
SHA256 = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s="
WITH_PORT = "kvajT1Ptam85bY51eRf/AJRuM3w="
KEY = "webhooks_sharedkey_01"
JSON_BODY = b'{"property": "value", "boolean": true}'
JSON_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
NO_HEADERS: Mapping[str, str] = {}
JSON_SIGNATURE = "a9nBmqA0ju/hNViExpshrM61xv4="


def accepts(
    hooks: Webhooks,
    signature: str,
    url: str = VECTOR_URL,
    body: bytes | None = None,
    headers: Mapping[str, str] = NO_HEADERS,
) -> bool:
    given = {"X-Twilio-Signature": signature, "Content-Type": FORM, **headers}
    form = form_of(VECTOR_PARAMS) if body is None else body
    try:
        hooks.validate(url=url, headers=given, body=form)
    except InvalidSignature:
        return False
    return True


HOOKS = Webhooks(auth_token="12345", public_url="https://mycompany.com")


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        (VECTOR_URL, SHA1),
        (VECTOR_URL, WITH_PORT),
        (VECTOR_URL.replace(".com", ".com:443"), SHA1),
        (VECTOR_URL.replace(".com", ".com:443"), WITH_PORT),
        (
            VECTOR_URL.replace("https", "http").replace(".com", ".com:80"),
            "0ZXoZLH/DfblKGATFgpif+LLRf4=",
        ),
        (VECTOR_URL.replace("https", "http"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (
            VECTOR_URL.replace("https", "http").replace(".com", ".com:1234"),
            "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
        ),
        (f"{VECTOR_URL}#rc=3&rp=all", SHA1),
    ],
)
def test_the_published_vectors_pass(url: str, signature: str) -> None:
    assert accepts(HOOKS, signature, url)


def test_the_published_vector_of_sha_256_passes() -> None:
    hooks = Webhooks(shared_keys={KEY: "12345"})
    settings = {"X-Twilio-Webhooks-Signature-Settings": f"key={KEY},algorithm=HMAC_SHA256"}
    assert accepts(hooks, SHA256, headers=settings)
    assert accepts(
        hooks,
        SHA1,
        headers={"X-Twilio-Webhooks-Signature-Settings": f"key={KEY},algorithm=HMAC_SHA1"},
    )


def test_the_published_vector_with_repeated_parameters_passes() -> None:
    pairs = [("Sid", "CA123"), ("SidAccount", "AC123")]
    digits = [("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    body = form_of([*pairs, *digits])
    assert accepts(HOOKS, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", body=body)


def test_the_published_vector_of_a_json_body_passes() -> None:
    url = f"{VECTOR_URL}&bodySHA256={JSON_HASH}"
    json_type = {"Content-Type": "application/json"}
    assert accepts(HOOKS, JSON_SIGNATURE, url, JSON_BODY, json_type)
    assert not accepts(HOOKS, JSON_SIGNATURE, url, JSON_BODY + b" ", json_type)
    assert not accepts(HOOKS, JSON_SIGNATURE, url, JSON_BODY)  # as a form


def test_a_changed_request_is_refused() -> None:
    headers, body = signed(inbound())
    hooks = Webhooks(auth_token=TOKEN, public_url="https://example.com")
    hooks.validate(url=URL, headers=headers, body=body)
    draw = random.Random(3)
    for _ in range(500):
        at = draw.randrange(len(body))
        changed = body[:at] + bytes([draw.choice(b"abcz019")]) + body[at + 1 :]
        if form_of(inbound()) != changed:
            with pytest.raises(InvalidSignature):
                hooks.validate(url=URL, headers=headers, body=changed)
    for url in (
        URL + "?",
        URL + "/",
        URL + "?a=1",
        "https://example.org/sms",
        "https://example.com/status",
    ):
        with pytest.raises(InvalidSignature):
            hooks.validate(url=url, headers=headers, body=body)


def test_a_signature_of_the_url_alone_covers_no_body() -> None:
    hooks = Webhooks(auth_token=TOKEN)
    url = f"{URL}?Body=Hi"
    headers, _ = signed(url=url)
    hooks.validate(url=url, headers=headers)
    for content_type in (
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        FORM,
        "",
    ):
        with pytest.raises(InvalidSignature):
            hooks.validate(
                url=url, headers={**headers, "Content-Type": content_type}, body=b"Body=STOP"
            )


def test_a_body_needs_its_hash_once_and_right() -> None:
    hooks = Webhooks(auth_token=TOKEN)
    body = json.dumps({"status": "delivered"}).encode()
    digest = hashlib.sha256(body).hexdigest()
    verdicts: list[bool] = []
    for query in (
        f"bodySHA256={digest}",
        f"bodySHA256={digest.upper()}",
        f"a=1&bodySHA256={digest}",
        f"bodySHA256={digest}&bodySHA256={digest}",
        "bodySHA256=",
        f"bodySHA256={'0' * 64}",
        f"bodysha256={digest}",
    ):
        url = f"{URL}?{query}"
        headers, _ = signed(url=url)
        typed = {**headers, "Content-Type": "application/json"}
        verdicts.append(
            accepts(
                hooks, url=url, signature=headers["X-Twilio-Signature"], body=body, headers=typed
            )
        )
    assert verdicts == [True, True, True, False, False, False, False]


def test_a_form_with_a_hash_in_its_url_is_still_verified_as_a_form() -> None:
    hooks = Webhooks(auth_token=TOKEN)
    url = f"{URL}?bodySHA256={hashlib.sha256(b'Body=STOP').hexdigest()}"
    headers, body = signed({"Body": "STOP"}, url=url)
    hooks.validate(url=url, headers=headers, body=body)
    alone, _ = signed(url=url)
    with pytest.raises(InvalidSignature):
        hooks.validate(url=url, headers={**alone, "Content-Type": FORM}, body=body)


@pytest.mark.parametrize(
    "params",
    [
        {"Body": "", "FromCity": "", "From": "+14155550100"},
        [("Body", "b"), ("Body", "a"), ("Body", "b"), ("To", "")],
        {"Body": " two  blanks ", "Zoë": "grüße 🌷"},
        {"Body": "a=b&c=d", "B+ody": "%41+%42"},
    ],
)
def test_forms_as_they_come_pass(params: Any) -> None:
    headers, body = signed(params)
    Webhooks(auth_token=TOKEN).validate(url=URL, headers=headers, body=body)


def test_header_names_come_in_any_case_and_as_pairs() -> None:
    headers, body = signed(inbound())
    hooks = Webhooks(auth_token=TOKEN)
    hooks.validate(url=URL, headers={k.lower(): v for k, v in headers.items()}, body=body)
    hooks.validate(
        url=URL, headers=[(k.upper(), v) for k, v in headers.items()], body=body.decode()
    )


def test_two_different_signatures_are_one_too_many() -> None:
    headers, body = signed(inbound())
    hooks = Webhooks(auth_token=TOKEN)
    twice = [*headers.items(), ("x-twilio-signature", headers["X-Twilio-Signature"])]
    hooks.validate(url=URL, headers=twice, body=body)
    with pytest.raises(InvalidSignature, match="twice"):
        hooks.validate(url=URL, headers=[*headers.items(), ("x-twilio-signature", "x")], body=body)


@pytest.mark.parametrize(
    "body", [b"Body=%ff", b"Body=\xff", b"&".join(b"a%d=1" % n for n in range(101))]
)
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidSignature):
        Webhooks(auth_token=TOKEN).validate(
            url=URL, headers={"X-Twilio-Signature": SHA1, "Content-Type": FORM}, body=body
        )


def envelope(body: bytes, query: str = "", **headers: str) -> Envelope:
    named = {"x-twilio-signature": SHA1, **headers}
    return open_envelope(URL + query, Headers(named), body)


def test_what_a_signature_is_about_is_taken_from_where_twilio_puts_it() -> None:
    got = envelope(b"", f"?AccountSid={ACCOUNT}&a=1")
    assert got.accounts == {ACCOUNT}
    assert got.pairs == got.query == [("AccountSid", ACCOUNT), ("a", "1")]
    assert got.signed == ""
    form = envelope(b"a=1", "?b=2")
    assert (form.pairs, form.query) == ([("a", "1")], [("b", "2")])
    assert form.signed == "a1"
    json_body = envelope(JSON_BODY, f"?bodySHA256={JSON_HASH}", **{"content-type": "text/json"})
    assert json_body.pairs == json_body.query == [("bodySHA256", JSON_HASH)]
    assert json_body.signed == ""


def test_a_body_without_a_type_is_a_form_unless_its_hash_is_given() -> None:
    assert envelope(b"a=1").signed == "a1"
    assert envelope(JSON_BODY, f"?bodySHA256={JSON_HASH}").signed == ""


def test_a_signature_that_nobody_makes_fits_nothing() -> None:
    assert accepts(HOOKS, SHA1)
    for other in ("\ud83d", "x" * 512):
        with pytest.raises(InvalidSignature, match="does not match"):
            HOOKS.validate(url=VECTOR_URL, headers={"X-Twilio-Signature": other}, body=b"")
    for none in ("", "x" * 513):
        with pytest.raises(InvalidSignature, match=r"^the request has no X-Twilio-Signature$"):
            open_envelope(URL, Headers({"x-twilio-signature": none}), b"")


def test_texts_are_signed_half_characters_and_all() -> None:
    assert sign("\ud83d", "\ud83d") != sign("\ud83d", "\ud83e") != sign("\ud83e", "\ud83e")


def test_a_setting_may_hold_the_sign_that_ends_its_name() -> None:
    settings = {"x-twilio-webhooks-signature-settings": "key=a=b,algorithm=HMAC_SHA256"}
    assert envelope(b"", **settings).key_id == "a=b"
