// Messages a second, drawn from the counts that the stream tells.
import { svg } from "./dom.js";

const KEPT = 120;
const seconds = new Map();

/** Takes `[second, accepted, refused]`. */
export function count(rates) {
  for (const [at, accepted, refused] of rates) seconds.set(at, [accepted, refused]);
  while (seconds.size > KEPT) seconds.delete(seconds.keys().next().value);
}

export function forget() { seconds.clear(); }

const present = () => Math.floor(Date.now() / 1000);

/** Accepted in the last whole second, or in this one if that is more. */
export function rate() {
  const now = present();
  return Math.max(seconds.get(now - 1)?.[0] ?? 0, seconds.get(now)?.[0] ?? 0);
}

/** The highest second of the last `bars`, never 0. */
export function highest(bars) {
  const now = present();
  let most = 1;
  for (const [at, [accepted, refused]] of seconds) if (at > now - bars) most = Math.max(most, accepted + refused);
  return most;
}

/** Draws the last `bars` seconds into an SVG, refused ones on top; its elements are made once. */
export function draw(picture, bars, height) {
  if (!picture.childElementCount) {
    picture.setAttribute("viewBox", `0 0 ${bars * 5} ${height}`);
    picture.setAttribute("preserveAspectRatio", "none");
    for (let i = 0; i < bars * 2; i += 1) {
      picture.append(svg("rect", { x: (i >> 1) * 5 + 0.5, width: 4, class: i % 2 ? "refused" : "accepted" }));
    }
  }
  const now = present();
  const scale = (height - 2) / highest(bars);
  for (let i = 0; i < bars; i += 1) {
    const [accepted, refused] = seconds.get(now - bars + 1 + i) ?? [0, 0];
    const low = accepted ? Math.max(1.5, accepted * scale) : 0;
    const top = refused ? Math.max(1.5, refused * scale) : 0;
    place(picture.children[i * 2], height - low, low || 0.75, !low && !top);
    place(picture.children[i * 2 + 1], height - low - top, top, false);
  }
}

function place(bar, y, height, empty) {
  bar.setAttribute("y", y - (empty ? height : 0));
  bar.setAttribute("height", height);
  bar.classList.toggle("empty", empty);
}
