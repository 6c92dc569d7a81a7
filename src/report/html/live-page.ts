import type { LiveRun } from '../live-feed.js';
import { escapeHtml } from './escape.js';
import { LIVE_CLIENT_SCRIPT } from './live-client.js';
import { STYLE } from './style.js';

const LIVE_STYLE = `
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.5rem; margin: 0.75rem 0; padding: 0; }
.figures div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.5rem 0.75rem; }
.figures dt { color: var(--quiet); font-size: 0.85rem; margin: 0; }
.figures dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
progress { width: 100%; height: 0.6rem; accent-color: var(--first); }
#news { list-style: none; padding: 0; margin: 0; max-height: 16rem; overflow-y: auto; }
#news li { border-top: 1px solid var(--line); padding: 0.25rem 0; overflow-wrap: anywhere; }
#news time { color: var(--quiet); margin-right: 0.5rem; font-variant-numeric: tabular-nums; }
`;

const FIGURES = [
  ['offered', 'offered, req/s'],
  ['answered', 'answered, req/s'],
  ['mean', 'mean response, ms'],
  ['max', 'max response, ms'],
  ['succeeded', 'succeeded'],
  ['rejected', 'refused'],
  ['bad', 'failed in any way'],
  ['inFlight', 'in flight'],
  ['left', 'time left'],
] as const;

/**
 * The page of a run that goes on: it listens to `events` of the same server and becomes the report when the run ends. Nothing is asked of any
 * other place; without its script it says what it would show.
 */
export function livePage(
  run: LiveRun,
  plotLibrary: { readonly script: string; readonly style: string },
): string {
  const title = escapeHtml(`busyhour run ${run.id}`);
  const figures = FIGURES.map(([id, name]) => `<div><dt>${name}</dt><dd id="f-${id}">-</dd></div>`).join(
    '\n',
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; connect-src 'self'">
<link rel="icon" href="data:,">
<title>${title}, live</title>
<style>${plotLibrary.style.replaceAll(/<\/(?=style)/gi, '<\\/')}${STYLE}${LIVE_STYLE}</style>
</head>
<body>
<h1>${title}, live</h1>
<main>
<section class="verdict good" id="state" role="status" aria-label="State of the run"><strong id="headline">Waiting for the first figures.</strong><p>${escapeHtml(run.scenario)} to ${escapeHtml(run.targets.join(', '))}</p></section>
<p><progress id="progress" max="1" value="0" aria-label="Progress of the run"></progress></p>
<dl class="figures">
${figures}
</dl>
<section>
<h2>Over time</h2>
<figure><h3>Requests per second</h3><div class="plot" id="plot-rate" role="img" aria-label="Requests offered and answered per second over time; the newest figures stand above as text"></div></figure>
<figure><h3>Response time</h3><div class="plot" id="plot-response" role="img" aria-label="Mean and largest response time over time; the newest figures stand above as text"></div></figure>
</section>
<section><h2>Events</h2><ul id="news" tabindex="0" aria-label="Outages and associations, newest first"></ul></section>
</main>
<footer>Figures of the last second. The report takes this page's place when the run ends.</footer>
<script>${plotLibrary.script.replaceAll(/<\/(?=script)/gi, '<\\/')}</script>
<script>${LIVE_CLIENT_SCRIPT}</script>
</body>
</html>
`;
}
