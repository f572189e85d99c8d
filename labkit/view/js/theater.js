// The theater as an anywidget: puts the parts together, keeps them in time, and takes everything down again.

import { createControls } from "./controls.js";
import { createBreaking, createHelp } from "./dialogs.js";
import { html, mark, setAttribute, setText, setVersionColors } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { createLegend } from "./legend.js";
import { createSaver, followModel } from "./model.js";
import { createPlayback } from "./playback.js";
import { placeAt, segments, stateAt } from "./replay.js";
import { createScore } from "./score.js";
import { createScreen } from "./screen.js";
import { createStage } from "./stage.js";
import { createLayers, createTraffic, requestsPerDot } from "./traffic.js";
import { createVisitor } from "./visitor.js";
import { fill, told } from "./words.js";

/** How far before the end of what is known a living lab is asked to go on, in seconds of the person watching. */
const LOOK_AHEAD_S = 1;

/** So much is asked for at a time: in seconds of the person watching, and at least in lab seconds. */
const CHUNK_S = 3;
const LEAST_CHUNK_S = 10;

/** So long an answer is waited for. */
const PATIENCE_MS = 15_000;

/**
 * anywidget's entry: draws into `el` until the returned function is called. Another trace is taken over at the same
 * moment, speed and pace, and a focus stays where it was; other words draw everything anew.
 */
export function render({ model, el }) {
  let house = null;
  let playback = null;
  const build = () => {
    const kept = playback?.state ?? { atS: model.get("playhead_s"), speed: model.get("speed"), playing: model.get("playing") };
    house?.life.abort();
    house = createHouse(model);
    el.replaceChildren(house.root);
    playback = house.perform(kept);
  };
  // A trace and what belongs to it arrive in one message and are told of one by one: once is enough.
  let due = false;
  const goOn = () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      if (!house.life.signal.aborted) playback = house.perform({ ...playback.state });
    });
  };
  build();
  model.on("change:words", build);
  model.on("change:trace change:live change:rate_per_s", goOn);
  // Only a kernel that is there answers, and says what can be done to its lab.
  if (!model.get("live").faults) model.send({ kind: "live" });
  return () => {
    model.off("change:words", build);
    model.off("change:trace change:live change:rate_per_s", goOn);
    house.life.abort();
    el.replaceChildren();
  };
}

/** What stays while traces come and go: the visitor's window, the narrator, full screen, and places for the rest. */
function createHouse(model) {
  const words = model.get("words");
  const life = new AbortController();
  const visitor = createVisitor(words, life.signal);
  const layers = createLayers();
  const narrator = html("p", { class: "lt-narrator", role: "status", "aria-live": "polite" });
  const said = html("p", { class: "lt-said", role: "status", "aria-live": "polite" });
  const [above, stage, below, over] = ["lt-above", "lt-place", "lt-below", "lt-over"].map((name) => html("div", { class: name }));
  const main = html("div", { class: "lt-main" }, layers.wires, visitor.element, stage, layers.canvas);
  const root = html("section", { class: "labkit-theater", tabindex: "0", lang: words.language, "data-lm-suppress-shortcuts": "true" }, above, main, narrator, said, below, over);
  const house = { root, main, visitor, layers, narrator, said, places: { above, stage, below, over }, life };
  house.screen = createScreen(root, (full) => house.fullChanged?.(full), life.signal);
  let act = new AbortController();
  life.signal.addEventListener("abort", () => act.abort());

  house.perform = (kept) => {
    const focused = root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    act.abort();
    act = new AbortController();
    const playback = perform(model, words, house, kept, act.signal);
    if (focused) root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    return playback;
  };
  return house;
}

/** Shows a trace in the house, at the moment and speed `kept` names; returns its playback. */
function perform(model, words, house, kept, signal) {
  const { root, main, visitor, narrator, said, places, screen } = house;
  const [trace, live, ratePerS] = [model.get("trace"), model.get("live"), model.get("rate_per_s")];
  const cut = segments(trace);
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  const pass = (seconds) => model.send({ kind: "advance", seconds });
  const playback = createPlayback({
    trace, speed: kept.speed, still: () => motion.matches, changed: show, signal, more: createMore(trace, live, pass),
  });
  const breaking = createBreaking(words, live, (fault, instance) => model.send({ kind: "inject", fault, instance }));
  const help = createHelp(words);
  const stage = createStage(trace, words, live.faults?.length ? breaking.open : null);
  const score = createScore(trace, words, (atS) => playback.seek(atS), signal);
  const controls = createControls({ trace, words, playback, live, pass, screen, help, signal });
  const header = createHeader(trace, words);
  const dots = html("p", { class: "lt-scale", "aria-hidden": "true" });
  const footer = html("footer", {}, createLegend(trace, words, mark), dots);
  setAttribute(root, "aria-label", fill(words, "title", { deployment: trace.deployment.id }));
  setVersionColors(root, trace.versions);
  setText(said, live.said ?? "");
  places.above.replaceChildren(header.element);
  places.stage.replaceChildren(stage.element);
  places.below.replaceChildren(controls.row, controls.slider, score.element, footer);
  places.over.replaceChildren(breaking.element, help.element);
  visitor.play(trace, cut, ratePerS);
  const traffic = createTraffic({ trace, cut, ratePerS, main, layers: house.layers, window: visitor.window, stage });
  const changes = changeMoments(trace);
  let shown = null;
  let second = null;

  function show(atS, playing) {
    const { speed } = playback.state;
    const place = placeAt(changes, atS, (moment) => moment);
    if (place !== shown) {
      shown = place;
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
    const count = requestsPerDot(trace, ratePerS, speed);
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

  function relayout() {
    if (!score.element.clientWidth) return;
    score.layout(score.element.clientWidth);
    traffic.measure();
    recolor();
  }

  function recolor() {
    traffic.readColors();
    shown = null;
    show(playback.state.atS, playback.state.playing);
    visitor.redraw();
  }

  const save = createSaver(model, playback, signal);
  const resized = new ResizeObserver(relayout);
  const themed = new MutationObserver(recolor);
  signal.addEventListener("abort", () => {
    resized.disconnect();
    themed.disconnect();
  });
  house.fullChanged = (full) => {
    controls.showFull(full);
    relayout();
  };
  motion.addEventListener("change", recolor, { signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor, { signal });
  listenToKeys(root, { trace, playback, controls, visitor, screen, help }, signal);
  followModel(model, playback, signal);
  controls.showFull(screen.full());
  playback.seek(kept.atS);
  for (const element of [main, score.element]) resized.observe(element);
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  if (kept.playing) playback.play();
  return playback;
}

/**
 * Asks a living lab to go on, once for each trace, when what is known of a running deployment comes to its end. Where
 * nobody answers (a notebook that is shown without its kernel) the end is the end after a while.
 */
function createMore(trace, live, pass) {
  let askedMs = null;
  return (atS, speed) => {
    if (!live.running) return false;
    if (askedMs === null && atS + LOOK_AHEAD_S * speed >= trace.to_s) {
      askedMs = performance.now();
      pass(Math.max(LEAST_CHUNK_S, CHUNK_S * speed));
    }
    return askedMs === null || performance.now() - askedMs < PATIENCE_MS;
  };
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
