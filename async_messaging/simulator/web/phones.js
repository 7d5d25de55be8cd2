// The list of phones: newest first, a page at a time, kept up to date as messages come.
import { by, fill, h, icon, rove } from "./dom.js";
import * as api from "./api.js";
import { handsetOf, hue, iconOf, initials, phone as written, time } from "./format.js";

const PAGE = 60;
const NEWEST = 1e12;

const list = by("phones");
const known = new Map(); // address -> {address, at, message, refused, unread, row}
let more = 0; // the server's place to go on from, 0 at the end
let shown = PAGE; // how many rows there may be
let chosen = "";
let searched = "";
let asked = 0;

rove(list, ".phone");

/** Reads the list anew. */
export async function load() {
  const turn = ++asked;
  const page = await api.get("phones", { limit: PAGE, search: searched });
  if (turn !== asked) return;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.address : undefined;
  const old = new Map(known);
  known.clear();
  for (const [i, found] of page.phones.entries()) {
    if (old.has(found.phone)) known.set(found.phone, old.get(found.phone));
    const entry = put(found.phone, found);
    // A row that is in its place is not touched: somebody may be pressing it.
    if (list.children[i] !== entry.row) list.insertBefore(entry.row, list.children[i] ?? null);
    show(entry);
  }
  while (list.childElementCount > page.phones.length) list.lastElementChild.remove();
  more = page.before;
  shown = Math.max(PAGE, page.phones.length);
  mend();
  if (focused) known.get(focused)?.row.firstElementChild.focus();
}

async function loadMore() {
  const turn = asked;
  shown += PAGE;
  for (let tries = 0, added = 0; more && !added && tries < 5; tries += 1) {
    const page = await api.get("phones", { limit: PAGE, search: searched, before: more });
    if (turn !== asked) return;
    more = page.before;
    for (const found of page.phones.filter((one) => !known.has(one.phone))) {
      const entry = put(found.phone, found);
      list.append(entry.row);
      show(entry);
      shown = Math.max(shown, list.childElementCount);
      added += 1;
    }
  }
  mend();
}

export function search(text) {
  searched = text.trim();
  return load();
}

export function choose(address) {
  chosen = address;
  for (const entry of known.values()) {
    if (entry.address === address) entry.unread = 0;
    if (entry.row.dataset.chosen || entry.address === address) show(entry);
  }
  mend();
}

export const count = () => known.size;
export const isSearching = () => searched !== "";
export const focusFirst = () => list.querySelector('.phone[tabindex="0"]')?.focus();

/** Takes new and changed messages, oldest first; draws each phone once, and none that would not be shown. */
export function update(messages, refused) {
  const news = new Map();
  for (const message of messages) note(news, handsetOf(message), { at: message.created, message });
  for (const one of refused) {
    if (one.status >= 400 && one.status < 500 && one.status !== 429 && one.to) note(news, one.to, { at: one.at, refused: one });
  }
  list.querySelector(".more")?.remove();
  const moved = [];
  for (const [address, latest] of news) {
    const old = known.get(address);
    if (old?.message && latest.message && old.message.sid === latest.message.sid) show(put(address, latest));
    else if (old ? latest.at >= old.at : !searched && latest.at > floor()) moved.push([address, latest]);
  }
  moved.sort(([, one], [, other]) => one.at - other.at);
  if (moved.length > shown) more = more || NEWEST;
  for (const [address, latest] of moved.slice(-shown)) {
    const entry = put(address, latest);
    if (address !== chosen && !searched) entry.unread += latest.count;
    if (!searched && list.firstElementChild !== entry.row) list.prepend(entry.row);
    show(entry);
  }
  while (list.childElementCount > shown) {
    const last = list.lastElementChild;
    known.delete(last.firstElementChild.dataset.address);
    last.remove();
    more = more || NEWEST;
  }
  mend();
}

function note(news, address, latest) {
  const before = news.get(address);
  if (!before || latest.at >= before.at) news.set(address, { ...latest, count: (before?.count ?? 0) + 1 });
}

/** When the oldest phone of the list was heard of; what is older belongs further down. */
const floor = () => (more ? known.get(list.lastElementChild?.firstElementChild.dataset.address)?.at ?? 0 : 0);

function put(address, news) {
  const entry = known.get(address) ?? { address, unread: 0, row: h("li") };
  Object.assign(entry, { at: news.at, message: news.message ?? null, refused: news.refused ?? null });
  known.set(address, entry);
  return entry;
}

function show(entry) {
  const { address, message, refused, row } = entry;
  const face = h("span", { class: "face", "aria-hidden": "true" }, initials(address));
  face.style.setProperty("--hue", hue(address));
  // The link itself stays: somebody may be pressing it.
  if (!row.firstElementChild) row.append(h("a", { class: "phone", tabindex: "-1", data: { address } }));
  const link = row.firstElementChild;
  link.setAttribute("href", `#${encodeURIComponent(address)}${searched && message ? `~${message.number}` : ""}`);
  if (address === chosen) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  row.dataset.chosen = address === chosen ? "yes" : "";
  fill(link, face,
    h("span", { class: "name" }, written(address)),
    time(entry.at, true),
    h("span", { class: "preview" }, refused ? previewOfRefused(refused) : previewOf(message)),
    entry.unread ? h("span", { class: "count", "aria-label": `${entry.unread} new` }, entry.unread > 99 ? "99+" : entry.unread) : null);
}

function previewOf(message) {
  const text = message.body || (message.media.length ? "Picture or file" : "Empty message");
  const wrong = message.error_code !== 0;
  const mark = message.direction === "inbound" ? h("span", { class: "reply", "aria-label": "reply:" }, "↩") : null;
  return [
    mark ?? h("span", { class: `tick ${message.status}` }, icon(iconOf(message.status), message.status)),
    h("span", { class: wrong ? "text wrong" : "text" }, text.slice(0, 120)),
  ];
}

function previewOfRefused(refused) {
  return [
    h("span", { class: "tick failed" }, icon("wrong", "refused")),
    h("span", { class: "text wrong" }, refused.code ? `${refused.code} ${refused.message}` : `HTTP ${refused.status}`),
  ];
}

/** One row can be reached by Tab; the last row offers more, if there is more. */
function mend() {
  list.querySelector(".more")?.remove();
  const links = [...list.querySelectorAll(".phone")];
  if (links.length && !links.some((link) => link.tabIndex === 0)) {
    (links.find((link) => link.dataset.address === chosen) ?? links[0]).tabIndex = 0;
  }
  if (more) {
    list.append(h("div", { class: "more", role: "presentation" },
      h("button", { type: "button", onclick: loadMore }, "Older conversations")));
  } else if (!links.length && searched) {
    list.append(h("div", { class: "more none", role: "presentation" }, "Nothing found."));
  }
}
