// Two versions of a unit side by side: which lines are in one only.

import { element } from "./elements.js";

const MOST_LINES = 1000;

/** Return pairs of lines, in order: both the same, or one of them null. By the longest common subsequence. */
export function alignedLines(first, second) {
  const [a, b] = [first.slice(0, MOST_LINES), second.slice(0, MOST_LINES)];
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const pairs = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) pairs.push([a[i++], b[j++]]);
    else if (j >= b.length || (i < a.length && lengths[i + 1][j] >= lengths[i][j + 1])) pairs.push([a[i++], null]);
    else pairs.push([null, b[j++]]);
  }
  return pairs;
}

/** Return two columns: what only the older has is marked with a minus, what only the newer has with a plus. */
export function sideBySide(older, newer) {
  const pairs = alignedLines(older.lines, newer.lines);
  const column = (title, place, sign, colour) =>
    element(
      "section",
      { "aria-label": title },
      element("h3", {}, title),
      element(
        "div",
        { class: "code" },
        ...pairs.map((pair) => {
          const line = pair[place];
          const isOwn = line !== null && pair[1 - place] === null;
          return element(
            "div",
            { class: `row${isOwn ? ` ${colour}` : ""}` },
            element("span", { class: "n" }, isOwn ? sign : ""),
            element("span", { class: "t" }, line ?? ""),
          );
        }),
      ),
    );
  return element(
    "div",
    { class: "sides" },
    column(older.version, 0, "−", "removed"),
    column(newer.version, 1, "+", "added"),
  );
}
