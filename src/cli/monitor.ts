import { type Command, InvalidArgumentError } from 'commander';
import { ValueError } from '../config/errors.js';
import { parseDurationNs } from '../config/quantities.js';
import { type CounterPlace, parseCounterPlace } from '../telemetry/counters.js';
import { startLocalSampler } from '../telemetry/local-sampler.js';
import { startRemoteProcSampler } from '../telemetry/remote-proc-sampler.js';
import type { HostFigures, LineParser } from '../telemetry/sample.js';
import type { Sampler, TelemetryEvent, TelemetrySink } from '../telemetry/sampler.js';
import { startSnmpSampler } from '../telemetry/snmp-sampler.js';
import { parseHost, type SshHost } from '../telemetry/ssh.js';
import {
  recordedParser,
  STREAM_SOURCES,
  type StreamSource,
  startStreamSampler,
} from '../telemetry/stream-sampler.js';
import { type CliContext, UserError } from './io.js';
import { untilSignal } from './until-signal.js';
import { numberFlag, readUserFile } from './user-file.js';

interface Options {
  readonly host: readonly string[];
  readonly interval: string;
  readonly source: string;
  readonly cores?: string;
  readonly duration?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** Columns of the table for people, each with its width. */
const COLUMNS: ReadonlyArray<
  readonly [title: string, width: number, pick: (figures: HostFigures) => number | null]
> = [
  ['CPU %', 8, (figures) => figures.cpuPercent],
  ['mem %', 8, (figures) => figures.memoryUsedPercent],
  ['write KB/s', 12, (figures) => figures.diskWriteKbPerSecond],
  ['read KB/s', 12, (figures) => figures.diskReadKbPerSecond],
  ['net in B/s', 14, (figures) => figures.networkReceivedBytesPerSecond],
  ['net out B/s', 14, (figures) => figures.networkSentBytesPerSecond],
];

/** Rate figures need no decimals, shares do. */
function cell(value: number | null, width: number): string {
  const text = value === null ? '-' : value.toFixed(width <= 8 ? 2 : 0);
  return text.padStart(width);
}

function figuresLine(figures: HostFigures): string {
  return COLUMNS.map(([, width, pick]) => cell(pick(figures), width)).join('');
}

/** Prints events as they come: lines of JSON, or a table with a sentence for each loss on stderr. */
function printer(context: CliContext, json: boolean): TelemetrySink {
  let headed = false;
  return (event: TelemetryEvent) => {
    if (json) {
      context.stdout.write(`${JSON.stringify(event)}\n`);
      if (event.kind === 'sample') return;
    }
    if (event.kind === 'lost') {
      const retry = event.retrying ? '; trying again' : '';
      context.stderr.write(`${event.host} (${event.source}) lost: ${event.reason}${retry}\n`);
      return;
    }
    if (!headed) {
      const titles = COLUMNS.map(([title, width]) => title.padStart(width)).join('');
      context.stdout.write(
        `${'time (this host, UTC)'.padEnd(26)}${'host'.padEnd(26)}${'source'.padEnd(9)}${titles}\n`,
      );
      headed = true;
    }
    context.stdout.write(
      `${event.at.padEnd(26)}${event.host.padEnd(26)}${event.source.padEnd(9)}${figuresLine(event.figures)}\n`,
    );
  };
}

/** A value of the command line by a parser of src/config. */
function parsed<T>(flag: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (cause) {
    if (cause instanceof ValueError) throw new UserError(`${flag}: ${cause.message}`);
    throw cause;
  }
}

function streamSource(text: string): StreamSource | null {
  if (text === 'proc') return null;
  const found = STREAM_SOURCES.find((source) => source === text);
  if (found === undefined)
    throw new UserError(`--source: expected proc, ${STREAM_SOURCES.join(', ')}; got '${text}'`);
  return found;
}

/** Reads a file that a tool left earlier. */
function printRecorded(context: CliContext, options: Options, parser: LineParser): void {
  const readings = readUserFile(context, options.from!)
    .split(/\r?\n/)
    .flatMap((line) => [...parser.push(line)])
    .concat(parser.flush());
  for (const { stamp, figures } of readings) {
    const line =
      options.json === true
        ? JSON.stringify({ stamp, figures })
        : `${(stamp ?? '-').padEnd(26)}${figuresLine(figures)}`;
    context.stdout.write(`${line}\n`);
  }
  if (parser.unknownLines() > 0) context.stderr.write(`${parser.unknownLines()} lines were not understood\n`);
  if (readings.length === 0) throw new UserError(`${options.from}: no samples of ${options.source} found`);
}

/** What `--host` names: a host, or an interface of a switch. */
type Place = SshHost | null | (CounterPlace & { readonly kind: 'snmp' });

function parsePlace(text: string): Place {
  if (!text.startsWith('snmp://')) return parseHost(text);
  const place = parseCounterPlace(text);
  if (place.kind === 'snmp') return place;
  throw new ValueError(`expected snmp://[COMMUNITY@]HOST[:PORT]/INTERFACE, got '${text}'`);
}

function startSampler(
  host: Place,
  intervalMs: number,
  options: Options,
  sink: TelemetrySink,
  context: CliContext,
): Sampler {
  if (host !== null && 'agent' in host)
    return startSnmpSampler({ ...host, intervalMs, env: context.env, sink });
  const source = streamSource(options.source);
  if (source === null) {
    if (host === null) return startLocalSampler(intervalMs, sink);
    return startRemoteProcSampler({ host, intervalMs, env: context.env, sink });
  }
  if (intervalMs % 1000 !== 0) throw new UserError(`--interval: ${source} samples in whole seconds`);
  const cores =
    options.cores === undefined ? null : numberFlag('--cores', options.cores, { min: 1, max: 65_536 });
  return startStreamSampler({
    host,
    source,
    intervalSeconds: intervalMs / 1000,
    cores,
    env: context.env,
    sink,
  });
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  if (value.trim() === '')
    throw new InvalidArgumentError('expected local, ssh://USER@HOST or snmp://HOST/INTERFACE');
  return [...previous, value];
}

/** `busyhour monitor`: CPU, memory, disk and network of this host and of remote ones. */
export function register(program: Command, context: CliContext): void {
  program
    .command('monitor')
    .description('sample CPU, memory, disk and network of hosts until stopped')
    .option(
      '--host <host>',
      'local, ssh://USER@HOST[:PORT], or snmp://[COMMUNITY@]SWITCH[:PORT]/INTERFACE; may be repeated (default: local)',
      collect,
      [],
    )
    .option('--interval <time>', 'sampling interval', '10s')
    .option('--source <tool>', `proc, ${STREAM_SOURCES.join(', ')}`, 'proc')
    .option('--cores <n>', 'cores of a Xen host, by which the sum over domains is scaled')
    .option('--duration <time>', 'end by itself after this time')
    .option('--from <file>', 'read what the tool of --source wrote to a file earlier')
    .option('--json', 'one JSON object a line: samples and losses')
    .addHelpText(
      'after',
      '\nCPU % is the sum of %user, %nice, %system, %iowait and %steal, for Xen the sum over domains divided by the cores.\n' +
        'ssh must work without a password (a key or an agent). A host that is lost is reported and tried again; it ends nothing.\n' +
        'SNMP is asked in version 2c, for the 64-bit counters where there are some; the community can stand in BUSYHOUR_SNMP_COMMUNITY instead. In and out are as the\n' +
        'switch sees them, and many agents refresh their counters only every few seconds.\n' +
        'With --json every sample names the clock of its stamp, and for remote hosts its offset and the error of that.',
    )
    .action(async (options: Options) => {
      const intervalMs = parsed('--interval', options.interval, parseDurationNs) / 1e6;
      if (intervalMs < 50) throw new UserError('--interval: at least 50ms');
      if (options.from !== undefined) {
        const source = streamSource(options.source);
        if (source === null) throw new UserError(`--from needs --source ${STREAM_SOURCES.join('|')}`);
        const cores =
          options.cores === undefined ? null : numberFlag('--cores', options.cores, { min: 1, max: 65_536 });
        printRecorded(context, options, recordedParser(source, intervalMs / 1000, cores));
        return;
      }
      const durationMs =
        options.duration === undefined ? null : parsed('--duration', options.duration, parseDurationNs) / 1e6;
      const hosts = (options.host.length === 0 ? ['local'] : options.host).map((host) =>
        parsed('--host', host, parsePlace),
      );
      const sink = printer(context, options.json === true);
      const samplers = hosts.map((host) => startSampler(host, intervalMs, options, sink, context));
      await untilSignal(durationMs);
      await Promise.all(samplers.map((sampler) => sampler.stop()));
    });
}
