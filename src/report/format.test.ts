import { describe, expect, it } from 'vitest';
import {
  boundAbove,
  boundBelow,
  clock,
  counted,
  duration,
  grouped,
  milliseconds,
  percent,
} from './format.js';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.0974, '0.097'],
    [9.999, '10.00'],
    [35.25, '35.3'],
    [999.94, '999.9'],
    [1027.4, '1 027'],
    [3_000_000, '3 000 000'],
    [null, '-'],
  ])('%s ms reads %s', (value, text) => {
    expect(milliseconds(value)).toBe(text);
  });

  it('bounds are rounded away from the interval that they hold', () => {
    for (const value of [0.01, 0.14, 12.34, 688.47, 999.97, 1000.4, 4012.6, 123_456.7]) {
      expect(Number(boundBelow(value).replaceAll(' ', ''))).toBeLessThanOrEqual(value);
      expect(Number(boundAbove(value).replaceAll(' ', ''))).toBeGreaterThanOrEqual(value);
    }
  });

  it('groups digits and signs', () => {
    expect(grouped(123)).toBe('123');
    expect(grouped(1234567.891, 2)).toBe('1 234 567.89');
    expect(grouped(-4500)).toBe('-4 500');
    expect(grouped(-0.001, 1)).toBe('0.0');
    expect(counted(1, 'request')).toBe('1 request');
    expect(counted(1050, 'request')).toBe('1 050 requests');
  });

  it('never rounds a share to all or nothing', () => {
    expect(percent(0, 10)).toBe('0 %');
    expect(percent(10, 10)).toBe('100 %');
    expect(percent(1, 1_000_000)).toBe('0.01 %');
    expect(percent(999_999, 1_000_000)).toBe('99.99 %');
    expect(percent(0, 0)).toBe('-');
  });
});

describe('times', () => {
  it.each([
    [0.4123, '412 ms'],
    [9, '9 s'],
    [59.9, '59.9 s'],
    [59.97, '1 min 00 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 05 min'],
    [7199.9, '2 h 00 min'],
    [86_399, '1 d 00 h'],
    [273_600, '3 d 04 h'],
  ])('%s s reads %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('shows the time of day to the millisecond', () => {
    expect(clock('2026-11-20T15:48:12.3Z')).toBe('15:48:12.300');
    expect(clock('2026-11-20T15:48:12Z')).toBe('15:48:12.000');
    expect(clock('yesterday')).toBe('yesterday');
  });
});
