import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { campaignCell, publishedSetup } from '../analysis/campaign/cell.js';
import { cellName, parseScale, planCells, remainingCells } from '../analysis/campaign/plan.js';
import { REFERENCE_NAMES } from '../analysis/papers/catalogue.js';
import {
  type CampaignConfig,
  type CampaignSetupConfig,
  loadCampaignConfig,
} from '../config/campaign-config.js';
import { formatEndpoint } from '../config/endpoint.js';
import type { RunConfig } from '../config/run-config.js';
import type { CampaignCell, CampaignResult, CampaignSetup, CellPlace } from '../measure/campaign-result.js';
import { loadRun } from '../runtime/load-run.js';
import { HostCpu } from './host-cpu.js';
import { type CliIo, UserError } from './io.js';
import { performLevel } from './level-run.js';
import { ProgressView } from './progress-view.js';
import type { SeriesFolder } from './series-folder.js';

export interface CampaignRequest {
  /** Absolute path of the profile. */
  readonly profile: string;
  readonly scaleText: string;
  /** Only these set-ups; empty: all. */
  readonly setups: readonly string[];
  /** Instead of the targets that the profile names. */
  readonly target: string | undefined;
  readonly carrier: string | undefined;
  readonly seed: number;
  readonly interrupt: AbortSignal;
  readonly onCell?: (cell: CampaignCell, done: number, total: number) => void;
}

/** What a campaign writes first into its journal, so that a resumed one cannot mix unlike things. */
interface CampaignHead {
  readonly kind: 'campaign';
  readonly name: string;
  readonly scaleText: string;
  readonly seed: number;
}

/** A run may keep so many intervals open for requests under way. */
const INTERVALS_PER_LIFE_MAX = 100;
const INTERVAL_NS_MIN = 100e6;

/** All that a campaign needs to know before its first run: its profile with the shortened times, and a run configuration for every set-up. */
export class Campaign {
  readonly config: CampaignConfig;
  readonly scale: number;
  readonly #io: CliIo;
  readonly #request: CampaignRequest;
  readonly #setups: readonly CampaignSetupConfig[];

  /** @throws ConfigError, UserError with what is wrong with profile, scale or set-ups */
  constructor(io: CliIo, request: CampaignRequest) {
    this.#io = io;
    this.#request = request;
    this.config = loadCampaignConfig(request.profile);
    this.scale = scaleOf(request.scaleText);
    const unknown = request.setups.find((name) => !this.config.setups.some((setup) => setup.name === name));
    if (unknown !== undefined) {
      const names = this.config.setups.map(({ name }) => name).join(', ');
      throw new UserError(`--setup: no set-up '${unknown}'; the profile has ${names}`);
    }
    const chosen = request.setups;
    this.#setups = this.config.setups.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
    if (this.#scaled(this.config.intervalNs) < INTERVAL_NS_MIN) {
      throw new UserError(
        `--scale ${request.scaleText}: intervals would be shorter than 100 ms; use a larger scale`,
      );
    }
    for (const setup of this.#setups) {
      const { reference } = setup;
      // A paper without statistics tables may be named, for its levels.
      if (reference?.startsWith('bth-2013/') && publishedSetup(reference) === null) {
        throw new UserError(
          `${setup.name}: no reference '${reference}'; there are ${REFERENCE_NAMES.join(', ')}`,
        );
      }
      for (const ratePerSecond of setup.levelsPerSecond)
        this.#runConfig(setup, ratePerSecond, this.config.durationNs);
    }
  }

