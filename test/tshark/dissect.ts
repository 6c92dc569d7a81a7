import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pcapOf, withChecksum } from '../e2e/support/sctp-packet.js';

/**
 * Captures for tshark, written octet by octet here and not by our M3UA code, so that the judge sees SCCP and above from us only.
 *
 * ```
 *   pcap header (link type 248: SCTP)  { record header, SCTP common header, DATA chunk (PPID 3), M3UA DATA, user data }
 * ```
 */
export interface CapturedMessage {
  readonly opc: number;
  readonly dpc: number;
  readonly userData: Uint8Array;
}

/** A capture of the messages in order, a millisecond apart. */
export function captureOf(messages: readonly CapturedMessage[]): Buffer {
  return pcapOf(
    messages.map((message, index) => ({ atMs: 1000 + index, bytes: sctpPacket(m3uaData(message), index) })),
  );
}

function sctpPacket(payload: Buffer, tsn: number): Buffer {
  const common = Buffer.alloc(12);
  common.writeUInt16BE(2905, 0);
  common.writeUInt16BE(2905, 2);
  common.writeUInt32BE(0x1234, 4);
  const chunk = Buffer.alloc(16);
  chunk.writeUInt8(3, 1);
  chunk.writeUInt16BE(16 + payload.length, 2);
  chunk.writeUInt32BE(tsn + 1, 4);
  chunk.writeUInt16BE(1, 8);
  chunk.writeUInt16BE(tsn & 0xffff, 10);
  chunk.writeUInt32BE(3, 12);
  return withChecksum(Buffer.concat([common, chunk, payload, Buffer.alloc(padding(payload.length))]));
}

function m3uaData({ opc, dpc, userData }: CapturedMessage): Buffer {
  const routing = Buffer.from([0x00, 0x06, 0x00, 0x08, 0, 0, 0, 7]);
  const head = Buffer.alloc(16);
  head.writeUInt16BE(0x0210, 0);
  head.writeUInt16BE(16 + userData.length, 2);
  head.writeUInt32BE(opc, 4);
  head.writeUInt32BE(dpc, 8);
  head.set([3, 2, 0, 5], 12);
  const body = Buffer.concat([routing, head, userData, Buffer.alloc(padding(userData.length))]);
  const common = Buffer.from([1, 0, 1, 1, 0, 0, 0, 0]);
  common.writeUInt32BE(8 + body.length, 4);
  return Buffer.concat([common, body]);
}

function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}

/** Values of the named fields, message by message; a field that comes several times has several values. */
export type FieldRow = Readonly<Record<string, readonly string[]>>;

/** What tshark says of a capture. */
export interface Dissection {
  readonly rows: readonly FieldRow[];
  /** The full text, all layers. */
  readonly text: string;
}

/** Whether the tests that need tshark are left out on purpose. */
export const withoutTshark = process.env.BUSYHOUR_NO_TSHARK === '1';

/** Runs tshark on the messages. @throws Error with the remedy when tshark is not installed, or with its own words when it fails. */
export function dissect(messages: readonly CapturedMessage[], fields: readonly string[]): Dissection {
  const folder = mkdtempSync(join(tmpdir(), 'busyhour-tshark-'));
  try {
    const file = join(folder, 'capture.pcap');
    writeFileSync(file, captureOf(messages));
    const table = tshark(
      ['-r', file, '-T', 'fields', '-E', 'separator=|', '-E', 'aggregator=;'].concat(
        fields.flatMap((field) => ['-e', field]),
      ),
    );
    const rows = table
      .trimEnd()
      .split('\n')
      .map((line) => {
        const cells = line.split('|');
        return Object.fromEntries(
          fields.map((field, index) => [
            field,
            (cells[index] ?? '').split(';').filter((cell) => cell !== ''),
          ]),
        );
      });
    return { rows, text: tshark(['-r', file, '-V']) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tshark(args: readonly string[]): string {
  const run = spawnSync('tshark', ['-n', ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (run.error !== undefined) {
    throw new Error(
      `tshark does not start (${run.error.message}): apt-get install tshark, or set BUSYHOUR_NO_TSHARK=1 to leave these tests out`,
    );
  }
  if (run.status !== 0) throw new Error(`tshark failed: ${run.stderr}`);
  return run.stdout;
}
