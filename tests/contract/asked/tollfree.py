"""Verifications of toll-free numbers."""

from __future__ import annotations

from typing import Any

from tests.contract.asking import Asked, Verdict, Visitor

PATH = "/v1/Tollfree/Verifications"
REJECTED = {"UseCaseSummary": "simulate TWILIO_REJECTED"}
FORM: dict[str, Any] = {
    "BusinessName": "Owl Lamps",
    "BusinessWebsite": "https://owl-lamps.example",
    "NotificationEmail": "owner@owl-lamps.example",
    "UseCaseCategories": ["ACCOUNT_NOTIFICATIONS", "CUSTOMER_CARE"],
    "UseCaseSummary": "Tells customers when their lamp is ready.",
    "ProductionMessageSample": "Your lamp is ready. Reply STOP to opt out.",
    "OptInImageUrls": ["https://owl-lamps.example/opt-in.png"],
    "OptInType": "WEB_FORM",
    "MessageVolume": "1,000",
    "TollfreePhoneNumberSid": "PN" + "3" * 32,
    "ExternalReferenceId": "lamps-1",
    "BusinessContactPhone": "+14155550100",
    "BusinessCountry": "US",
}


def verification(visitor: Visitor, **form: Any) -> str:
    """A verification that is through, one way or the other."""
    sid: str = visitor.made(PATH, {**FORM, **form})["sid"]
    visitor.clock.advance(60)
    return f"{PATH}/{sid}"


def show_rejected(visitor: Visitor) -> Verdict:
    return visitor.get(verification(visitor, **REJECTED))


def show_list(visitor: Visitor) -> Verdict:
    verification(visitor)
    verification(visitor, TollfreePhoneNumberSid="PN" + "4" * 32, **REJECTED)
    return visitor.get(PATH)


def edit(visitor: Visitor) -> Verdict:
    return visitor.ask("POST", verification(visitor, **REJECTED), {"BusinessName": "Owl Lamps Ltd"})


ASKED: Asked = {
    ("messaging_v1", "CreateTollfreeVerification"): lambda visitor: visitor.ask("POST", PATH, FORM),
    ("messaging_v1", "FetchTollfreeVerification"): show_rejected,
    ("messaging_v1", "ListTollfreeVerification"): show_list,
    ("messaging_v1", "UpdateTollfreeVerification"): edit,
    ("messaging_v1", "DeleteTollfreeVerification"): lambda visitor: visitor.ask(
        "DELETE", verification(visitor)
    ),
}
