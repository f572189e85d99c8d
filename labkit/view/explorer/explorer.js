// The policy explorer: a request to fill in, the answer, and every policy on its path with an editor on request.
//
// Python decides and draws (`shown`); this sends what is asked, edited and tried. A text that is being edited stays
// the browser's own: an answer never writes into it.

const WAIT_MS = 200; // after the last key, so that a word is decided once
let explorers = 0;

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Calls `action` with the last arguments once nothing has been said for a moment. */
function settled(action, signal) {
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (...last) => {
    clearTimeout(timer);
    timer = setTimeout(action, WAIT_MS, ...last);
  };
}

/** The request: a menu, two texts with proposals, and the context, one key a line. */
function createRequest(model, id, words, signal) {
  const offered = model.get("offered");
  const ask = (name, value) => {
    if (model.get("asked")[name] === value) return;
    model.set("asked", { ...model.get("asked"), [name]: value });
    model.save_changes();
  };
  const soon = settled(ask, signal);
  const who = make("select", {}, ...offered.who.map(([text, value]) => make("option", { value }, text)));
  const action = make("input", { type: "text", list: `${id}-actions`, autocomplete: "off", spellcheck: "false" });
  const resource = make("input", { type: "text", list: `${id}-resources`, autocomplete: "off", spellcheck: "false" });
  const context = make("textarea", { rows: "4", spellcheck: "false", "aria-describedby": `${id}-tip ${id}-problem` });
  const fields = { who, action, resource, context };
  const problem = make("p", { id: `${id}-problem`, class: "le-error", role: "alert" });
  const rows = Object.entries(fields).map(([name, field]) => {
    field.id = `${id}-${name}`;
    field.addEventListener(name === "who" ? "change" : "input", () => (name === "who" ? ask : soon)(name, field.value), { signal });
    return make("div", { class: `le-field le-${name}` }, make("label", { for: field.id }, words[name]), field);
  });
  rows[3].append(make("span", { id: `${id}-tip`, class: "le-tip" }, words.context_tip));
  const list = (name, texts) => make("datalist", { id: `${id}-${name}` }, ...texts.map((value) => make("option", { value })));
  const box = make(
    "fieldset", {}, make("legend", {}, words.request), ...rows, problem,
    list("actions", offered.actions), list("resources", offered.resources),
  );
  const show = () => {
    const asked = model.get("asked");
    for (const [name, field] of Object.entries(fields)) {
      if (field.value !== asked[name] && document.activeElement !== field) field.value = asked[name];
    }
    problem.textContent = model.get("shown").problem;
  };
  return { box, show };
}

/** One policy: its statements, and an editor that opens below its name. */
function createPolicy(first, model, id, words, signal) {
  const kind = make("span", { class: "le-kind" });
  const title = make("span", { class: "le-title" });
  const chip = make("span", { class: "le-chip" }, words.edited);
  const edit = make("button", { type: "button", "aria-expanded": "false", "aria-controls": `${id}-editor` });
  const statements = make("div");
  const text = make("textarea", { id: `${id}-text`, spellcheck: "false", "aria-describedby": `${id}-error` });
  const label = make("label", { for: `${id}-text` });
  const error = make("p", { id: `${id}-error`, class: "le-error", role: "alert" });
  const editor = make("div", { id: `${id}-editor`, class: "le-editor", hidden: "" }, label, text, error);
  const head = make("div", { class: "le-head" }, kind, title, chip, edit);
  const box = make("section", { class: "le-policy" }, head, editor, statements);
  let shown = first;

  const send = settled((value) => {
    model.set("edits", { ...model.get("edits"), [shown.id]: value });
    model.save_changes();
  }, signal);
  text.addEventListener("input", () => send(text.value), { signal });
  edit.addEventListener("click", () => {
    editor.hidden = !editor.hidden;
    if (!editor.hidden) {
      text.value = shown.text;
      text.rows = Math.min(shown.text.split("\n").length + 1, 24);
      text.focus();
    }
    name();
  }, { signal });
  if (first.trial) {
    const remove = make("button", { type: "button" }, words.remove);
    remove.addEventListener("click", () => {
      const { [shown.id]: gone, ...others } = model.get("edits");
      model.set("edits", others);
      model.set("trials", model.get("trials").filter((layer) => layer !== shown.layer));
      model.save_changes();
    }, { signal });
    head.append(remove);
  }

  function name() {
    edit.textContent = editor.hidden ? words.edit : words.done;
    edit.setAttribute("aria-label", editor.hidden ? words.edit_of.replace("{policy}", shown.title) : words.done);
    edit.setAttribute("aria-expanded", String(!editor.hidden));
  }

  function show(now) {
    shown = now;
    kind.textContent = `${now.kind}:`;
    title.textContent = now.title;
    box.setAttribute("aria-label", `${now.kind}: ${now.title}`);
    label.textContent = words.document.replace("{policy}", now.title);
    chip.hidden = !now.edited;
    if (statements.innerHTML !== now.html) statements.innerHTML = now.html; // made and escaped by drawing.py
    if (error.textContent !== now.error) error.textContent = now.error;
    text.setAttribute("aria-invalid", String(Boolean(now.error)));
    if (document.activeElement !== text && !editor.hidden && !now.error) text.value = now.text;
    name();
  }

  show(first);
  return { box, show };
}

