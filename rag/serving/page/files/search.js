// Search as you type: hits, chips that filter them, keys, and what can be done with a hit.

import { sideBySide } from "./difference.js";
import { counted, element, problemBox, say, showDialog } from "./elements.js";
import { addressOf, hitElement } from "./hit.js";
import { ask } from "./service.js";

const PAUSE_MS = 130;
const MOST_HITS = 40;
const GROUPS = [
  ["kinds", "kind"],
  ["languages", "language"],
  ["libraries", "library"],
];

const state = { query: "", hits: [], chosen: 0, open: new Set(), explained: new Set(), filters: {}, notes: [] };
let counts = {};
let pending = null;
let timer = 0;

export function searchView(settings) {
  const input = element("input", {
    class: "question",
    id: "question",
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "Ask a question, or paste a name, code or an error message",
    "aria-label": "Question",
    value: state.query,
  });
  const chips = element("ul", { class: "chips", "aria-label": "Filters" });
  const notes = element("div", {});
  const list = element("ol", { class: "hits", "aria-label": "Hits" });
  const view = { input, chips, notes, list, settings };
  input.addEventListener("input", () => {
    state.filters = {};
    clearTimeout(timer);
    timer = setTimeout(() => search(view, input.value, true), PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      clearTimeout(timer);
      search(view, input.value, true);
    }
    if (event.key === "ArrowDown") {
      event.preventDefault();
      choose(view, 0);
    }
  });
  const shown = element("div", {}, input, chips, notes, list);
  shown.view = view;
  draw(view);
  return shown;
}

/** Do what a key says, unless it is written into a field. */
export function searchKey(event, view) {
  const isWriting = event.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "Escape" && isWriting) event.target.blur();
  if (isWriting || event.ctrlKey || event.metaKey || event.altKey) return;
  const hit = state.hits[state.chosen];
  const onControl = event.target instanceof HTMLElement && /^(A|BUTTON)$/.test(event.target.tagName);
  const actions = {
    "/": () => view.input.focus(),
    ArrowDown: () => choose(view, state.chosen + 1),
    j: () => choose(view, state.chosen + 1),
    ArrowUp: () => choose(view, state.chosen - 1),
    k: () => choose(view, state.chosen - 1),
    Enter: () => hit && toggle(view, state.open, state.chosen),
    e: () => hit && toggle(view, state.explained, state.chosen),
    o: () => hit && openHit(hit, view.settings),
    p: () => state.query && showPrompt(view.settings),
    v: () => hit && canCompare(hit) && showVersions(hit),
  };
  if (!(event.key in actions) || (event.key === "Enter" && onControl)) return;
  event.preventDefault();
  actions[event.key]();
}

/** Search again, since the project is another. */
export function searchAgain(view) {
  state.filters = {};
  search(view, state.query, true);
}

async function search(view, query, isNew) {
  pending?.abort();
  state.query = query;
  if (!query.trim()) {
    Object.assign(state, { hits: [], notes: [] });
    counts = {};
    draw(view);
    return;
  }
  pending = new AbortController();
  try {
    const body = { project: view.settings.project, query, k: MOST_HITS, ...state.filters };
    const found = await ask("/api/search", body, pending.signal);
    Object.assign(state, { hits: found.hits, notes: found.notes, chosen: 0 });
    state.open.clear();
    state.explained.clear();
    if (isNew) counts = countsOf(found.hits);
    draw(view);
    say(counted(found.hits.length, "hit"));
  } catch (error) {
    if (error.name === "AbortError") return;
    state.hits = [];
    draw(view);
    view.notes.replaceChildren(problemBox(error));
  }
}

function countsOf(hits) {
  const found = {};
  for (const [group, field] of GROUPS) {
    const tally = new Map();
    for (const hit of hits) if (hit[field]) tally.set(hit[field], (tally.get(hit[field]) ?? 0) + 1);
    found[group] = [...tally].sort((a, b) => b[1] - a[1]).slice(0, 8);
  }
  return found;
}

