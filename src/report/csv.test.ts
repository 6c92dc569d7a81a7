import { describe, expect, it } from 'vitest';
import { OUTAGE_ROW, sampleInterval } from '../../test/support/sample-rows.js';
import { NO_SAMPLES } from '../../test/support/sample-summary.js';
import { RowTable } from '../measure/rows.js';
import { csvLine } from './csv.js';
import { INTERVAL_COLUMNS, intervalsCsvHeader, intervalsCsvLine } from './intervals-csv.js';
import { OUTAGE_COLUMNS, outageCsvLine, outageCsvLines } from './outage-csv.js';

/** Values by column name; none of the fields of these samples is quoted. */
function byColumn(header: string, line: string): Record<string, string> {
  const values = line.split(',');
  const names = header.split(',');
  expect(values).toHaveLength(names.length);
  return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
}

describe('csvLine', () => {
  it('quotes what has to be quoted', () => {
    expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', null, 0, 1.5])).toBe('a,"b,c","d""e","f\ng",,0,1.5');
  });
});

describe('intervals.csv', () => {
  it('has a name for every field and no name twice', () => {
    expect(new Set(INTERVAL_COLUMNS).size).toBe(INTERVAL_COLUMNS.length);
    expect(INTERVAL_COLUMNS.filter((name) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([]);
  });

  it('puts every figure under its name', () => {
    const row = sampleInterval(3, 3, { target: '127.0.0.1:2905', durationSeconds: 2, generatorStallMs: 7.5 });
    const values = byColumn(intervalsCsvHeader(), intervalsCsvLine(row));
    expect(values).toMatchObject({
      started_at: '2026-11-20T15:48:05.000Z',
      elapsed_s: '3',
      duration_s: '2',
      target: '127.0.0.1:2905',
      due: '1500',
      sent: '1499',
      succeeded: '1499',
      rejected: '1',
      timed_out: '0',
      duplicate_answered: '0',
      offered_per_s: '750',
      sent_per_s: '749.5',
      answered_per_s: '749',
      latency_count: '1500',
      latency_max_ms: '3',
      latency_std_dev_ms: '0.1384',
      service_time_min_ms: '0.07',
      schedule_lag_max_ms: '0.2',
      transport_wait_p9999_ms: '0.099',
      generator_stall_ms: '7.5',
    });
  });

  it('leaves figures without samples empty and names all targets together', () => {
    const values = byColumn(
      intervalsCsvHeader(),
      intervalsCsvLine(sampleInterval(0, 3, { latencyMs: NO_SAMPLES })),
    );
    expect(values).toMatchObject({
      target: 'all',
      latency_count: '0',
      latency_p99_ms: '',
    });
  });
});

describe('outage-N.csv', () => {
  const NAMES = { originNs: 1_000_000_000, targets: ['[::1]:2905', '127.0.0.1:2905/9899'] };

  it('refuses a row whose target it cannot name', () => {
    expect(() => outageCsvLine({ ...OUTAGE_ROW, target: 2 }, NAMES)).toThrow(/target 2: only 2/);
  });

  it('counts times from the start of the run, to the nanosecond, and leaves out what never happened', () => {
    expect(OUTAGE_COLUMNS).toHaveLength(15);
    const rows = new RowTable(2);
    rows.push(OUTAGE_ROW);
    const [header, line] = [...outageCsvLines(rows, NAMES)];
    expect(byColumn(header!, line!)).toEqual({
      sequence: '15450',
      target: '127.0.0.1:2905/9899',
      worker: '1',
      association: '5',
      due_ms: '2000.000000',
      offered_ms: '2000.012000',
      first_transmission_ms: '2000.020000',
      previous_transmission_ms: '2200.020000',
      last_transmission_ms: '2400.020000',
      transmissions: '3',
      answered_ms: '',
      ended_ms: '32000.000000',
      outcome: 'timedOut',
      rerouted: '1',
      answered_elsewhere: '0',
    });
  });
});
