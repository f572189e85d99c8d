// A panel of sliders and menus, and below it one sentence that is read out when it changes.
//
// Made of the browser's own controls, so that every one has a name, a description and the keys people know. A slider
// shows its number on the way and tells the kernel when it is let go of.

let panels = 0;

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** One control: its row, and `show(field, value)`, which brings it up to date. */
function createControl(field, id, changed, signal) {
  const named = { id, "aria-describedby": `${id}-tip`, title: field.tip };
  const number = make("span", { class: "lp-number", "aria-hidden": "true" }); // the slider says it by itself
  const input = field.kind === "menu" ? make("select", named) : make("input", { ...named, type: "range" });
  const tip = make("span", { id: `${id}-tip`, class: "lp-tip" });
  const label = make("label", { for: id }, field.label);
  const row = make("div", { class: `lp-control lp-${field.kind}` }, label, input, number, tip);
  input.addEventListener("input", () => { number.textContent = input.value; }, { signal });
  input.addEventListener("change", () => {
    changed(field.name, field.kind === "menu" ? input.value : Number(input.value));
  }, { signal });

  function show(now, value) {
    if (now.kind === "menu") offer(input, now.options);
    else [input.min, input.max, input.step] = [now.min, now.max, now.step];
    input.value = value;
    input.disabled = now.disabled;
    input.title = now.tip;
    tip.textContent = now.tip;
    number.textContent = now.kind === "menu" ? "" : input.value;
  }

  return { row, show };
}

function offer(select, options) {
  const same = select.options.length === options.length && options.every(([, value], at) => select.options[at].value === value);
  if (!same) select.replaceChildren(...options.map(([text, value]) => make("option", { value }, text)));
}

function groups(fields, rows) {
  const names = [...new Set(fields.map((field) => field.group))];
  return names.map((name) => make(
    "fieldset", {}, make("legend", {}, name),
    ...fields.filter((field) => field.group === name).map((field) => rows[field.name].row),
  ));
}

function render({ model, el }) {
  const listening = new AbortController();
  const { signal } = listening;
  panels += 1;
  const change = (name, value) => {
    model.set("values", { ...model.get("values"), [name]: value });
    model.save_changes();
  };
  const fields = model.get("fields");
  const rows = Object.fromEntries(fields.map((field) => [
    field.name, createControl(field, `labkit-panel-${panels}-${field.name}`, change, signal),
  ]));
  const reset = make("button", { type: "button", title: model.get("reset_tip") }, model.get("reset_label"));
  reset.addEventListener("click", () => model.send({ kind: "reset" }), { signal });
  const outcome = make("p", { role: "status", "aria-live": "polite" });
  const root = make("div", { class: "labkit-panel" }, ...groups(fields, rows), make("div", { class: "lp-foot" }, outcome, reset));
  // Keys belong to the controls and not to the notebook, which would take the arrows away from a slider.
  root.addEventListener("keydown", (event) => event.stopPropagation(), { signal });

  const show = () => model.get("fields").forEach((field) => rows[field.name].show(field, model.get("values")[field.name]));
  const tell = () => { outcome.textContent = model.get("outcome"); };
  model.on("change:fields change:values", show);
  model.on("change:outcome", tell);
  show();
  tell();
  el.append(root);
  return () => {
    listening.abort();
    model.off("change:fields change:values", show);
    model.off("change:outcome", tell);
    root.remove();
  };
}

export default { render };
