// Each service: circuit, limits, pause, and the operator's hand on them.
import { get, patch, post } from "./api.js";
import { clock, count, since, until } from "./format.js";
import { Action, Facts, html, Loading, Problems, useLive, useState } from "./ui.js";

const PAUSES = [["", "until resumed"], [900, "15 min"], [3600, "1 h"], [28800, "8 h"]];

export function Services({ query, me }) {
  const live = useLive(signal => get("/api/queue/services", signal), [], { seconds: 2 });
  const why = me.scopes.includes("operate") ? null : "Your key may look, but not operate.", only = query.get("service");
  return html`<h1>Services</h1>${only && html`<p class="filters"><span class="status">service: ${only}</span> <a href="#/services">Show all</a></p>`}
    <${Loading} live=${live}>${({ items }) => items.filter(s => !only || s.service === only).map(s => html`<${Service} key=${s.service} s=${s} why=${why} reload=${live.reload} />`)}<//>`;
}

function Service({ s, why, reload }) {
  const { circuit, limits } = s, path = `/api/queue/services/${s.service}`;
  const force = state => () => post(`${path}/circuit`, { state });
  const waiting = `${count(s.depth)} requests wait now.`, lowered = s.holds.length > 0 || limits.lowered_until;
  return html`<section class="card" aria-label=${s.service}><h2>${s.service} <span class=${`status ${circuit.state}`}>circuit ${circuit.state.replace("_", " ")}</span>${s.paused && html` <span class="status paused">paused</span>`}</h2>
    ${s.paused && html`<p class="problem calm">Paused by ${s.pause.by} since ${clock(s.pause.since)}, ${s.pause.until ? until(s.pause.until) : "until resumed"}${s.pause.reason ? `: ${s.pause.reason}` : ""}.</p>`}
    ${s.credentials?.needs_reauth && html`<p class="problem">The service refuses RIQ's credential. ${s.credentials.error ?? ""} Requests wait; enter a new one: <code>riq-cli services grant ${s.service}</code>.</p>`}
    ${circuit.state !== "closed" && html`<p class="problem calm">Open since ${clock(circuit.opened_at)}, ${circuit.forced ? `kept so by ${circuit.forced_by}` : `next trial ${until(circuit.open_until)}`}.</p>`}
    ${circuit.state === "closed" && circuit.forced && html`<p class="problem calm">Kept closed by ${circuit.forced_by}: failures do not open it.</p>`}
    ${!limits.workers && html`<p class="problem">No worker is there: nothing of ${s.service} runs until one is started.</p>`}
    ${s.holds.map(h => html`<p class="problem calm">No call of ${h.scope} ${h.name} ${until(h.until)}: ${h.reason ?? "the service asked for it"}.</p>`)}
    <${Facts} facts=${[["Waiting", html`<a href=${`#/requests?q=${encodeURIComponent(`service:${s.service} status:queued`)}`}>${count(s.depth)}</a>`], ["Running", count(s.processing)], ["Oldest", s.oldest_waiting_since ? since(s.oldest_waiting_since) : "–"], ["Failures of calls lately", `${circuit.failures} of ${circuit.calls}`],
      ["Calls a minute", limits.rate ? count(limits.rate) : "no limit"], ["Left now", count(limits.tokens_left)], ["At a time", `${count(limits.concurrency_now ?? limits.concurrency)}${limits.adaptive ? " (adaptive)" : ""}`], ["Workers", limits.workers],
      ["Lowered until", limits.lowered_until && clock(limits.lowered_until)], ["Limits set by", limits.overridden_by]]} />
    <div class="buttons">${s.paused ? html`<${Action} label="Resume" kind="primary" why=${why} run=${() => post(`${path}/resume`)} done=${reload} />` : html`<${Pause} path=${path} why=${why} reload=${reload} waiting=${s.depth} name=${s.service} />`}</div>
    <div class="buttons"><${Action} label="Force open" why=${why ?? (circuit.forced && circuit.state === "open" ? "It is kept open already." : null)} run=${force("open")} done=${reload} confirm=${{ title: `Keep the circuit of ${s.service} open?`, lines: [waiting, "They and all that come wait until somebody closes it; no retry is used up."], act: "Keep it open" }} />
      <${Action} label="Force closed" why=${why ?? (circuit.forced && circuit.state === "closed" ? "It is kept closed already." : null)} run=${force("closed")} done=${reload} confirm=${{ title: `Keep the circuit of ${s.service} closed?`, lines: [waiting, "Failures of the service no longer stop calls; each of them uses up a retry."], act: "Keep it closed" }} />
      <${Action} label="Let failures decide" why=${why ?? (circuit.forced ? null : "They do.")} run=${force("auto")} done=${reload} />
      <${Action} label="Forget what it asked for" why=${why ?? (lowered ? null : "The service has asked for nothing.")} run=${() => patch(`${path}/limits`, { holds: null })} done=${reload} confirm=${{ title: `Forget that ${s.service} has asked for fewer calls?`, lines: [waiting, "Calls go at the full rate at once; the service may refuse them again."], act: "Forget it" }} /></div>
    <${Limits} path=${path} limits=${limits} why=${why} reload=${reload} /></section>`;
}

function Pause({ path, why, reload, waiting, name }) {
  const [seconds, setSeconds] = useState(""), [reason, setReason] = useState("");
  const body = () => ({ ...seconds && { for_seconds: +seconds }, ...reason.trim() && { reason: reason.trim() } });
  return html`<label class="inline">Pause <select value=${seconds} onChange=${e => setSeconds(e.target.value)}>${PAUSES.map(([v, label]) => html`<option value=${v}>${label}</option>`)}</select></label>
    <label class="inline">because of <input maxlength="500" placeholder="maintenance, ticket …" value=${reason} onInput=${e => setReason(e.target.value)} /></label>
    <${Action} label="Pause" why=${why} run=${() => post(`${path}/pause`, body())} done=${reload} confirm=${{ title: `Pause ${name}?`, lines: [`${count(waiting)} requests wait now; they and all that come wait ${seconds ? `for ${PAUSES.find(([v]) => v === +seconds)[1]}` : "until somebody resumes it"}. Nothing is lost, and no retry is used up.`], act: "Pause it" }} />`;
}

function Limits({ path, limits, why, reload }) {
  const [problem, set] = useState(null);
  const save = async e => {
    e.preventDefault();
    if (why) return;
    const form = new FormData(e.target), number = name => form.get(name) === "" ? null : +form.get(name);
    try { await patch(`${path}/limits`, { rate: number("rate"), burst: number("burst"), concurrency: number("concurrency") }); set(null); reload(); } catch (e) { set(e); }
  };
  return html`<details><summary>Set limits in place of the settings</summary><form class="fields" onSubmit=${save}>
    <label>Calls a minute (0: none) <input name="rate" type="number" min="0" placeholder=${limits.rate} /></label><label>Burst <input name="burst" type="number" min="1" placeholder=${limits.burst} /></label>
    <label>At a time <input name="concurrency" type="number" min="1" placeholder=${limits.concurrency} /></label>
    <button aria-disabled=${why ? "true" : null} title=${why}>Set</button></form><p class="muted">An empty field goes back to the setting.</p><${Problems} problem=${problem} /></details>`;
}
