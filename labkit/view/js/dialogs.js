// Dialogs over the theater: the list of keys, and what can be broken on an instance.

import { html, setText } from "./dom.js";
import { keyList } from "./keys.js";
import { fill } from "./words.js";

/** A dialog with a heading and a way out; `open()` shows it, with the focus inside. */
function createDialog(words, heading, ...content) {
  const title = html("h3", {}, heading);
  const close = html("button", { type: "button", class: "lt-close" }, words.close);
  const element = html("dialog", { class: "lt-dialog" }, title, ...content, close);
  element.setAttribute("aria-label", heading);
  close.addEventListener("click", () => element.close());
  // A click beside it closes it too: the dialog itself is hit only outside of its content.
  element.addEventListener("click", (event) => event.target === element && element.close());
  return { element, title, open: () => element.open || element.showModal() };
}

/** The list of keys. */
export function createHelp(words) {
  return createDialog(words, words.keys, keyList(words));
}

/**
 * What can be broken on an instance, in a lab that lives. `live` has the ids of the `faults`, whether the deployment
 * is `running`, and the lab's time of day `now`. `inject(fault, instance)` makes it happen.
 */
export function createBreaking(words, live, inject) {
  const tip = html("p", {});
  const buttons = html("div", { class: "lt-faults" });
  const dialog = createDialog(words, "", tip, buttons);

  function open(instance) {
    const heading = fill(words, "break", { instance: instance.name });
    setText(dialog.title, heading);
    dialog.element.setAttribute("aria-label", heading);
    const over = live.running ? "" : ` ${words.break_over}`;
    setText(tip, fill(words, "break_tip", { now: live.now }) + over);
    buttons.replaceChildren(...live.faults.map((fault) => faultButton(fault, instance)));
    dialog.open();
  }

  function faultButton(fault, instance) {
    const made = html("button", { type: "button" }, words[`fault_${fault}`]);
    made.addEventListener("click", () => {
      dialog.element.close();
      inject(fault, instance.id);
    });
    return made;
  }

  return { element: dialog.element, open };
}
