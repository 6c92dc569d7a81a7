/** A small generator of reproducible numbers (mulberry32), so that a seed replays a failure. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  octets(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

/** A message with one to three faults: octets changed, inserted, removed, doubled, or its end cut off. */
export function spoil(dice: Dice, message: Uint8Array): Buffer {
  let bytes = Buffer.from(message);
  for (let count = 1 + dice.below(3); count > 0; count--) {
    const at = dice.below(bytes.length + 1);
    switch (dice.below(6)) {
      case 0:
      case 1:
        if (at < bytes.length) bytes[at] = dice.pick([dice.below(256), 0, 0xff, 0x7f, 0x80]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), dice.octets(1 + dice.below(6)), bytes.subarray(at)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice.below(8))]);
        break;
      case 4:
        bytes = Buffer.concat([bytes, bytes.subarray(at)]);
        break;
      case 5:
        bytes = Buffer.from(bytes.subarray(0, Math.max(1, at)));
        break;
    }
  }
  return bytes.length === 0 ? Buffer.of(0) : bytes.subarray(0, 4000);
}

/** An M3UA DATA message (RFC 4666 §3.3.1) round user data, routing context 1. */
export function m3uaData(
  userData: Uint8Array,
  label: { readonly opc: number; readonly dpc: number },
): Buffer {
  const padding = (4 - (userData.length % 4)) % 4;
  const message = Buffer.alloc(8 + 8 + 16 + userData.length + padding);
  message.set([1, 0, 1, 1], 0);
  message.writeUInt32BE(message.length, 4);
  message.set([0, 6, 0, 8, 0, 0, 0, 1], 8);
  message.writeUInt16BE(0x0210, 16);
  message.writeUInt16BE(16 + userData.length, 18);
  message.writeUInt32BE(label.opc, 20);
  message.writeUInt32BE(label.dpc, 24);
  message.set([3, 2, 0, 5], 28);
  message.set(userData, 32);
  return message;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** M3UA messages without user data, written by hand from RFC 4666. */
export const M3UA = {
  aspUp: hex('01 00 03 01 00000008'),
  aspUpAck: hex('01 00 03 04 00000008'),
  aspActive: hex('01 00 04 01 00000018 000b 0008 00000002 0006 0008 00000001'),
  aspActiveAck: hex('01 00 04 03 00000018 000b 0008 00000002 0006 0008 00000001'),
  aspDown: hex('01 00 03 02 00000008'),
  beat: hex('01 00 03 03 00000010 0009 0008 01020304'),
  notify: hex('01 00 00 01 00000010 000d 0008 0001 0003'),
  error: hex('01 00 00 00 00000010 000c 0008 00000007'),
  duna: hex('01 00 02 01 00000010 0012 0008 00000002'),
  registration: hex('01 00 09 01 00000010 0207 0008 00000001'),
} as const;
