// Search of requests: the server filters and pages, the address says what is shown.
import { get, query as queryText } from "./api.js";
import { clock, shortToken, span } from "./format.js";
import { parse } from "./search.js";
import { html, Problems, Status, Table, useLive, useRef } from "./ui.js";

const QUALIFIERS = "status: operation: service: client: priority: error: key: created> created<";
const HINTS = ["status:queued", "status:dead", "error:TIMEOUT", "service:jira", "priority:high"];
const to = (q, cursor) => `#/requests${queryText({ q, cursor })}`;

export function Requests({ query }) {
  const text = query.get("q") ?? "", cursor = query.get("cursor");
  const { parameters, token, problems } = parse(text);
  if (token) { location.replace(`#/request/${token}`); return null; }
  const live = useLive(signal => problems.length ? { items: [] } : get(`/api/queue/requests${queryText({ ...parameters, cursor, limit: 50 })}`, signal), [text, cursor], { seconds: cursor ? 0 : 3 });
  const box = useRef(null);
  const search = e => { e.preventDefault(); location.hash = to(box.current.value.trim()); };
  return html`<h1>Requests</h1>
    <form class="search" role="search" onSubmit=${search}><input ref=${box} type="search" aria-label="Search requests" aria-describedby="qualifiers" key=${text} defaultValue=${text} placeholder="status:dead service:jira created>2026-01-31, or a token" spellcheck="false" /><button class="primary">Search</button></form>
    <p class="muted" id="qualifiers">${QUALIFIERS} · ${HINTS.map(h => html`<a class="hint" href=${to(h)}>${h}</a> `)}</p>
    ${problems.map(p => html`<${Problems} problem=${p} />`)}<${Problems} problem=${live.problem} />
    ${live.data && !problems.length && html`<${List} page=${live.data} text=${text} cursor=${cursor} />`}`;
}

function List({ page, text, cursor }) {
  return html`<${Table} caption="Requests, the newest first" empty="No request is like that." head=${["Token", "Operation", "Status", "Client", "Priority", "Created", "Took", "Attempts", "Error"]}
      rows=${page.items.map(r => [html`<a href=${`#/request/${r.token}`} title=${r.token}><code>${shortToken(r.token)}</code></a>`, r.operation, html`<${Status} status=${r.status} waitingFor=${r.waiting_for} />`,
        r.client ?? "–", r.priority, clock(r.created_at), r.duration_ms === undefined ? "–" : span(r.duration_ms), r.attempts, r.error?.code ?? ""])} />
    <nav class="pages" aria-label="Pages">${cursor && html`<a href=${to(text)}>Newest</a>`} ${page.next_cursor && html`<a href=${to(text, page.next_cursor)}>Older</a>`}</nav>`;
}
