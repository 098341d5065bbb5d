// Many dead letters at once: counted first, priced, done slowly, watched and aborted on a view of its own.
import { call, query as queryText } from "./api.js";
import { count, span } from "./format.js";
import { Action, html, Problems, useEffect, useLive, useRef, useState } from "./ui.js";

export function Wizard({ kind, filter, close }) {
  const [pace, setPace] = useState(10), [first, setFirst] = useState(5), heading = useRef(null);
  const [verb, method] = kind === "retry" ? ["Retry", "POST"] : ["Delete", "DELETE"];
  const path = more => `/api/queue/dead-letters${kind === "retry" ? "/retry" : ""}${queryText({ ...filter, per_second: pace, first: kind === "retry" ? first : null, ...more })}`;
  const dry = useLive(() => call(method, path({ dry_run: true })), [kind, JSON.stringify(filter)]);
  const total = dry.data?.total ?? 0, takes = span(1000 * Math.ceil(total / pace));
  useEffect(() => heading.current.focus(), []);   // who asked for it is led to it
  const begun = o => { location.hash = `#/bulk/${o.id}`; };
  const costs = kind === "retry" ? [`That is at least ${count(total)} calls of the service, over about ${takes}.`, first > 0 ? `${count(Math.min(first, total))} go first; the rest only if these do not fail the same way.` : "None goes first: they all go."] : ["They and all that is known of them are gone."];
  return html`<section class="card wizard" aria-label=${`${verb} many`}><h2 ref=${heading} tabindex="-1">${verb} many</h2>
    <${Problems} problem=${dry.problem} />
    ${dry.data && html`<p><b>${count(total)}</b> dead letters are meant${dry.data.left_out_unknown ? html`; ${count(dry.data.left_out_unknown)} with an unknown outcome are left out: decide about them one by one` : ""}. ${costs[0]}</p>`}
    <div class="fields"><label>Per second <input type="number" min="1" max="1000" value=${pace} onInput=${e => setPace(+e.target.value || 1)} /></label>
      ${kind === "retry" && html`<label>Try first <input type="number" min="0" max="100" value=${first} onInput=${e => setFirst(+e.target.value || 0)} /></label>`}</div>
    ${kind === "retry" && html`<p class="muted">The rest follow only if those tried first do not fail the same way.</p>`}
    <div class="buttons"><${Action} label=${`${verb} ${count(total)}`} kind=${kind === "retry" ? "primary" : "danger"} why=${total === 0 ? "None is meant." : null} run=${() => call(method, path({}))} done=${begun}
      confirm=${{ title: `${verb} ${count(total)} dead letters?`, lines: costs, act: `${verb} ${count(total)}` }} />
      <button type="button" onClick=${close}>Leave it</button></div></section>`;
}
