import type { CampaignResult } from '../measure/campaign-result.js';
import { campaignSeries } from '../report/campaign-series.js';
import { campaignCsv } from '../report/campaign-text.js';
import { seriesHtml } from '../report/html/series-page.js';
import { readPlotLibrary } from './plot-library.js';
import type { SeriesFolder } from './series-folder.js';

/** Writes what people read of a campaign beside its `campaign.json`. */
export function writeCampaignReports(result: CampaignResult, folder: SeriesFolder): void {
  folder.write('cells.csv', campaignCsv(result));
  folder.write('report.html', seriesHtml(campaignSeries(result), readPlotLibrary()));
}
