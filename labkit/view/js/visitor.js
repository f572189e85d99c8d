// The visitor's window: the page as answered now, who answered, and the strip of the last answers.

import { html, mark, setAttribute, setText, svg, versionColor } from "./dom.js";
import { drawnOf } from "./geometry.js";
import { answerAt, answerNumber, firstRequest, lastAnswers, NOBODY, refreshed } from "./replay.js";
import { drawStrip, STRIP, tallyOf } from "./strip.js";
import { clock, fill } from "./words.js";

// A deployed page may say what it likes: it runs no script, and may fetch nothing from anywhere.
const POLICY =
  '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; img-src data:">' +
  '<meta http-equiv="x-dns-prefetch-control" content="off">';

/** Pages change at most this often, in seconds of the person watching: flicker is unpleasant, or worse. */
const REFRESH_S = 0.9;

/** While it plays, the strip goes on about so many times a second; paused, it is exact. */
const STRIP_PER_S = 8;

const RELOAD = "M12 4.5a7.5 7.5 0 1 0 7.3 9.3h-2.4a5.2 5.2 0 1 1-1.2-5.3L13 11.2h7V4.2l-2.6 2.6A7.5 7.5 0 0 0 12 4.5Z";

/**
 * Builds the visitor's window. `play(trace, cut, ratePerS)` gives it what to show, `show(atS, speed, playing)` brings
 * it to a moment. Without auto-refresh the page stays until somebody refreshes it.
 */
export function createVisitor(words, signal) {
  const pages = html("div", { class: "lt-pages" }, html("p", { class: "lt-no-page" }, words.no_page));
  const frames = new Map();
  const by = html("p", { class: "lt-by" });
  const strip = html("canvas", { class: "lt-strip", role: "img" });
  const tally = html("p", { class: "lt-tally" });
  const address = html("span", { class: "lt-address" });
  const reload = html("button", { type: "button", class: "lt-reload", "aria-label": words.refresh, title: words.refresh }, svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: RELOAD })));
  const auto = html("button", { type: "button", class: "lt-auto", "aria-pressed": "true" }, words.auto_refresh);
  const window_ = html("div", { class: "lt-window" }, html("div", { class: "lt-bar" }, reload, address, auto), pages);
  const element = html("div", { class: "lt-visitor" }, html("h3", {}, words.visitors), window_, by, strip, tally);
  let [trace, cut, ratePerS, shapes] = [null, [], 1, []];
  let moment = { atS: 0, speed: 1, playing: false };
  let automatic = true;
  /** How often somebody refreshed since time last moved. */
  let clicks = 0;
  let last = null;
  let width = 0;

  function play(newTrace, newCut, newRatePerS) {
    [trace, cut, ratePerS] = [newTrace, newCut, newRatePerS];
    shapes = trace.versions.map((version) => new Path2D(version.path));
    const direct = trace.target_group === null;
    setText(address, direct ? words.direct_address : trace.address ?? words.some_address);
    setAttribute(address, "title", trace.address);
    last = null;
  }

  function show(atS, speed, playing) {
    if (atS !== moment.atS) clicks = 0;
    moment = { atS, speed, playing };
    const step = playing ? Math.max(1, Math.round((ratePerS * speed) / STRIP_PER_S)) : 1;
    const newest = Math.floor(firstRequest(trace, ratePerS, atS) / step) * step - 1;
    // Paused, the page is the one of the moment; playing, the one of a little while ago may stand.
    const block = Math.max(1, Math.round(ratePerS * (playing ? speed : 1) * REFRESH_S));
    const seen = Math.min(newest, drawnOf(Math.floor(newest / block), block));
    const found = `${newest}/${seen}/${clicks}`;
    if (found === last) return;
    last = found;
    if (automatic && !clicks) showPage(answerNumber(trace, cut, ratePerS, seen) ?? refreshed(trace, cut, ratePerS, atS, 1).at(-1));
    showStrip(newest);
  }

  function refresh() {
    const answer = refreshed(trace, cut, ratePerS, moment.atS, clicks + 1).at(-1);
    if (!answer) return;
    clicks += 1;
    showPage(answer);
    last = null;
    show(moment.atS, moment.speed, moment.playing);
  }

  function toggleAuto() {
    automatic = !automatic;
    clicks = 0;
    setAttribute(auto, "aria-pressed", String(automatic));
    redraw();
  }

  function redraw() {
    last = null;
    show(moment.atS, moment.speed, moment.playing);
  }

  function frame(text) {
    if (!frames.has(text)) {
      const attributes = { sandbox: "", tabindex: "-1", title: words.page_now, srcdoc: POLICY + text };
      frames.set(text, html("iframe", attributes));
      pages.append(frames.get(text));
    }
    return frames.get(text);
  }

  function showPage(answer) {
    const shown = answer ? frame(pageOf(trace, words, answer)) : null;
    for (const other of frames.values()) setAttribute(other, "data-shown", other === shown);
    setAttribute(pages, "data-empty", !shown);
    by.replaceChildren(...(answer ? signature(trace, answer, words) : []));
  }

  function showStrip(newest) {
    const before = lastAnswers(trace, cut, ratePerS, moment.atS, STRIP);
    const given = [...before.filter(({ number }) => number <= newest), ...refreshed(trace, cut, ratePerS, moment.atS, clicks)].slice(-STRIP);
    // While a page is hidden, or changes its theme, nothing has a width; what it was is then as good.
    width = strip.clientWidth || width;
    drawStrip(strip, width, trace, shapes, given);
    const parts = tallyOf(trace, given);
    const said = fill(words, "last_answers", { count: given.length });
    const label = `${said}: ${parts.map(({ count, word }) => `${count} ${word}`).join(", ")}`;
    if (strip.getAttribute("aria-label") === label) return;
    setAttribute(strip, "aria-label", label);
    tally.replaceChildren(
      html("span", {}, said),
      ...parts.map(({ version, count, word }) => html("b", {}, markOf(trace, version), `${word} ${count}`)),
    );
  }

  reload.addEventListener("click", refresh, { signal });
  auto.addEventListener("click", toggleAuto, { signal });
  return { element, window: window_, play, show, redraw, refresh, toggleAuto };
}

function markOf(trace, version) {
  const shape = mark(trace.versions[version].path);
  shape.style.color = versionColor(version);
  return shape;
}

function signature(trace, answer, words) {
  const who = answer.instance === NOBODY ? words.load_balancer : trace.instances[answer.instance].name;
  const what = `${trace.versions[answer.version].word} · ${who}`;
  return [markOf(trace, answer.version), what, html("time", {}, clock(trace, answer.at_s))];
}

/** The page an answer brings; the load balancer's own pages are what ALB says. */
function pageOf(trace, words, answer) {
  const row = answer.instance === NOBODY ? undefined : answerAt(trace.instances[answer.instance], answer.at_s);
  if (row && row.page !== null) return trace.pages[row.page];
  const title = answer.status === 0 ? words.refused : answer.instance === NOBODY ? words.unavailable : words.bad_gateway;
  return `<body><center><h1>${title}</h1></center></body>`;
}
