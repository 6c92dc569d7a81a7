import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MigrationDriver, MigrationOutcome, MigrationRequest } from '../../src/migration/driver.js';
import type { LabCase } from './case.js';
import { type GuestSettings, Qemu } from './qemu.js';

/** The guest boots in about 6 s alone on a host; the emulated CPU is slow beside other work. */
const BOOT_MS_MAX = 240_000;
const PORT_FIRST = 4_444;
/** A migration that takes longer is cancelled. */
export const MIGRATION_TIMEOUT_MS = 60_000;

/** QEMU's own default (128 MiB/s): more takes the CPU that the emulated guest needs. */
const MIGRATION_BYTES_PER_SECOND = 128 << 20;

/** What the guest's kernel command line says for a case. */
export function guestSettings(one: LabCase): GuestSettings {
  return {
    carriers: one.engine,
    rto: one.rto,
    ...(one.memory === null ? {} : { memory: one.memory, memoryRate: one.memoryRate }),
  };
}

/** What the guest prints when it is ready: the responder listens, and the memory workload has filled its pages. */
export const READY_TEXTS = ['"event":"listening"', '"event":"started"'] as const;

/**
 * Two QEMU processes, of which one has the guest and the other waits for it. After a migration the old source ends and a new
 * process waits in its place, so that the guest can go back.
 */
export class QemuPair {
  private readonly images: string;
  private readonly one: LabCase;
  private readonly scratch = mkdtempSync(join(tmpdir(), 'busyhour-lab-'));
  private here: Qemu | null = null;
  private there: Qemu | null = null;
  private generation = 0;
  private place: 0 | 1 = 0;

  constructor(images: string, one: LabCase) {
    this.images = images;
    this.one = one;
  }

  /** Boots the guest and waits until what runs in it is ready. */
  async boot(): Promise<void> {
    this.here = this.start(this.place, null);
    await this.here.untilThere();
    await this.here.untilPrinted(READY_TEXTS[0], 1, BOOT_MS_MAX);
    if (this.one.memory !== null) await this.here.untilPrinted(READY_TEXTS[1], 1, BOOT_MS_MAX);
  }

  /** QEMU's driver hears STOP and RESUME itself. */
  watched(driver: MigrationDriver): MigrationDriver {
    return driver;
  }

  /** Readies the place to which the guest goes next. */
  async before(): Promise<void> {
    this.generation += 1;
    this.there = this.start(this.place === 0 ? 1 : 0, this.uri);
    await this.there.untilThere();
  }

  requestOf(index: number): MigrationRequest {
    return {
      vm: this.here!.qmp,
      destination: this.uri,
      mode: 'live',
      timeoutMs: MIGRATION_TIMEOUT_MS,
      index,
      direction: index % 2 === 1 ? 'forth' : 'back',
      options: {
        destinationQmp: this.there!.qmp,
        downtimeLimitMs: String(this.one.downtimeLimitMs),
        maxBandwidthBytes: String(MIGRATION_BYTES_PER_SECOND),
      },
    };
  }

  /** The guest is where it went, or still where it was: the other process ends. */
  async after(outcome: MigrationOutcome | null): Promise<void> {
    if (outcome?.result === 'completed') {
      await this.here?.quit();
      this.here = this.there;
      this.place = this.place === 0 ? 1 : 0;
    } else {
      await this.there?.quit();
    }
    this.there = null;
  }

  async end(): Promise<void> {
    await Promise.all([this.here?.quit(), this.there?.quit()]);
    rmSync(this.scratch, { recursive: true, force: true });
  }

  private get uri(): string {
    return `tcp:127.0.0.1:${PORT_FIRST + (this.generation % 1_000)}`;
  }

  private start(place: 0 | 1, incoming: string | null): Qemu {
    const files = { images: this.images, scratch: this.scratch };
    return new Qemu(files, place, this.generation, guestSettings(this.one), incoming);
  }
}
