// Bulk retries and purges, and how far one has come.
import { get, post } from "./api.js";
import { clock, count } from "./format.js";
import { Action, Facts, html, Loading, Table, useLive } from "./ui.js";

export function BulkOperations() {
  const live = useLive(signal => get("/api/queue/bulk-operations?limit=50", signal), [], { seconds: 3 });
  return html`<h1>Bulk operations</h1><p class="muted">They are begun among the dead letters.</p><${Loading} live=${live}>${({ items }) => html`<${Table} caption="Bulk operations, the youngest first" empty="There was none yet." head=${["Begun", "What", "State", "Done", "By", "Which"]}
    rows=${items.map(o => [clock(o.created_at), html`<a href=${`#/bulk/${o.id}`}>${o.kind}</a>`, html`<span class=${`status ${o.state}`}>${o.state}</span>`, `${count(o.done)} of ${count(o.total)}`, o.by, o.query])} />`}<//>`;
}

export function BulkOperation({ of: id }) {
  const live = useLive(signal => get(`/api/queue/bulk-operations/${id}`, signal), [id], { seconds: 1 });
  return html`<${Loading} live=${live}>${o => html`<h1>Bulk ${o.kind} <span class=${`status ${o.state}`}>${o.state}</span></h1>
    <progress max=${o.total || 1} value=${o.done + o.skipped} aria-label="Progress"></progress>
    <p role="status">${count(o.done)} of ${count(o.total)} done${o.skipped ? `, ${count(o.skipped)} skipped` : ""}. ${o.reason ?? ""}</p>
    <${Facts} facts=${[["Begun", clock(o.created_at)], ["By", o.by], ["Which", o.query], ["Per second", o.per_second], ["Ended", o.ended_at && clock(o.ended_at)]]} />
    <${Action} label="Abort" kind="danger" why=${o.state === "running" ? null : `It is ${o.state}.`} run=${() => post(`/api/queue/bulk-operations/${id}/abort`)} done=${live.reload} />
    <p><a href="#/dead-letters">To the dead letters</a></p>`}<//>`;
}
