// What became of a request, step by step, and how long each step lasted.
import { clock, span, words } from "./format.js";
import { html, Status, Table } from "./ui.js";

const ENDS = ["completed", "failed", "dead"];
const callback = t => t.event.startsWith("callback");

/** How long it stayed as this entry left it: until the next one, or until now. */
function lasted(timeline, i) {
  const t = timeline[i];
  if (callback(t) || ENDS.includes(t.status)) return null;
  const next = timeline.slice(i + 1).find(n => !callback(n));
  return { ms: Math.max(0, (next ? new Date(next.at) : Date.now()) - new Date(t.at)), running: t.status === "processing", still: !next };
}

export function Timeline({ r }) {
  const steps = r.timeline.map((t, i) => lasted(r.timeline, i));
  const longest = Math.max(1, ...steps.map(s => s?.ms ?? 0));
  return html`<${Table} caption="Timeline" empty="" head=${["Time", "Event", "Status", "By", "Then"]}
    rows=${r.timeline.map((t, i) => [clock(t.at), html`${words(t.event)} <span class="muted">${[t.http_status, t.reason].filter(Boolean).join(" ")}</span>`, html`<${Status} status=${t.status} />`, t.by ?? "", steps[i] && html`<${Then} ...${steps[i]} longest=${longest} />`])} />`;
}

const Then = ({ ms, running, still, longest }) => html`<span class=${`bar ${running ? "running" : "waiting"}`} style=${{ width: `${Math.max(2, 90 * ms / longest)}px` }}></span> ${running ? still ? "runs for" : "ran" : still ? "waits for" : "waited"} ${span(ms)}`;

export const Attempts = ({ r }) => html`<${Table} caption="Attempts" empty="" head=${["#", "Started", "Took", "Worker", "End", "HTTP", "Error"]}
  rows=${r.attempt_list.map(a => [a.number, clock(a.started_at), a.started_at ? span(new Date(a.ended_at) - new Date(a.started_at)) : "–", a.worker ?? "", words(a.event), a.http_status ?? "", a.error ? html`<b>${a.error.code}</b> ${a.error.message}` : ""])} />`;
