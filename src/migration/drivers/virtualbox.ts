import type { CommandSpec } from '../command-driver.js';
import { firstNumber } from '../figures.js';

/** VirtualBox teleporting; the destination VM must wait for it. */
export const VIRTUALBOX: CommandSpec = {
  description: {
    name: 'virtualbox',
    what: 'VBoxManage controlvm teleport',
    vm: 'name or uuid of the VM',
    destination: 'host on which the same VM waits as teleporter target',
    options: [
      { name: 'port', required: true, what: 'port of the waiting VM (modifyvm --teleporterport)' },
      {
        name: 'maxDowntimeMs',
        required: false,
        what: 'estimated time left at which copying ends (default 250 ms)',
      },
    ],
    modes: ['live'],
    proved: 'recorded',
    proof: "VBoxManage's progress display, as many public logs show it",
  },
  check: ({ vm }) => ['VBoxManage', 'showvminfo', vm, '--machinereadable'],
  migrate: ({ vm, destination, options }) => [
    [
      ...([
        'VBoxManage',
        'controlvm',
        vm,
        'teleport',
        '--host',
        destination,
        '--port',
        options.port ?? '',
      ] as const),
      ...(options.maxDowntimeMs === undefined ? [] : ['--maxdowntime', options.maxDowntimeMs]),
    ],
  ],
  readLine: (line) => {
    // 0%...10%...20%...: the last number counts.
    const percent = firstNumber(line, /(\d{1,3})%(?!.*\d%)/);
    return percent === null || percent > 100 ? null : { percent };
  },
  cancel: null,
};