/** What may be tried beside the account's policies, and the way back. */
function createTrials(model, id, words, signal) {
  const layer = make("select", { id: `${id}-layer` });
  const add = make("button", { type: "button" }, words.add);
  const reset = make("button", { type: "button" }, words.as_it_is);
  add.addEventListener("click", () => {
    model.set("trials", [...model.get("trials"), layer.value]);
    model.save_changes();
  }, { signal });
  reset.addEventListener("click", () => {
    model.set("edits", {});
    model.set("trials", []);
    model.save_changes();
  }, { signal });
  const box = make(
    "div", { class: "le-trials" }, make("label", { for: layer.id }, words.add_layer), layer, add, reset,
    make("p", {}, words.only_here),
  );
  const show = ({ may_try: offered }) => {
    const same = layer.options.length === offered.length && offered.every(([, value], at) => layer.options[at].value === value);
    if (!same) layer.replaceChildren(...offered.map(([text, value]) => make("option", { value }, text)));
    layer.disabled = add.disabled = offered.length === 0;
  };
  return { box, show };
}

function render({ model, el }) {
  const listening = new AbortController();
  const { signal } = listening;
  explorers += 1;
  const id = `labkit-explorer-${explorers}`;
  const words = model.get("words");
  const request = createRequest(model, id, words, signal);
  const verdict = make("p", { class: "le-verdict", role: "status", "aria-live": "polite" });
  const path = make("div");
  const list = make("div", { class: "le-policies" });
  const trials = createTrials(model, id, words, signal);
  const root = make(
    "section", { class: "labkit-explorer", lang: words.language, "aria-label": words.title },
    request.box, verdict, path, list, trials.box,
  );
  // Keys belong to the fields and not to the notebook.
  root.addEventListener("keydown", (event) => event.stopPropagation(), { signal });

  const policies = new Map();
  let made = 0;
  const place = (documents) => {
    const there = new Set(documents.map((one) => one.id));
    for (const [key, policy] of policies) {
      if (!there.has(key)) {
        policy.box.remove();
        policies.delete(key);
      }
    }
    documents.forEach((one, at) => {
      if (policies.has(one.id)) policies.get(one.id).show(one);
      else policies.set(one.id, createPolicy(one, model, `${id}-policy-${made += 1}`, words, signal));
      const { box } = policies.get(one.id);
      if (list.children[at] !== box) list.insertBefore(box, list.children[at] ?? null);
    });
  };
  const show = () => {
    const shown = model.get("shown");
    if (verdict.innerHTML !== shown.verdict_html) verdict.innerHTML = shown.verdict_html; // escaped by drawing.py
    if (path.innerHTML !== shown.path_html) path.innerHTML = shown.path_html;
    place(shown.documents);
    request.show();
    trials.show(shown);
  };
  model.on("change:shown change:asked", show);
  show();
  el.append(root);
  return () => {
    listening.abort();
    model.off("change:shown change:asked", show);
    root.remove();
  };
}

export default { render };
