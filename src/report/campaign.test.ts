import { describe, expect, it } from 'vitest';
import type { CampaignCell, CampaignResult, CellStatistics } from '../measure/campaign-result.js';
import {
  campaignCsv,
  campaignJunit,
  campaignMarkdown,
  campaignTables,
  campaignText,
} from './campaign-text.js';
import { campaignHtml, loadPlots } from './html/campaign-page.js';

const statistics = (mean: number, count = 120): CellStatistics => ({
  count,
  mean,
  variance: 0.25,
  standardDeviation: 0.5,
  marginOfError: count < 30 ? null : 0.0895,
  dependentMargin: null,
});

const cell = (
  ratePerSecond: number,
  repetition: number,
  change: Partial<CampaignCell> = {},
): CampaignCell => ({
  setup: 'kvm-16',
  ratePerSecond,
  repetition,
  startedAt: '2026-11-20T15:48:02.113Z',
  valid: true,
  invalidReasons: [],
  feasible: true,
  failed: 0,
  offeredPerSecond: ratePerSecond,
  answeredPerSecond: ratePerSecond,
  response: statistics(ratePerSecond / 1000),
  cpu: null,
  latencyP99Ms: 9,
  latencyMaxMs: 12,
  result: `runs/kvm-16/${ratePerSecond}/${repetition}`,
  ...change,
});

const RESULT: CampaignResult = {
  schema: 'busyhour/campaign/1',
  name: 'sample',
  scale: 1 / 60,
  scaleText: '1/60',
  durationSeconds: 20,
  intervalSeconds: 1 / 6,
  warmUpSeconds: 0,
  coolDownSeconds: 0,
  repetitions: 2,
  order: 'listed',
  seed: 1,
  setups: [
    {
      name: 'kvm-16',
      levelsPerSecond: [750, 2250, 9450],
      targets: ['127.0.0.1:2905'],
      published: {
        reference: 'bth-2013/kvm-16',
        response: [
          {
            loadPerSecond: 2250,
            mean: 2.7328,
            variance: 0.1973,
            standardDeviation: 0.4442,
            marginOfError: 0.0761,
            decimals: 4,
          },
        ],
        responseDefinition: 'whole ms',
        cpu: [],
        cpuDefinition: 'busy',
        feasiblePerSecond: [750, 2250],
        infeasiblePerSecond: [9450],
      },
    },
  ],
  cells: [
    cell(750, 1, { response: statistics(0.5, 29) }),
    cell(2250, 1),
    cell(9450, 1, { feasible: false, failed: 31 }),
    cell(2250, 2, { valid: false, feasible: null, invalidReasons: ['generator saturated'] }),
  ],
  missing: [{ setup: 'kvm-16', ratePerSecond: 9450, repetition: 2 }],
  notes: ['note <script>'],
};
const LIBRARY = { script: 'var uPlot;</script>', style: '' };

describe('a campaign', () => {
  it('stands beside the published cells, at their resolution, margins n/a below 30 samples', () => {
    const [response, feasible] = campaignTables(RESULT);
    expect(response!.rows).toEqual([
      ['750', '-', '0.5000/0.2500/0.5000/n/a', ''],
      ['2 250', '2.7328/0.1973/0.4442/0.0761', '2.2500/0.2500/0.5000/0.0895', 'invalid'],
      ['9 450', '-', '9.4500/0.2500/0.5000/0.0895 *', ''],
    ]);
    expect(feasible!.rows).toEqual([['kvm-16', '750 2250', '9450', '750 2250', '9450']]);
  });

  it('says in every form that it was shortened and what is missing', () => {
    const text = campaignText(RESULT, { colour: false, folder: 'results/x' });
    for (const form of [text, campaignMarkdown(RESULT), campaignHtml(RESULT, LIBRARY)]) {
      expect(form).toContain('SHORTENED to 1/60');
      expect(form).toContain('4 of 5 runs measured, 1 of them INVALID');
    }
    expect(campaignCsv(RESULT).split('\n')[1]).toContain(
      'kvm-16,750,1,2026-11-20T15:48:02.113Z,1/60,true,true,0,750,29,0.5',
    );
    expect(campaignJunit(RESULT)).toContain('tests="4" failures="1" errors="1"');
  });

  it('draws a line a set-up, without invalid runs, and the published one dashed', () => {
    const [response, ...rest] = loadPlots(RESULT);
    expect(rest).toEqual([]);
    expect(response!.rates).toEqual([750, 2250, 9450]);
    expect(response!.series.map(({ label, dashed, values }) => [label, dashed, values])).toEqual([
      ['kvm-16', false, [0.5, 2.25, 9.45]],
      ['bth-2013/kvm-16, published', true, [null, 2.7328, null]],
    ]);
    expect(response!.alternative).toContain('kvm-16: 0.5 ms at 750/s to 9.45 ms at 9 450/s');
  });

  it('is a page that asks nothing of any network and lets nothing of the data act', () => {
    const html = campaignHtml(RESULT, LIBRARY);
    expect(html).toContain('note &lt;script&gt;');
    expect(html).not.toMatch(/(src|href)\s*=|@import|fetch\(|https?:\/\//);
    expect(html.match(/<script/g)).toHaveLength(3);
    expect(html).toContain('var uPlot;<\\/script>');
  });
});
