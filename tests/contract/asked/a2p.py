"""A2P: brands, vettings and campaigns."""

from __future__ import annotations

from typing import Any

from tests.contract.asking import Asked, Verdict, Visitor

BRANDS = "/v1/a2p/BrandRegistrations"
SERVICE = "MG" + "1" * 32
CAMPAIGNS = f"/v1/Services/{SERVICE}/Compliance/Usa2p"
BRAND = {"CustomerProfileBundleSid": "BU" + "1" * 32, "A2PProfileBundleSid": "BU" + "2" * 32}
FAILING = {**BRAND, "A2PProfileBundleSid": "BU" + "2" * 28 + "fa11"}
CHANGES: dict[str, Any] = {
    "Description": "Sends one-time codes to people who sign in to their account.",
    "MessageFlow": "People type their number on our sign-up page and tick a box there.",
    "MessageSamples": ["Your code for Owl Lamps is 123456.", "654321 is your code for Owl Lamps."],
    "HasEmbeddedLinks": "false",
    "HasEmbeddedPhone": "false",
    "AgeGated": "false",
    "DirectLending": "false",
}


def brand(visitor: Visitor, form: dict[str, Any] = BRAND) -> str:
    """A brand that is through, one way or the other."""
    sid: str = visitor.made(BRANDS, form)["sid"]
    visitor.clock.advance(60)
    return sid


def campaign_form(visitor: Visitor, **form: Any) -> dict[str, Any]:
    """What a campaign is made from, with a brand of its own."""
    use_case = {"UsAppToPersonUsecase": "2FA", "BrandRegistrationSid": brand(visitor)}
    return {**CHANGES, **use_case, **form}


def campaign(visitor: Visitor) -> str:
    """A campaign that is through."""
    sid: str = visitor.made(CAMPAIGNS, campaign_form(visitor))["sid"]
    visitor.clock.advance(60)
    return f"{CAMPAIGNS}/{sid}"


def create_otp(visitor: Visitor) -> Verdict:
    sid = brand(visitor, {**BRAND, "BrandType": "SOLE_PROPRIETOR"})
    return visitor.ask("POST", f"{BRANDS}/{sid}/SmsOtp")


def list_brands(visitor: Visitor) -> Verdict:
    brand(visitor)
    brand(visitor, FAILING)
    visitor.made(BRANDS, BRAND)
    return visitor.get(BRANDS)


def vettings(visitor: Visitor) -> str:
    path = f"{BRANDS}/{brand(visitor)}/Vettings"
    visitor.made(path, {"VettingProvider": "aegis"})
    visitor.clock.advance(30)
    return path


def one_vetting(visitor: Visitor) -> str:
    path = vettings(visitor)
    (listed,) = visitor.read(visitor.get(path))["data"]
    return f"{path}/{listed['brand_vetting_sid']}"


def create_vetting(visitor: Visitor) -> Verdict:
    form = {"VettingProvider": "campaign-verify", "VettingId": "cv|1.0|tcr"}
    return visitor.ask("POST", f"{BRANDS}/{brand(visitor)}/Vettings", form)


def list_campaigns(visitor: Visitor) -> Verdict:
    campaign(visitor)
    return visitor.get(CAMPAIGNS)


def bring_campaign(visitor: Visitor) -> Verdict:
    form = {"CampaignId": "CABC123", "MessagingServiceSid": SERVICE}
    return visitor.ask("POST", "/v1/Services/PreregisteredUsa2p", form)


ASKED: Asked = {
    ("messaging_v1", "CreateBrandRegistrations"): lambda visitor: visitor.ask(
        "POST", BRANDS, BRAND
    ),
    ("messaging_v1", "FetchBrandRegistrations"): lambda visitor: visitor.get(
        f"{BRANDS}/{brand(visitor)}"
    ),
    ("messaging_v1", "ListBrandRegistrations"): list_brands,
    ("messaging_v1", "UpdateBrandRegistrations"): lambda visitor: visitor.ask(
        "POST", f"{BRANDS}/{brand(visitor, FAILING)}"
    ),
    ("messaging_v1", "CreateBrandRegistrationOtp"): create_otp,
    ("messaging_v1", "CreateBrandVetting"): create_vetting,
    ("messaging_v1", "FetchBrandVetting"): lambda visitor: visitor.get(one_vetting(visitor)),
    ("messaging_v1", "ListBrandVetting"): lambda visitor: visitor.get(vettings(visitor)),
    ("messaging_v1", "CreateUsAppToPerson"): lambda visitor: visitor.ask(
        "POST", CAMPAIGNS, campaign_form(visitor)
    ),
    ("messaging_v1", "FetchUsAppToPerson"): lambda visitor: visitor.get(campaign(visitor)),
    ("messaging_v1", "ListUsAppToPerson"): list_campaigns,
    ("messaging_v1", "UpdateUsAppToPerson"): lambda visitor: visitor.ask(
        "POST", campaign(visitor), CHANGES
    ),
    ("messaging_v1", "DeleteUsAppToPerson"): lambda visitor: visitor.ask(
        "DELETE", campaign(visitor)
    ),
    ("messaging_v1", "FetchUsAppToPersonUsecase"): lambda visitor: visitor.get(
        f"{CAMPAIGNS}/Usecases"
    ),
    ("messaging_v1", "CreateExternalCampaign"): bring_campaign,
}
