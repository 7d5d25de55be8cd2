"""Vettings of A2P brands by third parties.

    PENDING -> after 30 s SUCCESS        `speed` divides the delay

| `VettingId` | outcome |
|---|---|
| has `fail` in it | FAILED |
| anything else | SUCCESS; from then on the brand is VETTED_VERIFIED, with the vetting's score |

Campaign Verify vets political senders, who bring its id along (20001 without one); Aegis makes one. A brand must be
approved first (21717). Source: Twilio's reference, "BrandVettings".
"""

from __future__ import annotations

from .. import dates, parameters
from ..answers import Answer, RefusedError
from ..exchange import Exchange
from ..parameters import read_form
from ..records import Record
from ..routes import Route
from . import brands
from .brands import VETTINGS_KIND, vetting_state
from .collection import Collection, stamps

_CLASSES = {"aegis": "STANDARD", "campaign-verify": "POLITICAL"}
_PATH = "/v1/a2p/BrandRegistrations/{BrandSid}/Vettings"
_PARAMETERS = (
    parameters.choice("VettingProvider", _CLASSES, required=True),
    parameters.text("VettingId", 500),
)
_FILTERS = (parameters.choice("VettingProvider", _CLASSES),)


def represent(exchange: Exchange, vetting: Record) -> dict[str, object]:
    """The vetting as Twilio shows it now."""
    state = vetting_state(exchange, vetting)
    told = stamps(exchange, vetting)
    del told["sid"]
    return {
        **told,
        "date_updated": dates.iso8601(max(state.since, vetting.updated)),
        "brand_sid": vetting.parent,
        "brand_vetting_sid": vetting.sid,
        "vetting_id": vetting.fields["vetting_id"],
        "vetting_class": _CLASSES[vetting.text("vetting_provider")],
        "vetting_status": state.status,
        "vetting_provider": vetting.fields["vetting_provider"],
        "url": f"{exchange.origin}{_PATH.format(BrandSid=vetting.parent)}/{vetting.sid}",
    }


VETTINGS = Collection(
    kind=VETTINGS_KIND,
    key="data",
    placeholder="VettingSid",
    parent="BrandSid",
    represent=represent,
)


def create(exchange: Exchange) -> Answer:
    """POST Vettings: 201."""
    brand = brands.BRANDS.find(exchange)
    brands.find_approved(exchange, brand.sid)
    fields = read_form(exchange.form, _PARAMETERS, whole_record=True)
    sid = exchange.account.new_sid("VT")
    if not fields["vetting_id"]:
        if fields["vetting_provider"] != "aegis":
            raise RefusedError(20001, "VettingId is required")
        fields["vetting_id"] = sid[2:14]
    vetting = VETTINGS.new(exchange, fields, sid)
    return VETTINGS.tell(exchange, vetting, 201)


def show_list(exchange: Exchange) -> Answer:
    """GET Vettings, filtered by `VettingProvider`."""
    brand = brands.BRANDS.find(exchange)
    wanted = read_form(exchange.query, _FILTERS, whole_record=False)
    found = VETTINGS.shelf(exchange).of(brand.sid)
    return VETTINGS.show(exchange, (one for one in found if wanted.items() <= one.fields.items()))


ROUTES = (
    Route("POST", _PATH, create, host="messaging"),
    Route("GET", _PATH, show_list, host="messaging"),
    Route("GET", _PATH + "/{VettingSid}", VETTINGS.fetch, host="messaging"),
)
