"""Certificates as a customer hands them in: a private key and a chain, in PEM."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import trustme

EXPIRES = datetime(2035, 6, 1, 12, 30, tzinfo=UTC)


@cache
def chain(expires: datetime = EXPIRES) -> str:
    """A key, its certificate that holds until `expires`, and nothing else."""
    issued = trustme.CA().issue_cert("links.example", not_after=expires)
    return issued.private_key_and_cert_chain_pem.bytes().decode()
