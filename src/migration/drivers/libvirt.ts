import type { CommandSpec } from '../command-driver.js';
import type { CommandLine } from '../command-line.js';
import type { MigrationRequest } from '../driver.js';
import { firstNumber, namedValue, readBytes } from '../figures.js';

const connect = (request: MigrationRequest): string[] =>
  request.options.connect === undefined ? [] : ['-c', request.options.connect];

const virsh = (request: MigrationRequest, ...rest: string[]): CommandLine => [
  'virsh',
  ...connect(request),
  ...rest,
];

/** A bare host name becomes the URI of `bth-2013`. */
function destinationUri(destination: string): string {
  return destination.includes('://') ? destination : `qemu+ssh://root@${destination}/system`;
}

const milliseconds = (output: string, name: string): number | null =>
  firstNumber(namedValue(output, name) ?? '', /^(\d+)\s*ms$/);

/** KVM and others through libvirt. */
export const LIBVIRT: CommandSpec = {
  description: {
    name: 'libvirt',
    what: 'virsh migrate --live --verbose',
    vm: 'name of the domain',
    destination: 'a libvirt URI, or a host (qemu+ssh://root@HOST/system)',
    options: [
      { name: 'connect', required: false, what: 'URI of the source (virsh -c)' },
      {
        name: 'migrateUri',
        required: false,
        what: 'address that the memory goes to, for instance tcp://10.0.0.2:49155',
      },
    ],
    modes: ['live', 'cold'],
    proved: 'real',
    proof:
      'virsh 9.0 and QEMU 7.2 of Debian 12, by npm run lab:libvirt; its figures also from recorded output',
  },
  check: (request) => virsh(request, 'domstate', request.vm),
  migrate: (request) => {
    const { migrateUri } = request.options;
    const rest = [
      '--verbose',
      request.vm,
      destinationUri(request.destination),
      ...(migrateUri === undefined ? [] : ['--migrateuri', migrateUri]),
    ];
    if (request.mode === 'live') return [virsh(request, 'migrate', '--live', ...rest)];
    // Without --live libvirt pauses the domain, copies it, and starts it on the other side.
    return [virsh(request, 'migrate', ...rest)];
  },
  readLine: (line) => {
    const percent = firstNumber(line, /^Migration: \[\s*(\d+)(?:\.\d+)? %\]/);
    return percent === null ? null : { percent };
  },
  // The source forgets a domain that is not defined there as soon as it has left; the destination was told the figures too.
  after: ({ vm, destination }) => [
    'virsh',
    '-c',
    destinationUri(destination),
    'domjobinfo',
    vm,
    '--completed',
  ],
  readAfter: (output) => {
    const dirtyPages = firstNumber(namedValue(output, 'Dirty rate') ?? '', /^(\d+)\s*pages\/s$/);
    const pageBytes = firstNumber(namedValue(output, 'Page size') ?? '', /^(\d+)\s*bytes$/) ?? 4096;
    return {
      totalMs: milliseconds(output, 'Time elapsed'),
      downtimeMs: milliseconds(output, 'Total downtime'),
      transferredBytes: readBytes(namedValue(output, 'Data processed')),
      iterations: firstNumber(namedValue(output, 'Iteration') ?? '', /^(\d+)/),
      dirtyBytesPerSecond: dirtyPages === null ? null : dirtyPages * pageBytes,
    };
  },
  cancel: (request) => virsh(request, 'domjobabort', request.vm),
};
