"""What an A2P campaign can be for: the table of The Campaign Registry's use cases, in our own words.

A brand that is a sole proprietor has one of its own; all others have the rest.
"""

from __future__ import annotations

from async_messaging.simulator.answers import Answer, RefusedError, json_answer
from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.parameters import read_form, sid
from async_messaging.simulator.resources.brands import BRANDS, is_sole_proprietor
from async_messaging.simulator.routes import Route

SOLE_PROPRIETOR = "SOLE_PROPRIETOR"
USE_CASES: dict[str, tuple[str, str, bool]] = {
    "2FA": ("Two-Factor authentication (2FA)", "One-time codes and new passwords", False),
    "ACCOUNT_NOTIFICATION": ("Account Notification", "Reminders and news of an account", False),
    "AGENTS_FRANCHISES": ("Agents and Franchises", "Many offices, a number for each", True),
    "CHARITY": ("Charity", "Registered charities, but no religious ones", False),
    "PROXY": ("Proxy", "People write to each other through shared numbers", True),
    "CUSTOMER_CARE": ("Customer Care", "Support and care for an account", False),
    "DELIVERY_NOTIFICATION": ("Delivery Notification", "Where a delivery is", False),
    "EMERGENCY": ("Emergency", "Public safety in disasters", True),
    "FRAUD_ALERT": ("Fraud Alert Messaging", "Warnings of fraud", False),
    "HIGHER_EDUCATION": ("Higher Education", "Colleges and universities", False),
    "K12_EDUCATION": ("K-12 Education", "Schools up to the twelfth grade", True),
    "LOW_VOLUME": ("Low Volume Mixed", "A few messages of any kind, such as tests", False),
    "MARKETING": ("Marketing", "Anything that promotes", False),
    "MIXED": ("Mixed", "Several purposes together", False),
    "POLITICAL": ("Political", "To win others for a political aim", False),
    "POLLING_VOTING": ("Polling and voting", "Polls and votes", False),
    "PUBLIC_SERVICE_ANNOUNCEMENT": ("Public Service Announcement", "To make people aware", False),
    "SECURITY_ALERT": ("Security Alert", "A system is in danger, and what to do", False),
    "SOCIAL": ("Social", "Within or between closed communities", True),
    "SWEEPSTAKE": ("Sweepstake", "Prize draws", True),
    SOLE_PROPRIETOR: ("Sole Proprietor", "Any purpose of a person without a tax id", False),
}
"""Name, description, and whether carriers must approve it too, by code."""

_QUERY = (sid("BrandRegistrationSid", "BN"),)


def open_to(*, sole_proprietor: bool) -> list[str]:
    """The codes that a brand may register."""
    return [code for code in USE_CASES if (code == SOLE_PROPRIETOR) == sole_proprietor]


def show(exchange: Exchange) -> Answer:
    """GET Usecases of a service, those of one brand if `BrandRegistrationSid` names it."""
    wanted = read_form(exchange.query, _QUERY, whole_record=False)
    codes = open_to(sole_proprietor=False)
    if wanted:
        brand = BRANDS.shelf(exchange).get(str(wanted["brand_registration_sid"]))
        if brand is None:
            raise RefusedError(20404, exchange.target)
        codes = open_to(sole_proprietor=is_sole_proprietor(brand))
    return json_answer({"us_app_to_person_usecases": [_represent(code) for code in codes]})


def _represent(code: str) -> dict[str, object]:
    name, description, approval = USE_CASES[code]
    return {
        "code": code,
        "name": name,
        "description": description,
        "post_approval_required": approval,
    }


ROUTES = (
    Route("GET", "/v1/Services/{ServiceSid}/Compliance/Usa2p/Usecases", show, host="messaging"),
)
