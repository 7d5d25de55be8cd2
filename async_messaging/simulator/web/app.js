// Wires the page: the stream to the panes, the keys and buttons to what they do.
import { ask, by, copier, fill, h, icon, svg } from "./dom.js";
import * as api from "./api.js";
import * as details from "./details.js";
import * as drawer from "./drawer.js";
import * as faults from "./faults.js";
import * as graph from "./graph.js";
import * as phones from "./phones.js";
import * as talk from "./talk.js";
import * as webhook from "./webhook.js";
import { plural, refreshTimes, setClock } from "./format.js";
import { follow } from "./stream.js";

const app = by("app");
let account = null;
let total = 0;
let late = 0;
let drawing = 0;
let drawn = -1000;
const waiting = [];

/** The phone, and the number of a message, that the address names: `#%2B14155550100~12`. */
function place() {
  const [phone, number = ""] = location.hash.slice(1).split("~");
  try { return [decodeURIComponent(phone), Number(number) || 0]; } catch { return ["", 0]; }
}
const chosen = () => place()[0];

/** Goes to a phone, or to the list; done when the panes have changed. */
function go(hash) {
  if (location.hash.slice(1) === hash) return Promise.resolve();
  const gone = new Promise((done) => { addEventListener("hashchange", done, { once: true }); });
  location.hash = hash;
  return gone;
}

async function route() {
  const [phone, hit] = place();
  app.dataset.view = phone ? "talk" : "list";
  phones.choose(phone);
  document.title = phone ? `${phone} · Inbox` : "Inbox · async-messaging";
  await talk.show(phone, hit);
  welcome();
}

async function reload() {
  await Promise.all([phones.load(), talk.show(...place())]);
  welcome();
}

function welcome() {
  if (chosen() || !account) return;
  const pane = by("welcome");
  const empty = phones.count() === 0 && !phones.isSearching();
  if (pane.dataset.empty === String(empty)) return;
  pane.dataset.empty = String(empty);
  if (empty) fill(pane, ...firstSteps());
  else fill(pane, h("div", { class: "hint" }, h("p", {}, "Choose a conversation, or press"), h("p", {}, h("kbd", {}, "/"), " to search, ", h("kbd", {}, "n"), " to write from a new phone.")));
}

function firstSteps() {
  const command = 'async-messaging send --to +14155550100 --body "Hello"';
  return [
    h("div", { class: "steps" },
      h("h2", {}, "No messages yet"),
      h("p", {}, "This is Twilio on your machine. Whatever your program sends shows up here at once, and no phone ever rings."),
      h("h3", {}, "Send the first one"),
      h("p", {}, "In a shell with the ", h("code", {}, "export"), " lines that the simulator printed:"),
      h("div", { class: "command" }, h("code", {}, command), copier(command, "Copy the command")),
      h("h3", {}, "Or let a phone write"),
      h("p", {}, "What a handset writes is posted to your webhook, signed, and its TwiML is carried out."),
      h("button", { type: "button", class: "primary", onclick: compose }, icon("pen"), "Write from a new phone"),
      h("dl", { class: "where" },
        h("dt", {}, "Base URL"), h("dd", {}, h("code", {}, account.url), copier(account.url, "Copy the URL")),
        h("dt", {}, "Account"), h("dd", {}, h("code", {}, account.account_sid), copier(account.account_sid, "Copy the sid")),
        h("dt", {}, "Sender"), h("dd", {}, h("code", {}, account.numbers[0]), copier(account.numbers[0], "Copy the number")))),
  ];
}

async function compose() {
  const phone = await ask({ title: "Write from a new phone", text: "A number in international form, or an address such as whatsapp:+14155550100.", yes: "Open", field: "Phone", value: "+1415555" });
  if (!phone?.trim()) return;
  await go(encodeURIComponent(phone.trim()));
  by("text").focus();
}

/** Batches come ten a second at most; the page draws them four times a second when they come without pause. */
function onBatch(batch) {
  waiting.push(batch);
  if (!drawing) drawing = setTimeout(draw, Math.max(0, drawn + 250 - performance.now()));
}

function draw() {
  drawing = 0;
  drawn = performance.now();
  const batches = waiting.splice(0);
  const all = (name) => batches.flatMap((batch) => batch[name] ?? []);
  const last = batches.at(-1);
  if (!last) return;
  setClock(last.now);
  total = last.accepted;
  const messages = [...new Map(all("messages").map((message) => [message.sid, message])).values()];
  const [refused, callbacks] = [all("refused"), all("callbacks")];
  graph.count(all("rates"));
  if (messages.length || refused.length) phones.update(messages, refused);
  talk.update({ messages, refused, callbacks });
  const specification = batches.findLast((batch) => batch.faults !== undefined)?.faults;
  if (specification !== undefined) faults.take(specification);
  details.refresh(new Set([...messages.map((one) => one.sid), ...callbacks.map((one) => one.message_sid)]));
  if (batches.some((batch) => batch.behind) && !late) late = setTimeout(() => { late = 0; reload(); }, 500);
  welcome();
  pulse();
}

async function onHello(hello) {
  if (!hello.resumed) waiting.length = 0;
  setClock(hello.now);
  total = hello.accepted;
  faults.take(hello.faults);
  if (!hello.resumed) graph.forget();
  graph.count(hello.rates);
  pulse();
  if (hello.resumed) return;
  account = await api.get("account");
  details.prepare(account.errors, (message) => onBatchOf(message));
  senders();
  accounts();
  await reload();
  app.dataset.ready = "yes";
}

