// Callbacks: what was delivered, what waits, what was given up; and once more.
import { get, post, query as queryText } from "./api.js";
import { clock, shortToken, until } from "./format.js";
import { Action, html, Loading, Table, useLive } from "./ui.js";

const STATES = ["", "pending", "delivered", "failed", "gone", "superseded"];

export function Callbacks({ query, me }) {
  const status = query.get("status"), cursor = query.get("cursor");
  const live = useLive(signal => get(`/api/queue/callbacks${queryText({ status, cursor, limit: 50 })}`, signal), [status, cursor], { seconds: cursor ? 0 : 5 });
  const why = me.scopes.some(s => s !== "read") ? null : "Your key may look, but neither submit nor operate.";
  const again = c => html`<${Action} label="Deliver again" why=${why} run=${() => post(`/api/queue/requests/${c.token}/callback/replay`)} done=${live.reload} />`;
  return html`<h1>Callbacks</h1>
    <p class="choice" role="group" aria-label="Which">${STATES.map(s => html`<a class="status" href=${`#/callbacks${queryText({ status: s })}`} aria-current=${s === (status ?? "") ? "true" : null}>${s || "all"}</a>`)}</p>
    <${Loading} live=${live}>${page => html`<${Table} caption="Callbacks, the youngest first" empty="No callback is like that." head=${["Request", "Ended", "To", "Delivery", "Deliveries", "Next", "Answer", ""]}
      rows=${page.items.map(c => [html`<a href=${`#/request/${c.token}`}><code>${shortToken(c.token)}</code></a>`, `${clock(c.ended_at)} ${c.request_status}`, c.url, html`<span class=${`status ${c.status}`}>${c.status}</span>`, c.deliveries,
        c.next_delivery_at ? until(c.next_delivery_at) : "", [c.http_status, c.error].filter(Boolean).join(" "), c.status === "superseded" ? "" : again(c)])} />
      ${page.next_cursor && html`<nav class="pages" aria-label="Pages"><a href=${`#/callbacks${queryText({ status, cursor: page.next_cursor })}`}>Older</a></nav>`}`}<//>`;
}
