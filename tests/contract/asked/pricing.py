"""Prices."""

from __future__ import annotations

from tests.contract.asking import Asked

PATH = "/v1/Messaging/Countries"

ASKED: Asked = {
    ("pricing_v1", "ListMessagingCountry"): lambda visitor: visitor.get(PATH),
    ("pricing_v1", "FetchMessagingCountry"): lambda visitor: visitor.get(f"{PATH}/US"),
}
