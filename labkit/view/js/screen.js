// The theater on a projector: the whole screen, as large as it fits, and dark when the room should look elsewhere.

import { setAttribute } from "./dom.js";

/** Enlargements that are tried, the largest first. */
const ZOOMS = Array.from({ length: 49 }, (_, step) => 3 - step * 0.05);

/** Below this width, in px, the stage has no room beside the visitor's window. */
const LEAST_WIDTH_PX = 1000;

/**
 * Full screen for `root`. `changed(full)` is called when it begins and ends; `signal` ends it. Where a page may not
 * have the whole screen, the theater takes the whole window.
 */
export function createScreen(root, changed, signal) {
  let full = false;

  function toggle() {
    if (full) leave();
    else enter();
  }

  function enter() {
    full = true;
    setAttribute(root, "data-full", true);
    root.focus({ preventScroll: true });
    fit();
    changed(true);
    root.requestFullscreen?.().catch(() => fit()); // refused: the window will do
  }

  function leave() {
    if (!full) return;
    full = false;
    for (const name of ["data-full", "data-dark"]) setAttribute(root, name, false);
    root.style.removeProperty("--lt-zoom");
    if (document.fullscreenElement === root) document.exitFullscreen();
    changed(false);
  }

  // The largest at which nothing has to be scrolled for; at least the size that it has on a page.
  function fit() {
    if (!full) return;
    for (const zoom of ZOOMS) {
      root.style.setProperty("--lt-zoom", zoom);
      if (innerWidth / zoom >= LEAST_WIDTH_PX && root.scrollHeight <= root.clientHeight) break;
    }
  }

  document.addEventListener("fullscreenchange", () => {
    if (full && document.fullscreenElement === null) leave();
    else fit();
  }, { signal });
  globalThis.addEventListener("resize", fit, { signal });
  signal.addEventListener("abort", leave);

  return { full: () => full, toggle, darken: () => root.toggleAttribute("data-dark"), fit };
}
