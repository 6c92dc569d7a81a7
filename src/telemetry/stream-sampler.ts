import { esxtopParser } from './parsers/esxtop.js';
import { iostatParser } from './parsers/iostat.js';
import { sarCpuParser } from './parsers/sar.js';
import { TYPEPERF_COUNTERS, typeperfParser } from './parsers/typeperf.js';
import { xentopParser } from './parsers/xentop.js';
import { type Attempt, startRestarting } from './restarting.js';
import type { LineParser, Reading } from './sample.js';
import { type Sampler, stampNow, type TelemetrySink } from './sampler.js';
import { type SshHost, sshCommand } from './ssh.js';

export const STREAM_SOURCES = ['sar', 'iostat', 'xentop', 'esxtop', 'typeperf'] as const;
/** Tools whose output is read as a stream. */
export type StreamSource = (typeof STREAM_SOURCES)[number];

interface Tool {
  /** Shell line that prints a block every `seconds`. */
  readonly command: (seconds: number) => string;
  readonly parser: (seconds: number, cores: number | null) => LineParser;
}

const TOOLS: Readonly<Record<StreamSource, Tool>> = {
  sar: { command: (seconds) => `LC_ALL=C sar -u ${seconds}`, parser: () => sarCpuParser() },
  iostat: {
    command: (seconds) => `LC_ALL=C iostat -d -k ${seconds}`,
    parser: () => iostatParser({ firstCoversBoot: true }),
  },
  xentop: {
    command: (seconds) => `xentop -b -f -d ${seconds}`,
    parser: (intervalSeconds, cores) => xentopParser({ cores, intervalSeconds }),
  },
  esxtop: { command: (seconds) => `esxtop -b -d ${Math.max(2, seconds)}`, parser: () => esxtopParser() },
  typeperf: {
    command: (seconds) =>
      `typeperf ${TYPEPERF_COUNTERS.map((counter) => `"${counter}"`).join(' ')} -si ${seconds}`,
    parser: () => typeperfParser(),
  },
};

/** A parser for a file that was recorded earlier. @param seconds interval of the recording. @param cores of the host, for xentop. */
export function recordedParser(source: StreamSource, seconds: number, cores: number | null): LineParser {
  return TOOLS[source].parser(seconds, cores);
}

export interface StreamOptions {
  /** Null: this host. */
  readonly host: SshHost | null;
  readonly source: StreamSource;
  /** Whole seconds, as the tools want them. */
  readonly intervalSeconds: number;
  readonly cores: number | null;
  /** Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly sink: TelemetrySink;
  readonly retryMs?: readonly number[];
}

/** A tool that prints a block and then nothing until the next interval: so long after its last line the block is whole. */
const QUIET_MS = 300;

/** Samples a host by a tool's stream, here or over ssh. Stamps are this host's at arrival; what the tool printed stands beside. */
export function startStreamSampler(options: StreamOptions): Sampler {
  const { source, intervalSeconds, sink } = options;
  const tool = TOOLS[source];
  const host = options.host?.name ?? 'local';
  const line = tool.command(intervalSeconds);
  const command: readonly [string, ...string[]] =
    options.host === null ? ['sh', '-c', `exec env ${line}`] : sshCommand(options.host, line);

  const attempt = (): Attempt => {
    const parser = tool.parser(intervalSeconds, options.cores);
    let quiet: NodeJS.Timeout | null = null;
    const emit = (readings: readonly Reading[]): void => {
      for (const { stamp, figures } of readings) {
        sink({
          kind: 'sample',
          host,
          source,
          at: stampNow(),
          sourceStamp: stamp,
          clock: { of: 'this host', offsetMs: 0, offsetErrorMs: 0 },
          intervalSeconds,
          figures,
        });
      }
    };
    const flush = (): void => emit(parser.flush());
    return {
      line: (text) => {
        if (quiet !== null) clearTimeout(quiet);
        emit(parser.push(text));
        quiet = setTimeout(flush, QUIET_MS);
      },
      end: () => {
        if (quiet !== null) clearTimeout(quiet);
        flush();
      },
    };
  };
  return startRestarting({
    host,
    source,
    command,
    env: options.env ?? process.env,
    sink,
    attempt,
    ...(options.retryMs === undefined ? {} : { retryMs: options.retryMs }),
  });
}
