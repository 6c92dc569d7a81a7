import type { CommandSpec } from '../command-driver.js';
import { firstNumber, readBytes } from '../figures.js';

/** `hh:mm:ss` to ms. */
function durationMs(text: string | undefined): number | null {
  const match = /^(\d+):(\d\d):(\d\d)$/.exec(text ?? '');
  return match === null ? null : (Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3])) * 1000;
}

/** Proxmox VE by `qm`, on a node of the cluster. */
export const PROXMOX: CommandSpec = {
  description: {
    name: 'proxmox',
    what: 'qm migrate --online (on the source node, usually over ssh)',
    vm: 'number of the VM',
    destination: 'name of the node',
    options: [{ name: 'withLocalDisks', required: false, what: 'yes: move local disks as well' }],
    modes: ['live', 'cold'],
    proved: 'recorded',
    proof: 'qm migrate of Proxmox VE 8, public blog post',
  },
  check: ({ vm }) => ['qm', 'status', vm],
  migrate: ({ vm, destination, mode, options }) => {
    const disks = options.withLocalDisks === 'yes' ? ['--with-local-disks'] : [];
    if (mode === 'live') return [['qm', 'migrate', vm, destination, '--online', ...disks]];
    // An offline migration moves a VM that is shut down; its new node starts it.
    return [
      ['qm', 'shutdown', vm],
      ['qm', 'migrate', vm, destination, ...disks],
      ['ssh', '-o', 'BatchMode=yes', destination, `qm start ${vm}`],
    ];
  },
  readLine: (line) => {
    const downtimeMs = firstNumber(line, /migration speed: .* - downtime (\d+) ms/);
    if (downtimeMs !== null) return { hypervisor: { downtimeMs } };
    const done = /migration finished successfully \(duration ([\d:]+)\)/.exec(line);
    // Whole seconds, by the node's own clock.
    if (done !== null) return { hypervisor: { totalMs: durationMs(done[1]) }, percent: 100 };
    const whole = /migration completed, transferred (.+?) VM-state/.exec(line);
    if (whole !== null) return { hypervisor: { transferredBytes: readBytes(whole[1]) } };
    const part = /migration active, transferred (.+?) of (.+?) VM-state/.exec(line);
    const [sent, total] = [readBytes(part?.[1]), readBytes(part?.[2])];
    if (sent === null || total === null || total === 0) return null;
    return {
      percent: Math.min(100, Math.round((100 * sent) / total)),
      hypervisor: { transferredBytes: sent },
    };
  },
  failureIn: (output) => /migration aborted.*|migration finished with problems.*/.exec(output)?.[0] ?? null,
  cancel: null,
};
