import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { z } from 'zod';
import { EXIT } from '../../src/cli/io.js';
import { createProgram } from '../../src/cli/main.js';
import { jsonSchemaOf } from '../../src/config/known-keys.js';
import { flagName } from '../../src/config/load.js';
import { respondProfileSchema, runProfileSchema } from '../../src/config/profile-schema.js';
import { thresholdMetrics } from '../../src/measure/thresholds.js';
import { INTERVAL_COLUMNS } from '../../src/report/intervals-csv.js';
import { markdownTable } from '../../src/report/markdown.js';
import { metricFamilies } from '../../src/report/metrics.js';
import { OUTAGE_COLUMNS } from '../../src/report/outage-csv.js';
import { sampleFeed } from '../support/sample-feed.js';
import { summarySchema } from '../support/summary-schema.js';

/** The pages of the reference that are made from the code, by their name below `docs/`. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  const program = await wholeProgram();
  return {
    'reference/commands.md': commandsPage(program),
    'reference/profile.md': profilePage(),
    'reference/metrics.md': metricsPage(),
    'reference/result.md': resultPage(),
    'busyhour.1': manPage(program),
  };
}

/** The program with every command, silent. */
export async function wholeProgram(): Promise<Command> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const context = { stdout: nowhere, stderr: nowhere, env: {}, cwd: '/', exitCode: EXIT.ok };
  return createProgram(context);
}

const HEAD = '<!-- Made from the code by `npm run docs`; a test holds it current. -->\n';

function helpOf(command: Command): string {
  let text = '';
  const configured = command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => 110,
  });
  configured.outputHelp();
  return text.trimEnd();
}

function leaves(
  command: Command,
  names: readonly string[] = [],
): (readonly [name: string, command: Command])[] {
  const name = [...names, command.name()];
  return [[name.join(' '), command] as const, ...command.commands.flatMap((each) => leaves(each, name))];
}

function commandsPage(program: Command): string {
  const [, ...commands] = leaves(program);
  const sections = commands.map(([name, command]) => `## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``);
  return `${HEAD}# Commands\n\n\`\`\`text\n${helpOf(program)}\n\`\`\`\n\n${sections.join('\n\n')}\n`;
}

type Json = Readonly<Record<string, unknown>>;

function profilePage(): string {
  return `${HEAD}# Profile keys

A profile is a YAML file; every key is a flag of the command too, and the flag wins. JSON Schemas for editors are in \`profiles/schema/\`.

## \`run\`

${keysTable(runProfileSchema)}

## \`respond\`

${keysTable(respondProfileSchema)}

## Below \`sctp\`

${propertiesTable((jsonSchemaOf(runProfileSchema).properties as Json).sctp as Json)}
`;
}

function keysTable(schema: z.ZodObject): string {
  const properties = jsonSchemaOf(schema).properties as Readonly<Record<string, Json>>;
  const rows = Object.entries(properties).map(([key, property]) => [
    key,
    flagName(key),
    defaultOf(property),
    String(property.description ?? ''),
  ]);
  return markdownTable(['key', 'flag', 'default', 'meaning'], rows);
}

function propertiesTable(node: Json): string {
  const form = [node, ...((node.anyOf ?? node.oneOf ?? []) as Json[])].find(
    (one) => one.properties !== undefined,
  );
  const properties = (form?.properties ?? {}) as Readonly<Record<string, Json>>;
  const rows = Object.entries(properties).map(([key, property]) => [
    key,
    defaultOf(property),
    String(property.description ?? ''),
  ]);
  return markdownTable(['key', 'default', 'meaning'], rows);
}

function defaultOf(property: Json): string {
  const value = property.default;
  if (value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text === '[]' || text === '{}' ? '' : text;
}

function metricsPage(): string {
  const exposed = metricFamilies(sampleFeed()).map(({ name, kind, help, samples }) => [
    name,
    kind,
    [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))].join(', '),
    help,
  ]);
  const bounds = [
    ...new Set(
      metricFamilies(sampleFeed()).flatMap(({ samples }) => samples.flatMap(({ labels }) => labels.le ?? [])),
    ),
  ];
  const tested = thresholdMetrics().map(({ name, unit }) => [name, unit]);
  return `${HEAD}# Metrics

## While a run goes on

\`run --prometheus HOST:PORT\` serves them at \`/metrics\` (text format 0.0.4); \`run --otlp URL\` pushes the same to an OpenTelemetry collector every
5 s (OTLP/HTTP, JSON; counters lose their \`_total\`, temporality is cumulative). Counters and the histogram grow as intervals close, so that they never
go back; gauges are of the moment. \`profiles/grafana/busyhour.json\` is a dashboard over them.

${markdownTable(['metric', 'kind', 'labels', 'meaning'], exposed)}

Buckets of the histogram, upper edges in seconds: ${bounds.join(', ')}.

## In thresholds (\`--fail-if\`)

\`METRIC OP VALUE\`, OP one of \`> >= < <= == !=\`. A value may carry a unit (\`20ms\`, \`1s\`, \`5%\`); without one it is in the metric's own. A metric without
samples fails its threshold.

${markdownTable(['metric', 'unit'], tested)}
`;
}

