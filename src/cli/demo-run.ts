import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ValueError } from '../config/errors.js';
import { loadRunConfig } from '../config/load.js';
import { parseDurationNs } from '../config/quantities.js';
import type { RunSummary } from '../measure/summary.js';
import { type CliIo, EXIT, type ExitCode, UserError } from './io.js';
import { packageFile } from './package-root.js';
import { performAndReport } from './perform.js';
import { abortOnSignal } from './signals.js';

type DemoOptions = Readonly<Record<string, string | boolean | undefined>>;

interface Responder {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly endpoint: string;
}

/** When the pause really was, ms. */
interface Pause {
  readonly lengthMs: number;
}

/** Starts a responder, offers load, stops the responder in the middle, and sets the figures beside what really happened. */
export async function runDemo(io: CliIo, options: DemoOptions): Promise<ExitCode> {
  const pauseMs = pauseOf(options.pause);
  const { signal, release } = abortOnSignal();
  io.stderr.write('starting a responder on loopback ...\n');
  const responder = await startResponder(io);
  try {
    const config = loadRunConfig({
      file: packageFile('profiles/demo.yaml'),
      flags: { ...flagsOf(options), target: responder.endpoint },
      seedDefault: 1,
    });
    const middleMs = (config.durationNs / 1e6 - pauseMs) / 2;
    if (middleMs < 1_000)
      throw new UserError(`--duration must leave a second before and after the pause of ${pauseMs} ms`);
    let pause: Promise<Pause | null> | null = null;
    io.stderr.write(
      `offering ${config.ratePeakPerSecond} requests a second to ${responder.endpoint} for ${config.durationNs / 1e9} s; ` +
        `process ${responder.pid} will be stopped for ${pauseMs} ms in the middle\n`,
    );
    const { summary, exitCode } = await performAndReport(io, {
      config,
      interrupt: signal,
      json: options.json === true,
      onStart: (unixMs) => {
        pause = stopAndContinue(responder.pid, unixMs + middleMs, pauseMs, signal);
      },
    });
    if (options.json !== true && pause !== null) io.stdout.write(truth(await pause, summary));
    return exitCode;
  } finally {
    release();
    await endResponder(responder);
  }
}

function pauseOf(given: string | boolean | undefined): number {
  try {
    return parseDurationNs(String(given)) / 1e6;
  } catch (cause) {
    if (cause instanceof ValueError) throw new UserError(`--pause: ${cause.message}`);
    throw cause;
  }
}

function flagsOf({ rate, duration, out }: DemoOptions): Record<string, string | undefined> {
  const text = (value: string | boolean | undefined) => (typeof value === 'string' ? value : undefined);
  return { rate: text(rate), duration: text(duration), out: text(out) };
}

/** The responder gets a process group of its own, so that Ctrl-C reaches it only through us, when the results are safe. */
async function startResponder(io: CliIo): Promise<Responder> {
  const cli = fileURLToPath(new URL('./main.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [cli, 'respond', '--listen', '127.0.0.1:2905/0', '--carrier', 'udp', '--json'],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { event: string; pid: number; endpoint: string };
    if (event.event !== 'listening') continue;
    child.stdout.resume();
    return { child, pid: event.pid, endpoint: event.endpoint };
  }
  io.stderr.write(complaint);
  throw new UserError('the responder of the demo did not start', EXIT.ourFault);
}

async function endResponder({ child, pid }: Responder): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  // A stopped process takes SIGTERM only when it is continued.
  process.kill(pid, 'SIGCONT');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(killer);
}

async function stopAndContinue(
  pid: number,
  atUnixMs: number,
  pauseMs: number,
  interrupt: AbortSignal,
): Promise<Pause | null> {
  await sleepUntil(atUnixMs);
  if (interrupt.aborted) return null;
  const stoppedAt = performance.now();
  process.kill(pid, 'SIGSTOP');
  await sleepUntil(performance.timeOrigin + stoppedAt + pauseMs);
  process.kill(pid, 'SIGCONT');
  return { lengthMs: performance.now() - stoppedAt };
}

async function sleepUntil(unixMs: number): Promise<void> {
  const left = () => unixMs - (performance.timeOrigin + performance.now());
  if (left() > 2) await new Promise((resolve) => setTimeout(resolve, left() - 2));
  while (left() > 0) await new Promise((resolve) => setImmediate(resolve));
}

/** The line that only a demo can print: what really happened, beside what was measured without knowing it. */
function truth(pause: Pause | null, summary: RunSummary): string {
  if (pause === null) return '';
  const { atLeast, atMost } = summary.downtime.pauseMs;
  const within = atLeast <= pause.lengthMs && (atMost === null || pause.lengthMs <= atMost);
  const verdict = within ? 'within the bounds' : 'OUTSIDE the bounds';
  const bounds = `${atLeast.toFixed(1)} to ${atMost === null ? 'open' : atMost.toFixed(1)} ms`;
  return `\nTruth: the responder was stopped for ${pause.lengthMs.toFixed(1)} ms (SIGSTOP to SIGCONT, stamped by the demo): ${verdict}, ${bounds}.\n`;
}
