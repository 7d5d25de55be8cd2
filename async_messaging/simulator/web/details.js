// Everything about one message: the request as it came, the answer, callbacks with their signatures.
import { copier, h } from "./dom.js";
import * as api from "./api.js";
import * as drawer from "./drawer.js";
import { exact, isOver, phone, plural } from "./format.js";

let shown = null; // {sid} or {request}
let errors = {};
let onMarked = () => {};

export function prepare(texts, marked) { errors = texts; onMarked = marked; }

/** Shows a message, or a refused request. */
export async function show(what) {
  shown = what;
  const body = h("div", { class: "details" });
  drawer.open(what.sid ? "Message" : "Refused request", body, () => { shown = null; });
  await read(body, what);
}

/** Reads again what is shown if `sids` has it. */
export async function refresh(sids) {
  if (!shown?.sid || !sids.has(shown.sid)) return;
  const body = document.querySelector(".details");
  if (!body || body.contains(document.activeElement)) return; // not under somebody's hands
  await read(body, shown);
}

async function read(body, what) {
  try {
    const parts = what.sid ? await ofMessage(what.sid) : await ofRequest(what.request);
    if (shown === what) body.replaceChildren(...parts);
  } catch (error) {
    if (shown === what) body.replaceChildren(h("p", { class: "trouble" }, error.message));
  }
}

async function ofRequest(number) {
  const { requests } = await api.get("requests", { after: number - 1, limit: 1 });
  if (!requests.length || requests[0].number !== number) throw new Error("This request is not kept any more.");
  return requestParts(requests[0]);
}

async function ofMessage(sid) {
  const [{ message, callbacks }, { requests }] = await Promise.all([
    api.get(`messages/${api.segment(sid)}`), api.get("requests", { sid, limit: 1 }),
  ]);
  return [
    summary(message),
    marks(message),
    ...(requests.length ? requestParts(requests[0]) : []),
    section(`Callbacks (${callbacks.length})`, callbacks.length ? callbacks.map(callbackPart)
      : h("p", { class: "quiet" }, message.direction === "inbound" ? "No webhook is set, so nobody was asked." : "No StatusCallback was given.")),
  ];
}

function summary(message) {
  const facts = [
    ["Status", message.error_code ? `${message.status} · ${message.error_code} ${message.error_message}` : message.status],
    ["From", message.from ? phone(message.from) : "not chosen yet"],
    ["To", phone(message.to)],
    ["Service", message.service],
    ["Size", `${plural(message.segments, "segment")}, ${message.encoding}`],
    ["Media", message.media.map((media) => media.content_type).join(", ")],
    ["Created", exact(message.created)],
    ["Updated", exact(message.updated)],
  ];
  return h("section", { class: "facts" },
    h("div", { class: "sid" }, h("code", {}, message.sid), copier(message.sid, "Copy the sid")),
    table(facts.filter(([, value]) => value)));
}

function marks(message) {
  if (message.direction === "inbound" || (isOver(message.status) && message.status !== "delivered")) return h("span");
  if (message.status === "delivered") {
    return h("section", { class: "marks" }, marker(message, "read", "Mark read"));
  }
  const code = h("select", { "aria-label": "Error code" },
    Object.entries(errors).map(([number, text]) => h("option", { value: number }, `${number} ${text}`)));
  code.value = "30005";
  return h("section", { class: "marks" },
    marker(message, "delivered", "Mark delivered"),
    h("div", { class: "pair" }, marker(message, "undelivered", "Mark undelivered", code), code));
}

function marker(message, status, label, code) {
  const button = h("button", { type: "button", class: status === "undelivered" ? "danger" : "" }, label);
  button.addEventListener("click", async () => {
    const value = code ? { status, error_code: Number(code.value) } : { status };
    try {
      onMarked(await api.post(`messages/${api.segment(message.sid)}/status`, value));
    } catch (error) {
      button.after(h("p", { class: "trouble", role: "alert" }, error.message));
      return;
    }
    button.blur();
    const body = document.querySelector(".details");
    if (body) await read(body, shown);
  });
  return button;
}

function requestParts(request) {
  const lost = { drop: "the connection was closed instead", hang: "it was never sent", truncate: "half of it was sent" }[request.wire];
  return [
    section("Request",
      h("pre", { class: "raw" }, `${request.method} ${request.target}\nAuthorization: Basic (not kept)\nContent-Type: application/x-www-form-urlencoded`),
      table(request.fields)),
    section(`Answer ${request.status}`,
      lost ? h("p", { class: "trouble" }, `Not what arrived: ${lost}.`) : null,
      h("pre", { class: "raw" }, pretty(request.answer))),
  ];
}

function callbackPart(made) {
  const tries = made.attempts.map((one) => `${one.status || one.failure} in ${Math.max(1, Math.round(one.elapsed * 1000))} ms${one.error_code ? ` (${one.error_code})` : ""}`);
  const name = made.kind === "message" ? "incoming message" : made.fields.MessageStatus;
  return h("details", { class: `callback ${made.state}` },
    h("summary", {}, h("span", { class: "dot" }), h("b", {}, name), h("span", { class: "quiet" }, ` ${made.state}${tries.length > 1 ? `, ${tries.length} tries` : ""}`)),
    table([
      ["URL", `${made.method} ${made.url}`],
      ["X-Twilio-Signature", made.signature || "not signed yet"],
      ["I-Twilio-Idempotency-Token", made.token],
      ["Answered", tries.join("; ")],
    ].filter(([, value]) => value)),
    h("h4", {}, "Form"), table(Object.entries(made.fields)),
    made.answer ? [h("h4", {}, "TwiML"), h("pre", { class: "raw" }, made.answer)] : null);
}

function section(title, ...content) {
  return h("section", {}, h("h3", {}, title), content);
}

function table(pairs) {
  return h("dl", {}, pairs.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value === "" ? h("i", {}, "empty") : value)]));
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}
