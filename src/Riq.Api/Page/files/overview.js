// What flows now.
import { get } from "./api.js";
import { Chart } from "./charts.js";
import { clock, count, shortSpan, since, span, spanSteps, until } from "./format.js";
import { Facts, html, Loading, Table, useLive } from "./ui.js";

const SPANS = [[15, "15 min"], [60, "1 h"], [360, "6 h"], [1440, "24 h"]];

export function Overview({ query }) {
  const minutes = SPANS.map(([m]) => m).find(m => m === +query.get("minutes")) ?? 15;
  const now = useLive(async signal => {
    const [health, services, history] = await Promise.all(["/api/queue/health", "/api/queue/services", `/api/queue/history?minutes=${minutes}`].map(p => get(p, signal)));
    return { health, services: services.items, history: history.items };
  }, [minutes], { seconds: 3 });
  return html`<${Loading} live=${now}>${({ health, services, history }) => html`
    <div class="row"><h1>Overview <span class=${`status ${health.status}`}>${health.status}</span></h1>
      <div class="choice" role="group" aria-label="Time shown">${SPANS.map(([m, name]) => html`<button type="button" aria-pressed=${m === minutes} onClick=${() => { location.hash = m === 15 ? "#/" : `#/?minutes=${m}`; }}>${name}</button>`)}</div></div>
    <${Blocked} health=${health} />
    <${Facts} tiles facts=${[["Waiting", count(health.stats.queued)], ["Running", count(health.stats.processing)], ["Ended per second", health.stats.ended_per_second],
      ["Oldest waits", health.stats.oldest_waiting_since ? since(health.stats.oldest_waiting_since) : "nothing"]]} />
    <${Charts} history=${history} />
    <h2>Services</h2>
    <${Table} caption="Services" empty="No service is configured." head=${["Service", "Circuit", "Calls left", "All back in", "At a time", "Waiting", "Running", "Oldest", "Blocked by"]}
      rows=${services.map(s => [html`<a href=${`#/services?service=${s.service}`}>${s.service}</a>`, html`<span class=${`status ${s.circuit.state}`}>${s.circuit.state.replace("_", " ")}</span>`,
        s.limits.tokens_left === undefined ? "no limit" : `${count(s.limits.tokens_left)} of ${count(s.limits.burst)}`, allBack(s.limits), count(s.limits.concurrency_now ?? s.limits.concurrency), html`<a href=${`#/requests?q=${encodeURIComponent(`service:${s.service} status:queued`)}`}>${count(s.depth)}</a>`, count(s.processing),
        s.oldest_waiting_since ? since(s.oldest_waiting_since) : "–", why(s)])} />`}<//>`;
}

/** When every call of the burst is there again; while the service has asked for fewer, when that ends. */
function allBack(limits) {
  if (limits.lowered_until) return `lowered until ${clock(limits.lowered_until)}`;
  if (limits.tokens_left === undefined) return "–";
  return limits.tokens_left >= limits.burst || !limits.rate_now ? "now" : span(60_000 * (limits.burst - limits.tokens_left) / limits.rate_now);
}

function why(service) {
  if (service.paused) return `paused by ${service.pause.by} ${service.pause.until ? until(service.pause.until) : "until resumed"}`;
  if (service.credentials?.needs_reauth) return "needs a new credential";
  if (service.circuit.state !== "closed") return `circuit open ${until(service.circuit.open_until)}`;
  if (!service.limits.workers) return "no worker is there";
  const hold = service.holds.find(h => h.scope === "service");
  if (hold) return `limit of the service until ${clock(hold.until)}`;
  return service.depth > 0 && service.limits.tokens_left === 0 ? `limit of ${count(service.limits.rate_now)} calls a minute` : "nothing";
}

function Blocked({ health }) {
  const blocked = Object.entries(health.components).filter(([, c]) => c.status !== "up");
  return blocked.length > 0 && html`<div class="problem" role="status">${blocked.map(([name, c]) => html`<p><b>${name}:</b> ${c.message ?? c.status} ${c.until ? `(${until(c.until)})` : ""}</p>`)}</div>`;
}

function Charts({ history }) {
  const times = history.map(h => new Date(h.at) / 1000);
  const line = (label, field, color, scale = 1) => ({ label, color, values: history.map(h => h[field] === undefined || h[field] === null ? null : h[field] * scale) });
  const number = v => v >= 1000 ? `${+(v / 1000).toFixed(1)}k` : `${+v.toFixed(1)}`;
  return html`<div class="cards">
    <${Chart} title="Depth" times=${times} format=${number} series=${[line("waiting", "queued", "--c1"), line("running", "processing", "--c2")]} />
    <${Chart} title="Per second" times=${times} format=${number} series=${[line("ended", "ended_per_second", "--c1"), line("failed or dead", "unsuccessful_per_second", "--c3")]} />
    <${Chart} title="Latency, submit to end" times=${times} format=${span} axis=${shortSpan} steps=${spanSteps} series=${[line("p50", "p50_ms", "--c1"), line("p95", "p95_ms", "--c2"), line("p99", "p99_ms", "--c3")]} />
    <${Chart} title="Oldest waiting" times=${times} format=${span} axis=${shortSpan} steps=${spanSteps} series=${[line("age", "oldest_seconds", "--c1", 1000)]} /></div>`;
}
