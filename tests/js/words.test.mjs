import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, fill, span, told } from "../../labkit/view/js/words.js";

const words = { and: "and", more: "{count} more", done: "{instances} finished: {version}.", plain: "Nothing." };
const trace = { lab_start: "2026-03-02T09:00:00+00:00" };

test("lists read as people say them", () => {
  const said = [["a"], ["a", "b"], ["a", "b", "c"]].map((instances) => fill(words, "done", { instances, version: "v2" }));
  assert.deepEqual(said, ["a finished: v2.", "a and b finished: v2.", "a, b and c finished: v2."]);
});

test("of many names the first few are said", () => {
  const instances = Array.from({ length: 25 }, (_, i) => `w${i + 1}`);
  assert.equal(fill(words, "done", { instances, version: "v2" }), "w1, w2, w3 and 22 more finished: v2.");
});

test("what fills a gap is taken as it is, dollar signs too", () => {
  assert.equal(fill(words, "done", { instances: "$& $1", version: "{x}" }), "$& $1 finished: {x}.");
});

test("a row of the story is told in one breath, and no row tells nothing", () => {
  const row = { sentences: [{ key: "plain", gaps: {} }, { key: "done", gaps: { instances: ["w"], version: "v1" } }] };
  assert.equal(told(words, row), "Nothing. w finished: v1.");
  assert.equal(told(words, undefined), "");
});

test("lab time is shown as a time of day, with seconds or without", () => {
  assert.equal(clock(trace, 271.9), "09:04:31");
  assert.equal(clock(trace, 271.9, 2), "09:04");
  assert.equal(clock(trace, 86400 - 9 * 3600), "00:00:00");
});

test("spans name their units", () => {
  assert.deepEqual([0, 59.9, 60, 125].map((seconds) => span({ seconds: "{seconds} s", minutes: "{minutes} min {seconds} s" }, seconds)), ["0 s", "59 s", "1 min 0 s", "2 min 5 s"]);
});
