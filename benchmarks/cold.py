"""How long does a program take from its start to its first send, and to import the client?

Programs as a user writes them, in fresh processes that take turns. Time runs from before the process
is started until the answer is there; for imports the CPU time and the memory of the process count.

pip compiles what it installs, the peers too. Ours is run from its sources, and compiled before.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import async_messaging
from benchmarks.bench import Address, Bench
from benchmarks.figures import table
from benchmarks.peers.base import ACCOUNT, PEERS, SENDER, TOKEN
from benchmarks.resources import pin

__all__ = ["cold_starts"]

_TO = "+14152000000"
_FORM = f"to={_TO!r}, from_={SENDER!r}, body='Hi'"
_TELL = "print(time.monotonic(), message.sid, message.to, flush=True)"
_PROGRAMS = {
    "ours": f"""
import asyncio, time
from async_messaging import MessagingClient
async def main():
    async with MessagingClient(account_sid={ACCOUNT!r}, auth_token={TOKEN!r}, base_url=URL) as client:
        message = await client.messages.create({_FORM})
        {_TELL}
asyncio.run(main())
""",
    "twilio": f"""
import asyncio, time
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client
async def main():
    http = AsyncTwilioHttpClient()
    client = Client({ACCOUNT!r}, {TOKEN!r}, http_client=http)
    client.api.base_url = URL
    message = await client.messages.create_async({_FORM})
    {_TELL}
    await http.close()
asyncio.run(main())
""",
    "naive": f"""
import asyncio, time
import aiohttp
async def main():
    async with aiohttp.ClientSession() as session:
        form = {{"To": {_TO!r}, "From": {SENDER!r}, "Body": "Hi"}}
        url = URL + "/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        async with session.post(url, data=form) as response:
            message = await response.json()
        print(time.monotonic(), message["sid"], message["to"], flush=True)
asyncio.run(main())
""",
}
_IMPORTS = {"ours": "from async_messaging import MessagingClient", "naive": "import aiohttp"}
_MEASURE = """
import time
begun = time.process_time()
{}
used = time.process_time() - begun
from benchmarks.resources import peak_memory
print(used, peak_memory())
"""


def cold_starts(bench: Bench) -> None:
    """Cold starts over twilio-python's, and the import over aiohttp's."""
    turns = 3 if bench.quick else 9
    address = bench.origin("http")
    compileall.compile_dir(Path(async_messaging.__file__).parent, quiet=1)
    starts: dict[str, list[float | None]] = {peer: [] for peer in _PROGRAMS}
    imports: dict[str, list[float | None]] = {peer: [] for peer in _IMPORTS}
    memory: list[float] = []
    for _, peer in product(range(turns), _PROGRAMS):
        starts[peer].append(_first_send(bench, peer, address))
        if peer in _IMPORTS:
            used, peak = map(float, _output(bench, _MEASURE.format(_IMPORTS[peer])).split())
            imports[peer].append(used)
            memory += [peak] if peer == "ours" else []
    rows = {
        PEERS[peer]: [bench.figures.ratio(f"cold {peer}/twilio", own, starts["twilio"])]
        for peer, own in starts.items()
    }
    table("cold process to its first send, over twilio-python's", ["time"], rows)
    ratio = bench.figures.ratio("import ours/aiohttp", imports["ours"], imports["naive"])
    figures = [ratio, bench.figures.keep("import MB", memory)]
    table("import of the client", ["CPU, over aiohttp's", "MB in all"], {"ours": figures})


def _first_send(bench: Bench, peer: str, address: Address) -> float | None:
    begun = time.monotonic()
    try:
        done, sid, to = _output(bench, f"URL = {address.url!r}" + _PROGRAMS[peer]).split()
    except subprocess.CalledProcessError:
        bench.figures.leave_out(f"{PEERS[peer]} has no cold start: its program failed.")
        return None
    assert sid.startswith("SM"), "an answer without a sid"
    assert to == _TO, "an answer that belongs to another request"
    return float(done) - begun


def _output(bench: Bench, code: str) -> str:
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TWILIO_", "ASYNC_"))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=own,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: pin(bench.client_core),  # there is one thread
    )
    return done.stdout
