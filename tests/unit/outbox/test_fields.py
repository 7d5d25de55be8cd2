from __future__ import annotations

from typing import Required, get_type_hints

from async_messaging import MessageDraft
from async_messaging.outbox.fields import DraftFields


def test_an_outbox_takes_a_drafts_fields() -> None:
    own, drafts = get_type_hints(DraftFields), get_type_hints(MessageDraft)
    assert own == {name: drafts[name] for name in MessageDraft.__struct_fields__}
    assert get_type_hints(DraftFields, include_extras=True)["to"] == Required[str]
