"""``python -m async_messaging`` and ``async-messaging``: the command line."""

from __future__ import annotations

import sys

_EXTRA = ("rich", "typer")


def main() -> None:
    """Run the command line; exits with a status of `async_messaging.cli.exits`."""
    try:
        from .cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        text = "async-messaging: the command line needs: pip install 'async-messaging[cli]'\n"
        sys.stderr.write(text)
        sys.exit(2)
    app(prog_name="async-messaging")


if __name__ == "__main__":
    main()
