import type { CommandSpec } from '../command-driver.js';

/** XenServer and XCP-ng by `xe`. */
export const XENSERVER: CommandSpec = {
  description: {
    name: 'xenserver',
    what: 'xe vm-migrate live=true',
    vm: 'uuid or name label of the VM',
    destination: 'name label or uuid of the host',
    options: [],
    modes: ['live', 'cold'],
    proved: 'recorded',
    proof: 'no output to record: xe vm-migrate prints nothing; its words by the XenServer command reference',
  },
  check: ({ vm }) => [
    'xe',
    'vm-list',
    `${vm.includes('-') && vm.length === 36 ? 'uuid' : 'name-label'}=${vm}`,
  ],
  migrate: ({ vm, destination, mode }) => {
    if (mode === 'live') return [['xe', 'vm-migrate', `vm=${vm}`, `host=${destination}`, 'live=true']];
    return [
      ['xe', 'vm-shutdown', `vm=${vm}`],
      ['xe', 'vm-start', `vm=${vm}`, `on=${destination}`],
    ];
  },
  readLine: () => null,
  cancel: null,
};
