// Who did what.
import { get, query as queryText } from "./api.js";
import { clock, words } from "./format.js";
import { html, Loading, Table, useLive } from "./ui.js";

const FILTERS = ["by", "action", "target"];

export function Audit({ query }) {
  const filter = Object.fromEntries(FILTERS.map(f => [f, query.get(f)]).filter(([, v]) => v)), cursor = query.get("cursor");
  const live = useLive(signal => get(`/api/queue/audit${queryText({ ...filter, cursor, limit: 50 })}`, signal), [queryText(filter), cursor], { seconds: cursor ? 0 : 5 });
  const only = (field, value) => html`<a class="quiet" title=${`Only ${words(value)}`} href=${`#/audit${queryText({ ...filter, [field]: value })}`}>${words(value)}</a>`;
  return html`<h1>Audit</h1>
    ${Object.keys(filter).length > 0 && html`<p class="filters">${Object.entries(filter).map(([f, v]) => html`<span class="status">${f}: ${words(v)}</span> `)}<a href="#/audit">Show all</a></p>`}
    <${Loading} live=${live}>${page => html`<${Table} caption="What operators did, the youngest first" empty="Nobody has done anything like that yet." head=${["When", "Who", "What", "To", "Details"]}
      rows=${page.items.map(a => [clock(a.at), only("by", a.by), only("action", a.action), html`<${Target} a=${a} />`, a.details ? html`<code>${JSON.stringify(a.details)}</code>` : ""])} />
    ${page.next_cursor && html`<nav class="pages" aria-label="Pages"><a href=${`#/audit${queryText({ ...filter, cursor: page.next_cursor })}`}>Older</a></nav>`}`}<//>`;
}

/** What it was done to, with the way there. */
function Target({ a }) {
  if (!a.target) return "";
  const to = a.target.startsWith("req_") ? `request/${a.target}` : a.action.startsWith("note_") ? `dead-letters?fingerprint=${a.target}` : a.action.startsWith("bulk_") ? `bulk/${a.target.replaceAll("-", "")}`
    : /^(service|circuit|limits|grant)/.test(a.action) ? `services?service=${a.target}` : null;
  return to ? html`<a href=${`#/${to}`}><code>${a.target}</code></a>` : html`<code>${a.target}</code>`;
}
