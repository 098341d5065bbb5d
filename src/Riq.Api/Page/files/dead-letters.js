// Dead letters: groups first, for most have one cause; then one by one; many at a time by a wizard.
import { call, get, query as queryText } from "./api.js";
import { clock, count, shortToken } from "./format.js";
import { Action, html, Loading, Problems, Table, useLive, useState } from "./ui.js";

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
      ${wizard && html`<${Wizard} ...${wizard} close=${() => { open(null); live.reload(); }} />`}
      <h2>By cause</h2>
      <${Table} caption="Groups of dead letters, the largest first" empty="There are no dead letters." head=${["Count", "Trend", "Cause", "What most likely helps", "Last", ""]}
        rows=${groups.map(g => [count(g.count), g.trend, html`<a href=${`#/dead-letters?fingerprint=${g.fingerprint}`}>${g.operation} <b>${g.code}</b></a> <span class="muted">${g.message}</span>`, g.remedy, clock(g.last_seen),
          html`<div class="buttons"><button type="button" aria-disabled=${why ? "true" : null} title=${why} onClick=${() => !why && open({ kind: "retry", filter: { fingerprint: g.fingerprint } })}>Retry …</button>
            <button type="button" class="danger" aria-disabled=${why ? "true" : null} title=${why} onClick=${() => !why && open({ kind: "purge", filter: { fingerprint: g.fingerprint } })}>Delete …</button></div>`])} />
      <h2>One by one <span class="muted">${count(list.total)} in all</span></h2>
      <${Table} caption="Dead letters, the youngest first" empty="There are no dead letters." head=${["Token", "Operation", "Error", "Failed", "Attempts", "Tier"]}
        rows=${list.items.map(d => [html`<a href=${`#/request/${d.token}`} title=${d.token}><code>${shortToken(d.token)}</code></a>`, d.operation,
          html`<b>${d.error?.code}</b> ${d.error?.message}${d.error?.details?.outcome === "unknown" && html` <span class="status dead">outcome unknown</span>`}`, clock(d.failed_at), d.attempts, d.tier])} />
      ${list.next_cursor && html`<nav class="pages" aria-label="Pages"><a href=${`#/dead-letters${queryText({ ...filter, cursor: list.next_cursor })}`}>Older</a></nav>`}`}<//>`;
}

/** Many at a time: counts first, says what it costs, goes slowly, and is watched and aborted on its own view. */
function Wizard({ kind, filter, close }) {
  const [pace, setPace] = useState(10), [first, setFirst] = useState(5);
  const [verb, method] = kind === "retry" ? ["Retry", "POST"] : ["Delete", "DELETE"];
  const path = more => `/api/queue/dead-letters${kind === "retry" ? "/retry" : ""}${queryText({ ...filter, per_second: pace, first: kind === "retry" ? first : null, ...more })}`;
  const dry = useLive(() => call(method, path({ dry_run: true })), [kind, filter.fingerprint]);
  const total = dry.data?.total ?? 0;
  return html`<section class="card wizard" aria-label=${`${verb} many`}><h2>${verb} many</h2>
    <${Problems} problem=${dry.problem} />
    ${dry.data && html`<p><b>${count(total)}</b> dead letters are meant${dry.data.left_out_unknown ? html`; ${count(dry.data.left_out_unknown)} with an unknown outcome are left out: decide about them one by one` : ""}.
      ${kind === "retry" ? ` That is at least ${count(total)} calls of the service, over about ${count(Math.ceil(total / pace))} s.` : " They and all that is known of them will be gone."}</p>`}
    <div class="fields"><label>Per second <input type="number" min="1" max="1000" value=${pace} onInput=${e => setPace(+e.target.value || 1)} /></label>
      ${kind === "retry" && html`<label>Try first <input type="number" min="0" max="100" value=${first} onInput=${e => setFirst(+e.target.value || 0)} /></label>`}</div>
    ${kind === "retry" && html`<p class="muted">The rest follow only if those tried first do not fail the same way.</p>`}
    <div class="buttons"><${Action} label=${`${verb} ${count(total)}`} kind=${kind === "retry" ? "primary" : "danger"} why=${total === 0 ? "None is meant." : null} run=${() => call(method, path({}))} done=${o => { location.hash = `#/bulk/${o.id}`; }}
      confirm=${kind === "retry" ? null : { title: `Delete ${count(total)} dead letters?`, lines: ["They and all that is known of them are gone."], act: `Delete ${count(total)}` }} />
      <button type="button" onClick=${close}>Leave it</button></div></section>`;
}
