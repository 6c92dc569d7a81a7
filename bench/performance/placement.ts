import { availableParallelism } from 'node:os';

/** CPUs on which the two sides of a measurement run; null leaves them to the scheduler. */
export interface Placement {
  readonly generator: string | null;
  readonly responder: string | null;
}

/** A core a side where there are two; otherwise the scheduler decides and the results say so. */
export function oneCoreASide(): Placement {
  return availableParallelism() >= 2
    ? { generator: '0', responder: '1' }
    : { generator: null, responder: null };
}

/** Two cores a side where there are four; on fewer all threads share what there is. */
export function twoCoresASide(): Placement {
  return availableParallelism() >= 4
    ? { generator: '0,1', responder: '2,3' }
    : { generator: null, responder: null };
}

/** Command line that runs `command` on `cpus`. */
export function pinned(cpus: string | null, command: readonly string[]): [string, string[]] {
  const [program, ...args] = cpus === null ? command : ['taskset', '-c', cpus, ...command];
  return [program as string, args];
}
