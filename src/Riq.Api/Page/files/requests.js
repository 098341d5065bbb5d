// Search of requests: the server filters and pages, the address says what is shown.
import { get, query as queryText } from "./api.js";
import { clock, shortToken, span } from "./format.js";
import { parse } from "./search.js";
import { Chosen } from "./selection.js";
import { html, Problems, Status, Table, useEffect, useLive, useRef, useState } from "./ui.js";

const QUALIFIERS = "status: operation: service: client: priority: error: key: created> created<";
const HINTS = ["status:queued", "status:processing", "status:failed", "status:dead", "service:jira", "priority:high", "error:TIMEOUT"];
const to = (q, cursor) => `#/requests${queryText({ q, cursor })}`;

export function Requests({ query, me }) {
  const text = query.get("q") ?? "", cursor = query.get("cursor");
  const { parameters, token, problems } = parse(text);
  if (token) { location.replace(`#/request/${token}`); return null; }
  const [chosen, choose] = useState(new Map());
  const live = useLive(signal => problems.length ? { items: [] } : get(`/api/queue/requests${queryText({ ...parameters, cursor, limit: 50 })}`, signal), [text, cursor], { seconds: cursor ? 0 : 3, held: chosen.size > 0 });
  // Who looks at other rows has chosen none of them.
  useEffect(() => choose(new Map()), [text, cursor]);
  const box = useRef(null);
  useEffect(() => { if (query.has("focus")) box.current?.focus(); }, []);
  const search = e => { e.preventDefault(); location.hash = to(box.current.value.trim()); };
  return html`<h1>Requests</h1>
    <form class="search" role="search" onSubmit=${search}><input ref=${box} type="search" aria-label="Search requests" aria-describedby="qualifiers" key=${text} defaultValue=${text} placeholder="status:dead service:jira created>2026-01-31, or a token ( / )" spellcheck="false" /><button class="primary">Search</button></form>
    <p class="muted" id="qualifiers"><code>${QUALIFIERS}</code></p>
    <p class="choice" role="group" aria-label="Often searched">${HINTS.map(h => html`<a class="status" href=${to(h)} aria-current=${h === text ? "true" : null}>${h}</a>`)}</p>
    ${problems.map(p => html`<${Problems} problem=${p} />`)}<${Problems} problem=${live.problem} />
    <${Chosen} chosen=${chosen} me=${me} clear=${() => choose(new Map())} done=${live.reload} />
    ${live.data && !problems.length && html`<${List} page=${live.data} text=${text} cursor=${cursor} chosen=${chosen} choose=${choose} />`}`;
}

function List({ page, text, cursor, chosen, choose }) {
  const set = (rows, on) => choose(before => { const after = new Map(before); for (const r of rows) on ? after.set(r.token, r) : after.delete(r.token); return after; });
  const all = page.items.length > 0 && page.items.every(r => chosen.has(r.token));
  const tick = (label, checked, rows) => html`<input type="checkbox" aria-label=${label} checked=${checked} onChange=${e => set(rows, e.target.checked)} />`;
  return html`<${Table} caption="Requests, the newest first" empty="No request is like that." head=${[tick("Select all on this page", all, page.items), "Token", "Status", "Operation", "Error", "Created", "Took", "Attempts", "Client", "Priority"]}
      rows=${page.items.map(r => [tick(`Select ${r.token}`, chosen.has(r.token), [r]), html`<a href=${`#/request/${r.token}`} title=${r.token}><code>${shortToken(r.token)}</code></a>`, html`<${Status} status=${r.status} waitingFor=${r.waiting_for} />`,
        r.operation, r.error?.code ?? "", clock(r.created_at), r.duration_ms === undefined ? "–" : span(r.duration_ms), r.attempts, r.client ?? "–", r.priority])} />
    <nav class="pages" aria-label="Pages">${cursor && html`<a href=${to(text)}>Newest</a>`} ${page.next_cursor && html`<a href=${to(text, page.next_cursor)}>Older</a>`}</nav>`;
}
