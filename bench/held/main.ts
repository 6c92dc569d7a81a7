/**
 * Does the generator hold every request while its target stands still, and at what price in memory?
 *
 *   node dist/bench/held/main.js [--rate 9450] [--freezes 10s,30s] [--timeout 60s] [--lead 5s] [--out FILE]
 *
 * Exit code 0 when nothing was lost and every run is valid, 3 otherwise. Results are added to FILE, a line a freeze.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDurationNs } from '../../src/config/quantities.js';
import { hostFacts } from '../../src/runtime/host-facts.js';
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
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '9450' },
      freezes: { type: 'string', default: '10s,30s' },
      timeout: { type: 'string', default: '60s' },
      lead: { type: 'string', default: '5s' },
      out: { type: 'string', default: 'results/held.ndjson' },
    },
  });
  const milliseconds = (text: string): number => parseDurationNs(text) / 1e6;
  const file = resolve(values.out);
  mkdirSync(dirname(file), { recursive: true });
  const { name: _, ...host } = hostFacts();
  let holds = true;
  for (const freeze of values.freezes.split(',')) {
    const held = await holdThroughFreeze({
      ratePerSecond: Number(values.rate),
      freezeMs: milliseconds(freeze),
      timeoutMs: milliseconds(values.timeout),
      leadMs: milliseconds(values.lead),
    });
    process.stdout.write(`${describe(held)}\n`);
    appendFileSync(file, `${JSON.stringify({ measuredAt: new Date().toISOString(), host, ...held })}\n`);
    if (held.notSucceeded > 0 || !held.valid) holds = false;
  }
  return holds ? 0 : 3;
}

process.exitCode = await main();
