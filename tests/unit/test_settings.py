from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from async_messaging.errors import SettingsError
from async_messaging.settings import (
    AttemptTimeout,
    Credentials,
    Limits,
    Options,
    Secret,
    Settings,
    from_env,
)

ACCOUNT = "AC" + "a" * 32
OTHER = "AC" + "b" * 32
KEY = "SK" + "c" * 32
OTHER_KEY = "SK" + "d" * 32
TOKEN = "token-of-the-account"
KEY_SECRET = "secret-of-the-key"

ENV = {
    "account": ("TWILIO_ACCOUNT_SID", OTHER),
    "token": ("TWILIO_AUTH_TOKEN", "token-of-env"),
    "key": ("TWILIO_API_KEY", OTHER_KEY),
    "secret": ("TWILIO_API_KEY_SECRET", "secret-of-env"),
}


def basic(credentials: Credentials) -> tuple[str, str]:
    return credentials.username, asyncio.run(credentials.current_secret())


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def use(names: str) -> None:
        for name in names.split():
            monkeypatch.setenv(*ENV[name])

    return use


# What is given, what the environment has, user and secret of Basic authentication.
PRECEDENCE: list[tuple[dict[str, Any], str, tuple[str, str]]] = [
    ({"auth_token": TOKEN}, "", (ACCOUNT, TOKEN)),
    ({"api_key": KEY, "api_secret": KEY_SECRET}, "", (KEY, KEY_SECRET)),
    ({"auth_token": TOKEN, "api_key": KEY, "api_secret": KEY_SECRET}, "", (KEY, KEY_SECRET)),
    ({"auth_token": TOKEN}, "token key secret", (ACCOUNT, TOKEN)),
    ({"api_key": KEY, "api_secret": KEY_SECRET}, "token key secret", (KEY, KEY_SECRET)),
    ({"api_key": KEY}, "token key secret", (KEY, "secret-of-env")),
    ({"api_secret": KEY_SECRET}, "token key secret", (OTHER_KEY, KEY_SECRET)),
    ({"api_secret": KEY_SECRET, "auth_token": TOKEN}, "key", (OTHER_KEY, KEY_SECRET)),
    ({}, "token", (ACCOUNT, "token-of-env")),
    ({}, "key secret", (OTHER_KEY, "secret-of-env")),
    ({}, "token key secret", (OTHER_KEY, "secret-of-env")),
    ({"auth_token": "", "api_key": "", "api_secret": ""}, "token", (ACCOUNT, "token-of-env")),
]


@pytest.mark.parametrize(("given", "there", "expected"), PRECEDENCE)
def test_arguments_before_environment_and_the_key_before_the_token(
    given: dict[str, Any], there: str, expected: tuple[str, str], env: Callable[[str], None]
) -> None:
    env(there)
    credentials = from_env(account_sid=ACCOUNT, **given).credentials
    assert basic(credentials) == expected
    assert credentials.account_sid == ACCOUNT


def test_the_account_comes_from_the_environment_if_not_given(env: Callable[[str], None]) -> None:
    env("account token")
    assert from_env().credentials.account_sid == OTHER
    assert from_env(account_sid=ACCOUNT).credentials.account_sid == ACCOUNT


