// Why a request is not done, and what an operator can do about it. RIQ's own words come first; these say where to go on.
import { clock, count, until } from "./format.js";
import { html } from "./ui.js";

const of = (service, text) => html`<a href=${`#/services?service=${service}`}>${text ?? `Services, ${service}`}</a>`;

const ADVICE = {
  worker: r => r.blocked_by.message.startsWith("No worker") ? html`Start a worker: <code>./riq up</code> starts what does not run. If it does not stay, its log says why.`
    : html`Its turn comes by itself. If nothing moves, look at the <a href="#/">overview</a>: how many wait, how many run at a time, and how fast.`,
  rate_limit: r => html`It goes on by itself. How many calls are left, and a higher limit if the service permits one: ${of(r.service)}.`,
  circuit: r => !r.blocked_by.until ? html`It goes on when somebody closes the circuit or lets failures decide: ${of(r.service)}.` : html`RIQ tries ${r.service} by itself and goes on when it answers. Is ${r.service} up? How many calls failed, and closing the circuit by hand: ${of(r.service)}.`,
  paused: r => html`${r.blocked_by.until ? "It goes on by itself then. Sooner: resume it" : "Resume it"} when the reason has passed: ${of(r.service)}.`,
  credentials: r => html`Enter a new credential: <code>riq-cli services grant ${r.service}</code> (docs/runbook.md, RiqCredentialRefused). What the service said: ${of(r.service)}.`,
  retry: () => html`Nothing has to be done. Why the last attempt failed is below; if it can only fail again, cancel it.`,
  outcome_check: () => html`Nothing has to be done: it ends completed, is sent again if it had no effect, or becomes a dead letter to be decided about.`,
  dependencies: () => html`Look at those below that have not ended: what holds them up holds this one up.`,
  consistency_token: () => html`Look at the write below that has not ended.`,
  lane: r => r.lane?.ahead[0]?.status === "dead" ? html`The first of those ahead is a dead letter: decide about <a href=${`#/request/${r.lane.ahead[0].token}`}>it</a>, and the next one goes.`
    : html`Look at the first of those ahead: it holds the lane.`,
};

/** Why it waits, in RIQ's words, until when, and what to do. */
export function Why({ r }) {
  if (r.status === "dead") return html`<section class="problem" aria-label="Why it is not done"><${ErrorWords} error=${r.error} /><p><b>What helps:</b> ${r.remedy}</p></section>`;
  if (r.status === "failed") return html`<section class="problem" aria-label="Why it is not done"><${ErrorWords} error=${r.error} />${failed(r)}</section>`;
  if (!r.blocked_by) return null;
  const advice = ADVICE[r.waiting_for]?.(r), last = r.attempt_list.filter(a => a.error).at(-1);
  return html`<section class="problem calm" aria-label="Why it is not done"><p><b>${r.blocked_by.message}</b> ${r.blocked_by.until && html`<span title=${clock(r.blocked_by.until)}>(${until(r.blocked_by.until)})</span>`}</p>
    ${last && html`<p>Last attempt: <b>${last.error.code}</b> ${last.error.message}</p>`}${advice && html`<p><b>What to do:</b> ${advice}</p>`}</section>`;
}

const ErrorWords = ({ error }) => error && html`<p><b>${error.code}</b> ${error.message}</p>${error.details && html`<details><summary>Details</summary><pre tabindex="0">${JSON.stringify(error.details, null, 2)}</pre></details>`}`;

function failed(r) {
  const culprit = r.depends_on.find(d => d.status === "failed" || d.status === "dead");
  if (r.error?.code === "DEPENDENCY_FAILED" && culprit) return html`<p><b>What helps:</b> mend <a href=${`#/request/${culprit.token}`}>${culprit.operation}</a> (${culprit.status}) and retry it with those that depend on it.</p>`;
  return r.dependents_total > 0 && html`<p>${count(r.dependents_total)} ${r.dependents_total === 1 ? "request depends" : "requests depend"} on it.</p>`;
}
