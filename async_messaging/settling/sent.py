"""What a creation sent, as far as settling needs it: read from its form."""

from __future__ import annotations

from urllib.parse import parse_qs

from ..codec.numbers import is_address
from ..models import MessageDraft
from ..resources.messages import creation
from .attempts import SendOptions, Sent
from .likeness import PrintOf

__all__ = ["sent_by", "sent_in"]

_PLAIN = PrintOf()


def sent_by(draft: MessageDraft, prints: PrintOf = _PLAIN, text: str | None = None) -> Sent:
    """What *draft* sends.

    Args:
        draft: the message.
        prints: makes the print of its text.
        text: the text that its content template makes, where that is known.
    """
    return sent_in(creation(draft).body, prints, text)


def sent_in(form: bytes, prints: PrintOf = _PLAIN, text: str | None = None) -> Sent:
    """What a form sends.

    Args:
        form: the body of the creation's request.
        prints: makes the print of its text.
        text: the text that its content template makes, where that is known.

    Raises:
        ValueError: it is no form of a message to an address.
    """
    fields = parse_qs(form.decode("ascii"), keep_blank_values=True)

    def value(name: str) -> str:
        return fields.get(name, [""])[-1]

    to, sender = value("To"), value("From")
    if not is_address(to):
        raise ValueError("the form names no address")
    options = SendOptions.NONE
    for name, wanted, option in _OPTIONS:
        if value(name) == wanted:
            options |= option
    template = bool(value("ContentSid"))
    if template:
        options |= SendOptions.CONTENT
    else:
        text = value("Body")
    # Another sender may stand in for these: nothing to compare.
    open_sender = not sender or bool(value("FallbackFrom")) or sender.startswith("rcs:")
    return Sent(
        to=to,
        sender=None if open_sender else sender,
        service=value("MessagingServiceSid") or None,
        options=options,
        print=prints.text(text, options),
        media=None if template else len(fields.get("MediaUrl", ())),
    )


_OPTIONS = (
    ("ShortenUrls", "true", SendOptions.LINKS),
    ("ContentRetention", "discard", SendOptions.DISCARD),
    ("AddressRetention", "obfuscate", SendOptions.HIDDEN),
)
