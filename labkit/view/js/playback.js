// Time in the theater: playing, pausing and seeking. It knows the trace's edges and moments, not the picture.

import { neighbour } from "./replay.js";

/** A gap between two frames longer than this, in ms, is not played: the page was hidden or the computer slept. */
const LONGEST_FRAME_MS = 500;

/** With reduced motion, how long each event stays, in ms. */
const STEP_MS = 1800;

/**
 * Time that runs. `changed(atS, playing)` is called whenever either changes.
 * `still()` says whether motion is to be reduced: then it goes from event to event. `more(atS, speed)` is asked while
 * it plays; true says that the trace will go on, so that its end is waited at and not stopped at.
 */
export function createPlayback({ trace, speed, still, changed, signal, more = () => false }) {
  const state = { atS: trace.from_s, playing: false, speed };
  let frame = 0;
  let before = null;
  let waited = 0;

  const clamp = (atS) => Math.min(trace.to_s, Math.max(trace.from_s, atS));
  const tell = () => changed(state.atS, state.playing);

  function tick(now) {
    frame = requestAnimationFrame(tick);
    const passed = before === null ? 0 : now - before;
    before = now;
    if (passed <= 0 || passed > LONGEST_FRAME_MS) return;
    if (still()) step(passed);
    else state.atS = clamp(state.atS + (passed / 1000) * state.speed);
    if (!more(state.atS, state.speed) && state.atS >= trace.to_s) pause();
    else tell();
  }

  function step(passed) {
    waited += passed;
    if (waited < STEP_MS) return;
    waited = 0;
    state.atS = neighbour(trace, trace.story, state.atS, 1);
  }

  function play() {
    if (state.playing) return;
    if (state.atS >= trace.to_s && !more(state.atS, state.speed)) state.atS = trace.from_s;
    state.playing = true;
    before = null;
    waited = STEP_MS;
    frame = requestAnimationFrame(tick);
    tell();
  }

  function pause() {
    cancelAnimationFrame(frame);
    state.playing = false;
    tell();
  }

  function seek(atS) {
    state.atS = clamp(atS);
    tell();
  }

  signal.addEventListener("abort", () => cancelAnimationFrame(frame));

  return {
    state,
    play,
    pause,
    toggle: () => (state.playing ? pause() : play()),
    seek,
    step: (direction) => seek(neighbour(trace, trace.story, state.atS, direction)),
    jump: (direction) => seek(neighbour(trace, trace.moments, state.atS, direction)),
    setSpeed: (value) => {
      state.speed = value;
      tell();
    },
  };
}
