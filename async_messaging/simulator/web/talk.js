// The open conversation: a window on one phone's messages, live at its newer end.
import { by, h, rove } from "./dom.js";
import * as api from "./api.js";
import { drawMessage, drawRefused, senderOf } from "./bubble.js";
import { handsetOf, hue, initials, phone as written } from "./format.js";

const PAGE = 50;
const MOST = 250;

const log = by("log");
const scroll = by("scroll");
let open = "";
let turn = 0;
let rows = new Map(); // sid or request's number -> {at, row, message | refused, times}
let webhooks = new Map(); // sid -> Map(number -> callback)
let oldest = 0;
let pinned = true;
let late = null; // what the stream told while a conversation was being read
let aim = 0; // the number of the message that was looked for
let gap = false; // newer messages than these are not shown

rove(log, ".bubble");

export const address = () => open;

/** Opens a phone's conversation, or reads it anew; at one message of it, if `hit` names its number. */
export async function show(phone, hit = 0) {
  const mine = ++turn;
  const again = phone === open && hit === aim;
  aim = hit;
  open = phone;
  by("chat").hidden = phone === "";
  by("welcome").hidden = phone !== "";
  if (!phone) {
    late = null;
    return;
  }
  late = [];
  const found = await Promise.all([
    api.get("conversation", { with: phone, limit: PAGE, before: hit && hit + 1 }),
    hit ? api.get("conversation", { with: phone, limit: PAGE, after: hit }) : null,
  ]).catch((error) => error);
  if (mine !== turn) return;
  const missed = late;
  late = null;
  if (found instanceof Error) {
    trouble(found.message);
    return;
  }
  const [answer, newer] = found;
  if (!again) { trouble(""); by("unasked").hidden = true; }
  head(phone, answer.opt_outs);
  const stay = again && (hit || !atEnd()) ? scroll.scrollTop : null;
  rows = new Map();
  webhooks = new Map();
  log.replaceChildren();
  for (const made of answer.callbacks) note(made);
  for (const made of newer?.callbacks ?? []) note(made);
  gap = newer?.more ?? false;
  const messages = [...answer.messages, ...(newer?.messages ?? [])];
  const since = answer.more ? answer.messages[0].created : -Infinity;
  const until = gap ? messages.at(-1).created : Infinity;
  take(messages, answer.refused.filter((one) => since <= one.at && one.at <= until));
  oldest = answer.more ? answer.messages[0].number : 0;
  by("earlier").hidden = !oldest;
  by("fresh").hidden = !gap;
  const wanted = [...rows.values()].find((entry) => hit && entry.message?.number === hit);
  wanted?.row.classList.add("found");
  if (stay !== null) scroll.scrollTop = stay;
  else if (wanted) wanted.row.scrollIntoView({ block: "center" });
  else toEnd();
  missed.forEach(update);
}

async function earlier() {
  const mine = turn;
  const answer = await api.get("conversation", { with: open, limit: PAGE, before: oldest });
  if (mine !== turn) return;
  const height = scroll.scrollHeight;
  for (const made of answer.callbacks) note(made);
  const start = answer.messages[0]?.created ?? 0;
  take(answer.messages, answer.refused.filter((one) => !answer.more || one.at >= start));
  oldest = answer.more ? answer.messages[0].number : 0;
  by("earlier").hidden = !oldest;
  scroll.scrollTop += scroll.scrollHeight - height;
}

function head(phone, optOuts) {
  by("face").textContent = initials(phone);
  by("face").style.setProperty("--hue", hue(phone));
  by("who").textContent = written(phone);
  const out = optOuts.map((pair) => written(pair.sender));
  by("about").textContent = out.length ? `Opted out of ${out.join(", ")}` : "";
  by("about").classList.toggle("out", out.length > 0);
}

/** Shows which senders the phone has opted out of, as they stand now. */
export async function refreshHead() {
  const mine = turn;
  const { opt_outs: all } = await api.get("opt-outs");
  if (mine === turn && open) head(open, all.filter((pair) => pair.handset === open));
}

/** Takes what the stream tells. */
export function update(batch) {
  if (late) {
    late.push(batch);
    return;
  }
  // One that is older than all that is shown only has a new status.
  const messages = (batch.messages ?? []).filter((message) => handsetOf(message) === open && (message.number >= oldest || rows.has(message.sid)));
  const refused = (batch.refused ?? []).filter((one) => one.to === open);
  for (const made of batch.callbacks ?? []) if (made.kind === "message") note(made);
  if (!messages.length && !refused.length) return;
  if (gap) {
    take(messages.filter((message) => rows.has(message.sid)), []);
    return;
  }
  const end = atEnd();
  const fresh = take(messages, refused);
  trim();
  if (end) toEnd();
  else if (fresh) by("fresh").hidden = false;
  if (messages.some((message) => message.direction === "inbound")) refreshHead();
}

