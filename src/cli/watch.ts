import { formatEndpoint } from '../config/endpoint.js';
import type { RunConfig } from '../config/run-config.js';
import { LiveFeed } from '../report/live-feed.js';
import type { ProgressSample } from '../report/progress.js';
import type { FolderOptions } from '../runtime/result-folder.js';
import type { CliIo } from './io.js';
import { type Listen, LiveServer } from './live-server.js';
import { LiveView } from './live-view.js';
import type { PlotLibrary } from './plot-library.js';
import { VERSION } from './version.js';
import { WatchedFolder } from './watched-folder.js';

/** Who may look on while a run goes on. */
export interface WatchOptions {
  /** Null: no live page. */
  readonly ui: Listen | null;
  /** Null: no metrics beside those of the page's server. */
  readonly prometheus: Listen | null;
  /** A screen on the terminal instead of the progress line. */
  readonly screen: boolean;
}

/** A run that can be looked at while it goes on. */
export class Watch {
  readonly folder: WatchedFolder;
  readonly #feed: LiveFeed;
  readonly #server: LiveServer | null;
  readonly #screen: LiveView | null;

  private constructor(
    folder: WatchedFolder,
    feed: LiveFeed,
    server: LiveServer | null,
    screen: LiveView | null,
  ) {
    this.folder = folder;
    this.#feed = feed;
    this.#server = server;
    this.#screen = screen;
  }

  /** Whether the run has a screen of its own. */
  get hasScreen(): boolean {
    return this.#screen !== null;
  }

  /** Opens the result folder and listens. @throws UserError, RuntimeFault when either cannot be had */
  static async open(
    io: CliIo,
    run: {
      readonly config: RunConfig;
      readonly id: string;
      readonly folder: string;
      readonly folderOptions: FolderOptions;
      readonly plotLibrary: PlotLibrary;
    },
    { ui, prometheus, screen }: WatchOptions,
  ): Promise<Watch> {
    const { config, id } = run;
    const targets = config.targets.map(formatEndpoint);
    const feed = new LiveFeed({ id, version: VERSION, scenario: config.scenario, targets });
    const server = ui === null && prometheus === null ? null : new LiveServer(feed, run.plotLibrary);
    if (ui !== null) io.stderr.write(`live page: ${await server!.listen('--ui', ui)}\n`);
    const apart =
      prometheus !== null && !(ui !== null && ui.host === prometheus.host && ui.port === prometheus.port);
    if (apart) io.stderr.write(`metrics: ${await server!.listen('--prometheus', prometheus)}metrics\n`);
    const folder = new WatchedFolder(run.folder, feed, server, run.folderOptions);
    return new Watch(folder, feed, server, screen ? new LiveView(io, feed, folder) : null);
  }

  progress(sample: ProgressSample): void {
    if (this.#server === null) this.#feed.progress(sample);
    else this.#server.progress(sample);
    this.#screen?.draw();
  }

  /** The pages become the report; ports and terminal are free again afterwards. */
  async end(): Promise<void> {
    this.#screen?.end();
    await this.#server?.end(this.folder.report);
  }
}
