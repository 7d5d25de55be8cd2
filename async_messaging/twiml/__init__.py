"""TwiML for messages: what a program answers to a message that came in.

    response = MessagingResponse()
    response.message("Thank you", action="/status")

Voice is out of scope. Twilio's reference: TwiML for Programmable Messaging.
"""

from __future__ import annotations

from .messaging import CONTENT_TYPE, Message, MessagingResponse, Redirect

__all__ = ["CONTENT_TYPE", "Message", "MessagingResponse", "Redirect"]