/** Keeps a callback of a handset's message, and shows it if that message is here. */
export function note(made) {
  const kept = webhooks.get(made.message_sid) ?? new Map();
  kept.set(made.number, { ...kept.get(made.number), ...made });
  webhooks.set(made.message_sid, kept);
  const entry = rows.get(made.message_sid);
  if (!entry) return;
  const end = atEnd();
  draw(entry);
  if (end) toEnd();
}

function take(messages, refused) {
  let fresh = 0;
  for (const message of messages) {
    const known = rows.get(message.sid);
    if (known) {
      if (known.message.status === message.status && known.message.from === message.from) continue;
      known.message = message;
      draw(known);
    } else {
      place({ key: message.sid, at: message.created, message });
      fresh += 1;
    }
  }
  for (const one of refused) {
    if (rows.has(one.number)) continue;
    const last = rows.get(log.lastElementChild?.dataset.key ?? "") ?? numbered(log.lastElementChild);
    if (last?.refused && last.refused.code === one.code && last.refused.body === one.body && last.at <= one.at) {
      last.times += 1;
      last.refused = one;
      rows.set(one.number, last);
      draw(last);
    } else {
      place({ key: one.number, at: one.at, refused: one, times: 1 });
      fresh += 1;
    }
  }
  return fresh;
}

const numbered = (row) => (row ? rows.get(Number(row.dataset.key)) : undefined);

function place(entry) {
  entry.row = h("li", { data: { key: entry.key } });
  entry.row.dataset.at = entry.at;
  rows.set(entry.key, entry);
  let next = null;
  let last = log.lastElementChild;
  while (last && Number(last.dataset.at) > entry.at) {
    next = last;
    last = last.previousElementSibling;
  }
  log.insertBefore(entry.row, next);
  draw(entry);
  if (!log.querySelector('.bubble[tabindex="0"]')) log.querySelector(".bubble").tabIndex = 0;
}

function draw(entry) {
  if (entry.message) {
    const before = entry.row.previousElementSibling?.dataset.sender;
    const inbound = entry.message.direction === "inbound";
    const sender = inbound ? "" : senderOf(entry.message);
    entry.row.dataset.sender = sender;
    drawMessage(entry.row, entry.message, [...(webhooks.get(entry.message.sid)?.values() ?? [])], sender === before ? "" : sender);
  } else drawRefused(entry.row, entry.refused, entry.times);
}

function trim() {
  while (log.childElementCount > MOST && atEnd()) {
    const first = log.firstElementChild;
    const entry = rows.get(first.dataset.key) ?? numbered(first);
    rows.delete(entry.key);
    webhooks.delete(entry.key);
    first.remove();
    const next = rows.get(log.firstElementChild.dataset.key);
    if (next?.message) oldest = next.message.number;
    by("earlier").hidden = false;
  }
}

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;

function toEnd() {
  if (gap) return;
  scroll.scrollTop = scroll.scrollHeight;
  by("fresh").hidden = true;
  if (log.contains(document.activeElement)) return;
  for (const stop of log.querySelectorAll('.bubble[tabindex="0"]')) stop.tabIndex = -1;
  const last = log.lastElementChild?.querySelector(".bubble");
  if (last) last.tabIndex = 0;
}

/** From a message that was looked for to the newest; the address says so too. */
function newest() {
  history.replaceState(null, "", `#${encodeURIComponent(open)}`);
  return show(open);
}

export function trouble(text) {
  by("trouble").textContent = text;
  by("trouble").hidden = text === "";
}

/** Writes as the handset, and shows what came of it. */
export async function write(body, { media = [], to } = {}) {
  trouble("");
  try {
    const reply = await api.post("replies", { from: open, body, media, ...(to ? { to } : {}) });
    for (const made of reply.webhook) note(made);
    by("unasked").hidden = reply.webhook.length > 0;
    if (reply.refused.length) trouble(`Replies refused: ${reply.refused.join(", ")}`);
    if (gap) await newest();
    toEnd();
    return true;
  } catch (error) {
    trouble(error.message);
    return false;
  }
}

scroll.addEventListener("scroll", () => {
  pinned = atEnd();
  if (pinned && !gap) by("fresh").hidden = true;
}, { passive: true });
new ResizeObserver(() => { if (pinned) toEnd(); }).observe(scroll);
by("earlier").addEventListener("click", earlier);
by("fresh").addEventListener("click", () => (gap ? newest() : toEnd()));
