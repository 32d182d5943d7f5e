// Elements are made of tags, attributes and texts. Nothing here ever reads markup: a text that was retrieved
// stays a text, whatever it holds.

/** Return an element: `on...` are listeners, `data` and `style` are set one by one, null and false leave out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name === "style") for (const [key, text] of Object.entries(value)) made.style.setProperty(key, text);
    else if (name === "value") made.value = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Say something to those who do not see the page. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** Return a box that tells an error: what, why, and how to fix it. */
export function problemBox(error) {
  return element("p", { class: "warning", role: "alert" }, error.message);
}

/** Show an element in a dialog; it goes when it is closed, and what had the focus gets it back. */
export function showDialog(title, ...content) {
  const back = document.activeElement;
  const close = element("button", { type: "button", class: "close", onclick: () => dialog.close() }, "Close");
  const dialog = element("dialog", { "aria-label": title }, close, element("h2", {}, title), ...content);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (back instanceof HTMLElement) back.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Return `3 hits`, or `1 hit`. */
export function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
