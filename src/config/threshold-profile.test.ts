import { expect, it } from 'vitest';
import { ConfigError } from './errors.js';
import { loadRunConfig } from './load.js';

const LEAST = 'target: 127.0.0.1:2905\nrate: 1500\nduration: 20s\n';
const run = (text: string) => loadRunConfig({ file: 'p.yaml', text, flags: {}, seedDefault: 42 });

function faults(text: string): string[] {
  try {
    run(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

it('takes a threshold over a window as YAML reads it unquoted', () => {
  const list =
    'failIf:\n  - over 10m: downtime.longestGap > 200ms then stop # a remark\n  - latency.p99 > 1s\n';
  expect(run(`${LEAST}${list}`).failIf).toMatchObject([
    { source: 'over 10m: downtime.longestGap > 200ms', overNs: 600e9, action: { kind: 'stop' } },
    { source: 'latency.p99 > 1s', overNs: null },
  ]);
  expect(faults(`${LEAST}failIf: ['over 5s: latency.p99 > 1s']`)).toEqual([
    "p.yaml:4: failIf: 'over 5s: latency.p99 > 1s': the window is shorter than the interval of 10s; it needs one or more",
  ]);
  expect(faults(`${LEAST}rotateSize: 1MB\nkeep: 2MB`)).toEqual([
    'p.yaml:5: keep: must be at least four times rotateSize, 4194304 bytes',
  ]);
});
