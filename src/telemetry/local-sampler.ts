import { readFile } from 'node:fs/promises';
import { figuresBetween, type ProcSnapshot, procSnapshot } from './parsers/proc.js';
import { type Sampler, stampNow, type TelemetrySink } from './sampler.js';

const HOST = 'local';
const SOURCE = 'proc';

interface Moment {
  readonly snapshot: ProcSnapshot;
  /** Monotonic, ms. */
  readonly at: number;
}

/** Counters of this host now; a file that cannot be read leaves its figures out. @throws Error when there is no /proc at all. */
async function readMoment(root: string): Promise<Moment> {
  const text = (name: string): Promise<string> => readFile(`${root}/${name}`, 'utf8');
  const optional = (name: string): Promise<string> => text(name).catch(() => '');
  const [stat, meminfo, diskstats, netDev] = await Promise.all([
    text('stat'),
    optional('meminfo'),
    optional('diskstats'),
    optional('net/dev'),
  ]);
  return { snapshot: procSnapshot({ stat, meminfo, diskstats, netDev }), at: performance.now() };
}

/**
 * Samples this host by `/proc`.
 * @param intervalMs from 50. @param root folder that stands for /proc, for tests.
 */
export function startLocalSampler(intervalMs: number, sink: TelemetrySink, root = '/proc'): Sampler {
  let previous: Moment | null = null;
  let lost = false;
  let reading: Promise<void> | null = null;

  const take = async (): Promise<void> => {
    try {
      const now = await readMoment(root);
      lost = false;
      const before = previous;
      previous = now;
      if (before === null) return;
      const intervalSeconds = (now.at - before.at) / 1000;
      sink({
        kind: 'sample',
        host: HOST,
        source: SOURCE,
        at: stampNow(),
        sourceStamp: null,
        clock: { of: 'this host', offsetMs: 0, offsetErrorMs: 0 },
        intervalSeconds,
        figures: figuresBetween(before.snapshot, now.snapshot, intervalSeconds),
      });
    } catch (cause) {
      previous = null;
      if (lost) return;
      lost = true;
      const reason = `cannot read ${root}: ${cause instanceof Error ? cause.message : String(cause)}`;
      sink({ kind: 'lost', host: HOST, source: SOURCE, at: stampNow(), reason, retrying: true });
    }
  };
  const tick = (): void => {
    // A read that hangs (a dead disk below a bind mount) must not pile up further ones.
    reading ??= take().finally(() => {
      reading = null;
    });
  };
  tick();
  const timer = setInterval(tick, intervalMs);
  return {
    host: HOST,
    source: SOURCE,
    stop: async () => {
      clearInterval(timer);
      await reading;
    },
  };
}
