"""Asks the simulator's desk without a socket, on a clock that the test drives."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, TypeAlias
from urllib.parse import urlencode

from async_messaging.simulator.clock import ManualClock
from async_messaging.simulator.desk import Arrival, Verdict, decide
from async_messaging.simulator.faults import Faults
from async_messaging.simulator.world import Conditions, World

Json: TypeAlias = dict[str, Any]

FORM = "application/x-www-form-urlencoded"
SERVICE = "MG" + "0" * 32


class Visitor:
    """A client of one world, with the credentials of its account."""

    def __init__(self, conditions: Conditions | None = None, faults: str = "") -> None:
        self.clock = ManualClock()
        self.world = World(conditions or Conditions(seed=1), self.clock)
        self.world.set_faults(Faults.parse(faults))
        self.authorization = self.basic(self.world.account_sid, self.world.auth_token)
        self.base = f"/2010-04-01/Accounts/{self.world.account_sid}"

    @staticmethod
    def basic(user: str, secret: str) -> str:
        return "Basic " + b64encode(f"{user}:{secret}".encode()).decode()

    def ask(
        self,
        method: str,
        path: str,
        form: dict[str, Any] | None = None,
        *,
        hold: bool = False,
        authorization: str | None = None,
        body: bytes | None = None,
        content_type: str = FORM,
        host: str = "",
    ) -> Verdict:
        """One request; unless `hold`, its call is over when this returns."""
        sent = urlencode(form, doseq=True).encode() if form else b""
        verdict = decide(
            self.world,
            Arrival(
                method,
                path,
                "http://127.0.0.1:1",
                content_type,
                self.authorization if authorization is None else authorization,
                sent if body is None else body,
                host,
            ),
        )
        if verdict.holder is not None and not hold:
            verdict.holder.in_flight -= 1
        return verdict

    def post(self, *, hold: bool = False, **form: Any) -> Verdict:
        """POST Messages, from the magic sender with a text unless the form says otherwise (None leaves out)."""
        fields = {"To": "+14155550100", "From": "+15005550006", "Body": "Hi", **form}
        given = {name: value for name, value in fields.items() if value is not None}
        return self.ask("POST", f"{self.base}/Messages.json", given, hold=hold)

    def create(self, **form: Any) -> Json:
        """POST Messages that must be accepted; the message."""
        verdict = self.post(**form)
        assert verdict.answer.status == 201, verdict.answer.body
        return read(verdict)

    def refusal(self, **form: Any) -> int:
        """POST Messages that must be refused; Twilio's code."""
        verdict = self.post(**form)
        assert not verdict.accepted
        return code_of(verdict)

    def get(self, path: str) -> Verdict:
        """GET of a path below the account, or of a whole path."""
        return self.ask("GET", path if path.startswith("/") else f"{self.base}/{path}")

    def fetch(self, sid: str) -> Json:
        """The message now."""
        return read(self.get(f"Messages/{sid}.json"))

    def update(self, sid: str, form: dict[str, Any]) -> Verdict:
        """POST Messages/{sid}."""
        return self.ask("POST", f"{self.base}/Messages/{sid}.json", form)

    def delete(self, path: str) -> Verdict:
        """DELETE of a path below the account."""
        return self.ask("DELETE", f"{self.base}/{path}")


def read(verdict: Verdict) -> Json:
    """The JSON of an answer."""
    value: Json = json.loads(verdict.answer.body)
    return value


def code_of(verdict: Verdict) -> int:
    """Twilio's code of an answer, which its body repeats."""
    assert read(verdict)["code"] == verdict.answer.code
    return verdict.answer.code
