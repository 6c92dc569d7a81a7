import type { NodeId, Register, Role } from '../../src/cluster/types.js';

/** A register with a revision, as etcd keeps it: compare and set in one step, never lost. */
export class Witness {
  register: Register | null = null;
  revision = 0;
  /** Does not answer while down; what it holds stays. */
  down = false;
  /** What was recorded last of each owner without its peer, and under which epoch it then served: promises made meanwhile may have raised that. */
  readonly #alone = new Map<NodeId, { readonly recorded: number; served: number | null }>();

  swap(revision: number, register: Register): boolean {
    if (revision !== this.revision) return false;
    this.register = register;
    this.revision += 1;
    if (register.members === 'owner')
      this.#alone.set(register.owner, { recorded: register.epoch, served: null });
    return true;
  }

  /** Whether a node that serves alone was recorded to before: each record is good for one epoch, its own or a later one. */
  records(id: NodeId, { role, epoch }: { readonly role: Role; readonly epoch: number }): boolean {
    if (role !== 'alone') return true;
    const record = this.#alone.get(id);
    if (record === undefined || epoch < record.recorded) return false;
    record.served ??= epoch;
    return record.served === epoch;
  }
}
