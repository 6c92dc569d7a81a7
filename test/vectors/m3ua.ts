import type { M3uaMessage } from '../../protocol/m3ua/message.js';

/** A message written by hand from the diagrams of RFC 4666, and what it says. See SOURCES.md. */
export interface M3uaVector {
  readonly name: string;
  /** Octets in hexadecimal, blanks between fields. */
  readonly hex: string;
  readonly message: M3uaMessage;
  /** Fields as tshark prints them (`-T fields`). */
  readonly tshark: Readonly<Record<string, string>>;
}

const text = (value: string) => Uint8Array.from(value, (character) => character.charCodeAt(0));

export const M3UA_VECTORS: readonly M3uaVector[] = [
  {
    name: 'DATA with every parameter, 5 octets of user data and their padding',
    hex: `01 00 01 01 00000038  0200 0008 00000005  0006 0008 00000064
          0210 0015 000003e9 000007d2 03 02 00 0b 0900030506 000000  0013 0008 00000001`,
    message: {
      kind: 'DATA',
      networkAppearance: 5,
      routingContext: 100,
      protocolData: {
        opc: 1001,
        dpc: 2002,
        si: 3,
        ni: 2,
        mp: 0,
        sls: 11,
        userData: Uint8Array.of(9, 0, 3, 5, 6),
      },
      correlationId: 1,
    },
    tshark: {
      'm3ua.protocol_data_opc': '1001',
      'm3ua.protocol_data_dpc': '2002',
      'm3ua.protocol_data_si': '3',
      'm3ua.protocol_data_ni': '2',
      'm3ua.protocol_data_mp': '0',
      'm3ua.protocol_data_sls': '11',
      'm3ua.network_appearance': '5',
      'm3ua.routing_context': '100',
      'm3ua.correlation_identifier': '1',
    },
  },
  {
    name: 'DATA without optional parameters, largest values of the label',
    hex: '01 00 01 01 00000018  0210 0010 00003fff 00003ffe 0f 03 03 ff',
    message: {
      kind: 'DATA',
      protocolData: { opc: 16383, dpc: 16382, si: 15, ni: 3, mp: 3, sls: 255, userData: new Uint8Array() },
    },
    tshark: { 'm3ua.protocol_data_opc': '16383', 'm3ua.protocol_data_sls': '255' },
  },
  {
    name: 'DUNA with two affected point codes, the second one a range',
    hex: `01 00 02 01 00000030  0200 0008 00000001  0006 000c 00000001 fffffffe
          0012 000c 00 0007d2 03 0007d8  0004 0006 6869 0000`,
    message: {
      kind: 'DUNA',
      networkAppearance: 1,
      routingContexts: [1, 0xffff_fffe],
      affected: [
        { mask: 0, pointCode: 2002 },
        { mask: 3, pointCode: 2008 },
      ],
      info: text('hi'),
    },
    tshark: {
      'm3ua.message_class': '2',
      'm3ua.message_type': '1',
      'm3ua.affected_point_code_pc': '2002,2008',
      'm3ua.affected_point_code_mask': '0,3',
      'm3ua.info_string': 'hi',
    },
  },
  {
    name: 'DAVA',
    hex: '01 00 02 02 00000010  0012 0008 00 000001',
    message: { kind: 'DAVA', affected: [{ mask: 0, pointCode: 1 }] },
    tshark: { 'm3ua.message_type': '2', 'm3ua.affected_point_code_pc': '1' },
  },
  {
    name: 'DAUD',
    hex: '01 00 02 03 00000010  0012 0008 00 000002',
    message: { kind: 'DAUD', affected: [{ mask: 0, pointCode: 2 }] },
    tshark: { 'm3ua.message_type': '3', 'm3ua.affected_point_code_pc': '2' },
  },
  {
    name: 'SCON with concerned destination and congestion level 2',
    hex: '01 00 02 04 00000020  0012 0008 00 0007d2  0206 0008 00 0003e9  0205 0008 000000 02',
    message: {
      kind: 'SCON',
      affected: [{ mask: 0, pointCode: 2002 }],
      concernedDestination: 1001,
      congestionLevel: 2,
    },
    tshark: { 'm3ua.message_type': '4', 'm3ua.concerned_dpc': '1001', 'm3ua.congestion_level': '2' },
  },
  {
    name: 'DUPU: SCCP is not equipped at the destination',
    hex: '01 00 02 05 00000018  0012 0008 00 0007d2  0204 0008 0001 0003',
    message: { kind: 'DUPU', affected: [{ mask: 0, pointCode: 2002 }], cause: 1, user: 3 },
    tshark: {
      'm3ua.message_type': '5',
      'm3ua.unavailability_cause': '1',
      'm3ua.user_identity': '3',
    },
  },
  {
    name: 'DRST',
    hex: '01 00 02 06 00000010  0012 0008 00 000003',
    message: { kind: 'DRST', affected: [{ mask: 0, pointCode: 3 }] },
    tshark: { 'm3ua.message_type': '6', 'm3ua.affected_point_code_pc': '3' },
  },
  {
    name: 'ASPUP',
    hex: '01 00 03 01 00000018  0011 0008 00000007  0004 0007 616263 00',
    message: { kind: 'ASPUP', aspIdentifier: 7, info: text('abc') },
    tshark: { 'm3ua.message_class': '3', 'm3ua.message_type': '1', 'm3ua.asp_identifier': '7' },
  },
  {
    name: 'ASPUP without parameters',
    hex: '01 00 03 01 00000008',
    message: { kind: 'ASPUP' },
    tshark: { 'm3ua.message_length': '8' },
  },
  {
    name: 'ASPDN',
    hex: '01 00 03 02 00000008',
    message: { kind: 'ASPDN' },
    tshark: { 'm3ua.message_type': '2' },
  },
  {
    name: 'BEAT with three octets of data',
    hex: '01 00 03 03 00000010  0009 0007 0a0b0c 00',
    message: { kind: 'BEAT', heartbeatData: Uint8Array.of(10, 11, 12) },
    tshark: { 'm3ua.message_type': '3', 'm3ua.heartbeat_data': '0a0b0c' },
  },
  {
    name: 'ASPUP ACK',
    hex: '01 00 03 04 00000010  0011 0008 ffffffff',
    message: { kind: 'ASPUP_ACK', aspIdentifier: 0xffff_ffff },
    tshark: { 'm3ua.message_type': '4', 'm3ua.asp_identifier': '4294967295' },
  },
  {
    name: 'ASPDN ACK',
    hex: '01 00 03 05 00000008',
    message: { kind: 'ASPDN_ACK' },
    tshark: { 'm3ua.message_type': '5' },
  },
  {
    name: 'BEAT ACK without data',
    hex: '01 00 03 06 00000008',
    message: { kind: 'BEAT_ACK' },
    tshark: { 'm3ua.message_type': '6' },
  },
  {
    name: 'ASPAC, loadshare, two Routing Contexts',
    hex: '01 00 04 01 0000001c  000b 0008 00000002  0006 000c 00000001 00000002',
    message: { kind: 'ASPAC', trafficMode: 2, routingContexts: [1, 2] },
    tshark: {
      'm3ua.message_class': '4',
      'm3ua.message_type': '1',
      'm3ua.traffic_mode_type': '2',
      'm3ua.routing_context': '1,2',
    },
  },
  {
    name: 'ASPIA',
    hex: '01 00 04 02 00000010  0006 0008 00000001',
    message: { kind: 'ASPIA', routingContexts: [1] },
    tshark: { 'm3ua.message_type': '2', 'm3ua.routing_context': '1' },
  },
  {
    name: 'ASPAC ACK, override',
    hex: '01 00 04 03 00000018  000b 0008 00000001  0006 0008 00000001',
    message: { kind: 'ASPAC_ACK', trafficMode: 1, routingContexts: [1] },
    tshark: { 'm3ua.message_type': '3', 'm3ua.traffic_mode_type': '1' },
  },
  {
    name: 'ASPIA ACK',
    hex: '01 00 04 04 00000008',
    message: { kind: 'ASPIA_ACK' },
    tshark: { 'm3ua.message_type': '4' },
  },
  {
    name: 'ERR: invalid Routing Context',
    hex: '01 00 00 00 00000018  000c 0008 00000019  0006 0008 00000063',
    message: { kind: 'ERR', errorCode: 0x19, routingContexts: [99] },
    tshark: { 'm3ua.message_class': '0', 'm3ua.message_type': '0', 'm3ua.error_code': '25' },
  },
  {
    name: 'ERR with everything it can carry',
    hex: `01 00 00 00 00000034  000c 0008 00000014  0006 0008 00000001  0200 0008 00000002
          0012 0008 00 000003  0007 000a 01000203 0000 0000`,
    message: {
      kind: 'ERR',
      errorCode: 0x14,
      routingContexts: [1],
      networkAppearance: 2,
      affected: [{ mask: 0, pointCode: 3 }],
      diagnostic: Uint8Array.of(1, 0, 2, 3, 0, 0),
    },
    tshark: { 'm3ua.error_code': '20', 'm3ua.diagnostic_information': '010002030000' },
  },
  {
    name: 'NTFY: AS-ACTIVE',
    hex: '01 00 00 01 00000018  000d 0008 0001 0003  0006 0008 00000001',
    message: { kind: 'NTFY', status: 0x0001_0003, routingContexts: [1] },
    tshark: { 'm3ua.message_type': '1', 'm3ua.status_type': '1', 'm3ua.status_info': '3' },
  },
  {
    name: 'NTFY: alternate ASP active',
    hex: '01 00 00 01 00000020  000d 0008 0002 0002  0011 0008 00000002  0006 0008 00000001',
    message: { kind: 'NTFY', status: 0x0002_0002, aspIdentifier: 2, routingContexts: [1] },
    tshark: { 'm3ua.status_type': '2', 'm3ua.status_info': '2', 'm3ua.asp_identifier': '2' },
  },
];

/** Octets of a vector, or of any hexadecimal text with blanks. */
export function hexOctets(hex: string): Uint8Array {
  return Uint8Array.from(hex.replace(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
