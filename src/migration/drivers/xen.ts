import type { CommandSpec } from '../command-driver.js';
import type { CommandLine } from '../command-line.js';
import { firstNumber } from '../figures.js';

const tool = (options: Readonly<Record<string, string>>): string => (options.tool === 'xm' ? 'xm' : 'xl');

/** Xen by `xl`, or by `xm` as in `bth-2013`. */
export const XEN: CommandSpec = {
  description: {
    name: 'xen',
    what: 'xl migrate, or xm migrate --live',
    vm: 'name or id of the domain',
    destination: 'host',
    options: [{ name: 'tool', required: false, what: 'xl (default) or xm' }],
    modes: ['live', 'cold'],
    proved: 'recorded',
    proof: 'xl migrate of Xen 4.9, public course notes; progress lines from a public log of an older xl',
  },
  check: ({ vm, options }) => [tool(options), 'list', vm],
  migrate: ({ vm, destination, mode, options }): readonly CommandLine[] => {
    if (tool(options) === 'xm')
      return [['xm', 'migrate', ...(mode === 'live' ? ['--live'] : []), vm, destination]];
    // xl migrates live unless the domain is paused before.
    const migrate: CommandLine = ['xl', 'migrate', vm, destination];
    return mode === 'live' ? [migrate] : [['xl', 'pause', vm], migrate];
  },
  readLine: (line) => {
    const percent = firstNumber(
      line,
      /^xc: (?:progress: )?(?:Reloading memory pages|Frames): \d+\/\d+\s+(\d+)%/,
    );
    return percent === null ? null : { percent };
  },
  // xl's receiver can fail after the sender has seen everything off; then the domain still runs at the source.
  failureIn: (output) => {
    const failed = /^migration (?:sender|target): .*(?:fail|error|Bad).*$/im.exec(output);
    return failed === null || /Migration successful/.test(output) ? null : failed[0];
  },
  cancel: null,
};
