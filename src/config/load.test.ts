import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './errors.js';
import { type FlagValue, loadRespondConfig, loadRunConfig } from './load.js';
import type { ThresholdExpression } from './threshold-expression.js';

const LEAST = 'target: 127.0.0.1:2905\nrate: 1500\nduration: 20s\n';

function run(text: string, flags: Record<string, FlagValue | undefined> = {}) {
  return loadRunConfig({ file: 'p.yaml', text, flags, seedDefault: 42 });
}

function faults(text: string, flags: Record<string, FlagValue | undefined> = {}): string[] {
  try {
    run(text, flags);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a run profile', () => {
  it("takes the service key that a responder's defaults charge for the scenario, unless it names another", () => {
    const keyOf = (text: string, flags = {}) => run(`${LEAST}${text}`, flags).addressing.serviceKey;
    expect(keyOf('')).toBe(1);
    expect(keyOf('scenario: call')).toBe(2);
    expect(keyOf('', { scenario: 'call' })).toBe(2);
    expect(keyOf('scenario: call\nserviceKey: 1')).toBe(1);
    expect(keyOf('', { serviceKey: '77' })).toBe(77);
    const respond = loadRespondConfig({ flags: { listen: '127.0.0.1:2905' }, seedDefault: 1 });
    expect(respond.addressing.serviceKey).toBe(1);
  });

  it('leaves room for the second service key of a responder', () => {
    const flags = { listen: '127.0.0.1:2905', serviceKey: '2147483647' };
    expect(() => loadRespondConfig({ flags, seedDefault: 1 })).toThrow(/serviceKey|--service-key/);
  });

  it('fills in every default', () => {
    const config = run(LEAST);
    expect(config).toMatchObject({
      targets: [{ addresses: ['127.0.0.1'], sctpPort: 2905, udpPort: 9899 }],
      arrival: { shape: { kind: 'constant', ratePerSecond: 1500 }, spacing: 'even' },
      durationNs: 20e9,
      distribution: 'split',
      rerouteAfterNs: null,
      scenario: 'probe',
      workers: 1,
      timeoutNs: 30e9,
      connectTimeoutNs: 10e9,
      intervalNs: 10e9,
      tickNs: null,
      bundle: 'auto',
      objectiveNs: null,
      outageThresholdNs: null,
      seed: 42,
      carrier: 'auto',
      local: null,
      listenForPeer: false,
      associationsPerTarget: 1,
      failIf: [],
      outDir: null,
      cpus: [],
      addressing: {
        role: 'asp',
        trafficMode: 'loadshare',
        routingContext: 1,
        networkAppearance: null,
        opc: 1,
        dpc: 2,
        networkIndicator: 2,
        ssn: 146,
        msisdnRange: { first: '999100000000', digits: 12, count: 1_000_000 },
        imsiRange: { first: '001010000000000', digits: 15, count: 1_000_000 },
      },
      sctp: {
        rtoInitialMs: 200,
        rtoMinMs: 50,
        rtoMaxMs: 200,
        sackDelayMs: 10,
        sackFrequency: 2,
        heartbeatIntervalMs: 5000,
        outboundStreams: 17,
        bundling: 'auto',
      },
    });
    expect(config.sctpTimeToDeathMs).toBeGreaterThanOrEqual(60_000);
  });

  it('is frozen all the way down', () => {
    const config = run(LEAST);
    const parts: unknown[] = [config];
    for (const part of parts) {
      if (typeof part !== 'object' || part === null) continue;
      expect(Object.isFrozen(part)).toBe(true);
      parts.push(...Object.values(part));
    }
    expect(parts.length).toBeGreaterThan(50);
  });

  it('is overridden by flags', () => {
    const config = run(`${LEAST}sctp: { sackDelay: 20ms, rto: rfc }\n`, {
      rate: '5400000bhca',
      target: '10.0.0.1:2905,[::1]:2906/7',
      failIf: ['latency.p99>20ms', 'requests.timedOut > 0'],
      sctp: ['rto=300ms/100ms/1s'],
      arrival: 'burst:factor=2,for=1s,at=3s,spacing=poisson',
      cpu: '2,3',
      checkShare: '5%',
      listenForPeer: true,
      tick: 'OFF',
      hold: undefined,
    });
    expect(config.targets.map((target) => target.addresses[0])).toEqual(['10.0.0.1', '::1']);
    expect(config.arrival).toEqual({
      shape: { kind: 'burst', ratePerSecond: 1500, factor: 2, forNs: 1e9, atNs: 3e9, everyNs: null },
      spacing: 'poisson',
    });
    expect(config.ratePeakPerSecond).toBe(3000);
    expect(config.failIf.map((each) => each.path.join('.'))).toEqual(['latency.p99', 'requests.timedOut']);
    expect(config.sctp).toMatchObject({ rtoInitialMs: 300, rtoMinMs: 100, rtoMaxMs: 1000, sackDelayMs: 20 });
    expect(config.cpus).toEqual([2, 3]);
    expect(config.checkShare).toBe(0.05);
    expect(config.listenForPeer).toBe(true);
  });

  it('takes the length of the run from its steps', () => {
    const config = run(
      'target: h:1\narrival:\n  kind: step\n  steps:\n    - { rate: 100, for: 2s }\n    - { rate: 200, for: 3s }\n',
    );
    expect(config.durationNs).toBe(5e9);
    expect(run('target: h:1', { arrival: 'step:100/2s,200/3s' })).toEqual(config);
  });

  it('keeps an association alive for two time-outs, or as long as the RFC says', () => {
    expect(run(`${LEAST}timeout: 60s`).sctpTimeToDeathMs).toBeGreaterThanOrEqual(120_000);
    const rfc = run(`${LEAST}sctp: { rto: rfc }`);
    expect(rfc.sctp).toMatchObject({
      rtoInitialMs: 1000,
      rtoMinMs: 1000,
      rtoMaxMs: 60_000,
      associationMaxRetransmissions: 10,
    });
    expect(rfc.sctpTimeToDeathMs).toBe(1000 * (1 + 2 + 4 + 8 + 16 + 32 + 5 * 60));
  });
});

