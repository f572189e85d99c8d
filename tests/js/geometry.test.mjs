import assert from "node:assert/strict";
import { test } from "node:test";
import { approach, density, drawnOf, pointAlong, ticks, wire } from "../../labkit/view/js/geometry.js";

const balancer = { left: 100, top: 10, width: 400, height: 50 };
const corners = [{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 10, y: 30 }];

test("a dot begins at the first corner and ends at the last", () => {
  assert.deepEqual(pointAlong(corners, 0), { x: 0, y: 0 });
  assert.deepEqual(pointAlong(corners, 1), { x: 10, y: 30 });
});

test("a dot moves at an even pace around corners", () => {
  assert.deepEqual(pointAlong(corners, 0.25), { x: 10, y: 0 });
  assert.deepEqual(pointAlong(corners, 0.5), { x: 10, y: 10 });
});

test("a share beyond the ends stays at the ends", () => {
  assert.deepEqual(pointAlong(corners, -1), { x: 0, y: 0 });
  assert.deepEqual(pointAlong(corners, 7), { x: 10, y: 30 });
});

test("a wire runs down the gutter and into its card, never across another", () => {
  const way = wire(balancer, { left: 200, top: 120, width: 150, height: 90 }, 15);
  assert.deepEqual(way.map(({ x }) => x), [185, 185, 200]);
  assert.ok(way.every(({ y }, i) => i === 0 || y >= way[i - 1].y));
});

test("visitors come from the side when the window stands beside the load balancer", () => {
  const way = approach({ left: 0, top: 0, width: 80, height: 60 }, balancer, 10);
  assert.equal(way.length, 2);
  assert.equal(way[0].y, way[1].y);
});

test("visitors come round the right edge when the window stands above", () => {
  const way = approach({ left: 100, top: -200, width: 400, height: 150 }, balancer, 10);
  assert.ok(way.slice(1, 3).every(({ x }) => x === 510));
  assert.ok(way.at(-1).x < balancer.left + balancer.width);
});

test("ticks are round, inside, and never more than asked for", () => {
  for (const [from, to, most] of [[80, 459.6, 12], [0, 3600, 8], [13, 14, 5], [0, 86400, 6]]) {
    const { step, found } = ticks(from, to, most);
    assert.ok(found.length <= most + 1 && found.every((at) => at >= from && at <= to && at % step === 0), `${from} ${to}`);
  }
});

test("cards say less the more of them there are", () => {
  assert.deepEqual([1, 8, 9, 16, 17, 80, 81].map(density), ["full", "full", "compact", "compact", "dense", "dense", "crowd"]);
});

test("drawing one of several requests still shows every server", () => {
  for (const servers of [2, 3, 4, 5, 8]) {
    for (const size of [1, 2, 4, 6, 12]) {
      const shown = new Set(Array.from({ length: 200 }, (_, block) => drawnOf(block, size) % servers));
      assert.equal(shown.size, servers, `${servers} servers, one of ${size} drawn`);
    }
  }
});

test("each block of requests has exactly one that is drawn", () => {
  for (let block = 0; block < 50; block += 1) assert.equal(Math.floor(drawnOf(block, 7) / 7), block);
});
