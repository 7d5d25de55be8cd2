"""A real browser for tests and pictures: Chromium without a window, driven by its own DevTools protocol.

It is told to look up no names and to leave every service alone. One thing it does all the same: it ties UDP sockets to
a public IPv6 address to see whether there is a way to it, and sends nothing.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import IO, Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--force-color-profile=srgb",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-features=OptimizationHints,MediaRouter,Translate,DialMediaRouteProvider",
    "--remote-debugging-port=0",
)
DEADLINE = 15.0
# What the browser says of a question that was under way when its page was left.
_LEFT = ("navigated or closed", "context was destroyed", "Cannot find context")
_KEYS = {
    "Enter": ("Enter", 13, "\r"),
    "Tab": ("Tab", 9, ""),
    "Escape": ("Escape", 27, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    "Home": ("Home", 36, ""),
    "End": ("End", 35, ""),
    " ": ("Space", 32, " "),
}

_PLACE = """one => {
  one.scrollIntoView({block: "nearest"});
  const box = one.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  const top = document.elementFromPoint(x, y);
  return {x, y, free: box.width > 0 && (one === top || one.contains(top))};
}"""
"""The middle of an element, and whether nothing lies over it."""


def chromium() -> str | None:
    """Where the machine's Chromium is, if it has one."""
    found = (shutil.which(name) for name in (os.environ.get("CHROMIUM", ""), *NAMES) if name)
    return next(filter(None, found), None)


class Refusal(AssertionError):
    """The browser could not do what it was asked."""


class Page:
    """One tab; `errors` are uncaught exceptions, console errors and what a policy refused."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.errors: list[str] = []
        self._socket = socket
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session = ""
        self._context = ""

    async def start(self) -> None:
        """Opens the tab."""
        self._context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        target = await self.call(
            "Target.createTarget", url="about:blank", browserContextId=self._context
        )
        attached = await self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            await self.call(f"{domain}.enable")

    async def close(self) -> None:
        """Closes the tab, and forgets what its pages have kept."""
        self._session = ""
        await self.call("Target.disposeBrowserContext", browserContextId=self._context)

    async def listen(self) -> None:
        """Takes in what the browser says, until it closes."""
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                self._hear(json.loads(message.data))
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(ConnectionError("the browser has gone"))

    def _hear(self, said: dict[str, Any]) -> None:
        if asked := self._asked.pop(said.get("id", 0), None):
            if not asked.done():
                asked.set_result(said)
            return
        method, told = said.get("method"), said.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(one.get("value")) for one in told["args"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.errors.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Asks the browser for something of its protocol."""
        number = next(self._numbers)
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        wanted = {"id": number, "method": method, "params": params}
        await self._socket.send_json(
            {**wanted, "sessionId": self._session} if self._session else wanted
        )
        said = await asyncio.wait_for(asked, DEADLINE + 5)
        if "error" in said:
            raise Refusal(f"{method}: {said['error']}")
        result: dict[str, Any] = said["result"]
        return result

    async def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression, a promise's when it is kept."""
        said = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        failed = said.get("exceptionDetails")
        assert failed is None, failed.get("exception", {}).get("description") or failed
        return said["result"].get("value")

    async def until(self, condition: str) -> Any:
        """Waits until a JavaScript expression holds, also while the page goes to another; its value."""
        while True:
            try:
                return await self.ask(self._until(condition))
            except Refusal as refusal:
                if not any(words in str(refusal) for words in _LEFT):
                    raise

    @staticmethod
    def _until(condition: str) -> str:
        return f"""new Promise((resolve, reject) => {{
          const end = Date.now() + {DEADLINE * 1000:.0f};
          (function look() {{
            let found = false;
            try {{ found = ({condition}); }} catch {{ /* not yet */ }}
            if (found) resolve(found === true ? true : String(found));
            else if (Date.now() > end)
              reject(new Error("never: " + {json.dumps(condition)} + "\\n" + document.body.innerText));
            else setTimeout(look, 10);
          }})();
        }})"""

    async def open(self, url: str) -> None:
        """Goes to an address."""
        await self.call("Page.navigate", url=url)
        await self.until(
            f"location.href.startsWith({json.dumps(url)}) && document.readyState === 'complete'"
        )

    async def click(self, selector: str) -> None:
        """Clicks an element as soon as it can be seen and nothing lies over it."""
        chosen = f"document.querySelector({json.dumps(selector)})"
        await self.until(f"({_PLACE})({chosen}).free")
        place = await self.ask(f"({_PLACE})({chosen})")
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=place["x"],
                y=place["y"],
                button="left",
                clickCount=1,
            )

    async def type(self, text: str) -> None:
        """Writes into what has the focus."""
        await self.call("Input.insertText", text=text)

    async def press(self, key: str, *, shift: bool = False) -> None:
        """Presses a key."""
        code, number, text = _KEYS.get(key) or (f"Key{key.upper()}", ord(key.upper()), key)
        shared = {
            "key": key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": 8 if shift else 0,
        }
        await self.call(
            "Input.dispatchKeyEvent", type="keyDown", **shared, **({"text": text} if text else {})
        )
        await self.call("Input.dispatchKeyEvent", type="keyUp", **shared)

    async def size(self, width: int, height: int, scale: float = 1.0) -> None:
        """Sets the window's size."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    async def prefer(self, scheme: str) -> None:
        """Prefers `dark` or `light`, as a system does."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def picture(self) -> bytes:
        """What is seen when nothing moves, as PNG."""
        await self.until("document.getAnimations().length === 0")
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


@contextmanager
def running(folder: Path) -> Generator[str]:
    """A browser of its own; where it can be spoken to. `folder` takes what it keeps."""
    program = chromium()
    assert program is not None, "no Chromium is installed"
    command = [program, *FLAGS, f"--user-data-dir={folder}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            yield _address_of(process.stderr)
        finally:
            process.terminate()


def _address_of(said: IO[bytes]) -> str:
    for line in said:
        if found := re.search(rb"DevTools listening on (ws://\S+)", line):
            threading.Thread(target=said.read, daemon=True).start()
            return found[1].decode()
    raise RuntimeError("the browser did not start")


@asynccontextmanager
async def tab(address: str) -> AsyncGenerator[Page]:
    """A new tab of a running browser, which shares nothing with any other."""
    async with ClientSession() as session, session.ws_connect(address, max_msg_size=0) as ws:
        page = Page(ws)
        listening = asyncio.create_task(page.listen())
        await page.start()
        yield page
        await page.close()
        await ws.close()
        await listening
