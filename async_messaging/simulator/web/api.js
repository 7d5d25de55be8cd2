// Asks the simulator that this page came from.

async function ask(method, path, body) {
  const answer = await fetch(path, { method, body, headers: { Accept: "application/json" } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(errorIn(text) || `HTTP ${answer.status}`);
  return text ? JSON.parse(text) : null;
}

function errorIn(text) {
  try { return JSON.parse(text).error ?? ""; } catch { return text.slice(0, 200); }
}

/** The account that the page's address names; the simulator's first if it names none. */
const account = new URLSearchParams(location.search).get("account") ?? "";

export function path(name, query = {}) {
  const given = Object.entries({ account, ...query }).filter(([, value]) => value !== undefined && value !== "" && value !== 0);
  const written = new URLSearchParams(given).toString();
  return written ? `/inbox/${name}?${written}` : `/inbox/${name}`;
}

export const get = (name, query) => ask("GET", path(name, query));
export const post = (name, value) => ask("POST", path(name), JSON.stringify(value));
export const clear = () => ask("DELETE", path("messages"));
export const setFaults = (specification) => ask("POST", "/simulator/faults", specification);
export const segment = encodeURIComponent;
