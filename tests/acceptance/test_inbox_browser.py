"""The inbox in a real browser: what people see and do, and what hostile texts can't."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Generator

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from async_messaging import BadRequest, MessagingClient, RateLimited
from async_messaging.simulator import Simulator, Webhook
from tests.browser import Page, chromium, running, tab
from tests.integration.receiver import Received, Receiver

pytestmark = pytest.mark.skipif(
    chromium() is None and os.environ.get("CI") != "true", reason="no Chromium is installed"
)

ADA, SENDER = "+14155550100", "+15005550006"
TWIML = "<Response><Message>Welcome back, Ada</Message></Response>"
HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    "<svg onload='window.hit = 1'></svg>",
    "<svg><script>window.hit = 1</script></svg>",
    "<iframe srcdoc='<script>parent.hit = 1</script>'></iframe>",
    "<iframe src='javascript:parent.hit = 1'></iframe>",
    "<a href='javascript:window.hit = 1' autofocus onfocus='window.hit = 1'>x</a>",
    "javascript:window.hit = 1",
    "<body onload='window.hit = 1'>",
    "<input autofocus onfocus='window.hit = 1'>",
    "<details open ontoggle='window.hit = 1'>x</details>",
    "<video><source onerror='window.hit = 1'></video>",
    "<object data='data:text/html,<script>parent.hit = 1</script>'></object>",
    "<embed src='javascript:window.hit = 1'>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror='window.hit = 1'>",
    "<style>@import 'http://127.0.0.1:9/x.css';</style>",
    "<link rel=stylesheet href='http://127.0.0.1:9/x.css'>",
    "<base href='http://127.0.0.1:9/'>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<form action='http://127.0.0.1:9/'><button autofocus>x</button></form>",
    "</script><script>window.hit = 1</script>",
    '"><script>window.hit = 1</script>',
    "' onmouseover='window.hit = 1",
    "`onmouseover=window.hit=1",
    "${window.hit = 1}",
    "{{constructor.constructor('window.hit = 1')()}}",
    "{%raw%}<script>window.hit = 1</script>",
    "&lt;script&gt;window.hit = 1&lt;/script&gt;",
    "&#60;script&#62;window.hit = 1&#60;/script&#62;",
    "\\u003cscript\\u003ewindow.hit = 1\\u003c/script\\u003e",
    "%3Cscript%3Ewindow.hit=1%3C/script%3E",
    "<!--><script>window.hit = 1</script>-->",
    "<![CDATA[<script>window.hit = 1</script>]]>",
    "<?xml version='1.0'?><script>window.hit = 1</script>",
    "<template><script>window.hit = 1</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=window.hit=1>'>",
    "<textarea></textarea><script>window.hit = 1</script>",
    "<title></title><script>window.hit = 1</script>",
    "<xmp><script>window.hit = 1</script></xmp>",
    "<plaintext><script>window.hit = 1</script>",
    "<marquee onstart='window.hit = 1'>x</marquee>",
    "<img srcset='x 1x' onerror='window.hit = 1'>",
    "<use href='data:image/svg+xml,<svg onload=window.hit=1>'/>",
    "\u202egnp.exe\u202c <script>window.hit = 1</script>",
    "a\u0301\u0327" * 200,
    "\u200b\u200d\u2066<b onclick=window.hit=1>\u2069",
    "data: {}\n\nevent: hello\ndata: {}\n\n",
    "id: 0\nretry: 0\n\n: ",
    "__proto__",
    "x" * 1600,
]


async def respond(got: Received) -> web.StreamResponse:
    return web.Response(
        text=TWIML if "MessageStatus" not in got.form else "", content_type="text/xml"
    )


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with Receiver(respond) as running:
        yield running


@pytest.fixture
async def sim(receiver: Receiver) -> AsyncGenerator[Simulator]:
    async with Simulator(webhook=f"{receiver.url}/sms?from=inbox", speed=5) as running:
        yield running


@pytest.fixture
async def client(sim: Simulator) -> AsyncGenerator[MessagingClient]:
    async with sim.client(retries=0, timeout=5) as made:
        yield made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with running(tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture
async def page(sim: Simulator, browser: str) -> AsyncGenerator[Page]:
    """The inbox, open; whatever a test does, it leaves no error on the console."""
    async with tab(browser) as opened:
        await opened.size(1280, 800)
        await opened.open(f"{sim.url}/")
        await opened.until("document.querySelector('#app').dataset.ready")
        yield opened
        assert opened.errors == []


async def text(client: MessagingClient, to: str, body: str) -> None:
    await client.messages.create(to=to, from_=SENDER, body=body)


def shows(selector: str, words: str) -> str:
    """That some element has these words."""
    return (
        f"[...document.querySelectorAll({json.dumps(selector)})]"
        f".some(one => one.textContent.includes({json.dumps(words)}))"
    )


async def test_a_message_appears_and_ticks_without_a_reload(
    page: Page, client: MessagingClient
) -> None:
    await page.until(shows(".steps", "No messages yet"))
    await page.ask("window.same = true")
    await text(client, ADA, "Your code is 481920")
    await page.until(shows(".phone", "Your code is 481920"))
    await page.click(f".phone[data-address='{ADA}']")
    await page.until(shows("#log .bubble", "Your code is 481920"))
    await page.until(shows("#log .meta", "delivered"))
    await page.until(shows("#log .meta", "1 segment · GSM-7"))
    await text(client, ADA, "Grüße 🍋")
    await page.until(shows("#log .meta", "1 segment · UCS-2"))
    assert await page.ask("window.same") is True


async def test_a_reply_reaches_the_webhook_signed_and_its_twiml_shows(
    page: Page, client: MessagingClient, sim: Simulator, receiver: Receiver
) -> None:
    await text(client, ADA, "Are you coming?")
    await page.click(f".phone[data-address='{ADA}']")
    await page.until(shows("#log .bubble", "Are you coming?"))
    await page.click("#text")
    await page.type("Yes, at eight")
    await page.press("Enter")
    await page.until(shows("#log .webhook pre", TWIML))
    await page.until(shows("#log .theirs .bubble", "Welcome back, Ada"))
    (got,) = receiver.received
    assert (got.form["From"], got.form["Body"]) == (ADA, "Yes, at eight")
    signature = got.headers["X-Twilio-Signature"]
    assert RequestValidator(sim.auth_token).validate(got.url, got.form, signature)
    await page.click("#log .mine .bubble")
    await page.until(shows(".callback", signature))
    shown = await page.ask("document.documentElement.outerHTML")
    assert sim.auth_token not in shown


async def test_a_new_phone_writes_and_everything_can_be_cleared(
    page: Page, sim: Simulator, receiver: Receiver
) -> None:
    await page.press("n")
    await page.until("document.querySelector('#ask').open")
    await page.ask("document.querySelector('#ask-input').select()")
    await page.type("+14155550123")
    await page.press("Enter")
    await page.until("document.activeElement.id === 'text'")
    await page.type("Is there a table?")
    await page.press("Enter")
    await page.until(shows("#log .mine .bubble", "Is there a table?"))
    await page.until(shows("#log .theirs .bubble", "Welcome back, Ada"))
    assert receiver.received[0].form["To"] == SENDER
    await page.click("#menu")
    await page.click("#clear")
    await page.click("#ask-yes")
    await sim.wait_until(lambda: sim.inbox == ())
    await page.until(
        "!document.querySelector('.phone') && document.querySelector('.steps').offsetWidth > 0"
    )


async def test_stop_then_a_send_gives_21610(page: Page, client: MessagingClient) -> None:
    await text(client, ADA, "Spring sale")
    await page.click(f".phone[data-address='{ADA}']")
    await page.until(shows("#log .bubble", "Spring sale"))
    await page.click("[data-word=STOP]")
    await page.until(shows("#about", "Opted out of +1 500 555 0006"))
    with pytest.raises(BadRequest) as refused:
        await text(client, ADA, "One more thing")
    assert refused.value.code == 21610
    await page.until(shows("#log .refused .bubble", "One more thing"))
    await page.until(shows("#log .error", "21610 Attempt to send to unsubscribed recipient"))


async def test_a_429_storm_is_switched_on_and_off(
    page: Page, client: MessagingClient, sim: Simulator
) -> None:
    hasty = client.with_options(timeout=0.5)
    await page.click("#pulse")
    await page.click("label[for=fault-429]")
    await page.until("document.querySelector('#amount-429').offsetWidth > 0")
    await page.ask("document.querySelector('#amount-429').focus()")
    await page.press("End")
    await page.until("document.querySelector('#specification').value === '429=100%'")
    with pytest.raises(RateLimited):
        await hasty.messages.create(to=ADA, from_=SENDER, body="Hi")
    assert sim.accepted == 0
    await page.until(
        "[...document.querySelectorAll('#graph rect.refused')].some(one => one.getAttribute('height') > 0)"
    )
    await page.click("label[for=fault-429]")
    await page.until("document.querySelector('#armed').hidden")
    await text(client, ADA, "After the storm")
    await page.until(shows(".phone", "After the storm"))
    sim.faults = "latency=80ms±30,500_after=5%"
    sim.tell_watchers()
    await page.until("document.querySelector('#fault-500_after').checked")


async def test_what_was_sent_can_be_marked_undelivered(
    page: Page, client: MessagingClient, sim: Simulator
) -> None:
    await text(client, "+14159993000", "Is anybody there?")
    await page.click(".phone")
    await page.click("#log .bubble")
    await page.click(".marks button.danger")
    await page.until(shows("#log .error", "30005 Unknown destination handset"))
    assert [(one.status, one.error_code) for one in sim.inbox] == [("undelivered", 30005)]


async def test_what_comes_while_a_conversation_is_read_is_not_missed(
    page: Page, client: MessagingClient, sim: Simulator
) -> None:
    for n in range(60):
        await text(client, ADA, f"Number {n}")
    await page.ask(
        """window.gate = new Promise(open => { window.openGate = open; });
        const real = fetch;
        window.fetch = async (...asked) => {
          const answer = await real(...asked);
          if (String(asked[0]).includes("conversation")) { window.held = true; await window.gate; }
          return answer;
        }; true"""
    )
    await page.click(f".phone[data-address='{ADA}']")
    await page.until("window.held")
    await sim.reply(from_=ADA, body="Meanwhile")
    await page.until(shows(".phone", "Welcome back, Ada"))
    await page.ask("window.openGate()")
    await page.until(shows("#log .bubble", "Meanwhile"))
    while sim.inbox[0].status != "delivered":
        await page.ask("new Promise(drawn => requestAnimationFrame(() => drawn(1)))")
    sim.mark(sim.inbox[0].sid, "read")
    await text(client, ADA, "Afterwards")
    await page.until(shows("#log .bubble", "Afterwards"))
    assert await page.ask("document.querySelectorAll('#log li').length") == 53
    assert await page.ask(shows("#log .bubble", "Number 10"))
    assert not await page.ask(shows("#log .bubble", "Number 9"))


async def test_hostile_texts_stay_texts(
    page: Page, client: MessagingClient, sim: Simulator, receiver: Receiver
) -> None:
    assert len(HOSTILE) == 50
    for body in HOSTILE:
        await text(client, ADA, body)
    await sim.reply(from_=ADA, body=HOSTILE[1])
    await page.click(f".phone[data-address='{ADA}']")
    await page.until("document.querySelectorAll('#log li').length >= 50")
    await page.ask("document.querySelector('#earlier').click()")
    await page.until("document.querySelectorAll('#log li').length >= 52")
    await page.click("#log li:first-child .bubble")
    await page.until(shows(".details", HOSTILE[0]))
    shown = await page.ask(
        "[...document.querySelectorAll('#log .body')].map(one => one.textContent)"
    )
    assert set(HOSTILE) <= set(shown)
    strange = (
        "#log :is(script, iframe, object, embed, form, input, style, link, base, meta, video, a)"
    )
    assert await page.ask(f"document.querySelectorAll({json.dumps(strange)}).length") == 0
    assert await page.ask("typeof window.hit") == "undefined"
    assert await page.ask("document.documentElement.scrollWidth <= innerWidth") is True


async def test_a_phones_width_is_enough_and_the_keyboard_too(
    page: Page, client: MessagingClient
) -> None:
    await text(client, ADA, "A long text " * 30 + "x" * 200)
    await page.size(360, 740)
    await page.open((await page.ask("location.href")).partition("#")[0])
    await page.until(shows(".phone", "A long text"))
    fits = "document.documentElement.scrollWidth <= 360 && document.body.scrollWidth <= 360"
    assert await page.ask(fits) is True
    listed = await reached_by_tab(page)
    assert {"theme", "compose", "menu", "search", "phone", "pulse"} <= listed
    await page.ask("document.querySelector('.phone').focus()")
    await page.press("Enter")
    await page.until(shows("#log .bubble", "A long text"))
    assert await page.ask(fits) is True
    inside = await reached_by_tab(page)
    assert {"back", "bubble", "word", "attach", "text", "send"} <= inside
    await page.ask("document.querySelector('#log .bubble').focus()")
    await page.press("Enter")
    await page.until(shows(".details", "Request"))
    assert await page.ask(fits) is True
    assert {"close", "copy"} <= await reached_by_tab(page)
    await page.press("Escape")
    await page.until("document.activeElement.matches('#log .bubble')")
    await page.press("Escape")
    await page.until("document.querySelector('#app').dataset.view === 'list'")
    await page.ask("document.querySelector('#pulse').focus()")
    await page.press("Enter")
    await page.until("document.querySelector('#fault-429')")
    assert await page.ask(fits) is True
    assert {"fault-429", "fault-outage", "specification", "webhook"} <= await reached_by_tab(page)


async def reached_by_tab(page: Page) -> set[str]:
    """Ids and classes of what Tab leads to, once around; each of them can be seen."""
    await page.ask("document.activeElement.blur(), window.seen = []")
    found: set[str] = set()
    for _ in range(60):
        await page.press("Tab")
        stop = await page.ask(
            "(() => { const one = document.activeElement; if (one === document.body || seen.includes(one)) return null;"
            " seen.push(one); const box = one.getBoundingClientRect();"
            " return {names: [one.id, ...one.classList], seen: box.width > 0 && box.right > 0 && box.left < innerWidth}; })()"
        )
        if stop is None:
            break
        assert stop["seen"], stop["names"]
        found.update(stop["names"])
    return found


async def test_ten_thousand_messages_show_a_page_at_a_time(page: Page, sim: Simulator) -> None:
    sim.world.webhooks.put("*", Webhook())
    for start in range(0, 10_000, 500):
        numbers = range(start, start + 500)
        written = [
            sim.reply(from_=f"+1212{n % 3000:07}", to=SENDER, body=f"Number {n}") for n in numbers
        ]
        await asyncio.gather(*written)
    await page.until(shows(".phone", "Number 9999"))
    assert await page.ask("document.querySelectorAll('*').length") < 8_000
    await page.click("#search")
    await page.type("Number 4321")
    await page.until("document.querySelectorAll('.phone').length === 1")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.until(shows("#log .found", "Number 4321"))
    await page.until(shows("#log", "Number 7321"))


async def test_the_stream_comes_back_to_a_simulator_that_was_started_anew(
    page: Page, sim: Simulator
) -> None:
    await sim.close()
    await page.until("document.querySelector('#live').dataset.state === 'waiting'")
    page.errors.clear()
    async with Simulator(port=int(sim.url.rpartition(":")[2])) as again, again.client() as client:
        await page.until("document.querySelector('#live').dataset.state === 'live'")
        await text(client, ADA, "Here again")
        await page.until(shows(".phone", "Here again"))
    page.errors.clear()
