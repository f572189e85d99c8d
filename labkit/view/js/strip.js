// The strip of the last answers: one mark for each, oldest first; and how many there are of each version.

import { enlargement, isDark } from "./dom.js";

/** How many answers the strip shows. */
export const STRIP = 60;

/** From this width on, the strip has fewer and longer rows. */
const WIDE_PX = 250;

/** Draws the marks of the answers on a canvas of this width, in px. */
export function drawStrip(canvas, width, trace, shapes, given) {
  if (!width) return;
  const ratio = (globalThis.devicePixelRatio || 1) * enlargement(canvas);
  const columns = width < WIDE_PX ? 20 : 30;
  const cell = width / columns;
  const height = Math.round(cell * Math.ceil(STRIP / columns));
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  const dark = isDark(canvas);
  given.forEach(({ version }, place) => {
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.translate(((place % columns) + 0.5) * cell, (Math.floor(place / columns) + 0.5) * cell);
    pen.scale(cell / 26, cell / 26);
    pen.fillStyle = dark ? trace.versions[version].dark : trace.versions[version].light;
    pen.fill(shapes[version]);
  });
}

/** How many of the answers each version gave: old before new, errors last. */
export function tallyOf(trace, given) {
  const counted = new Map();
  for (const { version } of given) counted.set(version, (counted.get(version) ?? 0) + 1);
  const order = (version) => trace.versions[version].number ?? Infinity;
  return [...counted]
    .sort(([a], [b]) => order(a) - order(b))
    .map(([version, count]) => ({ version, count, word: trace.versions[version].word }));
}
