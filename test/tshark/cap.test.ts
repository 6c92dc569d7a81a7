import { beforeAll, describe, expect, test } from 'vitest';
import { nodeBytes } from '../../protocol/ber/node.js';
import {
  answerMessage,
  callEndMessage,
  contextRefusedMessage,
  errorMessage,
  instructionsMessage,
  originatingCall,
  pAbortMessage,
  rejectMessage,
  reportMessage,
  requestMessage,
} from '../../protocol/cap/dialogues.js';
import { encodeUserData, type Parties } from '../../protocol/cap/template.js';
import { globalTitle, type SccpAddress } from '../../protocol/sccp/address.js';
import { HOP_COUNTER_MAX } from '../../protocol/sccp/constants.js';
import { encodeUdts } from '../../protocol/sccp/udts.js';
import { encodeXudt } from '../../protocol/sccp/xudt.js';
import { encodeXudts } from '../../protocol/sccp/xudts.js';
import { type TcapMessage, tcapNode } from '../../protocol/tcap/message.js';
import { loadVectors, vector } from '../vectors/load.js';
import { type CapturedMessage, type Dissection, dissect, withoutTshark } from './dissect.js';

if (withoutTshark) console.warn('SKIPPED: tshark tests of CAP, because BUSYHOUR_NO_TSHARK=1');

const SSF: SccpAddress = {
  routeOn: 'gt',
  pointCode: null,
  subsystemNumber: 146,
  globalTitle: globalTitle('46705551234'),
};
const SCF: SccpAddress = { routeOn: 'ssn', pointCode: 2002, subsystemNumber: 146, globalTitle: null };
const TO_SCF: Parties = { called: SCF, calling: SSF, protocolClass: 1, returnOnError: true };
const TO_SSF: Parties = { called: SSF, calling: SCF, protocolClass: 1, returnOnError: false };

const toScf = (message: TcapMessage): CapturedMessage => ({
  opc: 1001,
  dpc: 2002,
  userData: encodeUserData(TO_SCF, message).bytes,
});
const toSsf = (message: TcapMessage): CapturedMessage => ({
  opc: 2002,
  dpc: 1001,
  userData: encodeUserData(TO_SSF, message).bytes,
});

const CALL = originatingCall({
  serviceKey: 100,
  callingNumber: '46701111111',
  calledNumber: '46702222222',
  imsi: '240011234567890',
  mscNumber: '46709999999',
  vlrNumber: '46709999998',
  callReference: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
});
const TIME = { year: 2026, month: 11, day: 20, hour: 15, minute: 47, second: 3, quartersFromGmt: 4 };
const CHARGING = {
  maxCallPeriodTenths: 3000,
  releaseIfDurationExceeded: { tone: true },
  tariffSwitchSeconds: 600,
  partyToCharge: { side: 'sending', leg: 1 },
} as const;

/** Every kind of message that we send, by name, in an order that tshark can follow dialogue by dialogue. */
const MESSAGES: Readonly<Record<string, CapturedMessage>> = {
  probe: toScf(requestMessage(0x0100_0001, { ...CALL, timeAndTimezone: TIME })),
  granted: toSsf(answerMessage(0x0100_0001, 'continue')),
  probeOfTheBroke: toScf(requestMessage(0x0100_0002, CALL)),
  refused: toSsf(answerMessage(0x0100_0002, { releaseCause: 31 })),
  call: toScf(requestMessage(0x0100_0003, CALL)),
  instructions: toSsf(instructionsMessage(0x0200_0001, 0x0100_0003, CHARGING)),
  report: toScf(reportMessage(0x0100_0003, 0x0200_0001, 1200)),
  callEnd: toSsf(callEndMessage(0x0100_0003, { releaseCause: 16 })),
  emptyEnd: toSsf(callEndMessage(0x0100_0004, 'nothing')),
  pAbort: toSsf(pAbortMessage(0x0100_0005, 1)),
  contextRefused: toSsf(contextRefusedMessage(0x0100_0006, [0, 4, 0, 0, 1, 0, 50, 1])),
  probeOfAnError: toScf(requestMessage(0x0100_0007, CALL)),
  error: toSsf(errorMessage(0x0100_0007, 1, 11)),
  probeRejected: toScf(requestMessage(0x0100_0008, CALL)),
  reject: toSsf(rejectMessage(0x0100_0008, 1, 1)),
};