function onBatchOf(message) {
  phones.update([message], []);
  talk.update({ messages: [message] });
}

function senders() {
  const select = by("to");
  select.hidden = account.numbers.length < 2;
  fill(select, h("option", { value: "" }, "to whoever wrote last"), account.numbers.map((number) => h("option", { value: number }, `to ${number}`)));
}

function accounts() {
  const select = by("account");
  select.hidden = account.accounts.length < 2;
  fill(select, account.accounts.map((sid) => h("option", { value: sid }, sid)));
  select.value = account.account_sid;
  by("export").href = api.path("export");
}

function pulse() {
  by("rate").textContent = graph.rate().toLocaleString("en");
  by("total").textContent = `${total.toLocaleString("en")} in all`;
  graph.draw(by("spark"), 40, 28);
  const big = document.getElementById("graph");
  if (!big) return;
  graph.draw(big, 60, 90);
  by("graph-most").textContent = `${plural(graph.highest(60), "request")} a second at most`;
}

function traffic() {
  const picture = svg("svg", { id: "graph", class: "graph", role: "img", "aria-label": "Accepted and refused messages a second, in the last minute" });
  const legend = h("p", { class: "legend" }, h("span", { class: "accepted" }, "accepted"), h("span", { class: "refused" }, "not accepted"), h("span", { id: "graph-most" }));
  drawer.open("Traffic and faults", [h("section", {}, h("h3", {}, "Last minute"), picture, legend), faults.panel(), webhook.panel()]);
  pulse();
}

async function clear() {
  const sure = await ask({ title: "Clear everything?", text: "Messages, callbacks, opt-outs and counts are forgotten. Faults stay.", yes: "Clear", danger: true });
  if (sure === null) return;
  drawer.close();
  await go("");
  await api.clear();
}

async function send(body) {
  const media = by("attach").getAttribute("aria-pressed") === "true" ? ["image/png"] : [];
  if (!body && !media.length) return;
  const known = document.querySelector("#log .theirs:not(.refused)");
  const to = by("to").value || (known ? undefined : account.numbers[0]);
  by("composer").classList.add("busy");
  if (await talk.write(body, { media, to })) {
    by("attach").setAttribute("aria-pressed", "false");
    if (body === by("text").value.trim()) by("text").value = "";
    grow();
  }
  by("composer").classList.remove("busy");
}

function grow() {
  const text = by("text");
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 140)}px`;
}

function menu(open) {
  by("choices").hidden = !open;
  by("menu").setAttribute("aria-expanded", String(open));
}

function onKey(event) {
  const typing = event.target.closest("input:not([type=checkbox],[type=range]), textarea, select, dialog");
  if (event.key === "Escape" && !event.target.closest("dialog")) {
    if (!by("choices").hidden) { menu(false); by("menu").focus(); }
    else if (drawer.isOpen()) drawer.close();
    else if (event.target === by("search") && by("search").value) return;
    else if (chosen()) go("").then(phones.focusFirst);
  } else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  else if (event.key === "/") { event.preventDefault(); toSearch(); }
  else if (event.key === "n") { event.preventDefault(); compose(); }
  else if (event.key === "r" && chosen()) { event.preventDefault(); by("text").focus(); }
}

async function toSearch() {
  if (!by("search").offsetWidth) await go("");
  by("search").focus();
}

let searching = 0;
by("search").addEventListener("input", () => {
  clearTimeout(searching);
  searching = setTimeout(() => phones.search(by("search").value).then(welcome), 120);
});
by("search").addEventListener("keydown", (event) => { if (event.key === "ArrowDown") { event.preventDefault(); phones.focusFirst(); } });
by("composer").addEventListener("submit", (event) => { event.preventDefault(); send(by("text").value.trim()); });
by("text").addEventListener("input", grow);
by("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(by("text").value.trim()); }
});
for (const word of document.querySelectorAll("[data-word]")) word.addEventListener("click", () => send(word.dataset.word));
by("attach").addEventListener("click", () => by("attach").setAttribute("aria-pressed", String(by("attach").getAttribute("aria-pressed") !== "true")));
by("log").addEventListener("click", (event) => {
  const bubble = event.target.closest(".bubble");
  if (!bubble || String(getSelection())) return;
  details.show(bubble.dataset.sid ? { sid: bubble.dataset.sid } : { request: Number(bubble.dataset.request) });
});
by("back").addEventListener("click", () => go("").then(phones.focusFirst));
by("pulse").addEventListener("click", traffic);
by("set-webhook").addEventListener("click", () => { traffic(); by("webhook").focus(); });
by("compose").addEventListener("click", compose);
by("clear").addEventListener("click", () => { menu(false); clear(); });
by("account").addEventListener("change", () => { location.href = `/?${new URLSearchParams({ account: by("account").value })}`; });
by("menu").addEventListener("click", () => menu(by("choices").hidden));
document.addEventListener("click", (event) => { if (!event.target.closest("#menu, #choices")) menu(false); });
document.addEventListener("keydown", onKey);
addEventListener("hashchange", route);
setInterval(() => { refreshTimes(); pulse(); }, 1000);

route();
follow({
  hello: onHello,
  batch: onBatch,
  state(state) {
    by("live").dataset.state = state;
    by("live").textContent = state === "live" ? "live" : "reconnecting";
  },
});
