"""Made-up prices of messaging in a dozen countries; carriers and their MCC and MNC are real, the prices are not Twilio's."""

from __future__ import annotations

import msgspec


class Carrier(msgspec.Struct, frozen=True):
    """A mobile network and what a segment to it costs."""

    name: str
    mcc: str
    mnc: str
    price: str


class Country(msgspec.Struct, frozen=True):
    """A country's networks, and what a received segment costs by type of number."""

    iso: str
    name: str
    carriers: tuple[Carrier, ...]
    inbound: tuple[tuple[str, str], ...]
    number_types: tuple[str, ...] = ("mobile",)


_NORTH_AMERICA = ("local", "toll free", "shortcode")

COUNTRIES = (
    Country(
        "AU",
        "Australia",
        (
            Carrier("Telstra", "505", "01", "0.0515"),
            Carrier("Optus", "505", "02", "0.0515"),
            Carrier("Vodafone", "505", "03", "0.0520"),
        ),
        (("mobile", "0.0075"),),
    ),
    Country(
        "BR",
        "Brazil",
        (
            Carrier("TIM", "724", "02", "0.0480"),
            Carrier("Claro", "724", "05", "0.0495"),
            Carrier("Vivo", "724", "10", "0.0490"),
        ),
        (("mobile", "0.0070"),),
    ),
    Country(
        "CA",
        "Canada",
        (
            Carrier("Telus", "302", "220", "0.0083"),
            Carrier("Bell", "302", "610", "0.0083"),
            Carrier("Rogers", "302", "720", "0.0085"),
        ),
        (("local", "0.0083"), ("toll free", "0.0083"), ("shortcode", "0.0100")),
        _NORTH_AMERICA,
    ),
    Country(
        "CH",
        "Switzerland",
        (
            Carrier("Swisscom", "228", "01", "0.0725"),
            Carrier("Sunrise", "228", "02", "0.0730"),
            Carrier("Salt", "228", "03", "0.0735"),
        ),
        (("mobile", "0.0075"),),
    ),
    Country(
        "DE",
        "Germany",
        (
            Carrier("Telekom", "262", "01", "0.0985"),
            Carrier("Vodafone", "262", "02", "0.0990"),
            Carrier("O2", "262", "03", "0.0980"),
        ),
        (("mobile", "0.0075"),),
    ),
    Country(
        "ES",
        "Spain",
        (
            Carrier("Vodafone", "214", "01", "0.0720"),
            Carrier("Orange", "214", "03", "0.0725"),
            Carrier("Movistar", "214", "07", "0.0730"),
        ),
        (("mobile", "0.0075"),),
    ),
    Country(
        "FR",
        "France",
        (
            Carrier("Orange", "208", "01", "0.0790"),
            Carrier("SFR", "208", "10", "0.0795"),
            Carrier("Bouygues", "208", "20", "0.0800"),
        ),
        (("mobile", "0.0075"),),
    ),
    Country(
        "GB",
        "United Kingdom",
        (
            Carrier("O2", "234", "10", "0.0510"),
            Carrier("Vodafone", "234", "15", "0.0515"),
            Carrier("EE", "234", "30", "0.0520"),
        ),
        (("mobile", "0.0075"), ("local", "0.0075")),
    ),
    Country(
        "IN",
        "India",
        (
            Carrier("Airtel", "404", "10", "0.0820"),
            Carrier("Vodafone Idea", "404", "20", "0.0825"),
            Carrier("Jio", "405", "840", "0.0830"),
        ),
        (("mobile", "0.0060"),),
    ),
    Country(
        "JP",
        "Japan",
        (
            Carrier("NTT Docomo", "440", "10", "0.0860"),
            Carrier("SoftBank", "440", "20", "0.0865"),
            Carrier("KDDI", "440", "50", "0.0870"),
        ),
        (("mobile", "0.0080"),),
    ),
    Country(
        "MX",
        "Mexico",
        (
            Carrier("Telcel", "334", "020", "0.0455"),
            Carrier("Movistar", "334", "030", "0.0460"),
            Carrier("AT&T", "334", "050", "0.0465"),
        ),
        (("mobile", "0.0070"),),
    ),
    Country(
        "SE",
        "Sweden",
        (
            Carrier("Telia", "240", "01", "0.0590"),
            Carrier("Tre", "240", "02", "0.0595"),
            Carrier("Tele2", "240", "07", "0.0600"),
        ),
        (("mobile", "0.0075"),),
    ),
    Country(
        "US",
        "United States",
        (
            Carrier("Verizon", "311", "480", "0.0079"),
            Carrier("T-Mobile", "310", "260", "0.0079"),
            Carrier("AT&T", "310", "410", "0.0081"),
        ),
        (("local", "0.0079"), ("toll free", "0.0079"), ("shortcode", "0.0090")),
        _NORTH_AMERICA,
    ),
)
BY_ISO = {country.iso: country for country in COUNTRIES}
