import { beforeEach, describe, expect, it } from 'vitest';
import { type SctpHost, TX } from '../../transport/sctp.js';
import { Outbox } from './outbox.js';

/** A binding that takes as much as `room` says for an association, and keeps what it took. */
function newHost(records = 8, bytes = 64) {
  const taken: { association: number; stream: number; text: string }[] = [];
  const room = new Map<number, number>();
  let calls = 0;
  const txBytes = new Uint8Array(bytes);
  const txRecords = new Int32Array(records * TX.stride);
  const host = {
    txBytes,
    txRecords,
    send(first: number, count: number): number {
      calls++;
      const association = txRecords[first * TX.stride + TX.association]!;
      const left = room.get(association) ?? 0;
      if (left < 0) return -1;
      const takes = Math.min(left, count);
      for (let i = 0; i < takes; i++) {
        const at = (first + i) * TX.stride;
        expect(txRecords[at + TX.association]).toBe(association);
        const offset = txRecords[at + TX.offset]!;
        const text = Buffer.from(txBytes.subarray(offset, offset + txRecords[at + TX.length]!)).toString();
        taken.push({ association, stream: txRecords[at + TX.stream]!, text });
      }
      room.set(association, left - takes);
      return takes;
    },
  } as unknown as SctpHost;
  return { host, taken, room, calls: () => calls };
}

let fake: ReturnType<typeof newHost>;
let outbox: Outbox;
beforeEach(() => {
  fake = newHost();
  outbox = new Outbox(fake.host, () => 17);
});

function write(association: number, text: string, sls = 0): void {
  const bytes = Buffer.from(text);
  fake.host.txBytes.set(bytes, outbox.room(association, bytes.length));
  outbox.wrote(bytes.length, sls);
}

const texts = (association: number) =>
  fake.taken.filter((each) => each.association === association).map(({ text }) => text);

describe('answers on their way', () => {
  it('leave in order, whatever is refused in between, and each once', () => {
    const written: string[] = [];
    let number = 0;
    for (let round = 0; round < 400; round++) {
      fake.room.set(1, round % 7);
      for (let i = 0; i < round % 5; i++) {
        const text = `m${number++}`;
        written.push(text);
        write(1, text, number % 16);
      }
      outbox.flush();
      if (round % 3 === 0) outbox.writable(1);
    }
    fake.room.set(1, 10_000);
    outbox.writable(1);
    outbox.flush();
    expect(texts(1)).toEqual(written);
    expect(outbox.dropped).toBe(0);
  });

  it('of one association do not wait for those of another', () => {
    fake.room.set(1, 0).set(2, 10);
    write(1, 'a');
    write(2, 'b');
    write(1, 'c');
    outbox.flush();
    expect(fake.taken.map(({ text }) => text)).toEqual(['b']);
    fake.room.set(1, 10);
    outbox.writable(1);
    expect(texts(1)).toEqual(['a', 'c']);
  });

  it('keep their stream while they wait', () => {
    fake.room.set(1, 0);
    write(1, 'a', 3);
    write(1, 'b', 9);
    outbox.flush();
    fake.room.set(1, 2);
    outbox.writable(1);
    const [a, b] = fake.taken;
    expect(a!.stream).not.toBe(b!.stream);
    write(1, 'c', 9);
    fake.room.set(1, 1);
    outbox.flush();
    expect(fake.taken[2]!.stream).toBe(b!.stream);
  });

  it('are dropped and counted when their association is gone or began anew', () => {
    fake.room.set(1, -1);
    write(1, 'a');
    write(1, 'b');
    outbox.flush();
    outbox.forget(1);
    expect(outbox.dropped).toBe(2);
    fake.room.set(1, 5);
    outbox.writable(1);
    expect(fake.taken).toEqual([]);
  });

  it('cost the same however many wait: 200 000, of which every call takes two', () => {
    fake = newHost(1024, 1 << 16);
    outbox = new Outbox(fake.host, () => 17);
    fake.room.set(1, 0);
    for (let i = 0; i < 200_000; i++) write(1, 'x');
    outbox.flush();
    const begin = performance.now();
    for (let turn = 0; turn < 1000; turn++) {
      fake.room.set(1, 2);
      outbox.writable(1);
    }
    // Copying the line at every call took 200 million steps: seconds, not a fraction of one.
    expect(performance.now() - begin).toBeLessThan(4000);
    expect(fake.taken).toHaveLength(2000);
  });
});