  /** Measures what the journal does not hold yet. @returns the result so far; cells of an interrupted campaign are missing in it. */
  async measure(folder: SeriesFolder): Promise<CampaignResult> {
    const { interrupt } = this.#request;
    const [head, ...entries] = folder.entries() as [CampaignHead?, ...CampaignCell[]];
    // An invalid run says nothing: a resumed campaign measures it again.
    const recorded = entries.filter(({ valid }) => valid);
    const seed = this.#begin(folder, head);
    const plan = planCells({ ...this.config, setups: this.#setups, seed });
    const cells = [...recorded];
    const notes: string[] = recorded.length > 0 ? [`resumed after ${recorded.length} levels`] : [];
    for (const place of remainingCells(plan, cells)) {
      if (interrupt.aborted) break;
      if (cells.length > recorded.length) await this.#coolDown();
      const cell = await this.#measureCell(place, folder, notes);
      if (cell === null) break;
      cells.push(cell);
      folder.append(cell);
      folder.write('campaign.json', `${JSON.stringify(this.#result(cells, plan, seed, notes), null, 2)}\n`);
      this.#request.onCell?.(cell, cells.length, plan.length);
    }
    const result = this.#result(cells, plan, seed, notes);
    folder.write('campaign.json', `${JSON.stringify(result, null, 2)}\n`);
    return result;
  }

  #begin(folder: SeriesFolder, head: CampaignHead | undefined): number {
    const { name } = this.config;
    const { scaleText, seed } = this.#request;
    if (head === undefined) {
      folder.append({ kind: 'campaign', name, scaleText, seed } satisfies CampaignHead);
      return seed;
    }
    if (head.kind !== 'campaign' || head.name !== name || parseScale(head.scaleText) !== this.scale) {
      throw new UserError(
        `${folder.path} holds campaign '${head.name}' at scale ${head.scaleText}: resume it with the same profile and --scale`,
      );
    }
    return head.seed;
  }

  async #measureCell(place: CellPlace, folder: SeriesFolder, notes: string[]): Promise<CampaignCell | null> {
    const setup = this.#setups.find(({ name }) => name === place.setup)!;
    const result = `runs/${cellName(place)}`;
    const path = join(folder.path, result);
    const warmUpNs = this.#scaled(this.config.warmUpNs);
    if (warmUpNs > 0) {
      const warm = await this.#run(setup, place, {
        durationNs: this.config.warmUpNs,
        path: `${path}.warm-up`,
      });
      rmSync(`${path}.warm-up`, { recursive: true, force: true });
      if (warm.summary.run.interrupted) return null;
    }
    const cpu =
      setup.monitor === null ? null : new HostCpu(setup.monitor, this.#scaled(this.config.intervalNs) / 1e6);
    const run = await this.#run(setup, place, { durationNs: this.config.durationNs, path }).finally(() =>
      cpu?.stop(),
    );
    if (run.summary.run.interrupted) return null;
    if (cpu !== null && cpu.trouble !== null)
      notes.push(`${cellName(place)}: CPU samples are missing: ${cpu.trouble}`);
    const { startedAt, durationSeconds } = run.summary.run;
    const fromMs = Date.parse(startedAt);
    return campaignCell(
      place,
      { ...run, result },
      cpu?.within(fromMs, fromMs + 1000 * durationSeconds) ?? null,
    );
  }

  async #run(setup: CampaignSetupConfig, place: CellPlace, of: { durationNs: number; path: string }) {
    const view = new ProgressView(this.#io);
    const terminal = this.#io.stderr.isTTY === true;
    return performLevel(this.#io, {
      config: this.#runConfig(setup, place.ratePerSecond, of.durationNs),
      runId: `${this.config.name}-${cellName(place).replaceAll('/', '-')}`,
      folder: of.path,
      interrupt: this.#request.interrupt,
      ...(terminal ? { onProgress: (sample) => view.show(sample) } : {}),
    }).finally(() => view.clear());
  }

  #runConfig(setup: CampaignSetupConfig, ratePerSecond: number, durationNs: number): RunConfig {
    const { target, carrier, seed } = this.#request;
    const intervalNs = this.#scaled(this.config.intervalNs);
    const load = (timeout?: string): RunConfig =>
      loadRun({
        file: `${this.#request.profile} (run settings of ${setup.name})`,
        text: setup.runProfile,
        flags: {
          target,
          carrier,
          timeout,
          rate: String(ratePerSecond),
          duration: `${this.#scaled(durationNs)}ns`,
          interval: `${intervalNs}ns`,
        },
        seedDefault: seed,
      });
    const config = load();
    const timeoutNs = INTERVALS_PER_LIFE_MAX * intervalNs;
    // Short intervals cannot be kept open as long as a full campaign's.
    return config.timeoutNs > timeoutNs ? load(`${timeoutNs}ns`) : config;
  }

  #coolDown(): Promise<void> {
    const { interrupt } = this.#request;
    const ms = this.#scaled(this.config.coolDownNs) / 1e6;
    return new Promise((resolve) => {
      if (ms === 0 || interrupt.aborted) return resolve();
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        interrupt.removeEventListener('abort', done);
        resolve();
      }
      interrupt.addEventListener('abort', done);
    });
  }

  #scaled(ns: number): number {
    return Math.round(ns * this.scale);
  }

  #result(
    cells: readonly CampaignCell[],
    plan: readonly CellPlace[],
    seed: number,
    notes: readonly string[],
  ): CampaignResult {
    const { name, durationNs, intervalNs, warmUpNs, coolDownNs, repetitions, order } = this.config;
    const seconds = (ns: number): number => this.#scaled(ns) / 1e9;
    return {
      schema: 'busyhour/campaign/1',
      name,
      scale: this.scale,
      scaleText: this.#request.scaleText,
      durationSeconds: seconds(durationNs),
      intervalSeconds: seconds(intervalNs),
      warmUpSeconds: seconds(warmUpNs),
      coolDownSeconds: seconds(coolDownNs),
      repetitions,
      order,
      seed,
      setups: this.#setups.map((setup): CampaignSetup => {
        const { targets } = this.#runConfig(setup, setup.levelsPerSecond[0]!, durationNs);
        return {
          name: setup.name,
          levelsPerSecond: setup.levelsPerSecond,
          targets: targets.map(formatEndpoint),
          published: setup.reference === null ? null : publishedSetup(setup.reference),
        };
      }),
      cells,
      missing: remainingCells(plan, cells),
      notes,
    };
  }
}

function scaleOf(text: string): number {
  try {
    return parseScale(text);
  } catch (cause) {
    if (cause instanceof RangeError) throw new UserError(`--scale: ${cause.message}`);
    throw cause;
  }
}
