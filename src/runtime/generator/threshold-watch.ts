import { spawn } from 'node:child_process';
import type { ThresholdExpression } from '../../config/threshold-expression.js';
import type { Crossing } from '../../measure/sliding-thresholds.js';

/** A hook that runs longer is killed. */
const HOOK_MS_MAX = 60_000;

/** What happened to a hook, for the events of the run. */
export interface HookEnd {
  readonly command: string;
  /** Null: a signal ended it. */
  readonly exitCode: number | null;
  readonly error: string | null;
}

export interface ThresholdWatchOptions {
  readonly rules: readonly ThresholdExpression[];
  /** Given to hooks as BUSYHOUR_RUN and BUSYHOUR_RESULT. */
  readonly runId: string;
  readonly folder: string;
  readonly onStop: (rule: ThresholdExpression) => void;
  readonly onHookEnd: (end: HookEnd) => void;
}

/** Does what thresholds over sliding windows ask for when they are crossed. */
export class ThresholdWatch {
  readonly #options: ThresholdWatchOptions;
  /** Rules whose hook is still at work: it is not started a second time. */
  readonly #busy = new Set<number>();

  constructor(options: ThresholdWatchOptions) {
    this.#options = options;
  }

  act(crossing: Crossing): void {
    const rule = this.#options.rules[crossing.rule]!;
    const { action } = rule;
    if (!crossing.crossed) return;
    if (action.kind === 'stop') this.#options.onStop(rule);
    if (action.kind === 'run' && !this.#busy.has(crossing.rule)) this.#run(action.command, crossing);
  }

  #run(command: string, { rule, expression, value }: Crossing): void {
    const { runId, folder, onHookEnd } = this.#options;
    this.#busy.add(rule);
    const over = (exitCode: number | null, error: string | null): void => {
      if (this.#busy.delete(rule)) onHookEnd({ command, exitCode, error });
    };
    const child = spawn('sh', ['-c', command], {
      stdio: 'ignore',
      timeout: HOOK_MS_MAX,
      env: {
        ...process.env,
        BUSYHOUR_RUN: runId,
        BUSYHOUR_RESULT: folder,
        BUSYHOUR_THRESHOLD: expression,
        BUSYHOUR_VALUE: value === null ? '' : String(value),
      },
    });
    child.once('error', (cause) => over(null, cause.message));
    child.once('exit', (code) => over(code, null));
    // The run does not wait for it.
    child.unref();
  }
}
