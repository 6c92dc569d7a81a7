import { clock, duration, grouped, milliseconds } from './format.js';
import { painter, printable, table } from './layout.js';
import type { LiveFeed } from './live-feed.js';

const NEWS_SHOWN_MAX = 8;
const COLUMNS_MAX = 100;

/**
 * The screen of a run on a terminal: state, progress, rates, times, outcomes, associations and the latest events.
 *
 * @returns lines of at most `columns` characters, at most `rows` of them
 */
export function liveScreen(
  feed: LiveFeed,
  options: { readonly columns: number; readonly rows: number; readonly colour: boolean },
): string[] {
  const columns = Math.min(options.columns, COLUMNS_MAX);
  const paint = painter(options.colour);
  const cut = (line: string): string => (line.length > columns ? line.slice(0, columns) : line);
  const { latest, run } = feed;
  const head = cut(printable(`busyhour run ${run.id}  ${run.scenario} to ${run.targets.join(', ')}`));
  if (latest === null) return [paint('bold', head), '', 'waiting for the target ...'].slice(0, options.rows);
  const silent = latest.silentMs !== null;
  const state =
    latest.paused && !silent
      ? 'PAUSED by the user: no load is offered, and none of this counts as an outage'
      : silent
        ? `SILENT: no answer for ${duration(latest.silentMs! / 1000)} although requests wait`
        : latest.bad > 0
          ? `running, ${grouped(latest.bad)} requests failed`
          : 'running';
  const stateLine = paint(silent || latest.paused ? 'yellow' : latest.bad > 0 ? 'red' : 'green', cut(state));
  const lines = [
    paint('bold', head),
    stateLine,
    progressBar(feed, columns),
    '',
    ...figureTable(feed).map(cut),
    '',
    ...feed.news
      .slice(-NEWS_SHOWN_MAX)
      .reverse()
      .map(({ at, text }) => cut(`  ${clock(at)}  ${printable(text)}`)),
  ];
  const keys = cut('+ - rate   p pause   m mark   q end');
  return [...lines.slice(0, Math.max(0, options.rows - 1)), paint('dim', keys)];
}

function progressBar({ latest }: LiveFeed, columns: number): string {
  const { elapsedSeconds, durationSeconds, draining } = latest!;
  const share = durationSeconds > 0 ? Math.min(1, elapsedSeconds / durationSeconds) : 1;
  const left = draining
    ? 'waiting for answers'
    : `${duration(Math.ceil(durationSeconds - elapsedSeconds))} left`;
  const text = `${String(Math.floor(100 * share)).padStart(3)} %  ${duration(elapsedSeconds)} of ${duration(durationSeconds)}  ${left}`;
  const width = Math.max(0, Math.min(40, columns - text.length - 4));
  const full = Math.round(share * width);
  return width < 6 ? text.slice(0, columns) : `[${'='.repeat(full)}${' '.repeat(width - full)}] ${text}`;
}

function figureTable(feed: LiveFeed): string[] {
  const latest = feed.latest!;
  const times = feed.lastInterval?.latencyAllMs ?? null;
  const rate = (value: number): string => grouped(Math.round(value));
  const totals = feed.totals;
  const workers = latest.workersCpuPercent.map((share) => `${Math.round(share)} %`).join(' ');
  const host = latest.hostBusyPercent === null ? '-' : `${Math.round(latest.hostBusyPercent)} %`;
  const ms = (figure: 'p50' | 'p99' | 'p999'): string => milliseconds(times?.[figure] ?? null);
  const { succeeded, rejected, bad, inFlight, responseMeanMs, responseMaxMs } = latest;
  const { associations, associationsActive } = totals;
  const active = `${associationsActive} of ${associations} active`;
  const rows = [
    [
      'asked /s',
      rate(latest.askedPerSecond),
      'mean ms',
      milliseconds(responseMeanMs),
      'ok',
      grouped(succeeded),
    ],
    [
      'offered /s',
      rate(latest.offeredPerSecond),
      'max ms',
      milliseconds(responseMaxMs),
      'refused',
      grouped(rejected),
    ],
    ['answered /s', rate(latest.answeredPerSecond), 'p50 ms', ms('p50'), 'failed', grouped(bad)],
    ['in flight', grouped(inFlight), 'p99 ms', ms('p99'), 'outages', grouped(totals.outages)],
    ['associations', active, 'p99.9 ms', ms('p999')],
  ];
  const stalls = duration(feed.generatorStallSeconds);
  const load = `  CPU of workers ${workers}, of this host ${host}; own stalls ${stalls}`;
  return [...table(rows, ['left', 'right', 'left', 'right', 'left', 'right']), load];
}
