// The theater as an anywidget: puts the parts together, keeps them in time, and takes everything down again.

import { createControls, listenToKeys } from "./controls.js";
import { html, mark, setAttribute, setText, setVersionColors } from "./dom.js";
import { createPlayback } from "./playback.js";
import { placeAt, segments, stateAt } from "./replay.js";
import { createLegend, createScore } from "./score.js";
import { createStage } from "./stage.js";
import { createTraffic, requestsPerDot } from "./traffic.js";
import { createVisitor } from "./visitor.js";
import { clock, fill, told } from "./words.js";

/** Visitors a lab second; the trace decides what they get, whatever their number. */
export const VISITORS_PER_S = 2;

const SAVE_AFTER_MS = 200;

/**
 * anywidget's entry: draws into `el` until the returned function is called. Another trace or other words draw
 * anew, at the same moment, speed and pace; a focus inside stays inside.
 */
export function render({ model, el }) {
  let life = new AbortController();
  let playback = null;
  const draw = () => {
    const focused = el.contains(document.activeElement);
    const kept = playback?.state ?? { atS: model.get("playhead_s"), speed: model.get("speed"), playing: model.get("playing") };
    life.abort();
    life = new AbortController();
    el.replaceChildren();
    playback = perform(model, el, kept, life.signal);
    if (focused) el.firstElementChild.focus({ preventScroll: true });
  };
  draw();
  model.on("change:trace change:words", draw);
  return () => {
    model.off("change:trace change:words", draw);
    life.abort();
    el.replaceChildren();
  };
}

