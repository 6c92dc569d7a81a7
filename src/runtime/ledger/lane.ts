import { Ring } from './ring.js';

/** Octets of each ring. */
const RING_OCTETS = 16 * 1024 * 1024;

/** What passes between one serving thread and the thread that decides. */
export interface Lane {
  readonly requests: Ring;
  readonly answers: Ring;
}

/** The memory of a lane, for the other thread. */
export interface LaneBuffers {
  readonly requests: SharedArrayBuffer;
  readonly answers: SharedArrayBuffer;
}

export function createLane(): Lane {
  return { requests: new Ring(RING_OCTETS), answers: new Ring(RING_OCTETS) };
}

export function buffersOf({ requests, answers }: Lane): LaneBuffers {
  return { requests: requests.buffer, answers: answers.buffer };
}

export function laneOver({ requests, answers }: LaneBuffers): Lane {
  return { requests: new Ring(requests), answers: new Ring(answers) };
}
