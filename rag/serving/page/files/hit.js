// A hit: its place, its lines in colours with what matches, what makes up its score, and what can be done with it.

import { element } from "./elements.js";

const EDITORS = {
  vscode: (file, line) => `vscode://file${encodeURI(file)}:${line}`,
  cursor: (file, line) => `cursor://file${encodeURI(file)}:${line}`,
  zed: (file, line) => `zed://file${encodeURI(file)}:${line}`,
  idea: (file, line) => `idea://open?file=${encodeURIComponent(file)}&line=${line}`,
};
const COLOURS = [
  [/word|name|path|symbol/, "c-words"],
  [/meaning|dense/, "c-meaning"],
];

/** Return the address that opens a hit in the chosen editor, or its page; empty if there is neither. */
export function addressOf(hit, editor) {
  if (hit.file) return EDITORS[editor](hit.file, hit.line || 1);
  return hit.url;
}

/** Return the element of a hit. `actions` are its buttons; `isOpen` says whether all of its lines are shown. */
export function hitElement(hit, { isOpen, isExplained, actions }) {
  const facts = [
    hit.relation ? `${hit.relation} it` : "",
    [hit.library, hit.version, ...hit.also_in].filter(Boolean).join(" "),
    hit.language,
  ].filter(Boolean);
  return element(
    "li",
    { class: "hit", tabindex: "-1" },
    element(
      "div",
      { class: "top" },
      element("h2", {}, hit.symbol || hit.place),
      hit.symbol ? element("span", { class: "place" }, hit.place) : null,
      element("span", { class: "facts" }, facts.join(" · ")),
      hit.is_stale ? element("span", { class: "badge" }, "the file has changed since") : null,
      hit.is_suspicious ? element("span", { class: "badge" }, "reads like instructions to a model") : null,
    ),
    codeElement(hit, isOpen),
    hit.elsewhere.length ? element("div", { class: "facts explained" }, hit.elsewhere.join(" · ")) : null,
    isExplained ? explanation(hit) : null,
    element("div", { class: "actions" }, ...actions),
  );
}

function codeElement(hit, isOpen) {
  const rows = [];
  let left = false;
  for (const line of hit.lines) {
    if (!isOpen && !line.is_first) {
      left = true;
      continue;
    }
    if (left && rows.length) rows.push(element("div", { class: "gap" }, "…"));
    left = false;
    rows.push(
      element(
        "div",
        { class: "row" },
        element("span", { class: "n", "aria-hidden": "true" }, line.number === null ? "" : String(line.number)),
        element("span", { class: "t" }, ...piecesOf(line)),
      ),
    );
  }
  if (isOpen && hit.is_cut) rows.push(element("div", { class: "gap" }, "… more in the file"));
  return element("div", { class: "code", role: "group", "aria-label": `Lines of ${hit.place}`, tabindex: "0" }, ...rows);
}

/** Return a line as elements: cut where colours change, and where marks begin and end. */
function piecesOf(line) {
  const found = [];
  let at = 0;
  for (const [colour, text] of line.pieces) {
    let start = 0;
    for (const [from, to] of line.marks) {
      const [begin, end] = [Math.max(from - at, start), Math.min(to - at, text.length)];
      if (begin >= end) continue;
      if (begin > start) found.push(piece(colour, text.slice(start, begin)));
      found.push(element("mark", {}, piece(colour, text.slice(begin, end))));
      start = end;
    }
    if (start < text.length) found.push(piece(colour, text.slice(start)));
    at += text.length;
  }
  return found;
}

function piece(colour, text) {
  return colour ? element("span", { class: colour }, text) : text;
}

/** Return what makes up the score of a hit, as a bar and in words. */
function explanation(hit) {
  const total = hit.shares.reduce((sum, [, share]) => sum + Math.abs(share), 0) || 1;
  const bar = element("div", { class: "bar", "aria-hidden": "true" });
  const list = element("ul", {});
  for (const [name, share] of hit.shares) {
    const colour = colourOf(name, share);
    bar.append(element("span", { class: colour, style: { width: `${(100 * Math.abs(share)) / total}%` } }));
    const text = `${name} ${share < 0 ? "−" : "+"}${Math.abs(share).toFixed(2)}`;
    list.append(element("li", {}, element("span", { class: `swatch ${colour}`, "aria-hidden": "true" }), text));
  }
  const ranks = Object.entries(hit.signals).map(([name, rank]) => `${name} #${rank}`);
  const score = `score ${hit.score.toFixed(2)}${ranks.length ? ` (${ranks.join(", ")})` : ""}`;
  return element("div", { class: "explained" }, score, bar, list);
}

function colourOf(name, share) {
  if (share < 0) return "c-minus";
  const found = COLOURS.find(([pattern]) => pattern.test(name));
  return found ? found[1] : "c-other";
}
