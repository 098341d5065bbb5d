// The page knows nothing but RIQ's REST interface; this is the only place that calls it.

const KEY = "riq-key";

export const credential = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: value => value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY),
};

/** A refusal, with the words that RIQ gave: status, title, detail and, for bad input, what is wrong with each field. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? body?.title ?? (status ? `RIQ answered ${status}.` : "RIQ does not answer. Is it running?"));
    this.status = status;
    this.errors = body?.errors ?? {};
  }

  get lines() { return [this.message, ...Object.entries(this.errors).map(([field, words]) => `${field} ${[words].flat().join(" ")}`)]; }
}

export async function call(method, path, body, signal) {
  const headers = { Accept: "application/json" };
  if (credential.get()) headers.Authorization = `Bearer ${credential.get()}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Problem(0);
  }
  const text = await answer.text();
  let json = null;
  try { json = text ? JSON.parse(text) : null; } catch { /* not JSON: the status says enough */ }
  // 503 of the health check is an answer, not a refusal.
  if (!answer.ok && !(json && path.startsWith("/api/queue/health"))) throw new Problem(answer.status, json);
  return json;
}

export const get = (path, signal) => call("GET", path, undefined, signal);
export const post = (path, body = {}) => call("POST", path, body);
export const patch = (path, body) => call("PATCH", path, body);
export const remove = path => call("DELETE", path);

/** Query text of what has a value. */
export function query(values) {
  const q = new URLSearchParams(Object.entries(values).filter(([, v]) => v !== undefined && v !== null && v !== ""));
  return q.size ? `?${q}` : "";
}
