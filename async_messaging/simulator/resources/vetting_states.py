"""How a vetting of a brand goes, which the brand shows too."""

from __future__ import annotations

from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.resources.stages import Reached, Stage, plain, reached
from async_messaging.simulator.shelves import Record

KIND = "vettings"
DECIDED_AFTER = 30.0


def state_of(exchange: Exchange, vetting: Record) -> Reached:
    """The status of a vetting now."""
    outcome = "FAILED" if "fail" in plain(vetting, "vetting_id").lower() else "SUCCESS"
    stages = (Stage("PENDING"), Stage(outcome, DECIDED_AFTER))
    return reached(exchange, vetting.created, stages)


def vetted_score(exchange: Exchange, brand_sid: str) -> int | None:
    """The score of the brand's last vetting that went well."""
    scores = [
        60 + int(vetting.sid[-2:], 16) % 40
        for vetting in exchange.account.shelves[KIND].of(brand_sid)
        if state_of(exchange, vetting).status == "SUCCESS"
    ]
    return scores[-1] if scores else None
