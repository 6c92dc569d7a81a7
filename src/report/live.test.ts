import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  sampleFeed as feed,
  sampleProgress as progress,
  FEED_TARGET as TARGET,
} from '../../test/support/sample-feed.js';
import { livePage } from './html/live-page.js';
import { LATENCY_BUCKETS_SECONDS, LiveFeed } from './live-feed.js';
import { liveScreen } from './live-screen.js';
import { prometheusText } from './prometheus.js';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

describe('metrics', () => {
  it('count what the intervals hold, in cumulative buckets', () => {
    const text = prometheusText(feed());
    const value = (name: string): number => {
      const line = text.split('\n').find((each) => each.startsWith(`${name} `));
      return Number(line?.slice(name.length + 1));
    };
    const of = (more: string): string => `{target="${TARGET}"${more}}`;
    expect(value(`busyhour_requests_total${of(',outcome="succeeded"')}`)).toBe(2998);
    expect(value(`busyhour_latency_seconds_bucket${of(',le="0.0005"')}`)).toBe(2);
    expect(value(`busyhour_latency_seconds_bucket${of(',le="0.05"')}`)).toBe(8);
    expect(value(`busyhour_latency_seconds_bucket${of(',le="1"')}`)).toBe(10);
    expect(value(`busyhour_latency_seconds_bucket${of(',le="+Inf"')}`)).toBe(10);
    expect(value(`busyhour_latency_seconds_sum${of('')}`)).toBeCloseTo(1.488, 9);
    expect(value(`busyhour_outages_total${of('')}`)).toBe(1);
    expect(value('busyhour_generator_stall_seconds_total')).toBeCloseTo(0.024, 9);
    expect(text).toContain('busyhour_run_info{run="r\\"1\\\\",version="0.1.0",scenario="probe"} 1');
  });

  it.skipIf(!hasPromtool)('pass promtool (needs the package prometheus)', () => {
    const checked = spawnSync('promtool', ['check', 'metrics'], {
      input: prometheusText(feed()),
      encoding: 'utf8',
    });
    expect(checked.stderr + checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  });
});

describe('the Grafana dashboard', () => {
  it('asks only for metrics that there are', () => {
    const file = new URL('../../profiles/grafana/busyhour.json', import.meta.url);
    const dashboard = JSON.parse(readFileSync(file, 'utf8')) as { panels: { targets: { expr: string }[] }[] };
    const asked = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/busyhour_\w+/g) ?? []),
    );
    const families = [...prometheusText(feed()).matchAll(/^(busyhour_\w+)[{ ]/gm)].map((match) => match[1]);
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((name) => !families.includes(name))).toEqual([]);
  });
});

describe('LiveFeed', () => {
  it('stays bounded however long a run is, and keeps its whole course', () => {
    const live = new LiveFeed({ id: 'x', version: '1', scenario: 'probe', targets: [TARGET] });
    for (let seconds = 0; seconds < 20_000; seconds += 0.5) live.progress(progress(seconds));
    expect(live.samples.length).toBeLessThanOrEqual(1_200);
    expect(live.samples.length).toBeGreaterThan(500);
    expect(live.samples[0]!.elapsedSeconds).toBe(0);
    for (let index = 0; index < 1_000; index++)
      live.event({ event: 'association', at: '', target: TARGET, state: 'up' });
    expect(live.news).toHaveLength(200);
    expect(live.event({ event: 'interval' })).toBeNull();
    expect(LATENCY_BUCKETS_SECONDS).toHaveLength(15);
  });
});

describe('liveScreen', () => {
  const options = { columns: 60, rows: 20, colour: false };

  it('shows state, figures and the latest events, within its lines and columns', () => {
    const live = feed();
    live.event({
      event: 'association',
      at: '2026-11-20T15:48:14.000Z',
      association: 1,
      target: TARGET,
      state: 'active',
    });
    live.event({ event: 'mark', at: '2026-11-20T15:48:15.000Z', text: 'mark 1' });
    const lines = liveScreen(live, options);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    const text = lines.join('\n');
    expect(text).toMatch(/running\n\[=* *\] +1 % {2}1 s of 1 min 00 s/);
    expect(text).toMatch(/associations +1 of 1 active/);
    expect(text).toMatch(/outages +1/);
    expect(lines.findIndex((line) => line.includes('mark 1'))).toBeLessThan(
      lines.findIndex((line) => line.includes('gave no answer')),
    );
    expect(liveScreen(live, { ...options, rows: 6 })).toHaveLength(6);
    expect(liveScreen(live, { ...options, columns: 20 }).every((line) => line.length <= 20)).toBe(true);
  });

  it('says that the user has paused the load, and to what the rate was changed', () => {
    const live = feed();
    live.progress({ ...progress(2), paused: true, askedPerSecond: 0 });
    live.event({ event: 'rate', at: '2026-11-20T15:48:15.000Z', fromPerSecond: 1500, toPerSecond: 1650 });
    const text = liveScreen(live, options).join('\n');
    expect(text).toContain('PAUSED by the user');
    expect(text).toContain('rate 1500 to 1650 req/s');
  });

  it('says that a target is silent, and what failed', () => {
    const live = feed();
    live.progress({ ...progress(2), silentMs: 450 });
    expect(liveScreen(live, options)[1]).toContain('SILENT: no answer for 450 ms');
    live.progress({ ...progress(3), bad: 12 });
    expect(liveScreen(live, { ...options, colour: true })[1]).toBe(
      '\u001b[31mrunning, 12 requests failed\u001b[0m',
    );
  });
});

describe('the live page', () => {
  it('asks only its own server, and lets nothing of the run act', () => {
    const html = livePage(
      { id: '<b>', version: '1', scenario: 'probe', targets: ['"><script>'] },
      { script: 'var uPlot;', style: '' },
      'token"',
    );
    expect(html).toContain('data-token="token&quot;"');
    expect(html).toContain("connect-src 'self'");
    expect(html).not.toMatch(/https?:\/\//);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).toContain('&lt;b&gt;');
  });
});
