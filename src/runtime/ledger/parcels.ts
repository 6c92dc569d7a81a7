/** A request or an answer on its way between the nodes, under the number that the forwarding node gave it. */
export interface Parcel {
  readonly number: number;
  readonly sls: number;
  readonly bytes: Uint8Array;
}

/*
 *   | number, uint32 | sls, uint32 | length, uint32 | octets |  and so on, little-endian
 */
const HEAD_OCTETS = 12;

/** One batch of parcels. */
export function pack(parcels: readonly Parcel[]): Uint8Array {
  const packed = new Uint8Array(parcels.reduce((sum, { bytes }) => sum + HEAD_OCTETS + bytes.length, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const { number, sls, bytes } of parcels) {
    view.setUint32(at, number, true);
    view.setUint32(at + 4, sls, true);
    view.setUint32(at + 8, bytes.length, true);
    packed.set(bytes, at + HEAD_OCTETS);
    at += HEAD_OCTETS + bytes.length;
  }
  return packed;
}

/** The parcels of one batch; what is cut off at the end is left out. */
export function* unpack(packed: Uint8Array): IterableIterator<Parcel> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  let at = 0;
  while (at + HEAD_OCTETS <= packed.length) {
    const length = view.getUint32(at + 8, true);
    const end = at + HEAD_OCTETS + length;
    if (end > packed.length) return;
    yield {
      number: view.getUint32(at, true),
      sls: view.getUint32(at + 4, true),
      bytes: packed.subarray(at + HEAD_OCTETS, end),
    };
    at = end;
  }
}
