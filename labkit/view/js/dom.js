// Making elements. Text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; `attributes` that are null or false are left out, true becomes an empty one. */
export function html(tag, attributes = {}, ...children) {
  return fitted(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return fitted(document.createElementNS(SVG, tag), attributes, children);
}

function fitted(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Sets, or with null and false removes, an attribute; touches the page only if it changes. */
export function setAttribute(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value === true ? "" : value)) {
    element.setAttribute(name, value === true ? "" : value);
  }
}

/** Sets an element's text if it differs. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A version's shape as a small picture; the word beside it says the same. */
export function mark(path) {
  return svg("svg", { class: "lt-mark", viewBox: "-10 -10 20 20", "aria-hidden": "true" }, svg("path", { d: path }));
}

/** The color of a version, and of text on top of it, as style values; -1 is a version not known yet. */
export function versionColor(place) {
  return place < 0 ? "var(--lt-unknown)" : `var(--lt-v${place})`;
}

export function versionInk(place) {
  return place < 0 ? "var(--lt-unknown-ink)" : `var(--lt-i${place})`;
}

/** Gives an element the trace's version colors, each for a light and a dark page. */
export function setVersionColors(element, versions) {
  versions.forEach((version, place) => {
    element.style.setProperty(`--lt-v${place}`, `light-dark(${version.light}, ${version.dark})`);
    element.style.setProperty(`--lt-i${place}`, `light-dark(${version.ink_light}, ${version.ink_dark})`);
  });
}

/** Whether the element stands on a dark page; for drawing on a canvas, which knows no style values. */
export function isDark(element) {
  return getComputedStyle(element).colorScheme === "dark";
}

/** How much larger the element is shown than it was laid out: not 1 where it is enlarged for a projector. */
export function enlargement(element) {
  return element.offsetWidth ? element.getBoundingClientRect().width / element.offsetWidth : 1;
}

/** An element's box relative to another one's top left corner, in the px of its layout. */
export function boxIn(element, outer) {
  const [box, from, scale] = [element.getBoundingClientRect(), outer.getBoundingClientRect(), enlargement(outer)];
  return { left: (box.left - from.left) / scale, top: (box.top - from.top) / scale, width: box.width / scale, height: box.height / scale };
}
