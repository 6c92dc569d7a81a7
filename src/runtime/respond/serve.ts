import { formatEndpoint } from '../../config/endpoint.js';
import type { RespondConfig } from '../../config/respond-config.js';
import { type ApplicationRow, formatHead, formatRow } from '../../responder/statistics.js';
import { type Binding, chooseCarrier, openBinding } from '../../transport/sctp.js';
import { letLoopsGoFirst } from '../background-threads.js';
import { compileRarely, compileSoon } from '../compile-effort.js';
import { holdCpuLatency } from '../cpu-latency.js';
import { RuntimeFault } from '../faults.js';
import { ClusterAgent } from '../ledger/agent.js';
import type { AgentEvent, AgentParts } from '../ledger/agent-parts.js';
import { createLane, type Lane } from '../ledger/lane.js';
import { resolveEndpoint } from '../resolve.js';
import { DiskLoad } from './disk-load.js';
import { ServingThreads, type WorkerShare } from './serving-threads.js';
import type { ResponderMessage } from './station.js';

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
      /** What each serving thread did since the last interval. */
      readonly workers: readonly WorkerShare[];
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
export async function serve(request: ServeRequest): Promise<void> {
  const { config } = request;
  const release = holdCpuLatency(config.cpuLatencyNs);
  let disk: DiskLoad | null = null;
  try {
    // Before anything runs that its fault would leave running.
    if (config.writePerRequestBytes !== 0) disk = new DiskLoad(config.dataDir, config.writePerRequestBytes);
    await serveLoading(disk, request);
  } finally {
    disk?.close();
    release();
  }
}

async function serveLoading(disk: DiskLoad | null, { config, stop, onEvent }: ServeRequest): Promise<void> {
  const binding = openBinding();
  const carrier = chooseCarrier(config.carrier, binding.capabilities());
  const targets = await Promise.all(config.targets.map(resolveEndpoint));
  const listen = config.listen === null ? null : await resolveEndpoint(config.listen);
  const threads = new ServingThreads(binding, config.workers);
  const quit = (): void => threads.quit();
  let failure: Error | null = null;
  const onFailure = (fault: Error): void => {
    failure ??= fault;
    quit();
  };
  const wake = (worker: number): void => threads.wake(worker);
  const ledger = startLedger(config, binding, { wake, onEvent, onFailure });
  const end = (): void => {
    if (ledger === null) quit();
    else void ledger.agent.close().then(quit, onFailure);
  };
  await ledger?.agent.start();
  const report = reporter(carrier, binding.epochUnixMs, threads, onEvent);
  // Where there is a ledger the main thread decides, with code that nothing rehearses, and a thread of libuv writes the journal: neither may stand back.
  if (ledger === null) compileSoon();
  threads.start(
    { config: { ...config, listen }, carrier, targets, lanes: ledger?.lanes ?? null },
    (worker, message) => {
      if (message.kind === 'requests') ledger?.agent.requestsCame();
      else report(message, worker);
      if (message.kind !== 'listening' || ledger !== null) return;
      compileRarely();
      letLoopsGoFirst(true);
    },
  );
  const intervals = ledger === null ? null : startIntervals(ledger.agent, config, binding, report);
  if (stop.aborted) end();
  stop.addEventListener('abort', end, { once: true });
  const stopDisk = disk === null ? null : loadDisk(disk, threads, onEvent);
  const threadFailure = await threads.ended();
  stopDisk?.();
  if (intervals !== null) clearInterval(intervals);
  await ledger?.agent.close();
  const error = failure ?? threadFailure;
  if (error === null) return;
  if (error.name === 'BindingError') throw new RuntimeFault('system', error.message);
  throw error;
}

type Report = (message: Exclude<ResponderMessage, { kind: 'requests' }>, worker: number) => void;

interface LedgerThread {
  readonly agent: ClusterAgent;
  readonly lanes: readonly Lane[];
}

/** What owns journal and interconnect; null for a responder that keeps nothing and has no peer. */
function startLedger(
  config: RespondConfig,
  binding: Binding,
  parts: Pick<AgentParts, 'wake' | 'onEvent' | 'onFailure'>,
): LedgerThread | null {
  const { cluster, durability } = config;
  if (cluster === null && durability === 'none') return null;
  const lanes = Array.from({ length: config.workers }, createLane);
  const { nowNs, epochUnixMs } = binding;
  const agent = new ClusterAgent({ config, lanes, nowNs, epochUnixMs, ...parts });
  return { agent, lanes };
}

function startIntervals(
  agent: ClusterAgent,
  config: RespondConfig,
  binding: Binding,
  report: Report,
): NodeJS.Timeout {
  return setInterval(() => {
    report({ kind: 'interval', endedNs: binding.nowNs(), ...agent.closeInterval() }, 0);
  }, config.intervalNs / 1e6);
}

/** Turns what the serving threads tell into events. */
function reporter(
  carrier: string,
  epochUnixMs: number,
  threads: ServingThreads,
  onEvent: ServeRequest['onEvent'],
): Report {
  const unixMs = (ns: number): string => new Date(epochUnixMs + ns / 1e6).toISOString();
  return (message, worker) => {
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
        onEvent({
          event: 'interval',
          at,
          row: message.row,
          table,
          answersDropped: message.dropped,
          workers: threads.takeShares(),
        });
        break;
      }
      case 'link':
        onEvent({
          event: 'association',
          at: unixMs(message.atNs),
          // Each thread counts its own associations from 1.
          association: message.association * threads.count + worker,
          state: message.state,
        });
        break;
    }
  };
}

/** Keeps the disk busy until the function that is returned is called. */
function loadDisk(disk: DiskLoad, threads: ServingThreads, onEvent: ServeRequest['onEvent']): () => void {
  let troubled = false;
  const timer = setInterval(() => {
    try {
      disk.catchUp(threads.requests);
    } catch (cause) {
      // The application goes on without its disk load; once is enough to say so.
      if (!troubled) onEvent({ event: 'trouble', message: (cause as Error).message });
      troubled = true;
    }
  }, DISK_MS);
  return () => clearInterval(timer);
}
