import { z } from 'zod';
import {
  addressingShape,
  digitsField,
  paddingField,
  pointCodeField,
  SERVICE_KEY_MAX,
  serviceKeyField,
} from './addressing.js';
import { arrivalField } from './arrival.js';
import { clusterShape } from './cluster-config.js';
import { parseEndpoint } from './endpoint.js';
import {
  bytes,
  count,
  durationNs,
  durationNsOrOff,
  fraction,
  listOf,
  listOfTexts,
  oneOf,
  ratePerSecond,
  text,
  yesNo,
} from './fields.js';
import { LIMITS } from './limits.js';
import { sctpForm } from './sctp.js';
import { parseServiceTime } from './service-time.js';
import { parseThresholdExpression, thresholdText } from './threshold-expression.js';

const targets = () =>
  listOf('an endpoint such as 127.0.0.1:2905/9899', (input) => parseEndpoint(input), LIMITS.targetsMax.value);
const interval = () =>
  durationNs({ min: '100ms' }).prefault('10s').describe('sampling period of the time series');
const seed = () =>
  count(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('seed of everything random; chosen and reported when absent');

/** A run profile: what `busyhour run` takes, from YAML and from flags alike. Defaults are written as a user would write them. */
export const runProfileSchema = z.strictObject({
  target: targets().describe('endpoints under test, HOST[+HOST...]:SCTPPORT[/UDPPORT]'),
  rate: ratePerSecond(LIMITS.ratePerSecondMax.value)
    .optional()
    .describe('requests per second of all workers together: 1500, or busy-hour call attempts: 5400000bhca'),
  duration: durationNs({ min: '1ms' })
    .optional()
    .describe('how long requests are due; by default the sum of the steps of a step arrival'),
  arrival: arrivalField
    .prefault('constant')
    .describe(
      'constant, poisson, ramp:from=100,to=9450, step:1000/30s,2000/30s, burst:factor=1.5,for=60s,at=60s,every=5m, or a mapping with kind',
    ),
  distribution: oneOf(['split', 'first', 'active'])
    .prefault('split')
    .describe('over several targets: in turn, all to the first, or all to the one that is active'),
  rerouteAfter: durationNsOrOff({ min: '1ms' })
    .prefault('OFF')
    .describe('an unanswered request goes to another target after this time, or OFF'),
  scenario: oneOf(['probe', 'call'])
    .prefault('probe')
    .describe('probe: one request, one answer; call: a prepaid call of two legs'),
  hold: durationNs().prefault('2s').describe('call scenario: time between the two legs'),
  workers: count(1, LIMITS.workersMax.value)
    .prefault(1)
    .describe('worker threads; one is enough for some 100 000 requests a second'),
  timeout: durationNs({ min: '1ms' })
    .prefault('30s')
    .describe('a request without an answer ends after this time, from when it was due'),
  connectTimeout: durationNs({ min: '10ms' })
    .prefault('10s')
    .describe('a target without an active association after this time is unreachable'),
  interval: interval(),
  tick: durationNsOrOff({ min: '10us' })
    .prefault('OFF')
    .describe(
      'requests leave in groups at multiples of this time, to save CPU; when they are due stays the same',
    ),
  objective: durationNs({ min: '1us' })
    .optional()
    .describe('response time above which service counts as degraded; by default 3 x the reference p99'),
  outageThreshold: durationNs({ min: '1us' })
    .optional()
    .describe(
      'gap above which a window opens; by default the largest of 30ms, 5 spacings and 5 x the reference p99',
    ),
  retransmitAfter: durationNsOrOff({ min: '1ms' })
    .prefault('OFF')
    .describe('an unanswered request is sent again, unchanged, after this time, or OFF'),
  retransmitMax: count(1, 100).prefault(3).describe('how often a request is sent again at most'),
  checkShare: fraction(0, 1)
    .prefault(0.01)
    .describe('share of the answers that is decoded and checked in full'),
  audit: yesNo()
    .prefault(false)
    .describe('keep which requests were answered, for busyhour ledger verify --result'),
  padding: paddingField()
    .prefault(0)
    .describe('bytes added to every request, in a parameter that receivers ignore'),
  associations: count(1, LIMITS.associationsPerTargetMax.value)
    .optional()
    .describe('associations to each target; by default one a worker'),
  role: oneOf(['asp', 'sgp', 'ipsp']).prefault('asp').describe('M3UA role of this side'),
  opc: pointCodeField().prefault(1).describe('own point code: 0 to 16383, or zone-area-point'),
  dpc: pointCodeField().prefault(2).describe('point code of the target'),
  callingGt: digitsField().prefault('99900000001').describe('global title of this side (SCCP calling party)'),
  calledGt: digitsField().prefault('99900000002').describe('global title of the target (SCCP called party)'),
  serviceKey: serviceKeyField()
    .optional()
    .describe(
      'CAP service key; by default 1 for probe and 2 for call, which a responder charges per request and per call',
    ),
  seed: seed(),
  failIf: listOfTexts(
    'METRIC OP VALUE such as latency.p99>20ms',
    parseThresholdExpression,
    LIMITS.thresholdsMax.value,
    thresholdText,
  )
    .prefault([])
    .describe(
      'the run fails (exit code 3) when one of these is true at its end, or with over TIME: in any window of that length; then stop, then run COMMAND',
    ),
  rotateSize: bytes(64 * 1024, 1e12)
    .prefault('16MB')
    .describe('a growing file of the result goes on in a new part at this size'),
  rotateEvery: durationNsOrOff({ min: '1s' }).prefault('OFF').describe('and when it is as old, or OFF'),
  keep: bytes(1024 ** 2, 1e15)
    .prefault('1GB')
    .describe(
      'size of time series, events and raw rows of the result; beyond it rows of the shortest outages go, then old intervals become coarser, extremes kept',
    ),
  out: text('a folder', (input) => input)
    .optional()
    .describe('result folder; by default results/<run id>'),
  sctp: sctpForm.prefault({}).describe('SCTP options'),
  ...addressingShape,
});

/** What `busyhour respond` takes. */
export const respondProfileSchema = z.strictObject({
  listen: text('an endpoint such as 127.0.0.1:2905/9899', (input) => parseEndpoint(input))
    .optional()
    .describe('endpoint to serve on, HOST[+HOST...]:SCTPPORT[/UDPPORT]'),
  target: targets().prefault([]).describe('peers to open associations to, where this side opens them'),
  serviceTime: text('a service time', parseServiceTime)
    .prefault('OFF')
    .describe(
      'how long a request holds a server: OFF, 400us, exp:400us (mean), lognormal:400us,0.5 (median, sigma), uniform:1ms-3ms',
    ),
  serviceServers: count(1, LIMITS.serversMax.value)
    .prefault(1)
    .describe('requests served at a time; others wait in order'),
  serviceQueue: count(1, LIMITS.serviceQueueMax.value)
    .prefault(100_000)
    .describe(
      'requests that may wait for a server; a further one is refused (P-Abort resourceLimitation) and counted',
    ),
  writePerRequest: bytes(0, 1024 ** 2)
    .prefault(0)
    .describe('bytes written to disk for every request'),
  dataDir: text('a folder', (input) => input)
    .optional()
    .describe('folder for the bytes of writePerRequest; by default that of data'),
  ...clusterShape,
  workers: count(1, LIMITS.servingThreadsMax.value)
    .prefault(1)
    .describe(
      'serving threads beside the one that decides about charges; an association stays with one, chosen by the address and port of its peer',
    ),
  subscribers: count(1, LIMITS.subscribersMax.value)
    .optional()
    .describe('how many subscribers; by default as many as msisdnRange has numbers'),
  balance: count(0, 1e15)
    .prefault(1_000_000_000_000)
    .describe('units of credit of every subscriber at the start'),
  charge: count(0, 1e9).prefault(1).describe('units that a probe request costs, and a call for each second'),
  rememberAnswers: count(1, LIMITS.rememberedAnswersMax.value)
    .prefault(262_144)
    .describe('answers kept to recognise repeated requests'),
  dialogueIdle: durationNs({ min: '100ms' })
    .prefault('5m')
    .describe('a call without a message for this time is given up'),
  timeout: durationNs({ min: '1ms' })
    .prefault('30s')
    .describe('a silent peer keeps its association for at least twice this time'),
  connectTimeout: durationNs({ min: '10ms' }).prefault('10s').describe('time to set up an association'),
  interval: interval(),
  role: oneOf(['asp', 'sgp', 'ipsp']).prefault('sgp').describe('M3UA role of this side'),
  opc: pointCodeField().prefault(2).describe('own point code: 0 to 16383, or zone-area-point'),
  dpc: pointCodeField().prefault(1).describe('point code of the generator'),
  callingGt: digitsField()
    .prefault('99900000002')
    .describe('global title of this side, where it sends first'),
  calledGt: digitsField().prefault('99900000001').describe('global title of the generator'),
  serviceKey: serviceKeyField(SERVICE_KEY_MAX - 1)
    .prefault(1)
    .describe('CAP service key that is charged per request; the next one is charged per call'),
  seed: seed(),
  out: text('a folder', (input) => input)
    .optional()
    .describe('folder for the interval table as a file'),
  sctp: sctpForm.prefault({}).describe('SCTP options'),
  ...addressingShape,
  listenForPeer: yesNo()
    .prefault(true)
    .describe('wait for peers; false opens associations to target instead'),
});

export type RunProfile = z.output<typeof runProfileSchema>;
export type RespondProfile = z.output<typeof respondProfileSchema>;
