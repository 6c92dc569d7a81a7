import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeUdpPort } from '../../bench/free-port.js';
import { Driven, options } from '../native/driver.js';
import { loadVectors, vector } from '../vectors/load.js';
import {
  busyhour,
  expectCode,
  expectPlainWords,
  expectValid,
  type Responder,
  Run,
  sleep,
  startResponder,
} from './support/processes.js';
import { Dice, M3UA, m3uaData, spoil } from './support/rubbish.js';
import { withChecksum } from './support/sctp-packet.js';

const SEED = 20_261_120;
const vectors = loadVectors('sccp-tcap-cap.txt');
const REQUEST = vector(vectors, 'begin-initial-dp');
const ANSWERS = ['end-continue', 'end-release', 'end-indefinite', 'continue-instructions'].map((name) =>
  vector(vectors, name),
);
/** From the generator to the responder, and back, with the default point codes. */
const TO_RESPONDER = { opc: 1, dpc: 2 };
const TO_GENERATOR = { opc: 2, dpc: 1 };

/** Sends `count` datagrams that pretend to be SCTP: random octets, and spoilt packets whose checksum is right. */
async function throwDatagrams(dice: Dice, ports: readonly number[], count: number): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const init = Buffer.from(
    'c3500b59 00000000 00000000 01000014 12345678 00100000 00110011 00000001'.replaceAll(' ', ''),
    'hex',
  );
  const data = Buffer.concat([
    Buffer.from('c3500b59 0badcafe 00000000 00030018 00000001 00010000 00000003'.replaceAll(' ', ''), 'hex'),
    M3UA.aspUp,
  ]);
  for (let sent = 0; sent < count; sent++) {
    const packet = dice.pick([
      dice.octets(dice.below(200)),
      withChecksum(spoil(dice, init)),
      withChecksum(spoil(dice, data)),
      withChecksum(Buffer.concat([init.subarray(0, 12), dice.octets(4 + dice.below(80))])),
    ]);
    socket.send(packet, dice.pick(ports), '127.0.0.1');
    if (sent % 50 === 49) await sleep(5);
  }
  await sleep(20);
  socket.close();
}

/** Opens associations to the responder and sends spoilt messages of every layer on them; opens another when one is ended. */
async function throwMessages(dice: Dice, endpoint: string, count: number): Promise<number> {
  const [, udpPort] = endpoint.split('/');
  const remote = { addresses: ['127.0.0.1'], sctpPort: 2905, udpPort: Number(udpPort) };
  const attacker = new Driven(options('udp', { receiveBatchMessages: 1024 }));
  const control = Object.values(M3UA);
  let association = 0;
  let opened = 0;
  let sent = 0;
  const ends = ['lost', 'aborted', 'shutdownComplete', 'cantStart'] as const;
  const deadline = performance.now() + 20_000;
  while (sent < count && performance.now() < deadline) {
    attacker.poll(1);
    if (ends.some((kind) => attacker.of(kind).some((each) => each.association === association))) {
      association = 0;
    }
    if (association === 0) {
      association = attacker.connect(remote);
      opened += 1;
    }
    if (!attacker.of('up').some((each) => each.association === association)) continue;
    const spoilt = (userData: Uint8Array): Uint8Array => m3uaData(spoil(dice, userData), TO_RESPONDER);
    const messages = Array.from({ length: 20 }, () => ({
      bytes: dice.pick([
        () => dice.octets(1 + dice.below(300)),
        () => spoil(dice, dice.pick(control)),
        () => spoil(dice, m3uaData(REQUEST, TO_RESPONDER)),
        () => spoilt(REQUEST),
        () => spoilt(REQUEST),
        () => spoilt(dice.pick(ANSWERS)),
        () => m3uaData(Buffer.concat([REQUEST.subarray(0, 33), dice.octets(dice.below(120))]), TO_RESPONDER),
      ])(),
      stream: dice.below(8) === 0 ? 0 : 1 + dice.below(10),
      ppid: dice.below(10) === 0 ? dice.below(70) : 3,
    }));
    // Most associations are honest at first: what follows then reaches the layers above M3UA.
    const hello = [M3UA.aspUp, M3UA.aspActive].map((bytes) => ({ bytes, stream: 0, ppid: 3 }));
    const taken = attacker.send(association, [...hello, ...messages]);
    sent += Math.max(0, taken - hello.length);
    attacker.received.splice(0, Math.max(0, attacker.received.length - 5000));
    if (dice.below(40) === 0) {
      attacker.host.abort(association);
      association = 0;
    }
    await sleep(2);
  }
  attacker.close();
  expect(opened).toBeGreaterThan(1);
  return sent;
}

