import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePointCode } from './addressing.js';
import { parseArrivalText } from './arrival.js';
import { parseDigitRange, parseDigits } from './digit-range.js';
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.js';
import { ValueError } from './errors.js';
import { inFlightBound, LIMITS, slabSlots } from './limits.js';
import { editDistance, nearest } from './nearest.js';
import {
  formatDurationNs,
  parseBytes,
  parseCount,
  parseDurationNs,
  parseRatePerSecond,
} from './quantities.js';
import { retransmissionsToOutlive, timeToDeathMs } from './sctp.js';
import { meanServiceTimeNs, parseServiceTime } from './service-time.js';
import { parseThresholdExpression, thresholdText } from './threshold-expression.js';

describe('durations', () => {
  it.each([
    ['400us', 400e3],
    ['1.5ms', 1.5e6],
    ['2s', 2e9],
    ['15m', 900e9],
    ['15min', 900e9],
    ['1h', 3600e9],
    ['3d', 3 * 86_400e9],
    ['0s', 0],
    ['7ns', 7],
    ['1_000ms', 1e9],
  ])('%s', (text, ns) => expect(parseDurationNs(text)).toBe(ns));

  it.each(['', '5', '5 s', 's', '-5s', '5S', '1e3', '1..5s', '5sec', 'ms5'])('refuses %j', (text) =>
    expect(() => parseDurationNs(text)).toThrow(ValueError),
  );

  it('are written so that they read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (ns) => {
        expect(parseDurationNs(formatDurationNs(ns))).toBe(ns);
      }),
    );
    expect([90e9, 60e9, 1.5e9, 20e6, 400e3].map(formatDurationNs)).toEqual([
      '90s',
      '1m',
      '1.5s',
      '20ms',
      '400us',
    ]);
  });
});

describe('sizes, rates and counts', () => {
  it.each([
    ['512', 512],
    ['4KB', 4096],
    ['4kb', 4096],
    ['1.5 MB', 1.5 * 1024 ** 2],
    ['1GiB', 1024 ** 3],
  ])('%s', (text, bytes) => expect(parseBytes(text)).toBe(bytes));
  it.each(['', '4K', '1.3B', '-1', 'KB'])('refuses the size %j', (text) =>
    expect(() => parseBytes(text)).toThrow(ValueError),
  );

  it.each([
    ['1500', 1500],
    ['0.5', 0.5],
    ['9_450', 9450],
    ['100/s', 100],
    ['34020000bhca', 9450],
    ['3600BHCA', 1],
  ])('%s a second', (text, rate) => expect(parseRatePerSecond(text)).toBe(rate));
  it.each(['0', '-1', '', 'bhca', '5/m', '1500 req'])('refuses the rate %j', (text) =>
    expect(() => parseRatePerSecond(text)).toThrow(ValueError),
  );

  it('counts within bounds', () => {
    expect(parseCount('1_000', 1, 1000)).toBe(1000);
    expect(parseCount('1e6', 1, 1e6)).toBe(1e6);
    for (const text of ['0', '1001', '1.5', '', 'x', '-1'])
      expect(() => parseCount(text, 1, 1000)).toThrow(ValueError);
  });
});

describe('endpoints', () => {
  it.each<[string, Endpoint]>([
    ['127.0.0.1:2905/9899', { addresses: ['127.0.0.1'], sctpPort: 2905, udpPort: 9899 }],
    ['127.0.0.1:2905', { addresses: ['127.0.0.1'], sctpPort: 2905, udpPort: 9899 }],
    ['[::1]:2905/1', { addresses: ['::1'], sctpPort: 2905, udpPort: 1 }],
    [
      '10.0.0.1+[fe80::1]+node-1.lab:2905',
      { addresses: ['10.0.0.1', 'fe80::1', 'node-1.lab'], sctpPort: 2905, udpPort: 9899 },
    ],
    ['[::ffff:1.2.3.4]:0/0', { addresses: ['::ffff:1.2.3.4'], sctpPort: 0, udpPort: 0 }],
  ])('%s', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
    expect(parseEndpoint(formatEndpoint(endpoint), 0)).toEqual(endpoint);
  });

  it.each([
    ['', 'expected HOST'],
    ['127.0.0.1', 'expected HOST'],
    ['::1:2905', 'an IPv6 address stands in brackets'],
    ['[::x]:2905', "'::x' is no IPv6 address"],
    ['256.0.0.1:2905', "'256.0.0.1' is no host name and no IP address"],
    ['h:70000', 'SCTP port 70000 is above 65535'],
    ['h:1/70000', 'UDP port 70000 is above 65535'],
    ['a b:1', "'a b' is no host name"],
    ['h+:1', "'' is no host name"],
    ['-h:1', "'-h' is no host name"],
  ])('refuses %j', (text, message) => expect(() => parseEndpoint(text)).toThrow(message));
});

