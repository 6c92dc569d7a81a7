import type { NodeId, Register, Role } from '../../src/cluster/types.js';

/** A register with a revision, as etcd keeps it: compare and set in one step, never lost. */
export class Witness {
  register: Register | null = null;
  revision = 0;
  /** Does not answer while down; what it holds stays. */
  down = false;
  /** Owners of epochs under which they were to serve without their peer. */
  readonly #alone = new Set<string>();

  swap(revision: number, register: Register): boolean {
    if (revision !== this.revision) return false;
    this.register = register;
    this.revision += 1;
    if (register.members === 'owner') this.#alone.add(`${register.owner}${register.epoch}`);
    return true;
  }

  /** Whether a node that serves alone was recorded to, under its epoch, before. */
  records(id: NodeId, { role, epoch }: { readonly role: Role; readonly epoch: number }): boolean {
    return role !== 'alone' || this.#alone.has(`${id}${epoch}`);
  }
}
