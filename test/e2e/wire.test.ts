import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measure/summary.js';
import { withoutTshark } from '../tshark/dissect.js';
import { perform, startResponder, temporaryFolder } from './support/processes.js';
import { Relay } from './support/relay.js';
import { Dice } from './support/rubbish.js';
import { pcapOf } from './support/sctp-packet.js';

const SUBSCRIBERS = [
  '--msisdn-range',
  '46701000000-46701000049',
  '--imsi-range',
  '240010000000000-240010000000049',
];
const CALLER = [
  '--opc',
  '1001',
  '--dpc',
  '2002',
  '--calling-gt',
  '46705551234',
  '--called-gt',
  '46705554321',
];
const CALLED = [
  '--opc',
  '2002',
  '--dpc',
  '1001',
  '--calling-gt',
  '46705554321',
  '--called-gt',
  '46705551234',
];
const COMMON = ['--rc', '7', '--service-key', '100', '--bundle', 'off', ...SUBSCRIBERS];

const FIELDS = [
  'sctp.data_payload_proto_id',
  'sctp.data_sid',
  'sctp.data_tsn_raw',
  'm3ua.message_class',
  'm3ua.routing_context',
  'm3ua.protocol_data_opc',
  'm3ua.protocol_data_dpc',
  'm3ua.protocol_data_si',
  'm3ua.protocol_data_ni',
  'm3ua.protocol_data_sls',
  'sccp.message_type',
  'sccp.called.ssn',
  'sccp.calling.ssn',
  'sccp.calling.digits',
  'sccp.called.digits',
  'tcap.tid',
  'tcap.application_context_name',
  'camel.local',
  'camel.serviceKey',
  'e164.calling_party_number.digits',
  'e212.imsi',
] as const;
type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

/** What tshark prints for octets that it cannot place. */
const COMPLAINT = /malformed|undecoded|ber error|expert info|not dissected|bad checksum|incorrect/i;
/** A path or a machine that was slow for a moment is no fault of a message. */
const HARMLESS = /Retransmitted TSN/;

const complaints = (text: string): string[] =>
  text.split('\n').filter((line) => COMPLAINT.test(line) && !HARMLESS.test(line));

