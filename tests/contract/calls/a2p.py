"""Every operation of A2P 10DLC, every parameter."""

from __future__ import annotations

from tests.contract.spec import sid_of
from tests.contract.surface import Calls

BN, VT, MG, QE, BU = (sid_of(prefix) for prefix in ("BN", "VT", "MG", "QE", "BU"))

CALLS: Calls = {
    ("messaging_v1", "CreateBrandRegistrations"): lambda client: client.a2p.brands.create(
        customer_profile_bundle_sid=BU,
        a2p_profile_bundle_sid=BU,
        brand_type="STANDARD",
        mock=True,
        skip_automatic_sec_vet=False,
    ),
    ("messaging_v1", "FetchBrandRegistrations"): lambda client: client.a2p.brands.fetch(BN),
    ("messaging_v1", "ListBrandRegistrations"): lambda client: client.a2p.brands.list(),
    ("messaging_v1", "UpdateBrandRegistrations"): lambda client: client.a2p.brands.update(BN),
    ("messaging_v1", "CreateBrandRegistrationOtp"): lambda client: client.a2p.brands.send_otp(BN),
    ("messaging_v1", "CreateBrandVetting"): lambda client: client.a2p.brands(BN).vettings.create(
        vetting_provider="campaign-verify", vetting_id="7"
    ),
    ("messaging_v1", "FetchBrandVetting"): lambda client: client.a2p.brands(BN).vettings.fetch(VT),
    ("messaging_v1", "ListBrandVetting"): lambda client: client.a2p.brands(BN).vettings.list(
        vetting_provider="aegis"
    ),
    ("messaging_v1", "CreateUsAppToPerson"): lambda client: client.a2p.registrations(
        MG, api_version="v1.2"
    ).create(
        brand_registration_sid=BN,
        description="Codes for logging in",
        message_flow="Users tick a box",
        message_samples=["Your code is 123456", "654321 is your code"],
        us_app_to_person_usecase="2FA",
        has_embedded_links=False,
        has_embedded_phone=False,
        opt_in_message="Welcome",
        opt_out_message="Bye",
        help_message="Ask us",
        opt_in_keywords=["START"],
        opt_out_keywords=["STOP", "END"],
        help_keywords=["HELP"],
        subscriber_opt_in=True,
        age_gated=False,
        direct_lending=False,
        privacy_policy_url="https://example.com/privacy",
        terms_and_conditions_url="https://example.com/terms",
    ),
    ("messaging_v1", "FetchUsAppToPerson"): lambda client: client.a2p.registrations(
        MG, api_version="v1.2"
    ).fetch(QE),
    ("messaging_v1", "ListUsAppToPerson"): lambda client: client.a2p.registrations(
        MG, api_version="v1.2"
    ).list(),
    ("messaging_v1", "UpdateUsAppToPerson"): lambda client: client.a2p.registrations(
        MG, api_version="v1.2"
    ).update(
        QE,
        has_embedded_links=True,
        has_embedded_phone=False,
        message_samples=["See https://example.com"],
        message_flow="Users tick a box",
        description="Codes for logging in",
        age_gated=False,
        direct_lending=False,
        privacy_policy_url="https://example.com/privacy",
        terms_and_conditions_url="https://example.com/terms",
    ),
    ("messaging_v1", "DeleteUsAppToPerson"): lambda client: client.a2p.registrations(
        MG, api_version="v1.2"
    ).delete(QE),
    ("messaging_v1", "FetchUsAppToPersonUsecase"): lambda client: client.a2p.use_cases(
        MG, brand_registration_sid=BN
    ),
    ("messaging_v1", "CreateExternalCampaign"): lambda client: client.a2p.preregistered.create(
        campaign_id="CAMPAIGN1", messaging_service_sid=MG, cnp_migration=True
    ),
}
