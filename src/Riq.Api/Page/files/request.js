// One request: what became of it and why, and what an operator can do about it.
import { get, post } from "./api.js";
import { clock, shortToken, since, span, until, words } from "./format.js";
import { Decide, Mend } from "./decide.js";
import { Action, Copy, Facts, html, Loading, Status, Table, useLive } from "./ui.js";

const ended = r => ["completed", "failed", "dead"].includes(r.status);

export function Request({ of: token, me }) {
  const live = useLive(signal => get(`/api/queue/requests/${encodeURIComponent(token || "none")}`, signal), [token], { seconds: 2 });
  return html`<${Loading} live=${live}>${r => html`
    <div class="row"><h1>${r.operation} <${Status} status=${r.status} waitingFor=${r.waiting_for} /></h1><code>${r.token}</code></div>
    ${r.blocked_by && html`<p class="problem calm">${r.blocked_by.message} ${r.blocked_by.until ? `(${until(r.blocked_by.until)})` : ""}
      ${(r.blocked_by.tokens ?? []).map(t => html` <a href=${`#/request/${t}`}><code>${shortToken(t)}</code></a>`)}</p>`}
    <${Error} error=${r.error} />
    <${Actions} r=${r} me=${me} reload=${live.reload} />
    <${Facts} facts=${facts(r)} />
    <h2>Timeline</h2><${Timeline} r=${r} />
    ${r.attempt_list.length > 0 && html`<h2>Attempts</h2><${Attempts} r=${r} />`}
    <h2>Payload</h2><pre tabindex="0">${JSON.stringify(r.payload, null, 2)}</pre>
    ${r.result !== undefined && html`<h2>Result</h2><pre tabindex="0">${JSON.stringify(r.result, null, 2)}</pre>`}
    <details><summary>Everything as JSON</summary><pre tabindex="0">${JSON.stringify(r, null, 2)}</pre></details>`}<//>`;
}

function facts(r) {
  return [["Client", r.client], ["Priority", r.priority], ["Created", `${clock(r.created_at)} (${since(r.created_at)} ago)`], ["Took", r.duration_ms === undefined ? null : span(r.duration_ms)], ["Attempts", r.attempts],
    ["Retries", `${r.retry_count} of ${r.max_retries}`], ["Deferrals", r.deferrals], ["Next try", r.next_retry_at && !ended(r) ? clock(r.next_retry_at) : null], ["Worker", r.status === "processing" ? r.worker : null],
    ["Idempotency key", r.idempotency_key], ["Expires", r.expires_at && !ended(r) ? clock(r.expires_at) : null], ["Cached", r.cached ? `since ${clock(r.cached_at)}` : null], ["Path", r.routing_path],
    ["Trace", r.traceparent && html`<code>${r.traceparent.split("-")[1]}</code>`], ["Callback", r.callback && `${r.callback.status}, ${r.callback.deliveries} deliveries to ${r.callback.url}`],
    ["Issue", r.web_url && html`<a href=${r.web_url} rel="noreferrer">${r.web_url}</a>`]];
}

const Error = ({ error }) => error && html`<div class="problem"><p><b>${error.code}</b> ${error.message}</p>${error.details && html`<pre tabindex="0">${JSON.stringify(error.details, null, 2)}</pre>`}</div>`;

function Actions({ r, me, reload }) {
  const operator = me.scopes.includes("operate") ? null : "Your key may look, but not operate.";
  const path = `/api/queue/requests/${r.token}`;
  const curl = `curl -H "Authorization: Bearer $RIQ_KEY" ${location.origin}${path}`;
  return html`<div class="buttons">
    <${Action} label="Cancel" why=${r.status === "queued" ? null : `Only a queued request can be cancelled; this one is ${r.status}.`} run=${() => post(`${path}/cancel`)} done=${reload}
      confirm=${{ title: `Cancel ${r.operation}?`, lines: ["It fails with CANCELLED, and so do those that depend on it."], act: "Cancel it" }} />
    ${r.status === "failed" && html`<${Action} label="Retry" why=${operator} run=${() => post(`${path}/retry`)} done=${reload} />`}
    ${r.callback && html`<${Action} label="Deliver the callback again" why=${operator} run=${() => post(`${path}/callback/replay`)} done=${reload} />`}
    <${Copy} text=${curl} label="Copy as curl" /></div>
    ${r.status === "dead" && html`<${Decide} r=${r} why=${operator} done=${reload} /><${Mend} r=${r} why=${operator} done=${reload} />`}`;
}

const Timeline = ({ r }) => html`<${Table} caption="Timeline" empty="" head=${["Time", "After", "Event", "Status", "By", "Reason"]}
  rows=${r.timeline.map((t, i) => [clock(t.at), i === 0 ? "" : `+${span(new Date(t.at) - new Date(r.timeline[i - 1].at))}`, words(t.event), html`<${Status} status=${t.status} />`, t.by ?? "", [t.http_status, t.reason].filter(Boolean).join(" ")])} />`;

const Attempts = ({ r }) => html`<${Table} caption="Attempts" empty="" head=${["#", "Started", "Took", "Worker", "End", "HTTP", "Error"]}
  rows=${r.attempt_list.map(a => [a.number, clock(a.started_at), a.started_at ? span(new Date(a.ended_at) - new Date(a.started_at)) : "–", a.worker ?? "", words(a.event), a.http_status ?? "", a.error ? `${a.error.code} ${a.error.message}` : ""])} />`;
