"""What Twilio's list says about sends of which nobody knows. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence

from .attempts import OpenAttempt, Reading, Verdict, Witness

__all__ = ["verdicts"]


def verdicts(
    attempts: Sequence[OpenAttempt],
    reading: Reading,
    claimed: Collection[str],
    witnesses: Mapping[str, Witness],
    *,
    settle: float,
    allowance: float = 2.0,
) -> Mapping[Hashable, Verdict]:
    """Hold open attempts against one reading of Twilio's list.

    Args:
        attempts: all open attempts to the numbers that were read, in whatever store.
        reading: what the list gave.
        claimed: of its sids, those that belong to any send, present or former.
        witnesses: of its sids, the messages of ours whose text is known.
        settle: seconds until an accepted message is listed for sure.
        allowance: by how many seconds `date_created` may differ from the `Date` of answers.

    Returns:
        A verdict for each attempt, by its key.
    """
    raise NotImplementedError
