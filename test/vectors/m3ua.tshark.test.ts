import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeM3ua } from '../../protocol/m3ua/message.js';
import { hexOctets, M3UA_VECTORS } from './m3ua.js';

/** pcap link type of bare SCTP packets. */
const LINKTYPE_SCTP = 248;
const M3UA_PPID = 3;

/** A pcap file of one SCTP packet with one DATA chunk for each message; the checksum is left 0, which tshark does not verify unless told. */
function pcap(messages: readonly Uint8Array[]): Uint8Array {
  const records = messages.map((message, index) => {
    const padded = (message.length + 3) & ~3;
    const packet = new Uint8Array(12 + 16 + padded);
    const view = new DataView(packet.buffer);
    view.setUint16(0, 2905);
    view.setUint16(2, 2905);
    view.setUint32(4, 1);
    view.setUint8(13, 3);
    view.setUint16(14, 16 + message.length);
    view.setUint32(16, index);
    view.setUint16(20, message[2] === 1 ? 1 : 0);
    view.setUint16(22, index);
    view.setUint32(24, M3UA_PPID);
    packet.set(message, 28);
    return packet;
  });
  const file = new Uint8Array(24 + records.reduce((sum, record) => sum + 16 + record.length, 0));
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b2c3d4);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, 65_535);
  view.setUint32(20, LINKTYPE_SCTP);
  let at = 24;
  for (const [index, record] of records.entries()) {
    view.setUint32(at, index + 1);
    view.setUint32(at + 8, record.length);
    view.setUint32(at + 12, record.length);
    file.set(record, at + 16);
    at += 16 + record.length;
  }
  return file;
}

const skipped = process.env.BUSYHOUR_NO_TSHARK === '1';
if (skipped) console.warn('SKIPPED: M3UA vectors are not checked by tshark, because BUSYHOUR_NO_TSHARK=1');

const FIELDS = [...new Set(M3UA_VECTORS.flatMap(({ tshark }) => Object.keys(tshark)))];

describe.skipIf(skipped)('tshark reads the M3UA vectors', () => {
  let folder = '';
  let rows: string[][] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'm3ua-vectors-'));
    const file = join(folder, 'vectors.pcap');
    writeFileSync(file, pcap(M3UA_VECTORS.map(({ hex }) => hexOctets(hex))));
    const fields = ['_ws.malformed', '_ws.expert', 'm3ua.version', ...FIELDS].flatMap((field) => [
      '-e',
      field,
    ]);
    // The user data of the DATA vectors is no whole SCCP message, so SCCP is left undissected.
    const args = ['-r', file, '-d', 'sctp.ppi==3,m3ua', '--disable-protocol', 'sccp', '-T', 'fields'];
    rows = run([...args, '-E', 'separator=|', ...fields])
      .split('\n')
      .map((line) => line.split('|'));
  }, 30_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(M3UA_VECTORS.map((vector, index) => ({ ...vector, index })))(
    '$name',
    ({ tshark, message, hex, index }) => {
      const [malformed, expert, version, ...values] = rows[index] ?? [];
      expect({ malformed, expert, version }).toEqual({ malformed: '', expert: '', version: '1' });
      const seen = Object.fromEntries(
        Object.keys(tshark).map((field) => [field, values[FIELDS.indexOf(field)]]),
      );
      expect(seen).toEqual(tshark);
      expect(encodeM3ua(message)).toEqual(hexOctets(hex));
    },
  );
});

function run(args: readonly string[]): string {
  try {
    return execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new Error(
        'tshark is not installed: apt-get install tshark (or set BUSYHOUR_NO_TSHARK=1 to skip)',
      );
    }
    throw error;
  }
}
