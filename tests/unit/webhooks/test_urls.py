"""The URL that was signed: made from the public address alone, in each spelling of Twilio's."""

from __future__ import annotations

import pytest

from async_messaging import InvalidSignature, SettingsError
from async_messaging.webhooks import Webhooks
from async_messaging.webhooks.request import Headers
from async_messaging.webhooks.urls import PublicAddress, spellings, take_apart, target_of
from tests.unit.webhooks.requests import TOKEN, inbound, signed

NO_HEADERS = Headers({})
FORWARDED = Headers({"X-Forwarded-Host": "sms.example.org", "X-Forwarded-Proto": "http"})


@pytest.mark.parametrize(
    ("url", "others"),
    [
        ("https://h.example/sms", ["https://h.example:443/sms"]),
        ("http://h.example/sms", ["http://h.example:80/sms"]),
        ("https://h.example:443/sms", ["https://h.example/sms"]),
        ("https://h.example:8443/sms", ["https://h.example/sms"]),
        ("https://u:p@h.example:8443/x", ["https://u:p@h.example/x"]),
        ("https://u:p@h.example/x", ["https://u:p@h.example:443/x"]),
        ("https://u@h.example/x", ["https://u@h.example:443/x"]),
        ("https://[2001:db8::1]:8443/x", ["https://[2001:db8::1]/x"]),
        ("https://[2001:db8::1]/x", ["https://[2001:db8::1]:443/x"]),
        ("https://u:p@[::1]:99/", ["https://u:p@[::1]/"]),
        ("https://h.example", ["https://h.example:443"]),
        ("https://h.example:/x", ["https://h.example:443/x"]),
        (
            "https://h.example/x?a=b+c",
            [
                "https://h.example:443/x?a=b+c",
                "https://h.example/x?a=b%20c",
                "https://h.example:443/x?a=b%20c",
            ],
        ),
        ("https://h.example/x?a=1&b=2", ["https://h.example:443/x?a=1&b=2"]),
        ("https://h.example/x?(a)=!'()*-._~", ["https://h.example:443/x?(a)=!'()*-._~"]),
        (
            "https://h.example/x?a=b?c",
            [
                "https://h.example:443/x?a=b?c",
                "https://h.example/x?a=b%3Fc",
                "https://h.example:443/x?a=b%3Fc",
            ],
        ),
        ("not a url", []),
        ("https://h.example:port/x", []),
        ("https://h:1:2/x", []),
        ("", []),
    ],
)
def test_a_url_has_its_spellings(url: str, others: list[str]) -> None:
    assert list(spellings(url)) == [url, *others]


def test_a_query_encoded_anew_keeps_repeated_and_empty_parameters() -> None:
    url = "https://h.example/x?b=2&a=%2b1&b=&c"
    assert list(spellings(url))[2] == "https://h.example/x?b=2&b=&a=%2B1&c="


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com:8443/sms?row=a%2Fb",
        "https://user:pass@example.com/sms",
        "https://user:pass@example.com:8443/sms?x=1",
        "https://[2001:db8::1]:8443/sms",
        "https://example.com/sms#rc=3&rp=all",
    ],
)
def test_what_is_signed_with_or_without_port_is_accepted(url: str) -> None:
    hooks = Webhooks(auth_token=TOKEN)
    for one in spellings(url):
        headers, body = signed(inbound(), url=one)
        hooks.validate(url=url, headers=headers, body=body)


def test_the_password_in_a_url_is_part_of_it() -> None:
    headers, body = signed(inbound(), url="https://user:pass@example.com:8443/sms")
    hooks = Webhooks(auth_token=TOKEN)
    for url in (
        "https://user:other@example.com:8443/sms",
        "https://user/sms",
        "https://example.com/sms",
    ):
        with pytest.raises(InvalidSignature):
            hooks.validate(url=url, headers=headers, body=body)


@pytest.mark.parametrize(
    ("public", "target", "url"),
    [
        ("https://a.example", "/sms?x=1", "https://a.example/sms?x=1"),
        ("https://a.example/", "/sms", "https://a.example/sms"),
        ("https://a.example/SMX", "/in", "https://a.example/SMX/in"),
        ("https://a.example:8443/twilio/", "/sms", "https://a.example:8443/twilio/sms"),
        ("https://a.example/twilio", "/twilio/sms", "https://a.example/twilio/sms"),
        ("https://a.example/twilio", "/twilio", "https://a.example/twilio"),
        ("https://a.example/twilio", "/twiliox/sms", "https://a.example/twilio/twiliox/sms"),
        ("https://u:p@a.example", "//sms", "https://u:p@a.example//sms"),
        ("https://a.example", "http://evil.example/sms?x=1", "https://a.example/sms?x=1"),
    ],
)
def test_it_is_the_public_url_and_the_target(public: str, target: str, url: str) -> None:
    assert PublicAddress(public).url_of(target, NO_HEADERS, None) == url


