from __future__ import annotations

import pytest

from async_messaging.simulator import parameters
from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.parameters import Parameter, read_form

KNOWN = (
    parameters.text("FriendlyName", 5, required=True),
    parameters.boolean("StickySender", default=True),
    parameters.whole("ValidityPeriod", 1, 36_000, default=36_000),
    parameters.choice("Method", ("GET", "POST"), default="POST"),
    parameters.url("InboundRequestUrl", field="inbound", code=21609),
    parameters.sid("NumberSid", "PN|SC"),
    parameters.texts("Samples", 2, 3, default=[]),
    parameters.text("Code", pattern="[A-Z]{2}"),
)


def test_a_new_resource_has_the_defaults_of_what_is_not_given() -> None:
    fields = read_form({"FriendlyName": ["Ours"], "Method": ["GET"]}, KNOWN, whole_record=True)
    assert fields == {
        "friendly_name": "Ours",
        "sticky_sender": True,
        "validity_period": 36_000,
        "method": "GET",
        "inbound": None,
        "number_sid": None,
        "samples": [],
        "code": None,
    }


def test_a_change_has_nothing_but_what_is_given() -> None:
    form = {"StickySender": ["False"], "InboundRequestUrl": [""], "Unknown": ["1"]}
    assert read_form(form, KNOWN, whole_record=False) == {"sticky_sender": False, "inbound": None}


def test_what_may_repeat_is_a_list() -> None:
    assert read_form({"Samples": ["a", "b"]}, KNOWN, whole_record=False) == {"samples": ["a", "b"]}


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("FriendlyName", ["Longer"], 20001),
        ("FriendlyName", ["a", "b"], 20001),
        ("StickySender", ["yes"], 20001),
        ("ValidityPeriod", ["0"], 20001),
        ("ValidityPeriod", ["36001"], 20001),
        ("ValidityPeriod", ["1.5"], 20001),
        ("Method", ["PUT"], 20001),
        ("InboundRequestUrl", ["ftp://x"], 21609),
        ("NumberSid", ["PN1"], 20001),
        ("NumberSid", ["MG" + "0" * 32], 20001),
        ("Samples", ["a"], 20001),
        ("Samples", list("abcd"), 20001),
        ("Code", ["de"], 20001),
    ],
)
def test_a_wrong_value_is_refused(name: str, values: list[str], code: int) -> None:
    with pytest.raises(RefusedError) as caught:
        read_form({name: values}, KNOWN, whole_record=False)
    assert caught.value.code == code


def test_what_is_required_is_missed_on_create_alone() -> None:
    assert read_form({}, KNOWN, whole_record=False) == {}
    with pytest.raises(RefusedError) as caught:
        read_form({}, KNOWN, whole_record=True)
    assert caught.value.code == 20001
    own: Parameter = parameters.text("To", required=True, missing=21604)
    with pytest.raises(RefusedError) as other:
        read_form({}, (own,), whole_record=True)
    assert other.value.code == 21604
