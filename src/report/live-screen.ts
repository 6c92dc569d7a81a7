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
  const state = silent
    ? `SILENT: no answer for ${duration(latest.silentMs! / 1000)} although requests wait`
    : latest.bad > 0
      ? `running, ${grouped(latest.bad)} requests failed`
      : 'running';
  const stateLine = paint(silent ? 'yellow' : latest.bad > 0 ? 'red' : 'green', cut(state));
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
  const keys = cut('m mark   q end   Ctrl-C end');
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
  const states = [...feed.associations.values()];
  const active = states.filter((state) => state === 'active').length;
  const rows = [
    [
      'offered /s',
      rate(latest.offeredPerSecond),
      'mean ms',
      milliseconds(latest.responseMeanMs),
      'ok',
      grouped(latest.succeeded),
    ],
    [
      'answered /s',
      rate(latest.answeredPerSecond),
      'max ms',
      milliseconds(latest.responseMaxMs),
      'refused',
      grouped(latest.rejected),
    ],
    [
      'in flight',
      grouped(latest.inFlight),
      'p50 ms',
      milliseconds(times?.p50 ?? null),
      'failed',
      grouped(latest.bad),
    ],
    [
      'associations',
      `${active} of ${states.length} active`,
      'p99 ms',
      milliseconds(times?.p99 ?? null),
      'outages',
      outages(feed),
    ],
    [
      'own stalls',
      duration(feed.generatorStallSeconds),
      'p99.9 ms',
      milliseconds(times?.p999 ?? null),
      '',
      '',
    ],
  ];
  return table(rows, ['left', 'right', 'left', 'right', 'left', 'right']);
}

function outages(feed: LiveFeed): string {
  return grouped([...feed.targets.values()].reduce((sum, target) => sum + target.outages, 0));
}
