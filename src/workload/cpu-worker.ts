import { workerData } from 'node:worker_threads';
import { controlBlock, count, sleep } from './control.js';
import { fft, fftPlan } from './fft.js';

/** What the starting thread hands over. */
export interface CpuWorkerData {
  readonly control: SharedArrayBuffer;
  /** Part of the time that this thread computes, 0..1. */
  readonly share: number;
}

/** Busy and idle phases repeat this often, ms: short against any sampling interval, long against the scheduler's tick. */
const PERIOD_MS = 40;

/** 2^10 points: 16 KB, in the first cache, about 20 us. */
const PLAN_BITS = 10;

function run({ control: shared, share }: CpuWorkerData): void {
  const control = controlBlock(shared);
  const plan = fftPlan(PLAN_BITS);
  let debtMs = 0;
  let last = performance.now();
  for (;;) {
    const began = performance.now();
    // What sleeping took longer than asked is worked off in the next period, as far as one period goes.
    const target = Math.min(PERIOD_MS, debtMs + share * PERIOD_MS);
    let transforms = 0;
    let now = began;
    while (now - began < target) {
      for (let i = 0; i < plan.size; i++) {
        plan.real[i] = i & 1;
        plan.imaginary[i] = 0;
      }
      fft(plan);
      transforms++;
      now = performance.now();
    }
    count(control, 1000 * (now - began), 0, transforms);
    if (!sleep(control, share >= 1 ? 0 : Math.max(0, began + PERIOD_MS - now))) return;
    const end = performance.now();
    debtMs = Math.max(-PERIOD_MS, Math.min(PERIOD_MS, debtMs + share * (end - last) - (now - began)));
    last = end;
  }
}

run(workerData as CpuWorkerData);
