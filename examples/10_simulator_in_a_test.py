"""Test your own code against Twilio on a loopback port: `pytest examples/10_simulator_in_a_test.py`.

The simulator listens on a real socket and counts what it accepted. It needs no account and no
network, and can be made to fail on request (`async_messaging.simulator.faults` lists how).
"""

from __future__ import annotations

import asyncio
import sys

import pytest

from async_messaging import MessagingClient, OutcomeUnknown, Simulator

FROM = "+15005550006"


async def remind(client: MessagingClient, numbers: list[str]) -> list[str]:
    """Do what the program under test does: send reminders, name those to look into."""
    unknown: list[str] = []
    for number in numbers:
        try:
            await client.messages.create(to=number, from_=FROM, body="See you at nine.")
        except OutcomeUnknown:
            unknown.append(number)
    return unknown


def test_a_lost_answer_is_reported_and_nobody_gets_two_messages() -> None:
    """The second message is accepted, and its answer is lost."""

    async def scenario() -> None:
        async with Simulator(faults="drop_after@2") as sim, sim.client() as client:
            numbers = [f"+1415555010{n}" for n in range(3)]
            assert await remind(client, numbers) == ["+14155550101"]
            assert [message.to for message in sim.messages] == numbers
            assert sim.duplicates == 0

    asyncio.run(scenario())


if __name__ == "__main__":
    sys.exit(pytest.main(["-q", __file__]))
