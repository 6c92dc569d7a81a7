import { formatEndpoint } from '../config/endpoint.js';
import type { RunConfig } from '../config/run-config.js';
import { LiveFeed } from '../report/live-feed.js';
import type { ProgressSample } from '../report/progress.js';
import { type SteerAction, Steering } from '../runtime/generator/steering.js';
import type { FolderOptions } from '../runtime/result-folder.js';
import type { CliIo } from './io.js';
import { type Listen, LiveServer } from './live-server.js';
import { LiveView } from './live-view.js';
import { OtlpExporter } from './otlp-exporter.js';
import type { PlotLibrary } from './plot-library.js';
import { VERSION } from './version.js';
import { WatchedFolder } from './watched-folder.js';

/** Who may look on while a run goes on. */
export interface WatchOptions {
  /** Null: no live page. */
  readonly ui: Listen | null;
  /** Null: no metrics beside those of the page's server. */
  readonly prometheus: Listen | null;
  /** Collector that takes OTLP/HTTP; null: none. */
  readonly otlp: URL | null;
  /** A screen on the terminal instead of the progress line. */
  readonly screen: boolean;
}

/** A run that can be looked at while it goes on. */
export class Watch {
  readonly folder: WatchedFolder;
  /** Null where nobody can steer. */
  readonly steering: Steering | null;
  readonly #exporter: OtlpExporter | null;
  readonly #feed: LiveFeed;
  readonly #server: LiveServer | null;
  readonly #screen: LiveView | null;

  private constructor(parts: {
    readonly folder: WatchedFolder;
    readonly feed: LiveFeed;
    readonly server: LiveServer | null;
    readonly screen: LiveView | null;
    readonly exporter: OtlpExporter | null;
    readonly steering: Steering | null;
  }) {
    this.folder = parts.folder;
    this.steering = parts.steering;
    this.#feed = parts.feed;
    this.#server = parts.server;
    this.#screen = parts.screen;
    this.#exporter = parts.exporter;
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
    { ui, prometheus, otlp, screen }: WatchOptions,
  ): Promise<Watch> {
    const { config, id } = run;
    const targets = config.targets.map(formatEndpoint);
    const feed = new LiveFeed({ id, version: VERSION, scenario: config.scenario, targets });
    const steering = ui !== null || screen ? new Steering() : null;
    const steer = (action: SteerAction | 'end'): void => {
      if (action === 'end') process.kill(process.pid, 'SIGINT');
      else steering?.ask(action);
    };
    const server = ui === null && prometheus === null ? null : new LiveServer(feed, run.plotLibrary, steer);
    let folder: WatchedFolder;
    try {
      if (ui !== null) io.stderr.write(`live page: ${await server!.listen('--ui', ui)}\n`);
      const apart =
        prometheus !== null && !(ui !== null && ui.host === prometheus.host && ui.port === prometheus.port);
      if (apart) io.stderr.write(`metrics: ${await server!.listen('--prometheus', prometheus)}metrics\n`);
      folder = new WatchedFolder(run.folder, feed, server, run.folderOptions);
    } catch (cause) {
      // What listens already would keep the process from ending.
      await server?.end(null);
      throw cause;
    }
    const exporter = otlp === null ? null : new OtlpExporter(io, feed, otlp);
    const view = screen && steering !== null ? new LiveView(io, feed, steering) : null;
    return new Watch({ folder, feed, server, screen: view, exporter, steering });
  }

  progress(sample: ProgressSample): void {
    if (this.#server === null) this.#feed.progress(sample);
    else this.#server.progress(sample);
    this.#screen?.draw();
    this.#exporter?.progress();
  }

  /** The pages become the report; ports and terminal are free again afterwards. */
  async end(): Promise<void> {
    this.#screen?.end();
    this.#feed.finished = true;
    await this.#exporter?.end();
    await this.#server?.end(this.folder.report);
  }
}