describe('rubbish while a good run goes on', () => {
  let responder: Responder;

  beforeAll(async () => {
    responder = await startResponder();
  });

  afterAll(() => {
    responder.process.child.kill('SIGKILL');
  });

  it(`10 000 spoilt packets and messages change nothing for the run (seed ${SEED})`, {
    retry: 1,
    timeout: 60_000,
  }, async () => {
    const dice = new Dice(SEED);
    const port = await freeUdpPort();
    const run = new Run([
      ...['--target', responder.endpoint, '--local', `127.0.0.1:2910/${port}`],
      ...['--rate', '300', '--duration', '8s', '--outage-threshold', '2s'],
    ]);
    await run.started();
    const responderPort = Number(responder.endpoint.split('/')[1]);
    const [sent] = await Promise.all([
      throwMessages(dice, responder.endpoint, 6000),
      throwDatagrams(dice, [responderPort, responderPort, port], 4000),
    ]);
    expect(sent).toBeGreaterThanOrEqual(6000);
    const { code, summary, stderr } = await run.result();
    expectPlainWords(stderr);
    expect(summary.requests).toMatchObject({ due: 2400, succeeded: 2400, unknown: 0, late: 0 });
    expect(summary.downtime.windows).toEqual([]);
    expectValid(summary);
    expectCode(code, summary, 0);
    expect(summary.transport.associations[0]?.state).toBe('established');
  });

  it('and the responder still serves, and ends orderly', async () => {
    const { summary } = await new Run([
      ...['--target', responder.endpoint, '--rate', '100', '--duration', '500ms'],
    ]).result();
    expect(summary.requests.succeeded).toBe(50);
    const { code, stderr } = await responder.end();
    expectPlainWords(stderr);
    expect(code).toBe(0);
  });
});

/** A peer that answers as an SGP and billing application should, and sends rubbish as well. */
class LyingResponder {
  readonly host: Driven;
  requests = 0;
  rubbish = 0;
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.host = new Driven(
      options('udp', { listen: true, local: { sctpPort: 2911 }, receiveBatchMessages: 1024 }),
    );
  }

  get endpoint(): string {
    return `127.0.0.1:2911/${this.host.host.local.udpPort}`;
  }

  /** Answers what came; every answer is followed, preceded or replaced by something spoilt. */
  turn(): void {
    this.host.poll(1);
    for (const { association, bytes, kind } of this.host.received.splice(0)) {
      if (kind !== 'message') continue;
      const reply = (bytesOut: Uint8Array, stream: number): void => {
        this.host.send(association, [{ bytes: bytesOut, stream, ppid: 3 }]);
      };
      if (bytes.subarray(0, 4).equals(M3UA.aspUp.subarray(0, 4))) reply(M3UA.aspUpAck, 0);
      else if (bytes.subarray(0, 4).equals(M3UA.aspActive.subarray(0, 4))) reply(M3UA.aspActiveAck, 0);
      else if (bytes.subarray(0, 4).equals(m3uaData(Buffer.alloc(0), TO_RESPONDER).subarray(0, 4)))
        this.#answer(bytes, reply);
    }
  }

  #answer(request: Buffer, reply: (bytes: Uint8Array, stream: number) => void): void {
    const dice = this.#dice;
    const at = request.indexOf(0x62, 40);
    // Begin (62, short or long length) starts with its OTID: 48 04 and four octets.
    const otidAt = request.indexOf(Buffer.from([0x48, 0x04]), at);
    const answer = Buffer.from(vector(vectors, 'end-continue'));
    request.copy(answer, answer.indexOf(Buffer.from([0x49, 0x04])) + 2, otidAt + 2, otidAt + 6);
    this.requests += 1;
    const good = m3uaData(answer, TO_GENERATOR);
    const bad = (): void => {
      this.rubbish += 1;
      reply(
        dice.pick([
          () => m3uaData(spoil(dice, answer), TO_GENERATOR),
          () => spoil(dice, good),
          () => dice.octets(1 + dice.below(200)),
          () => m3uaData(spoil(dice, dice.pick(ANSWERS)), TO_GENERATOR),
        ])(),
        1,
      );
    };
    const manner = dice.below(4);
    if (manner === 0) bad();
    if (manner < 3) reply(good, 1);
    if (manner > 0) bad();
  }
}

