// What a trace says about a moment. The twin of labkit/view/replay.py: the same arithmetic in the same
// order, so that both agree exactly (a test runs both on the same traces).

export const NOBODY = -1;
export const ERRORS = -1;

const UNAVAILABLE = 503;
const BAD_GATEWAY = 502;
const LETTERS = { Pending: ".", InProgress: ">", Succeeded: "+", Failed: "!", Skipped: "-", Unknown: "?" };

/** The place of the last of the sorted `rows` whose moment is not after `atS`; -1 before the first. */
export function placeAt(rows, atS, momentOf = (row) => row.at_s) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (momentOf(rows[middle]) <= atS) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The trace's time cut wherever somebody's answer, or who is asked, changes. */
export function segments(trace) {
  const found = new Set([trace.from_s, trace.to_s]);
  for (const instance of trace.instances) {
    for (const [fromS, toS] of instance.in_service) found.add(fromS).add(toS);
    for (const row of instance.answers) found.add(row.at_s);
  }
  const edges = [...found].filter((edge) => trace.from_s <= edge && edge <= trace.to_s).sort((a, b) => a - b);
  const serving = edges.map(() => []);
  trace.instances.forEach((instance, place) => serve(trace, instance, place, edges, serving));
  const nobody = { instance: NOBODY, version: trace.unavailable, status: UNAVAILABLE };
  return edges.slice(0, -1).map((fromS, i) => ({
    from_s: fromS,
    to_s: edges[i + 1],
    servers: serving[i].length ? serving[i] : [nobody],
  }));
}

// Adds an instance to the servers of each edge at which it is in service, with its answer from there on.
function serve(trace, instance, place, edges, serving) {
  const refused = trace.target_group === null ? 0 : BAD_GATEWAY;
  for (const [fromS, toS] of instance.in_service) {
    for (let edge = edges.indexOf(fromS); edge < edges.length && edges[edge] < toS; edge += 1) {
      const row = answerAt(instance, edges[edge]);
      const version = row ? row.version : trace.refused;
      serving[edge].push({ instance: place, version, status: row?.status ?? refused });
    }
  }
}

/** Whether the instance gets requests at this moment; at the trace's very end, whether it did until then. */
export function serves(trace, instance, atS) {
  return instance.in_service.some(([fromS, toS]) => (fromS <= atS && atS < toS) || (atS === toS && toS === trace.to_s));
}

/** What the instance answers at this moment, undefined before anything is known. */
export function answerAt(instance, atS) {
  return instance.answers[placeAt(instance.answers, atS)];
}

/** The number of the first request at or after `atS`. */
export function firstRequest(trace, ratePerS, atS) {
  let number = Math.max(0, Math.floor((atS - trace.from_s) * ratePerS));
  while (requestMomentS(trace, ratePerS, number) < atS) number += 1;
  while (number > 0 && requestMomentS(trace, ratePerS, number - 1) >= atS) number -= 1;
  return number;
}

/** When request `number` is made. */
export function requestMomentS(trace, ratePerS, number) {
  return trace.from_s + number / ratePerS;
}

/** Who answers request `number`, and with what; null outside the trace's time. `cut` is `segments(trace)`. */
export function answerNumber(trace, cut, ratePerS, number) {
  const atS = requestMomentS(trace, ratePerS, number);
  const segment = cut[placeAt(cut, atS, (s) => s.from_s)];
  if (number < 0 || !segment || atS >= segment.to_s) return null;
  return { number, at_s: atS, ...segment.servers[number % segment.servers.length] };
}

/** Every answer to the visitors from `fromS` until just before `toS`, oldest first. */
export function answers(trace, ratePerS, fromS, toS) {
  const found = [];
  for (const segment of segments(trace)) {
    const [first, end] = numbers(trace, ratePerS, segment, fromS, toS);
    for (let number = first; number < end; number += 1) {
      const server = segment.servers[number % segment.servers.length];
      found.push({ number, at_s: requestMomentS(trace, ratePerS, number), ...server });
    }
  }
  return found;
}

/** The newest answers given before `atS`, at most `most` of them, oldest first. `cut` is `segments(trace)`. */
export function lastAnswers(trace, cut, ratePerS, atS, most) {
  const end = firstRequest(trace, ratePerS, atS);
  const found = [];
  for (let number = Math.max(0, end - most); number < end; number += 1) {
    const answer = answerNumber(trace, cut, ratePerS, number);
    if (answer) found.push(answer);
  }
  return found;
}

/** What a visitor gets who refreshes the page `times` times while time stands still at `atS`: the servers in turn. */
export function refreshed(trace, cut, ratePerS, atS, times) {
  const segment = cut[placeAt(cut, atS, (s) => s.from_s)];
  if (!segment || atS >= segment.to_s) return [];
  const first = firstRequest(trace, ratePerS, atS);
  return Array.from({ length: times }, (_, i) => {
    const server = segment.servers[(first + i) % segment.servers.length];
    return { number: first + i, at_s: atS, ...server };
  });
}

