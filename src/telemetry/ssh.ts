import { ValueError } from '../config/errors.js';

/** A host that is reached over ssh. */
export interface SshHost {
  /** As the user wrote it, for reports. */
  readonly name: string;
  /** `USER@HOST` or `HOST`. */
  readonly destination: string;
  readonly port: number | null;
}

/** `local`, or `ssh://[USER@]HOST[:PORT]`. @throws ValueError */
export function parseHost(text: string): SshHost | null {
  if (text === 'local') return null;
  // A leading dash would be read by ssh as an option.
  const match = /^ssh:\/\/((?:[\w.][\w.-]*@)?(?:[\w][\w.-]*|\[[\da-fA-F:]+\]))(?::(\d{1,5}))?\/?$/.exec(text);
  if (match === null) throw new ValueError(`expected local or ssh://[USER@]HOST[:PORT], got '${text}'`);
  const port = match[2] === undefined ? null : Number(match[2]);
  if (port !== null && (port < 1 || port > 65_535)) throw new ValueError(`no such port: ${port}`);
  return { name: text, destination: match[1]!.replace(/[[\]]/g, ''), port };
}

/**
 * Command line that runs `remote` on a host: never asks for anything, notices a dead link within 15 s.
 * @param remote shell line for the remote side
 */
export function sshCommand(host: SshHost, remote: string): readonly [program: string, ...args: string[]] {
  return [
    'ssh',
    '-T',
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=10',
    '-o',
    'ServerAliveInterval=5',
    '-o',
    'ServerAliveCountMax=3',
    ...(host.port === null ? [] : ['-p', String(host.port)]),
    host.destination,
    remote,
  ];
}