describe('numbers', () => {
  it('keeps leading zeros of a range', () => {
    expect(parseDigitRange('00101-00199')).toEqual({ first: '00101', last: '00199', digits: 5, count: 99 });
    expect(parseDigitRange('7')).toMatchObject({ first: '7', count: 1 });
  });
  it.each([
    ['1-22', 'same number of digits'],
    ['9-1', 'ends before it begins'],
    ['1234567890123456', '16 digits'],
    ['a-b', 'expected a range'],
    ['1-2-3', 'expected a range'],
  ])('refuses %s', (text, message) => expect(() => parseDigitRange(text)).toThrow(message));
  it('takes an address with or without its plus', () => {
    expect(parseDigits('+4912')).toBe('4912');
    expect(() => parseDigits('49 12')).toThrow(ValueError);
  });
  it.each([
    ['2057', 2057],
    ['1-1-1', 2057],
    ['7-255-7', 16_383],
    ['0', 0],
  ])('point code %s', (text, value) => expect(parsePointCode(text)).toBe(value));
  it.each(['16384', '8-0-0', '0-256-0', '1-1', '', '-1'])('refuses the point code %j', (text) =>
    expect(() => parsePointCode(text)).toThrow(ValueError),
  );
});

describe('service times', () => {
  it.each([
    ['OFF', { kind: 'off' }, 0],
    ['off', { kind: 'off' }, 0],
    ['400us', { kind: 'fixed', timeNs: 400e3 }, 400e3],
    ['fixed:1ms', { kind: 'fixed', timeNs: 1e6 }, 1e6],
    ['exp:400us', { kind: 'exponential', meanNs: 400e3 }, 400e3],
    ['uniform:1ms-3ms', { kind: 'uniform', minNs: 1e6, maxNs: 3e6 }, 2e6],
    ['lognormal:400us,0.5', { kind: 'lognormal', medianNs: 400e3, sigma: 0.5 }, 453_259.38],
  ])('%s', (text, time, meanNs) => {
    expect(parseServiceTime(text)).toEqual(time);
    expect(meanServiceTimeNs(parseServiceTime(text))).toBeCloseTo(meanNs, 1);
  });
  it.each([
    '',
    'gauss:1ms',
    'exp',
    'lognormal:1ms',
    'lognormal:1ms,0',
    'uniform:3ms-1ms',
    'uniform:1ms',
    '400',
  ])('refuses %j', (text) => expect(() => parseServiceTime(text)).toThrow(ValueError));
});

describe('expressions', () => {
  it.each([
    ['latency.p99>20ms', ['latency', 'p99'], '>', 20, 'ms'],
    ['requests.timedOut > 0', ['requests', 'timedOut'], '>', 0, ''],
    ['rate.answered<1490/s', ['rate', 'answered'], '<', 1490, '/s'],
    ['downtime.byTarget[1].longestGap >= 1.5s', ['downtime', 'byTarget', '1', 'longestGap'], '>=', 1.5, 's'],
    ['cpu.hostSteal!=-1%', ['cpu', 'hostSteal'], '!=', -1, '%'],
  ] as const)('%s', (source, path, operator, value, unit) =>
    expect(parseThresholdExpression(source)).toEqual({
      ...{ source, path, operator, value, unit },
      overNs: null,
      action: { kind: 'mark' },
    }),
  );

  it('slide a window over the run, and do something each time that they are crossed', () => {
    expect(parseThresholdExpression('over 10m: downtime.longestGap > 200ms')).toMatchObject({
      ...{ source: 'over 10m: downtime.longestGap > 200ms', overNs: 600e9, value: 200, unit: 'ms' },
      action: { kind: 'mark' },
    });
    const actionOf = (text: string) =>
      parseThresholdExpression(`over 1h:latency.p99>20ms then ${text}`).action;
    expect(actionOf('stop')).toEqual({ kind: 'stop' });
    expect(actionOf('mark')).toEqual({ kind: 'mark' });
    expect(actionOf('run ./call.sh "the night shift", then wait')).toEqual({
      ...{ kind: 'run', command: './call.sh "the night shift", then wait' },
    });
    expect(() => actionOf('explode')).toThrow(/expected then mark, then stop or then run COMMAND/);
    expect(() => parseThresholdExpression('latency.p99>20ms then stop')).toThrow(/needs a window to slide/);
    expect(() => parseThresholdExpression('over 10: latency.p99>20ms')).toThrow(ValueError);
    expect(thresholdText({ 'over 10m': 'latency.p99 > 1ms' })).toBe('over 10m: latency.p99 > 1ms');
    expect(thresholdText({ over: '10m', x: 1 })).toEqual({ over: '10m', x: 1 });
  });

  it.each(['', 'latency.p99', 'latency.p99>', '>5', 'latency.p99=5', 'a>5parsec', 'a..b>1', 'a>1>2'])(
    'refuses %j',
    (source) => expect(() => parseThresholdExpression(source)).toThrow(ValueError),
  );
});

