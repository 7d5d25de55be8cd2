"""The few headers of a request that matter here, and how they may be given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

from ..errors import InvalidSignature

__all__ = ["GivenHeaders", "Headers"]

GivenHeaders: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Headers in any case: a mapping, or pairs of which names may repeat."""

_READ = frozenset(
    {
        "content-encoding",
        "content-type",
        "host",
        "i-twilio-idempotency-token",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-twilio-signature",
        "x-twilio-webhooks-signature-settings",
    }
)


class Headers:
    """The headers that are read, by lower-case names. No value is ever in a repr."""

    __slots__ = ("_found",)

    def __init__(self, given: GivenHeaders) -> None:
        self._found: dict[str, list[str]] = {}
        pairs = cast("Mapping[str, str]", given).items() if isinstance(given, Mapping) else given
        for name, value in pairs:
            lower = name.lower()
            if lower in _READ:
                self._found.setdefault(lower, []).append(value.strip())

    def __repr__(self) -> str:
        return f"<Headers {sorted(self._found)}>"

    def get(self, name: str) -> str:
        """The header's value, empty if there is none.

        Raises:
            InvalidSignature: it is there twice, with different values.
        """
        values = self._found.get(name)
        if values is None:
            return ""
        if len(values) > 1 and len(set(values)) > 1:
            raise InvalidSignature(f"the header {name} is there twice, with different values")
        return values[0]