/** How many answers of each version the visitors got, by arithmetic: its cost does not depend on the rate. */
export function counts(trace, ratePerS, fromS, toS) {
  const found = {};
  for (const segment of segments(trace)) {
    const [first, end] = numbers(trace, ratePerS, segment, fromS, toS);
    const size = segment.servers.length;
    segment.servers.forEach((server, place) => {
      const count = Math.floor((end - 1 - place) / size) - Math.floor((first - 1 - place) / size);
      if (count > 0) found[server.version] = (found[server.version] ?? 0) + count;
    });
  }
  return found;
}

function numbers(trace, ratePerS, segment, fromS, toS) {
  const startS = Math.max(segment.from_s, fromS);
  const endS = Math.min(segment.to_s, toS);
  if (startS >= endS) return [0, 0];
  return [firstRequest(trace, ratePerS, startS), firstRequest(trace, ratePerS, endS)];
}

/** From when to when, which share (0 to 1) of the answers each version had; errors count under ERRORS. */
export function shares(trace) {
  const found = [];
  for (const segment of segments(trace)) {
    const share = shareOf(trace, segment);
    const last = found.at(-1);
    if (last && JSON.stringify(last[2]) === JSON.stringify(share)) last[1] = segment.to_s;
    else found.push([segment.from_s, segment.to_s, share]);
  }
  return found;
}

function shareOf(trace, segment) {
  const count = {};
  for (const { version } of segment.servers) {
    const place = trace.versions[version].kind === "error" ? ERRORS : version;
    count[place] = (count[place] ?? 0) + 1;
  }
  const places = Object.keys(count).sort((a, b) => a - b);
  return Object.fromEntries(places.map((place) => [place, count[place] / segment.servers.length]));
}

/** From when to when how many instances were healthy, without a gap. */
export function healthyHosts(trace) {
  const steps = new Map([[trace.from_s, 0], [trace.to_s, 0]]);
  for (const instance of trace.instances) {
    let before = false;
    for (const atS of healthMoments(trace, instance)) {
      const now = healthy(trace, instanceAt(trace, instance, atS));
      if (now !== before) steps.set(atS, (steps.get(atS) ?? 0) + (now ? 1 : -1));
      before = now;
    }
  }
  const edges = [...steps.keys()].sort((a, b) => a - b);
  const found = [];
  let count = 0;
  edges.slice(0, -1).forEach((fromS, place) => {
    count += steps.get(fromS);
    if (found.length && found.at(-1)[2] === count) found.at(-1)[1] = edges[place + 1];
    else found.push([fromS, edges[place + 1], count]);
  });
  return found;
}

function healthMoments(trace, instance) {
  const rows = [...instance.health, ...instance.machine, ...instance.target];
  const inside = rows.map((row) => row.at_s).filter((atS) => trace.from_s < atS && atS < trace.to_s);
  return [...new Set([trace.from_s, ...inside])].sort((a, b) => a - b);
}

/** Whether an instance counts as healthy: its target is, or without a load balancer it runs and is left alone. */
function healthy(trace, state) {
  if (trace.target_group !== null) return state.health === "healthy";
  return state.machine === "running" && state.target !== "InProgress" && state.target !== "Failed";
}

/** The whole trace at a moment. */
export function stateAt(trace, atS) {
  const instances = trace.instances.map((instance) => instanceAt(trace, instance, atS));
  const { statuses } = trace.deployment;
  return {
    at_s: atS,
    status: statuses[placeAt(statuses, atS)]?.status ?? "",
    healthy: instances.filter((state) => healthy(trace, state)).length,
    in_service: instances.filter((state) => state.in_service).length,
    story: placeAt(trace.story, atS),
    instances,
  };
}

function instanceAt(trace, instance, atS) {
  const health = instance.health[placeAt(instance.health, atS)];
  const answer = answerAt(instance, atS);
  const states = instance.lifecycle.map((row) => eventStatus(row, atS));
  const shown = instance.lifecycle[states.findIndex((state) => state === "InProgress" || state === "Failed")];
  return {
    machine: instance.machine[placeAt(instance.machine, atS)]?.state ?? null,
    target: instance.target[placeAt(instance.target, atS)]?.state ?? null,
    health: health?.state ?? null,
    reason: (health?.description || health?.reason) ?? null,
    version: answer?.version ?? NOBODY,
    status: answer?.status ?? null,
    page: answer?.page ?? null,
    in_service: serves(trace, instance, atS),
    event: shown?.event ?? null,
    since_s: shown?.from_s ?? null,
    events: states.map((state) => LETTERS[state]).join(""),
  };
}

/** The status of a lifecycle event at a moment. */
export function eventStatus(row, atS) {
  if (row.to_s !== null && atS >= row.to_s) return row.status;
  return row.from_s !== null && atS >= row.from_s ? "InProgress" : "Pending";
}

/** The next of the sorted `rows` after `atS` (`direction` 1) or the last before (-1), as a moment; the edges hold. */
export function neighbour(trace, rows, atS, direction) {
  if (direction > 0) return rows.find((row) => row.at_s > atS)?.at_s ?? trace.to_s;
  return rows.findLast((row) => row.at_s < atS)?.at_s ?? trace.from_s;
}
