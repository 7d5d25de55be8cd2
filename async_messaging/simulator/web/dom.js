// Makes elements. Text becomes text nodes and nothing else: what people write is hostile.

export const by = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

/** An element: `on...` are listeners, `data` a dataset, the rest attributes (true is empty, false is none). */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(made.dataset, value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  add(made, children);
  return made;
}

function add(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Puts `children` in the place of all that is in `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  add(parent, children);
}

export function svg(tag, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

export function icon(name, label) {
  const made = svg("svg", label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" });
  made.append(svg("use", { href: `#i-${name}` }));
  return made;
}

/** A button that copies `text` and says so. */
export function copier(text, label = "Copy") {
  const button = h("button", { class: "copy", type: "button", "aria-label": label, title: label }, icon("copy"));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.dataset.done = "copied";
    } catch {
      button.dataset.done = "not allowed";
    }
    setTimeout(() => delete button.dataset.done, 1500);
  });
  return button;
}

/** One stop for Tab in a list; the arrow keys, Home and End go along it. */
export function rove(list, selector) {
  list.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    const stops = [...list.querySelectorAll(selector)];
    const here = stops.indexOf(event.target.closest(selector));
    if (here < 0) return;
    event.preventDefault();
    const there = Math.max(0, Math.min(stops.length - 1, here + steps[event.key]));
    stops[there].focus();
  });
  list.addEventListener("focusin", (event) => {
    const stop = event.target.closest(selector);
    if (!stop) return;
    for (const other of list.querySelectorAll(`${selector}[tabindex="0"]`)) other.tabIndex = -1;
    stop.tabIndex = 0;
  });
}

/** Asks in a dialog; null if the answer is no, else the text of its field (empty without one). */
export function ask({ title, text, yes, field, value = "", danger = false }) {
  const dialog = by("ask");
  by("ask-title").textContent = title;
  by("ask-text").textContent = text;
  by("ask-yes").textContent = yes;
  by("ask-yes").classList.toggle("danger", danger);
  by("ask-field").hidden = !field;
  by("ask-field").firstElementChild.textContent = field ?? "";
  by("ask-input").value = value;
  dialog.returnValue = "no";
  dialog.showModal();
  by(field ? "ask-input" : danger ? "ask-no" : "ask-yes").focus();
  by("ask-no").onclick = () => dialog.close("no");
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? by("ask-input").value : null), { once: true });
  });
}
