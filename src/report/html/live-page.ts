import type { LiveRun } from '../live-feed.js';
import { htmlDocument, type PlotLibrary } from './document.js';
import { escapeHtml } from './escape.js';
import { LIVE_CLIENT_SCRIPT } from './live-client.js';

const LIVE_STYLE = `
progress { width: 100%; height: 0.5rem; margin-top: 0.75rem; accent-color: var(--first); }
#news { list-style: none; padding: 0; margin: 0; max-height: 16rem; overflow-y: auto; font-size: 0.9rem; }
#news li { border-top: 1px solid var(--line); padding: 0.2rem 0; overflow-wrap: anywhere; }
#news time { color: var(--quiet); margin-right: 0.75rem; }
`;

const FIGURES = [
  ['askedPerSecond', 'asked, req/s', 'by the schedule, now'],
  ['offeredPerSecond', 'offered, req/s', 'last second'],
  ['answeredPerSecond', 'answered, req/s', 'last second'],
  ['mean', 'mean response, ms', 'last second'],
  ['max', 'max response, ms', 'last second'],
  ['p50', 'p50, ms', 'last interval'],
  ['p99', 'p99, ms', 'last interval'],
  ['p999', 'p99.9, ms', 'last interval'],
  ['succeeded', 'succeeded', 'so far'],
  ['rejected', 'refused', 'so far'],
  ['bad', 'failed in any way', 'so far'],
  ['inFlight', 'in flight', 'now'],
  ['outages', 'outages', 'so far'],
  ['associations', 'associations', 'that carry traffic'],
  ['workers', 'CPU of workers', 'of a core each'],
  ['host', 'CPU of this host', 'last second'],
  ['left', 'time left', 'by the schedule'],
] as const;

const STEERING = [
  ['slower', 'rate -10 %'],
  ['faster', 'rate +10 %'],
  ['pause', 'pause / go on'],
  ['mark', 'mark'],
  ['end', 'end the run'],
] as const;

const PLOTS = [
  ['rate', 'Requests per second', 'Requests asked, offered and answered per second over time'],
  ['response', 'Response time, each second', 'Mean and largest response time over time'],
  ['percentiles', 'Latency by interval', 'Percentiles and maximum of the closed intervals over time'],
] as const;

/**
 * The page of a run that goes on: it listens to `events` of the same server and becomes the report when the run ends. Nothing is asked of any
 * other place; without its script it says what it would show.
 *
 * @param token what the server wants to see before it lets the page steer the run: other pages of the same browser do not have it
 */
export function livePage(run: LiveRun, plotLibrary: PlotLibrary, token: string): string {
  const figures = FIGURES.map(
    ([id, name, what]) =>
      `<div><dt>${name}</dt><dd><span id="f-${id}">-</span><small>${what}</small></dd></div>`,
  );
  const buttons = STEERING.map(
    ([name, text]) => `<button type="button" data-steer="${name}">${text}</button>`,
  );
  const plots = PLOTS.map(
    ([id, title, what]) =>
      `<figure><h3>${title}</h3><div class="plot" id="plot-${id}" role="img" aria-label="${what}; the newest figures stand above as text"></div></figure>`,
  );
  const main = `<section class="verdict good" id="state" role="status" aria-label="State of the run"><strong id="headline">Waiting for the first figures.</strong><p>${escapeHtml(run.scenario)} to ${escapeHtml(run.targets.join(', '))}</p></section>
<progress id="progress" max="1" value="0" aria-label="Progress of the run"></progress>
<dl class="figures">
${figures.join('\n')}
</dl>
<div class="range" role="group" aria-label="Steer the run">${buttons.join('')}<output id="steered"></output></div>
<section>
<h2>Over time</h2>
<div class="plots">
${plots.join('\n')}
</div>
</section>
<section><h2>Events</h2><ul id="news" tabindex="0" aria-label="Outages, associations, marks, changes of the rate; newest first"></ul></section>`;
  return htmlDocument({
    kind: 'run',
    name: run.id,
    main,
    footer: "The report takes this page's place when the run ends.",
    plotLibrary,
    script: LIVE_CLIENT_SCRIPT,
    style: LIVE_STYLE,
    live: true,
    token,
  });
}
