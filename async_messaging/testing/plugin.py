"""The plugin for pytest: fixtures around a simulator, and no way to Twilio for a test that is not meant to.

| fixture | what it gives |
|---|---|
| `twilio` | a simulator that runs while the test does; the environment and the official library point to it |
| `twilio_client` | a `MessagingClient` of it |
| `twilio_inbox` | the phones' side, for async tests: `await twilio_inbox.wait_for(to=...)` |
| `twilio_inbox_sync` | the same for sync tests |
| `twilio_options` | arguments of `Simulator`, empty: override it for numbers, credentials, throughput |

Every connection to ``*.twilio.com`` raises `TwilioBlocked`, unless the test is marked `live_twilio`. A test
that passes although it tried fails all the same: something has caught the error, and went on without.
`-p no:async_messaging` leaves all of it away. Nothing heavy is imported before a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from .guard import Guard

if TYPE_CHECKING:
    from ..client import MessagingClient
    from .inbox import Inbox, SyncInbox
    from .phones import Phones
    from .simulated import SimulatedTwilio

_GUARD = pytest.StashKey[Guard]()
_SECTION = "connections to Twilio"


def pytest_configure(config: pytest.Config) -> None:
    """Block Twilio from now on, also while tests are collected."""
    config.addinivalue_line(
        "markers", "live_twilio: the test may connect to *.twilio.com, which is blocked otherwise"
    )
    guard = config.stash[_GUARD] = Guard()
    guard.switch_on()
    config.add_cleanup(guard.switch_off)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load the simulator before the first test that wants it, so that no single test pays for it."""
    if any("_simulated_twilio" in getattr(item, "fixturenames", ()) for item in session.items):
        import_module(f"{__package__}.inbox")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Know which test runs, and whether it may reach Twilio."""
    live = item.get_closest_marker("live_twilio") is not None
    with item.config.stash[_GUARD].during(item.nodeid, live=live):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that tried to reach Twilio has failed, whoever caught the error."""
    report = yield
    if hosts := item.config.stash[_GUARD].take_news():
        said = f"{item.nodeid} tried to reach {', '.join(hosts)}, and was stopped"
        report.sections.append(("connections to Twilio", said))
        if report.passed:
            report.outcome, report.longrepr = "failed", f"{said}; something has caught the error"
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say who tried to reach Twilio, tests or not."""
    attempts = config.stash[_GUARD].attempts
    if attempts:
        terminalreporter.section("blocked connections to Twilio")
    for (test, host), times in sorted(attempts.items()):
        often = f", {times} times" if times > 1 else ""
        terminalreporter.line(f"{test or 'outside of tests'}: {host}{often}")


@pytest.fixture
def twilio_options() -> dict[str, Any]:
    """Arguments of `Simulator` for the fixture `twilio`, its clock apart; override it to give some."""
    return {}


@pytest.fixture
def _simulated_twilio(twilio_options: dict[str, Any]) -> Iterator[SimulatedTwilio]:
    """What the others go by, also where a project has a fixture `twilio` of its own."""
    from .simulated import simulated

    with simulated(twilio_options) as running:
        yield running


@pytest.fixture
def twilio(_simulated_twilio: SimulatedTwilio) -> SimulatedTwilio:
    """Twilio on this machine, for one test: settings from the environment and twilio-python lead to it."""
    return _simulated_twilio


@pytest.fixture
def twilio_client(_simulated_twilio: SimulatedTwilio) -> Iterator[MessagingClient]:
    """A client of the test's Twilio. Await it on any event loop; it is closed when the test is over."""
    client = _simulated_twilio.client()
    yield client
    client.settle()


@pytest.fixture
def _twilio_phones(_simulated_twilio: SimulatedTwilio) -> Phones:
    from .phones import Phones

    return Phones(_simulated_twilio.simulator)


@pytest.fixture
def twilio_inbox(_simulated_twilio: SimulatedTwilio, _twilio_phones: Phones) -> Inbox:
    """The phones of the test's Twilio: `await twilio_inbox.wait_for(to=...)`."""
    from .inbox import Inbox

    return Inbox(_simulated_twilio, _twilio_phones)


@pytest.fixture
def twilio_inbox_sync(_simulated_twilio: SimulatedTwilio, _twilio_phones: Phones) -> SyncInbox:
    """The phones of the test's Twilio, for sync tests: `twilio_inbox_sync.wait_for(to=...)`."""
    from .inbox import SyncInbox

    return SyncInbox(_simulated_twilio, _twilio_phones)
