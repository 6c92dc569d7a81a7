import { createConnection } from 'node:net';
import { formatHostPort, type HostPort } from '../../config/cluster-config.js';
import { RuntimeFault } from '../faults.js';
import { encodeFrame, FRAME_OCTETS_MAX, FrameError, FrameReader } from './wire.js';

/** What a node says of itself, and of a command that it was given. */
export interface NodeStatus {
  readonly cluster: string;
  readonly node: string;
  readonly pid: number;
  readonly role: string;
  readonly state: string;
  readonly epoch: number;
  readonly inSync: boolean;
  readonly lastIndex: number;
  readonly committed: number;
  readonly lag: number | null;
  readonly peerConnected: boolean;
  readonly peer: string;
  readonly requestsWaiting: number;
  readonly requestsForwarded: number;
  /** Silence after which it would take over. */
  readonly deadAfterMs: number;
  /** It was told that its peer is dead while it lives, and will not take over for so long; 0 otherwise. */
  readonly heldForMs: number;
  /** Of a command: whether it was obeyed, and why not. */
  readonly ok?: boolean;
  readonly reason?: string;
}

export type ControlCommand = 'status' | 'switchover' | 'promote' | 'promoteAcceptLoss' | 'hold';

const PATIENCE_MS = 3_000;

/**
 * Gives a command to the node that listens at `address`.
 * @param holdMs for `hold`: failover waits for so long at most; 0 ends the wait
 * @throws RuntimeFault `unreachable` when nobody answers there
 */
export function askNode(address: HostPort, command: ControlCommand, holdMs = 0): Promise<NodeStatus> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      socket.destroy();
      reject(
        new RuntimeFault(
          'unreachable',
          `${formatHostPort(address)}: ${reason}; is it the --interconnect of a node?`,
        ),
      );
    };
    const reader = new FrameReader();
    reader.octetsMax = FRAME_OCTETS_MAX.peer;
    const socket = createConnection({ host: address.host, port: address.port });
    socket.setTimeout(PATIENCE_MS, () => fail('no answer'));
    socket.once('connect', () => socket.write(encodeFrame({ kind: 'control', command, holdMs })));
    socket.once('error', (cause: NodeJS.ErrnoException) =>
      fail(cause.code === 'ECONNREFUSED' ? 'nobody listens there' : cause.message),
    );
    socket.once('close', () => fail('the connection was closed'));
    socket.on('data', (piece) => {
      try {
        for (const value of reader.push(piece)) {
          resolve(value as NodeStatus);
          socket.destroy();
        }
      } catch (cause) {
        if (!(cause instanceof FrameError)) throw cause;
        fail(`the answer is ${cause.message}`);
      }
    });
  });
}
