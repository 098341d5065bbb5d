// What is done to the rows that were chosen: counted and priced before, told one by one after.
import { post } from "./api.js";
import { count, shortToken } from "./format.js";
import { Action, html, useState } from "./ui.js";

const unknown = r => r.error?.details?.outcome === "unknown";

/** "3 of jira, 1 of confluence" */
function byService(rows) {
  const counts = new Map();
  for (const r of rows) counts.set(r.service, (counts.get(r.service) ?? 0) + 1);
  return [...counts].map(([service, n]) => `${count(n)} of ${service}`).join(", ");
}

export function Chosen({ chosen, me, clear, done }) {
  const [told, tell] = useState(null);
  const rows = [...chosen.values()];
  const cancels = rows.filter(r => r.status === "queued"), retries = rows.filter(r => (r.status === "dead" || r.status === "failed") && !unknown(r));
  const operator = me.scopes.includes("operate") ? null : "Your key may look, but not operate.";
  const submitter = me.scopes.some(s => s !== "read") ? null : "Your key may look, but neither submit nor operate.";
  const run = (action, those) => () => post(`/api/queue/requests/${action}`, { tokens: those.map(r => r.token) });
  const after = verb => answer => { tell({ verb, items: answer.items }); clear(); done(); };
  return html`${told && html`<${Told} ...${told} close=${() => tell(null)} />`}
    ${rows.length > 0 && html`<section class="card chosen" aria-label="Selected requests"><b>${count(rows.length)} selected</b> <span class="muted">Live updates pause until you are done.</span>
      <div class="buttons"><${Action} label=${`Retry ${count(retries.length)}`} why=${operator ?? (retries.length ? null : "None of them is failed or dead with a known outcome.")} run=${run("retry", retries)} done=${after("put back into the queue")}
        confirm=${{ title: `Retry ${count(retries.length)} requests?`, lines: [`That is at least ${count(retries.length)} calls: ${byService(retries)}.`, ...left(rows, retries)], act: `Retry ${count(retries.length)}` }} />
      <${Action} label=${`Cancel ${count(cancels.length)}`} kind="danger" why=${submitter ?? (cancels.length ? null : "None of them is queued.")} run=${run("cancel", cancels)} done=${after("cancelled")}
        confirm=${{ title: `Cancel ${count(cancels.length)} requests?`, lines: [`${byService(cancels)}. They fail with CANCELLED, and so do those that depend on them.`, ...left(rows, cancels)], act: `Cancel ${count(cancels.length)}` }} />
      <button type="button" onClick=${clear}>Select none</button></div></section>`}`;
}

const left = (rows, those) => rows.length > those.length ? [`${count(rows.length - those.length)} of the selected are left alone: it can't be done to them.`] : [];

function Told({ verb, items, close }) {
  const refused = items.filter(i => i.problem);
  return html`<div class=${refused.length ? "problem" : "problem calm"} role="status"><p>${count(items.length - refused.length)} ${verb}${refused.length ? `, ${count(refused.length)} refused:` : "."} <button type="button" class="small" onClick=${close}>Close</button></p>
    ${refused.map(i => html`<p><a href=${`#/request/${i.token}`}><code>${shortToken(i.token)}</code></a> ${i.problem.detail}</p>`)}</div>`;
}
