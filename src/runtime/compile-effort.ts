import { setFlagsFromString } from 'node:v8';

/**
 * V8 compiles a function with its optimising compiler when calls and loop rounds of it have used up a budget of bytecodes, 67 584 by itself. The
 * compiler runs in a helper thread, for which a loop on the same core has to wait now and then.
 */
const BUDGET_REHEARSING = 16_000;
const BUDGET_AT_WORK = 600_000;

/** For a rehearsal, which has a fraction of a second to have everything compiled that the first requests will need. */
export function compileSoon(): void {
  setBudget(BUDGET_REHEARSING);
}

/**
 * From when the loops of this process carry traffic. What runs for every request reaches the larger budget in a tenth of a second should it have to be
 * compiled anew; what runs for one in a hundred, or once an interval, is not worth a helper's time in the middle of a run.
 */
export function compileRarely(): void {
  setBudget(BUDGET_AT_WORK);
}

function setBudget(bytecodes: number): void {
  setFlagsFromString(`--interrupt-budget=${bytecodes}`);
}
