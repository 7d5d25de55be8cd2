"""Which secret may have signed: the request never chooses its class, and none means no."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from async_messaging import InvalidSignature, SettingsError
from async_messaging.webhooks import SharedKey, Webhooks
from tests.unit.webhooks.requests import ACCOUNT, TOKEN, URL, inbound, signed

OTHER = "AC" + "b" * 32
KEY, SHARED = "webhooks_sharedkey_01", "a shared secret"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


def accepts(hooks: Webhooks, headers: dict[str, str], body: bytes) -> bool:
    try:
        hooks.validate(url=URL, headers=headers, body=body)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("which", [TOKEN, "older"])
def test_each_token_of_a_rotation_counts(which: str) -> None:
    hooks = Webhooks(auth_token=["older", TOKEN])
    assert accepts(hooks, *signed(inbound(), token=which))
    assert not accepts(hooks, *signed(inbound(), token="oldest"))


def test_a_callable_is_asked_each_time() -> None:
    present = ["first"]
    hooks = Webhooks(auth_token=lambda: present[0])
    assert accepts(hooks, *signed(inbound(), token="first"))
    present[0] = "second"
    assert not accepts(hooks, *signed(inbound(), token="first"))
    assert accepts(hooks, *signed(inbound(), token="second"))


@pytest.mark.parametrize(
    "nothing", [None, "", [], [""], " ", (), ["", " "], lambda: None, lambda: ""]
)
def test_without_a_secret_everything_is_refused(nothing: Any) -> None:
    hooks = Webhooks(auth_token=nothing)
    for token in ("", " ", TOKEN):
        assert not accepts(hooks, *signed(inbound(), token=token))
        assert not accepts(hooks, *signed(inbound(), token=token, key=KEY))


@pytest.mark.parametrize("nothing", ["", [], [""]])
def test_a_shared_key_without_a_secret_is_refused(nothing: Any) -> None:
    hooks = Webhooks(shared_keys={KEY: nothing})
    assert not accepts(hooks, *signed(inbound(), token="", key=KEY))


def test_a_shared_key_counts_for_its_own_id_alone() -> None:
    hooks = Webhooks(auth_token=TOKEN, shared_keys={KEY: SHARED, "webhooks_sharedkey_02": "other"})
    assert accepts(hooks, *signed(inbound(), token=SHARED, key=KEY))
    assert accepts(hooks, *signed(inbound(), token=TOKEN))
    assert not accepts(hooks, *signed(inbound(), token=SHARED, key="webhooks_sharedkey_02"))
    assert not accepts(hooks, *signed(inbound(), token=SHARED, key="webhooks_sharedkey_03"))
    assert not accepts(hooks, *signed(inbound(), token=SHARED, key=""))


def test_the_header_does_not_choose_the_class_of_secret() -> None:
    hooks = Webhooks(auth_token=TOKEN, shared_keys={KEY: SHARED})
    for algorithm in ("HMAC_SHA1", "HMAC_SHA256"):
        assert not accepts(hooks, *signed(inbound(), token=TOKEN, key=KEY, algorithm=algorithm))
        assert not accepts(
            hooks, *signed(inbound(), token=TOKEN, key="auth_token", algorithm=algorithm)
        )
    only_shared = Webhooks(shared_keys={KEY: SHARED})
    assert not accepts(only_shared, *signed(inbound(), token=SHARED))
    only_token = Webhooks(auth_token=TOKEN)
    assert not accepts(only_token, *signed(inbound(), token=TOKEN, key=KEY))


@pytest.mark.parametrize(
    "settings",
    [
        "algorithm=HMAC_SHA256",
        f"key={KEY}",
        f"key={KEY},algorithm=",
        f"key={KEY},algorithm=HMAC_MD5",
        f"key={KEY},algorithm=none",
        f"key={KEY},key={KEY},algorithm=HMAC_SHA256",
        f"key={KEY},algorithm=HMAC_SHA256,algorithm=HMAC_SHA1",
        "key=,algorithm=HMAC_SHA256",
        "garbage",
        ",",
    ],
)
def test_settings_that_say_less_or_more_are_refused(settings: str) -> None:
    hooks = Webhooks(auth_token=[TOKEN, SHARED], shared_keys={KEY: SHARED})
    for secret in (TOKEN, SHARED):
        for algorithm in ("HMAC_SHA1", "HMAC_SHA256"):
            headers, body = signed(inbound(), token=secret, key=KEY, algorithm=algorithm)
            assert not accepts(hooks, {**headers, SETTINGS: settings}, body)


def test_each_account_has_tokens_of_its_own() -> None:
    hooks = Webhooks(secrets={ACCOUNT: [TOKEN, "newer"], OTHER: "others"})
    assert accepts(hooks, *signed(inbound()))
    assert accepts(hooks, *signed(inbound(), token="newer"))
    assert accepts(hooks, *signed(inbound(AccountSid=OTHER), token="others"))
    assert not accepts(hooks, *signed(inbound(), token="others"))
    assert not accepts(hooks, *signed(inbound(AccountSid="AC" + "c" * 32)))
    assert not accepts(hooks, *signed(inbound(AccountSid="")))
    nameless = {name: value for name, value in inbound().items() if name != "AccountSid"}
    assert not accepts(hooks, *signed(nameless))


def test_a_request_in_the_name_of_two_accounts_is_refused() -> None:
    hooks = Webhooks(secrets={ACCOUNT: TOKEN, OTHER: "others"})
    for token in (TOKEN, "others"):
        for accounts in ((ACCOUNT, OTHER), (OTHER, ACCOUNT)):
            pairs = [*inbound(AccountSid=accounts[0]).items(), ("AccountSid", accounts[1])]
            assert not accepts(hooks, *signed(pairs, token=token))


def test_a_callable_tells_an_accounts_tokens() -> None:
    asked: list[str] = []

    def tokens(account: str) -> str | None:
        asked.append(account)
        return TOKEN if account == ACCOUNT else None

    hooks = Webhooks(secrets=tokens)
    assert accepts(hooks, *signed(inbound()))
    assert not accepts(hooks, *signed(inbound(AccountSid=OTHER)))
    assert asked == [ACCOUNT, OTHER]


@pytest.mark.parametrize(
    ("body", "query", "expected"),
    [
        (f'{{"AccountSid": "{ACCOUNT}"}}', "", True),
        (f'{{"account_sid": "{ACCOUNT}", "more": [1]}}', "", True),
        ("[1]", f"AccountSid={ACCOUNT}&", True),
        (f'{{"AccountSid": "{ACCOUNT}", "account_sid": "{OTHER}"}}', "", False),
        (f'{{"AccountSid": "{OTHER}"}}', "", False),
        (f'{{"AccountSid": "{ACCOUNT}"}}', f"AccountSid={OTHER}&", False),
        ('{"AccountSid": null}', "", False),
        ("[" * 2000, "", False),
        ("{", "", False),
    ],
)
def test_a_json_body_names_its_account_too(body: str, query: str, expected: bool) -> None:
    hooks = Webhooks(secrets={ACCOUNT: TOKEN, OTHER: "others"})
    url = f"{URL}?{query}bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    headers = {**signed(url=url)[0], "Content-Type": "application/json"}
    if expected:
        hooks.validate(url=url, headers=headers, body=body)
        return
    with pytest.raises(InvalidSignature):
        hooks.validate(url=url, headers=headers, body=body)


def test_a_shared_key_signs_for_its_account_alone() -> None:
    hooks = Webhooks(
        secrets={ACCOUNT: TOKEN, OTHER: "others"},
        shared_keys={KEY: SharedKey([SHARED], account_sid=OTHER)},
    )
    assert accepts(hooks, *signed(inbound(AccountSid=OTHER), token=SHARED, key=KEY))
    assert not accepts(hooks, *signed(inbound(), token=SHARED, key=KEY))


def test_settings_that_contradict_each_other_are_refused_at_once() -> None:
    with pytest.raises(SettingsError):
        Webhooks(auth_token=TOKEN, secrets={ACCOUNT: TOKEN})
    with pytest.raises(SettingsError):
        Webhooks(secrets={ACCOUNT: TOKEN}, shared_keys={KEY: SHARED})


def _broken() -> str:
    raise RuntimeError(TOKEN)


def test_a_source_that_fails_says_so_without_the_secret() -> None:
    headers, body = signed(inbound())
    with pytest.raises(SettingsError, match=r"failed \(RuntimeError\)") as caught:
        Webhooks(auth_token=_broken).validate(url=URL, headers=headers, body=body)
    assert caught.value.__context__ is None
    bad: Any = 5
    with pytest.raises(SettingsError):
        Webhooks(auth_token=[bad]).validate(url=URL, headers=headers, body=body)


async def token_later() -> str:
    return TOKEN


def test_a_token_that_must_be_awaited_needs_handle() -> None:
    headers, body = signed(inbound())
    with pytest.raises(SettingsError, match="handle"):
        Webhooks(auth_token=token_later).validate(url=URL, headers=headers, body=body)


def test_no_repr_shows_a_secret() -> None:
    hooks = Webhooks(auth_token=TOKEN, shared_keys={KEY: SharedKey(SHARED)})
    assert TOKEN not in repr(hooks)
    assert SHARED not in repr((hooks, SharedKey(SHARED), [SharedKey(SHARED, account_sid=ACCOUNT)]))


NOBODY: dict[str, tuple[Webhooks, str]] = {
    "no auth token is set": (Webhooks(), ""),
    "the shared key is not known": (Webhooks(auth_token=TOKEN), KEY),
    "the shared key belongs to another account": (
        Webhooks(shared_keys={KEY: SharedKey(SHARED, account_sid=OTHER)}),
        KEY,
    ),
    "the shared key has no secret": (Webhooks(shared_keys={KEY: ""}), KEY),
    "the account is not known": (Webhooks(secrets={}), ""),
    "the account has no auth token": (Webhooks(secrets=lambda _account: None), ""),
}


@pytest.mark.parametrize("reason", NOBODY)
def test_it_is_said_why_nobody_may_have_signed(reason: str) -> None:
    hooks, key = NOBODY[reason]
    headers, body = signed(inbound(), key=key)
    with pytest.raises(InvalidSignature, match=f"^{reason}$"):
        hooks.validate(url=URL, headers=headers, body=body)


def test_a_request_of_no_account_is_refused_where_there_are_several() -> None:
    headers, body = signed({"Body": "Hi"})
    reason = "^the request names no account, or several$"
    with pytest.raises(InvalidSignature, match=reason):
        Webhooks(secrets={ACCOUNT: TOKEN}).validate(url=URL, headers=headers, body=body)


async def test_an_account_may_turn_out_to_have_no_token(caplog: pytest.LogCaptureFixture) -> None:
    async def nothing(_account: str) -> None:
        return None

    headers, body = signed(inbound())
    hooks = Webhooks(secrets=nothing, public_url="https://example.com")
    answer = await hooks.handle(method="POST", target="/sms", headers=headers, body=body)
    assert answer.status == 403
    assert "refused: the account has no auth token (" in caplog.text


def test_what_is_wrong_with_keys_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as token_too:
        Webhooks(auth_token=TOKEN, secrets={ACCOUNT: TOKEN})
    assert str(token_too.value) == "give auth_token for one account, or secrets for several"
    with pytest.raises(SettingsError) as no_account:
        Webhooks(secrets={ACCOUNT: TOKEN}, shared_keys={KEY: SHARED})
    assert str(no_account.value) == ("beside several accounts, a shared key needs its account_sid")
    wrong: Any = 5
    headers, body = signed(inbound())
    with pytest.raises(SettingsError, match=r"^a secret must be text$"):
        Webhooks(auth_token=[wrong]).validate(url=URL, headers=headers, body=body)
    assert repr(SharedKey(SHARED)) == "SharedKey(...)"
