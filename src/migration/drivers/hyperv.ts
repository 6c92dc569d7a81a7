import type { CommandSpec } from '../command-driver.js';
import type { CommandLine } from '../command-line.js';

/** One argument of a PowerShell line. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** PowerShell hands back code 0 after most errors unless it is told to stop. */
const powershell = (script: string): CommandLine => [
  'powershell',
  '-NoProfile',
  '-NonInteractive',
  '-Command',
  `$ErrorActionPreference = 'Stop'; ${script}`,
];

/** Hyper-V by PowerShell, usually over ssh to the source host. */
export const HYPERV: CommandSpec = {
  description: {
    name: 'hyperv',
    what: 'PowerShell Move-VM (over ssh to the source host)',
    vm: 'name of the VM',
    destination: 'name of the destination host',
    options: [{ name: 'includeStorage', required: false, what: 'yes: move the storage as well' }],
    modes: ['live', 'cold'],
    proved: 'recorded',
    proof: "no output to record: Move-VM prints nothing; its words by Microsoft's reference",
  },
  check: ({ vm }) => powershell(`Get-VM -Name ${quoted(vm)} | Out-Null`),
  migrate: ({ vm, destination, mode, options }) => {
    const storage = options.includeStorage === 'yes' ? ' -IncludeStorage' : '';
    const move = powershell(`Move-VM -Name ${quoted(vm)} -DestinationHost ${quoted(destination)}${storage}`);
    if (mode === 'live') return [move];
    const remote = `Start-VM -Name ${quoted(vm)} -ComputerName ${quoted(destination)}`;
    return [powershell(`Stop-VM -Name ${quoted(vm)}`), move, powershell(remote)];
  },
  readLine: (line) => {
    const match = /^\s*Move-VM.*?(\d{1,3})%/.exec(line);
    return match === null ? null : { percent: Number(match[1]) };
  },
  cancel: null,
};
