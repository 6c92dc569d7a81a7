import { formatEndpoint } from '../config/endpoint.js';
import type { RunConfig } from '../config/run-config.js';
import { LiveFeed } from '../report/live-feed.js';
import type { ProgressSample } from '../report/progress.js';
import type { CliIo } from './io.js';
import { type Listen, LiveServer } from './live-server.js';
import type { PlotLibrary } from './plot-library.js';
import { VERSION } from './version.js';
import { WatchedFolder } from './watched-folder.js';

/** Who may look on while a run goes on. */
export interface WatchOptions {
  /** Null: no live page. */
  readonly ui: Listen | null;
  /** Null: no metrics beside those of the page's server. */
  readonly prometheus: Listen | null;
}

/** A run that can be looked at while it goes on. */
export class Watch {
  readonly folder: WatchedFolder;
  readonly #server: LiveServer;

  private constructor(folder: WatchedFolder, server: LiveServer) {
    this.folder = folder;
    this.#server = server;
  }

  /** Opens the result folder and listens. @throws UserError, RuntimeFault when either cannot be had */
  static async open(
    io: CliIo,
    run: {
      readonly config: RunConfig;
      readonly id: string;
      readonly folder: string;
      readonly plotLibrary: PlotLibrary;
    },
    { ui, prometheus }: WatchOptions,
  ): Promise<Watch> {
    const { config, id } = run;
    const targets = config.targets.map(formatEndpoint);
    const feed = new LiveFeed({ id, version: VERSION, scenario: config.scenario, targets });
    const server = new LiveServer(feed, run.plotLibrary);
    if (ui !== null) io.stderr.write(`live page: ${await server.listen('--ui', ui)}\n`);
    const apart =
      prometheus !== null && !(ui !== null && ui.host === prometheus.host && ui.port === prometheus.port);
    if (apart) io.stderr.write(`metrics: ${await server.listen('--prometheus', prometheus)}metrics\n`);
    return new Watch(new WatchedFolder(run.folder, feed, server), server);
  }

  progress(sample: ProgressSample): void {
    this.#server.progress(sample);
  }

  /** The pages become the report; the ports are free again afterwards. */
  end(): Promise<void> {
    return this.#server.end(this.folder.report);
  }
}
