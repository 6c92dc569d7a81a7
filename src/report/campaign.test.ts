import { describe, expect, it } from 'vitest';
import { sampleCampaign } from '../../test/support/sample-campaign.js';
import { campaignSeries } from './campaign-series.js';
import { campaignCsv, campaignJunit, campaignTables, campaignText } from './campaign-text.js';
import { seriesHtml } from './html/series-page.js';
import { seriesMarkdown } from './series.js';

const RESULT = sampleCampaign();
const SERIES = campaignSeries(RESULT);
const LIBRARY = { script: 'var uPlot;</script>', style: '' };

describe('a campaign', () => {
  it('stands beside the published cells, at their resolution, margins n/a below 30 samples', () => {
    const [response, feasible] = campaignTables(RESULT);
    expect(response!.rows).toEqual([
      ['750', '-', '0.5000/0.2500/0.5000/n/a', ''],
      ['2 250', '2.7328/0.1973/0.4442/0.0761', '2.2500/0.2500/0.5000/0.0895', 'invalid'],
      ['9 450', '-', '9.4500/0.2500/0.5000/0.0895 *', ''],
    ]);
    expect(feasible!.rows).toEqual([['kvm-16', '750, 2 250', '9 450', '750, 2 250', '9 450']]);
  });

  it('says in every form that it was shortened and what is missing', () => {
    const text = campaignText(RESULT, { colour: false, folder: 'results/x' });
    for (const form of [text, seriesMarkdown(SERIES), seriesHtml(SERIES, LIBRARY)]) {
      expect(form).toContain('SHORTENED to 1/60');
      expect(form).toContain('4 of 5 runs measured, 1 of them INVALID');
      expect(form).toContain('INVALID runs say nothing about the target');
      expect(form.split('generator saturated')).toHaveLength(2);
    }
    expect(campaignCsv(RESULT).split('\n')[1]).toContain(
      'kvm-16,750,1,2026-11-20T15:48:02.113Z,1/60,true,true,0,750,29,0.5',
    );
    expect(campaignJunit(RESULT)).toContain('tests="4" failures="1" errors="1"');
  });

  it('draws a line a set-up, without invalid runs, and the published one dashed', () => {
    const [response, ...rest] = SERIES.plots;
    expect(rest).toEqual([]);
    expect(response!.positions).toEqual([750, 2250, 9450]);
    expect(response!.series.map(({ label, dashed, values }) => [label, dashed, values])).toEqual([
      ['kvm-16', false, [0.5, 2.25, 9.45]],
      ['bth-2013/kvm-16, published', true, [null, 2.7328, null]],
    ]);
    expect(response!.alternative).toContain('kvm-16: 0.5 ms at 750/s to 9.45 ms at 9 450/s');
  });

  it('is a page that asks nothing of any network and lets nothing of the data act', () => {
    const html = seriesHtml(SERIES, LIBRARY);
    expect(html).toContain('note &lt;script&gt;');
    expect(html).not.toMatch(/src\s*=|href="(?!#|data:,")|@import|fetch\(|https?:\/\//);
    expect(html.match(/<script/g)).toHaveLength(3);
    expect(html).toContain('var uPlot;<\\/script>');
  });
});