const END = nodeBytes(tcapNode(callEndMessage(0x0100_0009, 'continue')));
const OPTIONAL = {
  segmentation: { first: true, protocolClass: 1, remaining: 0, localReference: 77 },
  importance: 3,
} as const;
const ENVELOPES: Readonly<Record<string, CapturedMessage>> = {
  udts: {
    opc: 2002,
    dpc: 1001,
    userData: encodeUdts({ called: SSF, calling: SCF, data: END, returnCause: 1 }),
  },
  xudt: {
    opc: 2002,
    dpc: 1001,
    userData: encodeXudt({ ...TO_SSF, data: END, hopCounter: HOP_COUNTER_MAX, ...OPTIONAL }).bytes,
  },
  xudts: {
    opc: 2002,
    dpc: 1001,
    userData: encodeXudts({
      called: SSF,
      calling: SCF,
      data: END,
      returnCause: 5,
      hopCounter: 9,
      ...OPTIONAL,
    }),
  },
  ludt: toScf(
    requestMessage(0x0100_0010, {
      ...CALL,
      extensions: [{ type: 9, octets: new Uint8Array(300).fill(0x55) }],
    }),
  ),
};

const FIELDS = [
  '_ws.expert',
  '_ws.malformed',
  'm3ua.protocol_data_opc',
  'm3ua.protocol_data_dpc',
  'm3ua.routing_context',
  'sccp.message_type',
  'sccp.class',
  'sccp.handling',
  'sccp.called.ssn',
  'sccp.called.pc',
  'sccp.called.digits',
  'sccp.calling.digits',
  'sccp.return_cause',
  'sccp.hops',
  'sccp.segmentation.slr',
  'sccp.importance',
  'tcap.tid',
  'tcap.oid',
  'tcap.application_context_name',
  'tcap.p_abortCause',
  'tcap.result',
  'tcap.dialogue_service_user',
  'camel.present',
  'camel.local',
  'camel.serviceKey',
  'e164.called_party_number.digits',
  'e164.calling_party_number.digits',
  'e164.msisdn',
  'e212.imsi',
  'camel.eventTypeBCSM',
  'camel.monitorMode',
  'camel.callReferenceNumber',
  'camel.timeAndTimezone',
  'camel.bearerCap',
  'camel.maxCallPeriodDuration',
  'camel.tone',
  'camel.tariffSwitchInterval',
  'camel.timeIfNoTariffSwitch',
  'camel.legActive',
  'camel.cause_indicator',
  'camel.sendingSideID',
  'inap.sendingSideID',
  'camel.receivingSideID',
] as const;

/** What tshark prints for octets it cannot place. */
const COMPLAINT = /malformed|unknown|undecoded|ber error|expert info|not dissected|unreassembled/i;

