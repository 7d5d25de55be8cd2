// Faults as switches with an amount; what has none here stays in the specification's own words.
import { by, h } from "./dom.js";
import * as api from "./api.js";

const percent = { unit: "%", min: 1, max: 100, step: 1, write: (name, amount) => `${name}=${amount}%`, form: /^([\d.]+)%$/ };
const KINDS = [
  { name: "429", title: "429 storm", text: "Too many requests; nothing is accepted", usual: 50, ...percent },
  { name: "500_before", title: "500, not accepted", text: "A server error before acceptance", usual: 20, ...percent },
  { name: "500_after", title: "500, yet accepted", text: "A server error after acceptance", usual: 5, ...percent },
  { name: "drop_after", title: "Lost answer", text: "Accepted, then the connection closes", usual: 5, ...percent },
  { name: "undelivered", title: "Undelivered", text: "Accepted messages that don't arrive", usual: 10, ...percent },
  { name: "latency", title: "Latency", text: "Every answer comes later", usual: 300, unit: "ms", min: 50, max: 5000, step: 50,
    write: (name, amount) => `${name}=${amount}ms`, form: /^([\d.]+)ms$/ },
  { name: "list_lag", title: "List lag", text: "New messages are missing from lists", usual: 5, unit: "s", min: 1, max: 60, step: 1,
    write: (name, amount) => `${name}=${amount}s`, form: /^([\d.]+)s$/ },
];
const OUTAGE = ["drop_before=100%", "get.drop_before=100%", "change.drop_before=100%"];

let inForce = "";
let redraw = () => {};
const amounts = new Map(KINDS.map((kind) => [kind.name, kind.usual]));

/** Reads a specification: amounts by name, whether nobody answers, and all else as it stands. */
export function parse(specification) {
  const parts = specification.split(",").map((part) => part.trim()).filter(Boolean);
  const outage = OUTAGE.every((part) => parts.includes(part));
  const on = new Map();
  const others = [];
  for (const part of parts) {
    if (outage && OUTAGE.includes(part)) continue;
    const [name, amount = ""] = part.split("=");
    const found = KINDS.find((kind) => kind.name === name)?.form.exec(amount);
    if (found && !on.has(name)) on.set(name, Number(found[1]));
    else others.push(part);
  }
  return { on, outage, others };
}

export function write({ on, outage, others }) {
  const kinds = KINDS.filter((kind) => on.has(kind.name)).map((kind) => kind.write(kind.name, on.get(kind.name)));
  return [...(outage ? OUTAGE : []), ...kinds, ...others].join(",");
}

/** Says what is in force. */
export function take(specification) {
  inForce = specification;
  by("armed").hidden = specification === "";
  redraw();
}

/** The panel's controls; they follow what is in force, whoever sets it. */
export function panel() {
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const text = h("input", { id: "specification", value: inForce, spellcheck: "false", autocomplete: "off", placeholder: "429=5%,latency=80ms±30" });

  async function apply(specification) {
    trouble.hidden = true;
    try {
      take((await api.setFaults(specification)).faults);
    } catch (error) {
      trouble.textContent = error.message;
      trouble.hidden = false;
      redraw();
    }
  }

  const rows = KINDS.map((kind) => kindRow(kind, apply));
  const outage = switchRow("outage", "Outage", "Nobody answers anything", (on) => apply(write({ ...parse(inForce), outage: on })));
  redraw = () => {
    const now = parse(inForce);
    outage.set(now.outage);
    for (const row of rows) row.set(now.on.get(row.name));
    if (document.activeElement !== text) text.value = inForce;
  };
  redraw();
  const form = h("form", { class: "specification", onsubmit: (event) => { event.preventDefault(); apply(text.value); } },
    h("label", { for: "specification" }, "Specification"),
    h("div", { class: "line" }, text, h("button", { type: "submit" }, "Apply")));
  const none = h("button", { type: "button", class: "plain", id: "no-faults", onclick: () => apply("") }, "Switch all off");
  return h("section", { class: "faults" }, h("h3", {}, "Faults", none), outage.row, rows.map((row) => row.row), form, trouble);
}

function switchRow(name, title, text, set) {
  const box = h("input", { type: "checkbox", role: "switch", id: `fault-${name}`, "aria-describedby": `about-${name}` });
  box.addEventListener("change", () => set(box.checked));
  const row = h("div", { class: "fault" },
    h("label", { for: `fault-${name}` }, h("b", {}, title), h("small", { id: `about-${name}` }, text)), box);
  return { row, box, set: (on) => { box.checked = on; row.classList.toggle("on", on); } };
}

function kindRow(kind, apply) {
  const change = (amount) => {
    const now = parse(inForce);
    if (amount === null) now.on.delete(kind.name); else now.on.set(kind.name, amount);
    return apply(write(now));
  };
  const made = switchRow(kind.name, kind.title, kind.text, (on) => change(on ? amounts.get(kind.name) : null));
  const range = h("input", { type: "range", id: `amount-${kind.name}`, min: kind.min, max: kind.max, step: kind.step, "aria-label": `${kind.title}: how much` });
  const output = h("output", { for: `amount-${kind.name}` });
  const tell = () => { output.textContent = `${range.value} ${kind.unit}`; };
  range.addEventListener("input", tell);
  range.addEventListener("change", () => {
    amounts.set(kind.name, Number(range.value));
    if (made.box.checked) change(Number(range.value));
  });
  made.row.append(h("div", { class: "amount" }, range, output));
  return {
    name: kind.name,
    row: made.row,
    set(amount) {
      made.set(amount !== undefined);
      if (amount !== undefined) amounts.set(kind.name, amount);
      if (document.activeElement !== range) range.value = String(amounts.get(kind.name));
      tell();
    },
  };
}
