"""STOP, START and HELP: Twilio's default words, and who has opted out of what.

A word counts when it is the whole text, in any case, with or without punctuation and white space after it. STOP holds
between a handset and the number it wrote to, and for the messaging service that the number's conversation belongs to.
Channels such as WhatsApp have no words. Source: Twilio's page "Advanced Opt-Out" and its support page on STOP words.
"""

from __future__ import annotations

from collections.abc import Iterable

STOP = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT-OUT"}
)
START = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})

CONFIRMATIONS = {
    "STOP": "You are unsubscribed and get no more messages from this number. Reply START to get them again.",
    "START": "You are subscribed again to messages from this number. Reply HELP for help, STOP to end.",
    "HELP": "Reply STOP to get no more messages from this number. Message and data rates may apply.",
}


def keyword(body: str) -> str:
    """`STOP`, `START` or `HELP` if the text is one of its words, else nothing."""
    word = body.strip().rstrip(".,;:!?\"'\u2019\u201d \t\r\n").upper()
    for kind, words in (("STOP", STOP), ("START", START), ("HELP", HELP)):
        if word in words:
            return kind
    return ""


class OptOuts:
    """Pairs of a handset and the sender, a number or a service, it wants to hear no more of; `touched` notes changes."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], float] = {}
        self.touched: dict[tuple[str, str], None] = {}

    def __len__(self) -> int:
        return len(self._pairs)

    def stop(self, handset: str, senders: Iterable[str], now: float) -> bool:
        """Opts out; whether any of it is new."""
        fresh = [(handset, sender) for sender in senders if (handset, sender) not in self._pairs]
        self._pairs.update(dict.fromkeys(fresh, now))
        self.touched.update(dict.fromkeys(fresh))
        return bool(fresh)

    def start(self, handset: str, senders: Iterable[str]) -> bool:
        """Opts in again; whether anything was lifted."""
        lifted = [pair for sender in senders if (pair := (handset, sender)) in self._pairs]
        for pair in lifted:
            del self._pairs[pair]
        self.touched.update(dict.fromkeys(lifted))
        return bool(lifted)

    def since(self, handset: str, sender: str) -> float | None:
        """Since when the handset has been opted out of this sender, if it is."""
        return self._pairs.get((handset, sender))

    def refuses(self, handset: str, *senders: str | None) -> bool:
        """Whether the handset has opted out of any of these."""
        return any((handset, sender) in self._pairs for sender in senders if sender)

    def listed(self) -> list[dict[str, object]]:
        """Every pair, oldest first."""
        return [
            {"handset": handset, "sender": sender, "since": since}
            for (handset, sender), since in self._pairs.items()
        ]
