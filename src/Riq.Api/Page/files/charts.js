// Lines over time, drawn by uPlot in the colours of the page.
import uPlot from "./lib/uplot.js";
import { html, useEffect, useRef } from "./ui.js";

const HEIGHT = 150;
const pad = n => String(n).padStart(2, "0");
// With seconds where the lines stand closer than a minute.
const clocks = ticks => ticks.map(t => { const d = new Date(t * 1000); return [d.getHours(), d.getMinutes(), ...(ticks.some(other => other % 60) ? [d.getSeconds()] : [])].map(pad).join(":"); });
// A value between two times at which nothing was measured has no line: it is a dot.
const lonely = (u, i, first, last) => { const v = u.data[i]; for (let k = first; k <= last; k++) if (v[k] != null && v[k - 1] == null && v[k + 1] == null) return true; return false; };
const faint = c => `${c}1f`;
const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A time below the right end must fit in.
const HALF_A_TIME = 28;

/** series: [{ label, values, color (a CSS variable) }], times in seconds, axis: how its numbers are written, steps: between which it has lines. The last values are also there as text. */
export function Chart({ title, times, series, format, axis: short = format, steps }) {
  const box = useRef(null), plot = useRef(null);
  const data = [times, ...series.map(s => s.values)];
  useEffect(() => {
    const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
    plot.current = new uPlot({
      width: box.current.clientWidth, height: HEIGHT, legend: { show: false }, cursor: { y: false }, padding: [null, HALF_A_TIME, null, null],
      axes: [{ ...axis, size: 26, space: 60, values: (_, ticks) => clocks(ticks) }, { ...axis, size: 62, values: (_, ticks) => ticks.map(short), ...(steps && { incrs: steps }) }],
      scales: { y: { range: (_, low, high) => [0, Math.max(high * 1.08, 1)] } },
      series: [{}, ...series.map((s, i) => ({ label: s.label, stroke: color(s.color), width: 2, fill: i === 0 ? faint(color(s.color)) : undefined, points: { show: lonely, size: 4 } }))],
    }, data, box.current);
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: box.current.clientWidth, height: HEIGHT }));
    resized.observe(box.current);
    return () => { resized.disconnect(); plot.current.destroy(); plot.current = null; };
  }, [series.length]);
  useEffect(() => plot.current?.setData(data));
  const last = s => [...s.values].reverse().find(v => v !== null && v !== undefined);
  return html`<figure class="card chart"><figcaption><h2>${title}</h2>
    <ul class="legend">${series.map(s => html`<li><i class="key" data-color=${s.color}></i>${s.label} <b>${last(s) === undefined ? "–" : format(last(s))}</b></li>`)}</ul></figcaption>
    <div ref=${box} aria-hidden="true"></div></figure>`;
}
