// What the page asks the service.

const TOKEN = "rag-token";

/** Take the token out of the address, where the command line puts it, so that it is not shown or sent on. */
export function takeToken() {
  const found = /^#token=([\x21-\x7e]+)$/.exec(location.hash);
  if (!found) return;
  sessionStorage.setItem(TOKEN, decodeURIComponent(found[1]));
  history.replaceState(null, "", "#search");
}

export class ServiceError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function keepToken(token) {
  sessionStorage.setItem(TOKEN, token);
}

/** Return what the service answers, as data. Throws `ServiceError`, or `AbortError` if `signal` ended it. */
export async function ask(path, body, signal) {
  const headers = { accept: "application/json" };
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError(0, "The service does not answer. Is it still running?");
  }
  const text = await response.text();
  if (!response.ok) throw new ServiceError(response.status, messageOf(text, response.status));
  return JSON.parse(text);
}

function messageOf(text, status) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return `The service answered with status ${status}.`;
  }
}
