// The list of phones: newest first, a page at a time, kept up to date as messages come.
import { by, fill, h, icon, rove } from "./dom.js";
import * as api from "./api.js";
import { handsetOf, hue, iconOf, initials, phone as written, time } from "./format.js";

const PAGE = 60;
const MOST = 400;

const list = by("phones");
const known = new Map(); // address -> {address, at, message, refused, unread, row}
let more = 0;
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
  mend();
  if (focused) known.get(focused)?.row.firstElementChild.focus();
}

async function loadMore() {
  const turn = asked;
  for (let tries = 0, added = 0; more && !added && tries < 5; tries += 1) {
    const page = await api.get("phones", { limit: PAGE, search: searched, before: more });
    if (turn !== asked) return;
    more = page.before;
    for (const found of page.phones.filter((one) => !known.has(one.phone))) {
      const entry = put(found.phone, found);
      list.append(entry.row);
      show(entry);
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

/** Takes new and changed messages, oldest first. */
export function update(messages, refused) {
  for (const message of messages) take(handsetOf(message), { at: message.created, message });
  for (const one of refused) {
    if (one.status >= 400 && one.status < 500 && one.status !== 429 && one.to) take(one.to, { at: one.at, refused: one });
  }
  while (known.size > MOST) {
    const last = known.get(list.querySelector("li:last-of-type .phone").dataset.address);
    last.row.remove();
    known.delete(last.address);
    more = more || 1e9;
  }
  mend();
}

function take(address, news) {
  const old = known.get(address);
  if (!old && searched) return;
  const same = old?.message && news.message && old.message.sid === news.message.sid;
  if (old && !same && news.at < old.at) return;
  const entry = put(address, news);
  if (!same) {
    if (address !== chosen && !searched) entry.unread += 1;
    if ((!searched || !old) && list.firstElementChild !== entry.row) list.prepend(entry.row);
  }
  show(entry);
}

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
