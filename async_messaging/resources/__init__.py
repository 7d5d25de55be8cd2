"""Twilio's resources: Python arguments in, calls out. One file a chapter of the reference.

`Surface` has them all; each is loaded on first use.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..operation import Run, Stream
    from .a2p import A2P
    from .channel_senders import ChannelSenders
    from .content import ContentTemplates
    from .deactivations import Deactivations
    from .indicators import Indicators
    from .links import Links
    from .messages import Messages
    from .pricing import AccountBalance, Pricing
    from .services import Services
    from .short_codes import ShortCodes
    from .tollfree import Tollfree

__all__ = ["Surface"]


class Surface:
    """Every resource, over one way to run calls.

    Args:
        run: carries a call to Twilio and brings the answer back.
        stream: opens a download.
    """

    def __init__(self, run: Run, stream: Stream) -> None:
        self._run = run
        self._stream = stream

    @cached_property
    def messages(self) -> Messages:
        """Messages, their media and feedback."""
        from .messages import Messages

        return Messages(self._run, self._stream)

    @cached_property
    def balance(self) -> AccountBalance:
        """The account's balance."""
        from .pricing import AccountBalance

        return AccountBalance(self._run)

    @cached_property
    def pricing(self) -> Pricing:
        """What messages cost."""
        from .pricing import Pricing

        return Pricing(self._run)

    @cached_property
    def services(self) -> Services:
        """Messaging services and their senders."""
        from .services import Services

        return Services(self._run)

    @cached_property
    def short_codes(self) -> ShortCodes:
        """The account's short codes."""
        from .short_codes import ShortCodes

        return ShortCodes(self._run)

    @cached_property
    def deactivations(self) -> Deactivations:
        """US numbers that carriers have taken back."""
        from .deactivations import Deactivations

        return Deactivations(self._run, self._stream)

    @cached_property
    def a2p(self) -> A2P:
        """A2P 10DLC: brands, and what messaging services are registered for."""
        from .a2p import A2P

        return A2P(self._run)

    @cached_property
    def tollfree(self) -> Tollfree:
        """Requests to verify toll-free numbers."""
        from .tollfree import Tollfree

        return Tollfree(self._run)

    @cached_property
    def links(self) -> Links:
        """Link shortening: domains, certificates, settings."""
        from .links import Links

        return Links(self._run)

    @cached_property
    def content(self) -> ContentTemplates:
        """Content templates and their approval by WhatsApp."""
        from .content import ContentTemplates

        return ContentTemplates(self._run)

    @cached_property
    def channel_senders(self) -> ChannelSenders:
        """The account's senders of WhatsApp and RCS."""
        from .channel_senders import ChannelSenders

        return ChannelSenders(self._run)

    @cached_property
    def indicators(self) -> Indicators:
        """Typing indicators."""
        from .indicators import Indicators

        return Indicators(self._run)