# What is given, what the environment has, what the error says.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "", "account_sid (or TWILIO_ACCOUNT_SID) must be AC"),
    ({"account_sid": "AC12"}, "token", "account_sid (or TWILIO_ACCOUNT_SID) must be AC"),
    ({"account_sid": ACCOUNT + "\n"}, "token", "account_sid (or TWILIO_ACCOUNT_SID) must be AC"),
    ({"account_sid": KEY}, "token", "account_sid is an API key (SK...)"),
    ({"account_sid": ACCOUNT}, "", "auth_token (or TWILIO_AUTH_TOKEN), or api_key, is missing"),
    ({"account_sid": ACCOUNT, "api_key": KEY}, "token", "api_key needs api_secret"),
    ({"account_sid": ACCOUNT}, "token key", "api_key needs api_secret"),
    ({"account_sid": ACCOUNT, "api_key": "SKx"}, "secret", "api_key (or TWILIO_API_KEY) must be"),
    ({"account_sid": ACCOUNT, "api_key": ACCOUNT}, "secret", "must be SK and 32"),
    ({"account_sid": ACCOUNT, "api_secret": KEY_SECRET}, "token", "api_secret needs api_key"),
    ({"account_sid": ACCOUNT, "auth_token": 12}, "", "auth_token must be text, or a callable"),
    ({"account_sid": ACCOUNT, "api_key": KEY, "api_secret": b"x"}, "", "api_secret must be text"),
]


@pytest.mark.parametrize(("given", "there", "says"), REFUSED)
def test_what_is_missing_or_wrong_is_named(
    given: dict[str, Any], there: str, says: str, env: Callable[[str], None]
) -> None:
    env(there)
    with pytest.raises(SettingsError) as caught:
        from_env(**given)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "other", "user"),
    [
        ("TWILIO_AUTH_TOKEN", {}, ACCOUNT),
        ("TWILIO_API_KEY_SECRET", {"TWILIO_API_KEY": KEY}, KEY),
    ],
)
def test_a_secret_comes_from_a_file_that_is_read_again(
    variable: str,
    other: dict[str, str],
    user: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "secret"
    file.write_text(" first \n")
    monkeypatch.setenv(f"{variable}_FILE", str(file))
    for name, value in other.items():
        monkeypatch.setenv(name, value)
    credentials = from_env(account_sid=ACCOUNT).credentials
    assert basic(credentials) == (user, "first")
    file.write_text("second\r\n", "utf-8-sig")
    assert basic(credentials) == (user, "second")
    monkeypatch.setenv(variable, "plain")
    assert basic(from_env(account_sid=ACCOUNT).credentials) == (user, "plain")


def test_a_missing_file_is_a_settings_error_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN_FILE", str(tmp_path / "missing"))
    credentials = from_env(account_sid=ACCOUNT).credentials
    with pytest.raises(SettingsError, match=r"source failed \(FileNotFoundError\)"):
        asyncio.run(credentials.current_secret())


async def _async_secret() -> str:
    await asyncio.sleep(0)
    return TOKEN


@pytest.mark.parametrize("source", [lambda: TOKEN, _async_secret], ids=["sync", "async"])
async def test_a_secret_comes_from_a_callable(source: Secret) -> None:
    assert await Credentials(ACCOUNT, ACCOUNT, source).current_secret() == TOKEN


def _fails() -> str:
    raise RuntimeError(TOKEN)


async def _fails_later() -> str:
    await asyncio.sleep(0)
    raise RuntimeError(TOKEN)


@pytest.mark.parametrize("source", [_fails, _fails_later], ids=["sync", "async"])
async def test_a_failing_callable_shows_nothing_of_what_it_raised(source: Secret) -> None:
    with pytest.raises(SettingsError) as caught:
        await Credentials(ACCOUNT, ACCOUNT, source).current_secret()
    assert str(caught.value) == "the secret's source failed (RuntimeError)"
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("given", ["", None, 7, b"bytes"])
async def test_a_callable_that_gives_no_text_is_refused(given: Any) -> None:
    with pytest.raises(SettingsError, match="gave no text"):
        await Credentials(ACCOUNT, ACCOUNT, lambda: given).current_secret()


BROKEN = "sup3rs3cret\udcff"


@pytest.mark.parametrize(
    "given",
    [
        {"auth_token": BROKEN},
        {"api_key": KEY, "api_secret": BROKEN},
        {"client_id": "id", "client_secret": BROKEN},
        {"client_id": BROKEN, "client_secret": TOKEN},
    ],
)
def test_a_secret_that_no_encoding_takes_is_refused_unseen(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="holds a byte that is no UTF-8") as caught:
        from_env(account_sid=ACCOUNT, **given)
    assert "sup3r" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "name", ["TWILIO_AUTH_TOKEN", "TWILIO_API_KEY_SECRET", "TWILIO_CLIENT_SECRET"]
)
def test_so_is_one_of_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_API_KEY", KEY if "KEY" in name else "")
    monkeypatch.setenv("TWILIO_CLIENT_ID", "id" if "CLIENT" in name else "")
    monkeypatch.setenv(name, BROKEN)
    with pytest.raises(SettingsError, match=f"{name} must be text"):
        from_env(account_sid=ACCOUNT)


