import type { Entry, NodeId } from '../../src/cluster/types.js';
import { BALANCE, chargeOf, idsOf, SUBSCRIBERS } from './application.js';
import type { Process } from './process.js';

/** What must hold, checked at every step. The first violation is kept and ends the history. */
export class Invariants {
  violation: string | null = null;
  /** Requests whose answer left a node. */
  readonly answered = new Set<number>();
  /** Charges that have come into being, by `index/epoch/request`. */
  readonly #durable = new Set<string>();
  #highestDurableEpoch = 0;
  #highestOwner: Process | null = null;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  fail(text: string): void {
    this.violation ??= `at ${this.#nowMs().toFixed(1)} ms: ${text}`;
  }

  /**
   * No charge of an epoch comes into being once a charge of a later epoch is durable.
   *
   * A record comes into being as a charge when it is durable on every node that the membership asks for: on both, or on the owner that has
   * recorded its peer's absence. A copy that only a follower has is none yet: a follower that was stopped or cut off may write
   * what an earlier owner sent long after that owner was replaced, and nothing that it could ask would be sure to be true a moment later. Such a copy is
   * never answered, and goes when the node follows again.
   */
  becameDurable(process: Process, peer: Process, entries: readonly Entry<Uint8Array>[]): void {
    for (const entry of entries) {
      if (entry.kind === 'config') {
        if (isOwner(process.id, entry.config)) this.#allBecomeCharges(process);
      } else if (alone(process, entry.index) || peer.disk.holds(entry)) this.#becomesCharge(process, entry);
    }
  }

  /** A node serves without its peer and the witness was not told before. */
  unrecorded({ id, node }: Process): void {
    this.fail(`node ${id} is alone under epoch ${node.epoch}, which the witness did not record`);
  }

  /** The owner that goes on alone takes over everything that it holds. */
  #allBecomeCharges(process: Process): void {
    for (const entry of process.disk.entries) {
      if (entry.kind === 'data') this.#becomesCharge(process, entry);
    }
  }

  #becomesCharge(process: Process, entry: Extract<Entry<Uint8Array>, { kind: 'data' }>): void {
    const key = `${entry.index}/${entry.epoch}/${idsOf(entry.payload).join('+')}`;
    if (this.#durable.has(key)) return;
    this.#durable.add(key);
    if (entry.epoch < this.#highestDurableEpoch) {
      this.fail(
        `charge ${key} became durable on node ${process.id} after a charge of epoch ${this.#highestDurableEpoch}`,
      );
    }
    if (entry.epoch > this.#highestDurableEpoch) this.#highestOwner = process;
    this.#highestDurableEpoch = Math.max(this.#highestDurableEpoch, entry.epoch);
  }

  /**
   * An answer leaves: its charge is durable on both nodes, or here with the other recorded as out of sync; and when a later epoch has charges
   * already, then it is part of what that epoch began with.
   */
  answerLeaves(process: Process, peer: Process, id: number): void {
    const { node, disk } = process;
    if (!disk.has(id)) {
      this.fail(`node ${process.id} answered request ${id} whose charge is not durable there`);
    } else if (!peer.disk.has(id) && !recordedAbsent(process)) {
      this.fail(
        `node ${process.id} answered request ${id} that its peer does not have and is not recorded to lack`,
      );
    }
    if (node.epoch < this.#highestDurableEpoch && this.#highestOwner?.disk.has(id) !== true) {
      this.fail(
        `node ${process.id} answered request ${id} under epoch ${node.epoch} after epoch ${this.#highestDurableEpoch} charged without it`,
      );
    }
    this.answered.add(id);
  }

  /** Where no witness arbitrates, never two nodes serve at one time, not even in vain. */
  neverTwoServe(processes: readonly Process[]): void {
    const serving = processes.filter(
      ({ alive, node }) =>
        alive && (node.role === 'active' || node.role === 'alone' || node.role === 'holding'),
    );
    if (serving.length > 1) {
      this.fail(
        `both serve: ${serving.map(({ id, node }) => `${id} ${node.role} epoch ${node.epoch}`).join(', ')}`,
      );
    }
  }

  /** After everything has come to rest: the nodes agree, and every answered request is charged exactly once. */
  atRest(processes: readonly Process[]): void {
    for (const process of processes) {
      const { application, id } = process;
      const counts = new Map<number, number>();
      const spent = new Array<number>(SUBSCRIBERS).fill(0);
      for (const request of application.charges) {
        const { subscriber, amount } = chargeOf(request);
        counts.set(request, (counts.get(request) ?? 0) + 1);
        spent[subscriber] = spent[subscriber]! + amount;
      }
      for (const [request, count] of counts) {
        if (count > 1) this.fail(`node ${id}: request ${request} is charged ${count} times`);
      }
      for (const request of this.answered) {
        if (!counts.has(request)) this.fail(`node ${id}: request ${request} was answered and is not charged`);
      }
      application.balances.forEach((balance, subscriber) => {
        if (balance !== BALANCE - spent[subscriber]!) {
          this.fail(`node ${id}: the balance of subscriber ${subscriber} is not the sum of its records`);
        }
      });
    }
    const [a, b] = processes.map(({ application }) => application.charges.join());
    if (a !== b) this.fail('the nodes came to rest with different ledgers');
  }
}

/** Whether the entry at `index` was made while the node's own log says that it is the only member. */
function alone(process: Process, index: number): boolean {
  const { disk } = process;
  for (let i = disk.entries.length - 1; i >= 0; i--) {
    const entry = disk.entries[i]!;
    if (entry.kind === 'config' && entry.index < index) return isOwner(process.id, entry.config);
  }
  const config = disk.base?.config;
  return config !== undefined && config !== null && isOwner(process.id, config);
}

function recordedAbsent(process: Process): boolean {
  const { disk } = process;
  for (let i = disk.entries.length - 1; i >= 0; i--) {
    const entry = disk.entries[i]!;
    if (entry.kind !== 'config') continue;
    // The invitation of a peer that has caught up: until the peer has it, the earlier record stands.
    if (entry.config.members === 'both' && !invitationAccepted(process, entry.index)) continue;
    return isOwner(process.id, entry.config);
  }
  const config = disk.base?.config;
  return config !== undefined && config !== null && isOwner(process.id, config);
}

function isOwner(id: NodeId, config: { owner: NodeId; members: string }): boolean {
  return config.owner === id && config.members === 'owner';
}

function invitationAccepted(process: Process, index: number): boolean {
  return process.node.peerDurable >= index;
}
