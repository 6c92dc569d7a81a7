import type { CommandSpec } from '../command-driver.js';
import { firstNumber } from '../figures.js';

/** OpenStack by its command line; address and account come from its own environment. */
export const OPENSTACK: CommandSpec = {
  description: {
    name: 'openstack',
    what: 'openstack server migrate --live-migration --wait',
    vm: 'name or id of the server',
    destination: 'compute host',
    options: [{ name: 'blockMigration', required: false, what: 'yes: without shared storage' }],
    modes: ['live', 'cold'],
    proved: 'recorded',
    proof: "openstack server migrate --wait by the client's documentation",
  },
  check: ({ vm }) => ['openstack', 'server', 'show', vm, '-f', 'value', '-c', 'status'],
  migrate: ({ vm, destination, mode, options }) => {
    const block = options.blockMigration === 'yes' ? ['--block-migration'] : [];
    if (mode === 'live') {
      return [
        ['openstack', 'server', 'migrate', '--live-migration', '--host', destination, ...block, '--wait', vm],
      ];
    }
    return [
      ['openstack', 'server', 'migrate', '--host', destination, '--wait', vm],
      ['openstack', 'server', 'migration', 'confirm', vm],
    ];
  },
  readLine: (line) => {
    const percent = firstNumber(line, /^Progress: (\d+)/);
    return percent === null ? null : { percent };
  },
  failureIn: (output) => /^Error migrating server.*$/m.exec(output)?.[0] ?? null,
  cancel: ({ vm }) => [
    'sh',
    '-c',
    'id=$(openstack server migration list --server "$1" --status running -f value -c Id | head -n 1) && openstack server migration abort "$1" "$id"',
    'sh',
    vm,
  ],
};
