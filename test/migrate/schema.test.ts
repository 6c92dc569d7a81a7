import { expect, test } from 'vitest';
import { z } from 'zod';
import { migrationReport } from '../../src/migration/orchestrate-report.js';
import { migrationSchema, SCHEMA_FITS_TYPE } from './migration-schema.js';

test('migration.json has the published JSON Schema', async () => {
  expect(SCHEMA_FITS_TYPE).toBe(true);
  const schema = { title: 'migration.json of busyhour', ...z.toJSONSchema(migrationSchema) };
  // Rewrite it after a change of the model with: npx vitest run test/migrate -u
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
    '../../profiles/schema/migration.schema.json',
  );
});

test('a series without a migration has every figure, and each is null', () => {
  const report = migrationReport({ version: '0.0.0', settings: {}, notes: [] }, []);
  expect(migrationSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  expect(report.statistics.all.stoppedMs).toEqual({
    count: 0,
    mean: null,
    variance: null,
    standardDeviation: null,
    marginOfError: null,
    min: null,
    median: null,
    max: null,
  });
});