function resultPage(): string {
  const list = (columns: readonly string[]): string => columns.map((column) => `\`${column}\``).join(', ');
  const rows = pathsOf(z.toJSONSchema(summarySchema) as Json, '');
  return `${HEAD}# Result folder

## \`summary.json\`

JSON Schema: \`profiles/schema/summary.schema.json\`. Times are ms unless a name says otherwise; a figure without samples is null, never 0; a counter is
written when it is 0.

${markdownTable(['path', 'type', 'meaning'], rows)}

## \`intervals.csv\`

A row for each interval and target, and one with target \`all\` whose percentiles come from merged histograms. Requests count in the interval in which they
were due.

${list(INTERVAL_COLUMNS)}

## \`outage-N.csv\`

The raw rows behind a window: every request of the target from 5 s before to 5 s after.

${list(OUTAGE_COLUMNS)}
`;
}

function pathsOf(node: Json, path: string): string[][] {
  const row = (): string[] => [path, typeOf(node), String(node.description ?? '')];
  if (node.type === 'array') {
    const items = node.items as Json;
    return items.properties === undefined ? [row()] : [row(), ...pathsOf(items, `${path}[]`)];
  }
  if (node.properties !== undefined) {
    const inside = Object.entries(node.properties as Readonly<Record<string, Json>>).flatMap(([key, child]) =>
      pathsOf(child, path === '' ? key : `${path}.${key}`),
    );
    return node.description === undefined || path === '' ? inside : [row(), ...inside];
  }
  return [row()];
}

function typeOf(node: Json): string {
  if (Array.isArray(node.anyOf)) return (node.anyOf as Json[]).map(typeOf).join(' or ');
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (Array.isArray(node.enum)) return node.enum.join(', ');
  if (node.type === 'array') return `list of ${typeOf(node.items as Json)}`;
  return String(node.type ?? 'any');
}

/** The manual page in the `man` macros. */
function manPage(program: Command): string {
  const [, ...commands] = leaves(program);
  const sections = commands.map(([name, command]) => {
    const options = command.options.map(
      (option) =>
        `.TP\n.B ${roff(option.flags)}\n${roff(option.description)}${defaultInMan(option.defaultValue)}`,
    );
    const usage = `.B ${roff(name)}\n${roff(command.usage())}`;
    return `.SS ${roff(name.replace(/^busyhour /, ''))}\n${usage}\n.PP\n${roff(sentence(command.description()))}\n${options.join('\n')}`;
  });
  return `.\\" Made from the code by npm run docs; a test holds it current.
.TH BUSYHOUR 1 "" "busyhour" "User Commands"
.SH NAME
busyhour \\- load generator, billing responder and downtime probe for SS7 over SIGTRAN
.SH SYNOPSIS
.B busyhour
.I command
.RI [ options ]
.SH DESCRIPTION
${roff(program.description())}
.SH COMMANDS
${sections.join('\n')}
.SH EXIT STATUS
.TP
.B 0
ok
.TP
.B 1
our fault
.TP
.B 2
bad usage or profile
.TP
.B 3
a threshold failed
.TP
.B 4
target unreachable or lost for good
.TP
.B 5
invalid run
.TP
.B 130
interrupted; results are written all the same
.SH FILES
.TP
.I results/RUN/
what a run leaves behind: summary.json, report.html, intervals.csv, latency.hlog, outage\\-N.csv, events.ndjson
.SH SEE ALSO
docs/ of the distribution: guides, the method of measurement, the reference
`;
}

function defaultInMan(value: unknown): string {
  return value === undefined ? '' : ` (default: ${roff(String(value))})`;
}

function sentence(text: string): string {
  return text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

/** Text that roff prints as it is: one line, no control line, plain hyphens for what is typed. */
function roff(text: string): string {
  const escaped = text
    .replace(/\s+/g, ' ')
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
