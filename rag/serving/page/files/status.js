// The state of the indexes: what they hold, how new they are, and which files are left out, with the reason.

import { counted, element, problemBox } from "./elements.js";
import { ask } from "./service.js";

export function statusView() {
  const shown = element("div", {}, element("p", { class: "note" }, "Looking through the folders …"));
  ask("/api/status").then(
    (found) => shown.replaceChildren(...found.projects.map(projectElement)),
    (error) => shown.replaceChildren(problemBox(error)),
  );
  return shown;
}

function projectElement(one) {
  const parts = [element("h2", {}, one.project), element("p", { class: "quiet" }, one.folder)];
  if (one.problem) return element("section", {}, ...parts, element("p", { class: "warning" }, one.problem));
  if (one.is_being_written) parts.push(element("p", { class: "note" }, "The index is brought up to date now."));
  parts.push(
    element("p", {}, `${counted(one.documents, "document")}, ${counted(one.chunks, "chunk")}, generation ${one.generation}`),
    table(["Corpus", "Kind", "New", "Changed", "Gone"], one.corpora.map((corpus) => [corpus.name, corpus.kind, ...(corpus.problem ? [corpus.problem, "", ""] : [corpus.new, corpus.changed, corpus.gone])])),
  );
  const languages = Object.entries(one.languages ?? {}).sort((a, b) => b[1] - a[1]);
  if (languages.length) parts.push(details(`Languages (${languages.length})`, table(["Language", "Documents"], languages)));
  if (one.libraries.length) parts.push(details(`Documented libraries (${one.libraries.length})`, table(["Library", "Version", "Units"], one.libraries.map((library) => [library.library, library.version, library.units]))));
  const skipped = Object.entries(one.skipped ?? {});
  if (skipped.length) {
    const total = skipped.reduce((sum, [, count]) => sum + count, 0);
    const reasons = skipped.map(([reason, count]) => `${reason} ${count}`).join(", ");
    const rows = one.skipped_files.map((file) => [file.path, file.reason, file.detail]);
    parts.push(details(`Left out: ${counted(total, "file")} (${reasons})`, table(["File", "Reason", "Detail"], rows)));
  }
  return element("section", { "aria-label": one.project }, ...parts);
}

function details(title, content) {
  return element("details", {}, element("summary", {}, title), content);
}

function table(names, rows) {
  const isNumber = (value) => typeof value === "number";
  const head = element("tr", {}, ...names.map((name, place) => element("th", { scope: "col", class: rows.length && isNumber(rows[0][place]) ? "number-cell" : null }, name)));
  const body = rows.map((row) => element("tr", {}, ...row.map((value) => element("td", { class: isNumber(value) ? "number-cell" : null }, isNumber(value) ? value.toLocaleString("en") : value))));
  return element("div", { class: "wide" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}
