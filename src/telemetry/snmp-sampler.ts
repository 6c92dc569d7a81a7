import { NO_FIGURES } from './sample.js';
import { type Sampler, stampNow, type TelemetrySink } from './sampler.js';
import {
  countedBetween,
  indexOf,
  type OpenSession,
  openSession,
  readPort,
  type SnmpAgent,
  type SnmpPort,
} from './snmp.js';

export interface SnmpOptions {
  readonly agent: SnmpAgent;
  readonly interface: string;
  readonly intervalMs: number;
  readonly env: NodeJS.ProcessEnv;
  readonly sink: TelemetrySink;
}

interface Moment {
  readonly port: SnmpPort;
  /** Monotonic, ms. */
  readonly at: number;
}

/** Asks one agent for one interface; after a fault it begins anew. */
class PortReader {
  private readonly options: SnmpOptions;
  private session: OpenSession | null = null;
  private index: number | null = null;
  private previous: Moment | null = null;

  constructor(options: SnmpOptions) {
    this.options = options;
  }

  /** @returns bytes a second each way since the last call, null at the first one. @throws Error with a sentence */
  async rates(): Promise<{
    readonly seconds: number;
    readonly received: number | null;
    readonly sent: number | null;
    readonly upTimeTicks: number;
  } | null> {
    const { agent, env } = this.options;
    try {
      this.session ??= openSession(agent, env);
      this.index ??= await indexOf(this.session, this.options.interface);
      const now = { port: await readPort(this.session, this.index), at: performance.now() };
      const before = this.previous;
      this.previous = now;
      if (before === null) return null;
      const seconds = (now.at - before.at) / 1000;
      const rate = (read: (port: SnmpPort) => number): number | null => {
        const counted = countedBetween(before.port, now.port, read);
        return counted === null ? null : counted / seconds;
      };
      return {
        seconds,
        received: rate((port) => port.receivedBytes),
        sent: rate((port) => port.sentBytes),
        upTimeTicks: now.port.upTimeTicks,
      };
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  close(): void {
    this.session?.close();
    this.session = null;
    this.index = null;
    this.previous = null;
  }
}

/** Samples what passes one interface of a switch. Stamps are this host's, at the answer; many agents refresh their counters every few seconds only. */
export function startSnmpSampler(options: SnmpOptions): Sampler {
  const { agent, intervalMs, sink } = options;
  const place = { host: `${agent.name}/${options.interface}`, source: 'snmp' };
  const reader = new PortReader(options);
  let asking: Promise<void> | null = null;
  let lost = false;
  let stopped = false;

  const take = async (): Promise<void> => {
    try {
      const rates = await reader.rates();
      lost = false;
      if (rates === null || stopped) return;
      sink({
        kind: 'sample',
        ...place,
        at: stampNow(),
        sourceStamp: `sysUpTime ${rates.upTimeTicks}`,
        clock: { of: 'this host', offsetMs: 0, offsetErrorMs: 0 },
        intervalSeconds: rates.seconds,
        figures: {
          ...NO_FIGURES,
          networkReceivedBytesPerSecond: rates.received,
          networkSentBytesPerSecond: rates.sent,
        },
      });
    } catch (cause) {
      if (lost || stopped) return;
      lost = true;
      sink({ kind: 'lost', ...place, at: stampNow(), reason: (cause as Error).message, retrying: true });
    }
  };
  const tick = (): void => {
    asking ??= take().finally(() => {
      asking = null;
    });
  };
  tick();
  const timer = setInterval(tick, intervalMs);
  return {
    ...place,
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await asking;
      reader.close();
    },
  };
}
