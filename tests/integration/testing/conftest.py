"""Sessions of pytest within a test: the project of somebody who uses the plugin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Session = Callable[..., pytest.RunResult]

SETTINGS = """
[pytest]
filterwarnings =
    error
    ignore::DeprecationWarning:aiohttp_retry
    ignore::DeprecationWarning:twilio
"""
PLUGINS = ("async_messaging.testing.plugin", "pytest_asyncio.plugin")


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Runs a test file, with these plugins and no others, and with every warning an error."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini(SETTINGS)

    def run(
        source: str,
        *options: str,
        plugins: tuple[str, ...] = PLUGINS,
        subprocess: bool = False,
    ) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        chosen = [part for name in plugins for part in ("-p", name)]
        if "pytest_asyncio.plugin" in plugins:
            chosen += ["-o", "asyncio_default_fixture_loop_scope=function"]
        start = pytester.runpytest_subprocess if subprocess else pytester.runpytest_inprocess
        return start("-p", "no:cacheprovider", *chosen, *options)

    return run