describe('a bad profile', () => {
  it('is told all its faults at once, each with line and remedy', () => {
    const text = [
      '# a newcomer',
      'target: 127.0.0.1',
      'rat: 1500',
      'duration: 20',
      'workers: two',
      'scenario: sms',
      'sctp:',
      '  rto: { initial: 200ms, min: 50ms, max: quick }',
      '  sackdelay: 10ms',
      'arrival:',
      '  kind: ramp',
      '  from: 100',
      'failIf:',
      '  - requests.timedOut > 0',
      '  - latency.p99 over 20ms',
      'rerouteAfter: 60s',
    ].join('\n');
    expect(faults(text)).toEqual([
      "p.yaml:2: target: expected HOST[+HOST...]:SCTPPORT[/UDPPORT], for instance 127.0.0.1:2905/9899 or [::1]:2905, got '127.0.0.1'",
      'p.yaml:3: rat: unknown key; did you mean rate?',
      "p.yaml:4: duration: expected a duration with its unit, such as 20ms or 30s, got '20'",
      "p.yaml:5: workers: expected a whole number from 1 to 63, got 'two'",
      "p.yaml:6: scenario: expected one of probe, call, got 'sms'",
      "p.yaml:8: sctp.rto.max: expected a duration such as 400us, 20ms, 30s, 15m or 1h, got 'quick'",
      'p.yaml:9: sctp.sackdelay: unknown key; did you mean sackDelay?',
      'p.yaml:10: arrival.to: is missing: expected requests per second such as 1500, or per busy hour such as 5400000bhca',
      "p.yaml:15: failIf[1]: expected METRIC OP VALUE such as latency.p99>20ms or requests.timedOut>0 (OP one of >= <= == != > <), got 'latency.p99 over 20ms'",
      'p.yaml:16: rerouteAfter: must be below the timeout of 30s',
    ]);
  });

  it('lists thresholds on metrics that are not there with what else is wrong, each at its place', () => {
    const thresholdFault = ({ path }: ThresholdExpression) =>
      path[0] === 'latency' ? null : `no metric ${path.join('.')}`;
    const load = (text: string, flags: Record<string, FlagValue> = {}) => {
      try {
        loadRunConfig({ file: 'p.yaml', text, flags, seedDefault: 1, thresholdFault });
        return [];
      } catch (error) {
        return (error as ConfigError).message.split('\n');
      }
    };
    const list = [
      'failIf:',
      '  - latency.p99 > 1s',
      '  - nothing.p99 > 1s',
      '  - over 20s: worse.p1 > 1s',
      '  - x',
    ];
    expect(load(`target: 127.0.0.1:2905\nrat: 1\nduration: 5s\n${list.join('\n')}`)).toEqual([
      'p.yaml:2: rat: unknown key; did you mean rate?',
      'p.yaml:6: failIf[1]: no metric nothing.p99',
      'p.yaml:7: failIf[2]: no metric worse.p1',
      expect.stringContaining('p.yaml:8: failIf[3]: expected METRIC OP VALUE such as'),
      'rate: is missing: requests per second such as 1500, or 5400000bhca',
    ]);
    expect(load(`${LEAST}failIf: nothing.p50 > 1s`)).toEqual(['p.yaml:4: failIf: no metric nothing.p50']);
    expect(load(LEAST, { failIf: ['latency.p1>1s', 'nothing.p2>1s'], workers: 'x' })).toEqual([
      expect.stringContaining('--workers: expected a whole number'),
      '--fail-if: no metric nothing.p2',
    ]);
    expect(load(`${LEAST}failIf: latency.p50 > 1s`)).toEqual([]);
  });

  it('says what is missing', () => {
    expect(faults('scenario: probe')).toEqual([
      'target: is missing: expected an endpoint such as 127.0.0.1:2905/9899, or a list of them',
      'rate: is missing: requests per second such as 1500, or 5400000bhca',
      'duration: is missing: how long the run lasts, such as 30s',
    ]);
  });

  it('is told which flag is at fault', () => {
    expect(
      faults(LEAST, {
        rate: '15oo',
        failIf: ['x'],
        sctp: ['rto=never', 'sackDelay'],
        retransmitAfter: '40s',
      }),
    ).toEqual([
      "--sctp: expected KEY=VALUE such as rto=rfc or sackDelay=20ms, got 'sackDelay'",
      "--rate: expected requests per second such as 1500, or per busy hour such as 5400000bhca, got '15oo'",
      "--fail-if: expected METRIC OP VALUE such as latency.p99>20ms or requests.timedOut>0 (OP one of >= <= == != > <), got 'x'",
      "--sctp rto: expected rfc or INITIAL/MIN/MAX such as 200ms/50ms/200ms, got 'never'",
      '--retransmit-after: must be below the timeout of 30s',
    ]);
  });

  it('is told what a flag of several parts lacks', () => {
    expect(faults('target: h:1\nduration: 1s', { arrival: 'ramp:from=5', sctp: 'rto=1s/2s' })).toEqual([
      '--arrival to: is missing: expected requests per second such as 1500, or per busy hour such as 5400000bhca',
      "--sctp rto: expected rfc or INITIAL/MIN/MAX such as 200ms/50ms/200ms, got '1s/2s'",
    ]);
  });

  it.each([
    ['rate: 1\nrate: 2', ['p.yaml:2: not YAML: Map keys must be unique']],
    [
      'rate: 1\n---\nrate: 2',
      ['p.yaml:2: a second document begins here; a profile is one: take the line `---` out'],
    ],
    [
      'a: [1',
      [
        'p.yaml:1: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    ],
    ['- rate', ['p.yaml:1: expected a mapping with one `key: value` a line, such as `rate: 1500`']],
    [
      `${LEAST}rerouteAfter: 1s`,
      ['p.yaml:4: rerouteAfter: needs a second target to send to; name one, or set it OFF'],
    ],
    [
      `${LEAST}arrival: { kind: ramp, from: 1, to: 2 }`,
      ['p.yaml:2: rate: has no effect with a ramp arrival, which names its own rates; leave one of them out'],
    ],
    [
      `${LEAST}arrival: { kind: burst }`,
      [
        'p.yaml:4: arrival: the first burst begins at 1m, but the run ends at 20s; begin earlier or run longer',
      ].map((line) => line.replace('arrival:', 'arrival.at:')),
    ],
    [
      `${LEAST}arrival: bursty`,
      ['p.yaml:4: arrival.kind: expected kind to be one of constant, poisson, ramp, step, burst'],
    ],
    [`${LEAST}target2: x`, ['p.yaml:4: target2: unknown key; did you mean target?']],
    [
      `${LEAST}workers: 4\nassociations: 2`,
      [
        'p.yaml:5: associations: 2 cannot be shared by 4 workers: each needs its own; raise it or lower workers',
      ],
    ],
    [
      `${LEAST}sctp: { rto: 1s/2s/1s, sackDelay: 600ms }`,
      [
        'p.yaml:4: sctp.rto: min is above max',
        'p.yaml:4: sctp.sackDelay: must be at most 500ms (RFC 9260 §6.2)',
      ],
    ],
    ['target: [h:1, h:1]\nrate: 1\nduration: 1s', ['p.yaml:1: target: h:1/9899 is named twice']],
    [
      'target: a+b:1\ncarrier: udp\nrate: 1\nduration: 1s',
      ['p.yaml:1: target: several addresses need carrier kernel; udp has one path'],
    ],
    [
      'target: h:1\nrate: 9000000\nduration: 1s\ntimeout: 1h',
      [
        'p.yaml:4: timeout: at 9000000 requests a second up to 32401080064 of one worker wait at a time, above the 16777216 that it can keep; shorten it or add workers',
      ],
    ],
    [`${LEAST}msisdnRange: 10-99`, []],
    [
      `${LEAST}imsiRange: 00101000-00101099`,
      ['p.yaml:4: imsiRange: has 100 numbers, but msisdnRange has 1000000; every subscriber needs an IMSI'],
    ],
    [
      `${LEAST}bundle: tick`,
      ['p.yaml:4: bundle: tick needs a tick to bundle by; add tick: 1ms, or take auto'],
    ],
    [
      `${LEAST}failIf: [1]`,
      [
        "p.yaml:4: failIf[0]: expected METRIC OP VALUE such as latency.p99>20ms or requests.timedOut>0 (OP one of >= <= == != > <), got '1'",
      ],
    ],
  ])('%j', (text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  it('names a file that is not there', () => {
    expect(() => loadRunConfig({ file: 'no/such.yaml', flags: {}, seedDefault: 1 })).toThrow(
      'no/such.yaml: no such file; see profiles/ for examples',
    );
  });

  it('never shows a fault of ours for whatever stands in a key', () => {
    const keys = Object.keys(loadRunConfig({ text: LEAST, flags: {}, seedDefault: 1 }));
    expect(keys.length).toBeGreaterThan(30);
    const junk = [
      '{}',
      '[]',
      '[[]]',
      '{a: {b: c}}',
      'null',
      'true',
      '-1',
      '1e999',
      '.nan',
      "''",
      '"\\0"',
      '*x',
      '!!binary aa',
    ];
    for (const key of [
      'target',
      'rate',
      'arrival',
      'sctp',
      'failIf',
      'cpu',
      'tick',
      'msisdnRange',
      'seed',
      'out',
      'local',
    ]) {
      for (const value of junk) {
        for (const line of faults(`rate: 1\nduration: 1s\n${key === 'rate' ? 'x' : key}: ${value}`)) {
          expect(line).not.toMatch(/Invalid input|undefined|\[object/);
        }
      }
    }
  });
});

describe('the profiles of this repository', () => {
  const folder = new URL('../../profiles/', import.meta.url);
  // lab*.yaml are migration profiles, held by the tests of src/migration.
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml') && !name.startsWith('lab'));

  it.each(names)('%s is sound', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const { targets } = loadRunConfig({ file: name, text, flags: {}, seedDefault: 1 });
    // The demo loads both nodes of a cluster.
    expect(targets).toHaveLength(name === 'demo.yaml' ? 2 : 1);
  });

  it('are all there', () => {
    expect(names).toEqual(expect.arrayContaining(['demo.yaml', 'probe.yaml', 'smoke.yaml', 'soak.yaml']));
  });
});
