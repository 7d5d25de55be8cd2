"""Faults on request: which requests go wrong, and how.

A specification is a list of parts with commas between: ``429=5%,500_after=1%,latency=80ms±30,drop_after@3,list_lag=2s``.

| part | meaning |
|---|---|
| `name=5%` | each request, with this probability |
| `name@3`, `name@3-7` | the third request, the third to the seventh (counted from 1 since the faults were set) |
| `latency=80ms`, `latency=80ms±30` | every API answer comes later by this; `+-` may stand for `±` |
| `list_lag=2s` | so long a new message is missing from lists and fetches |
| `undelivered=3%`, `failed=1%` | so many accepted messages end so, with codes as carriers give them, by weight |
| `30005=1%`, `30034@3` | so many, or the third accepted, end with this code |
| `callback.twice=5%` | a status callback is posted twice, with the same idempotency token |
| `callback.lost=1%` | a status callback is never posted |
| `callback.late=50%` | a status callback is held back for up to five seconds, so that later ones overtake it |

| name | what happens |
|---|---|
| `429`, `63038` | refused with HTTP 429 and code 20429 or 63038; nothing is accepted |
| `500_before`, `503_before` | that status; nothing is accepted |
| `drop_before` | the connection closes without an answer; nothing is accepted |
| `hang_before` | no answer until the client goes; nothing is accepted |
| `500_after` | the message is accepted, the answer is a 500 |
| `drop_after` | the message is accepted, the connection closes without an answer |
| `hang` | the message is accepted, no answer until the client goes |
| `truncate` | the message is accepted, half of the answer's body comes, the connection closes |

Undelivered are 30003 (45 of 100), 30005 (20), 30006 (15), 30008 (10), 30007 (7), 30004 (3); failed before they are
sent 30034 (70), 30001 (30). A number reserved for a fate keeps it. Requests and messages are counted apart. A callback
may come before the create's answer: `latency=` does that.

Another name alone means POST Messages. With `get.` before it, it means reads; with `change.`, updates, deletes and feedback.
The first part that fires wins. A fault of the "after" kind leaves an answer that refuses the message as it is.
Draws come from seeded generators, one for each part with a probability and each request that it could hit.
"""

from __future__ import annotations

import random
import re
from typing import Final, Literal, get_args

import msgspec

from .catalogue import DELIVERY_ERRORS

Target = Literal["post", "get", "change", "fate", "callback"]

BEFORE = frozenset({"429", "63038", "500_before", "503_before", "drop_before", "hang_before"})
AFTER = frozenset({"500_after", "drop_after", "hang", "truncate"})
UNDELIVERED: Final = {30003: 45, 30005: 20, 30006: 15, 30008: 10, 30007: 7, 30004: 3}
FAILED: Final = {30034: 70, 30001: 30}
FATES = frozenset({"undelivered", "failed", *map(str, DELIVERY_ERRORS)} - {"30036"})
CALLBACK = frozenset({"twice", "lost", "late"})

_CHANCE = re.compile(r"(\d+(?:\.\d+)?)%")
_RANGE = re.compile(r"([1-9]\d*)(?:-([1-9]\d*))?")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s)(?:(?:±|\+-)(\d+(?:\.\d+)?)(ms|s)?)?")
_UNITS = {"ms": 0.001, "s": 1.0}
_LATEST = 5.0
_PREFIXES: dict[str, Target] = {"get": "get", "change": "change"}


class Fault(msgspec.Struct, frozen=True):
    """One kind of fault: by probability (`chance`, 0 to 1), or on requests `first` to `last`."""

    name: str
    target: Target = "post"
    chance: float = 0.0
    first: int = 0
    last: int = 0

    def __str__(self) -> str:
        plain = self.target in ("post", "fate")
        name = self.name if plain else f"{self.target}.{self.name}"
        if not self.first:
            return f"{name}={self.chance * 100:.10g}%"
        return f"{name}@{self.first}" + (f"-{self.last}" if self.last != self.first else "")


