import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NO_SAMPLES, sampleSummary, stoppedSummary } from '../support/sample-summary.js';
import { SCHEMA_FITS_TYPE, summarySchema } from '../support/summary-schema.js';

describe('summary.json', () => {
  it('has the published JSON Schema', async () => {
    expect(SCHEMA_FITS_TYPE).toBe(true);
    const schema = { title: 'summary.json of busyhour', ...z.toJSONSchema(summarySchema) };
    // Rewrite it after a change of the model with: npx vitest run test/schema -u
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
      '../../profiles/schema/summary.schema.json',
    );
  });

  it('accepts what a run leaves behind, with and without samples', () => {
    for (const summary of [sampleSummary(), stoppedSummary(), sampleSummary({ latencyMs: NO_SAMPLES })]) {
      expect(summarySchema.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary);
    }
  });

  it('refuses a missing counter, an unknown key, a negative time and a figure that is no number', () => {
    const summary = sampleSummary();
    const { unsent: _unsent, ...requests } = summary.requests;
    const downtime = { ...summary.downtime, longestGapMs: -1 };
    for (const wrong of [
      { ...summary, requests },
      { ...summary, colour: 'red' },
      { ...summary, downtime },
      { ...summary, latencyMs: { ...summary.latencyMs, p99: Number.NaN } },
      { ...summary, run: { ...summary.run, startedAt: 'today' } },
    ]) {
      expect(summarySchema.safeParse(wrong).success).toBe(false);
    }
  });
});
