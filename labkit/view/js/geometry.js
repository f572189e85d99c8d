// Where things stand and move, as pure arithmetic: places in, places out; nothing here touches the page.

/** The point a share `along` (0 to 1) of the way through the corners, by length. */
export function pointAlong(corners, along) {
  const lengths = corners.slice(1).map((corner, i) => Math.hypot(corner.x - corners[i].x, corner.y - corners[i].y));
  let left = Math.min(1, Math.max(0, along)) * lengths.reduce((sum, length) => sum + length, 0);
  for (let i = 0; i < lengths.length; i += 1) {
    if (left <= lengths[i] && lengths[i] > 0) {
      const share = left / lengths[i];
      const [a, b] = [corners[i], corners[i + 1]];
      return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
    }
    left -= lengths[i];
  }
  return corners.at(-1);
}

/** How far above its lower edge the load balancer's lane runs: requests travel there, clear of its text. */
export const LANE = 13;

/**
 * The way from the load balancer to a card: down the gutter left of the card, then into it.
 * Boxes have `left`, `top`, `width`, `height`; `gutter` is how far left of the card the wire runs.
 */
export function wire(balancer, card, gutter) {
  const x = card.left - gutter;
  const y = card.top + Math.min(card.height / 2, 26);
  return [{ x, y: laneOf(balancer) }, { x, y }, { x: card.left, y }];
}

/** The way from the visitor's window into the lane: across if they stand side by side, else down the right edge. */
export function approach(window, balancer, gutter) {
  const lane = laneOf(balancer);
  const right = window.left + window.width;
  if (balancer.left >= right) return [{ x: right, y: lane }, { x: balancer.left + LANE, y: lane }];
  const y = window.top + 17;
  const end = balancer.left + balancer.width - LANE;
  return [{ x: right, y }, { x: right + gutter, y }, { x: right + gutter, y: lane }, { x: end, y: lane }];
}

function laneOf(balancer) {
  return balancer.top + balancer.height - LANE;
}

/** The ticks of a time axis: at most `most`, at round times. */
export function ticks(fromS, toS, most) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
  const step = steps.find((s) => (toS - fromS) / s <= most) ?? steps.at(-1);
  const found = [];
  for (let at = Math.ceil(fromS / step) * step; at <= toS; at += step) found.push(at);
  return { step, found };
}

/** How much a card can say: `full` up to 8 instances, `compact` up to 16, `dense` up to 80, then `crowd`. */
export function density(size) {
  if (size <= 8) return "full";
  if (size <= 16) return "compact";
  return size <= 80 ? "dense" : "crowd";
}

// A step by the golden ratio falls in rhythm with no number of servers.
const GOLDEN = 0.618033988749895;

/** Which of the requests in block `block` of `size` is drawn: another place in each block, so that all servers show. */
export function drawnOf(block, size) {
  return block * size + Math.floor(((block * GOLDEN) % 1) * size);
}
