// Where what handsets write is posted to, and who is told of a service's statuses: for every number that has no other.
import { h } from "./dom.js";
import * as api from "./api.js";

const EVERY = "*";

/** The panel's controls; they read what is set when they are shown. */
export function panel() {
  const state = h("p", { class: "quiet", role: "status" });
  const url = field("webhook", "http://127.0.0.1:5000/sms");
  const status = field("status-callback", "http://127.0.0.1:5000/status");
  let kept = {};

  async function read() {
    try {
      const { webhooks } = await api.get("webhooks");
      kept = webhooks[EVERY] ?? {};
      url.value = kept.url ?? "";
      status.value = kept.status_callback ?? "";
    } catch (error) {
      state.textContent = error.message;
    }
  }

  async function save(event) {
    event.preventDefault();
    try {
      await api.post("webhooks", { ...kept, address: EVERY, url: url.value.trim(), status_callback: status.value.trim() });
      state.textContent = url.value.trim() ? "Set. Write as a handset to try it." : "Nothing is posted now.";
      await read();
    } catch (error) {
      state.textContent = error.message;
    }
  }

  read();
  return h("section", {}, h("h3", {}, "Webhook"),
    form("webhook", "Messages of handsets go to", url, save),
    form("status-callback", "Statuses of services' messages go to", status, save), state);
}

const field = (id, example) => h("input", { id, placeholder: example, spellcheck: "false", autocomplete: "off", inputmode: "url" });

function form(id, label, input, save) {
  return h("form", { class: "specification", onsubmit: save },
    h("label", { for: id }, label), h("div", { class: "line" }, input, h("button", { type: "submit" }, "Set")));
}