async def test_so_is_one_of_a_callable() -> None:
    with pytest.raises(SettingsError, match="no UTF-8") as caught:
        await Credentials(ACCOUNT, ACCOUNT, lambda: BROKEN).current_secret()
    assert caught.value.stops
    assert "sup3r" not in str(caught.value)


def test_no_repr_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = from_env(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        proxy="http://user:password@proxy.example",
        limits=Limits(sender={"+15017122661": 1}),
        options=Options(extra={"Body": "our text"}),
    )
    for hidden in (TOKEN, "password", "5017122661", "our text"):
        assert hidden not in repr(settings)
    assert ACCOUNT in repr(settings)


# Edge and region, and the host they lead to.
HOSTS = [
    (None, None, "api.twilio.com"),
    ("sydney", None, "api.sydney.us1.twilio.com"),
    ("sydney", "au1", "api.sydney.au1.twilio.com"),
    ("ashburn-ix", "us1", "api.ashburn-ix.us1.twilio.com"),
    (None, "us1", "api.us1.twilio.com"),
    (None, "au1", "api.sydney.au1.twilio.com"),
    (None, "br1", "api.sao-paulo.br1.twilio.com"),
    (None, "de1", "api.frankfurt.de1.twilio.com"),
    (None, "ie1", "api.dublin.ie1.twilio.com"),
    (None, "jp1", "api.tokyo.jp1.twilio.com"),
    (None, "jp2", "api.osaka.jp2.twilio.com"),
    (None, "sg1", "api.singapore.sg1.twilio.com"),
    (None, "us2", "api.umatilla.us2.twilio.com"),
    ("dublin", "new9", "api.dublin.new9.twilio.com"),
]


@pytest.mark.parametrize(("edge", "region", "host"), HOSTS)
def test_hosts_follow_edge_and_region(edge: str | None, region: str | None, host: str) -> None:
    settings = from_env(account_sid=ACCOUNT, auth_token=TOKEN, edge=edge, region=region)
    assert settings.origin("api") == f"https://{host}"
    assert settings.origin("pricing") == f"https://{host.replace('api', 'pricing', 1)}"


def test_edge_and_region_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    settings = from_env(account_sid=ACCOUNT, auth_token=TOKEN)
    assert settings.origin("api") == "https://api.dublin.ie1.twilio.com"
    given = from_env(account_sid=ACCOUNT, auth_token=TOKEN, edge="sydney", region="au1")
    assert given.origin("api") == "https://api.sydney.au1.twilio.com"


