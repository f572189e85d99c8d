// Filling the gaps of the words table (labkit/view/words.py holds the words), and showing lab time.

const MOST_NAMES = 5;
const NAMES_OF_MORE = 3;

/** The sentence `key` with its gaps filled; lists become "a, b and c". */
export function fill(words, key, gaps = {}) {
  return Object.entries(gaps).reduce(
    (sentence, [name, value]) => sentence.replaceAll(`{${name}}`, () => listed(words, value)),
    words[key],
  );
}

function listed(words, value) {
  if (!Array.isArray(value)) return String(value);
  if (value.length > MOST_NAMES) {
    const more = words.more.replaceAll("{count}", String(value.length - NAMES_OF_MORE));
    return `${value.slice(0, NAMES_OF_MORE).join(", ")} ${words.and} ${more}`;
  }
  if (value.length < 2) return value.join("");
  return `${value.slice(0, -1).join(", ")} ${words.and} ${value.at(-1)}`;
}

/** The sentences of a row of the story as one text. */
export function told(words, row) {
  return row ? row.sentences.map(({ key, gaps }) => fill(words, key, gaps)).join(" ") : "";
}

/** The lab's time of day at `atS`, such as 09:04:31 (UTC, as AWS shows it). */
export function clock(trace, atS, parts = 3) {
  const moment = new Date(Date.parse(trace.lab_start) + Math.floor(atS) * 1000);
  return moment.toISOString().slice(11, 11 + parts * 3 - 1);
}

/** A span such as 34 s or 2 min 5 s. */
export function span(words, seconds) {
  const whole = Math.floor(seconds);
  if (whole < 60) return fill(words, "seconds", { seconds: whole });
  return fill(words, "minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
}
