import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaignSeries } from '../../src/report/campaign-series.js';
import { capacitySeries } from '../../src/report/capacity-series.js';
import { htmlReport } from '../../src/report/html/page.js';
import { seriesHtml } from '../../src/report/html/series-page.js';
import { CHROMIUM, Page } from '../support/browser.js';
import { sampleCampaign } from '../support/sample-campaign.js';
import { sampleCapacity } from '../support/sample-capacity.js';
import { sampleIntervals, sampleLatency } from '../support/sample-rows.js';
import { sampleSummary, stoppedSummary } from '../support/sample-summary.js';
import { busyhour, startResponder, temporaryFolder, waitFor } from './support/processes.js';

const { resolve } = createRequire(import.meta.url);
const read = (name: string): string => readFileSync(resolve(name), 'utf8');
const PLOTS = { script: read('uplot/dist/uPlot.iife.min.js'), style: read('uplot/dist/uPlot.min.css') };
const AXE = read('axe-core/axe.min.js');

/** Faults that an automated check of WCAG 2.1 A and AA finds, a line each. */
async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(`${AXE}; true`);
  const found =
    await page.evaluate(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then((results) =>
    results.violations.map((rule) => rule.id + ': ' + rule.nodes.map((node) => node.html.slice(0, 120)).join(' | ')))`);
  return found as string[];
}

/** A row of a table that was squeezed to a word a line is as tall as a paragraph. */
const ROW_HEIGHT_MAX = 150;

async function usableAt(page: Page, width: number): Promise<void> {
  await page.resize(width);
  await page.until('document.querySelectorAll("canvas").length > 0');
  // What does not fit scrolls by itself; the page does not. Plots are drawn again a moment after the width has changed.
  await page.until(`document.documentElement.scrollWidth <= ${width}`);
  // Every plot fills its figure, which has the whole width or half of it.
  const full =
    '[...document.querySelectorAll("figure canvas")].every((c) => c.clientWidth > c.closest("figure").clientWidth - 40)';
  await page.until(full);
  const tallest =
    'Math.max(0, ...[...document.querySelectorAll(".scroll tr")].map((row) => row.offsetHeight))';
  expect(await page.evaluate(tallest)).toBeLessThan(ROW_HEIGHT_MAX);
}

describe.skipIf(CHROMIUM === undefined)('in Chromium (needs the package chromium)', () => {
  let page: Page;
  beforeAll(async () => {
    page = await Page.open();
  }, 60_000);
  afterAll(() => page.close());

  const pages = (): readonly (readonly [name: string, html: string])[] => [
    [
      'a good run',
      htmlReport({
        summary: sampleSummary(),
        intervals: sampleIntervals(),
        latency: sampleLatency(),
        plotLibrary: PLOTS,
      }),
    ],
    [
      'an outage',
      htmlReport({
        summary: stoppedSummary(),
        intervals: sampleIntervals(),
        latency: sampleLatency(),
        plotLibrary: PLOTS,
      }),
    ],
    ['a campaign', seriesHtml(campaignSeries(sampleCampaign()), PLOTS)],
    ['a search for the capacity', seriesHtml(capacitySeries(sampleCapacity(), 'sample'), PLOTS)],
  ];

  it.each(pages())(
    'shows the report of %s on a phone and on a screen, light and dark, to everyone',
    async (name, html) => {
      const file = join(temporaryFolder(), `${name.replaceAll(' ', '-')}.html`);
      writeFileSync(file, html);
      const before = { problems: page.problems.length, requests: page.requests.length };
      for (const scheme of ['light', 'dark'] as const) {
        await page.scheme(scheme);
        await page.go(pathToFileURL(file).href);
        await usableAt(page, 390);
        await usableAt(page, 1400);
        expect(await accessibilityFaults(page)).toEqual([]);
      }
      expect(page.problems.slice(before.problems)).toEqual([]);
      expect([...new Set(page.requests.slice(before.requests))]).toEqual([pathToFileURL(file).href]);
    },
    60_000,
  );

  it('shows a run live, and ends as its report', async () => {
    const responder = await startResponder();
    const run = busyhour([
      ...['run', '--target', responder.endpoint, '--carrier', 'udp', '--rate', '100', '--duration', '8s'],
      ...['--interval', '1s', '--ui', '127.0.0.1:0', '--out', join(temporaryFolder(), 'result')],
    ]);
    await waitFor('the live page is there', () => /live page: \S+/.test(run.stderr));
    const url = /live page: (\S+)/.exec(run.stderr)?.[1] ?? '';
    const before = { problems: page.problems.length, requests: page.requests.length };
    await page.scheme('light');
    await page.go(url);
    await page.until('Number(document.getElementById("f-succeeded").textContent.replace(" ", "")) > 50');
    expect(await page.evaluate('document.getElementById("news").innerText')).toContain('association active');
    await usableAt(page, 390);
    await usableAt(page, 1400);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.until('document.title.startsWith("busyhour run") && !document.title.endsWith("live")');
    await page.until('document.querySelectorAll("canvas").length === 5');
    expect(page.problems.slice(before.problems)).toEqual([]);
    const places = page.requests.slice(before.requests).map((each) => new URL(each));
    expect(new Set(places.map(({ origin }) => origin)).size).toBe(1);
    await run.ended;
    await responder.end();
  }, 60_000);
});
