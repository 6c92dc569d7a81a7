import type { CommandSpec } from '../command-driver.js';

/** OpenVZ by `vzmigrate`, Virtuozzo by `prlctl`. */
export const OPENVZ: CommandSpec = {
  description: {
    name: 'openvz',
    what: 'vzmigrate --online, or prlctl migrate',
    vm: 'id of the container',
    destination: 'host',
    options: [{ name: 'tool', required: false, what: 'vzmigrate (default) or prlctl' }],
    modes: ['live', 'cold'],
    proved: 'recorded',
    proof: 'no output to record; words by the vzmigrate and prlctl manuals',
  },
  check: ({ vm, options }) =>
    options.tool === 'prlctl' ? ['prlctl', 'status', vm] : ['vzctl', 'status', vm],
  migrate: ({ vm, destination, mode, options }) => {
    if (options.tool === 'prlctl') {
      if (mode === 'live') return [['prlctl', 'migrate', vm, destination]];
      return [
        ['prlctl', 'stop', vm],
        ['prlctl', 'migrate', vm, destination],
      ];
    }
    return [['vzmigrate', ...(mode === 'live' ? ['--online'] : []), destination, vm]];
  },
  readLine: () => null,
  failureIn: (output) => /^Error: .*$/m.exec(output)?.[0] ?? null,
  cancel: null,
};
