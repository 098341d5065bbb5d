// Numbers, times and words as people read them.

export const count = n => n === undefined || n === null ? "–" : Number(n).toLocaleString("en");

/** 950 ms, 12.4 s, 3 min, 5 h, 2 d */
export function span(ms) {
  if (ms === undefined || ms === null || Number.isNaN(ms)) return "–";
  const s = Math.abs(ms) / 1000;
  if (s < 1) return `${Math.round(Math.abs(ms))} ms`;
  if (s < 60) return `${s.toFixed(1)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
}

/** The same in as few letters as an axis has room for. */
export function shortSpan(ms) {
  const [size, unit] = ms < 1000 ? [1, "ms"] : ms < 120_000 ? [1000, "s"] : ms < 7_200_000 ? [60_000, "min"] : [3_600_000, "h"];
  return `${+(ms / size).toFixed(1)} ${unit}`;
}

/** Steps of an axis of spans, in ms: as clocks have them, not by tens. */
export const spanSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800].map(s => 1000 * s)];

export const since = time => time ? span(Date.now() - new Date(time)) : "–";

export function until(time) {
  if (!time) return "until somebody acts";
  const left = new Date(time) - Date.now();
  return left > 0 ? `for ${span(left)} more` : "any moment now";
}

const pad = n => String(n).padStart(2, "0");

/** Local time to the second; with the day when it is not today's. */
export function clock(time) {
  if (!time) return "–";
  const t = new Date(time), day = `${t.getFullYear()}-${pad(t.getMonth() + 1)}-${pad(t.getDate())}`;
  const hms = `${pad(t.getHours())}:${pad(t.getMinutes())}:${pad(t.getSeconds())}`;
  return t.toDateString() === new Date().toDateString() ? hms : `${day} ${hms}`;
}

export const words = event => event.replaceAll("_", " ");

export const shortToken = token => `${token.slice(0, 8)}…${token.slice(-6)}`;
