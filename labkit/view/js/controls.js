// Buttons, speed, the slider, and the keys that do the same.

import { html, setAttribute, setText, svg } from "./dom.js";
import { clock, fill } from "./words.js";

export const SPEEDS = [1, 2, 5, 10, 20, 50, 100];

const ICONS = {
  play: "M7 4.5V19.5L19.5 12Z",
  pause: "M6.5 5H10V19H6.5ZM14 5H17.5V19H14Z",
  previous: "M6 5H8.5V19H6ZM19 5V19L9.5 12Z",
  next: "M15.5 5H18V19H15.5ZM5 5L14.5 12L5 19Z",
};

function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

/** Builds the controls over a playback; `show(atS, playing)` keeps them up to date. */
export function createControls(trace, words, playback, signal) {
  const button = (name, action, ...content) => {
    const made = html("button", { type: "button", "aria-label": words[name], title: words[name], class: `lt-${name}` }, ...content);
    made.addEventListener("click", action, { signal });
    return made;
  };
  const playIcon = icon("play");
  const playWord = html("span", {}, words.play);
  const play = button("play", () => playback.toggle(), playIcon, playWord);
  const previous = button("previous", () => playback.step(-1), icon("previous"));
  const next = button("next", () => playback.step(1), icon("next"));
  const time = html("time", { class: "lt-clock" });
  const speed = html("select", { "aria-label": words.speed }, ...SPEEDS.map((value) => html("option", { value }, `${value}×`)));
  speed.addEventListener("change", () => playback.setSpeed(Number(speed.value)), { signal });
  const slider = html("input", { type: "range", class: "lt-slider", min: trace.from_s, max: trace.to_s, step: 0.1, "aria-label": words.time });
  slider.addEventListener("input", () => playback.seek(Number(slider.value)), { signal });
  const moments = trace.moments.map((moment) => momentButton(moment, playback, words, signal));
  const row = html(
    "div",
    { class: "lt-controls" },
    previous, play, next, time,
    html("span", { class: "lt-moments" }, ...moments),
    html("label", { class: "lt-speed" }, words.speed, speed),
  );

  function show(atS, playing) {
    setAttribute(playIcon.firstChild, "d", ICONS[playing ? "pause" : "play"]);
    setText(playWord, playing ? words.pause : words.play);
    setAttribute(play, "aria-label", playing ? words.pause : words.play);
    setAttribute(play, "title", playing ? words.pause : words.play);
    setText(time, clock(trace, atS));
    slider.value = atS;
    slider.style.setProperty("--lt-done", (atS - trace.from_s) / (trace.to_s - trace.from_s));
    setAttribute(slider, "aria-valuetext", clock(trace, atS));
    const choice = String(playback.state.speed);
    if (speed.value !== choice) speed.value = choice;
  }

  return { row, slider, show };
}

function momentButton(moment, playback, words, signal) {
  const made = html("button", { type: "button" }, fill(words, moment.key, moment.gaps));
  made.addEventListener("click", () => {
    playback.pause();
    playback.seek(moment.at_s);
  }, { signal });
  return made;
}

/** Space plays, arrows go from event to event, Home and End to the edges; a menu or a button keeps its own keys. */
export function listenToKeys(root, trace, playback, signal) {
  const actions = {
    " ": () => playback.toggle(),
    ArrowLeft: () => playback.step(-1),
    ArrowRight: () => playback.step(1),
    Home: () => playback.seek(trace.from_s),
    End: () => playback.seek(trace.to_s),
  };
  root.addEventListener("keydown", (event) => {
    const own = event.target.closest("select") || (event.key === " " && event.target.closest("button"));
    const action = actions[event.key];
    if (!action || own || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key !== " ") playback.pause();
    action();
  }, { signal });
}