/** Puts a theater into `el`, at the moment and speed `kept` names; returns its playback. */
function perform(model, el, kept, signal) {
  const [trace, words] = [model.get("trace"), model.get("words")];
  const cut = segments(trace);
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  const playback = createPlayback({ trace, speed: kept.speed, still: () => motion.matches, changed: show, signal });
  const visitor = createVisitor(trace, cut, words, VISITORS_PER_S);
  const stage = createStage(trace, words);
  const score = createScore(trace, words, (atS) => playback.seek(atS), signal);
  const controls = createControls(trace, words, playback, signal);
  const narrator = html("p", { class: "lt-narrator", role: "status", "aria-live": "polite" });
  const header = createHeader(trace, words);
  const dots = html("p", { class: "lt-scale", "aria-hidden": "true" });
  const main = html("div", { class: "lt-main" }, visitor.element, stage.element);
  const root = html(
    "section",
    {
      class: "labkit-theater",
      tabindex: "0",
      "aria-label": fill(words, "title", { deployment: trace.deployment.id }),
      "data-lm-suppress-shortcuts": "true",
    },
    header.element, main, narrator, controls.row, controls.slider, score.element,
    html("footer", {}, createLegend(trace, words, mark), dots, html("p", { class: "lt-keys" }, words.keys)),
  );
  setVersionColors(root, trace.versions);
  el.append(root);
  const traffic = createTraffic({ trace, cut, ratePerS: VISITORS_PER_S, main, window: visitor.window, stage });
  let told_ = null;
  let second = null;

  function show(atS, playing) {
    const { speed } = playback.state;
    const place = stateKey(atS);
    if (place !== told_) {
      told_ = place;
      showState(stateAt(trace, atS));
    }
    if (Math.floor(atS) !== second) {
      second = Math.floor(atS);
      stage.showElapsed(atS);
    }
    if (motion.matches) traffic.clear();
    else traffic.draw(atS, speed);
    visitor.show(atS, speed, playing);
    score.show(atS);
    controls.show(atS, playing);
    const count = requestsPerDot(VISITORS_PER_S, speed);
    setText(dots, count > 1 && !motion.matches ? fill(words, "dots", { count }) : "");
    save(playing);
  }

  function showState(state) {
    stage.show(state);
    stage.showElapsed(state.at_s);
    traffic.showWires(state);
    header.show(state);
    setText(narrator, told(words, trace.story[state.story]));
    setAttribute(narrator, "data-kind", kindOf(trace, state));
  }

  const changes = changeMoments(trace);
  const stateKey = (atS) => placeAt(changes, atS, (moment) => moment);

  function relayout() {
    if (!score.element.clientWidth) return;
    score.layout(score.element.clientWidth);
    traffic.measure();
    recolor();
  }

  function recolor() {
    traffic.readColors();
    visitor.redraw();
    told_ = null;
    show(playback.state.atS, playback.state.playing);
  }

  const save = createSaver(model, playback, signal);
  const resized = new ResizeObserver(relayout);
  const themed = new MutationObserver(recolor);
  signal.addEventListener("abort", () => {
    resized.disconnect();
    themed.disconnect();
  });
  motion.addEventListener("change", recolor, { signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor, { signal });
  listenToKeys(root, trace, playback, signal);
  followModel(model, playback, signal);
  playback.seek(kept.atS);
  resized.observe(main);
  resized.observe(score.element);
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  if (kept.playing) playback.play();
  return playback;
}

/** Every moment at which something in the picture may change, apart from seconds passing. */
function changeMoments(trace) {
  const found = new Set(trace.story.map((row) => row.at_s));
  for (const instance of trace.instances) {
    for (const rows of [instance.machine, instance.target, instance.health, instance.answers]) {
      for (const row of rows) found.add(row.at_s);
    }
    for (const event of instance.lifecycle) found.add(event.from_s ?? event.to_s).add(event.to_s ?? event.from_s);
    for (const [fromS, toS] of instance.in_service) found.add(fromS).add(toS);
  }
  for (const row of trace.deployment.statuses) found.add(row.at_s);
  return [...found].sort((a, b) => a - b);
}

function kindOf(trace, state) {
  const keys = trace.story[state.story]?.sentences.map((sentence) => sentence.key) ?? [];
  if (keys.some((key) => /failed|Failed|waiting|unhealthy|fail_open|none/.test(key))) return "trouble";
  return keys.includes("deployment_Succeeded") ? "success" : null;
}

function createHeader(trace, words) {
  const { id, group, version, config } = trace.deployment;
  const status = html("span", { class: "lt-status" });
  const what = fill(words, "to", { version: trace.versions[version].word, group });
  const element = html("header", {}, html("h2", {}, what), html("span", { class: "lt-sub" }, `${id} · ${config}`), status);
  const show = (state) => {
    setText(status, state.status);
    setAttribute(status, "data-status", state.status);
  };
  return { element, show };
}

/** Tells the kernel where the playhead is: when it rests, and not for every frame. */
function createSaver(model, playback, signal) {
  let timer = 0;
  let saved = null;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (playing) => {
    const { atS, speed } = playback.state;
    const now = `${atS}/${speed}/${playing}`;
    if (now === saved || (playing && saved?.endsWith("true"))) return;
    saved = now;
    clearTimeout(timer);
    timer = setTimeout(() => {
      model.set({ playhead_s: playback.state.atS, speed: playback.state.speed, playing: playback.state.playing });
      model.save_changes();
    }, SAVE_AFTER_MS);
  };
}

/** Does what the kernel says: `theater.playhead_s = 120`, `theater.playing = True`. */
function followModel(model, playback, signal) {
  const follow = {
    "change:playhead_s": () => {
      if (!playback.state.playing && model.get("playhead_s") !== playback.state.atS) playback.seek(model.get("playhead_s"));
    },
    "change:speed": () => {
      if (model.get("speed") !== playback.state.speed) playback.setSpeed(model.get("speed"));
    },
    "change:playing": () => {
      if (model.get("playing") !== playback.state.playing) playback.toggle();
    },
  };
  for (const [name, action] of Object.entries(follow)) {
    model.on(name, action);
    signal.addEventListener("abort", () => model.off(name, action));
  }
}
