"""The inbox's files, and the pictures that stand for media."""

from __future__ import annotations

from async_messaging.simulator.pages import HEADERS
from tests.unit.simulator.visitor import Visitor, read


def test_the_page_and_its_files_want_no_credentials() -> None:
    for path in ("/", "/?x=1", "/inbox/web/app.js", "/inbox/web/base.css"):
        answer = Visitor().ask("GET", path, authorization="").answer
        assert (answer.status, dict(answer.headers)) == (200, HEADERS)


def test_nothing_outside_its_folder_is_served() -> None:
    for name in ("..%2Fpages.py", "%2Fetc%2Fpasswd", "__init__.py", "."):
        assert Visitor().ask("GET", f"/inbox/web/{name}").answer.status == 404


def test_a_picture_is_the_same_each_time_and_differs_from_others() -> None:
    visitor = Visitor()
    sids = []
    for _ in range(2):
        visitor.create(MediaUrl="https://example.com/a.png")
        sids.append(visitor.world.accounts[visitor.world.account_sid].messages[-1].media[0].sid)
    first, second = (visitor.ask("GET", f"/inbox/media/{sid}").answer for sid in sids)
    assert first.body != second.body
    assert visitor.ask("GET", f"/inbox/media/{sids[0]}").answer.body == first.body
    assert visitor.ask("GET", f"/inbox/media/ME{'0' * 32}").answer.status == 404


def test_no_token_is_told() -> None:
    visitor = Visitor()
    visitor.create()
    for path in ("account", "phones", "conversation?with=%2B14155550100", "requests"):
        verdict = visitor.ask("GET", f"/inbox/{path}")
        assert read(verdict)
        assert visitor.world.auth_token.encode() not in verdict.answer.body
