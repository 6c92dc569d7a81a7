/**
 * Test support: a target, an SCTP-like sender per worker and a pause whose true times are planted, on a virtual clock. It shares no code with
 * what it tests. All times are ns.
 */
export interface SimulationPlan {
  readonly seed: number;
  readonly ratePerSecond: number;
  readonly arrivals: 'constant' | 'poisson';
  readonly workers: number;
  readonly durationNs: number;
  /** The target does not run in this time; no pause when both are equal. */
  readonly pauseFromNs: number;
  readonly pauseToNs: number;
  /** What arrives during the pause waits in a buffer, or is lost. */
  readonly frames: 'queued' | 'dropped';
  readonly rtoInitialNs: number;
  readonly rtoMaxNs: number;
  /** Messages in flight before the sender waits, per worker. */
  readonly windowMessages: number;
  readonly messagesPerPacket: number;
  readonly oneWayNs: number;
  readonly jitterNs: number;
  /** The target takes up to this many messages at a time and answers them together. */
  readonly batchMessages: number;
  readonly costNs: number;
  readonly timeoutNs: number;
  /** Share of requests that the application never answers. */
  readonly ignoredShare: number;
}

const MS = 1e6;

/** Two workers at 1 500 requests a second for three seconds, and no pause. */
export const QUIET_PLAN: SimulationPlan = {
  seed: 1,
  ratePerSecond: 1500,
  arrivals: 'constant',
  workers: 2,
  durationNs: 3_000 * MS,
  pauseFromNs: 0,
  pauseToNs: 0,
  frames: 'queued',
  rtoInitialNs: 50 * MS,
  rtoMaxNs: 200 * MS,
  windowMessages: 300,
  messagesPerPacket: 8,
  oneWayNs: 30_000,
  jitterNs: 40_000,
  batchMessages: 256,
  costNs: 5_000,
  timeoutNs: 30_000 * MS,
  ignoredShare: 0,
};

export interface SimulatedRequest {
  readonly worker: number;
  readonly sequence: number;
  readonly dueNs: number;
  offeredNs: number;
  firstNs: number;
  lastNs: number;
  previousNs: number;
  transmissions: number;
  answeredNs: number;
  endedNs: number;
  /** Answered after its time-out: when; 0 otherwise. */
  lateNs: number;
}

interface Sender {
  readonly waiting: SimulatedRequest[];
  readonly inFlight: Set<SimulatedRequest>;
  readonly marked: Set<SimulatedRequest>;
  window: number;
  rtoNs: number;
  timer: number;
}

/** Runs one plan to its end and returns every request, in order of due time. */
export function simulate(plan: SimulationPlan): SimulatedRequest[] {
  return new Simulation(plan).run();
}

