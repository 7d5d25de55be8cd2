from __future__ import annotations

import pytest

from async_messaging.simulator.countries import area_code, country_of


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+14155550100", "US"),
        ("+14165550100", "CA"),
        ("+18765550100", "JM"),
        ("+447700900123", "GB"),
        ("+4915112345678", "DE"),
        ("+35312345678", "IE"),
        ("+79161234567", "RU"),
        ("+77012345678", "KZ"),
        ("+99912345678", ""),
        ("ACME", ""),
    ],
)
def test_a_number_has_a_country(number: str, country: str) -> None:
    assert country_of(number) == country


def test_area_codes_are_those_of_plus_one() -> None:
    assert area_code("+14155550100") == "415"
    assert area_code("+447700900123") == ""
