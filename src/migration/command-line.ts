import { type SshHost, sshCommand } from '../telemetry/ssh.js';

/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** One word for a POSIX shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line as a shell reads it: for reports, and for the far side of ssh. */
export function shellLine(command: CommandLine): string {
  return command.map(shellWord).join(' ');
}

/** The command as it has to be run from here. @param host null: this host. */
export function commandOn(host: SshHost | null, command: CommandLine): CommandLine {
  return host === null ? command : sshCommand(host, shellLine(command));
}

/** Puts values into `{name}` places of a shell line, each as one word. @returns the names that have no value, beside the line. */
export function fillPlaces(
  template: string,
  values: Readonly<Record<string, string>>,
): { readonly line: string; readonly unknown: readonly string[] } {
  const unknown: string[] = [];
  const line = template.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) unknown.push(name);
    return value === undefined ? place : shellWord(value);
  });
  return { line, unknown };
}
