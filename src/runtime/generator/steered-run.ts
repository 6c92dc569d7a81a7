import type { MessagePort } from 'node:worker_threads';
import type { Intervention } from '../../measure/summary.js';
import type { Binding } from '../../transport/sctp.js';
import { type Control, WORKER_STATE } from '../control.js';
import type { RunRequest } from './run-request.js';
import type { ScheduleChange } from './station.js';
import type { SteeredRate } from './steering.js';

/** From a change of the rate until it begins: workers are woken for it and have long taken it up by then. */
const CHANGE_DELAY_NS = 150e6;

export interface SteeredRunParts {
  readonly request: RunRequest;
  readonly binding: Binding;
  readonly controls: readonly Control[];
  /** Of each worker. */
  readonly ports: readonly MessagePort[];
  readonly rate: SteeredRate;
  /** Takes each intervention as it is decided. */
  readonly tell: (intervention: Intervention) => void;
}

/** Carries what the user asks for to the workers of a run. */
export class SteeredRun {
  readonly #parts: SteeredRunParts;

  constructor(parts: SteeredRunParts) {
    this.#parts = parts;
  }

  /** Does what was asked for since the last call: marks, and changes of the rate that begin a moment from now. */
  step(startNs: number): void {
    const { request, binding, controls, rate } = this.#parts;
    for (const { action, unixMs } of request.steering?.take() ?? []) {
      if (action === 'mark') {
        this.#intervene('mark', (unixMs - binding.epochUnixMs) * 1e6, startNs);
        continue;
      }
      const atNs = binding.nowNs() + CHANGE_DELAY_NS;
      const endNs = startNs + request.config.durationNs;
      const over = controls.some((control) => control.state >= WORKER_STATE.draining);
      if (over || atNs >= endNs) continue;
      const kind = rate.change(action, atNs - startNs);
      if (kind === null) continue;
      this.#announce({ segments: rate.segments, atNs, openUntilNs: rate.paused ? endNs : 0 });
      this.#intervene(kind, atNs, startNs);
    }
  }

  #announce(change: ScheduleChange): void {
    const { ports, controls, binding } = this.#parts;
    ports.forEach((port, worker) => {
      const control = controls[worker]!;
      port.postMessage(change);
      control.changes += 1;
      binding.wake(control.wakeHandle);
    });
  }

  #intervene(kind: Intervention['kind'], atNs: number, startNs: number): void {
    const { binding, rate, tell } = this.#parts;
    // The product of two decimals is none: what is written has the digits that it deserves.
    const rateAt = (ns: number): number =>
      Number(rate.profile.ratePerSecond(Math.max(0, ns - startNs)).toPrecision(12));
    tell({
      kind,
      at: new Date(binding.epochUnixMs + atNs / 1e6).toISOString(),
      elapsedSeconds: (atNs - startNs) / 1e9,
      fromPerSecond: rateAt(atNs - 1),
      toPerSecond: rateAt(atNs),
    });
  }
}
