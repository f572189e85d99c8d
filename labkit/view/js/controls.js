// Buttons, the named moments, speed, and the slider.

import { html, setAttribute, setText, svg } from "./dom.js";
import { clock, fill } from "./words.js";

/** Lab seconds for each second of the person watching. */
export const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

const MINUTE_S = 60;

const ICONS = {
  play: "M7 4.5V19.5L19.5 12Z",
  pause: "M6.5 5H10V19H6.5ZM14 5H17.5V19H14Z",
  previous: "M6 5H8.5V19H6ZM19 5V19L9.5 12Z",
  next: "M15.5 5H18V19H15.5ZM5 5L14.5 12L5 19Z",
  full_screen: "M4 4H10V6.2H6.2V10H4ZM14 4H20V10H17.8V6.2H14ZM4 14H6.2V17.8H10V20H4ZM17.8 14H20V20H14V17.8H17.8Z",
  keys: "M3 6H21V18H3ZM5 8V10H7V8ZM9 8V10H11V8ZM13 8V10H15V8ZM17 8V10H19V8ZM5 14V16H7V14ZM9 14V16H15V14ZM17 14V16H19V14Z",
};

function icon(name) {
  const shape = svg("path", { d: ICONS[name], "fill-rule": "evenodd" });
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, shape);
}

/**
 * Builds the controls over a playback; `show(atS, playing)` keeps them up to date. `live`: see `createBreaking`;
 * `pass(seconds)` lets lab time pass.
 */
export function createControls({ trace, words, playback, live, pass, screen, help, signal }) {
  const button = (name, action, ...content) => {
    const made = html("button", { type: "button", "aria-label": words[name], title: words[name], class: `lt-${name}`, "data-key": name }, ...content);
    made.addEventListener("click", action, { signal });
    return made;
  };
  const playIcon = icon("play");
  const playWord = html("span", {}, words.play);
  const play = button("play", () => playback.toggle(), playIcon, playWord);
  const previous = button("previous", () => playback.step(-1), icon("previous"));
  const next = button("next", () => playback.step(1), icon("next"));
  const time = html("time", { class: "lt-clock" });
  const speed = speedMenu(words, playback, signal);
  const slider = html("input", { type: "range", class: "lt-slider", min: trace.from_s, max: trace.to_s, step: 0.1, "aria-label": words.time, "data-key": "time" });
  slider.addEventListener("input", () => playback.seek(Number(slider.value)), { signal });
  const moments = trace.moments.map((moment) => momentButton(moment, playback, words, signal));
  const minute = live.running ? [button("let_pass", () => pass(MINUTE_S), words.let_pass)] : [];
  const full = button("full_screen", () => screen.toggle(), icon("full_screen"));
  const row = html(
    "div",
    { class: "lt-controls" },
    previous, play, next, time,
    html("span", { class: "lt-moments" }, ...moments, ...minute),
    html("label", { class: "lt-speed" }, words.speed, speed),
    button("keys", () => help.open(), icon("keys")), full,
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

  function showFull(isFull) {
    const name = words[isFull ? "leave_full_screen" : "full_screen"];
    setAttribute(full, "aria-label", name);
    setAttribute(full, "title", name);
  }

  function faster(direction) {
    const beyond = direction > 0 ? SPEEDS.find((value) => value > playback.state.speed) : SPEEDS.findLast((value) => value < playback.state.speed);
    if (beyond !== undefined) playback.setSpeed(beyond);
  }

  return { row, slider, show, showFull, faster };
}

function speedMenu(words, playback, signal) {
  const offered = [...new Set([...SPEEDS, playback.state.speed])].sort((a, b) => a - b);
  const menu = html("select", { "aria-label": words.speed, "data-key": "speed" }, ...offered.map((value) => html("option", { value }, `${value}×`)));
  menu.addEventListener("change", () => playback.setSpeed(Number(menu.value)), { signal });
  return menu;
}

function momentButton(moment, playback, words, signal) {
  const made = html("button", { type: "button", "data-key": moment.key }, fill(words, moment.key, moment.gaps));
  made.addEventListener("click", () => {
    playback.pause();
    playback.seek(moment.at_s);
  }, { signal });
  return made;
}
