// What a request waits for, and what waits for it.
import { count, shortToken, words } from "./format.js";
import { html, Status, Table } from "./ui.js";

const link = o => html`<a href=${`#/request/${o.token}`} title=${o.token}><code>${shortToken(o.token)}</code></a>`;
const more = (total, shown) => total > shown && html`<p class="muted">${count(total - shown)} more</p>`;

export function Relations({ r }) {
  return html`${r.lane && html`<${Lane} lane=${r.lane} />`}
    ${r.depends_on_total > 0 && html`<h2>Depends on</h2><${Others} caption="Requests that it depends on" items=${r.depends_on} waits />${more(r.depends_on_total, r.depends_on.length)}`}
    ${r.dependents_total > 0 && html`<h2>Depend on it</h2><${Others} caption="Requests that depend on it" items=${r.dependents} />${more(r.dependents_total, r.dependents.length)}`}`;
}

const Others = ({ caption, items, waits }) => html`<${Table} caption=${caption} empty="" head=${["Token", "Operation", "Status", "Needed", ...waits ? ["Waited for"] : []]}
  rows=${items.map(o => [link(o), o.operation ?? "deleted", o.status ? html`<${Status} status=${o.status} waitingFor=${o.waiting_for} />` : "–", o.kind === "consistency" ? "read after it" : "its result", ...waits ? [o.done ? "no more" : "yes"] : []])} />`;

function Lane({ lane }) {
  const place = lane.position === undefined ? "It takes its place when what it depends on is done." : lane.position === 1 ? "It is its turn: it holds the lane." : `${count(lane.position - 1)} ahead of it; the first of them holds the lane.`;
  return html`<h2>Lane <code>${lane.key}</code></h2><p>Writes to it run one at a time, in the order of acceptance. ${place} ${lane.behind > 0 ? `${count(lane.behind)} wait behind it.` : ""}</p>
    ${lane.ahead.length > 0 && html`<${Table} caption="Ahead of it in its lane" empty="" head=${["Place", "Token", "Operation", "Status"]}
      rows=${lane.ahead.map((o, i) => [i + 1, link(o), o.operation, html`<${Status} status=${o.status} waitingFor=${o.waiting_for && words(o.waiting_for)} />`])} />${more(lane.position - 1, lane.ahead.length)}`}`;
}
