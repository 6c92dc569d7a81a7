import type { CommandSpec } from '../command-driver.js';
import { firstNumber } from '../figures.js';

/** VMware vSphere by `govc`; its address and account come from govc's own environment. */
export const VMWARE: CommandSpec = {
  description: {
    name: 'vmware',
    what: 'govc vm.migrate',
    vm: 'name or inventory path of the VM',
    destination: 'inventory path of the host',
    options: [
      { name: 'datastore', required: false, what: 'move the storage as well, to this datastore' },
      { name: 'priority', required: false, what: 'defaultPriority, highPriority or lowPriority' },
    ],
    modes: ['live', 'cold'],
    proved: 'recorded',
    proof: "govc vm.migrate, closing line from a public tutorial, percentages in govc's form",
  },
  check: ({ vm }) => ['govc', 'vm.info', vm],
  migrate: ({ vm, destination, mode, options }) => {
    const where = [
      '-host',
      destination,
      ...(options.datastore === undefined ? [] : ['-ds', options.datastore]),
      ...(options.priority === undefined ? [] : ['-priority', options.priority]),
    ];
    if (mode === 'live') return [['govc', 'vm.migrate', ...where, vm]];
    return [
      ['govc', 'vm.power', '-s', '-wait', vm],
      ['govc', 'vm.migrate', ...where, vm],
      ['govc', 'vm.power', '-on', vm],
    ];
  },
  readLine: (line) => {
    const percent = firstNumber(line, /migrating VirtualMachine:\S+\.\.\. \((\d+)%/);
    return percent === null ? null : { percent };
  },
  // govc vm.info ends with code 0 for a VM that does not exist; vm.migrate prints the task's error behind its name.
  failureIn: (output) => /^govc: .*$/m.exec(output)?.[0] ?? null,
  cancel: null,
};
