#!/usr/bin/env node
import { pathToFileURL } from 'node:url';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/errors.js';
import { type FaultKind, RuntimeFault } from '../runtime/faults.js';
import { type CliContext, type CliIo, EXIT, type ExitCode, UserError, worstExitCode } from './io.js';
import { refusalOf } from './refusals.js';
import { VERSION } from './version.js';

const DESCRIPTION =
  'Load generator, billing responder and application-level downtime probe for SS7 over SIGTRAN (M3UA over SCTP).';

const FOOTER = `
Exit codes: 0 ok, 1 our fault, 2 bad usage or profile, 3 a threshold failed, 4 target unreachable or lost,
5 invalid run, 130 interrupted (results are written all the same).

Start here:
  busyhour demo                                      a pause and a failover, measured end to end on this machine
  busyhour respond --listen 127.0.0.1:2905/9899      a billing responder
  busyhour run --target 127.0.0.1:2905/9899 --rate 1500 --duration 30s
  busyhour doctor                                    what this host can do`;

type Register = (program: Command, context: CliContext) => void;

/** In the order in which `--help` lists them. Only the command that is called is loaded, so that it starts at once. */
const COMMANDS: readonly {
  readonly name: string;
  readonly load: () => Promise<{ readonly register: Register }>;
}[] = [
  { name: 'demo', load: () => import('./demo.js') },
  { name: 'run', load: () => import('./run.js') },
  { name: 'resume', load: () => import('./resume.js') },
  { name: 'respond', load: () => import('./respond.js') },
  { name: 'cluster', load: () => import('./cluster.js') },
  { name: 'ledger', load: () => import('./ledger.js') },
  { name: 'campaign', load: () => import('./campaign.js') },
  { name: 'capacity', load: () => import('./capacity.js') },
  { name: 'migrate', load: () => import('./migrate.js') },
  { name: 'report', load: () => import('./report.js') },
  { name: 'doctor', load: () => import('./doctor.js') },
  { name: 'decode', load: () => import('./decode.js') },
  { name: 'compare', load: () => import('./compare.js') },
  { name: 'stats', load: () => import('./stats.js') },
  { name: 'lmdt', load: () => import('./lmdt.js') },
  { name: 'monitor', load: () => import('./monitor.js') },
  { name: 'workload', load: () => import('./workload.js') },
];

/**
 * Runs one command line in-process.
 *
 * @param argv the words after the program's name
 * @returns the exit code; faults of the user are printed as sentences, never as stack traces
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const context: CliContext = { ...io, exitCode: EXIT.ok };
  const program = await createProgram(context, argv[0]);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (cause) {
    return report(cause, io);
  }
}

/** The program with the command named, or with all of them where there is none of that name. */
export async function createProgram(context: CliContext, called?: string): Promise<Command> {
  const program = new Command('busyhour')
    .description(DESCRIPTION)
    .version(VERSION)
    .addHelpText('after', FOOTER)
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showSuggestionAfterError(true)
    .exitOverride();
  const wanted = COMMANDS.filter(({ name }) => name === called);
  for (const { load } of wanted.length > 0 ? wanted : COMMANDS) (await load()).register(program, context);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

const FAULT_EXIT: Readonly<Record<FaultKind, ExitCode>> = {
  unreachable: EXIT.targetLost,
  system: EXIT.ourFault,
  usage: EXIT.usage,
  interrupted: EXIT.interrupted,
};

function report(cause: unknown, io: CliIo): ExitCode {
  // Commander has printed its message already; help and version end with code 0, everything else is bad usage.
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (cause instanceof ConfigError) {
    io.stderr.write(`${cause.message}\n`);
    return EXIT.usage;
  }
  if (cause instanceof UserError) {
    io.stderr.write(`busyhour: ${cause.message}\n`);
    return cause.exitCode;
  }
  if (cause instanceof RuntimeFault) {
    io.stderr.write(`busyhour: ${cause.message}\n`);
    return FAULT_EXIT[cause.kind];
  }
  const refusal = refusalOf(cause);
  if (refusal !== null) {
    const { path, syscall } = cause as NodeJS.ErrnoException;
    io.stderr.write(`busyhour: ${path ?? syscall ?? 'this host'}: ${refusal}\n`);
    return EXIT.ourFault;
  }
  const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  io.stderr.write(`busyhour: a fault of ours, please report it with the lines below\n${detail}\n`);
  return EXIT.ourFault;
}

async function main(): Promise<void> {
  // `npm run` changes the folder; paths on the command line count from where the user stood.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  let outputLost = false;
  const io: CliIo = { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd };
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      // The reader of a pipe went away: nobody is left to tell.
      if (cause.code === 'EPIPE' || outputLost) return;
      if (stream === process.stderr) process.exit(EXIT.ourFault);
      process.stderr.write(`busyhour: the output cannot be written: ${refusalOf(cause) ?? cause.message}\n`);
      process.exitCode = EXIT.ourFault;
      outputLost = true;
    });
  }
  const code = await runCli(process.argv.slice(2), io);
  process.exitCode = outputLost ? worstExitCode([code, EXIT.ourFault]) : code;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
