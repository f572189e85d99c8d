// The visitor's window: the page as answered now, who answered, and the strip of the last answers.

import { html, isDark, mark, setAttribute, versionColor } from "./dom.js";
import { drawnOf } from "./geometry.js";
import { answerNumber, firstRequest, NOBODY } from "./replay.js";
import { fill } from "./words.js";

export const STRIP = 60;

/** From this width on, the strip has fewer and longer rows. */
const WIDE_PX = 250;

// A deployed page may say what it likes: it runs no script, and may fetch nothing from anywhere.
const POLICY =
  '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; img-src data:">' +
  '<meta http-equiv="x-dns-prefetch-control" content="off">';

/** Pages change at most this often, in seconds of the person watching: flicker is unpleasant, or worse. */
const REFRESH_S = 0.9;

/** While it plays, the strip goes on about so many times a second; paused, it is exact. */
const STRIP_PER_S = 8;

/** Builds the visitor's window; `show(atS, speed, playing)` brings it to that moment. */
export function createVisitor(trace, cut, words, ratePerS) {
  const pages = html("div", { class: "lt-pages" }, html("p", { class: "lt-no-page" }, words.no_page));
  const frames = new Map();
  const shapes = trace.versions.map((version) => new Path2D(version.path));
  const by = html("p", { class: "lt-by" });
  const strip = html("canvas", { class: "lt-strip", role: "img" });
  const tally = html("p", { class: "lt-tally" });
  const address = trace.address ?? words.some_address;
  const bar = html("div", { class: "lt-bar" }, html("i"), html("i"), html("i"), html("span", {}, address));
  const window_ = html("div", { class: "lt-window" }, bar, pages);
  const element = html("div", { class: "lt-visitor" }, html("h3", {}, words.visitors), window_, by, strip, tally);
  let last = null;
  let width = 0;

  function frame(key, text) {
    if (!frames.has(key)) {
      const attributes = { sandbox: "", tabindex: "-1", title: words.page_now, srcdoc: POLICY + text };
      frames.set(key, html("iframe", attributes));
      pages.append(frames.get(key));
    }
    return frames.get(key);
  }

  function showPage(answer) {
    const page = answer && pageOf(trace, words, answer);
    const shown = page ? frame(page.key, page.text) : null;
    for (const other of frames.values()) setAttribute(other, "data-shown", other === shown);
    setAttribute(pages, "data-empty", !shown);
    by.replaceChildren(...(answer ? signature(trace, answer, words) : []));
  }

  function show(atS, speed, playing) {
    const step = playing ? Math.max(1, Math.round((ratePerS * speed) / STRIP_PER_S)) : 1;
    const newest = Math.floor(firstRequest(trace, ratePerS, atS) / step) * step - 1;
    const block = Math.max(1, Math.round(ratePerS * speed * REFRESH_S));
    const refreshed = Math.min(newest, drawnOf(Math.floor(newest / block), block));
    const found = `${newest}/${refreshed}`;
    if (found === last) return;
    last = found;
    showPage(answerNumber(trace, cut, ratePerS, refreshed));
    showStrip(newest);
  }

  function showStrip(newest) {
    const first = Math.max(0, newest - STRIP + 1);
    const given = [];
    for (let number = first; number <= newest; number += 1) {
      const answer = answerNumber(trace, cut, ratePerS, number);
      if (answer) given.push(answer);
    }
    // While a page is hidden, or changes its theme, nothing has a width; what it was is then as good.
    width = strip.clientWidth || width;
    drawStrip(strip, width, trace, shapes, given);
    const tallied = new Map();
    for (const { version } of given) tallied.set(version, (tallied.get(version) ?? 0) + 1);
    const parts = [...tallied].sort(([a], [b]) => order(trace, a) - order(trace, b));
    const text = parts.map(([version, count]) => `${count} ${wordOf(trace, version)}`).join(", ");
    const label = `${fill(words, "last_answers", { count: given.length })}: ${text}`;
    if (strip.getAttribute("aria-label") === label) return;
    setAttribute(strip, "aria-label", label);
    tally.replaceChildren(
      html("span", {}, fill(words, "last_answers", { count: given.length })),
      ...parts.map(([version, count]) => html("b", {}, markOf(trace, version), `${wordOf(trace, version)} ${count}`)),
    );
  }

  return { element, window: window_, show, redraw: () => (last = null) };
}

// Old before new, errors last.
function order(trace, version) {
  return trace.versions[version].number ?? Infinity;
}

function wordOf(trace, version) {
  return trace.versions[version].word;
}

function markOf(trace, version) {
  const shape = mark(trace.versions[version].path);
  shape.style.color = versionColor(version);
  return shape;
}

function signature(trace, answer, words) {
  const who = answer.instance === NOBODY ? words.load_balancer : trace.instances[answer.instance].name;
  return [markOf(trace, answer.version), `${wordOf(trace, answer.version)} · ${who}`];
}

/** The page an answer brings; the load balancer's own pages are what ALB says. */
function pageOf(trace, words, answer) {
  const instance = trace.instances[answer.instance];
  const row = instance?.answers.findLast((candidate) => candidate.at_s <= answer.at_s);
  if (row && row.page !== null) return { key: row.page, text: trace.pages[row.page] };
  const title = answer.instance === NOBODY ? words.unavailable : words.bad_gateway;
  return { key: title, text: `<body><center><h1>${title}</h1></center></body>` };
}

function drawStrip(canvas, width, trace, shapes, given) {
  if (!width) return;
  const ratio = globalThis.devicePixelRatio || 1;
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
