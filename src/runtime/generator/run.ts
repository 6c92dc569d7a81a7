import { randomBytes } from 'node:crypto';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { formatEndpoint } from '../../config/endpoint.js';
import type { RunConfig } from '../../config/run-config.js';
import { segmentsOf } from '../../load/rate-profile.js';
import { type Board, createBoard } from '../../measure/board.js';
import { Collector } from '../../measure/collector.js';
import type { RunSummary } from '../../measure/summary.js';
import { lagLimitNs } from '../../measure/validity.js';
import {
  type Binding,
  type Carrier,
  chooseCarrier,
  openBinding,
  type SctpEndpoint,
} from '../../transport/sctp.js';
import { AUDIT_FILES, AUDIT_REQUESTS_MAX, type AuditHead } from '../audit.js';
import { letLoopsGoFirst } from '../background-threads.js';
import { compileRarely, compileSoon } from '../compile-effort.js';
import { COMMAND, type Command, Control, WORKER_STATE, type WorkerState } from '../control.js';
import { holdCpuLatency } from '../cpu-latency.js';
import { RuntimeFault } from '../faults.js';
import { type CpuTicks, readCpuTicks, stealPercent } from '../host-facts.js';
import { type WorkerEnd, WorkerPool } from '../pool.js';
import { rehearsalPlan } from '../rehearsal-plan.js';
import { resolveEndpoint } from '../resolve.js';
import type { GeneratorMessage } from './messages.js';
import { ProgressMeter } from './progress-meter.js';
import { ResultWriter } from './result-writer.js';
import type { RunRequest } from './run-request.js';
import { SteeredRun } from './steered-run.js';
import { STEER_FACTOR_MAX, SteeredRate } from './steering.js';
import type { GeneratorWorkerData } from './worker.js';

/** How often the main thread looks at the boards. */
const HARVEST_MS = 100;
/** From the command to the first due request: every worker has long seen the command by then. */
const START_DELAY_NS = 50e6;
/** Workers that have not said farewell by then are left behind. */
const FAREWELL_MS = 5_000;

export interface RunResult {
  readonly summary: RunSummary;
  /** A target was lost for good: no association carried traffic when the run ended, or its last window is still open. */
  readonly targetLost: boolean;
  /** A worker ended by a fault of ours. */
  readonly workerFault: Error | null;
}

/**
 * Performs one run: starts the workers, waits until every association carries traffic, follows the schedule to its end, waits until every
 * request has ended, and sums up.
 *
 * @throws RuntimeFault `unreachable` when no traffic could be carried within the connect time-out, `system` when this host refused something
 */
export async function performRun(request: RunRequest): Promise<RunResult> {
  const binding = openBinding();
  const carrier = chooseCarrier(request.config.carrier, binding.capabilities());
  const targets = await Promise.all(request.config.targets.map(resolveEndpoint));
  const run = new GeneratorRun(request, binding, carrier, targets);
  try {
    await run.untilReady();
    return await run.measure();
  } finally {
    await run.end();
  }
}

class GeneratorRun {
  readonly #request: RunRequest;
  readonly #binding: Binding;
  readonly #carrier: Carrier;
  readonly #controls: Control[];
  readonly #ports: MessagePort[] = [];
  readonly #pool: WorkerPool<GeneratorMessage>;
  readonly #targetNames: readonly string[];
  /** Per target: links that carry traffic now. */
  readonly #active: number[];
  /** Marks of answered requests, where the run is audited. */
  readonly #audit: SharedArrayBuffer | null;
  readonly #runBits: number;
  #writer: ResultWriter;
  #releaseLatency = (): void => undefined;
  #workerFault: Error | null = null;
  readonly #rate: SteeredRate;
  readonly #steered: SteeredRun;
  /** Memory is set aside for as many times the planned rate. */
  readonly #headroom: number;
  /** The user would not wait for what was in flight. */
  #abandoned = false;
  /** A threshold asked for the end. */
  #stopped = false;
  /** Where in the schedule this process begins. */
  readonly #resumeAtNs: number;

