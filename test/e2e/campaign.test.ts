import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignResult } from '../../src/measure/campaign-result.js';
import {
  busyhour,
  expectPlainWords,
  type Responder,
  startResponder,
  temporaryFolder,
  waitFor,
} from './support/processes.js';

const PROFILE = `
campaign: small
levels: [60, 120, 180]
duration: 40s
interval: 1s
repetitions: 1
run: { target: 127.0.0.1:2905/9899, outageThreshold: 1s }
setups:
  - name: one
    reference: bth-2013/kvm-16
    monitor: local
`;

let responder: Responder;
let folder = '';
beforeAll(async () => {
  responder = await startResponder();
  folder = temporaryFolder();
  writeFileSync(join(folder, 'small.yaml'), PROFILE);
});
afterAll(async () => {
  await responder.end();
});

function campaign(...args: string[]) {
  const common = [
    '--scale',
    '1/40',
    '--out',
    'result',
    '--carrier',
    'udp',
    '--target',
    responder.endpoint,
    '--json',
  ];
  // 40 intervals of 25 ms would be too short: a tenth of a second is the least.
  return busyhour(['campaign', 'small.yaml', ...common, ...args], { cwd: folder });
}

describe('campaign', () => {
  it('refuses a scale that leaves no interval', async () => {
    const { code, stderr } = await campaign().ended;
    expect(code).toBe(2);
    expect(stderr).toContain('--scale 1/40: intervals would be shorter than 100 ms');
  });

  it('goes on at the level where it was killed, and loses none that was measured', async () => {
    const killed = campaign('--scale', '1/10');
    const journal = join(folder, 'result', 'journal.ndjson');
    await waitFor(
      'the first level is measured',
      () => existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 2,
    );
    killed.child.kill('SIGKILL');
    await killed.ended;
    const before = readFileSync(journal, 'utf8');
    const refused = await campaign('--scale', '1/10').ended;
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--resume');
    expect((await campaign('--scale', '1/5', '--resume').ended).stderr).toContain('at scale 1/10');
    const { code, stdout, stderr } = await campaign('--scale', '1/10', '--resume').ended;
    expectPlainWords(stderr);
    // A busy machine may make a level invalid; that is code 5, and no fault of the campaign's.
    expect([0, 5]).toContain(code);
    expect(readFileSync(journal, 'utf8').startsWith(before)).toBe(true);
    const result = JSON.parse(stdout) as CampaignResult;
    expect(result.missing).toEqual([]);
    expect(result.cells.map(({ ratePerSecond }) => ratePerSecond).sort((a, b) => a - b)).toEqual([
      60, 120, 180,
    ]);
    for (const cell of result.cells) {
      expect(existsSync(join(folder, 'result', cell.result, 'summary.json'))).toBe(true);
      expect(cell.response.count).toBe(40);
      expect(cell.response.marginOfError).toBeGreaterThan(0);
      expect(cell.cpu?.count).toBeGreaterThan(20);
      expect(cell.offeredPerSecond).toBeCloseTo(cell.ratePerSecond, 6);
    }
    expect(readFileSync(join(folder, 'result', 'report.html'), 'utf8')).toContain('SHORTENED to 1/10');
  }, 90_000);
});
