import { setTimeout as pause } from 'node:timers/promises';
import {
  checkRequest,
  type DriverDescription,
  type EventClock,
  type HypervisorReport,
  type MigrationDriver,
  type MigrationEvent,
  MigrationFault,
  type MigrationOutcome,
  type MigrationRequest,
  type RunningMigration,
} from '../driver.js';
import { type JsonObject, QmpClient, type QmpEvent } from '../qmp.js';
import { MigrationRecorder } from '../recorder.js';

const DESCRIPTION: DriverDescription = {
  name: 'qemu',
  what: 'QMP migrate between two QEMU processes',
  vm: 'QMP socket of the source (path or HOST:PORT)',
  destination: 'URI that the destination was started with (-incoming), for instance tcp:127.0.0.1:4444',
  options: [
    {
      name: 'destinationQmp',
      required: false,
      what: 'QMP socket of the destination: gives RESUME and with it the time stopped',
    },
    { name: 'downtimeLimitMs', required: false, what: 'QEMU stops the VM when the rest fits into this' },
    { name: 'maxBandwidthBytes', required: false, what: 'bytes a second' },
    { name: 'postCopy', required: false, what: 'yes: switch to post-copy after the first pass' },
  ],
  modes: ['live', 'cold'],
  proved: 'real',
  proof: 'QEMU 7.2 of Debian 12, by npm run lab',
};

/** `query-migrate` is asked this often, ms. */
const POLL_MS = 50;