describe('a target that answers with rubbish', () => {
  it('ends every request in one outcome, and the generator neither crashes nor blames itself', {
    retry: 1,
    timeout: 60_000,
  }, async () => {
    const liar = new LyingResponder(new Dice(SEED));
    const run = new Run([
      ...['--target', liar.endpoint, '--rate', '500', '--duration', '4s', '--timeout', '1s'],
      ...['--check-share', '1', '--outage-threshold', '2s'],
    ]);
    let over = false;
    void run.process.ended.then(() => {
      over = true;
    });
    while (!over) {
      liar.turn();
      await sleep(1);
    }
    const { code, summary, stderr } = await run.result();
    liar.host.close();
    expectPlainWords(stderr);
    const { requests } = summary;
    expect(liar.requests).toBe(2000);
    expect(liar.rubbish).toBeGreaterThan(1500);
    expect(requests.due).toBe(2000);
    // Three quarters get a good answer, unless rubbish for the same transaction came first.
    expect(requests.succeeded).toBeGreaterThan(1000);
    expect(requests.succeeded).toBeLessThan(1900);
    expect(requests.malformed + requests.failed + requests.rejected + requests.timedOut).toBe(
      2000 - requests.succeeded,
    );
    expect(requests.malformed).toBeGreaterThan(20);
    expect(requests.unknown + requests.duplicateAnswered).toBeGreaterThan(100);
    expectValid(summary);
    expectCode(code, summary, 0);
  });

  it('one that never speaks M3UA is unreachable: 4, in words', async () => {
    const dice = new Dice(SEED + 1);
    const liar = new Driven(options('udp', { listen: true, local: { sctpPort: 2912 } }));
    const run = busyhour([
      ...['run', '--target', `127.0.0.1:2912/${liar.host.local.udpPort}`, '--rate', '10', '--duration', '1s'],
      ...['--connect-timeout', '1500ms', '--carrier', 'udp'],
    ]);
    let over = false;
    void run.ended.then(() => {
      over = true;
    });
    while (!over) {
      liar.poll(1);
      for (const { association, kind } of liar.received.splice(0)) {
        if (kind !== 'message') continue;
        const noise = () => ({ bytes: dice.octets(1 + dice.below(60)), stream: dice.below(3), ppid: 3 });
        liar.send(association, [noise(), noise(), { bytes: spoil(dice, M3UA.aspUpAck), stream: 0, ppid: 3 }]);
      }
      await sleep(1);
    }
    const { code, stderr } = await run.ended;
    liar.close();
    expectPlainWords(stderr);
    expect(code).toBe(4);
    expect(stderr).toMatch(/did not answer within 1\.5 s/);
  });
});
