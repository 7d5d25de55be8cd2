"""Reads what a webhook answers: `<Response>` with `<Message>` and `<Redirect>`. Source: Twilio's page "TwiML for Messaging".

`<Message>` holds its text itself, or in `<Body>` beside `<Media>`; its `action` (or, older, `statusCallback`) is told of
the reply's statuses. What comes after `<Redirect>` is not read. Verbs of other names are passed over.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

import msgspec

_TYPES = frozenset({"text/xml", "application/xml"})


class Message(msgspec.Struct, frozen=True):
    """A reply; an empty address means the one that follows from the message that came in."""

    body: str
    media: tuple[str, ...] = ()
    to: str = ""
    sender: str = ""
    callback: str = ""


class Redirect(msgspec.Struct, frozen=True):
    """Another URL to ask for TwiML; relative to the one asked."""

    url: str
    method: str = "POST"


class TwimlError(Exception):
    """The answer is no TwiML; `code` is Twilio's code for that: 12100 or 12300."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _NoDoctype(ET.TreeBuilder):
    """Refuses a document type where it begins: entities are the only way for an answer to grow while it is read."""

    def doctype(self, *_: object) -> None:
        raise TwimlError(12100)


def read(content_type: str, body: bytes) -> list[Message | Redirect]:
    """The verbs of an answer; none if it is empty."""
    if not body.strip():
        return []
    if content_type.partition(";")[0].strip().lower() not in _TYPES:
        raise TwimlError(12300)
    try:
        root = ET.fromstring(body, ET.XMLParser(target=_NoDoctype()))  # noqa: S314  # no entities
    except (ET.ParseError, LookupError, ValueError):
        raise TwimlError(12100) from None
    if root.tag != "Response":
        raise TwimlError(12100)
    return _verbs(root)


def _verbs(root: ET.Element) -> list[Message | Redirect]:
    found: list[Message | Redirect] = []
    for verb in root:
        if verb.tag == "Message":
            found.append(_message(verb))
        elif verb.tag == "Redirect":
            method = verb.get("method", "POST").upper()
            found.append(Redirect((verb.text or "").strip(), method))
            break
    return found


def _message(verb: ET.Element) -> Message:
    bodies = [part.text or "" for part in verb.findall("Body")]
    media = [(part.text or "").strip() for part in verb.findall("Media")]
    return Message(
        body="".join(bodies) if bodies else (verb.text or "").strip(),
        media=tuple(filter(None, media)),
        to=verb.get("to", ""),
        sender=verb.get("from", ""),
        callback=verb.get("action") or verb.get("statusCallback") or "",
    )
