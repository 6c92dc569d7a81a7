import { randomFillSync } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Pacer } from './pacer.js';
import { RateMeter } from './rates.js';
import { BYTES_PER_MB, type RunningWorkload, type WorkloadSink } from './workload.js';

export interface DiskOptions {
  readonly file: string;
  /** Length of the file; work begins again from its start when it is reached. */
  readonly sizeBytes: number;
  /** Null: as fast as the disk allows. */
  readonly bytesPerSecond: number | null;
  /** Bytes of one read or write. */
  readonly blockBytes: number;
  /** Writes are made durable after so many bytes; null: the system decides. */
  readonly syncEveryBytes: number | null;
}

/** Pauses of a paced disk, ms. */
const TICK_MS = 10;
const BACKLOG_MS = 500;

const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the quota is used up',
  EACCES: 'not permitted',
  ENOENT: 'no such file or folder',
  EROFS: 'the file system is read-only',
  EISDIR: 'is a folder',
};

function faultOf(file: string, cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return `${file}: ${FAULTS[code ?? ''] ?? message}`;
}

/** What one kind of disk work does with an open file. */
interface DiskWork {
  readonly open: () => Promise<FileHandle>;
  readonly step: (handle: FileHandle, position: number, length: number) => Promise<void>;
  readonly close: (handle: FileHandle) => Promise<void>;
}

/** A work going round a file, block after block. */
class DiskLoop {
  bytes = 0;
  rounds = 0;
  private stopping = false;
  private position = 0;
  private readonly options: DiskOptions;
  private readonly work: DiskWork;
  private readonly pacer: Pacer | null;

  constructor(options: DiskOptions, work: DiskWork) {
    this.options = options;
    this.work = work;
    const { bytesPerSecond } = options;
    this.pacer = bytesPerSecond === null ? null : new Pacer(bytesPerSecond, performance.now(), BACKLOG_MS);
  }

  stop(): void {
    this.stopping = true;
  }

  async run(opened: () => void): Promise<void> {
    const handle = await this.work.open();
    opened();
    try {
      while (!this.stopping) await this.turn(handle);
    } finally {
      await this.work.close(handle);
    }
  }

  /** What is due now, or a pause when nothing is. */
  private async turn(handle: FileHandle): Promise<void> {
    const { blockBytes } = this.options;
    const amount = this.pacer === null ? blockBytes : this.pacer.take(performance.now(), blockBytes).amount;
    if (amount === 0) await pause(TICK_MS);
    for (let left = amount; left > 0 && !this.stopping; left -= blockBytes) await this.block(handle);
  }

  private async block(handle: FileHandle): Promise<void> {
    const { blockBytes, sizeBytes } = this.options;
    const length = Math.min(blockBytes, sizeBytes - this.position);
    await this.work.step(handle, this.position, length);
    this.bytes += length;
    this.position += length;
    if (this.position < sizeBytes) return;
    this.position = 0;
    this.rounds++;
  }
}

/** Runs a work block after block round a file, paced if a rate was asked for. */
function startDisk(
  options: DiskOptions,
  name: 'written' | 'read',
  work: DiskWork,
  sink: WorkloadSink,
): RunningWorkload {
  const loop = new DiskLoop(options, work);
  const meter = new RateMeter(() => loop.bytes, performance.now());
  let isOpen: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    isOpen = resolve;
  });
  const running = loop.run(isOpen).catch((cause: unknown) => sink.fault(faultOf(options.file, cause)));
  const rate = `${name}MbPerSecond`;
  const { bytesPerSecond, sizeBytes, blockBytes } = options;
  return {
    ready: opened,
    asked: {
      sizeMb: sizeBytes / BYTES_PER_MB,
      blockBytes,
      ...(bytesPerSecond === null ? {} : { [rate]: bytesPerSecond / BYTES_PER_MB }),
    },
    progress: () => ({ [rate]: meter.sinceLast(performance.now()) / BYTES_PER_MB }),
    totals: () => ({
      [rate]: meter.overall(performance.now()) / BYTES_PER_MB,
      [`${name}Mb`]: loop.bytes / BYTES_PER_MB,
      rounds: loop.rounds,
    }),
    stop: async () => {
      loop.stop();
      await running;
    },
  };
}

async function writeBlock(
  handle: FileHandle,
  block: Uint8Array,
  position: number,
  length: number,
): Promise<void> {
  for (let done = 0; done < length; ) {
    const { bytesWritten } = await handle.write(block, done, length - done, position + done);
    done += bytesWritten;
  }
}

/** Writes a new file from start to end, again and again; the file is removed at the end. An existing file is refused. */
export function startDiskWrite(options: DiskOptions, sink: WorkloadSink): RunningWorkload {
  const block = new Uint8Array(options.blockBytes);
  randomFillSync(block);
  let sinceSync = 0;
  return startDisk(
    options,
    'written',
    {
      // Never over a file that somebody else made.
      open: () => open(options.file, 'wx'),
      step: async (handle, position, length) => {
        // Each block differs, so that nothing below can store it once.
        new DataView(block.buffer).setFloat64(0, position + performance.now());
        await writeBlock(handle, block, position, length);
        sinceSync += length;
        if (options.syncEveryBytes !== null && sinceSync >= options.syncEveryBytes) {
          sinceSync = 0;
          await handle.datasync();
        }
      },
      close: async (handle) => {
        await handle.close();
        await rm(options.file, { force: true });
      },
    },
    sink,
  );
}

/**
 * Reads a file from start to end, again and again. A file that does not exist is written first and removed at the end. What the system still
 * holds in memory is not read from the disk: make the file larger than that.
 */
export function startDiskRead(options: DiskOptions, sink: WorkloadSink): RunningWorkload {
  const block = new Uint8Array(options.blockBytes);
  let ours = false;
  const create = async (): Promise<FileHandle> => {
    const handle = await open(options.file, 'wx+');
    ours = true;
    const filler = new Uint8Array(Math.max(4096, options.blockBytes));
    try {
      for (let at = 0; at < options.sizeBytes; at += filler.length) {
        randomFillSync(filler);
        await writeBlock(handle, filler, at, Math.min(filler.length, options.sizeBytes - at));
      }
      await handle.datasync();
      return handle;
    } catch (cause) {
      await handle.close();
      await rm(options.file, { force: true });
      throw cause;
    }
  };
  return startDisk(
    options,
    'read',
    {
      open: () =>
        open(options.file, 'r').catch((cause: NodeJS.ErrnoException) => {
          if (cause.code === 'ENOENT') return create();
          throw cause;
        }),
      step: async (handle, position, length) => {
        const { bytesRead } = await handle.read(block, 0, length, position);
        if (bytesRead < length)
          throw new Error(
            `ends at ${position + bytesRead} of ${options.sizeBytes} bytes: make --size fit the file`,
          );
      },
      close: async (handle) => {
        await handle.close();
        if (ours) await rm(options.file, { force: true });
      },
    },
    sink,
  );
}
