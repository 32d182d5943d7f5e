// Runs of evaluation: a table, the report of one, two compared. A report is shown in a frame that can do nothing
// but show itself: it holds code and answers of models.

import { counted, element, problemBox } from "./elements.js";
import { ask } from "./service.js";

export function runsView() {
  const shown = element("div", {}, element("p", { class: "note" }, "Reading …"));
  ask("/api/runs").then(
    (found) => shown.replaceChildren(...listing(found.runs)),
    (error) => shown.replaceChildren(problemBox(error)),
  );
  return shown;
}

function listing(runs) {
  const frame = element("div", { "aria-live": "polite" });
  const chosen = [];
  const show = async (path, title) => {
    frame.replaceChildren(element("p", { class: "note" }, "Making the report …"));
    try {
      const made = await ask(path);
      frame.replaceChildren(element("iframe", { sandbox: "", title, src: made.address }));
    } catch (error) {
      frame.replaceChildren(problemBox(error));
    }
  };
  const compare = element("button", { type: "button", disabled: true, onclick: () => show(`/api/runs/${chosen[0]}/compared/${chosen[1]}`, "Two runs compared") }, "Compare the two that are ticked");
  const rows = runs.map((run) => {
    const tick = element("input", { type: "checkbox", "aria-label": `Compare ${run.name}` });
    tick.addEventListener("change", () => {
      if (tick.checked) chosen.push(run.number);
      else chosen.splice(chosen.indexOf(run.number), 1);
      compare.disabled = chosen.length !== 2;
    });
    const what = run.problem ?? run.contexts.map((context) => `${context.name}: ${counted(context.tasks, "task")}`).join(", ");
    const open = element("button", { type: "button", onclick: () => show(`/api/runs/${run.number}`, `Report of ${run.name}`) }, "Report");
    return element("tr", {}, element("td", {}, run.problem ? "" : tick), element("td", {}, run.name), element("td", {}, what), element("td", {}, run.problem ? "" : open));
  });
  const head = element("tr", {}, ...["Compare", "Run", "Contexts", "Report"].map((name) => element("th", { scope: "col" }, name)));
  return [element("div", { class: "wide" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))), element("p", {}, compare), frame];
}
