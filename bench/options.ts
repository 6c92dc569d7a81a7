/** The command line of a measuring program as a table: its values, its `--help`, and one line with exit code 2 for what does not fit. */
import { basename, relative } from 'node:path';
import { type Argument, Command, Option } from 'commander';
import { ValueError } from '../src/config/errors.js';
import { parseDurationNs, parseRatePerSecond } from '../src/config/quantities.js';

/** What an option takes. */
interface Kind<T> {
  /** In `--help`, and after "expected". */
  readonly name: string;
  readonly what: string;
  /** @throws ValueError */
  readonly read: (text: string) => T;
}

/** One option; a flag when it takes nothing. Without a default, which is written as a user would, its value is undefined unless given. */
interface ProgramOption {
  readonly about: string;
  readonly takes?: Kind<unknown>;
  readonly default?: string;
}

/** By name, without the dashes. */
type ProgramOptions = Readonly<Record<string, ProgramOption>>;

interface Program<T extends ProgramOptions> {
  readonly about: string;
  readonly options: T;
  /** Words that are no options; none when left out. */
  readonly words?: Argument;
  /** What exit codes mean, besides those of all programs or instead of them. */
  readonly exits?: Readonly<Record<number, string>>;
}

type ValueOf<O> = O extends { readonly takes: Kind<infer T> }
  ? O extends { readonly default: string }
    ? T
    : T | undefined
  : boolean;

/** What was said, or stands for what was not. */
type Values<T> = { readonly [Name in keyof T]: ValueOf<T[Name]> } & { readonly words: readonly string[] };

/** Of a process, what reads a command line and answers it; tests bring their own. */
type ProgramIo = Pick<NodeJS.Process, 'argv' | 'exit'> &
  Readonly<Record<'stdout' | 'stderr', { write(text: string): unknown }>>;

const EXITS = { 0: 'measured', 1: 'it could not be measured', 2: 'bad usage' };

/** A kind of one's own: `parse` returns null, or throws a ValueError, for what does not fit. */
export function kind<T>(name: string, what: string, parse: (text: string) => T | null): Kind<T> {
  const read = (given: string): T => {
    const value = given.trim() === '' ? null : parse(given);
    if (value !== null) return value;
    throw new ValueError(`expected ${what}, got ${given.trim() === '' ? 'nothing' : `'${given}'`}`);
  };
  return { name, what, read };
}

export function text(name: string): Kind<string> {
  return kind(name, name, (given) => given);
}

/** A number from `min` to `max`. */
export function number(min: number, max?: number): Kind<number> {
  return numeric('a number', Number.isFinite, min, max);
}

/** A whole number from `min` to `max`. */
export function whole(min = 1, max?: number): Kind<number> {
  return numeric('a whole number', Number.isSafeInteger, min, max);
}

function numeric(what: string, is: (value: number) => boolean, min: number, max = Infinity): Kind<number> {
  return kind('N', `${what} from ${min}${max === Infinity ? '' : ` to ${max}`}`, (given) => {
    const value = Number(given);
    return is(value) && value >= min && value <= max ? value : null;
  });
}

/** Requests a second. */
export function rate(): Kind<number> {
  return kind('RATE', 'requests a second such as 1500', parseRatePerSecond);
}

/** A time with its unit; the value is ms. */
export function duration(minMs = 1): Kind<number> {
  return kind('TIME', `a time such as 400ms or 10s, at least ${minMs}ms`, (given) => {
    const ms = parseDurationNs(given) / 1e6;
    return ms >= minMs ? ms : null;
  });
}

export function choice<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  return kind(words.join('|'), words.join(' or '), (given) => words.find((word) => word === given) ?? null);
}

/** Several, with commas between them. */
export function list<T>(of: Kind<T>): Kind<readonly T[]> {
  return { name: `${of.name},...`, what: of.what, read: (given) => given.split(',').map(of.read) };
}

/** Reads the command line. Ends the program after `--help`, with code 0, and on bad usage, with code 2. */
export function readOptions<const T extends ProgramOptions>(
  program: Program<T>,
  io: ProgramIo = process,
): Values<T> {
  const script = io.argv[1] ?? '';
  const called = basename(script.replace(/\/main\.js$/, ''), '.js');
  const exits = Object.entries({ ...EXITS, ...program.exits }).map(
    ([code, means]) => `\n  ${code.padEnd(4)} ${means}`,
  );
  const oneLine = (fault: string): string => fault.replace(/^error: |\n$/g, '').replaceAll('\n', ' ');
  const command = new Command(`node ${relative('', script)}`)
    .description(program.about)
    .helpOption('-h, --help', 'say this')
    .addHelpText('after', `\nExit codes:${exits.join('')}`)
    .configureHelp({
      optionTerm: ({ flags }) => flags.replace(/\[(.*)\]/, '$1'),
      optionDescription: ({ description }) => description,
    })
    .configureOutput({
      writeOut: (help) => io.stdout.write(help),
      outputError: (fault) => io.stderr.write(`${called}: ${oneLine(fault)}\n`),
    })
    .exitOverride(({ exitCode }) => io.exit(exitCode === 0 ? 0 : 2));
  if (program.words !== undefined) command.addArgument(program.words);
  const options = Object.entries(program.options).map(([flag, option]) => optionOf(command, flag, option));
  for (const option of options) command.addOption(option);
  command.parse(io.argv);
  const values = options.map((each) => [each.name(), command.getOptionValue(each.attributeName())]);
  return { ...Object.fromEntries(values), words: command.args };
}

/** Its value is optional to commander, which then takes no option for a value: what is missing is said in the words of the kind. */
function optionOf(command: Command, flag: string, { about, takes, default: usual }: ProgramOption): Option {
  if (takes === undefined) return new Option(`--${flag}`, about).default(false);
  const described = usual === undefined ? about : `${about} (default: ${usual})`;
  const option = new Option(`--${flag} [${takes.name}]`, described).preset('').argParser((given: string) => {
    try {
      return takes.read(given);
    } catch (cause) {
      if (!(cause instanceof ValueError)) throw cause;
      return command.error(`--${flag}: ${cause.message}`);
    }
  });
  return usual === undefined ? option : option.default(takes.read(usual));
}
