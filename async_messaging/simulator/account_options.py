"""The command's options that say who may call: `--account`, `--api-key`, `--oauth-client`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from async_messaging.simulator.identities import SimulatedAccount


def add_account_options(made: argparse.ArgumentParser) -> None:
    """Adds them."""
    add = made.add_argument
    add("--account-sid", help="AC sid to use instead of a made-up one")
    add("--auth-token", help="token to use instead of a made-up one")
    add(
        "--api-key",
        action="append",
        default=[],
        metavar="SID:SECRET",
        help="an API key of the account (repeatable)",
    )
    add(
        "--oauth-client",
        action="append",
        default=[],
        metavar="ID:SECRET",
        help="an OAuth client, which may ask for bearer tokens of the account (repeatable)",
    )
    add(
        "--account",
        action="append",
        default=[],
        metavar="SID:TOKEN[:PARENT]",
        help="a further account; with the sid of its parent, a subaccount (repeatable)",
    )


def read_pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """Reads `name:secret` texts.

    Raises:
        ValueError: One has no name or no secret. The text does not repeat it.
    """
    split = (text.partition(":") for text in texts)
    pairs = {name: secret for name, _, secret in split}
    if not all(name and secret for name, secret in pairs.items()):
        raise ValueError(f"{option} must be a name and a secret with a colon between")
    return pairs


def read_accounts(texts: Iterable[str]) -> list[SimulatedAccount]:
    """Reads `sid:token` and `sid:token:parent` texts.

    Raises:
        ValueError: One is neither. The text does not repeat it.
    """
    accounts: list[SimulatedAccount] = []
    for text in texts:
        sid, *rest = text.split(":")
        if len(rest) not in (1, 2) or not all(rest):
            raise ValueError("--account must be SID:TOKEN or SID:TOKEN:PARENT")
        parent = rest[1] if len(rest) == 2 else ""
        accounts.append(SimulatedAccount(sid=sid, auth_token=rest[0], parent=parent))
    return accounts
