// Two versions of a unit side by side: which lines are in one only.

import { element } from "./elements.js";

const MOST_LINES = 1000;

/**
 * Return rows of a line of each text and whether these are the same, in order; a line is null where the other
 * text has more. By the longest common subsequence; what changed in one place stands side by side.
 */
export function alignedLines(first, second) {
  const [a, b] = [first.slice(0, MOST_LINES), second.slice(0, MOST_LINES)];
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const rows = [];
  let [gone, come] = [[], []];
  const flush = () => {
    for (let k = 0; k < Math.max(gone.length, come.length); k++) rows.push([gone[k] ?? null, come[k] ?? null, false]);
    [gone, come] = [[], []];
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      flush();
      rows.push([a[i++], b[j++], true]);
    } else if (j >= b.length || (i < a.length && lengths[i + 1][j] >= lengths[i][j + 1])) gone.push(a[i++]);
    else come.push(b[j++]);
  }
  flush();
  return rows;
}

/** Return a table of two columns: what only the older has is marked with a minus, what only the newer with a plus. */
export function sideBySide(older, newer) {
  const cell = (line, isSame, sign, colour) => {
    const isOwn = line !== null && !isSame;
    return element("td", { class: isOwn ? colour : null }, element("span", { class: "sign" }, isOwn ? sign : ""), line ?? "");
  };
  const rows = alignedLines(older.lines, newer.lines).map(([first, second, isSame]) =>
    element("tr", {}, cell(first, isSame, "−", "removed"), cell(second, isSame, "+", "added")),
  );
  const head = element("tr", {}, ...[older, newer].map((one) => element("th", { scope: "col" }, one.version)));
  return element("table", { class: "sides" }, element("thead", {}, head), element("tbody", {}, ...rows));
}
