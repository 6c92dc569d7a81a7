import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCampaignConfig } from './campaign-config.js';
import { loadRunConfig } from './load.js';

const PROFILES = fileURLToPath(new URL('../../profiles/', import.meta.url));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-campaign-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = (text: string) => {
  const file = join(folder, 'c.yaml');
  writeFileSync(file, text);
  return loadCampaignConfig(file);
};
const GOOD = 'campaign: x\nduration: 20m\nlevels: [1, 2]\nsetups:\n  - name: a\n';

describe('loadCampaignConfig', () => {
  it('fills in defaults and lays the settings of a set-up over those of the campaign', () => {
    const { setups, ...rest } = load(
      `${GOOD}    levels: 750,9450\n    run: { workers: 2 }\nrun: { workers: 1, timeout: 5s }\n`,
    );
    expect(rest).toMatchObject({
      name: 'x',
      durationNs: 1.2e12,
      intervalNs: 1e10,
      repetitions: 1,
      order: 'listed',
    });
    expect(setups).toEqual([
      {
        name: 'a',
        reference: null,
        monitor: null,
        levelsPerSecond: [750, 9450],
        runProfile: 'workers: 2\ntimeout: 5s\n',
      },
    ]);
  });

  it.each([
    ['repetition: 2\n', /c\.yaml:\d+: repetition: unknown key; did you mean repetitions\?/],
    ['run: { rate: 5 }\n', /c\.yaml:6: run\.rate: the campaign sets this itself/],
    ['order: backwards\n', /c\.yaml:6: order: expected one of listed, random/],
    ['warmUp: 5\n', /c\.yaml:6: warmUp: expected a duration/],
  ])('names line and remedy of %s', (text, message) => {
    expect(() => load(GOOD + text)).toThrow(message);
  });

  it('wants names once, and levels', () => {
    expect(() => load(`${GOOD}  - name: a\n`)).toThrow("'a' is there twice");
    expect(() => load('campaign: x\nduration: 1s\nsetups: [{ name: a }]\n')).toThrow("'a' has no levels");
    expect(() => loadCampaignConfig(join(folder, 'none.yaml'))).toThrow('no such file');
  });

  it('takes every campaign profile that is shipped, with run settings that hold', () => {
    const files = ['bth-2013', 'bth-2014'].flatMap((name) =>
      readdirSync(join(PROFILES, name))
        .filter((file) => !file.startsWith('migration-'))
        .map((file) => join(PROFILES, name, file)),
    );
    expect(files.length).toBeGreaterThanOrEqual(11);
    for (const file of files) {
      for (const { runProfile } of loadCampaignConfig(file).setups) {
        const flags = { rate: '750', duration: '20m' };
        expect(loadRunConfig({ text: runProfile, flags, seedDefault: 1 }).targets.length).toBeGreaterThan(0);
      }
    }
  });
});
