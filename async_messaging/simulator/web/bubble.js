// One message, or one refused request, as a bubble; and what a webhook answered to it.
import { path, segment } from "./api.js";
import { h, icon } from "./dom.js";
import { iconOf, phone, plural, time } from "./format.js";

/** Writes a message into its row. */
export function drawMessage(row, message, callbacks, sender) {
  const inbound = message.direction === "inbound";
  row.className = `row ${inbound ? "mine" : "theirs"}${message.error_code ? " bad" : ""}${row.classList.contains("found") ? " found" : ""}`;
  row.dataset.sid = message.sid;
  row.dataset.status = message.status;
  row.dataset.at = message.created;
  const label = `${inbound ? "From the handset" : "To the handset"}: ${message.status}. Enter shows what was asked and answered.`;
  const bubble = row.querySelector(".bubble")
    ?? h("button", { class: "bubble", type: "button", tabindex: "-1", data: { sid: message.sid } },
      message.media.map(drawMedia),
      message.body ? h("span", { class: "body", dir: "auto" }, message.body) : null,
      !message.body && !message.media.length ? h("span", { class: "body empty" }, "No text") : null);
  bubble.setAttribute("aria-label", label);
  dress(row, bubble, sender,
    message.error_code ? h("p", { class: "error" }, h("b", {}, message.error_code), ` ${message.error_message}`) : null,
    h("p", { class: "meta" }, ...meta(message, inbound)),
    callbacks.map(drawWebhook));
}

/** Writes anew what stands around a bubble, which stays where it is: somebody may be pressing it. */
function dress(row, bubble, sender, ...below) {
  for (const old of [...row.children]) if (old !== bubble) old.remove();
  if (bubble.parentNode !== row) row.append(bubble);
  if (sender) bubble.before(h("p", { class: "sender" }, sender));
  bubble.after(...below.flat().filter(Boolean));
}

function meta(message, inbound) {
  return [
    time(message.created),
    inbound ? null : h("span", { class: `tick ${message.status}` }, icon(iconOf(message.status)), message.status),
    h("span", { class: "size" }, message.media.length ? "MMS" : `${plural(message.segments, "segment")} · ${message.encoding}`),
    message.service ? h("span", { class: "size", title: message.service }, "service") : null,
  ];
}

function drawMedia(media) {
  const [kind] = media.content_type.split("/");
  if (kind === "image") {
    // Nobody fetches what a MediaUrl names: a picture of the simulator's own stands for it.
    return h("img", { class: "media", src: path(`media/${segment(media.sid)}`), alt: `Stands for ${media.content_type}`, title: media.content_type });
  }
  return h("span", { class: "file" }, icon("file"), media.content_type);
}

function drawWebhook(made) {
  const last = made.attempts?.at(-1) ?? made;
  const status = last.status ? `${last.status}` : made.state;
  const text = made.state === "waiting" ? "Webhook asked" : `Webhook ${status} in ${Math.max(1, Math.round((last.elapsed ?? 0) * 1000))} ms`;
  const answer = (made.answer ?? "").trim();
  return h("div", { class: `webhook ${made.state}` },
    h("p", {}, h("span", { class: "dot" }), text, made.error_code ? ` · ${made.error_code}` : ""),
    answer ? h("pre", { tabindex: "-1" }, answer) : null);
}

/** Writes a refused request into its row; `times` of the same one after another. */
export function drawRefused(row, refused, times) {
  row.className = "row theirs bad refused";
  row.dataset.at = refused.at;
  row.dataset.code = refused.code;
  const lost = { drop: "The connection was closed without an answer", hang: "Nothing was answered" }[refused.wire];
  const bubble = row.querySelector(".bubble")
    ?? h("button", { class: "bubble", type: "button", tabindex: "-1", "aria-label": "Refused request. Enter shows what was asked and answered." },
      h("span", { class: refused.body ? "body" : "body empty", dir: "auto" }, refused.body || "No text"));
  bubble.dataset.request = refused.number;
  dress(row, bubble, "",
    h("p", { class: "error" }, lost ?? [refused.code ? h("b", {}, refused.code) : null, ` ${refused.message}`]),
    h("p", { class: "meta" }, time(refused.at), h("span", {}, "not accepted"),
      refused.status ? h("span", { class: "size" }, `HTTP ${refused.status}`) : null,
      times > 1 ? h("span", { class: "times" }, `${times} times`) : null));
}

/** The line above a bubble whose sender is another than before. */
export const senderOf = (message) => (message.from ? phone(message.from) : "sender not chosen yet");
