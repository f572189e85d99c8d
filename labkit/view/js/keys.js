// What the keys do: one table for listening and for the list that tells people.

import { html } from "./dom.js";

/** The keys of each action as people see them, with the word that says what they do. */
const LISTED = [
  ["Space", "key_play"],
  ["← →", "key_event"],
  ["Shift ← →", "key_moment"],
  ["Home End", "key_edge"],
  ["− +", "key_speed"],
  ["R", "key_refresh"],
  ["A", "key_auto"],
  ["F", "key_screen"],
  ["PageUp PageDown", "key_presenter"],
  ["B", "key_dark"],
  ["?", "key_help"],
];

/** Keys that stop the time before they move it. */
const MOVES = new Set(["ArrowLeft", "ArrowRight", "Shift ArrowLeft", "Shift ArrowRight", "Home", "End", "PageUp", "PageDown"]);

/** Each key's action. The keys of a presenter's remote mean something in full screen only. */
function actionsOf({ trace, playback, controls, visitor, screen, help }) {
  const onStage = (action) => () => screen.full() && (action(), true);
  return {
    " ": () => playback.toggle(),
    ArrowLeft: () => playback.step(-1),
    ArrowRight: () => playback.step(1),
    "Shift ArrowLeft": () => playback.jump(-1),
    "Shift ArrowRight": () => playback.jump(1),
    Home: () => playback.seek(trace.from_s),
    End: () => playback.seek(trace.to_s),
    "-": () => controls.faster(-1),
    "+": () => controls.faster(1),
    "=": () => controls.faster(1),
    r: () => visitor.refresh(),
    a: () => visitor.toggleAuto(),
    f: () => screen.toggle(),
    PageUp: onStage(() => playback.step(-1)),
    PageDown: onStage(() => playback.step(1)),
    b: onStage(() => screen.darken()),
    ".": onStage(() => screen.darken()),
    Escape: onStage(() => screen.toggle()),
    "?": () => help.open(),
  };
}

/** Listens to the keys of a theater until `signal` aborts; menus, buttons and open dialogs keep their own. */
export function listenToKeys(root, parts, signal) {
  const actions = actionsOf(parts);
  root.addEventListener("keydown", (event) => {
    const { key, shiftKey, target } = event;
    const own = target.closest("select, dialog") || ([" ", "Enter"].includes(key) && target.closest("button"));
    if (own || event.altKey || event.ctrlKey || event.metaKey) return;
    const name = key.length === 1 ? key.toLowerCase() : `${shiftKey ? "Shift " : ""}${key}`;
    const action = actions[name];
    if (!action) return;
    if (MOVES.has(name)) parts.playback.pause();
    if (action() === false) return; // not a key of the theater just now
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
}

/** The list of the keys. */
export function keyList(words) {
  const rows = LISTED.map(([keys, word]) => html(
    "div", {}, html("dt", {}, ...keys.split(" ").map((key) => html("kbd", {}, key))), html("dd", {}, words[word]),
  ));
  return html("dl", { class: "lt-key-list" }, ...rows);
}
