// The page: which view is shown, the settings above it, and keys.

import { element, problemBox } from "./elements.js";
import { runsView } from "./runs.js";
import { searchAgain, searchKey, searchView } from "./search.js";
import { ask, keepToken, takeToken } from "./service.js";
import { statusView } from "./status.js";

const main = document.getElementById("main");
const settings = { project: "", editor: "vscode", templates: [] };
let shown = null;

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

function kept(name, fallback) {
  try {
    return localStorage.getItem(name) ?? fallback;
  } catch {
    return fallback; // a browser may keep nothing
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // then it is for this page only
  }
}

function route() {
  const name = location.hash.slice(1) || "search";
  const views = { search: () => searchView(settings), status: statusView, runs: runsView };
  const view = name in views ? name : "search";
  for (const one of Object.keys(views)) {
    const tab = document.getElementById(`tab-${one}`);
    if (one === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  shown = views[view]();
  main.replaceChildren(shown);
  if (view === "search") document.getElementById("question").focus();
}

function askForToken() {
  const input = element("input", { id: "token", type: "password", autocomplete: "off" });
  const form = element(
    "form",
    {
      class: "login",
      onsubmit: (event) => {
        event.preventDefault();
        keepToken(input.value);
        start();
      },
    },
    element("label", { for: "token" }, "This service needs its token (RAG_TOKEN)."),
    element("div", { class: "settings" }, input, element("button", {}, "Enter")),
  );
  main.replaceChildren(form);
  input.focus();
}

async function start() {
  try {
    const found = await ask("/api/projects");
    settings.templates = found.templates;
    const names = found.projects.map((one) => one.name);
    const project = document.getElementById("project");
    project.replaceChildren(...names.map((name) => element("option", {}, name)));
    settings.project = names.includes(kept("rag-project", "")) ? kept("rag-project", "") : (names[0] ?? "");
    project.value = settings.project;
    document.getElementById("tab-runs").hidden = !found.has_runs;
    route();
  } catch (error) {
    if (error.status === 401) askForToken();
    else main.replaceChildren(problemBox(error));
  }
}

const wantsDark = matchMedia("(prefers-color-scheme: dark)").matches;
setTheme(kept("rag-theme", wantsDark ? "dark" : "light"));
document.getElementById("theme").addEventListener("click", () => {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  setTheme(theme);
  keep("rag-theme", theme);
});
const editor = document.getElementById("editor");
settings.editor = [...editor.options].some((one) => one.value === kept("rag-editor", "")) ? kept("rag-editor", "") : "vscode";
editor.value = settings.editor;
editor.addEventListener("change", () => {
  settings.editor = editor.value;
  keep("rag-editor", editor.value);
  if (shown?.view) searchAgain(shown.view);
});
document.getElementById("project").addEventListener("change", (event) => {
  settings.project = event.target.value;
  keep("rag-project", settings.project);
  if (shown?.view) searchAgain(shown.view);
});
const keys = document.getElementById("keys");
document.getElementById("help").addEventListener("click", () => keys.showModal());
addEventListener("hashchange", () => settings.project !== undefined && route());
addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const isWriting = event.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "?" && !isWriting) keys.showModal();
  else if (shown?.view) searchKey(event, shown.view);
});
takeToken();
start();
