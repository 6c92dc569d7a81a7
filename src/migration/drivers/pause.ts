import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverPlace } from '../command-driver.js';
import { type CommandLine, commandOn } from '../command-line.js';
import {
  checkRequest,
  type DriverDescription,
  type MigrationDriver,
  type MigrationEvent,
  MigrationFault,
  type MigrationOutcome,
  type MigrationRequest,
  type RunningMigration,
} from '../driver.js';
import { MigrationRecorder } from '../recorder.js';
import { runToEnd } from '../run-command.js';

const DESCRIPTION: DriverDescription = {
  name: 'pause',
  what: 'no migration: stops the target for a given time, to calibrate what is measured',
  vm: 'process id (signal), folder of a cgroup (freezer), or name of a domain (virsh)',
  destination: null,
  options: [
    { name: 'durationMs', required: true, what: 'how long the target is stopped' },
    {
      name: 'method',
      required: false,
      what: 'signal (SIGSTOP and SIGCONT, default), freezer (cgroup v2), virsh (suspend and resume)',
    },
    { name: 'connect', required: false, what: 'URI for virsh -c' },
  ],
  modes: ['live'],
  proved: 'real',
  proof: 'processes and cgroups of this host; virsh through a stand-in',
};

/** Stops and continues a target; both resolve when it has happened. */
interface Switch {
  readonly check: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly resume: () => Promise<void>;
}

const fail = (text: string): never => {
  throw new MigrationFault(`driver pause: ${text}`);
};

/** A number out of the third field of `/proc/PID/stat`: the state letter. */
function processState(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
  } catch {
    return null;
  }
}

/** How long a stop may take to be seen. Every thread of the target has to have its turn first, which takes a while on a busy host. */
const STOP_LIMIT_MS = 2_000;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/** Finer than a timer of the event loop, and the processor is left to whoever has to get on meanwhile; returns at once when nothing is left. */
function sleepFor(ms: number): void {
  Atomics.wait(nobody, 0, 0, ms);
}

function waitUntilStopped(what: string, isStopped: () => boolean): void {
  const limit = performance.now() + STOP_LIMIT_MS;
  while (!isStopped()) {
    if (performance.now() > limit) fail(`${what} was told to stop and still ran after ${STOP_LIMIT_MS} ms`);
    sleepFor(0.1);
  }
}

function signalSwitch(vm: string): Switch {
  const pid = Number(vm);
  if (!Number.isSafeInteger(pid) || pid < 2) fail(`'${vm}' is no process id`);
  const send = (signal: NodeJS.Signals | 0): void => {
    try {
      process.kill(pid, signal);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      fail(code === 'ESRCH' ? `no process ${pid}` : `process ${pid} may not be stopped by this user`);
    }
  };
  return {
    check: async () => {
      if (pid === process.pid) fail('that is this process');
      send(0);
    },
    stop: async () => {
      send('SIGSTOP');
      waitUntilStopped(`process ${pid}`, () => processState(pid) === 'T');
    },
    resume: async () => send('SIGCONT'),
  };
}

function freezerSwitch(folder: string): Switch {
  const file = join(folder, 'cgroup.freeze');
  const frozen = (): boolean => /^frozen 1$/m.test(readFileSync(join(folder, 'cgroup.events'), 'utf8'));
  const write = (value: '0' | '1'): void => {
    try {
      writeFileSync(file, value);
    } catch (cause) {
      fail(`${file}: ${(cause as Error).message}`);
    }
  };
  return {
    check: async () => {
      try {
        readFileSync(file);
      } catch {
        fail(`${folder} is no cgroup (v2) that can be frozen: it has no cgroup.freeze`);
      }
    },
    stop: async () => {
      write('1');
      waitUntilStopped(folder, frozen);
    },
    resume: async () => write('0'),
  };
}

function virshSwitch(request: MigrationRequest, place: DriverPlace): Switch {
  const connect = request.options.connect === undefined ? [] : ['-c', request.options.connect];
  const run = async (...words: string[]): Promise<void> => {
    const command: CommandLine = ['virsh', ...connect, ...words];
    const { fault } = await runToEnd(commandOn(place.control, command), place.env, 10_000);
    if (fault !== null) fail(fault);
  };
  return {
    check: () => run('domstate', request.vm),
    stop: () => run('suspend', request.vm),
    resume: () => run('resume', request.vm),
  };
}

