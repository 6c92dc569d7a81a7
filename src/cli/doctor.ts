import type { Command } from 'commander';
import type { HostBench } from '../runtime/host-bench.js';
import { type CliContext, EXIT } from './io.js';

interface DoctorOptions {
  readonly json?: boolean;
  readonly bench?: boolean;
}

/** `busyhour doctor`: what this host can do, and the remedy for what it cannot. */
export function register(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('what this host can do: SCTP engines, sockets, clock, limits; each with its remedy')
    .option('--bench', 'measure in 10 s what the generator can do on this host, over loopback')
    .option('--json', 'print the checks as JSON')
    .addHelpText('after', '\nExit code 1 when a check is bad: runs would fail or could not be trusted.')
    .action(async (options: DoctorOptions) => {
      const { examineHost } = await import('../runtime/doctor.js');
      const checks = examineHost();
      const { stdout } = context;
      if (options.json !== true) {
        for (const { level, name, found, remedy } of checks) {
          stdout.write(`${level.padEnd(5)} ${name.padEnd(24)} ${found}\n`);
          if (remedy !== null) stdout.write(`${' '.repeat(31)}remedy: ${remedy}\n`);
        }
      }
      const bench = options.bench === true ? await runBench() : null;
      if (options.json === true) {
        stdout.write(`${JSON.stringify(bench === null ? { checks } : { checks, bench }, null, 2)}\n`);
      } else if (bench !== null) {
        stdout.write(describeBench(bench));
      }
      if (checks.some((check) => check.level === 'bad')) context.exitCode = EXIT.ourFault;
    });
}

async function runBench(): Promise<HostBench> {
  const { benchHost } = await import('../runtime/host-bench.js');
  const { abortOnSignal } = await import('./signals.js');
  const { signal, release } = abortOnSignal();
  try {
    return await benchHost(signal);
  } finally {
    release();
  }
}

/** The measurement in words; two decimals of a millisecond say all there is to say. */
function describeBench({ pinned, paced, saturated }: HostBench): string {
  const ms = (value: number | null): string => (value === null ? '-' : `${value.toFixed(2)} ms`);
  const place = pinned
    ? 'generator on CPU 0, responder on CPU 1'
    : 'generator and responder share the only CPU: real targets leave more room';
  const { lagMs, latencyMs } = paced;
  const thousands = Math.round(saturated.answeredPerSecond / 1000);
  return [
    '',
    `Measured over loopback, ${place}:`,
    `  at ${paced.ratePerSecond} requests/s   ${paced.valid ? 'valid' : 'INVALID: this host does not keep that schedule'}`,
    `    generator CPU          ${paced.cpuPercent.toFixed(0)} % of a core`,
    `    schedule lag           p50 ${ms(lagMs.p50)}  p99 ${ms(lagMs.p99)}  p99.9 ${ms(lagMs.p999)}  max ${ms(lagMs.max)}`,
    `    latency                p50 ${ms(latencyMs.p50)}  p99 ${ms(latencyMs.p99)}  max ${ms(latencyMs.max)}`,
    `  one worker, saturated    ${thousands} 000 answered requests/s; plan for half of that`,
    '',
  ].join('\n');
}
