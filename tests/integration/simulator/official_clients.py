"""Twilio's own Python client, pointed at a simulator: one way to call it, blocking or not.

`await call(client.messages, "create", to=...)` is `client.messages.create(...)` in a thread with the blocking client, and
`await client.messages.create_async(...)` with the other.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from async_messaging.simulator import ManualClock, Simulator

with warnings.catch_warnings():
    # Its dependencies use what newer Pythons deprecate, while they are imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from twilio.base.exceptions import TwilioRestException
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client
    from twilio.rest.content.v1.content import ContentContext, ContentList
    from twilio.rest.content.v1.content.approval_create import ApprovalCreateList
    from twilio.rest.messaging.v2.channels_sender import ChannelsSenderContext, ChannelsSenderList
    from twilio.rest.messaging.v3.typing_indicator import TypingIndicatorList

SenderDraft = ChannelsSenderList.MessagingV2ChannelsSenderRequestsCreate
SenderChanges = ChannelsSenderContext.MessagingV2ChannelsSenderRequestsUpdate
TypingRequest = TypingIndicatorList.TypingIndicatorRequest
TemplateDraft = ContentList.ContentCreateRequest
TemplateChanges = ContentContext.ContentUpdateRequest
Approval = ApprovalCreateList.ContentApprovalRequest
QUIET = pytest.mark.filterwarnings(
    "ignore:(BasicAuth|The 'auth' parameter) is deprecated:DeprecationWarning"
)
"""For modules of tests: the waiting client uses what its HTTP library deprecates."""


class Official:
    """One of Twilio's clients, its simulator and the simulator's clock.

    Attributes:
        blocking: the blocking client, for what sends JSON: the waiting one (9.13.0) sends a form that says it is JSON.
        blocking_content: the same for content templates.
    """

    def __init__(self, sim: Simulator, clock: ManualClock, client: Any, *, is_async: bool) -> None:
        for product in (client.api, client.messaging, client.content):
            product.base_url = sim.url
        self.sim = sim
        self.clock = clock
        self.v1: Any = client.messaging.v1
        self.v2: Any = client.messaging.v2
        self.content: Any = client.content
        self.messages: Any = client.messages
        self.short_codes: Any = client.api.v2010.account.short_codes
        http = TwilioHttpClient(pool_connections=False)
        blocking = Client(sim.account_sid, sim.auth_token, http_client=http)
        blocking.messaging.base_url = blocking.content.base_url = sim.url
        self.blocking: Any = blocking.messaging
        self.blocking_content: Any = blocking.content.v1.contents
        self._is_async = is_async

    async def call(self, resource: Any, name: str, **fields: Any) -> Any:
        """Calls a method of the client's."""
        if self._is_async:
            return await getattr(resource, f"{name}_async")(**fields)
        return await self.block(resource, name, **fields)

    async def block(self, resource: Any, name: str, *given: Any, **fields: Any) -> Any:
        """Calls a method of `blocking`'s."""
        return await asyncio.to_thread(getattr(resource, name), *given, **fields)

    async def refusal(self, resource: Any, name: str, *given: Any, **fields: Any) -> int:
        """Calls what must be refused; Twilio's code."""
        with pytest.raises(TwilioRestException) as caught:
            await (self.block if given else self.call)(resource, name, *given, **fields)
        code: int = caught.value.code
        return code


@asynccontextmanager
async def official(kind: str) -> AsyncIterator[Official]:
    """A simulator on a clock that stands still, and a `sync` or an `async` client."""
    clock = ManualClock()
    async with Simulator(clock=clock) as sim:
        if kind == "sync":
            http = TwilioHttpClient(pool_connections=False)
            client = Client(sim.account_sid, sim.auth_token, http_client=http)
            yield Official(sim, clock, client, is_async=False)
            return
        async with AsyncTwilioHttpClient() as waiting:
            client = Client(sim.account_sid, sim.auth_token, http_client=waiting)
            yield Official(sim, clock, client, is_async=True)