@pytest.mark.parametrize(
    ("edge", "region", "says"),
    [
        (None, "xx9", "region is not known; give its edge too"),
        ("evil.com/", None, "edge must be a name"),
        ("Dublin", None, "edge must be a name"),
        ("dublin", "ie1.evil.com#", "region must be a name"),
        ("-x", None, "edge must be a name"),
        ("dublin\n", None, "edge must be a name"),
    ],
)
def test_an_edge_or_region_that_is_no_name_is_refused(
    edge: str | None, region: str | None, says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        from_env(account_sid=ACCOUNT, auth_token=TOKEN, edge=edge, region=region)


def test_one_base_url_serves_every_product(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASYNC_MESSAGING_BASE_URL", "http://127.0.0.1:8010/")
    settings = from_env(account_sid=ACCOUNT, auth_token=TOKEN, edge="dublin", region="ie1")
    assert settings.origin("api") == settings.origin("pricing") == "http://127.0.0.1:8010"
    given = from_env(account_sid=ACCOUNT, auth_token=TOKEN, base_url="https://sim.example")
    assert given.origin("api") == "https://sim.example"


@pytest.mark.parametrize(
    ("base_url", "elsewhere"),
    [
        (None, False),
        ("https://api.twilio.com", False),
        ("https://API.TWILIO.COM:443", False),
        ("https://nottwilio.com", True),
        ("https://api.twilio.com.example", True),
        ("http://127.0.0.1:8010", True),
    ],
)
def test_settings_know_whether_they_leave_twilio(base_url: str | None, elsewhere: bool) -> None:
    settings = from_env(account_sid=ACCOUNT, auth_token=TOKEN, base_url=base_url)
    assert settings.is_elsewhere is elsewhere


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": 0},
        {"account": float("nan")},
        {"account": float("inf")},
        {"sender": {"+1": -1}},
        {"service": {"MG": 0}},
        {"account": 0, "sender": {"account": 1}},
        {"in_flight": 0},
        {"max_connections": 0},
    ],
)
def test_limits_that_limit_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"^limits: "):
        Limits(**wrong)


def test_a_number_caps_all_times_of_an_attempt() -> None:
    assert AttemptTimeout.of(5) == AttemptTimeout(5, 5, 5)
    assert AttemptTimeout.of(20) == AttemptTimeout(10, 20, 20)
    assert AttemptTimeout.of(60) == AttemptTimeout(10, 30, 60)
    exact = AttemptTimeout(1, 2, 3)
    assert AttemptTimeout.of(exact) is exact


@pytest.mark.parametrize("read", [30.0, float("inf")])
@pytest.mark.parametrize("timeout", [None, float("inf")])
def test_what_may_take_for_ever_may_begin_at_any_time(timeout: float | None, read: float) -> None:
    attempt = AttemptTimeout(connect=5.0, read=read, total=float("inf"))
    options = Options(timeout=timeout, attempt_timeout=attempt)
    assert options.begins_in == options.ends_in == float("inf")


@pytest.mark.parametrize(("read", "begins"), [(30.0, 70.0), (80.0, 50.0), (float("inf"), 50.0)])
def test_time_is_left_for_an_answer(read: float, begins: float) -> None:
    attempt = AttemptTimeout(connect=5.0, read=read, total=float("inf"))
    assert Options(timeout=100.0, attempt_timeout=attempt).begins_in == begins


@pytest.mark.parametrize("wrong", [0, -1, float("nan")])
def test_an_attempt_without_time_is_refused(wrong: float) -> None:
    with pytest.raises(SettingsError, match="attempt_timeout must be above 0"):
        AttemptTimeout.of(wrong)
    with pytest.raises(SettingsError, match="attempt_timeout must be above 0"):
        AttemptTimeout(connect=wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"timeout": 0}, "timeout must be above 0"),
        ({"timeout": float("nan")}, "timeout must be above 0"),
        ({"retries": -1}, "retries must be 0 or more"),
        ({"max_wait": -0.1}, "max_wait must be 0 seconds or more"),
        ({"max_wait": float("nan")}, "max_wait must be 0 seconds or more"),
        ({"priority": "urgent"}, "priority is normal or high"),
        ({"on_unknown": "repeat"}, "on_unknown is raise or retry"),
        ({"extra": {"Attempt": 1}}, "extra must map"),
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Options(**wrong)


def test_settings_are_frozen() -> None:
    settings = Settings(Credentials(ACCOUNT, ACCOUNT, TOKEN))
    for frozen, name in (
        (settings, "edge"),
        (settings.credentials, "secret"),
        (Limits(), "sender"),
    ):
        with pytest.raises(AttributeError):
            setattr(frozen, name, "x")
