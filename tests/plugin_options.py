"""How pytest gets our plugin where the package was installed before it had one."""

from __future__ import annotations

from importlib.metadata import entry_points

PLUGIN = "async_messaging.testing.plugin"
MISSING = () if entry_points(group="pytest11", name="async_messaging") else (PLUGIN,)
"""The plugin, unless the installed package brings it along: it can't be loaded under two names."""
OPTIONS = [part for name in MISSING for part in ("-p", name)]
