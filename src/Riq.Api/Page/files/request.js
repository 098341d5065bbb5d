// One request: what became of it and why, and what an operator can do about it.
import { get, post } from "./api.js";
import { clock, count, since, span } from "./format.js";
import { Decide, Mend } from "./decide.js";
import { Relations } from "./relations.js";
import { Attempts, Timeline } from "./timeline.js";
import { Why } from "./why.js";
import { Action, Copy, Facts, html, Loading, safeLink, Status, useLive } from "./ui.js";

const ended = r => ["completed", "failed", "dead"].includes(r.status);

export function Request({ of: token, me }) {
  const live = useLive(signal => get(`/api/queue/requests/${encodeURIComponent(token || "none")}`, signal), [token], { seconds: 2 });
  return html`<${Loading} live=${live}>${r => html`
    <div class="row"><h1>${r.operation} <${Status} status=${r.status} waitingFor=${r.waiting_for} /></h1><code>${r.token}</code></div>
    <${Why} r=${r} />
    <${Actions} r=${r} me=${me} reload=${live.reload} />
    <div class="card"><${Facts} facts=${facts(r)} /></div>
    <${Relations} r=${r} />
    <h2>Timeline</h2><${Timeline} r=${r} />
    ${r.attempt_list.length > 0 && html`<h2>Attempts</h2><${Attempts} r=${r} />`}
    <div class="cards"><section><h2>Payload</h2><pre tabindex="0">${JSON.stringify(r.payload, null, 2)}</pre></section>
      ${r.result !== undefined && html`<section><h2>Result</h2><pre tabindex="0">${JSON.stringify(r.result, null, 2)}</pre></section>`}</div>
    <details><summary>Everything as JSON</summary><pre tabindex="0">${JSON.stringify(r, null, 2)}</pre></details>`}<//>`;
}

function facts(r) {
  const trace = r.traceparent?.split("-")[1], page = safeLink(r.result?.deep_link);
  return [["Client", r.client], ["Priority", r.priority], ["Created", `${clock(r.created_at)} (${since(r.created_at)} ago)`], ["Took", r.duration_ms === undefined ? null : span(r.duration_ms)], ["Attempts", r.attempts],
    ["Retries", `${r.retry_count} of ${r.max_retries}`], ["Deferrals", r.deferrals], ["Next try", r.next_retry_at && !ended(r) ? clock(r.next_retry_at) : null], ["Worker", r.status === "processing" ? r.worker : null],
    ["Idempotency key", r.idempotency_key], ["Expires", r.expires_at && !ended(r) ? clock(r.expires_at) : null], ["Cached", r.cached ? `since ${clock(r.cached_at)}` : null], ["Path", r.routing_path],
    ["Trace", trace && (r.trace_url ? html`<a href=${r.trace_url} rel="noreferrer"><code>${trace}</code></a>` : html`<code>${trace}</code>`)],
    ["Callback", r.callback && `${r.callback.status}, ${r.callback.deliveries} deliveries to ${r.callback.url}`],
    ["In the service", page && html`<a href=${page} rel="noreferrer">${r.result.id ?? page}</a>`]];
}

const quoted = text => `'${text.replaceAll("'", `'\\''`)}'`;
const KEY = `-H "Authorization: Bearer $RIQ_KEY"`;

/** The same once more, as whoever submitted it could. */
function submission(r) {
  const body = { operation: r.operation, payload: r.payload, ...r.priority !== "normal" && { priority: r.priority }, max_retries: r.max_retries };
  return `curl ${KEY} -H 'Content-Type: application/json' ${location.origin}/api/queue/submit -d ${quoted(JSON.stringify(body))}`;
}

function Actions({ r, me, reload }) {
  const operator = me.scopes.includes("operate") ? null : "Your key may look, but not operate.";
  const path = `/api/queue/requests/${r.token}`;
  const both = `${count(r.dependents_total)} ${r.dependents_total === 1 ? "request that depends" : "requests that depend"} on it`;
  return html`<div class="buttons">
    <${Action} label="Cancel" why=${r.status === "queued" ? null : `Only a queued request can be cancelled; this one is ${r.status}.`} run=${() => post(`${path}/cancel`)} done=${reload}
      confirm=${{ title: `Cancel ${r.operation}?`, lines: ["It fails with CANCELLED.", ...r.dependents_total > 0 ? [`So do ${both}.`] : []], act: "Cancel it" }} />
    ${r.status === "failed" && html`<${Action} label="Retry" why=${operator} run=${() => post(`${path}/retry`)} done=${reload} />`}
    ${(r.status === "failed" || r.status === "dead") && r.dependents_total > 0 && html`<${Action} label="Retry with its dependents" why=${operator} run=${() => post(`${path}/retry?with_dependents=true`)} done=${reload}
      confirm=${{ title: "Retry it with its dependents?", lines: [`It runs again at once, and those of the ${both} that failed because of it after it: up to ${count(1 + r.dependents_total)} calls.`], act: "Retry them" }} />`}
    ${r.callback && html`<${Action} label="Deliver the callback again" why=${me.scopes.some(s => s !== "read") ? null : "Your key may look, but neither submit nor operate."} run=${() => post(`${path}/callback/replay`)} done=${reload} />`}
    <${Copy} text=${`curl ${KEY} ${location.origin}${path}`} label="Copy as curl" /><${Copy} text=${submission(r)} label="Copy its submission as curl" /></div>
    ${r.status === "dead" && html`<${Decide} r=${r} why=${operator} done=${reload} /><${Mend} r=${r} why=${operator} done=${reload} />`}`;
}
