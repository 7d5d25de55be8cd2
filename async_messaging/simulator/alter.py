"""What Twilio keeps of a message instead of what was sent; the judge still sees it as it was sent.

| name | what the API shows | on request of one message |
|---|---|---|
| `template` | a text made up for a `ContentSid` that is none of the account's templates | - |
| `links` | a short address for every link, on the service's domain if it has one | `ShortenUrls` |
| `smart` | plain quotes, dashes, dots and spaces for typographic ones | `SmartEncoded` |
| `trial` | a sentence in front of the text | - |
| `redact` | no text in lists and fetches | `ContentRetention` |
| `obfuscate` | `XXXX` for the end of `to` in lists and fetches, also to their `To` filter | see below |

They are applied in this order. A message's own option goes before the simulator's, either way; only `obfuscate` needs
both, as it does with Twilio. Segments and price stay those of the text that was sent.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

from .checks import Draft

ALTERATIONS = ("template", "links", "smart", "trial", "redact", "obfuscate")
TRIAL = "Sent from your Twilio trial account - "
SHORT_HOST = "https://l.short.example"

_LINK = re.compile(r"https?://\S*[^\s.,;:!?)\]}'\"]", re.IGNORECASE)
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u0060", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f", " "),
        **dict.fromkeys("\u200b\u2060\ufeff", ""),
        "\u2026": "...",
        "\u203c": "!!",
        "\u2044": "/",
    }
)


class Kept(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a message: the create's answer tells `told`, lists and fetches the rest; None stands for what was sent."""

    told: str | None = None
    body: str | None = None
    to: str | None = None


_AS_SENT = Kept()


def parse(text: str) -> frozenset[str]:
    """Reads `trial,links`; empty is none."""
    names = [part.strip() for part in text.split(",") if part.strip()]
    for name in names:
        if name not in ALTERATIONS:
            raise ValueError(f"alter: {name!r} is none of {', '.join(ALTERATIONS)}")
    return frozenset(names)


def spell(names: frozenset[str]) -> str:
    """The text that `parse` reads, in the order in which they are applied."""
    return ",".join(name for name in ALTERATIONS if name in names)


def keep(draft: Draft, sid: str, switched: frozenset[str], host: str = SHORT_HOST) -> Kept:
    """What Twilio keeps of this draft, under the simulator's alterations and the message's own. Short links lead to `host`."""
    if not switched and not draft.wishes:
        return _AS_SENT
    wanted = {name for name in ALTERATIONS if draft.wishes.get(name, name in switched)}
    rewritten = _rewrite(draft, sid, wanted, host)
    told = None if rewritten == draft.body else rewritten
    masked = "obfuscate" in switched and draft.wishes.get("obfuscate")
    return Kept(
        told=told,
        body="" if "redact" in wanted else told,
        to=mask(draft.to) if masked else None,
    )


def _rewrite(draft: Draft, sid: str, wanted: set[str], host: str) -> str:
    text = draft.body
    if "template" in wanted and draft.content and not draft.rendered:
        text = render(draft.content, draft.variables)
    if "links" in wanted:
        text = shorten(text, sid, host)
    if "smart" in wanted:
        text = text.translate(_PLAIN)
    return TRIAL + text if "trial" in wanted else text


def render(content: str, variables: str) -> str:
    """A text in place of a content template that nobody has made: its sid and the variables."""
    values = msgspec.json.decode(variables, type=dict[str, str]) if variables else {}
    filled = "; ".join(f"{name}: {values[name]}" for name in sorted(values))
    return f"Template {content}. {filled}".rstrip()


def shorten(text: str, sid: str, host: str = SHORT_HOST) -> str:
    """The text with every link replaced by one of this message's own."""

    def short(link: re.Match[str]) -> str:
        digest = hashlib.blake2b(f"{sid} {link.start()}".encode(), digest_size=5)
        return f"{host}/{digest.hexdigest()}"

    return _LINK.sub(short, text)


def mask(to: str) -> str:
    """The recipient without its last four characters, as Twilio's page on message redaction has it."""
    return f"{to[:-4]}XXXX"