function switchOf(request: MigrationRequest, place: DriverPlace): Switch {
  const method = request.options.method ?? 'signal';
  if (method !== 'virsh' && place.control !== null) fail(`method ${method} works on this host only`);
  if (method === 'signal') return signalSwitch(request.vm);
  if (method === 'freezer') return freezerSwitch(request.vm);
  if (method === 'virsh') return virshSwitch(request, place);
  return fail(`option method: expected signal, freezer or virsh, got '${method}'`);
}

function durationOf(request: MigrationRequest): number {
  const duration = Number(request.options.durationMs);
  if (Number.isFinite(duration) && duration > 0 && duration <= 3_600_000) return duration;
  return fail(`option durationMs: expected milliseconds up to an hour, got '${request.options.durationMs}'`);
}

/** Sleeps until a monotonic time with less than a millisecond's error, or until `cancelled` fires. */
function sleepUntil(deadline: number, cancelled: Promise<void>): Promise<void> {
  const left = deadline - performance.now();
  if (left <= 2) {
    sleepFor(left);
    return Promise.resolve();
  }
  let timer: NodeJS.Timeout | null = null;
  const waited = new Promise<'waited'>((resolve) => {
    timer = setTimeout(() => resolve('waited'), left - 1.5);
  });
  return Promise.race([waited, cancelled]).then((why) => {
    if (timer !== null) clearTimeout(timer);
    if (why === 'waited') sleepFor(deadline - performance.now());
  });
}

/** Stops the target, waits, and continues it whatever happens in between. */
async function pauseOnce(
  target: Switch,
  durationMs: number,
  cancelled: Promise<void>,
  record: MigrationRecorder,
): Promise<void> {
  const before = performance.now();
  let stopped = before;
  let resuming = before;
  try {
    await target.stop();
    stopped = performance.now();
    record.event('paused', 'stopped');
    await sleepUntil(stopped + durationMs, cancelled);
  } finally {
    resuming = performance.now();
    await target.resume();
  }
  const after = performance.now();
  record.event('resumed', 'continued');
  // Between the return of the stop and the call of the continuation it surely stood; before the one and after the other it surely ran.
  record.stopped = { atLeastMs: resuming - stopped, atMostMs: after - before };
  record.report({ downtimeMs: resuming - stopped, totalMs: after - before });
}

/** The calibration driver. */
export function pauseDriver(place: DriverPlace): MigrationDriver {
  const prepare = async (request: MigrationRequest): Promise<void> => {
    checkRequest(DESCRIPTION, request);
    durationOf(request);
    await switchOf(request, place).check();
  };
  const migrate = (request: MigrationRequest, onEvent: (event: MigrationEvent) => void): RunningMigration => {
    checkRequest(DESCRIPTION, request);
    const durationMs = durationOf(request);
    const target = switchOf(request, place);
    const record = new MigrationRecorder('pause', null, onEvent);
    let why: 'cancelled' | 'notConverged' | null = null;
    let wake: () => void = () => {};
    const cancelled = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const cancel = (reason: 'cancelled' | 'notConverged'): void => {
      if (why !== null) return;
      why = reason;
      record.event('cancelling', reason);
      wake();
    };
    const timer = setTimeout(() => cancel('notConverged'), request.timeoutMs);
    const run = async (): Promise<MigrationOutcome> => {
      try {
        await target.check();
        await pauseOnce(target, durationMs, cancelled, record);
        return why === null ? record.end('completed', null) : record.end(why, 'continued before its time');
      } catch (cause) {
        return record.end('failed', cause instanceof Error ? cause.message : String(cause));
      } finally {
        clearTimeout(timer);
      }
    };
    return {
      progress: () => ({ percent: null, hypervisor: record.hypervisor }),
      cancel: () => cancel('cancelled'),
      outcome: run(),
    };
  };
  return { describe: () => DESCRIPTION, prepare, migrate };
}
