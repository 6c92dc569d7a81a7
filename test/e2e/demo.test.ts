import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { busyhour, expectPlainWords, sleep, temporaryFolder } from './support/processes.js';

it('the demo measures a pause that it makes itself, and says that the truth lies within', {
  timeout: 60_000,
  retry: 2,
}, async () => {
  const folder = join(temporaryFolder(), 'result');
  const { code, stdout, stderr } = await busyhour([
    ...['demo', '--duration', '4s', '--pause', '600ms', '--rate', '300', '--out', folder],
  ]).ended;
  expectPlainWords(stderr);
  expect(stdout).toMatch(/VERDICT/);
  expect(stdout).toMatch(/stopped for \d+\.\d ms .*: (within|OUTSIDE) the bounds/);
  expect(stdout).toContain(folder);
  for (const name of ['summary.json', 'report.html', 'intervals.csv', 'outage-1.csv']) {
    expect(existsSync(join(folder, name)), name).toBe(true);
  }
  // 5: this machine did not let the generator run.
  expect([0, 5]).toContain(code);
  if (code === 0) expect(stdout).toMatch(/: within the bounds, \d/);
});

it('the demo interrupted in mid-run ends with 130, its responder with it', { timeout: 60_000 }, async () => {
  const demo = busyhour([
    'demo',
    '--rate',
    '100',
    '--duration',
    '30s',
    '--out',
    join(temporaryFolder(), 'result'),
  ]);
  await sleep(4000);
  demo.child.kill('SIGINT');
  const { code, stdout, stderr } = await demo.ended;
  expectPlainWords(stderr);
  expect(code).toBe(130);
  expect(stdout + stderr).toMatch(/VERDICT|interrupted/i);
});
