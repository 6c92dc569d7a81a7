import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadMigrationSettings } from '../../src/migration/orchestrate-profile.js';
import { DRIVER_NAMES } from '../../src/migration/registry.js';

const PROFILES = fileURLToPath(new URL('../../profiles/', import.meta.url));
const PAPERS = ['bth-2013', 'bth-2014', 'tafa-2011', 'clarkson-2013', 'westminster-2017'];

describe('migration profiles of the papers', () => {
  const files = PAPERS.flatMap((paper) =>
    readdirSync(join(PROFILES, paper))
      .filter((file) => file.startsWith('migration-'))
      .map((file) => `${paper}/${file}`),
  );

  it('are there for every paper that migrated', () => {
    expect(new Set(files.map((file) => file.split('/')[0]))).toEqual(new Set(PAPERS));
  });

  it.each(files)('%s holds', (file) => {
    const settings = loadMigrationSettings(join(PROFILES, file), {});
    expect(DRIVER_NAMES).toContain(settings.driver);
    expect(settings.repeat % (settings.back === null ? 1 : 2)).toBe(0);
    expect(settings.cases[0].run.timeoutNs).toBeGreaterThan(5e9);
  });
});
