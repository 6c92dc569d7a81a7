import type { CommandSpec } from '../command-driver.js';
import { fillPlaces } from '../command-line.js';
import { MigrationFault, type MigrationRequest } from '../driver.js';

/** Values of the places in a command line of the user's. */
function places(request: MigrationRequest): Readonly<Record<string, string>> {
  const { vm, destination, mode, index, direction } = request;
  return { vm, destination, mode, index: String(index), direction };
}

function line(request: MigrationRequest, option: 'run' | 'check' | 'abort'): string | null {
  const template = request.options[option];
  if (template === undefined) return null;
  const filled = fillPlaces(template, places(request));
  if (filled.unknown.length === 0) return filled.line;
  const known = Object.keys(places(request)).map((name) => `{${name}}`);
  throw new MigrationFault(
    `driver command: option ${option}: no value for {${filled.unknown[0]}}; there are ${known.join(', ')}`,
  );
}

/** Any command line: its start and end are the stamps. */
export const COMMAND: CommandSpec = {
  description: {
    name: 'command',
    what: 'any command line, run here or over ssh',
    vm: 'what {vm} stands for',
    destination: 'what {destination} stands for',
    options: [
      {
        name: 'run',
        required: true,
        what: 'shell line that migrates; places {vm} {destination} {mode} {index} {direction}',
      },
      { name: 'check', required: false, what: 'shell line that succeeds when all is ready' },
      {
        name: 'abort',
        required: false,
        what: 'shell line that ends a migration; default: the command is ended',
      },
    ],
    modes: ['live', 'cold'],
    proved: 'real',
    proof: 'command lines of this host',
  },
  check: (request) => {
    const check = line(request, 'check');
    return check === null ? null : ['sh', '-c', check];
  },
  migrate: (request) => [['sh', '-c', line(request, 'run') ?? '']],
  readLine: () => null,
  cancel: (request) => {
    const abort = line(request, 'abort');
    return abort === null ? null : ['sh', '-c', abort];
  },
};
