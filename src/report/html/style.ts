/** Style sheet of every page: light and dark by the reader's setting, one column down to 390 px, legible in print. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fdfdfc; --panel: #f4f5f6; --text: #16191d; --quiet: #525a65; --line: #dcdfe3; --strong-line: #b6bcc5;
  --first: #0b5cad; --second: #667080; --third: #7a4fb5; --bad: #b3261e;
  --line-0: #0b5cad; --line-1: #b3261e; --line-2: #4b7a1f; --line-3: #7a4fb5; --line-4: #8a5a00; --line-5: #006b6b; --line-6: #545b66;
  --good-panel: #e8f3ea; --good-text: #14532d; --outage-panel: #fdf1d7; --outage-text: #6b4300;
  --invalid-panel: #fce8e6; --invalid-text: #8c1d18;
  --mark-outage: rgba(179, 38, 30, 0.17); --mark-pause: rgba(82, 90, 101, 0.2); --mark-down: rgba(82, 90, 101, 0.35); --mark-phase: rgba(11, 92, 173, 0.11);
  --heat-0: 216,231,245; --heat-1: 140,186,224; --heat-2: 62,134,192; --heat-3: 22,84,152; --heat-4: 6,32,82;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --panel: #1c2026; --text: #e6e8eb; --quiet: #a6adb8; --line: #30363f; --strong-line: #4c5562;
    --first: #7ab7ff; --second: #98a2b0; --third: #c4a5f5; --bad: #ff8a80;
    --line-0: #7ab7ff; --line-1: #ff8a80; --line-2: #a5d67a; --line-3: #c4a5f5; --line-4: #f0c060; --line-5: #6fd6d6; --line-6: #a9b0ba;
    --good-panel: #16301f; --good-text: #a7e3b8; --outage-panel: #382c12; --outage-text: #ffd98a;
    --invalid-panel: #41191a; --invalid-text: #ffb4ab;
    --mark-outage: rgba(255, 138, 128, 0.24); --mark-pause: rgba(166, 173, 184, 0.24); --mark-down: rgba(166, 173, 184, 0.4); --mark-phase: rgba(122, 183, 255, 0.16);
    --heat-0: 30,50,78; --heat-1: 38,88,136; --heat-2: 58,142,190; --heat-3: 140,206,228; --heat-4: 244,252,255;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 0.5rem; }
body {
  margin: 0 auto; padding: 1rem 1.25rem; max-width: 75rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums;
}
h1 { font-size: 0.95rem; margin: 0 0 0.6rem; color: var(--quiet); font-weight: 400; overflow-wrap: anywhere; }
h1 .mark { color: var(--text); font-weight: 700; letter-spacing: -0.01em; }
h2 { font-size: 1.15rem; letter-spacing: -0.01em; margin: 2.25rem 0 0.5rem; padding-top: 0.6rem; border-top: 1px solid var(--line); }
h3 { font-size: 0.95rem; margin: 0 0 0.15rem; font-weight: 600; }
p { margin: 0.3rem 0; overflow-wrap: anywhere; max-width: 62rem; }
code { font: 0.92em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.verdict { border-radius: 6px; padding: 0.85rem 1rem; border-left: 5px solid currentColor; }
.verdict strong { display: block; font-size: 1.35rem; line-height: 1.3; letter-spacing: -0.015em; margin-bottom: 0.2rem; overflow-wrap: anywhere; }
.good { background: var(--good-panel); color: var(--good-text); }
.outage { background: var(--outage-panel); color: var(--outage-text); }
.invalid { background: var(--invalid-panel); color: var(--invalid-text); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; margin: 0.75rem 0 0; padding: 0; font-size: 0.9rem; }
nav a, summary { color: var(--first); text-underline-offset: 0.2em; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: 0.9rem 1rem; margin: 1.1rem 0 0.25rem; }
.figures dt { color: var(--quiet); font-size: 0.82rem; }
.figures dd { margin: 0; font-size: 1.12rem; font-weight: 600; letter-spacing: -0.015em; line-height: 1.25; overflow-wrap: anywhere; }
.figures small { display: block; font-size: 0.78rem; font-weight: 400; color: var(--quiet); letter-spacing: 0; line-height: 1.35; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible, a:focus-visible, button:focus-visible, #news:focus-visible { outline: 3px solid var(--first); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 0.9rem; }
.scroll th, .scroll td { padding: 0.28rem 1.1rem 0.28rem 0; white-space: nowrap; text-align: left; border-top: 1px solid var(--line); vertical-align: top; }
.scroll tr:first-child > * { border-top: 0; }
.scroll tr > :last-child { padding-right: 0; }
.scroll th { font-weight: 500; }
.scroll th[scope="col"] { color: var(--quiet); font-weight: 400; border-bottom: 1px solid var(--strong-line); vertical-align: bottom; white-space: normal; }
.scroll .number { text-align: right; }
.scroll .words { white-space: normal; min-width: 12rem; max-width: 44rem; overflow-wrap: anywhere; }
.scroll .failed { color: var(--bad); font-weight: 600; }
.note, figcaption { color: var(--quiet); font-size: 0.87rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 1.25rem 2rem; }
.plots > .wide { grid-column: 1 / -1; }
figure { margin: 0; min-width: 0; }
.plot { min-height: 200px; min-width: 0; }
.uplot { font-family: inherit; }
.uplot .u-legend { text-align: left; margin: 0; font-size: 0.85rem; }
.uplot .u-legend th { font-weight: 400; }
.uplot .u-series > * { padding: 1px 3px; }
.uplot .u-legend .u-marker { width: 1.5em; height: 0; border-width: 2px 0 0 !important; background: none !important; }
.u-select { background: var(--mark-phase); }
.range { display: flex; flex-wrap: wrap; gap: 0.35rem; margin: 0.4rem 0 0.8rem; }
[hidden] { display: none !important; }
button {
  font: inherit; font-size: 0.85rem; padding: 0.2rem 0.7rem; border: 1px solid var(--strong-line); border-radius: 5px;
  background: var(--panel); color: var(--text); cursor: pointer; min-height: 1.9rem;
}
button:hover { border-color: var(--first); }
.scale { display: flex; flex-wrap: wrap; align-items: center; gap: 0.2rem 0.5rem; color: var(--quiet); font-size: 0.82rem; margin: 0 0 0 66px; min-height: 1.4rem; }
.ramp {
  width: 8rem; height: 0.7rem; border-radius: 2px;
  background: linear-gradient(90deg, rgb(var(--heat-0)), rgb(var(--heat-1)), rgb(var(--heat-2)), rgb(var(--heat-3)), rgb(var(--heat-4)));
}
.scale output { margin-left: 0.75rem; }
details { margin-top: 0.35rem; font-size: 0.9rem; }
details .scroll { max-height: 22rem; overflow-y: auto; margin-top: 0.4rem; }
summary { cursor: pointer; width: fit-content; }
footer { margin: 2.5rem 0 1rem; padding-top: 0.75rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: 0.85rem; }
@media (max-width: 520px) {
  body { padding: 0.75rem; }
  .verdict strong { font-size: 1.15rem; }
  .figures { grid-template-columns: repeat(2, 1fr); gap: 0.7rem 1rem; }
  .scale { margin-left: 0; }
  .scroll th, .scroll td { padding-right: 0.8rem; }
  .scroll table:has(.words) :is(th[scope="row"], td:not(.number)) { white-space: normal; }
  .scroll table:has(.words) th[scope="row"] { min-width: 6rem; }
  .scroll .words { min-width: 8.5rem; }
}
@media print { .scroll, details .scroll { overflow: visible; max-height: none; } body { max-width: none; } .range, nav { display: none; } }
`;
