import type { SshHost } from '../telemetry/ssh.js';
import { type CommandLine, commandOn } from './command-line.js';
import { MigrationFault } from './driver.js';
import { runToEnd } from './run-command.js';

/** The interface that the memory goes over, on each host that has one. */
export interface MigrationLink {
  readonly interface: string;
  /** Null: this host. */
  readonly hosts: readonly (SshHost | null)[];
}

const ANSWER_MS = 20_000;

/** Sets the MTU of the migration link, and brings back what was there. */
export class LinkMtu {
  private readonly link: MigrationLink;
  private readonly env: NodeJS.ProcessEnv;
  /** MTU of each host before the first change, in the order of the hosts. */
  private original: readonly number[] | null = null;

  constructor(link: MigrationLink, env: NodeJS.ProcessEnv) {
    this.link = link;
    this.env = env;
  }

  /** @throws MigrationFault when a host refuses it, or says that another one is in force */
  async set(mtuBytes: number): Promise<void> {
    const { hosts } = this.link;
    this.original ??= await Promise.all(hosts.map((host) => this.read(host)));
    await Promise.all(hosts.map((host) => this.write(host, mtuBytes)));
  }

  /** Safe to call when nothing was set. @returns sentences about hosts that kept the changed one */
  async restore(): Promise<string[]> {
    const { hosts } = this.link;
    const original = this.original ?? [];
    const faults = await Promise.all(
      original.map((mtuBytes, index) =>
        this.write(hosts[index]!, mtuBytes).then(
          () => null,
          (cause: Error) => cause.message,
        ),
      ),
    );
    this.original = null;
    return faults.filter((fault) => fault !== null);
  }

  private async write(host: SshHost | null, mtuBytes: number): Promise<void> {
    await this.run(host, ['ip', 'link', 'set', 'dev', this.link.interface, 'mtu', String(mtuBytes)]);
    const now = await this.read(host);
    if (now !== mtuBytes) throw this.fault(host, `has an MTU of ${now}, asked for ${mtuBytes}`);
  }

  private async read(host: SshHost | null): Promise<number> {
    const text = await this.run(host, ['ip', '-o', 'link', 'show', 'dev', this.link.interface]);
    const mtuBytes = Number(/\bmtu (\d+)\b/.exec(text)?.[1]);
    if (mtuBytes > 0) return mtuBytes;
    throw this.fault(host, `no MTU in '${text.trim().slice(0, 80)}'`);
  }

  private async run(host: SshHost | null, command: CommandLine): Promise<string> {
    const { fault, output } = await runToEnd(commandOn(host, command), this.env, ANSWER_MS);
    if (fault !== null) throw this.fault(host, fault);
    return output;
  }

  private fault(host: SshHost | null, text: string): MigrationFault {
    return new MigrationFault(`link ${this.link.interface} of ${host?.name ?? 'local'}: ${text}`);
  }
}
