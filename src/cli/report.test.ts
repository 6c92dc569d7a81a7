import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandRunner } from '../../test/support/commands.js';
import { sampleCapacity } from '../../test/support/sample-capacity.js';
import { sampleInterval, sampleIntervals } from '../../test/support/sample-rows.js';
import { sampleSummary, stoppedSummary } from '../../test/support/sample-summary.js';
import { parseCsv } from '../analysis/csv.js';
import { DurationHistogram, HistogramLog } from '../measure/histogram.js';
import type { RunSummary } from '../measure/summary.js';
import { intervalsCsvHeader, intervalsCsvLine } from '../report/intervals-csv.js';
import { intervalRowsOf } from '../report/read-intervals.js';
import { register } from './report.js';

const SCHEMA = fileURLToPath(new URL('../../test/support/schemas/junit.xsd', import.meta.url));
const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'busyhour-report-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const busyhour = commandRunner([register], { cwd: () => folder });
const EXPECTATIONS = [
  { expression: 'latency.p99>20ms', value: 2.5, failed: false },
  { expression: 'latency.max<"5"&1ms', value: 712.3, failed: true },
];

/** A result folder with latencies of 1 to 1 000 ms, one each, over two intervals. */
function result(name: string, summary: RunSummary): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'summary.json'), JSON.stringify(summary));
  const lines = [intervalsCsvHeader(), ...sampleIntervals().map(intervalsCsvLine)];
  writeFileSync(join(path, 'intervals.csv'), `${lines.join('\n')}\n`);
  const log: string[] = [];
  const writer = new HistogramLog((text) => log.push(text), Date.parse(summary.run.startedAt));
  for (const first of [1, 501]) {
    const histogram = new DurationHistogram();
    for (let ms = first; ms < first + 500; ms++) histogram.record(ms * 1e6);
    writer.add('127.0.0.1:2905/9899', first / 500, first / 500 + 1, histogram);
  }
  writeFileSync(join(path, 'latency.hlog'), log.join(''));
  return name;
}

