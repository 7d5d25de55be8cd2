"""``outbox purge``: forget keys whose time is over."""

from __future__ import annotations

from .calls import run
from .options import Json
from .outbox_figures import OutboxFile, keys_text, local_outbox
from .screen import out, say_json

__all__ = ["purge"]


def purge(file: OutboxFile, as_json: Json = False) -> None:
    """Forget keys that have expired.

    Never one whose message may have been accepted while nobody knows it.
    """

    async def work() -> None:
        async with local_outbox(file) as outbox:
            forgotten = await outbox.purge()
            left = (await outbox.status()).total
        if as_json:
            say_json({"outbox": file.name, "forgotten": forgotten, "keys": left})
        else:
            out().put(f"{keys_text(forgotten)} forgotten, {left:,} kept.")

    run(work, as_json=as_json)