describe.skipIf(withoutTshark)('tshark', () => {
  let seen: Dissection;
  const names = [...Object.keys(MESSAGES), ...Object.keys(ENVELOPES)];
  const row = (name: string) => seen.rows[names.indexOf(name)] ?? {};

  beforeAll(() => {
    seen = dissect([...Object.values(MESSAGES), ...Object.values(ENVELOPES)], FIELDS);
  });

  test('has nothing to complain about', () => {
    expect(seen.rows).toHaveLength(names.length);
    expect(seen.text.split('\n').filter((line) => COMPLAINT.test(line))).toEqual([]);
    for (const name of names) {
      expect(row(name)['_ws.expert'], name).toEqual([]);
      expect(row(name)['_ws.malformed'], name).toEqual([]);
    }
  });

  test('reads the request down to the parameters of initialDP', () => {
    expect(row('probe')).toMatchObject({
      'm3ua.protocol_data_opc': ['1001'],
      'm3ua.protocol_data_dpc': ['2002'],
      'm3ua.routing_context': ['7'],
      'sccp.message_type': ['0x09'],
      'sccp.class': ['0x01'],
      'sccp.handling': ['0x08'],
      'sccp.called.ssn': ['146'],
      'sccp.called.pc': ['2002'],
      'sccp.calling.digits': ['46705551234'],
      'tcap.tid': ['01000001'],
      'tcap.application_context_name': ['0.4.0.0.1.0.50.1'],
      'camel.present': ['1'],
      'camel.local': ['0'],
      'camel.serviceKey': ['100'],
      'e164.called_party_number.digits': ['46702222222'],
      'e164.calling_party_number.digits': ['46701111111'],
      'e164.msisdn': ['46702222222', '46701111111', '46709999998', '46709999999'],
      'e212.imsi': ['240011234567890'],
      'camel.eventTypeBCSM': ['2'],
      'camel.callReferenceNumber': ['0102030405060708'],
      'camel.timeAndTimezone': ['0262110251743040'],
      'camel.bearerCap': ['8090a3'],
    });
  });

  test('reads both answers to a probe', () => {
    expect(row('granted')).toMatchObject({
      'tcap.tid': ['01000001'],
      'camel.local': ['31'],
      'tcap.result': ['0'],
    });
    expect(row('refused')).toMatchObject({
      'tcap.tid': ['01000002'],
      'camel.local': ['22'],
      'camel.cause_indicator': ['31'],
    });
  });

  test('reads the call scenario', () => {
    expect(row('instructions')).toMatchObject({
      'tcap.tid': ['02000001', '01000003'],
      'camel.local': ['23', '35', '31'],
      'camel.eventTypeBCSM': ['7', '9', '9'],
      'camel.monitorMode': ['1', '0', '0'],
      'camel.maxCallPeriodDuration': ['3000'],
      'camel.tariffSwitchInterval': ['600'],
      'inap.sendingSideID': ['02', '01', '02'],
      'camel.sendingSideID': ['01'],
    });
    expect(row('report')).toMatchObject({
      'tcap.tid': ['01000003', '02000001'],
      'camel.local': ['36', '24'],
      'camel.timeIfNoTariffSwitch': ['1200'],
      'camel.legActive': ['0'],
      'camel.eventTypeBCSM': ['9'],
      'camel.cause_indicator': ['16'],
      'camel.receivingSideID': ['01', '01'],
    });
    expect(row('callEnd')).toMatchObject({ 'camel.local': ['22'], 'camel.cause_indicator': ['16'] });
    expect(row('emptyEnd')).toMatchObject({ 'tcap.tid': ['01000004'], 'camel.local': [] });
  });

  test('reads refusals', () => {
    expect(row('pAbort')).toMatchObject({ 'tcap.tid': ['01000005'], 'tcap.p_abortCause': ['1'] });
    expect(row('contextRefused')).toMatchObject({
      'tcap.result': ['1'],
      'tcap.dialogue_service_user': ['2'],
    });
    expect(seen.text).toContain('local: systemFailure (11)');
    expect(seen.text).toContain('invoke: unrecognizedOperation (1)');
  });

  test('reads the other SCCP messages', () => {
    expect(row('udts')).toMatchObject({ 'sccp.message_type': ['0x0a'], 'sccp.return_cause': ['0x01'] });
    expect(row('xudt')).toMatchObject({
      'sccp.message_type': ['0x11'],
      'sccp.hops': ['0x0f'],
      'sccp.segmentation.slr': ['0x00004d'],
      'sccp.importance': ['0x03'],
      'tcap.tid': ['01000009'],
    });
    expect(row('xudts')).toMatchObject({ 'sccp.message_type': ['0x12'], 'sccp.return_cause': ['0x05'] });
    expect(row('ludt')).toMatchObject({
      'sccp.message_type': ['0x13'],
      'camel.local': ['0'],
      'e212.imsi': ['240011234567890'],
    });
  });
});

describe.skipIf(withoutTshark)('tshark agrees with the hand-made vectors', () => {
  const vectors = loadVectors('sccp-tcap-cap.txt');
  const names = [...vectors.keys()];

  test('no complaint, and the fields that SOURCES.md names', () => {
    const messages = names.map((name) => ({ opc: 1001, dpc: 2002, userData: vector(vectors, name) }));
    const { rows, text } = dissect(messages, FIELDS);
    expect(text.split('\n').filter((line) => COMPLAINT.test(line))).toEqual([]);
    const row = (name: string) => rows[names.indexOf(name)];
    expect(row('begin-initial-dp')).toMatchObject({
      'sccp.called.pc': ['2026'],
      'sccp.calling.digits': ['467012'],
      'tcap.tid': ['1234'],
      'camel.serviceKey': ['42'],
      'e212.imsi': ['240011234567890'],
      'e164.called_party_number.digits': ['46701234567'],
      'e164.calling_party_number.digits': ['46709876543'],
      'camel.callReferenceNumber': ['deadbeef'],
    });
    expect(row('end-indefinite')).toMatchObject({ 'tcap.tid': ['01020304'], 'camel.local': ['31'] });
    expect(row('continue-instructions')).toMatchObject({ 'camel.maxCallPeriodDuration': ['3000'] });
    expect(row('continue-report')).toMatchObject({ 'camel.timeIfNoTariffSwitch': ['1200'] });
    expect(row('returned')).toMatchObject({ 'sccp.return_cause': ['0x01'] });
  });
});
