"""What the guard looks at; that tests are stopped, and how it is told, stands in the plugin's own tests."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Generator

import pytest

from async_messaging.testing import TwilioBlocked
from async_messaging.testing.guard import Guard


@pytest.fixture
def guard() -> Generator[Guard]:
    guard = Guard()
    guard.switch_on()
    yield guard
    guard.switch_off()


@pytest.mark.parametrize(
    "host",
    [
        "api.twilio.com",
        "twilio.com",
        "API.Twilio.COM",
        "api.dublin.ie1.twilio.com.",
        b"api.twilio.com",
    ],
)
def test_every_host_of_twilios_is_blocked(guard: Guard, host: str | bytes) -> None:
    with pytest.raises(TwilioBlocked):
        guard.check(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "nottwilio.com",
        "twilio.com.example",
        "",
        None,
        7,
        "/tmp/twilio.com/x",
    ],
)
def test_others_are_not(guard: Guard, host: object) -> None:
    guard.check(host)


def test_the_error_names_host_and_test_and_is_no_exception_that_a_retry_would_catch(
    guard: Guard,
) -> None:
    with guard.during("test_a.py::test_it", live=False), pytest.raises(TwilioBlocked) as caught:
        socket.getaddrinfo("api.twilio.com", 443)
    assert (caught.value.host, caught.value.test) == ("api.twilio.com", "test_a.py::test_it")
    assert str(caught.value).startswith("test_a.py::test_it tried to reach api.twilio.com")
    assert not isinstance(caught.value, Exception)
    assert guard.take_news() == ["api.twilio.com"]
    assert guard.attempts == {("test_a.py::test_it", "api.twilio.com"): 1}


def test_a_live_test_passes_and_the_next_one_does_not(guard: Guard) -> None:
    with guard.during("one", live=True):
        guard.check("api.twilio.com")
    with guard.during("two", live=False), pytest.raises(TwilioBlocked):
        guard.check("api.twilio.com")


def test_the_innermost_guard_counts(guard: Guard) -> None:
    inner = Guard()
    inner.switch_on()
    with pytest.raises(TwilioBlocked):
        socket.gethostbyname("api.twilio.com")
    inner.switch_off()
    assert (guard.attempts, sum(inner.attempts.values())) == ({}, 1)


def test_switched_off_it_has_left_nothing_behind() -> None:
    before = ssl.SSLContext.wrap_bio, ssl.SSLContext.wrap_socket
    guard = Guard()
    guard.switch_on()
    assert ssl.SSLContext.wrap_bio is not before[0]
    guard.switch_off()
    assert (ssl.SSLContext.wrap_bio, ssl.SSLContext.wrap_socket) == before
