import { describe, expect, it } from 'vitest';
import { hexOctets, M3UA_VECTORS } from '../../test/vectors/m3ua.js';
import { DecodeError } from '../bytes/errors.js';
import { AspMachine, type AspOptions } from './asp-machine.js';
import type { ActingEndpoint, M3uaEndpoint } from './endpoint.js';
import { IpspEndpoint } from './ipsp-endpoint.js';
import { decodeM3ua } from './message.js';
import { OutputQueue } from './outputs.js';
import { createDataFields, peekDataMessage } from './peek.js';
import type { SgpEndpoint } from './sgp-endpoint.js';
import { SgpMachine, type SgpOptions } from './sgp-machine.js';

const MS = 1_000_000;

const ASP: AspOptions = {
  routingContexts: [1],
  trafficMode: 'loadshare',
  networkAppearance: null,
  tAckNs: 2000 * MS,
  beatIntervalNs: 500 * MS,
  singleStream: false,
};

const SGP: SgpOptions = {
  applicationServers: [{ routingContext: 1, trafficMode: 'loadshare', activeNeeded: 1 }],
  tRNs: 2000 * MS,
  pending: { kind: 'queue', messagesMax: 10 },
  notifies: true,
  requireAspIdentifier: false,
  networkAppearance: null,
  beatIntervalNs: 700 * MS,
  streams: 4,
  singleStream: false,
  destinationState: () => 'available',
};

