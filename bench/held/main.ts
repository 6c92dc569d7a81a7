/** Does the generator hold every request while its target stands still, and at what price in memory? */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { stamped } from '../figures.js';
import { duration, list, rate, readOptions, text } from '../options.js';
import { type Held, holdThroughFreeze } from './hold.js';

function describe(held: Held): string {
  const { plan, residentBytes } = held;
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;
  return [
    `frozen for ${plan.freezeMs / 1000} s at ${plan.ratePerSecond}/s: ${held.heldMost} requests waited, ${held.notSucceeded} of ${held.due} lost`,
    `  ${held.valid ? 'valid' : `invalid: ${held.invalidReasons.join('; ')}`}; pause ${held.pauseMs.atLeast} to ${held.pauseMs.atMost} ms`,
    `  resident ${megabytes(residentBytes.before)} before, ${megabytes(residentBytes.end)} at the end: ${held.bytesPerRequest.toFixed(0)} bytes for each request that waited, SCTP included`,
  ].join('\n');
}

async function main(): Promise<number> {
  const values = readOptions({
    about:
      'Does the generator hold every request while its target stands still, and at what price in memory?',
    options: {
      rate: { takes: rate(), default: '9450', about: 'requests a second' },
      freezes: { takes: list(duration()), default: '10s,30s', about: 'for how long the target stands still' },
      timeout: { takes: duration(), default: '60s', about: 'time-out of a request' },
      lead: { takes: duration(0), default: '5s', about: 'load before the freeze' },
      out: { takes: text('FILE'), default: 'results/held.ndjson', about: 'a line is added for each freeze' },
    },
    exits: { 0: 'nothing was lost and every run is valid', 3: 'otherwise' },
  });
  const file = resolve(values.out);
  mkdirSync(dirname(file), { recursive: true });
  let holds = true;
  for (const freezeMs of values.freezes) {
    const held = await holdThroughFreeze({
      ratePerSecond: values.rate,
      freezeMs,
      timeoutMs: values.timeout,
      leadMs: values.lead,
    });
    process.stdout.write(`${describe(held)}\n`);
    appendFileSync(file, `${JSON.stringify(stamped(held))}\n`);
    if (held.notSucceeded > 0 || !held.valid) holds = false;
  }
  return holds ? 0 : 3;
}

process.exitCode = await main();
