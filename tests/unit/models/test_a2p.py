from __future__ import annotations

from typing import Any

import pytest

from async_messaging import InvalidInput
from async_messaging.codec.reading import Unreadable, reads
from async_messaging.models import (
    A2PBrand,
    A2PRegistration,
    A2PRegistrationChanges,
    A2PRegistrationDraft,
)

QE = "QE" + "1" * 32
REQUIRED: dict[str, Any] = {
    "description": "Codes",
    "message_flow": "A box",
    "message_samples": ("One",),
    "has_embedded_links": False,
    "has_embedded_phone": False,
}
DRAFT = REQUIRED | {"brand_registration_sid": "BN", "us_app_to_person_usecase": "2FA"}
CHANGES = REQUIRED | {"age_gated": False, "direct_lending": False}


@pytest.mark.parametrize("field", A2PRegistrationDraft.__struct_fields__)
def test_every_field_of_a_draft_is_checked(field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        A2PRegistrationDraft(**DRAFT | {field: object()})
    assert caught.value.field == field


@pytest.mark.parametrize("field", A2PRegistrationChanges.__struct_fields__)
def test_every_field_of_the_changes_is_checked(field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        A2PRegistrationChanges(**CHANGES | {field: object()})
    assert caught.value.field == field


def test_a_registration_shows_its_state_and_no_text() -> None:
    found = reads(A2PRegistration)(
        b'{"sid": "%s", "campaign_status": "VERIFIED", "description": "Owl\'s codes",'
        b' "rate_limits": {"att": {"mps": 600}}, "message_samples": ["Your code is 1"]}'
        % QE.encode()
    )
    assert found.rate_limits == {"att": {"mps": 600}}
    assert found.privacy_policy_url is None
    assert hash(found) == hash(QE)
    assert repr(found) == (
        f"A2PRegistration(sid='{QE}', description=<11 characters>, message_samples=<1 items>,"
        " campaign_status='VERIFIED', rate_limits=<1 items>)"
    )


@pytest.mark.parametrize("model", [A2PBrand, A2PRegistration])
@pytest.mark.parametrize("content", [b"{}", b'{"sid": null}', b'{"sid": ""}', b"[]", b""])
def test_without_a_sid_there_is_nothing(model: type[object], content: bytes) -> None:
    with pytest.raises(Unreadable):
        reads(model)(content)
