// Predictions and quizzes: one fieldset a question, answered with the mouse, the arrow keys or a screen reader.
// Python decides what is right; this only shows it and tells Python the choice (`chosen`: question id -> option id).

function element(name, attributes = {}, html = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (html) made.innerHTML = html; // made by labkit/lessons/markup.py, which escapes
  return made;
}

/** What stands under a question once `option` is chosen (undefined: nothing is). */
export function feedback(card, option, words) {
  if (!option) return card.open ? words.no_answer_yet : "";
  if (card.open) return words.kept.replace("{letter}", option.letter);
  const word = option.right ? words.right : words.not_right;
  return `<strong>${word}.</strong> ${option.reason_html}`;
}

function optionRow(card, option, group, choose) {
  const label = element("label");
  const radio = element("input", { type: "radio", name: group, value: option.id });
  radio.addEventListener("change", () => choose(option));
  label.append(radio, element("span", {}, `(${option.letter}) ${option.html}`));
  return { label, radio, option };
}

function fieldset(card, group, model) {
  const box = element("fieldset", { class: "labkit-question" });
  const answer = element("div", { class: "labkit-feedback", role: "status" });
  const rows = card.options.map((option) =>
    optionRow(card, option, group, (chosen) => {
      model.set("chosen", { ...model.get("chosen"), [card.id]: chosen.id });
      model.save_changes();
    }),
  );
  const show = () => {
    const id = model.get("chosen")[card.id];
    for (const row of rows) row.radio.checked = row.option.id === id;
    const option = card.options.find((one) => one.id === id);
    box.classList.toggle("labkit-right", Boolean(option?.right));
    answer.innerHTML = feedback(card, option, model.get("words"));
  };
  box.append(element("legend", {}, card.title), element("div", { class: "labkit-text" }, card.html));
  box.append(...rows.map((row) => row.label), answer);
  show();
  return { box, show };
}

let groups = 0; // radio buttons of one name belong together, and a page may show a question twice

function render({ model, el }) {
  groups += 1;
  el.lang = model.get("words").language;
  const sets = model.get("cards").map((card) => fieldset(card, `labkit-${groups}-${card.id}`, model));
  const show = () => sets.forEach((set) => set.show());
  el.append(...sets.map((set) => set.box));
  model.on("change:chosen", show);
  return () => model.off("change:chosen", show);
}

export default { render };