describe('arrivals in one line', () => {
  it.each([
    ['constant', { kind: 'constant' }],
    ['ramp:from=1,to=2', { kind: 'ramp', from: '1', to: '2' }],
    [
      'step:1/2s,3/4s,spacing=poisson',
      {
        kind: 'step',
        steps: [
          { rate: '1', for: '2s' },
          { rate: '3', for: '4s' },
        ],
        spacing: 'poisson',
      },
    ],
  ])('%s', (text, form) => expect(parseArrivalText(text)).toEqual(form));
  it.each(['step:1', 'ramp:from', 'burst:1.5'])('refuses %s', (text) =>
    expect(() => parseArrivalText(text)).toThrow(ValueError),
  );
});

describe('near names', () => {
  it.each([
    ['rat', 'rate'],
    ['time-out', 'timeout'],
    ['wrokers', 'workers'],
    ['Duration', 'duration'],
    ['xyzzy', null],
  ])('%s: %s', (word, near) =>
    expect(nearest(word, ['rate', 'timeout', 'workers', 'duration', 'na'])).toBe(near),
  );

  it('measures a distance: symmetric, 0 for the same, bounded by the longer word', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });
});

describe('the life of an association', () => {
  const rto = { rtoInitialMs: 200, rtoMinMs: 50, rtoMaxMs: 200 };

  it('ends at the time-out that is one too many', () => {
    expect(timeToDeathMs(rto, 0)).toBe(50);
    expect(timeToDeathMs(rto, 3)).toBe(50 + 100 + 200 + 200);
    expect(timeToDeathMs({ rtoInitialMs: 1000, rtoMinMs: 1000, rtoMaxMs: 60_000 }, 10)).toBe(363_000);
  });

  it('outlives what it must with the fewest retransmissions, heartbeats apart', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        (rtoMinMs, factor, lifetimeMs) => {
          const given = { rtoInitialMs: rtoMinMs, rtoMinMs, rtoMaxMs: rtoMinMs * factor };
          const needed = retransmissionsToOutlive(given, lifetimeMs, 0);
          if (needed < 65_535) expect(timeToDeathMs(given, needed)).toBeGreaterThanOrEqual(lifetimeMs);
          if (needed > 1) expect(timeToDeathMs(given, needed - 2)).toBeLessThan(lifetimeMs);
          expect(retransmissionsToOutlive(given, lifetimeMs, 1000)).toBe(
            Math.min(65_535, needed + Math.ceil(lifetimeMs / 1000)),
          );
        },
      ),
    );
  });
});

describe('bounds', () => {
  const facts = { ratePeakPerSecond: 9450, workers: 1, timeoutNs: 30e9, holdNs: null };

  it('holds rate x time-out, and a call twice that and its hold', () => {
    expect(inFlightBound(facts)).toBeGreaterThan(283_500);
    expect(inFlightBound(facts)).toBeLessThan(283_500 * 1.02);
    expect(inFlightBound({ ...facts, workers: 2 })).toBeLessThan(141_750 * 1.03);
    expect(inFlightBound({ ...facts, holdNs: 2e9 })).toBeGreaterThan(9450 * 62);
  });

  it('rounds the table up to a power of two, and no further', () => {
    expect(slabSlots(facts)).toBe(2 ** 19);
    expect(slabSlots({ ...facts, ratePeakPerSecond: 1 })).toBe(LIMITS.slabSlotsMin.value);
  });

  it('tells meaning and consequence of every limit', () => {
    for (const [name, limit] of Object.entries(LIMITS)) {
      expect(limit.value, name).toBeGreaterThan(0);
      expect(limit.meaning.length, name).toBeGreaterThan(10);
      expect(limit.consequence.length, name).toBeGreaterThan(10);
    }
  });
});
