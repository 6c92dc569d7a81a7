import type { CommandSpec } from '../command-driver.js';
import type { CommandLine } from '../command-line.js';
import type { MigrationRequest } from '../driver.js';
import { firstNumber } from '../figures.js';

const images = (request: MigrationRequest): string => request.options.images ?? '';

const flags = (request: MigrationRequest): string[] => [
  '--images-dir',
  images(request),
  '--shell-job',
  '--tcp-established',
  '--ext-unix-sk',
];

/** Dump and restore of a process tree on one host, or through a folder that two hosts share. */
export const CRIU: CommandSpec = {
  description: {
    name: 'criu',
    what: 'criu dump and criu restore of a process tree',
    vm: 'process id of the root of the tree',
    destination: null,
    options: [
      { name: 'images', required: true, what: 'folder for the images; empty, and on both sides the same' },
      {
        name: 'restoreHost',
        required: false,
        what: 'host to restore on, over ssh; default: where it was dumped',
      },
    ],
    modes: ['live'],
    proved: 'recorded',
    proof: "criu --display-stats by CRIU's documentation; the kernels tried here could not dump",
  },
  check: () => ['criu', 'check'],
  migrate: (request) => {
    const restore: CommandLine = ['criu', 'restore', ...flags(request), '--restore-detached'];
    const { restoreHost } = request.options;
    const dump: CommandLine = ['criu', 'dump', '--tree', request.vm, ...flags(request), '--display-stats'];
    return [
      dump,
      restoreHost === undefined ? restore : ['ssh', '-o', 'BatchMode=yes', restoreHost, restore.join(' ')],
    ];
  },
  readLine: (line) => {
    const frozenUs = firstNumber(line, /^Frozen time:\s*(\d+) us/);
    const pages = firstNumber(line, /^Memory pages written:\s*(\d+)/);
    if (pages !== null) return { hypervisor: { transferredBytes: pages * 4096 } };
    // Frozen for the dump; until the restored tree runs more time passes, which criu does not know of.
    return frozenUs === null ? null : { hypervisor: { downtimeMs: frozenUs / 1000 } };
  },
  cancel: null,
};
