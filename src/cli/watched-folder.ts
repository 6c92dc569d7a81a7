import { parseCsv } from '../analysis/csv.js';
import { INTERVAL_COLUMNS } from '../report/intervals-csv.js';
import type { LiveFeed } from '../report/live-feed.js';
import { intervalRowsOf } from '../report/read-intervals.js';
import { type FolderOptions, ResultFolder } from '../runtime/result-folder.js';
import type { LiveServer } from './live-server.js';

/** A result folder whose streams are shown while they are written: who looks on sees what the files hold, and nothing else. */
export class WatchedFolder extends ResultFolder {
  readonly #feed: LiveFeed;
  readonly #server: LiveServer | null;
  /** `report.html`, once it has been written. */
  report: string | null = null;

  constructor(path: string, feed: LiveFeed, server: LiveServer | null, options: FolderOptions) {
    super(path, options);
    this.#feed = feed;
    this.#server = server;
  }

  override append(name: string, line: string): void {
    super.append(name, line);
    if (name === 'latency.hlog') this.#feed.histogram(line);
    else if (name === 'events.ndjson') this.#event(line);
    else if (name === 'intervals.csv') this.#interval(line);
  }

  override write(name: string, content: string): void {
    super.write(name, content);
    if (name === 'report.html') this.report = content;
  }

  #event(line: string): void {
    const news = this.#feed.event(JSON.parse(line) as Record<string, unknown>);
    if (news !== null) this.#server?.news(news);
  }

  #interval(line: string): void {
    // The head of the stream is not there when a run goes on, and there again in every part.
    const { columns: fields } = parseCsv(line);
    if (fields[0] === INTERVAL_COLUMNS[0]) return;
    for (const row of intervalRowsOf(INTERVAL_COLUMNS, [fields])) {
      this.#feed.interval(row);
      if (row.target === null) this.#server?.interval();
    }
  }
}
