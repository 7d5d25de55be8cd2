// What happens, as it happens. Comes back by itself, also to a simulator that was started anew.

import { path } from "./api.js";

const AGAIN = 1000;

/** Calls `on.hello`, `on.batch` and `on.state` ("live", "waiting") for as long as the page is looked at. */
export function follow(on) {
  let source = null;
  let last = "";
  let timer = 0;

  function heard(event, tell) {
    last = event.lastEventId;
    tell(JSON.parse(event.data));
  }

  function open() {
    clearTimeout(timer);
    source = new EventSource(path("events", { last }));
    source.addEventListener("hello", (event) => { on.state("live"); heard(event, on.hello); });
    source.addEventListener("batch", (event) => heard(event, on.batch));
    source.addEventListener("error", () => {
      on.state("waiting");
      if (source && source.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN);
    });
  }

  // A browser opens six connections to a server at most: pages that nobody sees give theirs back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { source?.close(); clearTimeout(timer); on.state("waiting"); } else open();
  });
  open();
}
