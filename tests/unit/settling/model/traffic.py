"""Classes of traffic: who writes to a person, by which way, and how Twilio keeps what was sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import msgspec

__all__ = [
    "BROKEN",
    "CLASSES",
    "CLONES",
    "EVERYTHING",
    "LOST_PAGES",
    "ORDINARY",
    "REWRITE",
    "STALLED",
    "UNFORESEEN",
    "Rewriting",
    "Traffic",
]

Route = Literal["number", "service", "any"]
Rewriting = Literal[
    "none",
    "smart",
    "links",
    "unasked links",
    "trial",
    "appended",
    "template",
    "redacted",
    "unforeseen",
]


FORESEEN: tuple[Rewriting, ...] = (
    "none", "smart", "links", "unasked links", "trial", "appended", "template", "redacted",
)  # fmt: skip


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """One class.

    Attributes:
        name: what the table calls it.
        route: by numbers of our own, by a messaging service, or by either.
        rewriting: what Twilio does to texts; None: anything, drawn for each scenario.
        foreign: how many messages of other programs there are at most.
        clones: those have our texts.
        one_link: texts differ by their link alone.
        alone: one send a person.
        exclusive: sender and service are declared to be ours alone.
        witness: whether an earlier message of ours shows how Twilio rewrites; None: by chance.
        calls: no campaigns, plain calls only.
        steps: wall clocks are set, and machines sleep.
        late: a message is listed after `settle`; ``one`` by itself, ``all``: the list stands still.
        lost: how often a message is missing in an answer.
        canaries: settling knows messages that must be listed.
        holds: assumptions hold, so nothing may be wrong.
    """

    name: str
    route: Route = "number"
    rewriting: Rewriting | None = "none"
    foreign: int = 0
    clones: bool = False
    one_link: bool = False
    alone: bool = False
    exclusive: bool = False
    witness: bool | None = None
    calls: bool = False
    steps: bool = False
    late: Literal["", "one", "all"] = ""
    lost: float = 0.0
    canaries: bool = True
    holds: bool = True


ORDINARY = (
    Traffic(name="number, no foreign traffic"),
    Traffic(name="service, no foreign traffic", route="service"),
    Traffic(name="service with smart encoding", route="service", rewriting="smart"),
    Traffic(name="shortened links", route="service", rewriting="links"),
    Traffic(name="trial account", rewriting="trial"),
    Traffic(name="text appended by Twilio", rewriting="appended"),
)
"""At most 2.5 % of these may be held."""

EVERYTHING = Traffic(name="everything", route="any", rewriting=None, foreign=3, steps=True)

UNFORESEEN = Traffic(
    name="unforeseen rewriting", route="any", rewriting="unforeseen", foreign=2, steps=True
)

CLASSES = (
    *ORDINARY,
    Traffic(name="links that are shortened unasked", route="any", rewriting="unasked links"),
    Traffic(name="two links in the same words", route="service", rewriting="links", one_link=True),
    Traffic(name="unknown template", route="service", rewriting="template"),
    Traffic(
        name="unknown template, one send a person",
        route="service",
        rewriting="template",
        alone=True,
    ),
    Traffic(name="redacted at once", rewriting="redacted"),
    Traffic(name="number, foreign traffic", foreign=3),
    Traffic(name="service, foreign traffic", route="service", foreign=3),
    Traffic(name="service, foreign traffic, no witness", route="service", foreign=3, witness=False),
    Traffic(name="service, foreign traffic, witness", route="service", foreign=3, witness=True),
    Traffic(name="number, clocks that are set, machines that sleep", steps=True),
    Traffic(name="calls only", calls=True),
    EVERYTHING,
    UNFORESEEN,
    Traffic(
        name="unknown template, exclusive", route="service", rewriting="template", exclusive=True
    ),
    Traffic(
        name="unknown template, exclusive, one send a person",
        route="service",
        rewriting="template",
        exclusive=True,
        alone=True,
    ),
)

CLONES = Traffic(name="BROKEN: foreign clones", foreign=2, clones=True, holds=False)
LOST_PAGES = Traffic(name="BROKEN: lists that lack a message now and then", lost=0.05, holds=False)
STALLED = Traffic(name="BROKEN: the list stands still", late="all", holds=False)

BROKEN = (
    CLONES,
    Traffic(name="BROKEN: single messages listed too late", late="one", holds=False),
    Traffic(
        name="BROKEN: the list stands still, no canary", late="all", canaries=False, holds=False
    ),
    LOST_PAGES,
    STALLED,
)
"""Where an assumption of settling's does not hold: shows that the judge can find fault."""

_LINK = re.compile(r"https?://\S+")
_SMART = str.maketrans(
    {"\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2026": "..."}
)


def _shortened(text: str, token: str) -> str:
    return _LINK.sub(f"https://twil.io/{token}", text)


REWRITE: dict[Rewriting, Callable[[str, str], str]] = {
    "none": lambda text, _token: text,
    "smart": lambda text, _token: text.translate(_SMART),
    "links": _shortened,
    "unasked links": _shortened,
    "trial": lambda text, _token: f"Sent from your Twilio trial account - {text}",
    "appended": lambda text, _token: f"{text} Reply STOP to end.",
    "template": lambda text, _token: text,
    "redacted": lambda _text, _token: "",
    "unforeseen": lambda text, _token: text.replace("e", "").replace("o", "0"),
}
"""What Twilio keeps of a text. The token is the message's own."""
