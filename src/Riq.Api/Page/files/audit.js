// Who did what.
import { get, query as queryText } from "./api.js";
import { clock, words } from "./format.js";
import { html, Loading, Table, useLive } from "./ui.js";

export function Audit({ query }) {
  const cursor = query.get("cursor");
  const live = useLive(signal => get(`/api/queue/audit${queryText({ cursor, limit: 50 })}`, signal), [cursor]);
  return html`<h1>Audit</h1><${Loading} live=${live}>${page => html`<${Table} caption="What operators did, the youngest first" empty="Nobody has done anything yet." head=${["When", "Who", "What", "To", "Details"]}
      rows=${page.items.map(a => [clock(a.at), a.by, words(a.action), a.target?.startsWith("req_") ? html`<a href=${`#/request/${a.target}`}><code>${a.target}</code></a>` : a.target ?? "", a.details ? html`<code>${JSON.stringify(a.details)}</code>` : ""])} />
    ${page.next_cursor && html`<nav class="pages" aria-label="Pages"><a href=${`#/audit?cursor=${page.next_cursor}`}>Older</a></nav>`}`}<//>`;
}
