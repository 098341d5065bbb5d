// Dead letters: groups first, for most have one cause; then one by one; many at a time by a wizard.
import { get, query as queryText } from "./api.js";
import { clock, count, shortToken } from "./format.js";
import { Groups } from "./groups.js";
import { html, Loading, Table, useLive, useState } from "./ui.js";
import { Wizard } from "./wizard.js";

const FILTERS = ["fingerprint", "service", "operation", "code", "tier"];

export function DeadLetters({ query, me }) {
  const filter = Object.fromEntries(FILTERS.map(f => [f, query.get(f)]).filter(([, v]) => v));
  const [wizard, open] = useState(null);
  const text = queryText(filter), cursor = query.get("cursor");
  const live = useLive(async signal => {
    const [groups, list] = await Promise.all([get(`/api/queue/dead-letters/groups${text}`, signal), get(`/api/queue/dead-letters${queryText({ ...filter, cursor, limit: 50 })}`, signal)]);
    return { groups: groups.items, list };
  }, [text, cursor], { seconds: 5, held: wizard !== null });
  const why = me.scopes.includes("operate") ? null : "Your key may look, but not operate.";
  return html`<h1>Dead letters</h1>
    ${text && html`<p class="filters">${Object.entries(filter).map(([f, v]) => html`<span class="status">${f}: ${v}</span> `)}<a href="#/dead-letters">Show all</a></p>`}
    <${Loading} live=${live}>${({ groups, list }) => html`
      ${wizard && html`<${Wizard} ...${wizard} key=${wizard.kind + wizard.filter.fingerprint} close=${() => { open(null); live.reload(); }} />`}
      <h2>By cause</h2><${Groups} groups=${groups} why=${why} open=${open} reload=${live.reload} />
      <h2>One by one <span class="muted">${count(list.total)} in all</span></h2>
      <${Table} caption="Dead letters, the youngest first" empty="There are no dead letters." head=${["Token", "Operation", "Error", "Failed", "Attempts", "Tier"]}
        rows=${list.items.map(d => [html`<a href=${`#/request/${d.token}`} title=${d.token}><code>${shortToken(d.token)}</code></a>`, d.operation,
          html`<b>${d.error?.code}</b> ${d.error?.message}${d.error?.details?.outcome === "unknown" && html` <span class="status dead">outcome unknown</span>`}`, clock(d.failed_at), d.attempts, d.tier])} />
      ${list.next_cursor && html`<nav class="pages" aria-label="Pages"><a href=${`#/dead-letters${queryText({ ...filter, cursor: list.next_cursor })}`}>Older</a></nav>`}`}<//>`;
}
