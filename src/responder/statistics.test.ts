import { describe, expect, it } from 'vitest';
import { ApplicationStatistics, formatHead, formatRow, mergeRows } from './statistics.js';

describe('the application table', () => {
  it('shows zeros and dashes for an idle interval', () => {
    const row = new ApplicationStatistics(0).close(10e9);
    expect(formatRow('10:00:10', row).trim().split(/\s+/)).toEqual([
      '10:00:10',
      '0',
      '0',
      '0',
      '0',
      '0.0',
      '-',
      '-',
      '-',
    ]);
  });

  it('has the columns of the papers, each above its figures', () => {
    const statistics = new ApplicationStatistics(5e9);
    statistics.succeeded = 14_990;
    statistics.failed = 10;
    statistics.retransmissionDetected = 3;
    statistics.duplicateAnswered = 2;
    statistics.responded(1_000_000);
    statistics.responded(2_000_000);
    statistics.responded(6_000_000);
    const row = statistics.close(15e9);
    const head = formatHead();
    const line = formatRow('10:00:10', row);
    expect(head.trim().split(/ {2,}/)).toEqual([
      'Time',
      'Succ',
      'Fail',
      'Retransmission detected',
      'Duplicate answered',
      'Throughput (/s)',
      'Response avg',
      'min',
      'max (ms)',
    ]);
    expect(line.trim().split(/\s+/)).toEqual([
      '10:00:10',
      '14990',
      '10',
      '3',
      '2',
      '1500.0',
      '3.000',
      '1.000',
      '6.000',
    ]);
    expect(line.length).toBe(head.length);
    expect(statistics.close(25e9)).toMatchObject({ succeeded: 0, responseMaxMs: null, durationSeconds: 10 });
  });

  it('merges workers without averaging averages', () => {
    const a = new ApplicationStatistics(0);
    const b = new ApplicationStatistics(0);
    a.succeeded = 1;
    a.responded(9e6);
    b.succeeded = 3;
    for (let i = 0; i < 3; i++) b.responded(1e6);
    const idle = new ApplicationStatistics(0).close(1e9);
    expect(mergeRows([a.close(1e9), b.close(1e9), idle])).toMatchObject({
      succeeded: 4,
      throughputPerSecond: 4,
      responseAvgMs: 3,
      responseMinMs: 1,
      responseMaxMs: 9,
    });
    expect(mergeRows([idle]).responseAvgMs).toBeNull();
  });
});