/** States in which a migration is over. */
const OVER: Readonly<Record<string, 'completed' | 'failed' | 'cancelled'>> = {
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** The figures of `query-migrate`'s answer. */
export function readMigrationInfo(info: JsonObject): HypervisorReport {
  const ram = (typeof info.ram === 'object' && info.ram !== null ? info.ram : {}) as JsonObject;
  const pagesPerSecond = numberOf(ram['dirty-pages-rate']);
  return {
    // QEMU answers 0 here for a moment after "completed".
    totalMs: numberOf(info['total-time']) || null,
    downtimeMs: numberOf(info.downtime),
    transferredBytes: numberOf(ram.transferred),
    iterations: numberOf(ram['dirty-sync-count']),
    dirtyBytesPerSecond:
      pagesPerSecond === null ? null : pagesPerSecond * (numberOf(ram['page-size']) ?? 4096),
  };
}

/** Per cent of the memory that has been sent once. */
function percentOf(info: JsonObject): number | null {
  const ram = (typeof info.ram === 'object' && info.ram !== null ? info.ram : {}) as JsonObject;
  const [total, remaining] = [numberOf(ram.total), numberOf(ram.remaining)];
  if (total === null || remaining === null || total === 0) return null;
  return Math.round((100 * (total - remaining)) / total);
}

/** Parameters that the options set. */
function parametersOf({ options }: MigrationRequest): JsonObject {
  const numeric = (name: string): number | undefined => {
    const text = options[name];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw new MigrationFault(`driver qemu: option ${name}: expected a whole number above 0, got '${text}'`);
  };
  const limit = numeric('downtimeLimitMs');
  const bandwidth = numeric('maxBandwidthBytes');
  return {
    ...(limit === undefined ? {} : { 'downtime-limit': limit }),
    ...(bandwidth === undefined ? {} : { 'max-bandwidth': bandwidth }),
  };
}

/** QEMU stamps its events by its own host's clock. That of another host is unknown here: QMP cannot be asked for the time. */
function clockOf(place: string, side: 'source' | 'destination'): EventClock {
  const tcp = /^([^/]+):\d+$/.exec(place);
  const here = tcp === null || /^(127\.|localhost$|\[?::1\]?$)/.test(tcp[1]!);
  const offset = here ? 0 : null;
  return { clock: `host of the ${side} QEMU`, offsetMs: offset, offsetErrorMs: offset };
}

/** One migration between two monitors. */
class QemuMigration {
  percent: number | null = null;
  ending: 'notConverged' | 'cancelled' | null = null;
  private readonly request: MigrationRequest;
  private readonly record: MigrationRecorder;
  private stoppedAtMs: number | null = null;
  private resumedAtMs: number | null = null;
  private source: QmpClient | null = null;
  private destination: QmpClient | null = null;

  constructor(request: MigrationRequest, record: MigrationRecorder) {
    this.request = request;
    this.record = record;
  }

  get hypervisor(): HypervisorReport {
    return this.record.hypervisor;
  }

  cancel(why: 'notConverged' | 'cancelled'): void {
    if (this.ending !== null) return;
    this.ending = why;
    this.record.event('cancelling', why === 'cancelled' ? 'ended by the user' : 'time-out');
    this.source
      ?.execute('migrate_cancel')
      .catch((cause: Error) => this.record.event('message', cause.message));
  }

  async run(): Promise<MigrationOutcome> {
    try {
      return await this.migrate();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return this.record.end(this.ending ?? 'failed', reason);
    } finally {
      this.source?.close();
      this.destination?.close();
    }
  }

  private async migrate(): Promise<MigrationOutcome> {
    const { request } = this;
    this.source = await QmpClient.connect(request.vm);
    this.source.onEvent((event) => this.sourceEvent(event));
    if (request.options.destinationQmp !== undefined) {
      this.destination = await QmpClient.connect(request.options.destinationQmp);
      this.destination.onEvent((event) => this.destinationEvent(event));
    }
    await this.start(this.source);
    const info = await this.untilOver(this.source);
    const result = OVER[String(info.status)] ?? 'failed';
    if (result === 'completed') {
      await this.settle(this.source);
      return this.record.end('completed', null);
    }
    const said = typeof info['error-desc'] === 'string' ? `: ${info['error-desc']}` : '';
    if (this.ending === 'notConverged') {
      return this.record.end('notConverged', `not converged within ${request.timeoutMs / 1000} s, cancelled`);
    }
    const failure = result === 'failed' ? `QEMU reports that the migration failed${said}` : 'cancelled';
    return this.record.end(this.ending ?? result, failure);
  }

  private async start(source: QmpClient): Promise<void> {
    const { request } = this;
    const parameters = parametersOf(request);
    if (Object.keys(parameters).length > 0) await source.execute('migrate-set-parameters', parameters);
    const postCopy = request.options.postCopy === 'yes';
    if (postCopy) {
      const capabilities = [{ capability: 'postcopy-ram', state: true }];
      await source.execute('migrate-set-capabilities', { capabilities });
    }
    if (request.mode === 'cold') await source.execute('stop');
    await source.execute('migrate', { uri: request.destination });
    if (postCopy) await source.execute('migrate-start-postcopy');
  }

  private async untilOver(source: QmpClient): Promise<JsonObject> {
    for (;;) {
      const info = await source.execute('query-migrate');
      this.record.report(readMigrationInfo(info));
      const percent = percentOf(info);
      if (percent !== null && percent !== this.percent) this.record.event('progress', `${percent} %`);
      this.percent = percent ?? this.percent;
      if (OVER[String(info.status)] !== undefined) return info;
      await pause(POLL_MS);
    }
  }

  /** Waits for the figures and for RESUME, which come a moment after "completed". */
  private async settle(source: QmpClient): Promise<void> {
    for (let attempt = 0; attempt < 40; attempt++) {
      const { totalMs, downtimeMs } = this.record.hypervisor;
      const resumed = this.destination === null || this.resumedAtMs !== null;
      if (totalMs !== null && downtimeMs !== null && resumed) return;
      await pause(POLL_MS);
      this.record.report(readMigrationInfo(await source.execute('query-migrate')));
    }
    this.record.event('message', 'QEMU gave no complete figures within 2 s of the end');
  }

  private sourceEvent({ event, atMs }: QmpEvent): void {
    if (event !== 'STOP') return;
    this.stoppedAtMs = atMs;
    this.record.event('paused', 'STOP', { atMs, ...clockOf(this.request.vm, 'source') });
  }

  private destinationEvent({ event, atMs }: QmpEvent): void {
    if (event !== 'RESUME') return;
    this.resumedAtMs = atMs;
    const place = this.request.options.destinationQmp ?? '';
    const clock = clockOf(place, 'destination');
    this.record.event('resumed', 'RESUME', { atMs, ...clock });
    if (this.stoppedAtMs === null) return;
    // Two hosts' clocks differ by more than the pause may last: their difference is no truth.
    if (clock.offsetMs === null || clockOf(this.request.vm, 'source').offsetMs === null) return;
    const stopped = atMs - this.stoppedAtMs;
    this.record.stopped = { atLeastMs: stopped, atMostMs: stopped };
  }
}

/** QEMU by its own monitor, without libvirt. */
export function qemuDriver(): MigrationDriver {
  const prepare = async (request: MigrationRequest): Promise<void> => {
    checkRequest(DESCRIPTION, request);
    parametersOf(request);
    const places = [request.vm, request.options.destinationQmp].filter((place) => place !== undefined);
    for (const [index, place] of places.entries()) {
      const client = await QmpClient.connect(place);
      const { status } = await client.execute('query-status');
      client.close();
      const expected = index === 0 ? ['running', 'paused'] : ['inmigrate'];
      if (!expected.includes(String(status))) {
        throw new MigrationFault(
          `driver qemu: ${place} is '${String(status)}', expected ${expected.join(' or ')}`,
        );
      }
    }
  };
  const migrate = (request: MigrationRequest, onEvent: (event: MigrationEvent) => void): RunningMigration => {
    checkRequest(DESCRIPTION, request);
    parametersOf(request);
    const record = new MigrationRecorder('qemu', null, onEvent);
    const migration = new QemuMigration(request, record);
    const timer = setTimeout(() => migration.cancel('notConverged'), request.timeoutMs);
    const outcome = migration.run().finally(() => clearTimeout(timer));
    return {
      progress: () => ({ percent: migration.percent, hypervisor: migration.hypervisor }),
      cancel: () => migration.cancel('cancelled'),
      outcome,
    };
  };
  return { describe: () => DESCRIPTION, prepare, migrate };
}
