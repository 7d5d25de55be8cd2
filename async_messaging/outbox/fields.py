"""The fields of a message as keywords beside an outbox's own.

A decorator with a `ParamSpec`, which `messages.create` has its keywords from, can't have others
beside them; this can. A test holds it against `MessageDraft`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Required, TypedDict

from msgspec import UnsetType


class DraftFields(TypedDict, total=False):
    """The fields of `MessageDraft`, where their meaning is told."""

    to: Required[str]
    from_: str | UnsetType
    messaging_service_sid: str | UnsetType
    body: str | UnsetType
    media_url: Sequence[str] | UnsetType
    content_sid: str | UnsetType
    content_variables: Mapping[str, str] | str | UnsetType
    status_callback: str | UnsetType
    application_sid: str | UnsetType
    validity_period: int | UnsetType
    send_at: dt.datetime | UnsetType
    schedule_type: str | UnsetType
    send_as_mms: bool | UnsetType
    smart_encoded: bool | UnsetType
    provide_feedback: bool | UnsetType
    force_delivery: bool | UnsetType
    shorten_urls: bool | UnsetType
    risk_check: str | UnsetType
    content_retention: str | UnsetType
    address_retention: str | UnsetType
    persistent_action: Sequence[str] | UnsetType
    traffic_type: str | UnsetType
    attempt: int | UnsetType
    max_price: Decimal | UnsetType
    fallback_from: str | UnsetType
    message_intent: str | UnsetType
    tags: Mapping[str, str] | str | UnsetType
    extra: Mapping[str, str]
