"""What a row sends: its plan's template or columns, filled from the row, as a `MessageDraft`.

The ledger keeps the cells that a message needs and never the rendered text. The same code that read
the source makes the draft again, so what goes out is what was checked at the import.
"""

from __future__ import annotations

import math
from urllib.parse import urlencode

from msgspec import UNSET
from msgspec.structs import replace

from ..bulk.columns import drafts_of
from ..bulk.records import Record, Value
from ..errors import InvalidInput
from ..models import MessageDraft
from .rows import Plan, Row

LONGEST_VALIDITY = 36_000
"""Seconds that a message may wait in Twilio's queue, at most."""


class Content:
    """Makes the drafts of a campaign; a plan that can't be used is `InvalidInput`."""

    def __init__(self, plan: Plan, campaign: str = "") -> None:
        self.plan = plan
        self._campaign = campaign
        self._drafts = drafts_of(
            plan.columns, plan.recipient, plan.template, plan.sender, plan.media_url
        )

    def __repr__(self) -> str:
        return f"<Content of {self.plan.name!r}>"

    def kept(self, record: Record) -> dict[str, Value]:
        """The cells of a source's record that the message needs; empty ones are left out."""
        return {name: cell for name in self._drafts.needed if (cell := record.get(name))}

    def draft(self, row: Row, left: float = math.inf) -> MessageDraft:
        """The row's message; cells that make none are `InvalidInput` of their column.

        Args:
            left: seconds after which the message must not go out any more.
        """
        draft = self._drafts({**row.variables, self.plan.recipient: row.to})
        validity = draft.validity_period
        if left < LONGEST_VALIDITY or self.plan.status_callback is not None:
            if left < (LONGEST_VALIDITY if validity is UNSET else validity):
                validity = max(1, int(left))
            return replace(
                draft,
                validity_period=validity,
                status_callback=self._callback(row) or draft.status_callback,
            )
        return draft

    def addressed(self, row: Row, to: str) -> MessageDraft:
        """The row's message to somebody else: a test, which no callback counts."""
        draft = replace(self._drafts({**row.variables, self.plan.recipient: row.to}), to=to)
        return replace(draft, status_callback=UNSET)

    def _callback(self, row: Row) -> str:
        base = self.plan.status_callback
        return "" if base is None else callback_url(base, self._campaign, row.row, row.token)


def callback_url(base: str, campaign: str, row: int, token: str) -> str:
    """Where Twilio tells what becomes of a row's message; of row 0, which there never is, nothing."""
    query = urlencode({"campaign": campaign, "row": row, "token": token})
    page, mark, overrides = base.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{query}{mark}{overrides}"


def checked_callback(url: str | None) -> str | None:
    """The URL, if Twilio can call it. A fragment, ``#rc=5&rp=all``, is Twilio's way to say how."""
    if url is not None and not url.startswith(("https://", "http://")):
        raise InvalidInput("must begin with https:// or http://", field="status_callback")
    return url
