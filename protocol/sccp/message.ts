import { ByteReader } from '../bytes/reader.js';
import { SCCP_TYPE } from './constants.js';
import { type LudtIn, type LudtsIn, readLudt, readLudts } from './ludt.js';
import { readUdt, type UdtIn } from './udt.js';
import { readUdts, type UdtsIn } from './udts.js';
import { readXudt, type XudtIn } from './xudt.js';
import { readXudts, type XudtsIn } from './xudts.js';

/** A received connectionless SCCP message. */
export type SccpMessage = UdtIn | UdtsIn | XudtIn | XudtsIn | LudtIn | LudtsIn;

/**
 * Decodes the user data of an M3UA DATA message with SI 3. Parts lie where their pointers say; octets that no pointer leads to are
 * ignored, as Q.713 leaves room between parts.
 * @returns views into `bytes`
 * @throws DecodeError layer SCCP, for connection-oriented messages too
 */
export function decodeSccp(bytes: Uint8Array, offset = 0, end = bytes.length): SccpMessage {
  const reader = new ByteReader(bytes, 'SCCP', offset, end);
  const type = reader.u8('message type');
  switch (type) {
    case SCCP_TYPE.udt:
      return readUdt(reader);
    case SCCP_TYPE.udts:
      return readUdts(reader);
    case SCCP_TYPE.xudt:
      return readXudt(reader);
    case SCCP_TYPE.xudts:
      return readXudts(reader);
    case SCCP_TYPE.ludt:
      return readLudt(reader);
    case SCCP_TYPE.ludts:
      return readLudts(reader);
    default:
      return reader.fail('message type', 'a connectionless one (09 to 0a, 11 to 14)', hexOctet(type));
  }
}

function hexOctet(value: number): string {
  return value.toString(16).padStart(2, '0');
}
