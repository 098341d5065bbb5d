// What an operator decides about one dead letter.
import { post, remove } from "./api.js";
import { Action, html, Problems, safeLink, useState } from "./ui.js";

/** Of an unknown outcome: adopt, send again, abandon. Of any other: retry. */
export function Decide({ r, why, done }) {
  const path = `/api/queue/dead-letters/${r.token}`;
  const unknown = r.error?.details?.outcome === "unknown";
  const gone = () => { location.hash = "#/dead-letters"; };
  return html`<section class="card"><h2>${unknown ? "Did it take effect?" : "What now?"}</h2>
    ${unknown && html`<${Unknown} r=${r} path=${path} why=${why} done=${done} />`}
    <div class="buttons">${!unknown && html`<${Action} label="Retry" kind="primary" why=${why} run=${() => post(`${path}/retry`)} done=${done} />`}
      <${Action} label="Give it up" why=${why} run=${() => post(`${path}/abandon`)} done=${done} confirm=${{ title: "Give it up?", lines: ["It is failed for good; those that depend on it stay failed."], act: "Give it up" }} />
      <${Action} label="Delete" kind="danger" why=${why} run=${() => remove(path)} done=${gone} confirm=${{ title: "Delete this dead letter?", lines: ["It and all that is known of it are gone."], act: "Delete it" }} /></div></section>`;
}

function Unknown({ r, path, why, done }) {
  const candidates = r.error.details.candidates ?? [], [id, setId] = useState("");
  const adopt = which => ({ run: () => post(`${path}/adopt`, { id: which }), confirm: { title: `Adopt ${which}?`, lines: ["The request is completed with it as its result, and what depends on it goes on."], act: "Adopt it" } });
  return html`<p>${candidates.length ? `${candidates.length} found that may be its effect. Adopt the right one, or send the request again if none is.` : "Nothing was found that may be its effect. Look in the service before sending it again: that may do it twice."}</p>
    <ul class="candidates">${candidates.map(c => html`<li>${safeLink(c.deep_link ?? c.url) ? html`<a href=${safeLink(c.deep_link ?? c.url)} rel="noreferrer">${c.title ?? c.id}</a>` : c.title ?? c.id} <code>${c.id}</code>
      <${Action} label="Adopt" why=${why} ...${adopt(c.id)} done=${done} /></li>`)}</ul>
    <div class="buttons"><label class="inline">Found another? <input aria-label="Id of its effect" placeholder="MD-123" maxlength="255" value=${id} onInput=${e => setId(e.target.value)} /></label>
      <${Action} label="Adopt this" why=${why ?? (id.trim() ? null : "Type the id of what the request brought about.")} ...${adopt(id.trim())} done=${done} />
      <${Action} label="Send again" kind="danger" why=${why} run=${() => post(`${path}/send-again`)} done=${done}
      confirm=${{ title: "Send it again?", lines: ["If it did take effect, it will have done so twice."], act: "Send it again" }} /></div>`;
}

/** Retry with a mended payload; shows what would change before it is sent. */
export function Mend({ r, why, done }) {
  const before = JSON.stringify(r.payload, null, 2);
  const [text, set] = useState(before);
  const changed = text !== before;
  let payload = null, fault = null;
  try { payload = JSON.parse(text); } catch (e) { fault = e.message; }
  const refused = why ?? (r.error?.details?.outcome === "unknown" ? "First say whether it took effect." : fault ? "This is not JSON yet." : changed ? null : "Nothing is changed yet.");
  return html`<details class="card"><summary>Mend the payload and retry</summary>
    <label>Payload <textarea rows="10" spellcheck="false" value=${text} onInput=${e => set(e.target.value)}></textarea></label>
    ${fault && html`<${Problems} problem=${fault} />`}
    ${changed && !fault && html`<${Difference} before=${before} after=${JSON.stringify(payload, null, 2)} />`}
    <div class="buttons"><${Action} label="Retry with this payload" kind="primary" why=${refused} run=${() => post(`/api/queue/dead-letters/${r.token}/retry`, { payload })} done=${done} />
      <button type="button" onClick=${() => set(before)}>As it was</button></div></details>`;
}

/** The lines that differ between two texts: the longest common run of lines stays. */
export function difference(before, after) {
  const a = before.split("\n"), b = after.split("\n");
  const length = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
  const lines = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) { lines.push([" ", a[i++]]); j++; }
    else if (j >= b.length || i < a.length && length[i + 1][j] >= length[i][j + 1]) lines.push(["-", a[i++]]);
    else lines.push(["+", b[j++]]);
  }
  return lines;
}

const Difference = ({ before, after }) => html`<pre class="diff" aria-label="What changes" tabindex="0">${difference(before, after).map(([sign, line]) => html`<span class=${sign === "+" ? "added" : sign === "-" ? "removed" : ""}>${sign} ${line}${"\n"}</span>`)}</pre>`;