/** Deterministic numbers below `limit` (mulberry32). */
function randomOf(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Two endpoints joined by a link that keeps the order and, while it is broken, loses what is under way. */
class Link {
  nowNs = 0;
  readonly #queue: OutputQueue;
  readonly #ends: readonly [M3uaEndpoint, M3uaEndpoint];
  readonly #tick: readonly (() => void)[];
  #underWay: { to: number; stream: number; bytes: Uint8Array }[] = [];

  constructor(queue: OutputQueue, ends: readonly [M3uaEndpoint, M3uaEndpoint], sgp: SgpMachine | null) {
    this.#queue = queue;
    this.#ends = ends;
    const timed = sgp === null ? ends : [ends[0], sgp];
    this.#tick = timed.map((machine) => () => machine.tick(this.nowNs));
  }

  up(): void {
    for (const end of this.#ends) end.communicationUp(this.nowNs);
  }

  lose(): void {
    this.#underWay = [];
    for (const end of this.#ends) end.communicationLost(this.nowNs);
    this.#collect();
    this.#underWay = [];
  }

  /** One side starts afresh; what was under way is gone, and both are told (SCTP RESTART). */
  restart(): void {
    this.#collect();
    this.#underWay = [];
    for (const end of this.#ends) end.restart(this.nowNs);
  }

  deliver(): void {
    this.#collect();
    const message = this.#underWay.shift();
    if (message === undefined) return;
    const { to, stream, bytes } = message;
    this.#ends[to]!.receive(stream, bytes, 0, bytes.length, this.nowNs);
  }

  /** Drops the oldest message, as an SCTP that gave it up would. */
  drop(): void {
    this.#collect();
    this.#underWay.shift();
  }

  pass(ms: number): void {
    this.nowNs += ms * MS;
    for (const tick of this.#tick) tick();
  }

  settle(): void {
    for (let round = 0; round < 30; round += 1) {
      for (this.#collect(); this.#underWay.length > 0; ) this.deliver();
      this.pass(250);
    }
  }

  #collect(): void {
    for (let output = this.#queue.take(); output !== undefined; output = this.#queue.take()) {
      if (output.kind !== 'send') continue;
      const to = output.association === this.#ends[0].association ? 1 : 0;
      this.#underWay.push({ to, stream: output.stream, bytes: output.bytes });
    }
  }
}

describe('an ASP and an SGP on a link that loses messages', () => {
  const seeds = Array.from({ length: 150 }, (_, seed) => seed + 1);

  it.each(seeds)('reach ASP-ACTIVE when it is whole again (seed %i)', (seed) => {
    const random = randomOf(seed);
    const queue = new OutputQueue();
    const sgp = new SgpMachine(queue, SGP);
    const peer = sgp.open(2);
    const asp = new AspMachine(queue, 1, ASP);
    const link = new Link(queue, [asp, peer], sgp);
    interact(link, asp, random);
    asp.activate(link.nowNs);
    link.settle();
    expect([asp.aspState, peer.peerState, sgp.servers[0]!.state]).toEqual([
      'ASP-ACTIVE',
      'ASP-ACTIVE',
      'AS-ACTIVE',
    ]);
    expect([asp.mayTransferData, peer.mayTransferData]).toEqual([true, true]);
    asp.down(link.nowNs);
    link.settle();
    expect([asp.aspState, peer.peerState, asp.mayTransferData]).toEqual(['ASP-DOWN', 'ASP-DOWN', false]);
  });

  it.each(seeds.slice(0, 50))('as do two IPSPs in either exchange (seed %i)', (seed) => {
    const random = randomOf(seed);
    const queue = new OutputQueue();
    const exchange = seed % 2 === 0 ? 'single' : 'double';
    const one = new IpspEndpoint(queue, 1, { asp: ASP, exchange, begins: true });
    const two = new IpspEndpoint(queue, 2, { asp: ASP, exchange, begins: exchange === 'double' });
    const link = new Link(queue, [one, two], null);
    interact(link, one, random);
    one.activate(link.nowNs);
    link.settle();
    expect([one.aspState, two.peerState, one.mayTransferData, two.mayTransferData]).toEqual([
      'ASP-ACTIVE',
      'ASP-ACTIVE',
      true,
      true,
    ]);
  });
});

/** A hundred random things happen to the link and to the goal of one side; in the end the link is up. */
function interact(link: Link, endpoint: ActingEndpoint, random: (limit: number) => number): void {
  link.up();
  for (let step = 0; step < 100; step += 1) {
    const what = random(20);
    if (what < 10) link.deliver();
    else if (what < 13) link.drop();
    else if (what < 16) link.pass(random(1500));
    else if (what === 16) endpoint.activate(link.nowNs);
    else if (what === 17) endpoint.deactivate(link.nowNs);
    else if (what === 18 && random(3) === 0) endpoint.down(link.nowNs);
    else if (what === 19 && random(2) === 0) link.restart();
    else if (what === 19) {
      link.lose();
      link.up();
    }
  }
  // BEAT supervision may have given the link up while it lost messages; a loop would then open the association anew.
  link.lose();
  link.up();
}

describe('10 000 random and mutated messages', () => {
  const random = randomOf(20_261_120);
  const vectors = M3UA_VECTORS.map(({ hex }) => hexOctets(hex));
  const messages = Array.from({ length: 10_000 }, () => mutate(vectors, random));

  it('are decoded or refused with a DecodeError', () => {
    let refused = 0;
    for (const bytes of messages) {
      try {
        decodeM3ua(bytes);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(9000);
  });

  it('never lead to DATA without the acknowledgement of an ASPAC', () => {
    const queue = new OutputQueue();
    const asp = new AspMachine(queue, 1, ASP, 'inactive');
    const fields = createDataFields();
    asp.communicationUp(0);
    for (const [index, bytes] of messages.entries()) {
      asp.receive(random(3), bytes, 0, bytes.length, index * MS);
      asp.tick(index * MS);
      expect(asp.mayTransferData).toBe(false);
      if (peekDataMessage(bytes, 0, bytes.length, fields) === 0)
        expect(asp.admitsData(1, fields)).toBe(false);
      for (let output = queue.take(); output !== undefined; output = queue.take()) {
        if (output.kind === 'send') expect(decodeM3ua(output.bytes).kind).not.toBe('DATA');
      }
    }
  });

  it('leave the SGP able to serve the next ASP', () => {
    const queue = new OutputQueue();
    const sgp = new SgpMachine(queue, SGP);
    const first = sgp.open(1);
    first.communicationUp(0);
    for (const [index, bytes] of messages.entries()) {
      first.receive(random(3), bytes, 0, bytes.length, index * MS);
      sgp.tick(index * MS);
      expectSound(first);
      while (queue.take() !== undefined);
    }
    const asp = new AspMachine(queue, 2, ASP);
    const second = sgp.open(3);
    const link = new Link(queue, [asp, second], sgp);
    sgp.close(1, 10_000 * MS);
    link.nowNs = 10_000 * MS;
    link.up();
    link.settle();
    expect([asp.mayTransferData, second.mayTransferData]).toEqual([true, true]);
  });

  it('never crash an IPSP, nor an active ASP', () => {
    const queue = new OutputQueue();
    const endpoints: M3uaEndpoint[] = [
      new IpspEndpoint(queue, 1, { asp: ASP, exchange: 'single', begins: false }),
      new IpspEndpoint(queue, 2, { asp: ASP, exchange: 'double', begins: true }),
      new AspMachine(queue, 3, ASP),
    ];
    for (const endpoint of endpoints) endpoint.communicationUp(0);
    for (const [index, bytes] of messages.entries()) {
      for (const endpoint of endpoints) {
        endpoint.receive(random(3), bytes, 0, bytes.length, index * MS);
        endpoint.tick(index * MS);
      }
      while (queue.take() !== undefined);
    }
    for (const endpoint of endpoints) {
      endpoint.communicationLost(10_000 * MS);
      expect(endpoint.mayTransferData).toBe(false);
    }
  });
});

function expectSound(endpoint: SgpEndpoint): void {
  if (endpoint.mayTransferData) expect(endpoint.peerState).toBe('ASP-ACTIVE');
}

/** A vector with octets changed, inserted, removed or cut off, or noise. */
function mutate(vectors: readonly Uint8Array[], random: (limit: number) => number): Uint8Array {
  if (random(10) === 0) return Uint8Array.from({ length: random(80) }, () => random(256));
  const octets = [...vectors[random(vectors.length)]!];
  for (let changes = random(4); changes > 0; changes -= 1) {
    const at = random(octets.length + 1);
    const what = random(6);
    if (what < 3 && at < octets.length) octets[at] = random(2) === 0 ? random(256) : random(8);
    else if (what === 3) octets.splice(at, 0, random(256));
    else if (what === 4) octets.splice(at, 1);
    else octets.length = at;
  }
  return Uint8Array.from(octets);
}
