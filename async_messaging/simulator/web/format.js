// Numbers, times and statuses as people read them.

let ahead = 0;

/** The simulator's clock: it may be a test's. */
export function setClock(now) { ahead = now - Date.now() / 1000; }
export const now = () => Date.now() / 1000 + ahead;

export function phone(address) {
  const [channel, rest] = address.includes(":") ? address.split(/:(.*)/s) : ["", address];
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(rest);
  const written = parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : rest;
  return channel ? `${channel} ${written}` : written;
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function ago(at, short = false) {
  const seconds = now() - at;
  if (seconds < 5) return "now";
  if (seconds < 60) return short ? `${Math.floor(seconds)}s` : `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return short ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 60)} min ago`;
  const when = new Date(at * 1000);
  if (seconds < 43200 || when.toDateString() === new Date(now() * 1000).toDateString()) return clockTime.format(when);
  return seconds < 518400 ? weekday.format(when) : date.format(when);
}

export const exact = (at) => whole.format(new Date(at * 1000));

export function time(at, short = false) {
  const made = document.createElement("time");
  made.dateTime = new Date(at * 1000).toISOString();
  made.dataset.at = at;
  if (short) made.dataset.short = "";
  made.title = exact(at);
  made.textContent = ago(at, short);
  return made;
}

/** Writes every time on the page anew. */
export function refreshTimes() {
  for (const shown of document.querySelectorAll("time[data-at]")) {
    const text = ago(Number(shown.dataset.at), "short" in shown.dataset);
    if (shown.textContent !== text) shown.textContent = text;
  }
}

const ICONS = {
  scheduled: "clock", accepted: "clock", queued: "clock", sending: "going", sent: "sent",
  delivered: "delivered", read: "delivered", undelivered: "wrong", failed: "wrong", canceled: "off",
};
export const iconOf = (status) => ICONS[status] ?? "sent";

const ENDS = new Set(["delivered", "undelivered", "failed", "canceled", "read", "received"]);
export const isOver = (status) => ENDS.has(status);

export const handsetOf = (message) => (message.direction === "inbound" ? message.from : message.to);

export const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

/** A colour that stays with a number. */
export function hue(text) {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 3600;
  return sum % 360;
}

export function initials(address) {
  const digits = address.replace(/\D/g, "");
  return digits.slice(-2) || address.slice(0, 2).toUpperCase();
}
