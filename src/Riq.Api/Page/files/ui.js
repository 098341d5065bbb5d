// What every view is made of.
import { html, useEffect, useRef, useState } from "./lib/preact-htm.js";
import { Problem } from "./api.js";

export { html, useEffect, useRef, useState };

/** What only a screen reader is told. */
export const Hidden = ({ children }) => html`<span class="hidden">${children}</span>`;

export const Status = ({ status, waitingFor }) =>
  html`<span class=${`status ${status}`}>${status}</span>${waitingFor && html` <span class="muted">${waitingFor.replaceAll("_", " ")}</span>`}`;

export function Problems({ problem }) {
  if (!problem) return null;
  const lines = problem instanceof Problem ? problem.lines : [String(problem.message ?? problem)];
  return html`<div class="problem" role="alert">${lines.map(l => html`<p>${l}</p>`)}</div>`;
}

/**
 * Loads now and every so many seconds while the tab is seen and nothing holds it; keeps the last answer while a later one fails.
 * Returns { data, problem, reload }.
 */
export function useLive(load, keys, { seconds = 0, held = false } = {}) {
  const [state, set] = useState({ data: null, problem: null });
  const [round, reload] = useState(0);
  const holding = useRef(held);
  holding.current = held;
  useEffect(() => {
    const abort = new AbortController();
    let timer = null, ended = false;
    const again = async first => {
      if (first || !document.hidden && !holding.current) {
        try {
          const data = await load(abort.signal);
          if (!ended) set({ data, problem: null });
        } catch (problem) {
          if (!ended && problem.name !== "AbortError") set(s => ({ data: first ? null : s.data, problem }));
        }
      }
      if (!ended && seconds) timer = setTimeout(again, seconds * 1000, false);
    };
    again(true);
    return () => { ended = true; abort.abort(); clearTimeout(timer); };
  }, [...keys, seconds, round]);
  return { ...state, reload: () => reload(r => r + 1) };
}

/** A button that can't be pressed twice, shows what went wrong, and, disabled, says why. */
export function Action({ label, run, why, kind = "", confirm, done }) {
  const [state, set] = useState({ busy: false, problem: null });
  const press = async () => {
    if (why || state.busy || confirm && !await ask(confirm)) return;
    set({ busy: true, problem: null });
    try {
      const answer = await run();
      set({ busy: false, problem: null });
      done?.(answer);
    } catch (problem) { set({ busy: false, problem }); }
  };
  return html`<span class="action">
    <button type="button" class=${kind} aria-disabled=${why || state.busy ? "true" : null} title=${why || null} onClick=${press}>${state.busy ? "…" : label}</button>
    ${why && html`<${Hidden}>${why}<//>`}<${Problems} problem=${state.problem} /></span>`;
}

/** Asks in a dialog: { title, lines, act }. */
export function ask({ title, lines = [], act }) {
  return new Promise(answer => {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "asked");
    const heading = Object.assign(document.createElement("h2"), { id: "asked", textContent: title });
    const buttons = Object.assign(document.createElement("div"), { className: "buttons" });
    const button = (text, value, kind) => {
      const b = Object.assign(document.createElement("button"), { type: "button", textContent: text, className: kind });
      b.onclick = () => dialog.close(value);
      buttons.append(b);
    };
    button("Leave it", "", "");
    button(act, "yes", "danger");
    dialog.append(heading, ...lines.map(l => Object.assign(document.createElement("p"), { textContent: l })), buttons);
    dialog.onclose = () => { dialog.remove(); answer(dialog.returnValue === "yes"); };
    document.body.append(dialog);
    dialog.showModal();
  });
}

export const Facts = ({ facts, tiles }) => html`<dl class=${tiles ? "facts tiles" : "facts"}>${facts.filter(f => f && f[1] !== undefined && f[1] !== null && f[1] !== "").map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** An address of others that may be followed: http or https, else none. */
export function safeLink(address) {
  try { return ["http:", "https:"].includes(new URL(address).protocol) ? address : null; } catch { return null; }
}

/** A table that scrolls in itself on a narrow screen. rows: arrays of cells. */
export const Table = ({ caption, head, rows, empty }) => rows.length === 0
  ? html`<p class="muted">${empty}</p>`
  : html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}><table><caption class="hidden">${caption}</caption>
      <thead><tr>${head.map(h => html`${h === "" ? html`<td></td>` : html`<th scope="col">${h}</th>`}`)}</tr></thead>
      <tbody>${rows.map(cells => html`<tr>${cells.map(c => html`<td>${c}</td>`)}</tr>`)}</tbody></table></div>`;

export function Copy({ text, label }) {
  const [copied, set] = useState(false);
  const copy = async () => { await navigator.clipboard.writeText(text); set(true); setTimeout(set, 1500, false); };
  return html`<button type="button" onClick=${copy}>${copied ? "Copied" : label}</button>`;
}

export const Loading = ({ live, children }) => html`<${Problems} problem=${live.problem} />${live.data ? children(live.data) : !live.problem && html`<p class="muted">Loading …</p>`}`;
