import type { Register } from '../../src/cluster/types.js';

/** A register with a revision, as etcd keeps it: compare and set in one step, never lost. */
export class Witness {
  register: Register | null = null;
  revision = 0;
  /** Does not answer while down; what it holds stays. */
  down = false;

  swap(revision: number, register: Register): boolean {
    if (revision !== this.revision) return false;
    this.register = register;
    this.revision += 1;
    return true;
  }
}