  constructor(request: RunRequest, binding: Binding, carrier: Carrier, targets: readonly SctpEndpoint[]) {
    this.#headroom = request.steering === undefined ? 1 : STEER_FACTOR_MAX;
    const config = {
      ...request.config,
      slabSlotsPerWorker: request.config.slabSlotsPerWorker * this.#headroom,
    };
    this.#rate = new SteeredRate(segmentsOf(config.arrival.shape, config.durationNs));
    this.#request = request;
    this.#binding = binding;
    this.#carrier = carrier;
    this.#targetNames = config.targets.map(formatEndpoint);
    this.#active = config.targets.map(() => 0);
    this.#controls = Array.from({ length: config.workers }, () => new Control());
    this.#writer = new ResultWriter(request, this.#targetNames, binding.epochUnixMs, () => {
      this.#stopped = true;
    });
    this.#resumeAtNs = (request.earlier?.checkpoint.collector.nextInterval ?? 0) * config.intervalNs;
    const runBits = randomBytes(4).readUInt32BE();
    this.#runBits = runBits;
    this.#audit = config.audit ? auditFor(config, this.#headroom) : null;
    compileSoon();
    const rehearsal = rehearsalPlan();
    const channels = this.#controls.map(() => new MessageChannel());
    for (const { port1, port2 } of channels) {
      this.#ports.push(port1);
      port1.unref();
      port2.unref();
    }
    this.#steered = new SteeredRun({
      request,
      binding,
      controls: this.#controls,
      ports: this.#ports,
      rate: this.#rate,
      tell: (intervention) => this.#writer.intervention(intervention),
    });
    this.#pool = new WorkerPool<GeneratorMessage>(
      config.workers,
      new URL('./worker.js', import.meta.url),
      (worker) => {
        const data: GeneratorWorkerData = {
          config,
          carrier,
          targets,
          worker,
          runBits,
          control: this.#controls[worker]!.buffer,
          port: channels[worker]!.port2,
          audit: this.#audit,
          resumeAtNs: this.#resumeAtNs,
          rehearsal,
        };
        return { value: data, transfer: [channels[worker]!.port2] };
      },
      (_, message) => this.#heard(message),
    );
    void this.#pool.failed().then((end: WorkerEnd) => {
      this.#workerFault ??= end.error;
    });
  }

  /** Resolves when every association carries traffic. */
  async untilReady(): Promise<void> {
    const { config, interrupt } = this.#request;
    this.#releaseLatency = holdCpuLatency(config.cpuLatencyNs);
    const giveUpNs = this.#binding.nowNs() + config.connectTimeoutNs;
    while (!this.#all(WORKER_STATE.ready)) {
      this.#throwWorkerFault();
      if (interrupt.aborted)
        throw new RuntimeFault('interrupted', 'interrupted before the first request was due');
      if (this.#binding.nowNs() > giveUpNs) throw new RuntimeFault('unreachable', this.#unreachable());
      await pause(5);
    }
  }

  /** Follows the schedule, drains, sums up. */
  async measure(): Promise<RunResult> {
    const { config, earlier } = this.#request;
    // Whole ns: with a fraction the sum of start and due time could round to the interval before.
    const beginNs = Math.round(this.#binding.nowNs() + START_DELAY_NS);
    const startNs = beginNs - this.#resumeAtNs;
    const boards = this.#controls.map((_, worker) => this.#createBoard(worker, startNs));
    const collector = new Collector({
      boards,
      targets: this.#targetNames,
      startNs,
      endNs: startNs + config.durationNs,
      intervalNs: config.intervalNs,
      earlier:
        earlier === undefined
          ? null
          : {
              state: earlier.checkpoint.collector,
              shiftNs: (earlier.checkpoint.epochUnixMs - this.#binding.epochUnixMs) * 1e6,
            },
      ratePerSecond: (target, timeNs) =>
        this.#rateOfTarget(target, this.#rate.profile.ratePerSecondAt(timeNs - startNs)),
      outageThresholdNs: config.outageThresholdNs,
      rtoLimitNs: config.sctp.rtoMaxMs * 1e6,
      tookOver: (fromNs, toNs) => this.#tookOver(fromNs, toNs),
      onInterval: (interval) => this.#writer.interval(interval),
      onWindow: (found) => this.#writer.window(found),
    });
    const meter = new ProgressMeter(collector, {
      startNs,
      beginNs,
      durationNs: config.durationNs,
      rate: this.#rate,
      workersCpuNs: () => this.#controls.map((control) => control.cpuNs),
      readTicks: readCpuTicks,
    });
    const ticks = readCpuTicks();
    const plannedPerSecond = this.#rate.profile.ratePerSecond(this.#resumeAtNs);
    this.#writer.started({ beginNs, atNs: this.#resumeAtNs, carrier: this.#carrier, plannedPerSecond });
    this.#request.onStart?.(this.#binding.epochUnixMs + beginNs / 1e6);
    for (const [worker, port] of this.#ports.entries()) port.postMessage(boards[worker]!.shape);
    compileRarely();
    this.#command(COMMAND.start);
    letLoopsGoFirst(this.#request.ownProcess ?? false);
    const interrupted = await this.#follow(collector, meter, startNs);
    return this.#sumUp(collector, startNs, interrupted, ticks);
  }

  /** Lets every worker say farewell. */
  async end(): Promise<void> {
    this.#command(COMMAND.quit);
    await Promise.race([this.#pool.ended(), pause(FAREWELL_MS, false)]);
    for (const port of this.#ports) port.close();
    this.#releaseLatency();
  }

  async #follow(collector: Collector, meter: ProgressMeter, startNs: number): Promise<boolean> {
    const { interrupt, hurry, enough, onProgress } = this.#request;
    const everyNs = (this.#request.progressMs ?? 0) * 1e6;
    let interrupted = false;
    let cut = false;
    let shownAtNs = Number.NEGATIVE_INFINITY;
    while (!this.#all(WORKER_STATE.drained)) {
      if (this.#workerFault !== null) break;
      // A command takes the place of the one before: a worker that has not read `start` yet would never begin, and never end. Nor is there a schedule to cut before it begins.
      const begun =
        this.#binding.nowNs() > startNs + this.#resumeAtNs &&
        this.#controls.every(({ state }) => state !== WORKER_STATE.ready);
      if ((interrupt.aborted || enough?.aborted === true || this.#stopped) && begun && !cut) {
        cut = true;
        interrupted = interrupt.aborted;
        collector.cutSchedule(this.#binding.nowNs());
        this.#command(COMMAND.stopOffering);
      }
      if (hurry?.aborted === true && begun && !this.#abandoned) {
        this.#abandoned = true;
        this.#command(COMMAND.abandon);
      }
      if (!cut) this.#steered.step(startNs);
      await pause(HARVEST_MS);
      const now = this.#binding.nowNs();
      collector.harvest(now);
      this.#writer.looked(collector, now, cut);
      if (onProgress === undefined || now - shownAtNs < everyNs) continue;
      shownAtNs = now;
      // The look may have written for a while: rates are taken over the time until now.
      onProgress(meter.sample(this.#binding.nowNs()));
    }
    return interrupted;
  }

  async #sumUp(
    collector: Collector,
    startNs: number,
    interrupted: boolean,
    ticks: CpuTicks | null,
  ): Promise<RunResult> {
    const unlinked = this.#active.some((links) => links === 0);
    const cpuNs = this.#controls.map((control) => control.cpuNs);
    const changeLateNs = Math.max(...this.#controls.map((control) => control.changeLateNsMax));
    const now = this.#binding.nowNs();
    await this.end();
    collector.finish(now);
    const elapsedNs = now - startNs - this.#resumeAtNs;
    const summary = this.#writer.summary(collector, {
      startNs,
      carrier: this.#carrier,
      interrupted,
      abandoned: this.#abandoned,
      changeLateNs,
      durationNs: collector.scheduleEndNs - startNs,
      lagLimitNs: lagLimitNs(this.#request.config.tickNs ?? 0),
      cpu: {
        workersPercent: cpuNs.map((ns) => (ns / elapsedNs) * 100),
        hostStealPercent: stealPercent(ticks, readCpuTicks()),
      },
      workerFault: this.#workerFault,
    });
    if (this.#audit !== null) this.#writeAudit(this.#audit, summary.requests.due);
    // A user-space SCTP peer that was killed looks like one that is frozen: the association outlives it, but no answer ended the window.
    const silent = summary.downtime.windows.some(({ endedAt }) => endedAt === null);
    return { summary, targetLost: unlinked || silent, workerFault: this.#workerFault };
  }

  #writeAudit(audit: SharedArrayBuffer, due: number): void {
    const { config, folder } = this.#request;
    const head: AuditHead = { runBits: this.#runBits, requests: due, scenario: config.scenario };
    folder.write(AUDIT_FILES.head, `${JSON.stringify(head)}\n`);
    const digits = Buffer.from(new Uint8Array(audit));
    for (let i = 0; i < digits.length; i++) digits[i]! += 0x30;
    folder.write(AUDIT_FILES.seen, digits.toString('latin1'));
  }

  #tookOver(fromNs: number, toNs: number): boolean {
    const { epochUnixMs } = this.#binding;
    return this.#request.tookOver?.(epochUnixMs + fromNs / 1e6, epochUnixMs + toNs / 1e6) ?? false;
  }

  #createBoard(worker: number, startNs: number): Board {
    const { config } = this.#request;
    const lifeNs = config.scenario === 'call' ? 2 * config.timeoutNs + config.holdNs : config.timeoutNs;
    try {
      return createBoard({
        worker,
        targets: config.targets.length,
        startNs,
        firstInterval: this.#resumeAtNs / config.intervalNs,
        intervalNs: config.intervalNs,
        requestLifeNsMax: lifeNs,
        ratePerSecond: (this.#headroom * config.ratePeakPerSecond) / config.workers,
        lagLimitNs: lagLimitNs(config.tickNs ?? 0),
      });
    } catch (cause) {
      if (cause instanceof RangeError) throw new RuntimeFault('usage', cause.message);
      throw cause;
    }
  }

  #rateOfTarget(target: number, ratePerSecond: number): number {
    const { distribution, targets } = this.#request.config;
    if (distribution === 'split') return ratePerSecond / targets.length;
    // With the other distributions one target gets everything, and which one may change.
    return target < targets.length ? ratePerSecond : 0;
  }

  #heard(message: GeneratorMessage): void {
    if (message.kind === 'link') {
      const { state, target } = message.link;
      if (state === 'active') this.#active[target]! += 1;
      if (state === 'inactive') this.#active[target]! -= 1;
    }
    this.#writer.message(message);
  }

  #command(command: Command): void {
    for (const control of this.#controls) {
      control.command = command;
      if (control.state !== WORKER_STATE.booting) this.#binding.wake(control.wakeHandle);
    }
  }

  #all(state: WorkerState): boolean {
    return this.#controls.every((control) => control.state >= state);
  }

  #throwWorkerFault(): void {
    const fault = this.#workerFault;
    if (fault === null) return;
    // The binding's faults name the place and the remedy; anything else is a fault of ours.
    if (fault.name === 'BindingError') throw new RuntimeFault('system', fault.message);
    throw fault;
  }

  #unreachable(): string {
    const { config } = this.#request;
    const seconds = config.connectTimeoutNs / 1e9;
    const silent = this.#targetNames.filter(
      (_, target) => this.#active[target]! < config.associationsPerTarget,
    );
    const what = config.listenForPeer
      ? 'no peer opened an association'
      : `${silent.join(', ')} did not answer`;
    const hint =
      this.#writer.lastTrouble ?? 'check that the target runs, its address and port, and the carrier';
    return `${what} within ${seconds} s over carrier ${this.#carrier}: ${hint} (--connect-timeout sets how long to wait)`;
  }
}

/** Room for a mark of every request; poisson arrivals may come to a few more, hence the margin. */
function auditFor(config: RunConfig, headroom: number): SharedArrayBuffer {
  const expected = Math.ceil((headroom * config.ratePeakPerSecond * config.durationNs) / 1e9);
  const requests = expected + Math.ceil(6 * Math.sqrt(expected)) + config.workers;
  if (requests > AUDIT_REQUESTS_MAX) {
    throw new RuntimeFault(
      'usage',
      `--audit follows at most ${AUDIT_REQUESTS_MAX} requests; this run has up to ${requests}`,
    );
  }
  return new SharedArrayBuffer(requests);
}

/** @param holds whether waiting keeps the process alive */
function pause(ms: number, holds = true): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    if (!holds) timer.unref();
  });
}
