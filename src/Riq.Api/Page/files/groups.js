// Dead letters of one cause together: how many, since when, what helps, and what others have noted.
import { post, remove } from "./api.js";
import { clock, count } from "./format.js";
import { Action, html, useState } from "./ui.js";

export function Groups({ groups, why, open, reload }) {
  if (groups.length === 0) return html`<p class="muted">There are no dead letters.</p>`;
  return groups.map(g => html`<${Group} key=${g.fingerprint} g=${g} why=${why} open=${open} reload=${reload} />`);
}

function Group({ g, why, open, reload }) {
  const wizard = kind => () => !why && open({ kind, filter: { fingerprint: g.fingerprint } });
  return html`<section class="card group" aria-label=${`${g.operation} ${g.code}`}>
    <div class="number"><b>${count(g.count)}</b><${Sparkline} values=${g.per_hour} /><span class="muted">${g.trend}</span></div>
    <div class="cause"><p><a href=${`#/dead-letters?fingerprint=${g.fingerprint}`}>${g.operation} <b>${g.code}</b></a></p><p>${g.message}</p>
      <p class="muted">${g.remedy}</p><p class="muted">First ${clock(g.first_seen)}, last ${clock(g.last_seen)}, in the last hour ${count(g.last_hour)} · <a href=${`#/request/${g.newest}`}>the newest</a></p>
      ${g.notes && html`<${Notes} g=${g} why=${why} reload=${reload} />`}</div>
    <div class="buttons"><button type="button" aria-disabled=${why ? "true" : null} title=${why} onClick=${wizard("retry")}>Retry …</button>
      <button type="button" class="danger" aria-disabled=${why ? "true" : null} title=${why} onClick=${wizard("purge")}>Delete …</button></div></section>`;
}

/** A bar for each of the last 24 hours. */
function Sparkline({ values }) {
  const most = Math.max(1, ...values), busy = values.filter(v => v > 0).length;
  return html`<svg class="spark" viewBox="0 0 96 24" role="img" aria-label=${`Died in each of the last 24 hours: at most ${count(Math.max(...values))}, in ${busy} of the hours any.`}>
    ${values.map((v, i) => html`<rect x=${i * 4} width="3" y=${v ? 24 - Math.max(2, 24 * v / most) : 23} height=${v ? Math.max(2, 24 * v / most) : 1} class=${v ? "some" : ""}><title>${count(v)}, ${23 - i} h ago</title></rect>`)}</svg>`;
}

function Notes({ g, why, reload }) {
  const [text, set] = useState(""), path = `/api/queue/dead-letters/groups/${g.fingerprint}/notes`;
  const added = () => { set(""); reload(); };
  return html`<ul class="notes">${g.notes.map(n => html`<li key=${n.id}><p>${n.text}</p><span class="muted">${n.by}, ${clock(n.at)}</span>
      <${Action} label="Remove" kind="small" why=${why} run=${() => remove(`${path}/${n.id}`)} done=${reload} /></li>`)}</ul>
    <details class="note"><summary>Add a note</summary><label>For the next one who looks <textarea rows="2" maxlength="1000" value=${text} onInput=${e => set(e.target.value)}></textarea></label>
      <${Action} label="Note it" why=${why ?? (text.trim() ? null : "Nothing is written yet.")} run=${() => post(path, { text: text.trim() })} done=${added} /></details>`;
}