function draw(view) {
  drawChips(view);
  const notes = state.notes.map((note) => element("p", { class: "note" }, note));
  if (!state.query.trim()) notes.push(element("p", { class: "note" }, "Results appear as you type. Press ", element("kbd", {}, "/"), " to write, ", element("kbd", {}, "↓"), " to walk through hits."));
  else if (!state.hits.length) notes.push(element("p", { class: "note" }, "Nothing found."));
  view.notes.replaceChildren(...notes);
  view.list.replaceChildren(...state.hits.map((hit, number) => made(view, hit, number)));
  mark(view);
}

function drawChips(view) {
  const focused = document.activeElement?.dataset?.chip;
  const chips = [];
  for (const [group] of GROUPS) {
    const values = counts[group] ?? [];
    if (values.length < 2 && !state.filters[group]) continue;
    for (const [value, count] of values) {
      const isOn = (state.filters[group] ?? []).includes(value);
      const chip = element(
        "button",
        { type: "button", "aria-pressed": String(isOn), onclick: () => filter(view, group, value) },
        value,
        element("span", { class: "count" }, String(count)),
      );
      chip.dataset.chip = `${group}:${value}`;
      chips.push(element("li", {}, chip));
    }
  }
  view.chips.replaceChildren(...chips);
  if (focused) view.chips.querySelector(`[data-chip="${CSS.escape(focused)}"]`)?.focus();
}

function filter(view, group, value) {
  const chosen = state.filters[group] ?? [];
  const now = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
  if (now.length) state.filters[group] = now;
  else delete state.filters[group];
  search(view, state.query, false);
}

function made(view, hit, number) {
  const isOpen = state.open.has(number);
  const button = (text, action) => element("button", { type: "button", onclick: action }, text);
  const address = addressOf(hit, view.settings.editor);
  const actions = [
    button(isOpen ? "Less" : "All lines", () => toggle(view, state.open, number)),
    address ? element("a", { href: address, rel: "noreferrer", target: hit.file ? null : "_blank" }, hit.file ? "Open in editor" : "Open the page") : null,
    button(state.explained.has(number) ? "Hide the score" : "Explain", () => toggle(view, state.explained, number)),
    button("Prompt", () => showPrompt(view.settings)),
    canCompare(hit) ? button("Compare versions", () => showVersions(hit)) : null,
  ];
  return hitElement(hit, { isOpen, isExplained: state.explained.has(number), actions });
}

function canCompare(hit) {
  return hit.kind === "docs" && hit.library && hit.symbol;
}

function toggle(view, numbers, number) {
  if (!numbers.delete(number)) numbers.add(number);
  state.chosen = number;
  const next = made(view, state.hits[number], number);
  const had = document.activeElement?.closest(".hit") === view.list.children[number];
  view.list.children[number].replaceWith(next);
  mark(view);
  if (had) next.focus({ preventScroll: true });
}

function choose(view, number) {
  if (!state.hits.length) return;
  state.chosen = Math.max(0, Math.min(number, state.hits.length - 1));
  mark(view);
  const chosen = view.list.children[state.chosen];
  chosen.focus({ preventScroll: true });
  chosen.scrollIntoView({ block: "nearest" });
}

function mark(view) {
  [...view.list.children].forEach((one, number) => one.toggleAttribute("data-chosen", number === state.chosen));
}

function openHit(hit, settings) {
  const address = addressOf(hit, settings.editor);
  if (!address) say("This hit has no file and no page.");
  else if (hit.file) location.href = address;
  else window.open(address, "_blank", "noreferrer");
}

