import { parseDigitRange, parseDigits } from './digit-range.js';
import { parseEndpoint } from './endpoint.js';
import { ValueError } from './errors.js';
import { bytes, count, durationNsOrOff, listOf, oneOf, text, textOrNumber, yesNo } from './fields.js';
import { LIMITS } from './limits.js';
import { parseCount } from './quantities.js';

/** Subscribers of the default ranges: E.164 country code 999 is in no country's use, MCC 001 is the test network of E.212. */
const MSISDN_RANGE_DEFAULT = '999100000000-999100999999';
const IMSI_RANGE_DEFAULT = '001010000000000-001010000999999';

/** TS 29.078: ServiceKey is an Integer4. */
export const SERVICE_KEY_MAX = 2_147_483_647;

/** Point codes differ by side, so each shape adds its own. */
export const pointCodeField = () => textOrNumber('a point code such as 2057 or 1-1-1', parsePointCode);

/** Its default differs by side, too. */
export const serviceKeyField = (max = SERVICE_KEY_MAX) => count(0, max);

/** Keys that `run` and `respond` share; names as on the command line, in camelCase. */
export const addressingShape = {
  carrier: oneOf(['auto', 'udp', 'raw', 'kernel'])
    .prefault('auto')
    .describe(
      'what SCTP packets travel on; auto takes kernel SCTP where the host has it, else UDP encapsulation',
    ),
  local: text('an endpoint', (input) => parseEndpoint(input, 0))
    .optional()
    .describe(
      'local endpoint HOST[+HOST...]:SCTPPORT[/UDPPORT]; by default any address and a port that the system chooses',
    ),
  listenForPeer: yesNo()
    .prefault(false)
    .describe('wait for the peer to open the associations instead of opening them'),
  trafficMode: oneOf(['override', 'loadshare', 'broadcast'])
    .prefault('loadshare')
    .describe('traffic mode of the application server (RFC 4666 §4.3.4.3)'),
  streams: count(2, LIMITS.streamsMax.value)
    .prefault(17)
    .describe('SCTP streams to the peer; 0 is for management, the others for the 16 SLS values'),
  rc: textOrNumber('a number from 0 to 4294967295, or OFF', (input) =>
    parseOptionalNumber(input, 2 ** 32 - 1),
  )
    .prefault(1)
    .describe('M3UA routing context, or OFF to send none'),
  na: textOrNumber('a number from 0 to 4294967295, or OFF', (input) =>
    parseOptionalNumber(input, 2 ** 32 - 1),
  )
    .prefault('OFF')
    .describe('M3UA network appearance, or OFF to send none'),
  ni: count(0, 3).prefault(2).describe('network indicator: 0 and 1 international, 2 and 3 national'),
  msisdnRange: textOrNumber('a range of numbers A-B', parseDigitRange)
    .prefault(MSISDN_RANGE_DEFAULT)
    .describe('numbers of the subscribers, A-B'),
  imsiRange: textOrNumber('a range of numbers A-B', parseDigitRange)
    .prefault(IMSI_RANGE_DEFAULT)
    .describe('IMSIs of the subscribers, A-B; the first belongs to the first number, and so on'),
  ssn: count(1, 254).prefault(146).describe('SCCP subsystem number; 146 is CAP'),
  cpu: listOf('a CPU number', (input) => parseCount(input, 0, 4095), 4096)
    .optional()
    .describe('CPUs to pin the workers to, the first worker to the first, and so on'),
  busyPoll: durationNsOrOff()
    .prefault('OFF')
    .describe('how long a worker polls without sleeping before it blocks; costs a core and lowers latency'),
  cpuLatency: durationNsOrOff()
    .prefault('OFF')
    .describe(
      'longest time that any processor of this machine may take to wake; 0us has them spin. Needs root; a target on the same machine gets quicker too',
    ),
  bundle: oneOf(['off', 'tick', 'auto'])
    .prefault('auto')
    .describe(
      'off: one packet a message; auto: messages that are due anyway share packets; tick: those of one tick do',
    ),
} as const;

export const digitsField = () => textOrNumber('1 to 15 digits', parseDigits);

export const paddingField = () => bytes(0, LIMITS.messageBytesMax.value - 1024);

/**
 * ITU point code (Q.704 §14.2.1), 14 bits: a number, or zone-area-point as 3-8-3 bits.
 * @throws ValueError
 */
export function parsePointCode(input: string): number {
  const dashed = /^(\d+)-(\d+)-(\d+)$/.exec(input.trim());
  if (dashed === null) {
    const value = /^\d+$/.test(input.trim()) ? Number(input) : Number.NaN;
    if (value <= 16_383) return value;
    throw new ValueError(
      `expected a point code from 0 to 16383, or as zone-area-point such as 1-1-1, got '${input}'`,
    );
  }
  const [zone, area, point] = dashed.slice(1).map(Number);
  if (zone! > 7 || area! > 255 || point! > 7) {
    throw new ValueError(`a point code as zone-area-point is at most 7-255-7, got '${input}'`);
  }
  return (zone! << 11) | (area! << 3) | point!;
}

function parseOptionalNumber(input: string, max: number): number | null {
  if (input.trim().toUpperCase() === 'OFF') return null;
  const value = /^\d+$/.test(input.trim()) ? Number(input) : Number.NaN;
  if (value <= max) return value;
  throw new ValueError(`expected a number from 0 to ${max}, or OFF, got '${input}'`);
}