/** Small deterministic generator (mulberry32), uniform in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Simulation {
  readonly #plan: SimulationPlan;
  readonly #random: () => number;
  readonly #agenda = new Agenda();
  readonly #requests: SimulatedRequest[] = [];
  readonly #senders: Sender[];
  readonly #buffer: { request: SimulatedRequest; sender: Sender }[] = [];
  readonly #known = new Set<SimulatedRequest>();
  #busy = false;
  #nowNs = 0;

  constructor(plan: SimulationPlan) {
    this.#plan = plan;
    this.#random = seeded(plan.seed);
    this.#senders = Array.from({ length: plan.workers }, () => ({
      waiting: [],
      inFlight: new Set(),
      marked: new Set(),
      window: plan.windowMessages,
      rtoNs: plan.rtoInitialNs,
      timer: 0,
    }));
  }

  run(): SimulatedRequest[] {
    const { plan, spacing } = { plan: this.#plan, spacing: 1e9 / this.#plan.ratePerSecond };
    const sequences = new Array<number>(plan.workers).fill(0);
    let dueNs = 0;
    for (let n = 0; ; n++) {
      dueNs =
        plan.arrivals === 'constant' ? (n + 1) * spacing : dueNs - Math.log(1 - this.#random()) * spacing;
      if (dueNs >= plan.durationNs) break;
      const worker = n % plan.workers;
      const request = newRequest(worker, sequences[worker]!++, dueNs);
      this.#requests.push(request);
      this.#agenda.at(dueNs, () => this.#due(request));
    }
    for (let next = this.#agenda.next(); next !== null; next = this.#agenda.next()) {
      this.#nowNs = next.timeNs;
      next.run();
    }
    return this.#requests;
  }

  #due(request: SimulatedRequest): void {
    const sender = this.#senders[request.worker]!;
    request.offeredNs = this.#nowNs + 2000;
    sender.waiting.push(request);
    this.#agenda.at(this.#nowNs + this.#plan.timeoutNs, () => {
      if (request.endedNs === 0) request.endedNs = this.#nowNs;
    });
    this.#agenda.at(request.offeredNs, () => this.#pump(sender));
  }

  /** Sends again what was marked lost, then new messages, as far as the window allows. */
  #pump(sender: Sender): void {
    let room = sender.window - (sender.inFlight.size - sender.marked.size);
    const packet: SimulatedRequest[] = [];
    for (const request of sender.marked) {
      if (room-- <= 0) break;
      sender.marked.delete(request);
      packet.push(request);
    }
    while (room-- > 0 && sender.waiting.length > 0) {
      const request = sender.waiting.shift()!;
      sender.inFlight.add(request);
      packet.push(request);
    }
    this.#transmit(sender, packet);
  }

  #transmit(sender: Sender, messages: SimulatedRequest[]): void {
    if (messages.length === 0) return;
    for (const request of messages) {
      request.previousNs = request.transmissions === 0 ? 0 : request.lastNs;
      request.lastNs = this.#nowNs;
      if (request.transmissions++ === 0) request.firstNs = this.#nowNs;
    }
    if (sender.timer === 0) this.#startTimer(sender);
    this.#agenda.at(this.#nowNs + this.#delayNs(), () => {
      if (this.#plan.frames === 'dropped' && this.#paused()) return;
      for (const request of messages) this.#buffer.push({ request, sender });
      this.#serve();
    });
  }

  #startTimer(sender: Sender): void {
    const timer = this.#nowNs + sender.rtoNs;
    sender.timer = timer;
    this.#agenda.at(timer, () => {
      if (sender.timer !== timer) return;
      sender.timer = 0;
      if (sender.inFlight.size === 0) return;
      sender.rtoNs = Math.min(sender.rtoNs * 2, this.#plan.rtoMaxNs);
      sender.marked.clear();
      for (const request of sender.inFlight) sender.marked.add(request);
      sender.window = this.#plan.messagesPerPacket;
      this.#pump(sender);
    });
  }

  #serve(): void {
    if (this.#busy || this.#buffer.length === 0) return;
    if (this.#paused()) {
      this.#busy = true;
      this.#agenda.at(this.#plan.pauseToNs, () => {
        this.#busy = false;
        this.#serve();
      });
      return;
    }
    this.#busy = true;
    const batch = this.#buffer.splice(0, this.#plan.batchMessages);
    let doneNs = this.#nowNs + batch.length * this.#plan.costNs;
    const { pauseFromNs, pauseToNs } = this.#plan;
    if (this.#nowNs < pauseFromNs && doneNs >= pauseFromNs) doneNs += pauseToNs - pauseFromNs;
    this.#agenda.at(doneNs, () => {
      this.#busy = false;
      this.#answer(batch);
      this.#serve();
    });
  }

  #answer(batch: { request: SimulatedRequest; sender: Sender }[]): void {
    const arrivesNs = this.#nowNs + this.#delayNs();
    for (const { request, sender } of batch) {
      const fresh = !this.#known.has(request);
      this.#known.add(request);
      const ignored = this.#random() < this.#plan.ignoredShare;
      this.#agenda.at(arrivesNs, () => {
        this.#acknowledge(sender, request);
        if (!fresh || ignored) return;
        if (request.endedNs !== 0) {
          request.lateNs = this.#nowNs;
          return;
        }
        request.answeredNs = this.#nowNs;
        request.endedNs = this.#nowNs;
      });
    }
  }

  #acknowledge(sender: Sender, request: SimulatedRequest): void {
    if (!sender.inFlight.delete(request)) return;
    sender.marked.delete(request);
    sender.window = Math.min(sender.window + 2, this.#plan.windowMessages);
    sender.rtoNs = this.#plan.rtoInitialNs;
    sender.timer = 0;
    if (sender.inFlight.size > 0) this.#startTimer(sender);
    this.#pump(sender);
  }

  #paused(): boolean {
    return this.#nowNs >= this.#plan.pauseFromNs && this.#nowNs < this.#plan.pauseToNs;
  }

  #delayNs(): number {
    return this.#plan.oneWayNs + this.#random() * this.#plan.jitterNs;
  }
}

function newRequest(worker: number, sequence: number, dueNs: number): SimulatedRequest {
  return {
    worker,
    sequence,
    dueNs,
    offeredNs: 0,
    firstNs: 0,
    lastNs: 0,
    previousNs: 0,
    transmissions: 0,
    answeredNs: 0,
    endedNs: 0,
    lateNs: 0,
  };
}

interface Entry {
  readonly timeNs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A binary heap of what happens next; what is due at the same time keeps its order. */
class Agenda {
  readonly #heap: Entry[] = [];
  #order = 0;

  at(timeNs: number, run: () => void): void {
    const heap = this.#heap;
    const entry = { timeNs, order: this.#order++, run };
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  next(): Entry | null {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined) return null;
    if (heap.length > 0) this.#sink(last);
    return top;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, entry)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = entry;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.order < b.order);
}