/** Show the prompt that would be sent, with its budget as a bar. */
function showPrompt(settings) {
  const field = (name, control) => element("label", {}, name, control);
  const template = element("select", {}, ...settings.templates.map((name) => element("option", {}, name)));
  template.value = "docprompting";
  const tokens = element("input", { type: "number", min: "200", max: "60000", step: "100", value: "3000" });
  const shown = element("div", { "aria-live": "polite" });
  const draw = async () => {
    try {
      const body = { project: settings.project, query: state.query, template: template.value, max_tokens: Number(tokens.value) };
      shown.replaceChildren(...promptParts(await ask("/api/prompt", body)));
    } catch (error) {
      shown.replaceChildren(problemBox(error));
    }
  };
  template.addEventListener("change", draw);
  tokens.addEventListener("change", draw);
  const controls = element("div", { class: "settings" }, field("Template", template), field("Budget in tokens", tokens));
  showDialog("The prompt that would be sent", controls, shown);
  draw();
}

function promptParts(made) {
  const width = (tokens) => ({ width: `${(100 * tokens) / Math.max(made.max_tokens, made.tokens)}%` });
  const inPassages = made.passages.reduce((sum, one) => sum + one.tokens, 0);
  const bar = element(
    "div",
    { class: "bar", role: "img", "aria-label": `${made.tokens} of ${made.max_tokens} tokens are used` },
    element("span", { class: "c-other", style: width(Math.max(0, made.tokens - inPassages)), title: "request and template" }),
    ...made.passages.map((one, number) => element("span", { class: number % 2 ? "c-meaning" : "c-words", style: width(one.tokens), title: `${one.place}: ${one.tokens} tokens, ${one.form}` })),
  );
  const told = `${made.tokens} of ${made.max_tokens} tokens (${made.counter}), ${counted(made.passages.length, "passage")}, confidence ${(made.confidence ?? 0).toFixed(2)}`;
  const rows = made.passages.map((one) => element("tr", {}, element("td", {}, one.place), element("td", {}, one.form), element("td", { class: "number-cell" }, String(one.tokens))));
  const left = made.left_out.map((one) => element("tr", {}, element("td", {}, one.place), element("td", {}, `left out: ${one.reason}`), element("td", { class: "number-cell" }, "0")));
  const head = element("tr", {}, ...["Passage", "Form", "Tokens"].map((name) => element("th", { scope: "col", class: name === "Tokens" ? "number-cell" : null }, name)));
  return [
    element("p", {}, told),
    bar,
    ...made.messages.map((message) => element("section", { "aria-label": `Message of the ${message.role}` }, element("h3", {}, message.role), element("pre", { class: "prompt-text", tabindex: "0" }, message.content))),
    element("details", {}, element("summary", {}, "What is in it, and what is not"), element("div", { class: "wide" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows, ...left)))),
  ];
}

/** Show two versions of a unit side by side. */
async function showVersions(hit) {
  const shown = element("div", {}, element("p", {}, "…"));
  showDialog(`${hit.symbol} in ${hit.library}`, shown);
  try {
    const found = await ask("/api/versions", { project: hit.project, library: hit.library, name: hit.symbol });
    if (found.versions.length < 2) {
      shown.replaceChildren(element("p", { class: "note" }, `Only ${found.versions[0].version} is indexed. Add another with: rag docs add pkg:${hit.library}==VERSION`));
      return;
    }
    const names = found.versions.map((one) => one.version);
    const pick = (value) => {
      const select = element("select", {}, ...names.map((name) => element("option", {}, name)));
      select.value = value;
      select.addEventListener("change", draw);
      return select;
    };
    const sides = element("div", {});
    const draw = () => {
      const [older, newer] = [first.value, second.value].map((name) => found.versions.find((one) => one.version === name));
      sides.replaceChildren(sideBySide(older, newer));
    };
    const [first, second] = [pick(names.at(-2)), pick(names.at(-1))];
    const labelled = (name, control) => element("label", {}, name, control);
    shown.replaceChildren(element("div", { class: "settings" }, labelled("Older", first), labelled("Newer", second)), sides);
    draw();
  } catch (error) {
    shown.replaceChildren(problemBox(error));
  }
}
