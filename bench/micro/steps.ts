import { Answer, readAnswer } from '../../protocol/cap/read-answer.js';
import { Request, readRequest } from '../../protocol/cap/read-request.js';
import { createDataFields, peekDataMessage } from '../../protocol/m3ua/peek.js';
import { createSchedule } from '../../src/load/schedule.js';
import { LEG, TransactionSlab } from '../../src/load/slab.js';
import { createBoard } from '../../src/measure/board.js';
import { Recorder } from '../../src/measure/recorder.js';
import { OUTCOME } from '../../src/measure/recording.js';
import { HANDLED } from '../../src/responder/application.js';
import { checkAnswer } from '../../src/runtime/generator/check-answer.js';
import { openBinding } from '../../src/transport/sctp.js';
import { billingApplication, probeExchange, requestTemplate, runConfigAt } from './exchange.js';

/** A step of a request's way; `run` does it so many times. */
export interface Step {
  readonly name: string;
  readonly run: (operations: number) => void;
}

const RATE = 100_000;
const SLOTS = 2 ** 19;

/** Every step, in the order in which a request meets them. */
export function steps(): Step[] {
  return [
    clock(),
    pacer(),
    ...correlation(),
    stamp(),
    requestPeek(),
    requestRead(),
    respond(),
    answerRead(),
    fullCheck(),
    recorder(),
  ];
}

/** Keeps a result alive, so that the compiler cannot drop what made it. */
let sink = 0;

function clock(): Step {
  const { nowNs } = openBinding();
  return {
    name: 'clock: nowNs of the binding',
    run: (operations) => {
      for (let i = 0; i < operations; i++) sink += nowNs();
    },
  };
}

function pacer(): Step {
  const schedule = createSchedule({ ...runConfigAt(RATE), worker: 0 });
  return {
    name: 'pacer: due time of the next request, even arrivals',
    run: (operations) => {
      for (let i = 0; i < operations; i++) {
        schedule.advance();
        sink += schedule.dueNs;
      }
    },
  };
}

function newSlab(): TransactionSlab {
  return new TransactionSlab({ slots: SLOTS, worker: 0, workers: 1, idOffset: 1, legs: 1 });
}

function correlation(): Step[] {
  return [1, 300_000].map((inFlight) => {
    const slab = newSlab();
    for (let i = 1; i < inFlight; i++) slab.begin();
    return {
      name: `correlation: begin, look up, end, with ${inFlight} in flight`,
      run: (operations) => {
        for (let i = 0; i < operations; i++) {
          slab.begin();
          const oldest = slab.lookup(slab.idAt(slab.issued - inFlight));
          slab.end(oldest, true);
        }
      },
    };
  });
}

function stamp(): Step {
  const template = requestTemplate();
  const bytes = new Uint8Array(template.length * 64);
  return {
    name: `template: one request of ${template.length} octets`,
    run: (operations) => {
      for (let i = 0; i < operations; i++) {
        const subscriber = i % template.subscribers;
        sink += template.stamp(bytes, (i & 63) * template.length, i, i, subscriber, i & 15);
      }
    },
  };
}

function requestPeek(): Step {
  const { request } = probeExchange(1);
  const fields = createDataFields();
  return {
    name: 'M3UA: find the user data of a DATA message',
    run: (operations) => {
      for (let i = 0; i < operations; i++) sink += peekDataMessage(request, 0, request.length, fields);
    },
  };
}

function requestRead(): Step {
  const { request } = probeExchange(1);
  const fields = createDataFields();
  peekDataMessage(request, 0, request.length, fields);
  const end = fields.userOffset + fields.userLength;
  const read = new Request();
  return {
    name: 'SCCP, TCAP, CAP: read what the responder needs of a request',
    run: (operations) => {
      for (let i = 0; i < operations; i++) sink += readRequest(request, fields.userOffset, end, read);
    },
  };
}

function respond(): Step {
  const application = billingApplication();
  const template = requestTemplate();
  const request = new Uint8Array(template.length);
  const answer = new Uint8Array(1024);
  let sequence = 0;
  return {
    name: 'responder: read, rate, remember and answer one request (with its stamping)',
    run: (operations) => {
      for (let i = 0; i < operations; i++) {
        sequence++;
        template.stamp(request, 0, sequence, sequence, sequence % template.subscribers, 0);
        if (application.handle(request, 0, request.length, sequence) === HANDLED.answered)
          sink += application.writeAnswer(answer, 0);
        if ((i & 1023) === 0) application.billing.records.clear();
      }
      application.billing.records.clear();
    },
  };
}

function answerRead(): Step {
  const { answer } = probeExchange(1);
  const fields = createDataFields();
  const read = new Answer();
  return {
    name: `generator: read an answer of ${answer.length} octets`,
    run: (operations) => {
      for (let i = 0; i < operations; i++) {
        peekDataMessage(answer, 0, answer.length, fields);
        sink += readAnswer(answer, fields.userOffset, fields.userOffset + fields.userLength, read);
      }
    },
  };
}

function fullCheck(): Step {
  const { answer } = probeExchange(1);
  const fields = createDataFields();
  peekDataMessage(answer, 0, answer.length, fields);
  const end = fields.userOffset + fields.userLength;
  return {
    name: 'generator: check an answer with the full decoders (1 in 100 by default)',
    run: (operations) => {
      // A hundredth: the figure is what it adds to every request.
      for (let i = 0; i < operations; i += 100) sink += checkAnswer(answer, fields.userOffset, end) ? 1 : 0;
    },
  };
}

function recorder(): Step {
  const slab = newSlab();
  const config = runConfigAt(RATE);
  const board = createBoard({
    worker: 0,
    targets: 1,
    startNs: 0,
    intervalNs: config.intervalNs,
    requestLifeNsMax: config.timeoutNs,
    ratePerSecond: RATE,
    lagLimitNs: 10e6,
  });
  const record = new Recorder(board, slab);
  const times = new Float64Array(1);
  let number = 0;
  return {
    name: 'recorder: due, offered, answered and ended',
    run: (operations) => {
      for (let i = 0; i < operations; i++) {
        const slot = slab.begin();
        const dueNs = (number++ % 900_000) * 10_000;
        slab.dueNs[slot] = dueNs;
        record.due(slot);
        slab.leg[slot] = LEG.sent;
        slab.offeredNs[slot] = dueNs + 5_000;
        record.offered(slot);
        slab.firstNs[slot] = dueNs + 6_000;
        slab.count[slot] = 1;
        times[0] = dueNs + 100_000 + (i & 1023) * 100;
        record.completed(slot, OUTCOME.succeeded, times, 0);
        slab.end(slot, true);
      }
    },
  };
}

/** So that the sink is used. */
export function checksum(): number {
  return sink;
}
