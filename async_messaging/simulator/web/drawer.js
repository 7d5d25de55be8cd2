// The pane at the side: one message as it was asked, answered and called back, or traffic and faults.
import { by, fill } from "./dom.js";

const drawer = by("drawer");
let before = null;
let shut = () => {};

/** Opens the drawer with a title and its content; `closed` is called when it goes. */
export function open(title, content, closed = () => {}) {
  if (drawer.hidden) before = document.activeElement;
  else shut();
  shut = closed;
  by("drawer-title").textContent = title;
  fill(by("drawer-body"), content);
  drawer.hidden = false;
  by("app").dataset.drawer = "open";
  by("drawer-title").focus();
}

export function close() {
  if (drawer.hidden) return;
  drawer.hidden = true;
  delete by("app").dataset.drawer;
  shut();
  shut = () => {};
  by("drawer-body").replaceChildren();
  if (before?.isConnected) before.focus();
  before = null;
}

export const isOpen = () => !drawer.hidden;

by("close").addEventListener("click", close);