@pytest.mark.parametrize("peer", [None, "", "10.0.0.9", "192.168.1.1", "::1", "proxy.internal"])
def test_nobody_else_is_believed(peer: str | None) -> None:
    address = PublicAddress("https://a.example", ["127.0.0.1", "10.0.0.0/30"])
    assert address.url_of("/sms", FORWARDED, peer) == "https://a.example/sms"
    assert (
        PublicAddress("https://a.example").url_of("/sms", FORWARDED, peer)
        == "https://a.example/sms"
    )


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.0.2", "::ffff:10.0.0.2"])
def test_a_named_hop_is_believed(peer: str) -> None:
    address = PublicAddress("https://a.example/in", ["127.0.0.1", "10.0.0.0/30"])
    assert address.url_of("/sms", FORWARDED, peer) == "http://sms.example.org/in/sms"
    assert (
        PublicAddress(None, ["0.0.0.0/0"]).url_of("/sms", FORWARDED, peer)
        == "http://sms.example.org/sms"
    )


def test_a_hop_may_be_any_address_of_its_network_and_have_a_zone() -> None:
    address = PublicAddress("https://a.example", ["10.0.0.1/8", "fe80::/10"])
    for peer in ("10.2.3.4", "fe80::1%eth0"):
        assert address.url_of("/sms", FORWARDED, peer) == "http://sms.example.org/sms"


@pytest.mark.parametrize(
    ("public", "url"),
    [(None, "https://b.example/sms"), ("http://a.example", "http://b.example/sms")],
)
def test_a_hop_that_names_no_scheme_leaves_it_as_it_is(public: str | None, url: str) -> None:
    address = PublicAddress(public, ["127.0.0.1"])
    headers = Headers({"X-Forwarded-Host": "b.example"})
    assert address.url_of("/sms", headers, "127.0.0.1") == url


def test_a_named_hop_does_not_take_the_password_off() -> None:
    address = PublicAddress("https://u:p@a.example", ["127.0.0.1"])
    assert address.url_of("/sms", FORWARDED, "127.0.0.1") == "http://u:p@sms.example.org/sms"


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({}, "https://a.example/sms"),
        ({"X-Forwarded-Host": "b.example"}, "https://b.example/sms"),
        (
            {"X-Forwarded-Host": "b.example", "X-Forwarded-Port": "8443"},
            "https://b.example:8443/sms",
        ),
        (
            {"X-Forwarded-Host": "b.example:8080", "X-Forwarded-Port": "443"},
            "https://b.example:8080/sms",
        ),
        (
            {"X-Forwarded-Host": "b.example:8080", "X-Forwarded-Port": "8443"},
            "https://b.example:8080/sms",
        ),
        ({"X-Forwarded-Host": "b.example", "X-Forwarded-Port": "443"}, "https://b.example/sms"),
        ({"X-Forwarded-Host": "[::1]:99"}, "https://[::1]:99/sms"),
        ({"X-Forwarded-Host": "evil.example, b.example"}, "https://a.example/sms"),
        ({"X-Forwarded-Host": "evil.example/x?"}, "https://a.example/sms"),
        ({"X-Forwarded-Host": "u@evil.example"}, "https://a.example/sms"),
        ({"X-Forwarded-Host": "b.example", "X-Forwarded-Proto": "ftp"}, "https://a.example/sms"),
        ({"X-Forwarded-Host": "b.example", "X-Forwarded-Port": "8x"}, "https://a.example/sms"),
        ({"X-Forwarded-Proto": "http"}, "https://a.example/sms"),
    ],
)
def test_a_named_hop_must_say_one_thing(headers: dict[str, str], url: str) -> None:
    address = PublicAddress("https://a.example", ["127.0.0.1"])
    assert address.url_of("/sms", Headers(headers), "127.0.0.1") == url


def test_without_any_address_the_request_is_refused() -> None:
    with pytest.raises(InvalidSignature, match="public_url"):
        PublicAddress(None).url_of("/sms", FORWARDED, "127.0.0.1")
    headers, body = signed(inbound())
    with pytest.raises(InvalidSignature, match="public_url"):
        Webhooks(auth_token=TOKEN).validate(url="/sms", headers=headers, body=body)


@pytest.mark.parametrize(
    "wrong",
    [
        "example.com",
        "ftp://a.example",
        "https://",
        "https://a.example/?x=1",
        "https://a.example#x",
        "/sms",
        "",
    ],
)
def test_a_public_url_that_is_none_is_refused_at_once(wrong: str) -> None:
    with pytest.raises(SettingsError, match="public_url"):
        PublicAddress(wrong)


def test_a_hop_that_is_no_address_is_refused_at_once() -> None:
    with pytest.raises(SettingsError, match="hop"):
        PublicAddress("https://a.example", ["proxy.internal"])


def test_a_target_is_path_and_query() -> None:
    assert target_of("/sms?x=1") == "/sms?x=1"
    assert target_of("http://inner:8080/sms?x=1") == "/sms?x=1"
    assert target_of("http://inner") == "/"
    assert target_of("*") == "/*"


def test_a_url_is_taken_apart_without_its_fragment() -> None:
    parts = take_apart("https://h.example/x?a=1#b?c")
    assert parts is not None
    assert (parts.rest, parts.url) == ("/x?a=1", "https://h.example/x?a=1")


def test_parts_are_put_together_again() -> None:
    url = "https://u:p@[::1]:99/x?y=z"
    parts = take_apart(url)
    assert parts is not None
    assert parts.url == url
