/** SCTP packets (RFC 9260 §3) written and read here, without the engine under test. */

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) !== 0 ? 0x82f6_3b78 : 0);
  return crc;
});

/** Checksum of a packet whose checksum field is zero (RFC 9260 appendix A). */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const octet of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ octet) & 0xff] ?? 0);
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** The packet with the checksum that its octets ask for: spoilt contents then get past the first check of a receiver. */
export function withChecksum(packet: Uint8Array): Buffer {
  const sealed = Buffer.from(packet);
  if (sealed.length < 12) return sealed;
  sealed.writeUInt32LE(0, 8);
  sealed.writeUInt32LE(crc32c(sealed), 8);
  return sealed;
}

const LINKTYPE_SCTP = 248;

/** A capture file (pcap, a packet a record) of SCTP packets in order. */
export function pcapOf(packets: readonly { readonly atMs: number; readonly bytes: Uint8Array }[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2_c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(LINKTYPE_SCTP, 20);
  const records = packets.flatMap(({ atMs, bytes }) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(atMs / 1000), 0);
    record.writeUInt32LE(Math.floor((atMs % 1000) * 1000), 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return [record, bytes];
  });
  return Buffer.concat([head, ...records]);
}
