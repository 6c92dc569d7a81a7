import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatEndpoint } from '../../config/endpoint.js';
import type { RespondConfig } from '../../config/respond-config.js';
import { type ApplicationRow, formatHead, formatRow } from '../../responder/statistics.js';
import { chooseCarrier, openBinding } from '../../transport/sctp.js';
import { COMMAND, Control, WORKER_STATE } from '../control.js';
import { RuntimeFault } from '../faults.js';
import { WorkerPool } from '../pool.js';
import { rehearsalPlan } from '../rehearsal.js';
import { resolveEndpoint } from '../resolve.js';
import { DiskLoad } from './disk-load.js';
import type { ResponderMessage } from './station.js';
import type { ResponderWorkerData } from './worker.js';

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
  | { readonly event: 'trouble'; readonly message: string };

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
  const unixMs = (ns: number): string => new Date(binding.epochUnixMs + ns / 1e6).toISOString();
  const hear = (message: ResponderMessage): void => {
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
  const data: ResponderWorkerData = {
    config: { ...config, listen },
    carrier,
    targets,
    control: control.buffer,
    rehearsal: rehearsalPlan(),
  };
  const pool = new WorkerPool<ResponderMessage>(
    1,
    new URL('./worker.js', import.meta.url),
    () => ({ value: data }),
    (_, message) => hear(message),
  );
  const quit = (): void => {
    control.command = COMMAND.quit;
    if (control.state !== WORKER_STATE.booting) binding.wake(control.wakeHandle);
  };
  if (stop.aborted) quit();
  stop.addEventListener('abort', quit, { once: true });
  const disk = startDisk(config, control, onEvent);
  const [end] = await pool.ended();
  disk?.stop();
  const error = end?.error ?? null;
  if (error === null) return;
  if (error.name === 'BindingError') throw new RuntimeFault('system', error.message);
  throw error;
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
