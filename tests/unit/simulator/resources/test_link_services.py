from __future__ import annotations

import pytest

from async_messaging.simulator.alter import SHORT_HOST
from async_messaging.simulator.world import Conditions
from tests.contract.asked.links import DOMAIN, PAIR, PATH, SERVICE
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import code_of

DOMAIN_OF = f"/v1/LinkShortening/MessagingServices/{SERVICE}/Domain"
CONFIG_OF = f"/v1/LinkShortening/MessagingService/{SERVICE}/DomainConfig"
OTHER = PAIR.replace("DN5", "DN6")


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def test_an_association_from_its_making_to_its_end(visitor: Visitor) -> None:
    for path in (DOMAIN_OF, CONFIG_OF):
        assert code_of(visitor.get(path)) == 20404
    assert visitor.made(PAIR, {})["domain_sid"] == DOMAIN
    assert visitor.ask("POST", PAIR).answer.status == 201
    told = visitor.read(visitor.get(DOMAIN_OF))
    assert (told["domain_sid"], told["messaging_service_sid"]) == (DOMAIN, SERVICE)
    assert code_of(visitor.ask("DELETE", OTHER)) == 20404
    assert visitor.ask("DELETE", PAIR).answer.status == 204
    assert code_of(visitor.get(DOMAIN_OF)) == 20404
    assert code_of(visitor.ask("DELETE", PAIR)) == 20404


def test_a_service_has_one_domain_and_a_domain_many_services(visitor: Visitor) -> None:
    visitor.ask("POST", PAIR)
    assert code_of(visitor.ask("POST", OTHER)) == 20409
    assert visitor.ask("POST", PAIR.replace("MG1", "MG2")).answer.status == 201


def test_the_settings_are_those_of_the_domain(visitor: Visitor) -> None:
    visitor.ask("POST", PAIR)
    config = visitor.made(f"{PATH}/Config", {"CallbackUrl": "https://a.example/clicks"})
    told = visitor.read(visitor.get(CONFIG_OF))
    assert told["messaging_service_sid"] == SERVICE
    assert (told["callback_url"], told["config_sid"]) == (
        "https://a.example/clicks",
        config["config_sid"],
    )


def body(visitor: Visitor, **form: str) -> str:
    text = "See https://owl-lamps.example/lamps/1"
    told: str = visitor.create(From=None, Body=text, **form)["body"]
    return told


def test_short_links_are_on_the_services_domain() -> None:
    visitor = Visitor(Conditions(seed=1, alter=frozenset({"links"})))
    assert body(visitor, MessagingServiceSid=SERVICE).startswith(f"See {SHORT_HOST}/")
    visitor.ask("POST", PAIR)
    own = "https://links-55555555.example/"
    assert body(visitor, MessagingServiceSid=SERVICE).startswith(f"See {own}")
    other = SERVICE.replace("MG1", "MG2")
    assert body(visitor, MessagingServiceSid=other).startswith(f"See {SHORT_HOST}/")
    visitor.ask("POST", f"{PATH}/Config", {"DisableHttps": "true"})
    plain = own.replace("https", "http")
    assert body(visitor, MessagingServiceSid=SERVICE).startswith(f"See {plain}")


def test_a_message_can_ask_for_short_links_itself(visitor: Visitor) -> None:
    visitor.ask("POST", PAIR)
    wish = {"MessagingServiceSid": SERVICE, "ShortenUrls": "true"}
    assert body(visitor, **wish).startswith("See https://links-55555555.example/")
