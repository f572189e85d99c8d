import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { createPlayback } from "../../labkit/view/js/playback.js";

const trace = { from_s: 80, to_s: 200, story: [{ at_s: 80 }, { at_s: 100 }, { at_s: 150 }] };
let frames;
let still;
let seen;
let life;

function start(more) {
  const changed = (atS, playing) => seen.push([atS, playing]);
  return createPlayback({ trace, speed: 10, still: () => still, changed, signal: life.signal, more });
}

/** Lets frames come at these moments (ms). */
function run(...moments) {
  for (const now of moments) {
    const due = [...frames.values()];
    frames.clear();
    for (const frame of due) frame(now);
  }
}

beforeEach(() => {
  frames = new Map();
  still = false;
  seen = [];
  life = new AbortController();
  let last = 0;
  globalThis.requestAnimationFrame = (frame) => (frames.set((last += 1), frame), last);
  globalThis.cancelAnimationFrame = (id) => frames.delete(id);
});

test("speed is lab seconds for each second of the person watching", () => {
  const playback = start();
  playback.play();
  run(1000, 1100, 1200);
  assert.equal(playback.state.atS, 82);
});

test("a long gap between frames is not played", () => {
  const playback = start();
  playback.play();
  run(1000, 61_000);
  assert.equal(playback.state.atS, 80);
});

test("paused, nothing is left to run", () => {
  const playback = start();
  playback.play();
  playback.pause();
  assert.equal(frames.size, 0);
  assert.deepEqual(seen.at(-1), [80, false]);
});

test("taken down while playing, nothing is left to run", () => {
  start().play();
  life.abort();
  assert.equal(frames.size, 0);
});

test("it stops at the end, and playing again begins anew", () => {
  const playback = start();
  playback.seek(199.5);
  playback.play();
  run(0, 400);
  assert.deepEqual([playback.state.atS, playback.state.playing, frames.size], [200, false, 0]);
  playback.toggle();
  assert.deepEqual([playback.state.atS, playback.state.playing], [80, true]);
});

test("seeking stays within the trace", () => {
  const playback = start();
  playback.seek(-5);
  assert.equal(playback.state.atS, 80);
  playback.seek(5000);
  assert.equal(playback.state.atS, 200);
});

test("steps go from event to event and end at the edges", () => {
  const playback = start();
  const moments = [1, 1, 1, 1, -1, -1, -1, -1].map((direction) => (playback.step(direction), playback.state.atS));
  assert.deepEqual(moments, [100, 150, 200, 200, 150, 100, 80, 80]);
});

test("with reduced motion it goes event by event instead of gliding", () => {
  still = true;
  const playback = start();
  playback.play();
  run(0, 400, 800);
  assert.equal(playback.state.atS, 100);
  run(1200, 1600, 2000, 2400);
  assert.equal(playback.state.atS, 150);
});

test("where more may come it waits at the end, and stops there once none will", () => {
  let running = true;
  const playback = start(() => running);
  playback.seek(199.5);
  playback.play();
  run(0, 400, 800);
  assert.deepEqual([playback.state.atS, playback.state.playing], [200, true]);
  running = false;
  run(1200);
  assert.deepEqual([playback.state.atS, playback.state.playing], [200, false]);
});

test("named moments are gone to one by one", () => {
  trace.moments = [{ at_s: 120 }, { at_s: 180 }];
  const playback = start();
  assert.deepEqual([1, 1, 1, -1].map((direction) => (playback.jump(direction), playback.state.atS)), [120, 180, 200, 180]);
});
