import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatEndpoint } from '../../config/endpoint.js';
import type { RespondConfig } from '../../config/respond-config.js';
import { type ApplicationRow, formatHead, formatRow } from '../../responder/statistics.js';
import { type Binding, chooseCarrier, openBinding } from '../../transport/sctp.js';
import { COMMAND, Control, WORKER_STATE } from '../control.js';
import { RuntimeFault } from '../faults.js';
import { ClusterAgent } from '../ledger/agent.js';
import type { AgentEvent, AgentParts } from '../ledger/agent-parts.js';
import { Ring } from '../ledger/ring.js';
import { WorkerPool } from '../pool.js';
import { rehearsalPlan } from '../rehearsal-plan.js';
import { resolveEndpoint } from '../resolve.js';
import { DiskLoad } from './disk-load.js';
import type { ResponderMessage } from './station.js';
import type { ResponderWorkerData } from './worker.js';

/** Octets of each ring between the serving thread and the one that decides. */
const RING_OCTETS = 16 * 1024 * 1024;
/** How often the disk catches up with the requests. */
const DISK_MS = 50;

/** What a responder tells its user while it serves. */
export type ResponderEvent =
  | { readonly event: 'listening'; readonly pid: number; readonly endpoint: string; readonly carrier: string }
  | {
      readonly event: 'interval';
      readonly at: string;
      readonly row: ApplicationRow;
      /** The row as a line of the application's table, and the head above it. */
      readonly table: { readonly head: string; readonly line: string };
      readonly answersDropped: number;
    }
  | {
      readonly event: 'association';
      readonly at: string;
      readonly association: number;
      readonly state: string;
    }
  | AgentEvent;

export interface ServeRequest {
  readonly config: RespondConfig;
  readonly stop: AbortSignal;
  readonly onEvent: (event: ResponderEvent) => void;
}

/**
 * Serves until told to stop.
 * @throws RuntimeFault `system` when this host refused something, for instance a port in use
 */
export async function serve({ config, stop, onEvent }: ServeRequest): Promise<void> {
  const binding = openBinding();
  const carrier = chooseCarrier(config.carrier, binding.capabilities());
  const targets = await Promise.all(config.targets.map(resolveEndpoint));
  const listen = config.listen === null ? null : await resolveEndpoint(config.listen);
  const control = new Control();
  const wake = (): void => {
    if (control.state !== WORKER_STATE.booting) binding.wake(control.wakeHandle);
  };
  const quit = (): void => {
    control.command = COMMAND.quit;
    wake();
  };
  let failure: Error | null = null;
  const onFailure = (fault: Error): void => {
    failure ??= fault;
    quit();
  };
  const ledger = startLedger(config, binding, { wake, onEvent, onFailure });
  const end = (): void => {
    if (ledger === null) quit();
    else void ledger.agent.close().then(quit, onFailure);
  };
  await ledger?.agent.start();
  const data: ResponderWorkerData = {
    config: { ...config, listen },
    carrier,
    targets,
    control: control.buffer,
    rehearsal: rehearsalPlan(),
    rings: ledger?.rings ?? null,
  };
  const report = reporter(carrier, binding.epochUnixMs, onEvent);
  const pool = new WorkerPool<ResponderMessage>(
    1,
    new URL('./worker.js', import.meta.url),
    () => ({ value: data }),
    (_, message) => (message.kind === 'requests' ? ledger?.agent.requestsCame() : report(message)),
  );
  const intervals = ledger === null ? null : startIntervals(ledger.agent, config, binding, report);
  if (stop.aborted) end();
  stop.addEventListener('abort', end, { once: true });
  const disk = startDisk(config, control, onEvent);
  const [worker] = await pool.ended();
  disk?.stop();
  if (intervals !== null) clearInterval(intervals);
  await ledger?.agent.close();
  const error = failure ?? worker?.error ?? null;
  if (error === null) return;
  if (error.name === 'BindingError') throw new RuntimeFault('system', error.message);
  throw error;
}

type Report = (message: Exclude<ResponderMessage, { kind: 'requests' }>) => void;

interface LedgerThread {
  readonly agent: ClusterAgent;
  readonly rings: NonNullable<ResponderWorkerData['rings']>;
}

/** What owns journal and interconnect; null for a responder that keeps nothing and has no peer. */
function startLedger(
  config: RespondConfig,
  binding: Binding,
  parts: Pick<AgentParts, 'wake' | 'onEvent' | 'onFailure'>,
): LedgerThread | null {
  const { cluster, durability } = config;
  if (cluster === null && durability === 'none') return null;
  const requests = new Ring(RING_OCTETS);
  const answers = new Ring(RING_OCTETS);
  const { nowNs, epochUnixMs } = binding;
  const agent = new ClusterAgent({ config, requests, answers, nowNs, epochUnixMs, ...parts });
  return { agent, rings: { requests: requests.buffer, answers: answers.buffer } };
}

function startIntervals(
  agent: ClusterAgent,
  config: RespondConfig,
  binding: Binding,
  report: Report,
): NodeJS.Timeout {
  return setInterval(() => {
    report({ kind: 'interval', endedNs: binding.nowNs(), ...agent.closeInterval() });
  }, config.intervalNs / 1e6);
}

/** Turns what the serving thread tells into events. */
function reporter(carrier: string, epochUnixMs: number, onEvent: ServeRequest['onEvent']): Report {
  const unixMs = (ns: number): string => new Date(epochUnixMs + ns / 1e6).toISOString();
  return (message) => {
    switch (message.kind) {
      case 'listening':
        onEvent({
          event: 'listening',
          pid: process.pid,
          endpoint: formatEndpoint(message.endpoint),
          carrier,
        });
        break;
      case 'interval': {
        const at = unixMs(message.endedNs);
        const table = { head: formatHead(), line: formatRow(at.slice(11, 19), message.row) };
        onEvent({ event: 'interval', at, row: message.row, table, answersDropped: message.dropped });
        break;
      }
      case 'link':
        onEvent({
          event: 'association',
          at: unixMs(message.atNs),
          association: message.association,
          state: message.state,
        });
        break;
    }
  };
}

/** Keeps the disk busy as asked; null when nothing was asked. */
function startDisk(
  config: RespondConfig,
  control: Control,
  onEvent: ServeRequest['onEvent'],
): { stop(): void } | null {
  if (config.writePerRequestBytes === 0) return null;
  const disk = new DiskLoad(
    config.dataDir ?? join(tmpdir(), `busyhour-${process.pid}`),
    config.writePerRequestBytes,
  );
  let troubled = false;
  const timer = setInterval(() => {
    try {
      disk.catchUp(control.requests);
    } catch (cause) {
      // The application goes on without its disk load; once is enough to say so.
      if (!troubled) onEvent({ event: 'trouble', message: (cause as Error).message });
      troubled = true;
    }
  }, DISK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      disk.close();
    },
  };
}
