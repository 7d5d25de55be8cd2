from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from async_messaging import InvalidInput
from async_messaging.codec.reading import reads
from async_messaging.models import TollfreeChanges, TollfreeDraft, TollfreeVerification

HH = "HH" + "1" * 32


@pytest.mark.parametrize("field", TollfreeChanges.__struct_fields__)
def test_every_field_of_the_changes_is_checked(field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        TollfreeChanges(**{field: object()})  # type: ignore[arg-type]  # the mistake under test
    assert caught.value.field == field


def test_draft_and_changes_differ_where_twilio_says() -> None:
    draft, changes = TollfreeDraft.__struct_fields__, TollfreeChanges.__struct_fields__
    beyond = {"tollfree_phone_number_sid", "customer_profile_sid", "external_reference_id"}
    assert set(draft) - set(changes) == beyond
    assert set(changes) - set(draft) == {"edit_reason"}


def test_lists_are_kept_as_tuples() -> None:
    given = ["GO"]
    changes = TollfreeChanges(opt_in_keywords=given)
    given.append("YES")
    assert changes.opt_in_keywords == ("GO",)
    assert changes.business_name is msgspec.UNSET
    assert hash(changes) == hash(TollfreeChanges(opt_in_keywords="GO"))


def test_people_do_not_show() -> None:
    found = reads(TollfreeVerification)(
        b'{"sid": "%s", "status": "IN_REVIEW", "business_contact_email": "ada@example.com",'
        b' "business_contact_phone": "+15558675310", "error_code": "30440",'
        b' "edit_expiration": "Thu, 24 Aug 2023 05:01:45 +0000", "rejection_reasons": [{"code": 1}]}'
        % HH.encode()
    )
    assert found.error_code == 30440
    assert found.edit_expiration == dt.datetime(2023, 8, 24, 5, 1, 45, tzinfo=dt.UTC)
    assert found.rejection_reasons == ({"code": 1},)
    assert hash(found) == hash(HH)
    shown = repr(found)
    assert HH in shown
    assert "IN_REVIEW" in shown
    assert "ada" not in shown
    assert "8675310" not in shown
