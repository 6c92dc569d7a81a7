/** Style sheet of report.html: light and dark by the reader's setting, one column down to 390 px, legible in print. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f5f6f8; --text: #16191d; --quiet: #545b66; --line: #d5d9df;
  --first: #0b5cad; --second: #6b7280; --third: #7a4fb5; --bad: #b3261e;
  --good-panel: #e6f4ea; --good-text: #14532d; --outage-panel: #fff3d6; --outage-text: #6b4300;
  --invalid-panel: #fde7e7; --invalid-text: #8c1d18; --mark: rgba(179, 38, 30, 0.16);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --panel: #1d2127; --text: #e8eaed; --quiet: #a9b0ba; --line: #363c45;
    --first: #7ab7ff; --second: #9aa3af; --third: #c4a5f5; --bad: #ff8a80;
    --good-panel: #16301f; --good-text: #a7e3b8; --outage-panel: #3a2d10; --outage-text: #ffd98a;
    --invalid-panel: #41191a; --invalid-text: #ffb4ab; --mark: rgba(255, 138, 128, 0.22);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1 { font-size: 1.1rem; margin: 0 0 0.75rem; color: var(--quiet); font-weight: 600; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
p { margin: 0.35rem 0; overflow-wrap: anywhere; }
.verdict { border-radius: 8px; padding: 1rem; }
.verdict strong { display: block; font-size: 1.3rem; line-height: 1.35; margin-bottom: 0.25rem; overflow-wrap: anywhere; }
.good { background: var(--good-panel); color: var(--good-text); }
.outage { background: var(--outage-panel); color: var(--outage-text); }
.invalid { background: var(--invalid-panel); color: var(--invalid-text); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
.scroll:focus-visible, summary:focus-visible { outline: 3px solid var(--first); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.scroll th, .scroll td { padding: 0.35rem 0.7rem; text-align: left; border-top: 1px solid var(--line); vertical-align: top; }
.scroll tr:first-child > * { border-top: 0; }
.scroll th { font-weight: 600; background: var(--panel); }
.scroll .number { text-align: right; white-space: nowrap; }
.scroll .failed { color: var(--bad); font-weight: 600; }
.note, figcaption { color: var(--quiet); font-size: 0.92rem; }
figure { margin: 1.25rem 0; }
figure h3 { font-size: 1rem; margin: 0 0 0.25rem; }
.plot { min-height: 240px; }
.uplot .u-legend { text-align: left; margin: 0; }
.uplot .u-series > * { padding: 2px 4px; }
details { margin-top: 0.5rem; }
summary { cursor: pointer; color: var(--first); }
footer { margin: 2rem 0 1rem; color: var(--quiet); font-size: 0.9rem; }
@media (max-width: 520px) {
  body { padding: 0.75rem; }
  .scroll th, .scroll td { padding: 0.3rem 0.45rem; font-size: 0.875rem; }
  .verdict strong { font-size: 1.15rem; }
}
@media print { .scroll { overflow: visible; } body { max-width: none; } }
`;
