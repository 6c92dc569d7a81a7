import type { CampaignResult } from '../measure/campaign-result.js';
import { campaignCsv } from '../report/campaign-text.js';
import { campaignHtml } from '../report/html/campaign-page.js';
import { readPlotLibrary } from './plot-library.js';
import type { SeriesFolder } from './series-folder.js';

/** Writes what people read of a campaign beside its `campaign.json`. */
export function writeCampaignReports(result: CampaignResult, folder: SeriesFolder): void {
  folder.write('cells.csv', campaignCsv(result));
  folder.write('report.html', campaignHtml(result, readPlotLibrary()));
}
