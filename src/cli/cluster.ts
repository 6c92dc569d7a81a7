import type { Command } from 'commander';
import { type HostPort, parseHostPort } from '../config/cluster-config.js';
import { ValueError } from '../config/errors.js';
import { parseDurationNs } from '../config/quantities.js';
import { RuntimeFault } from '../runtime/faults.js';
import { askNode, type ControlCommand, type NodeStatus } from '../runtime/ledger/control-client.js';
import { type CliContext, EXIT, UserError } from './io.js';

interface Options {
  readonly interconnect: string;
  readonly json?: true;
  readonly acceptLoss?: true;
  readonly for?: string;
}

/** `busyhour cluster`: looks at the nodes of a cluster, and tells them who serves. */
export function register(program: Command, context: CliContext): void {
  const cluster = program
    .command('cluster')
    .description('show or change who serves in a cluster of responders');
  const add = (name: string, description: string): Command =>
    cluster
      .command(name)
      .description(description)
      .requiredOption('--interconnect <HOST:PORT>', 'interconnect address of a node')
      .option('--json', 'print JSON');
  add('status', 'show role, epoch and lag of both nodes').action((options: Options) =>
    showStatus(options, context),
  );
  add('switchover', 'let the active node hand over to its peer').action((options: Options) =>
    command(options, 'switchover', context),
  );
  add('promote', "let this node serve: the operator's word that the other one is dead")
    .option(
      '--accept-loss',
      'also when this node may lack charges that were answered; is written into the journal',
    )
    .action((options: Options) =>
      command(options, options.acceptLoss === true ? 'promoteAcceptLoss' : 'promote', context),
    );
  add(
    'hold',
    'a warning failure: the peer of this node is about to be silent though it lives; nothing is taken over',
  )
    .option('--for <time>', 'how long at most; 0s lets it take over again', '10m')
    .action((options: Options) => {
      const holdMs = holdOf(options.for ?? '10m');
      return command(options, 'hold', context, holdMs);
    });
}

function holdOf(text: string): number {
  try {
    return parseDurationNs(text) / 1e6;
  } catch (cause) {
    if (cause instanceof ValueError) throw new UserError(`--for: ${cause.message}`);
    throw cause;
  }
}

async function showStatus(options: Options, context: CliContext): Promise<void> {
  const first = await askNode(addressOf(options), 'status');
  const second = await askNode(parseHostPort(first.peer), 'status').catch((cause: unknown) => {
    if (cause instanceof RuntimeFault) return null;
    throw cause;
  });
  const nodes = [first, second].filter((node) => node !== null);
  if (options.json === true) {
    context.stdout.write(
      `${JSON.stringify({ cluster: first.cluster, nodes, missing: second === null ? [first.peer] : [] })}\n`,
    );
    return;
  }
  context.stdout.write(`cluster ${first.cluster}\n${nodes.map(line).join('')}`);
  if (second === null) context.stdout.write(`  ${first.peer}  no answer\n`);
}

function line(node: NodeStatus): string {
  const lag = node.lag === null ? '' : `, peer lacks ${node.lag} of ${node.lastIndex} entries`;
  const state = node.state === node.role ? '' : ` (${node.state})`;
  const held = node.heldForMs > 0 ? `, holds failover for ${(node.heldForMs / 1000).toFixed(0)} s` : '';
  return `  ${node.node}  ${node.role}${state}${held}, epoch ${node.epoch}, ${node.inSync ? 'in sync' : 'not in sync'}${lag}, process ${node.pid}\n`;
}

async function command(
  options: Options,
  what: ControlCommand,
  context: CliContext,
  holdMs = 0,
): Promise<void> {
  const answer = await askNode(addressOf(options), what, holdMs);
  if (options.json === true) context.stdout.write(`${JSON.stringify(answer)}\n`);
  if (answer.ok === false) throw new UserError(answer.reason ?? 'the node refused', EXIT.usage);
  if (options.json !== true) context.stdout.write(line(answer));
}

function addressOf({ interconnect }: Options): HostPort {
  try {
    return parseHostPort(interconnect);
  } catch (cause) {
    if (cause instanceof ValueError) throw new UserError(`--interconnect: ${cause.message}`);
    throw cause;
  }
}