function tshark(args: readonly string[]): string {
  const run = spawnSync('tshark', ['-n', '-o', 'sctp.checksum:CRC 32c', ...args], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (run.error !== undefined) {
    throw new Error(
      `tshark does not start: apt-get install tshark, or set BUSYHOUR_NO_TSHARK=1 to leave these tests out`,
    );
  }
  if (run.status !== 0) throw new Error(`tshark failed: ${run.stderr}`);
  return run.stdout;
}

interface Captured {
  readonly summary: RunSummary;
  readonly rows: readonly Row[];
  readonly text: string;
}

/** A run through a relay that keeps what passes, as tshark sees it: one message a packet. */
async function capture(scenario: readonly string[]): Promise<Captured> {
  const responder = await startResponder([...CALLED, ...COMMON]);
  const relay = await Relay.open(responder.endpoint, { keep: true });
  const { summary } = await perform([
    ...['--target', relay.endpoint, '--tick', 'OFF', '--rate', '50', '--duration', '1s'],
    ...[...CALLER, ...COMMON, ...scenario],
  ]);
  await responder.end();
  relay.close();
  const file = join(temporaryFolder(), 'run.pcap');
  writeFileSync(file, pcapOf(relay.packets));
  const table = tshark([
    ...['-r', file, '-Y', 'm3ua', '-T', 'fields', '-E', 'separator=|', '-E', 'aggregator=;'],
    ...FIELDS.flatMap((field) => ['-e', field]),
  ]);
  const rows = table
    .trimEnd()
    .split('\n')
    .map((line) => {
      const cells = line.split('|');
      return Object.fromEntries(FIELDS.map((field, index) => [field, cells[index] ?? ''])) as Row;
    });
  // What was sent again counts once.
  const once = new Map(
    rows.map((row) => [`${row['m3ua.protocol_data_opc']} ${row['sctp.data_tsn_raw']}`, row]),
  );
  return { summary, rows: [...once.values()], text: tshark(['-r', file, '-V']) };
}

describe.skipIf(withoutTshark)('tshark, on a capture of a probe run', () => {
  let seen: Captured;
  const requests = (): Row[] => seen.rows.filter((row) => row['m3ua.protocol_data_opc'] === '1001');
  const answers = (): Row[] => seen.rows.filter((row) => row['m3ua.protocol_data_opc'] === '2002');

  beforeAll(async () => {
    seen = await capture([]);
  }, 60_000);

  it('finds nothing malformed in any packet', () => {
    expect(seen.summary.requests).toMatchObject({ due: 50, succeeded: 50 });
    expect(complaints(seen.text)).toEqual([]);
    // Management, transfer, ASP state and ASP traffic messages: all were there to be judged.
    expect([...new Set(seen.rows.map((row) => row['m3ua.message_class']))].sort()).toEqual([
      '0',
      '1',
      '3',
      '4',
    ]);
  });

  it('reads the intended M3UA, SCCP, TCAP and CAP fields of every request', () => {
    expect(requests()).toHaveLength(50);
    for (const row of requests()) {
      expect(row).toMatchObject({
        'sctp.data_payload_proto_id': '3',
        'm3ua.routing_context': '7',
        'm3ua.protocol_data_dpc': '2002',
        'm3ua.protocol_data_si': '3',
        'm3ua.protocol_data_ni': '2',
        'sccp.message_type': '0x09',
        'sccp.called.ssn': '146',
        'sccp.calling.ssn': '146',
        'sccp.calling.digits': '46705551234',
        'sccp.called.digits': '46705554321',
        'tcap.application_context_name': '0.4.0.0.1.0.50.1',
        'camel.local': '0',
        'camel.serviceKey': '100',
      });
      // Stream 0 is for management; a DATA stream follows from the SLS (RFC 4666 §1.4.7).
      expect(Number(row['sctp.data_sid'])).toBe(1 + (Number(row['m3ua.protocol_data_sls']) % 16));
    }
  });

  it('sees every subscriber once, each with its own IMSI, and every transaction id once', () => {
    const numbers = requests().map((row) => row['e164.calling_party_number.digits']);
    const expected = Array.from({ length: 50 }, (_, index) => `${46_701_000_000 + index}`);
    expect([...numbers].sort()).toEqual(expected);
    for (const row of requests()) {
      const index = Number(row['e164.calling_party_number.digits']) - 46_701_000_000;
      expect(row['e212.imsi']).toBe(`${240_010_000_000_000 + index}`);
    }
    expect(new Set(requests().map((row) => row['tcap.tid'])).size).toBe(50);
    expect(new Set(requests().map((row) => row['m3ua.protocol_data_sls'])).size).toBe(16);
  });

  it('reads one answer to each: Continue, in the dialogue of the request, on the SLS of the request', () => {
    expect(answers()).toHaveLength(50);
    const slsOf = new Map(requests().map((row) => [row['tcap.tid'], row['m3ua.protocol_data_sls']]));
    for (const row of answers()) {
      expect(row).toMatchObject({ 'camel.local': '31', 'm3ua.protocol_data_dpc': '1001' });
      expect(row['m3ua.protocol_data_sls']).toBe(slsOf.get(row['tcap.tid']));
    }
  });
});

describe.skipIf(withoutTshark)('tshark, on a capture of a call run', () => {
  it('finds nothing malformed, and the operations of both legs in order', async () => {
    const { summary, rows, text } = await capture([
      '--scenario',
      'call',
      '--service-key',
      '101',
      '--hold',
      '200ms',
    ]);
    expect(summary.requests).toMatchObject({ due: 50, succeeded: 50 });
    expect(complaints(text)).toEqual([]);
    const operations = rows.filter((row) => row['tcap.tid'] !== '').map((row) => row['camel.local']);
    // initialDP; requestReportBCSMEvent, applyCharging, continue; applyChargingReport, eventReportBCSM. Messages that were sent again
    // may share a packet.
    const leg = '(0|23;35;31|36;24)';
    for (const each of operations) expect(each).toMatch(new RegExp(`^(${leg}(;${leg})*)?$`));
    const single = operations.join(';').split(';');
    for (const wanted of ['0', '23', '35', '31', '36', '24']) {
      expect(single.filter((each) => each === wanted).length, wanted).toBeGreaterThanOrEqual(50);
    }
  }, 60_000);
});

describe('a path that drops 1 packet in 1 000', () => {
  it('loses no request and answers none twice', { timeout: 60_000, retry: 1 }, async () => {
    const dice = new Dice(7);
    const responder = await startResponder();
    const relay = await Relay.open(responder.endpoint, { drop: () => dice.below(1000) === 0 });
    const { summary } = await perform([
      ...[
        '--target',
        relay.endpoint,
        '--tick',
        '1ms',
        '--rate',
        '2000',
        '--duration',
        '5s',
        '--bundle',
        'off',
      ],
    ]);
    const { counted } = await responder.end();
    relay.close();
    expect(relay.dropped).toBeGreaterThan(5);
    expect(summary.requests).toMatchObject({
      ...{ due: 10_000, succeeded: 10_000, retransmitted: 0, duplicateAnswered: 0, unknown: 0, late: 0 },
    });
    expect(counted).toEqual({
      succeeded: 10_000,
      failed: 0,
      retransmissionDetected: 0,
      duplicateAnswered: 0,
    });
    expect(summary.transport.associations[0]?.retransmissions).toBeGreaterThan(0);
  });

  it('and one that drops 1 in 20 neither', {
    timeout: 60_000,
    retry: 1,
  }, async () => {
    const dice = new Dice(8);
    const responder = await startResponder();
    const relay = await Relay.open(responder.endpoint, {
      drop: (index) => index > 20 && dice.below(20) === 0,
    });
    const { summary } = await perform([
      ...['--target', relay.endpoint, '--tick', 'OFF', '--rate', '300', '--duration', '2s'],
    ]);
    const { counted } = await responder.end();
    relay.close();
    expect(relay.dropped).toBeGreaterThan(20);
    expect(summary.transport.associations[0]?.retransmissions).toBeGreaterThan(5);
    expect(summary.requests).toMatchObject({ due: 600, succeeded: 600, duplicateAnswered: 0, unknown: 0 });
    expect(counted).toMatchObject({ succeeded: 600, retransmissionDetected: 0 });
  });
});
