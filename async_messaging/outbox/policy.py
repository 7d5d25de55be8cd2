"""Rules against SMS pumping and loops: which countries, how many messages to whom.

SMS pumping: somebody has your sign-up form send codes to thousands of numbers of one carrier, and
shares what they cost. Loops: a fault sends the same person the same alert all night. Neither has a
wrong message, only too many.

A message is counted when its key is claimed, in the same transaction, so all processes that share an
outbox share its counts, and a crash loses none. A call whose key has an outcome counts nothing; an
attempt that was certainly not sent gives its count back. The window slides: a rule of 5 an hour looks
at the hour before each message, not at the hour of the clock.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec

from ..errors import SettingsError
from .entries import Limit
from .prints import Prints

COUNTRIES, PER_NUMBER, PER_PREFIX = "countries", "per_number", "per_prefix"

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd])")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_CUT = 3


class SendPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What an outbox refuses to send, with `Blocked`.

    The number of a channel address (``whatsapp:+15558675310``) is the one inside; an address without
    a number has no country, and counts as it stands.

    Attributes:
        countries: ISO codes of the countries that may be sent to (``{"US", "CA"}``); None allows
            all. A number whose country can't be told is blocked. Needs the extra ``campaign``.
        per_number: so many messages to one number within a time: ``(5, "1h")``. Times are seconds,
            or ``"90s"``, ``"30m"``, ``"1h"``, ``"1d"``.
        per_prefix: so many to all numbers that are the same but for their last three digits: the
            thousand of one number block, which a carrier gets as a whole.

    Raises:
        SettingsError: a rule can't be used, or the package for countries is missing.
    """

    countries: Collection[str] | None = None
    per_number: tuple[int, str | float] | None = None
    per_prefix: tuple[int, str | float] | None = None

    def __post_init__(self) -> None:
        for name, rule in ((PER_NUMBER, self.per_number), (PER_PREFIX, self.per_prefix)):
            if rule is not None and (rule[0] < 1 or not seconds_of(rule[1]) > 0):
                raise SettingsError(f'{name} must be a number of messages and a time: (5, "1h")')
        if self.countries is not None:
            _check_countries(self.countries)
            _phonenumbers()

    def forbidden(self, to: str) -> str:
        """The rule that forbids an address whatever was sent before; empty if none does."""
        if self.countries is None or _country(_number_in(to)) in self.countries:
            return ""
        return COUNTRIES

    def limits(self, to: str, prints: Prints) -> tuple[Limit, ...]:
        """The rules that count, for an address."""
        number = _number_in(to)
        found: list[Limit] = []
        if self.per_number is not None:
            found.append(_limit(PER_NUMBER, number or to, self.per_number, prints))
        if self.per_prefix is not None and number:
            found.append(_limit(PER_PREFIX, number[:-_CUT], self.per_prefix, prints))
        return tuple(found)


def _limit(name: str, subject: str, rule: tuple[int, str | float], prints: Prints) -> Limit:
    return Limit(name, prints.subject(name, subject), rule[0], seconds_of(rule[1]))


def seconds_of(duration: str | float) -> float:
    """``"1h"``, ``"30m"``, ``"90s"``, ``"1d"`` or a number of seconds; anything else is a `SettingsError`."""
    if isinstance(duration, str):
        if found := _DURATION.fullmatch(duration.strip()):
            return float(found[1]) * _UNITS[found[2]]
    elif 0 < duration < float("inf"):
        return float(duration)
    raise SettingsError('a time must be seconds above 0, or such as "90s", "30m", "1h", "1d"')


def _check_countries(countries: Collection[str]) -> None:
    if isinstance(countries, str):
        raise SettingsError('countries must be a set: {"US", "CA"}')
    if not all(re.fullmatch("[A-Z]{2}", country) for country in countries):
        raise SettingsError("countries must be ISO codes of two capital letters")


def _number_in(to: str) -> str:
    """The number in an address; empty if it has none."""
    number = to.rpartition(":")[2]
    return number if _NUMBER.fullmatch(number) else ""


def _country(number: str) -> str | None:
    from phonenumbers import NumberParseException, parse, region_code_for_number

    try:
        return region_code_for_number(parse(number))
    except NumberParseException:
        return None


def _phonenumbers() -> None:
    try:
        import phonenumbers as _  # noqa: F401 - here, not in the middle of a send
    except ImportError:
        raise SettingsError(
            "countries need the package phonenumbers: pip install async-messaging[campaign]"
        ) from None