class Faults(msgspec.Struct, frozen=True):
    """All faults in force; times in seconds. `str()` gives the specification back."""

    rules: tuple[Fault, ...] = ()
    latency: float = 0.0
    jitter: float = 0.0
    list_lag: float = 0.0

    @classmethod
    def parse(cls, spec: str) -> Faults:
        """Reads a specification (see the module's text); an empty one means no faults.

        Raises:
            ValueError: A part is not understood; the text names it.
        """
        rules: list[Fault] = []
        spans = {"latency": (0.0, 0.0), "list_lag": (0.0, 0.0)}
        for part in filter(None, (piece.strip() for piece in spec.split(","))):
            name = part.partition("=")[0].strip()
            if name in spans:
                spans[name] = _read_span(part, name)
            else:
                rules.append(_read_rule(part))
        (latency, jitter), (lag, _) = spans["latency"], spans["list_lag"]
        return cls(tuple(rules), latency, jitter, lag)

    def __str__(self) -> str:
        parts = [str(rule) for rule in self.rules]
        if self.latency or self.jitter:
            jitter = f"±{self.jitter * 1000:.10g}" if self.jitter else ""
            parts.append(f"latency={self.latency * 1000:.10g}ms{jitter}")
        if self.list_lag:
            parts.append(f"list_lag={self.list_lag:.10g}s")
        return ",".join(parts)


def _read_span(part: str, name: str) -> tuple[float, float]:
    match = _SPAN.fullmatch(part.partition("=")[2].strip())
    if match is None or (name == "list_lag" and match[3]):
        raise ValueError(f"fault {part!r}: expected a time, as in {name}=80ms or {name}=2s")
    unit = _UNITS[match[2]]
    jitter_unit = _UNITS[match[4]] if match[4] else unit
    return float(match[1]) * unit, float(match[3] or 0) * jitter_unit


def _read_rule(part: str) -> Fault:
    subject, sign, amount = part.partition("@" if "@" in part else "=")
    target, name = _read_subject(subject.strip(), part)
    if sign == "@" and (match := _RANGE.fullmatch(amount.strip())):
        first = int(match[1])
        last = int(match[2] or first)
        if last >= first:
            return Fault(name, target, first=first, last=last)
    if sign == "=" and (match := _CHANCE.fullmatch(amount.strip())) and float(match[1]) <= 100:
        return Fault(name, target, chance=float(match[1]) / 100)
    raise ValueError(f"fault {part!r}: expected {name}=5% or {name}@3 or {name}@3-7")


def _read_subject(subject: str, part: str) -> tuple[Target, str]:
    prefix, dot, rest = subject.partition(".")
    if prefix == "callback" and rest in CALLBACK:
        return "callback", rest
    if subject in FATES:
        return "fate", subject
    named = bool(dot) and prefix in _PREFIXES
    target, name = (_PREFIXES[prefix], rest) if named else ("post", subject)
    if name not in BEFORE and name not in AFTER:
        raise ValueError(f"fault {part!r}: unknown name {name!r}")
    return target, name


class FaultDeck:
    """Deals faults out to requests: counts them and draws from the seeded generator."""

    def __init__(self, faults: Faults, generator: random.Random, seed: object = "") -> None:
        self.faults: Faults = faults
        self._random = generator
        # What comes at other times than requests draws for itself, and shifts no draw of theirs.
        self._aside: dict[Target, random.Random] = {
            target: random.Random(f"{seed} {target}") for target in ("fate", "callback")
        }
        self._counts: dict[Target, int] = dict.fromkeys(get_args(Target), 0)
        self._rules: dict[Target, tuple[Fault, ...]] = {
            target: tuple(rule for rule in faults.rules if rule.target == target)
            for target in self._counts
        }

    def draw(self, target: Target) -> str:
        """The fault that hits this request, or an empty text."""
        rules = self._rules[target]
        if not rules:
            return ""
        self._counts[target] += 1
        number = self._counts[target]
        generator = self._aside.get(target, self._random)
        hit = ""
        for rule in rules:
            # Every probability is drawn each time, so that one rule does not shift the others' draws.
            named = rule.first <= number <= rule.last
            fires = named if rule.first else generator.random() < rule.chance
            if fires and not hit:
                hit = rule.name
        return hit

    def fate(self) -> int:
        """The code that the message just accepted will end with, or 0."""
        name = self.draw("fate") if self._rules["fate"] else ""
        if not name:
            return 0
        codes = {"undelivered": UNDELIVERED, "failed": FAILED}.get(name)
        if codes is None:
            return int(name)
        return self._aside["fate"].choices(list(codes), list(codes.values()))[0]

    def lateness(self) -> float:
        """Seconds that a late callback is held back."""
        return self._aside["callback"].uniform(0, _LATEST)

    def delay(self) -> float:
        """Seconds that this answer comes later."""
        faults = self.faults
        if not faults.jitter:
            return faults.latency
        low, high = faults.latency - faults.jitter, faults.latency + faults.jitter
        return max(0.0, self._random.uniform(low, high))
