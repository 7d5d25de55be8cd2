from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.checks import Draft, check_form
from tests.unit.simulator.visitor import SERVICE

NOW = 1_767_225_600.0


def check(**changes: Any) -> Draft:
    form: dict[str, list[str]] = {"To": ["+14155550100"], "From": ["+15005550006"], "Body": ["Hi"]}
    for name, value in changes.items():
        if value is None:
            del form[name]
        else:
            form[name] = value if isinstance(value, list) else [value]
    return check_form(form, NOW)


def at(seconds: float) -> str:
    return datetime.fromtimestamp(NOW + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


SCHEDULED = {"MessagingServiceSid": SERVICE, "From": None, "ScheduleType": "fixed"}
CONTENT = "HX" + "a" * 32


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": None}, 21604),
        ({"To": ""}, 21604),
        ({"From": None}, 21603),
        ({"From": "", "MessagingServiceSid": ""}, 21603),
        ({"Body": None}, 21602),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"To": ["+14155550100", "+14155550101"]}, 20001),
        ({"Body": ["Hi", "Ho"]}, 20001),
        ({"MessagingServiceSid": "MG123"}, 21701),
        ({"MessagingServiceSid": "SM" + "0" * 32}, 21701),
        ({"MediaUrl": ["https://a.example/1"] * 11}, 21623),
        ({"MediaUrl": "ftp://a.example/1"}, 21620),
        ({"MediaUrl": "https://"}, 21620),
        ({"MediaUrl": "http://[bad"}, 21620),
        ({"ContentSid": "HX12"}, 21655),
        ({"ContentVariables": '{"1":"a"}'}, 21654),
        ({"ContentSid": CONTENT, "ContentVariables": "x"}, 21656),
        ({"ContentSid": CONTENT, "ContentVariables": '["a"]'}, 21656),
        ({"ContentSid": CONTENT, "ContentVariables": "[" * 100_000}, 21656),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"StatusCallback": "https://my_host.example/x"}, 21609),
        ({"ShortenUrls": "True"}, 20001),
        ({"SmartEncoded": "1"}, 20001),
        ({"ProvideFeedback": ""}, 20001),
        ({"SendAsMms": "FALSE"}, 20001),
        ({"ForceDelivery": "yes"}, 20001),
        ({"ContentRetention": "keep"}, 20001),
        ({"AddressRetention": "hide"}, 20001),
        ({"RiskCheck": "on"}, 20001),
        ({"TrafficType": "paid"}, 20001),
        ({"Attempt": "two"}, 20001),
        ({"ApplicationSid": "AP1"}, 20001),
        ({"ValidityPeriod": "0"}, 21624),
        ({"ValidityPeriod": "36001"}, 21624),
        ({"ValidityPeriod": "1.5"}, 21624),
        ({"ValidityPeriod": "-1"}, 21624),
        ({"FallbackFrom": "+15005550006"}, 21666),
        ({"FallbackFrom": "+15005550006", "MessagingServiceSid": SERVICE}, 21664),
        ({"FallbackFrom": "+15005550006", "From": None, "MessagingServiceSid": ""}, 21603),
        (SCHEDULED, 35111),
        ({**SCHEDULED, "SendAt": "tomorrow"}, 35114),
        ({**SCHEDULED, "SendAt": at(300)}, 35115),
        ({**SCHEDULED, "SendAt": at(-1000)}, 35115),
        ({**SCHEDULED, "SendAt": at(35 * 86_400 + 1)}, 35117),
        ({**SCHEDULED, "ScheduleType": "daily", "SendAt": at(900)}, 35126),
        ({"SendAt": at(900)}, 35126),
        ({"ScheduleType": "fixed", "SendAt": at(900)}, 35118),
    ],
)
def test_refusals(changes: dict[str, Any], code: int) -> None:
    with pytest.raises(RefusedError) as caught:
        check(**changes)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"Body": "x" * 1600},
        {"Body": None, "MediaUrl": "https://a.example/1.png"},
        {"Body": None, "ContentSid": CONTENT},
        {"ContentSid": CONTENT, "ContentVariables": '{"1":"Sarah"}'},
        {"StatusCallback": "https://my.host.example/a_b?x=_"},
        {"ShortenUrls": "true", "SmartEncoded": "false"},
        {"ValidityPeriod": "36000"},
        {"MaxPrice": "0.5", "MessageIntent": "otp", "Tags": "{}", "Whatever": "x"},
        {"PersistentAction": ["geo:1", "geo:2"]},
        {"FallbackFrom": "+15005550006", "From": None, "MessagingServiceSid": SERVICE},
    ],
)
def test_what_is_in_order(changes: dict[str, Any]) -> None:
    assert check(**changes).to == "+14155550100"


def test_reads_a_draft() -> None:
    draft = check(
        MediaUrl=["https://a.example/1", "https://a.example/2"],
        ValidityPeriod="60",
        ProvideFeedback="true",
        SendAsMms="true",
    )
    assert draft == Draft(
        to="+14155550100",
        sender="+15005550006",
        service=None,
        body="Hi",
        media_urls=("https://a.example/1", "https://a.example/2"),
        send_at=0.0,
        validity=60.0,
        wants_feedback=True,
        as_mms=True,
    )


def test_a_service_may_stand_in_from() -> None:
    draft = check(From=SERVICE)
    assert (draft.sender, draft.service) == ("", SERVICE)


@pytest.mark.parametrize("seconds", [301, 35 * 86_400])
def test_schedule_within_its_window(seconds: int) -> None:
    assert check(**SCHEDULED, SendAt=at(seconds)).send_at == NOW + seconds