describe('report', () => {
  it('prints every form of a run', async () => {
    const run = result('stopped', stoppedSummary({ thresholds: EXPECTATIONS }));
    const text = await busyhour('report', run);
    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toContain('One outage');
    expect((await busyhour('report', run, '--format', 'html')).out).toMatch(/^<!doctype html>/);
    const csv = parseCsv((await busyhour('report', run, '--format', 'csv')).out);
    expect(csv.rows).toHaveLength(20);
    expect(JSON.parse((await busyhour('report', run, '--format', 'json')).out).run.id).toBe(
      '20261120-154802-demo',
    );
  });

  it('chooses the form by the name of the file it writes', async () => {
    const run = result('named', sampleSummary());
    expect((await busyhour('report', run, '--out', 'a.md')).out).toBe('');
    expect(readFileSync(join(folder, 'a.md'), 'utf8')).toMatch(/^## busyhour run/);
    await busyhour('report', run, '--out', 'a.xml');
    expect(readFileSync(join(folder, 'a.xml'), 'utf8')).toContain('<testsuites>');
    const refused = await busyhour('report', run, '--out', 'no/such/folder.md');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('--out no/such/folder.md');
  });

  it('draws the rows of all targets together, and not those of each target among them', async () => {
    const run = result('two-targets', stoppedSummary());
    const page = async (): Promise<string> => (await busyhour('report', run, '--format', 'html')).out;
    const drawn = await page();
    const row = sampleInterval(3, 5_000, { target: 'one of two' });
    appendFileSync(join(folder, run, 'intervals.csv'), `${intervalsCsvLine(row)}\n`);
    expect(await page()).toBe(drawn);
  });

  it('reads intervals back as they were written', () => {
    const rows = sampleIntervals();
    const [header = '', ...lines] = [intervalsCsvHeader(), ...rows.map(intervalsCsvLine)];
    const table = parseCsv([header, ...lines].join('\n'));
    const back = intervalRowsOf(table.columns, table.rows);
    expect(back.map(intervalsCsvLine)).toEqual(lines);
    expect(back[3]!.answered).toBe(rows[3]!.answered);
    expect(() => intervalRowsOf(table.columns.slice(1), table.rows)).toThrow("'started_at'");
    const broken = table.rows[2]!.map((field, i) => (table.columns[i] === 'due' ? 'many' : field));
    expect(() => intervalRowsOf(table.columns, [broken])).toThrow("row 1: column 'due' holds 'many'");
  });

  it('merges a histogram log into the percentiles of all intervals', async () => {
    const { out } = await busyhour('report', result('hgrm', sampleSummary()), '--format', 'hgrm');
    const lines = out.split('\n').filter((line) => /^\s*\d/.test(line));
    const table = lines.map((line) => line.trim().split(/\s+/).map(Number));
    const atHalf = table.find(([, percentile]) => percentile! >= 0.5)!;
    expect(Math.abs(atHalf[0]! - 500)).toBeLessThan(1);
    expect(atHalf[2]).toBe(500);
    expect(Math.abs(table.at(-1)![0]! - 1000)).toBeLessThan(1);
    expect(out).toMatch(/#\[Mean {4}= +500\.\d+, StdDeviation {3}= +288\.\d+\]/);
    expect(out).toMatch(/Total count {4}= +1000\]/);
    writeFileSync(join(folder, 'hgrm', 'latency.hlog'), 'Tag=x,0.000,1.000,1.0,nonsense\n');
    const broken = await busyhour('report', 'hgrm', '--format', 'hgrm');
    expect(broken.code).toBe(2);
    expect(broken.err).toContain('latency.hlog: line 1: no histogram');
    writeFileSync(join(folder, 'hgrm', 'latency.hlog'), '#[a comment]\n\nsomething else\n');
    for (const format of ['hgrm', 'html']) {
      const other = await busyhour('report', 'hgrm', '--format', format);
      expect(other).toMatchObject({ code: 2, out: '' });
      expect(other.err).toContain('latency.hlog: line 3: no line of a histogram log');
    }
  });

  it.skipIf(!hasXmllint)('writes JUnit XML that its schema takes (needs xmllint)', async () => {
    const invalid = sampleSummary({ valid: false, invalidReasons: ['generator <saturated>'] });
    const cases = [
      ['good', sampleSummary({ thresholds: [EXPECTATIONS[0]!] }), 3, 0, 0],
      ['failed', stoppedSummary({ thresholds: EXPECTATIONS }), 4, 1, 0],
      ['invalid', invalid, 2, 0, 1],
    ] as const;
    for (const [name, summary, tests, failures, errors] of cases) {
      await busyhour('report', result(name, summary), '--format', 'junit', '--out', `${name}.xml`);
      const file = join(folder, `${name}.xml`);
      const checked = spawnSync('xmllint', ['--noout', '--schema', SCHEMA, file], { encoding: 'utf8' });
      expect(checked.stderr).toContain('validates');
      expect(readFileSync(file, 'utf8')).toContain(
        `tests="${tests}" failures="${failures}" errors="${errors}"`,
      );
    }
    const value = (path: string): string =>
      spawnSync('xmllint', ['--xpath', `string(${path})`, join(folder, 'failed.xml')], {
        encoding: 'utf8',
      }).stdout.trim();
    expect(value('//failure/@message')).toBe('latency.max<"5"&1ms: measured 712.3');
    expect(value('//property[@name="pauseAtLeastMs"]/@value')).toBe('688.47');
  });

  it('prints every form of a capacity search', async () => {
    const report = sampleCapacity();
    mkdirSync(join(folder, 'capacity'));
    writeFileSync(join(folder, 'capacity', 'capacity.json'), JSON.stringify(report));
    const form = async (name: string) => (await busyhour('report', 'capacity', '--format', name)).out;
    expect(await form('text')).toContain('980 requests a second, limited by the target');
    expect(await form('md')).toMatch(/^## busyhour capacity capacity\n\n980 requests a second/);
    expect(parseCsv(await form('csv')).rows).toHaveLength(2);
    expect(JSON.parse(await form('json'))).toEqual(report);
    const html = await form('html');
    expect(html).toContain('id="plot-p99"');
    expect(html).not.toContain('<slow>');
    await busyhour('report', 'capacity', '--out', 'capacity.xml');
    const xml = join(folder, 'capacity.xml');
    expect(readFileSync(xml, 'utf8')).toContain('tests="3" failures="0" errors="0"');
    if (hasXmllint) {
      const checked = spawnSync('xmllint', ['--noout', '--schema', SCHEMA, xml], { encoding: 'utf8' });
      expect(checked.stderr).toContain('validates');
    }
    expect((await busyhour('report', 'capacity', '--format', 'hgrm')).code).toBe(2);
  });

  it('writes Markdown in which nothing of the data acts', async () => {
    const hostile = stoppedSummary({ notes: ['a | <b>c</b>\n# d `e`'], thresholds: EXPECTATIONS });
    const { out } = await busyhour('report', result('md', hostile), '--format', 'md');
    expect(out).toContain('a \\| &lt;b>c&lt;/b> \\# d \\`e\\`');
    expect(out).toContain('| latency.max&lt;"5"&amp;1ms | 712.3 | FAILED |');
    const columns = out
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.replace(/\\\|/g, '').split('|').length);
    expect(Math.max(...columns)).toBeLessThanOrEqual(8);
  });

  it('says what is no result', async () => {
    expect((await busyhour('report', 'nowhere')).err).toContain('nowhere: no such folder');
    mkdirSync(join(folder, 'empty'));
    expect((await busyhour('report', 'empty')).err).toContain('holds none of campaign.json');
    writeFileSync(join(folder, 'empty', 'summary.json'), '{"schema":"other"}');
    expect((await busyhour('report', 'empty')).err).toContain('not a result of this version');
    expect((await busyhour('report', 'empty', '--format', 'pdf')).code).toBe(2);
    writeFileSync(join(folder, 'empty', 'summary.json'), '{"schema":"busyhour/summary/1","run":{}}');
    expect((await busyhour('report', 'empty')).err).toMatch(
      /incomplete or damaged: it has no invalidReasons, .*cpu/,
    );
    for (const kind of ['campaign', 'capacity', 'migration']) {
      mkdirSync(join(folder, `damaged-${kind}`));
      writeFileSync(join(folder, `damaged-${kind}`, `${kind}.json`), `{"schema":"busyhour/${kind}/1"}`);
      const damaged = await busyhour('report', `damaged-${kind}`);
      expect(damaged.code).toBe(2);
      expect(damaged.err).toContain(`${kind}.json: incomplete or damaged: it has no `);
    }
    const run = result('kept', sampleSummary());
    const refused = await busyhour('report', run, '--out', join('nowhere', 'a.html'));
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain('a.html: there is no such folder to write into; choose another file');
  });
});
